//! Bad input: each kind has its code and status, and nothing changes.

use reqwest::Method;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::world::{World, refusal};

fn inline() -> Value {
    json!({"agentName": "Ada", "instructions": "Answer."})
}

fn and(mut body: Value, more: Value) -> Value {
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

#[sqlx::test(migrator = "controller::store::MIGRATIONS")]
async fn bad_bodies_have_their_code_and_change_nothing(db: PgPool) {
    let world = World::start(db, 0).await;
    let unknown = "018f0000-0000-7000-8000-000000000000";
    let before = world.rows().await;
    let long = |count: usize| "x".repeat(count);
    let many: serde_json::Map<String, Value> = (0..33).map(|index| (index.to_string(), json!(""))).collect();
    let cases: Vec<(&str, Value, u16, &str)> = vec![
        ("/api/claim", json!({}), 400, "invalid_request"),
        ("/api/claim", json!([]), 400, "invalid_request"),
        ("/api/claim", and(inline(), json!({"colour": 1})), 400, "invalid_request"),
        ("/api/claim", and(inline(), json!({"agentName": 7})), 400, "invalid_request"),
        ("/api/claim", and(inline(), json!({"agentName": long(201)})), 400, "invalid_request"),
        ("/api/claim", and(inline(), json!({"agentName": "a\u{1b}[31m"})), 400, "invalid_request"),
        ("/api/claim", and(inline(), json!({"agentName": "a\u{0}b"})), 400, "invalid_request"),
        ("/api/claim", and(inline(), json!({"instructions": long(50_001)})), 400, "invalid_request"),
        ("/api/claim", and(inline(), json!({"instructions": long(300_000)})), 413, "payload_too_large"),
        ("/api/claim", and(inline(), json!({"priority": 101})), 400, "invalid_request"),
        ("/api/claim", and(inline(), json!({"priority": 1.5})), 400, "invalid_request"),
        ("/api/claim", and(inline(), json!({"deadlineSeconds": 86_401})), 400, "invalid_request"),
        ("/api/claim", and(inline(), json!({"deadlineSeconds": 0})), 400, "invalid_request"),
        ("/api/claim", and(inline(), json!({"deadlineSeconds": -1})), 400, "invalid_request"),
        ("/api/claim", and(inline(), json!({"ttlSeconds": 0})), 400, "invalid_request"),
        ("/api/claim", and(inline(), json!({"ttlSeconds": 1e18})), 400, "invalid_request"),
        ("/api/claim", and(inline(), json!({"metadata": many})), 400, "invalid_request"),
        ("/api/claim", and(inline(), json!({"metadata": {"a": long(257)}})), 400, "invalid_request"),
        ("/api/claim", and(inline(), json!({"profileImage": "javascript:alert(1)"})), 400, "invalid_request"),
        ("/api/claim", and(inline(), json!({"templateId": unknown})), 400, "invalid_request"),
        ("/api/claim", and(inline(), json!({"templateId": "x"})), 400, "invalid_request"),
        ("/api/claim", json!({"templateId": unknown}), 404, "not_found"),
        ("/api/claim", and(inline(), json!({"pool": "nowhere"})), 404, "not_found"),
        ("/api/claim", and(inline(), json!({"pool": "No Where"})), 400, "invalid_request"),
        (
            "/api/claim",
            and(inline(), json!({"joinUrl": "https://evil.example/c/1"})),
            422,
            "join_url_invalid",
        ),
        ("/api/claim", and(inline(), json!({"userConfig": {"fax": {}}})), 422, "tool_unknown"),
        ("/api/claim", and(inline(), json!({"userConfig": {"email": {}}})), 400, "invalid_request"),
        ("/api/claim", and(inline(), json!({"userConfig": {"email": 7}})), 400, "invalid_request"),
        ("/api/claim", and(inline(), json!({"ownerSignature": "0x00"})), 400, "invalid_request"),
        (
            "/api/claim",
            and(inline(), json!({"ownerSignature": "0x00", "challenge": "x"})),
            422,
            "challenge_expired",
        ),
        ("/api/pools", json!({"name": "A b"}), 400, "invalid_request"),
        ("/api/pools", json!({"name": "a", "minIdle": -1}), 400, "invalid_request"),
        ("/api/pools", json!({"name": "a", "minIdle": 10_001}), 400, "invalid_request"),
        ("/api/pools", json!({"name": "a", "image": "not an image"}), 400, "invalid_request"),
        ("/api/pools", json!({"name": "default"}), 409, "conflict"),
        ("/api/templates", json!({"agentName": "Ada"}), 400, "invalid_request"),
        (
            "/api/templates",
            and(inline(), json!({"tools": [{"id": "fax", "provisioning": "pool"}]})),
            422,
            "tool_unknown",
        ),
        (
            "/api/templates",
            and(inline(), json!({"tools": [{"id": "sms", "provisioning": "maybe"}]})),
            400,
            "invalid_request",
        ),
        ("/api/destroy-requests", json!({"instanceId": "nope"}), 404, "not_found"),
        ("/api/destroy-requests", json!({}), 400, "invalid_request"),
        ("/api/keys", json!({"name": "", "role": "viewer"}), 400, "invalid_request"),
        ("/api/keys", json!({"name": "a", "role": "god"}), 400, "invalid_request"),
        ("/api/session", json!({"key": "not one of ours"}), 401, "unauthorized"),
    ];
    for (path, body, status, code) in cases {
        let (got_status, got_code, problem) = refusal(world.post(path, body.clone()).await).await;
        let shown: String = body.to_string().chars().take(120).collect();
        assert_eq!((got_status, got_code.as_str()), (status, code), "{path} {shown}: {problem}");
    }
    assert_eq!(world.rows().await, before, "nothing changed");
}

#[sqlx::test(migrator = "controller::store::MIGRATIONS")]
async fn bad_requests_have_their_code(db: PgPool) {
    let world = World::start(db, 0).await;
    let unknown = "018f0000-0000-7000-8000-000000000000";
    let cases = [
        (Method::GET, "/api/nowhere", 404, "not_found"),
        (Method::GET, "/nowhere", 404, "not_found"),
        (Method::PUT, "/api/claim", 405, "method_not_allowed"),
        (Method::DELETE, "/api/events", 405, "method_not_allowed"),
        (Method::GET, "/api/claims?limit=0", 400, "invalid_request"),
        (Method::GET, "/api/claims?limit=201", 400, "invalid_request"),
        (Method::GET, "/api/claims?limit=ten", 400, "invalid_request"),
        (Method::GET, "/api/claims?cursor=!", 400, "invalid_request"),
        (Method::GET, "/api/claims?colour=red", 400, "invalid_request"),
        (Method::GET, "/api/claims?phase=lost", 400, "invalid_request"),
        (Method::GET, "/api/instances?status=Ready", 400, "invalid_request"),
        (Method::GET, "/api/claims/not-an-id", 404, "not_found"),
        (Method::GET, "/api/instances/NOT%20AN%20ID", 404, "not_found"),
        (Method::GET, "/api/instances/abc%00def", 404, "not_found"),
        (Method::GET, "/api/pools/nowhere", 404, "not_found"),
        (Method::GET, "/api/pools/nowhere/explain", 404, "not_found"),
        (Method::DELETE, "/api/pools/default", 409, "conflict"),
        (Method::GET, "/api/metrics/history?hours=0", 400, "invalid_request"),
        (Method::GET, "/api/metrics/history?pool=nowhere", 404, "not_found"),
        (Method::GET, "/api/claim/challenge?address=0x12", 400, "invalid_request"),
        (Method::GET, "/api/claim/challenge", 400, "invalid_request"),
    ];
    for (method, path, status, code) in cases {
        let response = world.request(method.clone(), path).send().await.unwrap();
        let (got_status, got_code, problem) = refusal(response).await;
        assert_eq!((got_status, got_code.as_str()), (status, code), "{method} {path}: {problem}");
    }
    for path in ["claims", "destroy-requests", "templates"] {
        let response = world.request(Method::GET, &format!("/api/{path}/{unknown}")).send().await.unwrap();
        assert_eq!(refusal(response).await.0, 404, "{path}");
    }
    let response = world.request(Method::POST, "/api/claim").body("{}").send().await.unwrap();
    assert_eq!(refusal(response).await.1, "unsupported_media_type");
    let malformed =
        world.request(Method::POST, "/api/claim").header("content-type", "application/json").body("{");
    assert_eq!(refusal(malformed.send().await.unwrap()).await.1, "invalid_request");
    for (name, value) in [
        ("prefer", "wait=121"),
        ("prefer", "wait=soon"),
        ("idempotency-key", ""),
        ("idempotency-key", "a\tb"),
        ("idempotency-key", &"k".repeat(256)),
    ] {
        let request = world.request(Method::POST, "/api/claim").header(name, value).json(&inline());
        let (status, code, problem) = refusal(request.send().await.unwrap()).await;
        assert_eq!((status, code.as_str()), (400, "invalid_request"), "{name}: {value}: {problem}");
    }
}

#[sqlx::test(migrator = "controller::store::MIGRATIONS")]
async fn a_last_event_id_that_is_none_is_refused_in_a_page_too(db: PgPool) {
    let world = World::start(db, 0).await;
    for accept in ["application/json", "text/event-stream"] {
        let request = world.request(Method::GET, "/api/events").header("accept", accept);
        let answer = request.header("last-event-id", "6B}").send().await.unwrap();
        assert_eq!(answer.status(), 400, "{accept}");
    }
}
