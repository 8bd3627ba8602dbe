//! The whole fleet in figures, for the metrics' snapshot.

use std::collections::BTreeMap;

use model::api::PoolView;
use model::plan::outage::Reach;

use super::read_queues::QueueFigures;
use super::{Store, number, reach};

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
    /// How much of it answers.
    pub reach: Reach,
    /// So little that recoveries take turns.
    pub outage: bool,
}

impl Store {
    /// Counts everything. Every statement walks a partial index of live records, not the history.
    pub(crate) async fn fleet(&self) -> sqlx::Result<Fleet> {
        let pools = self.list_pools(None, POOLS_MAX).await?;
        let mut fleet = Fleet { pools, ..Fleet::default() };
        self.count_claims(&mut fleet).await?;
        self.count_destroys(&mut fleet).await?;
        fleet.queues = self.count_queues().await?;
        let mut db = self.db.acquire().await?;
        fleet.reach = reach::count_fleet(&mut db).await?;
        fleet.outage = reach::is_outage(&mut db).await?;
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
}
