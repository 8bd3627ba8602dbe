//! The services database: what exists outside for an instance, and what was asked of the outside.
//!
//! # Guarantees
//! - A result is written only by the holder of the lease under which the call was made ([`Ledger::fenced`]); a worker
//!   that lost its lease gets [`LedgerError::Fenced`] and changes nothing.
//! - No transaction is open across a call to the outside.
//! - Times that several replicas compare (leases, lanes) are the database's.

mod budget;
mod census;
mod conversation;
mod delivery;
mod figures;
mod instance;
mod lane;
mod lease;
mod message;
mod redeploy;
mod shelf;
mod step;
mod tombstone;
mod tool;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures::future::try_join_all;
use process::group::Group;
use process::sealing::{KeyRing, OpenError, Place};
use process::sticky::Sticky;
use secrecy::{ExposeSecret, SecretString};
use sqlx::postgres::PgPool;
use sqlx::{Postgres, Transaction};

use self::conversation::{Begin, Found, Told};

pub use budget::LaneState;
pub use census::{Counted, CountedTool, OrphanRow, Stray};
pub use conversation::{Beginning, ConfigureState, Configuring};
pub use delivery::{DueDelivery, NewDelivery};
pub use figures::Figures;
pub use instance::{Conversation, Instance, NewInstance, Phase, Step};
pub use lane::{LANE_GRACE, Turn};
pub use lease::{CONFIGURE, LIFE, Lease, REDEPLOY};
pub use message::{Message, NewMessage, Sent};
pub use redeploy::{Redeploy, RedeployState};
pub use step::{Attempt, AttemptState};
pub use tombstone::Tombstone;
pub use tool::{NewTool, Tool, ToolStatus};

/// Agents that one statement begins to tell who they are, or records the answers of, at most.
const TOGETHER_MAX: usize = 64;

/// So long an agent's answer waits for others to be recorded with: its caller was told already.
const COMPANY_WAIT: Duration = Duration::from_millis(20);

/// Connections that know a claim's statements from the start: as many as claims alone keep busy.
const WARM_CONNECTIONS: usize = 4;

/// Variables for an agent, by name.
pub type Variables = BTreeMap<String, SecretString>;

/// Why the ledger could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// Another worker took over: drop what you have.
    #[error("the lease is another worker's now")]
    Fenced,
    /// The instance is being destroyed: nothing new may be made for it.
    #[error("the instance is being destroyed")]
    Destroying,
    /// The database did not answer, or refused.
    #[error("ask the services database")]
    Database(#[from] sqlx::Error),
    /// A sealed value does not open.
    #[error("open a sealed value")]
    Sealed(#[from] OpenError),
    /// A sealed value holds something else than we sealed.
    #[error("read a sealed value")]
    Shape(#[from] serde_json::Error),
}

/// The database and the keys that open what is sealed in it.
#[derive(Clone)]
pub struct Ledger {
    pool: PgPool,
    keys: Arc<KeyRing>,
    beginning: Group<Begin, Option<Found>>,
    telling: Group<Told, bool>,
}

impl Ledger {
    /// A ledger in a migrated database. To be called within a tokio runtime.
    pub fn new(pool: PgPool, keys: Arc<KeyRing>) -> Self {
        let (begins, tells) = (Sticky::new(pool.clone()), Sticky::new(pool.clone()));
        Self {
            pool,
            keys,
            beginning: Group::new(TOGETHER_MAX, move |agents| {
                let db = begins.clone();
                async move {
                    let mut connection = db.acquire().await?;
                    let begun = conversation::begin(&mut *connection, &agents).await?;
                    db.keep(connection);
                    Ok(begun)
                }
            }),
            telling: Group::unhurried(TOGETHER_MAX, COMPANY_WAIT, move |agents| {
                let db = tells.clone();
                async move {
                    let mut connection = db.acquire().await?;
                    let told = conversation::tell(&mut *connection, &agents).await?;
                    db.keep(connection);
                    Ok(told)
                }
            }),
        }
    }

    /// Opens connections on which PostgreSQL has planned a claim's statements: each run with no agent at all, which changes
    /// nothing. Where there are no instances yet, a plan would be made for empty tables.
    pub async fn warm_up(&self) -> sqlx::Result<()> {
        let known = sqlx::query_scalar!(r#"SELECT EXISTS (SELECT FROM instance_infra) AS "known!""#);
        if !known.fetch_one(&self.pool).await? {
            return Ok(());
        }
        let connections = try_join_all((0..WARM_CONNECTIONS).map(|_| self.pool.acquire())).await?;
        try_join_all(connections.into_iter().map(async |mut db| {
            conversation::begin(&mut *db, &[]).await?;
            conversation::tell(&mut *db, &[]).await
        }))
        .await?;
        Ok(())
    }

    /// The connections, for readiness and for tests.
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// A transaction in which the lease is locked: nobody can take it over before the commit.
    async fn fenced(&self, lease: &Lease) -> Result<Transaction<'static, Postgres>, LedgerError> {
        let mut transaction = self.pool.begin().await?;
        let held = sqlx::query_scalar!(
            "SELECT 1 AS held
             FROM leases
             WHERE instance_id = $1 AND scope = $2 AND token = $3
             FOR UPDATE",
            lease.instance_id,
            lease.scope,
            lease.token,
        )
        .fetch_optional(&mut *transaction)
        .await?;
        if held.is_none() {
            return Err(fenced());
        }
        Ok(transaction)
    }

    fn seal(&self, text: &str, place: Place<'_>) -> Vec<u8> {
        self.keys.seal(text.as_bytes(), place)
    }

    fn open(&self, sealed: &[u8], place: Place<'_>) -> Result<SecretString, LedgerError> {
        let plain = self.keys.open(sealed, place)?;
        Ok(SecretString::from(String::from_utf8_lossy(&plain).into_owned()))
    }

    fn seal_variables(&self, variables: &Variables, place: Place<'_>) -> Vec<u8> {
        let plain: BTreeMap<&str, &str> =
            variables.iter().map(|(name, value)| (name.as_str(), value.expose_secret())).collect();
        let text = serde_json::to_string(&plain).expect("a map of texts is JSON");
        self.seal(&text, place)
    }

    fn open_variables(&self, sealed: &[u8], place: Place<'_>) -> Result<Variables, LedgerError> {
        let plain = self.keys.open(sealed, place)?;
        Ok(serde_json::from_slice(&plain)?)
    }
}

/// A write whose lease is another worker's by now.
fn fenced() -> LedgerError {
    metrics::counter!("services_fenced_writes_total").increment(1);
    LedgerError::Fenced
}
