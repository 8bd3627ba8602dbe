//! Crashes and lost answers while the pool warms up: in the end everything is there once.
#![expect(clippy::unwrap_used, reason = "a world that cannot be made has failed the test")]

use std::{collections::BTreeMap, time::Duration};

use e2e::{
    invariants::{Limits, settled, violations},
    settle::eventually,
    world::{Options, World},
};
use serde_json::json;

const REST_WITHIN: Duration = Duration::from_secs(180);
const LIMITS: Limits = Limits { instances_max: 20, surge_max: 3 };

fn options() -> Options {
    Options { min_idle: 5, ..Options::default() }
}

async fn all_is_there_once(world: &World) {
    settled(world, REST_WITHIN).await.unwrap();
    let found = violations(world, LIMITS).await.unwrap();
    assert!(found.is_empty(), "{found:#?}");
}

/// How often the vendors carried out each operation since the world began.
async fn counts(world: &World) -> BTreeMap<String, usize> {
    world.outside.carried_out(0).await.unwrap()
}

/// Waits until so many projects were created.
async fn projects(world: &World, count: usize) {
    let created = async || {
        let created = world.outside.carried_out(0).await?.get("projectCreate").copied().unwrap_or_default();
        anyhow::ensure!(created >= count, "{created} of {count}");
        Ok(())
    };
    eventually("projects are created", REST_WITHIN, created).await.unwrap();
}

#[tokio::test]
async fn a_pool_killed_at_any_moment_of_a_warm_up_reaches_its_target() {
    let mut world = World::start(options()).await.unwrap();
    for count in 1..=5 {
        projects(&world, count).await;
        world.pools[0].kill().await.unwrap();
        world.start_all().await.unwrap();
    }
    all_is_there_once(&world).await;
    assert_eq!(counts(&world).await["projectCreate"], 5);
}

#[tokio::test]
async fn services_killed_at_any_moment_of_a_warm_up_lose_and_double_nothing() {
    let mut world = World::start(options()).await.unwrap();
    for count in 1..=5 {
        projects(&world, count).await;
        world.services[0].kill().await.unwrap();
        world.start_all().await.unwrap();
    }
    all_is_there_once(&world).await;
}

#[tokio::test]
async fn a_lost_answer_of_a_creation_makes_neither_a_second_project_nor_a_second_key() {
    let mut world = World::prepare(options()).await.unwrap();
    let lost = json!([
        {"vendor": "railway", "operation": "projectCreate", "kind": "lose_answer", "count": 3},
        {"vendor": "openrouter", "operation": "createKey", "kind": "lose_answer", "count": 3},
    ]);
    world.outside.set_faults(&lost).await.unwrap();
    world.start_all().await.unwrap();
    all_is_there_once(&world).await;
    let inventory = world.outside.inventory().await.unwrap();
    assert_eq!((inventory.projects.len(), inventory.keys.len()), (5, 5));
    assert_eq!(counts(&world).await["projectCreate"], 5, "an answer that was lost is a project that exists");
}

#[tokio::test]
async fn creations_are_thirty_seconds_apart_also_over_a_restart_of_services() {
    // A little less than a restart takes passes between two creations, so that each restart meets the lane.
    let options = Options { min_idle: 5, time_scale: 20.0, services: 2, ..Options::default() };
    let mut world = World::start(options).await.unwrap();
    for count in [1, 3] {
        projects(&world, count).await;
        for services in &mut world.services {
            services.kill().await.unwrap();
        }
        world.start_all().await.unwrap();
    }
    all_is_there_once(&world).await;
    let journal = world.outside.journal(0).await.unwrap();
    let created: Vec<u64> = journal
        .iter()
        .filter(|entry| entry.operation == "projectCreate")
        .map(|entry| entry.at_simulated_ms)
        .collect();
    assert!(created.len() >= 5);
    for pair in created.windows(2) {
        // The journal notes the answer's time; requests of a loaded machine arrive unevenly late.
        assert!(pair[1] - pair[0] >= 29_000, "{} ms apart", pair[1] - pair[0]);
    }
    let refused = journal.iter().filter(|entry| entry.operation == "projectCreate" && !entry.applied).count();
    assert_eq!(refused, 0, "the lane keeps what the vendor would refuse");
}

#[tokio::test]
async fn a_database_that_goes_away_is_waited_for_and_work_resumes() {
    let mut world = World::start(Options { own_postgres: true, ..options() }).await.unwrap();
    projects(&world, 1).await;
    world.postgres().unwrap().stop().await.unwrap();
    let (pool, services) = (world.api().http().with_key(None), world.services_api(0).unwrap().with_key(None));
    for http in [&pool, &services] {
        eventually("it says that it is not ready", REST_WITHIN, async || {
            http.get("/readyz").await?.expect(503).map(drop)
        })
        .await
        .unwrap();
        http.get("/healthz").await.unwrap().expect(200).unwrap();
    }
    let refused =
        world.api().claim(&json!({"agentName": "Ada", "instructions": "Answer."}), None, 0).await.unwrap();
    assert_eq!(refused.status, 503, "{}", refused.body);
    world.postgres().unwrap().resume().await.unwrap();
    world.answering().await.unwrap();
    all_is_there_once(&world).await;
}
