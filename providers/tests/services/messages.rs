//! What comes in for agents, from the vendor's signed webhook to the agent.

use reqwest::Method;
use serde_json::{Value, json};
use simulator::tokens;
use sqlx::PgPool;

use crate::here::Here;

const ID: &str = "abc123def456";
const OTHER: &str = "otheragent12";

/// An agent with an inbox and a number, and another one.
async fn with_addresses(db: PgPool) -> (Here, Value, Value) {
    let key = tokens::telnyx_public_key();
    let variables = [
        ("AGENTMAIL_API_KEY", tokens::AGENTMAIL_API_KEY),
        ("TELNYX_API_KEY", tokens::TELNYX_API_KEY),
        ("TELNYX_PUBLIC_KEY", key.as_str()),
    ];
    let here = Here::with(db, &variables, |_| {}).await;
    futures::future::join_all([ID, OTHER].map(|id| here.created(id))).await;
    futures::future::join_all([ID, OTHER].map(|id| here.healthy(id))).await;
    let (mail, sms) = tokio::join!(here.provisioned(ID, "email"), here.provisioned(ID, "sms"));
    here.until("mail is told to us", async || !here.applied("createWebhook").await.is_empty()).await;
    (here, mail["resourceId"].clone(), sms["resourceId"].clone())
}

async fn mail(here: &Here, to: &Value, word: &str) {
    let mail = json!({"to": to, "from": "eve@example.org", "subject": "Hi", "text": word});
    here.sim(Method::POST, "/_sim/agentmail/messages", Some(mail)).await;
}

async fn sms(here: &Here, to: &Value, word: &str) {
    let message = json!({"to": to, "from": "+14155550100", "text": word});
    here.sim(Method::POST, "/_sim/telnyx/messages", Some(message)).await;
}

/// Whose agents were told of something, in order.
async fn told(here: &Here) -> Vec<Value> {
    here.applied("notify").await.iter().map(|entry| entry["subject"].clone()).collect()
}

/// Deliveries that nobody has to try again.
async fn done(here: &Here) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM webhook_events WHERE done_at IS NOT NULL")
        .fetch_one(&here.db)
        .await
        .unwrap()
}

#[sqlx::test(migrator = "providers::run::MIGRATIONS")]
async fn mail_and_text_messages_reach_their_agent_once_however_often_they_are_delivered(db: PgPool) {
    let (here, address, number) = with_addresses(db).await;
    here.faults(json!([
        {"vendor": "agentmail", "operation": "webhook", "kind": "after_effect", "count": 1},
        {"vendor": "telnyx", "operation": "webhook", "kind": "after_effect", "count": 1},
    ]))
    .await;
    mail(&here, &address, "A letter").await;
    sms(&here, &number, "A note").await;
    here.until("both are told", async || done(&here).await == 2).await;
    mail(&here, &address, "Another letter").await;
    here.until("the third is told", async || done(&here).await == 3).await;
    assert_eq!(told(&here).await, [ID, ID, ID]);
}

#[sqlx::test(migrator = "providers::run::MIGRATIONS")]
async fn a_message_for_an_agent_that_sleeps_or_hangs_is_delivered_when_it_is_awake(db: PgPool) {
    let (here, address, number) = with_addresses(db).await;
    here.sim(Method::POST, &format!("/_sim/instances/{ID}/sleep"), None).await;
    // The first request wakes it and is answered by the infrastructure's edge: 404, as of a path that nobody knows.
    mail(&here, &address, "A letter").await;
    here.until("the sleeper is told", async || told(&here).await.len() == 1).await;
    here.healthy(ID).await;
    here.faults(json!([{"vendor": "agent", "operation": "notify", "kind": "refuse", "count": 2}])).await;
    sms(&here, &number, "A note").await;
    here.until("the busy one is told", async || told(&here).await.len() == 2).await;
    here.until("nothing is left", async || done(&here).await == 2).await;
}

#[sqlx::test(migrator = "providers::run::MIGRATIONS")]
async fn another_address_of_ours_is_told_to_the_vendors(db: PgPool) {
    let (mut here, address, number) = with_addresses(db).await;
    // Every start of a test's process has another address.
    here.kill();
    here.begin().await;
    let moved = async || {
        here.applied("createWebhook").await.len() == 2 && !here.applied("updateProfile").await.is_empty()
    };
    here.until("the vendors know where we are", moved).await;
    mail(&here, &address, "A letter").await;
    sms(&here, &number, "A note").await;
    here.until("both are told", async || told(&here).await.len() == 2).await;
}
