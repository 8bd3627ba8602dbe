//! How many members a pool makes or gives up (DESIGN section 5, "pool").
//!
//! Guarantees:
//! - intents count: a row that was inserted a moment ago is a member, so concurrent passes never overshoot;
//! - live members never exceed `maxInstances` from here (I3; surge belongs to rollouts, see [`super::rollout`]);
//! - only idle members are given up.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::time::Duration;

use super::rollout::{self, Rolling, rollout};
use super::{Again, Decision};
use crate::Timestamp;
use crate::id::InstanceId;
use crate::record::PoolSpec;
use crate::words::{DeployStatus, DestroyReason, InstanceStatus};

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
    /// The image that it was asked to run; none is the default of `services`.
    pub image: Option<String>,
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
    /// Of all of them: do not answer although their deployments run.
    pub hidden: u32,
    /// Of the stuck ones: hidden, and no claim has touched them.
    pub hidden_idle: u32,
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

/// Everything that is known of a pool for one decision.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// What operators want.
    pub spec: &'a PoolSpec,
    /// The generation of the spec.
    pub generation: i64,
    /// Idle members wanted now (see [`super::sizing`]).
    pub target: u32,
    /// Counts.
    pub census: &'a Census,
    /// Every starting and ready member when there are more than wanted or a rollout needs them; may be empty otherwise.
    pub idle: &'a [Idle],
    /// Whether new creations are worth their cost.
    pub creations: &'a Creations,
    /// Most of the fleet cannot be reached (see [`super::outage`]).
    pub outage: bool,
    /// How far the rollout is.
    pub rollout: &'a Rolling,
    /// Canaries of this rollout that failed.
    pub canaries_failed: u32,
    /// Canaries of this rollout that claims took.
    pub canaries_taken: u32,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Insert this many rows with status `starting`.
    Create(usize, Option<String>),
    /// File destroy requests for these.
    Shrink(Vec<InstanceId>, DestroyReason),
    /// Remember how far the rollout is.
    Turn(Rolling),
    /// Leave it alone.
    Nothing,
}

/// Plans the next step of a pool: the rollout first, then the number of members.
pub fn pool(facts: &Facts<'_>, now: Timestamp) -> Decision<Step> {
    let again = Again::After(RESYNC);
    if facts.spec.paused {
        return Decision::new(Step::Nothing, "paused: neither creates nor shrinks", again);
    }
    let rolling = rollout(facts, now);
    let step = match rolling.step {
        rollout::Step::Turn(state) => Step::Turn(state),
        rollout::Step::Create(count) => Step::Create(count, facts.spec.image.clone()),
        rollout::Step::Retire(ids) => Step::Shrink(ids, DestroyReason::Rollout),
        rollout::Step::Nothing => {
            let mut sized = size(facts, now);
            if facts.rollout.phase != rollout::Phase::Settled {
                sized.reason = format!("{}; {}", sized.reason, rolling.reason).into();
            }
            sized.again = sooner(sized.again, rolling.again);
            return sized;
        }
    };
    Decision::new(step, rolling.reason, sooner(again, rolling.again))
}

fn sooner(one: Again, other: Again) -> Again {
    match (one, other) {
        (Again::Never, again) | (again, Again::Never) => again,
        (Again::Now, _) | (_, Again::Now) => Again::Now,
        (Again::After(one), Again::After(other)) => Again::After(one.min(other)),
    }
}

fn size(facts: &Facts<'_>, now: Timestamp) -> Decision<Step> {
    let (target, census) = (facts.target, facts.census);
    let wanted = target.saturating_add(census.waiting);
    // A canary that has not proven itself is no supply.
    let trying = facts.rollout.phase == rollout::Phase::Canary;
    let unproven = facts.idle.iter().filter(|member| {
        trying && member.image == facts.spec.image && member.status == InstanceStatus::Starting
    });
    let have = census.idle().saturating_sub(u32::try_from(unproven.count()).unwrap_or(u32::MAX));
    // In an outage those that went stuck are not replaced: they come back when it ends.
    let awaited = if facts.outage { census.hidden_idle } else { 0 };
    if have.saturating_add(awaited) < wanted {
        return grow(facts, wanted - have - awaited, now);
    }
    let most = wanted.saturating_add(facts.rollout.surge(facts.spec.max_surge));
    if have > most {
        return shrink((have - most) as usize, facts);
    }
    Decision::new(Step::Nothing, explain(target, census), Again::After(RESYNC))
}

fn grow(facts: &Facts<'_>, missing: u32, now: Timestamp) -> Decision<Step> {
    let (spec, census) = (facts.spec, facts.census);
    let image = facts.rollout.image_for_refill(spec.image.as_deref());
    let again = Again::After(RESYNC);
    let room = spec.max_instances.saturating_sub(census.live());
    if room == 0 {
        let reason =
            format!("{missing} wanted, but {} of {} instances exist", census.live(), spec.max_instances);
        return Decision::new(Step::Nothing, reason, again);
    }
    if let Creations::Held { why, probe_at } = facts.creations {
        let wait = (*probe_at - now).to_std().unwrap_or_default();
        if !wait.is_zero() {
            let reason = format!("{missing} wanted, held: {why}");
            return Decision::new(Step::Nothing, reason, Again::After(wait.min(RESYNC)));
        }
        // One probe at a time: while it is on its way it counts as starting, and the hold stays.
        return Decision::new(Step::Create(1, image), format!("held: {why}; one probe"), again);
    }
    let count = (missing.min(room) as usize).min(CHANGES_PER_PASS_MAX);
    let again = if count < missing.min(room) as usize { Again::Now } else { again };
    Decision::new(Step::Create(count, image), format!("{missing} more wanted, room for {room}"), again)
}

/// Not ready first, then the oldest image, then the newest member: what has been well for long is worth most.
fn shrink(surplus: usize, facts: &Facts<'_>) -> Decision<Step> {
    let wanted = facts.rollout.image_for_refill(facts.spec.image.as_deref());
    let mut candidates: Vec<&Idle> = facts.idle.iter().filter(|member| !member.protected).collect();
    candidates.sort_by_key(|member| {
        let claimable =
            member.status == InstanceStatus::Ready && member.deploy_status == DeployStatus::Healthy;
        (claimable, member.image == wanted, Reverse(member.created_at), member.id.clone())
    });
    let count = surplus.min(CHANGES_PER_PASS_MAX);
    let ids: Vec<InstanceId> = candidates.into_iter().take(count).map(|member| member.id.clone()).collect();
    if ids.is_empty() {
        let reason = format!("{surplus} more than wanted, all protected");
        return Decision::new(Step::Nothing, reason, Again::After(RESYNC));
    }
    let again = if ids.len() < surplus { Again::Now } else { Again::After(RESYNC) };
    Decision::new(Step::Shrink(ids, DestroyReason::Surplus), format!("{surplus} more than wanted"), again)
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
