//! The whole fleet in figures, for the metrics' snapshot.

use std::collections::BTreeMap;

use model::api::PoolView;

use super::Store;
use crate::wake::Queue;

/// Pools beyond this many are not shown one by one.
const POOLS_MAX: i64 = 200;

/// What a look at all records says.
#[derive(Debug, Clone, Default)]
pub(crate) struct Fleet {
    pub pools: Vec<PoolView>,
    /// Live claims by phase.
    pub claims: BTreeMap<String, u64>,
    pub oldest_waiting_seconds: f64,
    /// Requests that are not done, by phase.
    pub destroys: BTreeMap<String, u64>,
    pub oldest_destroy_seconds: f64,
    /// Claimed, stuck, and given up on.
    pub stuck_claimed: u64,
    pub queues: Vec<QueueFigures>,
}

/// One queue.
#[derive(Debug, Clone)]
pub(crate) struct QueueFigures {
    pub queue: Queue,
    pub due: u64,
    pub leased: u64,
    pub expired: u64,
    pub retrying: u64,
    pub oldest_due_seconds: f64,
}

impl Store {
    /// Counts everything. Every statement walks a partial index of live records, not the history.
    pub(crate) async fn fleet(&self) -> sqlx::Result<Fleet> {
        let pools = self.list_pools(None, POOLS_MAX).await?;
        let mut fleet = Fleet { pools, ..Fleet::default() };
        self.count_claims(&mut fleet).await?;
        self.count_destroys(&mut fleet).await?;
        fleet.queues = self.count_queues().await?;
        Ok(fleet)
    }

    async fn count_claims(&self, fleet: &mut Fleet) -> sqlx::Result<()> {
        let live = sqlx::query!(
            r#"SELECT phase, count(*) AS "claims!" FROM claims
               WHERE instance_id IS NOT NULL AND phase NOT IN ('failed', 'released')
               GROUP BY phase"#
        )
        .fetch_all(&self.db)
        .await?;
        fleet.claims = live.into_iter().map(|row| (row.phase, number(row.claims))).collect();
        let line = sqlx::query!(
            r#"SELECT count(*) AS "claims!",
                   coalesce(extract(epoch FROM now() - min(created_at)), 0)::float8 AS "oldest_seconds!"
               FROM claims WHERE phase = 'pending'"#
        )
        .fetch_one(&self.db)
        .await?;
        fleet.claims.insert("pending".to_owned(), number(line.claims));
        fleet.oldest_waiting_seconds = line.oldest_seconds.max(0.0);
        Ok(())
    }

    async fn count_destroys(&self, fleet: &mut Fleet) -> sqlx::Result<()> {
        let open = sqlx::query!(
            r#"SELECT phase, count(*) AS "requests!",
                   extract(epoch FROM now() - min(created_at))::float8 AS "oldest_seconds!"
               FROM destroy_requests WHERE due_at IS NOT NULL AND phase <> 'done'
               GROUP BY phase"#
        )
        .fetch_all(&self.db)
        .await?;
        for row in open {
            fleet.oldest_destroy_seconds = fleet.oldest_destroy_seconds.max(row.oldest_seconds);
            fleet.destroys.insert(row.phase, number(row.requests));
        }
        let stuck = sqlx::query_scalar!(
            r#"SELECT count(*) AS "stuck!" FROM instances
               WHERE status = 'stuck' AND claim_id IS NOT NULL
                 AND conditions @> '[{"type": "RecoveryExhausted", "status": "True"}]'"#
        )
        .fetch_one(&self.db)
        .await?;
        fleet.stuck_claimed = number(stuck);
        Ok(())
    }

    async fn count_queues(&self) -> sqlx::Result<Vec<QueueFigures>> {
        let rows = sqlx::query!(
            r#"
            WITH work AS (
                SELECT 'pool' AS queue, due_at, lease_until, attempts FROM pools WHERE due_at IS NOT NULL
                UNION ALL
                SELECT CASE WHEN url IS NULL THEN 'creation' ELSE 'instance' END, due_at, lease_until, attempts
                FROM instances WHERE due_at IS NOT NULL
                UNION ALL
                SELECT 'claim', due_at, lease_until, attempts FROM claims WHERE due_at IS NOT NULL
                UNION ALL
                SELECT 'destroy', due_at, lease_until, attempts FROM destroy_requests WHERE due_at IS NOT NULL
                UNION ALL
                SELECT 'duty', due_at, lease_until, attempts FROM duties WHERE due_at IS NOT NULL
            )
            SELECT queue AS "queue!",
                count(*) FILTER (WHERE due_at <= now() AND (lease_until IS NULL OR lease_until < now())) AS "due!",
                count(*) FILTER (WHERE lease_until >= now()) AS "leased!",
                count(*) FILTER (WHERE lease_until < now()) AS "expired!",
                count(*) FILTER (WHERE attempts > 0) AS "retrying!",
                coalesce(extract(epoch FROM now() - min(due_at)
                    FILTER (WHERE due_at <= now() AND (lease_until IS NULL OR lease_until < now()))), 0)::float8
                    AS "oldest_due_seconds!"
            FROM work GROUP BY queue
            "#
        )
        .fetch_all(&self.db)
        .await?;
        let figures = |queue: Queue| {
            let row = rows.iter().find(|row| row.queue == queue.as_str());
            QueueFigures {
                queue,
                due: row.map_or(0, |row| number(row.due)),
                leased: row.map_or(0, |row| number(row.leased)),
                expired: row.map_or(0, |row| number(row.expired)),
                retrying: row.map_or(0, |row| number(row.retrying)),
                oldest_due_seconds: row.map_or(0.0, |row| row.oldest_due_seconds),
            }
        };
        Ok(Queue::ALL.into_iter().map(figures).collect())
    }
}

fn number(count: i64) -> u64 {
    u64::try_from(count).unwrap_or(0)
}
