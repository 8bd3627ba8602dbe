//! One sweep: the status of every instance while each agent's health takes 50 ms.

use std::time::{Duration, Instant};

use anyhow::Result;
use futures::future::try_join_all;
use serde_json::json;

use crate::report::{Figure, Report};
use crate::seed::id;
use crate::stage::Stage;

const INSTANCES: u32 = 10_000;
const HEALTH_MILLIS: u64 = 50;
/// Ids of one request.
const CHUNK: usize = 1_000;
const HUNG: u32 = 10;
/// What was seen is shared for a moment; it has to be over.
const STALE_AFTER: Duration = Duration::from_secs(1);

pub async fn measure(stage: &mut Stage, report: &mut Report) -> Result<()> {
    stage.agents.health_takes(HEALTH_MILLIS);
    let measured = all(stage, report).await;
    stage.agents.health_takes(0);
    stage.agents.hang([]);
    measured
}

async fn all(stage: &mut Stage, report: &mut Report) -> Result<()> {
    for (at_once, most) in [(40, 1.1), (400, 1.3)] {
        stage.stop().await?;
        for services in &mut stage.world.services {
            services.variables().insert("HEALTH_CONCURRENCY".into(), at_once.to_string());
        }
        stage.refill(INSTANCES).await?;
        let before =
            stage.journal(0).await?.last().and_then(|entry| entry["seq"].as_u64()).unwrap_or_default();
        eprintln!("asking for the status of {INSTANCES} instances, {at_once} at once");
        let swept = sweep(stage, 0).await?;
        let bound = f64::from(INSTANCES) * HEALTH_MILLIS as f64 / 1_000.0 / f64::from(at_once);
        let name = format!(
            "status of {INSTANCES} instances, health 50 ms, {at_once} at once: time over {bound:.2} s"
        );
        report.add(Figure::at_most("sweep", name, swept.seconds / bound, "", most));
        report.add(Figure::at_most("sweep", "of them not healthy", swept.unwell as f64, "", 0.0));
        let asked = stage.journal(before).await?.iter().filter(|entry| entry["vendor"] == "railway").count();
        let name = "requests to Railway in it (all are known to be well: none is needed)";
        report.add(Figure::at_most("sweep", name, asked as f64, "", 0.0));
        if at_once == 40 {
            hanging(stage, report, swept.seconds).await?;
        }
    }
    stage.stop().await?;
    for services in &mut stage.world.services {
        services.variables().remove("HEALTH_CONCURRENCY");
    }
    Ok(())
}

/// The same with ten agents that never answer, all in the first request: what the others take.
async fn hanging(stage: &mut Stage, report: &mut Report, without: f64) -> Result<()> {
    eprintln!("the same while {HUNG} agents hang");
    let hosts: Vec<String> = (0..HUNG).map(|number| stage.agents.host(number)).collect();
    stage.agents.hang(hosts);
    // They are met once, by whoever asks first; from then on it is known that they do not answer.
    let http = stage.world.services_api(0)?;
    let hung: Vec<String> = (0..HUNG).map(id).collect();
    http.post("/status/batch", &json!({"instanceIds": hung})).await?.expect(200)?;
    tokio::time::sleep(STALE_AFTER).await;
    let swept = sweep(stage, 1).await?;
    let name = format!("the same while {HUNG} agents hang: time of the others over that without");
    report.add(Figure::at_most("sweep", name, swept.seconds / without, "", 1.1));
    stage.agents.hang([]);
    Ok(())
}

struct Swept {
    /// Until the last request that counts was answered.
    seconds: f64,
    unwell: usize,
}

/// Asks for everybody at once, a thousand in a request; the first `apart` requests do not count.
async fn sweep(stage: &Stage, apart: usize) -> Result<Swept> {
    let http = stage.world.services_api(0)?;
    let ids: Vec<String> = (0..INSTANCES).map(id).collect();
    let started = Instant::now();
    let requests = ids.chunks(CHUNK).enumerate().map(|(index, chunk)| {
        let http = http.clone();
        async move {
            let answer = http.post("/status/batch", &json!({"instanceIds": chunk})).await?.expect(200)?;
            let words = answer.body.as_object().into_iter().flatten();
            let unwell = words.filter(|(_, word)| *word != "healthy").count();
            anyhow::Ok((index >= apart).then(|| (started.elapsed().as_secs_f64(), unwell)))
        }
    });
    let answers: Vec<(f64, usize)> = try_join_all(requests).await?.into_iter().flatten().collect();
    Ok(Swept {
        seconds: answers.iter().map(|answer| answer.0).fold(0.0, f64::max),
        unwell: answers.iter().map(|answer| answer.1).sum(),
    })
}
