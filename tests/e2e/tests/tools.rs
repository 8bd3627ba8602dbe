//! Templates with tools, from the claim to what the agent has, and back: with real runtime processes.
#![expect(clippy::unwrap_used, reason = "a world that cannot be made has failed the test")]

use std::time::Duration;

use anyhow::{Result, ensure};
use e2e::{
    settle::eventually,
    world::{Options, Runtime, World, agent, http::Http, programs::program},
};
use model::api::ClaimView;
use serde_json::{Value, json};
use simulator::tokens;

const WITHIN: Duration = Duration::from_secs(120);

async fn world(min_idle: u32) -> World {
    let key = ("TELNYX_PUBLIC_KEY".to_owned(), tokens::telnyx_public_key());
    let options = Options {
        runtime: Runtime::Process,
        min_idle,
        services_variables: [key].into(),
        ..Options::default()
    };
    let world = World::start(options).await.unwrap();
    world.full(WITHIN).await.unwrap();
    world
}

async fn claimed(world: &World, body: &Value) -> ClaimView {
    world.api().claim(body, None, 100).await.unwrap().expect(200).unwrap().read().unwrap()
}

/// The agent of a claim, and its id.
async fn agent_of(world: &World, claim: &ClaimView) -> (Http, String) {
    let id = claim.instance_id.as_ref().unwrap().to_string();
    let url = world.api().instance(&id).await.unwrap().url.unwrap();
    (agent::client(&id, &url).unwrap(), id)
}

/// The names of the variables that the runtime says its agent has.
async fn variables(agent: &Http) -> Vec<String> {
    agent.get("/pool/env").await.unwrap().expect(200).unwrap().body["variables"]
        .as_array()
        .unwrap()
        .iter()
        .map(|name| name.as_str().unwrap().to_owned())
        .collect()
}

/// Waits until the conversation behind a link holds these words.
async fn heard(http: &Http, link: &str, words: &str) {
    eventually(words, WITHIN, async || {
        let past = http.with_key(None).get(&format!("{link}/messages")).await?.expect(200)?;
        ensure!(past.body.to_string().contains(words), "{}", past.body);
        Ok(())
    })
    .await
    .unwrap();
}

/// The claimant's number is still theirs: their own account says so.
async fn claimants_number(world: &World) -> Value {
    let telnyx = world.outside.http().with_key(Some(tokens::CLAIMANT_TELNYX_API_KEY));
    telnyx.get("/telnyx/v2/phone_numbers").await.unwrap().expect(200).unwrap().body["data"].clone()
}

#[tokio::test]
async fn a_claim_with_our_inbox_and_the_claimants_number_has_both_and_leaves_the_number() {
    let world = world(1).await;
    let api = world.api();
    let template = json!({"agentName": "Ada", "instructions": "Answer in one sentence.", "visibility": "public",
        "tools": [{"id": "email", "provisioning": "pool"}, {"id": "sms", "provisioning": "user"}]});
    let template = api.http().post("/api/templates", &template).await.unwrap().expect(201).unwrap();
    let template_id = template.text("templateId").to_owned();

    let refused = api.claim(&json!({"templateId": template_id}), None, 0).await.unwrap().expect(422).unwrap();
    assert_eq!(refused.text("code"), "template_tool_config_missing");
    let fields = refused.body["errors"].to_string();
    assert!(fields.contains("telnyxApiKey") && fields.contains("telnyxPhone"), "{fields}");

    let sms = json!({"telnyxApiKey": tokens::CLAIMANT_TELNYX_API_KEY, "telnyxPhone": tokens::CLAIMANT_PHONE_NUMBER});
    let before = claimants_number(&world).await;
    let claim = claimed(&world, &json!({"templateId": template_id, "userConfig": {"sms": sms}})).await;
    let (agent, id) = agent_of(&world, &claim).await;
    let names = variables(&agent).await;
    for name in ["AGENTMAIL_INBOX_ID", "TELNYX_PHONE_NUMBER", "TELNYX_API_KEY"] {
        assert!(names.iter().any(|known| known == name), "{name} is not among {names:?}");
    }
    assert!(!names.iter().any(|name| name == "AGENTMAIL_API_KEY"), "our account's key is in the agent");
    let whole = world.outside.raw_inventory().await.unwrap();
    let inboxes = whole["agentmail"]["inboxes"].as_array().unwrap();
    assert_eq!((inboxes.len(), &whole["telnyx"]["bought"]), (1, &json!(0)), "{whole}");

    // Mail reaches the agent in its conversation.
    let mail = json!({"to": inboxes[0]["inboxId"], "from": "eve@example.org", "subject": "Hi", "text": "A letter for Ada"});
    let link = claim.invite_url.clone().unwrap();
    world.outside.http().post("/_sim/agentmail/messages", &mail).await.unwrap().expect(200).unwrap();
    heard(&agent, &link, "A letter for Ada").await;

    // A changed template reaches the running agent.
    let mut changed = template.body.clone();
    let keep = ["agentName", "instructions", "visibility", "tools"];
    changed.as_object_mut().unwrap().retain(|name, _| keep.contains(&name.as_str()));
    changed["instructions"] = json!("Answer in two sentences.");
    let hash =
        async || anyhow::Ok(agent.get("/convos/status").await?.expect(200)?.text("configHash").to_owned());
    let first = hash().await.unwrap();
    let path = format!("/api/templates/{template_id}");
    api.http().put(&path, &changed).await.unwrap().expect(200).unwrap();
    eventually("the agent follows its template", WITHIN, async || {
        ensure!(hash().await? != first, "it is configured as before");
        ensure!(api.instance(&id).await?.template_synced_at.is_some());
        Ok(())
    })
    .await
    .unwrap();

    api.release(claim.claim_id).await.unwrap();
    eventually("the claim is released", WITHIN, async || {
        ensure!(api.claim_of(claim.claim_id).await?.phase.as_str() == "released");
        Ok(())
    })
    .await
    .unwrap();
    let whole = world.outside.raw_inventory().await.unwrap();
    assert_eq!(whole["agentmail"]["inboxes"], json!([]), "the inbox is still there");
    assert_eq!(claimants_number(&world).await, before, "the claimant's number was touched");
    world.end().await.unwrap();
}

/// Runs the runtime's command for an agent's own tools, as the agent would.
async fn command(id: &str, arguments: &[&str]) -> Result<Value> {
    let environment = agent::environment(id)?;
    let output = tokio::process::Command::new(program("convos-runtime")?)
        .arg("services")
        .args(arguments)
        .env_clear()
        .envs(environment)
        .output()
        .await?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    ensure!(output.status.success(), "{said}");
    Ok(serde_json::from_slice(&output.stdout)?)
}

#[tokio::test]
async fn an_agent_gets_itself_a_tool_and_everybody_sees_it() {
    let world = world(1).await;
    let api = world.api();
    let claim = api.claim_ready("Ada").await.unwrap();
    let (agent, id) = agent_of(&world, &claim).await;
    assert!(!variables(&agent).await.contains(&"TELNYX_PHONE_NUMBER".to_owned()));
    let made = command(&id, &["provision", "sms"]).await.unwrap();
    let number = made["resourceId"].clone();
    assert!(variables(&agent).await.contains(&"TELNYX_PHONE_NUMBER".to_owned()), "applied while it runs");
    let path = format!("/instances/{id}");
    let tools = world.services_api(0).unwrap().get(&path).await.unwrap().expect(200).unwrap();
    let of_sms = |tool: &&Value| tool["toolId"] == "sms";
    let seen = tools.body["tools"].as_array().unwrap().iter().find(of_sms).cloned();
    assert_eq!(seen.map(|tool| tool["resourceId"].clone()), Some(number.clone()), "{}", tools.body);
    // A text message goes out and one comes in.
    command(&id, &["sms", "send", "--to", "+14155550100", "--text", "Hello"]).await.unwrap();
    let message = json!({"to": number, "from": "+14155550100", "text": "An answer for Ada"});
    world.outside.http().post("/_sim/telnyx/messages", &message).await.unwrap().expect(200).unwrap();
    heard(&agent, claim.invite_url.as_deref().unwrap(), "An answer for Ada").await;
    world.end().await.unwrap();
}

#[tokio::test]
async fn a_join_that_waits_for_somebody_becomes_ready_or_fails() {
    let world = world(2).await;
    let api = world.api();
    let wish = |slug: &str| {
        let url = format!("https://dev.convos.org/v2?i={slug}");
        json!({"agentName": "Ada", "instructions": "Answer.", "joinUrl": url})
    };
    for (slug, phase) in [("pending-2s", "ready"), ("pending-2s-refuse", "failed")] {
        let answer = api.claim(&wish(slug), None, 60).await.unwrap().expect(200).unwrap();
        assert_eq!(answer.text("phase"), "pending_acceptance", "{}", answer.body);
        let again = api.claim(&wish(slug), None, 0).await.unwrap().expect(409).unwrap();
        assert_eq!(again.text("code"), "join_url_in_use");
        let id = answer.text("claimId").parse().unwrap();
        eventually(phase, WITHIN, async || {
            let claim = api.claim_of(id).await?;
            ensure!(claim.phase.as_str() == phase, "{}", claim.phase);
            Ok(())
        })
        .await
        .unwrap();
    }
    world.end().await.unwrap();
}
