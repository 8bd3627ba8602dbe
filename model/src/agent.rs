//! Wire types of the agent contract: what `services` asks a running agent. Existing images answer the same routes with
//! fewer fields, so everything beyond the minimum is optional here.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// `GET /pool/health`: 503 while `ready` is false.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Health {
    /// The agent can be provisioned.
    pub ready: bool,
    /// The runtime's version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Which agent runs inside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runtime: Option<String>,
    /// The instance that answers, when it was told its id: a reused address is found out by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance_id: Option<String>,
    /// Its conversation is over: nothing is left to do for this instance, and the fleet may take it away.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ended: bool,
}

/// `POST /pool/provision`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Provision {
    /// Name of the agent.
    pub agent_name: String,
    /// What it shall do.
    pub instructions: String,
    /// Model to use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// The claim: the same one again has the same conversation, another one is refused with 409.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim_id: Option<String>,
    /// An existing conversation to join.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub join_url: Option<String>,
    /// Address of a picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile_image: Option<String>,
    /// Passed through to the conversation.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
}

impl Provision {
    /// SHA-256 (hex) of what the agent is to be: name, instructions, model, picture and metadata, but neither the claim
    /// nor the way into the conversation. It is what `/convos/status` reports as `configHash`, so a sender can tell
    /// whether the agent already holds this configuration.
    pub fn config_hash(&self) -> String {
        let fields = serde_json::json!([
            self.agent_name,
            self.instructions,
            self.model,
            self.profile_image,
            self.metadata
        ]);
        hex::encode(Sha256::digest(fields.to_string()))
    }
}

/// Answer of `POST /pool/provision`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Provisioned {
    /// It worked.
    pub ok: bool,
    /// The link that opens the conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invite_url: Option<String>,
    /// The conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation_id: Option<String>,
    /// It joined an existing conversation.
    #[serde(default)]
    pub joined: bool,
    /// `created`, `joined` or `pending_acceptance`.
    pub status: crate::services::ConversationStatus,
}

/// Answer of `GET /convos/status`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    /// The conversation, when there is one.
    #[serde(default)]
    pub conversation_id: Option<String>,
    /// The link that opens it.
    #[serde(default)]
    pub invite_url: Option<String>,
    /// The agent's inbox in the messenger.
    #[serde(default)]
    pub inbox_id: Option<String>,
    /// Waits for a person to accept it.
    #[serde(default)]
    pub pending: bool,
    /// Nothing of any claim is left in it.
    #[serde(default)]
    pub clean: bool,
    /// The claim that it is bound to.
    #[serde(default)]
    pub claim_id: Option<String>,
    /// SHA-256 (hex) of the configuration that it holds.
    #[serde(default)]
    pub config_hash: Option<String>,
    /// The conversation is over, for good.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ended: bool,
}

/// `POST /pool/env`: variables to set (text) or to remove (null), applied live and kept on the volume.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Env {
    /// Name to value.
    pub variables: BTreeMap<String, Option<String>>,
}

/// Answer of `POST /pool/env`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EnvApplied {
    /// It worked.
    pub ok: bool,
    /// The names that were given; they are in effect now.
    #[serde(default)]
    pub applied: Vec<String>,
    /// The agent process was started again for it.
    #[serde(default)]
    pub restarted: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ada() -> Provision {
        Provision {
            agent_name: "Ada".into(),
            instructions: "Answer in one sentence.".into(),
            model: None,
            claim_id: Some("claim-1".into()),
            join_url: None,
            profile_image: None,
            metadata: BTreeMap::new(),
        }
    }

    #[test]
    fn the_hash_follows_the_configuration_and_not_the_claim() {
        let first = ada().config_hash();
        assert_eq!(first, Provision { claim_id: Some("claim-2".into()), ..ada() }.config_hash());
        assert_ne!(first, Provision { instructions: "Be long.".into(), ..ada() }.config_hash());
        assert_ne!(first, Provision { model: Some("a/b".into()), ..ada() }.config_hash());
        assert_eq!(first.len(), 64);
    }
}
