//! The commands that an agent has inside its container.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::Result;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::container::Site;

const TOKEN: &str = "an-instance-token-of-the-tests";

/// A stand-in for `services`: the vendor needs a second call, and one tool is not configured.
async fn services() -> Result<String> {
    let calls = Arc::new(AtomicU32::new(0));
    async fn email(
        State(calls): State<Arc<AtomicU32>>,
        headers: HeaderMap,
        Json(body): Json<Value>,
    ) -> (StatusCode, Json<Value>) {
        if headers["authorization"] != format!("Bearer {TOKEN}").as_str() {
            return (StatusCode::UNAUTHORIZED, Json(json!({ "detail": "no" })));
        }
        match calls.fetch_add(1, Ordering::SeqCst) {
            0 => (StatusCode::ACCEPTED, Json(json!({ "retryAfterMs": 1 }))),
            _ => (StatusCode::OK, Json(json!({ "toolId": "email", "resourceId": "a@b.c", "config": body }))),
        }
    }
    async fn sms() -> (StatusCode, Json<Value>) {
        let errors = json!([{ "field": "telnyxPhone", "message": "is missing" }]);
        let problem = json!({ "code": "user_config_invalid", "detail": "it does not fit", "errors": errors });
        (StatusCode::UNPROCESSABLE_ENTITY, Json(problem))
    }
    async fn page(uri: axum::http::Uri) -> Json<Value> {
        Json(json!({ "items": [], "asked": uri.query() }))
    }
    let router = Router::new()
        .route("/registry", get(|| async { Json(json!([{ "toolId": "email" }])) }))
        .route("/instances/abc123def456", get(|| async { Json(json!({ "tools": [] })) }))
        .route("/provision/abc123def456/email", post(email))
        .route("/provision/abc123def456/sms", post(sms))
        .route("/proxy/abc123def456/email/messages", post(|Json(body): Json<Value>| async { Json(body) }))
        .route(
            "/proxy/abc123def456/sms/messages",
            get(page).post(|Json(body): Json<Value>| async { Json(body) }),
        )
        .with_state(calls);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let base = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(base)
}

async fn run(site: &Site, arguments: &[&str]) -> Result<(Option<i32>, String, String)> {
    let mut command = site.command(arguments);
    let output = tokio::task::spawn_blocking(move || command.output()).await??;
    Ok((output.status.code(), String::from_utf8(output.stdout)?, String::from_utf8(output.stderr)?))
}

#[tokio::test]
async fn without_access_the_missing_variables_are_named() -> Result<()> {
    let (code, _, said) = run(&Site::new()?, &["services", "list"]).await?;
    assert_eq!(code, Some(2));
    assert!(said.contains("SERVICES_URL: ") && said.contains("INSTANCE_SERVICES_TOKEN: "), "{said}");
    Ok(())
}

#[tokio::test]
async fn a_tool_is_waited_for_and_printed() -> Result<()> {
    let site = Site::new()?.with("SERVICES_URL", services().await?).with("INSTANCE_SERVICES_TOKEN", TOKEN);
    let config = r#"{"agentmailApiKey":"am_secret"}"#;
    let (code, printed, _) = run(&site, &["services", "provision", "email", "--user-config", config]).await?;
    let answer: Value = serde_json::from_str(&printed)?;
    assert_eq!((code, &answer["resourceId"]), (Some(0), &json!("a@b.c")));
    assert_eq!(answer["config"]["userConfig"]["agentmailApiKey"], json!("am_secret"));

    let (code, printed, _) = run(&site, &["services", "list"]).await?;
    let tools: Value = serde_json::from_str(&printed)?;
    assert_eq!((code, &tools["registry"][0]["toolId"]), (Some(0), &json!("email")));
    Ok(())
}

#[tokio::test]
async fn a_refusal_is_said_in_the_words_of_services() -> Result<()> {
    let site = Site::new()?.with("SERVICES_URL", services().await?).with("INSTANCE_SERVICES_TOKEN", TOKEN);
    let (code, _, said) = run(&site, &["services", "provision", "sms"]).await?;
    assert_eq!(code, Some(1));
    assert!(said.contains("it does not fit (telnyxPhone: is missing)"), "{said}");
    let (code, _, said) =
        run(&site, &["services", "provision", "sms", "--user-config", "{\"key\":\"planted"]).await?;
    assert_eq!(code, Some(2));
    assert!(!said.contains("planted"), "{said}");
    Ok(())
}

#[tokio::test]
async fn mail_and_text_messages_go_through_services() -> Result<()> {
    let site = Site::new()?.with("SERVICES_URL", services().await?).with("INSTANCE_SERVICES_TOKEN", TOKEN);
    let mail = "services mail send --to a@b.c --to d@e.f --subject Lunch --text Noon? --in-reply-to <m-1>";
    let (code, printed, said) = run(&site, &mail.split(' ').collect::<Vec<_>>()).await?;
    let sent: Value = serde_json::from_str(&printed).unwrap_or_default();
    let expected =
        json!({ "to": ["a@b.c", "d@e.f"], "subject": "Lunch", "text": "Noon?", "inReplyTo": "<m-1>" });
    assert_eq!((code, sent), (Some(0), expected), "{said}");

    let (_, printed, said) =
        run(&site, &["services", "sms", "send", "--to", "+15550100", "--text", "hi"]).await?;
    let sent: Value = serde_json::from_str(&printed).unwrap_or_default();
    assert_eq!(sent, json!({ "to": "+15550100", "text": "hi" }), "{said}");

    let (_, printed, _) = run(&site, &["services", "sms", "list", "--page-token", "a/b&c=d"]).await?;
    let listed: Value = serde_json::from_str(&printed)?;
    assert_eq!(listed["asked"], json!("pageToken=a%2Fb%26c%3Dd"));
    Ok(())
}

#[tokio::test]
async fn a_tool_that_would_be_another_path_is_no_tool() -> Result<()> {
    let site = Site::new()?.with("SERVICES_URL", services().await?).with("INSTANCE_SERVICES_TOKEN", TOKEN);
    let (code, _, said) = run(&site, &["services", "provision", "../zzz999zzz999/email"]).await?;
    assert_eq!(code, Some(1));
    assert!(said.contains("is no name of a tool"), "{said}");
    Ok(())
}
