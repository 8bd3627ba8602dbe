//! Runs many seeds of the fault harness, with progress and a report: `make soak SEEDS=500`, or `SEED=17` to
//! replay one.

use std::{
    path::PathBuf,
    process::ExitCode,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use clap::Parser;
use e2e::{
    harness::{
        operation::operations,
        report::Report,
        run::run,
        shrink::{lines, shrink},
    },
    world::postgres::Postgres,
};

/// Breaks the system at random, heals it, lets it settle, and checks its promises
///
/// Each seed is a world of its own: two replicas of each process, a private PostgreSQL and simulated vendors. A seed that
/// fails is named with the command that replays it.
#[derive(Debug, Parser)]
#[command(after_help = "On a busy machine E2E_PATIENCE=3 gives everything three times the time.")]
struct Wish {
    /// How many seeds
    #[arg(long = "seeds", env = "SEEDS", default_value_t = 100)]
    count: u64,
    /// The first of them
    #[arg(long, env = "FIRST", default_value_t = 0)]
    first: u64,
    /// This one again, and no other
    #[arg(long, env = "SEED")]
    seed: Option<u64>,
    /// Worlds at the same time; one keeps a core busy
    #[arg(long, env = "WORLDS", default_value_t = 2)]
    worlds: u64,
    /// Look for the shortest part of a failing seed that still fails
    #[arg(long, env = "SHRINK")]
    shrink: bool,
    /// Keep the report in this file
    #[arg(long, env = "REPORT")]
    report: Option<PathBuf>,
}

impl Wish {
    fn read() -> Self {
        let mut wish = Self::parse();
        if let Some(seed) = wish.seed {
            (wish.first, wish.count) = (seed, 1);
        }
        wish.worlds = wish.worlds.clamp(1, wish.count.max(1));
        wish
    }
}

fn main() -> ExitCode {
    match soak() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("soak: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn soak() -> Result<()> {
    let wish = Wish::read();
    let started = Instant::now();
    let next = AtomicU64::new(0);
    let total = Mutex::new(Report::default());
    println!("{} seeds from {}, {} at a time", wish.count, wish.first, wish.worlds);
    std::thread::scope(|scope| {
        // A thread each: a world's processes end with the thread that started them.
        let workers: Vec<_> =
            (0..wish.worlds).map(|_| scope.spawn(|| work(&wish, &next, &total, started))).collect();
        for worker in workers {
            match worker.join() {
                Ok(outcome) => outcome?,
                Err(_) => bail!("a worker panicked"),
            }
        }
        Ok(())
    })?;
    let report = total.into_inner().unwrap_or_else(PoisonError::into_inner);
    println!("\n{report}\ntook:       {} s", started.elapsed().as_secs());
    keep(&wish, &report, started)?;
    if let Some(seed) = report.failed.first() {
        bail!("replay with: make soak SEED={seed}");
    }
    Ok(())
}

/// Writes the report where it was asked for; after every seed, so that a soak can be ended at any time.
fn keep(wish: &Wish, report: &Report, started: Instant) -> Result<()> {
    let Some(path) = &wish.report else { return Ok(()) };
    std::fs::write(path, page(wish, report, started.elapsed()))
        .with_context(|| format!("write {}", path.display()))
}

/// The report as a page.
fn page(wish: &Wish, report: &Report, took: Duration) -> String {
    let (first, count, worlds) = (wish.first, wish.count, wish.worlds);
    format!(
        "# Soak\n\nWritten by `make soak SEEDS={count} FIRST={first} WORLDS={worlds} REPORT=docs/soak.md`, after {} of {count} seeds and {} minutes:\n\
         random operations and faults on two replicas of each process, then the outside is healed, everything comes to rest, and the\n\
         promises I1 to I12 are checked against both databases and the vendors\u{2019} inventory and journal.\n\n```\n{report}\n```\n",
        report.seeds,
        took.as_secs().div_ceil(60),
    )
}

/// Runs seeds until none is left, in a cluster of its own.
fn work(wish: &Wish, next: &AtomicU64, total: &Mutex<Report>, started: Instant) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut postgres = Postgres::start(cluster::Durability::ThrowAway).await?;
        postgres.prepare_templates().await?;
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= wish.count {
                return Ok(());
            }
            let seed = wish.first + index;
            let outcome = run(seed, &mut postgres).await;
            postgres.resume().await?;
            if outcome.is_err() && wish.shrink {
                let shortest = shrink(seed, operations(seed), &mut postgres).await;
                println!("seed {seed} in short:\n{}", lines(&shortest));
            }
            let mut total = total.lock().unwrap_or_else(PoisonError::into_inner);
            match outcome {
                Ok(report) => total.add(report),
                Err(error) => {
                    println!("seed {seed} FAILED\n{error:#}\n");
                    total.seeds += 1;
                    total.failed.push(seed);
                }
            }
            keep(wish, &total, started)?;
            let (done, failed) = (total.seeds, total.failed.len());
            println!(
                "{:>5} s  {done} of {} done, {failed} failed (last: {seed})",
                started.elapsed().as_secs(),
                wish.count
            );
        }
    })
}
