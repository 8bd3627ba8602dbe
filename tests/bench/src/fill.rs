//! Filling the pool through the real path, and the start of a pool that is full.

use std::time::{Duration, Instant};

use anyhow::Result;

use crate::report::{Figure, Report};
use crate::stage::Stage;

/// Creating one instance takes at most this long here; the wait for all of them is bounded by it.
const LONGEST_EACH: Duration = Duration::from_millis(500);
const LONGEST_START: Duration = Duration::from_secs(60);

/// Fills the pool, then starts `pool` and `services` anew with vendors' time as it is.
pub async fn measure(stage: &mut Stage, report: &mut Report) -> Result<()> {
    let wanted = stage.instances;
    eprintln!("filling the pool with {wanted} instances");
    let before = stage.counted.read(&mut stage.world).await?;
    let started = Instant::now();
    stage.world.start_all().await?;
    stage.ask_for_all().await?;
    stage.wait_until_ready(u64::from(wanted), LONGEST_START + LONGEST_EACH * wanted).await?;
    let seconds = started.elapsed().as_secs_f64();
    let used = stage.counted.read(&mut stage.world).await?.since(&before);
    let each = f64::from(wanted);
    report.add(Figure::plain(
        "fill",
        "instances created a second, vendors' time 1000 times faster",
        each / seconds,
        "1/s",
    ));
    report.add(Figure::plain(
        "fill",
        "CPU of pool, services and PostgreSQL a creation",
        used.cpu_of_ours() * 1_000.0 / each,
        "ms",
    ));
    report.add(Figure::plain("fill", "statements a creation", used.statements as f64 / each, ""));
    stage.calm().await?;
    let pool = &mut stage.world.pools[0];
    pool.terminate();
    pool.exit_within(Duration::from_secs(15)).await?;
    let started = Instant::now();
    stage.world.start_all().await?;
    report.add(Figure::at_most(
        "start",
        "pool ready to claim after exec",
        started.elapsed().as_secs_f64(),
        "s",
        1.0,
    ));
    Ok(())
}
