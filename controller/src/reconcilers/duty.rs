//! Duties: the audit of what exists outside, the check of promises, the purge of what is old. One replica at a time does
//! each; which one does not matter, since all that a pass knows is in the record.

use std::collections::BTreeMap;
use std::time::Duration;

use model::id::InstanceId;
use model::plan::audit::{self, Finding, Memory};
use model::words::Kind;
use process::clock;
use tracing::{error, info, warn};

use super::{count_error, fenced};
use crate::controller::Context;
use crate::driver::Reconciler;
use crate::services::ServicesError;
use crate::store::duties::Duty;
use crate::store::event::NewEvent;
use crate::store::queue::{self, Lease, Leased};
use crate::wake::{Hint, Queue};

/// Time between two looks for broken promises.
const PROMISES_EVERY: Duration = Duration::from_secs(30);
/// Time between two purges when there is nothing left to purge.
const PURGE_EVERY: Duration = Duration::from_secs(3600);
/// Time between two batches of a purge.
const PURGE_GOES_ON: Duration = Duration::from_secs(1);

/// Why a duty was not done.
#[derive(Debug, thiserror::Error)]
enum DutyError {
    #[error("the database did not answer")]
    Database(#[from] sqlx::Error),
    #[error("the inventory could not be read")]
    Services(#[from] ServicesError),
    #[error("what the duty remembers has another shape")]
    Memory(#[from] serde_json::Error),
}

/// What a pass leaves for the next one, and when that is due.
type Outcome = Result<(serde_json::Value, Duration), DutyError>;

pub(crate) struct DutyReconciler {
    context: Context,
}

impl DutyReconciler {
    pub fn new(context: Context) -> Self {
        Self { context }
    }

    async fn reconcile(&self, duty: Duty, lease: Lease) {
        let outcome = match duty.name.as_str() {
            "audit" => self.audit(&duty.state).await,
            "invariants" => self.check_promises(&duty.state).await,
            _ => self.purge().await,
        };
        let name = &duty.name;
        match outcome {
            Ok((state, again)) => {
                fenced("duty", self.context.store.duty_done(name, lease, &state, again).await);
                self.context.wake.later(Queue::Duty, again);
            }
            Err(error) => {
                let class = if matches!(error, DutyError::Services(_)) { "services" } else { "database" };
                count_error("duty", class);
                let wait = self.context.policy.retry(duty.attempts + 1);
                let text = crate::services::chain(&error);
                warn!(duty = name, error = text, "duty {name} was not done; trying again");
                let given =
                    queue::duties::give_back(&self.context.store.db, lease, name, Some(&text), wait).await;
                fenced("duty", given);
                self.context.wake.later(Queue::Duty, wait);
            }
        }
    }

    // ----- audit -----

    async fn audit(&self, state: &serde_json::Value) -> Outcome {
        let (store, policy) = (&self.context.store, &self.context.policy);
        let memory: Memory = serde_json::from_value(state.clone())?;
        // Rows before, inventory, rows of the inventory after: what comes or goes meanwhile is no finding.
        let mut rows = store.living_rows().await?;
        let inventory = self.context.services.inventory().await?;
        let there: Vec<InstanceId> =
            inventory.instances.iter().map(|instance| instance.instance_id.clone()).collect();
        rows.extend(store.rows_of(&there).await?);
        let now = clock::now();
        let report = audit::audit(&memory, &rows, &inventory, policy.scaled(audit::QUARANTINE), now);
        for (id, finding) in &report.fresh {
            warn!(instance.id = %id, finding = finding.as_str(), "the audit found a {}: instance {id}", finding.as_str());
        }
        store.note_findings(&report.fresh, &report.recheck, now).await?;
        if !report.destroy.is_empty() {
            let taken = store.destroy_strays(&report.destroy, now).await?;
            warn!(count = taken.len(), "{} strays are destroyed", taken.len());
            metrics::counter!("pool_audit_destroyed_total").increment(taken.len() as u64);
            self.context.wake.queue(Queue::Destroy);
        }
        if !report.recheck.is_empty() {
            self.context.wake.queue(Queue::Instance);
        }
        show(&report.memory, inventory.orphans.len());
        Ok((serde_json::to_value(&report.memory)?, policy.scaled(audit::INTERVAL)))
    }

    // ----- promises -----

    /// Counts what is newly broken: the counter moves and a line is written when a promise breaks, not at each look.
    async fn check_promises(&self, state: &serde_json::Value) -> Outcome {
        let before: BTreeMap<String, i64> = serde_json::from_value(state.clone())?;
        let mut broken = BTreeMap::new();
        for violation in self.context.store.violations().await? {
            let key = format!("{}/{}", violation.pool, violation.breach);
            let known = before.get(&key).copied().unwrap_or(0);
            if violation.records > known {
                let more = violation.records.saturating_sub(known).unsigned_abs();
                let (invariant, breach, example) = (violation.invariant, violation.breach, violation.example);
                error!(
                    invariant,
                    pool = violation.pool,
                    example,
                    "{invariant} does not hold ({breach}), for example {example}: a defect of ours"
                );
                metrics::counter!("pool_invariant_violations_total", "invariant" => invariant.clone())
                    .increment(more);
                let message =
                    format!("{invariant}, {breach}: {} records, for example {example}", violation.records);
                let line = NewEvent::new(
                    Kind::Pool,
                    &violation.pool,
                    "InvariantViolated",
                    message,
                    "reconciler/invariants",
                );
                self.context.store.journal(&line, clock::now()).await?;
            }
            broken.insert(key, violation.records);
        }
        Ok((serde_json::to_value(&broken)?, PROMISES_EVERY))
    }

    // ----- retention -----

    async fn purge(&self) -> Outcome {
        let purged = self.context.store.purge(clock::now()).await?;
        for (kind, rows) in [
            ("claim", purged.claims),
            ("instance", purged.instances),
            ("event", purged.events),
            ("challenge", purged.challenges),
        ] {
            if rows > 0 {
                info!(kind, rows, "purged {rows} old rows of kind {kind}");
                metrics::counter!("pool_purged_total", "kind" => kind).increment(rows);
            }
        }
        let again = if purged.goes_on() { PURGE_GOES_ON } else { PURGE_EVERY };
        Ok((serde_json::json!({}), again))
    }
}

fn show(memory: &Memory, vendor_orphans: usize) {
    for finding in [Finding::Ghost, Finding::Orphan, Finding::Zombie] {
        let count = memory.sightings.values().filter(|sighting| sighting.finding == finding).count();
        metrics::gauge!("pool_audit_findings", "finding" => finding.as_str()).set(count as f64);
    }
    metrics::gauge!("pool_audit_findings", "finding" => "vendor_orphan").set(vendor_orphans as f64);
    metrics::gauge!("pool_leaked_cost_dollars_per_hour").set(memory.leaked_per_hour);
}

impl Reconciler for DutyReconciler {
    type Record = Duty;
    type Table = queue::duties::Table;
    const QUEUE: Queue = Queue::Duty;
    const PASSES: usize = 3;
    const BATCH: usize = 1;

    async fn lease(&self, _hints: &[Hint], most: i64) -> sqlx::Result<Leased<Duty>> {
        self.context.store.lease_duties(&self.context.worker, most).await
    }

    fn key(record: &Duty) -> String {
        record.name.clone()
    }

    async fn pass(&self, lease: Lease, records: Vec<Duty>) {
        for duty in records {
            self.reconcile(duty, lease).await;
        }
    }
}
