//! The outside world on localhost: Railway, GHCR, OpenRouter, AgentMail, Telnyx and Bankr, with the agents that
//! Railway runs, the limits that vendors set, and faults on demand.
//!
//! ```text
//! /railway/graphql/v2   /openrouter/api/v1   /agentmail/v0   /telnyx/v2   /bankr   /ghcr   one port, a prefix a vendor
//! /_sim/...                                                                                control
//! 127.x.y.z:<agents port>                                                                  a domain an agent
//! ```
//!
//! [`start`] runs it inside a test, [`run`] as a process. What vendors share is the [`world::World`]; how a vendor is
//! added stands in [`vendor`]. Everything is in memory; `--state-file` keeps it over a restart.

mod agentmail;
mod bankr;
pub mod clock;
mod containers;
mod control;
mod delivery;
pub mod dice;
mod edge;
pub mod exchange;
pub mod faults;
mod ghcr;
pub mod journal;
mod openrouter;
pub mod options;
mod railway;
mod server;
mod state_file;
mod telnyx;
pub mod tokens;
pub mod vendor;
pub mod world;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use process::shutdown::Shutdown;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use crate::options::{Options, Plan, Profile, RuntimeKind};

use crate::agentmail::AgentMail;
use crate::bankr::Bankr;
use crate::containers::stub::StubVendor;
use crate::control::Control;
use crate::ghcr::Ghcr;
use crate::openrouter::OpenRouter;
use crate::railway::Railway;
use crate::state_file::Snapshot;
use crate::telnyx::Telnyx;
use crate::vendor::Vendor;
use crate::world::World;

/// A simulator that runs.
#[derive(Debug)]
pub struct Running {
    /// Where vendors and control are, without a trailing slash.
    pub url: String,
    /// The same as an address.
    pub address: SocketAddr,
    /// Port of the agents' domains.
    pub agents_port: u16,
    stop: CancellationToken,
    tasks: TaskTracker,
    /// Folder of the volumes, when it is a temporary one.
    _folder: Option<tempfile::TempDir>,
}

impl Running {
    /// Stops everything, the agents' processes first of all, and waits until all is gone.
    pub async fn stop(self) {
        self.stop.cancel();
        self.tasks.wait().await;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Without the waiting of `stop`: containers are killed when their tasks are dropped with the runtime.
        self.stop.cancel();
    }
}

/// Runs a simulator until `shutdown`, saying where it listens.
///
/// # Errors
/// When a port is taken, an option does not fit, or the state file cannot be read.
pub async fn run(options: Options, shutdown: Shutdown) -> anyhow::Result<()> {
    let running = start(options).await?;
    println!("simulator listens on {}", running.url);
    tracing::info!(url = %running.url, agents.port = running.agents_port, "simulator is ready at {}", running.url);
    shutdown.wait().await;
    running.stop().await;
    Ok(())
}

/// Starts a simulator and returns once it listens.
///
/// # Errors
/// When a port is taken, an option does not fit, or the state file cannot be read.
pub async fn start(options: Options) -> anyhow::Result<Running> {
    let snapshot = match &options.state_file {
        Some(path) => state_file::load(path)?,
        None => Snapshot::default(),
    };
    let agents_port = if options.agents_port == 0 { snapshot.agents_port } else { options.agents_port };
    let listener = listen(SocketAddr::new(options.host, options.port)).await?;
    let edge = edge::listen(agents_port)
        .await
        .map_err(|error| anyhow::anyhow!("listen on port {agents_port} for the agents' domains: {error}"))?;
    let agents_port = edge.local_addr()?.port();
    let address = listener.local_addr()?;
    let (volumes, folder) = volumes(&options)?;

    let world = Arc::new(World::new(options, catalogue()).map_err(anyhow::Error::msg)?);
    let ghcr = Ghcr::new(world.clone());
    let client = delivery::client()?;
    let railway = Railway::new(world.clone(), ghcr.clone(), client.clone(), agents_port, &volumes)?;
    let vendors: Vec<Arc<dyn Vendor>> = vec![
        railway.clone(),
        ghcr,
        OpenRouter::new(world.clone()),
        AgentMail::new(world.clone(), client.clone()),
        Telnyx::new(world.clone(), client),
        Bankr::new(world.clone()),
    ];
    restore(&vendors, snapshot)?;

    let stop = CancellationToken::new();
    let tasks = TaskTracker::new();
    tasks.spawn(railway.clone().run(stop.clone()));
    railway.recover();
    tasks.spawn(edge::serve(edge, railway.clone(), stop.clone()));
    if let Some(path) = world.options.state_file.clone() {
        tasks.spawn(state_file::keep(path, agents_port, world.clone(), vendors.clone(), stop.clone()));
    }
    let mut router = Router::new();
    for vendor in &vendors {
        router = router.nest(&format!("/{}", vendor.name()), vendor.clone().routes());
    }
    let router = router.merge(control::routes(Control { world, vendors, railway }));
    tasks.spawn(server::serve(listener, router, stop.clone()));
    tasks.close();
    Ok(Running { url: format!("http://{address}"), address, agents_port, stop, tasks, _folder: folder })
}

/// The operations that faults may name, of all vendors and of the agents.
fn catalogue() -> faults::Catalogue {
    vec![
        (railway::NAME, &railway::OPERATIONS),
        (ghcr::NAME, &ghcr::OPERATIONS),
        (openrouter::NAME, &openrouter::OPERATIONS),
        (agentmail::NAME, &agentmail::OPERATIONS),
        (telnyx::NAME, &telnyx::OPERATIONS),
        (bankr::NAME, &bankr::OPERATIONS),
        (StubVendor.name(), StubVendor.operations()),
    ]
}

fn restore(vendors: &[Arc<dyn Vendor>], mut snapshot: Snapshot) -> anyhow::Result<()> {
    for vendor in vendors {
        if let Some(state) = snapshot.vendors.remove(vendor.name()) {
            let restored = vendor.restore(state);
            restored.map_err(|error| anyhow::anyhow!("state of {} does not fit: {error}", vendor.name()))?;
        }
    }
    Ok(())
}

/// Binds the address; a port that is taken is the one error worth a type of its own.
async fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address)
        .await
        .map_err(|source| anyhow::Error::new(source).context(format!("listen on {address}")))
}

/// The folder of the volumes.
fn volumes(options: &Options) -> anyhow::Result<(PathBuf, Option<tempfile::TempDir>)> {
    let (root, folder) = match &options.state_dir {
        Some(folder) => (folder.clone(), None),
        None => {
            let folder = tempfile::Builder::new().prefix("simulator-").tempdir()?;
            (folder.path().to_owned(), Some(folder))
        }
    };
    let volumes = root.join("volumes");
    std::fs::create_dir_all(&volumes)?;
    Ok((volumes.canonicalize()?, folder))
}
