use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use axum::routing::{get, post};
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;

use super::*;
use crate::problem::{Json, PROBLEM_JSON, Path};

fn router() -> Router {
    let routes = Router::new()
        .route("/things/{id}", get(async |Path(id): Path<u32>| id.to_string()))
        .route("/things", post(async |Json(body): Json<Value>| Json(body)))
        .route("/panic", get(async || -> String { panic!("a test panics on purpose") }));
    finish(routes, HttpMetrics::new("test"))
}

async fn ask(method: Method, path: &str, body: impl Into<Body>) -> (StatusCode, String, Value) {
    let request = Request::builder().method(method).uri(path).header("content-type", "application/json");
    let response = router().oneshot(request.body(body.into()).unwrap()).await.unwrap();
    let status = response.status();
    assert!(response.headers().contains_key("x-request-id"), "{path}");
    let media = response.headers().get("content-type").map(|value| value.to_str().unwrap().to_owned());
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    (status, media.unwrap_or_default(), serde_json::from_slice(&bytes).unwrap_or_default())
}

#[tokio::test]
async fn every_refusal_is_a_problem_document() {
    let large = format!("\"{}\"", "x".repeat(BODY_BYTES_MAX));
    let cases = [
        (Method::GET, "/nowhere", String::new(), 404, "not_found"),
        (Method::GET, "/things/abc", String::new(), 404, "not_found"),
        (Method::GET, "/things/%FF", String::new(), 404, "not_found"),
        (Method::DELETE, "/things", String::new(), 405, "method_not_allowed"),
        (Method::POST, "/things", large, 413, "payload_too_large"),
        (Method::POST, "/things", "{".to_owned(), 400, "invalid_request"),
        (Method::GET, "/panic", String::new(), 500, "internal"),
    ];
    for (method, path, body, status, code) in cases {
        let (answered, media, document) = ask(method, path, body).await;
        assert_eq!(answered.as_u16(), status, "{path}");
        assert_eq!(media, PROBLEM_JSON, "{path}");
        assert_eq!(document["code"], code, "{path}");
        assert_eq!(document["status"], status, "{path}");
        for field in ["type", "title", "detail"] {
            assert!(document[field].is_string(), "{path} {field}");
        }
    }
}

#[tokio::test]
async fn a_body_at_the_limit_is_read() {
    let body = format!("\"{}\"", "x".repeat(BODY_BYTES_MAX - 2));
    assert_eq!(ask(Method::POST, "/things", body).await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_wrong_method_says_which_are_allowed() {
    let request = Request::delete("/things").body(Body::empty()).unwrap();
    let response = router().oneshot(request).await.unwrap();
    assert_eq!(response.headers()["allow"], "POST");
}

#[tokio::test]
async fn a_plain_request_id_is_kept_and_an_odd_one_is_replaced() {
    for (sent, kept) in [("abc-123", true), ("a b", false), ("", false)] {
        let request = Request::get("/things/7").header("x-request-id", sent).body(Body::empty()).unwrap();
        let response = router().oneshot(request).await.unwrap();
        assert_eq!(response.headers()["x-request-id"] == sent, kept, "{sent:?}");
    }
}

#[tokio::test]
async fn requests_are_counted_by_route_and_never_by_path() {
    let metrics = crate::telemetry::install_recorder().unwrap();
    for id in 0..3 {
        ask(Method::GET, &format!("/things/{id}"), "").await;
    }
    ask(Method::from_bytes(b"BREW").unwrap(), "/nowhere/at/all", "").await;
    let text = metrics.render();
    assert!(text.contains(r#"route="/things/{id}""#), "{text}");
    assert!(text.contains(r#"route="unmatched",method="other""#), "{text}");
    assert!(!text.contains("/things/1") && !text.contains("BREW"), "{text}");
}

#[tokio::test]
async fn a_taken_port_is_exit_code_3() {
    let taken = bind("127.0.0.1:0").await.unwrap();
    let error = bind(taken.local_addr().unwrap()).await.unwrap_err();
    assert_eq!(error.exit_reason(), ExitReason::PortTaken);
    assert!(error.to_string().contains("taken"), "{error}");
}

#[tokio::test]
async fn serving_ends_when_the_shutdown_begins() {
    let listener = bind("127.0.0.1:0").await.unwrap();
    let shutdown = Shutdown::manual();
    let serving = serve("test", listener, router(), &shutdown);
    let (outcome, ()) = tokio::join!(serving, async { shutdown.begin() });
    outcome.unwrap();
}
