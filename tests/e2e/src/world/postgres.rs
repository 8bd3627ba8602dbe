//! The databases of a world: in a cluster of its own that can be stopped, or in the one the tests are given.

use std::{fs::File, path::Path, process::Stdio, time::Duration};

use anyhow::{Context, Result, bail};
use cluster::{Cluster, Durability, free_port, random_password};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use sqlx::{AssertSqlSafe, Connection, PgConnection, PgPool, postgres::PgPoolOptions};
use tempfile::TempDir;
use tokio::{
    process::{Child, Command},
    time::timeout,
};

use super::programs::repository;
use crate::settle::patience;

/// A fast shutdown waits for running statements only.
const STOPS_WITHIN: Duration = Duration::from_secs(20);

/// A PostgreSQL cluster of our own.
#[derive(Debug)]
pub struct Postgres {
    cluster: Cluster,
    server: Option<Child>,
    folder: TempDir,
}

impl Postgres {
    /// Makes a cluster and starts it. The server ends with the thread that calls this.
    ///
    /// # Errors
    /// When there is no PostgreSQL on this machine, or it does not start.
    pub async fn start(durability: Durability) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("e2e-postgres-").tempdir()?;
        let path = folder.path().join("cluster");
        let cluster = Cluster::open(&path, free_port()?, random_password(), durability).await?;
        let mut postgres = Self { cluster, server: None, folder };
        postgres.resume().await?;
        Ok(postgres)
    }

    /// Starts the server again.
    ///
    /// # Errors
    /// When it does not come up.
    pub async fn resume(&mut self) -> Result<()> {
        if self.server.is_some() {
            return Ok(());
        }
        let log = self.folder.path().join("server.log");
        let output = File::options().create(true).append(true).open(log)?;
        let mut command = Command::from(self.cluster.server());
        command.process_group(0).stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output);
        self.server = Some(command.spawn().context("start postgres")?);
        self.cluster.wait_until_ready().await?;
        Ok(())
    }

    /// Stops the server; connections are cut, what was committed stays.
    ///
    /// # Errors
    /// When it does not stop.
    pub async fn stop(&mut self) -> Result<()> {
        let Some(mut server) = self.server.take() else { return Ok(()) };
        signal(&server, Signal::SIGINT);
        timeout(STOPS_WITHIN * patience(), server.wait()).await.context("postgres does not stop")??;
        Ok(())
    }

    /// Makes empty databases of our schemas from which others are copied in no time.
    ///
    /// # Errors
    /// When a migration fails.
    pub async fn prepare_templates(&self) -> Result<()> {
        for kind in ["pool", "services"] {
            let template = format!("{kind}_template");
            self.cluster.ensure_database(&template).await?;
            self.cluster.migrate(&template, &repository().join("migrations").join(kind)).await?;
        }
        Ok(())
    }

    /// The server's process id while it runs; its backends are children of it.
    pub fn pid(&self) -> Option<u32> {
        self.server.as_ref()?.id()
    }

    /// Where the administrator connects.
    pub fn admin_url(&self) -> String {
        self.cluster.url("postgres")
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if let Some(server) = &mut self.server {
            // Immediate: the data is thrown away, and the server takes its own children along.
            signal(server, Signal::SIGQUIT);
            let started = std::time::Instant::now();
            while matches!(server.try_wait(), Ok(None)) && started.elapsed() < Duration::from_secs(5) {
                std::thread::sleep(Duration::from_millis(10));
            }
        }
    }
}

fn signal(server: &Child, signal: Signal) {
    if let Some(pid) = server.id() {
        // Gone already is as good.
        let _ = kill(Pid::from_raw(pid.cast_signed()), signal);
    }
}

/// One database.
#[derive(Debug, Clone)]
pub struct Database {
    /// Its name.
    pub name: String,
    /// Where to connect, password included.
    pub url: String,
    /// Our own connections to it, for looking.
    pub look: PgPool,
}

impl Database {
    /// Creates a database, from a template if one is named.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn create(admin_url: &str, name: &str, template: Option<&str>) -> Result<Self> {
        let template = template.map(|template| format!(" TEMPLATE \"{template}\"")).unwrap_or_default();
        administer(admin_url, format!("CREATE DATABASE \"{name}\"{template}")).await?;
        let (server, _) = admin_url.rsplit_once('/').context("a database URL has a path")?;
        let url = format!("{server}/{name}");
        let look = PgPoolOptions::new().max_connections(3).connect_lazy(&url)?;
        Ok(Self { name: name.to_owned(), url, look })
    }

    /// Removes it, whoever is connected.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn remove(self, admin_url: &str) -> Result<()> {
        self.look.close().await;
        administer(admin_url, format!("DROP DATABASE IF EXISTS \"{}\" WITH (FORCE)", self.name)).await
    }
}

async fn administer(admin_url: &str, statement: String) -> Result<()> {
    let mut connection = PgConnection::connect(admin_url).await.context("connect as administrator")?;
    sqlx::query(AssertSqlSafe(statement)).execute(&mut connection).await?;
    connection.close().await?;
    Ok(())
}

/// The cluster that the tests are given by `with-postgres`, if there is one.
///
/// # Errors
/// When the variable does not name a server.
pub fn given() -> Result<Option<String>> {
    match std::env::var("DATABASE_URL") {
        Ok(url) if url.starts_with("postgres") => Ok(Some(url)),
        Ok(_) => bail!("DATABASE_URL does not name a PostgreSQL server"),
        Err(_) => Ok(None),
    }
}

/// A folder of a world, by its path, so that logs can be kept for a person.
pub fn folder() -> Result<TempDir> {
    let mut folder = tempfile::Builder::new().prefix("e2e-world-").tempdir()?;
    if std::env::var_os("E2E_KEEP").is_some() {
        folder.disable_cleanup(true);
        eprintln!("logs: {}", Path::new(folder.path()).display());
    }
    Ok(folder)
}
