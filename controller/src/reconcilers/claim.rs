//! Claims that have an instance: tools side by side, then the agent is told who it is, then the claim is ready. One path
//! delivers, whether or not somebody waits for the answer.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use futures::future::join_all;
use model::Timestamp;
use model::plan::claim::{self as plan, Bound, Ending, Step};
use model::record::{Claim, ClaimTool, Failure};
use model::services::{Configure, Configured, ConversationStatus, Provision};
use model::words::{ClaimPhase, DestroyReason, InstanceStatus, Provisioning, ToolPhase};
use process::clock;
use process::sealing::Place;
use process::trace::{TraceId, within};
use tracing::{Instrument, info, info_span, warn};
use uuid::Uuid;

use super::{count_error, fenced, soon};
use crate::controller::Context;
use crate::driver::Reconciler;
use crate::services::{Answer, ServicesError};
use crate::store::queue::{self, Lease, Leased};
use crate::store::templates::Viewpoint;
use crate::wake::{Hint, Queue};

/// An agent that does not answer is given this many tries before the claim goes to another instance.
const AGENT_TRIES: u32 = 3;
/// A claim whose instance is being destroyed is looked at again at least this often; the destroy reconciler wakes it.
const RELEASE_AGAIN: Duration = Duration::from_secs(5);

type UserConfigs = BTreeMap<String, serde_json::Map<String, serde_json::Value>>;

pub(crate) struct ClaimReconciler {
    context: Context,
}

impl ClaimReconciler {
    pub fn new(context: Context) -> Self {
        Self { context }
    }

    async fn reconcile(&self, claim: Claim, lease: Lease) {
        let bound = match self.bound(&claim).await {
            Ok(bound) => bound,
            Err(error) => return self.retry(&claim, lease, "database", &error.to_string(), None).await,
        };
        let decision = plan::claim(&claim, bound, self.context.policy.tick, clock::now());
        match decision.step {
            Step::Provision(open) => self.provision(claim, lease, &open).await,
            Step::Configure | Step::AskAcceptance => self.configure(&claim, lease).await,
            Step::Sync => self.sync(&claim, lease).await,
            Step::Rebind => self.rebind(&claim, lease, &decision.reason).await,
            Step::Fail(failure) => self.fail_for_good(&claim, lease, &failure).await,
            Step::Release(ending) => self.release(&claim, lease, bound, ending).await,
            Step::Wait | Step::Nothing => {
                let rests = self.context.store.rest_claim(&claim, lease, soon(decision.again)).await;
                fenced("claim", rests);
            }
        }
    }

    async fn bound(&self, claim: &Claim) -> sqlx::Result<Bound> {
        let Some(id) = &claim.instance_id else { return Ok(Bound::None) };
        // Bound in this moment by the statement that recorded it: nothing to look up.
        if claim.phase == ClaimPhase::Bound
            && claim.attempts == 0
            && claim.generation == 1
            && claim.rebinds == 0
        {
            return Ok(Bound::Mine(InstanceStatus::Claiming));
        }
        Ok(match self.context.store.bound_instance(id).await? {
            Some(instance) => Bound::of(claim.id, instance.claim_id, instance.status),
            None => Bound::Lost,
        })
    }

    // ----- tools -----

    async fn provision(&self, mut claim: Claim, lease: Lease, open: &[usize]) {
        let Some(instance) = claim.instance_id.clone() else { return };
        let configs = match self.user_configs(&claim).await {
            Ok(configs) => configs,
            Err(why) => {
                let failure = Failure { code: "user_config_unreadable".into(), message: why };
                return self.fail_for_good(&claim, lease, &failure).await;
            }
        };
        for index in open {
            claim.tools[*index].phase = ToolPhase::Provisioning;
        }
        // The intent, before any call.
        if fenced("claim", self.context.store.note_tools(claim.id, lease, &claim.tools, clock::now()).await) {
            return;
        }
        let calls = open.iter().map(|index| {
            let tool = &claim.tools[*index];
            let user_config = match tool.provisioning {
                Provisioning::User => configs.get(&tool.tool_id).cloned(),
                Provisioning::Pool => None,
            };
            let wish = Provision { user_config };
            let services = &self.context.services;
            let instance = &instance;
            async move { (*index, services.provision(instance, &tool.tool_id, &wish).await) }
        });
        let began = Instant::now();
        let answers = join_all(calls).await;
        step_took("provision", began);
        let mut wait = Duration::ZERO;
        for (index, answer) in answers {
            wait = wait.max(self.note_answer(&mut claim.tools[index], answer, claim.attempts));
        }
        if fenced("claim", self.context.store.note_tools(claim.id, lease, &claim.tools, clock::now()).await) {
            return;
        }
        let given = self.context.store.give_claim_back(&claim, lease, None, wait).await;
        fenced("claim", given);
        self.context.wake.claim_moved(claim.id);
        self.context.wake.later(Queue::Claim, wait);
    }

    /// Takes the answer for one tool; returns how long to wait before it is asked for again.
    fn note_answer(
        &self,
        tool: &mut ClaimTool,
        answer: Result<Answer<model::services::Provisioned>, ServicesError>,
        attempts: u32,
    ) -> Duration {
        match answer {
            Ok(Answer::Done(made)) => {
                tool.phase = ToolPhase::Ready;
                tool.resource_id = Some(made.resource_id);
                Duration::ZERO
            }
            Ok(Answer::Again(wait)) => wait,
            Err(ServicesError::Refused { detail, code, .. }) => {
                tool.phase = ToolPhase::Failed;
                tool.error = Some(format!("{code}: {detail}"));
                Duration::ZERO
            }
            Err(error) => {
                count_error("claim", "services");
                tool.error = Some(error.chain());
                self.context.policy.retry(attempts + 1)
            }
        }
    }

    async fn user_configs(&self, claim: &Claim) -> Result<UserConfigs, String> {
        if claim.tools.iter().all(|tool| tool.provisioning == Provisioning::Pool) {
            return Ok(UserConfigs::new());
        }
        let sealed =
            self.context.store.sealed_user_config(claim.id).await.map_err(|error| error.to_string())?;
        let Some(sealed) = sealed else { return Err("the user's accounts are erased already".into()) };
        let row = claim.id.to_string();
        let place = Place { table: "claims", row: &row, column: "user_config_sealed" };
        let plain = self.context.keys.open(&sealed, place).map_err(|error| error.to_string())?;
        serde_json::from_slice(&plain).map_err(|_| "the user's accounts are of another shape".to_owned())
    }

    // ----- the agent -----

    async fn configure(&self, claim: &Claim, lease: Lease) {
        let Some(instance) = &claim.instance_id else { return };
        let wish = wish_of(claim);
        let began = Instant::now();
        let answer = self.context.services.configure(instance, &wish).await;
        step_took("configure", began);
        match answer {
            Ok(Answer::Done(configured)) => self.configured(claim, lease, &configured).await,
            Ok(Answer::Again(wait)) => {
                fenced("claim", self.context.store.give_claim_back(claim, lease, None, wait).await);
                self.context.wake.later(Queue::Claim, wait);
            }
            Err(error) => self.configure_failed(claim, lease, &error).await,
        }
    }

    /// Tells the agent of a served claim what its template says now.
    async fn sync(&self, claim: &Claim, lease: Lease) {
        let (Some(instance), Some(id)) = (&claim.instance_id, claim.template_id) else { return };
        let template = match self.context.store.template(id, Viewpoint::Operator).await {
            Ok(Some(template)) => template,
            // It was deleted in this moment: its agents live on as they are.
            Ok(None) => return self.retry(claim, lease, "database", "its template is gone", None).await,
            Err(error) => return self.retry(claim, lease, "database", &error.to_string(), None).await,
        };
        let default = template.model.as_ref().map(|model| model.default.clone());
        let model = if claim.model_chosen { claim.model.clone() } else { default };
        let wish = Configure {
            instructions: template.instructions.clone(),
            agent_name: template.agent_name.clone(),
            model: model.clone(),
            ..wish_of(claim)
        };
        match self.context.services.configure(instance, &wish).await {
            Ok(Answer::Done(_)) => {
                let now = clock::now();
                let written =
                    self.context.store.template_synced(claim, lease, &template, model.as_deref(), now).await;
                if !fenced("claim", written) {
                    metrics::counter!("pool_template_syncs_total").increment(1);
                    info!(claim.id = %claim.id, "the agent of claim {} follows its template", claim.id);
                }
            }
            Ok(Answer::Again(wait)) => {
                let given = self.context.store.give_claim_back(claim, lease, None, wait).await;
                fenced("claim", given);
                self.context.wake.later(Queue::Claim, wait);
            }
            // It serves somebody as it is: a refusal is no reason to take it away, only to say so and to try again.
            Err(error) => self.retry(claim, lease, "services", &error.chain(), None).await,
        }
    }

    async fn configured(&self, claim: &Claim, lease: Lease, configured: &Configured) {
        let now = clock::now();
        if configured.status == ConversationStatus::PendingAcceptance {
            let tick = self.context.policy.tick;
            let written = self.context.store.await_acceptance(claim, lease, tick, now).await;
            if !fenced("claim", written) && claim.phase != ClaimPhase::PendingAcceptance {
                self.moved(claim, "pending_acceptance", now);
            }
            self.context.wake.later(Queue::Claim, tick);
            return;
        }
        match self.context.store.finish_claim(claim, lease, configured, now).await {
            Ok(Some(ready)) => {
                self.count_moved(claim, "ready", now);
                self.context.wake.claim_is(ready);
                if let Some(ttl) = claim.ttl_seconds {
                    self.context.wake.later(Queue::Claim, Duration::from_secs(ttl));
                }
            }
            Ok(None) => {
                // The lease is lost, or the instance was taken away while the agent was told: look again at once.
                let given = self.context.store.give_claim_back(claim, lease, None, Duration::ZERO).await;
                fenced("claim", given);
                self.context.wake.later(Queue::Claim, Duration::ZERO);
            }
            Err(error) => self.retry(claim, lease, "database", &error.to_string(), None).await,
        }
    }

    async fn configure_failed(&self, claim: &Claim, lease: Lease, error: &ServicesError) {
        match error {
            // This instance will never be this claim's: it serves another, refuses our key, or is unknown.
            ServicesError::Refused { code, status, .. }
                if code == "agent_already_bound" || *status == 404 =>
            {
                self.rebind(claim, lease, &error.chain()).await;
            }
            ServicesError::Unavailable { code, .. } if code == "agent_refused" => {
                self.rebind(claim, lease, &error.chain()).await;
            }
            ServicesError::Refused { code, detail, .. } => {
                let failure = Failure { code: code.clone(), message: detail.clone() };
                self.fail_for_good(claim, lease, &failure).await;
            }
            // The agent does not answer, again and again, although services does.
            ServicesError::Unavailable { code, .. }
                if code.starts_with("agent_") && claim.attempts + 1 >= AGENT_TRIES =>
            {
                self.rebind(claim, lease, &error.chain()).await;
            }
            ServicesError::Unavailable { retry_after, .. } => {
                self.retry(claim, lease, "services", &error.chain(), *retry_after).await;
            }
            ServicesError::Unreachable(_) | ServicesError::Silent => {
                self.retry(claim, lease, "services", &error.chain(), None).await;
            }
        }
    }

    // ----- endings -----

    async fn rebind(&self, claim: &Claim, lease: Lease, why: &str) {
        if claim.rebinds >= plan::REBINDS_MAX {
            let failure = Failure { code: "instances_kept_failing".into(), message: why.to_owned() };
            return self.fail_for_good(claim, lease, &failure).await;
        }
        let written = self.context.store.rebind_claim(claim, lease, why, clock::now()).await;
        if !fenced("claim", written) {
            warn!(claim.id = %claim.id, "claim {} goes to another instance: {why}", claim.id);
            metrics::counter!("pool_rebinds_total").increment(1);
            self.context.wake.queue(Queue::Destroy);
            self.context.wake.pool(&claim.pool);
            self.context.wake.claim_moved(claim.id);
        }
    }

    async fn fail_for_good(&self, claim: &Claim, lease: Lease, failure: &Failure) {
        let now = clock::now();
        let written = self.context.store.fail_claim(claim, lease, failure, now).await;
        if !fenced("claim", written) {
            warn!(claim.id = %claim.id, code = failure.code, "claim {} failed: {}", claim.id, failure.message);
            self.moved(claim, "failed", now);
            self.context.wake.queue(Queue::Destroy);
            self.context.wake.pool(&claim.pool);
        }
    }

    async fn release(&self, claim: &Claim, lease: Lease, bound: Bound, ending: Ending) {
        let now = clock::now();
        if let Bound::Mine(_) = bound {
            let reason = match ending {
                Ending::Expired => DestroyReason::Expired,
                Ending::Requested | Ending::InstanceGone => DestroyReason::Released,
            };
            let written = self.context.store.begin_release(claim, lease, reason, RELEASE_AGAIN, now).await;
            if !fenced("claim", written) {
                self.context.wake.queue(Queue::Destroy);
            }
            return;
        }
        if !self.instance_is_gone(claim).await {
            let store = &self.context.store;
            fenced("claim", store.give_claim_back(claim, lease, None, RELEASE_AGAIN).await);
            return;
        }
        let why = match ending {
            Ending::Requested => "released: its instance is gone",
            Ending::Expired => "its time to live passed and its instance is gone",
            Ending::InstanceGone => "its instance was destroyed",
        };
        let written = self.context.store.end_release(claim, lease, why, now).await;
        if !fenced("claim", written) {
            self.moved(claim, "released", now);
        }
    }

    /// Whether the claim's instance is confirmed gone. Another claim's instance is nothing to wait for.
    async fn instance_is_gone(&self, claim: &Claim) -> bool {
        let Some(id) = &claim.instance_id else { return true };
        match self.context.store.bound_instance(id).await {
            Ok(Some(instance)) => {
                instance.status == InstanceStatus::Deleted || instance.claim_id != Some(claim.id)
            }
            Ok(None) => true,
            Err(_) => false,
        }
    }

    async fn retry(
        &self,
        claim: &Claim,
        lease: Lease,
        class: &'static str,
        why: &str,
        wait: Option<Duration>,
    ) {
        count_error("claim", class);
        let wait = wait.unwrap_or_else(|| self.context.policy.retry(claim.attempts + 1));
        let given = self.context.store.give_claim_back(claim, lease, Some(why), wait).await;
        fenced("claim", given);
        self.context.wake.later(Queue::Claim, wait);
    }

    fn moved(&self, claim: &Claim, to: &'static str, now: Timestamp) {
        self.count_moved(claim, to, now);
        self.context.wake.claim_moved(claim.id);
    }

    fn count_moved(&self, claim: &Claim, to: &'static str, now: Timestamp) {
        let took = (now - claim.created_at).to_std().unwrap_or_default();
        info!(claim.id = %claim.id, to, "claim {} is now {to}", claim.id);
        metrics::counter!("pool_claims_total", "phase" => to).increment(1);
        metrics::histogram!("pool_claim_phase_duration_seconds", "phase" => to).record(took.as_secs_f64());
    }
}

fn step_took(step: &'static str, began: Instant) {
    metrics::histogram!("pool_claim_step_duration_seconds", "step" => step)
        .record(began.elapsed().as_secs_f64());
}

/// What the agent of a claim is told.
fn wish_of(claim: &Claim) -> Configure {
    Configure {
        instructions: claim.instructions.clone(),
        agent_name: claim.agent_name.clone(),
        model: claim.model.clone(),
        claim_id: Some(claim.id.to_string()),
        join_url: claim.join_url.clone(),
        profile_image: claim.profile_image.clone(),
        metadata: claim.metadata.clone(),
    }
}

impl Reconciler for ClaimReconciler {
    type Record = Claim;
    type Table = queue::claims::Table;
    const QUEUE: Queue = Queue::Claim;
    // Mostly waiting for agents; bounded so that a stall of them cannot take all memory.
    const PASSES: usize = 400;
    const BATCH: usize = 1;

    async fn lease(&self, _hints: &[Hint], most: i64) -> sqlx::Result<Leased<Claim>> {
        self.context.store.lease_claims(&self.context.worker, most).await
    }

    fn key(record: &Claim) -> Uuid {
        record.id
    }

    async fn pass(&self, lease: Lease, records: Vec<Claim>) {
        for claim in records {
            // Whoever's hands it is in now, it is the work of the request that made it.
            let trace = claim.trace_id.as_deref().and_then(TraceId::read);
            let span = info_span!("claim", claim.id = %claim.id, trace.id = claim.trace_id);
            within(trace, self.reconcile(claim, lease)).instrument(span).await;
        }
    }
}
