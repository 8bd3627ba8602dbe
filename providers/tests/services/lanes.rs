//! The pace of project creations, and the shelf that is quicker than it.

use serde_json::Value;
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

#[sqlx::test(migrator = "providers::run::MIGRATIONS")]
async fn a_burst_takes_empty_projects_from_the_shelf_and_the_shelf_fills_again(db: PgPool) {
    let here = Here::with(db, &[("RAILWAY_SHELF", "2")], |_| {}).await;
    let free = async || here.call(reqwest::Method::GET, "/vendors", None).await.1["shelf"]["free"].as_u64();
    here.until("two empty projects", async || free().await == Some(2)).await;
    let made = here.applied("projectCreate").await.len();
    assert_eq!(made, 2);
    futures::future::join_all(["instance1", "instance2"].map(|id| here.created(id))).await;
    for id in ["instance1", "instance2"] {
        let projects = here.projects(&name(id)).await;
        assert_eq!(projects.len(), 1, "{id}");
        here.healthy(id).await;
    }
    assert_eq!(here.applied("projectUpdate").await.len(), 2, "both were renamed");
    here.until("two empty projects again", async || free().await == Some(2)).await;
    assert!(distances(&here).await.iter().all(|distance| *distance >= DISTANCE_SIMULATED_MS));
    here.destroyed("instance1").await;
    assert!(here.projects(&name("instance1")).await.is_empty());
}
