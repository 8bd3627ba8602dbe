//! The operator's verbs, in kubectl's habits: each is one call or one look at the pool API.
//!
//! Exit codes: 0 done; 1 the API refused, failed or could not be reached, or a claim did not become
//! ready; 2 the command line or the context is wrong.

mod apply;
mod change;
mod claim;
mod client;
mod context;
mod doctor;
mod events;
mod explain;
mod get;
mod kinds;
mod output;

use std::io::Read;
use std::path::Path;

use clap::{Args, Subcommand};
use process::exit::{ExitReason, Failure};

use client::PoolApi;

/// Which pool API, and who asks.
#[derive(Debug, Clone, Args)]
pub struct Access {
    /// Context of the configuration file to use; `dev` is what `convos-agents dev` started last
    #[arg(long, global = true, env = "CONVOS_AGENTS_CONTEXT")]
    context: Option<String>,
    /// Address of the pool API, instead of a context's
    #[arg(long, global = true, env = "CONVOS_AGENTS_SERVER")]
    server: Option<String>,
    /// API key, instead of a context's; better given in the variable, which other processes cannot see
    #[arg(long, global = true, env = "CONVOS_AGENTS_KEY", hide_env_values = true)]
    key: Option<String>,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// List records, or show one
    Get(get::Get),
    /// Show one record with its conditions and what happened to it
    Describe(explain::Describe),
    /// Claim an agent and follow it until its invite link works
    Claim(claim::Claim),
    /// Change how many instances a pool keeps ready
    Scale(change::Scale),
    /// Make pools and templates as a YAML file describes them
    Apply(apply::Apply),
    /// Give up the idle instances of a pool; claimed ones stay
    Drain(change::Drain),
    /// Destroy an instance, release a claim, or delete a pool or template
    Destroy(change::Destroy),
    /// Start an instance anew, with another image if wanted; its volume stays
    Redeploy(change::Redeploy),
    /// Tell why a record is as it is, and what will be done next
    Explain(explain::Explain),
    /// List what happened, or follow it live
    Events(events::Events),
    /// Check access, clocks, versions, queues and pools, and say what to do
    Doctor(doctor::Doctor),
    /// List, choose or change the contexts of the configuration file
    #[command(subcommand)]
    Context(context::Command),
}

/// Does one verb.
pub async fn run(access: Access, verb: Verb) -> Result<(), Failure> {
    if let Verb::Context(command) = verb {
        return context::run(command);
    }
    let api = PoolApi::connect(context::resolve(&access)?)?;
    match verb {
        Verb::Get(get) => get.run(&api).await,
        Verb::Describe(describe) => describe.run(&api).await,
        Verb::Claim(claim) => claim.run(&api).await,
        Verb::Scale(scale) => scale.run(&api).await,
        Verb::Apply(apply) => apply.run(&api).await,
        Verb::Drain(drain) => drain.run(&api).await,
        Verb::Destroy(destroy) => destroy.run(&api).await,
        Verb::Redeploy(redeploy) => redeploy.run(&api).await,
        Verb::Explain(explain) => explain.run(&api).await,
        Verb::Events(events) => events.run(&api).await,
        Verb::Doctor(doctor) => doctor.run(&api).await,
        Verb::Context(_) => Ok(()),
    }
}

/// The text of a file that was named on the command line; `-` is the standard input.
fn read_text(file: &Path) -> Result<String, Failure> {
    let text = if file.as_os_str() == "-" {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).map(|_| text)
    } else {
        std::fs::read_to_string(file)
    };
    text.map_err(|error| Failure::new(ExitReason::Configuration, format!("read {}: {error}", file.display())))
}
