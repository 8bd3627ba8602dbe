//! Wire types of the services API: the only things that pass between `pool`, agents and `services`.
//! No vendor's id or word is among them (spec, "railway_project_id never leaves services DB").

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::id::InstanceId;
use crate::words::{DeployStatus, Provisioning};

/// `POST /create-instance`. Idempotent by `instance_id`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateInstance {
    /// The id that names everything outside.
    pub instance_id: InstanceId,
    /// Image reference; the configured one when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// Variables beside those that every agent gets.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub env: BTreeMap<String, String>,
}

/// Answer of `POST /create-instance`: 200 with `url` when every step is done, else 202 with `step`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Creation {
    /// 200: everything is made and recorded.
    #[serde(rename_all = "camelCase")]
    Done {
        /// The instance.
        instance_id: InstanceId,
        /// Its public address, without a trailing slash.
        url: String,
        /// The image that was deployed, pinned by digest when the registry answered.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        image: Option<String>,
    },
    /// 202: call again.
    #[serde(rename_all = "camelCase")]
    Unfinished {
        /// The instance.
        instance_id: InstanceId,
        /// The step that is being done: `reserved, key, wallet, project, service, volume, domain, deploy, recorded`.
        step: String,
        /// When a further call can help, in milliseconds.
        retry_after_ms: u64,
    },
}

/// What became of one outside resource of a destroyed instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DestroyOutcome {
    /// Confirmed gone.
    Deleted,
    /// The vendor deletes no such thing; its key was revoked.
    Revoked,
    /// Shared by several instances, left alone.
    KeptShared,
    /// Brought by the user, left alone.
    KeptUser,
    /// Was not there.
    NotFound,
}

/// One line of the answer of `DELETE /destroy/{id}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DestroyedResource {
    /// The tool (`openrouter`, `wallet`, `email`, `sms`, `crypto`) or `compute`.
    pub tool_id: String,
    /// What the outside calls it (an address, a number, a hash; never a compute vendor's id).
    pub resource_id: String,
    /// What became of it.
    pub outcome: DestroyOutcome,
    /// A sentence where the outcome needs one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// Answer of `DELETE /destroy/{id}`: 200 with `ok`, or 202 while something remains.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Destruction {
    /// Everything is confirmed gone.
    pub ok: bool,
    /// All resources, those of earlier 202s too (with `ok`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<DestroyedResource>,
    /// What is still there (without `ok`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remaining: Vec<String>,
    /// When a further call can help, in milliseconds (without `ok`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
}

/// `POST /status/batch`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StatusBatch {
    /// At most [`STATUS_BATCH_MAX`] ids.
    pub instance_ids: Vec<InstanceId>,
}

/// Most ids in one `POST /status/batch`.
pub const STATUS_BATCH_MAX: usize = 1000;

/// Answer of `POST /status/batch`.
pub type Statuses = BTreeMap<InstanceId, DeployStatus>;

/// One instance in the answer of `POST /status/batch?detail=1`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StatusDetail {
    /// The word that the plain answer has.
    pub status: DeployStatus,
    /// The compute vendor's state in our words; `unknown` when it was not read. An agent that answers runs.
    pub deploy_status: String,
    /// HTTP status of the health request, when one was answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http: Option<u16>,
    /// When this was observed.
    pub observed_at: Timestamp,
    /// The runtime's version, as it says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The claim that the agent says it is bound to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim_id: Option<String>,
    /// The agent says that its conversation is over.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ended: bool,
}

/// Answer of `POST /status/batch?detail=1`.
pub type StatusDetails = BTreeMap<InstanceId, StatusDetail>;

/// `POST /redeploy/{id}`; header `Idempotency-Key`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Redeploy {
    /// A new image; the current one when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
}

/// Answer of `POST /redeploy/{id}` (202).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RedeployStarted {
    /// Always true.
    pub ok: bool,
    /// Ours; the same for the same key.
    pub operation_id: String,
}

/// `POST /provision/{id}/{tool}`. No `Debug` of the contents: `userConfig` holds secrets.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Provision {
    /// The user's own account, for tools with user provisioning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_config: Option<serde_json::Map<String, serde_json::Value>>,
}

/// Whose a provisioned resource is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResourceStatus {
    /// Made by us.
    Active,
    /// Brought by the user; never revoked.
    UserProvided,
}

/// Answer of `POST /provision/{id}/{tool}` (200).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Provisioned {
    /// The tool.
    pub tool_id: String,
    /// The address, number, hash or wallet.
    pub resource_id: String,
    /// Settings without a secret.
    pub config: serde_json::Value,
    /// Whose it is.
    pub status: ResourceStatus,
}

/// A 202 of any call that has to be repeated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TryAgain {
    /// When a further call can help, in milliseconds.
    pub retry_after_ms: u64,
}

/// `POST /configure/{id}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Configure {
    /// What the agent shall do.
    pub instructions: String,
    /// What it is called.
    pub agent_name: String,
    /// Model; the agent's default when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// The claim; the same one again has the same conversation.
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

/// How the agent came into its conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConversationStatus {
    /// It made the conversation.
    Created,
    /// It joined an existing one.
    Joined,
    /// It asked to join and waits.
    PendingAcceptance,
}

/// Answer of `POST /configure/{id}` (200).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Configured {
    /// Always true.
    pub ok: bool,
    /// The conversation; absent while acceptance is pending.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation_id: Option<String>,
    /// The link that opens it; absent while acceptance is pending.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invite_url: Option<String>,
    /// How the agent came in.
    pub status: ConversationStatus,
}

/// One tool in `GET /registry`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Tool {
    /// Stable id: `openrouter`, `wallet`, `email`, `sms`, `crypto`.
    pub tool_id: String,
    /// For people.
    pub name: String,
    /// Ways in which it can be provisioned here.
    pub provisioning: Vec<Provisioning>,
    /// How the pool provisions it (for example Bankr's `partner`, `user`, `shared`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<String>,
    /// Made with every instance; a template need not name it.
    #[serde(default)]
    pub always: bool,
    /// Whether it can be used now.
    pub configured: bool,
    /// Why not, or what is wrong with its vendor now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// JSON Schema of what a user has to bring.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_config_schema: Option<serde_json::Value>,
}

/// `GET /instances/{id}`: an instance's tools, for the agent itself and for `pool`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InstanceTools {
    /// The instance.
    pub instance_id: InstanceId,
    /// Its tools.
    pub tools: Vec<Provisioned>,
}

/// Kinds of things that exist outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ResourceKind {
    /// The container, its volume and its address.
    Compute,
    /// A key to language models.
    Key,
    /// A mail address.
    Inbox,
    /// A phone number.
    Number,
    /// A wallet.
    Wallet,
}

/// One resource of an instance in `GET /inventory`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InventoryResource {
    /// What it is.
    pub kind: ResourceKind,
    /// `creating`, `active`, `user_provided`, `shared`, `destroying`, or `missing` (row without a thing).
    pub state: String,
    /// What it costs, in US dollars an hour.
    pub cost_per_hour: f64,
}

/// One instance in `GET /inventory`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InventoryInstance {
    /// The instance.
    pub instance_id: InstanceId,
    /// What belongs to it.
    pub resources: Vec<InventoryResource>,
}

/// A thing outside with our name and no row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Orphan {
    /// What it is.
    pub kind: ResourceKind,
    /// Its name outside, which is ours.
    pub name: String,
    /// When it was first seen.
    pub first_seen_at: Timestamp,
    /// How often it was seen.
    pub sightings: u32,
    /// What it costs, in US dollars an hour.
    pub cost_per_hour: f64,
    /// `watching`, `quarantined`, `destroying`.
    pub action: String,
}

/// Answer of `GET /inventory`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Inventory {
    /// Instances that have a row in `services`.
    pub instances: Vec<InventoryInstance>,
    /// Things outside without one.
    pub orphans: Vec<Orphan>,
}

/// What is known of one vendor, named by what it gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct VendorState {
    /// `compute`, or a tool's id.
    pub name: String,
    /// What is wrong, in our words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// How long the last look took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency_ms: Option<u64>,
    /// Looks that failed since the process started.
    pub errors: u64,
    /// When it was looked at last.
    pub checked_at: DateTime<Utc>,
    /// Since when it has been as it is.
    pub since: DateTime<Utc>,
}

/// A request budget of a vendor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct VendorBudget {
    /// What it is for; numbered where there are several accounts.
    pub name: String,
    /// Requests in a window.
    pub allowance: f64,
    /// Requests left in it.
    pub remaining: f64,
    /// When the window ends.
    pub resets_at: DateTime<Utc>,
}

/// A serial lane.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct VendorLane {
    /// What it is for; numbered where there are several accounts.
    pub name: String,
    /// How many wait in it.
    pub waiting: u64,
    /// Nobody may send before this.
    pub next_allowed_at: DateTime<Utc>,
}

/// The shelf of empty projects.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct VendorShelf {
    /// How many shall be there.
    pub target: u64,
    /// How many are there or being made.
    pub kept: u64,
    /// How many can be taken.
    pub free: u64,
}

/// Answer of `GET /vendors`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct VendorsReport {
    /// The vendors.
    pub vendors: Vec<VendorState>,
    /// Their budgets, where they say.
    pub budgets: Vec<VendorBudget>,
    /// The lanes.
    pub lanes: Vec<VendorLane>,
    /// The shelf.
    pub shelf: VendorShelf,
}
