//! Starting the children one after the other, and keeping watch over them.

use std::time::{Duration, Instant};

use cluster::{Cluster, Durability};
use process::exit::{ExitReason, Failure};
use secrecy::SecretString;
use tokio::{sync::mpsc, task::JoinHandle, time::sleep};

use super::{
    child::{self, Program},
    children::{self, Addresses, Name},
    folder::Folder,
    health::{Health, at_target},
    kept::Kept,
    leftover::{self, Pids},
    options::Options,
    ready_file::{Content, ReadyFile},
    screen::Screen,
    welcome,
};

/// How often a starting child is asked whether it answers.
const ASK_INTERVAL: Duration = Duration::from_millis(100);
/// A starting child that dies this often will not come up by itself.
const STARTING_DEATHS_MAX: u32 = 4;
/// Lines of a child's log that are shown when it does not come up.
const LOG_LINES: usize = 12;
/// After this time without the pool at its target, the person is told where to look meanwhile.
const PATIENCE: Duration = Duration::from_secs(45);

/// The time a child gets for an orderly end. Together they stay below the ten seconds that a stop may
/// take, also when every one of them hangs.
const fn grace(name: Name) -> Duration {
    Duration::from_millis(match name {
        Name::Pool | Name::Services => 3_000,
        Name::Simulator => 1_500,
        Name::Postgres => 1_500,
    })
}

/// The children that run, and everything that is known about them.
pub struct Running {
    options: Options,
    kept: Kept,
    folder: Folder,
    screen: Screen,
    addresses: Addresses,
    children: Vec<child::Kept>,
    watchers: Vec<JoinHandle<()>>,
    changes: (mpsc::UnboundedSender<Name>, mpsc::UnboundedReceiver<Name>),
}

impl Running {
    /// Nothing runs yet.
    pub fn new(options: Options, kept: Kept, folder: Folder, screen: Screen) -> Self {
        let addresses = Addresses::new(&kept);
        let changes = mpsc::unbounded_channel();
        Self { options, kept, folder, screen, addresses, children: Vec::new(), watchers: Vec::new(), changes }
    }

    /// Starts everything, says so, and keeps watch. Returns only when something does not come up.
    pub async fn start_and_watch(&mut self) -> Result<(), Failure> {
        let health = Health::new().map_err(Failure::other)?;
        let cluster = self.start_postgres().await?;
        let invocation = children::simulator(&self.options, &self.kept, &self.folder);
        let url = format!("{}/_sim/health", self.addresses.simulator_url);
        self.start_ours(Name::Simulator, invocation, &health, &url).await?;
        let invocation = children::services(&self.options, &self.kept, &cluster);
        let url = format!("{}/readyz", self.addresses.services_url);
        self.start_ours(Name::Services, invocation, &health, &url).await?;
        let invocation = children::pool(&self.options, &self.kept, &cluster);
        let url = format!("{}/readyz", self.addresses.pool_url);
        self.start_ours(Name::Pool, invocation, &health, &url).await?;

        let mut file = ReadyFile::new(self.options.ready_file.clone(), self.ready_content(&cluster));
        {
            let filled = fill(&health, &self.addresses, &self.kept.api_key, &self.screen);
            tokio::pin!(filled);
            loop {
                tokio::select! {
                    () = &mut filled => break,
                    Some(name) = self.changes.1.recv() => tell(&self.screen, &self.children, name),
                }
            }
        }
        self.record(&mut file)?;
        file.publish()?;
        self.screen.rest();
        println!("{}", welcome::text(&self.addresses, &self.kept.api_key, &self.folder));
        while let Some(name) = self.changes.1.recv().await {
            tell(&self.screen, &self.children, name);
            self.record(&mut file)?;
        }
        Ok(())
    }

    /// Stops everything in the opposite order of its start.
    pub async fn stop(&mut self) {
        for watcher in self.watchers.drain(..) {
            watcher.abort();
        }
        while let Some(child) = self.children.pop() {
            self.screen.working(format!("stopping {}", child.name));
            child.stop().await;
        }
    }

    async fn start_postgres(&mut self) -> Result<Cluster, Failure> {
        self.screen.working("preparing PostgreSQL");
        let password = SecretString::from(self.kept.postgres_password.clone());
        let path = self.folder.cluster();
        let cluster = Cluster::open(&path, self.kept.ports.postgres, password, Durability::Kept)
            .await
            .map_err(Failure::other)?;
        self.add(Name::Postgres, Program::Postgres(Box::new(cluster.clone())))?;
        tokio::select! {
            ready = cluster.wait_until_ready() => ready.map_err(Failure::other)?,
            failure = self.does_not_come_up(Name::Postgres) => return Err(failure),
        }
        for database in ["pool", "services"] {
            cluster.ensure_database(database).await.map_err(Failure::other)?;
        }
        self.screen.done("postgres", &format!("port {}", self.kept.ports.postgres));
        Ok(cluster)
    }

    async fn start_ours(
        &mut self,
        name: Name,
        invocation: children::Invocation,
        health: &Health,
        url: &str,
    ) -> Result<(), Failure> {
        self.screen.working(format!("starting {name}"));
        self.add(name, Program::Ours(invocation))?;
        let answers = async {
            while !health.answers(url).await {
                sleep(ASK_INTERVAL).await;
            }
        };
        tokio::select! {
            () = answers => {}
            failure = self.does_not_come_up(name) => return Err(failure),
        }
        let base = url.trim_end_matches("/readyz").trim_end_matches("/_sim/health");
        self.screen.done(name.as_str(), base);
        Ok(())
    }

    /// Starts a child and the two that look after it: its log on the screen, its changes to the loop.
    fn add(&mut self, name: Name, program: Program) -> Result<(), Failure> {
        let log = self.folder.log(name.as_str());
        self.watchers.push(tokio::spawn(self.screen.clone().follow(name, log.clone())));
        let child = child::Kept::start(name, program, log, grace(name));
        let (mut state, changed) = (child.state.clone(), self.changes.0.clone());
        self.watchers.push(tokio::spawn(async move {
            while state.changed().await.is_ok() && changed.send(name).is_ok() {}
        }));
        self.children.push(child);
        Ok(())
    }

    /// Ends when a starting child will not come up by itself. Keeps the children's file meanwhile.
    async fn does_not_come_up(&mut self, name: Name) -> Failure {
        loop {
            // The sender is our own field: there is always another change or none yet.
            let Some(changed) = self.changes.1.recv().await else { continue };
            tell(&self.screen, &self.children, changed);
            if let Err(error) = leftover::remember(&self.folder, &self.pids()) {
                return error.into();
            }
            let Some(state) = self.state(name) else { continue };
            let reason = match state.last_code {
                Some(2) => Some(ExitReason::Configuration),
                Some(3) => Some(ExitReason::PortTaken),
                Some(4) => Some(ExitReason::Schema),
                _ if state.deaths >= STARTING_DEATHS_MAX => Some(ExitReason::Failed),
                _ => None,
            };
            if let Some(reason) = reason {
                let log = self.folder.log(name.as_str());
                let text = std::fs::read_to_string(&log).unwrap_or_default();
                let lines: Vec<&str> = text.lines().collect();
                let last = lines[lines.len().saturating_sub(LOG_LINES)..].join("\n    ");
                let death = state.last_death.unwrap_or_default();
                let advice = match reason {
                    ExitReason::Schema => {
                        "\nIts database was made by another version. Start anew, without what is in it: make dev ARGS=\"--fresh\""
                    }
                    _ => "",
                };
                return Failure::new(
                    reason,
                    format!(
                        "{name} does not come up: it {death}. From {}:\n    {last}{advice}",
                        log.display()
                    ),
                );
            }
        }
    }

    fn state(&self, name: Name) -> Option<child::State> {
        self.children.iter().find(|child| child.name == name).map(|child| child.state.borrow().clone())
    }

    /// The process ids of everything that runs now, ours included.
    fn pids(&self) -> Pids {
        let running = self.children.iter().filter_map(|child| {
            let pid = child.state.borrow().pid?;
            Some((child.name.as_str().to_owned(), pid))
        });
        running.chain([("supervisor".to_owned(), std::process::id())]).collect()
    }

    /// Writes the process ids to where others look for them.
    fn record(&self, file: &mut ReadyFile) -> Result<(), Failure> {
        let pids = self.pids();
        leftover::remember(&self.folder, &pids)?;
        Ok(file.update(pids)?)
    }

    fn ready_content(&self, cluster: &Cluster) -> Content {
        Content {
            addresses: self.addresses.clone(),
            api_key: self.kept.api_key.clone(),
            services_api_key: self.kept.services_api_key.clone(),
            pool_database_url: cluster.url("pool"),
            services_database_url: cluster.url("services"),
            pids: self.pids(),
        }
    }
}

/// Waits until the pool is at its target, showing how far it is.
async fn fill(health: &Health, addresses: &Addresses, key: &str, screen: &Screen) {
    let started = Instant::now();
    let mut told = None;
    let mut patient = true;
    loop {
        if let Some(pool) = health.pool(&addresses.pool_url, key).await {
            let (ready, wanted) = (pool.status.ready, pool.spec.min_idle);
            if at_target(&pool) {
                screen.done("instances", &format!("{ready} of {wanted} ready"));
                return;
            }
            if told != Some(ready) {
                told = Some(ready);
                screen.progress("instances", &format!("{ready} of {wanted} ready"));
            }
            if patient && started.elapsed() > PATIENCE {
                patient = false;
                let why = pool.status.explanation;
                screen.line(&format!(
                    "  still filling the pool ({why}); its API answers at {}",
                    addresses.pool_url
                ));
            }
        }
        sleep(ASK_INTERVAL).await;
    }
}

/// Says that a child died, and when it is started again.
fn tell(screen: &Screen, children: &[child::Kept], name: Name) {
    let Some(child) = children.iter().find(|child| child.name == name) else { return };
    let state = child.state.borrow().clone();
    match (state.pid, &state.last_death) {
        (None, Some(death)) => {
            let again = state.again_in.as_secs();
            screen.line(&format!("  {name:<10} {death}; starting it again in {again} s"));
        }
        (Some(pid), Some(_)) => screen.line(&format!("  {name:<10} started again, process {pid}")),
        _ => {}
    }
}
