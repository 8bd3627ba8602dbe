//! Destruction: what must go is gone, whatever the vendors say.

use reqwest::Method;
use serde_json::json;
use sqlx::PgPool;

use crate::here::{Here, name};

const ID: &str = "abc123def456";

async fn nothing_is_left(here: &Here) {
    assert!(here.projects(&name(ID)).await.is_empty(), "a project is left");
    assert!(here.keys(&name(ID)).await.is_empty(), "a key is left");
}

#[sqlx::test(migrator = "providers::run::MIGRATIONS")]
async fn an_instance_goes_with_everything_and_its_id_never_comes_back(db: PgPool) {
    let here = Here::start(db).await;
    here.created(ID).await;
    let gone = here.destroyed(ID).await;
    let tools: Vec<_> =
        gone["resources"].as_array().unwrap().iter().map(|resource| resource["toolId"].clone()).collect();
    assert_eq!(tools, ["compute", "openrouter", "wallet"]);
    nothing_is_left(&here).await;
    assert_eq!(here.destroyed(ID).await, gone, "a repeat tells the same");
    assert_eq!(here.create(ID).await.0, 410);
    assert_eq!(here.status(ID).await, "not_found");
    let rows: i64 =
        sqlx::query_scalar("SELECT count(*) FROM instance_infra").fetch_one(&here.db).await.unwrap();
    assert_eq!(rows, 0);
}

#[sqlx::test(migrator = "providers::run::MIGRATIONS")]
async fn vendors_that_fail_or_lie_are_asked_until_everything_is_read_to_be_gone(db: PgPool) {
    let here = Here::start(db).await;
    here.created(ID).await;
    here.faults(json!([
        {"vendor": "railway", "operation": "projectDelete", "kind": "refuse", "count": 2},
        {"vendor": "railway", "operation": "projectDelete", "kind": "lose_answer", "count": 1},
        {"vendor": "openrouter", "operation": "deleteKey", "kind": "status", "status": 500, "count": 6},
        // Success without any effect.
        {"vendor": "openrouter", "operation": "deleteKey", "kind": "status", "status": 200, "count": 2},
    ]))
    .await;
    here.destroyed(ID).await;
    nothing_is_left(&here).await;
}

#[sqlx::test(migrator = "providers::run::MIGRATIONS")]
async fn a_crash_in_the_middle_of_a_destruction_is_taken_up(db: PgPool) {
    let mut here = Here::start(db).await;
    here.created(ID).await;
    let path = format!("/destroy/{ID}");
    for (vendor, operation) in [("openrouter", "deleteKey"), ("railway", "projectDelete")] {
        here.faults(json!([{"vendor": vendor, "operation": operation, "kind": "lose_answer", "count": 1}]))
            .await;
        tokio::select! {
            _ = here.until_done(|| here.call(Method::DELETE, &path, None)) => {}
            () = here.until("the deletion", async || !here.applied(operation).await.is_empty()) => {}
        }
        here.kill();
        here.begin().await;
        // The wish was committed first: nothing new is made for it.
        assert_eq!(here.create(ID).await.0, 410);
    }
    here.destroyed(ID).await;
    nothing_is_left(&here).await;
}

#[sqlx::test(migrator = "providers::run::MIGRATIONS")]
async fn what_a_lost_creation_made_goes_too(db: PgPool) {
    let mut here = Here::start(db).await;
    let lost =
        json!([{"vendor": "railway", "operation": "projectCreate", "kind": "lose_answer", "count": 1}]);
    here.faults(lost).await;
    tokio::select! {
        _ = here.until_done(|| here.create(ID)) => {}
        () = here.until("the project", async || !here.applied("projectCreate").await.is_empty()) => {}
    }
    here.kill();
    here.begin().await;
    here.destroyed(ID).await;
    nothing_is_left(&here).await;
}

#[sqlx::test(migrator = "providers::run::MIGRATIONS")]
async fn an_id_without_a_row_is_looked_for_by_name(db: PgPool) {
    let here = Here::start(db).await;
    here.foreign_project(&name(ID)).await;
    here.foreign_project("agent-production-abc123def456").await;
    here.destroyed(ID).await;
    nothing_is_left(&here).await;
    assert_eq!(here.projects("agent-production-abc123def456").await.len(), 1, "another environment's");
}
