//! The work queue that each record table is: due records are leased, renewed, and given back.
//!
//! Guarantees:
//! - a record has at most one live lease, on the database's clock;
//! - every write of a result names the lease's token, so a worker that lost its lease writes nothing (I7);
//! - giving back always says when the record is due again, so none is forgotten (I8).

use std::fmt::Debug;
use std::future::Future;
use std::time::Duration;

use sqlx::PgPool;
use sqlx::postgres::types::PgInterval;
use uuid::Uuid;

use super::Store;

/// The token under which a worker holds records, and whose it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    /// Fencing token; new for each batch.
    pub token: Uuid,
}

/// Records under one lease.
#[derive(Debug)]
pub struct Leased<Record> {
    /// The lease.
    pub lease: Lease,
    /// What it holds.
    pub records: Vec<Record>,
}

/// Who leases, and for how long.
#[derive(Debug, Clone)]
pub struct Worker {
    /// Name of this replica, for people.
    pub owner: String,
    /// How long a lease lasts unless renewed.
    pub lease_duration: Duration,
}

/// A duration as PostgreSQL takes it; longer than a thousand years does not occur.
pub(crate) fn interval(duration: Duration) -> PgInterval {
    PgInterval {
        months: 0,
        days: 0,
        microseconds: i64::try_from(duration.as_micros()).unwrap_or(i64::MAX / 2),
    }
}

impl Store {
    /// Gives back every record that a replica holds, due at once. Returns how many.
    pub(crate) async fn give_everything_back(&self, owner: &str) -> sqlx::Result<u64> {
        Ok(pools::give_all_back(&self.db, owner).await?
            + instances::give_all_back(&self.db, owner).await?
            + claims::give_all_back(&self.db, owner).await?
            + destroy_requests::give_all_back(&self.db, owner).await?
            + duties::give_all_back(&self.db, owner).await?)
    }
}

/// A record table, as the one driver needs it.
pub(crate) trait Table {
    /// Its primary key.
    type Key: Debug + Send + Sync + 'static;

    /// Makes the lease last longer. Returns how many records are still ours.
    fn renew(
        db: &PgPool,
        worker: &Worker,
        lease: Lease,
        keys: &[Self::Key],
    ) -> impl Future<Output = sqlx::Result<u64>> + Send;

    /// Gives a record back, due again after `wait`; with the error that its pass met, if it failed.
    fn give_back(
        db: &PgPool,
        lease: Lease,
        key: &Self::Key,
        error: Option<&str>,
        wait: Duration,
    ) -> impl Future<Output = sqlx::Result<bool>> + Send;
}

/// The statements that every queue has in common, written out for one table.
macro_rules! queue_statements {
    ($module:ident, $table:tt, $key:tt, $cast:tt, $Key:ty) => {
        #[doc = concat!("The queue of `", $table, "`.")]
        pub(crate) mod $module {
            use super::*;

            /// The table, for the driver.
            pub struct Table;

            impl super::Table for Table {
                type Key = $Key;

                async fn renew(db: &PgPool, worker: &Worker, lease: Lease, keys: &[$Key]) -> sqlx::Result<u64> {
                    let renewed = sqlx::query!(
                        "UPDATE " + $table + " SET lease_until = now() + $3 WHERE " + $key + " = ANY($1::" + $cast + "[]) AND lease_token = $2",
                        keys,
                        lease.token,
                        interval(worker.lease_duration)
                    )
                    .execute(db)
                    .await?;
                    Ok(renewed.rows_affected())
                }

                async fn give_back(db: &PgPool, lease: Lease, key: &$Key, error: Option<&str>, wait: Duration) -> sqlx::Result<bool> {
                    give_back(db, lease, key, error, wait).await
                }
            }

            /// Gives a record back, due again after `wait`; with the error that its pass met, if it failed.
            pub async fn give_back(
                db: &PgPool,
                lease: Lease,
                key: &$Key,
                error: Option<&str>,
                wait: Duration,
            ) -> sqlx::Result<bool> {
                if error.is_some() {
                    metrics::counter!("pool_queue_retries_total", "table" => $table).increment(1);
                }
                let given = sqlx::query!(
                    "UPDATE " + $table + " SET due_at = now() + $4, last_error = $3, attempts = CASE WHEN $3::text IS NULL THEN 0 ELSE attempts + 1 END, lease_owner = NULL, lease_until = NULL, lease_token = NULL WHERE " + $key + " = $1 AND lease_token = $2",
                    key,
                    lease.token,
                    error,
                    interval(wait)
                )
                .execute(db)
                .await?;
                Ok(given.rows_affected() == 1)
            }

            /// Gives back whatever a replica holds.
            pub async fn give_all_back(db: &PgPool, owner: &str) -> sqlx::Result<u64> {
                let given = sqlx::query!(
                    "UPDATE " + $table + " SET due_at = least(due_at, now()), lease_owner = NULL, lease_until = NULL, lease_token = NULL WHERE lease_owner = $1 AND due_at IS NOT NULL",
                    owner
                )
                .execute(db)
                .await?;
                Ok(given.rows_affected())
            }
        }
    };
}

queue_statements!(pools, "pools", "name", "text", String);
queue_statements!(instances, "instances", "id", "text", String);
queue_statements!(claims, "claims", "id", "uuid", Uuid);
queue_statements!(destroy_requests, "destroy_requests", "id", "uuid", Uuid);
queue_statements!(duties, "duties", "name", "text", String);
