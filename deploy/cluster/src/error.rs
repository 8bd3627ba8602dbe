//! What can go wrong, each with the sentence that helps a person on.

use std::path::PathBuf;

use crate::binaries::MAJOR_MIN;

/// Why there is no running cluster.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// No usable programs on this machine.
    #[error(
        "PostgreSQL {MAJOR_MIN} or newer was not found (looked for `initdb` and `postgres` in {looked}); \
         install it (Debian and Ubuntu: `apt-get install postgresql`, macOS: `brew install postgresql@17`) \
         or name the folder of its programs in POOL_PG_BIN"
    )]
    NotFound {
        /// The folders that were searched, for the reader.
        looked: String,
    },
    /// The data was written by another major version.
    #[error(
        "the cluster in {folder} was made by PostgreSQL {found}, but only {ours} is installed here: install \
         {found} again, or dump it with {found}'s `pg_dumpall` and load it into a new folder, or start anew"
    )]
    OtherVersion {
        /// The cluster's folder.
        folder: PathBuf,
        /// The major version in its `PG_VERSION`.
        found: u32,
        /// The newest major version found on this machine.
        ours: u32,
    },
    /// Started as root and no account to drop to.
    #[error("PostgreSQL does not run as root and {problem}; start as an ordinary user or set POOL_PG_USER")]
    NoAccount {
        /// What is missing for the drop.
        problem: String,
    },
    /// The file system or the system refused.
    #[error("{doing}")]
    Io {
        /// What was being done.
        doing: String,
        /// Why it failed.
        #[source]
        source: std::io::Error,
    },
    /// `initdb` said no.
    #[error("initdb could not make the cluster in {folder}: {output}")]
    Initdb {
        /// The cluster's folder.
        folder: PathBuf,
        /// The last lines it printed.
        output: String,
    },
    /// The server did not answer in time.
    #[error("PostgreSQL on port {port} did not become ready within {seconds} s")]
    NotReady {
        /// Its port.
        port: u16,
        /// How long was waited.
        seconds: u64,
        /// The last refusal.
        #[source]
        source: sqlx::Error,
    },
    /// A statement of the set-up failed.
    #[error("set up database {database}")]
    Database {
        /// The database's name.
        database: String,
        /// Why it failed.
        #[source]
        source: sqlx::Error,
    },
    /// A migration failed.
    #[error("migrate database {database}")]
    Migrate {
        /// The database's name.
        database: String,
        /// Why it failed.
        #[source]
        source: sqlx::migrate::MigrateError,
    },
}

impl ClusterError {
    /// For `map_err` beside a call to the system.
    pub(crate) fn io(doing: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let doing = doing.into();
        move |source| Self::Io { doing, source }
    }
}
