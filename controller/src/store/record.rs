//! The statements that record claims and bind them: each is one for all claims that come in the same moment.
//!
//! The first, [`bind`], is for what nearly every claim meets: a free instance with the pool's image, nobody in line, and no
//! challenge to use up.
//! What it leaves goes to [`record`], which knows every case. Both are whole by themselves, so that the short one costs half
//! of what the other does and neither leans on what the other saw.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use chrono::NaiveDateTime;
use model::Timestamp;
use model::id::InstanceId;
use model::record::ClaimTool;
use process::sticky::Sticky;
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use sqlx::types::Json;
use sqlx::{Connection, PgConnection};
use uuid::Uuid;

use super::intake::{LINE_MAX, NewClaim};
use super::queue::Worker;

/// A claim on its way into the database.
#[derive(Debug, Clone)]
pub(super) struct Handed {
    id: Uuid,
    pool: String,
    /// A [`Row`].
    row: Arc<RawValue>,
}

/// What became of a claim that was recorded.
#[derive(Debug)]
pub(super) struct Recorded {
    /// Its instance; none: it is in line.
    pub instance_id: Option<String>,
    /// Its own model, or else that of its pool.
    pub model: Option<String>,
}

/// A claim as the statement reads it.
#[derive(Serialize)]
struct Row<'a> {
    id: Uuid,
    client: &'a str,
    idempotency_key: Option<&'a str>,
    request_hash: String,
    template_id: Option<Uuid>,
    template_generation: Option<i64>,
    agent_name: &'a str,
    instructions: &'a str,
    model: Option<&'a str>,
    join_url: Option<&'a str>,
    join_url_key: Option<&'a str>,
    profile_image: Option<&'a str>,
    metadata: &'a BTreeMap<String, String>,
    owner_id: Option<&'a str>,
    parent_instance: Option<&'a str>,
    user_config_sealed: Option<String>,
    tools: &'a [ClaimTool],
    priority: i32,
    deadline_at: Timestamp,
    ttl_seconds: Option<i64>,
    trace_id: Option<&'a str>,
    nonce: Option<&'a str>,
    nonce_ends: Option<Timestamp>,
    lease_owner: Option<&'a str>,
    lease_seconds: Option<f64>,
    lease_token: Uuid,
    at: Timestamp,
}

impl Handed {
    /// A claim to be recorded; leased to `worker`, if one has a hand free, when it is bound.
    pub fn of(
        claim: &NewClaim,
        worker: Option<&Worker>,
        lease_token: Uuid,
        deadline_at: Timestamp,
        at: Timestamp,
    ) -> sqlx::Result<Self> {
        let row = Row {
            id: claim.id,
            client: &claim.client,
            idempotency_key: claim.idempotency_key.as_deref(),
            request_hash: bytea(&claim.request_hash),
            template_id: claim.template.map(|(id, _)| id),
            template_generation: claim.template.map(|(_, generation)| generation),
            agent_name: &claim.agent_name,
            instructions: &claim.instructions,
            model: claim.model.as_deref(),
            join_url: claim.join_url.as_ref().map(|(given, _)| given.as_str()),
            join_url_key: claim.join_url.as_ref().map(|(_, key)| key.as_str()),
            profile_image: claim.profile_image.as_deref(),
            metadata: &claim.metadata,
            owner_id: claim.owner_id.as_deref(),
            parent_instance: claim.parent_instance.as_ref().map(InstanceId::as_str),
            user_config_sealed: claim.user_config_sealed.as_deref().map(bytea),
            tools: &claim.tools,
            priority: claim.priority,
            deadline_at,
            ttl_seconds: claim.ttl_seconds.map(|seconds| i64::try_from(seconds).unwrap_or(i64::MAX)),
            trace_id: claim.trace_id.as_deref(),
            nonce: claim.challenge.as_ref().map(|(nonce, _)| nonce.as_str()),
            nonce_ends: claim.challenge.as_ref().map(|(_, ends)| *ends),
            lease_owner: worker.map(|worker| worker.owner.as_str()),
            lease_seconds: worker.map(|worker| worker.lease_duration.as_secs_f64()),
            lease_token,
            at,
        };
        let row = to_raw_value(&row).map_err(|error| sqlx::Error::Encode(Box::new(error)))?;
        Ok(Self { id: claim.id, pool: claim.pool.clone(), row: row.into() })
    }
}

/// Bytes as PostgreSQL reads them from text.
fn bytea(bytes: &[u8]) -> String {
    format!("\\x{}", hex::encode(bytes))
}

/// How long a look at a pool's oldest free instance is believed.
pub(super) const FRONT_FRESH: Duration = Duration::from_millis(100);

/// Where the free instances of each pool begin. What was taken before leaves entries in their index until it is vacuumed;
/// claims that follow each other closely would read more and more of them, each all that came before.
#[derive(Debug, Default)]
pub(super) struct Fronts(Mutex<HashMap<String, Front>>);

#[derive(Debug, Clone, Copy)]
struct Front {
    /// When the oldest that was free was created.
    created_at: NaiveDateTime,
    /// When all were looked at.
    looked_at: Instant,
}

impl Fronts {
    fn of(&self, pool: &str) -> Option<Front> {
        let front = self.lock().get(pool).copied();
        front.filter(|front| front.looked_at.elapsed() < FRONT_FRESH)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Front>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Records and binds the claims for which an instance with the image of their pool is free while nobody is in line; claims
/// without a challenge, which it would not use up. `None`: nothing was done for this one.
pub(super) async fn bind(
    db: Sticky,
    fronts: Arc<Fronts>,
    claims: Vec<Handed>,
) -> sqlx::Result<Vec<Option<Recorded>>> {
    write(&db, Way::Short(&fronts), &claims).await
}

/// Records claims, each with the best free instance or in line. `None`: this one was not recorded, because its key came
/// before, the line is full, or there is no such pool.
pub(super) async fn record(db: Sticky, claims: Vec<Handed>) -> sqlx::Result<Vec<Option<Recorded>>> {
    write(&db, Way::Whole, &claims).await
}

/// Which statement writes.
#[derive(Debug, Clone, Copy)]
enum Way<'a> {
    /// [`bind_in`].
    Short(&'a Fronts),
    /// [`record_in`].
    Whole,
}

impl Way<'_> {
    async fn write(
        self,
        db: &mut PgConnection,
        pool: &str,
        rows: &[&RawValue],
    ) -> sqlx::Result<Vec<(Uuid, Recorded)>> {
        let Self::Short(fronts) = self else { return record_in(db, pool, rows).await };
        let known = fronts.of(pool);
        let began = Instant::now();
        let bound = bind_in(db, pool, rows, known.map(|front| front.created_at)).await?;
        if let Some(created_at) = bound.front {
            let looked_at = known.map_or(began, |front| front.looked_at);
            fronts.lock().insert(pool.to_owned(), Front { created_at, looked_at });
        }
        Ok(bound.claims)
    }
}

/// Writes claims pool by pool, all or none.
async fn write(db: &Sticky, way: Way<'_>, claims: &[Handed]) -> sqlx::Result<Vec<Option<Recorded>>> {
    let mut pools: BTreeMap<&str, Vec<&RawValue>> = BTreeMap::new();
    for claim in claims {
        pools.entry(&claim.pool).or_default().push(&claim.row);
    }
    let mut recorded = HashMap::new();
    let mut connection = db.acquire().await?;
    if pools.len() == 1 {
        // One statement needs no transaction around it.
        for (pool, rows) in pools {
            recorded.extend(way.write(&mut connection, pool, &rows).await?);
        }
    } else {
        let mut tx = connection.begin().await?;
        for (pool, rows) in pools {
            recorded.extend(way.write(&mut tx, pool, &rows).await?);
        }
        tx.commit().await?;
    }
    db.keep(connection);
    Ok(claims.iter().map(|claim| recorded.remove(&claim.id)).collect())
}

/// What [`bind_in`] did.
pub(super) struct BoundIn {
    claims: Vec<(Uuid, Recorded)>,
    /// When the oldest instance that was free was created.
    front: Option<NaiveDateTime>,
}

/// Binds claims of one pool to its instances that were created at `front` or later.
pub(super) async fn bind_in(
    db: &mut PgConnection,
    pool: &str,
    rows: &[&RawValue],
    front: Option<NaiveDateTime>,
) -> sqlx::Result<BoundIn> {
    let made = sqlx::query!(
        r#"
        WITH given AS (
            SELECT * FROM jsonb_to_recordset($2) AS given (
                id uuid, client text, idempotency_key text, request_hash bytea, template_id uuid,
                template_generation bigint, agent_name text, instructions text, model text, join_url text,
                join_url_key text, profile_image text, metadata jsonb, owner_id text, parent_instance text,
                user_config_sealed bytea, tools jsonb, priority integer, deadline_at timestamptz,
                ttl_seconds bigint, trace_id text, lease_owner text, lease_seconds float8, lease_token uuid,
                at timestamptz
            )
        ), wanted AS (
            SELECT row_number() OVER () AS place,
                coalesce(given.model, (SELECT spec ->> 'model' FROM pools WHERE name = $1)) AS its_model, given.*
            FROM given
            WHERE NOT EXISTS (SELECT FROM claims WHERE pool = $1 AND phase = 'pending')
              -- The same key again takes nothing.
              AND (
                SELECT claims.id FROM claims
                WHERE claims.client = given.client AND claims.idempotency_key = given.idempotency_key
            ) IS NULL
        ), best AS (
            SELECT id, created_at AT TIME ZONE 'UTC' AS created_at FROM instances
            WHERE pool = $1 AND status = 'ready' AND deploy_status = 'healthy' AND NOT protected AND redeploy IS NULL
              AND coalesce(image, '') = (SELECT coalesce(spec ->> 'image', '') FROM pools WHERE name = $1)
              AND created_at AT TIME ZONE 'UTC' >= coalesce($3, '-infinity'::timestamp)
            ORDER BY created_at AT TIME ZONE 'UTC'
            LIMIT (SELECT count(*) FROM wanted)
            FOR UPDATE SKIP LOCKED
        ), placed AS (
            SELECT seats.* FROM (
                SELECT (ARRAY(SELECT id FROM best))[place] AS instance_id, wanted.* FROM wanted
            ) AS seats
            WHERE instance_id IS NOT NULL
        ), taken AS (
            -- A join, so that a row that changed in this moment is checked with the same claim again.
            UPDATE instances
            SET status = 'claiming', status_since = placed.at, claim_id = placed.id, claimed_at = placed.at,
                template_id = placed.template_id, owner_id = placed.owner_id, agent_name = placed.agent_name,
                instructions = placed.instructions, model = placed.its_model, parent_instance = placed.parent_instance,
                updated_at = placed.at
            FROM placed
            WHERE instances.id = placed.instance_id
            RETURNING placed.*
        ), made AS (
            INSERT INTO claims (
                id, client, idempotency_key, request_hash, pool, phase, template_id, template_generation, agent_name,
                instructions, model, join_url, join_url_key, profile_image, metadata, owner_id, parent_instance,
                user_config_sealed, instance_id, tools, priority, deadline_at, ttl_seconds, trace_id, created_at,
                updated_at, bound_at, due_at, lease_owner, lease_until, lease_token, model_chosen
            )
            SELECT id, client, idempotency_key, request_hash, $1, 'bound', template_id, template_generation, agent_name,
                instructions, its_model, join_url, join_url_key, profile_image, metadata, owner_id, parent_instance,
                user_config_sealed, instance_id, tools, priority, deadline_at, ttl_seconds, trace_id, at, at, at, now(),
                lease_owner, now() + make_interval(secs => lease_seconds),
                CASE WHEN lease_owner IS NOT NULL THEN lease_token END,
                template_id IS NOT NULL AND model IS DISTINCT FROM (
                    SELECT agent_templates.model ->> 'default' FROM agent_templates WHERE agent_templates.id = taken.template_id
                )
            FROM taken
            RETURNING id, client, phase, instance_id, model, trace_id, created_at
        ), journal AS (
            INSERT INTO events (at, kind, object, reason, message, actor, to_state, cause, trace_id)
            SELECT created_at, 'claim', id::text, 'Bound', 'has instance ' || instance_id, 'api/' || client, phase,
                'instance/' || instance_id, trace_id
            FROM made
        )
        SELECT id, instance_id, model, (SELECT created_at FROM best LIMIT 1) AS front FROM made
        "#,
        pool,
        Json(rows) as _,
        front,
    )
    .fetch_all(db)
    .await?;
    let front = made.first().and_then(|row| row.front);
    let claims = made
        .into_iter()
        .map(|row| (row.id, Recorded { instance_id: row.instance_id, model: row.model }))
        .collect();
    Ok(BoundIn { claims, front })
}

async fn record_in(
    db: &mut PgConnection,
    pool: &str,
    rows: &[&RawValue],
) -> sqlx::Result<Vec<(Uuid, Recorded)>> {
    let made = sqlx::query!(
        r#"
        WITH given AS (
            SELECT * FROM jsonb_to_recordset($2) AS given (
                id uuid, client text, idempotency_key text, request_hash bytea, template_id uuid,
                template_generation bigint, agent_name text, instructions text, model text, join_url text,
                join_url_key text, profile_image text, metadata jsonb, owner_id text, parent_instance text,
                user_config_sealed bytea, tools jsonb, priority integer, deadline_at timestamptz,
                ttl_seconds bigint, trace_id text, nonce text, nonce_ends timestamptz, lease_owner text,
                lease_seconds float8, lease_token uuid, at timestamptz
            )
        ), home AS (
            SELECT coalesce(spec ->> 'image', '') AS image, spec ->> 'model' AS model FROM pools WHERE name = $1
        ), line AS (
            SELECT count(*) AS waiting
            FROM (SELECT 1 FROM claims WHERE pool = $1 AND phase = 'pending' LIMIT $3) AS places
        ), wanted AS (
            SELECT given.*, coalesce(given.model, home.model) AS its_model,
                row_number() OVER (ORDER BY given.id) AS place
            FROM home, given
            -- The same key again takes nothing.
            WHERE (
                SELECT claims.id FROM claims
                WHERE claims.client = given.client AND claims.idempotency_key = given.idempotency_key
            ) IS NULL
        ), best AS (
            SELECT id FROM instances
            WHERE pool = $1 AND status = 'ready' AND deploy_status = 'healthy' AND NOT protected AND redeploy IS NULL
              AND coalesce(image, '') = (SELECT image FROM home) AND (SELECT waiting FROM line) = 0
            ORDER BY created_at AT TIME ZONE 'UTC'
            LIMIT (SELECT count(*) FROM wanted)
            FOR UPDATE SKIP LOCKED
        ), older AS (
            -- In a rollout the members with the old image still serve, after those with the new one.
            SELECT id FROM instances
            WHERE pool = $1 AND status = 'ready' AND deploy_status = 'healthy' AND NOT protected AND redeploy IS NULL
              AND coalesce(image, '') <> (SELECT image FROM home) AND (SELECT waiting FROM line) = 0
              AND (SELECT count(*) FROM best) < (SELECT count(*) FROM wanted)
            ORDER BY created_at AT TIME ZONE 'UTC'
            LIMIT (SELECT count(*) FROM wanted) - (SELECT count(*) FROM best)
            FOR UPDATE SKIP LOCKED
        ), free AS (
            SELECT id AS instance_id, row_number() OVER () AS place
            FROM (SELECT id FROM best UNION ALL SELECT id FROM older) AS idle
        ), placed AS (
            SELECT wanted.*, free.instance_id,
                -- Among those who queue in this moment, the earlier ones of the same owner.
                row_number() OVER (
                    PARTITION BY free.instance_id IS NULL, wanted.priority, coalesce(wanted.owner_id, wanted.client)
                    ORDER BY wanted.place
                ) - 1 AS before
            FROM wanted LEFT JOIN free USING (place)
        ), taken AS (
            UPDATE instances
            SET status = 'claiming', status_since = placed.at, claim_id = placed.id, claimed_at = placed.at,
                template_id = placed.template_id, owner_id = placed.owner_id, agent_name = placed.agent_name,
                instructions = placed.instructions, model = placed.its_model, parent_instance = placed.parent_instance,
                updated_at = placed.at
            FROM placed
            WHERE instances.id = ANY(ARRAY(SELECT instance_id FROM free)) AND instances.id = placed.instance_id
        ), made AS (
            INSERT INTO claims (
                id, client, idempotency_key, request_hash, pool, phase, template_id, template_generation, agent_name,
                instructions, model, join_url, join_url_key, profile_image, metadata, owner_id, parent_instance,
                user_config_sealed, instance_id, tools, priority, deadline_at, ttl_seconds, trace_id, created_at,
                updated_at, bound_at, due_at, lease_owner, lease_until, lease_token, turn, model_chosen
            )
            SELECT id, client, idempotency_key, request_hash, $1,
                CASE WHEN instance_id IS NULL THEN 'pending' ELSE 'bound' END, template_id, template_generation,
                agent_name, instructions, its_model, join_url, join_url_key, profile_image, metadata, owner_id,
                parent_instance, user_config_sealed, instance_id, tools, priority, deadline_at, ttl_seconds, trace_id,
                at, at,
                CASE WHEN instance_id IS NOT NULL THEN at END,
                CASE WHEN instance_id IS NULL THEN deadline_at ELSE now() END,
                CASE WHEN instance_id IS NOT NULL THEN lease_owner END,
                CASE WHEN instance_id IS NOT NULL THEN now() + make_interval(secs => lease_seconds) END,
                CASE WHEN instance_id IS NOT NULL AND lease_owner IS NOT NULL THEN lease_token END,
                CASE WHEN instance_id IS NULL THEN before + (
                    SELECT greatest(
                        coalesce(min(claims.turn), 0),
                        coalesce(max(claims.turn) FILTER (
                            WHERE coalesce(claims.owner_id, claims.client) = coalesce(placed.owner_id, placed.client)
                        ) + 1, 0)
                    )
                    FROM claims WHERE claims.pool = $1 AND claims.phase = 'pending' AND claims.priority = placed.priority
                ) ELSE 0 END,
                template_id IS NOT NULL AND model IS DISTINCT FROM (
                    SELECT agent_templates.model ->> 'default' FROM agent_templates WHERE agent_templates.id = placed.template_id
                )
            FROM placed
            WHERE instance_id IS NOT NULL
               OR (SELECT waiting FROM line) + place - (SELECT count(*) FROM free) <= $3
            RETURNING id, client, phase, instance_id, model, trace_id, created_at
        ), used AS (
            INSERT INTO challenges (nonce, expires_at, claim_id)
            SELECT placed.nonce, placed.nonce_ends, made.id FROM made JOIN placed USING (id) WHERE placed.nonce IS NOT NULL
        ), journal AS (
            INSERT INTO events (at, kind, object, reason, message, actor, to_state, cause, trace_id)
            SELECT created_at, 'claim', id::text,
                CASE WHEN instance_id IS NULL THEN 'Queued' ELSE 'Bound' END,
                CASE WHEN instance_id IS NULL THEN 'no instance is free: in line' ELSE 'has instance ' || instance_id END,
                'api/' || client, phase, 'instance/' || instance_id, trace_id
            FROM made
        )
        SELECT id, instance_id, model FROM made
        "#,
        pool,
        Json(rows) as _,
        LINE_MAX,
    )
    .fetch_all(db)
    .await?;
    Ok(made
        .into_iter()
        .map(|row| (row.id, Recorded { instance_id: row.instance_id, model: row.model }))
        .collect())
}
