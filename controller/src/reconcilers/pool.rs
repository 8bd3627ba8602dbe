//! Pools: serve the line, count, plan, insert intents or file destroy requests. All in one transaction under the pool's
//! row lock, without any call, so concurrent passes can neither overshoot nor disagree.

use model::Timestamp;
use model::condition::{Condition, Conditions, Truth};
use model::id::{INSTANCE_ID_LENGTH, InstanceId};
use model::plan::pool::{self as plan, Census, Step};
use process::clock;
use rand::Rng;
use tracing::info;

use super::{count_error, soon};
use crate::controller::Context;
use crate::driver::Reconciler;
use crate::store::event::NewEvent;
use crate::store::pool::{LockedPool, PoolRecord, PoolReport};
use crate::store::queue::{self, Lease, Leased};
use crate::wake::Queue;

pub(crate) struct PoolReconciler {
    context: Context,
}

impl PoolReconciler {
    pub fn new(context: Context) -> Self {
        Self { context }
    }

    async fn reconcile(&self, name: &str, lease: Lease) -> sqlx::Result<()> {
        let now = clock::now();
        let Some(mut pool) = self.context.store.lock_pool(name, lease).await? else { return Ok(()) };
        let bound = pool.serve_line(now).await?;
        let spec = pool.record.spec.clone();
        let target = plan::sizing(&spec);
        let surplus = pool.census.idle() > target.saturating_add(pool.census.waiting);
        let idle = if surplus { pool.idle().await? } else { Vec::new() };
        let decision = plan::pool(&spec, target, &pool.census, &idle, &pool.record.creations(), now);
        let mut events = Vec::new();
        match &decision.step {
            Step::Create(count) => {
                let ids: Vec<InstanceId> = (0..*count).map(|_| new_id()).collect();
                pool.create(&ids, &decision.reason, now).await?;
                pool.probe_sent(self.context.policy.time_scale, now).await?;
            }
            Step::Shrink(ids) => {
                pool.shrink(ids, now).await?;
            }
            Step::Nothing => {}
        }
        let again = soon(decision.again).unwrap_or(plan::RESYNC);
        let report = PoolReport {
            desired: target,
            explanation: decision.reason.to_string(),
            conditions: conditions(&pool.record, target, &pool.census, now, &mut events),
            again,
        };
        let step = decision.step.clone();
        finish(pool, &report, &events, now).await?;
        self.tell(name, &step, &decision.reason, &bound, again);
        Ok(())
    }

    /// Wakes whoever has something to do now that the transaction is visible.
    fn tell(&self, name: &str, step: &Step, reason: &str, bound: &[uuid::Uuid], again: std::time::Duration) {
        let wake = &self.context.wake;
        match step {
            Step::Create(count) => {
                info!(pool = name, count, "pool {name} wants {count} more instances: {reason}");
                metrics::counter!("pool_instances_wanted_total", "pool" => name.to_owned())
                    .increment(*count as u64);
                wake.queue(Queue::Creation);
            }
            Step::Shrink(ids) => {
                info!(
                    pool = name,
                    count = ids.len(),
                    "pool {name} gives up {} instances: {reason}",
                    ids.len()
                );
                wake.queue(Queue::Destroy);
            }
            Step::Nothing => {}
        }
        if !bound.is_empty() {
            info!(
                pool = name,
                count = bound.len(),
                "pool {name} served {} claims from the line",
                bound.len()
            );
            wake.queue(Queue::Claim);
        }
        wake.later(Queue::Pool, again);
    }
}

async fn finish(
    pool: LockedPool,
    report: &PoolReport,
    events: &[NewEvent],
    now: Timestamp,
) -> sqlx::Result<()> {
    pool.finish(report, events, now).await
}

fn new_id() -> InstanceId {
    let mut bytes = [0; INSTANCE_ID_LENGTH];
    rand::rng().fill_bytes(&mut bytes);
    InstanceId::from_random(bytes)
}

/// What is true of the pool after this pass. Changes of truth are journalled.
fn conditions(
    record: &PoolRecord,
    target: u32,
    census: &Census,
    now: Timestamp,
    events: &mut Vec<NewEvent>,
) -> Conditions {
    let room = record.spec.max_instances.saturating_sub(census.live());
    let missing = target.saturating_add(census.waiting).saturating_sub(census.idle());
    let held = record.hold.as_ref();
    let facts: [(&str, bool, &str, String); 5] = [
        (
            "Available",
            census.ready > 0 || target == 0,
            if census.ready > 0 { "InstancesReady" } else { "NoneReady" },
            format!("{} ready, {} wanted idle", census.ready, target),
        ),
        (
            "Progressing",
            census.starting > 0,
            if census.starting > 0 { "InstancesStarting" } else { "Settled" },
            format!("{} starting", census.starting),
        ),
        (
            "Degraded",
            held.is_some(),
            if held.is_some() { "CreatesFailing" } else { "AsExpected" },
            held.map_or_else(String::new, |hold| hold.why.clone()),
        ),
        (
            "Limited",
            missing > 0 && room == 0,
            if missing > 0 && room == 0 { "MaxInstances" } else { "WithinLimits" },
            format!("{} of {} instances exist", census.live(), record.spec.max_instances),
        ),
        (
            "Paused",
            record.spec.paused,
            if record.spec.paused { "PausedBySpec" } else { "Running" },
            String::new(),
        ),
    ];
    let mut conditions = record.conditions.clone();
    for (kind, holds, reason, message) in facts {
        let before = conditions.get(kind).map(|condition| condition.status);
        let status = Truth::from(holds);
        if before.is_some_and(|before| before != status) {
            let text = format!("{kind} is now {status:?} ({reason}) {message}");
            events.push(NewEvent::new(
                model::words::Kind::Pool,
                &record.name,
                "ConditionChanged",
                text.trim_end(),
                "reconciler/pool",
            ));
        }
        conditions.set(Condition {
            kind: kind.to_owned(),
            status,
            reason: reason.to_owned(),
            message,
            last_transition_time: now,
            observed_generation: record.generation,
        });
    }
    conditions
}

impl Reconciler for PoolReconciler {
    type Record = String;
    type Key = String;
    const QUEUE: Queue = Queue::Pool;
    const PASSES: usize = 4;
    const BATCH: usize = 1;

    async fn lease(&self, hints: &[String], most: i64) -> sqlx::Result<Leased<String>> {
        self.context.store.lease_pools(&self.context.worker, hints, most).await
    }

    fn key(record: &String) -> String {
        record.clone()
    }

    async fn renew(&self, lease: Lease, keys: &[String]) -> sqlx::Result<u64> {
        queue::pools::renew(&self.context.store.db, &self.context.worker, lease, keys).await
    }

    async fn fail(&self, lease: Lease, key: &String, error: &str) -> sqlx::Result<bool> {
        let wait = self.context.policy.retry(1);
        queue::pools::give_back(&self.context.store.db, lease, key, Some(error), wait).await
    }

    async fn pass(&self, lease: Lease, records: Vec<String>) {
        for name in records {
            if let Err(error) = self.reconcile(&name, lease).await {
                count_error("pool", "database");
                tracing::warn!(pool = name, %error, "the pass over pool {name} failed; trying again");
                let _lease_ends = self.fail(lease, &name, &error.to_string()).await;
                self.context.wake.later(Queue::Pool, self.context.policy.retry(1));
            }
        }
    }
}
