//! `convos-agents`: one executable, a subcommand per process, `dev` for all of them on this machine.

mod cli;
mod dev;
mod operator;
mod parent;

use std::process::ExitCode;

use clap::Parser;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    parent::follow();
    process::exit::end(cli::Cli::parse().run())
}
