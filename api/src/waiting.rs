//! Waiting for a claim: a request stands by until its agent is ready, the claim is over, or its patience ends.

use std::time::Duration;

use controller::watch::Watch;
use model::record::Claim;
use model::words::ClaimPhase;
use process::problem::Problem;
use tokio::time::{Instant, sleep_until};

use crate::app::App;

/// A hint that got lost costs at most this.
const LOOK_INTERVAL: Duration = Duration::from_secs(5);

/// Whether waiting longer brings nothing that the claim's own work brings.
pub(crate) fn is_settled(phase: ClaimPhase) -> bool {
    use ClaimPhase::{Failed, PendingAcceptance, Ready, Released};
    matches!(phase, Ready | PendingAcceptance | Failed | Released)
}

/// Waits until the claim is settled, `patience` ends or the process stops; gives the claim as it is then. `watch` must
/// be older than what is known of the claim, or its end may have been told to nobody.
pub(crate) async fn settled(
    app: &App,
    mut claim: Claim,
    patience: Duration,
    mut watch: Watch,
) -> Result<Claim, Problem> {
    let ends = Instant::now() + patience;
    while !is_settled(claim.phase) && Instant::now() < ends {
        let look = ends.min(Instant::now() + LOOK_INTERVAL);
        let told = tokio::select! {
            () = app.shutdown.wait() => return Ok(claim),
            () = sleep_until(look) => None,
            told = watch.moved() => told,
        };
        let now = match told {
            Some(told) => Some(told),
            None => app.store().claim(claim.id).await?,
        };
        match now {
            Some(now) => claim = now,
            None => return Err(Problem::not_found(format!("claim {} is gone", claim.id))),
        }
    }
    Ok(claim)
}
