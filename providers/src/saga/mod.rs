//! Work of several steps on one instance: creation, destruction, tools.
//!
//! A call takes the lease of what it works on, goes as far as it can within its time, and says when to call again. The work
//! is a task of its own: a caller that hangs up does not cut off a call to a vendor. All progress is in the ledger, so any
//! replica goes on where another one stopped.

mod configure;
mod create;
mod destroy;
mod piece;
mod provision;
mod redeploy;
mod step;
mod tool;

use std::sync::Arc;
use std::time::{Duration, Instant};

use tracing::{Instrument, error, warn};

use crate::app::Services;
use crate::ledger::{Lease, LedgerError};

pub use configure::{ConfigureEnd, configure, watch as watch_unheard};
pub use create::{CreationEnd, NewCreation, create};
pub use destroy::{DestructionEnd, destroy, destroy_tool};
pub use provision::{ProvisionEnd, provision};
pub use redeploy::{RedeployEnd, redeploy};

/// How long a call may take.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// It is answered within this time, whatever the outside does.
    answer_within: Duration,
    /// Waits that would end after this time are left to the caller.
    work_for: Duration,
}

/// Of calls that go to vendors.
const SHORT: Patience =
    Patience { answer_within: Duration::from_secs(22), work_for: Duration::from_secs(15) };

/// When to call again while a worker is busy with the same thing.
const BUSY_RETRY: Duration = Duration::from_millis(500);

/// How a call ended.
pub enum Run<T> {
    /// As far as it could.
    Finished(T),
    /// Somebody works on it: call again after this.
    Busy(Duration),
}

/// What a piece of work holds while it runs.
pub struct Work {
    /// The parts of the process.
    pub services: Arc<Services>,
    /// The lease; every result is written under it.
    pub lease: Lease,
    /// Waits that would end after this are left to the caller.
    pub until: Instant,
}

impl Work {
    /// Waits on our clock if that ends in time; false when it is left to the caller.
    async fn waits(&self, wait: Duration) -> bool {
        if Instant::now() + wait > self.until {
            return false;
        }
        tokio::select! {
            () = tokio::time::sleep(wait) => true,
            () = self.services.shutdown.wait() => false,
        }
    }
}

/// Runs a job under a lease, in a task of its own.
///
/// # Errors
/// When the ledger cannot be asked, or the job says so.
pub async fn run<T, F, J>(
    services: &Arc<Services>,
    instance_id: &str,
    scope: &str,
    job: J,
) -> Result<Run<T>, LedgerError>
where
    T: Send + 'static,
    F: Future<Output = Result<T, LedgerError>> + Send + 'static,
    J: FnOnce(Work) -> F,
{
    let duration = services.lease_duration;
    let Some(lease) = services.ledger.take_lease(instance_id, scope, services.owner(), duration).await?
    else {
        return Ok(Run::Busy(BUSY_RETRY));
    };
    let work = |work| {
        let job = job(work);
        async move { Ok((job.await?, After::GiveBack)) }
    };
    run_under(services, lease, SHORT, work).await
}

/// What is to be done with the lease when a job ended.
enum After {
    /// It is still held.
    GiveBack,
    /// The job's last write gave it back.
    Given,
}

/// Runs a job under a lease that is taken already, in a task of its own.
async fn run_under<T, F, J>(
    services: &Arc<Services>,
    lease: Lease,
    patience: Patience,
    job: J,
) -> Result<Run<T>, LedgerError>
where
    T: Send + 'static,
    F: Future<Output = Result<(T, After), LedgerError>> + Send + 'static,
    J: FnOnce(Work) -> F,
{
    let (instance_id, scope) = (lease.instance_id.clone(), lease.scope.clone());
    let work = Work {
        services: Arc::clone(services),
        lease: lease.clone(),
        until: Instant::now() + patience.work_for,
    };
    let job = job(work);
    let keeper = Arc::clone(services);
    // The task goes on in the caller's trace and span, also when the caller is gone.
    let trace = process::trace::current();
    let work = async move {
        let outcome = tokio::select! {
            outcome = job => outcome,
            () = lose(&keeper, &lease) => Err(LedgerError::Fenced),
        };
        if !matches!(outcome, Ok((_, After::Given)))
            && let Err(failure) = keeper.ledger.release_lease(&lease).await
        {
            warn!(instance.id = %lease.instance_id, "a lease could not be given back, it will expire: {failure}");
        }
        outcome.map(|(value, _)| value)
    };
    let task = services.tracker.spawn(process::trace::within(trace, work).in_current_span());
    match tokio::time::timeout(patience.answer_within, task).await {
        Ok(Ok(Ok(value))) => Ok(Run::Finished(value)),
        // Another worker took over: what it does is what counts.
        Ok(Ok(Err(LedgerError::Fenced))) | Err(_) => Ok(Run::Busy(BUSY_RETRY)),
        Ok(Ok(Err(failure))) => Err(failure),
        Ok(Err(panicked)) => {
            error!(instance.id = %instance_id, scope, "a piece of work panicked: {panicked}");
            Ok(Run::Busy(BUSY_RETRY))
        }
    }
}

/// Keeps the lease, and ends when another worker has it.
async fn lose(services: &Services, lease: &Lease) {
    let mut beat = tokio::time::interval(services.lease_duration / 3);
    beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    beat.tick().await;
    loop {
        beat.tick().await;
        match services.ledger.renew_lease(lease, services.lease_duration).await {
            Ok(true) => {}
            Ok(false) => {
                warn!(instance.id = %lease.instance_id, scope = lease.scope, "a lease was taken over; its work is dropped");
                metrics::counter!("services_leases_lost_total").increment(1);
                return;
            }
            // Away is not lost: the next write finds out.
            Err(failure) => {
                warn!(instance.id = %lease.instance_id, "a lease could not be prolonged: {failure}")
            }
        }
    }
}
