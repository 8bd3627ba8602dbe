//! The hourly budget of requests: a large fleet stays far below it, bad weather kills nobody, replicas know of each other.

use std::collections::BTreeMap;
use std::time::Duration;

use futures::StreamExt;
use reqwest::Method;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::here::Here;

/// Requests that the vendor grants in an hour.
const GRANTED: f64 = 10_000.0;
/// What `pool` waits between two looks at those that are well, and at those that are not.
const TICK_SECONDS: f64 = 30.0;
const FAST_SECONDS: f64 = 2.0;

/// How large the test is: what everybody runs is a part of `make budget`.
struct Size {
    instances: usize,
    minutes: f64,
    storm_minutes: f64,
    scale: f64,
}

impl Size {
    fn of_this_run() -> Self {
        match std::env::var_os("BUDGET_IN_FULL") {
            Some(_) => Self { instances: 500, minutes: 60.0, storm_minutes: 10.0, scale: 20.0 },
            None => Self { instances: 24, minutes: 6.0, storm_minutes: 3.0, scale: 60.0 },
        }
    }
}

/// Every word that each instance was told by.
type Words = BTreeMap<String, BTreeMap<String, usize>>;

async fn look(here: &Here, ids: &[String], words: &mut Words) {
    let (status, statuses) =
        here.call(Method::POST, "/status/batch", Some(json!({"instanceIds": ids}))).await;
    assert_eq!(status, 200, "{statuses}");
    for id in ids {
        let word = statuses[id].as_str().unwrap_or_default().to_owned();
        *words.entry(id.clone()).or_default().entry(word).or_default() += 1;
    }
}

/// Looks at these instances again and again, as `pool` does, until this moment of simulated time.
async fn watch(here: &Here, ids: &[String], every: f64, scale: f64, end: f64) -> Words {
    let mut words = Words::new();
    let mut beat = tokio::time::interval(Duration::from_secs_f64(every / scale));
    beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    while here.simulated_seconds().await < end {
        beat.tick().await;
        look(here, ids, &mut words).await;
    }
    words
}

async fn weather(here: &Here, begin: f64, end: f64) {
    let wait = async |moment: f64| {
        while here.simulated_seconds().await < moment {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    wait(begin).await;
    let fault = |kind: &str, probability: f64| json!({"vendor": "railway", "operation": "*", "kind": kind, "probability": probability});
    here.faults(json!([fault("throttle_429", 0.4), fault("html", 0.4), fault("lose_answer", 0.6)])).await;
    wait(end).await;
    here.faults(json!([])).await;
}

#[sqlx::test(migrator = "providers::run::MIGRATIONS")]
async fn a_fleet_stays_within_its_hourly_budget_and_a_storm_kills_nobody(db: PgPool) {
    let Size { instances, minutes, storm_minutes, scale } = Size::of_this_run();
    let mut here = Here::with(db, &[("HEALTH_TIMEOUT", "2s")], |_| {}).await;
    let ids: Vec<String> = (0..instances).map(|number| format!("agent{number:07}")).collect();
    futures::stream::iter(&ids).for_each_concurrent(16, async |id| drop(here.created(id).await)).await;
    here.pass_time(scale).await;
    for id in &ids {
        here.healthy(id).await;
    }
    // One in eight does not answer, one in eight is being deployed again, one of these waits for a person.
    let (deaf, others) = ids.split_at(instances / 8);
    let (replaced, well) = others.split_at(instances / 8);
    for id in deaf {
        here.sim(Method::POST, &format!("/_sim/instances/{id}/hang"), None).await;
    }
    let (_, start) = here.requests_after("railway", 0).await;
    let began = here.simulated_seconds().await;
    here.sim(Method::PUT, "/_sim/railway", Some(json!({"needsApproval": 1, "redeploysPerHour": 1.0}))).await;
    for id in replaced {
        here.redeployed(id, "new-key", json!({})).await;
    }
    let end = began + minutes * 60.0;
    let storm = began + (minutes - storm_minutes) * 30.0;
    let (of_well, of_deaf, of_replaced, ()) = tokio::join!(
        watch(&here, well, TICK_SECONDS, scale, end),
        watch(&here, deaf, FAST_SECONDS, scale, end),
        watch(&here, replaced, FAST_SECONDS, scale, end),
        weather(&here, storm, storm + storm_minutes * 60.0),
    );
    let hours = (here.simulated_seconds().await - began) / 3600.0;
    let (requests, _) = here.requests_after("railway", start).await;
    let struck = requests.iter().filter(|entry| !entry["fault"].is_null()).count();
    assert!(struck > 0, "the storm met nobody");
    let an_hour = requests.len() as f64 / hours;
    println!(
        "{instances} instances, {hours:.2} h: {} requests, {an_hour:.0} an hour, {struck} in the storm",
        requests.len()
    );
    assert!(an_hour < GRANTED, "{an_hour} requests an hour");
    for (id, words) in of_well.iter().chain(&of_replaced) {
        let dead = words.keys().find(|word| !["healthy", "deploying", "unknown"].contains(&word.as_str()));
        // What the platform moves by itself is away for a moment, and is told so while the platform can be read.
        assert!(dead.is_none_or(|word| word == "unreachable"), "{id}: {words:?}");
    }
    for (id, words) in &of_deaf {
        assert!(!words.contains_key("deploy_failed") && !words.contains_key("not_found"), "{id}: {words:?}");
    }
    // After the storm everybody is seen as they are; the one that waits for a person is on its way until somebody comes.
    here.sim(Method::PUT, "/_sim/railway", Some(json!({}))).await;
    for id in replaced {
        let approve = format!("/_sim/instances/{id}/approve");
        let _only_one_waits = here.order(&approve).await;
    }
    for id in deaf {
        here.sim(Method::POST, &format!("/_sim/instances/{id}/resume"), None).await;
    }
    for id in &ids {
        here.healthy(id).await;
    }
}

#[sqlx::test(migrator = "providers::run::MIGRATIONS")]
async fn what_one_replica_used_up_another_one_does_not_spend(db: PgPool) {
    let mut here = Here::start(db).await;
    here.begin_another().await;
    here.created("instance1").await;
    here.healthy("instance1").await;
    let left = async |share: f64| {
        let (_, report) = here.call_other(Method::GET, "/vendors", None).await;
        let budget = &report["budgets"][0];
        let (remaining, allowance) = (budget["remaining"].as_f64(), budget["allowance"].as_f64());
        remaining.zip(allowance).is_some_and(|(remaining, allowance)| remaining < allowance * share)
    };
    // Five per cent: no new instances any more.
    here.sim(Method::PUT, "/_sim/railway", Some(json!({"requestsLeft": 500}))).await;
    here.call(Method::GET, "/inventory", None).await;
    here.until("the other one knows", async || left(0.1).await).await;
    let before = here.asked("projectCreate").await;
    let create = json!({"instanceId": "instance2"});
    let (status, answer) = here.call_other(Method::POST, "/create-instance", Some(create)).await;
    assert_eq!(status, 202, "{answer}");
    assert_eq!(here.asked("projectCreate").await, before, "the budget is kept for claims and destroys");
    // What serves somebody and what costs money goes on.
    let (status, answer) = here.call_other(Method::DELETE, "/destroy/instance1", None).await;
    assert!(status == 200 || status == 202, "{answer}");
    let gone = here.until_done(|| here.call_other(Method::DELETE, "/destroy/instance1", None)).await;
    assert_eq!((gone.0, &gone.1["ok"]), (200, &Value::Bool(true)), "{}", gone.1);
}
