//! The pace of project creations, and the shelf that is quicker than it.

use serde_json::Value;
use simulator::tokens;
use sqlx::PgPool;

use crate::here::{Here, name};

/// Less a moment for the simulator's own clock and journal.
const DISTANCE_SIMULATED_MS: u64 = 29_500;

async fn distances(here: &Here) -> Vec<u64> {
    let at = |entry: &Value| entry["atSimulatedMs"].as_u64().unwrap();
    let times: Vec<u64> = here.applied("projectCreate").await.iter().map(at).collect();
    times.windows(2).map(|pair| pair[1] - pair[0]).collect()
}

#[sqlx::test(migrator = "providers::run::MIGRATIONS")]
async fn projects_are_made_thirty_seconds_apart_over_replicas_and_restarts(db: PgPool) {
    let mut here = Here::start(db).await;
    futures::future::join_all(["instance1", "instance2", "instance3"].map(|id| here.created(id))).await;
    here.kill();
    here.begin().await;
    here.created("instance4").await;
    let distances = distances(&here).await;
    assert_eq!(distances.len(), 3);
    assert!(distances.iter().all(|distance| *distance >= DISTANCE_SIMULATED_MS), "{distances:?}");
}

/// What the projects were called that were made after the first so many.
async fn made_after(here: &Here, count: usize) -> Vec<String> {
    let made = here.applied("projectCreate").await.split_off(count);
    made.iter().map(|entry| entry["subject"].as_str().unwrap_or_default().to_owned()).collect()
}

#[sqlx::test(migrator = "providers::run::MIGRATIONS")]
async fn a_burst_takes_the_shelf_and_not_the_lane_and_the_shelf_fills_again_in_quiet_time(db: PgPool) {
    const SHELF: usize = 10;
    const BURST: usize = 13;
    let here = Here::with(db, &[("RAILWAY_SHELF", "10")], |_| {}).await;
    let free = async || here.call(reqwest::Method::GET, "/vendors", None).await.1["shelf"]["free"].as_u64();
    here.until("ten empty projects", async || free().await == Some(10)).await;
    assert_eq!(here.applied("projectCreate").await.len(), SHELF);

    let ids: Vec<String> = (0..BURST).map(|number| format!("instance{number:02}")).collect();
    futures::future::join_all(ids.iter().map(|id| here.created(id))).await;
    // Those from the shelf come to their volumes all at once, and wait for each other: nobody is told to slow down.
    let (asked, _) = here.requests_after("railway", 0).await;
    assert_eq!(asked.iter().filter(|entry| entry["operation"] == "volumeCreate").count(), BURST);
    let renamed = here.applied("projectUpdate").await.len();
    let made = made_after(&here, SHELF).await;
    let is_shelf = |subject: &&String| subject.contains("shelf");
    let last = made.iter().rposition(|subject| !is_shelf(&subject)).expect("some came by the lane");
    // One may have been under way when the burst came, and then serves it, too.
    let before = made[..last].iter().filter(is_shelf).count();
    assert!(before <= 1, "the shelf was filled while creations waited: {made:?}");
    assert!((SHELF..=SHELF + before).contains(&renamed), "the shelf was not used up: {renamed}, {made:?}");
    assert_eq!(made.iter().filter(|subject| !is_shelf(subject)).count(), BURST - renamed, "{made:?}");
    for id in &ids {
        assert_eq!(here.projects(&name(id)).await.len(), 1, "{id}");
        here.healthy(id).await;
    }

    here.until("ten empty projects again", async || free().await == Some(10)).await;
    assert!(distances(&here).await.iter().all(|distance| *distance >= DISTANCE_SIMULATED_MS));
    here.destroyed(&ids[0]).await;
    assert!(here.projects(&name(&ids[0])).await.is_empty());
}

#[sqlx::test(migrator = "providers::run::MIGRATIONS")]
async fn each_workspace_has_a_lane_of_its_own(db: PgPool) {
    const SECOND: &str = "7c1d9a52-52ab-4c7e-8f0e-3b6a1f2d4e05";
    let tokens = format!(
        "{}={},{SECOND}=sim-second-workspace-token-0002",
        tokens::RAILWAY_WORKSPACE_ID,
        tokens::RAILWAY_TOKEN
    );
    // A lane that stays closed for longer than the test waits.
    let variables = [("RAILWAY_API_TOKENS", tokens.as_str()), ("RAILWAY_PROJECT_INTERVAL", "1h")];
    let here = Here::with(db, &variables, |options| {
        options.tokens.push(format!("railway:{SECOND}=sim-second-workspace-token-0002"));
    })
    .await;
    // One after the other, so that the second one finds the first lane closed.
    let mut workspaces = Vec::new();
    for id in ["instance1", "instance2"] {
        here.created(id).await;
        workspaces.push(here.projects(&name(id)).await[0]["workspaceId"].clone());
    }
    assert_ne!(workspaces[0], workspaces[1]);
    for id in ["instance1", "instance2"] {
        here.destroyed(id).await;
        assert!(here.projects(&name(id)).await.is_empty(), "{id}");
    }
}
