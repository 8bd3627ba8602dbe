//! Every kind of fault, at every vendor; the journal; what stays over a restart.

mod common;

use std::time::Duration;

use common::{Outside, eventually, stubs};
use serde_json::{Value, json};
use simulator::Options;
use simulator::faults::Kind;
use simulator::tokens;

/// One harmless request a vendor, and the operation that it is.
fn requests() -> Vec<(&'static str, &'static str, &'static str, &'static str, String)> {
    let bearer = |key: &str| format!("Bearer {key}");
    vec![
        ("railway", "apiToken", "/railway/graphql/v2", "authorization", bearer(tokens::RAILWAY_TOKEN)),
        (
            "ghcr",
            "token",
            "/ghcr/token?scope=repository:xmtplabs/convos-runtime:pull",
            "x-none",
            String::new(),
        ),
        (
            "openrouter",
            "listKeys",
            "/openrouter/api/v1/keys",
            "authorization",
            bearer(tokens::OPENROUTER_MANAGEMENT_KEY),
        ),
        (
            "agentmail",
            "listInboxes",
            "/agentmail/v0/inboxes",
            "authorization",
            bearer(tokens::AGENTMAIL_API_KEY),
        ),
        (
            "telnyx",
            "listNumbers",
            "/telnyx/v2/phone_numbers",
            "authorization",
            bearer(tokens::TELNYX_API_KEY),
        ),
        (
            "bankr",
            "listWallets",
            "/bankr/partner/wallets",
            "x-partner-key",
            tokens::BANKR_PARTNER_KEY.to_owned(),
        ),
    ]
}

async fn ask(outside: &Outside, path: &str, header: &str, value: &str) -> reqwest::Result<reqwest::Response> {
    let url = outside.url(path);
    let request = match path.contains("graphql") {
        true => outside.http.post(url).json(&json!({"query": "{ apiToken { workspaces { id } } }"})),
        false => outside.http.get(url),
    };
    request.header(header, value).timeout(Duration::from_secs(5)).send().await
}

#[tokio::test]
async fn every_kind_of_fault_strikes_once_at_every_vendor_and_stands_in_the_journal() {
    let outside = Outside::start(stubs()).await;
    let mut after = 0;
    for (vendor, operation, path, header, value) in requests() {
        for kind in Kind::NAMES {
            let case = format!("{kind} at {vendor}");
            outside
                .faults(json!([{"vendor": vendor, "operation": operation, "kind": kind, "count": 1}]))
                .await;
            let answer = ask(&outside, path, header, &value).await;
            let status = answer.as_ref().ok().map(|answer| answer.status().as_u16());
            let expected: &[Option<u16>] = match kind {
                "lose_answer" | "hang" => &[None],
                "throttle_429" => &[Some(429)],
                "slow" => &[Some(200)],
                "html" => &[Some(503)],
                // Railway says with 200 what others say with the status.
                "throttle_text" => &[Some(if vendor == "railway" { 200 } else { 429 })],
                "refuse" => &[Some(if vendor == "railway" { 200 } else { 503 })],
                "after_effect" => &[Some(if vendor == "railway" { 200 } else { 500 })],
                _ => &[Some(500)],
            };
            assert!(expected.contains(&status), "{case}: {status:?}");
            if kind == "throttle_429" {
                assert!(answer.unwrap().headers().contains_key("retry-after"), "{case}");
            }
            let entry = eventually(async || {
                let journal = outside.get(&format!("/_sim/journal?after={after}")).await;
                journal.as_array().unwrap().last().cloned()
            })
            .await;
            after = entry["seq"].as_u64().unwrap();
            assert_eq!(
                (&entry["vendor"], &entry["operation"], &entry["fault"]),
                (&json!(vendor), &json!(operation), &json!(kind))
            );
            let applied = matches!(kind, "after_effect" | "lose_answer" | "slow");
            assert_eq!(entry["applied"], applied, "{case}");
            let again = ask(&outside, path, header, &value).await.unwrap();
            assert_eq!(again.status(), 200, "{case} is used up");
            after += 1;
        }
    }
}

#[tokio::test]
async fn a_deletion_that_only_looks_done_leaves_the_thing_where_it_was() {
    let outside = Outside::start(stubs()).await;
    let bearer = format!("Bearer {}", tokens::AGENTMAIL_API_KEY);
    let made = outside.http.post(outside.url("/agentmail/v0/inboxes")).header("authorization", &bearer);
    assert_eq!(made.json(&json!({"username": "one"})).send().await.unwrap().status(), 200);
    outside
        .faults(json!([{"vendor": "agentmail", "operation": "deleteInbox", "kind": "status", "status": 204, "count": 1}]))
        .await;
    let delete = async || {
        let url = outside.url("/agentmail/v0/inboxes/one%40agentmail.to");
        outside.http.delete(url).header("authorization", &bearer).send().await.unwrap().status().as_u16()
    };
    let count =
        async || outside.get("/_sim/inventory").await["agentmail"]["inboxes"].as_array().unwrap().len();
    assert_eq!((delete().await, count().await), (204, 1));
    assert_eq!((delete().await, count().await), (204, 0));
}

#[tokio::test]
async fn a_reset_empties_every_vendor_and_the_same_seed_makes_the_same_again() {
    let outside = Outside::start(stubs()).await;
    let bearer = format!("Bearer {}", tokens::OPENROUTER_MANAGEMENT_KEY);
    let make = async || {
        let request =
            outside.http.post(outside.url("/openrouter/api/v1/keys")).header("authorization", &bearer);
        let made: Value = request.json(&json!({"name": "one"})).send().await.unwrap().json().await.unwrap();
        made["data"]["hash"].clone()
    };
    let first = make().await;
    assert_eq!(outside.post("/_sim/reset").await, 204);
    let inventory = outside.get("/_sim/inventory").await;
    assert_eq!(inventory["openrouter"]["keys"], json!([]));
    assert_eq!(inventory["telnyx"], json!({"numbers": [], "bought": 0, "pendingOrders": 0}));
    assert_eq!(outside.get("/_sim/journal?after=0").await, json!([]));
    assert_eq!(make().await, first);
}

#[tokio::test]
async fn what_vendors_keep_is_there_again_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let options = || Options { state_file: Some(folder.path().join("state.json")), ..stubs() };
    let outside = Outside::start(options()).await;
    let (bearer, partner) = (format!("Bearer {}", tokens::AGENTMAIL_API_KEY), tokens::BANKR_PARTNER_KEY);
    let inbox = outside.http.post(outside.url("/agentmail/v0/inboxes")).header("authorization", &bearer);
    inbox.json(&json!({"username": "one"})).send().await.unwrap();
    let wallet = outside.http.post(outside.url("/bankr/partner/wallets")).header("x-partner-key", partner);
    wallet.json(&json!({"idempotencyKey": "one"})).send().await.unwrap();
    let project = outside.agent("agent-test-a", json!({"INSTANCE_ID": "abc123"})).await;
    outside.until(&project, "SUCCESS").await;
    let before = outside.get("/_sim/inventory").await;
    outside.running.stop().await;
    let outside = Outside::start(options()).await;
    assert_eq!(outside.get("/_sim/inventory").await, before);
}
