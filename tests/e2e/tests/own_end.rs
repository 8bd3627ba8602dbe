//! An agent whose conversation was ended takes its leave: the pool records that as its wish and takes everything away.

use std::time::Duration;

use anyhow::{Context, Result};
use e2e::settle::eventually;
use e2e::world::http::Http;
use e2e::world::{Options, Runtime, World};
use serde_json::json;

/// The gateway token of a running agent: it is sealed everywhere but in the agent's own process.
fn gateway_token(instance_id: &str) -> Result<String> {
    let mine = format!("INSTANCE_ID={instance_id}");
    let processes = std::fs::read_dir("/proc")?.filter_map(|entry| Some(entry.ok()?.path().join("environ")));
    for environ in processes {
        let Ok(bytes) = std::fs::read(environ) else { continue };
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if text.split('\0').any(|variable| variable == mine)
            && let Some(token) = text.split('\0').find_map(|variable| variable.strip_prefix("GATEWAY_TOKEN="))
        {
            return Ok(token.to_owned());
        }
    }
    anyhow::bail!("no process is the agent {instance_id}")
}

#[tokio::test]
async fn an_agent_whose_conversation_was_ended_is_taken_away_as_its_own_wish() {
    let world =
        World::start(Options { runtime: Runtime::Process, min_idle: 1, ..Options::default() }).await.unwrap();
    world.full(Duration::from_secs(120)).await.unwrap();
    let api = world.api();
    let claim = api.claim_ready("Ada").await.unwrap();
    let id = claim.instance_id.as_ref().unwrap().to_string();
    let instance = api.instance(&id).await.unwrap();
    let agent = Http::new(instance.url.as_deref().unwrap(), Some(&gateway_token(&id).unwrap())).unwrap();
    agent.post("/convos/explode", &json!({})).await.unwrap().expect(200).unwrap();

    eventually("the agent's own end", Duration::from_secs(120), async || {
        let requests = api.destroy_requests().await?;
        let request = requests.iter().find(|request| request.instance_id.to_string() == id);
        let request = request.context("nobody recorded its end")?;
        anyhow::ensure!(request.reason.as_str() == "self", "it goes for another reason: {}", request.reason);
        anyhow::ensure!(request.done_at.is_some(), "it is still there");
        Ok(())
    })
    .await
    .unwrap();
    world.end().await.unwrap();
}
