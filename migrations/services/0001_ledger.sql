-- The ledger of the `services` process: what exists outside for an instance, what was asked of the outside and what came of it.

-- Words and ids are checked by domains: PostgreSQL checks a domain when a value is written to its column, but works out a
-- table's CHECKs anew in every statement that writes anything to the table.
CREATE DOMAIN instance_id AS text CHECK (VALUE ~ '^[a-z0-9]{6,20}$');
CREATE DOMAIN instance_phase AS text CHECK (VALUE IN ('creating', 'ready', 'refused', 'destroying'));
CREATE DOMAIN creation_step AS text
    CHECK (VALUE IN ('reserved', 'key', 'wallet', 'project', 'service', 'volume', 'domain', 'deploy', 'recorded'));
CREATE DOMAIN configure_state AS text CHECK (VALUE IN ('none', 'sent', 'pending', 'done'));

CREATE TABLE instance_infra (
    instance_id              instance_id PRIMARY KEY,
    name                     text        NOT NULL UNIQUE,
    phase                    instance_phase NOT NULL DEFAULT 'creating',
    step                     creation_step NOT NULL DEFAULT 'reserved',
    refusal                  text,
    workspace_id             text,
    railway_project_id       text        UNIQUE,
    railway_environment_id   text,
    railway_service_id       text,
    railway_volume_id        text,
    railway_domain_id        text,
    image_tag                text        NOT NULL,
    image                    text,
    image_before             text,
    image_tag_before         text,
    url                      text,
    instance_services_token  text        NOT NULL UNIQUE,
    gateway_token_sealed     bytea       NOT NULL,
    variables_sealed         bytea,
    claim_id                 text,
    conversation_id          text,
    invite_url               text,
    configure_state          configure_state NOT NULL DEFAULT 'none',
    configure_lease_token    uuid,
    configure_lease_owner    text,
    configure_lease_until    timestamptz,
    deploy_since             timestamptz,
    created_at               timestamptz NOT NULL,
    ready_at                 timestamptz,
    updated_at               timestamptz NOT NULL,
    CHECK ((phase = 'refused') = (refusal IS NOT NULL) OR phase = 'destroying'),
    CHECK (phase <> 'ready' OR (url IS NOT NULL AND railway_project_id IS NOT NULL AND variables_sealed IS NULL))
-- A creation writes its row a dozen times and a claim twice, hardly ever what is indexed: with room on its page no index is
-- touched.
) WITH (fillfactor = 50);
COMMENT ON TABLE instance_infra IS 'One row for each instance that exists or may exist outside; it goes only when everything is confirmed gone.';
COMMENT ON COLUMN instance_infra.instance_id IS 'Our id of the instance, given by the pool.';
COMMENT ON COLUMN instance_infra.name IS 'The name at every vendor, <prefix>-<environment>-<instanceId>; fixed before the first call, so that a lost answer becomes a look-up.';
COMMENT ON COLUMN instance_infra.phase IS 'creating until every step is confirmed, then ready; refused when a vendor said no for good; destroying from the first destroy call on, never back.';
COMMENT ON COLUMN instance_infra.step IS 'The step of the creation that runs or comes next; recorded when all are done.';
COMMENT ON COLUMN instance_infra.refusal IS 'Why the creation was refused for good, in our words.';
COMMENT ON COLUMN instance_infra.workspace_id IS 'The Railway workspace whose token made the project.';
COMMENT ON COLUMN instance_infra.railway_project_id IS 'The Railway project of this agent.';
COMMENT ON COLUMN instance_infra.railway_environment_id IS 'The only environment of the project.';
COMMENT ON COLUMN instance_infra.railway_service_id IS 'The service that runs the agent.';
COMMENT ON COLUMN instance_infra.railway_volume_id IS 'The volume at /data.';
COMMENT ON COLUMN instance_infra.railway_domain_id IS 'The public domain.';
COMMENT ON COLUMN instance_infra.image_tag IS 'The image reference that was asked for.';
COMMENT ON COLUMN instance_infra.image IS 'The reference that was deployed, pinned by digest where the registry could be asked.';
COMMENT ON COLUMN instance_infra.image_before IS 'What image was before a redeploy that is not seen finished: it is that again when the deploy fails.';
COMMENT ON COLUMN instance_infra.image_tag_before IS 'What image_tag was, with it.';
COMMENT ON COLUMN instance_infra.url IS 'Public base URL of the agent.';
COMMENT ON COLUMN instance_infra.instance_services_token IS 'SHA-256 of the token with which the agent calls this process, in hexadecimal.';
COMMENT ON COLUMN instance_infra.gateway_token_sealed IS 'Sealed token with which this process calls the agent.';
COMMENT ON COLUMN instance_infra.variables_sealed IS 'Sealed variables of the first boot, kept from their making until the deploy that carries them is confirmed, then erased.';
COMMENT ON COLUMN instance_infra.claim_id IS 'The claim that the agent was configured for.';
COMMENT ON COLUMN instance_infra.conversation_id IS 'The conversation that the agent reported.';
COMMENT ON COLUMN instance_infra.invite_url IS 'The invite link that the agent reported; opaque.';
COMMENT ON COLUMN instance_infra.configure_state IS 'sent when a configuration was sent and no answer is recorded: ask the agent before sending again.';
COMMENT ON COLUMN instance_infra.configure_lease_token IS 'Fencing token of the worker that tells the agent who it is now: kept here, in the row that it writes anyway, and not in leases.';
COMMENT ON COLUMN instance_infra.configure_lease_owner IS 'The process that holds that lease.';
COMMENT ON COLUMN instance_infra.configure_lease_until IS 'When another one may take it.';
COMMENT ON COLUMN instance_infra.deploy_since IS 'Set by a deploy after the first one that we started, until it is seen finished: when the deployment before it began, by the vendor''s clock. While set, an answering agent may still be the old container.';
COMMENT ON COLUMN instance_infra.created_at IS 'When the intent was committed.';
COMMENT ON COLUMN instance_infra.ready_at IS 'When the last step of the creation was confirmed.';
COMMENT ON COLUMN instance_infra.updated_at IS 'Last change of the row.';

CREATE TABLE instance_services (
    id                text        PRIMARY KEY,
    instance_id       text        NOT NULL REFERENCES instance_infra (instance_id),
    tool_id           text        NOT NULL,
    name              text        NOT NULL,
    generation        integer     NOT NULL DEFAULT 0 CHECK (generation >= 0),
    resource_id       text,
    config            jsonb       NOT NULL DEFAULT '{}',
    status            text        NOT NULL DEFAULT 'provisioning'
        CHECK (status IN ('provisioning', 'active', 'user_provided', 'destroying', 'destroyed')),
    provided          text        NOT NULL DEFAULT 'pool' CHECK (provided IN ('pool', 'user')),
    progress          jsonb       NOT NULL DEFAULT 'null',
    sealed            bytea,
    variables_sealed  bytea,
    variable_names    text[]      NOT NULL DEFAULT '{}',
    outcome           text        CHECK (outcome IN ('deleted', 'revoked', 'kept_shared', 'kept_user', 'not_found')),
    note              text,
    intent_at         timestamptz NOT NULL,
    provisioned_at    timestamptz,
    updated_at        timestamptz NOT NULL,
    CHECK (status NOT IN ('active', 'user_provided') OR resource_id IS NOT NULL),
    CHECK ((status = 'destroyed') = (outcome IS NOT NULL))
);
CREATE UNIQUE INDEX instance_services_one_live_tool ON instance_services (instance_id, tool_id) WHERE status <> 'destroyed';
COMMENT ON TABLE instance_services IS 'One row for each tool of an instance, written before the vendor is asked for it.';
COMMENT ON COLUMN instance_services.id IS 'Id of the row (UUIDv7 as text).';
COMMENT ON COLUMN instance_services.instance_id IS 'Whose tool it is.';
COMMENT ON COLUMN instance_services.tool_id IS 'openrouter, wallet, email, sms, crypto, or any later tool.';
COMMENT ON COLUMN instance_services.name IS 'The name under which the vendor knows it, fixed before the first call.';
COMMENT ON COLUMN instance_services.generation IS '0 for the first of this tool of this instance; counts up where a vendor remembers deleted names.';
COMMENT ON COLUMN instance_services.resource_id IS 'The vendor''s id; null while it is being made.';
COMMENT ON COLUMN instance_services.config IS 'Tool-specific facts without secrets.';
COMMENT ON COLUMN instance_services.status IS 'provisioning, active (ours), user_provided (the claimant''s), destroying, destroyed.';
COMMENT ON COLUMN instance_services.provided IS 'Whose account it is: pool or user.';
COMMENT ON COLUMN instance_services.progress IS 'What a tool of several steps left between calls.';
COMMENT ON COLUMN instance_services.sealed IS 'Sealed secret that a later call to the vendor needs.';
COMMENT ON COLUMN instance_services.variables_sealed IS 'Sealed variables that the agent has yet to get; erased when it has them.';
COMMENT ON COLUMN instance_services.variable_names IS 'The names of those variables, kept so that they can be taken back.';
COMMENT ON COLUMN instance_services.outcome IS 'What became of it when it was destroyed.';
COMMENT ON COLUMN instance_services.note IS 'A word for the operator about the outcome.';
COMMENT ON COLUMN instance_services.intent_at IS 'When the intent was committed.';
COMMENT ON COLUMN instance_services.provisioned_at IS 'When it was there and the agent had its variables.';
COMMENT ON COLUMN instance_services.updated_at IS 'Last change of the row.';

CREATE TABLE steps (
    id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    instance_id  text        NOT NULL,
    step         text        NOT NULL,
    attempt      integer     NOT NULL CHECK (attempt > 0),
    state        text        NOT NULL CHECK (state IN ('intent', 'sent', 'confirmed', 'ambiguous', 'failed')),
    looks        integer     NOT NULL DEFAULT 0,
    look_at      timestamptz,
    error        text,
    intent_at    timestamptz NOT NULL,
    sent_at      timestamptz,
    finished_at  timestamptz,
    UNIQUE (instance_id, step, attempt),
    CHECK (state = 'intent' OR sent_at IS NOT NULL OR state = 'failed')
);
-- The few steps whose effect is not known, for the figures about the fleet.
CREATE INDEX steps_unknown ON steps (state) WHERE state IN ('sent', 'ambiguous');
COMMENT ON TABLE steps IS 'One row for each attempt of each step that changes something outside: committed as intent before the call, with its result after it.';
COMMENT ON COLUMN steps.id IS 'Order of writing.';
COMMENT ON COLUMN steps.instance_id IS 'Whose step it is.';
COMMENT ON COLUMN steps.step IS 'project, service, volume, domain, deploy, or tool:<tool id>.';
COMMENT ON COLUMN steps.attempt IS 'Counts from 1; a new attempt begins only when the one before is known to have had no effect.';
COMMENT ON COLUMN steps.state IS 'intent: will be sent; sent: on its way, or its answer was lost with this process; ambiguous: no clear answer came; confirmed; failed: no effect.';
COMMENT ON COLUMN steps.looks IS 'How often the outside was searched for its effect.';
COMMENT ON COLUMN steps.look_at IS 'When to search next.';
COMMENT ON COLUMN steps.error IS 'What the last answer said, without secrets.';
COMMENT ON COLUMN steps.intent_at IS 'When the intent was committed.';
COMMENT ON COLUMN steps.sent_at IS 'When the call was sent.';
COMMENT ON COLUMN steps.finished_at IS 'When the result was recorded.';

CREATE TABLE leases (
    instance_id  text        NOT NULL,
    scope        text        NOT NULL,
    token        uuid        NOT NULL,
    owner        text        NOT NULL,
    until        timestamptz NOT NULL,
    PRIMARY KEY (instance_id, scope)
);
COMMENT ON TABLE leases IS 'Who drives an instance (or one tool of it) now. Every result is written only while its writer''s token stands here.';
COMMENT ON COLUMN leases.instance_id IS 'Whose lease it is.';
COMMENT ON COLUMN leases.scope IS 'life for creation and destruction, redeploy, otherwise a tool id.';
COMMENT ON COLUMN leases.token IS 'Random for each taking: the fencing token.';
COMMENT ON COLUMN leases.owner IS 'The process that holds it.';
COMMENT ON COLUMN leases.until IS 'When it may be taken by another; prolonged while the holder works.';

CREATE TABLE lanes (
    name             text        PRIMARY KEY,
    next_allowed_at  timestamptz NOT NULL,
    last_used_at     timestamptz
);
COMMENT ON TABLE lanes IS 'Serial lanes: one call at a time and a least distance between calls, over all replicas and restarts.';
COMMENT ON COLUMN lanes.name IS 'For example railway:project:<workspace>.';
COMMENT ON COLUMN lanes.next_allowed_at IS 'Nobody may send before this.';
COMMENT ON COLUMN lanes.last_used_at IS 'When the last call was sent or answered.';

CREATE TABLE lane_tickets (
    lane        text        NOT NULL REFERENCES lanes (name),
    holder      text        NOT NULL,
    priority    integer     NOT NULL,
    asked_at    timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL,
    PRIMARY KEY (lane, holder)
);
COMMENT ON TABLE lane_tickets IS 'Who waits for a lane, in order; a ticket whose holder does not come back expires.';
COMMENT ON COLUMN lane_tickets.lane IS 'The lane.';
COMMENT ON COLUMN lane_tickets.holder IS 'The instance or shelf project that waits.';
COMMENT ON COLUMN lane_tickets.priority IS 'Lower goes first.';
COMMENT ON COLUMN lane_tickets.asked_at IS 'When it first asked; earlier goes first among equals.';
COMMENT ON COLUMN lane_tickets.expires_at IS 'When it no longer holds its place.';

CREATE TABLE budgets (
    name        text             PRIMARY KEY,
    allowance   double precision NOT NULL,
    remaining   double precision NOT NULL,
    resets_at   timestamptz      NOT NULL,
    updated_at  timestamptz      NOT NULL
);
COMMENT ON TABLE budgets IS 'Hourly request budgets of vendors, as their answers report them, shared by all replicas.';
COMMENT ON COLUMN budgets.name IS 'For example railway:<workspace>.';
COMMENT ON COLUMN budgets.allowance IS 'Requests allowed in a window.';
COMMENT ON COLUMN budgets.remaining IS 'Requests left in this window, as last known.';
COMMENT ON COLUMN budgets.resets_at IS 'When the window ends.';
COMMENT ON COLUMN budgets.updated_at IS 'When this was last written.';

CREATE TABLE shelf (
    name                    text        PRIMARY KEY,
    workspace_id            text        NOT NULL,
    state                   text        NOT NULL CHECK (state IN ('creating', 'free', 'taken')),
    railway_project_id      text        UNIQUE,
    railway_environment_id  text,
    taken_by                text        UNIQUE,
    created_at              timestamptz NOT NULL,
    updated_at              timestamptz NOT NULL,
    CHECK (state = 'creating' OR railway_project_id IS NOT NULL),
    CHECK ((state = 'taken') = (taken_by IS NOT NULL))
);
CREATE SEQUENCE shelf_numbers;
COMMENT ON SEQUENCE shelf_numbers IS 'Numbers of empty projects; none is used twice.';
COMMENT ON TABLE shelf IS 'Empty projects that were never used, made in quiet times: a creation takes one and skips the lane.';
COMMENT ON COLUMN shelf.name IS 'The project''s name, <prefix>-<environment>-shelf-<n>.';
COMMENT ON COLUMN shelf.workspace_id IS 'The Railway workspace it is in.';
COMMENT ON COLUMN shelf.state IS 'creating, free, or taken by a creation that is renaming it.';
COMMENT ON COLUMN shelf.railway_project_id IS 'The Railway project.';
COMMENT ON COLUMN shelf.railway_environment_id IS 'Its only environment.';
COMMENT ON COLUMN shelf.taken_by IS 'The instance that took it.';
COMMENT ON COLUMN shelf.created_at IS 'When the intent was committed.';
COMMENT ON COLUMN shelf.updated_at IS 'Last change of the row.';

CREATE TABLE tombstones (
    instance_id   text        PRIMARY KEY,
    resources     jsonb       NOT NULL DEFAULT '[]',
    requested_at  timestamptz NOT NULL,
    searched_at   timestamptz,
    destroyed_at  timestamptz
);
COMMENT ON TABLE tombstones IS 'Ids that are being or were destroyed: they can never be created again.';
COMMENT ON COLUMN tombstones.instance_id IS 'The id.';
COMMENT ON COLUMN tombstones.resources IS 'What was destroyed and how it ended.';
COMMENT ON COLUMN tombstones.requested_at IS 'When the first destroy call came.';
COMMENT ON COLUMN tombstones.searched_at IS 'When the vendors were searched by name for an id that had no row.';
COMMENT ON COLUMN tombstones.destroyed_at IS 'When everything was confirmed gone; null while it is not.';

CREATE TABLE redeploys (
    operation_id  uuid        PRIMARY KEY,
    instance_id   text        NOT NULL,
    request_key   text        NOT NULL,
    image_tag     text,
    image         text,
    state         text        NOT NULL CHECK (state IN ('intent', 'sent', 'confirmed')),
    error         text,
    created_at    timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL,
    UNIQUE (instance_id, request_key)
);
COMMENT ON TABLE redeploys IS 'Redeploys by request key: the same key is the same redeploy.';
COMMENT ON COLUMN redeploys.operation_id IS 'Our id, given to the caller.';
COMMENT ON COLUMN redeploys.instance_id IS 'The instance.';
COMMENT ON COLUMN redeploys.request_key IS 'The caller''s Idempotency-Key, or a random one.';
COMMENT ON COLUMN redeploys.image_tag IS 'The image asked for; null to resolve the present tag again.';
COMMENT ON COLUMN redeploys.image IS 'The reference that is deployed.';
COMMENT ON COLUMN redeploys.state IS 'intent, sent, confirmed.';
COMMENT ON COLUMN redeploys.error IS 'What the last answer said, without secrets.';
COMMENT ON COLUMN redeploys.created_at IS 'When it was asked for; also the value that marks the deploy.';
COMMENT ON COLUMN redeploys.updated_at IS 'Last change of the row.';

CREATE TABLE orphans (
    kind           text             NOT NULL,
    name           text             NOT NULL,
    vendor_id      text             NOT NULL,
    workspace_id   text,
    first_seen_at  timestamptz      NOT NULL,
    last_seen_at   timestamptz      NOT NULL,
    sightings      integer          NOT NULL DEFAULT 1,
    cost_per_hour  double precision NOT NULL,
    PRIMARY KEY (kind, vendor_id)
);
COMMENT ON TABLE orphans IS 'Things at vendors that carry our name and environment and have no row here.';
COMMENT ON COLUMN orphans.kind IS 'compute, key, inbox, number, wallet.';
COMMENT ON COLUMN orphans.name IS 'The name at the vendor.';
COMMENT ON COLUMN orphans.vendor_id IS 'The vendor''s id; never leaves this process.';
COMMENT ON COLUMN orphans.workspace_id IS 'The Railway workspace of an orphaned project.';
COMMENT ON COLUMN orphans.first_seen_at IS 'First sighting.';
COMMENT ON COLUMN orphans.last_seen_at IS 'Latest sighting.';
COMMENT ON COLUMN orphans.sightings IS 'How many comparisons saw it.';
COMMENT ON COLUMN orphans.cost_per_hour IS 'US dollars an hour.';

CREATE TABLE webhook_events (
    source       text        NOT NULL,
    event_id     text        NOT NULL,
    instance_id  text,
    kind         text,
    payload      bytea,
    attempts     integer     NOT NULL DEFAULT 0,
    due_at       timestamptz,
    received_at  timestamptz NOT NULL,
    done_at      timestamptz,
    PRIMARY KEY (source, event_id)
);
CREATE INDEX webhook_events_due ON webhook_events (due_at) WHERE done_at IS NULL;
COMMENT ON TABLE webhook_events IS 'Deliveries of vendors, each taken once; those for an agent are kept until it has them.';
COMMENT ON COLUMN webhook_events.source IS 'railway, agentmail, telnyx.';
COMMENT ON COLUMN webhook_events.event_id IS 'The vendor''s id of the delivery, or the parts that make it unique.';
COMMENT ON COLUMN webhook_events.instance_id IS 'The agent it is for.';
COMMENT ON COLUMN webhook_events.kind IS 'What happened, for example message.received.';
COMMENT ON COLUMN webhook_events.payload IS 'Sealed content that the agent has yet to get; erased when it has it.';
COMMENT ON COLUMN webhook_events.attempts IS 'How often delivery to the agent was tried.';
COMMENT ON COLUMN webhook_events.due_at IS 'When to try next.';
COMMENT ON COLUMN webhook_events.received_at IS 'When it came.';
COMMENT ON COLUMN webhook_events.done_at IS 'When the agent had it, or it was given up.';
