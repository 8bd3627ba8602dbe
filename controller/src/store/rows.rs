//! How rows become records. The column lists stand here once, in macros, because `query_as!` wants literal text.

use std::collections::BTreeMap;

use model::Timestamp;
use model::condition::Conditions;
use model::id::InstanceId;
use model::record::{Claim, ClaimTool, DestroyRequest, Failure, Instance, RedeployWish};
use sqlx::types::Json;
use uuid::Uuid;

/// Selects or returns whole instances: `instance_rows!("SELECT ", " FROM instances WHERE id = $1", id)`.
macro_rules! instance_rows {
    ($head:tt, $tail:tt $(, $argument:expr)* $(,)?) => {
        sqlx::query_as!(
            crate::store::rows::InstanceRow,
            $head + r#" instances.id, instances.pool, instances.status, instances.status_since, instances.deploy_status,
            instances.url, instances.image, instances.runtime_version, instances.agent_name, instances.claim_id,
            instances.template_id, instances.owner_id, instances.conversation_id, instances.invite_url,
            instances.parent_instance, instances.protected, instances.healthy_at, instances.unhealthy_since,
            instances.hidden, instances.missing_sightings, instances.redeploy AS "redeploy: Json<RedeployWish>", instances.recoveries,
            instances.recovered_at, instances.template_synced_at, instances.failure AS "failure: Json<Failure>",
            instances.conditions AS "conditions: Json<Conditions>", instances.created_at, instances.claimed_at,
            instances.attempts, instances.generation, instances.observed_generation "# + $tail
            $(, $argument)*
        )
    };
}
pub(crate) use instance_rows;

/// Selects or returns whole claims.
macro_rules! claim_rows {
    ($head:tt, $tail:tt $(, $argument:expr)* $(,)?) => {
        sqlx::query_as!(
            crate::store::rows::ClaimRow,
            $head + r#" claims.id, claims.pool, claims.phase, claims.template_id, claims.template_generation,
            claims.agent_name, claims.instructions, claims.model, claims.join_url, claims.profile_image,
            claims.metadata AS "metadata: Json<BTreeMap<String, String>>", claims.owner_id, claims.parent_instance,
            claims.instance_id, claims.conversation_id, claims.invite_url, claims.tools AS "tools: Json<Vec<ClaimTool>>",
            claims.priority, claims.deadline_at, claims.ttl_seconds, claims.expires_at, claims.release_requested_at,
            claims.rebinds, claims.failure AS "failure: Json<Failure>", claims.conditions AS "conditions: Json<Conditions>",
            claims.trace_id, claims.created_at, claims.bound_at, claims.ready_at, claims.attempts, claims.generation,
            claims.observed_generation, claims.model_chosen,
            (SELECT agent_templates.generation FROM agent_templates WHERE agent_templates.id = claims.template_id) AS template_latest "# + $tail
            $(, $argument)*
        )
    };
}
pub(crate) use claim_rows;

/// Selects or returns whole destroy requests.
macro_rules! destroy_rows {
    ($head:tt, $tail:tt $(, $argument:expr)* $(,)?) => {
        sqlx::query_as!(
            crate::store::rows::DestroyRow,
            $head + r#" destroy_requests.id, destroy_requests.instance_id, destroy_requests.reason,
            destroy_requests.requested_by, destroy_requests.phase, destroy_requests.attempts,
            destroy_requests.last_error, destroy_requests.created_at, destroy_requests.done_at "# + $tail
            $(, $argument)*
        )
    };
}
pub(crate) use destroy_rows;

/// A row of `instances`.
pub(crate) struct InstanceRow {
    pub id: String,
    pub pool: String,
    pub status: String,
    pub status_since: Timestamp,
    pub deploy_status: String,
    pub url: Option<String>,
    pub image: Option<String>,
    pub runtime_version: Option<String>,
    pub agent_name: Option<String>,
    pub claim_id: Option<Uuid>,
    pub template_id: Option<Uuid>,
    pub owner_id: Option<String>,
    pub conversation_id: Option<String>,
    pub invite_url: Option<String>,
    pub parent_instance: Option<String>,
    pub protected: bool,
    pub healthy_at: Option<Timestamp>,
    pub unhealthy_since: Option<Timestamp>,
    pub hidden: bool,
    pub missing_sightings: i32,
    pub redeploy: Option<Json<RedeployWish>>,
    pub recoveries: i32,
    pub recovered_at: Option<Timestamp>,
    pub template_synced_at: Option<Timestamp>,
    pub failure: Option<Json<Failure>>,
    pub conditions: Json<Conditions>,
    pub created_at: Timestamp,
    pub claimed_at: Option<Timestamp>,
    pub attempts: i32,
    pub generation: i64,
    pub observed_generation: i64,
}

impl From<InstanceRow> for Instance {
    fn from(row: InstanceRow) -> Self {
        Self {
            id: instance_id(row.id),
            pool: row.pool,
            status: row.status.into(),
            status_since: row.status_since,
            deploy_status: row.deploy_status.into(),
            url: row.url,
            image: row.image,
            runtime_version: row.runtime_version,
            agent_name: row.agent_name,
            claim_id: row.claim_id,
            template_id: row.template_id,
            owner_id: row.owner_id,
            conversation_id: row.conversation_id,
            invite_url: row.invite_url,
            parent_instance: row.parent_instance.map(instance_id),
            protected: row.protected,
            healthy_at: row.healthy_at,
            unhealthy_since: row.unhealthy_since,
            hidden: row.hidden,
            missing_sightings: count(row.missing_sightings),
            redeploy: row.redeploy.map(|json| json.0),
            recoveries: count(row.recoveries),
            recovered_at: row.recovered_at,
            template_synced_at: row.template_synced_at,
            failure: row.failure.map(|json| json.0),
            conditions: row.conditions.0,
            created_at: row.created_at,
            claimed_at: row.claimed_at,
            attempts: count(row.attempts),
            generation: row.generation,
            observed_generation: row.observed_generation,
        }
    }
}

/// A row of `claims`.
pub(crate) struct ClaimRow {
    pub id: Uuid,
    pub pool: String,
    pub phase: String,
    pub template_id: Option<Uuid>,
    pub template_generation: Option<i64>,
    pub agent_name: String,
    pub instructions: String,
    pub model: Option<String>,
    pub join_url: Option<String>,
    pub profile_image: Option<String>,
    pub metadata: Json<BTreeMap<String, String>>,
    pub owner_id: Option<String>,
    pub parent_instance: Option<String>,
    pub instance_id: Option<String>,
    pub conversation_id: Option<String>,
    pub invite_url: Option<String>,
    pub tools: Json<Vec<ClaimTool>>,
    pub priority: i32,
    pub deadline_at: Timestamp,
    pub ttl_seconds: Option<i64>,
    pub expires_at: Option<Timestamp>,
    pub release_requested_at: Option<Timestamp>,
    pub rebinds: i32,
    pub failure: Option<Json<Failure>>,
    pub conditions: Json<Conditions>,
    pub trace_id: Option<String>,
    pub created_at: Timestamp,
    pub bound_at: Option<Timestamp>,
    pub ready_at: Option<Timestamp>,
    pub attempts: i32,
    pub generation: i64,
    pub observed_generation: i64,
    pub model_chosen: bool,
    pub template_latest: Option<i64>,
}

impl From<ClaimRow> for Claim {
    fn from(row: ClaimRow) -> Self {
        Self {
            id: row.id,
            pool: row.pool,
            phase: row.phase.into(),
            template_id: row.template_id,
            template_generation: row.template_generation,
            template_latest: row.template_latest,
            model_chosen: row.model_chosen,
            agent_name: row.agent_name,
            instructions: row.instructions,
            model: row.model,
            join_url: row.join_url,
            profile_image: row.profile_image,
            metadata: row.metadata.0,
            owner_id: row.owner_id,
            parent_instance: row.parent_instance.map(instance_id),
            instance_id: row.instance_id.map(instance_id),
            conversation_id: row.conversation_id,
            invite_url: row.invite_url,
            tools: row.tools.0,
            priority: row.priority,
            deadline_at: row.deadline_at,
            ttl_seconds: row.ttl_seconds.map(|seconds| u64::try_from(seconds).unwrap_or(0)),
            expires_at: row.expires_at,
            release_requested_at: row.release_requested_at,
            rebinds: count(row.rebinds),
            failure: row.failure.map(|json| json.0),
            conditions: row.conditions.0,
            trace_id: row.trace_id,
            created_at: row.created_at,
            bound_at: row.bound_at,
            ready_at: row.ready_at,
            attempts: count(row.attempts),
            generation: row.generation,
            observed_generation: row.observed_generation,
        }
    }
}

/// A row of `destroy_requests`.
pub(crate) struct DestroyRow {
    pub id: Uuid,
    pub instance_id: String,
    pub reason: String,
    pub requested_by: String,
    pub phase: String,
    pub attempts: i32,
    pub last_error: Option<String>,
    pub created_at: Timestamp,
    pub done_at: Option<Timestamp>,
}

impl From<DestroyRow> for DestroyRequest {
    fn from(row: DestroyRow) -> Self {
        Self {
            id: row.id,
            instance_id: instance_id(row.instance_id),
            reason: row.reason.into(),
            requested_by: row.requested_by,
            phase: row.phase.into(),
            attempts: count(row.attempts),
            last_error: row.last_error,
            created_at: row.created_at,
            done_at: row.done_at,
        }
    }
}

/// Ids in our rows were checked when they were written, and the column's CHECK holds them to it.
pub(crate) fn instance_id(text: String) -> InstanceId {
    match text.parse() {
        Ok(id) => id,
        Err(error) => panic!("{error}: found {text:?}"),
    }
}

/// Counters in our rows never fall below zero.
pub(crate) fn count(value: i32) -> u32 {
    u32::try_from(value).unwrap_or(0)
}

/// The smallest UUIDv7 of a moment: ids are ordered by time, so the primary key finds what is newer or older.
pub(crate) fn first_id_at(at: Timestamp) -> Uuid {
    let milliseconds = u64::try_from(at.timestamp_millis()).unwrap_or(0);
    Uuid::from_u128(u128::from(milliseconds) << 80)
}
