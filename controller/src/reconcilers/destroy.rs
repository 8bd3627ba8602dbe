//! Destroy requests: the mark, then the call, until everything is confirmed gone.

use std::time::Duration;

use model::plan::destroy::{self as plan, RETRY, Step};
use model::record::DestroyRequest;
use model::words::Kind;
use process::clock;
use rand::RngExt;
use tracing::{info, warn};
use uuid::Uuid;

use super::{count_error, fenced, soon};
use crate::controller::Context;
use crate::driver::Reconciler;
use crate::store::queue::{self, Lease, Leased};
use crate::wake::{Hint, Queue};

/// After this many tries a request is loud.
const LOUD_AFTER: u32 = 10;

pub(crate) struct DestroyReconciler {
    context: Context,
}

impl DestroyReconciler {
    pub fn new(context: Context) -> Self {
        Self { context }
    }

    async fn reconcile(&self, request: DestroyRequest, lease: Lease) {
        let store = &self.context.store;
        let instance = match store.instance(&request.instance_id).await {
            Ok(instance) => instance,
            Err(error) => {
                count_error("destroy", "database");
                let wait = self.context.policy.retry(request.attempts + 1);
                let why = error.to_string();
                let _lease_ends =
                    queue::destroy_requests::give_back(&store.db, lease, &request.id, Some(&why), wait).await;
                self.context.wake.later(Queue::Destroy, wait);
                return;
            }
        };
        let decision = plan::destroy(&request, instance.as_ref().map(|instance| instance.status));
        match decision.step {
            Step::Mark => {
                if !fenced("destroy", store.mark_destroying(&request, lease, clock::now()).await) {
                    let id = &request.instance_id;
                    info!(instance.id = %id, "instance {id} will be destroyed: {}", request.reason);
                    self.context.wake.queue(Queue::Destroy);
                    self.context.wake.queue(Queue::Claim);
                }
            }
            Step::Call => self.call(&request, lease).await,
            Step::Finish => {
                fenced("destroy", store.finish_destroy(&request, lease, &[], clock::now()).await);
            }
            Step::Nothing => {
                let wait = soon(decision.again).unwrap_or(RETRY.most);
                fenced(
                    "destroy",
                    queue::destroy_requests::give_back(&store.db, lease, &request.id, None, wait).await,
                );
            }
        }
    }

    async fn call(&self, request: &DestroyRequest, lease: Lease) {
        let id = &request.instance_id;
        match self.context.services.destroy(id).await {
            Ok(destruction) if destruction.ok => {
                let done = self
                    .context
                    .store
                    .finish_destroy(request, lease, &destruction.resources, clock::now())
                    .await;
                if !fenced("destroy", done) {
                    info!(instance.id = %id, "instance {id} is gone, confirmed");
                    metrics::counter!("pool_destroyed_total", "reason" => request.reason.as_str())
                        .increment(1);
                    self.context.wake.queue(Queue::Claim);
                    self.context.wake.queue(Queue::Pool);
                }
            }
            Ok(destruction) => {
                let remaining = format!("remaining: {}", destruction.remaining.join(", "));
                let wait =
                    destruction.retry_after_ms.map_or_else(|| self.backoff(request), Duration::from_millis);
                self.goes_on(request, lease, &remaining, wait).await;
            }
            Err(error) => {
                count_error("destroy", "services");
                self.goes_on(request, lease, &error.chain(), self.backoff(request)).await;
            }
        }
    }

    async fn goes_on(&self, request: &DestroyRequest, lease: Lease, why: &str, wait: Duration) {
        if request.attempts >= LOUD_AFTER && request.attempts.is_power_of_two() {
            let id = &request.instance_id;
            warn!(kind = %Kind::DestroyRequest, instance.id = %id, attempts = request.attempts, "instance {id} is still there: {why}");
        }
        fenced("destroy", self.context.store.destroy_goes_on(request, lease, why, wait).await);
        self.context.wake.later(Queue::Destroy, wait);
    }

    fn backoff(&self, request: &DestroyRequest) -> Duration {
        self.context.policy.scaled(RETRY.after(request.attempts + 1, rand::rng().random()))
    }
}

impl Reconciler for DestroyReconciler {
    type Record = DestroyRequest;
    type Table = queue::destroy_requests::Table;
    const QUEUE: Queue = Queue::Destroy;
    const PASSES: usize = 16;
    const BATCH: usize = 1;

    async fn lease(&self, _hints: &[Hint], most: i64) -> sqlx::Result<Leased<DestroyRequest>> {
        self.context.store.lease_destroys(&self.context.worker, most).await
    }

    fn key(record: &DestroyRequest) -> Uuid {
        record.id
    }

    async fn pass(&self, lease: Lease, records: Vec<DestroyRequest>) {
        for request in records {
            self.reconcile(request, lease).await;
        }
    }
}
