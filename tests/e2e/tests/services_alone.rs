//! The services process by itself, against the simulated vendors.
#![expect(clippy::unwrap_used, reason = "a world that cannot be made has failed the test")]

use std::time::Duration;

use anyhow::ensure;
use e2e::{
    settle::eventually,
    world::{Options, World, http::Http},
};
use serde_json::{Value, json};

const WITHIN: Duration = Duration::from_secs(60);

async fn world() -> (World, Http) {
    let world = World::start(Options { pools: 0, services: 2, ..Options::default() }).await.unwrap();
    let services = world.services_api(0).unwrap();
    (world, services)
}

/// Calls until the answer is 200.
async fn finished(
    what: &str,
    mut call: impl AsyncFnMut() -> anyhow::Result<e2e::world::http::Answer>,
) -> Value {
    eventually(what, WITHIN, async || Ok(call().await?.expect(200)?.body)).await.unwrap()
}

async fn create(services: &Http, id: &str) -> Value {
    let body = json!({"instanceId": id});
    finished("the creation ends", async || services.post("/create-instance", &body).await).await
}

async fn healthy(services: &Http, id: &str) {
    eventually("the agent is healthy", WITHIN, async || {
        let statuses = services.post("/status/batch", &json!({"instanceIds": [id]})).await?.expect(200)?;
        ensure!(statuses.text(id) == "healthy", "{}", statuses.body);
        Ok(())
    })
    .await
    .unwrap();
}

async fn configure(services: &Http, id: &str, claim: &str) -> Value {
    let body = json!({"instructions": "Answer.", "agentName": "Ada", "claimId": claim});
    finished("it is configured", async || services.post(&format!("/configure/{id}"), &body).await).await
}

async fn destroy(services: &Http, id: &str) -> Value {
    finished("it is gone", async || services.delete(&format!("/destroy/{id}")).await).await
}

#[tokio::test]
async fn an_instance_is_made_configured_and_destroyed() {
    let (world, services) = world().await;
    let created = create(&services, "abcdef000001").await;
    assert_eq!(create(&services, "abcdef000001").await, created);
    healthy(&services, "abcdef000001").await;
    let first = configure(&services, "abcdef000001", "claim-1").await;
    assert!(first["inviteUrl"].as_str().unwrap().contains("/c/"), "{first}");
    assert_eq!(configure(&services, "abcdef000001", "claim-1").await["inviteUrl"], first["inviteUrl"]);
    let other = json!({"instructions": "Answer.", "agentName": "Eve", "claimId": "claim-2"});
    let refused = services.post("/configure/abcdef000001", &other).await.unwrap().expect(409).unwrap();
    assert_eq!(refused.text("code"), "agent_already_bound");
    let inventory = world.outside.inventory().await.unwrap();
    assert_eq!((inventory.projects.len(), inventory.keys.len()), (1, 1));
    let gone = destroy(&services, "abcdef000001").await;
    for tool in ["openrouter", "wallet"] {
        let mut resources = gone["resources"].as_array().unwrap().iter();
        assert!(resources.any(|it| it["toolId"] == tool && it["outcome"] == "deleted"), "{gone}");
    }
    let inventory = world.outside.inventory().await.unwrap();
    assert_eq!((inventory.projects.len(), inventory.keys.len()), (0, 0));
    let again = services.post("/create-instance", &json!({"instanceId": "abcdef000001"})).await.unwrap();
    assert_eq!(again.status, 410, "{}", again.body);
}

#[tokio::test]
async fn whatever_one_answer_of_a_creation_is_there_is_one_of_everything() {
    let (world, services) = world().await;
    let steps = [
        ("openrouter", "createKey"),
        ("railway", "projectCreate"),
        ("railway", "serviceCreate"),
        ("railway", "volumeCreate"),
        ("railway", "serviceDomainCreate"),
        ("railway", "environmentPatchCommit"),
    ];
    let kinds = ["lose_answer", "after_effect", "refuse", "hang", "throttle_429", "html"];
    for (step, (vendor, operation)) in steps.into_iter().enumerate() {
        for (number, kind) in kinds.into_iter().enumerate() {
            world.outside.fault_next(vendor, operation, kind, 1).await.unwrap();
            let id = format!("abcdef0{step:02}{number:02}");
            create(&services, &id).await;
            healthy(&services, &id).await;
            assert_eq!(world.outside.fault_left().await.unwrap(), 0, "{operation} {kind} met nothing");
            let whole = world.outside.raw_inventory().await.unwrap();
            let projects = whole["railway"]["projects"].as_array().unwrap();
            assert_eq!(projects.len(), 1, "{operation} {kind}: {projects:#?}");
            for (things, count) in [("services", 1), ("volumes", 1), ("domains", 1), ("deployments", 1)] {
                let found = projects[0][things].as_array().unwrap();
                assert_eq!(found.len(), count, "{operation} {kind}: {things} {found:#?}");
            }
            assert_eq!(whole["openrouter"]["keys"].as_array().unwrap().len(), 1, "{operation} {kind}");
            destroy(&services, &id).await;
            let left = world.outside.inventory().await.unwrap();
            assert_eq!((left.projects.len(), left.keys.len()), (0, 0), "{operation} {kind}: {left:?}");
        }
    }
}

#[tokio::test]
async fn whatever_one_answer_of_a_destruction_is_everything_goes() {
    let (world, services) = world().await;
    let steps = [("railway", "projectDelete"), ("openrouter", "deleteKey")];
    let kinds = ["lose_answer", "after_effect", "refuse", "hang", "throttle_429", "html", "status"];
    for (step, (vendor, operation)) in steps.into_iter().enumerate() {
        for (number, kind) in kinds.into_iter().enumerate() {
            let id = format!("abcdef1{step:02}{number:02}");
            create(&services, &id).await;
            // A success without effect is among them.
            let fault = json!([{"vendor": vendor, "operation": operation, "kind": kind, "count": 1,
                "status": if kind == "status" { 200 } else { 503 }}]);
            world.outside.set_faults(&fault).await.unwrap();
            destroy(&services, &id).await;
            assert_eq!(world.outside.fault_left().await.unwrap(), 0, "{operation} {kind} met nothing");
            let left = world.outside.inventory().await.unwrap();
            assert_eq!((left.projects.len(), left.keys.len()), (0, 0), "{operation} {kind}: {left:?}");
        }
    }
}
