//! All SQL of the pool database.
//!
//! What the API may write (specs, requests) is `pub`; what only reconcilers may write (statuses) is `pub(crate)`, so
//! the compiler keeps the rule that exactly one reconciler writes a given status.

pub mod claim;
pub mod claim_rest;
pub mod creations;
pub mod destroy;
pub mod duties;
pub mod event;
pub(crate) mod finish;
pub mod history;
pub mod instance;
pub mod intake;
pub mod invariants;
pub mod keys;
pub mod line;
pub mod pool;
pub mod pool_facts;
pub mod queue;
pub mod reach;
pub mod read_claims;
pub mod read_destroys;
pub mod read_events;
pub(crate) mod read_fleet;
pub mod read_instances;
pub mod read_pools;
pub mod read_queues;
pub(crate) mod record;
pub mod redeploys;
pub(crate) mod retention;
pub(crate) mod rows;
pub mod spec_instances;
pub mod spec_pools;
pub mod template_sync;
pub mod templates;

#[cfg(test)]
pub(crate) mod tests;

use std::sync::Arc;

use futures::future::try_join_all;
use process::group::Group;
use process::sticky::Sticky;
use sqlx::PgPool;
use sqlx::migrate::Migrator;

use self::finish::{Finish, Finished};
use self::record::{Fronts, Handed, Recorded};

/// Claims that one statement records or finishes at most.
const TOGETHER_MAX: usize = 64;

/// Connections that know a claim's statements from the start: as many as claims alone keep busy.
const WARM_CONNECTIONS: usize = 4;

/// The schema of the pool database, forward only.
pub static MIGRATIONS: Migrator = sqlx::migrate!("../migrations/pool");

/// The pool database.
#[derive(Debug, Clone)]
pub struct Store {
    pub(crate) db: PgPool,
    binding: Group<Handed, Option<Recorded>>,
    recording: Group<Handed, Option<Recorded>>,
    finishing: Group<Finish, Option<Finished>>,
    /// For those who look at all pools many times a second.
    glancing: Sticky,
}

/// A count of rows, which is never negative.
fn number(count: i64) -> u64 {
    u64::try_from(count).unwrap_or(0)
}

impl Store {
    /// Wraps a connection pool whose database is migrated. To be called within a tokio runtime.
    pub fn new(db: PgPool) -> Self {
        let fronts = Arc::new(Fronts::default());
        let (binding, recording, finishing) =
            (Sticky::new(db.clone()), Sticky::new(db.clone()), Sticky::new(db.clone()));
        Self {
            glancing: Sticky::new(db.clone()),
            db,
            binding: Group::new(TOGETHER_MAX, move |claims| {
                record::bind(binding.clone(), Arc::clone(&fronts), claims)
            }),
            recording: Group::new(TOGETHER_MAX, move |claims| record::record(recording.clone(), claims)),
            finishing: Group::new(TOGETHER_MAX, move |claims| {
                let db = finishing.clone();
                async move {
                    let mut connection = db.acquire().await?;
                    let finished = finish::finish(&mut *connection, &claims).await?;
                    db.keep(connection);
                    Ok(finished)
                }
            }),
        }
    }

    /// Opens connections on which PostgreSQL has planned a claim's statements: each run with no claim at all, which changes
    /// nothing. Planned when the first claims need them, these would wait for it a tenth of a second. Where there are no
    /// instances yet, a plan would be made for empty tables, and nobody can be claimed anyway.
    pub async fn warm_up(&self) -> sqlx::Result<()> {
        let known = sqlx::query_scalar!(r#"SELECT EXISTS (SELECT FROM instances) AS "known!""#);
        if !known.fetch_one(&self.db).await? {
            return Ok(());
        }
        let connections = try_join_all((0..WARM_CONNECTIONS).map(|_| self.db.acquire())).await?;
        try_join_all(connections.into_iter().map(async |mut db| {
            record::bind_in(&mut db, "", &[], None).await?;
            finish::finish(&mut *db, &[]).await
        }))
        .await?;
        Ok(())
    }

    /// Whether the database answers now.
    pub async fn answers(&self) -> bool {
        process::database::answers(&self.db).await
    }
}
