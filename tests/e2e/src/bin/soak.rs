//! Runs many seeds of the fault harness, with progress and a report: `make soak SEEDS=500`, or `SEED=17` to
//! replay one.

use std::{
    process::ExitCode,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use anyhow::{Context, Result, bail};
use e2e::{
    harness::{report::Report, run::run},
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
}

impl Wish {
    fn read() -> Result<Self> {
        let number = |name: &str, default: u64| match std::env::var(name) {
            Ok(text) if !text.is_empty() => {
                text.parse().with_context(|| format!("{name}={text} is not a number"))
            }
            _ => Ok(default),
        };
        let one = std::env::var_os("SEED").is_some_and(|seed| !seed.is_empty());
        let count = if one { 1 } else { number("SEEDS", SEEDS_DEFAULT)? };
        let first = number("SEED", 0)? + if one { 0 } else { number("FIRST", 0)? };
        Ok(Self { first, count, worlds: number("WORLDS", WORLDS_DEFAULT)?.clamp(1, count.max(1)) })
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
    if let Some(seed) = report.failed.first() {
        bail!("replay with: make soak SEED={seed}");
    }
    Ok(())
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
            let mut total = total.lock().unwrap_or_else(PoisonError::into_inner);
            match outcome {
                Ok(report) => total.add(report),
                Err(error) => {
                    println!("seed {seed} FAILED\n{error:#}\n");
                    total.seeds += 1;
                    total.failed.push(seed);
                }
            }
            let (done, failed) = (total.seeds, total.failed.len());
            println!(
                "{:>5} s  {done} of {} done, {failed} failed (last: {seed})",
                started.elapsed().as_secs(),
                wish.count
            );
        }
    })
}
