//! Containers as real processes: one process group each, on a loopback port of its own.

use std::collections::HashMap;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use tokio::process::{Child, Command};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::{Report, Reporter};
use crate::railway::effects::Launch;
use crate::world::World;

/// Between SIGTERM and SIGKILL. The platform drains for no time at all by default; a process that writes its last
/// state needs a moment.
const STOP_GRACE: Duration = Duration::from_secs(2);
/// Between two health checks. Real time: it is a real process that starts.
const HEALTH_INTERVAL: Duration = Duration::from_millis(150);
/// Name that the platform's health check puts into `Host`.
const HEALTH_HOST: &str = "healthcheck.railway.app";
/// The runtime's executable, beside our own.
const RUNTIME_BIN: &str = "convos-runtime";

/// A container that was started and is not known to have ended.
struct Running {
    port: u16,
    /// Set when it has to go.
    stop: CancellationToken,
    /// Fulfilled when it is gone.
    gone: CancellationToken,
    group: Arc<Group>,
}

/// The process group, once there is one.
#[derive(Default)]
struct Group {
    leader: Mutex<Option<Pid>>,
    hung: AtomicBool,
}

impl Group {
    fn signal(&self, signal: Signal) {
        let leader = *self.leader.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(leader) = leader {
            // An error says that the group is gone already.
            let _ = killpg(leader, signal);
        }
    }

    fn set_leader(&self, leader: Option<Pid>) {
        *self.leader.lock().unwrap_or_else(PoisonError::into_inner) = leader;
    }
}

/// All containers that are processes.
pub(crate) struct Processes {
    ground: Arc<Ground>,
    running: Arc<Mutex<HashMap<String, Running>>>,
    tasks: TaskTracker,
}

/// What each container's task needs.
struct Ground {
    binary: PathBuf,
    volumes: PathBuf,
    client: reqwest::Client,
    report: Reporter,
    world: Arc<World>,
}

impl Processes {
    /// None yet.
    pub fn new(world: Arc<World>, volumes: &Path, client: reqwest::Client, report: Reporter) -> Self {
        let beside = || std::env::current_exe().ok().map(|own| own.with_file_name(RUNTIME_BIN));
        let binary = world.options.runtime_bin.clone().or_else(beside).unwrap_or_else(|| RUNTIME_BIN.into());
        let ground = Ground { binary, volumes: volumes.to_owned(), client, report, world };
        Self { ground: Arc::new(ground), running: Arc::default(), tasks: TaskTracker::new() }
    }

    fn running(&self) -> MutexGuard<'_, HashMap<String, Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts the process of a deployment, after those that hold its volume are gone.
    pub fn start(&self, launch: Launch) {
        let id = launch.deployment_id.clone();
        let mut running = self.running();
        let before: Vec<CancellationToken> = launch
            .after
            .iter()
            .chain(std::iter::once(&id))
            .filter_map(|earlier| running.get(earlier))
            .map(|earlier| earlier.gone.clone())
            .collect();
        let port = match free_port() {
            Ok(port) => port,
            Err(error) => {
                tracing::error!(%error, deployment.id = %id, "find a port for a container");
                (self.ground.report)(Report::Exited { deployment_id: id, clean: false });
                return;
            }
        };
        let entry = Running {
            port,
            stop: CancellationToken::new(),
            gone: CancellationToken::new(),
            group: Arc::default(),
        };
        let (stop, gone, group) = (entry.stop.clone(), entry.gone.clone(), entry.group.clone());
        running.insert(id.clone(), entry);
        drop(running);
        let (ground, all) = (self.ground.clone(), self.running.clone());
        self.tasks.spawn(async move {
            for earlier in before {
                earlier.cancelled().await;
            }
            let end = match stop.is_cancelled() {
                true => None,
                false => ground.live(&launch, port, &stop, &group).await,
            };
            gone.cancel();
            let mut running = all.lock().unwrap_or_else(PoisonError::into_inner);
            // A newer container of the same deployment may stand here by now.
            if running.get(&id).is_some_and(|entry| Arc::ptr_eq(&entry.group, &group)) {
                running.remove(&id);
            }
            drop(running);
            if let Some(clean) = end {
                (ground.report)(Report::Exited { deployment_id: id, clean });
            }
        });
    }

    /// The port of a deployment's container.
    pub fn port(&self, deployment_id: &str) -> Option<u16> {
        self.running().get(deployment_id).map(|running| running.port)
    }

    /// Ends a container on purpose.
    pub fn stop(&self, deployment_id: &str) {
        if let Some(running) = self.running().get(deployment_id) {
            running.stop.cancel();
        }
    }

    /// Kills a container.
    pub fn kill(&self, deployment_id: &str) {
        if let Some(running) = self.running().get(deployment_id) {
            running.group.signal(Signal::SIGKILL);
        }
    }

    /// Stops a container's clock, or lets it run again.
    pub fn hang(&self, deployment_id: &str, hung: bool) {
        if let Some(running) = self.running().get(deployment_id) {
            running.group.hung.store(hung, Ordering::Relaxed);
            running.group.signal(if hung { Signal::SIGSTOP } else { Signal::SIGCONT });
        }
    }

    /// Deletes a volume's folder when its containers are gone.
    pub fn remove_volume(&self, volume_id: &str) {
        let folder = self.ground.volumes.join(volume_id);
        let stopping: Vec<CancellationToken> = {
            let running = self.running();
            running.values().filter(|it| it.stop.is_cancelled()).map(|it| it.gone.clone()).collect()
        };
        self.tasks.spawn(async move {
            for container in stopping {
                container.cancelled().await;
            }
            remove_folder(&folder).await;
        });
    }

    /// Ends everything, and deletes all volumes.
    pub fn remove_all(&self) {
        let ending: Vec<CancellationToken> = {
            let running = self.running();
            running.values().for_each(|it| it.stop.cancel());
            running.values().map(|it| it.gone.clone()).collect()
        };
        let volumes = self.ground.volumes.clone();
        // The folders of now: a volume that is made after this must not be swept away with them.
        let folders: Vec<PathBuf> = std::fs::read_dir(&volumes)
            .into_iter()
            .flatten()
            .filter_map(|it| it.ok().map(|it| it.path()))
            .collect();
        self.tasks.spawn(async move {
            for container in ending {
                container.cancelled().await;
            }
            for folder in folders {
                remove_folder(&folder).await;
            }
        });
    }

    /// Ends everything and waits for it.
    pub async fn stop_all(&self) {
        self.running().values().for_each(|it| it.stop.cancel());
        self.tasks.close();
        self.tasks.wait().await;
    }
}

impl Ground {
    /// One life of a container. Whether it ended cleanly, if it ended by itself.
    async fn live(
        &self,
        launch: &Launch,
        port: u16,
        stop: &CancellationToken,
        group: &Group,
    ) -> Option<bool> {
        let id = &launch.deployment_id;
        let mut child = match self.spawn(launch, port).await {
            Ok(child) => child,
            Err(error) => {
                tracing::error!(%error, deployment.id = %id, binary = %self.binary.display(), "start a container");
                return Some(false);
            }
        };
        let leader = child.id().and_then(|id| i32::try_from(id).ok()).map(Pid::from_raw);
        group.set_leader(leader);
        let healthy = self.become_healthy(launch, port);
        let ended = tokio::select! {
            () = stop.cancelled() => None,
            ended = wait_beside(&mut child, healthy) => Some(ended),
        };
        match ended {
            // The leader is gone and reaped: what it left behind in its group goes too.
            Some(ended) => {
                group.signal(Signal::SIGKILL);
                group.set_leader(None);
                Some(ended.is_ok_and(|status| status.success()))
            }
            None => {
                end(&mut child, group).await;
                None
            }
        }
    }

    async fn spawn(&self, launch: &Launch, port: u16) -> std::io::Result<Child> {
        let mut command = Command::new(&self.binary);
        command.env_clear().envs(&launch.variables).env("PORT", port.to_string());
        // Only this machine reaches a container, and only by its domain.
        command.env("HOST", Ipv4Addr::LOCALHOST.to_string());
        if let Some(volume_id) = &launch.volume_id {
            let folder = self.volumes.join(volume_id);
            tokio::fs::create_dir_all(&folder).await?;
            command.env("RAILWAY_VOLUME_MOUNT_PATH", &folder).current_dir(&folder);
        }
        let out = self.log_file(launch).await;
        let (stdout, stderr) = match out.and_then(|file| Ok((file.try_clone()?, file))) {
            Ok((stdout, stderr)) => (Stdio::from(stdout), Stdio::from(stderr)),
            Err(_) => (Stdio::null(), Stdio::null()),
        };
        command.stdin(Stdio::null()).stdout(stdout).stderr(stderr).process_group(0).kill_on_drop(true).spawn()
    }

    /// The container's log, beside the volumes.
    async fn log_file(&self, launch: &Launch) -> std::io::Result<std::fs::File> {
        let folder = self.volumes.with_extension("logs");
        tokio::fs::create_dir_all(&folder).await?;
        let path = folder.join(format!("{}.log", launch.deployment_id));
        std::fs::OpenOptions::new().create(true).append(true).open(path)
    }

    /// Asks until the health check answers 200, and reports that.
    async fn become_healthy(&self, launch: &Launch, port: u16) {
        if let Some(path) = &launch.healthcheck_path {
            let url = format!("http://127.0.0.1:{port}{path}");
            loop {
                let asked = self.client.get(&url).header("host", HEALTH_HOST).send().await;
                if asked.is_ok_and(|answer| answer.status() == 200) {
                    break;
                }
                tokio::time::sleep(HEALTH_INTERVAL).await;
            }
        }
        (self.report)(Report::Healthy { deployment_id: launch.deployment_id.clone() });
        self.world.touch();
    }
}

/// Waits for the child's end; the health check runs beside it and ends with it.
async fn wait_beside(
    child: &mut Child,
    healthy: impl Future<Output = ()>,
) -> std::io::Result<std::process::ExitStatus> {
    tokio::pin!(healthy);
    tokio::select! {
        ended = child.wait() => return ended,
        () = &mut healthy => {}
    }
    child.wait().await
}

/// Ends a whole process group: first asked, then killed.
async fn end(child: &mut Child, group: &Group) {
    // A stopped process takes no SIGTERM before it goes on.
    if group.hung.load(Ordering::Relaxed) {
        group.signal(Signal::SIGKILL);
    } else {
        group.signal(Signal::SIGTERM);
        let _ = tokio::time::timeout(STOP_GRACE, child.wait()).await;
        group.signal(Signal::SIGKILL);
    }
    let _ = child.wait().await;
    group.set_leader(None);
}

/// A loopback port that nobody listens on now.
fn free_port() -> std::io::Result<u16> {
    std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr().map(|address| address.port())
}

async fn remove_folder(folder: &Path) {
    match tokio::fs::remove_dir_all(folder).await {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            tracing::warn!(%error, folder = %folder.display(), "remove a volume");
        }
        _ => {}
    }
}
