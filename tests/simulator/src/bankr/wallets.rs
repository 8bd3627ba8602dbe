//! Wallets as Bankr keeps and shows them.

use chrono::{DateTime, Utc};
use model::owner::Address;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::error;
use crate::dice::Dice;
use crate::exchange::Answer;

/// What a key may do.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Permissions {
    pub agent_api_enabled: bool,
    llm_gateway_enabled: bool,
    token_launch_api_enabled: bool,
    read_only: bool,
}

impl Default for Permissions {
    fn default() -> Self {
        Self {
            agent_api_enabled: false,
            llm_gateway_enabled: false,
            token_launch_api_enabled: false,
            read_only: true,
        }
    }
}

/// A wallet. Of its key only the hash is kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Wallet {
    pub id: String,
    pub address: String,
    pub sol_address: Option<String>,
    pub idempotency_key: Option<String>,
    pub key_hash: Option<String>,
    pub permissions: Permissions,
    pub created_at: DateTime<Utc>,
}

/// An address of 40 hex digits in its printed form.
pub(super) fn address(digits: &str) -> String {
    let text = format!("0x{digits}");
    text.parse::<Address>().map_or(text, |address| address.to_string())
}

/// The address of a user's wallet, which the operator did not make.
pub(super) fn address_of_key(key: &str) -> String {
    address(&hash_of(key)[..40])
}

fn hash_of(secret: &str) -> String {
    hex::encode(Sha256::digest(secret))
}

impl Wallet {
    /// What the journal calls it.
    pub fn name(&self) -> &str {
        self.idempotency_key.as_deref().unwrap_or(&self.id)
    }

    /// Whether a path means it: by id or address, whose letters' case does not matter.
    pub fn is_called(&self, id: &str) -> bool {
        self.id == id || self.address.eq_ignore_ascii_case(id) || self.sol_address.as_deref() == Some(id)
    }

    /// Whether `secret` is its key.
    pub fn has_key(&self, secret: &str) -> bool {
        self.key_hash.as_ref() == Some(&hash_of(secret))
    }

    /// Gives it a key; an earlier one is void.
    pub fn new_key(&mut self, dice: &Dice, wish: &Value) -> Result<String, Answer> {
        if let Some(permissions) = wish.get("permissions") {
            self.permissions = serde_json::from_value(permissions.clone())
                .map_err(|problem| error(400, "Bad Request", &format!("Invalid permissions: {problem}")))?;
        }
        let secret = format!("bk_usr_{}_{}", dice.hex(4), dice.hex(16));
        self.key_hash = Some(hash_of(&secret));
        Ok(secret)
    }

    /// As its creation shows it.
    pub fn shown(&self) -> Value {
        let mut shown = json!({"id": self.id, "evmAddress": self.address});
        if let Some(address) = &self.sol_address {
            shown["solAddress"] = address.as_str().into();
        }
        shown
    }

    /// As it is read.
    pub fn shown_whole(&self) -> Value {
        let mut shown = self.shown();
        shown["createdAt"] = json!(self.created_at);
        shown["hasApiKey"] = self.key_hash.is_some().into();
        if let Some(key) = &self.idempotency_key {
            shown["idempotencyKey"] = key.as_str().into();
        }
        shown
    }

    /// As the inventory counts it.
    pub fn counted(&self) -> Value {
        json!({
            "id": self.id,
            "address": self.address,
            "idempotencyKey": self.idempotency_key,
            "hasKey": self.key_hash.is_some(),
            "cost": 0.0,
        })
    }
}
