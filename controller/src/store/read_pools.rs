//! Pools as the API shows them.

use std::collections::HashMap;

use model::Timestamp;
use model::api::{Counts, PoolStatus, PoolView};
use model::condition::Conditions;
use model::record::PoolSpec;
use sqlx::types::Json;

use super::Store;
use super::rows::count;

/// Selects pools; how many members each has is counted apart.
macro_rules! pool_rows {
    ($tail:tt $(, $argument:expr)* $(,)?) => {
        sqlx::query_as!(
            PoolRow,
            r#"SELECT name, spec AS "spec: Json<PoolSpec>", generation, observed_generation, desired, explanation,
                conditions AS "conditions: Json<Conditions>", created_at, updated_at
            FROM pools "# + $tail
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
}

impl From<PoolRow> for PoolView {
    fn from(row: PoolRow) -> Self {
        Self {
            name: row.name,
            spec: row.spec.0,
            status: PoolStatus {
                desired: u64::from(count(row.desired)),
                conditions: row.conditions.0,
                explanation: row.explanation,
                ..PoolStatus::default()
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
        let row = pool_rows!("WHERE name = $1", name).fetch_optional(&self.db).await?;
        let pools = self.counted(row.into_iter().map(PoolView::from).collect()).await?;
        Ok(pools.into_iter().next())
    }

    /// Lists pools, newest first, after a position.
    pub async fn list_pools(
        &self,
        after: Option<&(Timestamp, String)>,
        rows: i64,
    ) -> sqlx::Result<Vec<PoolView>> {
        let pools = self.list_uncounted_pools(after, rows).await?;
        self.counted(pools).await
    }

    /// The same without their members and their line, which show as none: that takes no longer for a large fleet.
    pub async fn list_uncounted_pools(
        &self,
        after: Option<&(Timestamp, String)>,
        rows: i64,
    ) -> sqlx::Result<Vec<PoolView>> {
        let mut db = self.glancing.acquire().await?;
        let rows = pool_rows!(
            "WHERE $1::timestamptz IS NULL OR (created_at, name) < ($1, $2)
             ORDER BY created_at DESC, name DESC
             LIMIT $3",
            after.map(|(at, _)| *at),
            after.map(|(_, name)| name.as_str()),
            rows
        )
        .fetch_all(&mut *db)
        .await?;
        self.glancing.keep(db);
        Ok(rows.into_iter().map(PoolView::from).collect())
    }

    /// Counts the members and the line of pools.
    async fn counted(&self, mut pools: Vec<PoolView>) -> sqlx::Result<Vec<PoolView>> {
        let names: Vec<String> = pools.iter().map(|pool| pool.name.clone()).collect();
        let rows = sqlx::query!(
            r#"SELECT pool AS "pool!", status AS "word!", count(*)::int AS "records!"
            FROM instances WHERE pool = ANY($1) AND status <> 'deleted' GROUP BY pool, status
            UNION ALL
            SELECT pool, 'waiting', count(*)::int FROM claims WHERE pool = ANY($1) AND phase = 'pending' GROUP BY pool"#,
            &names
        )
        .fetch_all(&self.db)
        .await?;
        let mut counts: HashMap<String, Counts> = HashMap::new();
        for row in rows {
            let counts = counts.entry(row.pool).or_default();
            let place = match row.word.as_str() {
                "ready" => &mut counts.ready,
                "starting" => &mut counts.starting,
                "claiming" => &mut counts.claiming,
                "claimed" => &mut counts.claimed,
                "stuck" => &mut counts.stuck,
                "destroying" => &mut counts.destroying,
                _ => &mut counts.waiting,
            };
            *place = u64::from(count(row.records));
        }
        for pool in &mut pools {
            pool.status.set_counts(&counts.remove(&pool.name).unwrap_or_default());
        }
        Ok(pools)
    }
}
