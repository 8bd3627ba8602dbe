//! What this container was made into: at most one claim and one conversation, for the whole of its life.
//!
//! The record is written *before* the agent is asked for a conversation. A lost answer, a crash or a caller that went
//! away leaves [`Phase::Asked`]; the next call looks at the agent before it asks again.

use model::agent::{Provision, Provisioned};
use model::services::ConversationStatus;
use serde::{Deserialize, Serialize};

/// The claim and how far it came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Binding {
    /// What was asked for last, the claim's id in it.
    pub request: Provision,
    /// How far it came.
    pub phase: Phase,
}

/// How far a binding came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case")]
pub enum Phase {
    /// The agent was, or was about to be, asked for a conversation: whether it has one is unknown here.
    Asked,
    /// Somebody has to let the agent in.
    PendingAcceptance,
    /// The conversation is there.
    Bound(Conversation),
}

/// A conversation of the agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Conversation {
    /// The messenger's id of it.
    pub conversation_id: String,
    /// The link that opens it.
    pub invite_url: Option<String>,
    /// It was somebody else's and the agent joined.
    pub joined: bool,
}

/// What a provision call leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Nothing is bound: write the intent and ask the agent.
    Deliver,
    /// An earlier call ended without a known outcome: look at the agent first.
    Look,
    /// Bound to this claim with another configuration: change it in place.
    Configure,
    /// Bound to this claim with this very configuration: the same answer again.
    Repeat,
    /// Bound to something else.
    Refuse,
}

/// Decides without an effect. Without a claim id a bound container refuses, as the images before this one do.
pub fn decide(bound: Option<&Binding>, asked: &Provision) -> Decision {
    let Some(binding) = bound else { return Decision::Deliver };
    let same_configuration = binding.request.config_hash() == asked.config_hash();
    match (&asked.claim_id, &binding.request.claim_id) {
        (Some(asked), Some(held)) if asked == held => match binding.phase {
            Phase::Asked => Decision::Look,
            _ if same_configuration => Decision::Repeat,
            _ => Decision::Configure,
        },
        (None, None) if binding.phase == Phase::Asked && same_configuration => Decision::Look,
        _ => Decision::Refuse,
    }
}

impl Binding {
    /// The answer to a provision call; none while the outcome is unknown.
    pub fn answer(&self) -> Option<Provisioned> {
        match &self.phase {
            Phase::Asked => None,
            Phase::PendingAcceptance => Some(Provisioned {
                ok: true,
                invite_url: None,
                conversation_id: None,
                joined: false,
                status: ConversationStatus::PendingAcceptance,
            }),
            Phase::Bound(conversation) => Some(Provisioned {
                ok: true,
                invite_url: conversation.invite_url.clone(),
                conversation_id: Some(conversation.conversation_id.clone()),
                joined: conversation.joined,
                status: if conversation.joined {
                    ConversationStatus::Joined
                } else {
                    ConversationStatus::Created
                },
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(claim: Option<&str>, instructions: &str) -> Provision {
        Provision {
            agent_name: "Ada".into(),
            instructions: instructions.into(),
            model: None,
            claim_id: claim.map(str::to_string),
            join_url: None,
            profile_image: None,
            metadata: Default::default(),
        }
    }

    fn bound(claim: Option<&str>) -> Binding {
        let conversation = Conversation {
            conversation_id: "c1".into(),
            invite_url: Some("https://x/c/1".into()),
            joined: false,
        };
        Binding { request: request(claim, "be kind"), phase: Phase::Bound(conversation) }
    }

    #[test]
    fn another_claim_is_refused_in_every_phase() {
        for phase in [Phase::Asked, Phase::PendingAcceptance, bound(None).phase] {
            let binding = Binding { phase, ..bound(Some("one")) };
            assert_eq!(decide(Some(&binding), &request(Some("two"), "be kind")), Decision::Refuse);
            assert_eq!(decide(Some(&binding), &request(None, "be kind")), Decision::Refuse);
        }
    }

    #[test]
    fn without_a_claim_a_bound_container_refuses_even_the_same_request() {
        assert_eq!(decide(Some(&bound(None)), &request(None, "be kind")), Decision::Refuse);
        assert_eq!(decide(Some(&bound(None)), &request(Some("one"), "be kind")), Decision::Refuse);
    }

    #[test]
    fn the_same_claim_repeats_or_configures() {
        assert_eq!(decide(Some(&bound(Some("one"))), &request(Some("one"), "be kind")), Decision::Repeat);
        assert_eq!(decide(Some(&bound(Some("one"))), &request(Some("one"), "be brief")), Decision::Configure);
    }

    #[test]
    fn an_unknown_outcome_is_looked_at_before_asking_again() {
        let asked = Binding { phase: Phase::Asked, ..bound(Some("one")) };
        assert_eq!(decide(Some(&asked), &request(Some("one"), "be brief")), Decision::Look);
        assert_eq!(asked.answer(), None);
    }

    #[test]
    fn a_record_survives_the_volume() {
        let binding = bound(Some("one"));
        let text = serde_json::to_string(&binding).unwrap();
        assert_eq!(serde_json::from_str::<Binding>(&text).unwrap(), binding);
    }
}
