//! AgentMail: inboxes that are made once, a plan's limit, mail that goes out and comes in.

mod common;

use axum::http::StatusCode;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use common::receiver::Receiver;
use common::reference::Api;
use common::rest::Rest;
use common::{Outside, stubs};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use simulator::tokens::{AGENTMAIL_API_KEY, CLAIMANT_AGENTMAIL_API_KEY, CLAIMANT_INBOX_ID};

fn rest<'a>(outside: &'a Outside, key: &str) -> Rest<'a> {
    Rest {
        outside,
        base: "/agentmail",
        credential: ("authorization", format!("Bearer {key}")),
        api: Api::open("agentmail/openapi.json"),
    }
}

const INBOXES: &str = "/v0/inboxes";
const INBOX: &str = "/v0/inboxes/{inbox_id}";
const MESSAGES: &str = "/v0/inboxes/{inbox_id}/messages";
const SEND: &str = "/v0/inboxes/{inbox_id}/messages/send";

#[tokio::test]
async fn a_repeat_with_the_same_client_id_answers_with_the_first_inbox() {
    let outside = Outside::start(stubs()).await;
    let mail = rest(&outside, AGENTMAIL_API_KEY);
    let wish = json!({"username": "agent-dev-abc", "client_id": "agent-dev-abc"});
    let first = mail.post(INBOXES, &[], wish.clone()).await;
    assert_eq!((first.status, &first.body["inbox_id"]), (200, &json!("agent-dev-abc@agentmail.to")));
    let again = mail.post(INBOXES, &[], wish).await;
    assert_eq!((again.status, again.body), (200, first.body));
    let inventory = outside.get("/_sim/inventory").await;
    assert_eq!(inventory["agentmail"]["inboxes"].as_array().unwrap().len(), 1);

    let at_sign = mail.post(INBOXES, &[], json!({"client_id": "a@b"})).await;
    assert_eq!((at_sign.status, &at_sign.body["code"]), (400, &json!("validation_error")));
}

#[tokio::test]
async fn a_taken_address_and_a_full_plan_are_both_a_403_and_only_the_code_tells_them_apart() {
    let outside = Outside::start(stubs()).await;
    outside.put("/_sim/agentmail", json!({"inboxLimit": 1, "domains": ["mail.example"]})).await;
    let mail = rest(&outside, AGENTMAIL_API_KEY);
    let taken = mail.post(INBOXES, &[], json!({"username": "claimant"})).await;
    assert_eq!((taken.status, &taken.body["code"]), (403, &json!("resource_taken")));
    let first = mail.post(INBOXES, &[], json!({"username": "one", "domain": "mail.example"})).await;
    assert_eq!(first.body["email"], "one@mail.example");
    let full = mail.post(INBOXES, &[], json!({"username": "two"})).await;
    assert_eq!((full.status, &full.body["code"]), (403, &json!("limit_exceeded")));
    let foreign = mail.post(INBOXES, &[], json!({"username": "three", "domain": "other.example"})).await;
    assert_eq!((foreign.status, &foreign.body["code"]), (403, &json!("domain_not_verified")));
    let organization = mail.get("/v0/organizations", &[]).await;
    assert_eq!(organization.body["inbox_limit"], 1);
    assert_eq!(organization.body["inbox_count"], 1);
}

#[tokio::test]
async fn a_list_longer_than_a_page_goes_on_where_it_ended_also_when_something_is_deleted_meanwhile() {
    let outside = Outside::start(stubs()).await;
    let mail = rest(&outside, AGENTMAIL_API_KEY);
    for index in 0..5 {
        mail.post(INBOXES, &[], json!({"username": format!("inbox-{index}")})).await;
    }
    let first = mail.get("/v0/inboxes?limit=2", &[]).await.body;
    assert_eq!(
        (&first["count"], &first["inboxes"][1]["inbox_id"]),
        (&json!(2), &json!("inbox-3@agentmail.to"))
    );
    assert_eq!(mail.delete(INBOX, &["inbox-3@agentmail.to"]).await.status, 204);
    assert_eq!(mail.delete(INBOX, &["inbox-3@agentmail.to"]).await.status, 404);
    let token = first["next_page_token"].as_str().unwrap();
    let next = mail.get(&format!("/v0/inboxes?limit=3&page_token={token}"), &[]).await.body;
    assert_eq!(next["inboxes"][0]["inbox_id"], "inbox-2@agentmail.to");
    assert_eq!((&next["count"], next.get("next_page_token")), (&json!(3), None));
    let oldest = mail.get("/v0/inboxes?ascending=true&limit=1", &[]).await.body;
    assert_eq!(oldest["inboxes"][0]["inbox_id"], "inbox-0@agentmail.to");
}

#[tokio::test]
async fn accounts_see_only_their_own_and_a_wrong_key_sees_nothing() {
    let outside = Outside::start(stubs()).await;
    let (mail, claimant) = (rest(&outside, AGENTMAIL_API_KEY), rest(&outside, CLAIMANT_AGENTMAIL_API_KEY));
    assert_eq!(mail.get(INBOX, &[CLAIMANT_INBOX_ID]).await.status, 404);
    assert_eq!(claimant.get(INBOX, &[CLAIMANT_INBOX_ID]).await.body["email"], CLAIMANT_INBOX_ID);
    assert_eq!(claimant.get("/v0/auth/me", &[]).await.body["scope_type"], "organization");
    let wrong = rest(&outside, "am_wrong").get("/v0/auth/me", &[]).await;
    assert_eq!((wrong.status, &wrong.body["code"]), (401, &json!("unknown_api_key")));
    assert_eq!(outside.get("/_sim/inventory").await["agentmail"]["inboxes"], json!([]));
}

#[tokio::test]
async fn a_send_repeated_with_its_key_sends_once_and_a_reply_stays_in_the_thread() {
    let outside = Outside::start(stubs()).await;
    let mail = rest(&outside, AGENTMAIL_API_KEY);
    for name in ["one", "two"] {
        mail.post(INBOXES, &[], json!({"username": name})).await;
    }
    let (one, two) = ("one@agentmail.to", "two@agentmail.to");
    let send = async |text: &str| {
        let url = outside.url("/agentmail/v0/inboxes/one%40agentmail.to/messages/send");
        let body = json!({"to": [two], "subject": "Hello", "text": text});
        let request =
            outside.http.post(url).bearer_auth(AGENTMAIL_API_KEY).header("idempotency-key", "key-1");
        let answer = request.json(&body).send().await.unwrap();
        (answer.status().as_u16(), answer.json::<Value>().await.unwrap())
    };
    let first = send("Hi there").await;
    assert_eq!(first.0, 200);
    assert_eq!(send("Hi there").await, first);
    let other = send("Something else").await;
    assert_eq!((other.0, &other.1["code"]), (409, &json!("conflict")));

    let came = mail.get(MESSAGES, &[two]).await.body;
    assert_eq!((&came["count"], &came["messages"][0]["subject"]), (&json!(1), &json!("Hello")));
    let message = came["messages"][0]["message_id"].as_str().unwrap();
    let whole = mail.get("/v0/inboxes/{inbox_id}/messages/{message_id}", &[two, message]).await.body;
    assert_eq!(whole["text"], "Hi there");
    let reply = "/v0/inboxes/{inbox_id}/messages/{message_id}/reply";
    let reply = mail.post(reply, &[two, message], json!({"text": "And you?"})).await;
    assert_eq!((reply.status, &reply.body["thread_id"]), (200, &whole["thread_id"]));
    let answer = mail.get(MESSAGES, &[one]).await.body["messages"][0].clone();
    assert_eq!((&answer["subject"], &answer["in_reply_to"]), (&json!("Re: Hello"), &json!(message)));
    assert_eq!(mail.post(SEND, &[one], json!({"text": "to nobody"})).await.status, 400);
    assert_eq!(mail.post(SEND, &[one], json!({"to": two, "text": "x", "from": "me"})).await.status, 400);
}

#[tokio::test]
async fn mail_that_comes_in_is_told_once_and_signed_as_svix_signs() {
    let outside = Outside::start(stubs()).await;
    let mail = rest(&outside, AGENTMAIL_API_KEY);
    mail.post(INBOXES, &[], json!({"username": "one"})).await;
    let mut receiver = Receiver::start(StatusCode::OK).await;
    let hook = json!({"url": receiver.url, "event_types": ["message.received"], "client_id": "hook-1"});
    let made = mail.post("/v0/webhooks", &[], hook.clone()).await.body;
    assert_eq!(mail.post("/v0/webhooks", &[], hook).await.body, made);
    let listed = mail.get("/v0/webhooks", &[]).await.body;
    assert_eq!(listed["webhooks"], json!([made]));

    let incoming =
        json!({"to": "one@agentmail.to", "from": "a@example.org", "subject": "Hi", "text": "Are you there?"});
    let answer =
        outside.http.post(outside.url("/_sim/agentmail/messages")).json(&incoming).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let (headers, body) = receiver.next().await;
    let event: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(
        (&event["event_type"], &event["message"]["text"]),
        (&json!("message.received"), &json!("Are you there?"))
    );
    mail.api.check("/webhooks/messageReceived/post/requestBody/content/application~1json/schema", &event);

    let secret = made["secret"].as_str().unwrap().strip_prefix("whsec_").unwrap();
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(&BASE64_STANDARD.decode(secret).unwrap()).unwrap();
    let header = |name: &str| headers[name].to_str().unwrap().to_owned();
    mac.update(format!("{}.{}.{body}", header("svix-id"), header("svix-timestamp")).as_bytes());
    let signature = header("svix-signature");
    mac.verify_slice(&BASE64_STANDARD.decode(signature.strip_prefix("v1,").unwrap()).unwrap()).unwrap();

    let webhook = made["webhook_id"].as_str().unwrap();
    assert_eq!(mail.delete("/v0/webhooks/{webhook_id}", &[webhook]).await.status, 204);
    assert_eq!(mail.get("/v0/webhooks/{webhook_id}", &[webhook]).await.status, 404);
    let nobody = json!({"to": "nobody@agentmail.to"});
    let nobody =
        outside.http.post(outside.url("/_sim/agentmail/messages")).json(&nobody).send().await.unwrap();
    assert_eq!(nobody.status(), 404);
    assert_eq!(receiver.waiting(), 0);
}
