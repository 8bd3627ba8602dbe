//! The command line: which words there are and what each starts.

use std::future::Future;

use clap::{Parser, Subcommand};
use process::exit::Failure;
use tokio::runtime::Builder;

use crate::dev;

/// Keeps a pool of warm agents and hands them out.
#[derive(Debug, Parser)]
#[command(name = "convos-agents", version, propagate_version = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run everything on this machine: PostgreSQL, a simulated outside, services and pool
    Dev(dev::Options),
}

impl Cli {
    /// Does what was asked, and returns when it is over.
    pub fn run(self) -> Result<(), Failure> {
        match self.command {
            // One thread: children are told to end when the thread that started them does.
            Command::Dev(options) => block_on(Builder::new_current_thread(), dev::run(options)),
        }
    }
}

fn block_on<F>(mut builder: Builder, future: F) -> Result<(), Failure>
where
    F: Future<Output = Result<(), Failure>>,
{
    builder.enable_all().build().map_err(Failure::other)?.block_on(future)
}
