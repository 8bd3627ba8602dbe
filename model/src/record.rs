//! The records of the pool database, as values that plans read. Column names are those of `spec/architecture.md`,
//! section "Databases", where it names them.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Timestamp;
use crate::condition::Conditions;
use crate::id::InstanceId;
use crate::words::{
    ClaimPhase, DeployStatus, DestroyPhase, DestroyReason, InstanceStatus, Provisioning, ToolPhase,
    Visibility,
};

/// The pool that the configuration makes at first start.
pub const DEFAULT_POOL: &str = "default";

/// What an operator wants of a pool.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct PoolSpec {
    /// Idle members (starting and ready) to keep.
    #[cfg_attr(feature = "openapi", schema(maximum = 10000))]
    pub min_idle: u32,
    /// Everything not deleted counts against it.
    #[cfg_attr(feature = "openapi", schema(maximum = 100000))]
    pub max_instances: u32,
    /// Image of new members; that of `services` when absent.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 512))]
    pub image: Option<String>,
    /// Model of agents whose claim names none.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 200))]
    pub model: Option<String>,
    /// How long an instance may be unwell before it is stuck, in milliseconds.
    #[cfg_attr(feature = "openapi", schema(minimum = 1000, maximum = 604800000))]
    pub stuck_timeout_ms: u64,
    /// Extra members during a rollout, beyond `maxInstances`.
    #[cfg_attr(feature = "openapi", schema(maximum = 1000))]
    pub max_surge: u32,
    /// Neither create nor shrink.
    pub paused: bool,
    /// How the number of idle members is found; `minIdle` when absent.
    pub sizing: Option<Sizing>,
    /// How a new image is rolled out.
    pub rollout: Option<Rollout>,
}

impl Default for PoolSpec {
    fn default() -> Self {
        Self {
            min_idle: 5,
            max_instances: 100,
            image: None,
            model: None,
            stuck_timeout_ms: 900_000,
            max_surge: 3,
            paused: false,
            sizing: None,
            rollout: None,
        }
    }
}

impl PoolSpec {
    /// How long an instance may be unwell before it is stuck.
    pub fn stuck_timeout(&self) -> Duration {
        Duration::from_millis(self.stuck_timeout_ms)
    }
}

/// How the number of idle members is found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", tag = "kind", deny_unknown_fields)]
pub enum Sizing {
    /// `minIdle`, except inside windows.
    #[serde(rename_all = "camelCase")]
    Schedule {
        /// Name of the time zone in which the windows are meant, for example `Europe/Berlin`.
        #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 200))]
        time_zone: String,
        /// The last window that began wins.
        #[cfg_attr(feature = "openapi", schema(min_items = 1, max_items = 64))]
        windows: Vec<Window>,
    },
    /// As many as the arrival of claims and the time to refill need.
    #[serde(rename_all = "camelCase")]
    ServiceLevel {
        /// Share of claims that shall find a ready instance, between 0 and 1.
        #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 1))]
        hit_rate: f64,
        /// Never fewer.
        #[cfg_attr(feature = "openapi", schema(maximum = 10000))]
        min: u32,
        /// Never more.
        #[cfg_attr(feature = "openapi", schema(maximum = 10000))]
        max: u32,
        /// Idle members may cost at most this, in US dollars an hour.
        #[serde(default)]
        #[cfg_attr(feature = "openapi", schema(minimum = 0))]
        cost_per_hour_max: Option<f64>,
    },
}

/// A time window of a schedule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Window {
    /// When it begins: five cron fields.
    #[cfg_attr(feature = "openapi", schema(pattern = r"^\s*\S+(\s+\S+){4}\s*$"))]
    pub start: String,
    /// How long it lasts, in seconds.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 604800))]
    pub duration_seconds: u64,
    /// Idle members in it.
    #[cfg_attr(feature = "openapi", schema(maximum = 10000))]
    pub min_idle: u32,
}

/// How a new image is rolled out to idle members.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Rollout {
    /// Ready members that may be missing at a time.
    #[cfg_attr(feature = "openapi", schema(maximum = 100000))]
    pub max_unavailable: u32,
    /// Members that have to become healthy before the rest follows.
    #[cfg_attr(feature = "openapi", schema(maximum = 1000))]
    pub canary: u32,
    /// How long a canary may take, in milliseconds, before the rollout stops.
    #[cfg_attr(feature = "openapi", schema(minimum = 1000, maximum = 604800000))]
    pub canary_timeout_ms: u64,
}

impl Default for Rollout {
    fn default() -> Self {
        Self { max_unavailable: 1, canary: 1, canary_timeout_ms: 600_000 }
    }
}

/// Why a record cannot go on, for programs and for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Failure {
    /// Stable word.
    pub code: String,
    /// One sentence.
    pub message: String,
}

/// An instance: one agent's container and what belongs to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Instance {
    /// Names everything outside.
    pub id: InstanceId,
    /// The pool that made it.
    pub pool: String,
    /// Its life.
    pub status: InstanceStatus,
    /// When `status` last changed.
    pub status_since: Timestamp,
    /// What `services` last said.
    pub deploy_status: DeployStatus,
    /// Public address, known once creation is done.
    pub url: Option<String>,
    /// Image it was asked to run.
    pub image: Option<String>,
    /// Runtime version that the agent reports.
    pub runtime_version: Option<String>,
    /// Given by its claim.
    pub agent_name: Option<String>,
    /// Its claim.
    pub claim_id: Option<Uuid>,
    /// Template of its claim.
    pub template_id: Option<Uuid>,
    /// Inbox id of the claimer.
    pub owner_id: Option<String>,
    /// Its conversation.
    pub conversation_id: Option<String>,
    /// The link that opens it.
    pub invite_url: Option<String>,
    /// The instance whose configuration it has.
    pub parent_instance: Option<InstanceId>,
    /// A person forbade to destroy it.
    pub protected: bool,
    /// When it was last seen healthy.
    pub healthy_at: Option<Timestamp>,
    /// Since when it is unwell without a break.
    pub unhealthy_since: Option<Timestamp>,
    /// Does not answer although its deployment runs: perhaps only the way to it is gone. Stays so through a redeploy.
    pub hidden: bool,
    /// Consecutive answers that `services` has no such instance.
    pub missing_sightings: u32,
    /// A redeploy that was asked for and has not ended in health; bars it from being claimed.
    pub redeploy: Option<RedeployWish>,
    /// Redeploys made to recover it, since its last hour of health.
    pub recoveries: u32,
    /// When the last of them was sent.
    pub recovered_at: Option<Timestamp>,
    /// When a template change was last pushed to it.
    pub template_synced_at: Option<Timestamp>,
    /// Why it cannot go on.
    pub failure: Option<Failure>,
    /// What is true of it.
    pub conditions: Conditions,
    /// Creation.
    pub created_at: Timestamp,
    /// When it was bound to its claim.
    pub claimed_at: Option<Timestamp>,
    /// Failed passes in a row.
    pub attempts: u32,
    /// Bumped with each change of the spec part (`protected`, `redeploy`).
    pub generation: i64,
    /// The generation that its reconciler last acted on.
    pub observed_generation: i64,
}

impl Instance {
    /// A claim left its mark: it can never be ready again.
    pub fn is_personalised(&self) -> bool {
        self.claim_id.is_some() || self.claimed_at.is_some()
    }
}

/// A redeploy in progress.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RedeployWish {
    /// Makes repeated calls one redeploy.
    pub key: Uuid,
    /// The image to run; the present one when absent.
    #[serde(default)]
    pub image: Option<String>,
    /// When it was asked for.
    pub requested_at: Timestamp,
    /// When its turn came: written before the call.
    #[serde(default)]
    pub begun_at: Option<Timestamp>,
    /// When `services` took it.
    #[serde(default)]
    pub sent_at: Option<Timestamp>,
    /// What it ran before: it runs that again when the deploy fails.
    #[serde(default)]
    pub previous_image: Option<String>,
}

/// How a template chooses the model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct TemplateModel {
    /// Used when a claim names none.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 200))]
    pub default: String,
    /// Whether a claim may name another (the spec's own snake_case).
    #[serde(default)]
    pub allow_override: bool,
}

/// A tool that a template wants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct TemplateTool {
    /// Tool id.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 200, example = "email"))]
    pub id: String,
    /// Who brings the account.
    pub provisioning: Provisioning,
}

/// A recipe for agents.
#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    /// Its id.
    pub id: Uuid,
    /// Inbox id of its creator.
    pub creator_id: Option<String>,
    /// Name of the agents.
    pub agent_name: String,
    /// What they do.
    pub instructions: String,
    /// Their model.
    pub model: Option<TemplateModel>,
    /// Their tools.
    pub tools: Vec<TemplateTool>,
    /// Who may see and claim it.
    pub visibility: Visibility,
    /// Bumped with each change.
    pub generation: i64,
    /// Creation.
    pub created_at: Timestamp,
    /// Last change.
    pub updated_at: Timestamp,
}

/// One tool of a claim and how far it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ClaimTool {
    /// Tool id.
    pub tool_id: String,
    /// Who brings the account.
    pub provisioning: Provisioning,
    /// How far it is.
    pub phase: ToolPhase,
    /// The address, number or wallet, once there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource_id: Option<String>,
    /// Why it was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl ClaimTool {
    /// The same wish for another instance: nothing done yet.
    pub fn afresh(&self) -> Self {
        Self { phase: ToolPhase::Pending, resource_id: None, error: None, ..self.clone() }
    }
}

/// Somebody's wish for an agent.
#[derive(Debug, Clone, PartialEq)]
pub struct Claim {
    /// Its id.
    pub id: Uuid,
    /// The pool to take from.
    pub pool: String,
    /// How far it is.
    pub phase: ClaimPhase,
    /// Template it was made from.
    pub template_id: Option<Uuid>,
    /// Name of the agent.
    pub agent_name: String,
    /// What it shall do.
    pub instructions: String,
    /// Its model.
    pub model: Option<String>,
    /// Conversation to join, as given.
    pub join_url: Option<String>,
    /// Address of a picture.
    pub profile_image: Option<String>,
    /// Passed through to the conversation.
    pub metadata: std::collections::BTreeMap<String, String>,
    /// Inbox id of the claimer.
    pub owner_id: Option<String>,
    /// Instance whose configuration it copies.
    pub parent_instance: Option<InstanceId>,
    /// Its instance.
    pub instance_id: Option<InstanceId>,
    /// The conversation, once there.
    pub conversation_id: Option<String>,
    /// The link that opens it.
    pub invite_url: Option<String>,
    /// Its tools.
    pub tools: Vec<ClaimTool>,
    /// Higher goes first.
    pub priority: i32,
    /// Not ready by then: failed.
    pub deadline_at: Timestamp,
    /// How long it lives once ready, in seconds.
    pub ttl_seconds: Option<u64>,
    /// Ready and past this: released.
    pub expires_at: Option<Timestamp>,
    /// Somebody asked for its end.
    pub release_requested_at: Option<Timestamp>,
    /// How often it was given another instance.
    pub rebinds: u32,
    /// Why it failed.
    pub failure: Option<Failure>,
    /// What is true of it.
    pub conditions: Conditions,
    /// Creation.
    pub created_at: Timestamp,
    /// When it got its instance.
    pub bound_at: Option<Timestamp>,
    /// When its link worked.
    pub ready_at: Option<Timestamp>,
    /// Template generation that its agent has.
    pub template_generation: Option<i64>,
    /// Generation of the template now, if it is still there.
    pub template_latest: Option<i64>,
    /// The claim chose its model; a change of its template leaves that alone.
    pub model_chosen: bool,
    /// W3C trace id of the request that made it.
    pub trace_id: Option<String>,
    /// Failed passes in a row.
    pub attempts: u32,
    /// Bumped with each change of its spec.
    pub generation: i64,
    /// The generation that its reconciler last acted on.
    pub observed_generation: i64,
}

/// The wish that an instance be gone.
#[derive(Debug, Clone, PartialEq)]
pub struct DestroyRequest {
    /// Its id.
    pub id: Uuid,
    /// The instance.
    pub instance_id: InstanceId,
    /// Why.
    pub reason: DestroyReason,
    /// Who asked: an API key's name or a reconciler.
    pub requested_by: String,
    /// How far it is.
    pub phase: DestroyPhase,
    /// Failed passes in a row.
    pub attempts: u32,
    /// What the last failed one met.
    pub last_error: Option<String>,
    /// Creation.
    pub created_at: Timestamp,
    /// When everything was confirmed gone.
    pub done_at: Option<Timestamp>,
}

/// One line of the journal.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Ascending.
    pub id: i64,
    /// When.
    pub at: Timestamp,
    /// Kind of the object.
    pub kind: crate::words::Kind,
    /// Id or name of the object.
    pub object: String,
    /// One word for programs, in CamelCase.
    pub reason: String,
    /// One sentence for people.
    pub message: String,
    /// Who: `reconciler/<kind>`, `api/<key name>`.
    pub actor: String,
    /// State before.
    pub from: Option<String>,
    /// State after.
    pub to: Option<String>,
    /// What brought it about, for example `claim/<id>`.
    pub cause: Option<String>,
    /// W3C trace id of the request behind it.
    pub trace_id: Option<String>,
}
