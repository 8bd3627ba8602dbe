//! What a tool is to this process: something that can be made for an instance, found again, changed, and taken away.
//!
//! # Guarantees given to a plugin
//! - A row with the intent is committed before [`Plugin::create`] is called, and one with the result after it.
//! - When an earlier call gave no answer, [`Plugin::find`] is called before the next `create`.
//! - [`Subject::progress`] is what the last [`Made::Pending`] returned; it was committed before this call.
//! - One instance is driven by one caller at a time, over all replicas.
//!
//! # Assumptions made about a plugin
//! - `create` makes at most one thing that costs money per call, under [`Subject::name`], so that it can be found.
//! - `destroy` may be repeated; what is gone already is a success.
//! - No secret is in [`Created::config`]; secrets are in `variables` and `sealed` only.

use std::time::Duration;

use chrono::{DateTime, Utc};
use futures::future::BoxFuture;
use secrecy::SecretString;
use serde_json::Value;

use crate::vendor::Failure;

/// The answer of a call that goes to a vendor.
pub type Answer<'a, T> = BoxFuture<'a, Result<T, Failure>>;

/// Whose account pays for a tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Provisioning {
    /// Made by us with our account.
    Pool,
    /// Brought by the claimant.
    User,
}

/// The instance that a tool is made for, and the names under which the tool is found again.
#[derive(Debug, Clone)]
pub struct Subject {
    /// Our id of the instance.
    pub instance_id: String,
    /// `<prefix>-<environment>-<instanceId>[-<generation>]`: the name at the vendor, fixed before the first call.
    pub name: String,
    /// 0 for the first thing of this kind, then 1, 2 …: for vendors that remember deleted names.
    pub generation: i32,
    /// When the intent was committed; nothing older than this (less clock skew) can be ours.
    pub intent_at: DateTime<Utc>,
    /// What the last unfinished call left in the ledger; `Null` on the first call.
    pub progress: Value,
}

/// A thing that was made, or found again after a lost answer.
#[derive(Debug, Clone)]
pub struct Created {
    /// The vendor's id of the thing, as it is shown to the pool.
    pub resource_id: String,
    /// Facts without secrets, stored in `instance_services.config` and given to the pool.
    pub config: Value,
    /// Variables for the agent, each value a secret.
    pub variables: Vec<(String, SecretString)>,
    /// A secret that this process needs again later, for example to re-issue variables; sealed in the ledger.
    pub sealed: Option<SecretString>,
}

/// How far a creation came.
#[derive(Debug, Clone)]
pub enum Made {
    /// It is there.
    Done(Created),
    /// Not yet: commit `progress`, wait, call again.
    Pending {
        /// What the next call needs to know; may be `Null`, never a secret.
        progress: Value,
        /// When the next call makes sense; zero asks for the next call at once, after the commit.
        retry_after: Duration,
    },
}

/// A recorded or found thing at a vendor.
#[derive(Debug, Clone)]
pub struct Resource {
    /// Whose it is.
    pub instance_id: String,
    /// The name under which it was made.
    pub name: String,
    /// The vendor's id.
    pub resource_id: String,
    /// What [`Created::config`] said; `Null` for a thing that was found by name.
    pub config: Value,
    /// What [`Created::sealed`] said.
    pub sealed: Option<SecretString>,
}

/// What became of a thing that was to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Gone at the vendor.
    Deleted,
    /// It cannot be deleted there, but nobody can use it any more.
    Revoked,
    /// Others use it too: left alone.
    KeptShared,
    /// The claimant's own: left alone.
    KeptUser,
    /// It was gone already.
    NotFound,
}

/// The end of a thing, with a word for the operator where the outcome alone does not say it.
#[derive(Debug, Clone)]
pub struct Removal {
    /// What became of it.
    pub outcome: Outcome,
    /// For example that funds stay in a wallet.
    pub note: Option<String>,
}

/// A live thing at a vendor that carries our name pattern, for the audit.
#[derive(Debug, Clone)]
pub struct Sighting {
    /// `key`, `inbox`, `number`, `wallet`.
    pub kind: &'static str,
    /// Its name there.
    pub name: String,
    /// The vendor's id; never leaves this process.
    pub resource_id: String,
    /// When it was made, if the vendor says so.
    pub created_at: Option<DateTime<Utc>>,
    /// What it costs in US dollars an hour.
    pub cost_per_hour: f64,
}

/// What the claimant brought, checked at the vendor.
#[derive(Debug, Clone)]
pub struct UserProvided {
    /// The resource that the credentials give access to.
    pub resource_id: String,
    /// Facts without secrets.
    pub config: Value,
    /// Variables for the agent.
    pub variables: Vec<(String, SecretString)>,
}

/// Why a claimant's configuration was not taken.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// Fields are missing or not accepted by the vendor: `(field, what is wrong)`.
    #[error("user configuration is not valid")]
    Fields(Vec<(String, String)>),
    /// The vendor could not be asked.
    #[error(transparent)]
    Vendor(#[from] Failure),
}

/// A tool. See the module's headings for what it may rely on and what is relied on.
pub trait Plugin: Send + Sync {
    /// `openrouter`, `wallet`, `email`, `sms`, `crypto`.
    fn tool_id(&self) -> &'static str;

    /// The tool's name for people.
    fn name(&self) -> &'static str;

    /// `key`, `wallet`, `inbox`, `number`: the kind of thing that costs money.
    fn kind(&self) -> &'static str;

    /// Made with every instance, at creation.
    fn always(&self) -> bool {
        false
    }

    /// Who can bring it.
    fn provisioning(&self) -> &'static [Provisioning];

    /// How the pool's side of it is made, for example `partner` or `shared`.
    fn mode(&self) -> &'static str;

    /// Whether the pool's side can be used, or the sentence that says what is missing.
    fn configured(&self) -> Result<(), String>;

    /// JSON Schema of what the claimant brings.
    fn user_config_schema(&self) -> Option<Value> {
        None
    }

    /// What one thing costs in US dollars an hour.
    fn cost_per_hour(&self) -> f64 {
        0.0
    }

    /// The cheapest call that proves that the vendor takes our key; used for readiness and the registry.
    fn check(&self) -> Answer<'_, ()>;

    /// Makes the thing, or goes one step on.
    fn create<'a>(&'a self, subject: &'a Subject) -> Answer<'a, Made>;

    /// Looks for what a call without an answer may have made. What cannot be used any more (its secret was in the lost
    /// answer) is removed here, and the answer is `None`: create anew.
    fn find<'a>(&'a self, subject: &'a Subject) -> Answer<'a, Option<Created>>;

    /// Changes a thing that is there, for example its limit.
    fn update<'a>(&'a self, resource: &'a Resource, config: &'a Value) -> Answer<'a, Value>;

    /// Takes the thing away. Success only says that the vendor accepted: [`Plugin::exists`] confirms.
    fn destroy<'a>(&'a self, resource: &'a Resource) -> Answer<'a, Removal>;

    /// Whether the thing is still there and usable, read from the vendor.
    fn exists<'a>(&'a self, resource: &'a Resource) -> Answer<'a, bool>;

    /// Every live thing of this instance at the vendor, by name: `name` itself and `name-<n>`.
    fn remains<'a>(&'a self, instance_id: &'a str, name: &'a str) -> Answer<'a, Vec<Resource>>;

    /// Every live thing whose name starts with `prefix` (`<prefix>-<environment>-`), for the audit.
    fn list_ours<'a>(&'a self, prefix: &'a str) -> Answer<'a, Vec<Sighting>>;

    /// Checks what the claimant brought, at the vendor.
    fn validate<'a>(&'a self, user_config: &'a Value) -> BoxFuture<'a, Result<UserProvided, Refusal>>;
}
