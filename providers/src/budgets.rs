//! What the vendors' headers say about our budgets, shared by all replicas.

use std::sync::Arc;
use std::time::Duration;

use process::clock;
use tracing::debug;

use crate::app::Services;
use crate::infra::NEXT_WINDOW;

/// Between two exchanges, on the vendors' clock. A replica overdraws by what the others send in so long, which the
/// thresholds leave room for.
const SHARE_EVERY: Duration = Duration::from_secs(3);

/// However fast a simulated vendor's time passes, the database is asked no more often.
const SHARE_EVERY_MIN: Duration = Duration::from_millis(200);

/// Shares until the process stops.
pub async fn watch(services: Arc<Services>) {
    let pause = services.pace.wait(SHARE_EVERY).max(SHARE_EVERY_MIN);
    loop {
        tokio::select! {
            () = services.shutdown.wait() => return,
            () = tokio::time::sleep(pause) => share(&services).await,
        }
    }
}

async fn share(services: &Services) {
    let next = services.pace.wait(NEXT_WINDOW);
    for (name, budget) in services.infra.budgets() {
        let now = clock::now();
        match services.ledger.share_budget(&name, budget.state(), next, now).await {
            Ok(Some(known)) => budget.learn(known, now),
            Ok(None) => {}
            Err(failure) => debug!("a budget is not shared: {failure}"),
        }
    }
}
