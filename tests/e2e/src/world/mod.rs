//! A world: databases, simulated outside, replicas of `services` and `pool`, all as real processes.

pub mod agent;
pub mod api;
pub mod child;
pub mod commits;
pub mod http;
pub mod links;
pub mod outside;
pub mod ports;
pub mod postgres;
pub mod programs;
mod variables;

use std::{
    collections::BTreeMap,
    path::Path,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use anyhow::{Result, ensure};
use cluster::Durability;
use tempfile::TempDir;

use self::{
    api::PoolApi,
    child::{Child, Invocation},
    http::Http,
    links::Link,
    outside::Outside,
    ports::free_port,
    postgres::{Database, Postgres},
    programs::program,
};
use crate::settle::eventually;

/// A process of ours listens within this time of its start, also on a machine that is busy with other tests.
const UP_WITHIN: Duration = Duration::from_secs(30);
/// How our things are called at the vendors, before the instance id.
const NAME_PREFIX: &str = "agent-e2e-";

/// What deployments start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Runtime {
    /// Real runtime processes.
    Process,
    /// Stand-ins inside the simulator.
    Stub,
}

/// What a world is like.
#[derive(Debug, Clone)]
pub struct Options {
    /// What deployments start.
    pub runtime: Runtime,
    /// How much faster the vendors' time runs.
    pub time_scale: f64,
    /// Simulated seconds from a deploy's start until its container starts.
    pub deploy_seconds: f64,
    /// Replicas of `pool`.
    pub pools: usize,
    /// Replicas of `services`.
    pub services: usize,
    /// `POOL_MIN_IDLE`.
    pub min_idle: u32,
    /// `POOL_MAX_INSTANCES`.
    pub max_instances: u32,
    /// `TICK_INTERVAL_MS`.
    pub tick: Duration,
    /// `POOL_STUCK_TIMEOUT_MS`.
    pub stuck_timeout: Duration,
    /// `LEASE_DURATION`.
    pub lease: Duration,
    /// Seed of the simulator's chance.
    pub seed: u64,
    /// Variables of `pool` beside the usual ones, or instead of them.
    pub pool_variables: BTreeMap<String, String>,
    /// Variables of `services` beside the usual ones, or instead of them.
    pub services_variables: BTreeMap<String, String>,
    /// Whether `pool` reaches `services` over [`links`], which can be bad.
    pub links: bool,
    /// A PostgreSQL server of its own, which can be stopped.
    pub own_postgres: bool,
    /// Whether that server syncs what it commits: only measurements need it.
    pub durability: Durability,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            runtime: Runtime::Stub,
            time_scale: 100.0,
            deploy_seconds: 4.0,
            pools: 1,
            services: 1,
            min_idle: 2,
            max_instances: 20,
            tick: Duration::from_millis(500),
            stuck_timeout: Duration::from_secs(4),
            lease: Duration::from_secs(2),
            seed: 1,
            pool_variables: BTreeMap::new(),
            services_variables: BTreeMap::new(),
            links: false,
            own_postgres: false,
            durability: Durability::ThrowAway,
        }
    }
}

/// The keys that the processes of one world show each other.
#[derive(Debug, Clone)]
struct Keys {
    pool_api: String,
    services_api: String,
    pool_secret: String,
    services_secret: String,
}

impl Keys {
    fn new() -> Self {
        let hex = || uuid::Uuid::new_v4().simple().to_string();
        Self {
            pool_api: hex(),
            services_api: hex(),
            pool_secret: hex() + &hex(),
            services_secret: hex() + &hex(),
        }
    }
}

/// Where each process listens, over all its restarts.
#[derive(Debug, Clone)]
struct Ports {
    simulator: u16,
    services: Vec<u16>,
    pools: Vec<u16>,
}

/// A running system.
pub struct World {
    /// How it was made.
    pub options: Options,
    /// Replicas of `pool`.
    pub pools: Vec<Child>,
    /// Replicas of `services`.
    pub services: Vec<Child>,
    /// The ways from `pool` to each replica of `services`, if they can be bad.
    pub links: Vec<Link>,
    /// The outside.
    pub outside: Outside,
    /// The simulator's process.
    pub simulator: Child,
    /// The pool database.
    pub pool_db: Database,
    /// The services database.
    pub services_db: Database,
    ports: Ports,
    keys: Keys,
    admin_url: String,
    postgres: Option<Postgres>,
    folder: TempDir,
}

impl World {
    /// Starts everything and returns once all processes answer.
    ///
    /// # Errors
    /// When one does not start.
    pub async fn start(options: Options) -> Result<Self> {
        let mut world = Self::prepare(options).await?;
        world.start_all().await?;
        Ok(world)
    }

    /// Puts a world together without starting `services` and `pool`; the outside and the databases run.
    ///
    /// # Errors
    /// When something of it cannot be made.
    pub async fn prepare(options: Options) -> Result<Self> {
        let given = postgres::given()?.filter(|_| !options.own_postgres);
        let (postgres, admin_url) = match given {
            Some(url) => (None, url),
            None => {
                let postgres = Postgres::start(options.durability).await?;
                let url = postgres.admin_url();
                (Some(postgres), url)
            }
        };
        let mut world = Self::within(options, &admin_url, None).await?;
        world.postgres = postgres;
        Ok(world)
    }

    /// The same in a cluster that somebody else keeps; databases are copied from its templates, when it has
    /// some (`<kind>_template`).
    ///
    /// # Errors
    /// When something of it cannot be made.
    pub async fn within(options: Options, admin_url: &str, template: Option<&str>) -> Result<Self> {
        static WORLDS: AtomicU32 = AtomicU32::new(0);
        let number = WORLDS.fetch_add(1, Ordering::Relaxed);
        let database = async |kind: &str| {
            let name = format!("e2e_{}_{number}_{kind}", std::process::id());
            let template = template.map(|suffix| format!("{kind}_{suffix}"));
            Database::create(admin_url, &name, template.as_deref()).await
        };
        let pool_db = database("pool").await?;
        let services_db = database("services").await?;
        let ports = |count: usize| (0..count).map(|_| free_port()).collect::<Result<Vec<_>>>();
        let ports = Ports {
            simulator: free_port()?,
            services: ports(options.services)?,
            pools: ports(options.pools)?,
        };
        let mut links = Vec::new();
        for port in ports.services.iter().filter(|_| options.links) {
            links.push(Link::open(*port).await?);
        }
        let reached: Vec<u16> = match links.as_slice() {
            [] => ports.services.clone(),
            links => links.iter().map(|link| link.port).collect(),
        };
        let keys = Keys::new();
        let folder = postgres::folder()?;
        let executable = program("convos-agents")?;
        let child = |name: String, arguments: Vec<String>, variables| {
            let program = executable.clone();
            Child::new(Invocation { name, program, arguments, variables }, folder.path())
        };
        let simulator = child(
            "simulator".into(),
            simulator_arguments(&options, &ports, folder.path()),
            variables::common(),
        );
        let services = (0..options.services).map(|index| {
            let variables = variables::services(&options, &ports, &keys, &services_db.url, index);
            child(format!("services-{index}"), vec!["services".into()], variables)
        });
        let services = services.collect();
        let pools = (0..options.pools).map(|index| {
            let variables = variables::pool(&options, (ports.pools[index], &reached), &keys, &pool_db.url);
            child(format!("pool-{index}"), vec!["pool".into()], variables)
        });
        let pools = pools.collect();
        let outside = Outside::new(&url(ports.simulator), NAME_PREFIX)?;
        let admin_url = admin_url.to_owned();
        let mut world = Self {
            options,
            pools,
            services,
            links,
            outside,
            simulator,
            pool_db,
            services_db,
            ports,
            keys,
            admin_url,
            postgres: None,
            folder,
        };
        world.simulator.start()?;
        eventually("the simulator listens", UP_WITHIN, async || {
            ensure!(world.outside.is_up().await);
            Ok(())
        })
        .await?;
        Ok(world)
    }

    /// Starts every process that does not run and lets the paused ones go on, then waits until all answer.
    ///
    /// # Errors
    /// When one does not.
    pub async fn start_all(&mut self) -> Result<()> {
        for child in self.services.iter_mut().chain(&mut self.pools) {
            if child.is_paused() {
                child.resume();
            }
            child.start()?;
        }
        self.answering().await
    }

    /// Waits until every `services` and `pool` process is ready.
    ///
    /// # Errors
    /// When one is not in time, or ends.
    pub async fn answering(&mut self) -> Result<()> {
        let ports: Vec<u16> = self.ports.services.iter().chain(&self.ports.pools).copied().collect();
        for (child, port) in self.services.iter_mut().chain(&mut self.pools).zip(ports) {
            let http = Http::new(url(port), None)?;
            let name = child.name().to_owned();
            let what = format!("{name} is ready");
            let up = eventually(&what, UP_WITHIN, async || http.get("/readyz").await?.expect(200).map(drop));
            up.await.map_err(|error| error.context(format!("{name}'s log ends:\n{}", child.log_end())))?;
        }
        Ok(())
    }

    /// The API of one replica of `pool`.
    pub fn api_of(&self, index: usize) -> PoolApi {
        // The certificates of the machine were read before: this is no failure of the test.
        match PoolApi::new(&url(self.ports.pools[index]), &self.keys.pool_api) {
            Ok(api) => api,
            Err(error) => panic!("make a client: {error:#}"),
        }
    }

    /// The API of the first replica.
    pub fn api(&self) -> PoolApi {
        self.api_of(0)
    }

    /// An operator's command, spoken to the first replica with the admin's key and nothing else of this environment.
    ///
    /// # Errors
    /// When the executable is not built.
    pub fn operator(&self, words: &[&str]) -> Result<tokio::process::Command> {
        let mut command = tokio::process::Command::new(program("convos-agents")?);
        command
            .args(words)
            .env_clear()
            .env("CONVOS_AGENTS_SERVER", url(self.ports.pools[0]))
            .env("CONVOS_AGENTS_KEY", &self.keys.pool_api);
        Ok(command)
    }

    /// The services API of one replica, with the pool's key.
    ///
    /// # Errors
    /// When the machine's certificates cannot be read.
    pub fn services_api(&self, index: usize) -> Result<Http> {
        Http::new(url(self.ports.services[index]), Some(&self.keys.services_api))
    }

    /// Where the administrator of the databases connects.
    pub fn admin_url(&self) -> &str {
        &self.admin_url
    }

    /// The world's own PostgreSQL server.
    ///
    /// # Errors
    /// When it has none.
    pub fn postgres(&mut self) -> Result<&mut Postgres> {
        self.postgres.as_mut().ok_or_else(|| anyhow::anyhow!("this world has no PostgreSQL of its own"))
    }

    /// Waits until the pool has its idle members, all healthy, and nothing else is under way.
    ///
    /// # Errors
    /// When it does not get there in time: what it looks like instead.
    pub async fn full(&self, within: Duration) -> Result<()> {
        let api = self.api();
        eventually("the pool is full", within, async || {
            let pool = api.pool().await?;
            let status = &pool.status;
            ensure!(
                status.ready == u64::from(pool.spec.min_idle)
                    && status.starting + status.claiming + status.stuck + status.destroying == 0
                    && status.waiting == 0,
                "{status:?}"
            );
            Ok(())
        })
        .await
    }

    /// Stops every process and removes the databases.
    ///
    /// # Errors
    /// When the databases cannot be removed.
    pub async fn end(self) -> Result<()> {
        let Self { pools, services, simulator, pool_db, services_db, admin_url, postgres, .. } = self;
        drop((pools, services, simulator));
        pool_db.remove(&admin_url).await?;
        services_db.remove(&admin_url).await?;
        drop(postgres);
        Ok(())
    }

    /// Everything that the containers wrote so far, when they are processes.
    pub fn containers_log(&self) -> String {
        let logs = std::fs::read_dir(self.folder.path().join("volumes.logs"));
        logs.into_iter()
            .flatten()
            .flatten()
            .filter_map(|file| std::fs::read_to_string(file.path()).ok())
            .collect()
    }

    /// What each container that is a process was started with.
    pub fn containers_variables(&self) -> Vec<BTreeMap<String, String>> {
        let volumes = self.folder.path().join("volumes").display().to_string();
        let read = |process: std::fs::DirEntry| {
            let text = std::fs::read(process.path().join("environ")).ok()?;
            let text = String::from_utf8_lossy(&text).into_owned();
            let pairs = text.split('\0').filter_map(|pair| pair.split_once('='));
            Some(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect::<BTreeMap<_, _>>())
        };
        let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten().filter_map(read);
        let ours = |variables: &BTreeMap<String, String>| {
            variables.get("RAILWAY_VOLUME_MOUNT_PATH").is_some_and(|volume| volume.starts_with(&volumes))
        };
        processes.filter(ours).collect()
    }

    /// The ends of all logs, for a person who looks at a failure.
    pub fn logs(&self) -> String {
        let all = self.pools.iter().chain(&self.services).chain([&self.simulator]);
        all.map(|child| format!("--- {}\n{}\n", child.name(), child.log_end())).collect()
    }
}

fn url(port: u16) -> String {
    format!("http://127.0.0.1:{port}")
}

fn simulator_arguments(options: &Options, ports: &Ports, folder: &Path) -> Vec<String> {
    let runtime = match options.runtime {
        Runtime::Process => "process",
        Runtime::Stub => "stub",
    };
    let pairs = [
        ("--port", ports.simulator.to_string()),
        ("--runtime", runtime.to_owned()),
        ("--time-scale", options.time_scale.to_string()),
        ("--deploy-seconds", options.deploy_seconds.to_string()),
        ("--seed", options.seed.to_string()),
        ("--state-dir", folder.display().to_string()),
    ];
    let pairs = pairs.into_iter().flat_map(|(name, value)| [name.to_owned(), value]);
    std::iter::once("simulator".to_owned()).chain(pairs).collect()
}
