//! `convos-runtime`: the entry of an agent's container, and the commands that an agent has inside it.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use convos_runtime::agent::Kind;
use convos_runtime::command::ServicesCommand;
use convos_runtime::{builtin, variables::Variables};
use process::config::Settings;
use process::exit::{Failure, end};

const VARIABLES: &str = "\
Variables (all problems are told at once, exit code 2):
  GATEWAY_TOKEN               who may provision this container; at least 16 characters
                              (OPENCLAW_GATEWAY_TOKEN is taken too)
  HOST, PORT                  where to listen (0.0.0.0, 8080; port 0 takes any free one)
  AGENT                       builtin (default) or openclaw
  AGENT_PORT                  the agent's loopback port (builtin: any free one, openclaw: 18789)
  AGENT_START_TIMEOUT         time to become ready (3m)
  AGENT_STOP_GRACE            from SIGTERM to SIGKILL (8s)
  AGENT_RESTART_PAUSE         pause after the first crash, doubling (500ms)
  INSTANCE_ID                 shown by /pool/health, needed by `services`
  RAILWAY_PUBLIC_DOMAIN       where people reach the container
  RAILWAY_VOLUME_MOUNT_PATH   the volume; else the parent of OPENCLAW_STATE_DIR, else /data
  OPENROUTER_API_KEY, OPENROUTER_API_URL, OPENCLAW_PRIMARY_MODEL
                              the builtin agent's model; it echoes without them
  OPENCLAW_FILES, OPENCLAW_STATE_DIR
                              what the image ships for the gateway (/opt/openclaw), its own folder (/data/openclaw)
  BUILTIN_JOIN                accept, pending or refuse: how the builtin agent's joins end
  SERVICES_URL, INSTANCE_SERVICES_TOKEN
                              for `services`
  LOG_FORMAT, RUST_LOG        json (default) or pretty; a filter such as info";

/// The front of an agent's container: serves the agent contract, supervises the agent, passes everything else on to it
#[derive(Parser)]
#[command(name = "convos-runtime", version, after_help = VARIABLES)]
struct Arguments {
    /// Which agent runs inside (variable AGENT)
    #[arg(long, value_enum)]
    agent: Option<Kind>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Run the front (the default)
    Run,
    /// Run the builtin agent by itself; the front does this
    Builtin(builtin::Options),
    /// This agent's own tools: get one, read and send mail and text messages
    #[command(subcommand)]
    Services(ServicesCommand),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    // One thread is enough for one conversation, and many agents share a machine in development.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().max_blocking_threads(4).build();
    end(match runtime {
        Ok(runtime) => runtime.block_on(run(arguments)),
        Err(error) => Err(Failure::other(error)),
    })
}

async fn run(arguments: Arguments) -> Result<(), Failure> {
    let mut settings = Settings::from_environment();
    if let Some(agent) = arguments.agent {
        settings.set("AGENT", agent.word());
    }
    match arguments.command {
        None | Some(Command::Run) => convos_runtime::run(settings, variables()).await,
        Some(Command::Builtin(options)) => builtin::run(options, settings, variables()).await,
        Some(Command::Services(command)) => command.run(settings).await,
    }
}

/// The environment as the agent gets it. A variable that is no text cannot be kept or sent anywhere, so it is left out.
fn variables() -> Variables {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}
