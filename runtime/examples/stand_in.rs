//! A stand-in for the OpenClaw gateway in the contract tests: a process of its own, started by a script named `openclaw`. An
//! example, so that it is built with the tests and not shipped.
//!
//! It keeps the inner contract loosely: it takes no variables live, and it can be told by `STAND_IN` to create slowly or
//! to lose the answer to a create.
#![expect(clippy::expect_used, reason = "a stand-in that meets something unforeseen has failed its test")]

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Path, Request};
use axum::http::{HeaderMap, Response, StatusCode};
use axum::routing::{any, get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

static CREATED: AtomicU32 = AtomicU32::new(0);

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let port = std::env::var("OPENCLAW_GATEWAY_PORT").expect("the port of the gateway");
    // Ends with its front, however that goes, so that no test leaves one behind.
    std::thread::spawn(|| {
        let _until_it_ends = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        std::process::exit(0);
    });
    let listener = tokio::net::TcpListener::bind(format!("127.0.0.1:{port}")).await.expect("a free port");
    axum::serve(listener, router()).await.expect("a listener");
}

fn router() -> Router {
    Router::new()
        .route("/readyz", get(|| async { "ready" }))
        .route("/convos/status", get(status))
        .route("/convos/conversation", post(create))
        .route("/convos/lock", post(|| async { "locked" }))
        .route("/seen", any(seen))
        .route(
            "/variable/{name}",
            get(|Path(name): Path<String>| async move { std::env::var(name).unwrap_or_default() }),
        )
        .route("/created", get(|| async { CREATED.load(Ordering::SeqCst).to_string() }))
        .route("/upgrade", get(upgrade))
}

async fn status() -> Json<Value> {
    let created = CREATED.load(Ordering::SeqCst);
    let id = (created > 0).then(|| format!("conversation-{created}"));
    Json(json!({
        "conversationId": id, "inviteUrl": "https://dev.convos.org/v2?i=x", "inboxId": "inbox-1",
        "pending": false, "clean": id.is_none()
    }))
}

async fn create() -> (StatusCode, Json<Value>) {
    let number = CREATED.fetch_add(1, Ordering::SeqCst) + 1;
    let answer = json!({ "conversationId": format!("conversation-{number}"), "inviteUrl": "https://dev.convos.org/v2?i=x" });
    match std::env::var("STAND_IN").unwrap_or_default().as_str() {
        "slow" => tokio::time::sleep(Duration::from_millis(500)).await,
        "loses" => return (StatusCode::INTERNAL_SERVER_ERROR, Json(json!({ "error": "boom" }))),
        _ => {}
    }
    (StatusCode::OK, Json(answer))
}

async fn seen(headers: HeaderMap, request: Request) -> Json<Value> {
    let headers: serde_json::Map<String, Value> = headers
        .iter()
        .map(|(name, value)| (name.to_string(), json!(value.to_str().unwrap_or_default())))
        .collect();
    let (method, uri) = (request.method().to_string(), request.uri().to_string());
    let body = axum::body::to_bytes(request.into_body(), usize::MAX).await.expect("a whole body");
    Json(json!({ "method": method, "uri": uri, "headers": headers, "bytes": body.len() }))
}

/// Switches protocols and sends everything back in capitals.
async fn upgrade(mut request: Request) -> Response<Body> {
    let upgrading = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let mut stream = hyper_util::rt::TokioIo::new(upgrading.await.expect("an upgrade"));
        let mut bytes = [0; 256];
        while let Ok(count @ 1..) = stream.read(&mut bytes).await {
            stream.write_all(&bytes[..count].to_ascii_uppercase()).await.expect("an open stream");
        }
    });
    let answer =
        Response::builder().status(101).header("connection", "upgrade").header("upgrade", "websocket");
    answer.body(Body::empty()).expect("a right head")
}
