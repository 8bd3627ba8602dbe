//! Claims: leasing, and the writes of their reconciler. Requests of clients (release) are the only public writes.

use std::collections::BTreeMap;
use std::time::Duration;

use model::Timestamp;
use model::condition::Conditions;
use model::id::InstanceId;
use model::record::{Claim, ClaimTool, Failure};
use model::words::{ClaimPhase, DestroyReason, InstanceStatus, Kind};
use sqlx::types::Json;
use uuid::Uuid;

use super::Store;
use super::destroy::{Doom, doom};
use super::event::{self, NewEvent};
use super::queue::{Lease, Leased, Worker, interval};
use super::rows::claim_rows;

pub(super) const ACTOR: &str = "reconciler/claim";

/// What the claim's instance looks like, read with the claim in one statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoundInstance {
    /// Its status.
    pub status: InstanceStatus,
    /// The claim that it has.
    pub claim_id: Option<Uuid>,
}

impl Store {
    /// Reads one claim.
    pub async fn claim(&self, id: Uuid) -> sqlx::Result<Option<Claim>> {
        let row = claim_rows!("SELECT ", " FROM claims WHERE id = $1", id).fetch_optional(&self.db).await?;
        Ok(row.map(Claim::from))
    }

    /// Asks for a claim's end. A claim in line ends at once; one with an instance ends when that is gone. Asking again
    /// changes nothing. `None`: there is no such claim.
    pub async fn request_release(
        &self,
        id: Uuid,
        actor: &str,
        now: Timestamp,
    ) -> sqlx::Result<Option<Claim>> {
        let mut tx = self.db.begin().await?;
        let asked = sqlx::query_scalar!(
            "UPDATE claims
             SET release_requested_at = $2, release_requested_by = $3, generation = generation + 1, updated_at = $2,
                 phase = CASE WHEN phase = 'pending' THEN 'released' ELSE phase END,
                 ended_at = CASE WHEN phase = 'pending' THEN $2 ELSE ended_at END,
                 due_at = CASE WHEN phase = 'pending' THEN NULL ELSE now() END
             WHERE id = $1 AND release_requested_at IS NULL AND phase NOT IN ('failed', 'released')
             RETURNING phase",
            id,
            now,
            actor
        )
        .fetch_optional(&mut *tx)
        .await?;
        if let Some(phase) = asked {
            let line = NewEvent::new(Kind::Claim, id, "ReleaseRequested", "its release was asked for", actor);
            let line = if phase == "released" { line.moved("pending", "released") } else { line };
            event::write(&mut tx, &line, now).await?;
        }
        tx.commit().await?;
        self.claim(id).await
    }

    /// Leases due claims, those with an instance first come first served.
    pub(crate) async fn lease_claims(&self, worker: &Worker, most: i64) -> sqlx::Result<Leased<Claim>> {
        let lease = Lease { token: Uuid::now_v7() };
        let rows = claim_rows!(
            "WITH due AS (
                SELECT id AS due_id FROM claims
                WHERE due_at <= now() AND (lease_until IS NULL OR lease_until < now())
                ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED
            )
            UPDATE claims SET lease_owner = $2, lease_until = now() + $3, lease_token = $4
            FROM due WHERE claims.id = due.due_id
            RETURNING ",
            "",
            most,
            worker.owner,
            interval(worker.lease_duration),
            lease.token
        )
        .fetch_all(&self.db)
        .await?;
        Ok(Leased { lease, records: rows.into_iter().map(Claim::from).collect() })
    }

    /// The instance that a claim points to.
    pub(crate) async fn bound_instance(&self, id: &InstanceId) -> sqlx::Result<Option<BoundInstance>> {
        let row = sqlx::query!("SELECT status, claim_id FROM instances WHERE id = $1", id.as_str())
            .fetch_optional(&self.db)
            .await?;
        Ok(row.map(|row| BoundInstance { status: row.status.into(), claim_id: row.claim_id }))
    }

    /// The sealed user configuration of a claim.
    pub(crate) async fn sealed_user_config(&self, id: Uuid) -> sqlx::Result<Option<Vec<u8>>> {
        sqlx::query_scalar!("SELECT user_config_sealed FROM claims WHERE id = $1", id)
            .fetch_one(&self.db)
            .await
    }

    /// Records how far the tools are, before a call (intent) or after it (result), and keeps the lease.
    /// False: fenced.
    pub(crate) async fn note_tools(
        &self,
        id: Uuid,
        lease: Lease,
        tools: &[ClaimTool],
        now: Timestamp,
    ) -> sqlx::Result<bool> {
        let noted = sqlx::query!(
            "UPDATE claims SET tools = $3, phase = 'provisioning', updated_at = $4
             WHERE id = $1 AND lease_token = $2 AND phase IN ('bound', 'provisioning', 'configuring')",
            id,
            lease.token,
            Json(tools) as _,
            now
        )
        .execute(&self.db)
        .await?;
        Ok(noted.rows_affected() == 1)
    }

    /// The agent waits to be let in. False: fenced.
    pub(crate) async fn await_acceptance(
        &self,
        claim: &Claim,
        lease: Lease,
        again: Duration,
        now: Timestamp,
    ) -> sqlx::Result<bool> {
        let mut tx = self.db.begin().await?;
        let waits = sqlx::query!(
            "UPDATE claims
             SET phase = 'pending_acceptance', user_config_sealed = NULL, observed_generation = generation,
                 updated_at = $3, attempts = 0, last_error = NULL,
                 due_at = CASE WHEN generation <> $5 THEN now() ELSE now() + $4 END,
                 lease_owner = NULL, lease_until = NULL, lease_token = NULL
             WHERE id = $1 AND lease_token = $2",
            claim.id,
            lease.token,
            now,
            interval(again),
            claim.generation
        )
        .execute(&mut *tx)
        .await?
        .rows_affected()
            == 1;
        if waits && claim.phase != ClaimPhase::PendingAcceptance {
            let line =
                NewEvent::new(Kind::Claim, claim.id, "PendingAcceptance", "the agent asked to join", ACTOR)
                    .moved(claim.phase.as_str(), "pending_acceptance");
            event::write(&mut tx, &line, now).await?;
        }
        tx.commit().await?;
        Ok(waits)
    }

    /// Back into line; the instance that was touched is marked and its destroy request filed in the same transaction.
    /// False: fenced.
    pub(crate) async fn rebind_claim(
        &self,
        claim: &Claim,
        lease: Lease,
        why: &str,
        now: Timestamp,
    ) -> sqlx::Result<bool> {
        let mut tx = self.db.begin().await?;
        let tools: Vec<ClaimTool> = claim.tools.iter().map(ClaimTool::afresh).collect();
        let rebound = sqlx::query!(
            "UPDATE claims
             SET phase = 'pending', instance_id = NULL, bound_at = NULL, rebinds = rebinds + 1, tools = $3, turn = 0,
                 updated_at = $4, attempts = 0, last_error = NULL,
                 -- Its release may have been asked for while the agent was being told: then it does not wait in line.
                 due_at = CASE WHEN release_requested_at IS NULL THEN deadline_at ELSE now() END,
                 lease_owner = NULL, lease_until = NULL, lease_token = NULL
             WHERE id = $1 AND lease_token = $2",
            claim.id,
            lease.token,
            Json(tools) as _,
            now
        )
        .execute(&mut *tx)
        .await?
        .rows_affected()
            == 1;
        if rebound {
            let line = NewEvent::new(Kind::Claim, claim.id, "Rebind", why, ACTOR)
                .moved(claim.phase.as_str(), "pending");
            event::write(&mut tx, &line, now).await?;
            self.doom_of(&mut tx, claim, DestroyReason::Tainted, now).await?;
        }
        tx.commit().await?;
        Ok(rebound)
    }

    /// Ends a claim without success; its instance, if any, is marked and its destroy request filed. False: fenced.
    pub(crate) async fn fail_claim(
        &self,
        claim: &Claim,
        lease: Lease,
        failure: &Failure,
        now: Timestamp,
    ) -> sqlx::Result<bool> {
        let mut tx = self.db.begin().await?;
        let failed = sqlx::query!(
            "UPDATE claims
             SET phase = 'failed', failure = $3, ended_at = $4, updated_at = $4, user_config_sealed = NULL,
                 observed_generation = generation, due_at = NULL, attempts = 0,
                 lease_owner = NULL, lease_until = NULL, lease_token = NULL
             WHERE id = $1 AND lease_token = $2",
            claim.id,
            lease.token,
            Json(failure) as _,
            now
        )
        .execute(&mut *tx)
        .await?
        .rows_affected()
            == 1;
        if failed {
            let line = NewEvent::new(Kind::Claim, claim.id, "Failed", &failure.message, ACTOR)
                .moved(claim.phase.as_str(), "failed");
            event::write(&mut tx, &line, now).await?;
            self.doom_of(&mut tx, claim, DestroyReason::Tainted, now).await?;
        }
        tx.commit().await?;
        Ok(failed)
    }

    /// Begins the end of a served claim: its instance is marked and its destroy request filed. The claim is released
    /// when that is done. False: fenced.
    pub(crate) async fn begin_release(
        &self,
        claim: &Claim,
        lease: Lease,
        reason: DestroyReason,
        again: Duration,
        now: Timestamp,
    ) -> sqlx::Result<bool> {
        let mut tx = self.db.begin().await?;
        let begun = sqlx::query!(
            "UPDATE claims
             SET release_requested_at = coalesce(release_requested_at, $3), updated_at = $3, attempts = 0,
                 last_error = NULL, due_at = now() + $4, lease_owner = NULL, lease_until = NULL, lease_token = NULL
             WHERE id = $1 AND lease_token = $2",
            claim.id,
            lease.token,
            now,
            interval(again)
        )
        .execute(&mut *tx)
        .await?
        .rows_affected()
            == 1;
        if begun {
            self.doom_of(&mut tx, claim, reason, now).await?;
        }
        tx.commit().await?;
        Ok(begun)
    }

    /// Ends a claim whose instance is gone. False: fenced.
    pub(crate) async fn end_release(
        &self,
        claim: &Claim,
        lease: Lease,
        why: &str,
        now: Timestamp,
    ) -> sqlx::Result<bool> {
        let mut tx = self.db.begin().await?;
        let released = sqlx::query!(
            "UPDATE claims
             SET phase = 'released', ended_at = $3, updated_at = $3, user_config_sealed = NULL, attempts = 0,
                 observed_generation = generation, due_at = NULL, last_error = NULL,
                 lease_owner = NULL, lease_until = NULL, lease_token = NULL
             WHERE id = $1 AND lease_token = $2",
            claim.id,
            lease.token,
            now
        )
        .execute(&mut *tx)
        .await?
        .rows_affected()
            == 1;
        if released {
            let line = NewEvent::new(Kind::Claim, claim.id, "Released", why, ACTOR)
                .moved(claim.phase.as_str(), "released");
            event::write(&mut tx, &line, now).await?;
        }
        tx.commit().await?;
        Ok(released)
    }

    async fn doom_of(
        &self,
        tx: &mut sqlx::PgConnection,
        claim: &Claim,
        reason: DestroyReason,
        now: Timestamp,
    ) -> sqlx::Result<()> {
        let Some(instance) = &claim.instance_id else { return Ok(()) };
        let order = Doom {
            instances: std::slice::from_ref(instance),
            reason,
            requested_by: ACTOR,
            cause: Some(format!("claim/{}", claim.id)),
            // An instance that another claim has by now is not this claim's to destroy.
            of_claim: Some(claim.id),
            statuses: &[InstanceStatus::Claiming, InstanceStatus::Claimed, InstanceStatus::Stuck],
        };
        doom(tx, &order, now).await?;
        Ok(())
    }
}
