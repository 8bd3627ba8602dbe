//! Keys for models, made and taken away with a management key.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::Url;

use super::{Call, Class, Credential, Failure, Pace, Vendor, VendorSettings, tables};

/// Pages of 100 keys that are read at most; more than a million keys are not ours.
const PAGES_MAX: usize = 10_000;

/// How often the limit of a key starts anew, at midnight UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LimitReset {
    /// Each day.
    Daily,
    /// Each Monday.
    Weekly,
    /// Each first of the month.
    Monthly,
}

impl LimitReset {
    /// The reset that a word names.
    pub fn of_word(word: &str) -> Option<Self> {
        match word {
            "daily" => Some(Self::Daily),
            "weekly" => Some(Self::Weekly),
            "monthly" => Some(Self::Monthly),
            _ => None,
        }
    }
}

/// A key as the vendor lists it; the secret is not among it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Key {
    /// The vendor's id of the key.
    pub hash: String,
    /// The name that we gave it.
    pub name: String,
    /// Spending limit in US dollars; none is no limit.
    #[serde(default)]
    pub limit: Option<f64>,
    /// What is left of the limit.
    #[serde(default)]
    pub limit_remaining: Option<f64>,
    /// How often the limit starts anew.
    #[serde(default)]
    pub limit_reset: Option<String>,
    /// Spent so far in US dollars.
    #[serde(default)]
    pub usage: f64,
    /// Spent since midnight UTC.
    #[serde(default)]
    pub usage_daily: f64,
    /// Spent since the first of the month.
    #[serde(default)]
    pub usage_monthly: f64,
    /// Switched off.
    #[serde(default)]
    pub disabled: bool,
    /// When it was made.
    #[serde(default)]
    pub created_at: Option<DateTime<Utc>>,
}

/// A key just made; the secret is shown this one time.
#[derive(Debug, Deserialize)]
pub struct CreatedKey {
    /// The secret.
    pub key: SecretString,
    /// The rest.
    pub data: Key,
}

/// What a key says about itself.
#[derive(Debug, Deserialize)]
pub struct OwnKey {
    /// The secret's beginning and end.
    #[serde(default)]
    pub label: String,
    /// It can make keys, so it must not be given to an agent.
    #[serde(default)]
    pub is_management_key: bool,
    /// The same, by its older name.
    #[serde(default)]
    pub is_provisioning_key: bool,
}

#[derive(Deserialize)]
struct Data<T> {
    data: T,
}

/// The client.
pub struct OpenRouter {
    vendor: Vendor,
}

impl OpenRouter {
    /// A client with a management key.
    pub fn new(base: Url, management_key: SecretString, http: reqwest::Client, pace: Pace) -> Self {
        let settings = VendorSettings {
            name: "openrouter",
            base,
            credential: Credential::Bearer(management_key),
            rules: &tables::OPENROUTER,
            requests_per_second: 10.0,
            concurrency: 8,
            cheap: Some(Call::get("check").path(["keys"]).query("offset", "0")),
            headers_seen: None,
        };
        Self { vendor: Vendor::new(settings, http, pace) }
    }

    /// What it is sent with.
    pub fn vendor(&self) -> &Vendor {
        &self.vendor
    }

    /// Makes a key. Not repeated when the answer is lost: names are not unique and the secret is shown once.
    pub async fn create(
        &self,
        name: &str,
        limit: f64,
        reset: Option<LimitReset>,
    ) -> Result<CreatedKey, Failure> {
        let body = json!({"name": name, "limit": limit, "limit_reset": reset});
        self.vendor.send(Call::post("create_key").path(["keys"]).json(&body)).await?.into()
    }

    /// Every key, disabled ones too, once each: new keys shift the pages while they are read.
    pub async fn list(&self) -> Result<Vec<Key>, Failure> {
        let mut keys = Vec::new();
        let mut seen = HashSet::new();
        let mut offset = 0;
        for _ in 0..PAGES_MAX {
            let call = Call::get("list_keys")
                .path(["keys"])
                .query("offset", offset.to_string())
                .query("include_disabled", "true");
            let page: Data<Vec<Key>> = self.vendor.send(call).await?.into()?;
            if page.data.is_empty() {
                return Ok(keys);
            }
            offset += page.data.len();
            keys.extend(page.data.into_iter().filter(|key| seen.insert(key.hash.clone())));
        }
        Err(self.vendor.failure("list_keys", Class::Permanent, "a list of keys without end"))
    }

    /// One key, or `None` when it is gone.
    pub async fn get(&self, hash: &str) -> Result<Option<Key>, Failure> {
        match self.vendor.send(Call::get("get_key").path(["keys", hash])).await {
            Ok(reply) => reply.into::<Data<Key>>().map(|data| Some(data.data)),
            Err(failure) if failure.is_gone() => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// Changes fields of a key: `limit`, `limit_reset`, `disabled`.
    pub async fn update(&self, hash: &str, changes: &Value) -> Result<Key, Failure> {
        let call = Call::patch("update_key").path(["keys", hash]).json(changes);
        self.vendor.send(call).await?.into::<Data<Key>>().map(|data| data.data)
    }

    /// Deletes a key; `false` when it was gone already.
    pub async fn delete(&self, hash: &str) -> Result<bool, Failure> {
        match self.vendor.send(Call::delete("delete_key").path(["keys", hash])).await {
            Ok(_) => Ok(true),
            Err(failure) if failure.is_gone() => Ok(false),
            Err(failure) => Err(failure),
        }
    }

    /// Asks with somebody's own key what it is.
    pub async fn own(&self, key: SecretString) -> Result<OwnKey, Failure> {
        let call = Call::get("own_key").path(["key"]).with_credential(Credential::Bearer(key));
        self.vendor.send(call).await?.into::<Data<OwnKey>>().map(|data| data.data)
    }
}
