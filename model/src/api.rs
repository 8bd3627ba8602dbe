//! Wire types of the pool API (`/api`). Names and shapes are those of the published OpenAPI document.

mod status;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::condition::{Condition, Conditions};
use crate::id::InstanceId;
use crate::record::{ClaimTool, Failure, PoolSpec, TemplateModel, TemplateTool};
use crate::words::{
    ClaimPhase, DeployStatus, DestroyPhase, DestroyReason, InstanceStatus, Kind, Role, Visibility,
};

pub use status::{Counts, ReconcilerStatus, ServicesStatus, SystemStatus};

/// Body of `POST /api/claim`: a template, or name and instructions.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ClaimRequest {
    /// The template.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template_id: Option<Uuid>,
    /// Name of the agent, without a template. At most 200 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 200, example = "Ada"))]
    pub agent_name: Option<String>,
    /// What it shall do, without a template. At most 50,000 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "openapi",
        schema(min_length = 1, max_length = 50000, example = "You plan journeys.")
    )]
    pub instructions: Option<String>,
    /// Its model, where the template allows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "openapi",
        schema(min_length = 1, max_length = 200, example = "anthropic/claude-sonnet-4")
    )]
    pub model: Option<String>,
    /// The pool; `default` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(pattern = "^[a-z0-9][a-z0-9-]{0,62}$", example = "default"))]
    pub pool: Option<String>,
    /// An existing conversation to join.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "openapi",
        schema(min_length = 1, max_length = 2048, example = "https://convos.org/c/abc")
    )]
    pub join_url: Option<String>,
    /// Address of a picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "openapi",
        schema(min_length = 1, max_length = 2048, example = "https://example.org/ada.png")
    )]
    pub profile_image: Option<String>,
    /// Passed through to the conversation. At most 32 entries of 256 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<BTreeMap<String, String>>,
    /// The user's own accounts, by tool.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_config: Option<BTreeMap<String, serde_json::Map<String, serde_json::Value>>>,
    /// Owner named by the key's holder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 255))]
    pub owner_id: Option<String>,
    /// Inbox id that the signature's address must give.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 255))]
    pub owner_inbox_id: Option<String>,
    /// EIP-191 signature of the challenge's message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 16384))]
    pub owner_signature: Option<String>,
    /// The challenge, as issued.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 16384))]
    pub challenge: Option<String>,
    /// −100 to 100; higher goes first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(minimum = -100, maximum = 100))]
    pub priority: Option<i32>,
    /// Not ready by then: failed. Default 600, at most 86,400.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 86400))]
    pub deadline_seconds: Option<u64>,
    /// How long it lives once ready.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 315360000))]
    pub ttl_seconds: Option<u64>,
}

/// A claim.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ClaimView {
    /// Its id.
    pub claim_id: Uuid,
    /// How far it is.
    pub phase: ClaimPhase,
    /// Its instance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance_id: Option<InstanceId>,
    /// The link that opens the conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invite_url: Option<String>,
    /// The conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation_id: Option<String>,
    /// Name of the agent.
    pub agent_name: String,
    /// Its template.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template_id: Option<Uuid>,
    /// Inbox id of the claimer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner_id: Option<String>,
    /// The pool.
    pub pool: String,
    /// Place in line, from 1, while pending.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<u64>,
    /// Seconds until it will probably be ready, while pending.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub estimate_seconds: Option<u64>,
    /// Its tools.
    pub tools: Vec<ClaimTool>,
    /// What is true of it.
    pub conditions: Conditions,
    /// Why it failed or was released.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    /// Creation.
    pub created_at: DateTime<Utc>,
    /// When its link worked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ready_at: Option<DateTime<Utc>>,
    /// When it ends by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
}

/// A pool.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct PoolView {
    /// Its name.
    pub name: String,
    /// What is wanted.
    pub spec: PoolSpec,
    /// What is.
    pub status: PoolStatus,
    /// Bumped with each change of the spec.
    pub generation: i64,
    /// The generation that its reconciler last acted on.
    pub observed_generation: i64,
    /// Creation.
    pub created_at: DateTime<Utc>,
    /// Last change.
    pub updated_at: DateTime<Utc>,
}

/// What is true of a pool now.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct PoolStatus {
    /// Idle members that are wanted now.
    pub desired: u64,
    /// Members by status.
    pub ready: u64,
    /// Being created.
    pub starting: u64,
    /// Bound, not finished.
    pub claiming: u64,
    /// Serving somebody.
    pub claimed: u64,
    /// Unwell for too long.
    pub stuck: u64,
    /// On their way out.
    pub destroying: u64,
    /// Claims in line.
    pub waiting: u64,
    /// What is true of it.
    pub conditions: Conditions,
    /// The last decision in words.
    pub explanation: String,
}

impl PoolStatus {
    /// Sets how many members there are, and how many wait.
    pub fn set_counts(&mut self, counts: &Counts) {
        let Counts { ready, starting, claiming, claimed, stuck, destroying, waiting } = *counts;
        *self =
            Self { ready, starting, claiming, claimed, stuck, destroying, waiting, ..std::mem::take(self) };
    }

    /// How many members there are, and how many wait.
    pub fn counts(&self) -> Counts {
        Counts {
            ready: self.ready,
            starting: self.starting,
            claiming: self.claiming,
            claimed: self.claimed,
            stuck: self.stuck,
            destroying: self.destroying,
            waiting: self.waiting,
        }
    }
}

/// An instance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct InstanceView {
    /// Its id.
    pub instance_id: InstanceId,
    /// The agent's name, or the id while it is anonymous.
    pub name: String,
    /// Its pool.
    pub pool: String,
    /// Its life.
    pub status: InstanceStatus,
    /// What `services` last said.
    pub deploy_status: DeployStatus,
    /// Public address.
    pub url: Option<String>,
    /// Image it was asked to run.
    pub image: Option<String>,
    /// Runtime version that the agent reports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runtime_version: Option<String>,
    /// Given by its claim.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_name: Option<String>,
    /// Its claim.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim_id: Option<Uuid>,
    /// Template of its claim.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template_id: Option<Uuid>,
    /// Inbox id of the claimer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner_id: Option<String>,
    /// Its conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation_id: Option<String>,
    /// The link that opens it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invite_url: Option<String>,
    /// The instance whose configuration it has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent_instance: Option<InstanceId>,
    /// A person forbade to destroy it.
    pub protected: bool,
    /// What is true of it.
    pub conditions: Conditions,
    /// Why it cannot go on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    /// Creation.
    pub created_at: DateTime<Utc>,
    /// When it was bound to its claim.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claimed_at: Option<DateTime<Utc>>,
    /// When `status` last changed.
    pub status_since: DateTime<Utc>,
    /// When it was last seen healthy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub healthy_at: Option<DateTime<Utc>>,
    /// When a template change was last pushed to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template_synced_at: Option<DateTime<Utc>>,
}

/// Body of `PATCH /api/instances/{id}`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct InstancePatch {
    /// Forbid to destroy it.
    pub protected: Option<bool>,
}

/// Body of `POST /api/instances/{id}/redeploy`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RedeployRequest {
    /// A new image; the present one when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "openapi",
        schema(min_length = 1, max_length = 512, example = "ghcr.io/xmtplabs/convos-runtime:1.4.0")
    )]
    pub image: Option<String>,
}

/// Body of `POST /api/instances/{id}/clone`: what shall differ from the instance's own claim.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CloneRequest {
    /// Another name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 200))]
    pub agent_name: Option<String>,
    /// Another pool to take from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(pattern = "^[a-z0-9][a-z0-9-]{0,62}$"))]
    pub pool: Option<String>,
    /// Another owner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 255))]
    pub owner_id: Option<String>,
    /// The user's own accounts, by tool: they are not kept, so they cannot be copied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_config: Option<BTreeMap<String, serde_json::Map<String, serde_json::Value>>>,
    /// −100 to 100; higher goes first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(minimum = -100, maximum = 100))]
    pub priority: Option<i32>,
    /// Not ready by then: failed. Default 600, at most 86,400.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 86400))]
    pub deadline_seconds: Option<u64>,
    /// How long it lives once ready.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 315360000))]
    pub ttl_seconds: Option<u64>,
}

/// Body of `POST /api/destroy-requests`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewDestroyRequest {
    /// The instance to destroy.
    #[cfg_attr(feature = "openapi", schema(pattern = "^[a-z0-9]{6,20}$", example = "k3f9x2m7q1ab"))]
    pub instance_id: String,
}

/// A destroy request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct DestroyRequestView {
    /// Its id.
    pub destroy_request_id: Uuid,
    /// The instance.
    pub instance_id: InstanceId,
    /// Why.
    pub reason: DestroyReason,
    /// Who asked.
    pub requested_by: String,
    /// How far it is.
    pub phase: DestroyPhase,
    /// Failed passes in a row.
    pub attempts: u32,
    /// What the last failed one met.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
    /// Creation.
    pub created_at: DateTime<Utc>,
    /// When everything was confirmed gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done_at: Option<DateTime<Utc>>,
}

/// A template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct TemplateView {
    /// Its id.
    pub template_id: Uuid,
    /// Inbox id of its creator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub creator_id: Option<String>,
    /// Name of the agents.
    pub agent_name: String,
    /// What they do.
    pub instructions: String,
    /// Their model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<TemplateModel>,
    /// Their tools.
    pub tools: Vec<TemplateTool>,
    /// Who may see and claim it.
    pub visibility: Visibility,
    /// Creation.
    pub created_at: DateTime<Utc>,
    /// Last change.
    pub updated_at: DateTime<Utc>,
}

/// Body of `POST /api/templates` and `PUT /api/templates/{id}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TemplateRequest {
    /// Inbox id of its creator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 255))]
    pub creator_id: Option<String>,
    /// Name of the agents. At most 200 characters.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 200, example = "Ada"))]
    pub agent_name: String,
    /// What they do. At most 50,000 characters.
    #[cfg_attr(
        feature = "openapi",
        schema(min_length = 1, max_length = 50000, example = "You plan journeys.")
    )]
    pub instructions: String,
    /// Their model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<TemplateModel>,
    /// Their tools.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(max_items = 16))]
    pub tools: Vec<TemplateTool>,
    /// Private when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visibility: Option<Visibility>,
}

/// Body of `PATCH /api/templates/{id}/visibility`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct VisibilityRequest {
    /// Who may see and claim it.
    pub visibility: Visibility,
}

/// One line of the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct EventView {
    /// Ascending.
    pub event_id: i64,
    /// When.
    pub at: DateTime<Utc>,
    /// Kind of the object.
    pub kind: Kind,
    /// Id or name of the object.
    pub object: String,
    /// One word for programs.
    pub reason: String,
    /// One sentence for people.
    pub message: String,
    /// Who.
    pub actor: String,
    /// State before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// State after.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// What brought it about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// W3C trace id of the request behind it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace_id: Option<String>,
}

/// Answer of `GET /api/{kind}/{id}/explain`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Explanation {
    /// What happened, oldest first.
    pub timeline: Vec<EventView>,
    /// What is true now.
    pub conditions: Vec<Condition>,
    /// What the planner would do now.
    pub plan: PlanView,
    /// All of it in a few sentences.
    pub text: String,
}

/// What the planner would do now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct PlanView {
    /// The one step.
    pub step: String,
    /// Why.
    pub reason: String,
    /// When it looks again, in words.
    pub again: String,
}

/// Body of `POST /api/keys`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct KeyRequest {
    /// For people; appears as the actor of events.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 200, example = "support desk"))]
    pub name: String,
    /// What it may do.
    pub role: Role,
}

/// An API key; `key` is shown once, when it is made.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct KeyView {
    /// Its id.
    pub key_id: Uuid,
    /// For people.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// The key itself, only in the answer that made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Creation.
    pub created_at: DateTime<Utc>,
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Page<T> {
    /// Newest first.
    pub items: Vec<T>,
    /// Give it as `cursor` for the next page; null at the end.
    pub next_cursor: Option<String>,
}

/// Answer of `GET /api/claim/challenge`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Challenge {
    /// Opaque; goes into the claim.
    pub challenge: String,
    /// The text to sign with `personal_sign`.
    pub message: String,
    /// When it can no longer be used.
    pub expires_at: DateTime<Utc>,
}

/// Body of `POST /api/session`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SignIn {
    /// An API key.
    pub key: String,
}

/// Who is signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Session {
    /// Name of the key.
    pub name: String,
    /// What it may do.
    pub role: Role,
}

/// Answer of `POST /api/pools/{name}/preview`: what the planner would do with this spec now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct PoolPreview {
    /// Idle members that would be wanted.
    pub desired: u64,
    /// Instances that the next pass would create.
    pub create: u64,
    /// Idle instances that the next pass would destroy.
    pub destroy: Vec<InstanceId>,
    /// The step in words, why, and when the planner would look again.
    pub plan: PlanView,
}

/// Answer of `GET /api/metrics/history`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct History {
    /// The pool.
    pub pool: String,
    /// How far the points are apart, in seconds.
    pub step_seconds: u32,
    /// Oldest first.
    pub points: Vec<HistoryPoint>,
}

/// How a pool was at one time, and what became of the claims that were made in the step that begins then.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct HistoryPoint {
    /// When the step begins.
    pub at: DateTime<Utc>,
    /// Idle members wanted.
    pub desired: u64,
    /// Members that can be claimed.
    pub ready: u64,
    /// Being created.
    pub starting: u64,
    /// Bound, not finished.
    pub claiming: u64,
    /// Serving somebody.
    pub claimed: u64,
    /// Unwell for too long.
    pub stuck: u64,
    /// On their way out.
    pub destroying: u64,
    /// Claims in line.
    pub waiting: u64,
    /// Claims that were made.
    pub claims_made: u64,
    /// Those of them that became ready.
    pub claims_ready: u64,
    /// Those of them that failed.
    pub claims_failed: u64,
    /// Those of them that found a ready instance at once.
    pub claims_hit: u64,
    /// Half of those that became ready took at most so long, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim_seconds_median: Option<f64>,
    /// All but one in twenty took at most so long, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim_seconds_p95: Option<f64>,
}
