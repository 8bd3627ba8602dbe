//! The builtin agent: its page, its answers, its model.

use anyhow::Result;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::container::{Container, Site, read};

async fn link(container: &Container, instructions: &str) -> Result<String> {
    let (_, answer) = container.provision("claim-1", instructions).await?;
    Ok(answer["inviteUrl"].as_str().unwrap_or_default().to_string())
}

#[tokio::test]
async fn a_guessed_link_leads_nowhere() -> Result<()> {
    let site = Site::new()?;
    let container = site.ready().await?;
    let link = link(&container, "be kind").await?;
    let (base, slug) = link.rsplit_once('/').unwrap();
    assert_eq!(slug.len(), 40, "160 bits");
    for guess in ["x".to_string(), slug[1..].to_string(), slug.to_uppercase(), format!("{slug}0")] {
        let page = container.http.get(format!("{base}/{guess}")).send().await?;
        assert_eq!(page.status(), 404);
        assert!(page.headers()["content-type"].to_str()?.starts_with("text/html"));
        let (status, problem) = container.say(&format!("{base}/{guess}"), "hi").await?;
        assert_eq!((status, &problem["code"]), (404, &json!("not_found")));
    }
    Ok(())
}

#[tokio::test]
async fn the_link_opens_a_page_that_needs_nothing_from_elsewhere() -> Result<()> {
    let site = Site::new()?;
    let container = site.ready().await?;
    let body = json!({ "agentName": "Ada <b onclick=\"x\">", "instructions": "", "claimId": "claim-1" });
    let (_, answer) = container.post("/pool/provision", body).await?;
    let link = answer["inviteUrl"].as_str().unwrap();
    assert!(link.starts_with(&format!("{}/c/", container.base)), "{link}");
    let page = container.http.get(link).send().await?;
    assert_eq!(page.status(), 200);
    let policy = page.headers()["content-security-policy"].to_str()?.to_string();
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    assert_eq!(page.headers()["referrer-policy"], "no-referrer");
    assert_eq!(page.headers()["cache-control"], "no-store");
    let html = page.text().await?;
    assert!(html.contains("Ada &lt;b onclick=&quot;x&quot;&gt;") && !html.contains("<b onclick"), "{html}");
    for asset in ["/assets/chat.css", "/assets/chat.js"] {
        assert!(html.contains(asset));
        assert_eq!(container.get(asset).await?.0, 200);
    }
    Ok(())
}

#[tokio::test]
async fn a_message_is_answered_and_remembered() -> Result<()> {
    let site = Site::new()?;
    let container = site.ready().await?;
    let link = link(&container, "Answer in one sentence.").await?;
    for wrong in
        [json!({ "text": "" }), json!({ "text": " " }), json!({ "text": "x".repeat(8001) }), json!({})]
    {
        let call = container.http.post(format!("{link}/messages")).json(&wrong);
        assert_eq!(read(call.send().await?).await?.0, 400);
    }
    let reply = json!({ "reply": "Ada here: you said “hello”." });
    assert_eq!(container.say(&link, "hello").await?, (200, reply));
    let notice = json!({ "text": "Mail from Bob" });
    assert_eq!(container.post("/convos/notify", notice).await?.0, 200);
    let (_, past) = read(container.http.get(format!("{link}/messages")).send().await?).await?;
    let from: Vec<&Value> = past["items"].as_array().unwrap().iter().map(|item| &item["from"]).collect();
    assert_eq!(from, ["you", "agent", "notice"]);
    Ok(())
}

#[tokio::test]
async fn a_conversation_that_was_ended_is_told_to_the_fleet() -> Result<()> {
    let site = Site::new()?;
    let container = site.ready().await?;
    assert_eq!(container.post("/convos/explode", json!({})).await?.0, 400);
    let link = link(&container, "be kind").await?;
    assert_eq!(container.get("/pool/health").await?.1["ended"], Value::Null);
    assert_eq!(container.post("/convos/explode", json!({})).await?.0, 200);
    assert_eq!(container.say(&link, "hello?").await?.0, 404);
    assert_eq!(container.get("/convos/status").await?.1["ended"], json!(true));
    // The end outlives a restart, and nobody else gets the agent.
    assert_eq!(container.post("/pool/restart", json!({})).await?.0, 200);
    let (status, health) = container.get("/pool/health").await?;
    assert_eq!((status, &health["ended"]), (200, &json!(true)));
    assert_eq!(container.provision("claim-2", "be kind").await?.0, 409);
    Ok(())
}

#[tokio::test]
async fn the_link_names_the_public_domain() -> Result<()> {
    let site = Site::new()?.with("RAILWAY_PUBLIC_DOMAIN", "a1.up.railway.app");
    let container = site.ready().await?;
    assert!(link(&container, "be kind").await?.starts_with("https://a1.up.railway.app/c/"));
    Ok(())
}

#[tokio::test]
async fn a_model_answers_when_there_is_one_and_an_echo_when_it_fails() -> Result<()> {
    async fn complete(headers: HeaderMap, Json(body): Json<Value>) -> (StatusCode, Json<Value>) {
        let turns = body["messages"].as_array().cloned().unwrap_or_default();
        if turns.last().is_some_and(|turn| turn["content"] == "break") {
            return (StatusCode::PAYMENT_REQUIRED, Json(json!({ "error": { "message": "no credit" } })));
        }
        let key = headers["authorization"].to_str().unwrap_or_default().to_string();
        let words = format!("{} | {} | {key}", body["model"], turns[0]["content"]);
        (
            StatusCode::OK,
            Json(json!({ "choices": [{ "message": { "role": "assistant", "content": words } }] })),
        )
    }
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let model = format!("http://{}/api/v1", listener.local_addr()?);
    let router = Router::new().route("/api/v1/chat/completions", post(complete));
    tokio::spawn(async move { axum::serve(listener, router).await });

    let site = Site::new()?.with("OPENROUTER_API_URL", model).with("OPENROUTER_API_KEY", "sk-or-v1-planted");
    let container = site.ready().await?;
    let body = json!({ "agentName": "Ada", "instructions": "Be kind.", "model": "vendor/one", "claimId": "claim-1" });
    let (_, answer) = container.post("/pool/provision", body).await?;
    let link = answer["inviteUrl"].as_str().unwrap();
    let (_, said) = container.say(link, "hello").await?;
    assert_eq!(
        said["reply"],
        json!("\"vendor/one\" | \"Your name is Ada. Be kind.\" | Bearer sk-or-v1-planted")
    );
    let (status, said) = container.say(link, "break").await?;
    let reply = said["reply"].as_str().unwrap();
    assert_eq!(status, 200);
    assert!(reply.contains("“break”") && reply.contains("402 Payment Required"), "{reply}");
    assert!(!site.log().contains("planted"));
    Ok(())
}
