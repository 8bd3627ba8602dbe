//! The statement that makes claims ready: one for all whose agents answer in the same moment.

use std::collections::HashMap;

use model::Timestamp;
use model::record::Claim;
use model::services::Configured;
use model::words::{ClaimPhase, InstanceStatus};
use sqlx::PgExecutor;
use uuid::Uuid;

use super::Store;
use super::claim::ACTOR;
use super::queue::Lease;

/// Of an instance that a claim may be finished with. A parameter, so that no index of everything that lives seems fit.
const SERVING: [&str; 2] = [InstanceStatus::Claiming.as_str(), InstanceStatus::Claimed.as_str()];

/// A claim whose agent is in its conversation.
#[derive(Debug, Clone)]
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

/// Finishes claims; `None` for each that is not its worker's any more, or has lost its instance. Of one that comes twice only
/// the first counts.
pub(super) async fn finish(
    db: impl PgExecutor<'_>,
    claims: &[Finish],
) -> sqlx::Result<Vec<Option<Finished>>> {
    let ids: Vec<Uuid> = claims.iter().map(|claim| claim.id).collect();
    let tokens: Vec<Uuid> = claims.iter().map(|claim| claim.lease_token).collect();
    let conversations: Vec<_> = claims.iter().map(|claim| claim.conversation_id.clone()).collect();
    let invites: Vec<_> = claims.iter().map(|claim| claim.invite_url.clone()).collect();
    let ends: Vec<_> = claims.iter().map(|claim| claim.expires_at).collect();
    let times: Vec<_> = claims.iter().map(|claim| claim.at).collect();
    // Each table is found by a list of keys, and what is written of each by its place in the list: joins would cost more
    // than the writing, and be planned by statistics of a time when the tables were empty.
    let rows = sqlx::query!(
        r#"
        WITH mine AS (
            SELECT id, instance_id, phase FROM claims
            WHERE id = ANY($1) AND lease_token = ($2::uuid[])[array_position($1, id)]
              AND phase IN ('bound', 'provisioning', 'configuring', 'pending_acceptance')
            ORDER BY id
            FOR UPDATE
        ), served AS (
            UPDATE instances
            SET status = 'claimed', status_since = ($6::timestamptz[])[array_position($1, claim_id)],
                conversation_id = ($3::text[])[array_position($1, claim_id)],
                invite_url = ($4::text[])[array_position($1, claim_id)],
                updated_at = ($6::timestamptz[])[array_position($1, claim_id)]
            WHERE id = ANY(ARRAY(SELECT instance_id FROM mine)) AND claim_id = ANY(ARRAY(SELECT id FROM mine))
              AND status = ANY($7)
            RETURNING claim_id
        ), done AS (
            UPDATE claims
            SET phase = 'ready', conversation_id = ($3::text[])[array_position($1, id)],
                invite_url = ($4::text[])[array_position($1, id)], ready_at = ($6::timestamptz[])[array_position($1, id)],
                expires_at = ($5::timestamptz[])[array_position($1, id)], user_config_sealed = NULL,
                observed_generation = generation, updated_at = ($6::timestamptz[])[array_position($1, id)], attempts = 0,
                last_error = NULL, lease_owner = NULL, lease_until = NULL, lease_token = NULL,
                due_at = CASE
                    WHEN release_requested_at IS NOT NULL THEN now()
                    -- The template changed while its agent was being told of it.
                    WHEN template_id IS NOT NULL AND template_generation < (
                        SELECT generation FROM agent_templates WHERE agent_templates.id = template_id
                    ) THEN now()
                    ELSE ($5::timestamptz[])[array_position($1, id)]
                END
            WHERE id = ANY(ARRAY(SELECT claim_id FROM served))
            RETURNING id, instance_id, trace_id, generation, release_requested_at, updated_at
        ), journal AS (
            INSERT INTO events (at, kind, object, reason, message, actor, from_state, to_state, cause, trace_id)
            SELECT updated_at, 'claim', id::text, 'Ready', 'the invite link works', $8,
                (SELECT phase FROM mine WHERE mine.id = done.id), 'ready', 'instance/' || instance_id, trace_id
            FROM done
        )
        SELECT id, generation, release_requested_at FROM done
        "#,
        &ids,
        &tokens,
        &conversations as &[Option<String>],
        &invites as &[Option<String>],
        &ends as &[Option<Timestamp>],
        &times,
        &SERVING as &[&str],
        ACTOR
    )
    .fetch_all(db)
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
