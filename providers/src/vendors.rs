//! How the vendors are, as the cheapest call to each says from time to time.
//!
//! A vendor that is away or refuses our key stops nothing here: it is told (readiness, registry, metrics), and asked again.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use model::services::VendorState;
use process::clock;
use tracing::{info, warn};

use crate::app::Services;
use crate::vendor::{Class, Failure};

/// Between two looks at a vendor, on the vendors' clock.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// The first look at a vendor that is away comes again after this, on the vendors' clock.
const LOOK_AGAIN: Duration = Duration::from_secs(15);

/// The word for where agents run.
const COMPUTE: &str = "compute";

/// The latest looks.
#[derive(Debug, Default)]
pub struct Vendors {
    states: Mutex<BTreeMap<&'static str, VendorState>>,
}

impl Vendors {
    /// What is wrong with the vendor of a tool.
    pub fn problem(&self, name: &str) -> Option<String> {
        self.lock().get(name)?.problem.clone()
    }

    /// All that were looked at.
    pub fn states(&self) -> Vec<VendorState> {
        self.lock().values().cloned().collect()
    }

    fn learn(&self, name: &'static str, outcome: Result<(), Failure>, took: Duration) {
        let now = clock::now();
        let problem = outcome.as_ref().err().map(sentence);
        metrics::gauge!("services_vendor_up", "tool" => name).set(if problem.is_some() { 0.0 } else { 1.0 });
        let mut states = self.lock();
        let before = states.get(name);
        let changed = before.is_none_or(|before| before.problem != problem);
        match (&outcome, changed) {
            (Err(failure), true) => warn!(vendor = name, "a vendor cannot be used now: {failure}"),
            (Ok(()), true) if before.is_some() => info!(vendor = name, "{name} can be used again"),
            _ => {}
        }
        let errors = before.map_or(0, |before| before.errors) + u64::from(problem.is_some());
        let since = before.filter(|_| !changed).map_or(now, |before| before.since);
        let latency_ms = Some(u64::try_from(took.as_millis()).unwrap_or(u64::MAX));
        states.insert(
            name,
            VendorState { name: name.to_owned(), problem, latency_ms, errors, checked_at: now, since },
        );
    }

    /// Plain values: a panic elsewhere leaves nothing half-done in them.
    fn lock(&self) -> MutexGuard<'_, BTreeMap<&'static str, VendorState>> {
        self.states.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is wrong, without the vendor's own text.
fn sentence(failure: &Failure) -> String {
    let vendor = failure.vendor;
    match failure.class {
        Class::Auth => format!("{vendor} does not take our key"),
        Class::Forbidden => format!("{vendor} does not allow this to our key"),
        Class::RateLimited { .. } => format!("{vendor} throttles us"),
        Class::PlanLimit => format!("the plan or balance at {vendor} is used up"),
        class if class.is_final() => format!("{vendor} does not understand us ({class})"),
        _ => format!("{vendor} does not answer"),
    }
}

/// Looks at every vendor until the process stops.
pub async fn watch(services: Arc<Services>) {
    loop {
        let everybody_is_well = look(&services).await;
        let wait = if everybody_is_well { LOOK_EVERY } else { LOOK_AGAIN };
        tokio::select! {
            () = services.shutdown.wait() => return,
            () = tokio::time::sleep(services.pace.wait(wait).max(Duration::from_secs(1))) => {}
        }
    }
}

/// One look at each, all at once; whether all are well.
async fn look(services: &Services) -> bool {
    let compute = async { services.infra.check().await };
    let tools = services.registry.get_all().iter().filter(|plugin| plugin.configured().is_ok());
    let tools = tools.map(|plugin| timed(services, plugin.tool_id(), plugin.check()));
    let (compute, tools) =
        tokio::join!(timed(services, COMPUTE, Box::pin(compute)), futures::future::join_all(tools));
    compute && tools.into_iter().all(|well| well)
}

async fn timed(
    services: &Services,
    name: &'static str,
    look: impl Future<Output = Result<(), Failure>>,
) -> bool {
    let started = Instant::now();
    let outcome = look.await;
    let well = outcome.is_ok();
    services.vendors.learn(name, outcome, started.elapsed());
    well
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_is_told_until_it_is_over_and_never_in_the_vendors_words() {
        let vendors = Vendors::default();
        let failure = Failure::local("agentmail", "check", Class::Auth, "key am_secret is not valid");
        vendors.learn("email", Err(failure), Duration::from_millis(5));
        assert_eq!(vendors.problem("email").unwrap(), "agentmail does not take our key");
        let since = vendors.states()[0].since;
        vendors.learn("email", Ok(()), Duration::from_millis(5));
        assert_eq!(vendors.problem("email"), None);
        assert!(vendors.states()[0].since >= since);
        assert_eq!(vendors.problem("sms"), None);
    }
}
