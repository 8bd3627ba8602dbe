//! Two replicas of both processes beside one, at the same rate.

use std::time::Duration;

use anyhow::Result;
use e2e::world::http::Http;

use crate::claims::{check_unique, claim_ready};
use crate::load::{Distribution, open_loop};
use crate::report::{Figure, Report};
use crate::stage::Stage;

/// Long enough that one vacuum of a table does not decide it.
const LENGTH: Duration = Duration::from_secs(30);
/// Load before it that does not count: processes that just started are compared with none.
const WARM_UP: Duration = Duration::from_secs(3);

pub async fn measure(report: &mut Report, rate: f64) -> Result<()> {
    let mut stage = Stage::prepare(0, 2).await?;
    stage.world.start_all().await?;
    stage.calm().await?;
    let ready = (rate * (LENGTH + WARM_UP).as_secs_f64() * 2.2) as u32 + 500;
    stage.refill(ready).await?;
    let mut p99 = [0.0; 2];
    // Two first: the second replica ends for the other half.
    for replicas in [2_usize, 1] {
        if replicas == 1 {
            for child in [&mut stage.world.pools[1], &mut stage.world.services[1]] {
                child.terminate();
                child.exit_within(Duration::from_secs(15)).await?;
            }
        }
        eprintln!("claims at {rate}/s with {replicas} replicas of pool and services");
        let apis: Vec<_> = (0..replicas).map(|index| stage.world.api_of(index)).collect();
        let load = async |run: &str, length: Duration| {
            open_loop(rate, length, |number| {
                let api = apis[number as usize % replicas].clone();
                claim_ready(api, format!("{run}-{replicas}"), number)
            })
            .await
        };
        load("before", WARM_UP).await;
        let before = stage.counted.read(&mut stage.world).await?;
        let samples = load("replicas", LENGTH).await;
        let used = stage.counted.read(&mut stage.world).await?.since(&before);
        check_unique(&samples)?;
        let total = Distribution::of_samples(&samples);
        let each = |sum: f64| sum / total.count.max(1) as f64;
        for process in ["pool", "services", "postgres", "bench"] {
            let name = format!("CPU a claim with {replicas}: {process}");
            report.add(Figure::plain("replicas", name, each(used.cpu_of(process) * 1_000.0), "ms"));
        }
        let name = format!("transactions a claim with {replicas}");
        report.add(Figure::plain("replicas", name, each(used.transactions as f64), ""));
        report.add(Figure::at_most(
            "replicas",
            format!("errors with {replicas}"),
            total.errors as f64,
            "",
            0.0,
        ));
        p99[replicas - 1] = total.p99;
        report.distribution(&format!("claim, {replicas} replicas"), &total);
        if replicas == 2 {
            let lost = lost(&stage).await? / total.count.max(1) as f64 * 100.0;
            report.add(Figure::at_most(
                "replicas",
                "leases lost and writes fenced, of claims",
                lost,
                "%",
                0.1,
            ));
        }
    }
    report.add(Figure::at_most("replicas", "p99 with two over p99 with one", p99[1] / p99[0], "", 1.2));
    stage.world.end().await
}

/// Work that two did.
async fn lost(stage: &Stage) -> Result<f64> {
    let mut lost = 0.0;
    for url in &stage.metrics_urls {
        let metrics = Http::new(url.clone(), None)?.get("").await?.expect(200)?;
        let text = metrics.body.as_str().unwrap_or_default().to_owned();
        let counts = text
            .lines()
            .filter(|line| {
                line.starts_with("pool_leases_lost_total") || line.starts_with("pool_fenced_writes_total")
            })
            .filter_map(|line| line.rsplit_once(' ')?.1.parse::<f64>().ok());
        lost += counts.sum::<f64>();
    }
    Ok(lost)
}
