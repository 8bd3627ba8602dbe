//! Instances as the API lists them.

use model::Timestamp;
use model::condition::Conditions;
use model::record::{Failure, Instance, RedeployWish};
use model::words::InstanceStatus;
use sqlx::types::Json;
use uuid::Uuid;

use super::Store;
use super::rows::instance_rows;

/// Which instances a list holds. Everything that is `None` does not filter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InstanceFilter {
    /// Of this pool.
    pub pool: Option<String>,
    /// In this state; asking for `deleted` lists tombstones.
    pub status: Option<InstanceStatus>,
    /// Of this owner.
    pub owner_id: Option<String>,
    /// Made from this template.
    pub template_id: Option<Uuid>,
    /// Tombstones too.
    pub include_deleted: bool,
}

impl Store {
    /// Lists instances, newest first, after a position.
    pub async fn list_instances(
        &self,
        filter: &InstanceFilter,
        after: Option<&(Timestamp, String)>,
        rows: i64,
    ) -> sqlx::Result<Vec<Instance>> {
        let rows = instance_rows!(
            "SELECT ",
            " FROM instances
             WHERE ($1::text IS NULL OR pool = $1)
               AND ($2::text IS NULL OR status = $2)
               AND ($3::text IS NULL OR owner_id = $3)
               AND ($4::uuid IS NULL OR template_id = $4)
               AND ($5 OR status <> 'deleted')
               AND ($6::timestamptz IS NULL OR (created_at, id) < ($6, $7))
             ORDER BY created_at DESC, id DESC
             LIMIT $8",
            filter.pool,
            filter.status.map(InstanceStatus::as_str),
            filter.owner_id,
            filter.template_id,
            filter.include_deleted || filter.status == Some(InstanceStatus::Deleted),
            after.map(|(at, _)| *at),
            after.map(|(_, id)| id.as_str()),
            rows
        )
        .fetch_all(&self.db)
        .await?;
        Ok(rows.into_iter().map(Instance::from).collect())
    }
}
