//! Railway in bad weather: agents that die, sleep, hang and move; lists that lag; webhooks that come twice or never.
#![expect(clippy::unwrap_used, reason = "what cannot be read has failed the test")]

mod common;

use axum::http::StatusCode;
use common::receiver::Receiver;
use common::{Outside, Project, documents, eventually, stubs};
use serde_json::{Value, json};
use simulator::tokens::RAILWAY_WORKSPACE_ID;
use simulator::{Options, Profile};

/// A running agent of the instance `abc123`.
async fn agent(outside: &Outside) -> Project {
    let project = outside.agent("agent-test-abc123", json!({"INSTANCE_ID": "abc123"})).await;
    outside.until(&project, "SUCCESS").await;
    project
}

async fn order(outside: &Outside, order: &str) {
    assert_eq!(outside.post(&format!("/_sim/instances/abc123/{order}")).await, 200, "{order}");
}

async fn health(outside: &Outside, project: &Project) -> u16 {
    outside.agent_get(project, "/pool/health").await.0
}

/// Registers a receiver for these events.
async fn rule(outside: &Outside, receiver: &Receiver, events: &[&str]) {
    let input = json!({"input": {"workspaceId": RAILWAY_WORKSPACE_ID, "eventTypes": events,
        "channelConfigs": [{"type": "webhook", "url": receiver.url}]}});
    outside.data(documents::RULE_CREATE, input).await;
}

async fn next_type(receiver: &mut Receiver) -> String {
    let event: Value = serde_json::from_str(&receiver.next().await.1).unwrap();
    event["type"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_crashed_agent_stays_down_until_it_is_resumed() {
    let outside = Outside::start(stubs()).await;
    let project = agent(&outside).await;
    order(&outside, "crash").await;
    assert_eq!(
        (outside.statuses(&project).await[0].as_str(), health(&outside, &project).await),
        ("CRASHED", 502)
    );
    order(&outside, "resume").await;
    eventually(async || (health(&outside, &project).await == 200).then_some(())).await;
    assert_eq!(outside.statuses(&project).await, ["SUCCESS"]);
    assert_eq!(outside.post("/_sim/instances/nobody/crash").await, 404);
    assert_eq!(outside.post("/_sim/instances/abc123/explode").await, 400);
}

#[tokio::test]
async fn an_agent_that_exits_is_restarted_by_the_policy() {
    let outside = Outside::start(stubs()).await;
    let project = agent(&outside).await;
    let mut receiver = Receiver::start(StatusCode::OK).await;
    rule(&outside, &receiver, &["Deployment.restarted"]).await;
    order(&outside, "exit").await;
    assert_eq!(next_type(&mut receiver).await, "Deployment.restarted");
    eventually(async || (health(&outside, &project).await == 200).then_some(())).await;
    assert_eq!(outside.statuses(&project).await, ["SUCCESS"]);
}

#[tokio::test]
async fn a_sleeping_agent_answers_404_first_and_is_awake_three_seconds_later() {
    let outside = Outside::start(stubs()).await;
    let project = agent(&outside).await;
    let mut receiver = Receiver::start(StatusCode::OK).await;
    rule(&outside, &receiver, &["Deployment.slept", "Deployment.resumed"]).await;
    order(&outside, "sleep").await;
    assert_eq!(next_type(&mut receiver).await, "Deployment.slept");
    assert_eq!(outside.statuses(&project).await, ["SLEEPING"]);
    let (status, body) = outside.agent_get(&project, "/pool/health").await;
    assert_eq!((status, &body["message"]), (404, &json!("Application not found")));
    assert_eq!(next_type(&mut receiver).await, "Deployment.resumed");
    eventually(async || (health(&outside, &project).await == 200).then_some(())).await;
    assert_eq!(outside.statuses(&project).await, ["SUCCESS"]);
}

#[tokio::test]
async fn a_deaf_agent_takes_the_connection_and_says_nothing_while_railway_calls_it_a_success() {
    let outside = Outside::start(Options { time_scale: 100.0, ..stubs() }).await;
    let project = agent(&outside).await;
    order(&outside, "hang").await;
    let url = format!("http://{}/pool/health", project.domain);
    let deaf = outside.http.get(url).timeout(std::time::Duration::from_millis(300)).send().await;
    assert!(deaf.unwrap_err().is_timeout());
    assert_eq!(outside.statuses(&project).await, ["SUCCESS"]);
    order(&outside, "resume").await;
    assert_eq!(health(&outside, &project).await, 200);
}

#[tokio::test]
async fn a_word_that_no_client_knows_is_told_until_the_agent_is_resumed() {
    let outside = Outside::start(stubs()).await;
    let project = agent(&outside).await;
    order(&outside, "freeze").await;
    assert_eq!(outside.statuses(&project).await, ["FROZEN"]);
    let fleet = outside.data(documents::FLEET, json!({"ids": [project.id]})).await;
    let instance = &fleet["projectsByIds"][0]["environments"]["edges"][0]["node"]["serviceInstances"];
    assert_eq!(instance["edges"][0]["node"]["latestDeployment"]["status"], "FROZEN");
    assert_eq!(health(&outside, &project).await, 200);
    order(&outside, "resume").await;
    assert_eq!(outside.statuses(&project).await, ["SUCCESS"]);
}

#[tokio::test]
async fn the_platform_moves_an_agent_and_kills_another_for_its_memory_without_being_asked() {
    let outside = Outside::start(stubs()).await;
    let project = agent(&outside).await;
    let mut receiver = Receiver::start(StatusCode::OK).await;
    rule(&outside, &receiver, &["Deployment.redeployed", "Deployment.oom_killed"]).await;
    order(&outside, "move").await;
    assert_eq!(next_type(&mut receiver).await, "Deployment.redeployed");
    eventually(async || (outside.statuses(&project).await == ["SUCCESS", "REMOVED"]).then_some(())).await;
    order(&outside, "oom").await;
    assert_eq!(next_type(&mut receiver).await, "Deployment.oom_killed");
    assert_eq!(outside.statuses(&project).await[0], "CRASHED");
}

async fn moods(outside: &Outside, moods: Value) {
    let (status, body) = outside.put("/_sim/railway", moods).await;
    assert_eq!(status, 200, "{body}");
}

async fn redeploy(outside: &Outside, project: &Project) {
    let input = json!({"serviceId": project.service, "environmentId": project.environment});
    outside.data(documents::DEPLOY_V2, input).await;
}

#[tokio::test]
async fn a_deployment_is_skipped_or_waits_for_a_person_and_the_old_one_serves_on() {
    let outside = Outside::start(stubs()).await;
    let project = agent(&outside).await;
    moods(&outside, json!({"skipped": 1})).await;
    redeploy(&outside, &project).await;
    assert_eq!(outside.statuses(&project).await, ["SKIPPED", "SUCCESS"]);
    assert_eq!(health(&outside, &project).await, 200);
    moods(&outside, json!({"needsApproval": 1})).await;
    redeploy(&outside, &project).await;
    assert_eq!(outside.statuses(&project).await, ["NEEDS_APPROVAL", "SKIPPED", "SUCCESS"]);
    assert_eq!(health(&outside, &project).await, 200);
    order(&outside, "approve").await;
    outside.until(&project, "SUCCESS").await;
    assert_eq!(outside.post("/_sim/instances/abc123/approve").await, 404, "nothing waits any more");
    assert_eq!(outside.put("/_sim/railway", json!({"unknown": 1})).await.0, 400);
}

#[tokio::test]
async fn the_platform_deploys_anew_by_itself_as_often_as_told() {
    let outside = Outside::start(stubs()).await;
    let project = agent(&outside).await;
    let mut receiver = Receiver::start(StatusCode::OK).await;
    rule(&outside, &receiver, &["Deployment.redeployed"]).await;
    moods(&outside, json!({"redeploysPerHour": 600.0})).await;
    assert_eq!(next_type(&mut receiver).await, "Deployment.redeployed");
    assert_eq!(next_type(&mut receiver).await, "Deployment.redeployed", "and again, once it runs");
    moods(&outside, json!({})).await;
    outside.until(&project, "SUCCESS").await;
}

#[tokio::test]
async fn an_answer_about_several_projects_may_lack_a_part_of_one_and_says_which() {
    let outside = Outside::start(stubs()).await;
    let project = agent(&outside).await;
    let fleet = async || {
        let answer = outside.ask(documents::FLEET, json!({"ids": [project.id]})).await.unwrap();
        answer.json::<Value>().await.unwrap()
    };
    moods(&outside, json!({"partialAnswers": 1})).await;
    let partial = fleet().await;
    let at = "/environments/edges/0/node/serviceInstances/edges/0/node/latestDeployment";
    assert_eq!(partial["data"]["projectsByIds"][0].pointer(at), Some(&Value::Null), "{partial}");
    assert_eq!(partial["errors"][0]["path"][1], 0, "{partial}");
    let whole = fleet().await;
    assert!(whole["errors"].is_null() && whole["data"]["projectsByIds"][0].pointer(at).unwrap().is_object());
}

#[tokio::test]
async fn a_webhook_comes_twice_late_or_never_as_faults_say() {
    let outside = Outside::start(Options { time_scale: 100.0, ..stubs() }).await;
    agent(&outside).await;
    let mut receiver = Receiver::start(StatusCode::OK).await;
    rule(&outside, &receiver, &["Deployment.slept", "Deployment.resumed", "Deployment.crashed"]).await;
    let fault = async |kind: &str| {
        outside
            .faults(json!([{"vendor": "railway", "operation": "webhook", "kind": kind, "count": 1}]))
            .await;
    };
    fault("after_effect").await;
    order(&outside, "crash").await;
    assert_eq!([next_type(&mut receiver).await, next_type(&mut receiver).await], ["Deployment.crashed"; 2]);
    order(&outside, "resume").await;
    fault("slow").await;
    order(&outside, "sleep").await;
    order(&outside, "resume").await;
    // The later event overtakes the earlier one.
    assert_eq!(
        [next_type(&mut receiver).await, next_type(&mut receiver).await],
        ["Deployment.resumed", "Deployment.slept"]
    );
    fault("lose_answer").await;
    eventually(async || (outside.post("/_sim/instances/abc123/crash").await == 200).then_some(())).await;
    let lost = eventually(async || {
        let journal = outside.get("/_sim/journal?after=0").await;
        let told = |entry: &&Value| entry["vendor"] == "webhook" && entry["fault"] == "lose_answer";
        journal.as_array().unwrap().iter().find(told).cloned()
    })
    .await;
    assert_eq!((&lost["operation"], &lost["applied"]), (&json!("Deployment.crashed"), &json!(false)));
    assert_eq!(receiver.waiting(), 0);
}

#[tokio::test]
async fn in_the_soak_profile_what_was_made_is_seen_later_and_what_was_deleted_is_seen_longer() {
    let options = Options { profile: Profile::Soak, time_scale: 0.01, ..stubs() };
    let outside = Outside::start(options).await;
    // The weather may meet any request: it is asked again until it was heard.
    let heard = async |document: &str, variables: Value| {
        eventually(async || {
            let answer = outside.ask(document, variables.clone()).await.ok()?;
            let body: Value = answer.json().await.ok()?;
            body.get("errors").is_none().then(|| body["data"].clone())
        })
        .await
    };
    let listed = async || {
        let data = heard(documents::PROJECTS, json!({"workspaceId": RAILWAY_WORKSPACE_ID})).await;
        data["projects"]["edges"].as_array().unwrap().len()
    };
    let input = json!({"input": {"name": "agent-test-a", "workspaceId": RAILWAY_WORKSPACE_ID}});
    let answer = outside.ask(documents::PROJECT_CREATE, input).await;
    assert_eq!(listed().await, 0, "{answer:?}");
    outside.put("/_sim/clock", json!({"scale": 1000.0})).await;
    eventually(async || (listed().await == 1).then_some(())).await;
    outside.put("/_sim/clock", json!({"scale": 0.01})).await;
    let inventory = outside.get("/_sim/inventory").await;
    let id = inventory["railway"]["projects"][0]["id"].clone();
    heard(documents::PROJECT_DELETE, json!({"id": id})).await;
    assert_eq!(listed().await, 1);
    let read = heard(documents::PROJECT, json!({"id": id})).await;
    assert!(read["project"]["deletedAt"].is_string());
    outside.put("/_sim/clock", json!({"scale": 1000.0})).await;
    eventually(async || (listed().await == 0).then_some(())).await;
}
