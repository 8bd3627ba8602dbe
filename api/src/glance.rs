//! The whole fleet counted, for `GET /api/status`: many look at once, and counting takes the longer the more there is.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use controller::store::Store;
use model::api::{Counts, ReconcilerStatus};
use process::problem::Problem;

use crate::kept::Kept;

/// More pools than this are not shown at a glance; the list has them all.
pub const POOLS_MAX: i64 = 100;
/// A smaller fleet is counted anew for each look.
const LARGE: u64 = 1_000;
/// A count of a large one is kept for so many times what it took, so that counting never takes more than its share of the
/// time.
const KEPT_TIMES: u32 = 20;
/// And no longer than this; what is shown is at most twice as old.
const KEPT_MAX: Duration = Duration::from_millis(700);

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
        Self { store, counted: Kept::nothing(fresh) }
    }

    /// The counts.
    ///
    /// # Errors
    /// The database's.
    pub async fn counted(&self) -> Result<Arc<Counted>, Problem> {
        let store = self.store.clone();
        let count = async move {
            // One after the other: whoever reads or claims meanwhile has a processor left.
            let pools = store.list_pools(None, POOLS_MAX).await?;
            let (reconcilers, replicas) = store.reconciler_statuses().await?;
            let pools = pools.into_iter().map(|pool| (pool.name, pool.status.counts())).collect();
            Ok(Counted { pools, reconcilers, replicas })
        };
        self.counted.get(count).await
    }
}

fn fresh(counted: &Counted, took: Duration) -> Duration {
    let members = |counts: &Counts| {
        counts.ready + counts.starting + counts.claiming + counts.claimed + counts.stuck + counts.destroying
    };
    match counted.pools.values().map(members).sum::<u64>() {
        0..LARGE => Duration::ZERO,
        LARGE.. => (took * KEPT_TIMES).min(KEPT_MAX),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_fleet_is_counted_anew_and_a_large_one_is_kept_by_what_counting_took() {
        let of = |ready: u64| Counted {
            pools: [("default".to_owned(), Counts { ready, ..Counts::default() })].into(),
            reconcilers: Vec::new(),
            replicas: Vec::new(),
        };
        let millis = Duration::from_millis;
        assert_eq!(fresh(&of(LARGE - 1), millis(400)), Duration::ZERO);
        assert_eq!(fresh(&of(LARGE), millis(10)), millis(200));
        assert_eq!(fresh(&of(100 * LARGE), millis(400)), KEPT_MAX);
    }
}
