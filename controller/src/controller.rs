//! All reconcilers of one replica.

use std::sync::Arc;
use std::time::Duration;

use model::Timestamp;
use model::delay::Curve;
use model::plan;
use process::sealing::KeyRing;
use process::shutdown::Shutdown;
use rand::RngExt;
use tracing::{info, warn};

use crate::driver::{Driver, Reconciler};
use crate::reconcilers::claim::ClaimReconciler;
use crate::reconcilers::creation::CreationReconciler;
use crate::reconcilers::destroy::DestroyReconciler;
use crate::reconcilers::duty::DutyReconciler;
use crate::reconcilers::instance::InstanceReconciler;
use crate::reconcilers::pool::PoolReconciler;
use crate::services::Services;
use crate::snapshot::Snapshots;
use crate::store::Store;
use crate::store::intake::{Intake, NewClaim};
use crate::store::queue::Worker;
use crate::wake::{Queue, Wake};

/// Settings of the reconcilers, the same at every replica.
#[derive(Debug, Clone)]
pub struct Policy {
    /// `TICK_INTERVAL_MS`: health checks of instances that settled.
    pub tick: Duration,
    /// `CLAIMED_REDEPLOYS_MAX`.
    pub recoveries_max: u32,
    /// `TIME_SCALE`: waits on the vendors' side pass this much faster.
    pub time_scale: f64,
    /// `LEASE_DURATION`.
    pub lease_duration: Duration,
}

/// Polls are never faster than this, whatever the time scale.
const POLL_MIN: Duration = Duration::from_millis(200);

impl Policy {
    /// Limits for the instance plan.
    pub fn for_instance(
        &self,
        stuck_timeout: Duration,
        outage: Option<plan::outage::Held>,
    ) -> plan::instance::Policy {
        plan::instance::Policy {
            stuck_timeout,
            tick: self.tick,
            fast: self.scaled(plan::instance::FAST),
            recoveries_max: self.recoveries_max,
            recovery: Curve {
                first: plan::instance::RECOVERY.first.div_f64(self.time_scale),
                most: plan::instance::RECOVERY.most.div_f64(self.time_scale),
            },
            recovery_reset: plan::instance::RECOVERY_RESET,
            patience: self.patience(),
            outage,
        }
    }

    /// Waits of an outage.
    pub fn patience(&self) -> plan::outage::Patience {
        plan::outage::Patience::scaled(self.time_scale)
    }

    /// A poll on the vendors' side.
    pub(crate) fn scaled(&self, wait: Duration) -> Duration {
        wait.div_f64(self.time_scale).max(POLL_MIN.min(wait))
    }

    /// The wait after `attempts` failed passes, with jitter.
    pub(crate) fn retry(&self, attempts: u32) -> Duration {
        self.scaled(Curve::RECORD.after(attempts, rand::rng().random()))
    }
}

/// What every reconciler holds.
#[derive(Debug, Clone)]
pub(crate) struct Context {
    pub store: Store,
    pub services: Arc<Services>,
    pub wake: Wake,
    pub worker: Worker,
    pub policy: Policy,
    pub keys: Arc<KeyRing>,
}

struct Drivers {
    pool: Driver<PoolReconciler>,
    creation: Driver<CreationReconciler>,
    instance: Driver<InstanceReconciler>,
    claim: Driver<ClaimReconciler>,
    destroy: Driver<DestroyReconciler>,
    duty: Driver<DutyReconciler>,
}

/// The reconcilers of one replica, and the way in for claims.
pub struct Controller {
    context: Context,
    drivers: Option<Drivers>,
}

impl Controller {
    /// Puts a replica together. Without `reconciles` it only takes claims in and wakes the replicas that do
    /// (`--role api`).
    pub fn new(
        store: Store,
        services: Arc<Services>,
        keys: Arc<KeyRing>,
        policy: Policy,
        reconciles: bool,
    ) -> Self {
        let worker = Worker { owner: owner(), lease_duration: policy.lease_duration };
        let context = Context { store, services, wake: Wake::default(), worker, policy, keys };
        let drivers = reconciles.then(|| Drivers {
            pool: drive(&context, PoolReconciler::new),
            creation: drive(&context, CreationReconciler::new),
            instance: drive(&context, InstanceReconciler::new),
            claim: drive(&context, ClaimReconciler::new),
            destroy: drive(&context, DestroyReconciler::new),
            duty: drive(&context, DutyReconciler::new),
        });
        Self { context, drivers }
    }

    /// The hints of this replica.
    pub fn wake(&self) -> &Wake {
        &self.context.wake
    }

    /// The client of `services`.
    pub fn services(&self) -> &Services {
        &self.context.services
    }

    /// Settings.
    pub fn policy(&self) -> &Policy {
        &self.context.policy
    }

    /// The pool database.
    pub fn store(&self) -> &Store {
        &self.context.store
    }

    /// Records a claim and, when an instance was free and this replica has a hand free, works on it at once.
    pub async fn take_in(&self, claim: &NewClaim, now: Timestamp) -> sqlx::Result<Intake> {
        let permit = self.drivers.as_ref().and_then(|drivers| drivers.claim.permit());
        let worker = permit.is_some().then_some(&self.context.worker);
        let intake = self.context.store.take_in(claim, worker, now).await?;
        count_intake(&intake);
        if let Intake::Created(record, lease) = &intake {
            // Taken or missing: either way the pool has something to make.
            self.context.wake.pool(&record.pool);
            match (lease, &self.drivers) {
                (Some(lease), Some(drivers)) => drivers.claim.start(*lease, vec![(**record).clone()], permit),
                _ if record.instance_id.is_some() => self.context.wake.queue(Queue::Claim),
                _ => {}
            }
        }
        Ok(intake)
    }

    /// Runs until the stop; running passes have a moment to finish, the rest is handed over.
    pub async fn run(&self, shutdown: &Shutdown) {
        let context = &self.context;
        let hints = async {
            tokio::select! {
                () = context.wake.send_hints(context.store.db.clone()) => {}
                () = context.wake.take_hints(context.store.db.clone()) => {}
            }
        };
        let reconcilers = async {
            match &self.drivers {
                Some(drivers) => {
                    info!(owner = context.worker.owner, "reconciling as {}", context.worker.owner);
                    tokio::join!(
                        drivers.pool.run(shutdown),
                        drivers.creation.run(shutdown),
                        drivers.instance.run(shutdown),
                        drivers.claim.run(shutdown),
                        drivers.destroy.run(shutdown),
                        drivers.duty.run(shutdown),
                    );
                    self.hand_over().await;
                }
                None => shutdown.wait().await,
            }
        };
        let snapshots = Snapshots::new(context.store.clone(), Arc::clone(&context.services));
        tokio::select! { () = hints => {}, ((), ()) = async { tokio::join!(reconcilers, snapshots.run(shutdown)) } => {} }
    }

    /// Gives back what this replica still holds, and tells the others, so that they go on at once.
    async fn hand_over(&self) {
        let context = &self.context;
        match context.store.give_everything_back(&context.worker.owner).await {
            Ok(0) => {}
            Ok(records) => info!(records, "handed {records} unfinished records over to the other replicas"),
            Err(error) => {
                warn!(%error, "unfinished records could not be handed over; their leases will end");
            }
        }
        context.wake.post_all();
        context.wake.send_now(&context.store.db).await;
    }
}

fn count_intake(intake: &Intake) {
    let outcome = match intake {
        Intake::Created(claim, _) if claim.instance_id.is_some() => {
            metrics::counter!("pool_claims_total", "phase" => "bound").increment(1);
            metrics::histogram!("pool_claim_phase_duration_seconds", "phase" => "bound").record(0.0);
            "hit"
        }
        Intake::Created(..) => {
            metrics::counter!("pool_claims_total", "phase" => "pending").increment(1);
            "miss"
        }
        Intake::Replayed(_) => "replayed",
        Intake::KeyReused
        | Intake::JoinUrlInUse(_)
        | Intake::ChallengeUsed
        | Intake::LineFull
        | Intake::UnknownPool => "refused",
    };
    metrics::counter!("pool_claim_intake_total", "outcome" => outcome).increment(1);
}

fn drive<R: Reconciler>(context: &Context, make: impl FnOnce(Context) -> R) -> Driver<R> {
    Driver::new(make(context.clone()), context.clone())
}

/// Names this replica for people: host and process, and a random part since containers repeat both.
fn owner() -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let host = if host.trim().is_empty() { "pool" } else { host.trim() }.to_owned();
    format!("{host}-{}-{:04x}", std::process::id(), rand::rng().random::<u16>())
}
