//! One child process: started, watched, started again, stopped.

use std::{
    fs::File,
    io,
    os::unix::process::ExitStatusExt,
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    time::{Duration, Instant},
};

use cluster::Cluster;
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use tokio::{
    process::{Child, Command},
    sync::watch,
    task::JoinHandle,
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;

use super::children::{Invocation, Name, is_foreign};
use crate::parent::PARENT_VARIABLE;

/// The pause before a child that died is started again; doubled by each death, up to the longest.
const RESTART_PAUSE: Duration = Duration::from_secs(1);
/// The longest pause.
const RESTART_PAUSE_MAX: Duration = Duration::from_secs(30);
/// A child that lived this long died of something new: the pause starts anew.
const LIVED_WELL: Duration = Duration::from_secs(30);
/// A log larger than this is put aside when its child starts.
const LOG_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// What runs.
#[derive(Clone)]
pub enum Program {
    /// The database server.
    Postgres(Box<Cluster>),
    /// A subcommand of this executable.
    Ours(Invocation),
}

impl Program {
    async fn command(&self) -> io::Result<Command> {
        match self {
            Self::Postgres(cluster) => {
                // Children of a postmaster that was killed, and its pid file, would keep a new one out.
                cluster.stop_leftover().await.map_err(io::Error::other)?;
                Ok(cluster.server().into())
            }
            Self::Ours(invocation) => {
                let mut command = Command::new(std::env::current_exe()?);
                for (name, _) in std::env::vars_os() {
                    if name.to_str().is_none_or(is_foreign) {
                        command.env_remove(&name);
                    }
                }
                command.args(&invocation.arguments).envs(&invocation.variables);
                command.env(PARENT_VARIABLE, std::process::id().to_string()).stdin(Stdio::null());
                Ok(command)
            }
        }
    }

    /// The signal that asks for an orderly end, and the one that ends at once.
    const fn signals(&self) -> (Signal, Signal) {
        match self {
            // Fast shutdown; immediate shutdown, which takes the server's own children along.
            Self::Postgres(_) => (Signal::SIGINT, Signal::SIGQUIT),
            Self::Ours(_) => (Signal::SIGTERM, Signal::SIGKILL),
        }
    }
}

/// How a child is doing.
#[derive(Debug, Clone, Default)]
pub struct State {
    /// Its process id while it runs.
    pub pid: Option<u32>,
    /// How often it died.
    pub deaths: u32,
    /// How it died last, in words.
    pub last_death: Option<String>,
    /// The exit code of its last death, if it had one.
    pub last_code: Option<i32>,
    /// The pause until it is started again.
    pub again_in: Duration,
}

/// A child that is kept running until it is stopped.
pub struct Kept {
    /// Which one.
    pub name: Name,
    /// How it is doing; changes wake the waiting.
    pub state: watch::Receiver<State>,
    stop: CancellationToken,
    done: JoinHandle<()>,
}

impl Kept {
    /// Starts the child, and again whenever it dies. `grace` is the time it gets for an orderly end.
    pub fn start(name: Name, program: Program, log: PathBuf, grace: Duration) -> Self {
        let (sender, state) = watch::channel(State::default());
        let stop = CancellationToken::new();
        let done = tokio::spawn(keep(program, log, grace, sender, stop.clone()));
        Self { name, state, stop, done }
    }

    /// Stops the child and waits until it is gone.
    pub async fn stop(self) {
        self.stop.cancel();
        // The task does not panic; were it to, the child would still go with us.
        let _ = self.done.await;
    }
}

async fn keep(
    program: Program,
    log: PathBuf,
    grace: Duration,
    state: watch::Sender<State>,
    stop: CancellationToken,
) {
    let mut pause = RESTART_PAUSE;
    loop {
        let started = Instant::now();
        let death = match spawn(&program, &log).await {
            Err(error) => (format!("did not start: {error}"), None),
            Ok(mut child) => {
                state.send_modify(|state| state.pid = child.id());
                tokio::select! {
                    status = child.wait() => describe(status),
                    () = stop.cancelled() => return end(&mut child, &program, grace).await,
                }
            }
        };
        if started.elapsed() > LIVED_WELL {
            pause = RESTART_PAUSE;
        }
        state.send_modify(|state| {
            *state = State {
                pid: None,
                deaths: state.deaths + 1,
                last_code: death.1,
                last_death: Some(death.0),
                again_in: pause,
            };
        });
        tokio::select! {
            () = sleep(pause) => {}
            () = stop.cancelled() => return,
        }
        pause = (pause * 2).min(RESTART_PAUSE_MAX);
    }
}

async fn spawn(program: &Program, log: &Path) -> io::Result<Child> {
    let output = open_log(log)?;
    let mut command = program.command().await?;
    // A group of its own: an interrupt at the terminal reaches us alone, and we stop them in order.
    command.process_group(0).stdout(output.try_clone()?).stderr(output).spawn()
}

fn open_log(log: &Path) -> io::Result<File> {
    if let Some(folder) = log.parent() {
        std::fs::create_dir_all(folder)?;
    }
    if std::fs::metadata(log).is_ok_and(|log| log.len() > LOG_BYTES_MAX) {
        std::fs::rename(log, log.with_extension("log.old"))?;
    }
    File::options().create(true).append(true).open(log)
}

async fn end(child: &mut Child, program: &Program, grace: Duration) {
    let (ask, force) = program.signals();
    send(child, ask);
    if timeout(grace, child.wait()).await.is_err() {
        send(child, force);
        let _ = child.wait().await;
    }
}

fn send(child: &Child, signal: Signal) {
    if let Some(pid) = child.id() {
        // It may have ended by itself, which is what is wanted.
        let _ = kill(Pid::from_raw(pid.cast_signed()), signal);
    }
}

fn describe(status: io::Result<ExitStatus>) -> (String, Option<i32>) {
    match status {
        Err(error) => (format!("was lost: {error}"), None),
        Ok(status) => match (status.code(), status.signal().map(Signal::try_from)) {
            (Some(code), _) => (format!("ended with code {code}"), Some(code)),
            (None, Some(Ok(signal))) => (format!("was killed by {signal}"), None),
            (None, _) => ("was killed".to_owned(), None),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deaths_are_told_in_words() {
        let death = |raw| describe(Ok(ExitStatus::from_raw(raw)));
        assert_eq!(death(2 << 8), ("ended with code 2".to_owned(), Some(2)));
        assert_eq!(death(9), ("was killed by SIGKILL".to_owned(), None));
    }
}
