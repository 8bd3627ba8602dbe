//! Measures the whole system on one machine and writes the report: `make bench`.
//!
//! Real `pool` and `services` processes, a PostgreSQL that syncs every commit, simulated vendors, a small server that
//! stands for all agents. Load is open-loop: requests leave when a Poisson process says so, and a latency counts from the
//! moment the request was meant to leave, so that a stall is seen by everybody who would have waited in it.

mod agents;
mod chart;
mod claims;
mod fill;
mod lists;
mod load;
mod profile;
mod raw;
mod replicas;
mod report;
mod rest;
mod scale;
mod seed;
mod stage;
mod sweep;
mod usage;
mod warm_up;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use clap::Parser;

use crate::report::Report;
use crate::stage::Stage;

/// The parts, in their order.
const PARTS: [&str; 15] = [
    "creation",
    "start",
    "claims",
    "bind",
    "slow-agents",
    "sustained",
    "profile",
    "lists",
    "sweep",
    "rest",
    "scale",
    "resync",
    "replicas",
    "warm-up",
    "shelf",
];

/// Measures the system and writes `performance.md` with its charts
#[derive(Debug, Clone, Parser)]
struct Wish {
    /// Ready instances before the load starts
    #[arg(long, default_value_t = 20_000)]
    instances: u32,
    /// Claims a second of the open-loop load
    #[arg(long, default_value_t = 500.0)]
    rate: f64,
    /// Length of the open-loop load, in seconds
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Claims that come and go before the last measurement of `scale`
    #[arg(long, default_value_t = 1_000_000)]
    churn: u32,
    /// Folder of the report
    #[arg(long, default_value = "docs")]
    out: PathBuf,
    /// Only these parts: creation, start, claims, bind, slow-agents, sustained, profile, lists, sweep, rest, scale,
    /// resync, replicas, warm-up, shelf
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
}

impl Wish {
    fn wants(&self, part: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|wanted| wanted == part)
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    match measure(&Wish::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn measure(wish: &Wish) -> Result<()> {
    for part in &wish.only {
        ensure!(PARTS.contains(&part.as_str()), "there is no part {part}: {}", PARTS.join(", "));
    }
    let mut report = Report::new(wish.instances, wish.rate, wish.seconds);
    let created = if wish.wants("creation") { fill::CREATED } else { 0 };
    let mut stage = Stage::prepare(created, 1).await?;
    let started = Instant::now();
    for part in PARTS.iter().filter(|part| wish.wants(part)) {
        eprintln!("[{:.0} s] {part}", started.elapsed().as_secs_f64());
        if let Err(error) = one(part, wish, &mut stage, &mut report).await {
            eprintln!("{}", stage.world.logs());
            report.note(format!("The part `{part}` could not be measured: {error:#}."));
        }
        // Whoever interrupts the rest has what was measured so far.
        report.write(&wish.out)?;
    }
    stage.world.end().await?;
    eprintln!("[{:.0} s] done; the report is in {}", started.elapsed().as_secs_f64(), wish.out.display());
    report.conclude();
    Ok(())
}

async fn one(part: &str, wish: &Wish, stage: &mut Stage, report: &mut Report) -> Result<()> {
    let (rate, length) = (wish.rate, Duration::from_secs(wish.seconds));
    if part == "creation" {
        return fill::measure(stage, report).await;
    }
    if part == "replicas" {
        return replicas::measure(report, rate).await;
    }
    if part == "shelf" {
        return warm_up::shelf(report).await;
    }
    if part == "warm-up" {
        return warm_up::measure(report).await;
    }
    if !stage.is_calm {
        stage.world.start_all().await?;
        stage.calm().await?;
    }
    match part {
        "start" => fill::start(stage, report).await,
        "lists" => lists::measure(stage, report, length).await,
        "claims" => claims::open_loop(stage, report, wish.instances, rate, length).await,
        "bind" => claims::bind(stage, report, rate, length).await,
        "slow-agents" => claims::slow_agents(stage, report, rate, length).await,
        "sustained" => claims::sustained(stage, report).await,
        "profile" => profile::measure(stage, report, rate).await,
        "sweep" => sweep::measure(stage, report).await,
        "rest" => rest::measure(stage, report).await,
        "scale" => scale::measure(stage, report, wish.churn).await,
        _ => rest::resync(stage, report).await,
    }
}
