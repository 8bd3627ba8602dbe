//! Real creations, through every step and vendor; how soon a full pool serves after it was started; and how large the
//! executable is.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use e2e::world::programs::program;
use tokio::process::Command;

use crate::report::{Figure, Report};
use crate::stage::{LATER, Stage};

/// Enough for a mean.
pub const CREATED: u32 = 150;
/// The pool whose start is measured.
const FULL: u32 = 10_000;
const LONGEST: Duration = Duration::from_secs(180);

/// Creates instances for real, with vendors' time a thousand times faster.
pub async fn measure(stage: &mut Stage, report: &mut Report) -> Result<()> {
    eprintln!("creating {CREATED} instances");
    let before = stage.counted.read(&mut stage.world).await?;
    let started = Instant::now();
    stage.world.start_all().await?;
    stage.wait_until_ready(u64::from(CREATED), LONGEST).await?;
    let seconds = started.elapsed().as_secs_f64();
    let used = stage.counted.read(&mut stage.world).await?.since(&before);
    let each = f64::from(CREATED);
    report.add(Figure::plain(
        "creation",
        "creations a second, the lane of 30 s as 30 ms",
        each / seconds,
        "1/s",
    ));
    let milliseconds = used.cpu_of_ours() * 1_000.0 / each;
    report.add(Figure::plain("creation", "CPU of pool, services and PostgreSQL each", milliseconds, "ms"));
    report.add(Figure::plain("creation", "statements each", used.statements as f64 / each, ""));
    Ok(())
}

/// From exec until the pool answers, with a full database.
pub async fn start(stage: &mut Stage, report: &mut Report) -> Result<()> {
    eprintln!("starting the pool with {FULL} instances");
    stage.refill_due(FULL, LATER).await?;
    let pool = &mut stage.world.pools[0];
    pool.terminate();
    pool.exit_within(Duration::from_secs(15)).await?;
    let started = Instant::now();
    stage.world.start_all().await?;
    let seconds = started.elapsed().as_secs_f64();
    report.add(Figure::at_most(
        "start",
        format!("pool ready to claim after exec, {FULL} instances"),
        seconds,
        "s",
        1.0,
    ));
    let executable = program("convos-agents")?;
    let folder = tempfile::tempdir()?;
    let stripped = folder.path().join("stripped");
    let done = Command::new("strip")
        .arg("-o")
        .arg(&stripped)
        .arg(&executable)
        .status()
        .await
        .context("run strip")?;
    ensure!(done.success(), "strip failed");
    let megabytes = std::fs::metadata(&stripped)?.len() as f64 / 1_000_000.0;
    report.add(Figure::at_most("start", "executable, stripped", megabytes, "MB", 40.0));
    Ok(())
}
