//! One reconciler per kind of record: observe, plan, one effect, record.

pub(crate) mod claim;
pub(crate) mod creation;
pub(crate) mod destroy;
pub(crate) mod duty;
pub(crate) mod instance;
pub(crate) mod pool;

use std::time::Duration;

use model::plan::outage::Held;
use process::clock;
use tracing::{error, info, warn};

use crate::controller::Context;

/// Counts a failed pass by the class of what it met.
pub(crate) fn count_error(kind: &'static str, class: &'static str) {
    metrics::counter!("pool_reconcile_errors_total", "kind" => kind, "class" => class).increment(1);
}

/// Looks at the result of a guarded write. `false` means that the lease was lost or the record moved on: whatever this
/// pass found out is dropped.
pub(crate) fn fenced(kind: &'static str, written: sqlx::Result<bool>) -> bool {
    match written {
        Ok(true) => false,
        Ok(false) => {
            metrics::counter!("pool_fenced_writes_total", "kind" => kind).increment(1);
            warn!(kind, "fenced: somebody else has this record now; the result is dropped");
            true
        }
        Err(error) => {
            count_error(kind, "database");
            warn!(kind, %error, "a result could not be written; the pass is repeated when its lease ends");
            true
        }
    }
}

/// Counts who answers, and says so when an outage of most of the fleet begins or ends.
pub(crate) async fn look_at_fleet(context: &Context) -> sqlx::Result<Option<Held>> {
    let look = context.store.look_at_fleet(&context.policy.patience(), clock::now()).await?;
    match (&look.held, look.told.is_empty()) {
        (_, true) => {}
        (Some(held), false) => error!("the fleet cannot be reached: {held}"),
        (None, false) => info!("the fleet can be reached again: recoveries go as usual"),
    }
    look.told.iter().for_each(|pool| context.wake.pool(pool));
    Ok(look.held)
}

/// How long until the driver of a queue should look again for a record that was given back.
pub(crate) fn soon(again: model::plan::Again) -> Option<Duration> {
    match again {
        model::plan::Again::Now => Some(Duration::ZERO),
        model::plan::Again::After(wait) => Some(wait),
        model::plan::Again::Never => None,
    }
}
