//! Serial lanes: a least distance between calls of one kind, over all replicas and restarts, in order of asking.
//!
//! The distance counts from the later of the sending and the answer of the last call: a call whose answer was lost may
//! have reached the vendor at any time in between.

use std::time::Duration;

use super::{Ledger, LedgerError};

/// How long after the promised time a place in the line is kept for a holder that does not come back.
pub const LANE_GRACE: Duration = Duration::from_secs(6);

/// What a lane says to somebody who wants to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// Send now; the lane is taken.
    Go,
    /// Not before this has passed.
    Wait(Duration),
}

impl Ledger {
    /// Asks for the next turn, and takes it if it is there. A lower `priority` goes first.
    pub async fn lane_turn(
        &self,
        lane: &str,
        holder: &str,
        priority: i32,
        distance: Duration,
    ) -> Result<Turn, LedgerError> {
        let mut transaction = self.pool.begin().await?;
        sqlx::query!(
            "INSERT INTO lanes (name, next_allowed_at)
             VALUES ($1, clock_timestamp())
             ON CONFLICT (name) DO NOTHING",
            lane
        )
        .execute(&mut *transaction)
        .await?;
        // The row lock makes everything below one step for all replicas.
        let closed_seconds = sqlx::query_scalar!(
            r#"SELECT extract(epoch FROM next_allowed_at - clock_timestamp())::float8 AS "seconds!"
             FROM lanes
             WHERE name = $1
             FOR UPDATE"#,
            lane
        )
        .fetch_one(&mut *transaction)
        .await?;
        let ahead = sqlx::query_scalar!(
            r#"SELECT count(*) AS "ahead!"
             FROM lane_tickets AS other
             LEFT JOIN lane_tickets AS mine ON mine.lane = $1 AND mine.holder = $2
             WHERE other.lane = $1
                 AND other.holder <> $2
                 AND other.expires_at > clock_timestamp()
                 AND (other.priority, other.asked_at, other.holder)
                     < ($3, coalesce(mine.asked_at, clock_timestamp()), $2)"#,
            lane,
            holder,
            priority
        )
        .fetch_one(&mut *transaction)
        .await?;
        let wait = Duration::from_secs_f64(closed_seconds.max(0.0))
            + distance.saturating_mul(u32::try_from(ahead).unwrap_or(u32::MAX));
        if ahead == 0 && wait.is_zero() {
            sqlx::query!(
                "UPDATE lanes
                 SET next_allowed_at = clock_timestamp() + make_interval(secs => $2), last_used_at = clock_timestamp()
                 WHERE name = $1",
                lane,
                distance.as_secs_f64()
            )
            .execute(&mut *transaction)
            .await?;
            let waited = sqlx::query_scalar!(
                r#"DELETE FROM lane_tickets WHERE lane = $1 AND holder = $2
                 RETURNING extract(epoch FROM clock_timestamp() - asked_at)::float8 AS "seconds!""#,
                lane,
                holder
            )
            .fetch_optional(&mut *transaction)
            .await?;
            transaction.commit().await?;
            metrics::histogram!("services_lane_wait_seconds").record(waited.unwrap_or(0.0).max(0.0));
            return Ok(Turn::Go);
        }
        // Somebody ahead who is late must not look like an open lane.
        let wait = wait.max(Duration::from_millis(100));
        sqlx::query!(
            "INSERT INTO lane_tickets (lane, holder, priority, asked_at, expires_at)
             VALUES ($1, $2, $3, clock_timestamp(), clock_timestamp() + make_interval(secs => $4))
             ON CONFLICT (lane, holder) DO UPDATE
                 SET priority = EXCLUDED.priority, expires_at = EXCLUDED.expires_at",
            lane,
            holder,
            priority,
            (wait + LANE_GRACE).as_secs_f64()
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(Turn::Wait(wait))
    }

    /// Closes the lane for `distance` from now: after an answer, or as long as a vendor said.
    pub async fn lane_close(&self, lane: &str, distance: Duration) -> Result<(), LedgerError> {
        sqlx::query!(
            "UPDATE lanes
             SET next_allowed_at = greatest(next_allowed_at, clock_timestamp() + make_interval(secs => $2)),
                 last_used_at = clock_timestamp()
             WHERE name = $1",
            lane,
            distance.as_secs_f64()
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Leaves the line.
    pub async fn lane_leave(&self, holder: &str) -> Result<(), LedgerError> {
        sqlx::query!("DELETE FROM lane_tickets WHERE holder = $1", holder).execute(&self.pool).await?;
        Ok(())
    }

    /// How long a newcomer would wait in this lane.
    pub async fn lane_wait(&self, lane: &str, distance: Duration) -> Result<Duration, LedgerError> {
        let row = sqlx::query!(
            r#"SELECT
                 coalesce((SELECT greatest(extract(epoch FROM next_allowed_at - clock_timestamp())::float8, 0)
                     FROM lanes WHERE name = $1), 0) AS "closed_seconds!",
                 (SELECT count(*) FROM lane_tickets WHERE lane = $1 AND expires_at > clock_timestamp()) AS "waiting!""#,
            lane
        )
        .fetch_one(&self.pool)
        .await?;
        let line = distance.saturating_mul(u32::try_from(row.waiting).unwrap_or(u32::MAX));
        Ok(Duration::from_secs_f64(row.closed_seconds) + line)
    }
}
