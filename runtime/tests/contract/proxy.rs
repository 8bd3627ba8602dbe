//! What is passed on to the agent.

use anyhow::Result;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::stand_in;

#[tokio::test]
async fn a_request_reaches_the_agent_as_it_came() -> Result<()> {
    let site = stand_in::site("")?;
    let container = site.ready().await?;
    let answer = container
        .http
        .put(format!("{}/seen?a=1&b=%20", container.base))
        .header("x-mine", "kept")
        .header("connection", "x-hop")
        .header("x-hop", "dropped")
        .body(vec![b'x'; 3 * 1024 * 1024])
        .send()
        .await?;
    let seen: serde_json::Value = answer.json().await?;
    assert_eq!((&seen["method"], &seen["uri"]), (&json!("PUT"), &json!("/seen?a=1&b=%20")));
    assert_eq!(seen["bytes"], json!(3 * 1024 * 1024), "the agent's limits are the agent's");
    assert_eq!((&seen["headers"]["x-mine"], &seen["headers"]["x-hop"]), (&json!("kept"), &json!(null)));
    assert_eq!(seen["headers"]["host"], json!(container.base.trim_start_matches("http://")));
    Ok(())
}

#[tokio::test]
async fn an_upgraded_connection_goes_both_ways() -> Result<()> {
    let site = stand_in::site("")?;
    let container = site.ready().await?;
    let mut stream = TcpStream::connect(container.base.trim_start_matches("http://")).await?;
    let head = "GET /upgrade HTTP/1.1\r\nHost: x\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n\
                Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    stream.write_all(head.as_bytes()).await?;
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        answer.push(stream.read_u8().await?);
    }
    let answer = String::from_utf8(answer)?.to_ascii_lowercase();
    assert!(answer.starts_with("http/1.1 101 ") && answer.contains("upgrade: websocket"), "{answer}");
    for word in ["first", "second"] {
        stream.write_all(word.as_bytes()).await?;
        let mut back = vec![0; word.len()];
        stream.read_exact(&mut back).await?;
        assert_eq!(back, word.to_ascii_uppercase().as_bytes());
    }
    Ok(())
}

#[tokio::test]
async fn the_agents_management_needs_the_token_at_the_front_already() -> Result<()> {
    let site = stand_in::site("")?;
    let container = site.ready().await?;
    let lock = || container.http.post(format!("{}/convos/lock", container.base));
    assert_eq!(lock().send().await?.status(), 401);
    assert_eq!(lock().bearer_auth(crate::container::TOKEN).send().await?.text().await?, "locked");
    for path in ["conversation", "join", "configure", "env"] {
        assert_eq!(container.post(&format!("/convos/{path}"), json!({})).await?.0, 404, "{path}");
    }
    assert_eq!(container.get("/created").await?.1, json!(0));
    Ok(())
}
