//! Agents follow their template.

use model::Timestamp;
use model::record::{Claim, Template};
use model::words::Kind;

use super::Store;
use super::event::{self, NewEvent};
use super::queue::Lease;

impl Store {
    /// The agent of a ready claim was told what its template says now: claim and instance say the same, both or neither,
    /// and the lease is given back. False: fenced, or the claim is not ready any more.
    pub(crate) async fn template_synced(
        &self,
        claim: &Claim,
        lease: Lease,
        template: &Template,
        model: Option<&str>,
        now: Timestamp,
    ) -> sqlx::Result<bool> {
        let mut tx = self.db.begin().await?;
        let synced = sqlx::query!(
            "UPDATE claims
             SET template_generation = $3, agent_name = $4, instructions = $5, model = $6, updated_at = $7,
                 due_at = expires_at, attempts = 0, last_error = NULL,
                 lease_owner = NULL, lease_until = NULL, lease_token = NULL
             WHERE id = $1 AND lease_token = $2 AND phase = 'ready'",
            claim.id,
            lease.token,
            template.generation,
            template.agent_name,
            template.instructions,
            model,
            now
        )
        .execute(&mut *tx)
        .await?
        .rows_affected()
            == 1;
        if synced {
            // A release that was asked for, or a newer change of the template, is due now.
            sqlx::query!(
                "UPDATE claims SET due_at = now()
                 WHERE id = $1 AND (release_requested_at IS NOT NULL
                    OR template_generation < (SELECT generation FROM agent_templates WHERE agent_templates.id = claims.template_id))",
                claim.id
            )
            .execute(&mut *tx)
            .await?;
            sqlx::query!(
                "UPDATE instances
                 SET agent_name = $3, instructions = $4, model = $5, template_synced_at = $6, updated_at = $6
                 WHERE claim_id = $1 AND id = $2",
                claim.id,
                claim.instance_id.as_ref().map(model::id::InstanceId::as_str),
                template.agent_name,
                template.instructions,
                model,
                now
            )
            .execute(&mut *tx)
            .await?;
            let line = NewEvent::new(
                Kind::Claim,
                claim.id,
                "TemplateSynced",
                "its agent was told what its template says now",
                "reconciler/claim",
            );
            event::write(&mut tx, &line.because(format!("template/{}", template.id)), now).await?;
        }
        tx.commit().await?;
        Ok(synced)
    }
}
