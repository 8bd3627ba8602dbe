//! A hook on the commits of a database: the process that makes the n-th one is held right before it takes
//! effect, so that a test can kill it there and let the commit happen or not.
//!
//! Every step of creating, claiming and destroying is a commit, so "kill at every step" is "kill at every
//! commit": enumerated from outside, without a word in the system under test.

use std::time::Duration;

use anyhow::{Context, Result};
use sqlx::{AssertSqlSafe, Connection, PgConnection, PgPool, Row};

use super::postgres::Database;
use crate::settle::eventually;

/// Number of the advisory lock that holds the chosen commit.
const LOCK: i64 = 7_405_002;
/// A killed client's transaction ends within this time.
const ENDS_WITHIN: Duration = Duration::from_secs(10);

/// What becomes of the commit at which a process was killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It takes effect; the process never learns it.
    Committed,
    /// It does not take effect.
    RolledBack,
}

/// The hook.
#[derive(Debug)]
pub struct Commits {
    look: PgPool,
    /// Holds the lock on which the chosen commit waits.
    gate: PgConnection,
}

impl Commits {
    /// Installs the hook on every table. The tables must be there.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn hook(database: &Database) -> Result<Self> {
        let mut gate = PgConnection::connect(&database.url).await.context("connect for the hook")?;
        // A deferred trigger runs when the transaction commits; the setting makes it count each only once.
        let function = format!(
            "CREATE TABLE e2e_hook (at bigint NOT NULL);
             INSERT INTO e2e_hook VALUES (0);
             CREATE SEQUENCE e2e_commits;
             CREATE FUNCTION e2e_commit() RETURNS trigger LANGUAGE plpgsql AS $$
             BEGIN
                 IF current_setting('e2e.counted', true) IS DISTINCT FROM 'yes' THEN
                     PERFORM set_config('e2e.counted', 'yes', true);
                     IF nextval('e2e_commits') = (SELECT at FROM e2e_hook) THEN
                         PERFORM pg_advisory_xact_lock({LOCK});
                     END IF;
                 END IF;
                 RETURN NULL;
             END $$;"
        );
        sqlx::raw_sql(AssertSqlSafe(function)).execute(&mut gate).await?;
        let tables = sqlx::query(
            "SELECT tablename FROM pg_tables
             WHERE schemaname = 'public' AND tablename NOT LIKE '\\_%' AND tablename NOT LIKE 'e2e%'",
        );
        for row in tables.fetch_all(&mut gate).await? {
            let table: String = row.try_get(0)?;
            let trigger = format!(
                "CREATE CONSTRAINT TRIGGER e2e_commit AFTER INSERT OR UPDATE OR DELETE ON \"{table}\"
                 DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION e2e_commit()"
            );
            sqlx::query(AssertSqlSafe(trigger)).execute(&mut gate).await?;
        }
        Ok(Self { look: database.look.clone(), gate })
    }

    /// From now on the n-th commit is held.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn arm(&mut self, nth: i64) -> Result<()> {
        sqlx::query("SELECT pg_advisory_lock($1)").bind(LOCK).execute(&mut self.gate).await?;
        sqlx::query("ALTER SEQUENCE e2e_commits RESTART").execute(&mut self.gate).await?;
        sqlx::query("UPDATE e2e_hook SET at = $1").bind(nth).execute(&mut self.gate).await?;
        Ok(())
    }

    /// Whether a commit is held now.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn holds(&self) -> Result<bool> {
        Ok(!self.waiting().await?.is_empty())
    }

    async fn waiting(&self) -> Result<Vec<i32>> {
        let waiting = sqlx::query_scalar(
            "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
             AND (classid::bigint << 32 | objid::bigint) = $1
             AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
        );
        Ok(waiting.bind(LOCK).fetch_all(&self.look).await?)
    }

    /// Decides the held commit, whose process is dead, and holds no other.
    ///
    /// # Errors
    /// When it does not end.
    pub async fn decide(&mut self, fate: Fate) -> Result<()> {
        let held = self.waiting().await?;
        if fate == Fate::RolledBack {
            for pid in &held {
                sqlx::query("SELECT pg_terminate_backend($1)").bind(pid).execute(&self.look).await?;
            }
            eventually("the held transaction ends", ENDS_WITHIN, async || {
                anyhow::ensure!(!self.holds().await?, "it is still there");
                Ok(())
            })
            .await?;
        }
        self.disarm().await
    }

    /// Holds no commit any more.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn disarm(&mut self) -> Result<()> {
        sqlx::query("UPDATE e2e_hook SET at = 0").execute(&mut self.gate).await?;
        sqlx::query("SELECT pg_advisory_unlock_all()").execute(&mut self.gate).await?;
        Ok(())
    }
}
