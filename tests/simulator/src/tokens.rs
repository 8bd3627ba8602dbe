//! Which credentials the vendors accept.
//!
//! Fixed development credentials are accepted from the start, so that everything runs without an account.
//! `--token` adds more and `PUT /_sim/tokens/{vendor}` adds or revokes them while running.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

/// The workspace that [`RAILWAY_TOKEN`] sees.
pub const RAILWAY_WORKSPACE_ID: &str = "5a4bd1ec-0f3b-4f2c-9d64-0a5e9c1f7d01";
/// Railway workspace token.
pub const RAILWAY_TOKEN: &str = "sim-railway-workspace-token-0001";
/// OpenRouter management key.
pub const OPENROUTER_MANAGEMENT_KEY: &str = "sk-or-v1-sim-management-key-0001";
/// AgentMail API key.
pub const AGENTMAIL_API_KEY: &str = "am_sim_development_key_0001";
/// Telnyx API key.
pub const TELNYX_API_KEY: &str = "KEY_sim_development_0001";
/// Bankr partner key.
pub const BANKR_PARTNER_KEY: &str = "bk_ptr_simdev01_0123456789abcdef0123456789abcdef";
/// Bankr user key, as a claimant would bring one.
pub const BANKR_API_KEY: &str = "bk_usr_simdev01_0123456789abcdef0123456789abcdef";

/// Key of another account at AgentMail, as a claimant would bring one; [`CLAIMANT_INBOX_ID`] is its.
pub const CLAIMANT_AGENTMAIL_API_KEY: &str = "am_sim_claimant_key_0001";
/// The claimant's inbox.
pub const CLAIMANT_INBOX_ID: &str = "claimant@agentmail.to";
/// Key of another account at Telnyx, as a claimant would bring one; [`CLAIMANT_PHONE_NUMBER`] is its.
pub const CLAIMANT_TELNYX_API_KEY: &str = "KEY_sim_claimant_0001";
/// The claimant's number.
pub const CLAIMANT_PHONE_NUMBER: &str = "+12025550100";
/// Scope of credentials whose things are not the operator's: they stand in no inventory.
pub(crate) const CLAIMANT: &str = "claimant";
/// How a secret for signed deliveries begins.
pub(crate) const AGENTMAIL_WEBHOOK_SECRET_PREFIX: &str = "whsec_";
/// Where Telnyx's signing key comes from. No secret: it signs only what this simulator makes up.
pub(crate) const TELNYX_SIGNING_SEED: &[u8; 32] = b"simulated telnyx webhook signing";

/// The key that signatures of Telnyx's deliveries are checked with, as its portal shows it.
pub fn telnyx_public_key() -> String {
    let key = ed25519_dalek::SigningKey::from_bytes(TELNYX_SIGNING_SEED);
    BASE64_STANDARD.encode(key.verifying_key().to_bytes())
}

const DEVELOPMENT: [(&str, &str, &str); 8] = [
    ("railway", RAILWAY_TOKEN, RAILWAY_WORKSPACE_ID),
    ("openrouter", OPENROUTER_MANAGEMENT_KEY, ""),
    ("agentmail", AGENTMAIL_API_KEY, ""),
    ("telnyx", TELNYX_API_KEY, ""),
    ("agentmail", CLAIMANT_AGENTMAIL_API_KEY, CLAIMANT),
    ("telnyx", CLAIMANT_TELNYX_API_KEY, CLAIMANT),
    ("bankr", BANKR_PARTNER_KEY, "partner"),
    ("bankr", BANKR_API_KEY, "user"),
];

/// Accepted credentials of all vendors.
///
/// Each has a scope, whose meaning is the vendor's: the workspaces of a Railway token (separated by commas),
/// `partner` or `user` at Bankr, the account at AgentMail and Telnyx (the operator's has no name), nothing elsewhere.
pub struct Tokens {
    accepted: Mutex<BTreeMap<(String, String), String>>,
}

impl Tokens {
    /// The development credentials and `more`, each `vendor=token` or `vendor:scope=token`.
    pub fn new(more: &[String]) -> Result<Self, String> {
        let tokens = Self { accepted: Mutex::new(BTreeMap::new()) };
        for (vendor, token, scope) in DEVELOPMENT {
            tokens.accept(vendor, token, scope);
        }
        for text in more {
            let (owner, token) =
                text.split_once('=').ok_or("a token is written vendor=token or vendor:scope=token")?;
            let (vendor, scope) = owner.split_once(':').unwrap_or((owner, ""));
            let scope = if vendor == "railway" && scope.is_empty() { RAILWAY_WORKSPACE_ID } else { scope };
            tokens.accept(vendor, token, scope);
        }
        Ok(tokens)
    }

    fn accepted(&self) -> MutexGuard<'_, BTreeMap<(String, String), String>> {
        self.accepted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Accepts `token` at `vendor` from now on.
    pub fn accept(&self, vendor: &str, token: &str, scope: &str) {
        self.accepted().insert((vendor.into(), token.into()), scope.into());
    }

    /// Refuses `token` at `vendor` from now on.
    pub fn revoke(&self, vendor: &str, token: &str) {
        self.accepted().remove(&(vendor.into(), token.into()));
    }

    /// The scope of `token` at `vendor`; nothing when it is not accepted.
    pub fn scope(&self, vendor: &str, token: &str) -> Option<String> {
        self.accepted().get(&(vendor.to_owned(), token.to_owned())).cloned()
    }

    /// The scopes of all tokens of `vendor`.
    pub fn scopes(&self, vendor: &str) -> Vec<String> {
        self.accepted()
            .iter()
            .filter(|((owner, _), _)| owner == vendor)
            .map(|(_, scope)| scope.clone())
            .collect()
    }
}
