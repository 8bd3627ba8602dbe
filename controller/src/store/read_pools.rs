//! Pools as the API shows them.

use model::Timestamp;
use model::api::{PoolStatus, PoolView};
use model::condition::Conditions;
use model::record::PoolSpec;
use sqlx::types::Json;

use super::Store;
use super::rows::count;

/// Selects pools with the count of their members and of their line.
macro_rules! pool_rows {
    ($tail:tt $(, $argument:expr)* $(,)?) => {
        sqlx::query_as!(
            PoolRow,
            r#"SELECT pools.name, pools.spec AS "spec: Json<PoolSpec>", pools.generation, pools.observed_generation,
                pools.desired, pools.explanation, pools.conditions AS "conditions: Json<Conditions>",
                pools.created_at, pools.updated_at,
                members.ready AS "ready!", members.starting AS "starting!", members.claiming AS "claiming!",
                members.claimed AS "claimed!", members.stuck AS "stuck!", members.destroying AS "destroying!",
                line.waiting AS "waiting!"
            FROM pools
            CROSS JOIN LATERAL (
                SELECT count(*) FILTER (WHERE status = 'ready')::int AS ready,
                    count(*) FILTER (WHERE status = 'starting')::int AS starting,
                    count(*) FILTER (WHERE status = 'claiming')::int AS claiming,
                    count(*) FILTER (WHERE status = 'claimed')::int AS claimed,
                    count(*) FILTER (WHERE status = 'stuck')::int AS stuck,
                    count(*) FILTER (WHERE status = 'destroying')::int AS destroying
                FROM instances WHERE instances.pool = pools.name AND instances.status <> 'deleted'
            ) AS members
            CROSS JOIN LATERAL (
                SELECT count(*)::int AS waiting FROM claims WHERE claims.pool = pools.name AND claims.phase = 'pending'
            ) AS line "# + $tail
            $(, $argument)*
        )
    };
}

struct PoolRow {
    name: String,
    spec: Json<PoolSpec>,
    generation: i64,
    observed_generation: i64,
    desired: i32,
    explanation: String,
    conditions: Json<Conditions>,
    created_at: Timestamp,
    updated_at: Timestamp,
    ready: i32,
    starting: i32,
    claiming: i32,
    claimed: i32,
    stuck: i32,
    destroying: i32,
    waiting: i32,
}

impl From<PoolRow> for PoolView {
    fn from(row: PoolRow) -> Self {
        let members = |value| u64::from(count(value));
        Self {
            name: row.name,
            spec: row.spec.0,
            status: PoolStatus {
                desired: members(row.desired),
                ready: members(row.ready),
                starting: members(row.starting),
                claiming: members(row.claiming),
                claimed: members(row.claimed),
                stuck: members(row.stuck),
                destroying: members(row.destroying),
                waiting: members(row.waiting),
                conditions: row.conditions.0,
                explanation: row.explanation,
            },
            generation: row.generation,
            observed_generation: row.observed_generation,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

impl Store {
    /// Reads one pool.
    pub async fn pool(&self, name: &str) -> sqlx::Result<Option<PoolView>> {
        let row = pool_rows!("WHERE pools.name = $1", name).fetch_optional(&self.db).await?;
        Ok(row.map(PoolView::from))
    }

    /// Lists pools, newest first, after a position.
    pub async fn list_pools(
        &self,
        after: Option<&(Timestamp, String)>,
        rows: i64,
    ) -> sqlx::Result<Vec<PoolView>> {
        let rows = pool_rows!(
            "WHERE $1::timestamptz IS NULL OR (pools.created_at, pools.name) < ($1, $2)
             ORDER BY pools.created_at DESC, pools.name DESC
             LIMIT $3",
            after.map(|(at, _)| *at),
            after.map(|(_, name)| name.as_str()),
            rows
        )
        .fetch_all(&self.db)
        .await?;
        Ok(rows.into_iter().map(PoolView::from).collect())
    }
}
