//! The one loop behind every reconciler: wait → lease → run, bounded → record.
//!
//! Guarantees:
//! - at most as many records are leased as there are free permits (DESIGN section 5, rule 3);
//! - a lease is renewed while its pass runs; a pass that lost its lease writes nothing, because each write names the
//!   token;
//! - a panic in a pass is caught, counted and backed off like any other failure;
//! - on a stop nothing new is leased, passes have a moment to finish, and what is cut off then is given back, so that
//!   another replica goes on within a second. Every call is idempotent: cutting one off costs at most its repetition.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::FutureExt;
use process::shutdown::Shutdown;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{Instrument, error, info_span, warn};

use crate::controller::Context;
use crate::store::queue::{Lease, Leased, Table};
use crate::wake::{Hint, Queue};

/// Every queue is looked at this often even if nothing woke it: hints can be lost, leases can end.
const POLL: Duration = Duration::from_secs(1);
/// How long to wait when the database does not answer.
const DATABASE_AWAY: Duration = Duration::from_secs(1);
/// Running passes have this long to finish when the replica stops.
const GRACE: Duration = Duration::from_millis(400);
/// A lease is renewed after this share of its duration.
const RENEW_SHARE: u32 = 3;
/// A pass that panicked is tried again as if it had failed this often already: it will hardly end better at once.
const AFTER_A_DEFECT: u32 = 3;

/// What the key of a reconciler's records is.
pub(crate) type KeyOf<R> = <<R as Reconciler>::Table as Table>::Key;

/// What the driver needs to know of one kind of record.
pub(crate) trait Reconciler: Send + Sync + 'static {
    /// A leased record.
    type Record: Send + 'static;
    /// Where it lies.
    type Table: Table;

    /// The queue it serves.
    const QUEUE: Queue;
    /// Passes at the same time.
    const PASSES: usize;
    /// Most records in one pass.
    const BATCH: usize;

    /// Leases due records, at most `most`.
    fn lease(
        &self,
        hints: &[Hint],
        most: i64,
    ) -> impl Future<Output = sqlx::Result<Leased<Self::Record>>> + Send;

    /// The key of a record.
    fn key(record: &Self::Record) -> KeyOf<Self>;

    /// Runs one pass over leased records and writes its results.
    fn pass(&self, lease: Lease, records: Vec<Self::Record>) -> impl Future<Output = ()> + Send;
}

/// The loop of one reconciler, and its permits.
pub(crate) struct Driver<R> {
    reconciler: Arc<R>,
    context: Context,
    permits: Arc<Semaphore>,
    passes: TaskTracker,
    cut: CancellationToken,
}

impl<R: Reconciler> Driver<R> {
    pub fn new(reconciler: R, context: Context) -> Self {
        Self {
            reconciler: Arc::new(reconciler),
            context,
            permits: Arc::new(Semaphore::new(R::PASSES)),
            passes: TaskTracker::new(),
            cut: CancellationToken::new(),
        }
    }

    /// A permit for a pass that somebody wants to start with a lease of its own; `None` when all are taken.
    pub fn permit(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.permits).try_acquire_owned().ok()
    }

    /// Runs until the stop, then gives the passes a moment and cuts off what is left.
    pub async fn run(&self, shutdown: &Shutdown) {
        let mut hints = Vec::new();
        loop {
            // At least one permit is free before anything is leased.
            let first = tokio::select! {
                biased;
                () = shutdown.wait() => break,
                permit = Arc::clone(&self.permits).acquire_owned() => match permit { Ok(permit) => permit, Err(_) => break },
            };
            let most = (self.permits.available_permits() + 1) * R::BATCH;
            let wait = match self.reconciler.lease(&hints, i64::try_from(most).unwrap_or(i64::MAX)).await {
                Ok(leased) => {
                    hints.clear();
                    let taken = leased.records.len();
                    self.dispatch(first, leased);
                    if taken == most { Duration::ZERO } else { POLL }
                }
                Err(error) => {
                    warn!(queue = R::QUEUE.as_str(), %error, "the queue cannot be read; trying again");
                    DATABASE_AWAY
                }
            };
            tokio::select! {
                biased;
                () = shutdown.wait() => break,
                more = self.context.wake.wait(R::QUEUE, wait) => hints.extend(more),
            }
        }
        // From here on nobody gets a permit, and with it no lease.
        self.permits.close();
        self.passes.close();
        if tokio::time::timeout(GRACE, self.passes.wait()).await.is_err() {
            self.cut.cancel();
            self.passes.wait().await;
        }
    }

    fn dispatch(&self, first: OwnedSemaphorePermit, leased: Leased<R::Record>) {
        let mut permit = Some(first);
        let mut records = leased.records;
        while !records.is_empty() {
            let rest = records.split_off(records.len().min(R::BATCH));
            let batch = std::mem::replace(&mut records, rest);
            // As many permits were free as batches can come of the lease; a pass started from elsewhere meanwhile may
            // have taken one, which makes a moment's excess and nothing worse.
            self.start(leased.lease, batch, permit.take().or_else(|| self.permit()));
        }
    }

    /// Starts a pass over records that are leased already.
    pub fn start(&self, lease: Lease, records: Vec<R::Record>, permit: Option<OwnedSemaphorePermit>) {
        let reconciler = Arc::clone(&self.reconciler);
        let context = self.context.clone();
        let span = info_span!("pass", kind = R::QUEUE.as_str());
        let cut = self.cut.clone();
        let pass = async move {
            tokio::select! {
                () = supervise(&*reconciler, &context, lease, records) => {}
                () = cut.cancelled() => {}
            }
            drop(permit);
        };
        self.passes.spawn(pass.instrument(span));
    }
}

async fn supervise<R: Reconciler>(reconciler: &R, context: &Context, lease: Lease, records: Vec<R::Record>) {
    let queue = R::QUEUE.as_str();
    let keys: Vec<KeyOf<R>> = records.iter().map(R::key).collect();
    let began = Instant::now();
    let active = metrics::gauge!("pool_reconcile_active", "kind" => queue);
    active.increment(1.0);
    let renewing = async {
        loop {
            tokio::time::sleep(context.worker.lease_duration / RENEW_SHARE).await;
            match R::Table::renew(&context.store.db, &context.worker, lease, &keys).await {
                // Records that the pass gave back already are no longer ours either; only a whole batch tells.
                Ok(0) => {
                    metrics::counter!("pool_leases_lost_total", "kind" => queue).increment(keys.len() as u64)
                }
                Ok(_) => {}
                Err(error) => warn!(queue, %error, "a lease could not be renewed"),
            }
        }
    };
    let pass = AssertUnwindSafe(reconciler.pass(lease, records)).catch_unwind();
    let outcome = tokio::select! {
        biased;
        outcome = pass => outcome,
        never = renewing => never,
    };
    active.decrement(1.0);
    metrics::histogram!("pool_reconcile_duration_seconds", "kind" => queue)
        .record(began.elapsed().as_secs_f64());
    metrics::counter!("pool_reconcile_total", "kind" => queue).increment(keys.len() as u64);
    if let Err(panic) = outcome {
        let text = panic_text(panic.as_ref());
        error!(queue, ?keys, panic = text, "a pass panicked: a defect of ours; backing off");
        metrics::counter!("pool_reconcile_errors_total", "kind" => queue, "class" => "bug").increment(1);
        let (why, wait) = (format!("a defect of ours: {text}"), context.policy.retry(AFTER_A_DEFECT));
        for key in &keys {
            if let Err(error) = R::Table::give_back(&context.store.db, lease, key, Some(&why), wait).await {
                warn!(queue, %error, "a record could not be given back; its lease will end");
            }
        }
    }
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> &str {
    panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&'static str>().copied())
        .unwrap_or("no message")
}
