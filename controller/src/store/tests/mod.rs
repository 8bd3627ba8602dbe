//! The store against a real database of its own for each test.

mod binding;
mod creations;
mod destroying;
mod duties;
mod fencing;
mod following;
mod line;
mod passes;
mod reach;
mod rollouts;

use std::collections::BTreeMap;
use std::time::Duration;

use model::Timestamp;
use model::id::InstanceId;
use model::record::{Claim, PoolSpec};
use model::services::{Configured, ConversationStatus};
use process::clock;
use sqlx::PgPool;
use uuid::Uuid;

use super::Store;
use super::intake::{Intake, NewClaim};
use super::queue::{Lease, Worker};

const LONG: Duration = Duration::from_secs(60);

fn worker(name: &str) -> Worker {
    Worker { owner: name.into(), lease_duration: LONG }
}

async fn store(db: PgPool) -> Store {
    let store = Store::new(db);
    store.ensure_pool("default", &PoolSpec::default(), now()).await.unwrap();
    store
}

fn now() -> Timestamp {
    clock::now()
}

/// The simplest claim.
pub(crate) fn wish() -> NewClaim {
    NewClaim {
        id: Uuid::now_v7(),
        client: "tests".into(),
        idempotency_key: None,
        request_hash: [7; 32],
        pool: "default".into(),
        template: None,
        agent_name: "Ada".into(),
        instructions: "Answer.".into(),
        model: None,
        join_url: None,
        profile_image: None,
        metadata: BTreeMap::new(),
        owner_id: None,
        parent_instance: None,
        user_config_sealed: None,
        tools: Vec::new(),
        priority: 0,
        deadline: Duration::from_secs(600),
        ttl_seconds: None,
        trace_id: None,
        challenge: None,
    }
}

fn id(number: usize) -> InstanceId {
    format!("member{number:06}").parse().unwrap()
}

/// Members that are ready and healthy, the first the oldest.
async fn ready(store: &Store, numbers: std::ops::Range<usize>) {
    for number in numbers {
        sqlx::query(
            "INSERT INTO instances (id, pool, status, status_since, deploy_status, url, created_at, updated_at, due_at)
             VALUES ($1, 'default', 'ready', now(), 'healthy', 'http://agent', now() + make_interval(secs => $2), now(), now() + interval '1 hour')",
        )
        .bind(id(number).as_str())
        .bind(number as f64 / 1000.0)
        .execute(&store.db)
        .await
        .unwrap();
    }
}

async fn status_of(store: &Store, number: usize) -> String {
    store.instance(&id(number)).await.unwrap().unwrap().status.to_string()
}

/// Records a claim that is bound and leased to us.
async fn bound(store: &Store) -> (Claim, Lease) {
    match store.take_in(&wish(), Some(&worker("tests")), now()).await.unwrap() {
        Intake::Created(claim, Some(lease)) => (*claim, lease),
        other => panic!("{other:?}"),
    }
}

/// Ends a pass over a pool that only served its line.
async fn finish(pool: super::pool::LockedPool) {
    let report = super::pool::PoolReport {
        desired: 5,
        explanation: String::new(),
        conditions: Default::default(),
        again: Duration::ZERO,
    };
    pool.finish(&report, &[], now()).await.unwrap();
}

fn conversation() -> Configured {
    Configured {
        ok: true,
        conversation_id: Some("conversation".into()),
        invite_url: Some("https://example.org/i".into()),
        status: ConversationStatus::Created,
    }
}
