//! Keeps the agent process running: starts it, learns when it is ready, starts it again when it dies, gives up when it
//! cannot live, stops it in order.
//!
//! # Guarantees
//! - At most one agent process group is alive at a time; the next starts after the last one is gone.
//! - Ready means that every probe answered 2xx lately, with our token, from this life's address.

mod child;
mod logs;
mod policy;

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::time::Duration;

use model::agent::Status;
use process::shutdown::Shutdown;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;
use tracing::{info, warn};

use crate::agent::{Agent, Launch};
use crate::openclaw::PrepareError;
use child::Child;
pub use logs::Mask;
use policy::{Next, Policy};

/// The first look at a starting agent; later ones come at longer intervals.
const PROBE_FIRST: Duration = Duration::from_millis(20);
/// The longest interval while it starts.
const PROBE_STARTING_MAX: Duration = Duration::from_secs(1);
/// Once it is ready, only a hang is looked for.
const PROBE_READY: Duration = Duration::from_secs(10);
/// Requests for a restart that may wait; more are told that the agent is busy.
const RESTARTS_WAITING_MAX: usize = 16;

/// Times of a life.
#[derive(Debug, Clone)]
pub struct Timing {
    /// Time to become ready; a life that takes longer is ended.
    pub start_limit: Duration,
    /// Between SIGTERM and SIGKILL.
    pub stop_grace: Duration,
    /// The pause after the first crash.
    pub restart_pause: Duration,
}

/// How to start one life at an address.
pub type Launcher = Box<dyn Fn(SocketAddr) -> Result<Launch, PrepareError> + Send + Sync>;

/// What to run.
pub struct Plan {
    /// How a life is started.
    pub launcher: Launcher,
    /// What has to answer, beside its status, before it is ready.
    pub probes: &'static [&'static str],
    /// Its loopback port; 0 takes a free one for each life.
    pub port: u16,
    /// Times of a life.
    pub timing: Timing,
    /// Masks its output.
    pub mask: Mask,
}

/// The agent could not be kept alive.
#[derive(Debug, thiserror::Error)]
#[error(
    "the agent ended {} times in a row within {:?} of its start or before it was ready, the last time {how}",
    policy::QUICK_CRASHES_MAX,
    policy::QUICK
)]
pub struct GaveUp {
    how: String,
}

/// A restart did not lead to a ready agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the agent was not ready again in time")]
pub struct NotBack;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct State {
    life: u64,
    /// Set while it is ready.
    address: Option<SocketAddr>,
    /// It was ready in this life.
    was_ready: bool,
    /// Its conversation is over, as it said when it was asked last.
    ended: bool,
}

/// The handle of everybody else: where the agent is, and a way to have it started again.
#[derive(Clone)]
pub struct Supervisor {
    state: watch::Receiver<State>,
    restarts: mpsc::Sender<oneshot::Sender<u64>>,
}

impl Supervisor {
    /// The agent's address while it is ready.
    pub fn address(&self) -> Option<SocketAddr> {
        self.state.borrow().address
    }

    /// Its conversation is over: there is nothing left to do for it.
    pub fn ended(&self) -> bool {
        self.state.borrow().ended
    }

    /// Ends this life and waits until the next one is ready.
    pub async fn restart(&self, limit: Duration) -> Result<(), NotBack> {
        let (told, life) = oneshot::channel();
        let work = async {
            self.restarts.send(told).await.map_err(|_| NotBack)?;
            let life = life.await.map_err(|_| NotBack)?;
            let mut state = self.state.clone();
            let back = state.wait_for(|state| state.life >= life && state.address.is_some()).await;
            back.map(drop).map_err(|_| NotBack)
        };
        tokio::time::timeout(limit, work).await.unwrap_or(Err(NotBack))
    }
}

/// The loop that keeps the agent alive. Made with its handle, then run as a task.
pub struct Driver {
    plan: Plan,
    agent: Agent,
    state: watch::Sender<State>,
    restarts: mpsc::Receiver<oneshot::Sender<u64>>,
}

/// How a life ended.
enum End {
    Shutdown,
    Restart(oneshot::Sender<u64>),
    Crash { how: String, lived: Duration },
}

/// A supervisor's two halves.
pub fn new(plan: Plan, agent: Agent) -> (Supervisor, Driver) {
    let (state, seen) = watch::channel(State { life: 0, address: None, was_ready: false, ended: false });
    let (asking, restarts) = mpsc::channel(RESTARTS_WAITING_MAX);
    (Supervisor { state: seen, restarts: asking }, Driver { plan, agent, state, restarts })
}

impl Driver {
    /// Runs until asked to stop, or until the agent cannot be kept alive.
    pub async fn run(mut self, shutdown: Shutdown) -> Result<(), GaveUp> {
        let mut policy = Policy::new(self.plan.timing.restart_pause);
        loop {
            let end = self.live(&shutdown).await;
            let mut was_ready = false;
            self.state.send_modify(|state| {
                state.address = None;
                was_ready = state.was_ready;
            });
            match end {
                End::Shutdown => return Ok(()),
                End::Restart(told) => {
                    policy.forget();
                    self.promise_next_life(told);
                }
                End::Crash { how, lived } => match policy.crashed(lived, was_ready) {
                    Next::GiveUp => return Err(GaveUp { how }),
                    Next::StartAfter(pause) => {
                        warn!("the agent ended after {lived:.1?} ({how}); starting it again in {pause:?}");
                        tokio::select! {
                            () = shutdown.wait() => return Ok(()),
                            () = tokio::time::sleep(pause) => {}
                            Some(told) = self.restarts.recv() => {
                                policy.forget();
                                self.promise_next_life(told);
                            }
                        }
                    }
                },
            }
        }
    }

    /// A waiter who went away in the meantime is not an error.
    fn promise_next_life(&self, told: oneshot::Sender<u64>) {
        let _gone = told.send(self.state.borrow().life + 1);
    }

    async fn live(&mut self, shutdown: &Shutdown) -> End {
        let started = Instant::now();
        self.state.send_modify(|state| {
            state.life += 1;
            state.was_ready = false;
        });
        let crash = |how: String| End::Crash { how, lived: started.elapsed() };
        let address = match address(self.plan.port) {
            Ok(address) => address,
            Err(error) => return crash(format!("no port: {error}")),
        };
        let launch = match (self.plan.launcher)(address) {
            Ok(launch) => launch,
            Err(error) => return crash(Report(&error).to_string()),
        };
        let mut child = match Child::spawn(&launch, &self.plan.mask) {
            Ok(child) => child,
            Err(error) => return crash(format!("cannot start {}: {error}", launch.program.display())),
        };
        info!(process = child.id(), "the agent was started");
        let grace = self.plan.timing.stop_grace;
        let too_late = look_after(&self.agent, &self.plan, &self.state, address, started);
        tokio::select! {
            biased;
            () = shutdown.wait() => {
                child.stop(grace).await;
                info!("the agent was stopped");
                End::Shutdown
            }
            Some(told) = self.restarts.recv() => {
                self.state.send_modify(|state| state.address = None);
                child.stop(grace).await;
                End::Restart(told)
            }
            ended = child.wait() => match ended {
                Ok(status) => crash(status.to_string()),
                Err(error) => crash(error.to_string()),
            },
            () = too_late => {
                child.stop(grace).await;
                crash(format!("not ready within {:?}", self.plan.timing.start_limit))
            }
        }
    }
}

/// Keeps `state` true. Returns only when the agent did not become ready in time.
async fn look_after(
    agent: &Agent,
    plan: &Plan,
    state: &watch::Sender<State>,
    address: SocketAddr,
    started: Instant,
) {
    let mut interval = PROBE_FIRST;
    let mut was_ready = false;
    loop {
        tokio::time::sleep(interval).await;
        let status = look(agent, plan.probes, address).await;
        let ready = status.is_some();
        if let Some(ended) = status.map(|status| status.ended)
            && ended != state.borrow().ended
        {
            state.send_modify(|state| state.ended = ended);
            info!(ended, "the agent's conversation");
        }
        if ready != was_ready {
            state.send_modify(|state| {
                state.address = ready.then_some(address);
                state.was_ready |= ready;
            });
            match ready {
                true => info!("the agent is ready after {:.1?}", started.elapsed()),
                false => warn!("the agent does not answer any more"),
            }
        }
        was_ready = ready;
        // A hang later in life is shown as not ready, but not ended: from here a long turn of work looks like one.
        if !state.borrow().was_ready && started.elapsed() > plan.timing.start_limit {
            return;
        }
        interval = if ready { PROBE_READY } else { (interval * 2).min(PROBE_STARTING_MAX) };
    }
}

/// Its status, if everything that has to answer does.
async fn look(agent: &Agent, probes: &[&'static str], address: SocketAddr) -> Option<Status> {
    for probe in probes {
        if !agent.answers(address, probe).await {
            return None;
        }
    }
    agent.status(address).await.ok()
}

/// An error with what is behind it, in one line.
struct Report<'a>(&'a dyn std::error::Error);

impl std::fmt::Display for Report<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}", self.0)?;
        let mut source = self.0.source();
        while let Some(error) = source {
            write!(out, ": {error}")?;
            source = error.source();
        }
        Ok(())
    }
}

/// A free port can be taken by somebody else before the agent binds it: then the agent dies, the token keeps the
/// stranger from being taken for it, and the next life has another port.
fn address(port: u16) -> std::io::Result<SocketAddr> {
    match port {
        0 => TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr(),
        port => Ok((Ipv4Addr::LOCALHOST, port).into()),
    }
}
