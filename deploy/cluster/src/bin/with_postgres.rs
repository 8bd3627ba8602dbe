//! Runs a command beside a throw-away PostgreSQL cluster, which is gone when the command ends.
//!
//! The command finds the server in `DATABASE_URL`, and for each `--migrate NAME=FOLDER` a migrated
//! database in `NAME_DATABASE_URL`. The exit code is the command's.

use std::{
    path::PathBuf,
    process::{ExitCode, ExitStatus},
};

use anyhow::Context;
use clap::Parser;
use cluster::{Cluster, Durability, free_port, random_password};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use tokio::{
    process::{Child, Command},
    signal::unix::{SignalKind, signal},
};

/// Run a command beside a throw-away PostgreSQL cluster.
#[derive(Parser)]
struct Options {
    /// A database to prepare: NAME=FOLDER gives NAME_DATABASE_URL with the folder's migrations applied.
    #[arg(long, value_name = "NAME=FOLDER", value_parser = parse_migrated)]
    migrate: Vec<(String, PathBuf)>,
    /// The command and its arguments.
    #[arg(required = true, trailing_var_arg = true)]
    command: Vec<String>,
}

fn parse_migrated(text: &str) -> Result<(String, PathBuf), String> {
    let (name, folder) = text.split_once('=').ok_or("expected NAME=FOLDER")?;
    if name.is_empty() || !name.chars().all(|c| c.is_ascii_uppercase()) {
        return Err("NAME is written in capital letters".into());
    }
    Ok((name.to_owned(), PathBuf::from(folder)))
}

// One thread: the server is told to end when the thread that started it does.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run(Options::parse()).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("with-postgres: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: Options) -> anyhow::Result<ExitCode> {
    let folder = tempfile::Builder::new().prefix("with-postgres-").tempdir().context("make a folder")?;
    let cluster =
        Cluster::open(&folder.path().join("cluster"), free_port()?, random_password(), Durability::ThrowAway)
            .await?;
    let log = folder.path().join("server.log");
    let output = std::fs::File::create(&log).context("create the server's log")?;
    let mut server = Command::from(cluster.server());
    // Its own group: an interrupt at the terminal ends the command first, the server after it.
    let mut server = server
        .process_group(0)
        .stdout(output.try_clone()?)
        .stderr(output)
        .spawn()
        .context("start postgres")?;
    let result = tokio::select! {
        result = beside(&cluster, &options) => result,
        _ = server.wait() => {
            let text = std::fs::read_to_string(&log).unwrap_or_default();
            Err(anyhow::anyhow!("postgres ended: {}", text.lines().last().unwrap_or("without a word")))
        }
    };
    if let Some(pid) = server.id() {
        // Gone already is as good; pids are positive and fit.
        let _ = kill(Pid::from_raw(pid.cast_signed()), Signal::SIGINT);
        server.wait().await?;
    }
    result
}

async fn beside(cluster: &Cluster, options: &Options) -> anyhow::Result<ExitCode> {
    cluster.wait_until_ready().await?;
    let mut command = Command::new(&options.command[0]);
    command.args(&options.command[1..]).env("DATABASE_URL", cluster.url("postgres"));
    for (name, migrations) in &options.migrate {
        let database = name.to_ascii_lowercase();
        cluster.ensure_database(&database).await?;
        cluster.migrate(&database, migrations).await?;
        command.env(format!("{name}_DATABASE_URL"), cluster.url(&database));
    }
    let mut child = command.spawn().with_context(|| format!("start {}", options.command[0]))?;
    Ok(exit_code(wait_passing_signals_on(&mut child).await?))
}

/// An interrupt at the terminal reaches the command by itself; a SIGTERM to us alone is passed on.
async fn wait_passing_signals_on(child: &mut Child) -> anyhow::Result<ExitStatus> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    loop {
        tokio::select! {
            status = child.wait() => return Ok(status?),
            _ = interrupt.recv() => {}
            _ = terminate.recv() => if let Some(pid) = child.id() {
                let _ = kill(Pid::from_raw(pid.cast_signed()), Signal::SIGTERM);
            },
        }
    }
}

fn exit_code(status: ExitStatus) -> ExitCode {
    use std::os::unix::process::ExitStatusExt;
    let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal)).unwrap_or(1);
    ExitCode::from(u8::try_from(code).unwrap_or(1))
}
