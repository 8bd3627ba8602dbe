//! Runs many seeds of the fault harness, with progress and a report: `make soak SEEDS=500`, or `SEED=17` to
//! replay one. `SHRINK=1` looks for the shortest part of a failing seed; `REPORT=<file>` keeps the report.

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
use e2e::{
    harness::{
        operation::operations,
        report::Report,
        run::run,
        shrink::{lines, shrink},
    },
    world::postgres::Postgres,
};

/// Seeds when nobody says how many.
const SEEDS_DEFAULT: u64 = 100;
/// Worlds at the same time when nobody says how many: one keeps a core busy.
const WORLDS_DEFAULT: u64 = 2;

/// What was asked for in the environment.
struct Wish {
    first: u64,
    count: u64,
    worlds: u64,
    shrink: bool,
    report: Option<PathBuf>,
}

impl Wish {
    fn read() -> Result<Self> {
        let number = |name: &str, default: u64| match std::env::var(name) {
            Ok(text) if !text.is_empty() => {
                text.parse().with_context(|| format!("{name}={text} is not a number"))
            }
            _ => Ok(default),
        };
        let given = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        let one = given("SEED").is_some();
        let count = if one { 1 } else { number("SEEDS", SEEDS_DEFAULT)? };
        let first = number("SEED", 0)? + if one { 0 } else { number("FIRST", 0)? };
        Ok(Self {
            first,
            count,
            worlds: number("WORLDS", WORLDS_DEFAULT)?.clamp(1, count.max(1)),
            shrink: given("SHRINK").is_some(),
            report: given("REPORT").map(PathBuf::from),
        })
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
    let wish = Wish::read()?;
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
