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

/// What the ledger knows of the conversation: how far, and which.
async fn recorded(here: &Here) -> (String, Option<String>) {
    sqlx::query_as("SELECT configure_state, conversation_id FROM instance_infra WHERE instance_id = $1")
        .bind(ID)
        .fetch_one(&here.db)
        .await
        .unwrap()
}

#[sqlx::test(migrator = "providers::run::MIGRATIONS")]
async fn an_answer_is_passed_on_before_it_is_recorded_and_recorded_whatever_the_ledger_does(db: PgPool) {
    let here = Here::start(db).await;
    here.created(ID).await;
    here.healthy(ID).await;
    sqlx::raw_sql(
        "CREATE TABLE gate (shut boolean);
         CREATE FUNCTION pass() RETURNS trigger LANGUAGE plpgsql AS $$
             BEGIN
                 IF EXISTS (SELECT FROM gate) THEN RAISE EXCEPTION USING ERRCODE = '57P03'; END IF;
                 RETURN NEW;
             END $$;
         CREATE TRIGGER pass BEFORE UPDATE ON instance_infra FOR EACH ROW WHEN (NEW.configure_state = 'done')
             EXECUTE FUNCTION pass();
         INSERT INTO gate VALUES (true)",
    )
    .execute(&here.db)
    .await
    .unwrap();
    let path = format!("/configure/{ID}");
    let configure = async || here.call(Method::POST, &path, Some(wish("claim-1", "Be brief."))).await;
    let first = here.until_done(configure).await;
    assert_eq!(first.0, 200, "{}", first.1);
    assert_eq!(recorded(&here).await, ("sent".to_owned(), None));
    // Nobody else tells the agent anything in between.
    assert_eq!(configure().await.0, 202);
    sqlx::query("DELETE FROM gate").execute(&here.db).await.unwrap();
    here.until("the answer is recorded", async || recorded(&here).await.0 == "done").await;
    assert_eq!(recorded(&here).await.1.as_deref(), first.1["conversationId"].as_str());
}

#[sqlx::test(migrator = "providers::run::MIGRATIONS")]
async fn what_a_dead_worker_did_not_record_the_agent_is_asked_for(db: PgPool) {
    let here = Here::start(db).await;
    here.created(ID).await;
    here.healthy(ID).await;
    let path = format!("/configure/{ID}");
    let configure = async || here.call(Method::POST, &path, Some(wish("claim-1", "Be brief."))).await;
    let first = here.until_done(configure).await;
    here.until("the answer is recorded", async || recorded(&here).await.0 == "done").await;
    sqlx::query(
        "UPDATE instance_infra
         SET configure_state = 'sent', conversation_id = NULL, invite_url = NULL,
             configure_lease_token = gen_random_uuid(), configure_lease_owner = 'a dead worker',
             configure_lease_until = clock_timestamp() + interval '50 ms'",
    )
    .execute(&here.db)
    .await
    .unwrap();
    here.until("the agent is asked", async || recorded(&here).await.0 == "done").await;
    assert_eq!(recorded(&here).await.1.as_deref(), first.1["conversationId"].as_str());
    let told = here.applied("provision").await.len();
    assert_eq!(told, 1, "asked, not told again");
}
