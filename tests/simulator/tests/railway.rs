//! Railway with stand-ins for agents: what it refuses, and the life of a project.

mod common;

use common::{Outside, documents, eventually, stubs};
use serde_json::{Value, json};
use simulator::tokens::RAILWAY_WORKSPACE_ID;
use simulator::{Options, Plan};

fn project_named(name: &str) -> Value {
    json!({"input": {"name": name, "workspaceId": RAILWAY_WORKSPACE_ID}})
}

#[tokio::test]
async fn a_document_that_does_not_fit_the_schema_is_a_400() {
    let outside = Outside::start(stubs()).await;
    let cases = [
        ("{ apiToken { workspaces { id nickname } } }", json!({}), "GRAPHQL_VALIDATION_FAILED"),
        ("{ webhooks { id } }", json!({}), "GRAPHQL_VALIDATION_FAILED"),
        ("{ apiToken {", json!({}), "GRAPHQL_PARSE_FAILED"),
        (documents::PROJECT, json!({}), "BAD_USER_INPUT"),
        (documents::PROJECT_CREATE, json!({"input": {"nam": "x"}}), "BAD_USER_INPUT"),
        (documents::ON_DEPLOYMENT, json!({"id": "x"}), "BAD_USER_INPUT"),
    ];
    for (document, variables, code) in cases {
        let answer = outside.ask(document, variables).await.unwrap();
        assert_eq!(answer.status(), 400, "{document}");
        let body: Value = answer.json().await.unwrap();
        assert_eq!(body["errors"][0]["extensions"]["code"], code, "{document}: {body}");
    }
    let malformed =
        outside.http.post(outside.url("/railway/graphql/v2")).bearer_auth(simulator::tokens::RAILWAY_TOKEN);
    assert_eq!(malformed.body("{").send().await.unwrap().status(), 400);
}

#[tokio::test]
async fn a_token_that_is_dead_or_foreign_is_not_authorized() {
    let options = Options { tokens: vec!["railway:other-workspace=another-token-0001".into()], ..stubs() };
    let outside = Outside::start(options).await;
    let project = outside.project("agent-test-a").await;
    let refused = async |token: &str, document: &str, variables: Value| {
        let body: Value = outside.ask_as(token, document, variables).await.unwrap().json().await.unwrap();
        assert_eq!(body["errors"][0]["message"], "Not Authorized", "{body}");
        assert_eq!(body["errors"][0]["extensions"]["code"], "INTERNAL_SERVER_ERROR");
        assert!(body["errors"][0]["traceId"].is_string());
    };
    refused("dead-token", documents::API_TOKEN, json!({})).await;
    refused("another-token-0001", documents::PROJECT, json!({"id": project.id})).await;
    refused("another-token-0001", documents::PROJECT_CREATE, project_named("agent-test-b")).await;
    let (status, _) =
        outside.put("/_sim/tokens/railway", json!({"token": "another-token-0001", "revoked": true})).await;
    assert_eq!(status, 204);
    refused("another-token-0001", documents::API_TOKEN, json!({})).await;
}

#[tokio::test]
async fn a_second_project_within_thirty_seconds_is_refused_with_a_text_and_no_effect() {
    let outside = Outside::start(Options { time_scale: 1.0, ..stubs() }).await;
    outside.data(documents::PROJECT_CREATE, project_named("agent-test-a")).await;
    let (status, text) = outside.error(documents::PROJECT_CREATE, project_named("agent-test-b")).await;
    assert_eq!(status, 200);
    assert!(text.contains("project per 30 seconds") || text.contains("per user every 30s"), "{text}");
    let inventory = outside.get("/_sim/inventory").await;
    assert_eq!(inventory["railway"]["projects"].as_array().unwrap().len(), 1);
    outside.put("/_sim/clock", json!({"scale": 1000.0})).await;
    outside.project("agent-test-b").await;
}

#[tokio::test]
async fn bad_names_unknown_things_and_the_plans_limit_are_refused() {
    let outside = Outside::start(Options { project_limit: Some(1), ..stubs() }).await;
    for name in ["Agent", "agent_x", "", "a23456789012345678901234567890123"] {
        let (_, text) = outside.error(documents::PROJECT_CREATE, project_named(name)).await;
        assert_eq!(text, "Invalid project name", "{name}");
    }
    let unknown = json!({"input": {"serviceId": "x", "environmentId": "y"}});
    assert_eq!(outside.error(documents::DOMAIN_CREATE, unknown).await.1, "ServiceInstance not found");
    assert_eq!(outside.error(documents::PROJECT, json!({"id": "x"})).await.1, "Project not found");
    assert_eq!(outside.error(documents::DEPLOYMENT, json!({"id": "x"})).await.1, "Deployment not found");
    outside.project("agent-test-a").await;
    let (_, text) = outside.error(documents::PROJECT_CREATE, project_named("agent-test-b")).await;
    assert!(text.starts_with("Free plan resource provision limit exceeded"), "{text}");
}

#[tokio::test]
async fn the_five_mutations_make_one_deploy_that_becomes_healthy() {
    let outside = Outside::start(stubs()).await;
    let project =
        outside.agent("agent-test-abc123", json!({"INSTANCE_ID": "abc123", "GATEWAY_TOKEN": "t"})).await;
    outside.until(&project, "SUCCESS").await;
    assert_eq!(outside.statuses(&project).await.len(), 1);
    let (status, health) = outside.agent_get(&project, "/pool/health").await;
    assert_eq!((status, &health["ready"], &health["instanceId"]), (200, &json!(true), &json!("abc123")));

    let environment = json!({"id": project.environment, "projectId": project.id});
    let environment = outside.data(documents::ENVIRONMENT, environment).await["environment"].clone();
    let service = &environment["config"]["services"][&project.service];
    assert_eq!(service["source"]["image"], "ghcr.io/xmtplabs/convos-runtime:dev");
    assert_eq!(service["variables"]["GATEWAY_TOKEN"]["value"], "<encrypted>");
    let instance = &environment["serviceInstances"]["edges"][0]["node"];
    assert_eq!(instance["domains"]["serviceDomains"][0]["domain"], project.domain.as_str());
    assert_eq!(instance["latestDeployment"]["status"], "SUCCESS");
    assert_eq!(environment["volumeInstances"]["edges"][0]["node"]["mountPath"], "/data");

    let fleet = outside.data(documents::FLEET, json!({"ids": [project.id, "unknown"]})).await;
    assert_eq!(fleet["projectsByIds"].as_array().unwrap().len(), 1);
    let ids =
        json!({"projectId": project.id, "environmentId": project.environment, "serviceId": project.service});
    let variables = outside.data(documents::READ_VARS, ids).await["variables"].clone();
    assert_eq!(variables["RAILWAY_PUBLIC_DOMAIN"], project.domain.as_str());
    assert_eq!(variables["INSTANCE_ID"], "abc123");

    let inventory = outside.get("/_sim/inventory").await;
    let shown = &inventory["railway"]["projects"][0];
    assert_eq!(shown["name"], "agent-test-abc123");
    assert_eq!(shown["deployments"][0]["variables"], json!(["GATEWAY_TOKEN", "INSTANCE_ID"]));
    assert!(inventory["costPerHour"].as_f64().unwrap() > 0.0);
}

#[tokio::test]
async fn a_deleted_project_is_gone_with_its_agent_and_refuses_everything() {
    let outside = Outside::start(stubs()).await;
    let project = outside.agent("agent-test-a", json!({})).await;
    outside.until(&project, "SUCCESS").await;
    outside.delete(&project).await;
    assert_eq!(outside.agent_get(&project, "/pool/health").await.0, 404);
    assert_eq!(outside.error(documents::PROJECT_DELETE, json!({"id": project.id})).await.1, "Not Authorized");
    let read = outside.data(documents::PROJECT, json!({"id": project.id})).await;
    assert!(read["project"]["deletedAt"].is_string(), "{read}");
    let fleet = outside.data(documents::FLEET, json!({"ids": [project.id]})).await;
    assert_eq!(fleet["projectsByIds"], json!([]));
    let listed = outside.data(documents::PROJECTS, json!({"workspaceId": RAILWAY_WORKSPACE_ID})).await;
    assert_eq!(listed["projects"]["edges"], json!([]));
    let inventory = outside.get("/_sim/inventory").await;
    assert_eq!(inventory["railway"]["projects"], json!([]));
    assert_eq!(inventory["costPerHour"], 0.0);
    let inventory = outside.get("/_sim/inventory?includeDeleted=true").await;
    assert!(inventory["railway"]["projects"][0]["deletedAt"].is_string());
}

#[tokio::test]
async fn a_wrong_image_fails_the_deploy_and_the_old_one_goes_on() {
    let outside = Outside::start(stubs()).await;
    let project = outside.agent("agent-test-a", json!({"A": "1"})).await;
    outside.until(&project, "SUCCESS").await;
    outside.patch(&project, "ghcr.io/xmtplabs/convos-runtime:nowhere", json!({})).await;
    outside.until(&project, "FAILED").await;
    assert_eq!(outside.statuses(&project).await, ["FAILED", "SUCCESS"]);
    assert_eq!(outside.agent_get(&project, "/pool/health").await.0, 200);
    outside.patch(&project, "ghcr.io/xmtplabs/convos-runtime:staging", json!({"_DEPLOY_TS": "1"})).await;
    outside.until(&project, "SUCCESS").await;
    eventually(async || (outside.statuses(&project).await == ["SUCCESS", "FAILED", "REMOVED"]).then_some(()))
        .await;
}

#[tokio::test]
async fn variables_written_without_a_deploy_come_with_the_next_one() {
    let outside = Outside::start(stubs()).await;
    // Time stands still while a deployment has to be caught under way.
    let clock = async |scale: f64| outside.put("/_sim/clock", json!({"scale": scale})).await;
    clock(0.01).await;
    let project = outside.agent("agent-test-a", json!({"A": "1"})).await;
    let write = |skip: bool, name: &str| {
        json!({"input": {"projectId": project.id, "environmentId": project.environment, "serviceId": project.service,
            "variables": {name: "2"}, "skipDeploys": skip}})
    };
    let names = async || {
        let inventory = outside.get("/_sim/inventory").await;
        inventory["railway"]["projects"][0]["deployments"][0]["variables"].clone()
    };
    let (_, text) = outside.error(documents::VARS, write(false, "B")).await;
    assert!(text.starts_with("Cannot redeploy yet"), "{text}");
    clock(common::SCALE).await;
    outside.until(&project, "SUCCESS").await;
    outside.data(documents::VARS, write(true, "B")).await;
    assert_eq!(names().await, json!(["A"]));
    clock(0.01).await;
    let instance = json!({"serviceId": project.service, "environmentId": project.environment});
    let id = outside.data(documents::DEPLOY_V2, instance.clone()).await["serviceInstanceDeployV2"].clone();
    assert_eq!(
        outside.error(documents::REDEPLOY, instance).await.1.split(',').next(),
        Some("Cannot redeploy yet")
    );
    clock(common::SCALE).await;
    outside.until(&project, "SUCCESS").await;
    assert_eq!(names().await, json!(["A", "B"]));
    let deployment = outside.data(documents::DEPLOYMENT, json!({"id": id})).await;
    assert_eq!(deployment["deployment"]["instances"][0]["status"], "RUNNING");
    outside.data(documents::VARS, write(false, "C")).await;
    outside.until(&project, "SUCCESS").await;
    eventually(async || (names().await == json!(["A", "B", "C"])).then_some(())).await;
}

#[tokio::test]
async fn repeats_make_a_second_domain_and_a_second_project_but_no_second_volume() {
    let outside = Outside::start(stubs()).await;
    let project = outside.agent("agent-test-a", json!({})).await;
    let again = json!({"input": {"serviceId": project.service, "environmentId": project.environment}});
    let second = outside.data(documents::DOMAIN_CREATE, again).await["serviceDomainCreate"]["domain"].clone();
    assert_ne!(second, project.domain.as_str());
    let volume = json!({"input": {"projectId": project.id, "environmentId": project.environment,
        "serviceId": project.service, "mountPath": "/data"}});
    assert!(outside.error(documents::VOLUME_CREATE, volume).await.1.contains("already mounted"));
    let other = outside.project("agent-test-a").await;
    assert_ne!(other.id, project.id);
    let rename = "mutation($id: String!, $input: ProjectUpdateInput!) { projectUpdate(id: $id, input: $input) { name } }";
    let renamed =
        outside.data(rename, json!({"id": other.id, "input": {"name": "agent-test-shelf-1"}})).await;
    assert_eq!(renamed["projectUpdate"]["name"], "agent-test-shelf-1");
}

#[tokio::test]
async fn projects_are_paged_newest_first() {
    let outside = Outside::start(Options { time_scale: 20_000.0, ..stubs() }).await;
    for index in 0..5 {
        outside.project(&format!("agent-test-{index}")).await;
    }
    let page = "query($after: String) { projects(first: 2, after: $after, orderBy: CREATED_AT_DESC) {
        edges { node { name } } pageInfo { hasNextPage endCursor } } }";
    let mut names = Vec::new();
    let mut after = Value::Null;
    loop {
        let data = outside.data(page, json!({"after": after})).await["projects"].clone();
        let edges = data["edges"].as_array().unwrap();
        names.extend(edges.iter().map(|edge| edge["node"]["name"].as_str().unwrap().to_owned()));
        after = data["pageInfo"]["endCursor"].clone();
        if data["pageInfo"]["hasNextPage"] == false {
            break;
        }
    }
    assert_eq!(names, ["agent-test-4", "agent-test-3", "agent-test-2", "agent-test-1", "agent-test-0"]);
}

#[tokio::test]
async fn the_budget_is_told_by_headers_and_by_query_and_its_end_is_a_429() {
    let outside = Outside::start(Options { plan: Plan::Hobby, time_scale: 0.01, ..stubs() }).await;
    let answer = outside.ask(documents::API_TOKEN, json!({})).await.unwrap();
    assert_eq!(answer.headers()["x-ratelimit-limit"], "1000");
    assert_eq!(answer.headers()["x-ratelimit-remaining"], "999");
    assert!(answer.headers().get("retry-after").is_none());
    let budget = outside.data(documents::BUDGET, json!({"workspaceId": RAILWAY_WORKSPACE_ID})).await;
    assert_eq!(budget["workspace"]["apiTokenRateLimit"]["remainingPoints"], 998);
    assert_eq!(budget["workspace"]["plan"], "HOBBY");
    for _ in 0..8 {
        assert_eq!(outside.ask(documents::API_TOKEN, json!({})).await.unwrap().status(), 200);
    }
    let refused = outside.ask(documents::API_TOKEN, json!({})).await.unwrap();
    assert_eq!(refused.status(), 429);
    assert_eq!(refused.headers()["retry-after"], "1");
}
