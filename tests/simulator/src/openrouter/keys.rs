//! Keys as OpenRouter keeps and shows them.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::exchange::present;
use crate::tokens::RAILWAY_WORKSPACE_ID;

/// The workspace that keys fall into when none is named.
const WORKSPACE_ID: &str = RAILWAY_WORKSPACE_ID;
const CREATOR: &str = "user_simulated";
/// Words of `limit_reset`.
const RESETS: [&str; 3] = ["daily", "weekly", "monthly"];

/// A key for inference. Of its secret only the hash is kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Key {
    pub hash: String,
    pub name: String,
    label: String,
    pub disabled: bool,
    pub limit: Option<f64>,
    limit_reset: Option<String>,
    include_byok_in_limit: bool,
    pub usage: f64,
    created_at: DateTime<Utc>,
    updated_at: Option<DateTime<Utc>>,
    expires_at: Option<DateTime<Utc>>,
    workspace_id: String,
}

/// Body of `POST /keys`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewKey {
    name: String,
    limit: Option<f64>,
    limit_reset: Option<String>,
    #[serde(default)]
    include_byok_in_limit: bool,
    expires_at: Option<DateTime<Utc>>,
    workspace_id: Option<String>,
    #[serde(rename = "creator_user_id")]
    _creator_user_id: Option<String>,
}

/// Body of `PATCH /keys/{hash}`: what is absent stays, null clears.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KeyUpdate {
    name: Option<String>,
    disabled: Option<bool>,
    #[serde(default, deserialize_with = "present")]
    limit: Option<Option<f64>>,
    #[serde(default, deserialize_with = "present")]
    limit_reset: Option<Option<String>>,
    include_byok_in_limit: Option<bool>,
}

fn check_limits(limit: Option<f64>, reset: Option<&str>) -> Result<(), &'static str> {
    if limit.is_some_and(|limit| limit < 0.0) {
        return Err("limit must not be negative");
    }
    match reset.is_none_or(|reset| RESETS.contains(&reset)) {
        true => Ok(()),
        false => Err("limit_reset must be one of daily, weekly, monthly"),
    }
}

impl NewKey {
    /// What is wrong with it, if anything.
    pub fn check(&self) -> Result<(), &'static str> {
        if self.name.is_empty() {
            return Err("name must not be empty");
        }
        check_limits(self.limit, self.limit_reset.as_deref())
    }
}

impl Key {
    /// A key that was just made with this secret.
    pub fn new(wish: NewKey, secret: &str, now: DateTime<Utc>) -> Self {
        Self {
            hash: hash_of(secret),
            label: format!("{}...{}", &secret[..12], &secret[secret.len() - 3..]),
            name: wish.name,
            disabled: false,
            limit: wish.limit,
            limit_reset: wish.limit_reset,
            include_byok_in_limit: wish.include_byok_in_limit,
            usage: 0.0,
            created_at: now,
            updated_at: None,
            expires_at: wish.expires_at,
            workspace_id: wish.workspace_id.unwrap_or_else(|| WORKSPACE_ID.to_owned()),
        }
    }

    /// Whether `secret` is this key.
    pub fn is(&self, secret: &str) -> bool {
        hash_of(secret) == self.hash
    }

    /// What is left to spend, if it is limited.
    pub fn remaining(&self) -> Option<f64> {
        self.limit.map(|limit| (limit - self.usage).max(0.0))
    }

    /// Whether it works at `now`.
    pub fn works(&self, now: DateTime<Utc>) -> bool {
        !self.disabled && self.expires_at.is_none_or(|end| now < end)
    }

    /// Changes it, or says what is wrong with the change.
    pub fn update(&mut self, update: KeyUpdate, now: DateTime<Utc>) -> Result<(), &'static str> {
        let reset = update.limit_reset.as_ref().and_then(|reset| reset.as_deref());
        check_limits(update.limit.flatten(), reset)?;
        if update.name.as_ref().is_some_and(String::is_empty) {
            return Err("name must not be empty");
        }
        self.name = update.name.unwrap_or_else(|| self.name.clone());
        self.disabled = update.disabled.unwrap_or(self.disabled);
        self.limit = update.limit.unwrap_or(self.limit);
        self.limit_reset = update.limit_reset.unwrap_or_else(|| self.limit_reset.clone());
        self.include_byok_in_limit = update.include_byok_in_limit.unwrap_or(self.include_byok_in_limit);
        self.updated_at = Some(now);
        Ok(())
    }

    /// As the key routes show it.
    pub fn shown(&self) -> Value {
        json!({
            "hash": self.hash,
            "name": self.name,
            "label": self.label,
            "disabled": self.disabled,
            "limit": self.limit,
            "limit_remaining": self.remaining(),
            "limit_reset": self.limit_reset,
            "include_byok_in_limit": self.include_byok_in_limit,
            "usage": self.usage,
            "usage_daily": self.usage,
            "usage_weekly": self.usage,
            "usage_monthly": self.usage,
            "byok_usage": 0.0,
            "byok_usage_daily": 0.0,
            "byok_usage_weekly": 0.0,
            "byok_usage_monthly": 0.0,
            "created_at": self.created_at,
            "updated_at": self.updated_at,
            "expires_at": self.expires_at,
            "workspace_id": self.workspace_id,
            "creator_user_id": CREATOR,
        })
    }

    /// As `GET /key` shows it to its holder.
    pub fn shown_to_itself(&self) -> Value {
        self_portrait(
            &self.label,
            self.limit,
            self.remaining(),
            self.limit_reset.as_deref(),
            self.usage,
            false,
        )
    }
}

/// As `GET /key` shows a management key.
pub(super) fn management_key() -> Value {
    self_portrait("sk-or-v1-sim...001", None, None, None, 0.0, true)
}

fn self_portrait(
    label: &str,
    limit: Option<f64>,
    remaining: Option<f64>,
    reset: Option<&str>,
    usage: f64,
    management: bool,
) -> Value {
    json!({
        "label": label,
        "limit": limit,
        "limit_remaining": remaining,
        "limit_reset": reset,
        "include_byok_in_limit": false,
        "usage": usage,
        "usage_daily": usage,
        "usage_weekly": usage,
        "usage_monthly": usage,
        "byok_usage": 0.0,
        "byok_usage_daily": 0.0,
        "byok_usage_weekly": 0.0,
        "byok_usage_monthly": 0.0,
        "is_free_tier": false,
        "is_management_key": management,
        "is_provisioning_key": management,
        "creator_user_id": CREATOR,
        "expires_at": null,
        "rate_limit": {"requests": 1000, "interval": "1h", "note": "This field is deprecated and safe to ignore."},
    })
}

fn hash_of(secret: &str) -> String {
    hex::encode(Sha256::digest(secret))
}
