//! The connection to PostgreSQL: waits while it is away and says so, bounds every statement, migrates
//! under a lock.

use std::future::Future;
use std::time::Duration;

use rand::RngExt;
use secrecy::ExposeSecret;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{Connection, Executor, PgConnection};
use tracing::{error, info, warn};

use crate::config::DatabaseUrl;
use crate::exit::{ExitReason, Failure};
use crate::problem::Problem;
use crate::shutdown::Shutdown;

/// No statement of ours takes longer on a healthy database; longer ones are cut off and tried again.
const STATEMENT_TIMEOUT: &str = "10s";
/// A row that is locked this long is held by something that hangs.
const LOCK_TIMEOUT: &str = "3s";
/// A transaction that does nothing this long belongs to a worker that is gone.
const IDLE_TRANSACTION_TIMEOUT: &str = "10s";
/// How long a caller waits for a free connection before it is told that the database is away.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
/// A connection that answered this lately is handed out without being asked again: whoever meets one that broke since meets
/// a database that went away in this moment.
const TRUSTED: Duration = Duration::from_secs(1);
/// How long one attempt to reach the database may take at start.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(10);
const FIRST_WAIT: Duration = Duration::from_millis(250);
const LONGEST_WAIT: Duration = Duration::from_secs(10);
/// How long `/readyz` waits for an answer.
const PROBE_TIMEOUT: Duration = Duration::from_secs(2);

/// When a caller should try again after it met a database that is away.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// The SQLSTATEs that waiting does not heal: a refused password or role, and a
/// database that does not exist.
const HOPELESS_CODES: [&str; 3] = ["28P01", "28000", "3D000"];

/// The database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// The URL is not one that the driver understands.
    #[error("read DATABASE_URL")]
    Url(#[source] sqlx::Error),
    /// The server is there and refuses us.
    #[error("connect to the database: it refuses us")]
    Refused(#[source] sqlx::Error),
    /// We were asked to stop while waiting.
    #[error("asked to stop while waiting for the database")]
    Stopped,
    /// The connection was lost while starting.
    #[error("prepare the database")]
    Connection(#[source] sqlx::Error),
    /// The schema was made by a newer executable than this one.
    #[error("the database's schema is newer than this executable (it has migration {0}); start a newer one")]
    Newer(i64),
    /// A migration failed.
    #[error("migrate the database")]
    Migration(#[source] MigrateError),
}

impl DatabaseError {
    /// Whether it says that the database is away or busy.
    fn is_passing(&self) -> bool {
        match self {
            Self::Connection(error)
            | Self::Migration(MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _)) => {
                is_passing(error)
            }
            _ => false,
        }
    }
}

impl From<DatabaseError> for Failure {
    fn from(error: DatabaseError) -> Self {
        let reason = match &error {
            DatabaseError::Newer(_) | DatabaseError::Migration(_) => ExitReason::Schema,
            DatabaseError::Url(_) => ExitReason::Configuration,
            DatabaseError::Stopped => ExitReason::Stopped,
            DatabaseError::Refused(_) | DatabaseError::Connection(_) => ExitReason::Failed,
        };
        Self::new(reason, error)
    }
}

/// Connects, waiting as long as the database is away.
///
/// # Errors
/// When the database refuses us, or we are asked to stop meanwhile.
pub async fn connect(
    url: &DatabaseUrl,
    process: &str,
    connections_max: u32,
    shutdown: &Shutdown,
) -> Result<PgPool, DatabaseError> {
    let options = connect_options(url, process)?;
    let pool = || {
        PgPoolOptions::new()
            .max_connections(connections_max)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .test_before_acquire(false)
            .before_acquire(|connection, before| Box::pin(lives(connection, before.idle_for)))
            .connect_lazy_with(options.clone())
    };
    let mut wait = FIRST_WAIT;
    loop {
        match attempt(&options).await {
            Ok(()) => return Ok(pool()),
            Err(error) if is_hopeless(&error) => return Err(DatabaseError::Refused(error)),
            Err(error) => {
                let (host, port) = (options.get_host(), options.get_port());
                warn!("the database at {host}:{port} is away, trying again in {wait:?}: {error}");
            }
        }
        // Full jitter, so that many replicas do not knock at the same moment.
        let jittered = wait.mul_f64(rand::rng().random_range(0.5..=1.0));
        tokio::select! {
            () = shutdown.wait() => return Err(DatabaseError::Stopped),
            () = tokio::time::sleep(jittered) => wait = (wait * 2).min(LONGEST_WAIT),
        }
    }
}

fn connect_options(url: &DatabaseUrl, process: &str) -> Result<PgConnectOptions, DatabaseError> {
    crate::http::install_tls();
    let options: PgConnectOptions = url.secret().expose_secret().parse().map_err(DatabaseError::Url)?;
    Ok(options.application_name(process).options([
        ("statement_timeout", STATEMENT_TIMEOUT),
        ("lock_timeout", LOCK_TIMEOUT),
        ("idle_in_transaction_session_timeout", IDLE_TRANSACTION_TIMEOUT),
        // A prepared statement keeps its plan. One that was made while a table was empty would read all of it until the
        // next ANALYZE. Every statement has its index; nothing else is to be chosen because of old statistics.
        ("enable_seqscan", "off"),
        // For the same reason no statement is planned anew for its values: with them an index of everything that lives looks
        // as good as the key.
        ("plan_cache_mode", "force_generic_plan"),
        // Small tables are read in full all the same, at a cost that would seem worth a compilation.
        ("jit", "off"),
    ]))
}

/// Whether a connection may be handed out.
async fn lives(connection: &mut PgConnection, idle_for: Duration) -> sqlx::Result<bool> {
    if idle_for >= TRUSTED {
        connection.ping().await?;
    }
    Ok(true)
}

async fn attempt(options: &PgConnectOptions) -> Result<(), sqlx::Error> {
    let connecting = async {
        let connection = PgConnection::connect_with(options).await?;
        connection.close().await
    };
    match tokio::time::timeout(ATTEMPT_TIMEOUT, connecting).await {
        Ok(outcome) => outcome,
        Err(_) => Err(sqlx::Error::PoolTimedOut),
    }
}

fn is_hopeless(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    code.is_some_and(|code| HOPELESS_CODES.contains(&code.as_ref()))
}

/// Does a step of the start, again and again while the database is away or busy: it may go away at any moment,
/// also between the first connection and the last step.
///
/// # Errors
/// When the step fails for another reason, or we are asked to stop meanwhile.
pub async fn patiently<T, F>(shutdown: &Shutdown, mut step: impl FnMut() -> F) -> Result<T, DatabaseError>
where
    F: Future<Output = Result<T, DatabaseError>>,
{
    let mut wait = FIRST_WAIT;
    loop {
        match step().await {
            Err(error) if error.is_passing() => {
                warn!("the database went away while starting, trying again in {wait:?}: {error}");
            }
            outcome => return outcome,
        }
        tokio::select! {
            () = shutdown.wait() => return Err(DatabaseError::Stopped),
            () = tokio::time::sleep(wait) => wait = (wait * 2).min(LONGEST_WAIT),
        }
    }
}

/// Brings the schema up to this executable. Replicas that start together wait for each other (an
/// advisory lock of the driver), however long the migration takes.
///
/// # Errors
/// When the schema is newer than this executable, or a migration fails.
pub async fn migrate(pool: &PgPool, migrations: &Migrator, shutdown: &Shutdown) -> Result<(), DatabaseError> {
    patiently(shutdown, || migrate_once(pool, migrations)).await?;
    info!("the database's schema is up to date");
    Ok(())
}

async fn migrate_once(pool: &PgPool, migrations: &Migrator) -> Result<(), DatabaseError> {
    let mut connection = pool.acquire().await.map_err(DatabaseError::Connection)?.detach();
    connection
        .execute("SET statement_timeout = 0; SET lock_timeout = 0")
        .await
        .map_err(DatabaseError::Connection)?;
    let outcome = migrations.run_direct(None, &mut connection, false).await;
    // Closing gives the advisory lock back also when a migration failed.
    let closed = connection.close().await;
    match outcome {
        Ok(()) => closed.map_err(DatabaseError::Connection),
        Err(MigrateError::VersionMissing(version)) => Err(DatabaseError::Newer(version)),
        Err(error) => Err(DatabaseError::Migration(error)),
    }
}

/// Whether the database answers now.
pub async fn answers(pool: &PgPool) -> bool {
    let probe = tokio::time::timeout(PROBE_TIMEOUT, pool.execute("SELECT 1"));
    matches!(probe.await, Ok(Ok(_)))
}

/// SQLSTATEs of a database that is busy, starting or stopping: the same request may work in a moment.
const PASSING_CODES: [&str; 9] =
    ["40001", "40P01", "53300", "55P03", "57014", "57P01", "57P02", "57P03", "25P03"];

/// Whether an error says that the database is away or busy, and not that we asked something wrong.
pub fn is_passing(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed => {
            true
        }
        sqlx::Error::Database(error) => {
            error.code().is_some_and(|code| PASSING_CODES.contains(&code.as_ref()))
        }
        _ => false,
    }
}

/// What a caller is told when a statement fails: to try later, or that it is a fault of ours.
/// Logged here, with its cause, since nobody else will see it.
impl From<sqlx::Error> for Problem {
    fn from(error: sqlx::Error) -> Self {
        if is_passing(&error) {
            warn!("a request met a database that is away or busy: {error}");
            return Self::unavailable(
                "database_unavailable",
                "the database does not answer now",
                RETRY_AFTER,
            );
        }
        error!("a request met an error of the database: {error}");
        Self::internal()
    }
}

#[cfg(test)]
mod tests;
