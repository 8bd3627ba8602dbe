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
async fn a_redeploy_that_is_sent_again_after_a_lost_answer_is_seen_finished(db: PgPool) {
    let here = Here::start(db).await;
    here.created("abc123def456").await;
    here.healthy("abc123def456").await;
    here.redeployed("abc123def456", "key-1", json!({})).await;
    here.healthy("abc123def456").await;
    // The process died between the vendor's answer and its record.
    sqlx::query("UPDATE redeploys SET state = 'sent'").execute(&here.db).await.unwrap();
    here.redeployed("abc123def456", "key-1", json!({})).await;
    here.healthy("abc123def456").await;
}

#[sqlx::test(migrator = "providers::run::MIGRATIONS")]
async fn a_redeploy_is_told_from_the_deploy_before_it_by_the_vendors_clock_alone(db: PgPool) {
    let here = Here::start(db).await;
    here.created("abc123def456").await;
    here.healthy("abc123def456").await;
    here.redeployed("abc123def456", "key-1", json!({})).await;
    let since: chrono::DateTime<chrono::Utc> =
        sqlx::query_scalar("SELECT deploy_since FROM instance_infra").fetch_one(&here.db).await.unwrap();
    let project = here.projects("agent-dev-abc123def456").await[0]["id"].clone();
    let query = "query D($input: DeploymentListInput!) {
        deployments(input: $input, first: 50) { edges { node { createdAt } } } }";
    let list = here.railway(query, json!({"input": {"projectId": project}})).await;
    let mut began: Vec<chrono::DateTime<chrono::Utc>> = list["deployments"]["edges"]
        .as_array()
        .unwrap()
        .iter()
        .map(|edge| edge["node"]["createdAt"].as_str().unwrap().parse().unwrap())
        .collect();
    began.sort();
    assert_eq!(since.timestamp_millis(), began[0].timestamp_millis(), "{began:?}");
    here.healthy("abc123def456").await;
}

#[sqlx::test(migrator = "providers::run::MIGRATIONS")]
async fn a_redeploy_whose_image_cannot_be_had_is_told_while_the_old_container_answers(db: PgPool) {
    let here = Here::start(db).await;
    here.created("abc123def456").await;
    here.healthy("abc123def456").await;
    let before: (String, String) =
        sqlx::query_as("SELECT image_tag, image FROM instance_infra").fetch_one(&here.db).await.unwrap();
    // A digest is taken as it is; only the pull finds out that nothing has it.
    let image = format!("ghcr.io/xmtplabs/convos-runtime@sha256:{}", "0".repeat(64));
    here.redeployed("abc123def456", "key-1", json!({"image": image})).await;
    let told = async || {
        let ids = json!({"instanceIds": ["abc123def456"]});
        let (_, details) = here.call(Method::POST, "/status/batch?detail=1", Some(ids)).await;
        let one = &details["abc123def456"];
        one["status"] == "healthy" && one["deployStatus"] == "failed"
    };
    here.until("its failure is told", told).await;
    here.until("and told again", told).await;
    let kept = "SELECT image_tag, image FROM instance_infra";
    let (tag, pinned): (String, String) = sqlx::query_as(kept).fetch_one(&here.db).await.unwrap();
    assert_eq!((&tag, &pinned), (&before.0, &before.1), "what never ran is not the present image");
    here.redeployed("abc123def456", "key-2", json!({"image": "ghcr.io/xmtplabs/convos-runtime:dev"})).await;
    here.until("a good one is told as well", async || {
        let ids = json!({"instanceIds": ["abc123def456"]});
        let (_, details) = here.call(Method::POST, "/status/batch?detail=1", Some(ids)).await;
        details["abc123def456"]["deployStatus"] == "running"
    })
    .await;
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

#[sqlx::test(migrator = "providers::run::MIGRATIONS")]
async fn a_deploy_that_is_skipped_or_waits_for_a_person_leaves_its_agent_serving(db: PgPool) {
    const ID: &str = "abc123def456";
    let here = Here::start(db).await;
    here.created(ID).await;
    here.healthy(ID).await;
    let words = async |moods: serde_json::Value, key: &str, deploy_status: &str| {
        here.sim(Method::PUT, "/_sim/railway", Some(moods)).await;
        here.redeployed(ID, key, json!({})).await;
        let body = json!({"instanceIds": [ID]});
        let detail = async || {
            let path = "/status/batch?detail=1";
            here.call(Method::POST, path, Some(body.clone())).await.1[ID].clone()
        };
        here.until(deploy_status, async || detail().await["deployStatus"] == deploy_status).await;
        detail().await["status"].clone()
    };
    assert_eq!(
        words(json!({"skipped": 1}), "key-1", "failed").await,
        "healthy",
        "the old container serves on"
    );
    assert_eq!(words(json!({"needsApproval": 1}), "key-2", "needs_approval").await, "deploying");
    here.sim(Method::POST, &format!("/_sim/instances/{ID}/approve"), None).await;
    here.healthy(ID).await;
}

#[sqlx::test(migrator = "providers::run::MIGRATIONS")]
async fn a_project_that_cannot_be_read_whole_is_unknown_and_hides_nobody_else(db: PgPool) {
    let here = Here::start(db).await;
    let ids = ["agent0000001", "agent0000002", "agent0000003"];
    futures::future::join_all(ids.map(|id| here.created(id))).await;
    for id in ids {
        here.healthy(id).await;
        here.sim(Method::POST, &format!("/_sim/instances/{id}/crash"), None).await;
    }
    here.sim(Method::PUT, "/_sim/railway", Some(json!({"partialAnswers": 1_000_000}))).await;
    let words = async || {
        let (_, statuses) = here.call(Method::POST, "/status/batch", Some(json!({"instanceIds": ids}))).await;
        let mut words = ids.map(|id| statuses[id].as_str().unwrap_or_default().to_owned());
        words.sort();
        words
    };
    let one_is_unknown = ["deploy_failed", "deploy_failed", "unknown"];
    here.until("two are known to be dead, one is not known", async || words().await == one_is_unknown).await;
    here.sim(Method::PUT, "/_sim/railway", Some(json!({}))).await;
    here.until("all are known", async || words().await == ["deploy_failed"; 3]).await;
}

#[sqlx::test(migrator = "providers::run::MIGRATIONS")]
async fn agents_that_the_platform_moves_by_itself_come_back_without_our_doing(db: PgPool) {
    let here = Here::start(db).await;
    let ids = ["agent0000001", "agent0000002"];
    futures::future::join_all(ids.map(|id| here.created(id))).await;
    for id in ids {
        here.healthy(id).await;
    }
    let commits = here.asked("environmentPatchCommit").await;
    // Each about once a minute: a third of a second here.
    here.sim(Method::PUT, "/_sim/railway", Some(json!({"redeploysPerHour": 60.0}))).await;
    let deployments = async || {
        let inventory = here.inventory().await;
        let projects = inventory["railway"]["projects"].as_array().unwrap();
        let of = |project: &serde_json::Value| project["deployments"].as_array().cloned().unwrap_or_default();
        projects.iter().flat_map(of).map(|deployment| deployment["id"].clone()).collect::<Vec<_>>()
    };
    let before = deployments().await;
    here.until("both were moved", async || {
        let now = deployments().await;
        here.status(ids[0]).await;
        before.iter().all(|id| !now.contains(id))
    })
    .await;
    here.sim(Method::PUT, "/_sim/railway", Some(json!({}))).await;
    for id in ids {
        here.healthy(id).await;
    }
    assert_eq!(here.asked("environmentPatchCommit").await, commits, "nobody else deployed");
}
