-- The pool database: desired state, observed state, and the journal between them.
-- Every record carries the work columns of the one driver (DESIGN section 5): due_at, attempts, lease_*, last_error.

-- Words and ids are checked by domains: PostgreSQL checks a domain when a value is written to its column, but works out a
-- table's CHECKs anew in every statement that writes anything to the table, which was a tenth of what a claim cost it.
CREATE DOMAIN instance_id AS text CHECK (VALUE ~ '^[a-z0-9]{6,20}$');
CREATE DOMAIN instance_status AS text
    CHECK (VALUE IN ('starting', 'ready', 'claiming', 'claimed', 'stuck', 'destroying', 'deleted'));
CREATE DOMAIN deploy_status AS text
    CHECK (VALUE IN ('deploying', 'deploy_failed', 'healthy', 'unreachable', 'unknown', 'not_found'));
CREATE DOMAIN claim_phase AS text
    CHECK (VALUE IN ('pending', 'bound', 'provisioning', 'configuring', 'pending_acceptance', 'ready', 'failed', 'released'));
CREATE DOMAIN claim_priority AS integer CHECK (VALUE BETWEEN -100 AND 100);

CREATE TABLE pools (
    name                text        PRIMARY KEY CHECK (name ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
    spec                jsonb       NOT NULL,
    generation          bigint      NOT NULL DEFAULT 1,
    observed_generation bigint      NOT NULL DEFAULT 0 CHECK (observed_generation <= generation),
    desired             integer     NOT NULL DEFAULT 0,
    explanation         text        NOT NULL DEFAULT '',
    conditions          jsonb       NOT NULL DEFAULT '[]',
    creations_failed    integer     NOT NULL DEFAULT 0,
    creations_recent    text        NOT NULL DEFAULT '',
    hold_since          timestamptz,
    hold_probes         integer     NOT NULL DEFAULT 0,
    hold_reason         text,
    rollout             jsonb       NOT NULL DEFAULT '{}',
    created_at          timestamptz NOT NULL,
    updated_at          timestamptz NOT NULL,
    due_at              timestamptz,
    passed_at           timestamptz,
    attempts            integer     NOT NULL DEFAULT 0,
    lease_owner         text,
    lease_until         timestamptz,
    lease_token         uuid,
    last_error          text
);
COMMENT ON TABLE pools IS 'Pools of interchangeable instances; the API writes spec, the pool reconciler everything else.';
COMMENT ON COLUMN pools.name IS 'Name in paths and labels.';
COMMENT ON COLUMN pools.spec IS 'What operators want (model::record::PoolSpec).';
COMMENT ON COLUMN pools.generation IS 'Bumped with each change of spec.';
COMMENT ON COLUMN pools.observed_generation IS 'The generation that the reconciler last acted on.';
COMMENT ON COLUMN pools.desired IS 'Idle members wanted at the last pass.';
COMMENT ON COLUMN pools.explanation IS 'The last decision in words.';
COMMENT ON COLUMN pools.conditions IS 'Available, Progressing, Degraded, Limited, Paused, RolloutStopped.';
COMMENT ON COLUMN pools.rollout IS 'How far the rollout of the image is (model::plan::rollout::Rolling).';
COMMENT ON COLUMN pools.creations_failed IS 'Failed creations in a row.';
COMMENT ON COLUMN pools.creations_recent IS 'The last 20 creations, newest first: s for success, f for failure.';
COMMENT ON COLUMN pools.hold_since IS 'Creations are held; the present wait for a probe began at this time.';
COMMENT ON COLUMN pools.hold_probes IS 'Probes made in this hold; their spacing grows with it.';
COMMENT ON COLUMN pools.hold_reason IS 'What the failed creations met.';
COMMENT ON COLUMN pools.created_at IS 'Creation.';
COMMENT ON COLUMN pools.updated_at IS 'Last change of spec.';
COMMENT ON COLUMN pools.due_at IS 'When a pass is due; null: not before the spec changes.';
COMMENT ON COLUMN pools.passed_at IS 'When the last pass began: it knows whatever was committed before.';
COMMENT ON COLUMN pools.attempts IS 'Failed passes in a row.';
COMMENT ON COLUMN pools.lease_owner IS 'Replica that works on it.';
COMMENT ON COLUMN pools.lease_until IS 'When the lease ends unless renewed.';
COMMENT ON COLUMN pools.lease_token IS 'Fencing token: results are written only by its holder.';
COMMENT ON COLUMN pools.last_error IS 'What the last failed pass met.';

CREATE TABLE agent_templates (
    id          uuid        PRIMARY KEY,
    creator_id  text,
    agent_name  text        NOT NULL,
    instructions text       NOT NULL,
    model       jsonb,
    tools       jsonb       NOT NULL DEFAULT '[]',
    visibility  text        NOT NULL CHECK (visibility IN ('private', 'public')),
    generation  bigint      NOT NULL DEFAULT 1,
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL
);
CREATE INDEX agent_templates_listed ON agent_templates (id DESC);
COMMENT ON TABLE agent_templates IS 'Recipes for agents. Deleting one touches no instance.';
COMMENT ON COLUMN agent_templates.id IS 'UUIDv7.';
COMMENT ON COLUMN agent_templates.creator_id IS 'Inbox id of the creator.';
COMMENT ON COLUMN agent_templates.agent_name IS 'Name of the agents.';
COMMENT ON COLUMN agent_templates.instructions IS 'What they do.';
COMMENT ON COLUMN agent_templates.model IS '{"default": text, "allow_override": bool}.';
COMMENT ON COLUMN agent_templates.tools IS '[{"id": text, "provisioning": "pool"|"user"}].';
COMMENT ON COLUMN agent_templates.visibility IS 'private or public.';
COMMENT ON COLUMN agent_templates.generation IS 'Bumped with each change; claimed instances follow it.';
COMMENT ON COLUMN agent_templates.created_at IS 'Creation.';
COMMENT ON COLUMN agent_templates.updated_at IS 'Last change.';

-- Dead versions are taken away often, since the claim's index must stay small; statistics are gathered seldom, since our
-- statements are planned for any table (process::database), and each time costs as much as some hundred claims.
-- Each health check writes a new version of its row. It changes due_at, which is indexed, so the update is not HOT; the
-- room that pages keep has the new version beside the old one, and what is dead is pruned when its page is next read.
CREATE TABLE instances (
    id                  instance_id PRIMARY KEY,
    pool                text        NOT NULL REFERENCES pools (name),
    status              instance_status NOT NULL,
    status_since        timestamptz NOT NULL,
    deploy_status       deploy_status NOT NULL DEFAULT 'deploying',
    url                 text,
    image               text,
    runtime_version     text,
    agent_name          text,
    instructions        text,
    model               text,
    conversation_id     text,
    invite_url          text,
    claim_id            uuid,
    template_id         uuid        REFERENCES agent_templates (id) ON DELETE SET NULL,
    owner_id            text,
    parent_instance     text,
    protected           boolean     NOT NULL DEFAULT false,
    healthy_at          timestamptz,
    unhealthy_since     timestamptz,
    hidden              boolean     NOT NULL DEFAULT false,
    missing_sightings   integer     NOT NULL DEFAULT 0,
    redeploy            jsonb,
    recoveries          integer     NOT NULL DEFAULT 0,
    recovered_at        timestamptz,
    template_synced_at  timestamptz,
    failure             jsonb,
    conditions          jsonb       NOT NULL DEFAULT '[]',
    generation          bigint      NOT NULL DEFAULT 1,
    observed_generation bigint      NOT NULL DEFAULT 0,
    created_at          timestamptz NOT NULL,
    updated_at          timestamptz NOT NULL,
    ready_at            timestamptz,
    claimed_at          timestamptz,
    deleted_at          timestamptz,
    due_at              timestamptz,
    attempts            integer     NOT NULL DEFAULT 0,
    lease_owner         text,
    lease_until         timestamptz,
    lease_token         uuid,
    last_error          text,
    -- I5: what a claim has touched is never claimable again.
    CONSTRAINT personalised_is_never_ready CHECK (status NOT IN ('starting', 'ready') OR (claim_id IS NULL AND claimed_at IS NULL)),
    CONSTRAINT ready_has_an_address CHECK (status NOT IN ('ready', 'claiming', 'claimed') OR url IS NOT NULL)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0,
    autovacuum_analyze_scale_factor = 2);
-- I1: one live instance per claim.
CREATE UNIQUE INDEX instances_one_live_per_claim ON instances (claim_id) WHERE claim_id IS NOT NULL AND status NOT IN ('destroying', 'deleted');
-- The claim's own index: only what can be claimed is in it, in the order in which it is handed out. Nothing is left to be
-- filtered or sorted; and as no other index has this form of created_at, no other one is taken, whatever the statistics say.
CREATE INDEX instances_claimable ON instances (pool, coalesce(image, ''), (created_at AT TIME ZONE 'UTC'))
    WHERE status = 'ready' AND deploy_status = 'healthy' AND NOT protected AND redeploy IS NULL;
CREATE INDEX instances_due ON instances (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX instances_live ON instances (pool, status) WHERE status <> 'deleted';
-- Hardly anything is in it; the many others are counted without their rows.
CREATE INDEX instances_hidden ON instances (pool, status) WHERE hidden AND status <> 'deleted';
CREATE INDEX instances_listed ON instances (created_at DESC, id DESC);
COMMENT ON TABLE instances IS 'One row per agent container, from intent to tombstone.';
COMMENT ON COLUMN instances.id IS 'Our id; names everything outside.';
COMMENT ON COLUMN instances.pool IS 'The pool that made it.';
COMMENT ON COLUMN instances.status IS 'starting, ready, claiming, claimed, stuck, destroying, deleted.';
COMMENT ON COLUMN instances.status_since IS 'When status last changed.';
COMMENT ON COLUMN instances.deploy_status IS 'What services last said.';
COMMENT ON COLUMN instances.url IS 'Public address.';
COMMENT ON COLUMN instances.image IS 'Image it was asked to run; null: the default of services.';
COMMENT ON COLUMN instances.runtime_version IS 'As the agent says.';
COMMENT ON COLUMN instances.agent_name IS 'Set at claim time.';
COMMENT ON COLUMN instances.instructions IS 'Set at claim time.';
COMMENT ON COLUMN instances.model IS 'Set at claim time.';
COMMENT ON COLUMN instances.conversation_id IS 'Set at claim time.';
COMMENT ON COLUMN instances.invite_url IS 'Set at claim time.';
COMMENT ON COLUMN instances.claim_id IS 'Its claim.';
COMMENT ON COLUMN instances.template_id IS 'Template of its claim.';
COMMENT ON COLUMN instances.owner_id IS 'Inbox id of the claimer.';
COMMENT ON COLUMN instances.parent_instance IS 'Instance whose configuration it has.';
COMMENT ON COLUMN instances.protected IS 'A person forbade to destroy it.';
COMMENT ON COLUMN instances.healthy_at IS 'Last seen healthy.';
COMMENT ON COLUMN instances.unhealthy_since IS 'Unwell without a break since.';
COMMENT ON COLUMN instances.hidden IS 'Does not answer although its deployment runs; stays so through a redeploy.';
COMMENT ON COLUMN instances.missing_sightings IS 'Consecutive answers that services has no such instance.';
COMMENT ON COLUMN instances.redeploy IS 'A redeploy under way (model::record::RedeployWish); bars it from being claimed.';
COMMENT ON COLUMN instances.recoveries IS 'Redeploys made to recover it since its last hour of health.';
COMMENT ON COLUMN instances.recovered_at IS 'When the last of them was sent.';
COMMENT ON COLUMN instances.template_synced_at IS 'Last successful template sync.';
COMMENT ON COLUMN instances.failure IS 'Why it cannot go on: {"code", "message"}.';
COMMENT ON COLUMN instances.conditions IS 'What is true of it.';
COMMENT ON COLUMN instances.generation IS 'Bumped with each change of its spec part (protected, redeploy).';
COMMENT ON COLUMN instances.observed_generation IS 'The generation that the reconciler last acted on.';
COMMENT ON COLUMN instances.created_at IS 'Creation of the row, before anything outside.';
COMMENT ON COLUMN instances.updated_at IS 'Last write.';
COMMENT ON COLUMN instances.ready_at IS 'When it was healthy for the first time; the time since created_at is the lead time of a refill.';
COMMENT ON COLUMN instances.claimed_at IS 'When it was bound.';
COMMENT ON COLUMN instances.deleted_at IS 'When it was confirmed gone.';
COMMENT ON COLUMN instances.due_at IS 'When a pass is due; null: another reconciler has it, or it is gone.';
COMMENT ON COLUMN instances.attempts IS 'Failed passes in a row.';
COMMENT ON COLUMN instances.lease_owner IS 'Replica that works on it.';
COMMENT ON COLUMN instances.lease_until IS 'When the lease ends unless renewed.';
COMMENT ON COLUMN instances.lease_token IS 'Fencing token: results are written only by its holder.';
COMMENT ON COLUMN instances.last_error IS 'What the last failed pass met.';

CREATE TABLE claims (
    id                   uuid        PRIMARY KEY,
    client               text        NOT NULL,
    idempotency_key      text,
    request_hash         bytea       NOT NULL,
    -- No foreign key: each claim would share-lock its pool's row, and all claims meet there. Intake reads the pool.
    pool                 text        NOT NULL,
    phase                claim_phase NOT NULL,
    template_id          uuid        REFERENCES agent_templates (id) ON DELETE SET NULL,
    template_generation  bigint,
    agent_name           text        NOT NULL,
    instructions         text        NOT NULL,
    model                text,
    join_url             text,
    join_url_key         text,
    profile_image        text,
    metadata             jsonb       NOT NULL DEFAULT '{}',
    owner_id             text,
    -- No foreign keys: each claim would pay for them, and purging a tombstone would search all claims.
    parent_instance      text,
    user_config_sealed   bytea,
    instance_id          text,
    conversation_id      text,
    invite_url           text,
    tools                jsonb       NOT NULL DEFAULT '[]',
    priority             claim_priority NOT NULL DEFAULT 0,
    deadline_at          timestamptz NOT NULL,
    ttl_seconds          bigint,
    expires_at           timestamptz,
    release_requested_at timestamptz,
    release_requested_by text,
    rebinds              integer     NOT NULL DEFAULT 0,
    turn                 integer     NOT NULL DEFAULT 0,
    model_chosen         boolean     NOT NULL DEFAULT false,
    failure              jsonb,
    conditions           jsonb       NOT NULL DEFAULT '[]',
    trace_id             text,
    generation           bigint      NOT NULL DEFAULT 1,
    observed_generation  bigint      NOT NULL DEFAULT 0,
    created_at           timestamptz NOT NULL,
    updated_at           timestamptz NOT NULL,
    bound_at             timestamptz,
    ready_at             timestamptz,
    ended_at             timestamptz,
    due_at               timestamptz,
    attempts             integer     NOT NULL DEFAULT 0,
    lease_owner          text,
    lease_until          timestamptz,
    lease_token          uuid,
    last_error           text
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0,
    autovacuum_analyze_scale_factor = 2);
-- I2: same key, same claim.
CREATE UNIQUE INDEX claims_one_per_key ON claims (client, idempotency_key) WHERE idempotency_key IS NOT NULL;
-- I1: one live claim per instance.
CREATE UNIQUE INDEX claims_one_live_per_instance ON claims (instance_id) WHERE instance_id IS NOT NULL AND phase NOT IN ('failed', 'released');
CREATE UNIQUE INDEX claims_one_live_per_join_url ON claims (join_url_key) WHERE join_url_key IS NOT NULL AND phase NOT IN ('failed', 'released');
CREATE INDEX claims_line ON claims (pool, priority DESC, turn, created_at, id) WHERE phase = 'pending';
CREATE INDEX claims_due ON claims (due_at) WHERE due_at IS NOT NULL;
COMMENT ON TABLE claims IS 'Wishes for an agent, from the request to the end of its service.';
COMMENT ON COLUMN claims.id IS 'UUIDv7.';
COMMENT ON COLUMN claims.client IS 'API key that made it; idempotency keys are unique in it.';
COMMENT ON COLUMN claims.idempotency_key IS 'As given by the client; kept as long as the row.';
COMMENT ON COLUMN claims.request_hash IS 'SHA-256 of the request, to tell a replay from a reused key.';
COMMENT ON COLUMN claims.pool IS 'The pool to take from.';
COMMENT ON COLUMN claims.phase IS 'pending, bound, provisioning, configuring, pending_acceptance, ready, failed, released.';
COMMENT ON COLUMN claims.template_id IS 'Template it was made from.';
COMMENT ON COLUMN claims.template_generation IS 'Template generation that its agent has.';
COMMENT ON COLUMN claims.agent_name IS 'Name of the agent.';
COMMENT ON COLUMN claims.instructions IS 'What it shall do.';
COMMENT ON COLUMN claims.model IS 'Its model; null: the default of its pool or runtime.';
COMMENT ON COLUMN claims.join_url IS 'Conversation to join, as given.';
COMMENT ON COLUMN claims.join_url_key IS 'The same without fragment and with a lower-case host, for comparison.';
COMMENT ON COLUMN claims.profile_image IS 'Address of a picture.';
COMMENT ON COLUMN claims.metadata IS 'Passed through to the conversation.';
COMMENT ON COLUMN claims.owner_id IS 'Inbox id of the claimer.';
COMMENT ON COLUMN claims.parent_instance IS 'Instance whose configuration it copies.';
COMMENT ON COLUMN claims.user_config_sealed IS 'The user''s own accounts, sealed; erased when the tools are made.';
COMMENT ON COLUMN claims.instance_id IS 'Its instance.';
COMMENT ON COLUMN claims.conversation_id IS 'Its conversation.';
COMMENT ON COLUMN claims.invite_url IS 'The link that opens it.';
COMMENT ON COLUMN claims.tools IS 'Its tools and how far each is (model::record::ClaimTool).';
COMMENT ON COLUMN claims.priority IS 'Higher goes first in line.';
COMMENT ON COLUMN claims.deadline_at IS 'Not ready by then: failed.';
COMMENT ON COLUMN claims.ttl_seconds IS 'How long it lives once ready.';
COMMENT ON COLUMN claims.expires_at IS 'When it ends by itself.';
COMMENT ON COLUMN claims.release_requested_at IS 'Somebody asked for its end.';
COMMENT ON COLUMN claims.release_requested_by IS 'Who.';
COMMENT ON COLUMN claims.rebinds IS 'How often it was given another instance.';
COMMENT ON COLUMN claims.turn IS 'Place in line among equal priorities: owners take turns (start-time fair queueing).';
COMMENT ON COLUMN claims.model_chosen IS 'The claim chose its model; a change of its template leaves it alone.';
COMMENT ON COLUMN claims.failure IS 'Why it ended: {"code", "message"}.';
COMMENT ON COLUMN claims.conditions IS 'What is true of it.';
COMMENT ON COLUMN claims.trace_id IS 'W3C trace id of the request that made it.';
COMMENT ON COLUMN claims.generation IS 'Bumped with each change of its spec.';
COMMENT ON COLUMN claims.observed_generation IS 'The generation that the reconciler last acted on.';
COMMENT ON COLUMN claims.created_at IS 'Creation.';
COMMENT ON COLUMN claims.updated_at IS 'Last write.';
COMMENT ON COLUMN claims.bound_at IS 'When it got its instance.';
COMMENT ON COLUMN claims.ready_at IS 'When its link worked.';
COMMENT ON COLUMN claims.ended_at IS 'When it failed or was released.';
COMMENT ON COLUMN claims.due_at IS 'When a pass is due; null: only an event can change it.';
COMMENT ON COLUMN claims.attempts IS 'Failed passes in a row.';
COMMENT ON COLUMN claims.lease_owner IS 'Replica that works on it.';
COMMENT ON COLUMN claims.lease_until IS 'When the lease ends unless renewed.';
COMMENT ON COLUMN claims.lease_token IS 'Fencing token: results are written only by its holder.';
COMMENT ON COLUMN claims.last_error IS 'What the last failed pass met.';

CREATE TABLE destroy_requests (
    id           uuid        PRIMARY KEY,
    instance_id  text        NOT NULL UNIQUE REFERENCES instances (id),
    reason       text        NOT NULL CHECK (reason IN ('operator', 'surplus', 'stuck', 'expired', 'released', 'self', 'tainted', 'rollout', 'failed_create')),
    requested_by text        NOT NULL,
    cause        text,
    phase        text        NOT NULL DEFAULT 'pending' CHECK (phase IN ('pending', 'destroying', 'done')),
    resources    jsonb       NOT NULL DEFAULT '[]',
    generation   bigint      NOT NULL DEFAULT 1,
    observed_generation bigint NOT NULL DEFAULT 0 CHECK (observed_generation <= generation),
    conditions   jsonb       NOT NULL DEFAULT '[]',
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL,
    done_at      timestamptz,
    due_at       timestamptz,
    attempts     integer     NOT NULL DEFAULT 0,
    lease_owner  text,
    lease_until  timestamptz,
    lease_token  uuid,
    last_error   text
);
CREATE INDEX destroy_requests_due ON destroy_requests (due_at) WHERE due_at IS NOT NULL;
COMMENT ON TABLE destroy_requests IS 'Wishes that an instance be gone; one per instance, never failed for good.';
COMMENT ON COLUMN destroy_requests.id IS 'UUIDv7.';
COMMENT ON COLUMN destroy_requests.instance_id IS 'The instance.';
COMMENT ON COLUMN destroy_requests.reason IS 'Why (model::words::DestroyReason).';
COMMENT ON COLUMN destroy_requests.requested_by IS 'API key''s name, or the reconciler.';
COMMENT ON COLUMN destroy_requests.cause IS 'What brought it about, for example claim/<id>.';
COMMENT ON COLUMN destroy_requests.phase IS 'pending, destroying, done.';
COMMENT ON COLUMN destroy_requests.resources IS 'What became of each outside resource, as services said.';
COMMENT ON COLUMN destroy_requests.generation IS 'Always 1: the wish cannot be changed.';
COMMENT ON COLUMN destroy_requests.observed_generation IS 'The generation that the reconciler last acted on.';
COMMENT ON COLUMN destroy_requests.conditions IS 'What is true of it.';
COMMENT ON COLUMN destroy_requests.created_at IS 'Creation.';
COMMENT ON COLUMN destroy_requests.updated_at IS 'Last write.';
COMMENT ON COLUMN destroy_requests.done_at IS 'When everything was confirmed gone.';
COMMENT ON COLUMN destroy_requests.due_at IS 'When a pass is due; null: done.';
COMMENT ON COLUMN destroy_requests.attempts IS 'Failed passes in a row.';
COMMENT ON COLUMN destroy_requests.lease_owner IS 'Replica that works on it.';
COMMENT ON COLUMN destroy_requests.lease_until IS 'When the lease ends unless renewed.';
COMMENT ON COLUMN destroy_requests.lease_token IS 'Fencing token: results are written only by its holder.';
COMMENT ON COLUMN destroy_requests.last_error IS 'What the last failed pass met.';

CREATE TABLE events (
    id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at         timestamptz NOT NULL,
    kind       text        NOT NULL,
    object     text        NOT NULL,
    reason     text        NOT NULL,
    message    text        NOT NULL,
    actor      text        NOT NULL,
    from_state text,
    to_state   text,
    cause      text,
    trace_id   text
);
CREATE INDEX events_of_object ON events (kind, object, id);
COMMENT ON TABLE events IS 'Append-only journal of every change; purged after a retention time.';
COMMENT ON COLUMN events.id IS 'Ascending; the id of the live stream.';
COMMENT ON COLUMN events.at IS 'When.';
COMMENT ON COLUMN events.kind IS 'Kind of the object (model::words::Kind).';
COMMENT ON COLUMN events.object IS 'Id or name of the object.';
COMMENT ON COLUMN events.reason IS 'One word for programs.';
COMMENT ON COLUMN events.message IS 'One sentence for people.';
COMMENT ON COLUMN events.actor IS 'reconciler/<kind> or api/<key name>.';
COMMENT ON COLUMN events.from_state IS 'State before.';
COMMENT ON COLUMN events.to_state IS 'State after.';
COMMENT ON COLUMN events.cause IS 'What brought it about, for example claim/<id>.';
COMMENT ON COLUMN events.trace_id IS 'W3C trace id of the request behind it.';

CREATE TABLE api_keys (
    id         uuid        PRIMARY KEY,
    name       text        NOT NULL,
    role       text        NOT NULL CHECK (role IN ('viewer', 'claimer', 'operator', 'admin')),
    digest     bytea       NOT NULL UNIQUE,
    created_at timestamptz NOT NULL
);
COMMENT ON TABLE api_keys IS 'Keys of the pool API beside POOL_API_KEY.';
COMMENT ON COLUMN api_keys.id IS 'UUIDv7.';
COMMENT ON COLUMN api_keys.name IS 'For people; the actor of events.';
COMMENT ON COLUMN api_keys.role IS 'viewer, claimer, operator, admin.';
COMMENT ON COLUMN api_keys.digest IS 'SHA-256 of the key; the key itself is shown once and not kept.';
COMMENT ON COLUMN api_keys.created_at IS 'Creation.';

CREATE TABLE challenges (
    nonce      text        PRIMARY KEY,
    expires_at timestamptz NOT NULL,
    claim_id   uuid        NOT NULL
);
CREATE INDEX challenges_expiry ON challenges (expires_at);
COMMENT ON TABLE challenges IS 'Nonces of owner signatures that a claim has used up; purged after their expiry.';
COMMENT ON COLUMN challenges.nonce IS 'The nonce of the signed text.';
COMMENT ON COLUMN challenges.expires_at IS 'When the challenge would have ended anyway.';
COMMENT ON COLUMN challenges.claim_id IS 'The claim that used it.';

CREATE TABLE duties (
    name         text        PRIMARY KEY CHECK (name IN ('audit', 'invariants', 'retention')),
    state        jsonb       NOT NULL DEFAULT '{}',
    due_at       timestamptz,
    attempts     integer     NOT NULL DEFAULT 0,
    lease_owner  text,
    lease_until  timestamptz,
    lease_token  uuid,
    last_error   text
);
INSERT INTO duties (name, due_at) VALUES ('audit', now()), ('invariants', now()), ('retention', now());
COMMENT ON TABLE duties IS 'What one replica at a time does for all of them: ordinary leased records.';
COMMENT ON COLUMN duties.name IS 'audit, invariants, retention.';
COMMENT ON COLUMN duties.state IS 'What the duty remembers from one pass to the next.';
COMMENT ON COLUMN duties.due_at IS 'When a pass is due.';
COMMENT ON COLUMN duties.attempts IS 'Failed passes in a row.';
COMMENT ON COLUMN duties.lease_owner IS 'Replica that works on it.';
COMMENT ON COLUMN duties.lease_until IS 'When the lease ends unless renewed.';
COMMENT ON COLUMN duties.lease_token IS 'Fencing token: results are written only by its holder.';
COMMENT ON COLUMN duties.last_error IS 'What the last failed pass met.';

CREATE TABLE fleet_reach (
    single       boolean     PRIMARY KEY DEFAULT true CHECK (single),
    running      integer     NOT NULL DEFAULT 0,
    hidden       integer     NOT NULL DEFAULT 0,
    counted_at   timestamptz,
    outage_since timestamptz,
    calm_since   timestamptz
);
INSERT INTO fleet_reach DEFAULT VALUES;
COMMENT ON TABLE fleet_reach IS 'How much of the fleet answers; its one row is locked by whoever begins a recovery in an outage.';
COMMENT ON COLUMN fleet_reach.single IS 'There is one row.';
COMMENT ON COLUMN fleet_reach.running IS 'Members that were well once and whose deployment runs, at the last count.';
COMMENT ON COLUMN fleet_reach.hidden IS 'Those of them that do not answer.';
COMMENT ON COLUMN fleet_reach.counted_at IS 'When that was; while something is hidden or stuck it is not long ago.';
COMMENT ON COLUMN fleet_reach.outage_since IS 'Most of the fleet is hidden since; null: no outage (model::plan::outage).';
COMMENT ON COLUMN fleet_reach.calm_since IS 'In an outage: most are well again since.';

CREATE TABLE pool_samples (
    pool       text        NOT NULL REFERENCES pools (name) ON DELETE CASCADE,
    at         timestamptz NOT NULL,
    desired    integer     NOT NULL,
    ready      integer     NOT NULL,
    starting   integer     NOT NULL,
    claiming   integer     NOT NULL,
    claimed    integer     NOT NULL,
    stuck      integer     NOT NULL,
    destroying integer     NOT NULL,
    waiting    integer     NOT NULL,
    PRIMARY KEY (pool, at)
);
COMMENT ON TABLE pool_samples IS 'How many members each pool had, four times a minute, for charts; kept for a week.';
COMMENT ON COLUMN pool_samples.pool IS 'The pool.';
COMMENT ON COLUMN pool_samples.at IS 'When, rounded down to a quarter of a minute.';
COMMENT ON COLUMN pool_samples.desired IS 'Idle members wanted.';
COMMENT ON COLUMN pool_samples.ready IS 'Members that can be claimed.';
COMMENT ON COLUMN pool_samples.starting IS 'Members being created.';
COMMENT ON COLUMN pool_samples.claiming IS 'Members bound to a claim that is not finished.';
COMMENT ON COLUMN pool_samples.claimed IS 'Members that serve somebody.';
COMMENT ON COLUMN pool_samples.stuck IS 'Members unwell for too long.';
COMMENT ON COLUMN pool_samples.destroying IS 'Members on their way out.';
COMMENT ON COLUMN pool_samples.waiting IS 'Claims in line.';
