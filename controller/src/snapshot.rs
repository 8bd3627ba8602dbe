//! Figures about the fleet, for metrics: read once each quarter of a minute, never at a scrape.
//!
//! Every replica reads the same rows, so each shows the whole fleet: over replicas the figures are to be compared, not
//! added (`max by`).

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use metrics::gauge;
use model::api::PoolView;
use model::words::{ClaimPhase, DestroyPhase, InstanceStatus};
use process::shutdown::Shutdown;
use tracing::warn;

use crate::services::Services;
use crate::store::Store;
use crate::store::read_fleet::Fleet;
use crate::store::read_queues::QueueFigures;

/// Often enough for alerts of a minute, seldom enough not to be seen by the database.
const EVERY: Duration = Duration::from_secs(15);

/// Reads figures and shows them, until it is dropped.
pub(crate) struct Snapshots {
    store: Store,
    services: Arc<Services>,
    /// Pools that were shown; one that is gone is shown at zero once more.
    shown: BTreeSet<String>,
    /// Breaches that were counted already.
    taken_at: Instant,
}

impl Snapshots {
    pub fn new(store: Store, services: Arc<Services>) -> Self {
        Self { store, services, shown: BTreeSet::new(), taken_at: Instant::now() }
    }

    pub async fn run(mut self, shutdown: &Shutdown) {
        process::catalogue::begin(&crate::metrics::catalogue());
        let mut beat = tokio::time::interval(EVERY);
        beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = shutdown.wait() => return,
                _ = beat.tick() => self.take().await,
            }
        }
    }

    async fn take(&mut self) {
        process::vitals::look_at_database(&self.store.db);
        gauge!("pool_services_reachable").set(f64::from(u8::from(self.services.health().reachable)));
        match self.store.fleet().await {
            Ok(fleet) => {
                self.taken_at = Instant::now();
                self.show(&fleet);
            }
            Err(error) => warn!(%error, "the figures about the fleet could not be read; the last ones stay"),
        }
        gauge!("pool_snapshot_age_seconds").set(self.taken_at.elapsed().as_secs_f64());
    }

    fn show(&mut self, fleet: &Fleet) {
        let here: BTreeSet<String> = fleet.pools.iter().map(|pool| pool.name.clone()).collect();
        self.shown.difference(&here).for_each(|gone| forget_pool(gone));
        fleet.pools.iter().for_each(show_pool);
        self.shown = here;
        for phase in ClaimPhase::ALL.iter().filter(|phase| phase.is_live()) {
            gauge!("pool_claims", "phase" => phase.as_str()).set(figure(fleet.claims.get(phase.as_str())));
        }
        for phase in DestroyPhase::ALL {
            let requests = figure(fleet.destroys.get(phase.as_str()));
            gauge!("pool_destroy_requests", "phase" => phase.as_str()).set(requests);
        }
        gauge!("pool_claims_oldest_waiting_seconds").set(fleet.oldest_waiting_seconds);
        gauge!("pool_destroy_oldest_seconds").set(fleet.oldest_destroy_seconds);
        gauge!("pool_stuck_claimed").set(count(fleet.stuck_claimed));
        gauge!("pool_fleet_running").set(f64::from(fleet.reach.running));
        gauge!("pool_fleet_hidden").set(f64::from(fleet.reach.hidden));
        gauge!("pool_fleet_outage").set(f64::from(u8::from(fleet.outage)));
        fleet.queues.iter().for_each(show_queue);
    }
}

fn show_pool(pool: &PoolView) {
    let status = &pool.status;
    let name = || pool.name.clone();
    for (word, members) in [
        (InstanceStatus::Starting, status.starting),
        (InstanceStatus::Ready, status.ready),
        (InstanceStatus::Claiming, status.claiming),
        (InstanceStatus::Claimed, status.claimed),
        (InstanceStatus::Stuck, status.stuck),
        (InstanceStatus::Destroying, status.destroying),
    ] {
        gauge!("pool_instances", "pool" => name(), "status" => word.as_str()).set(count(members));
    }
    gauge!("pool_desired", "pool" => name()).set(count(status.desired));
    gauge!("pool_max_instances", "pool" => name()).set(f64::from(pool.spec.max_instances));
    gauge!("pool_claims_waiting", "pool" => name()).set(count(status.waiting));
    for condition in &status.conditions.0 {
        let holds = u8::from(condition.status == model::condition::Truth::True);
        gauge!("pool_condition", "pool" => name(), "condition" => condition.kind.clone())
            .set(f64::from(holds));
    }
}

/// A series cannot be taken back, so what a pool that is gone had is shown as nothing.
fn forget_pool(name: &str) {
    let name = || name.to_owned();
    for status in InstanceStatus::ALL {
        gauge!("pool_instances", "pool" => name(), "status" => status.as_str()).set(0.0);
    }
    gauge!("pool_desired", "pool" => name()).set(0.0);
    gauge!("pool_max_instances", "pool" => name()).set(0.0);
    gauge!("pool_claims_waiting", "pool" => name()).set(0.0);
    for condition in ["Available", "Progressing", "Degraded", "Limited", "Paused"] {
        gauge!("pool_condition", "pool" => name(), "condition" => condition).set(0.0);
    }
}

fn show_queue(queue: &QueueFigures) {
    let kind = queue.queue.as_str();
    gauge!("pool_queue_depth", "kind" => kind).set(count(queue.due));
    gauge!("pool_queue_leased", "kind" => kind).set(count(queue.leased));
    gauge!("pool_queue_retrying", "kind" => kind).set(count(queue.retrying));
    gauge!("pool_queue_oldest_due_seconds", "kind" => kind).set(queue.oldest_due_seconds);
    gauge!("pool_leases_expired", "kind" => kind).set(count(queue.expired));
}

fn figure(value: Option<&u64>) -> f64 {
    count(value.copied().unwrap_or(0))
}

#[expect(clippy::cast_precision_loss, reason = "nobody has 2^53 of anything counted here")]
fn count(value: u64) -> f64 {
    value as f64
}
