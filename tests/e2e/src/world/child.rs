//! One process of the system under test: started, killed, paused, continued, asked to stop.

use std::{
    collections::BTreeMap,
    fs::File,
    os::unix::process::ExitStatusExt,
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    time::Duration,
};

use anyhow::{Context, Result, bail};
use nix::{
    sys::signal::{Signal, kill, killpg},
    unistd::Pid,
};
use tokio::{process::Command, time::timeout};

use crate::settle::patience;

/// Tells a process of ours to follow its parent; see `deploy/src/parent.rs`.
const PARENT_VARIABLE: &str = "CONVOS_AGENTS_PARENT";
/// A process that was killed is gone within this time, whatever it did.
const GONE_WITHIN: Duration = Duration::from_secs(10);
/// How long a process whose world ends gets to take its own children along.
const LAST_GRACE: Duration = Duration::from_secs(3);
/// Lines of a log that are shown when a test fails.
const LOG_LINES_SHOWN: usize = 40;

/// What to run.
#[derive(Debug, Clone)]
pub struct Invocation {
    /// Name in messages and of the log.
    pub name: String,
    /// The executable.
    pub program: PathBuf,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// Its whole environment but `PATH`.
    pub variables: BTreeMap<String, String>,
}

/// A process, running or not.
#[derive(Debug)]
pub struct Child {
    invocation: Invocation,
    log: PathBuf,
    running: Option<tokio::process::Child>,
    paused: bool,
    /// Where in its log the present life begins.
    life_begins: usize,
}

impl Child {
    /// A process that is not started yet; its output goes to a file in `folder`.
    pub fn new(invocation: Invocation, folder: &Path) -> Self {
        let log = folder.join(format!("{}.log", invocation.name));
        Self { invocation, log, running: None, paused: false, life_begins: 0 }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.invocation.name
    }

    /// The environment with which it is started next.
    pub fn variables(&mut self) -> &mut BTreeMap<String, String> {
        &mut self.invocation.variables
    }

    /// Starts it, unless it runs.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(&mut self) -> Result<()> {
        if self.is_running() {
            return Ok(());
        }
        self.life_begins = self.log().len();
        let output = File::options().create(true).append(true).open(&self.log)?;
        let mut command = Command::new(&self.invocation.program);
        command
            .args(&self.invocation.arguments)
            .env_clear()
            .envs(std::env::vars_os().filter(|(name, _)| name == "PATH" || name == "TMPDIR"))
            .envs(&self.invocation.variables)
            .env(PARENT_VARIABLE, std::process::id().to_string())
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output);
        let child =
            command.spawn().with_context(|| format!("start {}", self.invocation.program.display()))?;
        self.running = Some(child);
        self.paused = false;
        Ok(())
    }

    /// Its process id while it runs.
    pub fn pid(&self) -> Option<Pid> {
        let id = self.running.as_ref()?.id()?;
        Some(Pid::from_raw(id.cast_signed()))
    }

    /// Whether it runs, paused or not.
    pub fn is_running(&mut self) -> bool {
        self.running.as_mut().is_some_and(|child| matches!(child.try_wait(), Ok(None)))
    }

    /// Its exit code, if it ended and nobody here made it.
    pub fn ended_by_itself(&mut self) -> Option<i32> {
        let status = self.running.as_mut()?.try_wait().ok().flatten()?;
        Some(code(status))
    }

    /// Whether it is paused.
    pub fn is_paused(&self) -> bool {
        self.paused
    }

    fn send(&self, signal: Signal) {
        if let Some(pid) = self.pid() {
            // It may have ended by itself, which the caller finds out by waiting.
            let _ = kill(pid, signal);
        }
    }

    /// Ends it without a word, as a crash does.
    ///
    /// # Errors
    /// When it does not go.
    pub async fn kill(&mut self) -> Result<()> {
        self.send(Signal::SIGKILL);
        self.exit_within(GONE_WITHIN).await.map(drop)
    }

    /// Stops its clock: it neither works nor ends.
    pub fn pause(&mut self) {
        self.send(Signal::SIGSTOP);
        self.paused = true;
    }

    /// Lets it go on from where it was.
    pub fn resume(&mut self) {
        self.send(Signal::SIGCONT);
        self.paused = false;
    }

    /// Asks it to stop.
    pub fn terminate(&self) {
        self.send(Signal::SIGTERM);
    }

    /// Interrupts it as Ctrl-C does.
    pub fn interrupt(&self) {
        self.send(Signal::SIGINT);
    }

    /// Waits for its end and returns its exit code, or 128 and the signal that ended it.
    ///
    /// # Errors
    /// When it still runs after that time.
    pub async fn exit_within(&mut self, limit: Duration) -> Result<i32> {
        let Some(child) = &mut self.running else { bail!("{} does not run", self.invocation.name) };
        let limit = limit * patience();
        let status = timeout(limit, child.wait()).await.with_context(|| {
            format!("{} still runs after {limit:?}; its log ends:\n{}", self.invocation.name, self.log_end())
        })??;
        self.running = None;
        Ok(code(status))
    }

    /// Whether it has come so far in its present life that it listens, and hears a request to stop.
    pub fn has_listened(&self) -> bool {
        self.log().get(self.life_begins..).is_some_and(|said| said.contains("listening on"))
    }

    /// Everything it wrote so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// The last lines of it.
    pub fn log_end(&self) -> String {
        let text = self.log();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(LOG_LINES_SHOWN)..].join("\n")
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("--- {}\n{}\n", self.invocation.name, self.log_end());
        }
        let Some(pid) = self.pid().filter(|_| self.is_running()) else { return };
        // A paused process would not hear the request; one with children of its own ends them first.
        let _ = kill(pid, Signal::SIGTERM);
        let _ = kill(pid, Signal::SIGCONT);
        let ended = std::time::Instant::now();
        while self.is_running() && ended.elapsed() < LAST_GRACE {
            std::thread::sleep(Duration::from_millis(10));
        }
        let _ = killpg(pid, Signal::SIGKILL);
        let _ = self.running.as_mut().map(tokio::process::Child::try_wait);
    }
}

fn code(status: ExitStatus) -> i32 {
    status.code().or_else(|| status.signal().map(|signal| 128 + signal)).unwrap_or(-1)
}
