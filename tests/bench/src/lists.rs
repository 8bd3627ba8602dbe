//! Reading: pages of instances, the status, metrics.

use std::time::Duration;

use anyhow::Result;

use crate::load::{Distribution, open_loop};
use crate::report::{Figure, Report};
use crate::stage::Stage;

/// Each read's path, requests a second, and the figure to reach at the 99th percentile.
const READS: [(&str, &str, f64, f64); 2] = [
    ("GET /api/instances, a page of 100", "/api/instances?limit=100", 200.0, 10.0),
    ("GET /api/status", "/api/status", 50.0, 5.0),
];
const SCRAPES_A_SECOND: f64 = 10.0;

pub async fn measure(stage: &mut Stage, report: &mut Report, length: Duration) -> Result<()> {
    stage.refill(10_000).await?;
    for (name, path, rate, target) in READS {
        eprintln!("reading {path}");
        let http = stage.world.api().http().clone();
        let samples = open_loop(rate, length.min(Duration::from_secs(20)), |_| {
            let http = http.clone();
            async move { read(&http, path).await }
        })
        .await;
        let distribution = Distribution::of_samples(&samples);
        report.add(Figure::at_most(
            "lists",
            format!("{name} at {rate}/s, p99"),
            distribution.p99,
            "ms",
            target,
        ));
        report.distribution(name, &distribution);
    }
    let http = e2e::world::http::Http::new(stage.metrics_urls[0].clone(), None)?;
    let before = stage.counted.read(&mut stage.world).await?;
    let samples = open_loop(SCRAPES_A_SECOND, Duration::from_secs(5), |_| {
        let http = http.clone();
        async move { read(&http, "").await }
    })
    .await;
    let used = stage.counted.read(&mut stage.world).await?.since(&before);
    let distribution = Distribution::of_samples(&samples);
    report.add(Figure::at_most("lists", "scrape of /metrics, p99", distribution.p99, "ms", 10.0));
    let each = used.statements as f64 / samples.len().max(1) as f64;
    report.add(Figure::plain(
        "lists",
        "statements during the scrapes, a scrape (background included)",
        each,
        "",
    ));
    Ok(())
}

async fn read(http: &e2e::world::http::Http, path: &str) -> Result<(), String> {
    let answer = http.get(path).await.map_err(|error| format!("{error:#}"))?;
    if answer.status == 200 { Ok(()) } else { Err(format!("{} {}", answer.status, answer.body)) }
}
