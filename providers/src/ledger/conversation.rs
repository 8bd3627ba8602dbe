//! What an agent was told to be, and the conversation that came of it.

use chrono::{DateTime, Utc};

use super::{Lease, Ledger, LedgerError};

/// How far the configuration of an agent came.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ConfigureState {
    /// Nothing was sent: the agent is anonymous.
    #[default]
    None,
    /// Sent, and no answer is recorded.
    Sent,
    /// It asked to join a conversation and waits for a person.
    Pending,
    /// It has its conversation.
    Done,
}

impl ConfigureState {
    /// The word in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Sent => "sent",
            Self::Pending => "pending",
            Self::Done => "done",
        }
    }

    pub(super) fn of(word: &str) -> Self {
        match word {
            "none" => Self::None,
            "pending" => Self::Pending,
            "done" => Self::Done,
            // The table's CHECK admits only these words; this one asks the agent before anything is sent.
            _ => Self::Sent,
        }
    }
}

impl Ledger {
    /// Commits that an agent is about to be told who it is. False when it is being destroyed, or is another claim's.
    pub async fn configuring(
        &self,
        lease: &Lease,
        claim_id: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<bool, LedgerError> {
        let mut transaction = self.fenced(lease).await?;
        let marked = sqlx::query!(
            "UPDATE instance_infra
             SET claim_id = coalesce($2, claim_id), updated_at = $3,
                 configure_state = CASE configure_state WHEN 'none' THEN 'sent' ELSE configure_state END
             WHERE instance_id = $1 AND phase = 'ready' AND (claim_id IS NULL OR $2::text IS NULL OR claim_id = $2)",
            lease.instance_id,
            claim_id,
            now
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(marked.rows_affected() == 1)
    }

    /// Nothing reached the agent: it is as anonymous as before.
    pub async fn not_configured(
        &self,
        lease: &Lease,
        claim_id: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<(), LedgerError> {
        let mut transaction = self.fenced(lease).await?;
        sqlx::query!(
            "UPDATE instance_infra
             SET claim_id = NULL, configure_state = 'none', updated_at = $3
             WHERE instance_id = $1 AND configure_state = 'sent' AND claim_id IS NOT DISTINCT FROM $2",
            lease.instance_id,
            claim_id,
            now
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Records what the agent answered.
    pub async fn configured(
        &self,
        lease: &Lease,
        state: ConfigureState,
        conversation_id: Option<&str>,
        invite_url: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<(), LedgerError> {
        let mut transaction = self.fenced(lease).await?;
        sqlx::query!(
            "UPDATE instance_infra
             SET configure_state = $2, conversation_id = $3, invite_url = $4, updated_at = $5
             WHERE instance_id = $1",
            lease.instance_id,
            state.as_str(),
            conversation_id,
            invite_url,
            now
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(())
    }
}
