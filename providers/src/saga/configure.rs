//! Telling an agent who it is: exactly one conversation for a claim, whatever gets lost on the way.
//!
//! Our runtime takes the same claim again as a look or an update. Images that know nothing of claims refuse a second call
//! as bound; then their status and our row say whether the conversation is this claim's.
//!
//! The intent is committed before the agent is told. Its answer is passed on as soon as it is there and recorded after
//! that, together with others': `pool` commits what came of the claim itself, and an intent without a result says for ever
//! that the agent is to be asked. Where a worker does not live to record it, [`watch`] asks.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::{StreamExt, TryStreamExt};
use model::agent::{Provision, Provisioned, Status};
use model::services::{Configured, ConversationStatus};
use process::clock;
use secrecy::SecretString;
use tokio::sync::oneshot;
use tracing::{info, warn};

use super::{After, BUSY_RETRY, Patience, Run, Work, run_under};
use crate::agent::AgentError;
use crate::app::Services;
use crate::ledger::{Beginning, ConfigureState, Configuring, LedgerError};

/// A conversation takes up to a minute to be made; the caller waits a little longer than that.
const PATIENCE: Patience =
    Patience { answer_within: Duration::from_secs(75), work_for: Duration::from_secs(60) };

/// While the instance is not there, or its agent does not say what it has.
const RETRY: Duration = Duration::from_secs(1);

/// While the worker before is about to record what the agent answered.
const RECORDED_SOON: Duration = Duration::from_millis(25);

/// How often an agent that does not answer is asked in one call.
const ASKS_MAX: u32 = 3;

/// Agents without a recorded answer that are asked in one look.
const UNHEARD_MAX: i64 = 100;

/// And at the same time: some may not answer.
const HEARD_TOGETHER: usize = 8;

/// How a configure call ended.
#[derive(Debug)]
pub enum ConfigureEnd {
    /// The agent holds this configuration.
    Done(Configured),
    /// Not sure yet: call again after this, on our clock.
    Wait(Duration),
    /// There is no such instance.
    NoInstance,
    /// The agent is another claim's.
    Bound,
    /// The agent did not do it.
    Agent(AgentError),
}

/// Tells the agent of an instance who it is. Two statements when nothing goes wrong: one takes the lease and commits the
/// intent, one records the answer and gives the lease back; nobody waits for the second one.
pub async fn configure(
    services: &Arc<Services>,
    instance_id: &str,
    wish: Provision,
) -> Result<ConfigureEnd, LedgerError> {
    let (lease, found) = match begin(services, instance_id, wish.claim_id.as_deref()).await? {
        Beginning::Begun(lease, found) => (lease, found),
        Beginning::Busy => return Ok(ConfigureEnd::Wait(BUSY_RETRY)),
        Beginning::Creating => return Ok(ConfigureEnd::Wait(RETRY)),
        Beginning::Bound => return Ok(ConfigureEnd::Bound),
        Beginning::Gone => return Ok(ConfigureEnd::NoInstance),
    };
    let Configuring { before, url, token } = found;
    let (caller, told) = oneshot::channel();
    let job = move |work: Work| async move {
        drive(Agent { work, url, token, wish, before, caller: Some(caller) }).await
    };
    tokio::select! {
        biased;
        Ok(configured) = told => Ok(ConfigureEnd::Done(configured)),
        run = run_under(services, lease, PATIENCE, job) => Ok(match run? {
            Run::Finished(end) => end,
            Run::Busy(after) => ConfigureEnd::Wait(after),
        }),
    }
}

/// Takes the lease. One that is held is asked for a few times: its holder may have nothing left to do but to record.
async fn begin(
    services: &Services,
    instance_id: &str,
    claim_id: Option<&str>,
) -> Result<Beginning, LedgerError> {
    let (ledger, duration) = (&services.ledger, services.lease_duration);
    let asked = Instant::now();
    loop {
        let begun =
            ledger.begin_configure(instance_id, claim_id, services.owner(), duration, clock::now()).await?;
        if !matches!(begun, Beginning::Busy) || asked.elapsed() > BUSY_RETRY {
            return Ok(begun);
        }
        tokio::time::sleep(RECORDED_SOON).await;
    }
}

/// Asks agents what they were told where nobody lived to record it, until the process stops.
pub async fn watch(services: Arc<Services>) {
    loop {
        if let Err(failure) = hear(&services).await {
            warn!("agents whose answers are not recorded cannot be asked: {failure}");
        }
        tokio::select! {
            () = services.shutdown.wait() => return,
            () = tokio::time::sleep(services.lease_duration) => {}
        }
    }
}

/// Leaves alone what somebody was at within the time of a lease: `pool` calls again for its claims by itself.
async fn hear(services: &Arc<Services>) -> Result<(), LedgerError> {
    let before = clock::now() - chrono::Duration::from_std(services.lease_duration).unwrap_or_default();
    let unheard = services.ledger.unheard(before, UNHEARD_MAX).await?;
    let asked = futures::stream::iter(unheard).map(|instance_id| hear_one(services, instance_id));
    asked.buffer_unordered(HEARD_TOGETHER).try_collect().await
}

async fn hear_one(services: &Arc<Services>, instance_id: String) -> Result<(), LedgerError> {
    let (owner, duration) = (services.owner(), services.lease_duration);
    // Without a claim: it stays what it is.
    let begun = services.ledger.begin_configure(&instance_id, None, owner, duration, clock::now()).await?;
    if let Beginning::Begun(lease, found) = begun {
        run_under(services, lease, PATIENCE, |work| ask_again(work, found)).await?;
    }
    Ok(())
}

/// One that says nothing, or has nothing, is asked again with the next look.
async fn ask_again(work: Work, found: Configuring) -> Result<((), After), LedgerError> {
    let (ledger, now) = (&work.services.ledger, clock::now());
    match work.services.agents.status(&found.url, &found.token).await {
        Ok(Status { conversation_id, invite_url, pending, .. }) if pending || conversation_id.is_some() => {
            let state =
                if conversation_id.is_some() { ConfigureState::Done } else { ConfigureState::Pending };
            let (conversation_id, invite_url) = (conversation_id.as_deref(), invite_url.as_deref());
            ledger.configured(&work.lease, state, conversation_id, invite_url, now).await?;
            info!(
                instance.id = work.lease.instance_id,
                "an answer that was not recorded was asked for again"
            );
            return Ok(((), After::Given));
        }
        // Somebody else found out in this moment that nothing had reached it.
        _ if found.before == ConfigureState::None => ledger.not_configured(&work.lease, None, now).await?,
        _ => {}
    }
    Ok(((), After::GiveBack))
}

async fn drive(mut agent: Agent) -> Result<(ConfigureEnd, After), LedgerError> {
    for ask in 1.. {
        match agent.ask().await? {
            ConfigureEnd::Agent(
                error @ (AgentError::Unreachable | AgentError::NotReady | AgentError::Unanswered),
            ) if ask < ASKS_MAX && agent.work.waits(RETRY).await => {
                warn!(instance.id = agent.id(), "an agent is asked again to be configured: {error}");
            }
            // What may have happened is not an agent's failure yet: the next call looks again.
            ConfigureEnd::Agent(AgentError::Unanswered) => break,
            end @ ConfigureEnd::Done(_) => return Ok((end, After::Given)),
            end => return Ok((end, After::GiveBack)),
        }
    }
    Ok((ConfigureEnd::Wait(RETRY), After::GiveBack))
}

/// An agent, and who it shall be.
struct Agent {
    work: Work,
    url: String,
    token: SecretString,
    wish: Provision,
    /// How far an earlier call came.
    before: ConfigureState,
    /// Who waits for the answer, until it is there.
    caller: Option<oneshot::Sender<Configured>>,
}

impl Agent {
    fn id(&self) -> &str {
        &self.work.lease.instance_id
    }

    async fn ask(&mut self) -> Result<ConfigureEnd, LedgerError> {
        let agents = &self.work.services.agents;
        match agents.provision(&self.url, &self.token, &self.wish).await {
            Ok(provisioned) => self.settled(&provisioned).await,
            Err(error @ (AgentError::Bound | AgentError::Unanswered | AgentError::Failed(_))) => {
                self.look(error).await
            }
            Err(error) => {
                // Surely nothing happened, unless an earlier call without an answer did it.
                if self.before == ConfigureState::None {
                    let claim_id = self.wish.claim_id.as_deref();
                    let ledger = &self.work.services.ledger;
                    ledger.not_configured(&self.work.lease, claim_id, clock::now()).await?;
                }
                Ok(ConfigureEnd::Agent(error))
            }
        }
    }

    /// The answer does not say what the agent has: its status does.
    async fn look(&mut self, error: AgentError) -> Result<ConfigureEnd, LedgerError> {
        let status = match self.work.services.agents.status(&self.url, &self.token).await {
            Ok(status) => status,
            Err(AgentError::Refused) => return Ok(ConfigureEnd::Agent(AgentError::Refused)),
            Err(_) if error == AgentError::Bound => return Ok(ConfigureEnd::Wait(RETRY)),
            Err(_) => return Ok(ConfigureEnd::Agent(error)),
        };
        match belongs(&status, &self.wish, self.before) {
            Whose::Ours(provisioned) => {
                info!(instance.id = self.id(), "the conversation of a call without answer was found");
                self.settled(&provisioned).await
            }
            Whose::Others => Ok(ConfigureEnd::Bound),
            Whose::Nobodys if error == AgentError::Bound => Ok(ConfigureEnd::Wait(RETRY)),
            Whose::Nobodys => Ok(ConfigureEnd::Agent(error)),
        }
    }

    /// The agent has it: the caller is told, then the ledger.
    async fn settled(&mut self, provisioned: &Provisioned) -> Result<ConfigureEnd, LedgerError> {
        let configured = Configured {
            ok: true,
            conversation_id: provisioned.conversation_id.clone(),
            invite_url: provisioned.invite_url.clone(),
            status: provisioned.status,
        };
        if let Some(caller) = self.caller.take() {
            // Who does not wait any more asks again.
            let _ = caller.send(configured.clone());
        }
        self.record(&configured).await?;
        info!(instance.id = self.id(), "instance {} is configured", self.id());
        Ok(ConfigureEnd::Done(configured))
    }

    /// Tries until it is recorded, another worker has the lease, or the process stops.
    async fn record(&self, configured: &Configured) -> Result<(), LedgerError> {
        let state = match configured.status {
            ConversationStatus::PendingAcceptance => ConfigureState::Pending,
            ConversationStatus::Created | ConversationStatus::Joined => ConfigureState::Done,
        };
        let (conversation_id, invite_url) =
            (configured.conversation_id.as_deref(), configured.invite_url.as_deref());
        let Services { ledger, shutdown, .. } = &*self.work.services;
        loop {
            let lease = &self.work.lease;
            let error = match ledger.configured(lease, state, conversation_id, invite_url, clock::now()).await
            {
                Err(LedgerError::Database(error)) => error,
                recorded => return recorded,
            };
            warn!(instance.id = self.id(), "an agent's answer is not recorded yet: {error}");
            tokio::select! {
                () = shutdown.wait() => return Err(error.into()),
                () = tokio::time::sleep(RETRY) => {}
            }
        }
    }
}

/// Whose conversation an agent reports.
#[derive(Debug, PartialEq)]
enum Whose {
    Ours(Provisioned),
    Others,
    Nobodys,
}

/// Pure. An agent that names its claim is believed. One that does not is this claim's when our row says that this claim
/// was sent to it before: nobody else sends.
fn belongs(status: &Status, wish: &Provision, before: ConfigureState) -> Whose {
    if status.conversation_id.is_none() && !status.pending {
        return Whose::Nobodys;
    }
    let ours = match (&status.claim_id, &wish.claim_id) {
        (Some(theirs), Some(asked)) => theirs == asked,
        (Some(_), None) => false,
        // A call of this pass may have been answered and lost, so a clean row is no proof against it; a hash is.
        (None, _) => {
            before != ConfigureState::None || status.config_hash.as_ref() == Some(&wish.config_hash())
        }
    };
    if !ours {
        return Whose::Others;
    }
    let joined = wish.join_url.is_some();
    let status_word = match (&status.conversation_id, joined) {
        (None, _) => ConversationStatus::PendingAcceptance,
        (Some(_), true) => ConversationStatus::Joined,
        (Some(_), false) => ConversationStatus::Created,
    };
    Whose::Ours(Provisioned {
        ok: true,
        invite_url: status.invite_url.clone().or_else(|| wish.join_url.clone()),
        conversation_id: status.conversation_id.clone(),
        joined,
        status: status_word,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish() -> Provision {
        Provision {
            agent_name: "Ada".into(),
            instructions: "Answer in one sentence.".into(),
            model: None,
            claim_id: Some("claim-1".into()),
            join_url: None,
            profile_image: None,
            metadata: Default::default(),
        }
    }

    fn bound(claim_id: Option<&str>) -> Status {
        Status { conversation_id: Some("c1".into()), claim_id: claim_id.map(Into::into), ..Status::default() }
    }

    #[test]
    fn a_conversation_is_adopted_only_for_the_claim_that_it_was_made_for() {
        let ours = |status: &Status, before| matches!(belongs(status, &wish(), before), Whose::Ours(_));
        assert!(ours(&bound(Some("claim-1")), ConfigureState::None));
        assert!(!ours(&bound(Some("claim-2")), ConfigureState::Sent));
        // An image that knows no claims: our row knows what was sent.
        assert!(ours(&bound(None), ConfigureState::Sent));
        assert!(!ours(&bound(None), ConfigureState::None));
        let hashed = Status { config_hash: Some(wish().config_hash()), ..bound(None) };
        assert!(ours(&hashed, ConfigureState::None));
        assert_eq!(belongs(&Status::default(), &wish(), ConfigureState::Sent), Whose::Nobodys);
    }

    #[test]
    fn an_agent_that_waits_to_be_let_in_is_reported_as_waiting() {
        let status = Status { pending: true, claim_id: Some("claim-1".into()), ..Status::default() };
        let Whose::Ours(provisioned) = belongs(&status, &wish(), ConfigureState::Sent) else { panic!() };
        assert_eq!(provisioned.status, ConversationStatus::PendingAcceptance);
    }
}
