//! The cluster itself: make it, start it, reach it.

use std::{
    fs::File,
    io::{Seek, Write},
    net::TcpListener,
    os::unix::fs::{DirBuilderExt, fchown},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use rand::Rng;
use secrecy::{ExposeSecret, SecretString};
use sqlx::{AssertSqlSafe, Connection, PgConnection, Row, postgres::PgConnectOptions};

use crate::{Account, Binaries, ClusterError, folder};

/// The superuser of every private cluster.
const SUPERUSER: &str = "convos";
/// Enough for every replica and test of one machine; each costs a few kilobytes while unused.
const CONNECTIONS_MAX: u32 = 300;
/// How long a server may take from its start to its first answer: a crash recovery takes some seconds.
const READY_WITHIN: Duration = Duration::from_secs(60);
/// How often a starting server is asked.
const READY_POLL: Duration = Duration::from_millis(50);
/// Lines of `initdb`'s output that are repeated in an error.
const OUTPUT_LINES: usize = 6;

/// Whether the data must survive a power cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// Kept from run to run: everything is synced.
    Kept,
    /// Thrown away afterwards: nothing is synced.
    ThrowAway,
}

/// A cluster in a folder, on a port, with a password.
#[derive(Debug, Clone)]
pub struct Cluster {
    folder: PathBuf,
    port: u16,
    password: SecretString,
    durability: Durability,
    binaries: Binaries,
    account: Account,
}

impl Cluster {
    /// Opens the cluster in `folder`, and makes it first when there is none. The password is the one the
    /// cluster was made with. A server left over from an earlier owner is stopped.
    pub async fn open(
        folder: &Path,
        port: u16,
        password: SecretString,
        durability: Durability,
    ) -> Result<Self, ClusterError> {
        let found = folder::version(folder);
        let binaries = Binaries::find(found)?;
        if let Some(found) = found.filter(|found| *found != binaries.major) {
            return Err(ClusterError::OtherVersion { folder: folder.into(), found, ours: binaries.major });
        }
        let account = Account::choose()?;
        let cluster = Self { folder: folder.to_owned(), port, password, durability, binaries, account };
        match found {
            Some(_) => folder::stop_leftover(folder).await?,
            None => cluster.make().await?,
        }
        Ok(cluster)
    }

    /// Makes the cluster aside and renames it, so that an interrupted `initdb` leaves nothing half made.
    async fn make(&self) -> Result<(), ClusterError> {
        let partial = self.folder.with_extension("partial");
        if partial.exists() {
            std::fs::remove_dir_all(&partial)
                .map_err(ClusterError::io(format!("remove {}", partial.display())))?;
        }
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true).mode(0o700);
        builder.create(&partial).map_err(ClusterError::io(format!("create {}", partial.display())))?;
        self.account.own(&partial)?;

        let mut arguments = vec!["--username".into(), SUPERUSER.into(), "--pwfile=/dev/stdin".to_owned()];
        arguments.extend(
            ["--auth=scram-sha-256", "--encoding=UTF8", "--data-checksums", "--no-instructions"]
                .map(str::to_owned),
        );
        if self.durability == Durability::ThrowAway {
            arguments.push("--no-sync".into());
        }
        arguments
            .push(format!("--pgdata={}", folder::name_for_server(&partial, &self.account).to_string_lossy()));
        let mut command = self.account.command(&self.binaries.program("initdb"), &arguments, &partial);
        command.stdin(self.password_file()?);
        // Output is awaited off this thread; an interrupted owner leaves only the partial folder.
        let output = tokio::task::spawn_blocking(move || command.output())
            .await
            .map_err(|error| ClusterError::io("wait for initdb")(error.into()))?
            .map_err(ClusterError::io("start initdb"))?;
        if !output.status.success() {
            let text = String::from_utf8_lossy(&output.stderr);
            let lines: Vec<&str> = text.lines().rev().take(OUTPUT_LINES).collect();
            let output = lines.into_iter().rev().collect::<Vec<_>>().join(" / ");
            return Err(ClusterError::Initdb { folder: self.folder.clone(), output });
        }
        std::fs::rename(&partial, &self.folder)
            .map_err(ClusterError::io(format!("put the cluster at {}", self.folder.display())))
    }

    /// The password in a file without a name that the account may read again through `/dev/stdin`.
    fn password_file(&self) -> Result<File, ClusterError> {
        let write = || -> std::io::Result<File> {
            let mut file = tempfile::tempfile()?;
            writeln!(file, "{}", self.password.expose_secret())?;
            file.rewind()?;
            if let Account::Other { uid, gid, .. } = &self.account {
                fchown(&file, Some(uid.as_raw()), Some(gid.as_raw()))?;
            }
            Ok(file)
        };
        write().map_err(ClusterError::io("hand the password to initdb"))
    }

    /// The command that is the server: its process id is the postmaster's. SIGINT stops it fast.
    pub fn server(&self) -> Command {
        let mut settings = vec![
            "listen_addresses=127.0.0.1".to_owned(),
            "unix_socket_directories=".to_owned(),
            format!("max_connections={CONNECTIONS_MAX}"),
            "log_line_prefix=%m %q%a ".to_owned(),
        ];
        if self.durability == Durability::ThrowAway {
            settings
                .extend(["fsync=off", "synchronous_commit=off", "full_page_writes=off"].map(str::to_owned));
        }
        let data = folder::name_for_server(&self.folder, &self.account).to_string_lossy().into_owned();
        let mut arguments = vec!["-D".to_owned(), data, "-p".to_owned(), self.port.to_string()];
        for setting in settings {
            arguments.extend(["-c".to_owned(), setting]);
        }
        let mut command = self.account.command(&self.binaries.program("postgres"), &arguments, &self.folder);
        command.stdin(Stdio::null());
        command
    }

    /// Stops a server that nobody owns any more, as [`Cluster::open`] does.
    pub async fn stop_leftover(&self) -> Result<(), ClusterError> {
        Self::stop_leftover_in(&self.folder).await
    }

    /// The same for a folder that is about to be removed.
    pub async fn stop_leftover_in(folder: &Path) -> Result<(), ClusterError> {
        folder::stop_leftover(folder).await
    }

    /// The URL of a database, password included: for children and scripts, not for logs.
    pub fn url(&self, database: &str) -> String {
        let password = self.password.expose_secret();
        format!("postgres://{SUPERUSER}:{password}@127.0.0.1:{}/{database}", self.port)
    }

    /// Waits until the server answers a connection.
    pub async fn wait_until_ready(&self) -> Result<(), ClusterError> {
        let started = Instant::now();
        loop {
            match PgConnection::connect_with(&self.options("postgres")).await {
                Ok(connection) => {
                    // The answer is all that was wanted; a failing goodbye changes nothing.
                    let _ = connection.close().await;
                    return Ok(());
                }
                Err(source) if started.elapsed() > READY_WITHIN => {
                    let seconds = READY_WITHIN.as_secs();
                    return Err(ClusterError::NotReady { port: self.port, seconds, source });
                }
                Err(_) => tokio::time::sleep(READY_POLL).await,
            }
        }
    }

    /// Creates the database if it is not there. Names are our own words, never input.
    pub async fn ensure_database(&self, database: &str) -> Result<(), ClusterError> {
        let failed = |source| ClusterError::Database { database: database.to_owned(), source };
        let mut connection = PgConnection::connect_with(&self.options("postgres")).await.map_err(failed)?;
        let exists = sqlx::query("SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)")
            .bind(database)
            .fetch_one(&mut connection)
            .await
            .and_then(|row| row.try_get::<bool, _>(0))
            .map_err(failed)?;
        if !exists {
            let statement = format!("CREATE DATABASE \"{database}\"");
            sqlx::query(AssertSqlSafe(statement)).execute(&mut connection).await.map_err(failed)?;
        }
        connection.close().await.map_err(failed)
    }

    /// Brings a database to the newest migration of a folder.
    pub async fn migrate(&self, database: &str, migrations: &Path) -> Result<(), ClusterError> {
        let failed = |source| ClusterError::Migrate { database: database.to_owned(), source };
        let migrator = sqlx::migrate::Migrator::new(migrations).await.map_err(failed)?;
        let mut connection = PgConnection::connect_with(&self.options(database))
            .await
            .map_err(|source| ClusterError::Database { database: database.to_owned(), source })?;
        migrator.run(&mut connection).await.map_err(failed)
    }

    fn options(&self, database: &str) -> PgConnectOptions {
        PgConnectOptions::new_without_pgpass()
            .host("127.0.0.1")
            .port(self.port)
            .username(SUPERUSER)
            .password(self.password.expose_secret())
            .database(database)
    }
}

/// A port of the loopback interface that nobody listens on now. Somebody else may take it before its
/// user does; the user then fails to listen and asks again.
pub fn free_port() -> Result<u16, ClusterError> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(ClusterError::io("look for a free port"))?;
    Ok(listener.local_addr().map_err(ClusterError::io("look for a free port"))?.port())
}

/// A password nobody knows, of characters that need no escaping in a URL.
pub fn random_password() -> SecretString {
    let mut bytes = [0_u8; 16];
    rand::rng().fill_bytes(&mut bytes);
    SecretString::from(hex::encode(bytes))
}
