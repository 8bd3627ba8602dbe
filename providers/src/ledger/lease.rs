//! Leases: at most one worker, over all replicas, drives an instance's life or one of its tools.

use std::time::Duration;

use uuid::Uuid;

use super::{Ledger, LedgerError};

/// The scope of creation and destruction; scopes that are none of these constants are tools' ids.
pub const LIFE: &str = "life";

/// The scope of telling the agent who it is. This lease stands in the instance's own row and is taken and given back with what
/// is written there ([`Ledger::begin_configure`], [`Ledger::configured`]).
pub const CONFIGURE: &str = "configure";

/// The scope of deploying an instance again.
pub const REDEPLOY: &str = "redeploy";

/// The right to drive. Its token stands in the database for as long as nobody else took over.
#[derive(Debug, Clone)]
pub struct Lease {
    /// Whose life or tool.
    pub instance_id: String,
    /// [`LIFE`] or a tool's id.
    pub scope: String,
    /// The fencing token.
    pub token: Uuid,
}

impl Ledger {
    /// Takes a lease other than that of [`CONFIGURE`], if nobody holds it.
    pub async fn take_lease(
        &self,
        instance_id: &str,
        scope: &str,
        owner: &str,
        duration: Duration,
    ) -> Result<Option<Lease>, LedgerError> {
        let token = Uuid::new_v4();
        // A lease that is given back leaves no row, so a row that was there had a holder who did not come back.
        let taken = sqlx::query!(
            r#"INSERT INTO leases (instance_id, scope, token, owner, until)
             VALUES ($1, $2, $3, $4, clock_timestamp() + make_interval(secs => $5))
             ON CONFLICT (instance_id, scope) DO UPDATE
                 SET token = EXCLUDED.token, owner = EXCLUDED.owner, until = EXCLUDED.until
                 WHERE leases.until <= clock_timestamp()
             RETURNING token, xmax <> 0 AS "taken_over!""#,
            instance_id,
            scope,
            token,
            owner,
            duration.as_secs_f64(),
        )
        .fetch_optional(&self.pool)
        .await?;
        if taken.as_ref().is_some_and(|row| row.taken_over) {
            metrics::counter!("services_leases_taken_over_total").increment(1);
        }
        Ok(taken.map(|row| Lease {
            instance_id: instance_id.to_owned(),
            scope: scope.to_owned(),
            token: row.token,
        }))
    }

    /// Prolongs the lease; false when another worker took it over.
    pub async fn renew_lease(&self, lease: &Lease, duration: Duration) -> Result<bool, LedgerError> {
        let seconds = duration.as_secs_f64();
        let renewed = if lease.scope == CONFIGURE {
            sqlx::query!(
                "UPDATE instance_infra
                 SET configure_lease_until = clock_timestamp() + make_interval(secs => $3)
                 WHERE instance_id = $1 AND configure_lease_token = $2",
                lease.instance_id,
                lease.token,
                seconds
            )
            .execute(&self.pool)
            .await?
        } else {
            sqlx::query!(
                "UPDATE leases
                 SET until = clock_timestamp() + make_interval(secs => $4)
                 WHERE instance_id = $1 AND scope = $2 AND token = $3",
                lease.instance_id,
                lease.scope,
                lease.token,
                seconds
            )
            .execute(&self.pool)
            .await?
        };
        Ok(renewed.rows_affected() == 1)
    }

    /// Gives the lease back.
    pub async fn release_lease(&self, lease: &Lease) -> Result<(), LedgerError> {
        if lease.scope == CONFIGURE {
            sqlx::query!(
                "UPDATE instance_infra
                 SET configure_lease_token = NULL, configure_lease_owner = NULL, configure_lease_until = NULL
                 WHERE instance_id = $1 AND configure_lease_token = $2",
                lease.instance_id,
                lease.token
            )
            .execute(&self.pool)
            .await?;
        } else {
            sqlx::query!(
                "DELETE FROM leases
                 WHERE instance_id = $1 AND scope = $2 AND token = $3",
                lease.instance_id,
                lease.scope,
                lease.token
            )
            .execute(&self.pool)
            .await?;
        }
        Ok(())
    }
}
