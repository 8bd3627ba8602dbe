//! How creations go: the journal of their ends, and the hold that begins when most of them fail.

use std::time::Duration;

use chrono::TimeDelta;
use model::Timestamp;
use model::delay::Curve;
use model::words::Kind;
use sqlx::PgConnection;

use super::event::{self, NewEvent};
use super::pool::LockedPool;

const ACTOR: &str = "reconciler/pool";
/// Failed creations in a row that begin a hold (OUTSIDE, "Recovery figures").
const HOLD_AFTER: i32 = 5;
/// Creations that the other rule looks at: half of them failed.
const HOLD_WINDOW: usize = 20;
/// Waits between probes of a hold: 1, 2, 4 … 10 minutes.
const PROBES: Curve = Curve { first: Duration::from_secs(60), most: Duration::from_secs(600) };

/// Creations are held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// What the failed creations met.
    pub why: String,
    /// When the present wait began.
    pub since: Timestamp,
    /// Probes made so far.
    pub probes: u32,
}

impl Hold {
    /// When one creation may be tried; waits pass `time_scale` times faster.
    pub fn probe_at(&self, time_scale: f64) -> Timestamp {
        let wait = PROBES.base(self.probes.saturating_add(1)).div_f64(time_scale);
        self.since + TimeDelta::from_std(wait).unwrap_or(TimeDelta::minutes(10))
    }
}

impl LockedPool {
    /// A probe of a hold is on its way: the next one is due later.
    pub async fn probe_sent(&mut self, now: Timestamp) -> sqlx::Result<()> {
        let Some(hold) = &self.record.hold else { return Ok(()) };
        sqlx::query!(
            "UPDATE pools SET hold_probes = $2, hold_since = $3 WHERE name = $1",
            self.record.name,
            i32::try_from(hold.probes.saturating_add(1)).unwrap_or(i32::MAX),
            now
        )
        .execute(&mut *self.tx)
        .await?;
        Ok(())
    }
}

/// Locks pools whose creations are about to be noted. Taken before any instance is touched, as the pool's own pass does:
/// one order of locks, no deadlock. The lock leaves foreign keys alone, so members can still be inserted.
pub(crate) async fn lock_for_creations(db: &mut PgConnection, pools: &[String]) -> sqlx::Result<()> {
    sqlx::query!("SELECT name FROM pools WHERE name = ANY($1) ORDER BY name FOR NO KEY UPDATE", pools)
        .fetch_all(db)
        .await?;
    Ok(())
}

/// Notes how a creation ended. Failures in a row, or half of the last twenty, begin a hold; one success ends it.
pub(crate) async fn note_creation(
    db: &mut PgConnection,
    pool: &str,
    outcome: Result<(), &str>,
    now: Timestamp,
) -> sqlx::Result<()> {
    let row = sqlx::query!(
        "SELECT creations_failed, creations_recent, hold_since FROM pools WHERE name = $1 FOR NO KEY UPDATE",
        pool
    )
    .fetch_one(&mut *db)
    .await?;
    let mark = if outcome.is_ok() { 's' } else { 'f' };
    let recent: String =
        std::iter::once(mark).chain(row.creations_recent.chars()).take(HOLD_WINDOW).collect();
    let failed = if outcome.is_ok() { 0 } else { row.creations_failed + 1 };
    let half = recent.len() == HOLD_WINDOW && recent.matches('f').count() * 2 >= HOLD_WINDOW;
    let held = outcome.is_err() && (failed >= HOLD_AFTER || half || row.hold_since.is_some());
    let begins = held && row.hold_since.is_none();
    let ends = outcome.is_ok() && row.hold_since.is_some();
    // A hold that ends forgets what led to it; else the next failure would begin it anew.
    let recent = if ends { "s".to_owned() } else { recent };
    sqlx::query!(
        "UPDATE pools
         SET creations_failed = $2, creations_recent = $3,
             hold_since = CASE WHEN $4 THEN coalesce(hold_since, $5) ELSE NULL END,
             hold_probes = CASE WHEN $4 THEN hold_probes ELSE 0 END,
             hold_reason = CASE WHEN $4 THEN coalesce($6, hold_reason) ELSE NULL END,
             due_at = now()
         WHERE name = $1",
        pool,
        failed,
        recent,
        held,
        now,
        outcome.err()
    )
    .execute(&mut *db)
    .await?;
    if begins {
        let message = format!("creations keep failing: {}", outcome.err().unwrap_or_default());
        event::write(db, &NewEvent::new(Kind::Pool, pool, "HoldBegan", message, ACTOR), now).await?;
    } else if ends {
        event::write(db, &NewEvent::new(Kind::Pool, pool, "HoldEnded", "a creation succeeded", ACTOR), now)
            .await?;
    }
    Ok(())
}
