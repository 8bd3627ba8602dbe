//! Destroy requests as the API lists them.

use model::id::InstanceId;
use model::record::DestroyRequest;
use model::words::{DestroyPhase, DestroyReason};
use uuid::Uuid;

use super::Store;
use super::rows::destroy_rows;

/// Which destroy requests a list holds. Everything that is `None` does not filter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DestroyFilter {
    /// This far.
    pub phase: Option<DestroyPhase>,
    /// For this reason.
    pub reason: Option<DestroyReason>,
    /// Of instances of this pool.
    pub pool: Option<String>,
    /// Of this instance.
    pub instance_id: Option<InstanceId>,
}

impl Store {
    /// Reads one destroy request.
    pub async fn destroy_request(&self, id: Uuid) -> sqlx::Result<Option<DestroyRequest>> {
        let row = destroy_rows!("SELECT ", " FROM destroy_requests WHERE id = $1", id)
            .fetch_optional(&self.db)
            .await?;
        Ok(row.map(DestroyRequest::from))
    }

    /// Lists destroy requests, newest first, after a position.
    pub async fn list_destroys(
        &self,
        filter: &DestroyFilter,
        after: Option<Uuid>,
        rows: i64,
    ) -> sqlx::Result<Vec<DestroyRequest>> {
        let rows = destroy_rows!(
            "SELECT ",
            " FROM destroy_requests
             WHERE ($1::text IS NULL OR phase = $1)
               AND ($2::text IS NULL OR reason = $2)
               AND ($3::text IS NULL OR instance_id IN (SELECT instances.id FROM instances WHERE instances.pool = $3))
               AND ($4::text IS NULL OR instance_id = $4)
               AND ($5::uuid IS NULL OR id < $5)
             ORDER BY id DESC
             LIMIT $6",
            filter.phase.map(DestroyPhase::as_str),
            filter.reason.map(DestroyReason::as_str),
            filter.pool,
            filter.instance_id.as_ref().map(InstanceId::as_str),
            after,
            rows
        )
        .fetch_all(&self.db)
        .await?;
        Ok(rows.into_iter().map(DestroyRequest::from).collect())
    }
}
