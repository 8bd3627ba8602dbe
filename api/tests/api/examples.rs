//! The examples in the published description are what the API took and answered: this test calls every operation and
//! holds the committed examples to the shape of the answers. `UPDATE_DOCS=1` writes them anew.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use reqwest::{Method, StatusCode};
use serde_json::{Map, Value, json};
use sqlx::PgPool;

use crate::world::{ADMIN, World};

/// Operations without a JSON answer: three that answer with nothing, one that streams.
const WITHOUT_AN_ANSWER: [&str; 5] = ["signOut", "deleteKey", "deletePool", "deleteTemplate", "followClaim"];

/// For how long a call is repeated that is told to come again.
const PATIENCE: Duration = Duration::from_secs(60);
const LOOK_AGAIN: Duration = Duration::from_millis(200);

/// Calls, and remembers what came of it.
struct Walk {
    world: World,
    calls: BTreeMap<String, Value>,
    /// Ids and what stands for them.
    known: Vec<(String, String)>,
}

impl Walk {
    async fn call(&mut self, operation: &str, method: Method, path: &str, request: Option<Value>) -> Value {
        let call = || {
            let call = self.world.request(method.clone(), path);
            match &request {
                Some(body) => call.json(body),
                None => call,
            }
        };
        let ends = Instant::now() + PATIENCE;
        let mut answer = call().send().await.unwrap();
        // A busy machine's database may be late for a probe; nothing was done then, and the same may be asked again.
        while answer.status() == StatusCode::SERVICE_UNAVAILABLE && Instant::now() < ends {
            tokio::time::sleep(LOOK_AGAIN).await;
            answer = call().send().await.unwrap();
        }
        let status = answer.status();
        let response: Value = answer.json().await.unwrap();
        assert!(status.is_success(), "{operation}: {status} {response}");
        let mut told = json!({"status": status.as_u16(), "response": self.settled(&response, "")});
        if let Some(request) = &request {
            told["request"] = self.settled(request, "");
        }
        self.calls.insert(operation.to_owned(), told);
        response
    }

    /// The value with examples in the place of ids, times and secrets.
    fn settled(&mut self, value: &Value, field: &str) -> Value {
        match value {
            Value::String(text) if field == "key" || field == "challenge" => {
                if text == ADMIN {
                    "the-key-of-an-admin".into()
                } else {
                    "shown-in-this-answer-and-never-again".into()
                }
            }
            Value::String(text) if field == "message" && text.lines().count() > 2 => {
                "The text to sign, as it is.".into()
            }
            Value::String(text) if chrono::DateTime::parse_from_rfc3339(text).is_ok() => {
                "2026-01-01T12:00:00Z".into()
            }
            Value::String(text) => {
                if uuid::Uuid::parse_str(text).is_ok() {
                    self.learn(text, |count| format!("0199e0a0-5c1f-7d44-9b1e-2f6a3c8d7e{:02x}", 16 + count));
                } else if field == "instanceId" {
                    self.learn(text, |count| format!("k3v9x2m7q1{:02}", 10 + count));
                }
                self.known
                    .iter()
                    .fold(text.clone(), |text, (found, example)| text.replace(found, example))
                    .into()
            }
            Value::Array(items) => items.iter().take(1).map(|item| self.settled(item, field)).collect(),
            Value::Object(fields) => {
                let mut sorted: Vec<_> = fields.iter().collect();
                // Ids first, so that they are known where others hold them.
                sorted.sort_by_key(|(name, _)| (!name.ends_with("Id"), (*name).clone()));
                let fields: BTreeMap<String, Value> =
                    sorted.into_iter().map(|(name, item)| (name.clone(), self.settled(item, name))).collect();
                Value::Object(fields.into_iter().collect::<Map<_, _>>())
            }
            other => other.clone(),
        }
    }

    fn learn(&mut self, id: &str, example: impl Fn(usize) -> String) {
        if !self.known.iter().any(|(known, _)| known == id) {
            self.known.push((id.to_owned(), example(self.known.len())));
        }
    }
}

/// What a value is like: fields with their types. A list is like its first item, and an empty one like any.
fn shape(value: &Value) -> Value {
    match value {
        Value::Null => "null".into(),
        Value::Bool(_) => "bool".into(),
        Value::Number(_) => "number".into(),
        Value::String(_) => "text".into(),
        Value::Array(_) => "list".into(),
        Value::Object(fields) => {
            fields.iter().map(|(name, field)| (name.clone(), shape(field))).collect::<Map<_, _>>().into()
        }
    }
}

async fn walk(world: World) -> BTreeMap<String, Value> {
    let mut walk = Walk { world, calls: BTreeMap::new(), known: Vec::new() };
    let text = |value: &Value, field: &str| {
        value[field].as_str().unwrap_or_else(|| panic!("{field} is not in {value}")).to_owned()
    };
    walk.call("healthz", Method::GET, "/healthz", None).await;
    walk.call("readyz", Method::GET, "/readyz", None).await;
    walk.call("signIn", Method::POST, "/api/session", Some(json!({"key": ADMIN}))).await;
    walk.call("getSession", Method::GET, "/api/session", None).await;
    walk.call(
        "createKey",
        Method::POST,
        "/api/keys",
        Some(json!({"name": "the website", "role": "claimer"})),
    )
    .await;
    walk.call("listKeys", Method::GET, "/api/keys?limit=1", None).await;

    let template = json!({
        "agentName": "Concierge", "instructions": "Book tables, find taxis.",
        "tools": [{"id": "email", "provisioning": "pool"}], "visibility": "public",
    });
    let made = walk.call("createTemplate", Method::POST, "/api/templates", Some(template.clone())).await;
    let template_path = format!("/api/templates/{}", text(&made, "templateId"));
    walk.call("listTemplates", Method::GET, "/api/templates?limit=1", None).await;
    walk.call("getTemplate", Method::GET, &template_path, None).await;
    let visible = json!({"visibility": "public"});
    walk.call("setTemplateVisibility", Method::PATCH, &format!("{template_path}/visibility"), Some(visible))
        .await;
    walk.call("listTools", Method::GET, "/api/tools", None).await;
    let challenge = "/api/claim/challenge?address=0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf";
    walk.call("getChallenge", Method::GET, challenge, None).await;

    let claim = json!({"templateId": made["templateId"], "metadata": {"order": "4711"}});
    walk.world.until_ready(1).await;
    let claimed = walk.call("claim", Method::POST, "/api/claim", Some(claim)).await;
    let claim_path = format!("/api/claims/{}", text(&claimed, "claimId"));
    let instance_path = format!("/api/instances/{}", text(&claimed, "instanceId"));
    walk.world.until_ready(1).await;
    let words = json!({"agentName": "Ada", "instructions": "Answer in one sentence.", "ttlSeconds": 3600});
    walk.call("createClaim", Method::POST, "/api/claims", Some(words)).await;
    walk.call("getClaim", Method::GET, &claim_path, None).await;
    walk.call("listClaims", Method::GET, "/api/claims?limit=1", None).await;
    walk.call("explainClaim", Method::GET, &format!("{claim_path}/explain"), None).await;
    walk.call("putTemplate", Method::PUT, &template_path, Some(template)).await;

    walk.call("listInstances", Method::GET, "/api/instances?status=claimed&limit=1", None).await;
    walk.call("getInstance", Method::GET, &instance_path, None).await;
    walk.call("patchInstance", Method::PATCH, &instance_path, Some(json!({"protected": false}))).await;
    walk.call("recheckInstance", Method::POST, &format!("{instance_path}/recheck"), None).await;
    walk.call("explainInstance", Method::GET, &format!("{instance_path}/explain"), None).await;
    walk.world.until_ready(1).await;
    let owner = json!({"ownerId": "0xb0b"});
    walk.call("cloneInstance", Method::POST, &format!("{instance_path}/clone"), Some(owner)).await;
    let image = json!({"image": "ghcr.io/example/runtime:sha-4f2a91c"});
    walk.call("redeployInstance", Method::POST, &format!("{instance_path}/redeploy"), Some(image)).await;

    let spec = json!({"minIdle": 2, "maxInstances": 50});
    walk.call("previewPool", Method::POST, "/api/pools/default/preview", Some(spec.clone())).await;
    let named = json!({"name": "night", "minIdle": 1, "paused": true});
    walk.call("createPool", Method::POST, "/api/pools", Some(named)).await;
    walk.call("getPool", Method::GET, "/api/pools/night", None).await;
    walk.call("listPools", Method::GET, "/api/pools?limit=1", None).await;
    let paused = json!({"minIdle": 2, "maxInstances": 50, "paused": true});
    walk.call("putPool", Method::PUT, "/api/pools/night", Some(paused)).await;
    walk.call("patchPool", Method::PATCH, "/api/pools/night", Some(json!({"minIdle": 1}))).await;
    walk.call("explainPool", Method::GET, "/api/pools/night/explain", None).await;
    walk.call("drainPool", Method::POST, "/api/pools/night/drain", None).await;

    walk.call("destroyInstance", Method::DELETE, &instance_path, None).await;
    let gone = json!({"instanceId": claimed["instanceId"]});
    let request = walk.call("createDestroyRequest", Method::POST, "/api/destroy-requests", Some(gone)).await;
    let request_path = format!("/api/destroy-requests/{}", text(&request, "destroyRequestId"));
    walk.call("getDestroyRequest", Method::GET, &request_path, None).await;
    walk.call("listDestroyRequests", Method::GET, "/api/destroy-requests?limit=1", None).await;
    walk.call("explainDestroyRequest", Method::GET, &format!("{request_path}/explain"), None).await;
    walk.call("releaseClaim", Method::DELETE, &claim_path, None).await;

    let store = controller::store::Store::new(walk.world.db.clone());
    store.sample_pools(process::clock::now()).await.unwrap();
    walk.call("getHistory", Method::GET, "/api/metrics/history?hours=1", None).await;
    walk.call("listEvents", Method::GET, "/api/events?kind=template&limit=1", None).await;
    walk.call("getStatus", Method::GET, "/api/status", None).await;
    walk.calls
}

#[sqlx::test(migrator = "controller::store::MIGRATIONS")]
async fn the_examples_are_what_the_api_takes_and_answers(db: PgPool) {
    let calls = walk(World::start(db, 1).await).await;
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples.json");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&file, serde_json::to_string_pretty(&calls).unwrap() + "\n").unwrap();
    }
    let committed: BTreeMap<String, Value> =
        serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
    let document = serde_json::to_value(api::routes::openapi()).unwrap();
    for (operation, call) in &calls {
        let example = committed.get(operation).unwrap_or_else(|| panic!("{operation} has no example"));
        // What optional fields say changes from moment to moment; those of the request do not.
        assert_eq!(
            shape(&example["request"]),
            shape(&call["request"]),
            "{operation}: write it anew with UPDATE_DOCS=1"
        );
        let (told, answered) = (shape(&example["response"]), shape(&call["response"]));
        let fields =
            |shape: &Value| shape.as_object().map(|fields| fields.keys().cloned().collect::<Vec<_>>());
        let known = described(&document, operation);
        for field in fields(&told).into_iter().flatten() {
            assert!(
                known.contains(&field),
                "{operation}: the example has {field}, which the answer cannot have"
            );
        }
        for (field, kind) in answered.as_object().into_iter().flatten() {
            let same =
                told.get(field).is_none_or(|told| told == kind || told.is_object() == kind.is_object());
            assert!(same, "{operation}.{field}: {told} in the example, {kind} in the answer");
        }
    }
}

/// The fields that an operation's answer may have.
fn described(document: &Value, operation: &str) -> Vec<String> {
    let schemas = &document["components"]["schemas"];
    let operations =
        document["paths"].as_object().unwrap().values().flat_map(|path| path.as_object().unwrap().values());
    let found = operations.into_iter().find(|it| it["operationId"] == operation).unwrap();
    let answers = found["responses"].as_object().unwrap();
    let (_, answer) = answers.iter().find(|(status, _)| status.starts_with('2')).unwrap();
    let reference = answer["content"]["application/json"]["schema"]["$ref"].as_str().unwrap();
    let schema = &schemas[reference.rsplit('/').next().unwrap()];
    schema["properties"].as_object().unwrap().keys().cloned().collect()
}

#[test]
fn every_operation_is_described_with_an_example_and_every_code_that_it_answers() {
    let document = serde_json::to_value(api::routes::openapi()).unwrap();
    let mut seen = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let name = format!("{method} {path}");
            let id = operation["operationId"].as_str().unwrap();
            assert!(
                operation["description"].as_str().is_some_and(|text| text.len() > 20),
                "{name} has no description"
            );
            for (status, answer) in operation["responses"].as_object().unwrap() {
                let examples = answer["content"].as_object().into_iter().flat_map(|content| content.values());
                let shown = examples.map(|content| content.get("example").is_some()).collect::<Vec<_>>();
                if status.starts_with('4') || status.starts_with('5') {
                    assert_eq!(shown, [true], "{name} {status} shows no problem");
                    assert!(
                        answer["description"].as_str().unwrap().contains('`'),
                        "{name} {status} names no code"
                    );
                }
            }
            let answers = operation["responses"]
                .as_object()
                .unwrap()
                .iter()
                .filter(|(status, _)| status.starts_with('2'));
            let shown = answers
                .flat_map(|(_, answer)| answer["content"].as_object())
                .flat_map(|content| content.values());
            let shown = shown.filter(|content| content.get("example").is_some()).count();
            assert_eq!(shown == 0, WITHOUT_AN_ANSWER.contains(&id), "{name} shows {shown} answers");
            for content in
                operation["requestBody"]["content"].as_object().into_iter().flat_map(|it| it.values())
            {
                assert!(content.get("example").is_some(), "{name} shows no request");
            }
            seen += 1;
        }
    }
    assert!(seen > 40, "{seen} operations");
}
