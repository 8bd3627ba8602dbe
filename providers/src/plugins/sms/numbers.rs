//! Phone numbers that were released and wait, in quarantine, for their next agent.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgPool;

/// So long a number is left alone: the last agent's correspondents may still write to it. A week, on the vendor's clock.
pub const QUARANTINE: Duration = Duration::from_secs(7 * 24 * 3600);

/// The rows of `recycled_numbers`.
#[derive(Clone)]
pub struct Numbers {
    pool: PgPool,
}

impl Numbers {
    /// The numbers in the services database.
    pub fn new(pool: PgPool) -> Self {
        Self { pool }
    }

    /// Keeps a released number, or keeps it again: a taker that never finished loses it.
    pub async fn keep(
        &self,
        phone_number: &str,
        now: DateTime<Utc>,
        quarantine: Duration,
    ) -> sqlx::Result<()> {
        let usable_at = now + TimeDelta::from_std(quarantine).unwrap_or(TimeDelta::MAX);
        sqlx::query!(
            "INSERT INTO recycled_numbers (phone_number, released_at, usable_at)
             VALUES ($1, $2, $3)
             ON CONFLICT (phone_number) DO UPDATE
             SET taken_by = NULL, taken_at = NULL",
            phone_number,
            now,
            usable_at
        )
        .execute(&self.pool)
        .await
        .map(drop)
    }

    /// Takes a number whose quarantine is over for `name`; the same name gets the same number again.
    pub async fn take(&self, name: &str, now: DateTime<Utc>) -> sqlx::Result<Option<String>> {
        if let Some(phone_number) = self.taken_by(name).await? {
            return Ok(Some(phone_number));
        }
        sqlx::query_scalar!(
            "UPDATE recycled_numbers
             SET taken_by = $1, taken_at = $2
             WHERE phone_number = (
                 SELECT phone_number
                 FROM recycled_numbers
                 WHERE taken_by IS NULL AND usable_at <= $2
                 ORDER BY usable_at
                 LIMIT 1
                 FOR UPDATE SKIP LOCKED)
             RETURNING phone_number",
            name,
            now
        )
        .fetch_optional(&self.pool)
        .await
    }

    /// The number that was taken for `name` and does not carry its name yet.
    pub async fn taken_by(&self, name: &str) -> sqlx::Result<Option<String>> {
        sqlx::query_scalar!("SELECT phone_number FROM recycled_numbers WHERE taken_by = $1", name)
            .fetch_optional(&self.pool)
            .await
    }

    /// The numbers that were taken for `name` or a later generation of it.
    pub async fn taken_by_any(&self, name: &str) -> sqlx::Result<Vec<(String, String)>> {
        let rows = sqlx::query!(
            r#"SELECT phone_number, taken_by AS "taken_by!"
             FROM recycled_numbers
             WHERE taken_by = $1 OR starts_with(taken_by, $1 || '-')"#,
            name
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(|row| (row.taken_by, row.phone_number)).collect())
    }

    /// Forgets a number: it carries an agent's name again, or is gone at the vendor.
    pub async fn forget(&self, phone_number: &str) -> sqlx::Result<()> {
        sqlx::query!("DELETE FROM recycled_numbers WHERE phone_number = $1", phone_number)
            .execute(&self.pool)
            .await
            .map(drop)
    }
}
