//! At rest: a full pool, everything healthy, nobody asks.

use std::time::Duration;

use anyhow::Result;

use crate::report::{Figure, Report};
use crate::stage::Stage;

/// Long enough for the first looks after the start to be over.
const SETTLED_AFTER: Duration = Duration::from_secs(10);
/// One tick and the sweep in it.
const WATCHED: Duration = Duration::from_secs(60);

pub async fn measure(stage: &mut Stage, report: &mut Report) -> Result<()> {
    eprintln!("watching the system at rest for {WATCHED:?}");
    tokio::time::sleep(SETTLED_AFTER).await;
    let before = stage.counted.read(&mut stage.world).await?;
    tokio::time::sleep(WATCHED).await;
    let used = stage.counted.read(&mut stage.world).await?.since(&before);
    let seconds = WATCHED.as_secs_f64();
    for (name, resident) in &used.resident_mb {
        let share = used.cpu_seconds.get(name).copied().unwrap_or_default() / seconds * 100.0;
        let title = format!("{name}: memory");
        report.add(match name.starts_with("pool") || name.starts_with("services") {
            true => Figure::at_most("rest", title, *resident, "MB", 80.0),
            false => Figure::plain("rest", title, *resident, "MB"),
        });
        report.add(Figure::plain(
            "rest",
            format!("{name}: share of one core, its sweeps included"),
            share,
            "%",
        ));
    }
    report.add(Figure::plain("rest", "statements a second", used.statements as f64 / seconds, "1/s"));
    Ok(())
}
