//! A connection that stays with one user for as long as work keeps coming.
//!
//! A connection pool asks a connection whether it lives each time it hands it out and each time it gets it back: two
//! journeys to the server beside that of the statement itself. A user whose next statement follows at once spares both.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use sqlx::Postgres;
use sqlx::pool::PoolConnection;
use sqlx::postgres::PgPool;
use tokio::time::Instant;

/// A connection without work for this long goes back to the pool; nobody waits much longer than this for one that is only
/// kept.
const IDLE_MAX: Duration = Duration::from_millis(100);

/// And one that was never without goes back after this, so that the pool can end it when it is old.
const HELD_MAX: Duration = Duration::from_secs(60);

/// Connections of a pool for one user, of which the last one stays here between two statements.
#[derive(Debug, Clone)]
pub struct Sticky {
    db: PgPool,
    kept: Arc<Mutex<Kept>>,
}

#[derive(Debug)]
struct Kept {
    connection: Option<PoolConnection<Postgres>>,
    /// When it, or another one for the same user, came from the pool.
    since: Instant,
    /// When it was last of use.
    used: Instant,
    /// Somebody looks whether it is still of use.
    watched: bool,
}

impl Sticky {
    /// Nothing is kept at first.
    pub fn new(db: PgPool) -> Self {
        let now = Instant::now();
        let kept = Kept { connection: None, since: now, used: now, watched: false };
        Self { db, kept: Arc::new(Mutex::new(kept)) }
    }

    /// The connection that was kept, as it was left; otherwise one of the pool's.
    ///
    /// # Errors
    /// Those of [`PgPool::acquire`].
    pub async fn acquire(&self) -> sqlx::Result<PoolConnection<Postgres>> {
        let kept = lock(&self.kept).connection.take();
        if let Some(connection) = kept {
            return Ok(connection);
        }
        let connection = self.db.acquire().await?;
        lock(&self.kept).since = Instant::now();
        Ok(connection)
    }

    /// Keeps a connection for the next [`Self::acquire`], unless it is the last one that others could have. To be called
    /// only when it just answered as it should: one that may be broken is dropped, and the pool looks at it. Within a tokio
    /// runtime.
    pub fn keep(&self, connection: PoolConnection<Postgres>) {
        let others = self.db.num_idle() > 0 || self.db.size() < self.db.options().get_max_connections();
        let mut kept = lock(&self.kept);
        if !others || kept.since.elapsed() >= HELD_MAX {
            return;
        }
        kept.connection = Some(connection);
        kept.used = Instant::now();
        if !std::mem::replace(&mut kept.watched, true) {
            tokio::spawn(give_back_when_idle(Arc::downgrade(&self.kept)));
        }
    }
}

/// Ends when the connection is given back or taken.
async fn give_back_when_idle(kept: Weak<Mutex<Kept>>) {
    loop {
        tokio::time::sleep(IDLE_MAX).await;
        let Some(kept) = kept.upgrade() else { return };
        let mut kept = lock(&kept);
        if kept.used.elapsed() >= IDLE_MAX {
            kept.connection = None;
        }
        if kept.connection.is_none() {
            kept.watched = false;
            return;
        }
    }
}

/// What is kept is whole at any moment, also when a thread panicked.
fn lock(kept: &Mutex<Kept>) -> MutexGuard<'_, Kept> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn backend(connection: &mut PoolConnection<Postgres>) -> i32 {
        sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(&mut **connection).await.unwrap()
    }

    #[sqlx::test(migrations = false)]
    async fn a_connection_stays_while_work_keeps_coming_and_goes_back_then(pool: PgPool) {
        let sticky = Sticky::new(pool.clone());
        let mut first = sticky.acquire().await.unwrap();
        let of_first = backend(&mut first).await;
        sticky.keep(first);
        assert_eq!(pool.num_idle(), 0);
        let mut again = sticky.acquire().await.unwrap();
        assert_eq!(backend(&mut again).await, of_first);
        sticky.keep(again);
        while pool.num_idle() == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert!(lock(&sticky.kept).connection.is_none());
    }

    #[sqlx::test(migrations = false)]
    async fn one_that_is_never_without_work_goes_back_all_the_same(pool: PgPool) {
        let sticky = Sticky::new(pool);
        let ours = sticky.acquire().await.unwrap();
        lock(&sticky.kept).since -= HELD_MAX;
        sticky.keep(ours);
        assert!(lock(&sticky.kept).connection.is_none());
    }

    #[sqlx::test(migrations = false)]
    async fn the_last_connection_is_not_kept_from_others(pool: PgPool) {
        let most = pool.options().get_max_connections();
        let sticky = Sticky::new(pool.clone());
        let ours = sticky.acquire().await.unwrap();
        let mut others = Vec::new();
        for _ in 1..most {
            others.push(pool.acquire().await.unwrap());
        }
        sticky.keep(ours);
        assert!(lock(&sticky.kept).connection.is_none());
        // Others than us get it at once, not only when it is idle here.
        pool.acquire().await.unwrap();
    }
}
