//! Warm-up from nothing through the vendor's lane and from a shelf, and how fast a claimed instance's replacement is asked
//! for.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use chrono::{DateTime, Utc};
use e2e::settle::eventually;
use e2e::world::World;

use crate::report::{Figure, Report};
use crate::stage::{journal, options};

const LANE_SECONDS: f64 = 30.0;
/// Few members, and many; vendors' time runs so much faster for each. Our own time does not: the faster, the more it weighs.
const RUNS: [(u32, f64); 2] = [(5, 10.0), (50, 15.0)];
/// With a shelf, everything but its filling runs this much faster than it does outside.
const SHELF_SCALE: f64 = 2.0;
/// The vendor makes one volume in so long, at the least ("You are creating volumes too quickly").
const VOLUME_SECONDS: f64 = 5.0;
const SHELF: u32 = 50;
const LONGEST: Duration = Duration::from_secs(180);

pub async fn measure(report: &mut Report) -> Result<()> {
    for (members, scale) in RUNS {
        eprintln!("warming up to 1 and to {members}");
        let (one, world) = filled(1, scale).await?;
        world.end().await?;
        let (all, world) = filled(members, scale).await?;
        let bound = one + LANE_SECONDS / scale * f64::from(members - 1);
        let name = format!(
            "0 to {members} through the lane: time over lane × {} and one create and deploy",
            members - 1
        );
        report.add(Figure::at_most("warm-up", name, all / bound, "", 1.05));
        if members == RUNS[0].0 {
            replacement(&world, report).await?;
        }
        world.end().await?;
    }
    Ok(())
}

async fn replacement(world: &World, report: &mut Report) -> Result<()> {
    let claim = world.api().claim_ready("bench").await?;
    let after = eventually("the claim's replacement is written down", LONGEST, async || {
        let asked: (DateTime<Utc>, DateTime<Utc>) = sqlx::query_as(
            "SELECT c.bound_at, (SELECT max(i.created_at) FROM instances i) FROM claims c WHERE c.id = $1",
        )
        .bind(claim.claim_id)
        .fetch_one(&world.pool_db.look)
        .await?;
        ensure!(asked.1 > asked.0, "the newest instance is older than the claim");
        Ok((asked.1 - asked.0).as_seconds_f64() * 1_000.0)
    })
    .await?;
    report.add(Figure::at_most("warm-up", "a claim's replacement is written down after", after, "ms", 100.0));
    Ok(())
}

/// Seconds from nothing to a pool of `members`.
async fn filled(members: u32, scale: f64) -> Result<(f64, World)> {
    let mut world = World::prepare(options(members, members + 10, scale)).await?;
    let started = Instant::now();
    world.start_all().await?;
    world.full(LONGEST).await?;
    Ok((started.elapsed().as_secs_f64(), world))
}

/// Fifty members from a shelf of fifty prepared projects, beside one.
pub async fn shelf(report: &mut Report) -> Result<()> {
    eprintln!("warming up to 1 and to {SHELF} from a shelf");
    let mut options = options(0, SHELF + 10, 1_000.0);
    options.services_variables.insert("RAILWAY_SHELF".into(), (SHELF + 1).to_string());
    let mut world = World::prepare(options).await?;
    world.start_all().await?;
    eventually("the shelf is full", LONGEST, async || {
        let free = sqlx::query_scalar("SELECT count(*) FROM shelf WHERE state = 'free'");
        let free: i64 = free.fetch_one(&world.services_db.look).await?;
        ensure!(free > i64::from(SHELF), "{free} of {SHELF} are on the shelf");
        Ok(())
    })
    .await?;
    let clock = serde_json::json!({"scale": SHELF_SCALE});
    world.outside.http().put("/_sim/clock", &clock).await?.expect(200)?;
    for child in world.services.iter_mut().chain(&mut world.pools) {
        child.terminate();
        child.exit_within(Duration::from_secs(15)).await?;
        child.variables().insert("TIME_SCALE".into(), SHELF_SCALE.to_string());
    }
    world.start_all().await?;
    let one = reach(&world, 1).await?;
    let before = journal(&world, 0).await?.last().and_then(|entry| entry["seq"].as_u64()).unwrap_or_default();
    let many = reach(&world, SHELF).await?;
    report.add(Figure::at_most(
        "shelf",
        format!("1 to {SHELF} from a shelf: time over one create and deploy"),
        many / one,
        "",
        1.3,
    ));
    let railway: Vec<DateTime<Utc>> = journal(&world, before)
        .await?
        .iter()
        .filter(|entry| entry["vendor"] == "railway")
        .filter_map(|entry| entry["at"].as_str()?.parse().ok())
        .collect();
    report.add(Figure::plain(
        "shelf",
        format!("the same over the vendor's lane of volumes, {VOLUME_SECONDS} s × {}, and one", SHELF - 1),
        many / (one + VOLUME_SECONDS / SHELF_SCALE * f64::from(SHELF - 1)),
        "",
    ));
    report.add(Figure::plain("shelf", "requests to Railway in it", railway.len() as f64, ""));
    report.add(Figure::plain("shelf", "seconds of one create and deploy from the shelf", one, "s"));
    report.add(Figure::at_most(
        "shelf",
        "requests to Railway a second in it",
        railway.len() as f64 / many,
        "1/s",
        40.0,
    ));
    world.end().await
}

/// Seconds until the pool has this many more idle members.
async fn reach(world: &World, members: u32) -> Result<f64> {
    let started = Instant::now();
    world.api().scale(&serde_json::json!({"minIdle": members})).await?;
    world.full(LONGEST).await?;
    Ok(started.elapsed().as_secs_f64())
}
