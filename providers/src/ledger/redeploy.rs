//! Redeploys by request key: the same key is the same redeploy.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Lease, Ledger, LedgerError};

/// How far a redeploy came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RedeployState {
    /// Committed; nothing was sent, or what was sent was refused.
    Intent,
    /// Sent, and no answer is recorded: the same mark may be sent again.
    Sent,
    /// The vendor took it.
    Confirmed,
}

/// A redeploy.
#[derive(Debug, Clone)]
pub struct Redeploy {
    /// Ours, given to the caller; also the mark that makes it a change at the vendor.
    pub operation_id: Uuid,
    /// The image asked for; `None` for the present one.
    pub image_tag: Option<String>,
    /// What is deployed, pinned; fixed before the first call, so that a repeat deploys the same.
    pub image: Option<String>,
    /// How far it came.
    pub state: RedeployState,
}

impl Ledger {
    /// Commits the intent of a redeploy, or reads the one that this key made before.
    pub async fn redeploy_intended(
        &self,
        lease: &Lease,
        request_key: &str,
        image_tag: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<Redeploy, LedgerError> {
        let mut transaction = self.fenced(lease).await?;
        let row = sqlx::query!(
            "INSERT INTO redeploys (operation_id, instance_id, request_key, image_tag, state, created_at, updated_at)
             VALUES ($1, $2, $3, $4, 'intent', $5, $5)
             ON CONFLICT (instance_id, request_key) DO UPDATE SET updated_at = EXCLUDED.updated_at
             RETURNING operation_id, image_tag, image, state",
            Uuid::now_v7(),
            lease.instance_id,
            request_key,
            image_tag,
            now
        )
        .fetch_one(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(Redeploy {
            operation_id: row.operation_id,
            image_tag: row.image_tag,
            image: row.image,
            state: match row.state.as_str() {
                "intent" => RedeployState::Intent,
                "confirmed" => RedeployState::Confirmed,
                // The table's CHECK admits only these words; sending the same mark again does no harm.
                _ => RedeployState::Sent,
            },
        })
    }

    /// Records that the call goes out now. From here on an answering agent may be the old container. Sent again it is the
    /// same deploy, which may have begun since the first time: what was before it stays that of the first.
    pub async fn redeploy_sending(
        &self,
        lease: &Lease,
        redeploy: &Redeploy,
        image: &str,
        before: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> Result<(), LedgerError> {
        let mut transaction = self.fenced(lease).await?;
        let living = sqlx::query!(
            "UPDATE instance_infra
             SET deploy_since = coalesce($3, deploy_since), updated_at = $2
             WHERE instance_id = $1 AND phase = 'ready'",
            lease.instance_id,
            now,
            before
        )
        .execute(&mut *transaction)
        .await?;
        if living.rows_affected() == 0 {
            return Err(LedgerError::Destroying);
        }
        sqlx::query!(
            "UPDATE redeploys
             SET state = 'sent', image = $2, updated_at = $3
             WHERE operation_id = $1",
            redeploy.operation_id,
            image,
            now
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// The vendor took it: this is the instance's image from now on, unless the deploy fails.
    pub async fn redeploy_confirmed(
        &self,
        lease: &Lease,
        redeploy: &Redeploy,
        image: &str,
        now: DateTime<Utc>,
    ) -> Result<(), LedgerError> {
        let mut transaction = self.fenced(lease).await?;
        sqlx::query!(
            "UPDATE redeploys
             SET state = 'confirmed', error = NULL, updated_at = $2
             WHERE operation_id = $1",
            redeploy.operation_id,
            now
        )
        .execute(&mut *transaction)
        .await?;
        sqlx::query!(
            "UPDATE instance_infra
             SET image_before = CASE WHEN image_tag_before IS NULL THEN image ELSE image_before END,
                 image_tag_before = coalesce(image_tag_before, image_tag),
                 image = $2, image_tag = coalesce($3, image_tag), updated_at = $4
             WHERE instance_id = $1",
            lease.instance_id,
            image,
            redeploy.image_tag,
            now
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// The vendor surely did nothing: the running container is the one that was there.
    pub async fn redeploy_refused(
        &self,
        lease: &Lease,
        redeploy: &Redeploy,
        error: &str,
        now: DateTime<Utc>,
    ) -> Result<(), LedgerError> {
        let mut transaction = self.fenced(lease).await?;
        sqlx::query!(
            "UPDATE redeploys
             SET state = 'intent', error = $2, updated_at = $3
             WHERE operation_id = $1",
            redeploy.operation_id,
            error,
            now
        )
        .execute(&mut *transaction)
        .await?;
        sqlx::query!(
            "UPDATE instance_infra SET deploy_since = NULL WHERE instance_id = $1",
            lease.instance_id
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// A deploy of ours begins, and this is when the one before it began, by the vendor's clock.
    pub async fn deploy_begins(
        &self,
        instance_id: &str,
        expected: Option<DateTime<Utc>>,
        before: DateTime<Utc>,
    ) -> Result<(), LedgerError> {
        sqlx::query!(
            "UPDATE instance_infra
             SET deploy_since = $3
             WHERE instance_id = $1 AND deploy_since IS NOT DISTINCT FROM $2",
            instance_id,
            expected,
            before
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// A deploy of ours was seen finished: nothing of what was before it is needed any more.
    pub async fn deploy_finished(&self, instance_id: &str, since: DateTime<Utc>) -> Result<(), LedgerError> {
        sqlx::query!(
            "UPDATE instance_infra
             SET deploy_since = NULL, image_before = NULL, image_tag_before = NULL
             WHERE instance_id = $1 AND deploy_since = $2",
            instance_id,
            since
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// A deploy of ours was seen to have failed: its image never ran, that of before is the instance's.
    pub async fn deploy_failed(&self, instance_id: &str, since: DateTime<Utc>) -> Result<(), LedgerError> {
        sqlx::query!(
            "UPDATE instance_infra
             SET image = image_before, image_tag = image_tag_before, image_before = NULL, image_tag_before = NULL
             WHERE instance_id = $1 AND deploy_since = $2 AND image_tag_before IS NOT NULL",
            instance_id,
            since
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}
