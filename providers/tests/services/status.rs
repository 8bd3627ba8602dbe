//! How instances are, in one sweep.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::json;
use sqlx::PgPool;

use crate::here::Here;

#[sqlx::test(migrator = "providers::run::MIGRATIONS")]
async fn a_hanging_agent_delays_nobody_and_a_crashed_one_is_found(db: PgPool) {
    let here =
        Here::with(db, &[("HEALTH_TIMEOUT", "500ms"), ("RAILWAY_PROJECT_INTERVAL", "1s")], |_| {}).await;
    let ids: Vec<String> = (0..6).map(|number| format!("agent{number:07}")).collect();
    futures::future::join_all(ids.iter().map(|id| here.created(id))).await;
    for id in &ids {
        here.healthy(id).await;
    }
    here.sim(Method::POST, &format!("/_sim/instances/{}/hang", ids[0]), None).await;
    here.sim(Method::POST, &format!("/_sim/instances/{}/crash", ids[1]), None).await;
    // Answers of a moment ago are shared, so the first sweep after the hang may not see it.
    here.until("the hang is seen", async || here.status(&ids[0]).await != "healthy").await;
    let started = Instant::now();
    let body = json!({"instanceIds": ids});
    let (status, statuses) = here.call(Method::POST, "/status/batch?detail=1", Some(body)).await;
    assert_eq!(status, 200);
    assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
    for id in &ids[2..] {
        assert_eq!(statuses[id]["status"], "healthy", "{statuses}");
        assert_eq!(statuses[id]["deployStatus"], "running", "{statuses}");
    }
    assert_ne!(statuses[&ids[0]]["status"], "healthy", "{statuses}");
    here.until("the hanging agent is told", async || here.status(&ids[0]).await == "unreachable").await;
}

#[sqlx::test(migrator = "providers::run::MIGRATIONS")]
async fn a_redeploy_of_one_key_is_one_deploy(db: PgPool) {
    let here = Here::start(db).await;
    here.created("abc123def456").await;
    here.healthy("abc123def456").await;
    here.faults(json!([{"vendor": "railway", "operation": "environmentPatchCommit", "kind": "lose_answer", "count": 1}]))
        .await;
    let first = here.redeployed("abc123def456", "key-1", json!({})).await;
    assert_eq!(
        here.redeployed("abc123def456", "key-1", json!({})).await,
        first,
        "the same key, the same deploy"
    );
    let other =
        here.redeploy("abc123def456", "key-1", json!({"image": "ghcr.io/xmtplabs/convos-runtime:dev"})).await;
    assert_eq!((other.0, &other.1["code"]), (409, &json!("idempotency_key_reused")));
    let deployments = async || {
        let project = here.projects("agent-dev-abc123def456").await[0]["id"].clone();
        let query = "query D($input: DeploymentListInput!) {
            deployments(input: $input, first: 50) { edges { node { id } } } }";
        let list = here.railway(query, json!({"input": {"projectId": project}})).await;
        list["deployments"]["edges"].as_array().unwrap().len()
    };
    assert_eq!(deployments().await, 2, "the first one and this one");
    here.healthy("abc123def456").await;
    assert_ne!(here.redeployed("abc123def456", "key-2", json!({})).await, first);
    assert_eq!(deployments().await, 3, "another key is another deploy");
    assert_eq!(here.redeploy("unknown12345", "key-1", json!({})).await.0, 404);
}

#[sqlx::test(migrator = "providers::run::MIGRATIONS")]
async fn vendors_that_are_away_make_nobody_dead(db: PgPool) {
    let here = Here::start(db).await;
    here.created("abc123def456").await;
    here.healthy("abc123def456").await;
    here.faults(json!([{"vendor": "railway", "operation": "*", "kind": "refuse"}])).await;
    here.sim(Method::POST, "/_sim/instances/abc123def456/hang", None).await;
    here.until("nobody can say", async || here.status("abc123def456").await == "unknown").await;
    let ready = here.call(Method::GET, "/readyz", None).await;
    assert_eq!(ready.0, 200, "{}", ready.1);
}
