//! One sweep: the status of every instance while each agent's health takes 50 ms.

use std::time::{Duration, Instant};

use anyhow::Result;
use serde_json::json;

use crate::report::{Figure, Report};
use crate::stage::Stage;

const HEALTH_MILLIS: u64 = 50;
/// `HEALTH_CONCURRENCY`.
const AT_ONCE: f64 = 40.0;
/// Ids of one batch.
const CHUNK: usize = 1_000;
/// Longer than services keep what they saw.
const STALE_AFTER: Duration = Duration::from_secs(6);

pub async fn measure(stage: &mut Stage, report: &mut Report) -> Result<()> {
    let ids: Vec<String> =
        sqlx::query_scalar("SELECT id FROM instances WHERE status = 'ready' ORDER BY id LIMIT 10000")
            .fetch_all(&stage.world.pool_db.look)
            .await?;
    eprintln!("asking for the status of {} instances", ids.len());
    let slow = json!([{"vendor": "agent", "operation": "health", "kind": "slow", "ms": HEALTH_MILLIS}]);
    stage.world.outside.http().put("/_sim/faults", &slow).await?.expect(200)?;
    tokio::time::sleep(STALE_AFTER).await;
    let before = stage.journal(0).await?.last().and_then(|entry| entry["seq"].as_u64()).unwrap_or_default();
    let http = stage.world.services_api(0)?;
    let started = Instant::now();
    let mut unknown = 0;
    for chunk in ids.chunks(CHUNK) {
        let answer = http.post("/status/batch", &json!({"instanceIds": chunk})).await?.expect(200)?;
        let words = answer.body.as_object().into_iter().flatten();
        unknown += words.filter(|(_, word)| *word != "healthy").count();
    }
    let seconds = started.elapsed().as_secs_f64();
    stage.world.outside.http().delete("/_sim/faults").await?;
    let bound = ids.len() as f64 * HEALTH_MILLIS as f64 / 1_000.0 / AT_ONCE;
    report.add(Figure::at_most(
        "sweep",
        format!("status of {} instances, health 50 ms, 40 at once: time over its bound", ids.len()),
        seconds / bound,
        "",
        1.1,
    ));
    report.add(Figure::at_most("sweep", "of them not healthy", unknown as f64, "", 0.0));
    let journal = stage.journal(before).await?;
    let asked = journal.iter().filter(|entry| entry["vendor"] == "railway").count();
    let most = (ids.len() as f64 / 50.0).ceil();
    report.add(Figure::at_most("sweep", "requests to Railway in it", asked as f64, "", most));
    Ok(())
}
