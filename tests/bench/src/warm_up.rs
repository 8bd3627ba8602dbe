//! Warm-up from nothing through the vendor's lane, and how fast a claimed instance's replacement is asked for.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use e2e::world::World;

use crate::report::{Figure, Report};
use crate::stage::options;

/// Vendors' time runs this much faster; the lane of 30 s takes one.
const SCALE: f64 = 30.0;
const LANE_SECONDS: f64 = 30.0;
const MEMBERS: u32 = 5;
const LONGEST: Duration = Duration::from_secs(120);

pub async fn measure(report: &mut Report) -> Result<()> {
    eprintln!("warming up to 1 and to {MEMBERS}");
    let (one, world) = filled(1).await?;
    world.end().await?;
    let (all, world) = filled(MEMBERS).await?;
    let bound = one + LANE_SECONDS / SCALE * f64::from(MEMBERS - 1);
    report.add(Figure::at_most(
        "warm-up",
        format!(
            "0 to {MEMBERS} through the lane: time over lane × {} and one create and deploy",
            MEMBERS - 1
        ),
        all / bound,
        "",
        1.05,
    ));
    let claim = world.api().claim_ready("bench").await?;
    let asked: (DateTime<Utc>, DateTime<Utc>) = sqlx::query_as(
        "SELECT c.bound_at, (SELECT max(i.created_at) FROM instances i) FROM claims c WHERE c.id = $1",
    )
    .bind(claim.claim_id)
    .fetch_one(&world.pool_db.look)
    .await
    .context("read the claim")?;
    let after = (asked.1 - asked.0).as_seconds_f64() * 1_000.0;
    report.add(Figure::at_most("warm-up", "a claim's replacement is written down after", after, "ms", 100.0));
    world.end().await
}

/// Seconds from nothing to a pool of `members`.
async fn filled(members: u32) -> Result<(f64, World)> {
    let mut world = World::prepare(options(members, members + 10, SCALE)).await?;
    let started = Instant::now();
    world.start_all().await?;
    world.full(LONGEST).await?;
    Ok((started.elapsed().as_secs_f64(), world))
}
