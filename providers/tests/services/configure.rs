//! Telling an agent who it is: one conversation for a claim.

use reqwest::Method;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::here::Here;

const ID: &str = "abc123def456";

fn wish(claim: &str, instructions: &str) -> Value {
    json!({"agentName": "Ada", "instructions": instructions, "claimId": claim})
}

#[sqlx::test(migrator = "providers::run::MIGRATIONS")]
async fn the_same_claim_has_the_same_conversation_and_another_has_none(db: PgPool) {
    let here = Here::start(db).await;
    here.created(ID).await;
    here.healthy(ID).await;
    let path = format!("/configure/{ID}");
    let configure = async |body: Value| here.call(Method::POST, &path, Some(body)).await;
    let first = here.until_done(|| configure(wish("claim-1", "Be brief."))).await;
    assert_eq!((first.0, &first.1["status"]), (200, &json!("created")), "{}", first.1);
    assert!(first.1["inviteUrl"].as_str().is_some(), "{}", first.1);
    let again = configure(wish("claim-1", "Be brief.")).await;
    assert_eq!((again.0, &again.1["conversationId"]), (200, &first.1["conversationId"]));
    let changed = configure(wish("claim-1", "Be long.")).await;
    assert_eq!((changed.0, &changed.1["conversationId"]), (200, &first.1["conversationId"]));
    let other = configure(wish("claim-2", "Be brief.")).await;
    assert_eq!((other.0, &other.1["code"]), (409, &json!("agent_already_bound")));
    assert_eq!(here.call(Method::POST, "/configure/unknown12345", Some(wish("c", "x"))).await.0, 404);
}

#[sqlx::test(migrator = "providers::run::MIGRATIONS")]
async fn claims_that_race_for_one_agent_have_one_winner(db: PgPool) {
    let here = Here::start(db).await;
    here.created(ID).await;
    here.healthy(ID).await;
    let path = format!("/configure/{ID}");
    let calls = (0..4).map(|number| {
        let body = wish(&format!("claim-{number}"), "Be brief.");
        let (here, path) = (&here, &path);
        async move { here.until_done(|| here.call(Method::POST, path, Some(body.clone()))).await.0 }
    });
    let mut statuses = futures::future::join_all(calls).await;
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409, 409, 409]);
}
