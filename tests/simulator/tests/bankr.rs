//! Bankr: a wallet a name, a key that is shown once, and organizations without the partner's routes.

mod common;

use common::reference::Api;
use common::rest::Rest;
use common::{Outside, stubs};
use reqwest::Method;
use serde_json::json;
use simulator::tokens::{BANKR_API_KEY, BANKR_PARTNER_KEY};

fn rest<'a>(outside: &'a Outside, header: &'static str, key: &str) -> Rest<'a> {
    Rest {
        outside,
        base: "/bankr",
        credential: (header, key.to_owned()),
        api: Api::open("bankr/partner-api.json"),
    }
}

const WALLETS: &str = "/partner/wallets";
const WALLET: &str = "/partner/wallets/{id}";
const KEY: &str = "/partner/wallets/{id}/api-key";

#[tokio::test]
async fn a_repeat_with_the_same_key_gives_the_same_wallet_without_its_secret() {
    let outside = Outside::start(stubs()).await;
    let partner = rest(&outside, "x-partner-key", BANKR_PARTNER_KEY);
    let wish =
        json!({"idempotencyKey": "agent-test-a", "apiKey": {"permissions": {"agentApiEnabled": true}}});
    let first = partner.post(WALLETS, &[], wish.clone()).await;
    assert_eq!(first.status, 201);
    let again = partner.post(WALLETS, &[], wish).await;
    assert_eq!((again.status, &again.body["evmAddress"]), (201, &first.body["evmAddress"]));
    assert!(first.body["apiKey"].is_string() && again.body.get("apiKey").is_none());
    let address = first.body["evmAddress"].as_str().unwrap();
    assert!(address.parse::<model::owner::Address>().is_ok(), "{address}");
    assert_eq!(partner.get(WALLET, &[&address.to_lowercase()]).await.body["id"], first.body["id"]);
    assert_eq!(partner.get(WALLET, &["wlt_none"]).await.status, 404);
    let listed = partner.get(WALLETS, &[]).await.body;
    assert_eq!(listed["wallets"].as_array().unwrap().len(), 1);
    let inventory = outside.get("/_sim/inventory").await;
    assert_eq!(inventory["bankr"]["wallets"][0]["address"], address);
}

#[tokio::test]
async fn a_new_key_voids_the_old_one_and_a_revoked_one_is_gone() {
    let outside = Outside::start(stubs()).await;
    let partner = rest(&outside, "x-partner-key", BANKR_PARTNER_KEY);
    let permissions = json!({"permissions": {"agentApiEnabled": true, "readOnly": true}});
    let wish = json!({"idempotencyKey": "agent-test-a", "apiKey": permissions});
    let wallet = partner.post(WALLETS, &[], wish).await.body;
    let (id, old) = (wallet["id"].as_str().unwrap(), wallet["apiKey"].as_str().unwrap());
    let me = async |key: &str| rest(&outside, "x-api-key", key).get("/wallet/me", &[]).await;
    assert_eq!(me(old).await.body["wallet"]["evmAddress"], wallet["evmAddress"]);
    let new = partner.post(KEY, &[id], permissions).await;
    let new_key = new.body["apiKey"].as_str().unwrap().to_owned();
    assert_eq!((new.status, me(old).await.status, me(&new_key).await.status), (201, 401, 200));
    assert_eq!(partner.delete(KEY, &[id]).await.status, 200);
    assert_eq!((partner.delete(KEY, &[id]).await.status, me(&new_key).await.status), (404, 401));
    // The wallet stays: nothing deletes one.
    assert_eq!(partner.get(WALLET, &[id]).await.status, 200);
    partner.call(Method::POST, KEY, &[id], Some(json!({"permissions": {"agentApiEnabled": false}}))).await;
    assert_eq!(me(&new_key).await.status, 401);
}

#[tokio::test]
async fn a_users_key_tells_its_wallet_by_the_new_path_and_the_old() {
    let outside = Outside::start(stubs()).await;
    let user = rest(&outside, "x-api-key", BANKR_API_KEY);
    let address = user.get("/wallet/me", &[]).await.body["wallet"]["evmAddress"].clone();
    assert_eq!(user.get("/agent/me", &[]).await.body["wallets"][0]["address"], address);
    assert_eq!(rest(&outside, "x-api-key", "bk_wrong").get("/wallet/me", &[]).await.status, 401);
    let wrong = rest(&outside, "x-partner-key", BANKR_API_KEY).get(WALLETS, &[]).await;
    assert_eq!(
        (wrong.status, &wrong.body["message"]),
        (401, &json!("The provided partner API key is invalid or inactive"))
    );
}

#[tokio::test]
async fn the_eleventh_wallet_of_a_minute_is_too_many_and_some_organizations_have_none() {
    let outside = Outside::start(stubs()).await;
    outside.put("/_sim/clock", json!({"scale": 0.01})).await;
    let partner = rest(&outside, "x-partner-key", BANKR_PARTNER_KEY);
    for index in 0..10 {
        let made = partner.post(WALLETS, &[], json!({"idempotencyKey": format!("agent-test-{index}")})).await;
        assert_eq!(made.status, 201);
    }
    assert_eq!(partner.post(WALLETS, &[], json!({"idempotencyKey": "agent-test-10"})).await.status, 429);
    assert_eq!(partner.post(WALLETS, &[], json!({"idempotencyKey": "agent-test-0"})).await.status, 201);
    outside.put("/_sim/bankr", json!({"partner": false})).await;
    assert_eq!(partner.get(WALLETS, &[]).await.status, 404);
    assert_eq!(rest(&outside, "x-api-key", BANKR_API_KEY).get("/wallet/me", &[]).await.status, 200);
}
