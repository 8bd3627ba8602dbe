//! What the journals tell of a whole run: ours (`events`) and the vendors'.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use chrono::{DateTime, Utc};
use sqlx::FromRow;

use super::{Findings, Limits};
use crate::world::World;

#[derive(Debug, FromRow)]
struct Event {
    kind: String,
    object: String,
    from_state: Option<String>,
    to_state: Option<String>,
    cause: Option<String>,
}

#[derive(Debug, FromRow)]
struct Ended {
    id: String,
    reason: String,
    served: bool,
}

/// Checks I3, I5, I6, I7 and I11.
pub(super) async fn check(world: &World, limits: Limits, findings: &mut Findings) -> Result<()> {
    let events: Vec<Event> =
        sqlx::query_as("SELECT kind, object, from_state, to_state, cause FROM events ORDER BY id")
            .fetch_all(&world.pool_db.look)
            .await?;
    never_ready_again(&events, findings);
    unbroken_chains(&events, findings);
    never_more_than_allowed(world, limits, findings).await?;
    intents_came_first(world, findings).await?;
    ended_on_request(world, findings).await
}

/// I5: an instance that a claim had never becomes ready.
fn never_ready_again(events: &[Event], findings: &mut Findings) {
    let mut personalised = BTreeSet::new();
    for event in events {
        if event.kind == "claim" && event.to_state.as_deref() == Some("bound") {
            personalised.extend(event.cause.as_deref().and_then(|cause| cause.strip_prefix("instance/")));
        }
        let ready = event.kind == "instance" && event.to_state.as_deref() == Some("ready");
        if ready && personalised.contains(event.object.as_str()) {
            findings.add("I5", format!("instance {} was bound and became ready", event.object));
        }
    }
}

/// I7: whoever writes a state starts from the one that was written last. A worker that lost its lease and
/// wrote nevertheless would start from an older one.
fn unbroken_chains(events: &[Event], findings: &mut Findings) {
    let mut last: BTreeMap<(&str, &str), &str> = BTreeMap::new();
    for event in events {
        let key = (event.kind.as_str(), event.object.as_str());
        let Some(to) = event.to_state.as_deref() else { continue };
        if let (Some(from), Some(was)) = (event.from_state.as_deref(), last.get(&key))
            && !follows(&event.kind, was, from)
        {
            let (kind, object) = key;
            findings.add("I7", format!("{kind} {object} went from {from} to {to} when it was {was}"));
        }
        last.insert(key, to);
    }
}

/// Whether `from` is where `was` leads without a line of its own: binding is told in the claim's history.
fn follows(kind: &str, was: &str, from: &str) -> bool {
    const SILENT: [(&str, &str, &str); 6] = [
        ("instance", "ready", "claiming"),
        ("instance", "ready", "claimed"),
        ("instance", "claiming", "claimed"),
        ("claim", "bound", "provisioning"),
        ("claim", "bound", "configuring"),
        ("claim", "provisioning", "configuring"),
    ];
    was == from || SILENT.contains(&(kind, was, from))
}

/// I3: from the vendor's journal, how many projects there ever were at the same time.
async fn never_more_than_allowed(world: &World, limits: Limits, findings: &mut Findings) -> Result<()> {
    let (mut alive, mut most) = (0_i64, 0_i64);
    for entry in world.outside.journal(0).await?.iter().filter(|entry| entry.applied) {
        match entry.operation.as_str() {
            "projectCreate" => alive += 1,
            "projectDelete" => alive -= 1,
            _ => {}
        }
        most = most.max(alive);
    }
    if most > limits.total() as i64 {
        findings.add("I3", format!("{most} projects at the same time, {} allowed", limits.total()));
    }
    Ok(())
}

/// I6: whatever was ever made outside has a row that was committed before.
async fn intents_came_first(world: &World, findings: &mut Findings) -> Result<()> {
    let rows: Vec<(String, DateTime<Utc>)> =
        sqlx::query_as("SELECT id, created_at FROM instances").fetch_all(&world.pool_db.look).await?;
    let instances: BTreeMap<String, DateTime<Utc>> = rows.into_iter().collect();
    let steps: Vec<(String,)> =
        sqlx::query_as("SELECT instance_id FROM instance_infra UNION SELECT instance_id FROM tombstones")
            .fetch_all(&world.services_db.look)
            .await?;
    let ledger: BTreeSet<String> = steps.into_iter().map(|(id,)| id).collect();
    for entry in world.outside.journal(0).await?.iter().filter(|entry| entry.applied) {
        if !["projectCreate", "createKey"].contains(&entry.operation.as_str()) {
            continue;
        }
        let Some(id) = entry.subject.as_deref().and_then(|name| world.outside.instance_of(name)) else {
            continue;
        };
        match instances.get(&id) {
            None => {
                findings.add("I6", format!("{} for {id}, of which the pool knows nothing", entry.operation))
            }
            Some(created) if *created > entry.at => {
                findings.add("I6", format!("{} for {id} before its row", entry.operation));
            }
            Some(_) if !ledger.contains(&id) => {
                findings
                    .add("I6", format!("{} for {id}, of which the ledger knows nothing", entry.operation));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

/// I11: an instance that served somebody ends only because somebody asked for it.
async fn ended_on_request(world: &World, findings: &mut Findings) -> Result<()> {
    const ASKED_FOR: [&str; 5] = ["operator", "released", "expired", "self", "rollout"];
    let ended: Vec<Ended> = sqlx::query_as(
        "SELECT instances.id, destroy_requests.reason,
            EXISTS (
                SELECT 1 FROM claims
                WHERE claims.instance_id = instances.id AND claims.ready_at IS NOT NULL
            ) AS served
         FROM instances JOIN destroy_requests ON destroy_requests.instance_id = instances.id",
    )
    .fetch_all(&world.pool_db.look)
    .await?;
    for it in ended.iter().filter(|it| it.served && !ASKED_FOR.contains(&it.reason.as_str())) {
        findings.add("I11", format!("instance {} served somebody and was destroyed: {}", it.id, it.reason));
    }
    Ok(())
}
