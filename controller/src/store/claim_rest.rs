//! Claims that are given back: when they are due again. A release that was asked for while a pass ran made its claim due;
//! whatever the pass found out, that is not forgotten.

use std::time::Duration;

use model::record::Claim;

use super::Store;
use super::queue::{Lease, interval};

impl Store {
    /// Gives a claim back, due again after `wait`, with the error that its pass met, if it failed. One whose spec changed
    /// since the pass read it is due at once. False: fenced.
    pub(crate) async fn give_claim_back(
        &self,
        claim: &Claim,
        lease: Lease,
        error: Option<&str>,
        wait: Duration,
    ) -> sqlx::Result<bool> {
        if error.is_some() {
            metrics::counter!("pool_queue_retries_total", "table" => "claims").increment(1);
        }
        let given = sqlx::query!(
            "UPDATE claims
             SET due_at = CASE WHEN generation <> $5 THEN now() ELSE now() + $4 END, last_error = $3,
                 attempts = CASE WHEN $3::text IS NULL THEN 0 ELSE attempts + 1 END,
                 lease_owner = NULL, lease_until = NULL, lease_token = NULL
             WHERE id = $1 AND lease_token = $2",
            claim.id,
            lease.token,
            error,
            interval(wait),
            claim.generation
        )
        .execute(&self.db)
        .await?;
        Ok(given.rows_affected() == 1)
    }

    /// Nothing is to be done before `again`, or before something happens to the claim. What happened since the pass read
    /// it, which made it due, is not forgotten. False: fenced.
    pub(crate) async fn rest_claim(
        &self,
        claim: &Claim,
        lease: Lease,
        again: Option<Duration>,
    ) -> sqlx::Result<bool> {
        let mut tx = self.db.begin().await?;
        // Whoever destroys its instance holds this row until the instance says so: the next statement sees it.
        let held = sqlx::query_scalar!(
            "SELECT id FROM claims WHERE id = $1 AND lease_token = $2 FOR UPDATE",
            claim.id,
            lease.token
        )
        .fetch_optional(&mut *tx)
        .await?;
        if held.is_none() {
            return Ok(false);
        }
        sqlx::query!(
            "UPDATE claims
             SET due_at = CASE
                    WHEN generation <> $2 OR phase <> $4 OR EXISTS (
                        SELECT 1 FROM instances WHERE instances.id = claims.instance_id AND instances.status IN ('destroying', 'deleted')
                    ) THEN now()
                    WHEN $3::interval IS NULL AND phase = 'ready' AND template_generation < (
                        SELECT generation FROM agent_templates WHERE agent_templates.id = claims.template_id
                    ) THEN now()
                    ELSE now() + $3
                 END,
                 attempts = 0, last_error = NULL, lease_owner = NULL, lease_until = NULL, lease_token = NULL
             WHERE id = $1",
            claim.id,
            claim.generation,
            again.map(interval),
            claim.phase.as_str()
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(true)
    }
}
