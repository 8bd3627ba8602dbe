//! One life of the agent process: started in a process group of its own, ended as a group.

use std::io;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use tokio::process::{ChildStdin, Command};

use super::logs::{Mask, relay};
use crate::agent::Launch;

/// A running agent. Dropping it kills the whole group.
pub struct Child {
    process: tokio::process::Child,
    group: Option<Pid>,
    // Held open for as long as we live: its end tells the builtin agent that the front is gone, however it went.
    _stdin: Option<ChildStdin>,
}

impl Child {
    /// Starts the process with exactly the launch's environment.
    pub fn spawn(launch: &Launch, mask: &Mask) -> io::Result<Self> {
        mask.learn(&launch.variables);
        let mut process = Command::new(&launch.program)
            .args(&launch.arguments)
            .env_clear()
            .envs(&launch.variables)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true)
            .spawn()?;
        if let Some(stdout) = process.stdout.take() {
            tokio::spawn(relay(stdout, "stdout", mask.clone()));
        }
        if let Some(stderr) = process.stderr.take() {
            tokio::spawn(relay(stderr, "stderr", mask.clone()));
        }
        let group = process.id().and_then(|id| i32::try_from(id).ok()).map(Pid::from_raw);
        Ok(Self { _stdin: process.stdin.take(), process, group })
    }

    /// The process id, while it runs.
    pub fn id(&self) -> Option<u32> {
        self.process.id()
    }

    /// Waits until it ends by itself, then removes what it left behind in its group.
    pub async fn wait(&mut self) -> io::Result<ExitStatus> {
        let status = self.process.wait().await;
        self.kill();
        status
    }

    /// Asks it to end, waits for the grace time, kills what is still there.
    pub async fn stop(mut self, grace: Duration) {
        self.signal(Signal::SIGTERM);
        let ended = tokio::time::timeout(grace, self.process.wait()).await;
        if ended.is_err() {
            tracing::warn!("the agent did not end within {grace:?} and is killed");
        }
        self.kill();
        if let Err(error) = self.process.wait().await {
            tracing::warn!(error = &error as &dyn std::error::Error, "could not wait for the agent's end");
        }
    }

    fn kill(&mut self) {
        self.signal(Signal::SIGKILL);
        self.group = None;
    }

    fn signal(&self, signal: Signal) {
        if let Some(group) = self.group {
            // An error says that nobody is left in the group, which is what we want in the end.
            let _nobody_left = killpg(group, signal);
        }
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.kill();
    }
}
