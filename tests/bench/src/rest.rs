//! At rest: a full pool, everything healthy, nobody asks; and how much it costs to look at very many.

use std::time::Duration;

use anyhow::Result;

use crate::report::{Figure, Report};
use crate::stage::Stage;
use crate::usage::Usage;

const INSTANCES: u32 = 10_000;
/// Every instance is looked at in these seconds of each tick, so that there is a time between sweeps.
const SWEEP_SECONDS: (f64, f64) = (0.0, 5.0);
/// The first looks after the start are over, and with them their connections.
const SETTLED_AFTER: Duration = Duration::from_secs(20);
/// One tick and the sweep in it.
const WATCHED_SECONDS: u32 = 30;
/// Records of the large resync.
const MANY: u32 = 100_000;
/// They are looked at once within this time.
const MANY_SECONDS: f64 = 60.0;

pub async fn measure(stage: &mut Stage, report: &mut Report) -> Result<()> {
    stage.refill_due(INSTANCES, SWEEP_SECONDS).await?;
    eprintln!("watching {INSTANCES} instances at rest for {WATCHED_SECONDS} s");
    tokio::time::sleep(SETTLED_AFTER).await;
    let mut seconds: Vec<Usage> = Vec::new();
    let mut last = stage.counted.read(&mut stage.world).await?;
    let first = last.clone();
    for _ in 0..WATCHED_SECONDS {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let now = stage.counted.read(&mut stage.world).await?;
        seconds.push(now.since(&last));
        last = now;
    }
    let used = last.since(&first);
    for (name, resident) in &used.resident_mb {
        let of_ours = name.starts_with("pool") || name.starts_with("services");
        let title = format!("{name}: memory");
        report.add(match of_ours {
            true => Figure::at_most("rest", title, *resident, "MB", 80.0),
            false => Figure::plain("rest", title, *resident, "MB"),
        });
        let share =
            used.cpu_seconds.get(name).copied().unwrap_or_default() / f64::from(WATCHED_SECONDS) * 100.0;
        report.add(Figure::plain(
            "rest",
            format!("{name}: share of one core over a tick, its sweep included"),
            share,
            "%",
        ));
    }
    let mut shares: Vec<f64> =
        seconds.iter().map(|second| second.cpu_of("pool") + second.cpu_of("services")).collect();
    shares.sort_by(f64::total_cmp);
    let between = shares[shares.len() / 2] * 100.0;
    report.add(Figure::at_most(
        "rest",
        "pool and services between sweeps (median second), of one core",
        between,
        "%",
        5.0,
    ));
    let statements = used.statements as f64 / f64::from(WATCHED_SECONDS);
    report.add(Figure::plain("rest", "statements a second", statements, "1/s"));
    Ok(())
}

/// A hundred thousand agents that serve somebody, each asked once in a minute.
pub async fn resync(stage: &mut Stage, report: &mut Report) -> Result<()> {
    stage.stop().await?;
    stage.seeder.clear().await?;
    let numbers = stage.seeder.ready(MANY, (0.0, MANY_SECONDS)).await?;
    stage.seeder.claimed(numbers).await?;
    stage.seeder.settle().await?;
    for pool in &mut stage.world.pools {
        pool.variables().insert("TICK_INTERVAL_MS".into(), (MANY_SECONDS * 1_000.0).to_string());
    }
    stage.world.start_all().await?;
    eprintln!("looking at {MANY} instances in {MANY_SECONDS} s");
    let (before, asked) = (stage.counted.read(&mut stage.world).await?, stage.agents.asked());
    tokio::time::sleep(Duration::from_secs_f64(MANY_SECONDS)).await;
    let used = stage.counted.read(&mut stage.world).await?.since(&before);
    let asked = (stage.agents.asked() - asked) as f64 / f64::from(MANY);
    report.add(Figure::at_least(
        "resync",
        format!("share of {MANY} agents that were asked within 60 s"),
        asked,
        "",
        0.95,
    ));
    let share = |name: &str| used.cpu_of(name) / MANY_SECONDS * 100.0;
    let ours = share("pool") + share("services");
    report.add(Figure::at_most("resync", "pool and services, of one core", ours, "%", 20.0));
    for name in ["pool", "services", "postgres", "bench"] {
        report.add(Figure::plain("resync", format!("{name}, of one core"), share(name), "%"));
    }
    for (name, resident) in &used.resident_mb {
        report.add(Figure::plain("resync", format!("{name}: memory"), *resident, "MB"));
    }
    for pool in &mut stage.world.pools {
        pool.variables().insert("TICK_INTERVAL_MS".into(), "30000".into());
    }
    Ok(())
}
