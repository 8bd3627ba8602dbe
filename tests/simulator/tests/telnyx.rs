//! Telnyx: numbers are raced for, ordered, seen later, paid for, given back; messages are told and signed.

#![expect(
    clippy::unwrap_used,
    reason = "this is test code, which clippy cannot tell of functions beside tests"
)]

mod common;

use std::collections::BTreeSet;

use axum::http::StatusCode;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use common::receiver::Receiver;
use common::reference::Api;
use common::rest::Rest;
use common::{Outside, eventually, stubs};
use serde_json::{Value, json};
use simulator::Options;
use simulator::tokens::{CLAIMANT_PHONE_NUMBER, CLAIMANT_TELNYX_API_KEY, TELNYX_API_KEY, telnyx_public_key};

fn rest<'a>(outside: &'a Outside, key: &str) -> Rest<'a> {
    Rest {
        outside,
        base: "/telnyx/v2",
        credential: ("authorization", format!("Bearer {key}")),
        api: Api::open("telnyx/openapi-numbers-messaging.json"),
    }
}

const SEARCH: &str = "/available_phone_numbers?filter%5Bcountry_code%5D=US&filter%5Bfeatures%5D%5B%5D=sms&filter%5Blimit%5D=20&filter%5Bexclude_held_numbers%5D=true";
const ORDERS: &str = "/number_orders";
const NUMBER: &str = "/phone_numbers/{id}";
const MESSAGING: &str = "/phone_numbers/{id}/messaging";
const PROFILES: &str = "/messaging_profiles";

async fn free(telnyx: &Rest<'_>) -> Vec<String> {
    let found = telnyx.get(SEARCH, &[]).await.body;
    found["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["phone_number"].as_str().unwrap().to_owned())
        .collect()
}

async fn profile(telnyx: &Rest<'_>, webhook_url: Option<&str>) -> String {
    let wish = json!({"name": "agent-test", "whitelisted_destinations": ["US"], "webhook_url": webhook_url});
    let made = telnyx.post(PROFILES, &[], wish).await;
    assert_eq!(made.status, 200);
    made.body["data"]["id"].as_str().unwrap().to_owned()
}

fn order(number: &str, profile: &str, reference: &str) -> Value {
    json!({"phone_numbers": [{"phone_number": number}], "messaging_profile_id": profile,
        "customer_reference": reference})
}

/// Buys a number and waits until it is seen.
async fn buy(telnyx: &Rest<'_>, profile: &str, reference: &str) -> Value {
    let number = free(telnyx).await[0].clone();
    assert_eq!(telnyx.post(ORDERS, &[], order(&number, profile, reference)).await.status, 200);
    seen(telnyx, &number).await
}

async fn seen(telnyx: &Rest<'_>, number: &str) -> Value {
    let path = format!("/phone_numbers?filter%5Bphone_number%5D={}", number.replace('+', "%2B"));
    eventually(async || telnyx.get(&path, &[]).await.body["data"].get(0).cloned()).await
}

#[tokio::test]
async fn an_order_is_pending_first_then_its_number_is_bought_and_seen_some_seconds_later() {
    let outside = Outside::start(Options { time_scale: 1.0, ..stubs() }).await;
    let telnyx = rest(&outside, TELNYX_API_KEY);
    let profile = profile(&telnyx, None).await;
    let number = free(&telnyx).await[0].clone();
    let made = telnyx.post(ORDERS, &[], order(&number, &profile, "agent-test-a")).await.body["data"].clone();
    assert_eq!((&made["status"], &made["customer_reference"]), (&json!("pending"), &json!("agent-test-a")));
    let numbers = telnyx.get("/phone_numbers", &[]).await.body;
    assert_eq!((&numbers["data"], &numbers["meta"]["total_results"]), (&json!([]), &json!(0)));
    assert_eq!(outside.get("/_sim/inventory").await["telnyx"]["bought"], 0);

    outside.put("/_sim/clock", json!({"scale": 1000.0})).await;
    let id = made["id"].as_str().unwrap();
    eventually(async || {
        let order = telnyx.get("/number_orders/{number_order_id}", &[id]).await.body;
        (order["data"]["status"] == "success").then_some(())
    })
    .await;
    let bought = seen(&telnyx, &number).await;
    assert_eq!(bought["status"], "active");
    assert!(bought["id"].as_str().unwrap().bytes().all(|byte| byte.is_ascii_digit()));
    let listed = telnyx.get("/number_orders?filter%5Bcustomer_reference%5D=agent-test-a", &[]).await.body;
    assert_eq!(listed["data"][0]["id"], made["id"]);
    let inventory = outside.get("/_sim/inventory").await;
    assert_eq!(inventory["telnyx"]["bought"], 1);
    assert_eq!(inventory["telnyx"]["numbers"][0]["phoneNumber"], number);
    assert!(inventory["costPerHour"].as_f64().unwrap() > 0.0);
}

#[tokio::test]
async fn of_two_callers_who_want_the_same_number_one_gets_a_422_and_nothing_is_bought_twice() {
    let outside = Outside::start(stubs()).await;
    let telnyx = rest(&outside, TELNYX_API_KEY);
    let profile = profile(&telnyx, None).await;
    assert_eq!(free(&telnyx).await, free(&telnyx).await);
    let number = free(&telnyx).await[0].clone();
    let wishes = (0..8)
        .map(|index| telnyx.post(ORDERS, &[], order(&number, &profile, &format!("agent-test-{index}"))));
    let mut wishes: Vec<_> = wishes.map(Box::pin).collect();
    let mut statuses = Vec::new();
    for got in futures::future::join_all(wishes.drain(..)).await {
        statuses.push(got.status);
    }
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 422, 422, 422, 422, 422, 422, 422]);
    assert!(!free(&telnyx).await.contains(&number));
    seen(&telnyx, &number).await;
    assert_eq!(outside.get("/_sim/inventory").await["telnyx"]["bought"], 1);
}

#[tokio::test]
async fn the_reference_is_not_always_copied_so_it_has_to_be_written() {
    let outside = Outside::start(stubs()).await;
    let telnyx = rest(&outside, TELNYX_API_KEY);
    let profile = profile(&telnyx, None).await;
    let mut copied = BTreeSet::new();
    for index in 0..12 {
        let bought = buy(&telnyx, &profile, &format!("agent-test-{index}")).await;
        copied.insert(bought["customer_reference"].is_string());
        let id = bought["id"].as_str().unwrap();
        let tags = json!({"customer_reference": format!("agent-test-{index}"), "tags": ["test", "a"]});
        let written = telnyx.patch(NUMBER, &[id], tags).await.body["data"].clone();
        assert_eq!(written["customer_reference"], format!("agent-test-{index}"));
        let assigned = telnyx.patch(MESSAGING, &[id], json!({"messaging_profile_id": profile})).await;
        assert_eq!(assigned.body["data"]["messaging_profile_id"], profile);
    }
    assert_eq!(copied.len(), 2, "copied sometimes, but not always");
    let page = telnyx.get("/phone_numbers?page%5Bnumber%5D=2&page%5Bsize%5D=5", &[]).await.body;
    assert_eq!((page["data"].as_array().unwrap().len(), &page["meta"]["total_pages"]), (5, &json!(3)));
}

#[tokio::test]
async fn a_locked_number_stays_and_an_unlocked_one_is_given_back() {
    let outside = Outside::start(stubs()).await;
    let telnyx = rest(&outside, TELNYX_API_KEY);
    let profile = profile(&telnyx, None).await;
    let bought = buy(&telnyx, &profile, "agent-test-a").await;
    let (id, number) = (bought["id"].as_str().unwrap(), bought["phone_number"].as_str().unwrap());
    let lock = format!("/_sim/telnyx/numbers/{number}");
    assert_eq!(outside.put(&lock, json!({"deletionLock": true})).await.0, 204);
    assert_eq!(telnyx.get(NUMBER, &[id]).await.body["data"]["deletion_lock_enabled"], true);
    assert_eq!(telnyx.delete(NUMBER, &[id]).await.status, 409);
    outside.put(&lock, json!({"deletionLock": false})).await;
    let deleted = telnyx.delete(NUMBER, &[id]).await;
    assert_eq!((deleted.status, &deleted.body["data"]["status"]), (200, &json!("deleted")));
    assert_eq!(telnyx.delete(NUMBER, &[id]).await.status, 404);
    let inventory = outside.get("/_sim/inventory").await;
    assert_eq!((&inventory["telnyx"]["numbers"], &inventory["telnyx"]["bought"]), (&json!([]), &json!(1)));
}

#[tokio::test]
async fn what_is_wrong_with_a_request_stands_in_its_errors() {
    let outside = Outside::start(stubs()).await;
    let telnyx = rest(&outside, TELNYX_API_KEY);
    let code = |body: &Value| body["errors"][0]["code"].as_str().unwrap().to_owned();
    let no_destinations = telnyx.post(PROFILES, &[], json!({"name": "x"})).await;
    assert_eq!((no_destinations.status, code(&no_destinations.body).as_str()), (422, "10004"));
    let number = free(&telnyx).await[0].clone();
    let no_profile = telnyx.post(ORDERS, &[], order(&number, "nowhere", "a")).await;
    assert_eq!((no_profile.status, code(&no_profile.body).as_str()), (422, "10017"));
    let wrong = rest(&outside, "KEY_wrong").get("/balance", &[]).await;
    assert_eq!((wrong.status, code(&wrong.body).as_str()), (401, "10009"));
    outside.put("/_sim/telnyx", json!({"balance": 0.5})).await;
    let profile = profile(&telnyx, None).await;
    let poor = telnyx.post(ORDERS, &[], order(&number, &profile, "a")).await;
    assert_eq!((poor.status, code(&poor.body).as_str()), (402, "20100"));
    assert_eq!(telnyx.get("/balance", &[]).await.body["data"]["balance"], "0.50");
    outside.put("/_sim/telnyx", json!({"freeNumbers": 0})).await;
    assert!(free(&telnyx).await.is_empty());
    let limit = telnyx.get("/balance", &[]).await.headers;
    let left: u64 = limit["x-ratelimit-remaining"].to_str().unwrap().parse().unwrap();
    let reset: u64 = limit["x-ratelimit-reset"].to_str().unwrap().parse().unwrap();
    assert!(left < 1_200 && reset <= 60, "{left} {reset}");
}

#[tokio::test]
async fn a_claimants_key_sees_the_claimants_number_only() {
    let outside = Outside::start(stubs()).await;
    let claimant = rest(&outside, CLAIMANT_TELNYX_API_KEY);
    assert_eq!(seen(&claimant, CLAIMANT_PHONE_NUMBER).await["status"], "active");
    let numbers = rest(&outside, TELNYX_API_KEY).get("/phone_numbers", &[]).await.body;
    assert_eq!(numbers["data"], json!([]));
}

#[tokio::test]
async fn messages_are_sent_from_own_numbers_only_and_told_with_a_signature() {
    let outside = Outside::start(stubs()).await;
    let telnyx = rest(&outside, TELNYX_API_KEY);
    let mut receiver = Receiver::start(StatusCode::OK).await;
    let profile = profile(&telnyx, Some(&receiver.url)).await;
    let bought = buy(&telnyx, &profile, "agent-test-a").await;
    let (id, number) = (bought["id"].as_str().unwrap(), bought["phone_number"].as_str().unwrap());
    telnyx.patch(MESSAGING, &[id], json!({"messaging_profile_id": profile})).await;
    let foreign = json!({"from": CLAIMANT_PHONE_NUMBER, "to": "+12025550111", "text": "x"});
    assert_eq!(telnyx.post("/messages", &[], foreign).await.status, 422);
    let message = json!({"from": number, "to": "+12025550111", "text": "Hello"});
    let sent = telnyx.post("/messages", &[], message).await;
    assert_eq!((sent.status, &sent.body["data"]["to"][0]["status"]), (200, &json!("queued")));
    let message_id = sent.body["data"]["id"].as_str().unwrap();
    assert_eq!(telnyx.get("/messages/{id}", &[message_id]).await.body["data"]["text"], "Hello");
    for event in ["message.sent", "message.finalized"] {
        let (_, body) = receiver.next().await;
        assert_eq!(serde_json::from_str::<Value>(&body).unwrap()["data"]["event_type"], event);
    }

    let incoming = json!({"from": "+12025550111", "to": number, "text": "Hi"});
    let answer =
        outside.http.post(outside.url("/_sim/telnyx/messages")).json(&incoming).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let (headers, body) = receiver.next().await;
    let event: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(event["data"]["payload"]["to"][0]["phone_number"], number);
    telnyx.api.check("/components/schemas/InboundMessagePayload", &event["data"]["payload"]);
    let key: [u8; 32] = BASE64_STANDARD.decode(telnyx_public_key()).unwrap().try_into().unwrap();
    let key = ed25519_dalek::VerifyingKey::from_bytes(&key).unwrap();
    let signature = BASE64_STANDARD.decode(headers["telnyx-signature-ed25519"].as_bytes()).unwrap();
    let signature = ed25519_dalek::Signature::from_slice(&signature).unwrap();
    let time = headers["telnyx-timestamp"].to_str().unwrap();
    key.verify_strict(format!("{time}|{body}").as_bytes(), &signature).unwrap();
}

#[tokio::test]
async fn a_delivery_that_is_refused_is_tried_three_times_more() {
    let outside = Outside::start(stubs()).await;
    let telnyx = rest(&outside, TELNYX_API_KEY);
    let mut receiver = Receiver::start(StatusCode::INTERNAL_SERVER_ERROR).await;
    let profile = profile(&telnyx, Some(&receiver.url)).await;
    let bought = buy(&telnyx, &profile, "agent-test-a").await;
    let (id, number) = (bought["id"].as_str().unwrap(), bought["phone_number"].as_str().unwrap());
    telnyx.patch(MESSAGING, &[id], json!({"messaging_profile_id": profile})).await;
    let incoming = json!({"from": "+12025550111", "to": number, "text": "Hi"});
    outside.http.post(outside.url("/_sim/telnyx/messages")).json(&incoming).send().await.unwrap();
    let first = receiver.next().await.1;
    for _ in 0..3 {
        assert_eq!(receiver.next().await.1, first);
    }
    let told = eventually(async || {
        let journal = outside.get("/_sim/journal?after=0").await;
        journal.as_array().unwrap().iter().find(|entry| entry["vendor"] == "webhook").cloned()
    })
    .await;
    assert_eq!((&told["operation"], &told["status"]), (&json!("message.received"), &json!(500)));
    assert_eq!(receiver.waiting(), 0);
}
