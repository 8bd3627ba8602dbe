//! The one way out, against a server that refuses, throttles, hangs and talks too much.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use secrecy::SecretString;
use url::Url;

use crate::vendor::{Call, Class, Credential, Pace, Vendor, VendorSettings, tables};

/// Vendors' time passes so much faster in these tests: 60 s are 60 ms.
const FAST: f64 = 1000.0;

/// One scripted answer.
enum Step {
    Status(u16, &'static str),
    Slower(&'static str),
    Silence,
}

#[derive(Default)]
struct Script {
    steps: VecDeque<Step>,
    /// What was asked: method, path with query, and whether the cheap call's path.
    seen: Vec<String>,
    cheap_status: u16,
}

type Shared = Arc<Mutex<Script>>;

async fn answer(State(script): State<Shared>, request: Request) -> Response {
    let asked = format!("{} {}", request.method(), request.uri());
    let step = {
        let mut script = script.lock().unwrap();
        if request.uri().path() == "/v9/cheap" {
            let status = StatusCode::from_u16(script.cheap_status).unwrap();
            script.seen.push("cheap".to_owned());
            return (status, axum::Json(serde_json::json!({}))).into_response();
        }
        script.seen.push(asked);
        script.steps.pop_front()
    };
    match step {
        None => axum::Json(serde_json::json!({"fine": true})).into_response(),
        Some(Step::Status(status, body)) => Response::builder()
            .status(status)
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(body))
            .unwrap(),
        Some(Step::Slower(after)) => {
            (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, after)], "slower").into_response()
        }
        Some(Step::Silence) => std::future::pending().await,
    }
}

async fn vendor(steps: impl IntoIterator<Item = Step>) -> (Vendor, Shared) {
    let script = Shared::default();
    script.lock().unwrap().steps.extend(steps);
    script.lock().unwrap().cheap_status = 200;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/v9", listener.local_addr().unwrap());
    let router = axum::Router::new().fallback(answer).with_state(script.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    (at(&base), script)
}

fn at(base: &str) -> Vendor {
    let settings = VendorSettings {
        name: "openrouter",
        base: Url::parse(base).unwrap(),
        credential: Credential::Bearer(SecretString::from("sk-or-v1-ours-and-secret")),
        rules: &tables::OPENROUTER,
        requests_per_second: 1000.0,
        concurrency: 8,
        cheap: Some(Call::get("check").path(["cheap"])),
        headers_seen: None,
    };
    let options = process::http::Options::new("test", Duration::from_secs(10)).direct();
    Vendor::new(settings, process::http::client(&options).unwrap(), Pace::new(FAST))
}

fn asked(script: &Shared) -> Vec<String> {
    script.lock().unwrap().seen.clone()
}

#[tokio::test]
async fn a_write_without_an_answer_is_in_doubt_and_is_not_sent_twice() {
    let (vendor, script) = vendor([Step::Silence]).await;
    let call = Call::post("create").path(["keys"]).timeout(Duration::from_millis(100));
    let failure = vendor.send(call).await.unwrap_err();
    assert_eq!(failure.class, Class::Ambiguous);
    assert_eq!(asked(&script), ["POST /v9/keys"]);
}

#[tokio::test]
async fn a_write_that_the_server_failed_on_is_not_sent_twice() {
    let (vendor, script) = vendor([Step::Status(500, "{}")]).await;
    assert_eq!(vendor.send(Call::post("create").path(["keys"])).await.unwrap_err().class, Class::Ambiguous);
    assert_eq!(asked(&script).len(), 1);
}

#[tokio::test]
async fn a_read_and_a_keyed_write_are_sent_again_until_they_are_answered() {
    let (vendor, script) =
        vendor([Step::Status(503, "{}"), Step::Silence, Step::Status(502, "<html>")]).await;
    let call = Call::get("list").path(["keys"]).timeout(Duration::from_millis(100));
    assert_eq!(vendor.send(call).await.unwrap().json["fine"], true);
    assert_eq!(asked(&script).len(), 4);

    script.lock().unwrap().steps.extend([Step::Status(500, "{}"), Step::Status(500, "{}")]);
    vendor.send(Call::post("create").path(["inboxes"]).idempotent()).await.unwrap();
    assert_eq!(asked(&script).len(), 7);
}

#[tokio::test]
async fn a_short_told_wait_is_slept_out_and_a_long_one_is_handed_back_and_holds_the_next_call() {
    let (vendor, script) = vendor([Step::Slower("1"), Step::Slower("1"), Step::Slower("100")]).await;
    let failure = vendor.send(Call::post("create").path(["keys"])).await.unwrap_err();
    assert_eq!(failure.wait(), Some(Duration::from_secs(100)));
    assert_eq!(asked(&script).len(), 3, "two short waits were slept out");
    let held = vendor.send(Call::get("list").path(["keys"])).await.unwrap_err();
    assert!(held.wait().is_some_and(|wait| wait <= Duration::from_secs(100)), "{held:?}");
    assert_eq!(asked(&script).len(), 3, "nothing was sent while held");
}

#[tokio::test]
async fn nobody_listening_is_transient_and_tried_four_times_at_most() {
    let vendor = at("http://127.0.0.1:1/v9");
    let failure = vendor.send(Call::post("create").path(["keys"])).await.unwrap_err();
    assert_eq!(failure.class, Class::Transient);
}

#[tokio::test]
async fn a_refused_credential_stops_the_calls_until_the_cheap_call_is_answered() {
    let (vendor, script) = vendor([Step::Status(401, "{}")]).await;
    script.lock().unwrap().cheap_status = 401;
    assert_eq!(vendor.send(Call::get("list").path(["keys"])).await.unwrap_err().class, Class::Auth);
    assert_eq!(vendor.open_because(), Some(Class::Auth));
    assert_eq!(vendor.send(Call::get("list").path(["keys"])).await.unwrap_err().class, Class::Auth);
    assert_eq!(asked(&script), ["GET /v9/keys", "cheap"], "the second call was not sent");

    script.lock().unwrap().cheap_status = 200;
    vendor.pause(Duration::from_secs(61)).await;
    vendor.send(Call::get("list").path(["keys"])).await.unwrap();
    assert_eq!(asked(&script)[2..], ["cheap", "GET /v9/keys"]);
    assert_eq!(vendor.open_because(), None);
}

#[tokio::test]
async fn a_refusal_of_one_object_by_a_vendor_that_takes_our_key_is_only_that() {
    let (vendor, _script) = vendor([Step::Status(401, "{}")]).await;
    assert_eq!(
        vendor.send(Call::delete("delete").path(["keys", "1"])).await.unwrap_err().class,
        Class::Forbidden
    );
    assert_eq!(vendor.open_because(), None);
}

#[tokio::test]
async fn somebody_elses_bad_key_does_not_stop_our_calls() {
    let (vendor, _script) = vendor([Step::Status(401, "{}")]).await;
    let theirs = Credential::Bearer(SecretString::from("theirs"));
    let failure = vendor.send(Call::get("own").path(["key"]).with_credential(theirs)).await.unwrap_err();
    assert_eq!(failure.class, Class::Auth);
    assert_eq!(vendor.open_because(), None);
}

#[tokio::test]
async fn a_vendor_that_is_down_is_left_alone_after_five_failures() {
    let (vendor, script) = vendor((0..9).map(|_| Step::Status(503, "{}"))).await;
    script.lock().unwrap().cheap_status = 503;
    for _ in 0..3 {
        vendor.send(Call::get("list").path(["keys"]).once()).await.unwrap_err();
        vendor.send(Call::get("list").path(["keys"]).once()).await.unwrap_err();
    }
    assert!(asked(&script).len() < 6, "{:?}", asked(&script));
    assert_eq!(vendor.open_because(), Some(Class::Transient));
}

#[tokio::test]
async fn a_name_in_a_path_cannot_leave_its_segment() {
    let (vendor, script) = vendor([]).await;
    let path = ["inboxes", "../other@x/messages?a=b"];
    vendor.send(Call::get("read").path(path)).await.unwrap();
    assert_eq!(asked(&script), ["GET /v9/inboxes/..%2Fother@x%2Fmessages%3Fa=b"]);
    for dots in [".", "..", ""] {
        let failure = vendor.send(Call::get("read").path(["inboxes", dots, "messages"])).await.unwrap_err();
        assert_eq!(failure.class, Class::Invalid);
    }
    assert_eq!(asked(&script).len(), 1);
}

#[tokio::test]
async fn an_answer_without_end_is_not_read_to_its_end() {
    let (vendor, _script) = vendor([]).await;
    let failure = vendor.send(Call::post("create").path(["keys"]).answer_bytes_max(4)).await.unwrap_err();
    assert_eq!(
        (failure.class, failure.message.as_str()),
        (Class::Ambiguous, "an answer longer than the bound")
    );
}

#[tokio::test]
async fn no_failure_tells_our_key() {
    let (echo, _script) =
        vendor([Step::Status(400, r#"{"error":{"message":"no such key: sk-or-v1-ours-and-secret"}}"#)]).await;
    let failure = echo.send(Call::get("list").path(["keys"])).await.unwrap_err();
    let refused = at("http://127.0.0.1:1/v9").send(Call::get("list").once()).await.unwrap_err();
    for text in [format!("{failure} {failure:?}"), format!("{refused} {refused:?}")] {
        assert!(!text.contains("ours-and-secret"), "{text}");
    }
}
