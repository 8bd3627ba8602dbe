//! How many members a pool makes or gives up (DESIGN section 5, "pool").
//!
//! Guarantees:
//! - intents count: a row that was inserted a moment ago is a member, so concurrent passes never overshoot;
//! - live members never exceed `maxInstances` from here (I3; surge belongs to rollouts);
//! - only idle members are given up.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::time::Duration;

use super::{Again, Decision};
use crate::Timestamp;
use crate::id::InstanceId;
use crate::record::PoolSpec;
use crate::words::{DeployStatus, InstanceStatus};

/// Most rows that one pass inserts or gives up; the next pass goes on.
pub const CHANGES_PER_PASS_MAX: usize = 100;
/// A pool looks again at least this often, whether or not anything woke it.
pub const RESYNC: Duration = Duration::from_secs(5);

/// A member that could be given up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Idle {
    /// The instance.
    pub id: InstanceId,
    /// `starting` or `ready`.
    pub status: InstanceStatus,
    /// What `services` last said.
    pub deploy_status: DeployStatus,
    /// Whether it runs another image than the pool's present one.
    pub old_image: bool,
    /// Creation.
    pub created_at: Timestamp,
    /// A person forbade to destroy it.
    pub protected: bool,
}

/// How many members there are, by status, and how many claims wait.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Census {
    /// Being created.
    pub starting: u32,
    /// Claimable.
    pub ready: u32,
    /// Bound, not finished.
    pub claiming: u32,
    /// Serving somebody.
    pub claimed: u32,
    /// Unwell for too long.
    pub stuck: u32,
    /// On their way out.
    pub destroying: u32,
    /// Claims in line.
    pub waiting: u32,
}

impl Census {
    /// Everything that exists or may exist outside.
    pub fn live(&self) -> u32 {
        self.starting + self.ready + self.claiming + self.claimed + self.stuck + self.destroying
    }

    /// Members that no claim has touched.
    pub fn idle(&self) -> u32 {
        self.starting + self.ready
    }
}

/// Whether new creations are worth their cost now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Creations {
    /// They work.
    Welcome,
    /// Most of them fail: hold rather than churn.
    Held {
        /// What they meet.
        why: String,
        /// When one may be tried.
        probe_at: Timestamp,
    },
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Insert this many rows with status `starting`.
    Create(usize),
    /// File destroy requests for these.
    Shrink(Vec<InstanceId>),
    /// Leave it alone.
    Nothing,
}

/// Plans the next step of a pool. `target` is the number of idle members wanted now (see [`sizing`]); `idle` lists
/// every starting and ready member when there are more than wanted, and may be empty otherwise.
pub fn pool(
    spec: &PoolSpec,
    target: u32,
    census: &Census,
    idle: &[Idle],
    creations: &Creations,
    now: Timestamp,
) -> Decision<Step> {
    let again = Again::After(RESYNC);
    if spec.paused {
        return Decision::new(Step::Nothing, "paused: neither creates nor shrinks", again);
    }
    let wanted = target.saturating_add(census.waiting);
    let have = census.idle();
    if have < wanted {
        return grow(spec, wanted - have, census, creations, now);
    }
    if have > wanted {
        return shrink((have - wanted) as usize, idle);
    }
    Decision::new(Step::Nothing, explain(target, census), again)
}

/// The number of idle members wanted now.
pub fn sizing(spec: &PoolSpec) -> u32 {
    spec.min_idle
}

fn grow(
    spec: &PoolSpec,
    missing: u32,
    census: &Census,
    creations: &Creations,
    now: Timestamp,
) -> Decision<Step> {
    let again = Again::After(RESYNC);
    let room = spec.max_instances.saturating_sub(census.live());
    if room == 0 {
        let reason =
            format!("{missing} wanted, but {} of {} instances exist", census.live(), spec.max_instances);
        return Decision::new(Step::Nothing, reason, again);
    }
    if let Creations::Held { why, probe_at } = creations {
        let wait = (*probe_at - now).to_std().unwrap_or_default();
        if !wait.is_zero() {
            let reason = format!("{missing} wanted, held: {why}");
            return Decision::new(Step::Nothing, reason, Again::After(wait.min(RESYNC)));
        }
        // One probe at a time: while it is on its way it counts as starting, and the hold stays.
        return Decision::new(Step::Create(1), format!("held: {why}; one probe"), again);
    }
    let count = (missing.min(room) as usize).min(CHANGES_PER_PASS_MAX);
    let again = if count < missing.min(room) as usize { Again::Now } else { again };
    Decision::new(Step::Create(count), format!("{missing} more wanted, room for {room}"), again)
}

/// Not ready first, then the oldest image, then the newest member: what has been well for long is worth most.
fn shrink(surplus: usize, idle: &[Idle]) -> Decision<Step> {
    let mut candidates: Vec<&Idle> = idle.iter().filter(|member| !member.protected).collect();
    candidates.sort_by_key(|member| {
        let claimable =
            member.status == InstanceStatus::Ready && member.deploy_status == DeployStatus::Healthy;
        (claimable, !member.old_image, Reverse(member.created_at), member.id.clone())
    });
    let count = surplus.min(CHANGES_PER_PASS_MAX);
    let ids: Vec<InstanceId> = candidates.into_iter().take(count).map(|member| member.id.clone()).collect();
    if ids.is_empty() {
        let reason = format!("{surplus} more than wanted, all protected");
        return Decision::new(Step::Nothing, reason, Again::After(RESYNC));
    }
    let again = if ids.len() < surplus { Again::Now } else { Again::After(RESYNC) };
    Decision::new(Step::Shrink(ids), format!("{surplus} more than wanted"), again)
}

fn explain(target: u32, census: &Census) -> Cow<'static, str> {
    let mut text = format!("{} of {target} idle ready", census.ready);
    if census.starting > 0 {
        text.push_str(&format!(", {} starting", census.starting));
    }
    if census.waiting > 0 {
        text.push_str(&format!(", {} claims in line", census.waiting));
    }
    text.into()
}

#[cfg(test)]
#[path = "pool_tests.rs"]
mod tests;
