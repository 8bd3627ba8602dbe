//! How a claim arrives: it is recorded and bound in one statement, so there is no moment at which one of the two is
//! true without the other (I1, I2).

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::TimeDelta;
use model::Timestamp;
use model::condition::Conditions;
use model::id::InstanceId;
use model::record::{Claim, ClaimTool};
use model::words::ClaimPhase;
use sqlx::types::Json;
use uuid::Uuid;

use super::Store;
use super::queue::{Lease, Worker, interval};
use super::rows::instance_id;

/// Most claims in line for one pool; beyond it the API answers 429.
pub const LINE_MAX: i64 = 10_000;

/// A checked claim, ready to be recorded.
pub struct NewClaim {
    /// Its id (UUIDv7).
    pub id: Uuid,
    /// API key that makes it.
    pub client: String,
    /// Given by the client.
    pub idempotency_key: Option<String>,
    /// SHA-256 of the request.
    pub request_hash: [u8; 32],
    /// The pool to take from.
    pub pool: String,
    /// Template it is made from, with its generation.
    pub template: Option<(Uuid, i64)>,
    /// Name of the agent.
    pub agent_name: String,
    /// What it shall do.
    pub instructions: String,
    /// Its model; `None`: that of its pool, if it names one.
    pub model: Option<String>,
    /// Conversation to join: as given, and as compared.
    pub join_url: Option<(String, String)>,
    /// Address of a picture.
    pub profile_image: Option<String>,
    /// Passed through to the conversation.
    pub metadata: BTreeMap<String, String>,
    /// Inbox id of the claimer.
    pub owner_id: Option<String>,
    /// Instance whose configuration it copies.
    pub parent_instance: Option<InstanceId>,
    /// The user's own accounts, sealed for `claims`, this id, `user_config_sealed`.
    pub user_config_sealed: Option<Vec<u8>>,
    /// Its tools.
    pub tools: Vec<ClaimTool>,
    /// −100 to 100.
    pub priority: i32,
    /// Not ready by then: failed.
    pub deadline: Duration,
    /// How long it lives once ready.
    pub ttl_seconds: Option<u64>,
    /// W3C trace id of the request.
    pub trace_id: Option<String>,
    /// The nonce of the owner's signature and its end; used up with the claim.
    pub challenge: Option<(String, Timestamp)>,
}

/// What became of it.
#[derive(Debug)]
pub enum Intake {
    /// Recorded; with an instance when one was free. The lease is there when it is bound and was asked for.
    Created(Box<Claim>, Option<Lease>),
    /// The same key came before with the same request.
    Replayed(Box<Claim>),
    /// The same key came before with another request.
    KeyReused,
    /// Another live claim has the same join URL.
    JoinUrlInUse(Uuid),
    /// The challenge was used by an earlier claim.
    ChallengeUsed,
    /// The line is full.
    LineFull,
    /// There is no such pool.
    UnknownPool,
}

impl Store {
    /// Records a claim and binds it to the best ready instance of its pool, or puts it in line. Nothing is changed
    /// unless the answer is [`Intake::Created`]. With `worker` the bound claim is leased to it at once.
    pub async fn take_in(
        &self,
        claim: &NewClaim,
        worker: Option<&Worker>,
        now: Timestamp,
    ) -> sqlx::Result<Intake> {
        // A claim that loses the race for its key, join URL or challenge meets a unique index: the whole statement is
        // undone, the binding too.
        match self.record_and_bind(claim, worker, now).await {
            Ok(Some(recorded)) => Ok(self.created(claim, recorded, now)),
            Ok(None) => match self.earlier(claim).await? {
                Some(earlier) => Ok(earlier),
                None => self.why_not(claim).await,
            },
            Err(sqlx::Error::Database(error)) if error.is_unique_violation() => {
                // The same client repeating itself meets its own claim first.
                if let Some(earlier) = self.earlier(claim).await? {
                    return Ok(earlier);
                }
                match error.constraint() {
                    Some("claims_one_live_per_join_url") => self.holder_of_join_url(claim).await,
                    Some("challenges_pkey") => Ok(Intake::ChallengeUsed),
                    _ => Err(sqlx::Error::Database(error)),
                }
            }
            Err(error) => Err(error),
        }
    }

    async fn record_and_bind(
        &self,
        claim: &NewClaim,
        worker: Option<&Worker>,
        now: Timestamp,
    ) -> sqlx::Result<Option<Recorded>> {
        let token = Uuid::now_v7();
        let (nonce, nonce_ends) = claim.challenge.clone().unzip();
        let deadline_at = deadline(claim, now);
        let made = sqlx::query!(
            r#"
            WITH line AS (
                SELECT count(*) AS waiting
                FROM (SELECT 1 FROM claims WHERE pool = $4 AND phase = 'pending' LIMIT $27) AS places
            ), wanted AS (
                SELECT pools.name, pools.spec ->> 'image' AS image, coalesce($9, pools.spec ->> 'model') AS model
                FROM pools
                -- The same key again takes nothing.
                WHERE pools.name = $4
                  AND ($3::text IS NULL OR NOT EXISTS (SELECT FROM claims WHERE claims.client = $2 AND claims.idempotency_key = $3))
            ), best AS (
                SELECT instances.id
                FROM instances, wanted, line
                WHERE instances.pool = $4 AND instances.status = 'ready' AND instances.deploy_status = 'healthy'
                  AND NOT instances.protected AND instances.redeploy IS NULL
                  AND instances.image IS NOT DISTINCT FROM wanted.image AND line.waiting = 0
                ORDER BY instances.created_at
                LIMIT 1
                FOR UPDATE OF instances SKIP LOCKED
            ), older AS (
                -- In a rollout the members with the old image still serve, after those with the new one.
                SELECT instances.id
                FROM instances, wanted, line
                WHERE instances.pool = $4 AND instances.status = 'ready' AND instances.deploy_status = 'healthy'
                  AND NOT instances.protected AND instances.redeploy IS NULL
                  AND line.waiting = 0 AND NOT EXISTS (SELECT 1 FROM best)
                ORDER BY instances.created_at
                LIMIT 1
                FOR UPDATE OF instances SKIP LOCKED
            ), taken AS (
                UPDATE instances
                SET status = 'claiming', status_since = $25, claim_id = $1, claimed_at = $25, template_id = $5,
                    owner_id = $14, agent_name = $7, instructions = $8, model = chosen.model, parent_instance = $15,
                    updated_at = $25
                FROM (SELECT id, model FROM wanted, (SELECT id FROM best UNION ALL SELECT id FROM older) AS free) AS chosen
                WHERE instances.id = chosen.id
                RETURNING instances.id
            ), made AS (
                INSERT INTO claims (
                    id, client, idempotency_key, request_hash, pool, phase, template_id, template_generation,
                    agent_name, instructions, model, join_url, join_url_key, profile_image, metadata, owner_id,
                    parent_instance, user_config_sealed, instance_id, tools, priority, deadline_at, ttl_seconds,
                    trace_id, created_at, updated_at, bound_at, due_at, lease_owner, lease_until, lease_token, turn,
                    model_chosen
                )
                SELECT $1, $2, $3, $24, wanted.name, CASE WHEN taken.id IS NULL THEN 'pending' ELSE 'bound' END, $5, $6,
                    $7, $8, wanted.model, $10, $11, $12, $13, $14,
                    $15, $16, taken.id, $17, $18, $19, $20,
                    $21, $25, $25, CASE WHEN taken.id IS NULL THEN NULL ELSE $25::timestamptz END,
                    CASE WHEN taken.id IS NULL THEN $19 ELSE now() END,
                    CASE WHEN taken.id IS NULL THEN NULL ELSE $22 END,
                    CASE WHEN taken.id IS NULL OR $22::text IS NULL THEN NULL ELSE now() + $23 END,
                    CASE WHEN taken.id IS NULL OR $22::text IS NULL THEN NULL ELSE $26::uuid END,
                    CASE WHEN taken.id IS NULL THEN (
                        SELECT greatest(coalesce(min(claims.turn), 0),
                            coalesce(max(claims.turn) FILTER (WHERE coalesce(claims.owner_id, claims.client) = coalesce($14, $2)) + 1, 0))
                        FROM claims WHERE claims.pool = $4 AND claims.phase = 'pending' AND claims.priority = $18
                    ) ELSE 0 END,
                    $5::uuid IS NOT NULL AND $9 IS DISTINCT FROM (SELECT agent_templates.model ->> 'default' FROM agent_templates WHERE agent_templates.id = $5)
                FROM wanted CROSS JOIN line LEFT JOIN taken ON true
                WHERE line.waiting < $27
                RETURNING id, phase, instance_id, model
            ), used AS (
                INSERT INTO challenges (nonce, expires_at, claim_id)
                SELECT $28, $29, made.id FROM made WHERE $28::text IS NOT NULL
            ), journal AS (
                INSERT INTO events (at, kind, object, reason, message, actor, to_state, cause, trace_id)
                SELECT $25, 'claim', made.id::text,
                    CASE WHEN made.instance_id IS NULL THEN 'Queued' ELSE 'Bound' END,
                    CASE WHEN made.instance_id IS NULL THEN 'no instance is free: in line' ELSE 'has instance ' || made.instance_id END,
                    'api/' || $2, made.phase, 'instance/' || made.instance_id, $21
                FROM made
            )
            SELECT instance_id, model FROM made
            "#,
            claim.id,
            claim.client,
            claim.idempotency_key,
            claim.pool,
            claim.template.map(|(id, _)| id),
            claim.template.map(|(_, generation)| generation),
            claim.agent_name,
            claim.instructions,
            claim.model,
            claim.join_url.as_ref().map(|(given, _)| given.as_str()),
            claim.join_url.as_ref().map(|(_, key)| key.as_str()),
            claim.profile_image,
            Json(&claim.metadata) as _,
            claim.owner_id,
            claim.parent_instance.as_ref().map(InstanceId::as_str),
            claim.user_config_sealed,
            Json(&claim.tools) as _,
            claim.priority,
            deadline_at,
            claim.ttl_seconds.map(|seconds| i64::try_from(seconds).unwrap_or(i64::MAX)),
            claim.trace_id,
            worker.map(|worker| worker.owner.as_str()),
            worker.map(|worker| interval(worker.lease_duration)),
            claim.request_hash.as_slice(),
            now,
            token,
            LINE_MAX,
            nonce,
            nonce_ends,
        )
        .fetch_optional(&self.db)
        .await?;
        Ok(made.map(|row| Recorded {
            lease: (row.instance_id.is_some() && worker.is_some()).then_some(Lease { token }),
            instance_id: row.instance_id,
            model: row.model,
        }))
    }

    fn created(&self, claim: &NewClaim, recorded: Recorded, now: Timestamp) -> Intake {
        let bound = recorded.instance_id.is_some();
        let record = Claim {
            id: claim.id,
            pool: claim.pool.clone(),
            phase: if bound { ClaimPhase::Bound } else { ClaimPhase::Pending },
            template_id: claim.template.map(|(id, _)| id),
            agent_name: claim.agent_name.clone(),
            instructions: claim.instructions.clone(),
            model: recorded.model,
            join_url: claim.join_url.as_ref().map(|(given, _)| given.clone()),
            profile_image: claim.profile_image.clone(),
            metadata: claim.metadata.clone(),
            owner_id: claim.owner_id.clone(),
            parent_instance: claim.parent_instance.clone(),
            instance_id: recorded.instance_id.map(instance_id),
            conversation_id: None,
            invite_url: None,
            tools: claim.tools.clone(),
            priority: claim.priority,
            deadline_at: deadline(claim, now),
            ttl_seconds: claim.ttl_seconds,
            expires_at: None,
            release_requested_at: None,
            rebinds: 0,
            failure: None,
            conditions: Conditions::default(),
            created_at: now,
            bound_at: bound.then_some(now),
            ready_at: None,
            template_generation: claim.template.map(|(_, generation)| generation),
            template_latest: claim.template.map(|(_, generation)| generation),
            model_chosen: false,
            trace_id: claim.trace_id.clone(),
            attempts: 0,
            generation: 1,
            observed_generation: 0,
        };
        Intake::Created(Box::new(record), recorded.lease)
    }

    async fn why_not(&self, claim: &NewClaim) -> sqlx::Result<Intake> {
        let known = sqlx::query_scalar!(
            r#"SELECT EXISTS (SELECT 1 FROM pools WHERE name = $1) AS "known!""#,
            claim.pool
        )
        .fetch_one(&self.db)
        .await?;
        Ok(if known { Intake::LineFull } else { Intake::UnknownPool })
    }

    async fn earlier(&self, claim: &NewClaim) -> sqlx::Result<Option<Intake>> {
        let Some(key) = &claim.idempotency_key else { return Ok(None) };
        let earlier = self.earlier_claim(&claim.client, key).await?;
        Ok(earlier.map(|(earlier, hash)| match hash == claim.request_hash {
            true => Intake::Replayed(Box::new(earlier)),
            false => Intake::KeyReused,
        }))
    }

    async fn holder_of_join_url(&self, claim: &NewClaim) -> sqlx::Result<Intake> {
        let key = claim.join_url.as_ref().map(|(_, key)| key.as_str());
        let holder = sqlx::query_scalar!(
            "SELECT id FROM claims WHERE join_url_key = $1 AND phase NOT IN ('failed', 'released')",
            key
        )
        .fetch_one(&self.db)
        .await?;
        Ok(Intake::JoinUrlInUse(holder))
    }
}

struct Recorded {
    instance_id: Option<String>,
    /// The claim's, or else that of its pool.
    model: Option<String>,
    lease: Option<Lease>,
}

fn deadline(claim: &NewClaim, now: Timestamp) -> Timestamp {
    now + TimeDelta::from_std(claim.deadline).unwrap_or(TimeDelta::days(1))
}
