//! The front of an agent's container.
//!
//! It answers the agent contract (`/pool/*`, `/convos/*`), keeps what the container was made into on its volume,
//! supervises the agent's process and passes everything else on to it, HTTP and WebSocket.
//!
//! | module | what it holds |
//! |---|---|
//! | [`settings`] | the environment, read once |
//! | [`front`] | the routes |
//! | [`binding`] | the one claim of a container: what a provision call leads to |
//! | [`variables`], [`environment`] | the agent's variables, those of the boot and those given live |
//! | [`volume`] | state that survives a restart |
//! | [`supervisor`] | keeps the agent's process alive |
//! | [`agent`] | which agents there are, and the inner contract with them |
//! | [`builtin`] | the small agent in this executable |
//! | [`openclaw`] | files and variables of the gateway, before each of its lives |
//! | [`services`], [`command`] | what an agent can ask for itself, and how it does |

pub mod agent;
pub mod binding;
pub mod builtin;
pub mod command;
pub mod environment;
pub mod front;
pub mod openclaw;
pub mod refusal;
pub mod services;
pub mod settings;
pub mod supervisor;
pub mod variables;
pub mod volume;

use std::net::SocketAddr;

use process::auth::Digest;
use process::config::Settings;
use process::exit::{ExitReason, Failure};
use process::server::{self, HttpMetrics};
use process::shutdown::Shutdown;
use secrecy::ExposeSecret;
use tracing::info;

use agent::{Agent, Kind, Place};
use environment::Environment;
use front::{About, Front};
use settings::Configuration;
use supervisor::{Mask, Plan};
use variables::Variables;
use volume::Volume;

/// Runs the front until it is asked to stop, or until the agent cannot be kept alive.
///
/// # Errors
/// A wrong configuration, a taken port, a volume that cannot be written, an agent that does not live.
pub async fn run(settings: Settings, boot: Variables) -> Result<(), Failure> {
    let configuration = settings.read(Configuration::read)?;
    init_logs(&configuration)?;
    let shutdown = Shutdown::on_signals().map_err(Failure::other)?;
    let listener =
        server::bind(SocketAddr::from((configuration.listen.host, configuration.listen.port))).await?;
    let bound = listener.local_addr().map_err(Failure::other)?;
    let place = Place {
        executable: std::env::current_exe().map_err(Failure::other)?,
        public_base: configuration.public_base(bound),
        state: configuration.state.clone(),
        openclaw: configuration.openclaw.clone(),
    };
    info!(agent = configuration.agent.word(), at = place.public_base, "the container starts");

    let volume = Volume::open(&configuration.state).map_err(Failure::other)?;
    let mask = Mask::default();
    let environment = Environment::load(boot, volume.clone(), mask.clone()).await.map_err(Failure::other)?;
    let agent = Agent::new(configuration.token.clone());
    let kind = configuration.agent;
    if kind == Kind::Openclaw {
        // Told at once what will not work later: a container that can never become ready shall not look like a slow one.
        openclaw::prepare(&place.openclaw, &mut environment.variables())
            .map_err(|error| Failure::new(ExitReason::Configuration, error))?;
    }
    let next_life = environment.clone();
    let plan = Plan {
        launcher: Box::new(move |address| agent::launch(kind, &place, address, next_life.variables())),
        probes: kind.probes(),
        port: configuration.agent_port,
        timing: configuration.timing.clone(),
        mask,
    };
    let (supervisor, driver) = supervisor::new(plan, agent.clone());
    let about = About {
        kind,
        instance_id: configuration.instance_id.clone(),
        openclaw: configuration.openclaw.clone(),
        token: Digest::of(configuration.token.expose_secret()),
    };
    let front = Front::load(about, agent, supervisor, environment, volume).map_err(Failure::other)?;
    let router = server::finish(front.router(), HttpMetrics::new("runtime"));

    // Each half ends the other: a front without an agent is of no use, nor the other way round.
    let serving = async {
        let outcome = server::serve("convos-runtime", listener, router, &shutdown).await;
        shutdown.begin();
        outcome
    };
    let driving = async {
        let outcome = driver.run(shutdown.clone()).await;
        shutdown.begin();
        outcome
    };
    let (served, driven) = tokio::join!(serving, driving);
    driven.map_err(Failure::other)?;
    Ok(served?)
}

fn init_logs(configuration: &Configuration) -> Result<(), Failure> {
    process::telemetry::init_logs(configuration.log_format, configuration.log_filter.as_deref(), None)
        .map_err(Failure::other)
}
