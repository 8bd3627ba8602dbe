//! Mail, text messages and wallets, made and used: nothing is sent from another's address, nothing that works is lost.

use reqwest::Method;
use serde_json::{Value, json};
use simulator::tokens;
use sqlx::PgPool;

use crate::here::{Here, name};

const ID: &str = "abc123def456";
const KEYS: [(&str, &str); 3] = [
    ("AGENTMAIL_API_KEY", tokens::AGENTMAIL_API_KEY),
    ("TELNYX_API_KEY", tokens::TELNYX_API_KEY),
    ("BANKR_PARTNER_KEY", tokens::BANKR_PARTNER_KEY),
];

async fn with_tools(db: PgPool) -> Here {
    Here::with(db, &KEYS, |_| {}).await
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
    here.provisioned(ID, "sms").await;
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
    let tool = here.provisioned(ID, "email").await;
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
    let again = here.provisioned(ID, "email").await;
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
    let wallet = here.provisioned(ID, "crypto").await;
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
    let number = here.provisioned(ID, "sms").await["resourceId"].clone();
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

#[sqlx::test(migrator = "providers::run::MIGRATIONS")]
async fn a_wrong_account_takes_nothing_away_that_works(db: PgPool) {
    let here = with_tools(db).await;
    here.created(ID).await;
    here.healthy(ID).await;
    let keys = here.keys(&name(ID)).await;
    let token = here.token_of(ID).await;
    // The agent itself may ask, too: by mistake, or because somebody talked it into it.
    for (tool, wrong) in [
        ("openrouter", json!({"openrouterApiKey": "sk-or-v1-of-nobody-at-all"})),
        ("openrouter", json!({"openrouterApiKey": tokens::OPENROUTER_MANAGEMENT_KEY})),
        ("openrouter", json!({})),
        ("wallet", json!({"privateKey": "0x01"})),
        ("wallet", json!({})),
    ] {
        let path = format!("/provision/{ID}/{tool}");
        let body = json!({"userConfig": wrong});
        let call = || here.call_as(&token, Method::POST, &path, Some(body.clone()));
        let (status, problem) = here.until_done(call).await;
        assert_eq!((status, &problem["code"]), (422, &json!("user_config_invalid")), "{tool}: {problem}");
    }
    assert_eq!(here.asked("deleteKey").await, 0);
    assert_eq!(here.keys(&name(ID)).await, keys);
    let (_, own) = here.call(Method::GET, &format!("/instances/{ID}"), None).await;
    let tools: Vec<_> = own["tools"].as_array().unwrap().iter().map(|tool| tool["toolId"].clone()).collect();
    assert_eq!(tools, ["openrouter", "wallet"]);
    assert_eq!(here.asked("variableCollectionUpsert").await, 0, "no variable was taken back");
}

#[sqlx::test(migrator = "providers::run::MIGRATIONS")]
async fn a_removal_that_is_repeated_leaves_the_successor_alone(db: PgPool) {
    let here = with_tools(db).await;
    here.created(ID).await;
    here.healthy(ID).await;
    let first = here.provisioned(ID, "email").await;
    let address = first["resourceId"].as_str().unwrap().replace('@', "%40");
    let resource = format!("/destroy/{ID}/email/{address}");
    let remove = async || here.until_done(|| here.call(Method::DELETE, &resource, None)).await;
    let gone = remove().await;
    assert_eq!(gone.0, 200, "{}", gone.1);
    let second = here.provisioned(ID, "email").await;
    let written = here.asked("variableCollectionUpsert").await;
    assert_eq!(remove().await, gone, "the same answer");
    assert_eq!(here.asked("variableCollectionUpsert").await, written, "the agent keeps the new address");
    assert_eq!(here.provisioned(ID, "email").await, second);
}

#[sqlx::test(migrator = "providers::run::MIGRATIONS")]
async fn an_agent_that_was_talked_into_it_cannot_send_without_end(db: PgPool) {
    let here = Here::start(db).await;
    here.created(ID).await;
    for statement in [
        "INSERT INTO instance_services (id, instance_id, tool_id, name, resource_id, status, intent_at, updated_at)
         VALUES ('row-1', $1, 'sms', 'agent-dev-abc123def456', '+14155550111', 'active', now(), now())",
        "INSERT INTO messages (id, instance_id, tool_id, direction, state, counterpart, created_at)
         SELECT gen_random_uuid(), $1, 'sms', 'out', 'sent', '+14155550100', now() - interval '30 minutes'
         FROM generate_series(1, 100)",
    ] {
        sqlx::query(statement).bind(ID).execute(&here.db).await.unwrap();
    }
    let token = here.token_of(ID).await;
    let message = json!({"to": "+14155550100", "text": "Hello"});
    let path = format!("/proxy/{ID}/sms/messages");
    let (status, problem) = here.call_as(&token, Method::POST, &path, Some(message)).await;
    assert_eq!((status, &problem["code"]), (429, &json!("too_many_requests")), "{problem}");
    let intended: i64 =
        sqlx::query_scalar("SELECT count(*) FROM messages").fetch_one(&here.db).await.unwrap();
    assert_eq!(intended, 100, "nothing was sent");
}
