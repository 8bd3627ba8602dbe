//! What to do with one instance (DESIGN section 5, "instance").
//!
//! Guarantees:
//! - a claimed instance is never destroyed from here, whatever is observed (I11);
//! - `unknown` changes nothing;
//! - an instance that a claim has touched never becomes `ready` again (I5);
//! - in an outage ([`super::outage`]) a stuck member that is hidden is never replaced, and redeployed only in its turn.

use std::time::Duration;

use super::outage::{Held, Patience};
use super::{Again, Decision, age};
use crate::Timestamp;
use crate::delay::Curve;
use crate::record::Instance;
use crate::words::{DeployStatus, DestroyReason, InstanceStatus};

/// Limits that the plan needs beside the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Unwell for longer than this: stuck.
    pub stuck_timeout: Duration,
    /// Health check of an instance that settled.
    pub tick: Duration,
    /// Health check of one that is starting, recovering or being redeployed.
    pub fast: Duration,
    /// Redeploys of a stuck claimed instance before a person has to look.
    pub recoveries_max: u32,
    /// Waits between them.
    pub recovery: Curve,
    /// Health for this long makes the count start anew.
    pub recovery_reset: Duration,
    /// Waits of an outage.
    pub patience: Patience,
    /// Most of the fleet cannot be reached now.
    pub outage: Option<Held>,
}

/// Waits between redeploys of a stuck claimed instance: 1, 2, 4 … minutes.
pub const RECOVERY: Curve = Curve { first: Duration::from_secs(60), most: Duration::from_secs(3600) };
/// Redeploys of a stuck claimed instance before a person has to look.
pub const RECOVERIES_MAX: u32 = 5;
/// Health for this long makes the count of recoveries start anew.
pub const RECOVERY_RESET: Duration = Duration::from_secs(3600);
/// Health check of an instance that is starting or recovering.
pub const FAST: Duration = Duration::from_secs(1);
/// `services` says it has no such instance: believed only when said twice.
pub const MISSING_SIGHTINGS: u32 = 2;

/// What is known beside the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// Nobody looked yet in this pass.
    NotLooked,
    /// `services` said this.
    Status(DeployStatus),
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Ask `services` to create it, or to go on creating it.
    Create,
    /// Ask `services` how it is.
    Look,
    /// Note what was seen, without a change of status.
    Note(DeployStatus),
    /// Note what was seen and change the status.
    Become(DeployStatus, InstanceStatus),
    /// Ask `services` to redeploy it, as somebody wished.
    Redeploy,
    /// Ask `services` to redeploy it, to recover it.
    Recover,
    /// File a destroy request.
    RequestDestroy(DestroyReason),
    /// Say that recovery is exhausted; a person has to look.
    GiveUpRecovery,
    /// Leave it alone.
    Nothing,
}

/// Plans the next step of an instance.
pub fn instance(instance: &Instance, seen: Seen, policy: &Policy, now: Timestamp) -> Decision<Step> {
    match instance.status {
        InstanceStatus::Deleted => Decision::new(Step::Nothing, "is gone", Again::Never),
        InstanceStatus::Destroying => {
            Decision::new(Step::Nothing, "its destroy request has it", Again::Never)
        }
        _ if instance.url.is_none() => create(instance, policy),
        _ => match seen {
            Seen::NotLooked => before_looking(instance, policy, now),
            Seen::Status(status) => judge(instance, status, policy, now),
        },
    }
}

/// Without an address the creation is not finished, however often it was tried. Creation waits for lanes and vendors,
/// so time alone never makes it stuck; only a permanent refusal ends it, and that comes from the call itself.
fn create(instance: &Instance, policy: &Policy) -> Decision<Step> {
    if instance.failure.is_some() {
        return Decision::new(
            Step::RequestDestroy(DestroyReason::FailedCreate),
            "its creation was refused for good",
            Again::After(policy.tick),
        );
    }
    Decision::new(Step::Create, "has no address yet", Again::After(policy.fast))
}

fn before_looking(instance: &Instance, policy: &Policy, now: Timestamp) -> Decision<Step> {
    if instance.redeploy.as_ref().is_some_and(|wish| wish.sent_at.is_none()) {
        return Decision::new(Step::Redeploy, "a redeploy was asked for", Again::After(policy.fast));
    }
    if instance.status == InstanceStatus::Stuck {
        if let Some(held) = held(instance, policy) {
            // What was seen a moment ago may be over: nothing is done in an outage without a look just before.
            return Decision::new(Step::Look, held.to_string(), Again::After(pace(instance, policy)));
        }
        if !instance.is_personalised() && instance.protected {
            let again = Again::After(pace(instance, policy));
            return Decision::new(Step::Look, "stuck and nobody's, but a person protects it", again);
        }
        if !instance.is_personalised() {
            let reason = DestroyReason::Stuck;
            return Decision::new(
                Step::RequestDestroy(reason),
                "stuck and nobody's: replace it",
                Again::After(policy.tick),
            );
        }
        if let Some(recovery) = recover(instance, policy, now) {
            return recovery;
        }
    }
    Decision::new(Step::Look, "time for its health check", Again::After(pace(instance, policy)))
}

/// Whether a stuck claimed instance is due for a redeploy. `None`: its turn is not yet come, look at its health.
fn recover(instance: &Instance, policy: &Policy, now: Timestamp) -> Option<Decision<Step>> {
    if instance.recoveries >= policy.recoveries_max {
        let said = instance.conditions.is_true("RecoveryExhausted");
        return (!said).then(|| {
            Decision::new(
                Step::GiveUpRecovery,
                format!("{} redeploys did not help", instance.recoveries),
                Again::After(policy.tick),
            )
        });
    }
    let wait = policy.recovery.base(instance.recoveries);
    let waited = instance.recovered_at.is_none_or(|at| age(at, now) >= wait);
    waited.then(|| {
        Decision::new(
            Step::Recover,
            format!(
                "stuck while serving somebody: redeploy {} of {}",
                instance.recoveries + 1,
                policy.recoveries_max
            ),
            Again::After(policy.fast),
        )
    })
}

fn judge(instance: &Instance, seen: DeployStatus, policy: &Policy, now: Timestamp) -> Decision<Step> {
    let again = Again::After(pace(instance, policy));
    match seen {
        DeployStatus::Unknown => {
            Decision::new(Step::Note(seen), "nobody could say: leave it as it is", again)
        }
        DeployStatus::Healthy => well(instance, policy),
        // A probe's own deploy may have failed for the same reason that hides the others.
        DeployStatus::Unreachable | DeployStatus::DeployFailed
            if instance.status == InstanceStatus::Stuck =>
        {
            match held(instance, policy) {
                Some(held) => probe(instance, seen, held, policy, now),
                None => unwell(instance, seen, policy, now),
            }
        }
        // `deploying` also of one that was well: the vendor moves hosts by itself. Normal, until it takes too long.
        DeployStatus::Deploying
        | DeployStatus::DeployFailed
        | DeployStatus::Unreachable
        | DeployStatus::NotFound => unwell(instance, seen, policy, now),
    }
}

/// The outage that a hidden member is part of.
fn held<'a>(instance: &Instance, policy: &'a Policy) -> Option<&'a Held> {
    policy.outage.as_ref().filter(|_| instance.hidden)
}

/// Whether a hidden member may be the one that is redeployed, to learn whether that helps.
fn probe(
    instance: &Instance,
    seen: DeployStatus,
    held: &Held,
    policy: &Policy,
    now: Timestamp,
) -> Decision<Step> {
    let wait = policy.recovery.base(instance.recoveries).max(policy.patience.probe_within);
    let recovered = |at: Timestamp| age(at, now) < wait;
    let why_not = if instance.protected && !instance.is_personalised() {
        "a person protects it"
    } else if instance.recoveries >= policy.recoveries_max {
        "it was redeployed as often as allowed"
    } else if instance.recovered_at.is_some_and(recovered) {
        "its own redeploy has time yet"
    } else if held.free == 0 {
        "it waits for its turn"
    } else {
        let again = Again::After(policy.fast);
        return Decision::new(Step::Recover, format!("{held}: redeployed in its turn"), again);
    };
    let again = Again::After(pace(instance, policy));
    Decision::new(Step::Note(seen), format!("{held}: {why_not}"), again)
}

/// The agent answers.
fn well(instance: &Instance, policy: &Policy) -> Decision<Step> {
    let healthy = DeployStatus::Healthy;
    let (next, reason) = match instance.status {
        InstanceStatus::Starting => (InstanceStatus::Ready, "answers for the first time"),
        InstanceStatus::Stuck if instance.is_personalised() => (InstanceStatus::Claimed, "answers again"),
        // Only one that is protected lives to see this: others are replaced.
        InstanceStatus::Stuck => (InstanceStatus::Ready, "answers again"),
        _ => return Decision::new(Step::Note(healthy), "is well", Again::After(policy.tick)),
    };
    Decision::new(Step::Become(healthy, next), reason, Again::After(policy.tick))
}

/// The agent does not answer, or its deployment did not end well. Time decides.
fn unwell(instance: &Instance, seen: DeployStatus, policy: &Policy, now: Timestamp) -> Decision<Step> {
    let again = Again::After(pace(instance, policy));
    let gone = seen == DeployStatus::NotFound && instance.missing_sightings + 1 >= MISSING_SIGHTINGS;
    let since = instance.unhealthy_since.unwrap_or(now);
    let too_long = age(since, now) >= policy.stuck_timeout;
    match instance.status {
        InstanceStatus::Starting | InstanceStatus::Ready | InstanceStatus::Claimed if gone || too_long => {
            let reason = if gone {
                "services has no such instance, said twice".to_owned()
            } else {
                format!("{seen} for {} s", age(since, now).as_secs())
            };
            Decision::new(Step::Become(seen, InstanceStatus::Stuck), reason, Again::Now)
        }
        _ => Decision::new(Step::Note(seen), format!("{seen}: wait and look again"), again),
    }
}

fn settled(instance: &Instance) -> bool {
    matches!(instance.status, InstanceStatus::Ready | InstanceStatus::Claimed)
        && instance.deploy_status == DeployStatus::Healthy
        // One that waits for its turn serves as before; whoever ends a redeploy wakes it.
        && instance.redeploy.as_ref().is_none_or(|wish| wish.begun_at.is_none())
}

fn pace(instance: &Instance, policy: &Policy) -> Duration {
    if settled(instance) { policy.tick } else { policy.fast }
}

#[cfg(test)]
#[path = "instance_tests.rs"]
mod tests;
