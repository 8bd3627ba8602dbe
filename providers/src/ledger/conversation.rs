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

/// How an attempt to tell an agent who it is begins.
#[derive(Debug)]
pub enum Beginning {
    /// The lease is held and the intent committed.
    Begun(Lease, Configuring),
    /// Another worker has the lease.
    Busy,
    /// It is another claim's.
    Bound,
    /// It is not there yet.
    Creating,
    /// It is not there, or not any more.
    Gone,
}

/// What a worker knows when it holds the lease of telling an agent who it is.
#[derive(Debug)]
pub struct Configuring {
    /// How far it came before.
    pub before: ConfigureState,
    /// The agent's address.
    pub url: String,
    /// The token with which we call it.
    pub token: SecretString,
}

impl Ledger {
    /// Takes the lease and commits that an agent is about to be told who it is, both in one write. The lease stands in the
    /// instance's own row, which is written anyway.
    ///
    /// Nearly every agent is anonymous and nobody's: those of the same moment share one statement. What it leaves is looked
    /// at by itself.
    pub async fn begin_configure(
        &self,
        instance_id: &str,
        claim_id: Option<&str>,
        owner: &str,
        duration: Duration,
        now: DateTime<Utc>,
    ) -> Result<Beginning, LedgerError> {
        let begin = Begin {
            instance_id: instance_id.to_owned(),
            token: Uuid::new_v4(),
            owner: owner.to_owned(),
            seconds: duration.as_secs_f64(),
            claim_id: claim_id.map(str::to_owned),
            at: now,
        };
        let lease =
            Lease { instance_id: instance_id.to_owned(), scope: CONFIGURE.to_owned(), token: begin.token };
        let (before, found) = match self.beginning.write(begin.clone()).await? {
            Some(found) => (ConfigureState::None, found),
            None => match self.begin_again(&begin).await? {
                Again::Begun(before, found) => (before, found),
                Again::Not(beginning) => return Ok(beginning),
            },
        };
        let place = Place { table: TABLE, row: instance_id, column: "gateway_token_sealed" };
        let token = self.open(&found.token, place)?;
        Ok(Beginning::Begun(lease, Configuring { before, url: found.url, token }))
    }

    /// The same for an agent that was told something before, or is not to be told anything.
    async fn begin_again(&self, begin: &Begin) -> Result<Again, LedgerError> {
        let mut transaction = self.pool.begin().await?;
        let row = sqlx::query!(
            r#"SELECT phase, configure_state, claim_id, url, gateway_token_sealed,
                 configure_lease_token IS NOT NULL AS "leased!",
                 coalesce(configure_lease_until > clock_timestamp(), false) AS "held!"
             FROM instance_infra
             WHERE instance_id = $1
             FOR NO KEY UPDATE"#,
            begin.instance_id
        )
        .fetch_optional(&mut *transaction)
        .await?;
        let Some(row) = row else { return Ok(Again::Not(Beginning::Gone)) };
        let others = match (&row.claim_id, &begin.claim_id) {
            (Some(theirs), Some(ours)) => theirs != ours,
            _ => false,
        };
        let url = match (Phase::of(&row.phase), row.url) {
            (Phase::Ready, Some(url)) => url,
            (Phase::Creating, _) => return Ok(Again::Not(Beginning::Creating)),
            _ => return Ok(Again::Not(Beginning::Gone)),
        };
        if row.held {
            return Ok(Again::Not(Beginning::Busy));
        }
        if others {
            return Ok(Again::Not(Beginning::Bound));
        }
        sqlx::query!(
            "UPDATE instance_infra
             SET claim_id = coalesce($2, claim_id), updated_at = $3,
                 configure_state = CASE configure_state WHEN 'none' THEN 'sent' ELSE configure_state END,
                 configure_lease_token = $4, configure_lease_owner = $5,
                 configure_lease_until = clock_timestamp() + make_interval(secs => $6)
             WHERE instance_id = $1",
            begin.instance_id,
            begin.claim_id,
            begin.at,
            begin.token,
            begin.owner,
            begin.seconds
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        if row.leased {
            metrics::counter!("services_leases_taken_over_total").increment(1);
        }
        let found = Found { url, token: row.gateway_token_sealed };
        Ok(Again::Begun(ConfigureState::of(&row.configure_state), found))
    }

    /// Agents to which something was sent before this time and whose answer nobody is about to record, at most so many;
    /// those first that nobody asked for longest.
    pub async fn unheard(&self, before: DateTime<Utc>, most: i64) -> Result<Vec<String>, LedgerError> {
        let ids = sqlx::query_scalar!(
            r#"SELECT instance_id AS "instance_id!: String"
             FROM instance_infra
             WHERE configure_state = 'sent' AND phase = 'ready' AND updated_at < $1
               AND (configure_lease_until IS NULL OR configure_lease_until <= clock_timestamp())
             ORDER BY updated_at LIMIT $2"#,
            before,
            most
        );
        Ok(ids.fetch_all(&self.pool).await?)
    }

    /// Nothing reached the agent: it is as anonymous as before.
    pub async fn not_configured(
        &self,
        lease: &Lease,
        claim_id: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<(), LedgerError> {
        let mine = sqlx::query!(
            "UPDATE instance_infra
             SET claim_id = CASE WHEN configure_state = 'sent' AND claim_id IS NOT DISTINCT FROM $3 THEN NULL ELSE claim_id END,
                 configure_state = CASE
                     WHEN configure_state = 'sent' AND claim_id IS NOT DISTINCT FROM $3 THEN 'none' ELSE configure_state
                 END,
                 updated_at = $4
             WHERE instance_id = $1 AND configure_lease_token = $2",
            lease.instance_id,
            lease.token,
            claim_id,
            now
        )
        .execute(&self.pool)
        .await?;
        if mine.rows_affected() == 1 { Ok(()) } else { Err(fenced()) }
    }

    /// Records what the agent answered, and gives the lease back. It goes with the answers of other agents, which takes
    /// [`COMPANY_WAIT`](super::COMPANY_WAIT) longer than one alone.
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

/// How an agent is called.
#[derive(Debug)]
pub(super) struct Found {
    url: String,
    /// Sealed.
    token: Vec<u8>,
}

/// What a look at one agent came to.
enum Again {
    Begun(ConfigureState, Found),
    Not(Beginning),
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

/// Takes the leases of agents that were told nothing yet and commits the intents. `None` for each that is not such a one.
pub(super) async fn begin(db: impl PgExecutor<'_>, agents: &[Begin]) -> sqlx::Result<Vec<Option<Found>>> {
    // What is written of each is found by its place in the list of keys: a join would cost more than the writing.
    let ids: Vec<String> = agents.iter().map(|agent| agent.instance_id.clone()).collect();
    let tokens: Vec<Uuid> = agents.iter().map(|agent| agent.token).collect();
    let owners: Vec<String> = agents.iter().map(|agent| agent.owner.clone()).collect();
    let seconds: Vec<f64> = agents.iter().map(|agent| agent.seconds).collect();
    let claims: Vec<_> = agents.iter().map(|agent| agent.claim_id.clone()).collect();
    let times: Vec<_> = agents.iter().map(|agent| agent.at).collect();
    let rows = sqlx::query!(
        r#"UPDATE instance_infra
        SET claim_id = ($5::text[])[array_position($1, instance_id)], configure_state = 'sent',
            updated_at = ($6::timestamptz[])[array_position($1, instance_id)],
            configure_lease_token = ($2::uuid[])[array_position($1, instance_id)],
            configure_lease_owner = ($3::text[])[array_position($1, instance_id)],
            configure_lease_until = clock_timestamp()
                + make_interval(secs => ($4::float8[])[array_position($1, instance_id)])
        WHERE instance_id = ANY($1) AND phase = 'ready' AND configure_state = 'none' AND claim_id IS NULL
          AND configure_lease_token IS NULL
        RETURNING configure_lease_token AS "lease!", url AS "url!", gateway_token_sealed"#,
        &ids,
        &tokens,
        &owners,
        &seconds,
        &claims as &[Option<String>],
        &times
    )
    .fetch_all(db)
    .await?;
    let mut begun: HashMap<Uuid, Found> = rows
        .into_iter()
        .map(|row| (row.lease, Found { url: row.url, token: row.gateway_token_sealed }))
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
        r#"UPDATE instance_infra
        SET configure_state = ($3::text[])[array_position($1, instance_id)],
            conversation_id = ($4::text[])[array_position($1, instance_id)],
            invite_url = ($5::text[])[array_position($1, instance_id)],
            updated_at = ($6::timestamptz[])[array_position($1, instance_id)],
            configure_lease_token = NULL, configure_lease_owner = NULL, configure_lease_until = NULL
        WHERE instance_id = ANY($1) AND configure_lease_token = ($2::uuid[])[array_position($1, instance_id)]
        RETURNING ($2::uuid[])[array_position($1, instance_id)] AS "token!""#,
        &ids,
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use process::clock;
    use process::sealing::KeyRing;
    use sqlx::PgPool;

    use super::*;

    const ID: &str = "abc123def456";
    const LONG: Duration = Duration::from_secs(60);

    /// A ledger with one instance that is ready.
    async fn ledger(db: PgPool) -> Ledger {
        let keys = KeyRing::parse(&"11".repeat(32)).unwrap();
        let ledger = Ledger::new(db, Arc::new(keys));
        let token = ledger.seal("gt_1", Place { table: TABLE, row: ID, column: "gateway_token_sealed" });
        sqlx::query(
            "INSERT INTO instance_infra (instance_id, name, phase, step, railway_project_id, image_tag, url,
                 instance_services_token, gateway_token_sealed, created_at, ready_at, updated_at)
             VALUES ($1, 'agent-test-1', 'ready', 'recorded', 'p1', 'image', 'http://agent', 'digest', $2, now(), now(), now())",
        )
        .bind(ID)
        .bind(token)
        .execute(&ledger.pool)
        .await
        .unwrap();
        ledger
    }

    async fn begin(ledger: &Ledger, owner: &str, claim: &str) -> Beginning {
        ledger.begin_configure(ID, Some(claim), owner, LONG, clock::now()).await.unwrap()
    }

    #[sqlx::test(migrator = "crate::run::MIGRATIONS")]
    async fn one_worker_tells_an_agent_and_one_that_was_overtaken_records_nothing(db: PgPool) {
        let ledger = ledger(db).await;
        let Beginning::Begun(first, found) = begin(&ledger, "first", "claim-1").await else { panic!() };
        assert_eq!((found.before, found.url.as_str()), (ConfigureState::None, "http://agent"));
        assert!(matches!(begin(&ledger, "second", "claim-1").await, Beginning::Busy));
        assert!(ledger.renew_lease(&first, LONG).await.unwrap());
        sqlx::query(
            "UPDATE instance_infra SET configure_lease_until = clock_timestamp() - interval '1 second'",
        )
        .execute(&ledger.pool)
        .await
        .unwrap();
        let Beginning::Begun(second, found) = begin(&ledger, "second", "claim-1").await else { panic!() };
        assert_eq!(found.before, ConfigureState::Sent, "what the first one sent is not forgotten");
        let done = async |lease| {
            ledger.configured(lease, ConfigureState::Done, Some("c1"), None, clock::now()).await
        };
        assert!(matches!(done(&first).await, Err(LedgerError::Fenced)));
        assert!(matches!(
            ledger.not_configured(&first, Some("claim-1"), clock::now()).await,
            Err(LedgerError::Fenced)
        ));
        assert!(!ledger.renew_lease(&first, LONG).await.unwrap());
        ledger.release_lease(&first).await.unwrap();
        assert!(
            matches!(begin(&ledger, "third", "claim-1").await, Beginning::Busy),
            "the second one holds it still"
        );
        done(&second).await.unwrap();
        assert!(matches!(begin(&ledger, "third", "claim-2").await, Beginning::Bound));
    }

    #[sqlx::test(migrator = "crate::run::MIGRATIONS")]
    async fn an_agent_that_nothing_reached_is_anybodys_again(db: PgPool) {
        let ledger = ledger(db).await;
        let Beginning::Begun(lease, _) = begin(&ledger, "first", "claim-1").await else { panic!() };
        ledger.not_configured(&lease, Some("claim-1"), clock::now()).await.unwrap();
        ledger.release_lease(&lease).await.unwrap();
        let Beginning::Begun(_, found) = begin(&ledger, "second", "claim-2").await else { panic!() };
        assert_eq!(found.before, ConfigureState::None);
        let nobody =
            ledger.begin_configure("unknown12345", None, "second", LONG, clock::now()).await.unwrap();
        assert!(matches!(nobody, Beginning::Gone));
    }
}
