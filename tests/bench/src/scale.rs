//! Whether a claim costs more when many are served, and after many came and went.

use std::time::Duration;

use anyhow::{Result, ensure};

use crate::chart;
use crate::claims::{check_unique, claim_ready};
use crate::load::counted_loop;
use crate::report::{Chart, Figure, Report};
use crate::stage::{LATER, Stage};

/// Ready instances at a round's begin; all of them are claimed in it.
const READY: u32 = 1_000;
const ROUNDS: u32 = 4;
const WORKERS: usize = 16;
const FEW: u32 = 1_000;
const MANY: u32 = 100_000;
/// The ratio to keep.
const KEPT: f64 = 0.8;
/// Autovacuum looks at tables this often by default; what it does then is part of the figure.
const PAUSE: Duration = Duration::from_secs(5);

pub async fn measure(stage: &mut Stage, report: &mut Report, churn: u32) -> Result<()> {
    stage.refill(0).await?;
    let numbers = stage.seeder.ready(FEW, LATER).await?;
    stage.seeder.claimed(numbers).await?;
    stage.seeder.settle().await?;
    eprintln!("claims with {FEW} claimed instances");
    rounds(stage, "warm", 1).await?;
    let few = rounds(stage, "few", ROUNDS).await?;
    eprintln!("claims with {MANY} claimed instances");
    let numbers = stage.seeder.ready(MANY - FEW, LATER).await?;
    stage.seeder.claimed(numbers).await?;
    stage.seeder.settle().await?;
    let many = rounds(stage, "many", ROUNDS).await?;
    report.add(Figure::plain(
        "scale",
        format!("claims a second, {FEW} claimed and {READY} ready"),
        few,
        "1/s",
    ));
    report.add(Figure::plain(
        "scale",
        format!("claims a second, {MANY} claimed and {READY} ready"),
        many,
        "1/s",
    ));
    report.add(Figure::at_least("scale", "ratio of the two", many / few, "", KEPT));

    stage.refill(0).await?;
    eprintln!("claims in an empty database");
    rounds(stage, "warm-2", 1).await?;
    let start = rounds(stage, "start", ROUNDS).await?;
    eprintln!("{churn} claims come and go");
    // The rows alone: reconcilers would look at what lives for a moment only.
    stage.stop().await?;
    stage.seeder.churn(churn).await?;
    stage.world.start_all().await?;
    let first = rounds(stage, "first", 1).await?;
    tokio::time::sleep(PAUSE).await;
    let after = rounds(stage, "after", ROUNDS).await?;
    report.add(Figure::plain("scale", "claims a second at the start", start, "1/s"));
    report.add(Figure::plain(
        "scale",
        format!("claims a second right after {churn} came and went"),
        first,
        "1/s",
    ));
    report.add(Figure::plain("scale", "the same five seconds later", after, "1/s"));
    report.add(Figure::at_least("scale", "ratio of the last to the start", after / start, "", KEPT));
    report.chart(Chart {
        file: "scale.svg".into(),
        title: "Claims a second with few and many served, and after many came and went".into(),
        svg: chart::bars(&[
            ("1k claimed", few),
            ("100k claimed", many),
            ("empty", start),
            ("after churn", after),
        ]),
    });
    Ok(())
}

/// Claims a second over rounds that each begin with as many ready instances and use them up.
async fn rounds(stage: &mut Stage, name: &str, count: u32) -> Result<f64> {
    let mut seconds = 0.0;
    for round in 0..count {
        stage.seeder.ready(READY, LATER).await?;
        let api = stage.world.api();
        let (samples, took) = counted_loop(WORKERS, READY, |number| {
            claim_ready(api.clone(), format!("{name}-{round}"), number)
        })
        .await;
        check_unique(&samples)?;
        ensure!(samples.iter().all(|sample| sample.outcome.is_ok()), "a claim failed");
        seconds += took.as_secs_f64();
    }
    Ok(f64::from(READY * count) / seconds)
}
