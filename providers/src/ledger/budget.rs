//! Budgets and lanes as all replicas see them.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::{Ledger, LedgerError};
use crate::infra::BudgetState;

/// A lane as it is now.
#[derive(Debug, Clone, PartialEq)]
pub struct LaneState {
    /// Its name.
    pub name: String,
    /// How many wait in it.
    pub waiting: i64,
    /// Nobody may send before this.
    pub next_allowed_at: DateTime<Utc>,
}

impl Ledger {
    /// Tells the others what was seen of a budget, and answers with what is known by all. Within one window less is newer;
    /// a window that ends `next` later or more is the next one.
    pub async fn share_budget(
        &self,
        name: &str,
        seen: Option<BudgetState>,
        next: Duration,
        now: DateTime<Utc>,
    ) -> Result<Option<BudgetState>, LedgerError> {
        if let Some(seen) = seen {
            sqlx::query!(
                "INSERT INTO budgets (name, allowance, remaining, resets_at, updated_at)
                 VALUES ($1, $2, $3, $4, $5)
                 ON CONFLICT (name) DO UPDATE
                     SET allowance = EXCLUDED.allowance, remaining = EXCLUDED.remaining,
                         resets_at = EXCLUDED.resets_at, updated_at = EXCLUDED.updated_at
                     WHERE EXCLUDED.remaining < budgets.remaining
                         OR budgets.resets_at <= $5
                         OR EXCLUDED.resets_at > budgets.resets_at + make_interval(secs => $6)",
                name,
                seen.allowance,
                seen.remaining,
                seen.resets_at,
                now,
                next.as_secs_f64()
            )
            .execute(&self.pool)
            .await?;
        }
        let known = sqlx::query_as!(
            BudgetState,
            "SELECT allowance, remaining, resets_at FROM budgets WHERE name = $1 AND resets_at > $2",
            name,
            now
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(known)
    }

    /// Every lane.
    pub async fn lanes(&self) -> Result<Vec<LaneState>, LedgerError> {
        let lanes = sqlx::query_as!(
            LaneState,
            r#"SELECT name, next_allowed_at,
                 (SELECT count(*)
                  FROM lane_tickets
                  WHERE lane = lanes.name AND expires_at > clock_timestamp()) AS "waiting!"
             FROM lanes
             ORDER BY name"#
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(lanes)
    }
}
