//! The queues of the reconcilers, for `GET /api/status`.

use model::api::ReconcilerStatus;
use model::words::Kind;

use super::Store;
use super::queue::{self, Depth};

impl Store {
    /// Replicas that hold a lease now, by name.
    pub async fn replicas(&self) -> sqlx::Result<Vec<String>> {
        sqlx::query_scalar!(
            r#"SELECT lease_owner AS "owner!" FROM pools WHERE lease_until > now()
            UNION SELECT lease_owner FROM instances WHERE lease_until > now()
            UNION SELECT lease_owner FROM claims WHERE lease_until > now()
            UNION SELECT lease_owner FROM destroy_requests WHERE lease_until > now()
            ORDER BY 1"#
        )
        .fetch_all(&self.db)
        .await
    }

    /// Depth and age of every reconciler's queue.
    pub async fn reconciler_statuses(&self) -> sqlx::Result<Vec<ReconcilerStatus>> {
        let status = |kind: &str, depth: Depth| ReconcilerStatus {
            kind: kind.to_owned(),
            depth: u64::try_from(depth.due).unwrap_or(0),
            leased: u64::try_from(depth.leased).unwrap_or(0),
            oldest_due_seconds: depth.oldest_due_seconds,
            retrying: u64::try_from(depth.retrying).unwrap_or(0),
        };
        Ok(vec![
            status(Kind::Pool.as_str(), queue::pools::depth(&self.db).await?),
            status(Kind::Instance.as_str(), queue::instances::depth(&self.db).await?),
            status(Kind::Claim.as_str(), queue::claims::depth(&self.db).await?),
            status(Kind::DestroyRequest.as_str(), queue::destroy_requests::depth(&self.db).await?),
            status("duty", queue::duties::depth(&self.db).await?),
        ])
    }
}
