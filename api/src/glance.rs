//! The whole fleet counted, for `GET /api/status`: many look at once, and counting takes the longer the more there is.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use controller::store::Store;
use model::api::{Counts, ReconcilerStatus};
use process::problem::Problem;

use crate::kept::{Fresh, Kept};

/// More pools than this are not shown at a glance; the list has them all.
pub const POOLS_MAX: i64 = 100;
/// Counting takes at most a twentieth of the time, and what is shown is not much older than a second. A fleet of hundreds
/// is counted in a few milliseconds, and as good as new each time.
const COUNTED: Fresh = Fresh::Times { times: 20, most: Duration::from_millis(700) };

/// What was counted.
pub struct Counted {
    /// Members and line of each pool.
    pub pools: BTreeMap<String, Counts>,
    /// Every reconciler's queue.
    pub reconcilers: Vec<ReconcilerStatus>,
    /// Replicas that hold a lease.
    pub replicas: Vec<String>,
}

/// The last count.
#[derive(Clone)]
pub struct Glance {
    store: Store,
    counted: Arc<Kept<Counted, Problem>>,
}

impl Glance {
    /// Nothing is counted yet.
    pub fn new(store: Store) -> Self {
        Self { store, counted: Kept::nothing(COUNTED) }
    }

    /// The counts.
    ///
    /// # Errors
    /// The database's.
    pub async fn counted(&self) -> Result<Arc<Counted>, Problem> {
        let store = self.store.clone();
        let count = async move {
            let (pools, (reconcilers, replicas)) =
                tokio::try_join!(store.list_pools(None, POOLS_MAX), store.reconciler_statuses())?;
            let pools = pools.into_iter().map(|pool| (pool.name, pool.status.counts())).collect();
            Ok(Counted { pools, reconcilers, replicas })
        };
        self.counted.get(count).await
    }
}
