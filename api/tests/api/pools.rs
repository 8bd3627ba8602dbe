//! Pools: versions, parts, and what would be done.

use reqwest::Method;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::world::{World, refusal};

#[sqlx::test(migrator = "controller::store::MIGRATIONS")]
async fn a_change_meant_for_an_older_version_is_refused(db: PgPool) {
    let world = World::start(db, 0).await;
    let read = world.request(Method::GET, "/api/pools/default").send().await.unwrap();
    let tag = read.headers()["etag"].to_str().unwrap().to_owned();
    let put = |tag: &str, body: Value| {
        world.request(Method::PUT, "/api/pools/default").header("if-match", tag).json(&body).send()
    };
    let changed = put(&tag, json!({"minIdle": 0, "maxInstances": 7})).await.unwrap();
    assert_eq!(changed.status(), 200);
    assert_ne!(changed.headers()["etag"], tag.as_str());
    let pool: Value = changed.json().await.unwrap();
    assert_eq!((&pool["spec"]["maxInstances"], &pool["spec"]["maxSurge"]), (&json!(7), &json!(3)));
    let (status, code, _) = refusal(put(&tag, json!({"minIdle": 9})).await.unwrap()).await;
    assert_eq!((status, code.as_str()), (412, "precondition_failed"));
    let patch = world
        .request(Method::PATCH, "/api/pools/default")
        .header("if-match", "*")
        .json(&json!({"paused": true}));
    let pool: Value = patch.send().await.unwrap().json().await.unwrap();
    assert_eq!((&pool["spec"]["maxInstances"], &pool["spec"]["paused"]), (&json!(7), &json!(true)));
}

#[sqlx::test(migrator = "controller::store::MIGRATIONS")]
async fn a_lower_target_is_previewed_and_then_destroys_the_surplus(db: PgPool) {
    let world = World::start(db, 3).await;
    world.until_ready(3).await;
    let preview: Value =
        world.post("/api/pools/default/preview", json!({"minIdle": 1})).await.json().await.unwrap();
    assert_eq!((preview["desired"].clone(), preview["create"].clone()), (json!(1), json!(0)));
    assert_eq!(preview["destroy"].as_array().unwrap().len(), 2, "{preview}");
    assert_eq!(world.get("/api/pools/default").await["status"]["ready"], 3, "a preview changes nothing");
    let more: Value =
        world.post("/api/pools/default/preview", json!({"minIdle": 9})).await.json().await.unwrap();
    assert_eq!(more["create"], 6);
    world.request(Method::PATCH, "/api/pools/default").json(&json!({"minIdle": 1})).send().await.unwrap();
    world
        .until("/api/pools/default", |pool| pool["status"]["ready"] == 1 && pool["status"]["destroying"] == 0)
        .await;
    let done = world
        .until("/api/destroy-requests?reason=surplus&phase=done", |list| list["items"][1].is_object())
        .await;
    assert_eq!(done["items"].as_array().unwrap().len(), 2);
}

#[sqlx::test(migrator = "controller::store::MIGRATIONS")]
async fn pools_are_made_listed_drained_and_removed(db: PgPool) {
    let world = World::start(db, 0).await;
    let made = world.post("/api/pools", json!({"name": "other", "minIdle": 1})).await;
    assert_eq!(made.status(), 201);
    world.until("/api/pools/other", |pool| pool["status"]["ready"] == 1).await;
    let first = world.get("/api/pools?limit=1").await;
    let cursor = first["nextCursor"].as_str().unwrap();
    let second = world.get(&format!("/api/pools?limit=1&cursor={cursor}")).await;
    assert_eq!(
        (&first["items"][0]["name"], &second["items"][0]["name"]),
        (&json!("other"), &json!("default"))
    );
    let remove = || world.request(Method::DELETE, "/api/pools/other").send();
    assert_eq!(refusal(remove().await.unwrap()).await.1, "conflict");
    let drained = world.request(Method::POST, "/api/pools/other/drain").send().await.unwrap();
    assert_eq!(drained.status(), 202);
    world
        .until("/api/pools/other", |pool| pool["status"]["ready"] == 0 && pool["status"]["destroying"] == 0)
        .await;
    assert_eq!(remove().await.unwrap().status(), 204);
    assert_eq!(refusal(remove().await.unwrap()).await.0, 404);
}
