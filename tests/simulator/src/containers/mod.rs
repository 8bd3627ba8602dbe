//! The containers of deployments: real runtime processes, or stand-ins inside the simulator.
//!
//! Railway's state decides when a container starts and stops; this module does it and reports back when a container
//! becomes healthy or ends by itself. A container that was stopped on purpose reports nothing any more.

pub(crate) mod memory;
mod process;
pub(crate) mod stub;

use std::path::Path;
use std::sync::Arc;

use serde_json::Value;

use self::process::Processes;
use self::stub::Stubs;
use crate::options::RuntimeKind;
use crate::railway::effects::Launch;
use crate::world::World;

/// News of a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Report {
    /// It answers its health check.
    Healthy {
        /// Its deployment.
        deployment_id: String,
    },
    /// It ended by itself.
    Exited {
        /// Its deployment.
        deployment_id: String,
        /// With code 0.
        clean: bool,
    },
}

/// Who takes the news.
pub(crate) type Reporter = Arc<dyn Fn(Report) + Send + Sync>;

/// All containers, of one kind.
pub(crate) enum Containers {
    /// Real processes.
    Process(Processes),
    /// Stand-ins.
    Stub(Arc<Stubs>),
}

impl Containers {
    /// No container yet, of the kind that the world's options name.
    pub fn new(world: Arc<World>, volumes: &Path, client: reqwest::Client, report: Reporter) -> Self {
        match world.options.runtime {
            RuntimeKind::Process => Self::Process(Processes::new(world, volumes, client, report)),
            RuntimeKind::Stub => Self::Stub(Stubs::new(world, report)),
        }
    }

    /// Starts a container.
    pub fn start(&self, launch: Launch) {
        match self {
            Self::Process(processes) => processes.start(launch),
            Self::Stub(stubs) => stubs.start(launch),
        }
    }

    /// Stops a container; it reports nothing any more.
    pub fn stop(&self, deployment_id: &str) {
        match self {
            Self::Process(processes) => processes.stop(deployment_id),
            Self::Stub(stubs) => stubs.stop(deployment_id),
        }
    }

    /// Kills a container as the kernel does when memory is short; its end is reported.
    pub fn kill(&self, deployment_id: &str) {
        match self {
            Self::Process(processes) => processes.kill(deployment_id),
            Self::Stub(stubs) => stubs.kill(deployment_id),
        }
    }

    /// Makes a container deaf, or lets it go on.
    pub fn hang(&self, deployment_id: &str, hung: bool) {
        match self {
            Self::Process(processes) => processes.hang(deployment_id, hung),
            Self::Stub(stubs) => stubs.hang(deployment_id, hung),
        }
    }

    /// Deletes a volume's content, once no container uses it.
    pub fn remove_volume(&self, volume_id: &str) {
        match self {
            Self::Process(processes) => processes.remove_volume(volume_id),
            Self::Stub(stubs) => stubs.remove_volume(volume_id),
        }
    }

    /// Stops every container and deletes every volume.
    pub fn remove_all(&self) {
        match self {
            Self::Process(processes) => processes.remove_all(),
            Self::Stub(stubs) => stubs.remove_all(),
        }
    }

    /// Stops every container and waits until all are gone; volumes stay.
    pub async fn stop_all(&self) {
        match self {
            Self::Process(processes) => processes.stop_all().await,
            Self::Stub(_) => {}
        }
    }

    /// What stand-ins keep on their volumes; processes keep theirs in files.
    pub fn snapshot(&self) -> Value {
        match self {
            Self::Process(_) => Value::Null,
            Self::Stub(stubs) => stubs.snapshot(),
        }
    }

    /// Takes what an earlier run kept.
    pub fn restore(&self, snapshot: Value) -> Result<(), serde_json::Error> {
        match self {
            Self::Stub(stubs) if !snapshot.is_null() => stubs.restore(snapshot),
            _ => Ok(()),
        }
    }
}
