//! Wire types of `GET /api/status`: how the whole system is.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::PoolView;
use crate::condition::Conditions;
use crate::services::{VendorBudget, VendorLane, VendorShelf, VendorState};

/// Answer of `GET /api/status`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct SystemStatus {
    /// Version of this program.
    pub version: String,
    /// Members of all pools by status, and claims in line.
    pub counts: Counts,
    /// `Available`: every pool that wants idle members has ready ones. `Degraded`: a pool is, or a queue lags.
    /// `ServicesReachable`: the last call was answered.
    pub conditions: Conditions,
    /// All pools.
    pub pools: Vec<PoolView>,
    /// Queues of the reconcilers.
    pub reconcilers: Vec<ReconcilerStatus>,
    /// Replicas that hold a lease now.
    pub replicas: Vec<String>,
    /// Whether `services` answers.
    pub services: ServicesStatus,
    /// The vendors behind the instances and their tools, as `services` last said; nothing when it never answered.
    pub vendors: Vec<VendorState>,
    /// What is left of the vendors' request budgets, where they say.
    pub budgets: Vec<VendorBudget>,
    /// The serial lanes that creations wait in.
    pub lanes: Vec<VendorLane>,
    /// Empty projects that are kept for bursts.
    pub shelf: VendorShelf,
}

/// Members of all pools by status.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Counts {
    /// Can be claimed.
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
}

/// One reconciler's queue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ReconcilerStatus {
    /// The reconciler, by the word of its metrics.
    pub kind: String,
    /// Records that are due and not leased.
    pub depth: u64,
    /// Records under a lease.
    pub leased: u64,
    /// How long the oldest due record waits, in seconds.
    pub oldest_due_seconds: f64,
    /// Records whose last pass failed, and that are tried again.
    pub retrying: u64,
    /// Passes over them that failed since one worked.
    pub errors: u64,
    /// What the one that failed most often met last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
}

/// Whether `services` answers.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ServicesStatus {
    /// The last call was answered.
    pub reachable: bool,
    /// When it last answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered_at: Option<DateTime<Utc>>,
    /// What went wrong since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}
