//! What an agent was told to be, and the conversation that came of it.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use chrono::{DateTime, Utc};
use process::sealing::Place;
use secrecy::SecretString;
use sqlx::PgExecutor;
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
    /// Takes the lease and commits that an agent is about to be told who it is, both in one statement, for all agents of
    /// the same moment. `None`: another worker has the lease.
    pub async fn begin_configure(
        &self,
        instance_id: &str,
        claim_id: Option<&str>,
        owner: &str,
        duration: Duration,
        now: DateTime<Utc>,
    ) -> Result<Option<(Lease, Option<Configuring>)>, LedgerError> {
        let token = Uuid::new_v4();
        let begun = Begin {
            instance_id: instance_id.to_owned(),
            token,
            owner: owner.to_owned(),
            seconds: duration.as_secs_f64(),
            claim_id: claim_id.map(str::to_owned),
            at: now,
        };
        let begun = self.beginning.write(begun).await?;
        let lease = Lease { instance_id: instance_id.to_owned(), scope: CONFIGURE.to_owned(), token };
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
        let told = Told {
            instance_id: lease.instance_id.clone(),
            token: lease.token,
            state: state.as_str(),
            conversation_id: conversation_id.map(str::to_owned),
            invite_url: invite_url.map(str::to_owned),
            at: now,
        };
        if self.telling.write(told).await? { Ok(()) } else { Err(fenced()) }
    }
}

/// An agent that is about to be told who it is.
#[derive(Debug, Clone)]
pub(super) struct Begin {
    instance_id: String,
    token: Uuid,
    owner: String,
    seconds: f64,
    claim_id: Option<String>,
    at: DateTime<Utc>,
}

/// What is found under the lease.
#[derive(Debug)]
pub(super) struct Begun {
    taken_over: bool,
    phase: Option<String>,
    state: Option<String>,
    url: Option<String>,
    token: Option<Vec<u8>>,
    marked: bool,
}

/// What an agent answered.
#[derive(Debug, Clone)]
pub(super) struct Told {
    instance_id: String,
    token: Uuid,
    state: &'static str,
    conversation_id: Option<String>,
    invite_url: Option<String>,
    at: DateTime<Utc>,
}

/// Takes the leases and commits the intents. `None` for each whose lease another worker has.
pub(super) async fn begin(db: impl PgExecutor<'_>, agents: &[Begin]) -> sqlx::Result<Vec<Option<Begun>>> {
    // The lease first, then the row, as everywhere: two workers cannot wait for each other.
    // Each table is found by a list of keys, and what is written of each by its place in the list: joins would cost more
    // than the writing, and be planned by statistics of a time when the tables were empty.
    let ids: Vec<String> = agents.iter().map(|agent| agent.instance_id.clone()).collect();
    let tokens: Vec<Uuid> = agents.iter().map(|agent| agent.token).collect();
    let owners: Vec<String> = agents.iter().map(|agent| agent.owner.clone()).collect();
    let seconds: Vec<f64> = agents.iter().map(|agent| agent.seconds).collect();
    let claims: Vec<_> = agents.iter().map(|agent| agent.claim_id.clone()).collect();
    let times: Vec<_> = agents.iter().map(|agent| agent.at).collect();
    let rows = sqlx::query!(
        r#"WITH leased AS (
            INSERT INTO leases (instance_id, scope, token, owner, until)
            SELECT instance_id, $2, token, owner, clock_timestamp() + make_interval(secs => seconds)
            FROM unnest($1::text[], $3::uuid[], $4::text[], $5::float8[]) AS given (instance_id, token, owner, seconds)
            ORDER BY instance_id
            ON CONFLICT (instance_id, scope) DO UPDATE
                SET token = EXCLUDED.token, owner = EXCLUDED.owner, until = EXCLUDED.until
                WHERE leases.until <= clock_timestamp()
            RETURNING instance_id, token, xmax <> 0 AS taken_over
        ), here AS (
            SELECT instance_id, phase, configure_state, url, gateway_token_sealed
            FROM instance_infra
            WHERE instance_id = ANY(ARRAY(SELECT instance_id FROM leased))
            FOR NO KEY UPDATE
        ), marked AS (
            UPDATE instance_infra
            SET claim_id = coalesce(($6::text[])[array_position($1, instance_id)], claim_id),
                updated_at = ($7::timestamptz[])[array_position($1, instance_id)],
                configure_state = CASE configure_state WHEN 'none' THEN 'sent' ELSE configure_state END
            WHERE instance_id = ANY(ARRAY(SELECT instance_id FROM here)) AND phase = 'ready'
              AND coalesce(claim_id = ($6::text[])[array_position($1, instance_id)], true)
            RETURNING instance_id
        )
        SELECT leased.token AS "lease!", leased.taken_over AS "taken_over!", here.phase AS "phase?",
            here.configure_state AS "state?", here.url AS "url?", here.gateway_token_sealed AS "token?",
            EXISTS (SELECT FROM marked WHERE marked.instance_id = leased.instance_id) AS "marked!"
        FROM leased LEFT JOIN here USING (instance_id)"#,
        &ids,
        CONFIGURE,
        &tokens,
        &owners,
        &seconds,
        &claims as &[Option<String>],
        &times
    )
    .fetch_all(db)
    .await?;
    let mut begun: HashMap<Uuid, Begun> = rows
        .into_iter()
        .map(|row| {
            let (phase, state, url, token) = (row.phase, row.state, row.url, row.token);
            (row.lease, Begun { taken_over: row.taken_over, phase, state, url, token, marked: row.marked })
        })
        .collect();
    Ok(agents.iter().map(|agent| begun.remove(&agent.token)).collect())
}

/// Records answers and gives the leases back; false for each whose lease was lost. Of an agent that comes twice only the
/// first counts.
pub(super) async fn tell(db: impl PgExecutor<'_>, agents: &[Told]) -> sqlx::Result<Vec<bool>> {
    let ids: Vec<String> = agents.iter().map(|agent| agent.instance_id.clone()).collect();
    let tokens: Vec<Uuid> = agents.iter().map(|agent| agent.token).collect();
    let states: Vec<String> = agents.iter().map(|agent| agent.state.to_owned()).collect();
    let conversations: Vec<_> = agents.iter().map(|agent| agent.conversation_id.clone()).collect();
    let invites: Vec<_> = agents.iter().map(|agent| agent.invite_url.clone()).collect();
    let times: Vec<_> = agents.iter().map(|agent| agent.at).collect();
    let recorded = sqlx::query_scalar!(
        r#"WITH mine AS (
            DELETE FROM leases
            WHERE instance_id = ANY($1) AND scope = $2 AND token = ($3::uuid[])[array_position($1, instance_id)]
            RETURNING instance_id
        )
        UPDATE instance_infra
        SET configure_state = ($4::text[])[array_position($1, instance_id)],
            conversation_id = ($5::text[])[array_position($1, instance_id)],
            invite_url = ($6::text[])[array_position($1, instance_id)],
            updated_at = ($7::timestamptz[])[array_position($1, instance_id)]
        WHERE instance_id = ANY(ARRAY(SELECT instance_id FROM mine))
        RETURNING ($3::uuid[])[array_position($1, instance_id)] AS "token!""#,
        &ids,
        CONFIGURE,
        &tokens,
        &states,
        &conversations as &[Option<String>],
        &invites as &[Option<String>],
        &times
    )
    .fetch_all(db)
    .await?;
    let recorded: HashSet<Uuid> = recorded.into_iter().collect();
    Ok(agents.iter().map(|agent| recorded.contains(&agent.token)).collect())
}
