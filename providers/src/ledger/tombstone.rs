//! Ids that are being or were destroyed.

use chrono::{DateTime, Utc};
use model::services::DestroyedResource;

use super::{Lease, Ledger, LedgerError};

/// What is known of an id that is being or was destroyed.
#[derive(Debug, Clone, Default)]
pub struct Tombstone {
    /// What was destroyed so far.
    pub resources: Vec<DestroyedResource>,
    /// The vendors were searched by name.
    pub searched: bool,
    /// Everything is confirmed gone.
    pub done: bool,
}

impl Ledger {
    /// Commits the wish that an instance be gone. From here on nothing new is made for it and its agent's token is
    /// nobody's. No lease is needed: the wish is never taken back, so writers cannot be in each other's way.
    pub async fn bury(&self, instance_id: &str, now: DateTime<Utc>) -> Result<Tombstone, LedgerError> {
        let mut transaction = self.pool.begin().await?;
        let row = sqlx::query!(
            r#"INSERT INTO tombstones (instance_id, requested_at)
             VALUES ($1, $2)
             ON CONFLICT (instance_id) DO UPDATE SET requested_at = tombstones.requested_at
             RETURNING resources, searched_at IS NOT NULL AS "searched!", destroyed_at IS NOT NULL AS "done!""#,
            instance_id,
            now
        )
        .fetch_one(&mut *transaction)
        .await?;
        sqlx::query!(
            "UPDATE instance_infra
             SET phase = 'destroying', updated_at = $2
             WHERE instance_id = $1 AND phase <> 'destroying'",
            instance_id,
            now
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(Tombstone {
            resources: serde_json::from_value(row.resources)?,
            searched: row.searched,
            done: row.done,
        })
    }

    /// The tombstone of an id.
    pub async fn tombstone(&self, instance_id: &str) -> Result<Option<Tombstone>, LedgerError> {
        let row = sqlx::query!(
            r#"SELECT resources, searched_at IS NOT NULL AS "searched!", destroyed_at IS NOT NULL AS "done!"
             FROM tombstones
             WHERE instance_id = $1"#,
            instance_id
        )
        .fetch_optional(&self.pool)
        .await?;
        row.map(|row| {
            Ok(Tombstone {
                resources: serde_json::from_value(row.resources)?,
                searched: row.searched,
                done: row.done,
            })
        })
        .transpose()
    }

    /// Records what a search by name found and removed.
    pub async fn searched(
        &self,
        lease: &Lease,
        found: &[DestroyedResource],
        now: DateTime<Utc>,
    ) -> Result<(), LedgerError> {
        let mut transaction = self.fenced(lease).await?;
        sqlx::query!(
            "UPDATE tombstones
             SET resources = resources || $2, searched_at = $3
             WHERE instance_id = $1",
            lease.instance_id,
            serde_json::to_value(found)?,
            now
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Everything is confirmed gone: the rows go, the tombstone stays.
    pub async fn destroyed(
        &self,
        lease: &Lease,
        resources: &[DestroyedResource],
        now: DateTime<Utc>,
    ) -> Result<(), LedgerError> {
        let mut transaction = self.fenced(lease).await?;
        sqlx::query!(
            "UPDATE tombstones
             SET resources = $2, destroyed_at = $3
             WHERE instance_id = $1",
            lease.instance_id,
            serde_json::to_value(resources)?,
            now
        )
        .execute(&mut *transaction)
        .await?;
        let id = &lease.instance_id;
        sqlx::query!("DELETE FROM steps WHERE instance_id = $1", id).execute(&mut *transaction).await?;
        sqlx::query!("DELETE FROM redeploys WHERE instance_id = $1", id).execute(&mut *transaction).await?;
        sqlx::query!("DELETE FROM lane_tickets WHERE holder = $1", id).execute(&mut *transaction).await?;
        sqlx::query!("DELETE FROM instance_services WHERE instance_id = $1", id)
            .execute(&mut *transaction)
            .await?;
        sqlx::query!("DELETE FROM instance_infra WHERE instance_id = $1", id)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(())
    }
}
