//! Pools: serve the line, count, plan, insert intents or file destroy requests. All in one transaction under the pool's
//! row lock, without any call, so concurrent passes can neither overshoot nor disagree.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use model::Timestamp;
use model::condition::{Condition, Conditions, Truth};
use model::id::{INSTANCE_ID_LENGTH, InstanceId};
use model::plan::Decision;
use model::plan::pool::{self as plan, Census, Step};
use model::plan::rollout::{Phase, Rolling};
use model::words::Kind;
use process::clock;
use rand::Rng;
use tracing::info;
use uuid::Uuid;

use super::{count_error, soon};
use crate::controller::Context;
use crate::driver::Reconciler;
use crate::store::event::NewEvent;
use crate::store::pool::{PoolRecord, PoolReport};
use crate::store::pool_facts::PoolFacts;
use crate::store::queue::{self, Lease, Leased};
use crate::wake::{Hint, Queue};

pub(crate) struct PoolReconciler {
    context: Context,
    /// Pools that a pass of this replica is at.
    under_way: Mutex<HashSet<String>>,
}

impl PoolReconciler {
    pub fn new(context: Context) -> Self {
        Self { context, under_way: Mutex::default() }
    }

    fn under_way(&self) -> MutexGuard<'_, HashSet<String>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn reconcile(&self, name: &str, lease: Lease) -> sqlx::Result<()> {
        let now = clock::now();
        let scale = self.context.policy.time_scale;
        if self.context.store.outage(&self.context.policy.patience(), now).await?.is_some() {
            // Who is well is seldom looked at, and nobody of it counts: so the end is seen here.
            super::look_at_fleet(&self.context).await?;
        }
        let Some(mut pool) = self.context.store.lock_pool(name, lease).await? else { return Ok(()) };
        self.context.wake.pool_counted_in(pool.counted_in);
        let bound = pool.serve_line(now).await?;
        let facts = pool.facts(scale, now).await?;
        let decision = facts.decide(now);
        let mut events = Vec::new();
        match &decision.step {
            Step::Create(count, image) => {
                let ids: Vec<InstanceId> = (0..*count).map(|_| new_id()).collect();
                pool.create(&ids, image.as_deref(), &decision.reason, now).await?;
                pool.probe_sent(now).await?;
            }
            Step::Shrink(ids, reason) => {
                pool.shrink(ids, *reason, now).await?;
            }
            Step::Turn(rolling) => {
                events.extend(turned(&pool.record, rolling, &decision.reason));
                pool.turn(rolling).await?;
            }
            Step::Nothing => {}
        }
        let again = soon(decision.again).unwrap_or(plan::RESYNC);
        let target = facts.sized.target;
        let report = PoolReport {
            desired: target,
            explanation: decision.reason.to_string(),
            conditions: conditions(&pool.record, &facts, &pool.census, now, &mut events),
            again,
        };
        pool.finish(&report, &events, now).await?;
        self.tell(name, &decision, &bound, again);
        Ok(())
    }

    /// Wakes whoever has something to do now that the transaction is visible.
    fn tell(&self, name: &str, decision: &Decision<Step>, bound: &[Uuid], again: Duration) {
        let wake = &self.context.wake;
        let reason = &decision.reason;
        match &decision.step {
            Step::Create(count, _) => {
                info!(pool = name, count, "pool {name} wants {count} more instances: {reason}");
                metrics::counter!("pool_instances_wanted_total", "pool" => name.to_owned())
                    .increment(*count as u64);
                wake.queue(Queue::Creation);
            }
            Step::Shrink(ids, _) => {
                let count = ids.len();
                info!(pool = name, count, "pool {name} gives up {count} instances: {reason}");
                wake.queue(Queue::Destroy);
            }
            Step::Turn(rolling) => {
                info!(pool = name, phase = ?rolling.phase, "the rollout of pool {name} turns: {reason}");
            }
            Step::Nothing => {}
        }
        if !bound.is_empty() {
            let count = bound.len();
            info!(pool = name, count, "pool {name} served {count} claims from the line");
            metrics::counter!("pool_claims_total", "phase" => "bound").increment(bound.len() as u64);
            wake.queue(Queue::Claim);
        }
        wake.later(Queue::Pool, again);
    }
}

/// The line of the journal for a turn of the rollout, if it means something to people.
fn turned(record: &PoolRecord, to: &Rolling, why: &str) -> Option<NewEvent> {
    let image = to.image.reference.as_deref().unwrap_or("the default image");
    let (reason, message) = match (record.rollout.phase, to.phase) {
        (Phase::Canary, Phase::Rolling) => ("CanaryHealthy", format!("{image}: {why}")),
        (_, Phase::Canary) => ("RolloutBegan", format!("{image}: {why}")),
        (_, Phase::Rolling) => ("RolloutBegan", format!("{image}: {why}")),
        (_, Phase::Stopped) => ("RolloutStopped", format!("{image}: {why}")),
        (Phase::Settled, Phase::Settled) => return None,
        (_, Phase::Settled) => ("RolloutDone", format!("{image}: {why}")),
    };
    Some(NewEvent::new(Kind::Pool, &record.name, reason, message, "reconciler/pool"))
}

fn new_id() -> InstanceId {
    let mut bytes = [0; INSTANCE_ID_LENGTH];
    rand::rng().fill_bytes(&mut bytes);
    InstanceId::from_random(bytes)
}

/// One thing that is true of a pool, or not.
struct Fact {
    kind: &'static str,
    holds: bool,
    reason: &'static str,
    message: String,
}

fn fact(kind: &'static str, holds: bool, words: (&'static str, &'static str), message: String) -> Fact {
    Fact { kind, holds, reason: if holds { words.0 } else { words.1 }, message }
}

fn facts(record: &PoolRecord, seen: &PoolFacts, census: &Census) -> [Fact; 6] {
    let target = seen.sized.target;
    let most = record.spec.max_instances;
    let missing = target.saturating_add(census.waiting).saturating_sub(census.idle());
    let limited = missing > 0 && census.live() >= most;
    let (word, held) = match (seen.held(), &record.hold) {
        (Some(outage), _) => ("FleetUnreachable", Some(outage.to_string())),
        (None, hold) => ("CreatesFailing", hold.as_ref().map(|hold| hold.why.clone())),
    };
    let rollout = &record.rollout;
    let rolling = matches!(rollout.phase, Phase::Canary | Phase::Rolling);
    let stopped = rollout.phase == Phase::Stopped;
    let image = rollout.image.reference.as_deref().unwrap_or("the default image");
    let rollout_says = match rollout.phase {
        Phase::Canary => format!("; canaries of {image}"),
        Phase::Rolling => format!("; rolling out {image}"),
        Phase::Settled | Phase::Stopped => String::new(),
    };
    let (ready, starting, live) = (census.ready, census.starting, census.live());
    let progress = if rolling { "RollingOut" } else { "InstancesStarting" };
    [
        fact(
            "Available",
            ready > 0 || target == 0,
            (if ready > 0 { "InstancesReady" } else { "NoneWanted" }, "NoneReady"),
            format!("{ready} ready, {target} wanted idle"),
        ),
        fact(
            "Progressing",
            starting > 0 || rolling,
            (progress, "Settled"),
            format!("{starting} starting{rollout_says}"),
        ),
        fact("Degraded", held.is_some(), (word, "AsExpected"), held.unwrap_or_default()),
        fact(
            "Limited",
            limited,
            ("MaxInstances", "WithinLimits"),
            format!("{live} of {most} instances exist"),
        ),
        fact("Paused", record.spec.paused, ("PausedBySpec", "Running"), String::new()),
        fact(
            "RolloutStopped",
            stopped,
            ("CanaryFailed", "NotStopped"),
            if stopped { format!("{image}: {}", rollout.why) } else { String::new() },
        ),
    ]
}

/// What is true of the pool after this pass. Changes of truth are journalled.
fn conditions(
    record: &PoolRecord,
    seen: &PoolFacts,
    census: &Census,
    now: Timestamp,
    events: &mut Vec<NewEvent>,
) -> Conditions {
    let mut conditions = record.conditions.clone();
    for Fact { kind, holds, reason, message } in facts(record, seen, census) {
        let before = conditions.get(kind).map(|condition| condition.status);
        let status = Truth::from(holds);
        if before.is_some_and(|before| before != status) {
            let text = format!("{kind} is now {status:?} ({reason}) {message}");
            let line = NewEvent::new(
                Kind::Pool,
                &record.name,
                "ConditionChanged",
                text.trim_end(),
                "reconciler/pool",
            );
            events.push(line);
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
    type Table = queue::pools::Table;
    const QUEUE: Queue = Queue::Pool;
    const PASSES: usize = 4;
    const BATCH: usize = 1;

    async fn lease(&self, hints: &[Hint], most: i64) -> sqlx::Result<Leased<String>> {
        // What changed after the count of a pass that is still under way must be counted by another one; another
        // replica's pass had the same hint there.
        let busy: Vec<&Hint> = {
            let under_way = self.under_way();
            hints.iter().filter(|hint| under_way.contains(&hint.name)).collect()
        };
        busy.into_iter().for_each(|hint| self.context.wake.pool_here(&hint.name));
        self.context.store.lease_pools(&self.context.worker, hints, most).await
    }

    fn key(record: &String) -> String {
        record.clone()
    }

    async fn pass(&self, lease: Lease, records: Vec<String>) {
        for name in records {
            self.under_way().insert(name.clone());
            let outcome = self.reconcile(&name, lease).await;
            self.under_way().remove(&name);
            if let Err(error) = outcome {
                count_error("pool", "database");
                tracing::warn!(pool = name, %error, "the pass over pool {name} failed; trying again");
                let (why, wait) = (error.to_string(), self.context.policy.retry(1));
                let _lease_ends =
                    queue::pools::give_back(&self.context.store.db, lease, &name, Some(&why), wait).await;
                self.context.wake.later(Queue::Pool, wait);
            }
        }
    }
}
