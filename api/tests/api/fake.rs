//! A `services` of its own for each test, over HTTP: everything works at once, and every call is noted.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use axum::extract::{Path, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;

/// What was asked of it, and what it knows.
#[derive(Clone, Default)]
pub struct Fake(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    calls: Vec<String>,
    instances: BTreeSet<String>,
    silent: bool,
}

impl Fake {
    /// Starts it; gives its address.
    pub async fn start(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new()
            .route("/create-instance", post(create))
            .route("/status/batch", post(statuses))
            .route("/configure/{id}", post(configure))
            .route("/provision/{id}/{tool}", post(provision))
            .route("/destroy/{id}", delete(destroy))
            .route("/redeploy/{id}", post(redeploy))
            .route("/registry", get(registry))
            .route("/vendors", get(vendors))
            .layer(axum::middleware::from_fn_with_state(self.clone(), note))
            .with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        address
    }

    /// From now on nothing is said of the vendors, not even no.
    pub fn be_silent(&self) {
        self.0.lock().unwrap().silent = true;
    }

    /// The calls whose path begins like this.
    pub fn calls(&self, path: &str) -> usize {
        self.0.lock().unwrap().calls.iter().filter(|call| call.starts_with(path)).count()
    }
}

async fn note(State(fake): State<Fake>, request: Request, next: Next) -> Response {
    fake.0.lock().unwrap().calls.push(request.uri().path().to_owned());
    next.run(request).await
}

async fn create(State(fake): State<Fake>, Json(body): Json<Value>) -> Json<Value> {
    let id = body["instanceId"].as_str().unwrap().to_owned();
    fake.0.lock().unwrap().instances.insert(id.clone());
    Json(json!({"instanceId": id, "url": format!("https://{id}.agents.example")}))
}

async fn statuses(State(fake): State<Fake>, Json(body): Json<Value>) -> Json<Value> {
    let known = &fake.0.lock().unwrap().instances;
    let now = process::clock::now();
    let answers = body["instanceIds"].as_array().unwrap().iter().map(|id| {
        let id = id.as_str().unwrap().to_owned();
        let status = if known.contains(&id) { "healthy" } else { "not_found" };
        (id, json!({"status": status, "deployStatus": "running", "observedAt": now, "version": "1.0.0"}))
    });
    Json(Value::Object(answers.collect::<Map<_, _>>()))
}

async fn configure(Path(id): Path<String>) -> Json<Value> {
    let invite = format!("https://convos.example/i/{id}");
    Json(json!({"ok": true, "conversationId": format!("c-{id}"), "inviteUrl": invite, "status": "created"}))
}

async fn provision(Path((id, tool)): Path<(String, String)>) -> Json<Value> {
    Json(json!({"toolId": tool, "resourceId": format!("{tool}-{id}"), "config": {}, "status": "active"}))
}

async fn destroy(State(fake): State<Fake>, Path(id): Path<String>) -> Json<Value> {
    fake.0.lock().unwrap().instances.remove(&id);
    Json(json!({"ok": true, "resources": []}))
}

async fn redeploy() -> Response {
    (axum::http::StatusCode::ACCEPTED, Json(json!({"ok": true, "operationId": "o-1"}))).into_response()
}

async fn registry() -> Json<Value> {
    let schema = json!({
        "type": "object",
        "properties": {"telnyxApiKey": {"type": "string", "minLength": 1}, "telnyxPhone": {"type": "string", "pattern": "^\\+[0-9]{8,15}$"}},
        "required": ["telnyxApiKey", "telnyxPhone"],
        "additionalProperties": false,
    });
    Json(json!([
        {"toolId": "email", "name": "Mail", "provisioning": ["pool", "user"], "configured": true},
        {"toolId": "sms", "name": "Phone", "provisioning": ["pool", "user"], "configured": false,
         "problem": "TELNYX_API_KEY is not set", "userConfigSchema": schema},
    ]))
}

async fn vendors(State(fake): State<Fake>) -> Json<Value> {
    let silent = fake.0.lock().unwrap().silent;
    if silent {
        std::future::pending::<()>().await;
    }
    let now = process::clock::now();
    Json(json!({
        "vendors": [{"name": "sms", "problem": "the vendor answers 503", "latencyMs": 12, "errors": 7, "checkedAt": now, "since": now}],
        "budgets": [{"name": "compute 1", "allowance": 1000.0, "remaining": 950.5, "resetsAt": now}],
        "lanes": [{"name": "project creations 1", "waiting": 2, "nextAllowedAt": now}],
        "shelf": {"target": 3, "kept": 2, "free": 1},
    }))
}
