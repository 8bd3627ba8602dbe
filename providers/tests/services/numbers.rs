//! Phone numbers cost money: none is bought twice, none is paid for without an agent.

use reqwest::Method;
use serde_json::{Value, json};
use simulator::tokens;
use sqlx::PgPool;

use crate::here::{Here, name};

async fn with_numbers(db: PgPool, variables: &[(&'static str, &str)]) -> Here {
    let mut all = vec![("TELNYX_API_KEY", tokens::TELNYX_API_KEY)];
    all.extend(variables.iter().copied());
    Here::with(db, &all, |_| {}).await
}

/// So many agents that run.
async fn agents(here: &Here, count: usize) -> Vec<String> {
    let ids: Vec<String> = (0..count).map(|number| format!("agent{number:07}")).collect();
    futures::future::join_all(ids.iter().map(|id| here.created(id))).await;
    futures::future::join_all(ids.iter().map(|id| here.healthy(id))).await;
    ids
}

fn numbers_of(inventory: &Value) -> Vec<Value> {
    inventory["telnyx"]["numbers"].as_array().cloned().unwrap_or_default()
}

fn text(value: &Value, field: &str) -> String {
    value[field].as_str().unwrap_or_default().to_owned()
}

#[sqlx::test(migrator = "providers::run::MIGRATIONS")]
async fn twenty_agents_that_ask_at_once_get_twenty_numbers_and_leave_none(db: PgPool) {
    let here = with_numbers(db, &[]).await;
    let ids = agents(&here, 20).await;
    here.faults(json!([
        {"vendor": "telnyx", "operation": "createOrder", "kind": "lose_answer", "count": 5},
        {"vendor": "telnyx", "operation": "createOrder", "kind": "after_effect", "count": 3},
        // What a number that somebody else was quicker to take is answered with.
        {"vendor": "telnyx", "operation": "createOrder", "kind": "status", "status": 422, "count": 4},
    ]))
    .await;
    let made = futures::future::join_all(ids.iter().map(|id| here.provisioned(id, "sms"))).await;
    let mut numbers: Vec<String> =
        made.iter().map(|tool| tool["resourceId"].as_str().unwrap().to_owned()).collect();
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers.len(), 20, "every agent has a number of its own");
    let inventory = here.inventory().await;
    assert_eq!(inventory["telnyx"]["bought"], 20, "{}", inventory["telnyx"]);
    assert_eq!(here.provisioned(&ids[0], "sms").await, made[0], "a repeat buys nothing");
    assert!(!made[0].to_string().contains("KEY"), "{}", made[0]);
    let mut owned: Vec<String> =
        numbers_of(&inventory).iter().map(|number| text(number, "customerReference")).collect();
    owned.sort_unstable();
    assert_eq!(owned, ids.iter().map(|id| name(id)).collect::<Vec<_>>(), "each carries its agent's name");
    futures::future::join_all(ids.iter().map(|id| here.destroyed(id))).await;
    assert!(numbers_of(&here.inventory().await).is_empty(), "nothing is paid for any more");
}

#[sqlx::test(migrator = "providers::run::MIGRATIONS")]
async fn a_purchase_that_is_cut_off_by_its_agents_end_leaves_no_number(db: PgPool) {
    let here = with_numbers(db, &[]).await;
    let ids = agents(&here, 8).await;
    // The end comes while orders are being worked on; of the numbers that come of them, some do not carry a name.
    let paths: Vec<String> = ids.iter().map(|id| format!("/provision/{id}/sms")).collect();
    let buying = paths.iter().map(|path| here.until_done(|| here.call(Method::POST, path, Some(json!({})))));
    tokio::select! {
        _ = futures::future::join_all(buying) => {}
        () = here.until("every order", async || here.applied("createOrder").await.len() == ids.len()) => {}
    }
    futures::future::join_all(ids.iter().map(|id| here.destroyed(id))).await;
    let inventory = here.inventory().await;
    assert_eq!(inventory["telnyx"]["pendingOrders"], 0, "{inventory}");
    assert_eq!(inventory["telnyx"]["bought"], ids.len(), "{inventory}");
    assert_eq!(numbers_of(&inventory), Vec::<Value>::new(), "somebody pays for a number that nobody has");
}

#[sqlx::test(migrator = "providers::run::MIGRATIONS")]
async fn orders_that_fail_again_and_again_end_in_one_number(db: PgPool) {
    let here = with_numbers(db, &[]).await;
    let ids = agents(&here, 1).await;
    // More than the searches of one round.
    here.sim(Method::PUT, "/_sim/telnyx", Some(json!({"failingOrders": 7}))).await;
    here.provisioned(&ids[0], "sms").await;
    assert_eq!(here.applied("createOrder").await.len(), 8);
    assert_eq!(here.inventory().await["telnyx"]["bought"], 1);
}

#[sqlx::test(migrator = "providers::run::MIGRATIONS")]
async fn a_recycled_number_is_quarantined_and_then_serves_again(db: PgPool) {
    let here = with_numbers(db, &[("TELNYX_RELEASE", "recycle")]).await;
    let ids = agents(&here, 3).await;
    let first = here.provisioned(&ids[0], "sms").await["resourceId"].clone();
    let gone = here.destroyed(&ids[0]).await;
    let of_sms = |resource: &&Value| resource["toolId"] == "sms";
    let released = gone["resources"].as_array().unwrap().iter().find(of_sms).unwrap();
    assert_eq!(released["outcome"], "revoked", "{gone}");
    let kept = numbers_of(&here.inventory().await);
    assert_eq!(kept.len(), 1);
    assert!(text(&kept[0], "customerReference").starts_with("recycled-"), "{kept:?}");
    let second = here.provisioned(&ids[1], "sms").await["resourceId"].clone();
    assert_ne!(second, first, "it is in quarantine");
    sqlx::query("UPDATE recycled_numbers SET usable_at = now()").execute(&here.db).await.unwrap();
    assert_eq!(here.provisioned(&ids[2], "sms").await["resourceId"], first);
    assert_eq!(here.inventory().await["telnyx"]["bought"], 2);
}
