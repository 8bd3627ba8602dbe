//! What is kept for how long. Everything is purged in small statements, so that none holds locks or vacuum back for long.

use model::Timestamp;

use super::Store;
use super::rows::first_id_at;

/// Tombstones, ended claims and the journal are kept for so long.
const KEPT: chrono::TimeDelta = chrono::TimeDelta::days(30);
/// Rows that one statement purges at most.
pub(crate) const BATCH: i64 = 1_000;

/// How many rows a round of purging took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Purged {
    pub claims: u64,
    pub instances: u64,
    pub events: u64,
    pub challenges: u64,
}

impl Purged {
    /// Whether a further round has something to do.
    pub fn goes_on(self) -> bool {
        let full = BATCH.unsigned_abs();
        self.claims >= full || self.instances >= full || self.events >= full || self.challenges >= full
    }
}

impl Store {
    /// Purges one batch of each kind.
    pub(crate) async fn purge(&self, now: Timestamp) -> sqlx::Result<Purged> {
        let before = now - KEPT;
        let claims = sqlx::query!(
            "DELETE FROM claims WHERE id IN (
                SELECT id FROM claims WHERE id < $3 AND phase IN ('failed', 'released') AND ended_at < $1
                ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED
            )",
            before,
            BATCH,
            first_id_at(before)
        )
        .execute(&self.db)
        .await?
        .rows_affected();
        // A tombstone stays as long as a claim names it; its destroy request goes with it.
        let instances = sqlx::query!(
            "WITH gone AS (
                SELECT id FROM instances
                WHERE created_at < $1 AND status = 'deleted' AND deleted_at < $1
                  AND NOT EXISTS (SELECT 1 FROM claims WHERE claims.id = instances.claim_id)
                ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED
            ), requests AS (
                DELETE FROM destroy_requests USING gone WHERE destroy_requests.instance_id = gone.id
            )
            DELETE FROM instances USING gone WHERE instances.id = gone.id",
            before,
            BATCH
        )
        .execute(&self.db)
        .await?
        .rows_affected();
        let events = sqlx::query!(
            "DELETE FROM events WHERE id IN (
                SELECT id FROM (SELECT id, at FROM events ORDER BY id LIMIT $2) AS oldest WHERE at < $1
            )",
            before,
            BATCH
        )
        .execute(&self.db)
        .await?
        .rows_affected();
        let challenges = sqlx::query!(
            "DELETE FROM challenges WHERE nonce IN (SELECT nonce FROM challenges WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)",
            now,
            BATCH
        )
        .execute(&self.db)
        .await?
        .rows_affected();
        Ok(Purged { claims, instances, events, challenges })
    }
}
