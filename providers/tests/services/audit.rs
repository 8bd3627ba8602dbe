//! Rows against things: strangers with our name are found, left alone for a while, and removed.

use reqwest::Method;
use serde_json::Value;
use sqlx::PgPool;

use crate::here::{Here, name};

async fn inventory(here: &Here) -> Value {
    let (status, inventory) = here.call(Method::GET, "/inventory", None).await;
    assert_eq!(status, 200, "{inventory}");
    inventory
}

#[sqlx::test(migrator = "providers::run::MIGRATIONS")]
async fn an_orphan_is_watched_quarantined_and_destroyed_and_nothing_else_is_touched(db: PgPool) {
    let here = Here::start(db).await;
    here.created("living123456").await;
    here.foreign_project(&name("ghost1234567")).await;
    here.foreign_project("agent-production-ghost1234567").await;
    here.foreign_project("postgres").await;
    let first = inventory(&here).await;
    let living = &first["instances"][0];
    assert_eq!(living["instanceId"], "living123456", "{first}");
    assert_eq!(living["resources"][0]["state"], "active", "{first}");
    let orphans = first["orphans"].as_array().unwrap();
    assert_eq!(orphans.len(), 1, "{first}");
    assert_eq!(orphans[0]["name"], name("ghost1234567"));
    assert_eq!(orphans[0]["action"], "watching", "{first}");
    assert!(!first.to_string().contains(&here.projects(&name("ghost1234567")).await[0]["id"].to_string()));
    here.until("the orphan is gone", async || here.projects(&name("ghost1234567")).await.is_empty()).await;
    for untouched in ["agent-production-ghost1234567", "postgres", &name("living123456")] {
        assert_eq!(here.projects(untouched).await.len(), 1, "{untouched}");
    }
    here.until("no orphan is told", async || inventory(&here).await["orphans"] == serde_json::json!([]))
        .await;
}

#[sqlx::test(migrator = "providers::run::MIGRATIONS")]
async fn a_row_whose_project_was_removed_by_hand_is_told_as_missing(db: PgPool) {
    let here = Here::start(db).await;
    here.created("living123456").await;
    let id = here.projects(&name("living123456")).await[0]["id"].clone();
    here.railway("mutation M($id: String!) { projectDelete(id: $id) }", serde_json::json!({"id": id})).await;
    here.until("it is missing", async || {
        inventory(&here).await["instances"][0]["resources"][0]["state"] == "missing"
    })
    .await;
}
