//! Explanations, the status of the whole, the published description.

use std::time::{Duration, Instant};

use model::record::PoolSpec;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::world::World;

#[sqlx::test(migrator = "controller::store::MIGRATIONS")]
async fn every_kind_of_record_explains_itself(db: PgPool) {
    let world = World::start(db, 1).await;
    world.until_ready(1).await;
    let claim: Value = world
        .post("/api/claim", json!({"agentName": "Ada", "instructions": "Answer."}))
        .await
        .json()
        .await
        .unwrap();
    let (id, instance) = (claim["claimId"].as_str().unwrap(), claim["instanceId"].as_str().unwrap());
    let destroy: Value =
        world.post("/api/destroy-requests", json!({"instanceId": instance})).await.json().await.unwrap();
    let destroy = destroy["destroyRequestId"].as_str().unwrap();
    let paths = [
        "/api/pools/default".to_owned(),
        format!("/api/instances/{instance}"),
        format!("/api/claims/{id}"),
        format!("/api/destroy-requests/{destroy}"),
    ];
    for path in paths {
        let told = world.get(&format!("{path}/explain")).await;
        assert!(!told["text"].as_str().unwrap().is_empty(), "{path}");
        assert!(told["plan"]["step"].is_string() && told["plan"]["again"].is_string(), "{path}: {told}");
        assert!(told["timeline"].is_array() && told["conditions"].is_array(), "{path}");
    }
    let told = world.get(&format!("/api/claims/{id}/explain")).await;
    let states: Vec<&Value> = told["timeline"].as_array().unwrap().iter().map(|event| &event["to"]).collect();
    assert!(states.contains(&&json!("ready")), "{told}");
}

#[sqlx::test(migrator = "controller::store::MIGRATIONS")]
async fn the_status_tells_how_vendors_lanes_and_budgets_are_and_what_failed(db: PgPool) {
    // Paused, so that nobody takes away the records that fail.
    let world = World::with(db, PoolSpec { min_idle: 0, paused: true, ..PoolSpec::default() }).await;
    let status = world.get("/api/status").await;
    let vendor = &status["vendors"][0];
    assert_eq!(
        (&vendor["name"], &vendor["errors"], &vendor["latencyMs"]),
        (&json!("sms"), &json!(7), &json!(12))
    );
    assert_eq!(vendor["problem"], "the vendor answers 503");
    assert_eq!(status["budgets"][0]["remaining"], 950.5);
    assert_eq!(status["lanes"][0]["waiting"], 2);
    assert_eq!(status["shelf"], json!({"target": 3, "kept": 2, "free": 1}));
    // Many may look at once; `services` is asked for all of them once.
    for _ in 0..5 {
        world.get("/api/status").await;
    }
    assert!(world.services.calls("/vendors") < 6);

    sqlx::query(
        "INSERT INTO instances (id, pool, status, status_since, attempts, last_error, due_at, created_at, updated_at)
         SELECT 'failing' || n, 'default', 'starting', now(), n, 'no answer ' || n, now() + interval '1 hour', now(), now()
         FROM generate_series(1, 3) AS n",
    )
    .execute(&world.db)
    .await
    .unwrap();
    let status = world.get("/api/status").await;
    let creation = &status["reconcilers"][1];
    assert_eq!(
        (&creation["kind"], &creation["retrying"], &creation["errors"]),
        (&json!("creation"), &json!(3), &json!(6))
    );
    assert_eq!(creation["lastError"], "no answer 3");
}

#[sqlx::test(migrator = "controller::store::MIGRATIONS")]
async fn the_status_does_not_wait_for_services_that_are_silent(db: PgPool) {
    let world = World::start(db, 0).await;
    assert_eq!(world.get("/api/status").await["vendors"].as_array().unwrap().len(), 1);
    world.services.be_silent();
    // What was heard before stays, however long nothing new comes.
    let asked = Instant::now();
    world.until("/api/status", |_| world.services.calls("/vendors") >= 2).await;
    let status = world.get("/api/status").await;
    // Two looks at a silent `services` would take 30 s if they were as patient as the other calls.
    assert!(asked.elapsed() < Duration::from_secs(25), "the status waited for services");
    assert_eq!(status["vendors"].as_array().unwrap().len(), 1);
}

#[sqlx::test(migrator = "controller::store::MIGRATIONS")]
async fn the_status_counts_and_the_history_remembers(db: PgPool) {
    let world = World::start(db, 2).await;
    world.until_ready(2).await;
    let status = world.until("/api/status", |status| status["services"]["reachable"] == true).await;
    assert_eq!(status["counts"]["ready"], 2);
    let kinds: Vec<&str> = status["reconcilers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|queue| queue["kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["pool", "creation", "instance", "claim", "destroy", "duty"]);
    let store = controller::store::Store::new(world.db.clone());
    store.sample_pools(process::clock::now()).await.unwrap();
    store.sample_pools(process::clock::now()).await.unwrap();
    let history = world.get("/api/metrics/history?hours=1").await;
    let last = history["points"].as_array().unwrap().last().unwrap();
    assert_eq!((&last["ready"], &last["claimsMade"]), (&json!(2), &json!(0)));
}
