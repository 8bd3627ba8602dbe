//! Crypto wallets: partner provisioning, and what a key says about its wallet.

use axum::http::HeaderName;
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::{Call, Credential, Failure, Pace, Vendor, VendorSettings, tables};

/// Header of a partner's key.
const PARTNER_KEY: HeaderName = HeaderName::from_static("x-partner-key");
/// Header of a wallet's key.
const WALLET_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// A wallet as the partner's calls give it. The vendor's documents are thin here, so everything but the address may lack.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PartnerWallet {
    /// `wlt_…`.
    #[serde(default)]
    pub id: Option<String>,
    /// The address on EVM chains.
    pub evm_address: String,
    /// The wallet's key: only in the answer that made it.
    #[serde(default)]
    pub api_key: Option<SecretString>,
    /// The name that we gave it, where the list tells it.
    #[serde(default)]
    pub idempotency_key: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewKey {
    api_key: SecretString,
}

/// The client. The partner's key is ours; wallets' keys come with a call.
pub struct Bankr {
    vendor: Vendor,
}

impl Bankr {
    /// A client with the organization's partner key, if there is one.
    pub fn new(base: Url, partner_key: Option<SecretString>, http: reqwest::Client, pace: Pace) -> Self {
        let cheap = partner_key.is_some().then(|| Call::get("check").path(["partner", "wallets"]));
        let credential =
            partner_key.map_or(Credential::Nobody, |value| Credential::Header { name: PARTNER_KEY, value });
        let settings = VendorSettings {
            name: "bankr",
            base,
            credential,
            rules: &tables::BANKR,
            // The vendor allows 120 a minute from one address.
            requests_per_second: 2.0,
            concurrency: 4,
            cheap,
            headers_seen: None,
        };
        Self { vendor: Vendor::new(settings, http, pace) }
    }

    /// What it is sent with.
    pub fn vendor(&self) -> &Vendor {
        &self.vendor
    }

    /// Makes a wallet with a key that can read only, or answers with the one that this name made before, then without
    /// its key.
    pub async fn create(&self, name: &str) -> Result<PartnerWallet, Failure> {
        let body = json!({"idempotencyKey": name, "apiKey": {"permissions": permissions()}});
        self.vendor
            .send(Call::post("create_wallet").path(["partner", "wallets"]).json(&body).idempotent())
            .await?
            .into()
    }

    /// A wallet by its address, or `None`.
    pub async fn get(&self, address: &str) -> Result<Option<PartnerWallet>, Failure> {
        match self.vendor.send(Call::get("get_wallet").path(["partner", "wallets", address])).await {
            Ok(reply) => reply.into().map(Some),
            Err(failure) if failure.is_gone() => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// Every wallet of the organization. The vendor does not document the shape: a bare list and a list under a name are
    /// both taken, entries without an address are left out.
    pub async fn list(&self) -> Result<Vec<PartnerWallet>, Failure> {
        let reply = self.vendor.send(Call::get("list_wallets").path(["partner", "wallets"])).await?;
        let rows = match reply.json {
            Value::Array(rows) => rows,
            Value::Object(fields) => fields
                .into_iter()
                .find_map(|(_, value)| if let Value::Array(rows) = value { Some(rows) } else { None })
                .unwrap_or_default(),
            _ => Vec::new(),
        };
        Ok(rows.into_iter().filter_map(|row| serde_json::from_value(row).ok()).collect())
    }

    /// A new key for the wallet.
    pub async fn new_key(&self, address: &str) -> Result<SecretString, Failure> {
        let call = Call::post("create_wallet_key")
            .path(["partner", "wallets", address, "api-key"])
            .json(&json!({"permissions": permissions()}));
        self.vendor.send(call).await?.into::<NewKey>().map(|key| key.api_key)
    }

    /// Revokes the wallet's key; `false` when there was none.
    pub async fn revoke_key(&self, address: &str) -> Result<bool, Failure> {
        match self
            .vendor
            .send(Call::delete("revoke_wallet_key").path(["partner", "wallets", address, "api-key"]))
            .await
        {
            Ok(_) => Ok(true),
            Err(failure) if failure.is_gone() => Ok(false),
            Err(failure) => Err(failure),
        }
    }

    /// The address of the wallet that a key belongs to. Old servers know the question by another path.
    pub async fn address_of(&self, key: SecretString) -> Result<Option<String>, Failure> {
        let ask = |path: [&'static str; 2]| {
            let credential = Credential::Header { name: WALLET_KEY, value: key.clone() };
            self.vendor.send(Call::get("wallet_of_key").path(path).with_credential(credential))
        };
        let reply = match ask(["wallet", "me"]).await {
            Err(failure) if failure.is_gone() => ask(["agent", "me"]).await?,
            other => other?,
        };
        Ok(first_address(&reply.json))
    }
}

/// The least that an agent needs; writing is a person's decision.
fn permissions() -> Value {
    json!({"agentApiEnabled": true, "llmGatewayEnabled": false, "tokenLaunchApiEnabled": false, "readOnly": true})
}

/// The first EVM address of an answer whose shape differs between versions.
fn first_address(json: &Value) -> Option<String> {
    match json {
        Value::String(text) => text.parse::<model::owner::Address>().ok().map(|address| address.to_string()),
        Value::Array(items) => items.iter().find_map(first_address),
        Value::Object(fields) => ["evmAddress", "address", "wallets", "wallet", "data"]
            .into_iter()
            .filter_map(|name| fields.get(name))
            .find_map(first_address),
        _ => None,
    }
}
