//! Wrong requests: each is refused by a problem document with its code, and changes nothing.
#![expect(clippy::unwrap_used, reason = "a world that cannot be made has failed the test")]

use e2e::world::{Options, World, http::Http};
use reqwest::Method;
use serde_json::json;

/// Method, path, body, status, code.
type Case = (Method, &'static str, String, u16, &'static str);

fn cases() -> Vec<Case> {
    let claim = |body: serde_json::Value| body.to_string();
    let named = |name: &str| json!({"agentName": name, "instructions": "Answer."}).to_string();
    let unknown = "/api/claims/01900000-0000-7000-8000-000000000000";
    vec![
        (Method::POST, "/api/claim", "{".into(), 400, "invalid_request"),
        (Method::POST, "/api/claim", "[]".into(), 400, "invalid_request"),
        (Method::POST, "/api/claim", "null".into(), 400, "invalid_request"),
        (
            Method::POST,
            "/api/claim",
            claim(json!({"agentName": "Ada", "instructions": "x", "extra": 1})),
            400,
            "invalid_request",
        ),
        (
            Method::POST,
            "/api/claim",
            claim(json!({"agentName": 7, "instructions": "x"})),
            400,
            "invalid_request",
        ),
        (Method::POST, "/api/claim", claim(json!({"agentName": "Ada"})), 400, "invalid_request"),
        (Method::POST, "/api/claim", claim(json!({"instructions": "x"})), 400, "invalid_request"),
        (Method::POST, "/api/claim", named(&"a".repeat(201)), 400, "invalid_request"),
        (Method::POST, "/api/claim", named("a\u{0}b"), 400, "invalid_request"),
        (
            Method::POST,
            "/api/claim",
            claim(json!({"agentName": "Ada", "instructions": "x".repeat(50_001)})),
            400,
            "invalid_request",
        ),
        (
            Method::POST,
            "/api/claim",
            claim(json!({"agentName": "Ada", "instructions": "x", "priority": 101})),
            400,
            "invalid_request",
        ),
        (
            Method::POST,
            "/api/claim",
            claim(json!({"agentName": "Ada", "instructions": "x", "deadlineSeconds": 86_401})),
            400,
            "invalid_request",
        ),
        (
            Method::POST,
            "/api/claim",
            claim(json!({"agentName": "Ada", "instructions": "x", "joinUrl": "http://example.org/x"})),
            422,
            "join_url_invalid",
        ),
        (
            Method::POST,
            "/api/claim",
            claim(json!({"agentName": "Ada", "instructions": "x".repeat(300_000)})),
            413,
            "payload_too_large",
        ),
        (
            Method::POST,
            "/api/claim",
            claim(json!({"agentName": "Ada", "instructions": "x", "pool": "nowhere"})),
            404,
            "not_found",
        ),
        (Method::GET, unknown, String::new(), 404, "not_found"),
        (Method::DELETE, unknown, String::new(), 404, "not_found"),
        (Method::GET, "/api/claims/not-an-id", String::new(), 404, "not_found"),
        (Method::GET, "/api/instances/nobody000000", String::new(), 404, "not_found"),
        (Method::GET, "/api/instances/NOT_AN_ID", String::new(), 404, "not_found"),
        (Method::DELETE, "/api/instances/nobody000000", String::new(), 404, "not_found"),
        (Method::GET, "/api/pools/nowhere", String::new(), 404, "not_found"),
        (Method::PUT, "/api/pools/default", json!({"minIdle": -1}).to_string(), 400, "invalid_request"),
        (Method::PUT, "/api/pools/default", json!({"minIdle": "many"}).to_string(), 400, "invalid_request"),
        (Method::PUT, "/api/pools/default", json!({"size": 5}).to_string(), 400, "invalid_request"),
        (Method::GET, "/api/claims?limit=0", String::new(), 400, "invalid_request"),
        (Method::GET, "/api/claims?limit=201", String::new(), 400, "invalid_request"),
        (Method::GET, "/api/claims?cursor=nonsense", String::new(), 400, "invalid_request"),
        (Method::GET, "/api/nothing", String::new(), 404, "not_found"),
        (Method::PATCH, "/api/claim", String::new(), 405, "method_not_allowed"),
        (Method::POST, "/api/destroy-requests", json!({}).to_string(), 400, "invalid_request"),
        (
            Method::POST,
            "/api/destroy-requests",
            json!({"instanceId": "nobody000000"}).to_string(),
            404,
            "not_found",
        ),
        (Method::POST, "/api/templates", json!({"agentName": "Ada"}).to_string(), 400, "invalid_request"),
        (Method::GET, "/api/templates/01900000-0000-7000-8000-000000000000", String::new(), 404, "not_found"),
    ]
}

async fn refused(http: &Http, case: &Case) {
    let (method, path, body, status, code) = case;
    let sent = (!body.is_empty()).then(|| body.clone().into_bytes());
    let answer = http.send_bytes(method.clone(), path, &[], sent).await.unwrap();
    let shown: String = body.chars().take(90).collect();
    assert_eq!(
        (answer.status, answer.text("code")),
        (*status, *code),
        "{method} {path} {shown}: {}",
        answer.body
    );
    assert!(answer.header("content-type").starts_with("application/problem+json"), "{method} {path}");
    for field in ["type", "title", "detail"] {
        assert!(!answer.text(field).is_empty(), "{method} {path} has no {field}: {}", answer.body);
    }
    assert_eq!(answer.body["status"], *status, "{method} {path}");
}

#[tokio::test]
async fn wrong_requests_are_refused_by_name_and_change_nothing() {
    let world = World::start(Options { min_idle: 0, ..Options::default() }).await.unwrap();
    let api = world.api();
    let before = api.pool().await.unwrap();
    for case in cases() {
        refused(api.http(), &case).await;
    }
    for key in [None, Some("wrong-key-that-is-long-enough"), Some("")] {
        let stranger = api.http().with_key(key);
        let case = (Method::GET, "/api/pools/default", String::new(), 401, "unauthorized");
        refused(&stranger, &case).await;
        let claim = json!({"agentName": "Ada", "instructions": "x"}).to_string();
        refused(&stranger, &(Method::POST, "/api/claim", claim, 401, "unauthorized")).await;
    }
    let text = [("content-type", "text/plain")];
    let body = json!({"agentName": "Ada", "instructions": "x"}).to_string().into_bytes();
    let plain = api.http().send_bytes(Method::POST, "/api/claim", &text, Some(body)).await.unwrap();
    assert_eq!(plain.status, 415, "{}", plain.body);
    for prefer in ["wait=121", "wait=-1", "wait=soon"] {
        let headers = [("prefer", prefer)];
        let body = json!({"agentName": "Ada", "instructions": "x"});
        let answer = api.http().send(Method::POST, "/api/claim", &headers, Some(&body)).await.unwrap();
        assert_eq!(
            (answer.status, answer.text("code")),
            (400, "invalid_request"),
            "{prefer}: {}",
            answer.body
        );
    }
    let long = "k".repeat(256);
    let answer = api.claim(&json!({"agentName": "Ada", "instructions": "x"}), Some(&long), 0).await.unwrap();
    assert_eq!(answer.status, 400, "{}", answer.body);

    assert!(api.claims().await.unwrap().is_empty());
    assert!(api.instances().await.unwrap().is_empty());
    assert!(api.destroy_requests().await.unwrap().is_empty());
    assert_eq!(api.pool().await.unwrap().spec, before.spec);
}

#[tokio::test]
async fn services_refuse_strangers_and_wrong_requests() {
    let world = World::start(Options { min_idle: 0, ..Options::default() }).await.unwrap();
    let services = world.services_api(0).unwrap();
    let wrong: Vec<Case> = vec![
        (Method::POST, "/create-instance", "{".into(), 400, "invalid_request"),
        (Method::POST, "/create-instance", json!({"instanceId": "BAD"}).to_string(), 400, "invalid_request"),
        (
            Method::POST,
            "/create-instance",
            json!({"instanceId": "abcdef000001", "x": 1}).to_string(),
            400,
            "invalid_request",
        ),
        (Method::POST, "/status/batch", json!({"instanceIds": "all"}).to_string(), 400, "invalid_request"),
        (
            Method::POST,
            "/configure/nobody000000",
            json!({"instructions": "x", "agentName": "y"}).to_string(),
            404,
            "not_found",
        ),
        (Method::POST, "/provision/nobody000000/email", json!({}).to_string(), 404, "not_found"),
        (Method::GET, "/nothing", String::new(), 404, "not_found"),
        (Method::PUT, "/registry", String::new(), 405, "method_not_allowed"),
    ];
    for case in &wrong {
        refused(&services, case).await;
    }
    for key in [None, Some("wrong-key-that-is-long-enough")] {
        let stranger = services.with_key(key);
        for (method, path) in [
            (Method::GET, "/registry"),
            (Method::GET, "/inventory"),
            (Method::DELETE, "/destroy/abcdef000001"),
        ] {
            refused(&stranger, &(method, path, String::new(), 401, "unauthorized")).await;
        }
    }
    let inventory = world.outside.inventory().await.unwrap();
    assert!(inventory.projects.is_empty() && inventory.keys.is_empty(), "{inventory:?}");
}
