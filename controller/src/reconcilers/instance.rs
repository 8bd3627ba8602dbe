//! Instances with an address: one sweep looks at many, plans judge each, one statement writes all. The few that need a
//! hand (a redeploy, a destroy request) get it one by one beside the sweep.

use std::collections::HashMap;
use std::time::Duration;

use futures::future::join_all;
use model::condition::{Condition, Truth};
use model::id::InstanceId;
use model::plan::Decision;
use model::plan::instance::{self as plan, Seen, Step};
use model::plan::outage::Held;
use model::record::{Instance, RedeployWish};
use model::services::{Redeploy, STATUS_BATCH_MAX, StatusDetail, StatusDetails};
use model::words::{DeployStatus, DestroyReason, InstanceStatus, Kind};
use process::clock;
use tracing::{info, warn};

use super::{count_error, fenced, soon};
use crate::controller::Context;
use crate::driver::Reconciler;
use crate::services::ServicesError;
use crate::store::destroy::DestroyWish;
use crate::store::event::NewEvent;
use crate::store::instance::{Part, Sight};
use crate::store::queue::{self, Lease, Leased};
use crate::wake::{Hint, Queue};

/// How `services` calls a deployment that ended without a running container.
const DEPLOY_FAILED: &str = "failed";
/// How it calls those in which an agent answers, or would when asked: one that does not is hidden.
const RUNS: [&str; 2] = ["running", "sleeping"];

pub(crate) struct InstanceReconciler {
    context: Context,
}

impl InstanceReconciler {
    pub fn new(context: Context) -> Self {
        Self { context }
    }

    /// Limits by pool; a pool whose spec cannot be read now gets the longest timeout, which does nothing.
    async fn policies(&self, records: &[Instance], outage: Option<Held>) -> HashMap<String, plan::Policy> {
        let mut names: Vec<&str> = records.iter().map(|instance| instance.pool.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        let mut policies = HashMap::new();
        for name in names {
            let timeout = match self.context.store.pool_spec(name).await {
                Ok(Some(spec)) => spec.stuck_timeout(),
                Ok(None) | Err(_) => Duration::MAX,
            };
            policies.insert(name.to_owned(), self.context.policy.for_instance(timeout, outage));
        }
        policies
    }

    /// The outage that these members may be part of: the fleet is counted before anything is done to one that is hidden.
    async fn outage(&self, records: &[Instance]) -> sqlx::Result<Option<Held>> {
        if !records.iter().any(|instance| instance.hidden) {
            return Ok(None);
        }
        super::look_at_fleet(&self.context).await
    }

    async fn sweep(&self, lease: Lease, instances: Vec<(Instance, plan::Policy)>) {
        if instances.is_empty() {
            return;
        }
        let ids = instances.iter().map(|(instance, _)| instance.id.clone()).collect();
        let details = match self.context.services.statuses(ids).await {
            Ok(details) => details,
            Err(error) => {
                // Nobody could say how any of them is: nothing is changed, the next sweep asks again.
                count_error("instance", "services");
                tracing::debug!(error = error.chain(), "the sweep got no answer");
                StatusDetails::new()
            }
        };
        let sights =
            instances.iter().map(|(instance, policy)| sight(instance, details.get(&instance.id), policy));
        let (failed, sights): (Vec<Sight>, Vec<Sight>) = sights.partition(|sight| sight.redeploy_failed);
        let begun = self.probe(lease, &instances, &sights).await;
        let noted: Vec<Sight> = sights.into_iter().filter(|sight| !begun.contains(&sight.id)).collect();
        self.record(lease, &noted).await;
        for (instance, policy) in
            instances.iter().filter(|(one, _)| failed.iter().any(|sight| sight.id == one.id))
        {
            self.redeploy_failed(lease, instance, policy).await;
        }
        for (instance, _) in instances.iter().filter(|(one, _)| is_over(one, details.get(&one.id))) {
            self.let_go(instance).await;
        }
    }

    /// Recoveries in an outage, each in its turn; the others are only noted. Returns those that were begun.
    async fn probe(
        &self,
        lease: Lease,
        instances: &[(Instance, plan::Policy)],
        sights: &[Sight],
    ) -> Vec<InstanceId> {
        let reason = |id: &InstanceId| {
            let sight = sights.iter().find(|sight| sight.recover && sight.id == *id);
            sight.map(|sight| sight.reason.as_str())
        };
        let wanted: Vec<(&Instance, &str)> =
            instances.iter().filter_map(|(one, _)| Some((one, reason(&one.id)?))).collect();
        if wanted.is_empty() {
            return Vec::new();
        }
        let policy = &self.context.policy;
        let (most, patience) = (policy.recoveries_max, policy.patience());
        let begun = self.context.store.begin_probes(lease, &wanted, most, &patience, clock::now()).await;
        let begun = begun.unwrap_or_else(|error| {
            count_error("instance", "database");
            warn!(%error, "recoveries could not begin; the members are looked at again");
            Vec::new()
        });
        for id in &begun {
            self.recovering(id, reason(id).unwrap_or_default());
        }
        begun
    }

    fn recovering(&self, id: &InstanceId, reason: &str) {
        warn!(instance.id = %id, "instance {id}: {reason}");
        metrics::counter!("pool_redeploys_total", "reason" => "recovery").increment(1);
        self.context.wake.queue(Queue::Instance);
    }

    /// The agent's own wish, recorded as everybody's is. A protected instance stays: a person said so.
    async fn let_go(&self, instance: &Instance) {
        let (reason, actor) = (DestroyReason::SelfRequested, "agent");
        match self.context.store.request_destroy(&instance.id, reason, actor, false, clock::now()).await {
            Ok(DestroyWish::Filed(_)) => self.context.wake.queue(Queue::Destroy),
            Ok(DestroyWish::Protected | DestroyWish::UnknownInstance) => {}
            Err(error) => {
                // It says so again at the next look.
                count_error("instance", "database");
                warn!(%error, instance.id = %instance.id, "an agent's own end could not be recorded");
            }
        }
    }

    async fn record(&self, lease: Lease, sights: &[Sight]) {
        let moved = match self.context.store.record_sights(lease, sights, clock::now()).await {
            Ok(moved) => moved,
            Err(error) => {
                count_error("instance", "database");
                warn!(%error, "what a sweep saw could not be written; the leases will end");
                return;
            }
        };
        let wake = &self.context.wake;
        if let Some(next) = sights.iter().map(|sight| sight.again).min() {
            wake.later(Queue::Instance, next);
        }
        for (id, status) in &moved {
            info!(instance.id = %id, to = %status, "instance {id} is now {status}");
            metrics::counter!("pool_instance_transitions_total", "to" => status.as_str()).increment(1);
            if let Some(sight) = sights.iter().find(|sight| sight.id == *id) {
                let stayed = (clock::now() - sight.since).to_std().unwrap_or_default();
                metrics::histogram!("pool_instance_state_duration_seconds", "status" => sight.expected.as_str())
                    .record(stayed.as_secs_f64());
            }
        }
        // Whatever became ready may serve the line; whatever got stuck needs its next step.
        let mut pools: Vec<&str> = sights
            .iter()
            .filter(|sight| moved.iter().any(|(id, _)| *id == sight.id))
            .map(|sight| sight.pool.as_str())
            .collect();
        pools.sort_unstable();
        pools.dedup();
        pools.into_iter().for_each(|pool| wake.pool(pool));
        if moved.iter().any(|(_, status)| *status == InstanceStatus::Stuck) {
            wake.queue(Queue::Instance);
        }
    }

    /// One step that is not a look. What it gives back is to be looked at after all.
    async fn act(
        &self,
        lease: Lease,
        instance: Instance,
        policy: plan::Policy,
        decision: Decision<Step>,
    ) -> Option<(Instance, plan::Policy)> {
        let again = soon(decision.again).unwrap_or(policy.tick);
        match decision.step {
            Step::Redeploy => return self.redeploy(lease, instance, policy).await,
            Step::Recover => {
                let begun =
                    self.context.store.begin_recovery(&instance, lease, &decision.reason, clock::now()).await;
                if !fenced("instance", begun) {
                    self.recovering(&instance.id, &decision.reason);
                }
            }
            Step::RequestDestroy(reason) => self.doom(lease, &instance, reason).await,
            Step::GiveUpRecovery => self.give_up(lease, &instance, &decision.reason, again).await,
            Step::Create | Step::Look | Step::Note(_) | Step::Become(..) | Step::Nothing => {
                let key = instance.id.to_string();
                let given =
                    queue::instances::give_back(&self.context.store.db, lease, &key, None, again).await;
                fenced("instance", given);
            }
        }
        None
    }

    /// Begins or repeats a redeploy. One whose turn has not come is given back, to be looked after meanwhile.
    async fn redeploy(
        &self,
        lease: Lease,
        instance: Instance,
        policy: plan::Policy,
    ) -> Option<(Instance, plan::Policy)> {
        let wish = instance.redeploy.clone()?;
        match self.context.store.begin_redeploy(&instance, lease, clock::now()).await {
            Ok(true) => {}
            Ok(false) => return Some((instance, policy)),
            Err(error) => {
                count_error("instance", "database");
                warn!(instance.id = %instance.id, %error, "a redeploy could not begin; the lease will end");
                return None;
            }
        }
        let body = Redeploy { image: wish.image.clone() };
        match self.context.services.redeploy(&instance.id, wish.key, &body).await {
            Ok(_) => self.redeploy_sent(lease, &instance, &wish, &policy).await,
            Err(ServicesError::Refused { detail, .. }) => {
                self.redeploy_refused(lease, &instance, &wish, &detail, &policy).await;
            }
            Err(error) => {
                count_error("instance", "services");
                let key = instance.id.to_string();
                let wait = self.context.policy.retry(instance.attempts + 1);
                let given = queue::instances::give_back(
                    &self.context.store.db,
                    lease,
                    &key,
                    Some(&error.chain()),
                    wait,
                )
                .await;
                fenced("instance", given);
                self.context.wake.later(Queue::Instance, wait);
            }
        }
        None
    }

    /// It was taken, and its deploy failed: what ran before serves on.
    async fn redeploy_failed(&self, lease: Lease, instance: &Instance, policy: &plan::Policy) {
        let why = "its deploy failed; what it ran before serves on";
        let ended = self.context.store.redeploy_failed(instance, lease, why, policy.fast, clock::now()).await;
        if !fenced("instance", ended) {
            warn!(instance.id = %instance.id, "the redeploy of instance {} failed: {why}", instance.id);
            metrics::counter!("pool_redeploys_total", "reason" => "failed").increment(1);
            self.context.wake.later(Queue::Instance, policy.fast);
        }
    }

    /// It will never be done like this: the wish is dropped and said to be, the instance goes on as it is.
    async fn redeploy_refused(
        &self,
        lease: Lease,
        instance: &Instance,
        wish: &RedeployWish,
        why: &str,
        policy: &plan::Policy,
    ) {
        let message = format!("the redeploy was refused: {why}");
        let said = ("RedeployRefused", "RefusedByServices");
        if self.say(lease, instance, said, &message, Some(wish), policy.fast).await {
            warn!(instance.id = %instance.id, "instance {}: {message}", instance.id);
            metrics::counter!("pool_redeploys_total", "reason" => "refused").increment(1);
            self.context.wake.later(Queue::Instance, policy.fast);
        }
    }

    async fn redeploy_sent(
        &self,
        lease: Lease,
        instance: &Instance,
        wish: &RedeployWish,
        policy: &plan::Policy,
    ) {
        let sent = self.context.store.redeploy_sent(instance, lease, wish, policy.fast, clock::now()).await;
        if !fenced("instance", sent) {
            info!(instance.id = %instance.id, "instance {} is being redeployed", instance.id);
            metrics::counter!("pool_redeploys_total", "reason" => "sent").increment(1);
            self.context.wake.later(Queue::Instance, policy.fast);
            self.context.wake.pool(&instance.pool);
        }
    }

    async fn doom(&self, lease: Lease, instance: &Instance, reason: DestroyReason) {
        let marked = self.context.store.doom_unclaimed(instance, lease, reason, clock::now()).await;
        if !fenced("instance", marked) {
            warn!(instance.id = %instance.id, "instance {} will be replaced: {reason}", instance.id);
            self.context.wake.queue(Queue::Destroy);
            self.context.wake.pool(&instance.pool);
        }
    }

    async fn give_up(&self, lease: Lease, instance: &Instance, reason: &str, again: Duration) {
        let message = format!("{reason}; a person has to look");
        let said = ("RecoveryExhausted", "RedeploysExhausted");
        if self.say(lease, instance, said, &message, None, again).await {
            tracing::error!(instance.id = %instance.id, "instance {} serves somebody and stays stuck: {reason}", instance.id);
        }
    }

    /// Writes a condition and a line of the journal; false when somebody else has the instance by now.
    async fn say(
        &self,
        lease: Lease,
        instance: &Instance,
        (kind, reason): (&'static str, &'static str),
        message: &str,
        refused: Option<&RedeployWish>,
        again: Duration,
    ) -> bool {
        let now = clock::now();
        let mut conditions = instance.conditions.clone();
        conditions.set(Condition {
            kind: kind.into(),
            status: Truth::True,
            reason: reason.into(),
            message: message.to_owned(),
            last_transition_time: now,
            observed_generation: instance.generation,
        });
        let line = NewEvent::new(Kind::Instance, &instance.id, kind, message, "reconciler/instance");
        let store = &self.context.store;
        let written =
            store.set_instance_conditions(instance, lease, (&conditions, refused), &line, again, now);
        !fenced("instance", written.await)
    }
}

/// The agent has served somebody, and says that this is over.
fn is_over(instance: &Instance, detail: Option<&StatusDetail>) -> bool {
    instance.status == InstanceStatus::Claimed && detail.is_some_and(|detail| detail.ended)
}

/// What one look at an instance leads to.
fn sight(instance: &Instance, detail: Option<&StatusDetail>, policy: &plan::Policy) -> Sight {
    let seen = detail.map_or(DeployStatus::Unknown, |detail| detail.status);
    let decision = plan::instance(instance, Seen::Status(seen), policy, clock::now());
    let next = match decision.step {
        Step::Become(_, next) => next,
        _ => instance.status,
    };
    let redeploying = instance.redeploy.as_ref().is_some_and(|wish| wish.sent_at.is_some());
    let deploy_failed = detail.is_some_and(|detail| detail.deploy_status == DEPLOY_FAILED);
    let runs = detail.is_some_and(|detail| RUNS.contains(&detail.deploy_status.as_str()));
    let hidden = seen == DeployStatus::Unreachable && runs;
    Sight {
        id: instance.id.clone(),
        pool: instance.pool.clone(),
        expected: instance.status,
        generation: instance.generation,
        since: instance.status_since,
        seen,
        hidden,
        next,
        reason: decision.reason.into_owned(),
        version: detail.and_then(|detail| detail.version.clone()),
        redeploying,
        redeploy_failed: redeploying && deploy_failed && seen == DeployStatus::Healthy,
        recover: decision.step == Step::Recover,
        again: soon(decision.again).unwrap_or(policy.tick),
    }
}

impl Reconciler for InstanceReconciler {
    type Record = Instance;
    type Table = queue::instances::Table;
    const QUEUE: Queue = Queue::Instance;
    // Four sweeps at a time: a sweep that meets hanging agents delays no other.
    const PASSES: usize = 4;
    const BATCH: usize = STATUS_BATCH_MAX / 4;

    async fn lease(&self, _hints: &[Hint], most: i64) -> sqlx::Result<Leased<Instance>> {
        self.context.store.lease_instances(Part::Born, &self.context.worker, most).await
    }

    fn key(record: &Instance) -> String {
        record.id.to_string()
    }

    async fn pass(&self, lease: Lease, records: Vec<Instance>) {
        let outage = match self.outage(&records).await {
            Ok(outage) => outage,
            Err(error) => {
                // To act on hidden members without knowing how the others are is what must not happen.
                count_error("instance", "database");
                warn!(%error, "the fleet could not be counted; the leases will end");
                return;
            }
        };
        let policies = self.policies(&records, outage).await;
        let now = clock::now();
        let mut look = Vec::new();
        let mut hands = Vec::new();
        for instance in records {
            let Some(policy) = policies.get(&instance.pool).copied() else { continue };
            let decision = plan::instance(&instance, Seen::NotLooked, &policy, now);
            match decision.step {
                Step::Look => look.push((instance, policy)),
                _ => hands.push(self.act(lease, instance, policy, decision)),
            }
        }
        let ((), waiting) = tokio::join!(self.sweep(lease, look), join_all(hands));
        self.sweep(lease, waiting.into_iter().flatten().collect()).await;
    }
}
