//! Waiting for a claim: a request stands by until its agent is ready, the claim is over, or its patience ends.

use std::time::Duration;

use model::record::Claim;
use model::words::ClaimPhase;
use process::problem::Problem;
use tokio::sync::broadcast::{Receiver, error::RecvError};
use tokio::time::{Instant, sleep_until};
use uuid::Uuid;

use crate::app::App;

/// A hint that got lost costs at most this.
const LOOK_INTERVAL: Duration = Duration::from_secs(5);

/// Whether waiting longer brings nothing that the claim's own work brings.
pub(crate) fn is_settled(phase: ClaimPhase) -> bool {
    use ClaimPhase::{Failed, PendingAcceptance, Ready, Released};
    matches!(phase, Ready | PendingAcceptance | Failed | Released)
}

/// Waits until the claim is settled, `patience` ends or the process stops; gives the claim as it is then. `moved` must
/// have been subscribed to before the claim was recorded, or its end may have been told to nobody.
pub(crate) async fn settled(
    app: &App,
    mut claim: Claim,
    patience: Duration,
    mut moved: Receiver<Uuid>,
) -> Result<Claim, Problem> {
    let ends = Instant::now() + patience;
    while !is_settled(claim.phase) && Instant::now() < ends {
        let look = ends.min(Instant::now() + LOOK_INTERVAL);
        tokio::select! {
            () = app.shutdown.wait() => return Ok(claim),
            () = sleep_until(look) => {}
            () = told(&mut moved, claim.id) => {}
        }
        match app.store().claim(claim.id).await? {
            Some(now) => claim = now,
            None => return Err(Problem::not_found(format!("claim {} is gone", claim.id))),
        }
    }
    Ok(claim)
}

/// Returns when the claim moved, or when it may have moved.
async fn told(moved: &mut Receiver<Uuid>, claim: Uuid) {
    loop {
        match moved.recv().await {
            Ok(id) if id == claim => return,
            Ok(_) => {}
            Err(RecvError::Lagged(_)) => return,
            // The sender lives as long as the process does; without it only the interval looks.
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}
