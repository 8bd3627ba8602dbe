//! Callers that mean no good, and those that make mistakes.

use anyhow::Result;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::container::{Container, Site, TOKEN, ada};

async fn raw(container: &Container, head: &str) -> Result<String> {
    let mut stream = TcpStream::connect(container.base.trim_start_matches("http://")).await?;
    stream.write_all(format!("{head}\r\nHost: x\r\nConnection: close\r\n\r\n").as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}

#[tokio::test]
async fn without_the_token_nothing_happens() -> Result<()> {
    let site = Site::new()?;
    let container = site.ready().await?;
    let calls = [
        ("POST", "/pool/provision"),
        ("POST", "/pool/restart"),
        ("GET", "/pool/env"),
        ("POST", "/pool/env"),
        ("GET", "/convos/status"),
        ("POST", "/convos/reset"),
        ("POST", "/convos/notify"),
    ];
    let agent = container.agent_id();
    for (method, path) in calls {
        for token in [None, Some(""), Some("wrong"), Some(&TOKEN[1..]), Some(&format!("{TOKEN}x"))] {
            let mut call = container.http.request(method.parse()?, format!("{}{path}", container.base));
            if let Some(token) = token {
                call = call.bearer_auth(token);
            }
            let answer = call.json(&ada(Some("claim-1"), "x")).send().await?;
            assert_eq!(answer.status(), 401, "{method} {path} {token:?}");
            assert_eq!(answer.headers()["content-type"], "application/problem+json");
            let body: Value = answer.json().await?;
            assert_eq!((&body["code"], &body["ok"]), (&json!("unauthorized"), &json!(false)));
        }
    }
    assert_eq!(container.get("/convos/status").await?.1["clean"], json!(true));
    assert_eq!(container.agent_id(), agent);
    Ok(())
}

#[tokio::test]
async fn malformed_requests_are_the_callers_fault() -> Result<()> {
    let site = Site::new()?;
    let container = site.ready().await?;
    let url = format!("{}/pool/provision", container.base);
    let send = |body: Vec<u8>, media: &'static str| {
        let call = container.http.post(&url).bearer_auth(TOKEN).header("content-type", media).body(body);
        async move { anyhow::Ok(call.send().await?.status().as_u16()) }
    };
    let long = serde_json::to_vec(&ada(None, &"x".repeat(50_001)))?;
    let huge = serde_json::to_vec(&ada(None, &"x".repeat(1024 * 1024)))?;
    let cases: [(Vec<u8>, &'static str, u16); 9] = [
        (b"".to_vec(), "application/json", 400),
        (b"{".to_vec(), "application/json", 400),
        (b"[]".to_vec(), "application/json", 400),
        (b"\xff\xfe".to_vec(), "application/json", 400),
        (br#"{"agentName":"Ada"}"#.to_vec(), "application/json", 400),
        (br#"{"agentName":"Ada","instructions":"x","nickname":"y"}"#.to_vec(), "application/json", 400),
        (long, "application/json", 400),
        (huge, "application/json", 413),
        (serde_json::to_vec(&ada(None, "x"))?, "text/plain", 415),
    ];
    for (body, media, expected) in cases {
        let start = String::from_utf8_lossy(&body[..body.len().min(40)]).into_owned();
        assert_eq!(send(body, media).await?, expected, "{start}");
    }
    assert_eq!(container.get("/pool/provision").await?.0, 405);
    assert_eq!(container.get("/pool/nothing").await?.0, 404);
    assert_eq!(container.get("/convos/status").await?.1["clean"], json!(true));
    Ok(())
}

#[tokio::test]
async fn a_path_cannot_walk_around_the_front() -> Result<()> {
    let site = Site::new()?;
    let container = site.ready().await?;
    container.provision("claim-1", "be kind").await?;
    let before = container.get("/convos/status").await?;
    for path in [
        "/x/../convos/reset",
        "/x/%2e%2e/convos/reset",
        "//convos/reset",
        "/convos%2Freset",
        "/x%5c..%5cconvos/reset",
        "/%252e%252e/convos/reset",
        "/c/%00",
        "/c/x%0d%0aSet-Cookie:a=b",
    ] {
        let answer = raw(&container, &format!("POST {path} HTTP/1.1\r\nContent-Length: 0")).await?;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{path}: {answer}");
        assert!(!answer.to_ascii_lowercase().contains("set-cookie"), "{path}");
    }
    for head in ["CONNECT x:443 HTTP/1.1", "OPTIONS * HTTP/1.1", "GET http://elsewhere/pool/env HTTP/1.1"] {
        let answer = raw(&container, head).await?;
        assert!(answer.starts_with("HTTP/1.1 4"), "{head}: {answer}");
    }
    assert_eq!(container.get("/convos/status").await?, before);
    Ok(())
}
