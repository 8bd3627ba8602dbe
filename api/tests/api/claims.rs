//! Claims: exactly one a key, ready or in line, waited for or not.

use futures::future::join_all;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::world::{World, refusal};

fn ada() -> Value {
    json!({"agentName": "Ada", "instructions": "Answer."})
}

#[sqlx::test(migrator = "controller::store::MIGRATIONS")]
async fn ten_requests_with_one_key_are_one_claim(db: PgPool) {
    let world = World::start(db, 3).await;
    world.until_ready(3).await;
    let sends = (0..10).map(|_| {
        world.request(Method::POST, "/api/claim").header("idempotency-key", "k-1").json(&ada()).send()
    });
    let mut ids = std::collections::HashSet::new();
    let mut replayed = 0;
    for response in join_all(sends).await {
        let response = response.unwrap();
        assert_eq!(response.status(), 200);
        replayed += usize::from(response.headers().contains_key("idempotent-replayed"));
        let claim: Value = response.json().await.unwrap();
        assert_eq!(claim["phase"], "ready");
        ids.insert(claim["claimId"].to_string());
    }
    assert_eq!((ids.len(), replayed), (1, 9));
    let count: i64 = sqlx::query_scalar("SELECT count(*) FROM claims").fetch_one(&world.db).await.unwrap();
    assert_eq!(count, 1);
    assert_eq!(world.services.calls("/configure/"), 1);
    let other = json!({"agentName": "Bob", "instructions": "Answer."});
    let request = world.request(Method::POST, "/api/claims").header("idempotency-key", "k-1").json(&other);
    assert_eq!(refusal(request.send().await.unwrap()).await.1, "idempotency_key_reused");
    // Keys of one client are nothing to another.
    let claimer = world.key("claimer").await;
    let request =
        world.with_key(&claimer, Method::POST, "/api/claim").header("idempotency-key", "k-1").json(&other);
    assert_eq!(request.send().await.unwrap().status(), 200);
}

#[sqlx::test(migrator = "controller::store::MIGRATIONS")]
async fn a_ready_claim_says_everything_and_releases_what_it_had(db: PgPool) {
    let world = World::start(db, 1).await;
    world.until_ready(1).await;
    let response = world.post("/api/claim", ada()).await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["preference-applied"], "wait=60");
    let claim: Value = response.json().await.unwrap();
    let instance = claim["instanceId"].as_str().unwrap();
    assert_eq!(claim["inviteUrl"], format!("https://convos.example/i/{instance}"));
    assert_eq!((&claim["agentName"], &claim["pool"]), (&json!("Ada"), &json!("default")));
    let path = format!("/api/claims/{}", claim["claimId"].as_str().unwrap());
    assert_eq!(world.get(&path).await, claim);
    assert_eq!(world.get(&format!("/api/instances/{instance}")).await["status"], "claimed");
    for _ in 0..2 {
        assert_eq!(world.request(Method::DELETE, &path).send().await.unwrap().status(), 202);
    }
    world.until(&path, |claim| claim["phase"] == "released").await;
    let gone = world.until(&format!("/api/instances/{instance}"), |it| it["status"] == "deleted").await;
    assert_eq!(gone["claimId"], claim["claimId"]);
}

#[sqlx::test(migrator = "controller::store::MIGRATIONS")]
async fn a_claim_that_finds_nothing_stands_in_line_and_is_served(db: PgPool) {
    let world = World::start(db, 0).await;
    let request = world.request(Method::POST, "/api/claim").header("prefer", "wait=0").json(&ada());
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), StatusCode::ACCEPTED);
    let place = response.headers()["location"].to_str().unwrap().to_owned();
    let claim: Value = response.json().await.unwrap();
    assert_eq!((&claim["phase"], &claim["position"]), (&json!("pending"), &json!(1)));
    assert!(claim["estimateSeconds"].as_u64().unwrap() > 0);
    let ready = world.until(&place, |claim| claim["phase"] == "ready").await;
    assert!(ready["position"].is_null());
    let listed = world.get("/api/claims?phase=ready&pool=default").await;
    assert_eq!(listed["items"][0]["claimId"], claim["claimId"]);
}

#[sqlx::test(migrator = "controller::store::MIGRATIONS")]
async fn a_released_claim_in_line_ends_at_once_and_tells_who_waits(db: PgPool) {
    let world = World::start(db, 0).await;
    let paused = world.request(Method::PATCH, "/api/pools/default").json(&json!({"paused": true}));
    assert_eq!(paused.send().await.unwrap().status(), 200);
    let request = world.request(Method::POST, "/api/claim").header("prefer", "wait=100").json(&ada());
    let waiting = tokio::spawn(request.send());
    let listed = world.until("/api/claims", |list| !list["items"].as_array().unwrap().is_empty()).await;
    let path = format!("/api/claims/{}", listed["items"][0]["claimId"].as_str().unwrap());
    let released = world.request(Method::DELETE, &path).send().await.unwrap();
    assert_eq!(released.json::<Value>().await.unwrap()["phase"], "released");
    let answer = waiting.await.unwrap().unwrap();
    assert_eq!(answer.status(), StatusCode::ACCEPTED);
    assert_eq!(answer.json::<Value>().await.unwrap()["phase"], "released");
}

#[sqlx::test(migrator = "controller::store::MIGRATIONS")]
async fn a_conversation_is_joined_by_one_claim_at_a_time(db: PgPool) {
    let world = World::start(db, 0).await;
    let join = |url: &str| json!({"agentName": "Ada", "instructions": "Answer.", "joinUrl": url});
    let send = |key: &str, url: &str| {
        let request = world.request(Method::POST, "/api/claim").header("prefer", "wait=0");
        request.header("idempotency-key", key).json(&join(url)).send()
    };
    let first: Value = send("a", "https://convos.org/c/1#x").await.unwrap().json().await.unwrap();
    let id = first["claimId"].as_str().unwrap();
    let (status, code, problem) = refusal(send("b", "https://CONVOS.org/c/1").await.unwrap()).await;
    assert_eq!((status, code.as_str()), (409, "join_url_in_use"));
    assert!(problem["detail"].as_str().unwrap().contains(id), "{problem}");
    let again: Value = send("a", "https://convos.org/c/1#x").await.unwrap().json().await.unwrap();
    assert_eq!(again["claimId"], id);
    world.request(Method::DELETE, &format!("/api/claims/{id}")).send().await.unwrap();
    world.until(&format!("/api/claims/{id}"), |claim| claim["phase"] == "released").await;
    assert_eq!(send("b", "https://convos.org/c/1").await.unwrap().status(), 202);
}

#[sqlx::test(migrator = "controller::store::MIGRATIONS")]
async fn a_templates_tools_are_asked_for_before_anything_is_bound(db: PgPool) {
    let world = World::start(db, 1).await;
    world.until_ready(1).await;
    let make = async |tools: Value, model: Value| {
        let mut body =
            json!({"agentName": "Ada", "instructions": "Answer.", "visibility": "public", "tools": tools});
        if !model.is_null() {
            body["model"] = model;
        }
        let made = world.post("/api/templates", body).await;
        assert_eq!(made.status(), 201);
        made.json::<Value>().await.unwrap()["templateId"].clone()
    };
    let fixed = make(json!([]), json!({"default": "a/b", "allow_override": false})).await;
    let user = make(json!([{"id": "sms", "provisioning": "user"}]), Value::Null).await;
    let pool = make(json!([{"id": "sms", "provisioning": "pool"}]), Value::Null).await;
    let account = json!({"sms": {"telnyxApiKey": "k", "telnyxPhone": "5"}});
    let refused = [
        (json!({"templateId": fixed, "model": "c/d"}), "model_override_not_allowed"),
        (json!({"templateId": user}), "template_tool_config_missing"),
        (json!({"templateId": user, "userConfig": account}), "user_config_invalid"),
        (json!({"templateId": pool}), "tool_not_configured"),
    ];
    for (body, code) in refused {
        assert_eq!(refusal(world.post("/api/claim", body.clone()).await).await.1, code, "{body}");
    }
    assert_eq!(world.get("/api/pools/default").await["status"]["ready"], 1, "nothing was bound");
    let account = json!({"sms": {"telnyxApiKey": "k", "telnyxPhone": "+15551234567"}});
    let response = world.post("/api/claim", json!({"templateId": user, "userConfig": account})).await;
    assert_eq!(response.status(), 200);
    let claim: Value = response.json().await.unwrap();
    assert_eq!(claim["tools"][0]["phase"], "ready");
    assert_eq!(world.services.calls("/provision/"), 1);
    let kept: Option<Vec<u8>> =
        sqlx::query_scalar("SELECT user_config_sealed FROM claims").fetch_one(&world.db).await.unwrap();
    assert_eq!(kept, None, "the user's secrets are erased once they are used");
}

#[sqlx::test(migrator = "controller::store::MIGRATIONS")]
async fn a_clone_is_a_claim_like_its_instances(db: PgPool) {
    let world = World::start(db, 2).await;
    world.until_ready(2).await;
    let body = json!({"agentName": "Ada", "instructions": "Answer.", "model": "a/b", "ownerId": "somebody"});
    let claim: Value = world.post("/api/claim", body).await.json().await.unwrap();
    let instance = claim["instanceId"].as_str().unwrap();
    let path = format!("/api/instances/{instance}/clone");
    let cloned = world.request(Method::POST, &path).json(&json!({"agentName": "Eva"})).send().await.unwrap();
    assert_eq!(cloned.status(), 200);
    let cloned: Value = cloned.json().await.unwrap();
    assert_ne!(cloned["instanceId"], claim["instanceId"]);
    assert_eq!((&cloned["agentName"], &cloned["ownerId"]), (&json!("Eva"), &json!("somebody")));
    let other = world.get(&format!("/api/instances/{}", cloned["instanceId"].as_str().unwrap())).await;
    assert_eq!(other["parentInstance"], instance);
    let idle = world
        .until("/api/instances?status=ready", |list| !list["items"].as_array().unwrap().is_empty())
        .await;
    let idle = format!("/api/instances/{}/clone", idle["items"][0]["instanceId"].as_str().unwrap());
    assert_eq!(refusal(world.request(Method::POST, &idle).send().await.unwrap()).await.1, "conflict");
}

#[sqlx::test(migrator = "controller::store::MIGRATIONS")]
async fn the_stream_of_a_claim_tells_its_steps_from_the_beginning(db: PgPool) {
    let world = World::start(db, 1).await;
    world.until_ready(1).await;
    let claim: Value = world.post("/api/claim", ada()).await.json().await.unwrap();
    let path = format!("/api/claims/{}/events", claim["claimId"].as_str().unwrap());
    let mut stream = world.request(Method::GET, &path).send().await.unwrap();
    assert_eq!(stream.headers()["content-type"], "text/event-stream");
    let mut text = String::new();
    while !text.contains("\"to\":\"ready\"") {
        let chunk = stream.chunk().await.unwrap().expect("the stream goes on");
        text.push_str(&String::from_utf8_lossy(&chunk));
    }
    assert!(text.contains("event: claim") && text.contains("Bound"), "{text}");
    let id = text.lines().filter_map(|line| line.strip_prefix("id: ")).next().unwrap();
    let mut later = world.request(Method::GET, &path).header("last-event-id", id).send().await.unwrap();
    let first = String::from_utf8_lossy(&later.chunk().await.unwrap().unwrap()).into_owned();
    assert!(!first.contains(&format!("id: {id}\n")), "it goes on after the last event: {first}");
}
