//! Mail, numbers and wallets, made and used: nothing is bought twice, nothing is sent from another's address.

use reqwest::Method;
use serde_json::{Value, json};
use simulator::tokens;
use sqlx::PgPool;

use crate::here::Here;

const ID: &str = "abc123def456";
const KEYS: [(&str, &str); 3] = [
    ("AGENTMAIL_API_KEY", tokens::AGENTMAIL_API_KEY),
    ("TELNYX_API_KEY", tokens::TELNYX_API_KEY),
    ("BANKR_PARTNER_KEY", tokens::BANKR_PARTNER_KEY),
];

async fn with_tools(db: PgPool) -> Here {
    Here::with(db, &KEYS, |_| {}).await
}

async fn provisioned(here: &Here, id: &str, tool: &str) -> Value {
    let path = format!("/provision/{id}/{tool}");
    let answer = here.until_done(|| here.call(Method::POST, &path, Some(json!({})))).await;
    assert_eq!(answer.0, 200, "{id} {tool}: {}", answer.1);
    answer.1
}

#[sqlx::test(migrator = "providers::run::MIGRATIONS")]
async fn twenty_agents_that_ask_at_once_get_twenty_numbers_and_not_one_more(db: PgPool) {
    let here = with_tools(db).await;
    let ids: Vec<String> = (0..20).map(|number| format!("agent{number:07}")).collect();
    futures::future::join_all(ids.iter().map(|id| here.created(id))).await;
    futures::future::join_all(ids.iter().map(|id| here.healthy(id))).await;
    here.faults(json!([
        {"vendor": "telnyx", "operation": "createOrder", "kind": "lose_answer", "count": 5},
        {"vendor": "telnyx", "operation": "createOrder", "kind": "after_effect", "count": 3},
        // What a number that somebody else was quicker to take is answered with.
        {"vendor": "telnyx", "operation": "createOrder", "kind": "status", "status": 422, "count": 4},
    ]))
    .await;
    let made = futures::future::join_all(ids.iter().map(|id| provisioned(&here, id, "sms"))).await;
    let mut numbers: Vec<String> =
        made.iter().map(|tool| tool["resourceId"].as_str().unwrap().to_owned()).collect();
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers.len(), 20, "every agent has a number of its own");
    let inventory = here.inventory().await;
    assert_eq!(inventory["telnyx"]["bought"], 20, "{}", inventory["telnyx"]);
    assert_eq!(provisioned(&here, &ids[0], "sms").await, made[0], "a repeat buys nothing");
    assert!(!made[0].to_string().contains("KEY"), "{}", made[0]);
}

#[sqlx::test(migrator = "providers::run::MIGRATIONS")]
async fn a_number_that_the_agent_cannot_be_given_is_not_paid_for(db: PgPool) {
    let here = with_tools(db).await;
    here.created(ID).await;
    here.healthy(ID).await;
    here.faults(json!([
        {"vendor": "railway", "operation": "variableCollectionUpsert", "kind": "status", "status": 402},
    ]))
    .await;
    let path = format!("/provision/{ID}/sms");
    let refused = here.until_done(|| here.call(Method::POST, &path, Some(json!({})))).await;
    assert_eq!(refused.0, 422, "{}", refused.1);
    let inventory = here.inventory().await;
    assert_eq!(inventory["telnyx"]["bought"], 1, "it was bought before it could be known");
    assert_eq!(inventory["telnyx"]["numbers"], json!([]), "{}", inventory["telnyx"]);
    here.faults(json!([])).await;
    provisioned(&here, ID, "sms").await;
    let inventory = here.inventory().await;
    assert_eq!(inventory["telnyx"]["numbers"].as_array().map(Vec::len), Some(1), "a later call begins anew");
}

#[sqlx::test(migrator = "providers::run::MIGRATIONS")]
async fn mail_goes_out_and_comes_in_by_the_agents_own_inbox_only(db: PgPool) {
    let here = with_tools(db).await;
    here.created(ID).await;
    here.healthy(ID).await;
    let lost =
        json!([{"vendor": "agentmail", "operation": "createInbox", "kind": "lose_answer", "count": 1}]);
    here.faults(lost).await;
    let tool = provisioned(&here, ID, "email").await;
    let address = tool["resourceId"].as_str().unwrap();
    let inventory = here.inventory().await;
    assert_eq!(inventory["agentmail"]["inboxes"].as_array().map(Vec::len), Some(1), "{inventory}");
    let token = here.token_of(ID).await;
    let path = format!("/proxy/{ID}/email/messages");
    let mail = json!({"to": "somebody@example.org", "subject": "Hi", "text": "Hello"});
    let sent = here.call_as(&token, Method::POST, &path, Some(mail.clone())).await;
    assert_eq!(sent.0, 200, "{}", sent.1);
    let mut forged = mail;
    forged["from"] = json!("ceo@example.org");
    assert_eq!(here.call_as(&token, Method::POST, &path, Some(forged)).await.0, 400);
    // The vendor signs what it delivers to us; an event that we take is one whose signature we checked.
    let incoming =
        json!({"to": address, "from": "eve@example.org", "subject": "Re: Hi", "text": "A secret word"});
    here.sim(Method::POST, "/_sim/agentmail/messages", Some(incoming)).await;
    let taken = async || {
        let count: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM webhook_events WHERE source = 'agentmail' AND instance_id = $1",
        )
        .bind(ID)
        .fetch_one(&here.db)
        .await
        .unwrap();
        count == 1
    };
    here.until("the mail is taken for its agent", taken).await;
    let listed = here.call_as(&token, Method::GET, &path, None).await;
    assert_eq!((listed.0, listed.1["items"].as_array().map(Vec::len)), (200, Some(2)), "{}", listed.1);
    let resource = format!("/destroy/{ID}/email/{}", address.replace('@', "%40"));
    let gone = here.until_done(|| here.call(Method::DELETE, &resource, None)).await;
    assert_eq!((gone.0, &gone.1["resources"][0]["outcome"]), (200, &json!("deleted")), "{}", gone.1);
    assert_eq!(here.call_as(&token, Method::GET, &path, None).await.0, 404);
    assert_eq!(here.inventory().await["agentmail"]["inboxes"], json!([]));
    let again = provisioned(&here, ID, "email").await;
    assert!(again["resourceId"].as_str().is_some());
}

#[sqlx::test(migrator = "providers::run::MIGRATIONS")]
async fn a_claimants_account_is_used_and_never_taken_away(db: PgPool) {
    let here = with_tools(db).await;
    here.created(ID).await;
    here.healthy(ID).await;
    let path = format!("/provision/{ID}/email");
    let body = json!({"userConfig": {"agentmailApiKey": tokens::CLAIMANT_AGENTMAIL_API_KEY, "inboxId": tokens::CLAIMANT_INBOX_ID}});
    let answer = here.until_done(|| here.call(Method::POST, &path, Some(body.clone()))).await;
    assert_eq!((answer.0, &answer.1["status"]), (200, &json!("user_provided")), "{}", answer.1);
    assert!(!answer.1.to_string().contains(tokens::CLAIMANT_AGENTMAIL_API_KEY));
    let wrong = json!({"userConfig": {"agentmailApiKey": "am_of_nobody_at_all_0001", "inboxId": tokens::CLAIMANT_INBOX_ID}});
    let path = format!("/provision/{ID}/sms");
    let missing = here.call(Method::POST, &path, Some(wrong)).await;
    assert_eq!((missing.0, &missing.1["code"]), (422, &json!("user_config_invalid")));
    let wallet = provisioned(&here, ID, "crypto").await;
    assert!(wallet["resourceId"].as_str().unwrap().starts_with("0x"), "{wallet}");
    let gone = here.destroyed(ID).await;
    let outcome = |tool: &str| {
        let of_tool = |resource: &&Value| resource["toolId"] == tool;
        gone["resources"].as_array().unwrap().iter().find(of_tool).map(|found| found["outcome"].clone())
    };
    assert_eq!(outcome("email"), Some(json!("kept_user")), "{gone}");
    assert_eq!(here.asked("deleteInbox").await, 0);
    assert_eq!(outcome("crypto"), Some(json!("revoked")), "{gone}");
}

#[sqlx::test(migrator = "providers::run::MIGRATIONS")]
async fn text_messages_go_out_and_come_in_by_the_agents_own_number_only(db: PgPool) {
    let key = tokens::telnyx_public_key();
    let variables = [("TELNYX_API_KEY", tokens::TELNYX_API_KEY), ("TELNYX_PUBLIC_KEY", key.as_str())];
    let here = Here::with(db, &variables, |_| {}).await;
    here.created(ID).await;
    here.healthy(ID).await;
    let number = provisioned(&here, ID, "sms").await["resourceId"].clone();
    let token = here.token_of(ID).await;
    let path = format!("/proxy/{ID}/sms/messages");
    let message = json!({"to": "+14155550100", "text": "Hello"});
    let sent = here.call_as(&token, Method::POST, &path, Some(message)).await;
    assert_eq!(sent.0, 200, "{}", sent.1);
    let incoming = json!({"to": number, "from": "+14155550100", "text": "A secret word"});
    here.sim(Method::POST, "/_sim/telnyx/messages", Some(incoming)).await;
    let texts = async || {
        let listed = here.call_as(&token, Method::GET, &path, None).await.1;
        let items = listed["items"].as_array().cloned().unwrap_or_default();
        items.iter().map(|item| format!("{} {}", item["direction"], item["text"])).collect::<Vec<_>>()
    };
    here.until("both messages are listed", async || {
        texts().await == ["\"in\" \"A secret word\"", "\"out\" \"Hello\""]
    })
    .await;
    let open: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM messages WHERE position('secret'::bytea in body_sealed) > 0",
    )
    .fetch_one(&here.db)
    .await
    .unwrap();
    assert_eq!(open, 0, "texts are sealed");
}
