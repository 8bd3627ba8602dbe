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
        let status = |kind: Kind, depth: Depth| ReconcilerStatus {
            kind: kind.as_str().to_owned(),
            depth: u64::try_from(depth.due).unwrap_or(0),
            leased: u64::try_from(depth.leased).unwrap_or(0),
            oldest_due_seconds: depth.oldest_due_seconds,
            retrying: u64::try_from(depth.retrying).unwrap_or(0),
        };
        Ok(vec![
            status(Kind::Pool, queue::pools::depth(&self.db).await?),
            status(Kind::Instance, queue::instances::depth(&self.db).await?),
            status(Kind::Claim, queue::claims::depth(&self.db).await?),
            status(Kind::DestroyRequest, queue::destroy_requests::depth(&self.db).await?),
        ])
    }
}
