//! The statement that makes claims ready: one for all whose agents answer in the same moment.

use std::collections::HashMap;

use model::Timestamp;
use model::record::Claim;
use model::services::Configured;
use model::words::{ClaimPhase, InstanceStatus};
use serde::Serialize;
use sqlx::PgPool;
use sqlx::types::Json;
use uuid::Uuid;

use super::Store;
use super::claim::ACTOR;
use super::queue::Lease;

/// Of an instance that a claim may be finished with. A parameter, so that no index of everything that lives seems fit.
const SERVING: [&str; 2] = [InstanceStatus::Claiming.as_str(), InstanceStatus::Claimed.as_str()];

/// A claim whose agent is in its conversation, as the statement reads it.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Finish {
    id: Uuid,
    lease_token: Uuid,
    conversation_id: Option<String>,
    invite_url: Option<String>,
    expires_at: Option<Timestamp>,
    at: Timestamp,
}

/// What else is true of a claim that was finished.
#[derive(Debug)]
pub(super) struct Finished {
    generation: i64,
    release_requested_at: Option<Timestamp>,
}

impl Store {
    /// The agent is in its conversation: the claim is ready and its instance claimed, both or neither, and the lease is
    /// given back. The user's own accounts are erased. Returns the claim as it is then. `None`: fenced, or the instance
    /// was taken away meanwhile.
    pub(crate) async fn finish_claim(
        &self,
        claim: &Claim,
        lease: Lease,
        configured: &Configured,
        now: Timestamp,
    ) -> sqlx::Result<Option<Claim>> {
        let expires_at = claim
            .ttl_seconds
            .map(|seconds| now + chrono::TimeDelta::seconds(i64::try_from(seconds).unwrap_or(0)));
        let finish = Finish {
            id: claim.id,
            lease_token: lease.token,
            conversation_id: configured.conversation_id.clone(),
            invite_url: configured.invite_url.clone(),
            expires_at,
            at: now,
        };
        let finished = self.finishing.write(finish).await?;
        Ok(finished.map(|finished| Claim {
            phase: ClaimPhase::Ready,
            conversation_id: configured.conversation_id.clone(),
            invite_url: configured.invite_url.clone(),
            ready_at: Some(now),
            expires_at,
            release_requested_at: finished.release_requested_at,
            generation: finished.generation,
            observed_generation: finished.generation,
            attempts: 0,
            ..claim.clone()
        }))
    }
}

/// Finishes claims; `None` for each that is not its worker's any more, or has lost its instance.
pub(super) async fn finish(db: PgPool, claims: Vec<Finish>) -> sqlx::Result<Vec<Option<Finished>>> {
    let ids: Vec<Uuid> = claims.iter().map(|claim| claim.id).collect();
    // Each table is found by a list of keys: a join alone would be planned by statistics of a time when it was empty.
    let rows = sqlx::query!(
        r#"
        WITH given AS (
            SELECT * FROM jsonb_to_recordset($1) AS given (
                id uuid, lease_token uuid, conversation_id text, invite_url text, expires_at timestamptz, at timestamptz
            )
        ), mine AS (
            SELECT claims.id, claims.instance_id, claims.phase, given.conversation_id, given.invite_url, given.expires_at, given.at
            FROM given JOIN claims ON claims.id = given.id AND claims.lease_token = given.lease_token
            WHERE claims.id = ANY($3) AND claims.phase IN ('bound', 'provisioning', 'configuring', 'pending_acceptance')
            ORDER BY claims.id
            FOR UPDATE OF claims
        ), served AS (
            UPDATE instances
            SET status = 'claimed', status_since = mine.at, conversation_id = mine.conversation_id,
                invite_url = mine.invite_url, updated_at = mine.at
            FROM mine
            WHERE instances.id = ANY(ARRAY(SELECT instance_id FROM mine)) AND instances.id = mine.instance_id
              AND instances.claim_id = mine.id AND instances.status = ANY($4)
            RETURNING mine.*
        ), done AS (
            UPDATE claims
            SET phase = 'ready', conversation_id = served.conversation_id, invite_url = served.invite_url,
                ready_at = served.at, expires_at = served.expires_at, user_config_sealed = NULL,
                observed_generation = generation, updated_at = served.at, attempts = 0, last_error = NULL,
                lease_owner = NULL, lease_until = NULL, lease_token = NULL,
                due_at = CASE
                    WHEN release_requested_at IS NOT NULL THEN now()
                    -- The template changed while its agent was being told of it.
                    WHEN template_id IS NOT NULL AND template_generation < (
                        SELECT generation FROM agent_templates WHERE agent_templates.id = template_id
                    ) THEN now()
                    ELSE served.expires_at
                END
            FROM served
            WHERE claims.id = ANY(ARRAY(SELECT id FROM served)) AND claims.id = served.id
            RETURNING claims.id, claims.instance_id, claims.trace_id, claims.generation, claims.release_requested_at,
                served.phase AS before, served.at
        ), journal AS (
            INSERT INTO events (at, kind, object, reason, message, actor, from_state, to_state, cause, trace_id)
            SELECT at, 'claim', id::text, 'Ready', 'the invite link works', $2, before, 'ready',
                'instance/' || instance_id, trace_id
            FROM done
        )
        SELECT id, generation, release_requested_at FROM done
        "#,
        Json(&claims) as _,
        ACTOR,
        &ids,
        &SERVING as &[&str]
    )
    .fetch_all(&db)
    .await?;
    let mut finished: HashMap<Uuid, Finished> = rows
        .into_iter()
        .map(|row| {
            let release_requested_at = row.release_requested_at;
            (row.id, Finished { generation: row.generation, release_requested_at })
        })
        .collect();
    Ok(claims.iter().map(|claim| finished.remove(&claim.id)).collect())
}
