//! Samples of how many members each pool has, taken now and then, and read back for charts.

use chrono::TimeDelta;
use model::Timestamp;
use model::api::HistoryPoint;

use super::rows::first_id_at;
use super::{Store, number};

/// How long samples are kept.
const KEPT: TimeDelta = TimeDelta::days(7);

impl Store {
    /// Notes how each pool is now. Replicas that do so in the same quarter of a minute note it once.
    pub async fn sample_pools(&self, now: Timestamp) -> sqlx::Result<()> {
        sqlx::query!(
            "INSERT INTO pool_samples (pool, at, desired, ready, starting, claiming, claimed, stuck, destroying, waiting)
             SELECT pools.name, date_bin('15 seconds', $1, 'epoch'::timestamptz), pools.desired, members.ready,
                members.starting, members.claiming, members.claimed, members.stuck, members.destroying, line.waiting
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
             ) AS line
             ON CONFLICT DO NOTHING",
            now
        )
        .execute(&self.db)
        .await?;
        sqlx::query!("DELETE FROM pool_samples WHERE at < $1", now - KEPT).execute(&self.db).await?;
        Ok(())
    }

    /// How a pool was over the last hours, in steps, oldest first.
    pub async fn history(
        &self,
        pool: &str,
        hours: u32,
        step_seconds: u32,
        now: Timestamp,
    ) -> sqlx::Result<Vec<HistoryPoint>> {
        let since = now - TimeDelta::hours(i64::from(hours));
        let rows = sqlx::query!(
            r#"WITH samples AS (
                -- The last sample of each step.
                SELECT DISTINCT ON (step) date_bin(make_interval(secs => $3), at, 'epoch'::timestamptz) AS step, *
                FROM pool_samples WHERE pool = $1 AND at >= $2
                ORDER BY step, at DESC
            ), served AS (
                -- Ids of claims begin with their time, so the primary key finds those of the last hours.
                SELECT date_bin(make_interval(secs => $3), created_at, 'epoch'::timestamptz) AS step,
                    count(*) AS claims, count(ready_at) AS served, count(*) FILTER (WHERE phase = 'failed') AS failed,
                    count(*) FILTER (WHERE bound_at = created_at) AS hits,
                    percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM ready_at - created_at)) AS median,
                    percentile_cont(0.95) WITHIN GROUP (ORDER BY extract(epoch FROM ready_at - created_at)) AS most
                FROM claims WHERE pool = $1 AND id >= $4
                GROUP BY 1
            )
            SELECT samples.step AS "at!", samples.desired AS "desired!", samples.ready AS "ready!",
                samples.starting AS "starting!", samples.claiming AS "claiming!", samples.claimed AS "claimed!",
                samples.stuck AS "stuck!", samples.destroying AS "destroying!", samples.waiting AS "waiting!",
                coalesce(served.claims, 0) AS "claims!", coalesce(served.served, 0) AS "served!",
                coalesce(served.failed, 0) AS "failed!", coalesce(served.hits, 0) AS "hits!", served.median, served.most
            FROM samples LEFT JOIN served ON served.step = samples.step
            ORDER BY samples.step"#,
            pool,
            since,
            f64::from(step_seconds),
            first_id_at(since)
        )
        .fetch_all(&self.db)
        .await?;
        let members = |value: i32| number(i64::from(value));
        Ok(rows
            .into_iter()
            .map(|row| HistoryPoint {
                at: row.at,
                desired: members(row.desired),
                ready: members(row.ready),
                starting: members(row.starting),
                claiming: members(row.claiming),
                claimed: members(row.claimed),
                stuck: members(row.stuck),
                destroying: members(row.destroying),
                waiting: members(row.waiting),
                claims_made: number(row.claims),
                claims_ready: number(row.served),
                claims_failed: number(row.failed),
                claims_hit: number(row.hits),
                claim_seconds_median: row.median,
                claim_seconds_p95: row.most,
            })
            .collect())
    }
}
