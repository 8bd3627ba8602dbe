//! The queues of the reconcilers in figures, for `GET /api/status` and the metrics' snapshot.

use std::collections::BTreeSet;

use model::api::ReconcilerStatus;

use super::{Store, number};
use crate::wake::Queue;

/// One queue.
#[derive(Debug, Clone)]
pub(crate) struct QueueFigures {
    pub queue: Queue,
    /// Due and not leased.
    pub due: u64,
    /// Under a live lease.
    pub leased: u64,
    /// Under a lease that ended without being given back.
    pub expired: u64,
    /// Records whose last pass failed.
    pub retrying: u64,
    /// How long the oldest due record waits.
    pub oldest_due_seconds: f64,
    /// Passes in a row that failed, over these records.
    pub errors: u64,
    /// What the one that failed most often met.
    pub last_error: Option<String>,
    /// Who holds its live leases.
    pub replicas: Vec<String>,
}

impl Store {
    /// Depth, age and errors of every reconciler's queue, and the replicas that hold a lease now, by name.
    pub async fn reconciler_statuses(&self) -> sqlx::Result<(Vec<ReconcilerStatus>, Vec<String>)> {
        let queues = self.count_queues().await?;
        let replicas: BTreeSet<String> = queues.iter().flat_map(|queue| queue.replicas.clone()).collect();
        let status = |figures: QueueFigures| ReconcilerStatus {
            kind: figures.queue.as_str().to_owned(),
            depth: figures.due,
            leased: figures.leased,
            oldest_due_seconds: figures.oldest_due_seconds,
            retrying: figures.retrying,
            errors: figures.errors,
            last_error: figures.last_error,
        };
        Ok((queues.into_iter().map(status).collect(), replicas.into_iter().collect()))
    }

    /// Counts the live records of every queue.
    pub(crate) async fn count_queues(&self) -> sqlx::Result<Vec<QueueFigures>> {
        let rows = sqlx::query!(
            r#"
            WITH work AS (
                SELECT 'pool' AS queue, due_at, lease_until, lease_owner, attempts, last_error
                FROM pools
                UNION ALL
                SELECT CASE WHEN url IS NULL THEN 'creation' ELSE 'instance' END,
                    due_at, lease_until, lease_owner, attempts, last_error
                FROM instances WHERE due_at IS NOT NULL
                UNION ALL
                SELECT 'claim', due_at, lease_until, lease_owner, attempts, last_error
                FROM claims WHERE due_at IS NOT NULL
                UNION ALL
                SELECT 'destroy', due_at, lease_until, lease_owner, attempts, last_error
                FROM destroy_requests WHERE due_at IS NOT NULL
                UNION ALL
                SELECT 'duty', due_at, lease_until, lease_owner, attempts, last_error
                FROM duties WHERE due_at IS NOT NULL
            )
            SELECT queue AS "queue!",
                count(*) FILTER (WHERE due_at <= now() AND (lease_until IS NULL OR lease_until < now())) AS "due!",
                count(*) FILTER (WHERE lease_until >= now()) AS "leased!",
                count(*) FILTER (WHERE lease_until < now()) AS "expired!",
                count(*) FILTER (WHERE attempts > 0) AS "retrying!",
                coalesce(sum(attempts), 0)::bigint AS "errors!",
                -- Aggregated only over what fails, which is seldom much.
                (array_agg(last_error ORDER BY attempts DESC) FILTER (WHERE attempts > 0))[1] AS last_error,
                array_agg(DISTINCT lease_owner) FILTER (WHERE lease_until >= now() AND lease_owner IS NOT NULL) AS "replicas?",
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
                errors: row.map_or(0, |row| number(row.errors)),
                last_error: row.and_then(|row| row.last_error.clone()),
                replicas: row.and_then(|row| row.replicas.clone()).unwrap_or_default(),
            }
        };
        Ok(Queue::ALL.into_iter().map(figures).collect())
    }
}
