// Written by `npm run generate` from api/openapi.json. Do not edit.

export interface paths {
    "/api/claim": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Claims an agent
         * @description Binds a ready instance at once, or puts the claim in line, and waits (`Prefer: wait=N`, default 60) until its invite
         *     link works. The same `Idempotency-Key` gives the same claim, however often and however it is sent.
         */
        post: operations["claim"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/claim/challenge": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Asks for a text to sign
         * @description Whoever signs its `message` with `personal_sign` (EIP-191) can claim as the owner, once, within five minutes.
         */
        get: operations["getChallenge"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/claims": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists claims, newest first
         * @description Filtered by pool, phase, owner or template. Each is as `GET /api/claims/{id}` shows it.
         */
        get: operations["listClaims"];
        put?: never;
        /**
         * Claims an agent
         * @description The same as `POST /api/claim`.
         */
        post: operations["createClaim"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/claims/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Reads a claim
         * @description Its phase, its place in line while it waits, its tools, and the invite once it is ready. Ended ones stay
         *     readable for a while.
         */
        get: operations["getClaim"];
        put?: never;
        post?: never;
        /**
         * Releases a claim
         * @description Its agent is destroyed, then the claim is `released` and stays readable. One in line is released at once. Asking
         *     again changes nothing.
         */
        delete: operations["releaseClaim"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/claims/{id}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Streams the steps of a claim
         * @description From its beginning, or from `Last-Event-ID`; then what is new, until the client goes.
         */
        get: operations["followClaim"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/claims/{id}/explain": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Explains a claim
         * @description How far it is, its conditions, its journal, and what its next step waits for.
         */
        get: operations["explainClaim"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/destroy-requests": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists destroy requests, newest first
         * @description Filtered by phase, reason or instance. Those that are done stay readable for a while.
         */
        get: operations["listDestroyRequests"];
        put?: never;
        /**
         * Asks for an instance's destruction
         * @description There is one request an instance: asking again gives the same one.
         */
        post: operations["createDestroyRequest"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/destroy-requests/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Reads a destroy request
         * @description Its phase, how often it was tried, and what it met last. It never fails for good.
         */
        get: operations["getDestroyRequest"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/destroy-requests/{id}/explain": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Explains a destroy request
         * @description How far it is, its journal, and what is still to be done.
         */
        get: operations["explainDestroyRequest"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists events, newest first, or streams them
         * @description With `Accept: text/event-stream` it streams: what is new, or what came after `Last-Event-ID`.
         */
        get: operations["listEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/instances": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists instances, newest first
         * @description Tombstones are listed only with `includeDeleted=true` or `status=deleted`.
         */
        get: operations["listInstances"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/instances/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Reads an instance
         * @description A destroyed one is a tombstone with `status: "deleted"`.
         */
        get: operations["getInstance"];
        put?: never;
        post?: never;
        /**
         * Asks for an instance's destruction
         * @description Asking again gives the same destroy request. A protected instance is refused unless `force=true` (role admin).
         */
        delete: operations["destroyInstance"];
        options?: never;
        head?: never;
        /**
         * Protects an instance from being destroyed, or no longer
         * @description A protected instance is neither destroyed as surplus nor by an operator without `force`; nor is it
         *     claimed.
         */
        patch: operations["patchInstance"];
        trace?: never;
    };
    "/api/instances/{id}/clone": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Claims an agent with the configuration of another
         * @description A claim of its own, with the name, instructions, model and tools that the instance's claim had, for the same owner
         *     unless another is named. Its conversation and its resources are new. Accounts that a user brought are not kept,
         *     so they have to be brought again.
         */
        post: operations["cloneInstance"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/instances/{id}/explain": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Explains an instance
         * @description How it is, its conditions, its journal, and what would be done with it now and why.
         */
        get: operations["explainInstance"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/instances/{id}/recheck": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Has an instance looked at now
         * @description Its next look is due at once instead of at the next tick. The answer is the instance as it was seen last.
         */
        post: operations["recheckInstance"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/instances/{id}/redeploy": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Deploys an instance anew
         * @description With its present image, or with another one. While this lasts it cannot be claimed; one that serves somebody
         *     stays theirs. Asking again while a redeploy is under way changes nothing.
         */
        post: operations["redeployInstance"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists keys, newest first
         * @description Without the keys themselves, which are not kept.
         */
        get: operations["listKeys"];
        put?: never;
        /**
         * Makes a key
         * @description It is shown in this answer and never again.
         */
        post: operations["createKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/keys/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Revokes a key
         * @description It is refused from the next request on, and so are the sessions that were made with it.
         */
        delete: operations["deleteKey"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/metrics/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Reads how a pool was in the past hours
         * @description At most 240 points, evenly spaced, oldest first: members by status (the last sample of each step), and the claims
         *     that were made, became ready or failed in it, with how long they took. Times without a sample have no point.
         */
        get: operations["getHistory"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/pools": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists pools, newest first
         * @description Each with its spec, its counts, its conditions and what the planner said last.
         */
        get: operations["listPools"];
        put?: never;
        /**
         * Makes a pool
         * @description Fields of the spec that are missing take their defaults.
         */
        post: operations["createPool"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/pools/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Reads a pool
         * @description Its spec, its counts, its conditions and what the planner said last. The `ETag` is for `If-Match`.
         */
        get: operations["getPool"];
        /**
         * Writes the spec of a pool, or makes it
         * @description The body is the spec itself; missing fields take their defaults. A lower `minIdle` destroys the surplus at once.
         */
        put: operations["putPool"];
        post?: never;
        /**
         * Removes a pool
         * @description It must hold no live members and claims: drain it first. The pool that the configuration makes stays.
         */
        delete: operations["deletePool"];
        options?: never;
        head?: never;
        /**
         * Changes a part of a pool's spec
         * @description A JSON merge patch (RFC 7396): what is not named stays, `null` removes an optional field.
         */
        patch: operations["patchPool"];
        trace?: never;
    };
    "/api/pools/{name}/drain": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Gives up the idle members of a pool
         * @description Sets `minIdle` to 0 and removes the sizing. Members that serve somebody stay.
         */
        post: operations["drainPool"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/pools/{name}/explain": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Explains a pool
         * @description Its counts, its conditions, its journal, and what the planner would do now and why.
         */
        get: operations["explainPool"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/pools/{name}/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Tells what would be done with another spec
         * @description The planner's next step if the pool had this spec now. Nothing is changed.
         */
        post: operations["previewPool"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Tells who is signed in
         * @description The name and the role of the key that the cookie or the header stands for.
         */
        get: operations["getSession"];
        put?: never;
        /**
         * Signs in
         * @description Answers with a cookie for this origin that stands for the key for 12 hours, or until the key is revoked. A change that
         *     is made with the cookie also needs the header `X-CSRF-Protection`, with any value.
         */
        post: operations["signIn"];
        /**
         * Signs out
         * @description The cookie is taken back; the key stays.
         */
        delete: operations["signOut"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Reads the state of the whole
         * @description Counts, conditions, pools, the queues of the reconcilers, whether `services` answers, and what it says of its vendors:
         *     their state, latency, errors and budgets, and the lanes that creations wait in. Counts of a fleet of a
         *     thousand or more are up to about a second old.
         */
        get: operations["getStatus"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/templates": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists templates, newest first
         * @description Private ones are listed for operators only.
         */
        get: operations["listTemplates"];
        put?: never;
        /**
         * Makes a template
         * @description Private unless said otherwise.
         */
        post: operations["createTemplate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/templates/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Reads a template
         * @description A private one only for operators; for others it is as if it were not there. The `ETag` is for `If-Match`.
         */
        get: operations["getTemplate"];
        /**
         * Replaces a template's content
         * @description Agents that were made from it are told. `creatorId` and `visibility` stay when they are left out.
         */
        put: operations["putTemplate"];
        post?: never;
        /**
         * Deletes a template
         * @description Agents that were made from it live on.
         */
        delete: operations["deleteTemplate"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/templates/{id}/visibility": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Sets who may see and claim a template
         * @description `public`: every claimer sees it and may claim from it. `private`: its creator and operators.
         */
        patch: operations["setTemplateVisibility"];
        trace?: never;
    };
    "/api/tools": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists the tools that agents can have
         * @description With what a user has to bring (`userConfigSchema`) and whether each can be used now. All on one page.
         */
        get: operations["listTools"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/healthz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Says that the process lives
         * @description 200 as long as the process answers at all; it looks at nothing else.
         */
        get: operations["healthz"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Says whether the process can work
         * @description It can when its database answers. Without `services` it still takes claims in, and says so in `degraded`.
         */
        get: operations["readyz"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description The process lives. */
        Alive: {
            /** @description Always true. */
            alive: boolean;
        };
        /** @description Answer of `GET /api/claim/challenge`. */
        Challenge: {
            /** @description Opaque; goes into the claim. */
            challenge: string;
            /** @description The text to sign with `personal_sign`. */
            message: string;
            /**
             * Format: date-time
             * @description When it can no longer be used.
             */
            expiresAt: string;
        };
        /**
         * @description How far a claim is.
         * @enum {string}
         */
        ClaimPhase: "pending" | "bound" | "provisioning" | "configuring" | "pending_acceptance" | "ready" | "failed" | "released";
        /** @description Body of `POST /api/claim`: a template, or name and instructions. */
        ClaimRequest: {
            /**
             * Format: uuid
             * @description The template.
             */
            templateId?: string | null;
            /**
             * @description Name of the agent, without a template. At most 200 characters.
             * @example Ada
             */
            agentName?: string | null;
            /**
             * @description What it shall do, without a template. At most 50,000 characters.
             * @example You plan journeys.
             */
            instructions?: string | null;
            /**
             * @description Its model, where the template allows it.
             * @example anthropic/claude-sonnet-4
             */
            model?: string | null;
            /**
             * @description The pool; `default` when absent.
             * @example default
             */
            pool?: string | null;
            /**
             * @description An existing conversation to join.
             * @example https://convos.org/c/abc
             */
            joinUrl?: string | null;
            /**
             * @description Address of a picture.
             * @example https://example.org/ada.png
             */
            profileImage?: string | null;
            /** @description Passed through to the conversation. At most 32 entries of 256 characters. */
            metadata?: {
                [key: string]: string;
            } | null;
            /** @description The user's own accounts, by tool. */
            userConfig?: {
                [key: string]: {
                    [key: string]: unknown;
                };
            } | null;
            /** @description Owner named by the key's holder. */
            ownerId?: string | null;
            /** @description Inbox id that the signature's address must give. */
            ownerInboxId?: string | null;
            /** @description EIP-191 signature of the challenge's message. */
            ownerSignature?: string | null;
            /** @description The challenge, as issued. */
            challenge?: string | null;
            /**
             * Format: int32
             * @description −100 to 100; higher goes first.
             */
            priority?: number | null;
            /**
             * Format: int64
             * @description Not ready by then: failed. Default 600, at most 86,400.
             */
            deadlineSeconds?: number | null;
            /**
             * Format: int64
             * @description How long it lives once ready.
             */
            ttlSeconds?: number | null;
        };
        /** @description One tool of a claim and how far it is. */
        ClaimTool: {
            /** @description Tool id. */
            toolId: string;
            /** @description Who brings the account. */
            provisioning: components["schemas"]["Provisioning"];
            /** @description How far it is. */
            phase: components["schemas"]["ToolPhase"];
            /** @description The address, number or wallet, once there. */
            resourceId?: string | null;
            /** @description Why it was refused. */
            error?: string | null;
        };
        /** @description A claim. */
        ClaimView: {
            /**
             * Format: uuid
             * @description Its id.
             */
            claimId: string;
            /** @description How far it is. */
            phase: components["schemas"]["ClaimPhase"];
            instanceId?: components["schemas"]["InstanceId"] | null;
            /** @description The link that opens the conversation. */
            inviteUrl?: string | null;
            /** @description The conversation. */
            conversationId?: string | null;
            /** @description Name of the agent. */
            agentName: string;
            /**
             * Format: uuid
             * @description Its template.
             */
            templateId?: string | null;
            /** @description Inbox id of the claimer. */
            ownerId?: string | null;
            /** @description The pool. */
            pool: string;
            /**
             * Format: int64
             * @description Place in line, from 1, while pending.
             */
            position?: number | null;
            /**
             * Format: int64
             * @description Seconds until it will probably be ready, while pending.
             */
            estimateSeconds?: number | null;
            /** @description Its tools. */
            tools: components["schemas"]["ClaimTool"][];
            /** @description What is true of it. */
            conditions: components["schemas"]["Conditions"];
            failure?: components["schemas"]["Failure"] | null;
            /**
             * Format: date-time
             * @description Creation.
             */
            createdAt: string;
            /**
             * Format: date-time
             * @description When its link worked.
             */
            readyAt?: string | null;
            /**
             * Format: date-time
             * @description When it ends by itself.
             */
            expiresAt?: string | null;
        };
        /** @description Body of `POST /api/instances/{id}/clone`: what shall differ from the instance's own claim. */
        CloneRequest: {
            /** @description Another name. */
            agentName?: string | null;
            /** @description Another pool to take from. */
            pool?: string | null;
            /** @description Another owner. */
            ownerId?: string | null;
            /** @description The user's own accounts, by tool: they are not kept, so they cannot be copied. */
            userConfig?: {
                [key: string]: {
                    [key: string]: unknown;
                };
            } | null;
            /**
             * Format: int32
             * @description −100 to 100; higher goes first.
             */
            priority?: number | null;
            /**
             * Format: int64
             * @description Not ready by then: failed. Default 600, at most 86,400.
             */
            deadlineSeconds?: number | null;
            /**
             * Format: int64
             * @description How long it lives once ready.
             */
            ttlSeconds?: number | null;
        };
        /** @description One condition of a record. */
        Condition: {
            /** @description What is asserted, for example `Available`. */
            type: string;
            /** @description Whether it holds. */
            status: components["schemas"]["Truth"];
            /** @description One word for programs, in CamelCase. */
            reason: string;
            /** @description One sentence for people. */
            message: string;
            /**
             * Format: date-time
             * @description When `status` last changed.
             */
            lastTransitionTime: string;
            /**
             * Format: int64
             * @description The generation of the spec that this speaks of.
             */
            observedGeneration: number;
        };
        /** @description The conditions of a record, at most one of each type. */
        Conditions: components["schemas"]["Condition"][];
        /** @description Members of all pools by status. */
        Counts: {
            /**
             * Format: int64
             * @description Can be claimed.
             */
            ready: number;
            /**
             * Format: int64
             * @description Being created.
             */
            starting: number;
            /**
             * Format: int64
             * @description Bound, not finished.
             */
            claiming: number;
            /**
             * Format: int64
             * @description Serving somebody.
             */
            claimed: number;
            /**
             * Format: int64
             * @description Unwell for too long.
             */
            stuck: number;
            /**
             * Format: int64
             * @description On their way out.
             */
            destroying: number;
            /**
             * Format: int64
             * @description Claims in line.
             */
            waiting: number;
        };
        /**
         * @description What `services` last said of an instance's deployment and health.
         * @enum {string}
         */
        DeployStatus: "deploying" | "deploy_failed" | "healthy" | "unreachable" | "unknown" | "not_found";
        /**
         * @description How far a destroy request is. There is no failed: it is only slow and loud.
         * @enum {string}
         */
        DestroyPhase: "pending" | "destroying" | "done";
        /**
         * @description Why an instance is destroyed.
         * @enum {string}
         */
        DestroyReason: "operator" | "surplus" | "stuck" | "expired" | "released" | "self" | "tainted" | "rollout" | "failed_create";
        /** @description A destroy request. */
        DestroyRequestView: {
            /**
             * Format: uuid
             * @description Its id.
             */
            destroyRequestId: string;
            /** @description The instance. */
            instanceId: components["schemas"]["InstanceId"];
            /** @description Why. */
            reason: components["schemas"]["DestroyReason"];
            /** @description Who asked. */
            requestedBy: string;
            /** @description How far it is. */
            phase: components["schemas"]["DestroyPhase"];
            /**
             * Format: int32
             * @description Failed passes in a row.
             */
            attempts: number;
            /** @description What the last failed one met. */
            lastError?: string | null;
            /**
             * Format: date-time
             * @description Creation.
             */
            createdAt: string;
            /**
             * Format: date-time
             * @description When everything was confirmed gone.
             */
            doneAt?: string | null;
        };
        /** @description One line of the journal. */
        EventView: {
            /**
             * Format: int64
             * @description Ascending.
             */
            eventId: number;
            /**
             * Format: date-time
             * @description When.
             */
            at: string;
            /** @description Kind of the object. */
            kind: components["schemas"]["Kind"];
            /** @description Id or name of the object. */
            object: string;
            /** @description One word for programs. */
            reason: string;
            /** @description One sentence for people. */
            message: string;
            /** @description Who. */
            actor: string;
            /** @description State before. */
            from?: string | null;
            /** @description State after. */
            to?: string | null;
            /** @description What brought it about. */
            cause?: string | null;
            /** @description W3C trace id of the request behind it. */
            traceId?: string | null;
        };
        /** @description Answer of `GET /api/{kind}/{id}/explain`. */
        Explanation: {
            /** @description What happened, oldest first. */
            timeline: components["schemas"]["EventView"][];
            /** @description What is true now. */
            conditions: components["schemas"]["Condition"][];
            /** @description What the planner would do now. */
            plan: components["schemas"]["PlanView"];
            /** @description All of it in a few sentences. */
            text: string;
        };
        /** @description Why a record cannot go on, for programs and for people. */
        Failure: {
            /** @description Stable word. */
            code: string;
            /** @description One sentence. */
            message: string;
        };
        /** @description One field that is wrong. */
        FieldError: {
            /** @description The field's path, such as `model.default`. */
            field: string;
            /** @description What is wrong with it. */
            message: string;
        };
        /** @description Answer of `GET /api/metrics/history`. */
        History: {
            /** @description The pool. */
            pool: string;
            /**
             * Format: int32
             * @description How far the points are apart, in seconds.
             */
            stepSeconds: number;
            /** @description Oldest first. */
            points: components["schemas"]["HistoryPoint"][];
        };
        /** @description How a pool was at one time, and what became of the claims that were made in the step that begins then. */
        HistoryPoint: {
            /**
             * Format: date-time
             * @description When the step begins.
             */
            at: string;
            /**
             * Format: int64
             * @description Idle members wanted.
             */
            desired: number;
            /**
             * Format: int64
             * @description Members that can be claimed.
             */
            ready: number;
            /**
             * Format: int64
             * @description Being created.
             */
            starting: number;
            /**
             * Format: int64
             * @description Bound, not finished.
             */
            claiming: number;
            /**
             * Format: int64
             * @description Serving somebody.
             */
            claimed: number;
            /**
             * Format: int64
             * @description Unwell for too long.
             */
            stuck: number;
            /**
             * Format: int64
             * @description On their way out.
             */
            destroying: number;
            /**
             * Format: int64
             * @description Claims in line.
             */
            waiting: number;
            /**
             * Format: int64
             * @description Claims that were made.
             */
            claimsMade: number;
            /**
             * Format: int64
             * @description Those of them that became ready.
             */
            claimsReady: number;
            /**
             * Format: int64
             * @description Those of them that failed.
             */
            claimsFailed: number;
            /**
             * Format: int64
             * @description Those of them that found a ready instance at once.
             */
            claimsHit: number;
            /**
             * Format: double
             * @description Half of those that became ready took at most so long, in seconds.
             */
            claimSecondsMedian?: number | null;
            /**
             * Format: double
             * @description All but one in twenty took at most so long, in seconds.
             */
            claimSecondsP95?: number | null;
        };
        /** @description `[a-z0-9]{6,20}`; ours have [`INSTANCE_ID_LENGTH`] characters. */
        InstanceId: string;
        /** @description Body of `PATCH /api/instances/{id}`. */
        InstancePatch: {
            /** @description Forbid to destroy it. */
            protected?: boolean | null;
        };
        /**
         * @description The life of an instance, as its pool sees it.
         * @enum {string}
         */
        InstanceStatus: "starting" | "ready" | "claiming" | "claimed" | "stuck" | "destroying" | "deleted";
        /** @description An instance. */
        InstanceView: {
            /** @description Its id. */
            instanceId: components["schemas"]["InstanceId"];
            /** @description The agent's name, or the id while it is anonymous. */
            name: string;
            /** @description Its pool. */
            pool: string;
            /** @description Its life. */
            status: components["schemas"]["InstanceStatus"];
            /** @description What `services` last said. */
            deployStatus: components["schemas"]["DeployStatus"];
            /** @description Public address. */
            url?: string | null;
            /** @description Image it was asked to run. */
            image?: string | null;
            /** @description Runtime version that the agent reports. */
            runtimeVersion?: string | null;
            /** @description Given by its claim. */
            agentName?: string | null;
            /**
             * Format: uuid
             * @description Its claim.
             */
            claimId?: string | null;
            /**
             * Format: uuid
             * @description Template of its claim.
             */
            templateId?: string | null;
            /** @description Inbox id of the claimer. */
            ownerId?: string | null;
            /** @description Its conversation. */
            conversationId?: string | null;
            /** @description The link that opens it. */
            inviteUrl?: string | null;
            parentInstance?: components["schemas"]["InstanceId"] | null;
            /** @description A person forbade to destroy it. */
            protected: boolean;
            /** @description What is true of it. */
            conditions: components["schemas"]["Conditions"];
            failure?: components["schemas"]["Failure"] | null;
            /**
             * Format: date-time
             * @description Creation.
             */
            createdAt: string;
            /**
             * Format: date-time
             * @description When it was bound to its claim.
             */
            claimedAt?: string | null;
            /**
             * Format: date-time
             * @description When `status` last changed.
             */
            statusSince: string;
            /**
             * Format: date-time
             * @description When it was last seen healthy.
             */
            healthyAt?: string | null;
            /**
             * Format: date-time
             * @description When a template change was last pushed to it.
             */
            templateSyncedAt?: string | null;
        };
        /** @description Body of `POST /api/keys`. */
        KeyRequest: {
            /**
             * @description For people; appears as the actor of events.
             * @example support desk
             */
            name: string;
            /** @description What it may do. */
            role: components["schemas"]["Role"];
        };
        /** @description An API key; `key` is shown once, when it is made. */
        KeyView: {
            /**
             * Format: uuid
             * @description Its id.
             */
            keyId: string;
            /** @description For people. */
            name: string;
            /** @description What it may do. */
            role: components["schemas"]["Role"];
            /** @description The key itself, only in the answer that made it. */
            key?: string | null;
            /**
             * Format: date-time
             * @description Creation.
             */
            createdAt: string;
        };
        /**
         * @description The kinds of records.
         * @enum {string}
         */
        Kind: "pool" | "instance" | "claim" | "destroy_request" | "template" | "key";
        /** @description Body of `POST /api/destroy-requests`. */
        NewDestroyRequest: {
            /**
             * @description The instance to destroy.
             * @example k3f9x2m7q1ab
             */
            instanceId: string;
        };
        /** @description A name, and a spec whose fields stand beside it. */
        NewPool: {
            /**
             * Format: int32
             * @description Idle members (starting and ready) to keep.
             * @default 5
             */
            minIdle: number;
            /**
             * Format: int32
             * @description Everything not deleted counts against it.
             * @default 100
             */
            maxInstances: number;
            /**
             * @description Image of new members; that of `services` when absent.
             * @default null
             */
            image: string | null;
            /**
             * @description Model of agents whose claim names none.
             * @default null
             */
            model: string | null;
            /**
             * Format: int64
             * @description How long an instance may be unwell before it is stuck, in milliseconds.
             * @default 900000
             */
            stuckTimeoutMs: number;
            /**
             * Format: int32
             * @description Extra members during a rollout, beyond `maxInstances`.
             * @default 3
             */
            maxSurge: number;
            /**
             * @description Neither create nor shrink.
             * @default false
             */
            paused: boolean;
            /** @default null */
            sizing: components["schemas"]["Sizing"] | null;
            /** @default null */
            rollout: components["schemas"]["Rollout"] | null;
            /** @description Lower-case letters, digits and dashes, beginning with a letter or digit. */
            name: string;
        };
        /** @description A page of a list. */
        Page_ClaimView: {
            /** @description Newest first. */
            items: {
                /**
                 * Format: uuid
                 * @description Its id.
                 */
                claimId: string;
                /** @description How far it is. */
                phase: components["schemas"]["ClaimPhase"];
                instanceId?: components["schemas"]["InstanceId"] | null;
                /** @description The link that opens the conversation. */
                inviteUrl?: string | null;
                /** @description The conversation. */
                conversationId?: string | null;
                /** @description Name of the agent. */
                agentName: string;
                /**
                 * Format: uuid
                 * @description Its template.
                 */
                templateId?: string | null;
                /** @description Inbox id of the claimer. */
                ownerId?: string | null;
                /** @description The pool. */
                pool: string;
                /**
                 * Format: int64
                 * @description Place in line, from 1, while pending.
                 */
                position?: number | null;
                /**
                 * Format: int64
                 * @description Seconds until it will probably be ready, while pending.
                 */
                estimateSeconds?: number | null;
                /** @description Its tools. */
                tools: components["schemas"]["ClaimTool"][];
                /** @description What is true of it. */
                conditions: components["schemas"]["Conditions"];
                failure?: components["schemas"]["Failure"] | null;
                /**
                 * Format: date-time
                 * @description Creation.
                 */
                createdAt: string;
                /**
                 * Format: date-time
                 * @description When its link worked.
                 */
                readyAt?: string | null;
                /**
                 * Format: date-time
                 * @description When it ends by itself.
                 */
                expiresAt?: string | null;
            }[];
            /** @description Give it as `cursor` for the next page; null at the end. */
            nextCursor?: string | null;
        };
        /** @description A page of a list. */
        Page_DestroyRequestView: {
            /** @description Newest first. */
            items: {
                /**
                 * Format: uuid
                 * @description Its id.
                 */
                destroyRequestId: string;
                /** @description The instance. */
                instanceId: components["schemas"]["InstanceId"];
                /** @description Why. */
                reason: components["schemas"]["DestroyReason"];
                /** @description Who asked. */
                requestedBy: string;
                /** @description How far it is. */
                phase: components["schemas"]["DestroyPhase"];
                /**
                 * Format: int32
                 * @description Failed passes in a row.
                 */
                attempts: number;
                /** @description What the last failed one met. */
                lastError?: string | null;
                /**
                 * Format: date-time
                 * @description Creation.
                 */
                createdAt: string;
                /**
                 * Format: date-time
                 * @description When everything was confirmed gone.
                 */
                doneAt?: string | null;
            }[];
            /** @description Give it as `cursor` for the next page; null at the end. */
            nextCursor?: string | null;
        };
        /** @description A page of a list. */
        Page_EventView: {
            /** @description Newest first. */
            items: {
                /**
                 * Format: int64
                 * @description Ascending.
                 */
                eventId: number;
                /**
                 * Format: date-time
                 * @description When.
                 */
                at: string;
                /** @description Kind of the object. */
                kind: components["schemas"]["Kind"];
                /** @description Id or name of the object. */
                object: string;
                /** @description One word for programs. */
                reason: string;
                /** @description One sentence for people. */
                message: string;
                /** @description Who. */
                actor: string;
                /** @description State before. */
                from?: string | null;
                /** @description State after. */
                to?: string | null;
                /** @description What brought it about. */
                cause?: string | null;
                /** @description W3C trace id of the request behind it. */
                traceId?: string | null;
            }[];
            /** @description Give it as `cursor` for the next page; null at the end. */
            nextCursor?: string | null;
        };
        /** @description A page of a list. */
        Page_InstanceView: {
            /** @description Newest first. */
            items: {
                /** @description Its id. */
                instanceId: components["schemas"]["InstanceId"];
                /** @description The agent's name, or the id while it is anonymous. */
                name: string;
                /** @description Its pool. */
                pool: string;
                /** @description Its life. */
                status: components["schemas"]["InstanceStatus"];
                /** @description What `services` last said. */
                deployStatus: components["schemas"]["DeployStatus"];
                /** @description Public address. */
                url?: string | null;
                /** @description Image it was asked to run. */
                image?: string | null;
                /** @description Runtime version that the agent reports. */
                runtimeVersion?: string | null;
                /** @description Given by its claim. */
                agentName?: string | null;
                /**
                 * Format: uuid
                 * @description Its claim.
                 */
                claimId?: string | null;
                /**
                 * Format: uuid
                 * @description Template of its claim.
                 */
                templateId?: string | null;
                /** @description Inbox id of the claimer. */
                ownerId?: string | null;
                /** @description Its conversation. */
                conversationId?: string | null;
                /** @description The link that opens it. */
                inviteUrl?: string | null;
                parentInstance?: components["schemas"]["InstanceId"] | null;
                /** @description A person forbade to destroy it. */
                protected: boolean;
                /** @description What is true of it. */
                conditions: components["schemas"]["Conditions"];
                failure?: components["schemas"]["Failure"] | null;
                /**
                 * Format: date-time
                 * @description Creation.
                 */
                createdAt: string;
                /**
                 * Format: date-time
                 * @description When it was bound to its claim.
                 */
                claimedAt?: string | null;
                /**
                 * Format: date-time
                 * @description When `status` last changed.
                 */
                statusSince: string;
                /**
                 * Format: date-time
                 * @description When it was last seen healthy.
                 */
                healthyAt?: string | null;
                /**
                 * Format: date-time
                 * @description When a template change was last pushed to it.
                 */
                templateSyncedAt?: string | null;
            }[];
            /** @description Give it as `cursor` for the next page; null at the end. */
            nextCursor?: string | null;
        };
        /** @description A page of a list. */
        Page_KeyView: {
            /** @description Newest first. */
            items: {
                /**
                 * Format: uuid
                 * @description Its id.
                 */
                keyId: string;
                /** @description For people. */
                name: string;
                /** @description What it may do. */
                role: components["schemas"]["Role"];
                /** @description The key itself, only in the answer that made it. */
                key?: string | null;
                /**
                 * Format: date-time
                 * @description Creation.
                 */
                createdAt: string;
            }[];
            /** @description Give it as `cursor` for the next page; null at the end. */
            nextCursor?: string | null;
        };
        /** @description A page of a list. */
        Page_PoolView: {
            /** @description Newest first. */
            items: {
                /** @description Its name. */
                name: string;
                /** @description What is wanted. */
                spec: components["schemas"]["PoolSpec"];
                /** @description What is. */
                status: components["schemas"]["PoolStatus"];
                /**
                 * Format: int64
                 * @description Bumped with each change of the spec.
                 */
                generation: number;
                /**
                 * Format: int64
                 * @description The generation that its reconciler last acted on.
                 */
                observedGeneration: number;
                /**
                 * Format: date-time
                 * @description Creation.
                 */
                createdAt: string;
                /**
                 * Format: date-time
                 * @description Last change.
                 */
                updatedAt: string;
            }[];
            /** @description Give it as `cursor` for the next page; null at the end. */
            nextCursor?: string | null;
        };
        /** @description A page of a list. */
        Page_TemplateView: {
            /** @description Newest first. */
            items: {
                /**
                 * Format: uuid
                 * @description Its id.
                 */
                templateId: string;
                /** @description Inbox id of its creator. */
                creatorId?: string | null;
                /** @description Name of the agents. */
                agentName: string;
                /** @description What they do. */
                instructions: string;
                model?: components["schemas"]["TemplateModel"] | null;
                /** @description Their tools. */
                tools: components["schemas"]["TemplateTool"][];
                /** @description Who may see and claim it. */
                visibility: components["schemas"]["Visibility"];
                /**
                 * Format: date-time
                 * @description Creation.
                 */
                createdAt: string;
                /**
                 * Format: date-time
                 * @description Last change.
                 */
                updatedAt: string;
            }[];
            /** @description Give it as `cursor` for the next page; null at the end. */
            nextCursor?: string | null;
        };
        /** @description A page of a list. */
        Page_Tool: {
            /** @description Newest first. */
            items: {
                /** @description Stable id: `openrouter`, `wallet`, `email`, `sms`, `crypto`. */
                toolId: string;
                /** @description For people. */
                name: string;
                /** @description Ways in which it can be provisioned here. */
                provisioning: components["schemas"]["Provisioning"][];
                /** @description How the pool provisions it (for example Bankr's `partner`, `user`, `shared`). */
                mode?: string | null;
                /** @description Made with every instance; a template need not name it. */
                always?: boolean;
                /** @description Whether it can be used now. */
                configured: boolean;
                /** @description Why not, or what is wrong with its vendor now. */
                problem?: string | null;
                /** @description JSON Schema of what a user has to bring. */
                userConfigSchema?: unknown;
            }[];
            /** @description Give it as `cursor` for the next page; null at the end. */
            nextCursor?: string | null;
        };
        /** @description What the planner would do now. */
        PlanView: {
            /** @description The one step. */
            step: string;
            /** @description Why. */
            reason: string;
            /** @description When it looks again, in words. */
            again: string;
        };
        /** @description Answer of `POST /api/pools/{name}/preview`: what the planner would do with this spec now. */
        PoolPreview: {
            /**
             * Format: int64
             * @description Idle members that would be wanted.
             */
            desired: number;
            /**
             * Format: int64
             * @description Instances that the next pass would create.
             */
            create: number;
            /** @description Idle instances that the next pass would destroy. */
            destroy: components["schemas"]["InstanceId"][];
            /** @description The step in words, why, and when the planner would look again. */
            plan: components["schemas"]["PlanView"];
        };
        /** @description What an operator wants of a pool. */
        PoolSpec: {
            /**
             * Format: int32
             * @description Idle members (starting and ready) to keep.
             * @default 5
             */
            minIdle: number;
            /**
             * Format: int32
             * @description Everything not deleted counts against it.
             * @default 100
             */
            maxInstances: number;
            /**
             * @description Image of new members; that of `services` when absent.
             * @default null
             */
            image: string | null;
            /**
             * @description Model of agents whose claim names none.
             * @default null
             */
            model: string | null;
            /**
             * Format: int64
             * @description How long an instance may be unwell before it is stuck, in milliseconds.
             * @default 900000
             */
            stuckTimeoutMs: number;
            /**
             * Format: int32
             * @description Extra members during a rollout, beyond `maxInstances`.
             * @default 3
             */
            maxSurge: number;
            /**
             * @description Neither create nor shrink.
             * @default false
             */
            paused: boolean;
            /** @default null */
            sizing: components["schemas"]["Sizing"] | null;
            /** @default null */
            rollout: components["schemas"]["Rollout"] | null;
        };
        /** @description What is true of a pool now. */
        PoolStatus: {
            /**
             * Format: int64
             * @description Idle members that are wanted now.
             */
            desired: number;
            /**
             * Format: int64
             * @description Members by status.
             */
            ready: number;
            /**
             * Format: int64
             * @description Being created.
             */
            starting: number;
            /**
             * Format: int64
             * @description Bound, not finished.
             */
            claiming: number;
            /**
             * Format: int64
             * @description Serving somebody.
             */
            claimed: number;
            /**
             * Format: int64
             * @description Unwell for too long.
             */
            stuck: number;
            /**
             * Format: int64
             * @description On their way out.
             */
            destroying: number;
            /**
             * Format: int64
             * @description Claims in line.
             */
            waiting: number;
            /** @description What is true of it. */
            conditions: components["schemas"]["Conditions"];
            /** @description The last decision in words. */
            explanation: string;
        };
        /** @description A pool. */
        PoolView: {
            /** @description Its name. */
            name: string;
            /** @description What is wanted. */
            spec: components["schemas"]["PoolSpec"];
            /** @description What is. */
            status: components["schemas"]["PoolStatus"];
            /**
             * Format: int64
             * @description Bumped with each change of the spec.
             */
            generation: number;
            /**
             * Format: int64
             * @description The generation that its reconciler last acted on.
             */
            observedGeneration: number;
            /**
             * Format: date-time
             * @description Creation.
             */
            createdAt: string;
            /**
             * Format: date-time
             * @description Last change.
             */
            updatedAt: string;
        };
        /** @description A problem as it is sent. */
        Problem: {
            /** @description A URI that names the kind of problem; one for each code. */
            type: string;
            /** @description The status in words. */
            title: string;
            /**
             * Format: int32
             * @description The HTTP status.
             */
            status: number;
            /** @description What happened, for people. */
            detail: string;
            /** @description What happened, for programs. */
            code: string;
            /** @description The fields at fault, where known. */
            errors?: components["schemas"]["FieldError"][];
        };
        /**
         * @description Who makes a tool's account: the pool, or the user who brings an own one.
         * @enum {string}
         */
        Provisioning: "pool" | "user";
        /** @description The process can work. */
        Ready: {
            /** @description Always true; else the answer is 503. */
            ready: boolean;
            /** @description What works only in part, and why. */
            degraded: string[];
        };
        /** @description One reconciler's queue. */
        ReconcilerStatus: {
            /** @description The reconciler, by the word of its metrics. */
            kind: string;
            /**
             * Format: int64
             * @description Records that are due and not leased.
             */
            depth: number;
            /**
             * Format: int64
             * @description Records under a lease.
             */
            leased: number;
            /**
             * Format: double
             * @description How long the oldest due record waits, in seconds.
             */
            oldestDueSeconds: number;
            /**
             * Format: int64
             * @description Records whose last pass failed, and that are tried again.
             */
            retrying: number;
            /**
             * Format: int64
             * @description Passes over them that failed since one worked.
             */
            errors: number;
            /** @description What the one that failed most often met last. */
            lastError?: string | null;
        };
        /** @description Body of `POST /api/instances/{id}/redeploy`. */
        RedeployRequest: {
            /**
             * @description A new image; the present one when absent.
             * @example ghcr.io/xmtplabs/convos-runtime:1.4.0
             */
            image?: string | null;
        };
        /**
         * @description What an API key may do. Each role may do all that those below it may.
         * @enum {string}
         */
        Role: "viewer" | "claimer" | "operator" | "admin";
        /** @description How a new image is rolled out to idle members. */
        Rollout: {
            /**
             * Format: int32
             * @description Ready members that may be missing at a time.
             * @default 1
             */
            maxUnavailable: number;
            /**
             * Format: int32
             * @description Members that have to become healthy before the rest follows.
             * @default 1
             */
            canary: number;
            /**
             * Format: int64
             * @description How long a canary may take, in milliseconds, before the rollout stops.
             * @default 600000
             */
            canaryTimeoutMs: number;
        };
        /** @description Whether `services` answers. */
        ServicesStatus: {
            /** @description The last call was answered. */
            reachable: boolean;
            /**
             * Format: date-time
             * @description When it last answered.
             */
            answeredAt?: string | null;
            /** @description What went wrong since. */
            problem?: string | null;
        };
        /** @description Who is signed in. */
        Session: {
            /** @description Name of the key. */
            name: string;
            /** @description What it may do. */
            role: components["schemas"]["Role"];
        };
        /** @description Body of `POST /api/session`. */
        SignIn: {
            /** @description An API key. */
            key: string;
        };
        /** @description How the number of idle members is found. */
        Sizing: {
            /** @description Name of the time zone in which the windows are meant, for example `Europe/Berlin`. */
            timeZone: string;
            /** @description The last window that began wins. */
            windows: components["schemas"]["Window"][];
            /** @enum {string} */
            kind: "schedule";
        } | {
            /**
             * Format: double
             * @description Share of claims that shall find a ready instance, between 0 and 1.
             */
            hitRate: number;
            /**
             * Format: int32
             * @description Never fewer.
             */
            min: number;
            /**
             * Format: int32
             * @description Never more.
             */
            max: number;
            /**
             * Format: double
             * @description Idle members may cost at most this, in US dollars an hour.
             */
            costPerHourMax?: number | null;
            /** @enum {string} */
            kind: "serviceLevel";
        };
        /** @description Answer of `GET /api/status`. */
        SystemStatus: {
            /** @description Version of this program. */
            version: string;
            /** @description Members of all pools by status, and claims in line. */
            counts: components["schemas"]["Counts"];
            /**
             * @description `Available`: every pool that wants idle members has ready ones. `Degraded`: a pool is, or a queue lags.
             *     `ServicesReachable`: the last call was answered.
             */
            conditions: components["schemas"]["Conditions"];
            /** @description All pools. */
            pools: components["schemas"]["PoolView"][];
            /** @description Queues of the reconcilers. */
            reconcilers: components["schemas"]["ReconcilerStatus"][];
            /** @description Replicas that hold a lease now. */
            replicas: string[];
            /** @description Whether `services` answers. */
            services: components["schemas"]["ServicesStatus"];
            /** @description The vendors behind the instances and their tools, as `services` last said; nothing when it never answered. */
            vendors: components["schemas"]["VendorState"][];
            /** @description What is left of the vendors' request budgets, where they say. */
            budgets: components["schemas"]["VendorBudget"][];
            /** @description The serial lanes that creations wait in. */
            lanes: components["schemas"]["VendorLane"][];
            /** @description Empty projects that are kept for bursts. */
            shelf: components["schemas"]["VendorShelf"];
        };
        /** @description How a template chooses the model. */
        TemplateModel: {
            /** @description Used when a claim names none. */
            default: string;
            /** @description Whether a claim may name another (the spec's own snake_case). */
            allow_override?: boolean;
        };
        /** @description Body of `POST /api/templates` and `PUT /api/templates/{id}`. */
        TemplateRequest: {
            /** @description Inbox id of its creator. */
            creatorId?: string | null;
            /**
             * @description Name of the agents. At most 200 characters.
             * @example Ada
             */
            agentName: string;
            /**
             * @description What they do. At most 50,000 characters.
             * @example You plan journeys.
             */
            instructions: string;
            model?: components["schemas"]["TemplateModel"] | null;
            /** @description Their tools. */
            tools?: components["schemas"]["TemplateTool"][];
            visibility?: components["schemas"]["Visibility"] | null;
        };
        /** @description A tool that a template wants. */
        TemplateTool: {
            /**
             * @description Tool id.
             * @example email
             */
            id: string;
            /** @description Who brings the account. */
            provisioning: components["schemas"]["Provisioning"];
        };
        /** @description A template. */
        TemplateView: {
            /**
             * Format: uuid
             * @description Its id.
             */
            templateId: string;
            /** @description Inbox id of its creator. */
            creatorId?: string | null;
            /** @description Name of the agents. */
            agentName: string;
            /** @description What they do. */
            instructions: string;
            model?: components["schemas"]["TemplateModel"] | null;
            /** @description Their tools. */
            tools: components["schemas"]["TemplateTool"][];
            /** @description Who may see and claim it. */
            visibility: components["schemas"]["Visibility"];
            /**
             * Format: date-time
             * @description Creation.
             */
            createdAt: string;
            /**
             * Format: date-time
             * @description Last change.
             */
            updatedAt: string;
        };
        /** @description One tool in `GET /registry`. */
        Tool: {
            /** @description Stable id: `openrouter`, `wallet`, `email`, `sms`, `crypto`. */
            toolId: string;
            /** @description For people. */
            name: string;
            /** @description Ways in which it can be provisioned here. */
            provisioning: components["schemas"]["Provisioning"][];
            /** @description How the pool provisions it (for example Bankr's `partner`, `user`, `shared`). */
            mode?: string | null;
            /** @description Made with every instance; a template need not name it. */
            always?: boolean;
            /** @description Whether it can be used now. */
            configured: boolean;
            /** @description Why not, or what is wrong with its vendor now. */
            problem?: string | null;
            /** @description JSON Schema of what a user has to bring. */
            userConfigSchema?: unknown;
        };
        /**
         * @description How far one tool of a claim is.
         * @enum {string}
         */
        ToolPhase: "pending" | "provisioning" | "ready" | "failed";
        /**
         * @description Whether a condition holds.
         * @enum {string}
         */
        Truth: "True" | "False" | "Unknown";
        /** @description A request budget of a vendor. */
        VendorBudget: {
            /** @description What it is for; numbered where there are several accounts. */
            name: string;
            /**
             * Format: double
             * @description Requests in a window.
             */
            allowance: number;
            /**
             * Format: double
             * @description Requests left in it.
             */
            remaining: number;
            /**
             * Format: date-time
             * @description When the window ends.
             */
            resetsAt: string;
        };
        /** @description A serial lane. */
        VendorLane: {
            /** @description What it is for; numbered where there are several accounts. */
            name: string;
            /**
             * Format: int64
             * @description How many wait in it.
             */
            waiting: number;
            /**
             * Format: date-time
             * @description Nobody may send before this.
             */
            nextAllowedAt: string;
        };
        /** @description The shelf of empty projects. */
        VendorShelf: {
            /**
             * Format: int64
             * @description How many shall be there.
             */
            target: number;
            /**
             * Format: int64
             * @description How many are there or being made.
             */
            kept: number;
            /**
             * Format: int64
             * @description How many can be taken.
             */
            free: number;
        };
        /** @description What is known of one vendor, named by what it gives. */
        VendorState: {
            /** @description `compute`, or a tool's id. */
            name: string;
            /** @description What is wrong, in our words. */
            problem?: string | null;
            /**
             * Format: int64
             * @description How long the last look took.
             */
            latencyMs?: number | null;
            /**
             * Format: int64
             * @description Looks that failed since the process started.
             */
            errors: number;
            /**
             * Format: date-time
             * @description When it was looked at last.
             */
            checkedAt: string;
            /**
             * Format: date-time
             * @description Since when it has been as it is.
             */
            since: string;
        };
        /**
         * @description Who may see and claim a template.
         * @enum {string}
         */
        Visibility: "private" | "public";
        /** @description Body of `PATCH /api/templates/{id}/visibility`. */
        VisibilityRequest: {
            /** @description Who may see and claim it. */
            visibility: components["schemas"]["Visibility"];
        };
        /** @description A time window of a schedule. */
        Window: {
            /** @description When it begins: five cron fields. */
            start: string;
            /**
             * Format: int64
             * @description How long it lasts, in seconds.
             */
            durationSeconds: number;
            /**
             * Format: int32
             * @description Idle members in it.
             */
            minIdle: number;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    claim: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key is the same claim. At most 255 characters. */
                "Idempotency-Key"?: string | null;
                /**
                 * @description `wait=N`: how many seconds to wait for the agent, 0 to 120; default 60.
                 * @example wait=30
                 */
                Prefer?: string | null;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "metadata": {
                 *         "order": "4711"
                 *       },
                 *       "templateId": "0199e0a0-5c1f-7d44-9b1e-2f6a3c8d7e11"
                 *     }
                 */
                "application/json": components["schemas"]["ClaimRequest"];
            };
        };
        responses: {
            /** @description The agent is there: `ready`, or `pending_acceptance` in the conversation it asked to join. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "agentName": "Concierge",
                     *       "claimId": "0199e0a0-5c1f-7d44-9b1e-2f6a3c8d7e12",
                     *       "conditions": [],
                     *       "conversationId": "0199e0a0-5c1f-7d44-9b1e-2f6a3c8d7e13",
                     *       "createdAt": "2026-01-01T12:00:00Z",
                     *       "instanceId": "k3v9x2m7q114",
                     *       "inviteUrl": "https://popup.convos.org/v2?i=ccbc3d7a872a43c39383",
                     *       "phase": "ready",
                     *       "pool": "default",
                     *       "readyAt": "2026-01-01T12:00:00Z",
                     *       "templateId": "0199e0a0-5c1f-7d44-9b1e-2f6a3c8d7e11",
                     *       "tools": [
                     *         {
                     *           "phase": "ready",
                     *           "provisioning": "pool",
                     *           "resourceId": "agent-dev-k3v9x2m7q114@agentmail.to",
                     *           "toolId": "email"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["ClaimView"];
                };
            };
            /** @description Not yet: `Location` is where to look. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ClaimView"];
                };
            };
            /** @description `invalid_request`: not JSON, an unknown field, a wrong type, a value beyond its limit, a bad limit or cursor. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "invalid_request",
                     *       "detail": "limit: must be from 1 to 200",
                     *       "errors": [
                     *         {
                     *           "field": "limit",
                     *           "message": "must be from 1 to 200"
                     *         }
                     *       ],
                     *       "status": 400,
                     *       "title": "Bad Request",
                     *       "type": "urn:convos-agents:problem:invalid_request"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: no key, or not one of ours. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "unauthorized",
                     *       "detail": "a valid key is needed: Authorization: Bearer <key>",
                     *       "status": 401,
                     *       "title": "Unauthorized",
                     *       "type": "urn:convos-agents:problem:unauthorized"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: the key's role is not enough. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "forbidden",
                     *       "detail": "this needs the role operator",
                     *       "status": 403,
                     *       "title": "Forbidden",
                     *       "type": "urn:convos-agents:problem:forbidden"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: there is nothing of this id for this caller. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "not_found",
                     *       "detail": "there is no instance k3v9x2m7q110",
                     *       "status": 404,
                     *       "title": "Not Found",
                     *       "type": "urn:convos-agents:problem:not_found"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The state forbids it: `conflict`; of a claim also `idempotency_key_reused` (the key came before with another request) and `join_url_in_use` (another live claim has it). */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "conflict",
                     *       "detail": "the record changed meanwhile; read it again",
                     *       "status": 409,
                     *       "title": "Conflict",
                     *       "type": "urn:convos-agents:problem:conflict"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large`: the body is larger than 256 KB. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "payload_too_large",
                     *       "detail": "the body is larger than 256 KB",
                     *       "status": 413,
                     *       "title": "Payload Too Large",
                     *       "type": "urn:convos-agents:problem:payload_too_large"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: the body is not declared as JSON. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "unsupported_media_type",
                     *       "detail": "the body must be JSON, declared as Content-Type: application/json",
                     *       "status": 415,
                     *       "title": "Unsupported Media Type",
                     *       "type": "urn:convos-agents:problem:unsupported_media_type"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is well formed and cannot be done: `template_tool_config_missing`, `model_override_not_allowed`, `tool_not_configured`, `tool_unknown`, `unsupported_signature`, `signature_invalid`, `challenge_expired`, `join_url_invalid`, `user_config_invalid`. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "tool_not_configured",
                     *       "detail": "the tool sms cannot be used: TELNYX_API_KEY is not set",
                     *       "status": 422,
                     *       "title": "Unprocessable Entity",
                     *       "type": "urn:convos-agents:problem:tool_not_configured"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests`: too many requests, streams, or claims in line; `Retry-After` says when to come back. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "too_many_requests",
                     *       "detail": "too many requests with this key",
                     *       "status": 429,
                     *       "title": "Too Many Requests",
                     *       "type": "urn:convos-agents:problem:too_many_requests"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: a fault of ours. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "internal",
                     *       "detail": "something went wrong on our side; the log tells more under this request's id",
                     *       "status": 500,
                     *       "title": "Internal Server Error",
                     *       "type": "urn:convos-agents:problem:internal"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable` or `services_unavailable`: something that is needed is away; `Retry-After` says when to come back. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "services_unavailable",
                     *       "detail": "services does not answer",
                     *       "status": 503,
                     *       "title": "Service Unavailable",
                     *       "type": "urn:convos-agents:problem:services_unavailable"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getChallenge: {
        parameters: {
            query: {
                /**
                 * @description The account that will sign: 0x and 40 hex digits.
                 * @example 0x52908400098527886E0F7030069857D2E4169EE7
                 */
                address: string;
                /** @description The template that will be claimed, if any. */
                templateId?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The challenge. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "challenge": "shown-in-this-answer-and-never-again",
                     *       "expiresAt": "2026-01-01T12:00:00Z",
                     *       "message": "The text to sign, as it is."
                     *     }
                     */
                    "application/json": components["schemas"]["Challenge"];
                };
            };
            /** @description `invalid_request`: not JSON, an unknown field, a wrong type, a value beyond its limit, a bad limit or cursor. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "invalid_request",
                     *       "detail": "limit: must be from 1 to 200",
                     *       "errors": [
                     *         {
                     *           "field": "limit",
                     *           "message": "must be from 1 to 200"
                     *         }
                     *       ],
                     *       "status": 400,
                     *       "title": "Bad Request",
                     *       "type": "urn:convos-agents:problem:invalid_request"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: no key, or not one of ours. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "unauthorized",
                     *       "detail": "a valid key is needed: Authorization: Bearer <key>",
                     *       "status": 401,
                     *       "title": "Unauthorized",
                     *       "type": "urn:convos-agents:problem:unauthorized"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: the key's role is not enough. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "forbidden",
                     *       "detail": "this needs the role operator",
                     *       "status": 403,
                     *       "title": "Forbidden",
                     *       "type": "urn:convos-agents:problem:forbidden"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests`: too many requests, streams, or claims in line; `Retry-After` says when to come back. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "too_many_requests",
                     *       "detail": "too many requests with this key",
                     *       "status": 429,
                     *       "title": "Too Many Requests",
                     *       "type": "urn:convos-agents:problem:too_many_requests"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: a fault of ours. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "internal",
                     *       "detail": "something went wrong on our side; the log tells more under this request's id",
                     *       "status": 500,
                     *       "title": "Internal Server Error",
                     *       "type": "urn:convos-agents:problem:internal"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable` or `services_unavailable`: something that is needed is away; `Retry-After` says when to come back. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "services_unavailable",
                     *       "detail": "services does not answer",
                     *       "status": 503,
                     *       "title": "Service Unavailable",
                     *       "type": "urn:convos-agents:problem:services_unavailable"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listClaims: {
        parameters: {
            query?: {
                /** @description Rows at most. */
                limit?: number;
                /** @description `nextCursor` of the page before. */
                cursor?: string;
                /** @description Only those of this pool. */
                pool?: string;
                /** @description Only those this far. */
                phase?: components["schemas"]["ClaimPhase"];
                /** @description Only those of this owner. */
                ownerId?: string;
                /** @description Only those made from this template. */
                templateId?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "agentName": "Ada",
                     *           "claimId": "0199e0a0-5c1f-7d44-9b1e-2f6a3c8d7e15",
                     *           "conditions": [],
                     *           "conversationId": "0199e0a0-5c1f-7d44-9b1e-2f6a3c8d7e16",
                     *           "createdAt": "2026-01-01T12:00:00Z",
                     *           "expiresAt": "2026-01-01T12:00:00Z",
                     *           "instanceId": "k3v9x2m7q117",
                     *           "inviteUrl": "https://popup.convos.org/v2?i=67f457353fad4448bd02",
                     *           "phase": "ready",
                     *           "pool": "default",
                     *           "readyAt": "2026-01-01T12:00:00Z",
                     *           "tools": []
                     *         }
                     *       ],
                     *       "nextCursor": "MDFhMjIwOGUtMGFhOS03NDQ5LWIzMjItZTIzODJmMzIwZjVl"
                     *     }
                     */
                    "application/json": components["schemas"]["Page_ClaimView"];
                };
            };
            /** @description `invalid_request`: not JSON, an unknown field, a wrong type, a value beyond its limit, a bad limit or cursor. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "invalid_request",
                     *       "detail": "limit: must be from 1 to 200",
                     *       "errors": [
                     *         {
                     *           "field": "limit",
                     *           "message": "must be from 1 to 200"
                     *         }
                     *       ],
                     *       "status": 400,
                     *       "title": "Bad Request",
                     *       "type": "urn:convos-agents:problem:invalid_request"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: no key, or not one of ours. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "unauthorized",
                     *       "detail": "a valid key is needed: Authorization: Bearer <key>",
                     *       "status": 401,
                     *       "title": "Unauthorized",
                     *       "type": "urn:convos-agents:problem:unauthorized"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: the key's role is not enough. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "forbidden",
                     *       "detail": "this needs the role operator",
                     *       "status": 403,
                     *       "title": "Forbidden",
                     *       "type": "urn:convos-agents:problem:forbidden"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests`: too many requests, streams, or claims in line; `Retry-After` says when to come back. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "too_many_requests",
                     *       "detail": "too many requests with this key",
                     *       "status": 429,
                     *       "title": "Too Many Requests",
                     *       "type": "urn:convos-agents:problem:too_many_requests"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: a fault of ours. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "internal",
                     *       "detail": "something went wrong on our side; the log tells more under this request's id",
                     *       "status": 500,
                     *       "title": "Internal Server Error",
                     *       "type": "urn:convos-agents:problem:internal"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable` or `services_unavailable`: something that is needed is away; `Retry-After` says when to come back. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "services_unavailable",
                     *       "detail": "services does not answer",
                     *       "status": 503,
                     *       "title": "Service Unavailable",
                     *       "type": "urn:convos-agents:problem:services_unavailable"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createClaim: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key is the same claim. At most 255 characters. */
                "Idempotency-Key"?: string | null;
                /**
                 * @description `wait=N`: how many seconds to wait for the agent, 0 to 120; default 60.
                 * @example wait=30
                 */
                Prefer?: string | null;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "agentName": "Ada",
                 *       "instructions": "Answer in one sentence.",
                 *       "ttlSeconds": 3600
                 *     }
                 */
                "application/json": components["schemas"]["ClaimRequest"];
            };
        };
        responses: {
            /** @description The agent is there: `ready`, or `pending_acceptance` in the conversation it asked to join. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "agentName": "Ada",
                     *       "claimId": "0199e0a0-5c1f-7d44-9b1e-2f6a3c8d7e15",
                     *       "conditions": [],
                     *       "conversationId": "0199e0a0-5c1f-7d44-9b1e-2f6a3c8d7e16",
                     *       "createdAt": "2026-01-01T12:00:00Z",
                     *       "expiresAt": "2026-01-01T12:00:00Z",
                     *       "instanceId": "k3v9x2m7q117",
                     *       "inviteUrl": "https://popup.convos.org/v2?i=67f457353fad4448bd02",
                     *       "phase": "ready",
                     *       "pool": "default",
                     *       "readyAt": "2026-01-01T12:00:00Z",
                     *       "tools": []
                     *     }
                     */
                    "application/json": components["schemas"]["ClaimView"];
                };
            };
            /** @description Not yet: `Location` is where to look. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ClaimView"];
                };
            };
            /** @description `invalid_request`: not JSON, an unknown field, a wrong type, a value beyond its limit, a bad limit or cursor. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "invalid_request",
                     *       "detail": "limit: must be from 1 to 200",
                     *       "errors": [
                     *         {
                     *           "field": "limit",
                     *           "message": "must be from 1 to 200"
                     *         }
                     *       ],
                     *       "status": 400,
                     *       "title": "Bad Request",
                     *       "type": "urn:convos-agents:problem:invalid_request"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: no key, or not one of ours. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "unauthorized",
                     *       "detail": "a valid key is needed: Authorization: Bearer <key>",
                     *       "status": 401,
                     *       "title": "Unauthorized",
                     *       "type": "urn:convos-agents:problem:unauthorized"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: the key's role is not enough. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "forbidden",
                     *       "detail": "this needs the role operator",
                     *       "status": 403,
                     *       "title": "Forbidden",
                     *       "type": "urn:convos-agents:problem:forbidden"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: there is nothing of this id for this caller. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "not_found",
                     *       "detail": "there is no instance k3v9x2m7q110",
                     *       "status": 404,
                     *       "title": "Not Found",
                     *       "type": "urn:convos-agents:problem:not_found"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The state forbids it: `conflict`; of a claim also `idempotency_key_reused` (the key came before with another request) and `join_url_in_use` (another live claim has it). */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "conflict",
                     *       "detail": "the record changed meanwhile; read it again",
                     *       "status": 409,
                     *       "title": "Conflict",
                     *       "type": "urn:convos-agents:problem:conflict"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large`: the body is larger than 256 KB. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "payload_too_large",
                     *       "detail": "the body is larger than 256 KB",
                     *       "status": 413,
                     *       "title": "Payload Too Large",
                     *       "type": "urn:convos-agents:problem:payload_too_large"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: the body is not declared as JSON. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "unsupported_media_type",
                     *       "detail": "the body must be JSON, declared as Content-Type: application/json",
                     *       "status": 415,
                     *       "title": "Unsupported Media Type",
                     *       "type": "urn:convos-agents:problem:unsupported_media_type"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is well formed and cannot be done: `template_tool_config_missing`, `model_override_not_allowed`, `tool_not_configured`, `tool_unknown`, `unsupported_signature`, `signature_invalid`, `challenge_expired`, `join_url_invalid`, `user_config_invalid`. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "tool_not_configured",
                     *       "detail": "the tool sms cannot be used: TELNYX_API_KEY is not set",
                     *       "status": 422,
                     *       "title": "Unprocessable Entity",
                     *       "type": "urn:convos-agents:problem:tool_not_configured"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests`: too many requests, streams, or claims in line; `Retry-After` says when to come back. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "too_many_requests",
                     *       "detail": "too many requests with this key",
                     *       "status": 429,
                     *       "title": "Too Many Requests",
                     *       "type": "urn:convos-agents:problem:too_many_requests"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: a fault of ours. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "internal",
                     *       "detail": "something went wrong on our side; the log tells more under this request's id",
                     *       "status": 500,
                     *       "title": "Internal Server Error",
                     *       "type": "urn:convos-agents:problem:internal"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable` or `services_unavailable`: something that is needed is away; `Retry-After` says when to come back. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "services_unavailable",
                     *       "detail": "services does not answer",
                     *       "status": 503,
                     *       "title": "Service Unavailable",
                     *       "type": "urn:convos-agents:problem:services_unavailable"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getClaim: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The claim. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The claim. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "agentName": "Concierge",
                     *       "claimId": "0199e0a0-5c1f-7d44-9b1e-2f6a3c8d7e12",
                     *       "conditions": [],
                     *       "conversationId": "0199e0a0-5c1f-7d44-9b1e-2f6a3c8d7e13",
                     *       "createdAt": "2026-01-01T12:00:00Z",
                     *       "instanceId": "k3v9x2m7q114",
                     *       "inviteUrl": "https://popup.convos.org/v2?i=ccbc3d7a872a43c39383",
                     *       "phase": "ready",
                     *       "pool": "default",
                     *       "readyAt": "2026-01-01T12:00:00Z",
                     *       "templateId": "0199e0a0-5c1f-7d44-9b1e-2f6a3c8d7e11",
                     *       "tools": [
                     *         {
                     *           "phase": "ready",
                     *           "provisioning": "pool",
                     *           "resourceId": "agent-dev-k3v9x2m7q114@agentmail.to",
                     *           "toolId": "email"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["ClaimView"];
                };
            };
            /** @description `invalid_request`: not JSON, an unknown field, a wrong type, a value beyond its limit, a bad limit or cursor. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "invalid_request",
                     *       "detail": "limit: must be from 1 to 200",
                     *       "errors": [
                     *         {
                     *           "field": "limit",
                     *           "message": "must be from 1 to 200"
                     *         }
                     *       ],
                     *       "status": 400,
                     *       "title": "Bad Request",
                     *       "type": "urn:convos-agents:problem:invalid_request"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: no key, or not one of ours. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "unauthorized",
                     *       "detail": "a valid key is needed: Authorization: Bearer <key>",
                     *       "status": 401,
                     *       "title": "Unauthorized",
                     *       "type": "urn:convos-agents:problem:unauthorized"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: the key's role is not enough. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "forbidden",
                     *       "detail": "this needs the role operator",
                     *       "status": 403,
                     *       "title": "Forbidden",
                     *       "type": "urn:convos-agents:problem:forbidden"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: there is nothing of this id for this caller. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "not_found",
                     *       "detail": "there is no instance k3v9x2m7q110",
                     *       "status": 404,
                     *       "title": "Not Found",
                     *       "type": "urn:convos-agents:problem:not_found"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests`: too many requests, streams, or claims in line; `Retry-After` says when to come back. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "too_many_requests",
                     *       "detail": "too many requests with this key",
                     *       "status": 429,
                     *       "title": "Too Many Requests",
                     *       "type": "urn:convos-agents:problem:too_many_requests"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: a fault of ours. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "internal",
                     *       "detail": "something went wrong on our side; the log tells more under this request's id",
                     *       "status": 500,
                     *       "title": "Internal Server Error",
                     *       "type": "urn:convos-agents:problem:internal"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable` or `services_unavailable`: something that is needed is away; `Retry-After` says when to come back. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "services_unavailable",
                     *       "detail": "services does not answer",
                     *       "status": 503,
                     *       "title": "Service Unavailable",
                     *       "type": "urn:convos-agents:problem:services_unavailable"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    releaseClaim: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The claim. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The claim. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "agentName": "Concierge",
                     *       "claimId": "0199e0a0-5c1f-7d44-9b1e-2f6a3c8d7e12",
                     *       "conditions": [],
                     *       "conversationId": "0199e0a0-5c1f-7d44-9b1e-2f6a3c8d7e13",
                     *       "createdAt": "2026-01-01T12:00:00Z",
                     *       "instanceId": "k3v9x2m7q114",
                     *       "inviteUrl": "https://popup.convos.org/v2?i=ccbc3d7a872a43c39383",
                     *       "phase": "ready",
                     *       "pool": "default",
                     *       "readyAt": "2026-01-01T12:00:00Z",
                     *       "templateId": "0199e0a0-5c1f-7d44-9b1e-2f6a3c8d7e11",
                     *       "tools": [
                     *         {
                     *           "phase": "ready",
                     *           "provisioning": "pool",
                     *           "resourceId": "agent-dev-k3v9x2m7q114@agentmail.to",
                     *           "toolId": "email"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["ClaimView"];
                };
            };
            /** @description `invalid_request`: not JSON, an unknown field, a wrong type, a value beyond its limit, a bad limit or cursor. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "invalid_request",
                     *       "detail": "limit: must be from 1 to 200",
                     *       "errors": [
                     *         {
                     *           "field": "limit",
                     *           "message": "must be from 1 to 200"
                     *         }
                     *       ],
                     *       "status": 400,
                     *       "title": "Bad Request",
                     *       "type": "urn:convos-agents:problem:invalid_request"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: no key, or not one of ours. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "unauthorized",
                     *       "detail": "a valid key is needed: Authorization: Bearer <key>",
                     *       "status": 401,
                     *       "title": "Unauthorized",
                     *       "type": "urn:convos-agents:problem:unauthorized"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: the key's role is not enough. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "forbidden",
                     *       "detail": "this needs the role operator",
                     *       "status": 403,
                     *       "title": "Forbidden",
                     *       "type": "urn:convos-agents:problem:forbidden"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: there is nothing of this id for this caller. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "not_found",
                     *       "detail": "there is no instance k3v9x2m7q110",
                     *       "status": 404,
                     *       "title": "Not Found",
                     *       "type": "urn:convos-agents:problem:not_found"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The state forbids it: `conflict`; of a claim also `idempotency_key_reused` (the key came before with another request) and `join_url_in_use` (another live claim has it). */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "conflict",
                     *       "detail": "the record changed meanwhile; read it again",
                     *       "status": 409,
                     *       "title": "Conflict",
                     *       "type": "urn:convos-agents:problem:conflict"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests`: too many requests, streams, or claims in line; `Retry-After` says when to come back. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "too_many_requests",
                     *       "detail": "too many requests with this key",
                     *       "status": 429,
                     *       "title": "Too Many Requests",
                     *       "type": "urn:convos-agents:problem:too_many_requests"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: a fault of ours. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "internal",
                     *       "detail": "something went wrong on our side; the log tells more under this request's id",
                     *       "status": 500,
                     *       "title": "Internal Server Error",
                     *       "type": "urn:convos-agents:problem:internal"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable` or `services_unavailable`: something that is needed is away; `Retry-After` says when to come back. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "services_unavailable",
                     *       "detail": "services does not answer",
                     *       "status": 503,
                     *       "title": "Service Unavailable",
                     *       "type": "urn:convos-agents:problem:services_unavailable"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    followClaim: {
        parameters: {
            query?: never;
            header?: {
                /** @description Streams what came after this event. */
                "Last-Event-ID"?: number | null;
            };
            path: {
                /** @description The claim. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Server-sent events named `claim`, each with an event. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            /** @description `invalid_request`: not JSON, an unknown field, a wrong type, a value beyond its limit, a bad limit or cursor. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "invalid_request",
                     *       "detail": "limit: must be from 1 to 200",
                     *       "errors": [
                     *         {
                     *           "field": "limit",
                     *           "message": "must be from 1 to 200"
                     *         }
                     *       ],
                     *       "status": 400,
                     *       "title": "Bad Request",
                     *       "type": "urn:convos-agents:problem:invalid_request"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: no key, or not one of ours. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "unauthorized",
                     *       "detail": "a valid key is needed: Authorization: Bearer <key>",
                     *       "status": 401,
                     *       "title": "Unauthorized",
                     *       "type": "urn:convos-agents:problem:unauthorized"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: the key's role is not enough. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "forbidden",
                     *       "detail": "this needs the role operator",
                     *       "status": 403,
                     *       "title": "Forbidden",
                     *       "type": "urn:convos-agents:problem:forbidden"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: there is nothing of this id for this caller. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "not_found",
                     *       "detail": "there is no instance k3v9x2m7q110",
                     *       "status": 404,
                     *       "title": "Not Found",
                     *       "type": "urn:convos-agents:problem:not_found"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests`: too many requests, streams, or claims in line; `Retry-After` says when to come back. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "too_many_requests",
                     *       "detail": "too many requests with this key",
                     *       "status": 429,
                     *       "title": "Too Many Requests",
                     *       "type": "urn:convos-agents:problem:too_many_requests"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: a fault of ours. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "internal",
                     *       "detail": "something went wrong on our side; the log tells more under this request's id",
                     *       "status": 500,
                     *       "title": "Internal Server Error",
                     *       "type": "urn:convos-agents:problem:internal"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable` or `services_unavailable`: something that is needed is away; `Retry-After` says when to come back. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "services_unavailable",
                     *       "detail": "services does not answer",
                     *       "status": 503,
                     *       "title": "Service Unavailable",
                     *       "type": "urn:convos-agents:problem:services_unavailable"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    explainClaim: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The claim. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Why it is as it is, and what will be done next. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "conditions": [],
                     *       "plan": {
                     *         "again": "when its spec changes",
                     *         "reason": "is served",
                     *         "step": "nothing"
                     *       },
                     *       "text": "The claim 0199e0a0-5c1f-7d44-9b1e-2f6a3c8d7e12 is ready with instance k3v9x2m7q114. Last, at 12:00:00 UTC: the invite link works (reconciler/claim). Now: nothing, since: is served; looks again when its spec changes.",
                     *       "timeline": [
                     *         {
                     *           "actor": "api/admin",
                     *           "at": "2026-01-01T12:00:00Z",
                     *           "cause": "instance/k3v9x2m7q114",
                     *           "eventId": 9,
                     *           "kind": "claim",
                     *           "message": "has instance k3v9x2m7q114",
                     *           "object": "0199e0a0-5c1f-7d44-9b1e-2f6a3c8d7e12",
                     *           "reason": "Bound",
                     *           "to": "bound",
                     *           "traceId": "35e26951f426169d6e111aa1154b43fa"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["Explanation"];
                };
            };
            /** @description `invalid_request`: not JSON, an unknown field, a wrong type, a value beyond its limit, a bad limit or cursor. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "invalid_request",
                     *       "detail": "limit: must be from 1 to 200",
                     *       "errors": [
                     *         {
                     *           "field": "limit",
                     *           "message": "must be from 1 to 200"
                     *         }
                     *       ],
                     *       "status": 400,
                     *       "title": "Bad Request",
                     *       "type": "urn:convos-agents:problem:invalid_request"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: no key, or not one of ours. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "unauthorized",
                     *       "detail": "a valid key is needed: Authorization: Bearer <key>",
                     *       "status": 401,
                     *       "title": "Unauthorized",
                     *       "type": "urn:convos-agents:problem:unauthorized"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: the key's role is not enough. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "forbidden",
                     *       "detail": "this needs the role operator",
                     *       "status": 403,
                     *       "title": "Forbidden",
                     *       "type": "urn:convos-agents:problem:forbidden"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: there is nothing of this id for this caller. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "not_found",
                     *       "detail": "there is no instance k3v9x2m7q110",
                     *       "status": 404,
                     *       "title": "Not Found",
                     *       "type": "urn:convos-agents:problem:not_found"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests`: too many requests, streams, or claims in line; `Retry-After` says when to come back. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "too_many_requests",
                     *       "detail": "too many requests with this key",
                     *       "status": 429,
                     *       "title": "Too Many Requests",
                     *       "type": "urn:convos-agents:problem:too_many_requests"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: a fault of ours. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "internal",
                     *       "detail": "something went wrong on our side; the log tells more under this request's id",
                     *       "status": 500,
                     *       "title": "Internal Server Error",
                     *       "type": "urn:convos-agents:problem:internal"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable` or `services_unavailable`: something that is needed is away; `Retry-After` says when to come back. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "services_unavailable",
                     *       "detail": "services does not answer",
                     *       "status": 503,
                     *       "title": "Service Unavailable",
                     *       "type": "urn:convos-agents:problem:services_unavailable"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listDestroyRequests: {
        parameters: {
            query?: {
                /** @description Rows at most. */
                limit?: number;
                /** @description `nextCursor` of the page before. */
                cursor?: string;
                /** @description Only those this far. */
                phase?: components["schemas"]["DestroyPhase"];
                /** @description Only those for this reason. */
                reason?: components["schemas"]["DestroyReason"];
                /** @description Only those of instances of this pool. */
                pool?: string;
                /** @description Only that of this instance. */
                instanceId?: components["schemas"]["InstanceId"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "attempts": 0,
                     *           "createdAt": "2026-01-01T12:00:00Z",
                     *           "destroyRequestId": "0199e0a0-5c1f-7d44-9b1e-2f6a3c8d7e1b",
                     *           "instanceId": "k3v9x2m7q114",
                     *           "phase": "destroying",
                     *           "reason": "operator",
                     *           "requestedBy": "api/admin"
                     *         }
                     *       ],
                     *       "nextCursor": null
                     *     }
                     */
                    "application/json": components["schemas"]["Page_DestroyRequestView"];
                };
            };
            /** @description `invalid_request`: not JSON, an unknown field, a wrong type, a value beyond its limit, a bad limit or cursor. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "invalid_request",
                     *       "detail": "limit: must be from 1 to 200",
                     *       "errors": [
                     *         {
                     *           "field": "limit",
                     *           "message": "must be from 1 to 200"
                     *         }
                     *       ],
                     *       "status": 400,
                     *       "title": "Bad Request",
                     *       "type": "urn:convos-agents:problem:invalid_request"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: no key, or not one of ours. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "unauthorized",
                     *       "detail": "a valid key is needed: Authorization: Bearer <key>",
                     *       "status": 401,
                     *       "title": "Unauthorized",
                     *       "type": "urn:convos-agents:problem:unauthorized"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: the key's role is not enough. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "forbidden",
                     *       "detail": "this needs the role operator",
                     *       "status": 403,
                     *       "title": "Forbidden",
                     *       "type": "urn:convos-agents:problem:forbidden"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests`: too many requests, streams, or claims in line; `Retry-After` says when to come back. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "too_many_requests",
                     *       "detail": "too many requests with this key",
                     *       "status": 429,
                     *       "title": "Too Many Requests",
                     *       "type": "urn:convos-agents:problem:too_many_requests"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: a fault of ours. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "internal",
                     *       "detail": "something went wrong on our side; the log tells more under this request's id",
                     *       "status": 500,
                     *       "title": "Internal Server Error",
                     *       "type": "urn:convos-agents:problem:internal"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable` or `services_unavailable`: something that is needed is away; `Retry-After` says when to come back. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "services_unavailable",
                     *       "detail": "services does not answer",
                     *       "status": 503,
                     *       "title": "Service Unavailable",
                     *       "type": "urn:convos-agents:problem:services_unavailable"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createDestroyRequest: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "instanceId": "k3v9x2m7q114"
                 *     }
                 */
                "application/json": components["schemas"]["NewDestroyRequest"];
            };
        };
        responses: {
            /** @description The destroy request. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "attempts": 0,
                     *       "createdAt": "2026-01-01T12:00:00Z",
                     *       "destroyRequestId": "0199e0a0-5c1f-7d44-9b1e-2f6a3c8d7e1b",
                     *       "instanceId": "k3v9x2m7q114",
                     *       "phase": "pending",
                     *       "reason": "operator",
                     *       "requestedBy": "api/admin"
                     *     }
                     */
                    "application/json": components["schemas"]["DestroyRequestView"];
                };
            };
            /** @description `invalid_request`: not JSON, an unknown field, a wrong type, a value beyond its limit, a bad limit or cursor. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "invalid_request",
                     *       "detail": "limit: must be from 1 to 200",
                     *       "errors": [
                     *         {
                     *           "field": "limit",
                     *           "message": "must be from 1 to 200"
                     *         }
                     *       ],
                     *       "status": 400,
                     *       "title": "Bad Request",
                     *       "type": "urn:convos-agents:problem:invalid_request"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: no key, or not one of ours. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "unauthorized",
                     *       "detail": "a valid key is needed: Authorization: Bearer <key>",
                     *       "status": 401,
                     *       "title": "Unauthorized",
                     *       "type": "urn:convos-agents:problem:unauthorized"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: the key's role is not enough. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "forbidden",
                     *       "detail": "this needs the role operator",
                     *       "status": 403,
                     *       "title": "Forbidden",
                     *       "type": "urn:convos-agents:problem:forbidden"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: there is nothing of this id for this caller. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "not_found",
                     *       "detail": "there is no instance k3v9x2m7q110",
                     *       "status": 404,
                     *       "title": "Not Found",
                     *       "type": "urn:convos-agents:problem:not_found"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The state forbids it: `conflict`; of a claim also `idempotency_key_reused` (the key came before with another request) and `join_url_in_use` (another live claim has it). */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "conflict",
                     *       "detail": "the record changed meanwhile; read it again",
                     *       "status": 409,
                     *       "title": "Conflict",
                     *       "type": "urn:convos-agents:problem:conflict"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large`: the body is larger than 256 KB. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "payload_too_large",
                     *       "detail": "the body is larger than 256 KB",
                     *       "status": 413,
                     *       "title": "Payload Too Large",
                     *       "type": "urn:convos-agents:problem:payload_too_large"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: the body is not declared as JSON. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "unsupported_media_type",
                     *       "detail": "the body must be JSON, declared as Content-Type: application/json",
                     *       "status": 415,
                     *       "title": "Unsupported Media Type",
                     *       "type": "urn:convos-agents:problem:unsupported_media_type"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is well formed and cannot be done: `template_tool_config_missing`, `model_override_not_allowed`, `tool_not_configured`, `tool_unknown`, `unsupported_signature`, `signature_invalid`, `challenge_expired`, `join_url_invalid`, `user_config_invalid`. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "tool_not_configured",
                     *       "detail": "the tool sms cannot be used: TELNYX_API_KEY is not set",
                     *       "status": 422,
                     *       "title": "Unprocessable Entity",
                     *       "type": "urn:convos-agents:problem:tool_not_configured"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests`: too many requests, streams, or claims in line; `Retry-After` says when to come back. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "too_many_requests",
                     *       "detail": "too many requests with this key",
                     *       "status": 429,
                     *       "title": "Too Many Requests",
                     *       "type": "urn:convos-agents:problem:too_many_requests"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: a fault of ours. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "internal",
                     *       "detail": "something went wrong on our side; the log tells more under this request's id",
                     *       "status": 500,
                     *       "title": "Internal Server Error",
                     *       "type": "urn:convos-agents:problem:internal"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable` or `services_unavailable`: something that is needed is away; `Retry-After` says when to come back. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "services_unavailable",
                     *       "detail": "services does not answer",
                     *       "status": 503,
                     *       "title": "Service Unavailable",
                     *       "type": "urn:convos-agents:problem:services_unavailable"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getDestroyRequest: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The destroy request. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The destroy request. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "attempts": 0,
                     *       "createdAt": "2026-01-01T12:00:00Z",
                     *       "destroyRequestId": "0199e0a0-5c1f-7d44-9b1e-2f6a3c8d7e1b",
                     *       "instanceId": "k3v9x2m7q114",
                     *       "phase": "pending",
                     *       "reason": "operator",
                     *       "requestedBy": "api/admin"
                     *     }
                     */
                    "application/json": components["schemas"]["DestroyRequestView"];
                };
            };
            /** @description `invalid_request`: not JSON, an unknown field, a wrong type, a value beyond its limit, a bad limit or cursor. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "invalid_request",
                     *       "detail": "limit: must be from 1 to 200",
                     *       "errors": [
                     *         {
                     *           "field": "limit",
                     *           "message": "must be from 1 to 200"
                     *         }
                     *       ],
                     *       "status": 400,
                     *       "title": "Bad Request",
                     *       "type": "urn:convos-agents:problem:invalid_request"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: no key, or not one of ours. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "unauthorized",
                     *       "detail": "a valid key is needed: Authorization: Bearer <key>",
                     *       "status": 401,
                     *       "title": "Unauthorized",
                     *       "type": "urn:convos-agents:problem:unauthorized"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: the key's role is not enough. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "forbidden",
                     *       "detail": "this needs the role operator",
                     *       "status": 403,
                     *       "title": "Forbidden",
                     *       "type": "urn:convos-agents:problem:forbidden"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: there is nothing of this id for this caller. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "not_found",
                     *       "detail": "there is no instance k3v9x2m7q110",
                     *       "status": 404,
                     *       "title": "Not Found",
                     *       "type": "urn:convos-agents:problem:not_found"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests`: too many requests, streams, or claims in line; `Retry-After` says when to come back. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "too_many_requests",
                     *       "detail": "too many requests with this key",
                     *       "status": 429,
                     *       "title": "Too Many Requests",
                     *       "type": "urn:convos-agents:problem:too_many_requests"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: a fault of ours. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "internal",
                     *       "detail": "something went wrong on our side; the log tells more under this request's id",
                     *       "status": 500,
                     *       "title": "Internal Server Error",
                     *       "type": "urn:convos-agents:problem:internal"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable` or `services_unavailable`: something that is needed is away; `Retry-After` says when to come back. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "services_unavailable",
                     *       "detail": "services does not answer",
                     *       "status": 503,
                     *       "title": "Service Unavailable",
                     *       "type": "urn:convos-agents:problem:services_unavailable"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    explainDestroyRequest: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The destroy request. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Why it is as it is, and what will be done next. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "conditions": [],
                     *       "plan": {
                     *         "again": "in 1.0 s",
                     *         "reason": "until everything is confirmed gone",
                     *         "step": "have services destroy it, or go on"
                     *       },
                     *       "text": "The destroy request 0199e0a0-5c1f-7d44-9b1e-2f6a3c8d7e1b is destroying, because of operator. Now: have services destroy it, or go on, since: until everything is confirmed gone; looks again in 1.0 s.",
                     *       "timeline": []
                     *     }
                     */
                    "application/json": components["schemas"]["Explanation"];
                };
            };
            /** @description `invalid_request`: not JSON, an unknown field, a wrong type, a value beyond its limit, a bad limit or cursor. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "invalid_request",
                     *       "detail": "limit: must be from 1 to 200",
                     *       "errors": [
                     *         {
                     *           "field": "limit",
                     *           "message": "must be from 1 to 200"
                     *         }
                     *       ],
                     *       "status": 400,
                     *       "title": "Bad Request",
                     *       "type": "urn:convos-agents:problem:invalid_request"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: no key, or not one of ours. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "unauthorized",
                     *       "detail": "a valid key is needed: Authorization: Bearer <key>",
                     *       "status": 401,
                     *       "title": "Unauthorized",
                     *       "type": "urn:convos-agents:problem:unauthorized"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: the key's role is not enough. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "forbidden",
                     *       "detail": "this needs the role operator",
                     *       "status": 403,
                     *       "title": "Forbidden",
                     *       "type": "urn:convos-agents:problem:forbidden"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: there is nothing of this id for this caller. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "not_found",
                     *       "detail": "there is no instance k3v9x2m7q110",
                     *       "status": 404,
                     *       "title": "Not Found",
                     *       "type": "urn:convos-agents:problem:not_found"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests`: too many requests, streams, or claims in line; `Retry-After` says when to come back. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "too_many_requests",
                     *       "detail": "too many requests with this key",
                     *       "status": 429,
                     *       "title": "Too Many Requests",
                     *       "type": "urn:convos-agents:problem:too_many_requests"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: a fault of ours. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "internal",
                     *       "detail": "something went wrong on our side; the log tells more under this request's id",
                     *       "status": 500,
                     *       "title": "Internal Server Error",
                     *       "type": "urn:convos-agents:problem:internal"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable` or `services_unavailable`: something that is needed is away; `Retry-After` says when to come back. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "services_unavailable",
                     *       "detail": "services does not answer",
                     *       "status": 503,
                     *       "title": "Service Unavailable",
                     *       "type": "urn:convos-agents:problem:services_unavailable"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listEvents: {
        parameters: {
            query?: {
                /** @description Rows at most; not for a stream. */
                limit?: number;
                /** @description `nextCursor` of the page before; not for a stream. */
                cursor?: string;
                /** @description Only those of records of this kind. */
                kind?: components["schemas"]["Kind"];
                /** @description Only those of this record. */
                object?: string;
                /** @description Only those with this reason. */
                reason?: string;
                /** @description Only those by this actor. */
                actor?: string;
            };
            header?: {
                /** @description Streams what came after this event. */
                "Last-Event-ID"?: number | null;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page, or a stream whose events carry an event each. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "actor": "api/admin",
                     *           "at": "2026-01-01T12:00:00Z",
                     *           "eventId": 8,
                     *           "kind": "template",
                     *           "message": "the template was made",
                     *           "object": "0199e0a0-5c1f-7d44-9b1e-2f6a3c8d7e11",
                     *           "reason": "TemplateCreated",
                     *           "traceId": "c1a21e3952960df840f438d4d8bfc626"
                     *         }
                     *       ],
                     *       "nextCursor": null
                     *     }
                     */
                    "application/json": components["schemas"]["Page_EventView"];
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "actor": "api/admin",
                     *           "at": "2026-01-01T12:00:00Z",
                     *           "eventId": 8,
                     *           "kind": "template",
                     *           "message": "the template was made",
                     *           "object": "0199e0a0-5c1f-7d44-9b1e-2f6a3c8d7e11",
                     *           "reason": "TemplateCreated",
                     *           "traceId": "c1a21e3952960df840f438d4d8bfc626"
                     *         }
                     *       ],
                     *       "nextCursor": null
                     *     }
                     */
                    "text/event-stream": string;
                };
            };
            /** @description `invalid_request`: not JSON, an unknown field, a wrong type, a value beyond its limit, a bad limit or cursor. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "invalid_request",
                     *       "detail": "limit: must be from 1 to 200",
                     *       "errors": [
                     *         {
                     *           "field": "limit",
                     *           "message": "must be from 1 to 200"
                     *         }
                     *       ],
                     *       "status": 400,
                     *       "title": "Bad Request",
                     *       "type": "urn:convos-agents:problem:invalid_request"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: no key, or not one of ours. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "unauthorized",
                     *       "detail": "a valid key is needed: Authorization: Bearer <key>",
                     *       "status": 401,
                     *       "title": "Unauthorized",
                     *       "type": "urn:convos-agents:problem:unauthorized"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: the key's role is not enough. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "forbidden",
                     *       "detail": "this needs the role operator",
                     *       "status": 403,
                     *       "title": "Forbidden",
                     *       "type": "urn:convos-agents:problem:forbidden"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests`: too many requests, streams, or claims in line; `Retry-After` says when to come back. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "too_many_requests",
                     *       "detail": "too many requests with this key",
                     *       "status": 429,
                     *       "title": "Too Many Requests",
                     *       "type": "urn:convos-agents:problem:too_many_requests"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: a fault of ours. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "internal",
                     *       "detail": "something went wrong on our side; the log tells more under this request's id",
                     *       "status": 500,
                     *       "title": "Internal Server Error",
                     *       "type": "urn:convos-agents:problem:internal"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable` or `services_unavailable`: something that is needed is away; `Retry-After` says when to come back. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "services_unavailable",
                     *       "detail": "services does not answer",
                     *       "status": 503,
                     *       "title": "Service Unavailable",
                     *       "type": "urn:convos-agents:problem:services_unavailable"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listInstances: {
        parameters: {
            query?: {
                /** @description Rows at most. */
                limit?: number;
                /** @description `nextCursor` of the page before. */
                cursor?: string;
                /** @description Only those of this pool. */
                pool?: string;
                /** @description Only those in this state. */
                status?: components["schemas"]["InstanceStatus"];
                /** @description Only those of this owner. */
                ownerId?: string;
                /** @description Only those made from this template. */
                templateId?: string;
                /** @description Tombstones too. */
                includeDeleted?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "agentName": "Ada",
                     *           "claimId": "0199e0a0-5c1f-7d44-9b1e-2f6a3c8d7e15",
                     *           "claimedAt": "2026-01-01T12:00:00Z",
                     *           "conditions": [],
                     *           "conversationId": "0199e0a0-5c1f-7d44-9b1e-2f6a3c8d7e16",
                     *           "createdAt": "2026-01-01T12:00:00Z",
                     *           "deployStatus": "healthy",
                     *           "healthyAt": "2026-01-01T12:00:00Z",
                     *           "image": null,
                     *           "instanceId": "k3v9x2m7q117",
                     *           "inviteUrl": "https://popup.convos.org/v2?i=67f457353fad4448bd02",
                     *           "name": "Ada",
                     *           "pool": "default",
                     *           "protected": false,
                     *           "runtimeVersion": "0.1.0",
                     *           "status": "claimed",
                     *           "statusSince": "2026-01-01T12:00:00Z",
                     *           "url": "https://agent.up.railway.app"
                     *         }
                     *       ],
                     *       "nextCursor": "MTc5NTg0MjUwODI4MjI4NyBoMHlobXgyM3g3ZmY"
                     *     }
                     */
                    "application/json": components["schemas"]["Page_InstanceView"];
                };
            };
            /** @description `invalid_request`: not JSON, an unknown field, a wrong type, a value beyond its limit, a bad limit or cursor. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "invalid_request",
                     *       "detail": "limit: must be from 1 to 200",
                     *       "errors": [
                     *         {
                     *           "field": "limit",
                     *           "message": "must be from 1 to 200"
                     *         }
                     *       ],
                     *       "status": 400,
                     *       "title": "Bad Request",
                     *       "type": "urn:convos-agents:problem:invalid_request"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: no key, or not one of ours. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "unauthorized",
                     *       "detail": "a valid key is needed: Authorization: Bearer <key>",
                     *       "status": 401,
                     *       "title": "Unauthorized",
                     *       "type": "urn:convos-agents:problem:unauthorized"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: the key's role is not enough. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "forbidden",
                     *       "detail": "this needs the role operator",
                     *       "status": 403,
                     *       "title": "Forbidden",
                     *       "type": "urn:convos-agents:problem:forbidden"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests`: too many requests, streams, or claims in line; `Retry-After` says when to come back. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "too_many_requests",
                     *       "detail": "too many requests with this key",
                     *       "status": 429,
                     *       "title": "Too Many Requests",
                     *       "type": "urn:convos-agents:problem:too_many_requests"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: a fault of ours. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "internal",
                     *       "detail": "something went wrong on our side; the log tells more under this request's id",
                     *       "status": 500,
                     *       "title": "Internal Server Error",
                     *       "type": "urn:convos-agents:problem:internal"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable` or `services_unavailable`: something that is needed is away; `Retry-After` says when to come back. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "services_unavailable",
                     *       "detail": "services does not answer",
                     *       "status": 503,
                     *       "title": "Service Unavailable",
                     *       "type": "urn:convos-agents:problem:services_unavailable"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getInstance: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The instance. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The instance. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "agentName": "Concierge",
                     *       "claimId": "0199e0a0-5c1f-7d44-9b1e-2f6a3c8d7e12",
                     *       "claimedAt": "2026-01-01T12:00:00Z",
                     *       "conditions": [],
                     *       "conversationId": "0199e0a0-5c1f-7d44-9b1e-2f6a3c8d7e13",
                     *       "createdAt": "2026-01-01T12:00:00Z",
                     *       "deployStatus": "healthy",
                     *       "healthyAt": "2026-01-01T12:00:00Z",
                     *       "image": null,
                     *       "instanceId": "k3v9x2m7q114",
                     *       "inviteUrl": "https://popup.convos.org/v2?i=ccbc3d7a872a43c39383",
                     *       "name": "Concierge",
                     *       "pool": "default",
                     *       "protected": false,
                     *       "runtimeVersion": "0.1.0",
                     *       "status": "claimed",
                     *       "statusSince": "2026-01-01T12:00:00Z",
                     *       "templateId": "0199e0a0-5c1f-7d44-9b1e-2f6a3c8d7e11",
                     *       "url": "https://agent.up.railway.app"
                     *     }
                     */
                    "application/json": components["schemas"]["InstanceView"];
                };
            };
            /** @description `invalid_request`: not JSON, an unknown field, a wrong type, a value beyond its limit, a bad limit or cursor. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "invalid_request",
                     *       "detail": "limit: must be from 1 to 200",
                     *       "errors": [
                     *         {
                     *           "field": "limit",
                     *           "message": "must be from 1 to 200"
                     *         }
                     *       ],
                     *       "status": 400,
                     *       "title": "Bad Request",
                     *       "type": "urn:convos-agents:problem:invalid_request"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: no key, or not one of ours. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "unauthorized",
                     *       "detail": "a valid key is needed: Authorization: Bearer <key>",
                     *       "status": 401,
                     *       "title": "Unauthorized",
                     *       "type": "urn:convos-agents:problem:unauthorized"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: the key's role is not enough. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "forbidden",
                     *       "detail": "this needs the role operator",
                     *       "status": 403,
                     *       "title": "Forbidden",
                     *       "type": "urn:convos-agents:problem:forbidden"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: there is nothing of this id for this caller. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "not_found",
                     *       "detail": "there is no instance k3v9x2m7q110",
                     *       "status": 404,
                     *       "title": "Not Found",
                     *       "type": "urn:convos-agents:problem:not_found"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests`: too many requests, streams, or claims in line; `Retry-After` says when to come back. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "too_many_requests",
                     *       "detail": "too many requests with this key",
                     *       "status": 429,
                     *       "title": "Too Many Requests",
                     *       "type": "urn:convos-agents:problem:too_many_requests"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: a fault of ours. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "internal",
                     *       "detail": "something went wrong on our side; the log tells more under this request's id",
                     *       "status": 500,
                     *       "title": "Internal Server Error",
                     *       "type": "urn:convos-agents:problem:internal"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable` or `services_unavailable`: something that is needed is away; `Retry-After` says when to come back. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "services_unavailable",
                     *       "detail": "services does not answer",
                     *       "status": 503,
                     *       "title": "Service Unavailable",
                     *       "type": "urn:convos-agents:problem:services_unavailable"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    destroyInstance: {
        parameters: {
            query?: {
                /** @description Also when it is protected; needs role admin. */
                force?: boolean;
            };
            header?: never;
            path: {
                /** @description The instance. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The destroy request. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "attempts": 0,
                     *       "createdAt": "2026-01-01T12:00:00Z",
                     *       "destroyRequestId": "0199e0a0-5c1f-7d44-9b1e-2f6a3c8d7e1b",
                     *       "instanceId": "k3v9x2m7q114",
                     *       "phase": "pending",
                     *       "reason": "operator",
                     *       "requestedBy": "api/admin"
                     *     }
                     */
                    "application/json": components["schemas"]["DestroyRequestView"];
                };
            };
            /** @description `invalid_request`: not JSON, an unknown field, a wrong type, a value beyond its limit, a bad limit or cursor. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "invalid_request",
                     *       "detail": "limit: must be from 1 to 200",
                     *       "errors": [
                     *         {
                     *           "field": "limit",
                     *           "message": "must be from 1 to 200"
                     *         }
                     *       ],
                     *       "status": 400,
                     *       "title": "Bad Request",
                     *       "type": "urn:convos-agents:problem:invalid_request"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: no key, or not one of ours. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "unauthorized",
                     *       "detail": "a valid key is needed: Authorization: Bearer <key>",
                     *       "status": 401,
                     *       "title": "Unauthorized",
                     *       "type": "urn:convos-agents:problem:unauthorized"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: the key's role is not enough. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "forbidden",
                     *       "detail": "this needs the role operator",
                     *       "status": 403,
                     *       "title": "Forbidden",
                     *       "type": "urn:convos-agents:problem:forbidden"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: there is nothing of this id for this caller. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "not_found",
                     *       "detail": "there is no instance k3v9x2m7q110",
                     *       "status": 404,
                     *       "title": "Not Found",
                     *       "type": "urn:convos-agents:problem:not_found"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The state forbids it: `conflict`; of a claim also `idempotency_key_reused` (the key came before with another request) and `join_url_in_use` (another live claim has it). */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "conflict",
                     *       "detail": "the record changed meanwhile; read it again",
                     *       "status": 409,
                     *       "title": "Conflict",
                     *       "type": "urn:convos-agents:problem:conflict"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests`: too many requests, streams, or claims in line; `Retry-After` says when to come back. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "too_many_requests",
                     *       "detail": "too many requests with this key",
                     *       "status": 429,
                     *       "title": "Too Many Requests",
                     *       "type": "urn:convos-agents:problem:too_many_requests"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: a fault of ours. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "internal",
                     *       "detail": "something went wrong on our side; the log tells more under this request's id",
                     *       "status": 500,
                     *       "title": "Internal Server Error",
                     *       "type": "urn:convos-agents:problem:internal"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable` or `services_unavailable`: something that is needed is away; `Retry-After` says when to come back. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "services_unavailable",
                     *       "detail": "services does not answer",
                     *       "status": 503,
                     *       "title": "Service Unavailable",
                     *       "type": "urn:convos-agents:problem:services_unavailable"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    patchInstance: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The instance. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "protected": false
                 *     }
                 */
                "application/json": components["schemas"]["InstancePatch"];
            };
        };
        responses: {
            /** @description The instance. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "agentName": "Concierge",
                     *       "claimId": "0199e0a0-5c1f-7d44-9b1e-2f6a3c8d7e12",
                     *       "claimedAt": "2026-01-01T12:00:00Z",
                     *       "conditions": [],
                     *       "conversationId": "0199e0a0-5c1f-7d44-9b1e-2f6a3c8d7e13",
                     *       "createdAt": "2026-01-01T12:00:00Z",
                     *       "deployStatus": "healthy",
                     *       "healthyAt": "2026-01-01T12:00:00Z",
                     *       "image": null,
                     *       "instanceId": "k3v9x2m7q114",
                     *       "inviteUrl": "https://popup.convos.org/v2?i=ccbc3d7a872a43c39383",
                     *       "name": "Concierge",
                     *       "pool": "default",
                     *       "protected": false,
                     *       "runtimeVersion": "0.1.0",
                     *       "status": "claimed",
                     *       "statusSince": "2026-01-01T12:00:00Z",
                     *       "templateId": "0199e0a0-5c1f-7d44-9b1e-2f6a3c8d7e11",
                     *       "url": "https://agent.up.railway.app"
                     *     }
                     */
                    "application/json": components["schemas"]["InstanceView"];
                };
            };
            /** @description `invalid_request`: not JSON, an unknown field, a wrong type, a value beyond its limit, a bad limit or cursor. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "invalid_request",
                     *       "detail": "limit: must be from 1 to 200",
                     *       "errors": [
                     *         {
                     *           "field": "limit",
                     *           "message": "must be from 1 to 200"
                     *         }
                     *       ],
                     *       "status": 400,
                     *       "title": "Bad Request",
                     *       "type": "urn:convos-agents:problem:invalid_request"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: no key, or not one of ours. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "unauthorized",
                     *       "detail": "a valid key is needed: Authorization: Bearer <key>",
                     *       "status": 401,
                     *       "title": "Unauthorized",
                     *       "type": "urn:convos-agents:problem:unauthorized"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: the key's role is not enough. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "forbidden",
                     *       "detail": "this needs the role operator",
                     *       "status": 403,
                     *       "title": "Forbidden",
                     *       "type": "urn:convos-agents:problem:forbidden"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: there is nothing of this id for this caller. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "not_found",
                     *       "detail": "there is no instance k3v9x2m7q110",
                     *       "status": 404,
                     *       "title": "Not Found",
                     *       "type": "urn:convos-agents:problem:not_found"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The state forbids it: `conflict`; of a claim also `idempotency_key_reused` (the key came before with another request) and `join_url_in_use` (another live claim has it). */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "conflict",
                     *       "detail": "the record changed meanwhile; read it again",
                     *       "status": 409,
                     *       "title": "Conflict",
                     *       "type": "urn:convos-agents:problem:conflict"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `precondition_failed`: the record changed since it was read. */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "precondition_failed",
                     *       "detail": "the record is in another version than If-Match says",
                     *       "status": 412,
                     *       "title": "Precondition Failed",
                     *       "type": "urn:convos-agents:problem:precondition_failed"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large`: the body is larger than 256 KB. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "payload_too_large",
                     *       "detail": "the body is larger than 256 KB",
                     *       "status": 413,
                     *       "title": "Payload Too Large",
                     *       "type": "urn:convos-agents:problem:payload_too_large"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: the body is not declared as JSON. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "unsupported_media_type",
                     *       "detail": "the body must be JSON, declared as Content-Type: application/json",
                     *       "status": 415,
                     *       "title": "Unsupported Media Type",
                     *       "type": "urn:convos-agents:problem:unsupported_media_type"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is well formed and cannot be done: `template_tool_config_missing`, `model_override_not_allowed`, `tool_not_configured`, `tool_unknown`, `unsupported_signature`, `signature_invalid`, `challenge_expired`, `join_url_invalid`, `user_config_invalid`. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "tool_not_configured",
                     *       "detail": "the tool sms cannot be used: TELNYX_API_KEY is not set",
                     *       "status": 422,
                     *       "title": "Unprocessable Entity",
                     *       "type": "urn:convos-agents:problem:tool_not_configured"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests`: too many requests, streams, or claims in line; `Retry-After` says when to come back. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "too_many_requests",
                     *       "detail": "too many requests with this key",
                     *       "status": 429,
                     *       "title": "Too Many Requests",
                     *       "type": "urn:convos-agents:problem:too_many_requests"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: a fault of ours. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "internal",
                     *       "detail": "something went wrong on our side; the log tells more under this request's id",
                     *       "status": 500,
                     *       "title": "Internal Server Error",
                     *       "type": "urn:convos-agents:problem:internal"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable` or `services_unavailable`: something that is needed is away; `Retry-After` says when to come back. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "services_unavailable",
                     *       "detail": "services does not answer",
                     *       "status": 503,
                     *       "title": "Service Unavailable",
                     *       "type": "urn:convos-agents:problem:services_unavailable"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    cloneInstance: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key is the same claim. At most 255 characters. */
                "Idempotency-Key"?: string | null;
                /**
                 * @description `wait=N`: how many seconds to wait for the agent, 0 to 120; default 60.
                 * @example wait=30
                 */
                Prefer?: string | null;
            };
            path: {
                /** @description The instance. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "ownerId": "0xb0b"
                 *     }
                 */
                "application/json": components["schemas"]["CloneRequest"] | null;
            };
        };
        responses: {
            /** @description The new agent is there. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "agentName": "Concierge",
                     *       "claimId": "0199e0a0-5c1f-7d44-9b1e-2f6a3c8d7e18",
                     *       "conditions": [],
                     *       "conversationId": "0199e0a0-5c1f-7d44-9b1e-2f6a3c8d7e19",
                     *       "createdAt": "2026-01-01T12:00:00Z",
                     *       "instanceId": "k3v9x2m7q120",
                     *       "inviteUrl": "https://popup.convos.org/v2?i=3472302b8fd94ce18441",
                     *       "ownerId": "0xb0b",
                     *       "phase": "ready",
                     *       "pool": "default",
                     *       "readyAt": "2026-01-01T12:00:00Z",
                     *       "templateId": "0199e0a0-5c1f-7d44-9b1e-2f6a3c8d7e11",
                     *       "tools": [
                     *         {
                     *           "phase": "ready",
                     *           "provisioning": "pool",
                     *           "resourceId": "agent-dev-k3v9x2m7q120@agentmail.to",
                     *           "toolId": "email"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["ClaimView"];
                };
            };
            /** @description Not yet: `Location` is where to look. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ClaimView"];
                };
            };
            /** @description `invalid_request`: not JSON, an unknown field, a wrong type, a value beyond its limit, a bad limit or cursor. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "invalid_request",
                     *       "detail": "limit: must be from 1 to 200",
                     *       "errors": [
                     *         {
                     *           "field": "limit",
                     *           "message": "must be from 1 to 200"
                     *         }
                     *       ],
                     *       "status": 400,
                     *       "title": "Bad Request",
                     *       "type": "urn:convos-agents:problem:invalid_request"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: no key, or not one of ours. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "unauthorized",
                     *       "detail": "a valid key is needed: Authorization: Bearer <key>",
                     *       "status": 401,
                     *       "title": "Unauthorized",
                     *       "type": "urn:convos-agents:problem:unauthorized"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: the key's role is not enough. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "forbidden",
                     *       "detail": "this needs the role operator",
                     *       "status": 403,
                     *       "title": "Forbidden",
                     *       "type": "urn:convos-agents:problem:forbidden"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: there is nothing of this id for this caller. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "not_found",
                     *       "detail": "there is no instance k3v9x2m7q110",
                     *       "status": 404,
                     *       "title": "Not Found",
                     *       "type": "urn:convos-agents:problem:not_found"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The state forbids it: `conflict`; of a claim also `idempotency_key_reused` (the key came before with another request) and `join_url_in_use` (another live claim has it). */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "conflict",
                     *       "detail": "the record changed meanwhile; read it again",
                     *       "status": 409,
                     *       "title": "Conflict",
                     *       "type": "urn:convos-agents:problem:conflict"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large`: the body is larger than 256 KB. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "payload_too_large",
                     *       "detail": "the body is larger than 256 KB",
                     *       "status": 413,
                     *       "title": "Payload Too Large",
                     *       "type": "urn:convos-agents:problem:payload_too_large"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: the body is not declared as JSON. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "unsupported_media_type",
                     *       "detail": "the body must be JSON, declared as Content-Type: application/json",
                     *       "status": 415,
                     *       "title": "Unsupported Media Type",
                     *       "type": "urn:convos-agents:problem:unsupported_media_type"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is well formed and cannot be done: `template_tool_config_missing`, `model_override_not_allowed`, `tool_not_configured`, `tool_unknown`, `unsupported_signature`, `signature_invalid`, `challenge_expired`, `join_url_invalid`, `user_config_invalid`. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "tool_not_configured",
                     *       "detail": "the tool sms cannot be used: TELNYX_API_KEY is not set",
                     *       "status": 422,
                     *       "title": "Unprocessable Entity",
                     *       "type": "urn:convos-agents:problem:tool_not_configured"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests`: too many requests, streams, or claims in line; `Retry-After` says when to come back. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "too_many_requests",
                     *       "detail": "too many requests with this key",
                     *       "status": 429,
                     *       "title": "Too Many Requests",
                     *       "type": "urn:convos-agents:problem:too_many_requests"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: a fault of ours. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "internal",
                     *       "detail": "something went wrong on our side; the log tells more under this request's id",
                     *       "status": 500,
                     *       "title": "Internal Server Error",
                     *       "type": "urn:convos-agents:problem:internal"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable` or `services_unavailable`: something that is needed is away; `Retry-After` says when to come back. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "services_unavailable",
                     *       "detail": "services does not answer",
                     *       "status": 503,
                     *       "title": "Service Unavailable",
                     *       "type": "urn:convos-agents:problem:services_unavailable"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    explainInstance: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The instance. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Why it is as it is, and what will be done next. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "conditions": [],
                     *       "plan": {
                     *         "again": "in 5.0 s",
                     *         "reason": "time for its health check",
                     *         "step": "look at its health"
                     *       },
                     *       "text": "The instance k3v9x2m7q114 is claimed, healthy, for claim 0199e0a0-5c1f-7d44-9b1e-2f6a3c8d7e12. Last, at 12:00:00 UTC: answers for the first time (reconciler/instance). Now: look at its health, since: time for its health check; looks again in 5.0 s. If it is healthy again: note that it is healthy (is well).",
                     *       "timeline": [
                     *         {
                     *           "actor": "reconciler/pool",
                     *           "at": "2026-01-01T12:00:00Z",
                     *           "cause": "pool/default",
                     *           "eventId": 1,
                     *           "kind": "instance",
                     *           "message": "1 more wanted, room for 100",
                     *           "object": "k3v9x2m7q114",
                     *           "reason": "Wanted",
                     *           "to": "starting"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["Explanation"];
                };
            };
            /** @description `invalid_request`: not JSON, an unknown field, a wrong type, a value beyond its limit, a bad limit or cursor. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "invalid_request",
                     *       "detail": "limit: must be from 1 to 200",
                     *       "errors": [
                     *         {
                     *           "field": "limit",
                     *           "message": "must be from 1 to 200"
                     *         }
                     *       ],
                     *       "status": 400,
                     *       "title": "Bad Request",
                     *       "type": "urn:convos-agents:problem:invalid_request"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: no key, or not one of ours. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "unauthorized",
                     *       "detail": "a valid key is needed: Authorization: Bearer <key>",
                     *       "status": 401,
                     *       "title": "Unauthorized",
                     *       "type": "urn:convos-agents:problem:unauthorized"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: the key's role is not enough. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "forbidden",
                     *       "detail": "this needs the role operator",
                     *       "status": 403,
                     *       "title": "Forbidden",
                     *       "type": "urn:convos-agents:problem:forbidden"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: there is nothing of this id for this caller. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "not_found",
                     *       "detail": "there is no instance k3v9x2m7q110",
                     *       "status": 404,
                     *       "title": "Not Found",
                     *       "type": "urn:convos-agents:problem:not_found"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests`: too many requests, streams, or claims in line; `Retry-After` says when to come back. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "too_many_requests",
                     *       "detail": "too many requests with this key",
                     *       "status": 429,
                     *       "title": "Too Many Requests",
                     *       "type": "urn:convos-agents:problem:too_many_requests"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: a fault of ours. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "internal",
                     *       "detail": "something went wrong on our side; the log tells more under this request's id",
                     *       "status": 500,
                     *       "title": "Internal Server Error",
                     *       "type": "urn:convos-agents:problem:internal"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable` or `services_unavailable`: something that is needed is away; `Retry-After` says when to come back. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "services_unavailable",
                     *       "detail": "services does not answer",
                     *       "status": 503,
                     *       "title": "Service Unavailable",
                     *       "type": "urn:convos-agents:problem:services_unavailable"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    recheckInstance: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The instance. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The instance. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "agentName": "Concierge",
                     *       "claimId": "0199e0a0-5c1f-7d44-9b1e-2f6a3c8d7e12",
                     *       "claimedAt": "2026-01-01T12:00:00Z",
                     *       "conditions": [],
                     *       "conversationId": "0199e0a0-5c1f-7d44-9b1e-2f6a3c8d7e13",
                     *       "createdAt": "2026-01-01T12:00:00Z",
                     *       "deployStatus": "healthy",
                     *       "healthyAt": "2026-01-01T12:00:00Z",
                     *       "image": null,
                     *       "instanceId": "k3v9x2m7q114",
                     *       "inviteUrl": "https://popup.convos.org/v2?i=ccbc3d7a872a43c39383",
                     *       "name": "Concierge",
                     *       "pool": "default",
                     *       "protected": false,
                     *       "runtimeVersion": "0.1.0",
                     *       "status": "claimed",
                     *       "statusSince": "2026-01-01T12:00:00Z",
                     *       "templateId": "0199e0a0-5c1f-7d44-9b1e-2f6a3c8d7e11",
                     *       "url": "https://agent.up.railway.app"
                     *     }
                     */
                    "application/json": components["schemas"]["InstanceView"];
                };
            };
            /** @description `invalid_request`: not JSON, an unknown field, a wrong type, a value beyond its limit, a bad limit or cursor. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "invalid_request",
                     *       "detail": "limit: must be from 1 to 200",
                     *       "errors": [
                     *         {
                     *           "field": "limit",
                     *           "message": "must be from 1 to 200"
                     *         }
                     *       ],
                     *       "status": 400,
                     *       "title": "Bad Request",
                     *       "type": "urn:convos-agents:problem:invalid_request"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: no key, or not one of ours. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "unauthorized",
                     *       "detail": "a valid key is needed: Authorization: Bearer <key>",
                     *       "status": 401,
                     *       "title": "Unauthorized",
                     *       "type": "urn:convos-agents:problem:unauthorized"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: the key's role is not enough. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "forbidden",
                     *       "detail": "this needs the role operator",
                     *       "status": 403,
                     *       "title": "Forbidden",
                     *       "type": "urn:convos-agents:problem:forbidden"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: there is nothing of this id for this caller. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "not_found",
                     *       "detail": "there is no instance k3v9x2m7q110",
                     *       "status": 404,
                     *       "title": "Not Found",
                     *       "type": "urn:convos-agents:problem:not_found"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The state forbids it: `conflict`; of a claim also `idempotency_key_reused` (the key came before with another request) and `join_url_in_use` (another live claim has it). */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "conflict",
                     *       "detail": "the record changed meanwhile; read it again",
                     *       "status": 409,
                     *       "title": "Conflict",
                     *       "type": "urn:convos-agents:problem:conflict"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests`: too many requests, streams, or claims in line; `Retry-After` says when to come back. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "too_many_requests",
                     *       "detail": "too many requests with this key",
                     *       "status": 429,
                     *       "title": "Too Many Requests",
                     *       "type": "urn:convos-agents:problem:too_many_requests"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: a fault of ours. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "internal",
                     *       "detail": "something went wrong on our side; the log tells more under this request's id",
                     *       "status": 500,
                     *       "title": "Internal Server Error",
                     *       "type": "urn:convos-agents:problem:internal"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable` or `services_unavailable`: something that is needed is away; `Retry-After` says when to come back. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "services_unavailable",
                     *       "detail": "services does not answer",
                     *       "status": 503,
                     *       "title": "Service Unavailable",
                     *       "type": "urn:convos-agents:problem:services_unavailable"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    redeployInstance: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The instance. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "image": "ghcr.io/example/runtime:sha-4f2a91c"
                 *     }
                 */
                "application/json": components["schemas"]["RedeployRequest"] | null;
            };
        };
        responses: {
            /** @description The instance. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "agentName": "Concierge",
                     *       "claimId": "0199e0a0-5c1f-7d44-9b1e-2f6a3c8d7e12",
                     *       "claimedAt": "2026-01-01T12:00:00Z",
                     *       "conditions": [],
                     *       "conversationId": "0199e0a0-5c1f-7d44-9b1e-2f6a3c8d7e13",
                     *       "createdAt": "2026-01-01T12:00:00Z",
                     *       "deployStatus": "healthy",
                     *       "healthyAt": "2026-01-01T12:00:00Z",
                     *       "image": null,
                     *       "instanceId": "k3v9x2m7q114",
                     *       "inviteUrl": "https://popup.convos.org/v2?i=ccbc3d7a872a43c39383",
                     *       "name": "Concierge",
                     *       "pool": "default",
                     *       "protected": false,
                     *       "runtimeVersion": "0.1.0",
                     *       "status": "claimed",
                     *       "statusSince": "2026-01-01T12:00:00Z",
                     *       "templateId": "0199e0a0-5c1f-7d44-9b1e-2f6a3c8d7e11",
                     *       "url": "https://agent.up.railway.app"
                     *     }
                     */
                    "application/json": components["schemas"]["InstanceView"];
                };
            };
            /** @description `invalid_request`: not JSON, an unknown field, a wrong type, a value beyond its limit, a bad limit or cursor. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "invalid_request",
                     *       "detail": "limit: must be from 1 to 200",
                     *       "errors": [
                     *         {
                     *           "field": "limit",
                     *           "message": "must be from 1 to 200"
                     *         }
                     *       ],
                     *       "status": 400,
                     *       "title": "Bad Request",
                     *       "type": "urn:convos-agents:problem:invalid_request"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: no key, or not one of ours. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "unauthorized",
                     *       "detail": "a valid key is needed: Authorization: Bearer <key>",
                     *       "status": 401,
                     *       "title": "Unauthorized",
                     *       "type": "urn:convos-agents:problem:unauthorized"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: the key's role is not enough. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "forbidden",
                     *       "detail": "this needs the role operator",
                     *       "status": 403,
                     *       "title": "Forbidden",
                     *       "type": "urn:convos-agents:problem:forbidden"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: there is nothing of this id for this caller. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "not_found",
                     *       "detail": "there is no instance k3v9x2m7q110",
                     *       "status": 404,
                     *       "title": "Not Found",
                     *       "type": "urn:convos-agents:problem:not_found"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The state forbids it: `conflict`; of a claim also `idempotency_key_reused` (the key came before with another request) and `join_url_in_use` (another live claim has it). */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "conflict",
                     *       "detail": "the record changed meanwhile; read it again",
                     *       "status": 409,
                     *       "title": "Conflict",
                     *       "type": "urn:convos-agents:problem:conflict"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `precondition_failed`: the record changed since it was read. */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "precondition_failed",
                     *       "detail": "the record is in another version than If-Match says",
                     *       "status": 412,
                     *       "title": "Precondition Failed",
                     *       "type": "urn:convos-agents:problem:precondition_failed"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large`: the body is larger than 256 KB. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "payload_too_large",
                     *       "detail": "the body is larger than 256 KB",
                     *       "status": 413,
                     *       "title": "Payload Too Large",
                     *       "type": "urn:convos-agents:problem:payload_too_large"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: the body is not declared as JSON. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "unsupported_media_type",
                     *       "detail": "the body must be JSON, declared as Content-Type: application/json",
                     *       "status": 415,
                     *       "title": "Unsupported Media Type",
                     *       "type": "urn:convos-agents:problem:unsupported_media_type"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is well formed and cannot be done: `template_tool_config_missing`, `model_override_not_allowed`, `tool_not_configured`, `tool_unknown`, `unsupported_signature`, `signature_invalid`, `challenge_expired`, `join_url_invalid`, `user_config_invalid`. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "tool_not_configured",
                     *       "detail": "the tool sms cannot be used: TELNYX_API_KEY is not set",
                     *       "status": 422,
                     *       "title": "Unprocessable Entity",
                     *       "type": "urn:convos-agents:problem:tool_not_configured"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests`: too many requests, streams, or claims in line; `Retry-After` says when to come back. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "too_many_requests",
                     *       "detail": "too many requests with this key",
                     *       "status": 429,
                     *       "title": "Too Many Requests",
                     *       "type": "urn:convos-agents:problem:too_many_requests"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: a fault of ours. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "internal",
                     *       "detail": "something went wrong on our side; the log tells more under this request's id",
                     *       "status": 500,
                     *       "title": "Internal Server Error",
                     *       "type": "urn:convos-agents:problem:internal"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable` or `services_unavailable`: something that is needed is away; `Retry-After` says when to come back. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "services_unavailable",
                     *       "detail": "services does not answer",
                     *       "status": 503,
                     *       "title": "Service Unavailable",
                     *       "type": "urn:convos-agents:problem:services_unavailable"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listKeys: {
        parameters: {
            query?: {
                /** @description Rows at most. */
                limit?: number;
                /** @description `nextCursor` of the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "createdAt": "2026-01-01T12:00:00Z",
                     *           "keyId": "0199e0a0-5c1f-7d44-9b1e-2f6a3c8d7e10",
                     *           "name": "the website",
                     *           "role": "claimer"
                     *         }
                     *       ],
                     *       "nextCursor": null
                     *     }
                     */
                    "application/json": components["schemas"]["Page_KeyView"];
                };
            };
            /** @description `invalid_request`: not JSON, an unknown field, a wrong type, a value beyond its limit, a bad limit or cursor. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "invalid_request",
                     *       "detail": "limit: must be from 1 to 200",
                     *       "errors": [
                     *         {
                     *           "field": "limit",
                     *           "message": "must be from 1 to 200"
                     *         }
                     *       ],
                     *       "status": 400,
                     *       "title": "Bad Request",
                     *       "type": "urn:convos-agents:problem:invalid_request"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: no key, or not one of ours. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "unauthorized",
                     *       "detail": "a valid key is needed: Authorization: Bearer <key>",
                     *       "status": 401,
                     *       "title": "Unauthorized",
                     *       "type": "urn:convos-agents:problem:unauthorized"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: the key's role is not enough. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "forbidden",
                     *       "detail": "this needs the role operator",
                     *       "status": 403,
                     *       "title": "Forbidden",
                     *       "type": "urn:convos-agents:problem:forbidden"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests`: too many requests, streams, or claims in line; `Retry-After` says when to come back. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "too_many_requests",
                     *       "detail": "too many requests with this key",
                     *       "status": 429,
                     *       "title": "Too Many Requests",
                     *       "type": "urn:convos-agents:problem:too_many_requests"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: a fault of ours. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "internal",
                     *       "detail": "something went wrong on our side; the log tells more under this request's id",
                     *       "status": 500,
                     *       "title": "Internal Server Error",
                     *       "type": "urn:convos-agents:problem:internal"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable` or `services_unavailable`: something that is needed is away; `Retry-After` says when to come back. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "services_unavailable",
                     *       "detail": "services does not answer",
                     *       "status": 503,
                     *       "title": "Service Unavailable",
                     *       "type": "urn:convos-agents:problem:services_unavailable"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createKey: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "the website",
                 *       "role": "claimer"
                 *     }
                 */
                "application/json": components["schemas"]["KeyRequest"];
            };
        };
        responses: {
            /** @description The key. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "createdAt": "2026-01-01T12:00:00Z",
                     *       "key": "shown-in-this-answer-and-never-again",
                     *       "keyId": "0199e0a0-5c1f-7d44-9b1e-2f6a3c8d7e10",
                     *       "name": "the website",
                     *       "role": "claimer"
                     *     }
                     */
                    "application/json": components["schemas"]["KeyView"];
                };
            };
            /** @description `invalid_request`: not JSON, an unknown field, a wrong type, a value beyond its limit, a bad limit or cursor. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "invalid_request",
                     *       "detail": "limit: must be from 1 to 200",
                     *       "errors": [
                     *         {
                     *           "field": "limit",
                     *           "message": "must be from 1 to 200"
                     *         }
                     *       ],
                     *       "status": 400,
                     *       "title": "Bad Request",
                     *       "type": "urn:convos-agents:problem:invalid_request"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: no key, or not one of ours. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "unauthorized",
                     *       "detail": "a valid key is needed: Authorization: Bearer <key>",
                     *       "status": 401,
                     *       "title": "Unauthorized",
                     *       "type": "urn:convos-agents:problem:unauthorized"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: the key's role is not enough. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "forbidden",
                     *       "detail": "this needs the role operator",
                     *       "status": 403,
                     *       "title": "Forbidden",
                     *       "type": "urn:convos-agents:problem:forbidden"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: there is nothing of this id for this caller. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "not_found",
                     *       "detail": "there is no instance k3v9x2m7q110",
                     *       "status": 404,
                     *       "title": "Not Found",
                     *       "type": "urn:convos-agents:problem:not_found"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The state forbids it: `conflict`; of a claim also `idempotency_key_reused` (the key came before with another request) and `join_url_in_use` (another live claim has it). */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "conflict",
                     *       "detail": "the record changed meanwhile; read it again",
                     *       "status": 409,
                     *       "title": "Conflict",
                     *       "type": "urn:convos-agents:problem:conflict"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large`: the body is larger than 256 KB. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "payload_too_large",
                     *       "detail": "the body is larger than 256 KB",
                     *       "status": 413,
                     *       "title": "Payload Too Large",
                     *       "type": "urn:convos-agents:problem:payload_too_large"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: the body is not declared as JSON. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "unsupported_media_type",
                     *       "detail": "the body must be JSON, declared as Content-Type: application/json",
                     *       "status": 415,
                     *       "title": "Unsupported Media Type",
                     *       "type": "urn:convos-agents:problem:unsupported_media_type"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is well formed and cannot be done: `template_tool_config_missing`, `model_override_not_allowed`, `tool_not_configured`, `tool_unknown`, `unsupported_signature`, `signature_invalid`, `challenge_expired`, `join_url_invalid`, `user_config_invalid`. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "tool_not_configured",
                     *       "detail": "the tool sms cannot be used: TELNYX_API_KEY is not set",
                     *       "status": 422,
                     *       "title": "Unprocessable Entity",
                     *       "type": "urn:convos-agents:problem:tool_not_configured"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests`: too many requests, streams, or claims in line; `Retry-After` says when to come back. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "too_many_requests",
                     *       "detail": "too many requests with this key",
                     *       "status": 429,
                     *       "title": "Too Many Requests",
                     *       "type": "urn:convos-agents:problem:too_many_requests"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: a fault of ours. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "internal",
                     *       "detail": "something went wrong on our side; the log tells more under this request's id",
                     *       "status": 500,
                     *       "title": "Internal Server Error",
                     *       "type": "urn:convos-agents:problem:internal"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable` or `services_unavailable`: something that is needed is away; `Retry-After` says when to come back. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "services_unavailable",
                     *       "detail": "services does not answer",
                     *       "status": 503,
                     *       "title": "Service Unavailable",
                     *       "type": "urn:convos-agents:problem:services_unavailable"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteKey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The key. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It opens nothing any more. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request`: not JSON, an unknown field, a wrong type, a value beyond its limit, a bad limit or cursor. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "invalid_request",
                     *       "detail": "limit: must be from 1 to 200",
                     *       "errors": [
                     *         {
                     *           "field": "limit",
                     *           "message": "must be from 1 to 200"
                     *         }
                     *       ],
                     *       "status": 400,
                     *       "title": "Bad Request",
                     *       "type": "urn:convos-agents:problem:invalid_request"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: no key, or not one of ours. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "unauthorized",
                     *       "detail": "a valid key is needed: Authorization: Bearer <key>",
                     *       "status": 401,
                     *       "title": "Unauthorized",
                     *       "type": "urn:convos-agents:problem:unauthorized"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: the key's role is not enough. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "forbidden",
                     *       "detail": "this needs the role operator",
                     *       "status": 403,
                     *       "title": "Forbidden",
                     *       "type": "urn:convos-agents:problem:forbidden"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: there is nothing of this id for this caller. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "not_found",
                     *       "detail": "there is no instance k3v9x2m7q110",
                     *       "status": 404,
                     *       "title": "Not Found",
                     *       "type": "urn:convos-agents:problem:not_found"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The state forbids it: `conflict`; of a claim also `idempotency_key_reused` (the key came before with another request) and `join_url_in_use` (another live claim has it). */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "conflict",
                     *       "detail": "the record changed meanwhile; read it again",
                     *       "status": 409,
                     *       "title": "Conflict",
                     *       "type": "urn:convos-agents:problem:conflict"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests`: too many requests, streams, or claims in line; `Retry-After` says when to come back. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "too_many_requests",
                     *       "detail": "too many requests with this key",
                     *       "status": 429,
                     *       "title": "Too Many Requests",
                     *       "type": "urn:convos-agents:problem:too_many_requests"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: a fault of ours. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "internal",
                     *       "detail": "something went wrong on our side; the log tells more under this request's id",
                     *       "status": 500,
                     *       "title": "Internal Server Error",
                     *       "type": "urn:convos-agents:problem:internal"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable` or `services_unavailable`: something that is needed is away; `Retry-After` says when to come back. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "services_unavailable",
                     *       "detail": "services does not answer",
                     *       "status": 503,
                     *       "title": "Service Unavailable",
                     *       "type": "urn:convos-agents:problem:services_unavailable"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getHistory: {
        parameters: {
            query?: {
                /** @description The pool; `default` when absent. */
                pool?: string;
                /** @description How far back. */
                hours?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The pool over time. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "points": [
                     *         {
                     *           "at": "2026-01-01T12:00:00Z",
                     *           "claimSecondsMedian": 0.2372165,
                     *           "claimSecondsP95": 0.35414495,
                     *           "claimed": 0,
                     *           "claiming": 0,
                     *           "claimsFailed": 0,
                     *           "claimsHit": 2,
                     *           "claimsMade": 2,
                     *           "claimsReady": 2,
                     *           "desired": 0,
                     *           "destroying": 0,
                     *           "ready": 0,
                     *           "starting": 0,
                     *           "stuck": 0,
                     *           "waiting": 0
                     *         }
                     *       ],
                     *       "pool": "default",
                     *       "stepSeconds": 15
                     *     }
                     */
                    "application/json": components["schemas"]["History"];
                };
            };
            /** @description `invalid_request`: not JSON, an unknown field, a wrong type, a value beyond its limit, a bad limit or cursor. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "invalid_request",
                     *       "detail": "limit: must be from 1 to 200",
                     *       "errors": [
                     *         {
                     *           "field": "limit",
                     *           "message": "must be from 1 to 200"
                     *         }
                     *       ],
                     *       "status": 400,
                     *       "title": "Bad Request",
                     *       "type": "urn:convos-agents:problem:invalid_request"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: no key, or not one of ours. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "unauthorized",
                     *       "detail": "a valid key is needed: Authorization: Bearer <key>",
                     *       "status": 401,
                     *       "title": "Unauthorized",
                     *       "type": "urn:convos-agents:problem:unauthorized"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: the key's role is not enough. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "forbidden",
                     *       "detail": "this needs the role operator",
                     *       "status": 403,
                     *       "title": "Forbidden",
                     *       "type": "urn:convos-agents:problem:forbidden"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: there is nothing of this id for this caller. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "not_found",
                     *       "detail": "there is no instance k3v9x2m7q110",
                     *       "status": 404,
                     *       "title": "Not Found",
                     *       "type": "urn:convos-agents:problem:not_found"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests`: too many requests, streams, or claims in line; `Retry-After` says when to come back. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "too_many_requests",
                     *       "detail": "too many requests with this key",
                     *       "status": 429,
                     *       "title": "Too Many Requests",
                     *       "type": "urn:convos-agents:problem:too_many_requests"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: a fault of ours. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "internal",
                     *       "detail": "something went wrong on our side; the log tells more under this request's id",
                     *       "status": 500,
                     *       "title": "Internal Server Error",
                     *       "type": "urn:convos-agents:problem:internal"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable` or `services_unavailable`: something that is needed is away; `Retry-After` says when to come back. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "services_unavailable",
                     *       "detail": "services does not answer",
                     *       "status": 503,
                     *       "title": "Service Unavailable",
                     *       "type": "urn:convos-agents:problem:services_unavailable"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listPools: {
        parameters: {
            query?: {
                /** @description Rows at most. */
                limit?: number;
                /** @description `nextCursor` of the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "createdAt": "2026-01-01T12:00:00Z",
                     *           "generation": 1,
                     *           "name": "night",
                     *           "observedGeneration": 0,
                     *           "spec": {
                     *             "image": null,
                     *             "maxInstances": 100,
                     *             "maxSurge": 3,
                     *             "minIdle": 1,
                     *             "model": null,
                     *             "paused": true,
                     *             "rollout": null,
                     *             "sizing": null,
                     *             "stuckTimeoutMs": 900000
                     *           },
                     *           "status": {
                     *             "claimed": 0,
                     *             "claiming": 0,
                     *             "conditions": [],
                     *             "desired": 0,
                     *             "destroying": 0,
                     *             "explanation": "",
                     *             "ready": 0,
                     *             "starting": 0,
                     *             "stuck": 0,
                     *             "waiting": 0
                     *           },
                     *           "updatedAt": "2026-01-01T12:00:00Z"
                     *         }
                     *       ],
                     *       "nextCursor": "MTc5NTg0MjUxMjM0OTExOSBuaWdodA"
                     *     }
                     */
                    "application/json": components["schemas"]["Page_PoolView"];
                };
            };
            /** @description `invalid_request`: not JSON, an unknown field, a wrong type, a value beyond its limit, a bad limit or cursor. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "invalid_request",
                     *       "detail": "limit: must be from 1 to 200",
                     *       "errors": [
                     *         {
                     *           "field": "limit",
                     *           "message": "must be from 1 to 200"
                     *         }
                     *       ],
                     *       "status": 400,
                     *       "title": "Bad Request",
                     *       "type": "urn:convos-agents:problem:invalid_request"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: no key, or not one of ours. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "unauthorized",
                     *       "detail": "a valid key is needed: Authorization: Bearer <key>",
                     *       "status": 401,
                     *       "title": "Unauthorized",
                     *       "type": "urn:convos-agents:problem:unauthorized"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: the key's role is not enough. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "forbidden",
                     *       "detail": "this needs the role operator",
                     *       "status": 403,
                     *       "title": "Forbidden",
                     *       "type": "urn:convos-agents:problem:forbidden"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests`: too many requests, streams, or claims in line; `Retry-After` says when to come back. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "too_many_requests",
                     *       "detail": "too many requests with this key",
                     *       "status": 429,
                     *       "title": "Too Many Requests",
                     *       "type": "urn:convos-agents:problem:too_many_requests"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: a fault of ours. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "internal",
                     *       "detail": "something went wrong on our side; the log tells more under this request's id",
                     *       "status": 500,
                     *       "title": "Internal Server Error",
                     *       "type": "urn:convos-agents:problem:internal"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable` or `services_unavailable`: something that is needed is away; `Retry-After` says when to come back. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "services_unavailable",
                     *       "detail": "services does not answer",
                     *       "status": 503,
                     *       "title": "Service Unavailable",
                     *       "type": "urn:convos-agents:problem:services_unavailable"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createPool: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "minIdle": 1,
                 *       "name": "night",
                 *       "paused": true
                 *     }
                 */
                "application/json": components["schemas"]["NewPool"];
            };
        };
        responses: {
            /** @description The pool. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "createdAt": "2026-01-01T12:00:00Z",
                     *       "generation": 1,
                     *       "name": "night",
                     *       "observedGeneration": 0,
                     *       "spec": {
                     *         "image": null,
                     *         "maxInstances": 100,
                     *         "maxSurge": 3,
                     *         "minIdle": 1,
                     *         "model": null,
                     *         "paused": true,
                     *         "rollout": null,
                     *         "sizing": null,
                     *         "stuckTimeoutMs": 900000
                     *       },
                     *       "status": {
                     *         "claimed": 0,
                     *         "claiming": 0,
                     *         "conditions": [],
                     *         "desired": 0,
                     *         "destroying": 0,
                     *         "explanation": "",
                     *         "ready": 0,
                     *         "starting": 0,
                     *         "stuck": 0,
                     *         "waiting": 0
                     *       },
                     *       "updatedAt": "2026-01-01T12:00:00Z"
                     *     }
                     */
                    "application/json": components["schemas"]["PoolView"];
                };
            };
            /** @description `invalid_request`: not JSON, an unknown field, a wrong type, a value beyond its limit, a bad limit or cursor. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "invalid_request",
                     *       "detail": "limit: must be from 1 to 200",
                     *       "errors": [
                     *         {
                     *           "field": "limit",
                     *           "message": "must be from 1 to 200"
                     *         }
                     *       ],
                     *       "status": 400,
                     *       "title": "Bad Request",
                     *       "type": "urn:convos-agents:problem:invalid_request"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: no key, or not one of ours. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "unauthorized",
                     *       "detail": "a valid key is needed: Authorization: Bearer <key>",
                     *       "status": 401,
                     *       "title": "Unauthorized",
                     *       "type": "urn:convos-agents:problem:unauthorized"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: the key's role is not enough. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "forbidden",
                     *       "detail": "this needs the role operator",
                     *       "status": 403,
                     *       "title": "Forbidden",
                     *       "type": "urn:convos-agents:problem:forbidden"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: there is nothing of this id for this caller. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "not_found",
                     *       "detail": "there is no instance k3v9x2m7q110",
                     *       "status": 404,
                     *       "title": "Not Found",
                     *       "type": "urn:convos-agents:problem:not_found"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The state forbids it: `conflict`; of a claim also `idempotency_key_reused` (the key came before with another request) and `join_url_in_use` (another live claim has it). */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "conflict",
                     *       "detail": "the record changed meanwhile; read it again",
                     *       "status": 409,
                     *       "title": "Conflict",
                     *       "type": "urn:convos-agents:problem:conflict"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large`: the body is larger than 256 KB. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "payload_too_large",
                     *       "detail": "the body is larger than 256 KB",
                     *       "status": 413,
                     *       "title": "Payload Too Large",
                     *       "type": "urn:convos-agents:problem:payload_too_large"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: the body is not declared as JSON. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "unsupported_media_type",
                     *       "detail": "the body must be JSON, declared as Content-Type: application/json",
                     *       "status": 415,
                     *       "title": "Unsupported Media Type",
                     *       "type": "urn:convos-agents:problem:unsupported_media_type"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is well formed and cannot be done: `template_tool_config_missing`, `model_override_not_allowed`, `tool_not_configured`, `tool_unknown`, `unsupported_signature`, `signature_invalid`, `challenge_expired`, `join_url_invalid`, `user_config_invalid`. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "tool_not_configured",
                     *       "detail": "the tool sms cannot be used: TELNYX_API_KEY is not set",
                     *       "status": 422,
                     *       "title": "Unprocessable Entity",
                     *       "type": "urn:convos-agents:problem:tool_not_configured"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests`: too many requests, streams, or claims in line; `Retry-After` says when to come back. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "too_many_requests",
                     *       "detail": "too many requests with this key",
                     *       "status": 429,
                     *       "title": "Too Many Requests",
                     *       "type": "urn:convos-agents:problem:too_many_requests"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: a fault of ours. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "internal",
                     *       "detail": "something went wrong on our side; the log tells more under this request's id",
                     *       "status": 500,
                     *       "title": "Internal Server Error",
                     *       "type": "urn:convos-agents:problem:internal"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable` or `services_unavailable`: something that is needed is away; `Retry-After` says when to come back. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "services_unavailable",
                     *       "detail": "services does not answer",
                     *       "status": 503,
                     *       "title": "Service Unavailable",
                     *       "type": "urn:convos-agents:problem:services_unavailable"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getPool: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The pool. */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The pool; its generation is the `ETag`. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "createdAt": "2026-01-01T12:00:00Z",
                     *       "generation": 1,
                     *       "name": "night",
                     *       "observedGeneration": 0,
                     *       "spec": {
                     *         "image": null,
                     *         "maxInstances": 100,
                     *         "maxSurge": 3,
                     *         "minIdle": 1,
                     *         "model": null,
                     *         "paused": true,
                     *         "rollout": null,
                     *         "sizing": null,
                     *         "stuckTimeoutMs": 900000
                     *       },
                     *       "status": {
                     *         "claimed": 0,
                     *         "claiming": 0,
                     *         "conditions": [],
                     *         "desired": 0,
                     *         "destroying": 0,
                     *         "explanation": "",
                     *         "ready": 0,
                     *         "starting": 0,
                     *         "stuck": 0,
                     *         "waiting": 0
                     *       },
                     *       "updatedAt": "2026-01-01T12:00:00Z"
                     *     }
                     */
                    "application/json": components["schemas"]["PoolView"];
                };
            };
            /** @description `invalid_request`: not JSON, an unknown field, a wrong type, a value beyond its limit, a bad limit or cursor. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "invalid_request",
                     *       "detail": "limit: must be from 1 to 200",
                     *       "errors": [
                     *         {
                     *           "field": "limit",
                     *           "message": "must be from 1 to 200"
                     *         }
                     *       ],
                     *       "status": 400,
                     *       "title": "Bad Request",
                     *       "type": "urn:convos-agents:problem:invalid_request"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: no key, or not one of ours. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "unauthorized",
                     *       "detail": "a valid key is needed: Authorization: Bearer <key>",
                     *       "status": 401,
                     *       "title": "Unauthorized",
                     *       "type": "urn:convos-agents:problem:unauthorized"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: the key's role is not enough. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "forbidden",
                     *       "detail": "this needs the role operator",
                     *       "status": 403,
                     *       "title": "Forbidden",
                     *       "type": "urn:convos-agents:problem:forbidden"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: there is nothing of this id for this caller. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "not_found",
                     *       "detail": "there is no instance k3v9x2m7q110",
                     *       "status": 404,
                     *       "title": "Not Found",
                     *       "type": "urn:convos-agents:problem:not_found"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests`: too many requests, streams, or claims in line; `Retry-After` says when to come back. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "too_many_requests",
                     *       "detail": "too many requests with this key",
                     *       "status": 429,
                     *       "title": "Too Many Requests",
                     *       "type": "urn:convos-agents:problem:too_many_requests"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: a fault of ours. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "internal",
                     *       "detail": "something went wrong on our side; the log tells more under this request's id",
                     *       "status": 500,
                     *       "title": "Internal Server Error",
                     *       "type": "urn:convos-agents:problem:internal"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable` or `services_unavailable`: something that is needed is away; `Retry-After` says when to come back. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "services_unavailable",
                     *       "detail": "services does not answer",
                     *       "status": 503,
                     *       "title": "Service Unavailable",
                     *       "type": "urn:convos-agents:problem:services_unavailable"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    putPool: {
        parameters: {
            query?: never;
            header?: {
                /** @description Only in this version (the `ETag` as it was read), or `*`: only if it is there. */
                "If-Match"?: string | null;
            };
            path: {
                /** @description The pool. */
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "maxInstances": 50,
                 *       "minIdle": 2,
                 *       "paused": true
                 *     }
                 */
                "application/json": components["schemas"]["PoolSpec"];
            };
        };
        responses: {
            /** @description The pool, changed. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "createdAt": "2026-01-01T12:00:00Z",
                     *       "generation": 2,
                     *       "name": "night",
                     *       "observedGeneration": 0,
                     *       "spec": {
                     *         "image": null,
                     *         "maxInstances": 50,
                     *         "maxSurge": 3,
                     *         "minIdle": 2,
                     *         "model": null,
                     *         "paused": true,
                     *         "rollout": null,
                     *         "sizing": null,
                     *         "stuckTimeoutMs": 900000
                     *       },
                     *       "status": {
                     *         "claimed": 0,
                     *         "claiming": 0,
                     *         "conditions": [],
                     *         "desired": 0,
                     *         "destroying": 0,
                     *         "explanation": "",
                     *         "ready": 0,
                     *         "starting": 0,
                     *         "stuck": 0,
                     *         "waiting": 0
                     *       },
                     *       "updatedAt": "2026-01-01T12:00:00Z"
                     *     }
                     */
                    "application/json": components["schemas"]["PoolView"];
                };
            };
            /** @description The pool, made. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PoolView"];
                };
            };
            /** @description `invalid_request`: not JSON, an unknown field, a wrong type, a value beyond its limit, a bad limit or cursor. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "invalid_request",
                     *       "detail": "limit: must be from 1 to 200",
                     *       "errors": [
                     *         {
                     *           "field": "limit",
                     *           "message": "must be from 1 to 200"
                     *         }
                     *       ],
                     *       "status": 400,
                     *       "title": "Bad Request",
                     *       "type": "urn:convos-agents:problem:invalid_request"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: no key, or not one of ours. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "unauthorized",
                     *       "detail": "a valid key is needed: Authorization: Bearer <key>",
                     *       "status": 401,
                     *       "title": "Unauthorized",
                     *       "type": "urn:convos-agents:problem:unauthorized"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: the key's role is not enough. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "forbidden",
                     *       "detail": "this needs the role operator",
                     *       "status": 403,
                     *       "title": "Forbidden",
                     *       "type": "urn:convos-agents:problem:forbidden"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: there is nothing of this id for this caller. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "not_found",
                     *       "detail": "there is no instance k3v9x2m7q110",
                     *       "status": 404,
                     *       "title": "Not Found",
                     *       "type": "urn:convos-agents:problem:not_found"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The state forbids it: `conflict`; of a claim also `idempotency_key_reused` (the key came before with another request) and `join_url_in_use` (another live claim has it). */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "conflict",
                     *       "detail": "the record changed meanwhile; read it again",
                     *       "status": 409,
                     *       "title": "Conflict",
                     *       "type": "urn:convos-agents:problem:conflict"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `precondition_failed`: the record changed since it was read. */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "precondition_failed",
                     *       "detail": "the record is in another version than If-Match says",
                     *       "status": 412,
                     *       "title": "Precondition Failed",
                     *       "type": "urn:convos-agents:problem:precondition_failed"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large`: the body is larger than 256 KB. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "payload_too_large",
                     *       "detail": "the body is larger than 256 KB",
                     *       "status": 413,
                     *       "title": "Payload Too Large",
                     *       "type": "urn:convos-agents:problem:payload_too_large"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: the body is not declared as JSON. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "unsupported_media_type",
                     *       "detail": "the body must be JSON, declared as Content-Type: application/json",
                     *       "status": 415,
                     *       "title": "Unsupported Media Type",
                     *       "type": "urn:convos-agents:problem:unsupported_media_type"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is well formed and cannot be done: `template_tool_config_missing`, `model_override_not_allowed`, `tool_not_configured`, `tool_unknown`, `unsupported_signature`, `signature_invalid`, `challenge_expired`, `join_url_invalid`, `user_config_invalid`. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "tool_not_configured",
                     *       "detail": "the tool sms cannot be used: TELNYX_API_KEY is not set",
                     *       "status": 422,
                     *       "title": "Unprocessable Entity",
                     *       "type": "urn:convos-agents:problem:tool_not_configured"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests`: too many requests, streams, or claims in line; `Retry-After` says when to come back. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "too_many_requests",
                     *       "detail": "too many requests with this key",
                     *       "status": 429,
                     *       "title": "Too Many Requests",
                     *       "type": "urn:convos-agents:problem:too_many_requests"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: a fault of ours. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "internal",
                     *       "detail": "something went wrong on our side; the log tells more under this request's id",
                     *       "status": 500,
                     *       "title": "Internal Server Error",
                     *       "type": "urn:convos-agents:problem:internal"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable` or `services_unavailable`: something that is needed is away; `Retry-After` says when to come back. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "services_unavailable",
                     *       "detail": "services does not answer",
                     *       "status": 503,
                     *       "title": "Service Unavailable",
                     *       "type": "urn:convos-agents:problem:services_unavailable"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deletePool: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The pool. */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is gone. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request`: not JSON, an unknown field, a wrong type, a value beyond its limit, a bad limit or cursor. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "invalid_request",
                     *       "detail": "limit: must be from 1 to 200",
                     *       "errors": [
                     *         {
                     *           "field": "limit",
                     *           "message": "must be from 1 to 200"
                     *         }
                     *       ],
                     *       "status": 400,
                     *       "title": "Bad Request",
                     *       "type": "urn:convos-agents:problem:invalid_request"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: no key, or not one of ours. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "unauthorized",
                     *       "detail": "a valid key is needed: Authorization: Bearer <key>",
                     *       "status": 401,
                     *       "title": "Unauthorized",
                     *       "type": "urn:convos-agents:problem:unauthorized"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: the key's role is not enough. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "forbidden",
                     *       "detail": "this needs the role operator",
                     *       "status": 403,
                     *       "title": "Forbidden",
                     *       "type": "urn:convos-agents:problem:forbidden"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: there is nothing of this id for this caller. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "not_found",
                     *       "detail": "there is no instance k3v9x2m7q110",
                     *       "status": 404,
                     *       "title": "Not Found",
                     *       "type": "urn:convos-agents:problem:not_found"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The state forbids it: `conflict`; of a claim also `idempotency_key_reused` (the key came before with another request) and `join_url_in_use` (another live claim has it). */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "conflict",
                     *       "detail": "the record changed meanwhile; read it again",
                     *       "status": 409,
                     *       "title": "Conflict",
                     *       "type": "urn:convos-agents:problem:conflict"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests`: too many requests, streams, or claims in line; `Retry-After` says when to come back. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "too_many_requests",
                     *       "detail": "too many requests with this key",
                     *       "status": 429,
                     *       "title": "Too Many Requests",
                     *       "type": "urn:convos-agents:problem:too_many_requests"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: a fault of ours. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "internal",
                     *       "detail": "something went wrong on our side; the log tells more under this request's id",
                     *       "status": 500,
                     *       "title": "Internal Server Error",
                     *       "type": "urn:convos-agents:problem:internal"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable` or `services_unavailable`: something that is needed is away; `Retry-After` says when to come back. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "services_unavailable",
                     *       "detail": "services does not answer",
                     *       "status": 503,
                     *       "title": "Service Unavailable",
                     *       "type": "urn:convos-agents:problem:services_unavailable"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    patchPool: {
        parameters: {
            query?: never;
            header?: {
                /** @description Only in this version: the `ETag` as it was read. */
                "If-Match"?: string | null;
            };
            path: {
                /** @description The pool. */
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "minIdle": 1
                 *     }
                 */
                "application/json": components["schemas"]["PoolSpec"];
            };
        };
        responses: {
            /** @description The pool. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "createdAt": "2026-01-01T12:00:00Z",
                     *       "generation": 3,
                     *       "name": "night",
                     *       "observedGeneration": 0,
                     *       "spec": {
                     *         "image": null,
                     *         "maxInstances": 50,
                     *         "maxSurge": 3,
                     *         "minIdle": 1,
                     *         "model": null,
                     *         "paused": true,
                     *         "rollout": null,
                     *         "sizing": null,
                     *         "stuckTimeoutMs": 900000
                     *       },
                     *       "status": {
                     *         "claimed": 0,
                     *         "claiming": 0,
                     *         "conditions": [],
                     *         "desired": 0,
                     *         "destroying": 0,
                     *         "explanation": "",
                     *         "ready": 0,
                     *         "starting": 0,
                     *         "stuck": 0,
                     *         "waiting": 0
                     *       },
                     *       "updatedAt": "2026-01-01T12:00:00Z"
                     *     }
                     */
                    "application/json": components["schemas"]["PoolView"];
                };
            };
            /** @description `invalid_request`: not JSON, an unknown field, a wrong type, a value beyond its limit, a bad limit or cursor. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "invalid_request",
                     *       "detail": "limit: must be from 1 to 200",
                     *       "errors": [
                     *         {
                     *           "field": "limit",
                     *           "message": "must be from 1 to 200"
                     *         }
                     *       ],
                     *       "status": 400,
                     *       "title": "Bad Request",
                     *       "type": "urn:convos-agents:problem:invalid_request"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: no key, or not one of ours. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "unauthorized",
                     *       "detail": "a valid key is needed: Authorization: Bearer <key>",
                     *       "status": 401,
                     *       "title": "Unauthorized",
                     *       "type": "urn:convos-agents:problem:unauthorized"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: the key's role is not enough. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "forbidden",
                     *       "detail": "this needs the role operator",
                     *       "status": 403,
                     *       "title": "Forbidden",
                     *       "type": "urn:convos-agents:problem:forbidden"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: there is nothing of this id for this caller. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "not_found",
                     *       "detail": "there is no instance k3v9x2m7q110",
                     *       "status": 404,
                     *       "title": "Not Found",
                     *       "type": "urn:convos-agents:problem:not_found"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The state forbids it: `conflict`; of a claim also `idempotency_key_reused` (the key came before with another request) and `join_url_in_use` (another live claim has it). */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "conflict",
                     *       "detail": "the record changed meanwhile; read it again",
                     *       "status": 409,
                     *       "title": "Conflict",
                     *       "type": "urn:convos-agents:problem:conflict"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `precondition_failed`: the record changed since it was read. */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "precondition_failed",
                     *       "detail": "the record is in another version than If-Match says",
                     *       "status": 412,
                     *       "title": "Precondition Failed",
                     *       "type": "urn:convos-agents:problem:precondition_failed"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large`: the body is larger than 256 KB. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "payload_too_large",
                     *       "detail": "the body is larger than 256 KB",
                     *       "status": 413,
                     *       "title": "Payload Too Large",
                     *       "type": "urn:convos-agents:problem:payload_too_large"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: the body is not declared as JSON. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "unsupported_media_type",
                     *       "detail": "the body must be JSON, declared as Content-Type: application/json",
                     *       "status": 415,
                     *       "title": "Unsupported Media Type",
                     *       "type": "urn:convos-agents:problem:unsupported_media_type"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is well formed and cannot be done: `template_tool_config_missing`, `model_override_not_allowed`, `tool_not_configured`, `tool_unknown`, `unsupported_signature`, `signature_invalid`, `challenge_expired`, `join_url_invalid`, `user_config_invalid`. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "tool_not_configured",
                     *       "detail": "the tool sms cannot be used: TELNYX_API_KEY is not set",
                     *       "status": 422,
                     *       "title": "Unprocessable Entity",
                     *       "type": "urn:convos-agents:problem:tool_not_configured"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests`: too many requests, streams, or claims in line; `Retry-After` says when to come back. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "too_many_requests",
                     *       "detail": "too many requests with this key",
                     *       "status": 429,
                     *       "title": "Too Many Requests",
                     *       "type": "urn:convos-agents:problem:too_many_requests"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: a fault of ours. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "internal",
                     *       "detail": "something went wrong on our side; the log tells more under this request's id",
                     *       "status": 500,
                     *       "title": "Internal Server Error",
                     *       "type": "urn:convos-agents:problem:internal"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable` or `services_unavailable`: something that is needed is away; `Retry-After` says when to come back. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "services_unavailable",
                     *       "detail": "services does not answer",
                     *       "status": 503,
                     *       "title": "Service Unavailable",
                     *       "type": "urn:convos-agents:problem:services_unavailable"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    drainPool: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The pool. */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The pool. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "createdAt": "2026-01-01T12:00:00Z",
                     *       "generation": 4,
                     *       "name": "night",
                     *       "observedGeneration": 3,
                     *       "spec": {
                     *         "image": null,
                     *         "maxInstances": 50,
                     *         "maxSurge": 3,
                     *         "minIdle": 0,
                     *         "model": null,
                     *         "paused": true,
                     *         "rollout": null,
                     *         "sizing": null,
                     *         "stuckTimeoutMs": 900000
                     *       },
                     *       "status": {
                     *         "claimed": 0,
                     *         "claiming": 0,
                     *         "conditions": [
                     *           {
                     *             "lastTransitionTime": "2026-01-01T12:00:00Z",
                     *             "message": "0 ready, 1 wanted idle",
                     *             "observedGeneration": 3,
                     *             "reason": "NoneReady",
                     *             "status": "False",
                     *             "type": "Available"
                     *           }
                     *         ],
                     *         "desired": 1,
                     *         "destroying": 0,
                     *         "explanation": "paused: neither creates nor shrinks",
                     *         "ready": 0,
                     *         "starting": 0,
                     *         "stuck": 0,
                     *         "waiting": 0
                     *       },
                     *       "updatedAt": "2026-01-01T12:00:00Z"
                     *     }
                     */
                    "application/json": components["schemas"]["PoolView"];
                };
            };
            /** @description `invalid_request`: not JSON, an unknown field, a wrong type, a value beyond its limit, a bad limit or cursor. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "invalid_request",
                     *       "detail": "limit: must be from 1 to 200",
                     *       "errors": [
                     *         {
                     *           "field": "limit",
                     *           "message": "must be from 1 to 200"
                     *         }
                     *       ],
                     *       "status": 400,
                     *       "title": "Bad Request",
                     *       "type": "urn:convos-agents:problem:invalid_request"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: no key, or not one of ours. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "unauthorized",
                     *       "detail": "a valid key is needed: Authorization: Bearer <key>",
                     *       "status": 401,
                     *       "title": "Unauthorized",
                     *       "type": "urn:convos-agents:problem:unauthorized"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: the key's role is not enough. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "forbidden",
                     *       "detail": "this needs the role operator",
                     *       "status": 403,
                     *       "title": "Forbidden",
                     *       "type": "urn:convos-agents:problem:forbidden"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: there is nothing of this id for this caller. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "not_found",
                     *       "detail": "there is no instance k3v9x2m7q110",
                     *       "status": 404,
                     *       "title": "Not Found",
                     *       "type": "urn:convos-agents:problem:not_found"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The state forbids it: `conflict`; of a claim also `idempotency_key_reused` (the key came before with another request) and `join_url_in_use` (another live claim has it). */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "conflict",
                     *       "detail": "the record changed meanwhile; read it again",
                     *       "status": 409,
                     *       "title": "Conflict",
                     *       "type": "urn:convos-agents:problem:conflict"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests`: too many requests, streams, or claims in line; `Retry-After` says when to come back. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "too_many_requests",
                     *       "detail": "too many requests with this key",
                     *       "status": 429,
                     *       "title": "Too Many Requests",
                     *       "type": "urn:convos-agents:problem:too_many_requests"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: a fault of ours. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "internal",
                     *       "detail": "something went wrong on our side; the log tells more under this request's id",
                     *       "status": 500,
                     *       "title": "Internal Server Error",
                     *       "type": "urn:convos-agents:problem:internal"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable` or `services_unavailable`: something that is needed is away; `Retry-After` says when to come back. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "services_unavailable",
                     *       "detail": "services does not answer",
                     *       "status": 503,
                     *       "title": "Service Unavailable",
                     *       "type": "urn:convos-agents:problem:services_unavailable"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    explainPool: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The pool. */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Why it is as it is, and what will be done next. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "conditions": [],
                     *       "plan": {
                     *         "again": "in 5.0 s",
                     *         "reason": "paused: neither creates nor shrinks",
                     *         "step": "nothing"
                     *       },
                     *       "text": "The pool night is 0 ready, 0 starting, 0 claimed, 0 in line; 0 idle wanted. Last, at 12:00:00 UTC: minIdle 2 → 1 (api/admin). Now: nothing, since: paused: neither creates nor shrinks; looks again in 5.0 s.",
                     *       "timeline": [
                     *         {
                     *           "actor": "api/admin",
                     *           "at": "2026-01-01T12:00:00Z",
                     *           "eventId": 33,
                     *           "kind": "pool",
                     *           "message": "the pool was made",
                     *           "object": "night",
                     *           "reason": "PoolCreated",
                     *           "traceId": "4002e6d2389c43b0ef757ac670ead45e"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["Explanation"];
                };
            };
            /** @description `invalid_request`: not JSON, an unknown field, a wrong type, a value beyond its limit, a bad limit or cursor. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "invalid_request",
                     *       "detail": "limit: must be from 1 to 200",
                     *       "errors": [
                     *         {
                     *           "field": "limit",
                     *           "message": "must be from 1 to 200"
                     *         }
                     *       ],
                     *       "status": 400,
                     *       "title": "Bad Request",
                     *       "type": "urn:convos-agents:problem:invalid_request"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: no key, or not one of ours. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "unauthorized",
                     *       "detail": "a valid key is needed: Authorization: Bearer <key>",
                     *       "status": 401,
                     *       "title": "Unauthorized",
                     *       "type": "urn:convos-agents:problem:unauthorized"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: the key's role is not enough. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "forbidden",
                     *       "detail": "this needs the role operator",
                     *       "status": 403,
                     *       "title": "Forbidden",
                     *       "type": "urn:convos-agents:problem:forbidden"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: there is nothing of this id for this caller. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "not_found",
                     *       "detail": "there is no instance k3v9x2m7q110",
                     *       "status": 404,
                     *       "title": "Not Found",
                     *       "type": "urn:convos-agents:problem:not_found"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests`: too many requests, streams, or claims in line; `Retry-After` says when to come back. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "too_many_requests",
                     *       "detail": "too many requests with this key",
                     *       "status": 429,
                     *       "title": "Too Many Requests",
                     *       "type": "urn:convos-agents:problem:too_many_requests"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: a fault of ours. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "internal",
                     *       "detail": "something went wrong on our side; the log tells more under this request's id",
                     *       "status": 500,
                     *       "title": "Internal Server Error",
                     *       "type": "urn:convos-agents:problem:internal"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable` or `services_unavailable`: something that is needed is away; `Retry-After` says when to come back. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "services_unavailable",
                     *       "detail": "services does not answer",
                     *       "status": 503,
                     *       "title": "Service Unavailable",
                     *       "type": "urn:convos-agents:problem:services_unavailable"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    previewPool: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The pool. */
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "maxInstances": 50,
                 *       "minIdle": 2
                 *     }
                 */
                "application/json": components["schemas"]["PoolSpec"];
            };
        };
        responses: {
            /** @description What would be done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "create": 1,
                     *       "desired": 2,
                     *       "destroy": [],
                     *       "plan": {
                     *         "again": "in 5.0 s",
                     *         "reason": "1 more wanted, room for 46",
                     *         "step": "create 1"
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["PoolPreview"];
                };
            };
            /** @description `invalid_request`: not JSON, an unknown field, a wrong type, a value beyond its limit, a bad limit or cursor. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "invalid_request",
                     *       "detail": "limit: must be from 1 to 200",
                     *       "errors": [
                     *         {
                     *           "field": "limit",
                     *           "message": "must be from 1 to 200"
                     *         }
                     *       ],
                     *       "status": 400,
                     *       "title": "Bad Request",
                     *       "type": "urn:convos-agents:problem:invalid_request"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: no key, or not one of ours. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "unauthorized",
                     *       "detail": "a valid key is needed: Authorization: Bearer <key>",
                     *       "status": 401,
                     *       "title": "Unauthorized",
                     *       "type": "urn:convos-agents:problem:unauthorized"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: the key's role is not enough. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "forbidden",
                     *       "detail": "this needs the role operator",
                     *       "status": 403,
                     *       "title": "Forbidden",
                     *       "type": "urn:convos-agents:problem:forbidden"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: there is nothing of this id for this caller. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "not_found",
                     *       "detail": "there is no instance k3v9x2m7q110",
                     *       "status": 404,
                     *       "title": "Not Found",
                     *       "type": "urn:convos-agents:problem:not_found"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The state forbids it: `conflict`; of a claim also `idempotency_key_reused` (the key came before with another request) and `join_url_in_use` (another live claim has it). */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "conflict",
                     *       "detail": "the record changed meanwhile; read it again",
                     *       "status": 409,
                     *       "title": "Conflict",
                     *       "type": "urn:convos-agents:problem:conflict"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large`: the body is larger than 256 KB. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "payload_too_large",
                     *       "detail": "the body is larger than 256 KB",
                     *       "status": 413,
                     *       "title": "Payload Too Large",
                     *       "type": "urn:convos-agents:problem:payload_too_large"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: the body is not declared as JSON. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "unsupported_media_type",
                     *       "detail": "the body must be JSON, declared as Content-Type: application/json",
                     *       "status": 415,
                     *       "title": "Unsupported Media Type",
                     *       "type": "urn:convos-agents:problem:unsupported_media_type"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is well formed and cannot be done: `template_tool_config_missing`, `model_override_not_allowed`, `tool_not_configured`, `tool_unknown`, `unsupported_signature`, `signature_invalid`, `challenge_expired`, `join_url_invalid`, `user_config_invalid`. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "tool_not_configured",
                     *       "detail": "the tool sms cannot be used: TELNYX_API_KEY is not set",
                     *       "status": 422,
                     *       "title": "Unprocessable Entity",
                     *       "type": "urn:convos-agents:problem:tool_not_configured"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests`: too many requests, streams, or claims in line; `Retry-After` says when to come back. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "too_many_requests",
                     *       "detail": "too many requests with this key",
                     *       "status": 429,
                     *       "title": "Too Many Requests",
                     *       "type": "urn:convos-agents:problem:too_many_requests"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: a fault of ours. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "internal",
                     *       "detail": "something went wrong on our side; the log tells more under this request's id",
                     *       "status": 500,
                     *       "title": "Internal Server Error",
                     *       "type": "urn:convos-agents:problem:internal"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable` or `services_unavailable`: something that is needed is away; `Retry-After` says when to come back. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "services_unavailable",
                     *       "detail": "services does not answer",
                     *       "status": 503,
                     *       "title": "Service Unavailable",
                     *       "type": "urn:convos-agents:problem:services_unavailable"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getSession: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Whose key, or whose session, this is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "name": "admin",
                     *       "role": "admin"
                     *     }
                     */
                    "application/json": components["schemas"]["Session"];
                };
            };
            /** @description `invalid_request`: not JSON, an unknown field, a wrong type, a value beyond its limit, a bad limit or cursor. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "invalid_request",
                     *       "detail": "limit: must be from 1 to 200",
                     *       "errors": [
                     *         {
                     *           "field": "limit",
                     *           "message": "must be from 1 to 200"
                     *         }
                     *       ],
                     *       "status": 400,
                     *       "title": "Bad Request",
                     *       "type": "urn:convos-agents:problem:invalid_request"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: no key, or not one of ours. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "unauthorized",
                     *       "detail": "a valid key is needed: Authorization: Bearer <key>",
                     *       "status": 401,
                     *       "title": "Unauthorized",
                     *       "type": "urn:convos-agents:problem:unauthorized"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: the key's role is not enough. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "forbidden",
                     *       "detail": "this needs the role operator",
                     *       "status": 403,
                     *       "title": "Forbidden",
                     *       "type": "urn:convos-agents:problem:forbidden"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests`: too many requests, streams, or claims in line; `Retry-After` says when to come back. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "too_many_requests",
                     *       "detail": "too many requests with this key",
                     *       "status": 429,
                     *       "title": "Too Many Requests",
                     *       "type": "urn:convos-agents:problem:too_many_requests"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: a fault of ours. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "internal",
                     *       "detail": "something went wrong on our side; the log tells more under this request's id",
                     *       "status": 500,
                     *       "title": "Internal Server Error",
                     *       "type": "urn:convos-agents:problem:internal"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable` or `services_unavailable`: something that is needed is away; `Retry-After` says when to come back. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "services_unavailable",
                     *       "detail": "services does not answer",
                     *       "status": 503,
                     *       "title": "Service Unavailable",
                     *       "type": "urn:convos-agents:problem:services_unavailable"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    signIn: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "key": "the-key-of-an-admin"
                 *     }
                 */
                "application/json": components["schemas"]["SignIn"];
            };
        };
        responses: {
            /** @description Who signed in. */
            200: {
                headers: {
                    "Set-Cookie"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "name": "admin",
                     *       "role": "admin"
                     *     }
                     */
                    "application/json": components["schemas"]["Session"];
                };
            };
            /** @description `invalid_request`: not JSON, an unknown field, a wrong type, a value beyond its limit, a bad limit or cursor. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "invalid_request",
                     *       "detail": "limit: must be from 1 to 200",
                     *       "errors": [
                     *         {
                     *           "field": "limit",
                     *           "message": "must be from 1 to 200"
                     *         }
                     *       ],
                     *       "status": 400,
                     *       "title": "Bad Request",
                     *       "type": "urn:convos-agents:problem:invalid_request"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: no key, or not one of ours. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "unauthorized",
                     *       "detail": "a valid key is needed: Authorization: Bearer <key>",
                     *       "status": 401,
                     *       "title": "Unauthorized",
                     *       "type": "urn:convos-agents:problem:unauthorized"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large`: the body is larger than 256 KB. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "payload_too_large",
                     *       "detail": "the body is larger than 256 KB",
                     *       "status": 413,
                     *       "title": "Payload Too Large",
                     *       "type": "urn:convos-agents:problem:payload_too_large"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: the body is not declared as JSON. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "unsupported_media_type",
                     *       "detail": "the body must be JSON, declared as Content-Type: application/json",
                     *       "status": 415,
                     *       "title": "Unsupported Media Type",
                     *       "type": "urn:convos-agents:problem:unsupported_media_type"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests`: too many requests, streams, or claims in line; `Retry-After` says when to come back. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "too_many_requests",
                     *       "detail": "too many requests with this key",
                     *       "status": 429,
                     *       "title": "Too Many Requests",
                     *       "type": "urn:convos-agents:problem:too_many_requests"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: a fault of ours. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "internal",
                     *       "detail": "something went wrong on our side; the log tells more under this request's id",
                     *       "status": 500,
                     *       "title": "Internal Server Error",
                     *       "type": "urn:convos-agents:problem:internal"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable` or `services_unavailable`: something that is needed is away; `Retry-After` says when to come back. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "services_unavailable",
                     *       "detail": "services does not answer",
                     *       "status": 503,
                     *       "title": "Service Unavailable",
                     *       "type": "urn:convos-agents:problem:services_unavailable"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    signOut: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The cookie is taken back. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request`: not JSON, an unknown field, a wrong type, a value beyond its limit, a bad limit or cursor. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "invalid_request",
                     *       "detail": "limit: must be from 1 to 200",
                     *       "errors": [
                     *         {
                     *           "field": "limit",
                     *           "message": "must be from 1 to 200"
                     *         }
                     *       ],
                     *       "status": 400,
                     *       "title": "Bad Request",
                     *       "type": "urn:convos-agents:problem:invalid_request"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: no key, or not one of ours. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "unauthorized",
                     *       "detail": "a valid key is needed: Authorization: Bearer <key>",
                     *       "status": 401,
                     *       "title": "Unauthorized",
                     *       "type": "urn:convos-agents:problem:unauthorized"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: the key's role is not enough. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "forbidden",
                     *       "detail": "this needs the role operator",
                     *       "status": 403,
                     *       "title": "Forbidden",
                     *       "type": "urn:convos-agents:problem:forbidden"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests`: too many requests, streams, or claims in line; `Retry-After` says when to come back. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "too_many_requests",
                     *       "detail": "too many requests with this key",
                     *       "status": 429,
                     *       "title": "Too Many Requests",
                     *       "type": "urn:convos-agents:problem:too_many_requests"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: a fault of ours. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "internal",
                     *       "detail": "something went wrong on our side; the log tells more under this request's id",
                     *       "status": 500,
                     *       "title": "Internal Server Error",
                     *       "type": "urn:convos-agents:problem:internal"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable` or `services_unavailable`: something that is needed is away; `Retry-After` says when to come back. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "services_unavailable",
                     *       "detail": "services does not answer",
                     *       "status": 503,
                     *       "title": "Service Unavailable",
                     *       "type": "urn:convos-agents:problem:services_unavailable"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getStatus: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The state of the whole. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "budgets": [
                     *         {
                     *           "allowance": 10000,
                     *           "name": "compute 1",
                     *           "remaining": 9957,
                     *           "resetsAt": "2026-01-01T12:00:00Z"
                     *         }
                     *       ],
                     *       "conditions": [
                     *         {
                     *           "lastTransitionTime": "2026-01-01T12:00:00Z",
                     *           "message": "",
                     *           "observedGeneration": 0,
                     *           "reason": "InstancesReady",
                     *           "status": "True",
                     *           "type": "Available"
                     *         }
                     *       ],
                     *       "counts": {
                     *         "claimed": 2,
                     *         "claiming": 0,
                     *         "destroying": 0,
                     *         "ready": 1,
                     *         "starting": 0,
                     *         "stuck": 0,
                     *         "waiting": 0
                     *       },
                     *       "lanes": [
                     *         {
                     *           "name": "project creations 1",
                     *           "nextAllowedAt": "2026-01-01T12:00:00Z",
                     *           "waiting": 0
                     *         }
                     *       ],
                     *       "pools": [
                     *         {
                     *           "createdAt": "2026-01-01T12:00:00Z",
                     *           "generation": 4,
                     *           "name": "night",
                     *           "observedGeneration": 4,
                     *           "spec": {
                     *             "image": null,
                     *             "maxInstances": 50,
                     *             "maxSurge": 3,
                     *             "minIdle": 0,
                     *             "model": null,
                     *             "paused": true,
                     *             "rollout": null,
                     *             "sizing": null,
                     *             "stuckTimeoutMs": 900000
                     *           },
                     *           "status": {
                     *             "claimed": 0,
                     *             "claiming": 0,
                     *             "conditions": [
                     *               {
                     *                 "lastTransitionTime": "2026-01-01T12:00:00Z",
                     *                 "message": "0 ready, 0 wanted idle",
                     *                 "observedGeneration": 4,
                     *                 "reason": "NoneWanted",
                     *                 "status": "True",
                     *                 "type": "Available"
                     *               }
                     *             ],
                     *             "desired": 0,
                     *             "destroying": 0,
                     *             "explanation": "paused: neither creates nor shrinks",
                     *             "ready": 0,
                     *             "starting": 0,
                     *             "stuck": 0,
                     *             "waiting": 0
                     *           },
                     *           "updatedAt": "2026-01-01T12:00:00Z"
                     *         }
                     *       ],
                     *       "reconcilers": [
                     *         {
                     *           "depth": 0,
                     *           "errors": 0,
                     *           "kind": "pool",
                     *           "leased": 0,
                     *           "oldestDueSeconds": 0,
                     *           "retrying": 0
                     *         }
                     *       ],
                     *       "replicas": [],
                     *       "services": {
                     *         "answeredAt": "2026-01-01T12:00:00Z",
                     *         "reachable": true
                     *       },
                     *       "shelf": {
                     *         "free": 0,
                     *         "kept": 0,
                     *         "target": 0
                     *       },
                     *       "vendors": [
                     *         {
                     *           "checkedAt": "2026-01-01T12:00:00Z",
                     *           "errors": 0,
                     *           "latencyMs": 10,
                     *           "name": "compute",
                     *           "since": "2026-01-01T12:00:00Z"
                     *         }
                     *       ],
                     *       "version": "0.1.0"
                     *     }
                     */
                    "application/json": components["schemas"]["SystemStatus"];
                };
            };
            /** @description `invalid_request`: not JSON, an unknown field, a wrong type, a value beyond its limit, a bad limit or cursor. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "invalid_request",
                     *       "detail": "limit: must be from 1 to 200",
                     *       "errors": [
                     *         {
                     *           "field": "limit",
                     *           "message": "must be from 1 to 200"
                     *         }
                     *       ],
                     *       "status": 400,
                     *       "title": "Bad Request",
                     *       "type": "urn:convos-agents:problem:invalid_request"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: no key, or not one of ours. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "unauthorized",
                     *       "detail": "a valid key is needed: Authorization: Bearer <key>",
                     *       "status": 401,
                     *       "title": "Unauthorized",
                     *       "type": "urn:convos-agents:problem:unauthorized"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: the key's role is not enough. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "forbidden",
                     *       "detail": "this needs the role operator",
                     *       "status": 403,
                     *       "title": "Forbidden",
                     *       "type": "urn:convos-agents:problem:forbidden"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests`: too many requests, streams, or claims in line; `Retry-After` says when to come back. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "too_many_requests",
                     *       "detail": "too many requests with this key",
                     *       "status": 429,
                     *       "title": "Too Many Requests",
                     *       "type": "urn:convos-agents:problem:too_many_requests"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: a fault of ours. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "internal",
                     *       "detail": "something went wrong on our side; the log tells more under this request's id",
                     *       "status": 500,
                     *       "title": "Internal Server Error",
                     *       "type": "urn:convos-agents:problem:internal"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable` or `services_unavailable`: something that is needed is away; `Retry-After` says when to come back. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "services_unavailable",
                     *       "detail": "services does not answer",
                     *       "status": 503,
                     *       "title": "Service Unavailable",
                     *       "type": "urn:convos-agents:problem:services_unavailable"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listTemplates: {
        parameters: {
            query?: {
                /** @description Rows at most. */
                limit?: number;
                /** @description `nextCursor` of the page before. */
                cursor?: string;
                /** @description Only private or only public ones. */
                visibility?: components["schemas"]["Visibility"];
                /** @description Only those of this creator. */
                creatorId?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "agentName": "Concierge",
                     *           "createdAt": "2026-01-01T12:00:00Z",
                     *           "instructions": "Book tables, find taxis.",
                     *           "templateId": "0199e0a0-5c1f-7d44-9b1e-2f6a3c8d7e11",
                     *           "tools": [
                     *             {
                     *               "id": "email",
                     *               "provisioning": "pool"
                     *             }
                     *           ],
                     *           "updatedAt": "2026-01-01T12:00:00Z",
                     *           "visibility": "public"
                     *         }
                     *       ],
                     *       "nextCursor": null
                     *     }
                     */
                    "application/json": components["schemas"]["Page_TemplateView"];
                };
            };
            /** @description `invalid_request`: not JSON, an unknown field, a wrong type, a value beyond its limit, a bad limit or cursor. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "invalid_request",
                     *       "detail": "limit: must be from 1 to 200",
                     *       "errors": [
                     *         {
                     *           "field": "limit",
                     *           "message": "must be from 1 to 200"
                     *         }
                     *       ],
                     *       "status": 400,
                     *       "title": "Bad Request",
                     *       "type": "urn:convos-agents:problem:invalid_request"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: no key, or not one of ours. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "unauthorized",
                     *       "detail": "a valid key is needed: Authorization: Bearer <key>",
                     *       "status": 401,
                     *       "title": "Unauthorized",
                     *       "type": "urn:convos-agents:problem:unauthorized"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: the key's role is not enough. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "forbidden",
                     *       "detail": "this needs the role operator",
                     *       "status": 403,
                     *       "title": "Forbidden",
                     *       "type": "urn:convos-agents:problem:forbidden"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests`: too many requests, streams, or claims in line; `Retry-After` says when to come back. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "too_many_requests",
                     *       "detail": "too many requests with this key",
                     *       "status": 429,
                     *       "title": "Too Many Requests",
                     *       "type": "urn:convos-agents:problem:too_many_requests"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: a fault of ours. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "internal",
                     *       "detail": "something went wrong on our side; the log tells more under this request's id",
                     *       "status": 500,
                     *       "title": "Internal Server Error",
                     *       "type": "urn:convos-agents:problem:internal"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable` or `services_unavailable`: something that is needed is away; `Retry-After` says when to come back. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "services_unavailable",
                     *       "detail": "services does not answer",
                     *       "status": 503,
                     *       "title": "Service Unavailable",
                     *       "type": "urn:convos-agents:problem:services_unavailable"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createTemplate: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "agentName": "Concierge",
                 *       "instructions": "Book tables, find taxis.",
                 *       "tools": [
                 *         {
                 *           "id": "email",
                 *           "provisioning": "pool"
                 *         }
                 *       ],
                 *       "visibility": "public"
                 *     }
                 */
                "application/json": components["schemas"]["TemplateRequest"];
            };
        };
        responses: {
            /** @description The template. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "agentName": "Concierge",
                     *       "createdAt": "2026-01-01T12:00:00Z",
                     *       "instructions": "Book tables, find taxis.",
                     *       "templateId": "0199e0a0-5c1f-7d44-9b1e-2f6a3c8d7e11",
                     *       "tools": [
                     *         {
                     *           "id": "email",
                     *           "provisioning": "pool"
                     *         }
                     *       ],
                     *       "updatedAt": "2026-01-01T12:00:00Z",
                     *       "visibility": "public"
                     *     }
                     */
                    "application/json": components["schemas"]["TemplateView"];
                };
            };
            /** @description `invalid_request`: not JSON, an unknown field, a wrong type, a value beyond its limit, a bad limit or cursor. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "invalid_request",
                     *       "detail": "limit: must be from 1 to 200",
                     *       "errors": [
                     *         {
                     *           "field": "limit",
                     *           "message": "must be from 1 to 200"
                     *         }
                     *       ],
                     *       "status": 400,
                     *       "title": "Bad Request",
                     *       "type": "urn:convos-agents:problem:invalid_request"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: no key, or not one of ours. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "unauthorized",
                     *       "detail": "a valid key is needed: Authorization: Bearer <key>",
                     *       "status": 401,
                     *       "title": "Unauthorized",
                     *       "type": "urn:convos-agents:problem:unauthorized"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: the key's role is not enough. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "forbidden",
                     *       "detail": "this needs the role operator",
                     *       "status": 403,
                     *       "title": "Forbidden",
                     *       "type": "urn:convos-agents:problem:forbidden"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: there is nothing of this id for this caller. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "not_found",
                     *       "detail": "there is no instance k3v9x2m7q110",
                     *       "status": 404,
                     *       "title": "Not Found",
                     *       "type": "urn:convos-agents:problem:not_found"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The state forbids it: `conflict`; of a claim also `idempotency_key_reused` (the key came before with another request) and `join_url_in_use` (another live claim has it). */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "conflict",
                     *       "detail": "the record changed meanwhile; read it again",
                     *       "status": 409,
                     *       "title": "Conflict",
                     *       "type": "urn:convos-agents:problem:conflict"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large`: the body is larger than 256 KB. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "payload_too_large",
                     *       "detail": "the body is larger than 256 KB",
                     *       "status": 413,
                     *       "title": "Payload Too Large",
                     *       "type": "urn:convos-agents:problem:payload_too_large"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: the body is not declared as JSON. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "unsupported_media_type",
                     *       "detail": "the body must be JSON, declared as Content-Type: application/json",
                     *       "status": 415,
                     *       "title": "Unsupported Media Type",
                     *       "type": "urn:convos-agents:problem:unsupported_media_type"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is well formed and cannot be done: `template_tool_config_missing`, `model_override_not_allowed`, `tool_not_configured`, `tool_unknown`, `unsupported_signature`, `signature_invalid`, `challenge_expired`, `join_url_invalid`, `user_config_invalid`. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "tool_not_configured",
                     *       "detail": "the tool sms cannot be used: TELNYX_API_KEY is not set",
                     *       "status": 422,
                     *       "title": "Unprocessable Entity",
                     *       "type": "urn:convos-agents:problem:tool_not_configured"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests`: too many requests, streams, or claims in line; `Retry-After` says when to come back. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "too_many_requests",
                     *       "detail": "too many requests with this key",
                     *       "status": 429,
                     *       "title": "Too Many Requests",
                     *       "type": "urn:convos-agents:problem:too_many_requests"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: a fault of ours. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "internal",
                     *       "detail": "something went wrong on our side; the log tells more under this request's id",
                     *       "status": 500,
                     *       "title": "Internal Server Error",
                     *       "type": "urn:convos-agents:problem:internal"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable` or `services_unavailable`: something that is needed is away; `Retry-After` says when to come back. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "services_unavailable",
                     *       "detail": "services does not answer",
                     *       "status": 503,
                     *       "title": "Service Unavailable",
                     *       "type": "urn:convos-agents:problem:services_unavailable"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getTemplate: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The template. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The template. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "agentName": "Concierge",
                     *       "createdAt": "2026-01-01T12:00:00Z",
                     *       "instructions": "Book tables, find taxis.",
                     *       "templateId": "0199e0a0-5c1f-7d44-9b1e-2f6a3c8d7e11",
                     *       "tools": [
                     *         {
                     *           "id": "email",
                     *           "provisioning": "pool"
                     *         }
                     *       ],
                     *       "updatedAt": "2026-01-01T12:00:00Z",
                     *       "visibility": "public"
                     *     }
                     */
                    "application/json": components["schemas"]["TemplateView"];
                };
            };
            /** @description `invalid_request`: not JSON, an unknown field, a wrong type, a value beyond its limit, a bad limit or cursor. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "invalid_request",
                     *       "detail": "limit: must be from 1 to 200",
                     *       "errors": [
                     *         {
                     *           "field": "limit",
                     *           "message": "must be from 1 to 200"
                     *         }
                     *       ],
                     *       "status": 400,
                     *       "title": "Bad Request",
                     *       "type": "urn:convos-agents:problem:invalid_request"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: no key, or not one of ours. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "unauthorized",
                     *       "detail": "a valid key is needed: Authorization: Bearer <key>",
                     *       "status": 401,
                     *       "title": "Unauthorized",
                     *       "type": "urn:convos-agents:problem:unauthorized"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: the key's role is not enough. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "forbidden",
                     *       "detail": "this needs the role operator",
                     *       "status": 403,
                     *       "title": "Forbidden",
                     *       "type": "urn:convos-agents:problem:forbidden"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: there is nothing of this id for this caller. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "not_found",
                     *       "detail": "there is no instance k3v9x2m7q110",
                     *       "status": 404,
                     *       "title": "Not Found",
                     *       "type": "urn:convos-agents:problem:not_found"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests`: too many requests, streams, or claims in line; `Retry-After` says when to come back. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "too_many_requests",
                     *       "detail": "too many requests with this key",
                     *       "status": 429,
                     *       "title": "Too Many Requests",
                     *       "type": "urn:convos-agents:problem:too_many_requests"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: a fault of ours. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "internal",
                     *       "detail": "something went wrong on our side; the log tells more under this request's id",
                     *       "status": 500,
                     *       "title": "Internal Server Error",
                     *       "type": "urn:convos-agents:problem:internal"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable` or `services_unavailable`: something that is needed is away; `Retry-After` says when to come back. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "services_unavailable",
                     *       "detail": "services does not answer",
                     *       "status": 503,
                     *       "title": "Service Unavailable",
                     *       "type": "urn:convos-agents:problem:services_unavailable"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    putTemplate: {
        parameters: {
            query?: never;
            header?: {
                /** @description Only in this version: the `ETag` as it was read. */
                "If-Match"?: string | null;
            };
            path: {
                /** @description The template. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "agentName": "Concierge",
                 *       "instructions": "Book tables, find taxis.",
                 *       "tools": [
                 *         {
                 *           "id": "email",
                 *           "provisioning": "pool"
                 *         }
                 *       ],
                 *       "visibility": "public"
                 *     }
                 */
                "application/json": components["schemas"]["TemplateRequest"];
            };
        };
        responses: {
            /** @description The template. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "agentName": "Concierge",
                     *       "createdAt": "2026-01-01T12:00:00Z",
                     *       "instructions": "Book tables, find taxis.",
                     *       "templateId": "0199e0a0-5c1f-7d44-9b1e-2f6a3c8d7e11",
                     *       "tools": [
                     *         {
                     *           "id": "email",
                     *           "provisioning": "pool"
                     *         }
                     *       ],
                     *       "updatedAt": "2026-01-01T12:00:00Z",
                     *       "visibility": "public"
                     *     }
                     */
                    "application/json": components["schemas"]["TemplateView"];
                };
            };
            /** @description `invalid_request`: not JSON, an unknown field, a wrong type, a value beyond its limit, a bad limit or cursor. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "invalid_request",
                     *       "detail": "limit: must be from 1 to 200",
                     *       "errors": [
                     *         {
                     *           "field": "limit",
                     *           "message": "must be from 1 to 200"
                     *         }
                     *       ],
                     *       "status": 400,
                     *       "title": "Bad Request",
                     *       "type": "urn:convos-agents:problem:invalid_request"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: no key, or not one of ours. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "unauthorized",
                     *       "detail": "a valid key is needed: Authorization: Bearer <key>",
                     *       "status": 401,
                     *       "title": "Unauthorized",
                     *       "type": "urn:convos-agents:problem:unauthorized"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: the key's role is not enough. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "forbidden",
                     *       "detail": "this needs the role operator",
                     *       "status": 403,
                     *       "title": "Forbidden",
                     *       "type": "urn:convos-agents:problem:forbidden"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: there is nothing of this id for this caller. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "not_found",
                     *       "detail": "there is no instance k3v9x2m7q110",
                     *       "status": 404,
                     *       "title": "Not Found",
                     *       "type": "urn:convos-agents:problem:not_found"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The state forbids it: `conflict`; of a claim also `idempotency_key_reused` (the key came before with another request) and `join_url_in_use` (another live claim has it). */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "conflict",
                     *       "detail": "the record changed meanwhile; read it again",
                     *       "status": 409,
                     *       "title": "Conflict",
                     *       "type": "urn:convos-agents:problem:conflict"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `precondition_failed`: the record changed since it was read. */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "precondition_failed",
                     *       "detail": "the record is in another version than If-Match says",
                     *       "status": 412,
                     *       "title": "Precondition Failed",
                     *       "type": "urn:convos-agents:problem:precondition_failed"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large`: the body is larger than 256 KB. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "payload_too_large",
                     *       "detail": "the body is larger than 256 KB",
                     *       "status": 413,
                     *       "title": "Payload Too Large",
                     *       "type": "urn:convos-agents:problem:payload_too_large"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: the body is not declared as JSON. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "unsupported_media_type",
                     *       "detail": "the body must be JSON, declared as Content-Type: application/json",
                     *       "status": 415,
                     *       "title": "Unsupported Media Type",
                     *       "type": "urn:convos-agents:problem:unsupported_media_type"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is well formed and cannot be done: `template_tool_config_missing`, `model_override_not_allowed`, `tool_not_configured`, `tool_unknown`, `unsupported_signature`, `signature_invalid`, `challenge_expired`, `join_url_invalid`, `user_config_invalid`. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "tool_not_configured",
                     *       "detail": "the tool sms cannot be used: TELNYX_API_KEY is not set",
                     *       "status": 422,
                     *       "title": "Unprocessable Entity",
                     *       "type": "urn:convos-agents:problem:tool_not_configured"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests`: too many requests, streams, or claims in line; `Retry-After` says when to come back. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "too_many_requests",
                     *       "detail": "too many requests with this key",
                     *       "status": 429,
                     *       "title": "Too Many Requests",
                     *       "type": "urn:convos-agents:problem:too_many_requests"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: a fault of ours. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "internal",
                     *       "detail": "something went wrong on our side; the log tells more under this request's id",
                     *       "status": 500,
                     *       "title": "Internal Server Error",
                     *       "type": "urn:convos-agents:problem:internal"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable` or `services_unavailable`: something that is needed is away; `Retry-After` says when to come back. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "services_unavailable",
                     *       "detail": "services does not answer",
                     *       "status": 503,
                     *       "title": "Service Unavailable",
                     *       "type": "urn:convos-agents:problem:services_unavailable"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteTemplate: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The template. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is gone. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request`: not JSON, an unknown field, a wrong type, a value beyond its limit, a bad limit or cursor. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "invalid_request",
                     *       "detail": "limit: must be from 1 to 200",
                     *       "errors": [
                     *         {
                     *           "field": "limit",
                     *           "message": "must be from 1 to 200"
                     *         }
                     *       ],
                     *       "status": 400,
                     *       "title": "Bad Request",
                     *       "type": "urn:convos-agents:problem:invalid_request"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: no key, or not one of ours. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "unauthorized",
                     *       "detail": "a valid key is needed: Authorization: Bearer <key>",
                     *       "status": 401,
                     *       "title": "Unauthorized",
                     *       "type": "urn:convos-agents:problem:unauthorized"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: the key's role is not enough. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "forbidden",
                     *       "detail": "this needs the role operator",
                     *       "status": 403,
                     *       "title": "Forbidden",
                     *       "type": "urn:convos-agents:problem:forbidden"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: there is nothing of this id for this caller. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "not_found",
                     *       "detail": "there is no instance k3v9x2m7q110",
                     *       "status": 404,
                     *       "title": "Not Found",
                     *       "type": "urn:convos-agents:problem:not_found"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The state forbids it: `conflict`; of a claim also `idempotency_key_reused` (the key came before with another request) and `join_url_in_use` (another live claim has it). */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "conflict",
                     *       "detail": "the record changed meanwhile; read it again",
                     *       "status": 409,
                     *       "title": "Conflict",
                     *       "type": "urn:convos-agents:problem:conflict"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests`: too many requests, streams, or claims in line; `Retry-After` says when to come back. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "too_many_requests",
                     *       "detail": "too many requests with this key",
                     *       "status": 429,
                     *       "title": "Too Many Requests",
                     *       "type": "urn:convos-agents:problem:too_many_requests"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: a fault of ours. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "internal",
                     *       "detail": "something went wrong on our side; the log tells more under this request's id",
                     *       "status": 500,
                     *       "title": "Internal Server Error",
                     *       "type": "urn:convos-agents:problem:internal"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable` or `services_unavailable`: something that is needed is away; `Retry-After` says when to come back. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "services_unavailable",
                     *       "detail": "services does not answer",
                     *       "status": 503,
                     *       "title": "Service Unavailable",
                     *       "type": "urn:convos-agents:problem:services_unavailable"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    setTemplateVisibility: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The template. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "visibility": "public"
                 *     }
                 */
                "application/json": components["schemas"]["VisibilityRequest"];
            };
        };
        responses: {
            /** @description The template. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "agentName": "Concierge",
                     *       "createdAt": "2026-01-01T12:00:00Z",
                     *       "instructions": "Book tables, find taxis.",
                     *       "templateId": "0199e0a0-5c1f-7d44-9b1e-2f6a3c8d7e11",
                     *       "tools": [
                     *         {
                     *           "id": "email",
                     *           "provisioning": "pool"
                     *         }
                     *       ],
                     *       "updatedAt": "2026-01-01T12:00:00Z",
                     *       "visibility": "public"
                     *     }
                     */
                    "application/json": components["schemas"]["TemplateView"];
                };
            };
            /** @description `invalid_request`: not JSON, an unknown field, a wrong type, a value beyond its limit, a bad limit or cursor. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "invalid_request",
                     *       "detail": "limit: must be from 1 to 200",
                     *       "errors": [
                     *         {
                     *           "field": "limit",
                     *           "message": "must be from 1 to 200"
                     *         }
                     *       ],
                     *       "status": 400,
                     *       "title": "Bad Request",
                     *       "type": "urn:convos-agents:problem:invalid_request"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: no key, or not one of ours. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "unauthorized",
                     *       "detail": "a valid key is needed: Authorization: Bearer <key>",
                     *       "status": 401,
                     *       "title": "Unauthorized",
                     *       "type": "urn:convos-agents:problem:unauthorized"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: the key's role is not enough. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "forbidden",
                     *       "detail": "this needs the role operator",
                     *       "status": 403,
                     *       "title": "Forbidden",
                     *       "type": "urn:convos-agents:problem:forbidden"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: there is nothing of this id for this caller. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "not_found",
                     *       "detail": "there is no instance k3v9x2m7q110",
                     *       "status": 404,
                     *       "title": "Not Found",
                     *       "type": "urn:convos-agents:problem:not_found"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The state forbids it: `conflict`; of a claim also `idempotency_key_reused` (the key came before with another request) and `join_url_in_use` (another live claim has it). */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "conflict",
                     *       "detail": "the record changed meanwhile; read it again",
                     *       "status": 409,
                     *       "title": "Conflict",
                     *       "type": "urn:convos-agents:problem:conflict"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `precondition_failed`: the record changed since it was read. */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "precondition_failed",
                     *       "detail": "the record is in another version than If-Match says",
                     *       "status": 412,
                     *       "title": "Precondition Failed",
                     *       "type": "urn:convos-agents:problem:precondition_failed"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `payload_too_large`: the body is larger than 256 KB. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "payload_too_large",
                     *       "detail": "the body is larger than 256 KB",
                     *       "status": 413,
                     *       "title": "Payload Too Large",
                     *       "type": "urn:convos-agents:problem:payload_too_large"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: the body is not declared as JSON. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "unsupported_media_type",
                     *       "detail": "the body must be JSON, declared as Content-Type: application/json",
                     *       "status": 415,
                     *       "title": "Unsupported Media Type",
                     *       "type": "urn:convos-agents:problem:unsupported_media_type"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request is well formed and cannot be done: `template_tool_config_missing`, `model_override_not_allowed`, `tool_not_configured`, `tool_unknown`, `unsupported_signature`, `signature_invalid`, `challenge_expired`, `join_url_invalid`, `user_config_invalid`. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "tool_not_configured",
                     *       "detail": "the tool sms cannot be used: TELNYX_API_KEY is not set",
                     *       "status": 422,
                     *       "title": "Unprocessable Entity",
                     *       "type": "urn:convos-agents:problem:tool_not_configured"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests`: too many requests, streams, or claims in line; `Retry-After` says when to come back. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "too_many_requests",
                     *       "detail": "too many requests with this key",
                     *       "status": 429,
                     *       "title": "Too Many Requests",
                     *       "type": "urn:convos-agents:problem:too_many_requests"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: a fault of ours. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "internal",
                     *       "detail": "something went wrong on our side; the log tells more under this request's id",
                     *       "status": 500,
                     *       "title": "Internal Server Error",
                     *       "type": "urn:convos-agents:problem:internal"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable` or `services_unavailable`: something that is needed is away; `Retry-After` says when to come back. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "services_unavailable",
                     *       "detail": "services does not answer",
                     *       "status": 503,
                     *       "title": "Service Unavailable",
                     *       "type": "urn:convos-agents:problem:services_unavailable"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listTools: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The tools. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "always": true,
                     *           "configured": true,
                     *           "mode": "key",
                     *           "name": "Language models (OpenRouter)",
                     *           "provisioning": [
                     *             "pool"
                     *           ],
                     *           "toolId": "openrouter",
                     *           "userConfigSchema": {
                     *             "$schema": "https://json-schema.org/draft/2020-12/schema",
                     *             "additionalProperties": false,
                     *             "properties": {
                     *               "openrouterApiKey": {
                     *                 "format": "password",
                     *                 "maxLength": 512,
                     *                 "minLength": 1,
                     *                 "pattern": "^sk-or-",
                     *                 "title": "OpenRouter API key",
                     *                 "type": "string",
                     *                 "writeOnly": true
                     *               }
                     *             },
                     *             "required": [
                     *               "openrouterApiKey"
                     *             ],
                     *             "type": "object"
                     *           }
                     *         }
                     *       ],
                     *       "nextCursor": null
                     *     }
                     */
                    "application/json": components["schemas"]["Page_Tool"];
                };
            };
            /** @description `invalid_request`: not JSON, an unknown field, a wrong type, a value beyond its limit, a bad limit or cursor. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "invalid_request",
                     *       "detail": "limit: must be from 1 to 200",
                     *       "errors": [
                     *         {
                     *           "field": "limit",
                     *           "message": "must be from 1 to 200"
                     *         }
                     *       ],
                     *       "status": 400,
                     *       "title": "Bad Request",
                     *       "type": "urn:convos-agents:problem:invalid_request"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: no key, or not one of ours. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "unauthorized",
                     *       "detail": "a valid key is needed: Authorization: Bearer <key>",
                     *       "status": 401,
                     *       "title": "Unauthorized",
                     *       "type": "urn:convos-agents:problem:unauthorized"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `forbidden`: the key's role is not enough. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "forbidden",
                     *       "detail": "this needs the role operator",
                     *       "status": 403,
                     *       "title": "Forbidden",
                     *       "type": "urn:convos-agents:problem:forbidden"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_many_requests`: too many requests, streams, or claims in line; `Retry-After` says when to come back. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "too_many_requests",
                     *       "detail": "too many requests with this key",
                     *       "status": 429,
                     *       "title": "Too Many Requests",
                     *       "type": "urn:convos-agents:problem:too_many_requests"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: a fault of ours. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "internal",
                     *       "detail": "something went wrong on our side; the log tells more under this request's id",
                     *       "status": 500,
                     *       "title": "Internal Server Error",
                     *       "type": "urn:convos-agents:problem:internal"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable` or `services_unavailable`: something that is needed is away; `Retry-After` says when to come back. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "services_unavailable",
                     *       "detail": "services does not answer",
                     *       "status": 503,
                     *       "title": "Service Unavailable",
                     *       "type": "urn:convos-agents:problem:services_unavailable"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    healthz: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It lives. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "alive": true
                     *     }
                     */
                    "application/json": components["schemas"]["Alive"];
                };
            };
        };
    };
    readyz: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It can work. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "degraded": [],
                     *       "ready": true
                     *     }
                     */
                    "application/json": components["schemas"]["Ready"];
                };
            };
            /** @description `internal`: a fault of ours. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "internal",
                     *       "detail": "something went wrong on our side; the log tells more under this request's id",
                     *       "status": 500,
                     *       "title": "Internal Server Error",
                     *       "type": "urn:convos-agents:problem:internal"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `database_unavailable` or `services_unavailable`: something that is needed is away; `Retry-After` says when to come back. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "services_unavailable",
                     *       "detail": "services does not answer",
                     *       "status": 503,
                     *       "title": "Service Unavailable",
                     *       "type": "urn:convos-agents:problem:services_unavailable"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
