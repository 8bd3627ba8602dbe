//! Delivering a claim to the agent: the effects that [`binding::decide`] asks for.

use std::net::SocketAddr;

use axum::http::StatusCode;
use model::agent::{Provision, Provisioned, Status};
use process::problem::Problem;
use tracing::info;
use url::{Host, Url};

use super::Front;
use super::pool::to_its_end;
use crate::agent::{AgentError, Joined};
use crate::binding::{self, Binding, Conversation, Decision, Phase};
use crate::refusal::Refusal;

/// The limits of the pool's API, so that whatever it takes fits here.
const NAME_CHARACTERS_MAX: usize = 200;
const INSTRUCTIONS_CHARACTERS_MAX: usize = 50_000;
const KEY_CHARACTERS_MAX: usize = 255;
const URL_CHARACTERS_MAX: usize = 4096;
const METADATA_ENTRIES_MAX: usize = 32;
const METADATA_CHARACTERS_MAX: usize = 256;
/// Look, ask, configure: no call needs more decisions than that.
const DECISIONS_MAX: usize = 4;

/// Whether the request is one that an agent can be made from.
pub fn check(asked: &Provision) -> Result<(), Problem> {
    let long = |text: &str, limit: usize| text.chars().count() > limit;
    let odd = |text: &str| text.chars().any(char::is_control);
    if asked.agent_name.trim().is_empty()
        || long(&asked.agent_name, NAME_CHARACTERS_MAX)
        || odd(&asked.agent_name)
    {
        return Err(Problem::invalid_field(
            "agentName",
            "must have 1 to 200 characters, none of them a control",
        ));
    }
    if long(&asked.instructions, INSTRUCTIONS_CHARACTERS_MAX) {
        return Err(Problem::invalid_field("instructions", "must not have more than 50000 characters"));
    }
    for (field, value) in [("model", &asked.model), ("claimId", &asked.claim_id)] {
        if value.as_ref().is_some_and(|text| text.is_empty() || long(text, KEY_CHARACTERS_MAX) || odd(text)) {
            return Err(Problem::invalid_field(
                field,
                "must have 1 to 255 characters, none of them a control",
            ));
        }
    }
    for (field, value) in [("joinUrl", &asked.join_url), ("profileImage", &asked.profile_image)] {
        if value.as_ref().is_some_and(|text| long(text, URL_CHARACTERS_MAX) || !is_link(text)) {
            return Err(Problem::invalid_field(field, "must be an https address"));
        }
    }
    let entry_fits = |(name, value): (&String, &String)| {
        !long(name, METADATA_CHARACTERS_MAX) && !long(value, METADATA_CHARACTERS_MAX)
    };
    if asked.metadata.len() > METADATA_ENTRIES_MAX || !asked.metadata.iter().all(entry_fits) {
        return Err(Problem::invalid_field(
            "metadata",
            "must not have more than 32 entries of 256 characters",
        ));
    }
    Ok(())
}

/// https anywhere, http on this machine.
fn is_link(text: &str) -> bool {
    let Ok(url) = Url::parse(text) else { return false };
    let loopback = match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => return false,
    };
    url.scheme() == "https" || (url.scheme() == "http" && loopback)
}

/// Provisions, one call at a time, to the end even when the caller goes away.
pub async fn provision(front: Front, asked: Provision) -> Result<Provisioned, Refusal> {
    to_its_end(async move {
        let _alone = front.one_at_a_time.lock().await;
        front.deliver(&asked).await
    })
    .await
}

impl Front {
    async fn deliver(&self, asked: &Provision) -> Result<Provisioned, Refusal> {
        let address = self.supervisor.address().ok_or_else(Refusal::not_ready)?;
        for _ in 0..DECISIONS_MAX {
            match binding::decide(self.bound().as_ref(), asked) {
                Decision::Refuse => return Err(Refusal::already_bound()),
                Decision::Deliver => self.begin(address, asked).await?,
                Decision::Look => self.look(address, asked).await?,
                Decision::Configure => self.configure(address, asked).await?,
                Decision::Repeat => {
                    let status = self.agent.status(address).await?;
                    self.settle(&status).await?;
                    return self.answer(&status);
                }
            }
            // A delivery of its own is answered at once; the rest decides again on what is known now.
            if let Some(Binding { request, phase: phase @ (Phase::Bound(_) | Phase::PendingAcceptance) }) =
                self.bound()
                && request == *asked
            {
                return Binding { request, phase }.answer().ok_or_else(Refusal::unsure);
            }
        }
        Err(Refusal::unsure())
    }

    /// Nothing is bound here: makes sure that the agent agrees, then writes the intent and asks.
    async fn begin(&self, address: SocketAddr, asked: &Provision) -> Result<(), Refusal> {
        let status = self.agent.status(address).await?;
        if !status.clean || status.pending || status.conversation_id.is_some() {
            return Err(Refusal::already_bound());
        }
        self.ask(address, asked).await
    }

    /// An earlier call ended without a known outcome.
    async fn look(&self, address: SocketAddr, asked: &Provision) -> Result<(), Refusal> {
        let status = self.agent.status(address).await?;
        let Some(held) = self.bound() else { return Ok(()) };
        match phase_of(&status, &held.request) {
            Some(_) if held.request.claim_id.is_none() => Err(Refusal::already_bound()),
            Some(phase) => {
                info!("the conversation of an earlier call was found and adopted");
                Ok(self.keep(Some(Binding { phase, ..held })).await?)
            }
            None => self.ask(address, asked).await,
        }
    }

    async fn ask(&self, address: SocketAddr, asked: &Provision) -> Result<(), Refusal> {
        self.keep(Some(Binding { request: asked.clone(), phase: Phase::Asked })).await?;
        let outcome = match &asked.join_url {
            None => self.create(address, asked).await,
            Some(url) => self.join(address, asked, url).await,
        };
        match outcome {
            Ok(phase) => {
                let claim = asked.claim_id.as_deref();
                info!(
                    claim.id = claim,
                    pending = phase == Phase::PendingAcceptance,
                    "the agent was provisioned"
                );
                Ok(self.keep(Some(Binding { request: asked.clone(), phase })).await?)
            }
            // It has one after all: the next decision looks.
            Err(error) if error.refusal() == Some(StatusCode::CONFLICT) => Ok(()),
            Err(error) => {
                if error.refusal().is_some() {
                    self.keep(None).await?;
                }
                Err(error.into())
            }
        }
    }

    async fn create(&self, address: SocketAddr, asked: &Provision) -> Result<Phase, AgentError> {
        let created = self.agent.create(address, asked).await?;
        Ok(Phase::Bound(Conversation {
            conversation_id: created.conversation_id,
            invite_url: created.invite_url,
            joined: false,
        }))
    }

    async fn join(&self, address: SocketAddr, asked: &Provision, url: &str) -> Result<Phase, AgentError> {
        let Joined::Joined { conversation_id } = self.agent.join(address, asked, url).await? else {
            return Ok(Phase::PendingAcceptance);
        };
        let invite_url = self.agent.status(address).await?.invite_url.or_else(|| asked.join_url.clone());
        Ok(Phase::Bound(Conversation { conversation_id, invite_url, joined: true }))
    }

    async fn configure(&self, address: SocketAddr, asked: &Provision) -> Result<(), Refusal> {
        let Some(held) = self.bound() else { return Ok(()) };
        self.agent.configure(address, asked).await?;
        info!(claim.id = asked.claim_id.as_deref(), "the agent was configured again");
        // The way in stays the first one: a conversation is not left for another.
        let request = Provision { join_url: held.request.join_url.clone(), ..asked.clone() };
        Ok(self.keep(Some(Binding { request, phase: held.phase })).await?)
    }

    /// Notes that somebody let the agent in.
    pub(super) async fn settle(&self, status: &Status) -> Result<(), Refusal> {
        let Some(held) = self.bound().filter(|held| held.phase == Phase::PendingAcceptance) else {
            return Ok(());
        };
        if let Some(phase @ Phase::Bound(_)) = phase_of(status, &held.request) {
            info!("the agent was let into the conversation");
            self.keep(Some(Binding { phase, ..held })).await?;
        }
        Ok(())
    }

    fn answer(&self, status: &Status) -> Result<Provisioned, Refusal> {
        let held = self.bound().ok_or_else(Refusal::unsure)?;
        if held.phase == Phase::PendingAcceptance && !status.pending {
            let detail = "nobody let the agent into the conversation";
            return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "provision_refused", detail).into());
        }
        held.answer().ok_or_else(Refusal::unsure)
    }
}

/// What the agent's own word says about a request of ours; none when it knows of nothing.
fn phase_of(status: &Status, request: &Provision) -> Option<Phase> {
    match &status.conversation_id {
        Some(conversation_id) => Some(Phase::Bound(Conversation {
            conversation_id: conversation_id.clone(),
            invite_url: status.invite_url.clone().or_else(|| request.join_url.clone()),
            joined: request.join_url.is_some(),
        })),
        None => status.pending.then_some(Phase::PendingAcceptance),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ada() -> Provision {
        Provision {
            agent_name: "Ada".into(),
            instructions: String::new(),
            model: None,
            claim_id: None,
            join_url: None,
            profile_image: None,
            metadata: Default::default(),
        }
    }

    #[test]
    fn values_beyond_their_limits_are_refused_by_name() {
        let wrong = [
            ("agentName", Provision { agent_name: " ".into(), ..ada() }),
            ("agentName", Provision { agent_name: "A".repeat(201), ..ada() }),
            ("agentName", Provision { agent_name: "A\u{7}".into(), ..ada() }),
            ("instructions", Provision { instructions: "x".repeat(50_001), ..ada() }),
            ("claimId", Provision { claim_id: Some(String::new()), ..ada() }),
            ("model", Provision { model: Some("m\n".into()), ..ada() }),
            ("joinUrl", Provision { join_url: Some("http://example.org/x".into()), ..ada() }),
            ("joinUrl", Provision { join_url: Some("javascript:alert(1)".into()), ..ada() }),
            ("profileImage", Provision { profile_image: Some("file:///etc/passwd".into()), ..ada() }),
            ("metadata", Provision { metadata: [("k".into(), "v".repeat(257))].into(), ..ada() }),
        ];
        for (field, request) in wrong {
            assert_eq!(check(&request).unwrap_err().errors()[0].field, field);
        }
        let local = Some("http://127.0.0.1:9/v2?i=x".into());
        assert!(check(&Provision { join_url: local, instructions: "x".repeat(50_000), ..ada() }).is_ok());
    }
}
