//! What every handler can reach.

use std::ops::Deref;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use controller::Controller;
use controller::services::Services;
use controller::store::Store;
use controller::wake::Wake;
use process::sealing::KeyRing;
use process::shutdown::Shutdown;
use secrecy::SecretString;

use crate::caller::Gate;
use crate::glance::Glance;
use crate::journal::Journal;
use crate::registry::Registry;

/// How the API behaves.
#[derive(Debug, Clone)]
pub struct Options {
    /// The admin's key.
    pub admin_key: SecretString,
    /// Hosts that conversations live on.
    pub join_hosts: Vec<String>,
    /// Requests a second that one key may make on average; twice as many at once.
    pub requests_per_second: u32,
    /// How many event streams may be open at once.
    pub streams_max: usize,
    /// Where the dashboard's files are; beside the executable or in the checkout when nothing is said.
    pub dashboard: Option<PathBuf>,
}

/// What every handler can reach. Cloned for each layer of each request: one counter.
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// The parts of an [`App`].
pub struct Parts {
    pub(crate) controller: Arc<Controller>,
    pub(crate) registry: Registry,
    pub(crate) glance: Glance,
    pub(crate) keys: Arc<KeyRing>,
    pub(crate) gate: Arc<Gate>,
    pub(crate) join_hosts: Arc<[String]>,
    pub(crate) journal: Journal,
    pub(crate) shutdown: Shutdown,
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl App {
    /// Puts the parts together. Must be called inside a runtime: the journal is followed by a task.
    pub fn new(
        controller: Arc<Controller>,
        keys: Arc<KeyRing>,
        options: &Options,
        shutdown: Shutdown,
    ) -> Self {
        let store = controller.store().clone();
        let gate = Arc::new(Gate::new(
            store.clone(),
            &options.admin_key,
            Arc::clone(&keys),
            options.requests_per_second,
        ));
        tokio::spawn(sweep(Arc::clone(&gate), shutdown.clone()));
        Self(Arc::new(Parts {
            registry: Registry::new(Arc::clone(&controller)),
            glance: Glance::new(store.clone()),
            journal: Journal::follow(store, options.streams_max, shutdown.clone()),
            join_hosts: options.join_hosts.clone().into(),
            controller,
            keys,
            gate,
            shutdown,
        }))
    }

    pub(crate) fn store(&self) -> &Store {
        self.controller.store()
    }

    pub(crate) fn wake(&self) -> &Wake {
        self.controller.wake()
    }

    pub(crate) fn services(&self) -> &Services {
        self.controller.services()
    }
}

/// Forgets the budgets of keys that are not used any more.
async fn sweep(gate: Arc<Gate>, shutdown: Shutdown) {
    const INTERVAL: Duration = Duration::from_secs(60);
    loop {
        tokio::select! {
            () = shutdown.wait() => return,
            () = tokio::time::sleep(INTERVAL) => gate.forget_idle(),
        }
    }
}
