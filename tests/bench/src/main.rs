//! Measures the whole system on one machine and writes the report: `make bench`.
//!
//! Real `pool` and `services` processes, a PostgreSQL that syncs every commit, simulated vendors with stand-ins for
//! agents. Load is open-loop: requests leave when a Poisson process says so, and a latency counts from the moment the
//! request was meant to leave, so that a stall is seen by everybody who would have waited in it.

mod chart;
mod claims;
mod fill;
mod lists;
mod load;
mod raw;
mod report;
mod rest;
mod stage;
mod sweep;
mod usage;
mod warm_up;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use clap::Parser;

use crate::report::Report;
use crate::stage::Stage;

/// Measures the system and writes `performance.md` with its charts
#[derive(Debug, Clone, Parser)]
struct Wish {
    /// Ready instances before the load starts
    #[arg(long, default_value_t = 20_000)]
    instances: u32,
    /// Claims a second of the open-loop load
    #[arg(long, default_value_t = 500.0)]
    rate: f64,
    /// Length of each load, in seconds
    #[arg(long, default_value_t = 30)]
    seconds: u64,
    /// Folder of the report
    #[arg(long, default_value = "docs")]
    out: PathBuf,
    /// Only these parts: lists, claims, sustained, slow-agents, sweep, rest, warm-up
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
}

impl Wish {
    fn wants(&self, part: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|wanted| wanted == part)
    }

    fn length(&self) -> Duration {
        Duration::from_secs(self.seconds)
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
    let mut report = Report::new(wish.instances, wish.rate, wish.seconds);
    if wish.wants("warm-up") {
        warm_up::measure(&mut report).await?;
    }
    let mut stage = Stage::prepare(wish.instances).await?;
    let measured = everything(wish, &mut stage, &mut report).await;
    if measured.is_err() {
        eprintln!("{}", stage.world.logs());
    }
    measured?;
    stage.world.end().await?;
    report.write(&wish.out)
}

async fn everything(wish: &Wish, stage: &mut Stage, report: &mut Report) -> Result<()> {
    fill::measure(stage, report).await?;
    if wish.wants("rest") {
        rest::measure(stage, report).await?;
    }
    if wish.wants("lists") {
        lists::measure(stage, report, wish.length()).await?;
    }
    if wish.wants("sweep") {
        sweep::measure(stage, report).await?;
    }
    if wish.wants("claims") {
        claims::open_loop(stage, report, wish.rate, wish.length()).await?;
        claims::bind(stage, report, wish.rate, wish.length()).await?;
    }
    if wish.wants("slow-agents") {
        claims::slow_agents(stage, report, wish.rate, wish.length()).await?;
    }
    if wish.wants("sustained") {
        claims::sustained(stage, report, wish.length()).await?;
    }
    Ok(())
}
