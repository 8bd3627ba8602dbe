//! Creation under lost answers and crashes: never two of anything.

use serde_json::{Value, json};
use sqlx::PgPool;

use crate::here::{Here, name};

const ID: &str = "abc123def456";

/// Everything that a creation changes outside, in order.
const MUTATIONS: [(&str, &str); 6] = [
    ("openrouter", "createKey"),
    ("railway", "projectCreate"),
    ("railway", "serviceCreate"),
    ("railway", "volumeCreate"),
    ("railway", "serviceDomainCreate"),
    ("railway", "environmentPatchCommit"),
];

async fn exactly_one_of_everything(here: &Here, context: &str) {
    let projects = here.projects(&name(ID)).await;
    assert_eq!(projects.len(), 1, "{context}: projects");
    for part in ["services", "volumes", "domains", "deployments"] {
        assert_eq!(projects[0][part].as_array().map(Vec::len), Some(1), "{context}: {part}");
    }
    assert_eq!(here.keys(&name(ID)).await.len(), 1, "{context}: keys");
}

fn fault((vendor, operation): (&str, &str), kind: &str) -> Value {
    json!({"vendor": vendor, "operation": operation, "kind": kind, "count": 1, "ms": 120_000})
}

#[sqlx::test(migrator = "providers::run::MIGRATIONS")]
async fn an_instance_is_made_by_five_mutations_and_one_key(db: PgPool) {
    let here = Here::start(db).await;
    let created = here.created(ID).await;
    assert_eq!(created["instanceId"], ID);
    assert!(created["image"].as_str().unwrap().contains("@sha256:"), "{created}");
    assert_eq!(here.created(ID).await["url"], created["url"]);
    exactly_one_of_everything(&here, "undisturbed").await;
    for (_, operation) in MUTATIONS {
        assert_eq!(here.applied(operation).await.len(), 1, "{operation}");
    }
    here.healthy(ID).await;
}

#[sqlx::test(migrator = "providers::run::MIGRATIONS")]
async fn lost_answers_of_all_steps_at_once_make_nothing_twice(db: PgPool) {
    let here = Here::start(db).await;
    here.faults(MUTATIONS.iter().map(|mutation| fault(*mutation, "lose_answer")).collect()).await;
    here.created(ID).await;
    exactly_one_of_everything(&here, "every answer lost once").await;
    here.healthy(ID).await;
}

#[sqlx::test(migrator = "providers::run::MIGRATIONS")]
async fn failures_after_the_effect_make_nothing_twice(db: PgPool) {
    let here = Here::start(db).await;
    here.faults(MUTATIONS.iter().map(|mutation| fault(*mutation, "after_effect")).collect()).await;
    here.created(ID).await;
    exactly_one_of_everything(&here, "every call failed after its effect").await;
}

#[sqlx::test(migrator = "providers::run::MIGRATIONS")]
async fn a_crash_after_any_effect_is_taken_up_where_it_stopped(db: PgPool) {
    let mut here = Here::start(db).await;
    // Each answer is lost, so that the crash comes between the effect and any record of it.
    for mutation in MUTATIONS {
        here.faults(json!([fault(mutation, "lose_answer")])).await;
        let seen = here.applied(mutation.1).await.len();
        let creating = here.until_done(|| here.create(ID));
        tokio::select! {
            _ = creating => {}
            () = here.until("the effect", async || here.applied(mutation.1).await.len() > seen) => {}
        }
        here.kill();
        here.begin().await;
    }
    here.faults(json!([])).await;
    here.created(ID).await;
    exactly_one_of_everything(&here, "a crash after every effect").await;
    here.healthy(ID).await;
}

#[sqlx::test(migrator = "providers::run::MIGRATIONS")]
async fn a_crash_before_any_effect_is_taken_up_where_it_stopped(db: PgPool) {
    let mut here = Here::start(db).await;
    for mutation in MUTATIONS {
        here.faults(json!([fault(mutation, "hang")])).await;
        let creating = here.until_done(|| here.create(ID));
        // The fault is used up when the call has come in and hangs.
        let hangs = async || {
            here.sim(reqwest::Method::GET, "/_sim/faults", None).await.to_string().contains("\"count\":0")
        };
        tokio::select! {
            _ = creating => {}
            () = here.until("the call hangs", hangs) => {}
        }
        here.kill();
        here.begin().await;
    }
    here.faults(json!([])).await;
    here.created(ID).await;
    exactly_one_of_everything(&here, "a crash before every effect").await;
}

#[sqlx::test(migrator = "providers::run::MIGRATIONS")]
async fn callers_that_come_together_make_one_instance(db: PgPool) {
    let here = Here::start(db).await;
    let calls = (0..8).map(|_| here.create(ID));
    futures::future::join_all(calls).await;
    here.created(ID).await;
    exactly_one_of_everything(&here, "eight callers").await;
}

#[sqlx::test(migrator = "providers::run::MIGRATIONS")]
async fn a_vendor_that_refuses_for_good_is_told_in_our_words_and_leaves_nothing_behind(db: PgPool) {
    let here = Here::with(db, &[], |options| options.project_limit = Some(0)).await;
    let (status, problem) = here.until_done(|| here.create(ID)).await;
    assert_eq!((status, &problem["code"]), (422, &json!("creation_refused")), "{problem}");
    here.destroyed(ID).await;
    assert!(here.projects(&name(ID)).await.is_empty());
    assert!(here.keys(&name(ID)).await.is_empty());
}
