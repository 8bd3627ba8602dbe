//! What an agent was told to be, and the conversation that came of it.

use std::time::Duration;

use chrono::{DateTime, Utc};
use process::sealing::Place;
use secrecy::SecretString;
use uuid::Uuid;

use super::instance::TABLE;
use super::{CONFIGURE, Lease, Ledger, LedgerError, Phase, fenced};

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

/// What a worker knows when it holds the lease of telling an agent who it is.
pub struct Configuring {
    /// The instance's life.
    pub phase: Phase,
    /// The intent is committed; without it the instance is not there, or is another claim's.
    pub marked: bool,
    /// How far it came before.
    pub before: ConfigureState,
    /// The agent's address.
    pub url: Option<String>,
    /// The token with which we call it.
    pub token: SecretString,
}

impl Ledger {
    /// Takes the lease and commits that an agent is about to be told who it is, both in one statement. `None`: another
    /// worker has the lease.
    pub async fn begin_configure(
        &self,
        instance_id: &str,
        claim_id: Option<&str>,
        owner: &str,
        duration: Duration,
        now: DateTime<Utc>,
    ) -> Result<Option<(Lease, Option<Configuring>)>, LedgerError> {
        let lease =
            Lease { instance_id: instance_id.to_owned(), scope: CONFIGURE.to_owned(), token: Uuid::new_v4() };
        // The lease first, then the row, as everywhere: two workers cannot wait for each other.
        let begun = sqlx::query!(
            r#"WITH leased AS (
                INSERT INTO leases (instance_id, scope, token, owner, until)
                VALUES ($1, $2, $3, $4, clock_timestamp() + make_interval(secs => $5))
                ON CONFLICT (instance_id, scope) DO UPDATE
                    SET token = EXCLUDED.token, owner = EXCLUDED.owner, until = EXCLUDED.until
                    WHERE leases.until <= clock_timestamp()
                RETURNING xmax <> 0 AS taken_over
            ), here AS (
                SELECT phase, claim_id, configure_state, url, gateway_token_sealed
                FROM instance_infra, leased
                WHERE instance_id = $1
                FOR NO KEY UPDATE OF instance_infra
            ), marked AS (
                UPDATE instance_infra
                SET claim_id = coalesce($6, here.claim_id), updated_at = $7,
                    configure_state = CASE here.configure_state WHEN 'none' THEN 'sent' ELSE here.configure_state END
                FROM here
                WHERE instance_infra.instance_id = $1 AND here.phase = 'ready'
                  AND (here.claim_id IS NULL OR $6::text IS NULL OR here.claim_id = $6)
                RETURNING 1
            )
            SELECT leased.taken_over AS "taken_over!", here.phase AS "phase?", here.configure_state AS "state?",
                here.url AS "url?", here.gateway_token_sealed AS "token?", EXISTS (SELECT FROM marked) AS "marked!"
            FROM leased LEFT JOIN here ON true"#,
            lease.instance_id,
            lease.scope,
            lease.token,
            owner,
            duration.as_secs_f64(),
            claim_id,
            now
        )
        .fetch_optional(&self.pool)
        .await?;
        let Some(begun) = begun else { return Ok(None) };
        if begun.taken_over {
            metrics::counter!("services_leases_taken_over_total").increment(1);
        }
        let (Some(phase), Some(state), Some(token)) = (begun.phase, begun.state, begun.token) else {
            return Ok(Some((lease, None)));
        };
        let place = Place { table: TABLE, row: instance_id, column: "gateway_token_sealed" };
        let token = self.open(&token, place)?;
        let (phase, before) = (Phase::of(&phase), ConfigureState::of(&state));
        Ok(Some((lease, Some(Configuring { phase, marked: begun.marked, before, url: begun.url, token }))))
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

    /// Records what the agent answered, and gives the lease back.
    pub async fn configured(
        &self,
        lease: &Lease,
        state: ConfigureState,
        conversation_id: Option<&str>,
        invite_url: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<(), LedgerError> {
        let recorded = sqlx::query!(
            "WITH mine AS (
                DELETE FROM leases
                WHERE instance_id = $1 AND scope = $2 AND token = $3
                RETURNING instance_id
            )
            UPDATE instance_infra
            SET configure_state = $4, conversation_id = $5, invite_url = $6, updated_at = $7
            FROM mine
            WHERE instance_infra.instance_id = mine.instance_id",
            lease.instance_id,
            lease.scope,
            lease.token,
            state.as_str(),
            conversation_id,
            invite_url,
            now
        )
        .execute(&self.pool)
        .await?;
        if recorded.rows_affected() == 1 { Ok(()) } else { Err(fenced()) }
    }
}
