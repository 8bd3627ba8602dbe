//! An agent whose conversation was ended takes its leave: the pool records that as its wish and takes everything away.

use std::time::Duration;

use anyhow::Context;
use e2e::settle::eventually;
use e2e::world::{Options, Runtime, World, agent};
use serde_json::json;

#[tokio::test]
async fn an_agent_whose_conversation_was_ended_is_taken_away_as_its_own_wish() {
    let world =
        World::start(Options { runtime: Runtime::Process, min_idle: 1, ..Options::default() }).await.unwrap();
    world.full(Duration::from_secs(120)).await.unwrap();
    let api = world.api();
    let claim = api.claim_ready("Ada").await.unwrap();
    let id = claim.instance_id.as_ref().unwrap().to_string();
    let instance = api.instance(&id).await.unwrap();
    let agent = agent::client(&id, instance.url.as_deref().unwrap()).unwrap();
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
