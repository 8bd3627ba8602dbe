//! Attempts of steps: committed as intent before a call, as sent when it goes out, with the result after it.

use chrono::{DateTime, Utc};
use sqlx::{Postgres, Transaction};

use super::{Lease, Ledger, LedgerError, Phase};

/// How far an attempt came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttemptState {
    /// Committed, not sent: a crash left nothing outside.
    Intent,
    /// Sent; without a result its answer was lost with a process.
    Sent,
    /// Had its effect.
    Confirmed,
    /// No clear answer: look before repeating.
    Ambiguous,
    /// Surely had no effect.
    Failed,
}

impl AttemptState {
    /// The word in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Intent => "intent",
            Self::Sent => "sent",
            Self::Confirmed => "confirmed",
            Self::Ambiguous => "ambiguous",
            Self::Failed => "failed",
        }
    }

    fn of(word: &str) -> Self {
        match word {
            "intent" => Self::Intent,
            "sent" => Self::Sent,
            "confirmed" => Self::Confirmed,
            "failed" => Self::Failed,
            // The table's CHECK admits only these words; anything else is best looked into.
            _ => Self::Ambiguous,
        }
    }
}

/// The latest attempt of one step of one instance.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// Key of the row.
    pub id: i64,
    /// Counts from 1.
    pub number: i32,
    /// How far it came.
    pub state: AttemptState,
    /// How often its effect was looked for.
    pub looks: i32,
    /// When to look next.
    pub look_at: Option<DateTime<Utc>>,
    /// When the intent was committed.
    pub intent_at: DateTime<Utc>,
    /// When the call went out.
    pub sent_at: Option<DateTime<Utc>>,
    /// When the first attempt of this step was made: failures are counted from there.
    pub first_at: DateTime<Utc>,
}

impl Ledger {
    /// The latest attempt of a step.
    pub async fn latest_attempt(
        &self,
        instance_id: &str,
        step: &str,
    ) -> Result<Option<Attempt>, LedgerError> {
        let row = sqlx::query!(
            r#"SELECT id, attempt, state, looks, look_at, intent_at, sent_at,
                 (SELECT min(intent_at) FROM steps WHERE instance_id = $1 AND step = $2) AS "first_at!"
             FROM steps
             WHERE instance_id = $1 AND step = $2
             ORDER BY attempt DESC
             LIMIT 1"#,
            instance_id,
            step
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map(|row| Attempt {
            id: row.id,
            number: row.attempt,
            state: AttemptState::of(&row.state),
            looks: row.looks,
            look_at: row.look_at,
            intent_at: row.intent_at,
            sent_at: row.sent_at,
            first_at: row.first_at,
        }))
    }

    /// Commits the intent of a new attempt. Refused while the instance is being destroyed.
    pub async fn intend(&self, lease: &Lease, step: &str, now: DateTime<Utc>) -> Result<i64, LedgerError> {
        let mut transaction = self.fenced(lease).await?;
        refuse_destroying(&mut transaction, &lease.instance_id).await?;
        let id = sqlx::query_scalar!(
            "INSERT INTO steps (instance_id, step, attempt, state, intent_at)
             SELECT $1, $2, coalesce(max(attempt), 0) + 1, 'intent', $3
             FROM steps
             WHERE instance_id = $1 AND step = $2
             RETURNING id",
            lease.instance_id,
            step,
            now
        )
        .fetch_one(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(id)
    }

    /// Records that the call goes out now. The last look before the outside: refused to a fenced worker, and while the
    /// instance is being destroyed.
    pub async fn sending(&self, lease: &Lease, attempt: i64, now: DateTime<Utc>) -> Result<(), LedgerError> {
        let mut transaction = self.fenced(lease).await?;
        refuse_destroying(&mut transaction, &lease.instance_id).await?;
        sqlx::query!(
            "UPDATE steps
             SET state = 'sent', sent_at = $2
             WHERE id = $1 AND state = 'intent'",
            attempt,
            now
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Records that an attempt failed without effect, or that its effect is not known.
    pub async fn close_attempt(
        &self,
        lease: &Lease,
        attempt: i64,
        state: AttemptState,
        error: &str,
        look_at: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> Result<(), LedgerError> {
        let mut transaction = self.fenced(lease).await?;
        sqlx::query!(
            "UPDATE steps
             SET state = $2, error = $3, look_at = $4, finished_at = $5
             WHERE id = $1",
            attempt,
            state.as_str(),
            error,
            look_at,
            now
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Records a look that found nothing, and when to look again.
    pub async fn looked(
        &self,
        lease: &Lease,
        attempt: i64,
        look_at: DateTime<Utc>,
    ) -> Result<(), LedgerError> {
        let mut transaction = self.fenced(lease).await?;
        sqlx::query!(
            "UPDATE steps
             SET state = 'ambiguous', looks = looks + 1, look_at = $2
             WHERE id = $1",
            attempt,
            look_at
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(())
    }
}

/// Marks an attempt as done, in the transaction that records what it made.
pub(super) async fn confirm(
    transaction: &mut Transaction<'static, Postgres>,
    attempt: i64,
    now: DateTime<Utc>,
) -> Result<(), LedgerError> {
    sqlx::query!(
        "UPDATE steps
         SET state = 'confirmed', finished_at = $2, look_at = NULL
         WHERE id = $1",
        attempt,
        now
    )
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

async fn refuse_destroying(
    transaction: &mut Transaction<'static, Postgres>,
    instance_id: &str,
) -> Result<(), LedgerError> {
    let phase = sqlx::query_scalar!(
        "SELECT phase
         FROM instance_infra
         WHERE instance_id = $1
         FOR SHARE",
        instance_id
    )
    .fetch_optional(&mut **transaction)
    .await?;
    match phase.as_deref().map(Phase::of) {
        Some(Phase::Creating | Phase::Ready) => Ok(()),
        Some(Phase::Destroying | Phase::Refused) | None => Err(LedgerError::Destroying),
    }
}
