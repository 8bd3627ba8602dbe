//! The command line: which words there are and what each starts.

use std::{future::Future, io};

use clap::{CommandFactory, Parser, Subcommand, ValueEnum};
use process::{
    config::Settings,
    exit::{ExitReason, Failure},
    shutdown::Shutdown,
    telemetry::{LogFormat, init_logs},
};
use tokio::runtime::Builder;

use crate::{dev, operator};

/// Keeps a pool of warm agents and hands them out.
#[derive(Debug, Parser)]
#[command(name = "convos-agents", version, propagate_version = true)]
#[command(after_help = "Exit codes: 0 done, 1 failed or refused, 2 wrong configuration or command line, \
    3 port taken, 4 migration or schema version, 130 interrupted twice")]
pub struct Cli {
    #[command(flatten)]
    access: operator::Access,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run everything on this machine: PostgreSQL, a simulated outside, services and pool
    Dev(dev::Options),
    /// Run the external API layer: everything that is asked of vendors and agents (configured by variables)
    Services,
    /// Run the outside world on localhost: vendors with faults on demand, and the agents they run
    Simulator(simulator::Options),
    /// Run the pool: the API and the reconcilers; configured by the environment
    Pool {
        /// Which parts of it run here
        #[arg(long, value_enum, default_value_t)]
        role: PoolRole,
    },
    /// Print the description of the pool's API, OpenAPI 3.1
    Openapi,
    #[command(flatten)]
    Operator(operator::Verb),
    /// Print the completions of a shell: source <(convos-agents completions bash)
    Completions {
        /// The shell
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
    /// Print the manual page: convos-agents man | man -l -
    Man,
}

/// Which parts of the pool process run.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum PoolRole {
    /// The API; claims are worked on by other replicas
    Api,
    /// The reconcilers
    Controller,
    /// Both
    #[default]
    All,
}

impl From<PoolRole> for api::pool::Role {
    fn from(role: PoolRole) -> Self {
        match role {
            PoolRole::Api => Self::Api,
            PoolRole::Controller => Self::Controller,
            PoolRole::All => Self::All,
        }
    }
}

impl Cli {
    /// Does what was asked, and returns when it is over.
    pub fn run(self) -> Result<(), Failure> {
        match self.command {
            // One thread: children are told to end when the thread that started them does.
            Command::Dev(options) => block_on(Builder::new_current_thread(), dev::run(options)),
            Command::Services => {
                block_on(Builder::new_multi_thread(), providers::run::run(Settings::from_environment()))
            }
            Command::Simulator(options) => block_on(Builder::new_multi_thread(), run_simulator(options)),
            Command::Pool { role } => block_on(Builder::new_multi_thread(), run_pool(role)),
            Command::Openapi => {
                println!("{}", api::routes::openapi().to_pretty_json().map_err(Failure::other)?);
                Ok(())
            }
            Command::Operator(verb) => {
                block_on(Builder::new_current_thread(), operator::run(self.access, verb))
            }
            Command::Completions { shell } => {
                clap_complete::generate(shell, &mut Self::command(), "convos-agents", &mut std::io::stdout());
                Ok(())
            }
            Command::Man => {
                clap_mangen::Man::new(Self::command()).render(&mut std::io::stdout()).map_err(Failure::other)
            }
        }
    }
}

fn block_on<F>(mut builder: Builder, future: F) -> Result<(), Failure>
where
    F: Future<Output = Result<(), Failure>>,
{
    builder.enable_all().build().map_err(Failure::other)?.block_on(future)
}

async fn run_pool(role: PoolRole) -> Result<(), Failure> {
    let settings = Settings::from_environment().read(api::settings::Settings::read)?;
    settings.process.init_logs("pool")?;
    let shutdown = Shutdown::on_signals().map_err(Failure::other)?;
    Box::pin(api::pool::run(settings, role.into(), shutdown)).await
}

/// The simulator has no configuration but its options; its logs follow the same variables as the others'.
async fn run_simulator(options: simulator::Options) -> Result<(), Failure> {
    let (format, filter) = Settings::from_environment().read(|settings| {
        (settings.or("LOG_FORMAT", LogFormat::Json), settings.optional::<String>("RUST_LOG"))
    })?;
    init_logs(format, filter.as_deref(), None).map_err(Failure::other)?;
    let shutdown = Shutdown::on_signals().map_err(Failure::other)?;
    simulator::run(options, shutdown).await.map_err(|error| {
        let taken = error.chain().any(|cause| {
            cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::AddrInUse)
        });
        let reason = if taken { ExitReason::PortTaken } else { ExitReason::Failed };
        Failure::new(reason, error)
    })
}
