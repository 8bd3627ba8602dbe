//! What the vendors' headers say about our budgets, shared by all replicas.

use std::sync::Arc;
use std::time::Duration;

use process::clock;
use tracing::debug;

use crate::app::Services;

/// Between two exchanges. A replica overdraws by what the others send in so long, which the thresholds leave room for.
const SHARE_EVERY: Duration = Duration::from_secs(3);

/// Shares until the process stops.
pub async fn watch(services: Arc<Services>) {
    loop {
        tokio::select! {
            () = services.shutdown.wait() => return,
            () = tokio::time::sleep(SHARE_EVERY) => share(&services).await,
        }
    }
}

async fn share(services: &Services) {
    for (name, budget) in services.infra.budgets() {
        let now = clock::now();
        match services.ledger.share_budget(&name, budget.state(), now).await {
            Ok(Some(known)) => budget.learn(known, now),
            Ok(None) => {}
            Err(failure) => debug!("a budget is not shared: {failure}"),
        }
    }
}
