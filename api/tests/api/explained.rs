//! Explanations, the status of the whole, the published description.

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
    assert_eq!(kinds, ["pool", "instance", "claim", "destroy_request", "duty"]);
    let store = controller::store::Store::new(world.db.clone());
    store.sample_pools(process::clock::now()).await.unwrap();
    store.sample_pools(process::clock::now()).await.unwrap();
    let history = world.get("/api/metrics/history?hours=1").await;
    let last = history["points"].as_array().unwrap().last().unwrap();
    assert_eq!((&last["ready"], &last["claimsMade"]), (&json!(2), &json!(0)));
}
