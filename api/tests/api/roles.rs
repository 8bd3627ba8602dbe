//! Keys, roles and sessions.

use reqwest::Method;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::world::{ADMIN, World, refusal};

#[sqlx::test(migrator = "controller::store::MIGRATIONS")]
async fn without_a_key_there_is_nothing_but_probes_and_pages(db: PgPool) {
    let world = World::start(db, 0).await;
    let open = ["/healthz", "/readyz", "/api/openapi.json", "/api/docs", "/"];
    for path in open {
        let response = world.http.get(format!("{}{path}", world.url)).send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
    }
    for path in ["/api/claims", "/api/pools", "/api/status", "/api/keys", "/api/events", "/api/session"] {
        for key in [None, Some("wrong"), Some("")] {
            let mut request = world.http.get(format!("{}{path}", world.url));
            if let Some(key) = key {
                request = request.bearer_auth(key);
            }
            let (status, code, _) = refusal(request.send().await.unwrap()).await;
            assert_eq!((status, code.as_str()), (401, "unauthorized"), "{path} {key:?}");
        }
    }
}

#[sqlx::test(migrator = "controller::store::MIGRATIONS")]
async fn each_role_may_do_what_those_before_it_may_and_no_more(db: PgPool) {
    let world = World::start(db, 0).await;
    let claim = json!({"agentName": "Ada", "instructions": "Answer."});
    let template = json!({"agentName": "Ada", "instructions": "Answer."});
    let key = json!({"name": "x", "role": "viewer"});
    let acts = [
        (Method::GET, "/api/claims", Value::Null, 0),
        (Method::POST, "/api/claim", claim, 1),
        (Method::POST, "/api/templates", template, 2),
        (Method::PATCH, "/api/pools/default", json!({"maxSurge": 4}), 2),
        (Method::POST, "/api/keys", key, 3),
    ];
    for (rank, role) in ["viewer", "claimer", "operator", "admin"].into_iter().enumerate() {
        let key = world.key(role).await;
        for (method, path, body, needed) in &acts {
            let mut request = world.with_key(&key, method.clone(), path).header("prefer", "wait=0");
            if !body.is_null() {
                request = request.json(body);
            }
            let response = request.send().await.unwrap();
            if rank >= *needed {
                assert!(response.status().is_success(), "{role} {path}: {}", response.status());
            } else {
                assert_eq!(refusal(response).await.1, "forbidden", "{role} {path}");
            }
        }
    }
}

#[sqlx::test(migrator = "controller::store::MIGRATIONS")]
async fn a_revoked_key_opens_nothing_and_ends_its_sessions(db: PgPool) {
    let world = World::start(db, 0).await;
    let made: Value =
        world.post("/api/keys", json!({"name": "bob", "role": "operator"})).await.json().await.unwrap();
    let key = made["key"].as_str().unwrap();
    let list = world.get("/api/keys").await;
    assert!(list["items"][0]["key"].is_null(), "a key is shown once");
    let signed = world.http.post(format!("{}/api/session", world.url)).json(&json!({"key": key}));
    let signed = signed.send().await.unwrap();
    let cookie = signed.headers()["set-cookie"].to_str().unwrap().to_owned();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
    assert_eq!(signed.json::<Value>().await.unwrap(), json!({"name": "bob", "role": "operator"}));
    let cookie = cookie.split(';').next().unwrap().to_owned();
    let by_cookie = |method: Method, path: &str| {
        world.http.request(method, format!("{}{path}", world.url)).header("cookie", &cookie)
    };
    let seen = by_cookie(Method::GET, "/api/session").send().await.unwrap();
    assert_eq!(seen.status(), 200);
    let change = || by_cookie(Method::PATCH, "/api/pools/default").json(&json!({"maxSurge": 5}));
    assert_eq!(refusal(change().send().await.unwrap()).await.1, "forbidden");
    let with_header = change().header("x-csrf-protection", "1").send().await.unwrap();
    assert_eq!(with_header.status(), 200);
    let id = made["keyId"].as_str().unwrap();
    let revoked = world.request(Method::DELETE, &format!("/api/keys/{id}")).send().await.unwrap();
    assert_eq!(revoked.status(), 204);
    assert_eq!(refusal(by_cookie(Method::GET, "/api/session").send().await.unwrap()).await.0, 401);
    let by_key = world.with_key(key, Method::GET, "/api/claims").send().await.unwrap();
    assert_eq!(refusal(by_key).await.0, 401);
    let admin = world.with_key(ADMIN, Method::GET, "/api/session").send().await.unwrap();
    assert_eq!(admin.json::<Value>().await.unwrap()["role"], "admin");
}
