//! Instances without an address: ask `services` to create them, again and again, until it says that all is done or that
//! it never will be. The call is idempotent by id, so a lost answer costs nothing.

use std::time::Duration;

use model::plan::instance::{self as plan, Seen, Step};
use model::record::{Failure, Instance};
use model::services::{CreateInstance, Creation};
use process::clock;
use tracing::{info, warn};

use super::{count_error, fenced};
use crate::controller::Context;
use crate::driver::Reconciler;
use crate::services::ServicesError;
use crate::store::instance::Part;
use crate::store::queue::{self, Lease, Leased};
use crate::wake::{Hint, Queue};

pub(crate) struct CreationReconciler {
    context: Context,
}

impl CreationReconciler {
    pub fn new(context: Context) -> Self {
        Self { context }
    }

    async fn reconcile(&self, instance: Instance, lease: Lease) {
        // The limits do not matter before there is an address.
        let policy = self.context.policy.for_instance(Duration::MAX, None);
        let decision = plan::instance(&instance, Seen::NotLooked, &policy, clock::now());
        if decision.step != Step::Create {
            let wait = self.context.policy.tick;
            return self.again(&instance, lease, wait).await;
        }
        let wish = CreateInstance {
            instance_id: instance.id.clone(),
            image: instance.image.clone(),
            env: std::collections::BTreeMap::new(),
        };
        match self.context.services.create(&wish).await {
            Ok(Creation::Done { url, .. }) => self.born(&instance, lease, &url, policy.fast).await,
            Ok(Creation::Unfinished { step, retry_after_ms, .. }) => {
                let wait = Duration::from_millis(retry_after_ms);
                tracing::debug!(instance.id = %instance.id, step, "instance {} is at step {step}", instance.id);
                self.again(&instance, lease, wait).await;
            }
            Err(ServicesError::Refused { code, detail, .. }) => {
                self.refused(&instance, lease, Failure { code, message: detail }).await;
            }
            Err(error) => self.failed(&instance, lease, &error).await,
        }
    }

    async fn born(&self, instance: &Instance, lease: Lease, url: &str, soon: Duration) {
        let id = &instance.id;
        let url = url.trim_end_matches('/');
        let written = self.context.store.born(id, lease, url, soon, clock::now()).await;
        if !fenced("creation", written) {
            info!(instance.id = %id, "instance {id} is created; waiting for its health");
            metrics::counter!("pool_creations_total", "outcome" => "created").increment(1);
            self.context.wake.later(Queue::Instance, soon);
        }
    }

    async fn refused(&self, instance: &Instance, lease: Lease, failure: Failure) {
        let id = &instance.id;
        let written = self.context.store.refuse_creation(instance, lease, &failure, clock::now()).await;
        if !fenced("creation", written) {
            warn!(instance.id = %id, code = failure.code, "instance {id} cannot be created: {}", failure.message);
            metrics::counter!("pool_creations_total", "outcome" => "refused").increment(1);
            self.context.wake.queue(Queue::Destroy);
            self.context.wake.pool(&instance.pool);
        }
    }

    async fn failed(&self, instance: &Instance, lease: Lease, error: &ServicesError) {
        count_error("creation", "services");
        let wait = match error {
            ServicesError::Unavailable { retry_after: Some(wait), .. } => *wait,
            _ => self.context.policy.retry(instance.attempts + 1),
        };
        tracing::debug!(instance.id = %instance.id, error = error.chain(), "the creation goes on later");
        let key = instance.id.to_string();
        let given =
            queue::instances::give_back(&self.context.store.db, lease, &key, Some(&error.chain()), wait)
                .await;
        fenced("creation", given);
        self.context.wake.later(Queue::Creation, wait);
    }

    async fn again(&self, instance: &Instance, lease: Lease, wait: Duration) {
        let given =
            queue::instances::give_back(&self.context.store.db, lease, &instance.id.to_string(), None, wait)
                .await;
        fenced("creation", given);
        self.context.wake.later(Queue::Creation, wait);
    }
}

impl Reconciler for CreationReconciler {
    type Record = Instance;
    type Table = queue::instances::Table;
    const QUEUE: Queue = Queue::Creation;
    // A call works up to 25 s and mostly waits for its lane; the lane, not this number, is the limit.
    const PASSES: usize = 64;
    const BATCH: usize = 1;

    async fn lease(&self, _hints: &[Hint], most: i64) -> sqlx::Result<Leased<Instance>> {
        self.context.store.lease_instances(Part::Unborn, &self.context.worker, most).await
    }

    fn key(record: &Instance) -> String {
        record.id.to_string()
    }

    async fn pass(&self, lease: Lease, records: Vec<Instance>) {
        for instance in records {
            self.reconcile(instance, lease).await;
        }
    }
}
