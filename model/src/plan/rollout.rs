//! How a pool's idle members come to run a new image (DESIGN section 5, "rollout").
//!
//! Guarantees:
//! - a new image is tried with a few members first (the canaries); until they are healthy, everything else that is made
//!   runs the image that is known to work, so a bad image never empties the pool;
//! - a canary that fails, or is not healthy in time, stops the rollout, and it stays stopped until the spec changes;
//! - live members never exceed `maxInstances + maxSurge`, ready ones never fall more than `maxUnavailable` below the
//!   target because of a rollout;
//! - members that serve somebody are not touched: they are redeployed only when a person asks.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::pool::{CHANGES_PER_PASS_MAX, Creations, Facts, Idle};
use super::{Again, Decision, age};
use crate::Timestamp;
use crate::id::InstanceId;
use crate::words::{DeployStatus, InstanceStatus};

/// How soon a rollout is looked at again while it waits for members to become healthy; they wake it too.
const PACE: Duration = Duration::from_secs(2);

/// How far a rollout is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Nothing to roll out.
    #[default]
    Settled,
    /// The first members with the new image are being tried.
    Canary,
    /// They are well; the others are being replaced.
    Rolling,
    /// They are not well: stopped until the spec changes.
    Stopped,
}

/// An image by its name; none is the default of `services`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    /// Its reference.
    pub reference: Option<String>,
}

/// What a pool remembers of its rollout. Only the pool's reconciler writes it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Rolling {
    /// How far it is.
    pub phase: Phase,
    /// The image with which a member was last seen healthy as the pool's own; nothing before the first.
    pub proven: Option<Image>,
    /// The image that is being rolled out.
    pub image: Image,
    /// When the phase began.
    pub since: Option<Timestamp>,
    /// The generation of the pool's spec for which this holds.
    pub generation: i64,
    /// Why it stopped.
    pub why: String,
}

impl Rolling {
    /// The image of members that are made to fill the pool: the one that is known to work while another is tried.
    pub fn image_for_refill(&self, wanted: Option<&str>) -> Option<String> {
        match (&self.proven, self.phase) {
            (Some(proven), Phase::Canary | Phase::Stopped) => proven.reference.clone(),
            _ => wanted.map(str::to_owned),
        }
    }

    /// Whether every idle member has to be known to plan the next step.
    pub fn needs_members(&self, generation: i64) -> bool {
        self.phase != Phase::Settled || self.generation != generation || self.proven.is_none()
    }

    /// Extra members that may exist now.
    pub fn surge(&self, most: u32) -> u32 {
        if matches!(self.phase, Phase::Canary | Phase::Rolling) { most } else { 0 }
    }
}

/// One step of a rollout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Remember this.
    Turn(Rolling),
    /// Make this many members with the new image.
    Create(usize),
    /// Give these up.
    Retire(Vec<InstanceId>),
    /// Nothing now; ordinary sizing may go on.
    Nothing,
}

/// What is known of the members for a rollout.
struct View<'a> {
    facts: &'a Facts<'a>,
    new: Vec<&'a Idle>,
    old: Vec<&'a Idle>,
}

impl<'a> View<'a> {
    fn of(facts: &'a Facts<'a>) -> Self {
        let (new, old) = facts.idle.iter().partition(|member| member.image == facts.spec.image);
        Self { facts, new, old }
    }

    fn new_ready(&self) -> usize {
        self.new.iter().filter(|member| is_ready(member)).count()
    }

    fn replaceable(&self) -> Vec<&'a Idle> {
        self.old.iter().copied().filter(|member| !member.protected).collect()
    }

    /// Members that may still be made, the surge included.
    fn room(&self) -> usize {
        let most = self.facts.spec.max_instances.saturating_add(self.facts.spec.max_surge);
        most.saturating_sub(self.facts.census.live()) as usize
    }

    /// Idle members that can exist at a time, the surge included.
    fn seats(&self) -> usize {
        self.room() + self.facts.idle.len()
    }

    /// Ready members that may be given up now without falling too far below the target.
    fn spare(&self) -> usize {
        let rollout = self.facts.spec.rollout.clone().unwrap_or_default();
        // Neither surge nor absence allowed would be no rollout at all.
        let stuck = self.facts.spec.max_surge == 0 || self.room() == 0;
        let unavailable = if stuck { rollout.max_unavailable.max(1) } else { rollout.max_unavailable };
        let ready = self.facts.idle.iter().filter(|member| is_ready(member)).count();
        ready.saturating_sub(self.facts.target.saturating_sub(unavailable) as usize)
    }

    fn wanted(&self) -> usize {
        self.facts.target.saturating_add(self.facts.census.waiting) as usize
    }
}

fn is_ready(member: &Idle) -> bool {
    member.status == InstanceStatus::Ready && member.deploy_status == DeployStatus::Healthy
}

/// Plans the next step of a rollout.
pub fn rollout(facts: &Facts<'_>, now: Timestamp) -> Decision<Step> {
    let state = facts.rollout;
    if !state.needs_members(facts.generation) {
        return Decision::new(Step::Nothing, "no rollout", Again::Never);
    }
    let view = View::of(facts);
    let image = Image { reference: facts.spec.image.clone() };
    let turned = |phase, proven: Option<Image>, why: &str| {
        Step::Turn(Rolling {
            phase,
            proven,
            image: image.clone(),
            since: Some(now),
            generation: facts.generation,
            why: why.to_owned(),
        })
    };
    // What a healthy member runs is known to work, the wanted image before any other. As long as none is healthy there
    // is nothing to fall back to, and no canary.
    if state.proven.is_none()
        && let Some(healthy) = view.new.iter().chain(&view.old).find(|member| is_ready(member))
    {
        let known = Image { reference: healthy.image.clone() };
        let generation = if known == image { facts.generation } else { 0 };
        let settled = view.replaceable().is_empty() || known != image;
        let phase = if settled { Phase::Settled } else { Phase::Rolling };
        let rolling =
            Rolling { phase, proven: Some(known), image, since: Some(now), generation, why: String::new() };
        return Decision::new(Step::Turn(rolling), "the first member is healthy", Again::Now);
    }
    let proven = state.proven.as_ref().is_none_or(|proven| *proven == image);
    match state.phase {
        _ if proven && view.replaceable().is_empty() => settle(facts, &view, turned, &image),
        Phase::Settled | Phase::Stopped | Phase::Canary if proven => {
            // Back to what is known to work, or members that came with another image.
            let step = turned(Phase::Rolling, state.proven.clone(), "");
            Decision::new(step, "idle members run another image", Again::Now)
        }
        Phase::Rolling if proven => roll(&view),
        Phase::Canary if state.image == image => canary(&view, turned, &image, now),
        Phase::Stopped if state.image == image && state.generation == facts.generation => stopped(&view),
        _ => begin(&view, turned),
    }
}

fn settle(
    facts: &Facts<'_>,
    view: &View<'_>,
    turned: impl Fn(Phase, Option<Image>, &str) -> Step,
    image: &Image,
) -> Decision<Step> {
    let state = facts.rollout;
    if state.phase == Phase::Settled && state.generation == facts.generation {
        return Decision::new(Step::Nothing, "no member has been healthy yet", Again::Never);
    }
    let known = state.proven.clone().filter(|proven| proven == image);
    let reason = format!("all {} idle members run the pool's image", view.new.len());
    Decision::new(turned(Phase::Settled, known, ""), reason, Again::Now)
}

fn begin(view: &View<'_>, turned: impl Fn(Phase, Option<Image>, &str) -> Step) -> Decision<Step> {
    if view.wanted() == 0 && view.facts.idle.is_empty() {
        return Decision::new(Step::Nothing, "a new image, and no idle member to replace", Again::Never);
    }
    let rollout = view.facts.spec.rollout.clone().unwrap_or_default();
    if rollout.canary == 0 {
        let image = Image { reference: view.facts.spec.image.clone() };
        return Decision::new(turned(Phase::Rolling, Some(image), ""), "a new image, no canary", Again::Now);
    }
    let step = turned(Phase::Canary, view.facts.rollout.proven.clone(), "");
    Decision::new(step, "a new image: canaries first", Again::Now)
}

fn canary(
    view: &View<'_>,
    turned: impl Fn(Phase, Option<Image>, &str) -> Step,
    image: &Image,
    now: Timestamp,
) -> Decision<Step> {
    let rollout = view.facts.spec.rollout.clone().unwrap_or_default();
    let state = view.facts.rollout;
    let proven = state.proven.clone();
    // A canary that a claim took meanwhile was healthy too.
    let healthy = view.new_ready() + view.facts.canaries_taken as usize;
    // Where fewer idle members fit than canaries are wanted, fewer have to do.
    let wanted = (rollout.canary as usize).min(view.seats()).max(1);
    if healthy >= wanted {
        let reason = format!("{healthy} canaries are healthy");
        return Decision::new(turned(Phase::Rolling, Some(image.clone()), ""), reason, Again::Now);
    }
    if view.facts.canaries_failed > 0 {
        let why = format!("{} canaries failed", view.facts.canaries_failed);
        return Decision::new(turned(Phase::Stopped, proven, &why), why, Again::Now);
    }
    let waited = state.since.map(|since| age(since, now)).unwrap_or_default();
    let limit = Duration::from_millis(rollout.canary_timeout_ms);
    if waited >= limit {
        let why = format!("{healthy} of {wanted} canaries are healthy after {} s", waited.as_secs());
        return Decision::new(turned(Phase::Stopped, proven, &why), why, Again::Now);
    }
    let again = Again::After(PACE.min(limit.saturating_sub(waited)));
    let missing = wanted.saturating_sub(view.new.len() + view.facts.canaries_taken as usize);
    if missing == 0 {
        let reason = format!("canaries: {healthy} of {wanted} healthy for {} s", waited.as_secs());
        return Decision::new(Step::Nothing, reason, again);
    }
    if view.room() > 0 {
        let count = missing.min(view.room());
        return Decision::new(Step::Create(count), format!("{count} canaries with the new image"), again);
    }
    let mut old = view.replaceable();
    old.retain(|member| !is_ready(member) || view.spare() > 0);
    match worst_first(old).first() {
        Some(member) => {
            let step = Step::Retire(vec![member.id.clone()]);
            Decision::new(step, "no room for a canary: one old member makes it", again)
        }
        None => Decision::new(Step::Nothing, "no room for a canary yet", again),
    }
}

/// What was made with the bad image and never became healthy is of no use to anybody.
fn stopped(view: &View<'_>) -> Decision<Step> {
    let hopeless = view.new.iter().filter(|member| !is_ready(member) && !member.protected);
    let ids: Vec<InstanceId> = hopeless.take(CHANGES_PER_PASS_MAX).map(|member| member.id.clone()).collect();
    let reason = format!("rollout stopped: {}", view.facts.rollout.why);
    if ids.is_empty() {
        return Decision::new(Step::Nothing, reason, Again::Never);
    }
    Decision::new(Step::Retire(ids), reason, Again::Now)
}

fn roll(view: &View<'_>) -> Decision<Step> {
    let old = view.replaceable();
    let total = view.new.len() + old.len();
    let reason = format!("rollout: {} of {total} idle members run the new image", view.new.len());
    let again = Again::After(PACE);
    // What is not ready serves nobody and costs nothing to replace.
    let spare = view.spare();
    let (mut ready, mut ids) = (0, Vec::new());
    for member in worst_first(old) {
        if is_ready(member) {
            ready += 1;
            if ready > spare {
                break;
            }
        }
        ids.push(member.id.clone());
    }
    ids.truncate(CHANGES_PER_PASS_MAX);
    if !ids.is_empty() {
        return Decision::new(Step::Retire(ids), reason, Again::Now);
    }
    if matches!(view.facts.creations, Creations::Held { .. }) {
        return Decision::new(Step::Nothing, reason, again);
    }
    let most = view.wanted() + view.facts.spec.max_surge as usize;
    let missing = view.wanted().saturating_sub(view.new.len());
    let count = missing.min(most.saturating_sub(view.facts.idle.len())).min(view.room());
    if count > 0 {
        return Decision::new(Step::Create(count.min(CHANGES_PER_PASS_MAX)), reason, again);
    }
    Decision::new(Step::Nothing, reason, again)
}

/// Not ready first, then the oldest.
fn worst_first(mut members: Vec<&Idle>) -> Vec<&Idle> {
    members.sort_by_key(|member| (is_ready(member), member.created_at, member.id.clone()));
    members
}

#[cfg(test)]
#[path = "rollout_tests.rs"]
mod tests;
