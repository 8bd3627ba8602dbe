//! Provisioning: one claim, one conversation, whatever goes wrong around it.

use anyhow::Result;
use serde_json::json;

use crate::container::{Site, TOKEN, ada, until};
use crate::stand_in;

#[tokio::test]
async fn another_claim_is_refused_and_changes_nothing() -> Result<()> {
    let site = Site::new()?;
    let container = site.ready().await?;
    let (_, first) = container.provision("claim-1", "Answer in one sentence.").await?;
    for other in [ada(Some("claim-2"), "x"), ada(None, "Answer in one sentence.")] {
        let (status, refusal) = container.post("/pool/provision", other).await?;
        assert_eq!(
            (status, &refusal["code"], &refusal["ok"]),
            (409, &json!("agent_already_bound"), &json!(false))
        );
        assert_eq!(refusal["error"], refusal["detail"]);
    }
    let (_, status) = container.get("/convos/status").await?;
    assert_eq!((&status["claimId"], &status["clean"]), (&json!("claim-1"), &json!(false)));
    assert_eq!(status["conversationId"], first["conversationId"]);
    Ok(())
}

#[tokio::test]
async fn the_same_claim_has_the_same_conversation_and_new_instructions_reach_it() -> Result<()> {
    let site = Site::new()?;
    let container = site.ready().await?;
    let (status, first) = container.provision("claim-1", "Answer with \"one\".").await?;
    assert_eq!((status, &first["status"], &first["joined"]), (200, &json!("created"), &json!(false)));
    let link = first["inviteUrl"].as_str().unwrap().to_string();
    assert_eq!(container.say(&link, "hi").await?, (200, json!({ "reply": "one" })));
    let (_, before) = container.get("/convos/status").await?;

    assert_eq!(container.provision("claim-1", "Answer with \"one\".").await?, (200, first.clone()));
    assert_eq!(container.get("/convos/status").await?.1, before);

    assert_eq!(container.provision("claim-1", "Answer with \"two\".").await?, (200, first));
    assert_eq!(container.say(&link, "hi").await?, (200, json!({ "reply": "two" })));
    assert_ne!(container.get("/convos/status").await?.1["configHash"], before["configHash"]);
    Ok(())
}

#[tokio::test]
async fn many_at_once_are_one() -> Result<()> {
    let site = stand_in::site("slow")?;
    let container = site.ready().await?;
    let calls = (0..20).map(|_| container.provision("claim-1", "be kind"));
    let answers = futures::future::try_join_all(calls).await?;
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    assert_eq!(answers[0].0, 200);
    assert_eq!(container.get("/created").await?.1, json!(1));
    Ok(())
}

#[tokio::test]
async fn different_claims_at_once_have_one_winner() -> Result<()> {
    let site = Site::new()?;
    let container = site.ready().await?;
    let claims: Vec<String> = (0..10).map(|number| format!("claim-{number}")).collect();
    let calls = claims.iter().map(|claim| container.provision(claim, "be kind"));
    let answers = futures::future::try_join_all(calls).await?;
    let count = |status: u16| answers.iter().filter(|answer| answer.0 == status).count();
    assert_eq!((count(200), count(409)), (1, 9));
    Ok(())
}

#[tokio::test]
async fn a_lost_answer_leads_to_the_conversation_that_was_made() -> Result<()> {
    let site = stand_in::site("loses")?;
    let container = site.ready().await?;
    let (status, refusal) = container.provision("claim-1", "be kind").await?;
    assert_eq!((status, &refusal["code"]), (502, &json!("agent_failed")), "{refusal}");
    assert_eq!(
        container.provision("claim-2", "be kind").await?.0,
        409,
        "it may be the first claim's already"
    );
    let (status, answer) = container.provision("claim-1", "be kind").await?;
    assert_eq!((status, &answer["conversationId"]), (200, &json!("conversation-1")), "{answer}");
    assert_eq!(container.get("/created").await?.1, json!(1));
    Ok(())
}

#[tokio::test]
async fn a_caller_who_goes_away_leaves_a_whole_conversation() -> Result<()> {
    let site = stand_in::site("slow")?;
    let container = site.ready().await?;
    let call = container
        .http
        .post(format!("{}/pool/provision", container.base))
        .bearer_auth(TOKEN)
        .json(&ada(Some("claim-1"), "be kind"))
        .timeout(std::time::Duration::from_millis(100));
    assert!(call.send().await.unwrap_err().is_timeout());
    until("the claim was delivered", || site.log().contains("the agent was provisioned")).await?;
    let (_, status) = container.get("/convos/status").await?;
    assert_eq!(
        (&status["claimId"], &status["conversationId"]),
        (&json!("claim-1"), &json!("conversation-1"))
    );
    assert_eq!(container.provision("claim-1", "be kind").await?.0, 200);
    assert_eq!(container.get("/created").await?.1, json!(1));
    Ok(())
}

#[tokio::test]
async fn a_join_can_be_refused_pending_or_done() -> Result<()> {
    let join = |claim: &str, slug: &str| {
        let mut body = ada(Some(claim), "be kind");
        body["joinUrl"] = json!(format!("https://dev.convos.org/v2?i={slug}"));
        body
    };
    let site = Site::new()?;
    let container = site.ready().await?;
    let (status, refusal) = container.post("/pool/provision", join("claim-1", "refuse")).await?;
    assert_eq!((status, &refusal["code"]), (422, &json!("provision_refused")));
    assert_eq!(container.get("/convos/status").await?.1["clean"], json!(true), "nothing was done");

    let (status, pending) = container.post("/pool/provision", join("claim-2", "pending")).await?;
    assert_eq!((status, &pending["status"]), (200, &json!("pending_acceptance")));
    let (_, seen) = container.get("/convos/status").await?;
    assert_eq!((&seen["pending"], &seen["conversationId"]), (&json!(true), &json!(null)));
    assert_eq!(container.post("/pool/provision", join("claim-2", "pending")).await?.1, pending);

    container.post("/pool/env", json!({ "variables": { "BUILTIN_JOIN": "accept" } })).await?;
    let (_, seen) = container.get("/convos/status").await?;
    assert_eq!((&seen["pending"], &seen["claimId"]), (&json!(false), &json!("claim-2")));
    let (_, joined) = container.post("/pool/provision", join("claim-2", "pending")).await?;
    assert_eq!((&joined["status"], &joined["joined"]), (&json!("joined"), &json!(true)));
    assert_eq!(joined["conversationId"], seen["conversationId"]);
    Ok(())
}

#[tokio::test]
async fn a_join_that_is_refused_later_ends_without_a_conversation() -> Result<()> {
    let site = Site::new()?;
    let container = site.ready().await?;
    let mut body = ada(Some("claim-1"), "be kind");
    body["joinUrl"] = json!("https://dev.convos.org/v2?i=pending-0s-refuse");
    let (status, _) = container.post("/pool/provision", body.clone()).await?;
    assert_eq!(status, 422);
    body["joinUrl"] = json!("https://dev.convos.org/v2?i=pending");
    container.post("/pool/provision", body.clone()).await?;
    container.post("/pool/env", json!({ "variables": { "BUILTIN_JOIN": "refuse" } })).await?;
    let (_, seen) = container.get("/convos/status").await?;
    assert_eq!(
        (&seen["pending"], &seen["conversationId"], &seen["clean"]),
        (&json!(false), &json!(null), &json!(false))
    );
    assert_eq!(container.post("/pool/provision", body).await?.0, 422);
    Ok(())
}

#[tokio::test]
async fn a_reset_forgets_the_claim_its_link_and_its_variables() -> Result<()> {
    let site = Site::new()?;
    let container = site.ready().await?;
    let (_, first) = container.provision("claim-1", "be kind").await?;
    let link = first["inviteUrl"].as_str().unwrap();
    container.post("/pool/env", json!({ "variables": { "TELNYX_PHONE_NUMBER": "+15550100" } })).await?;
    let (status, answer) = container.post("/convos/reset", json!({})).await?;
    assert_eq!(
        (status, &answer["ok"], &answer["status"]["clean"]),
        (200, &json!(true), &json!(true)),
        "{answer}"
    );
    assert_eq!(container.http.get(link).send().await?.status(), 404);
    assert_eq!(container.get("/pool/env").await?.1["live"], json!([]));
    assert_eq!(container.provision("claim-2", "be kind").await?.0, 200);
    Ok(())
}
