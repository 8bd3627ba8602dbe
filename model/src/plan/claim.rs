//! What to do with one claim once it is recorded (DESIGN sections 5 and 6).
//!
//! Binding a pending claim to an instance is not here: it is one guarded statement, done when the claim arrives and
//! each time its pool is reconciled, in the order of the line.

use std::time::Duration;

use uuid::Uuid;

use super::{Again, Decision, age};
use crate::Timestamp;
use crate::record::{Claim, Failure};
use crate::words::{ClaimPhase, InstanceStatus, ToolPhase};

/// A claim is re-bound at most this often; then it fails and says why.
pub const REBINDS_MAX: u32 = 10;

/// What the claim's instance looks like now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// The claim has none.
    None,
    /// It has one, and the instance has this claim.
    Mine(InstanceStatus),
    /// The instance is going, gone, or another claim's.
    Lost,
}

impl Bound {
    /// What the instance of a claim is to it: `holder` is the claim that the instance has.
    pub fn of(claim: Uuid, holder: Option<Uuid>, status: InstanceStatus) -> Self {
        match status {
            InstanceStatus::Destroying | InstanceStatus::Deleted => Self::Lost,
            status if holder == Some(claim) => Self::Mine(status),
            _ => Self::Lost,
        }
    }
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Stay in line.
    Wait,
    /// Have these tools made (indexes into the claim's tools), side by side.
    Provision(Vec<usize>),
    /// Tell the agent who it is.
    Configure,
    /// Ask the agent whether it was let in.
    AskAcceptance,
    /// Its template changed: tell the agent again.
    Sync,
    /// Go back into line; the instance, if there is one, is destroyed as tainted.
    Rebind,
    /// End it: failed. The instance, if there is one, is destroyed.
    Fail(Failure),
    /// End it: released. The instance, if there is one, is destroyed first.
    Release(Ending),
    /// Leave it alone.
    Nothing,
}

/// Why a served claim ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Somebody asked.
    Requested,
    /// Its time to live passed.
    Expired,
    /// Its instance was destroyed by somebody's request.
    InstanceGone,
}

/// Plans the next step of a claim.
pub fn claim(claim: &Claim, bound: Bound, tick: Duration, now: Timestamp) -> Decision<Step> {
    if !claim.phase.is_live() {
        return Decision::new(Step::Nothing, "is over", Again::Never);
    }
    if claim.release_requested_at.is_some() {
        return Decision::new(
            Step::Release(Ending::Requested),
            "its release was asked for",
            Again::After(tick),
        );
    }
    match claim.phase {
        ClaimPhase::Ready => serve(claim, bound, tick, now),
        _ if now >= claim.deadline_at => {
            let waited = age(claim.created_at, now).as_secs();
            let doing = claim.phase;
            Decision::new(
                Step::Fail(Failure {
                    code: "deadline_exceeded".into(),
                    message: format!("not ready within its deadline: still {doing} after {waited} s"),
                }),
                "its deadline passed",
                Again::Never,
            )
        }
        ClaimPhase::Pending => {
            Decision::new(Step::Wait, "in line for an instance", until(claim.deadline_at, now))
        }
        _ => work(claim, bound, tick),
    }
}

fn serve(claim: &Claim, bound: Bound, tick: Duration, now: Timestamp) -> Decision<Step> {
    if bound == Bound::Lost || bound == Bound::None {
        return Decision::new(Step::Release(Ending::InstanceGone), "its instance is gone", Again::Never);
    }
    if claim.expires_at.is_some_and(|at| now >= at) {
        return Decision::new(Step::Release(Ending::Expired), "its time to live passed", Again::Now);
    }
    if claim.template_latest > claim.template_generation && claim.template_generation.is_some() {
        // An agent that does not answer is told when it does: its own reconciler has it.
        return if bound == Bound::Mine(InstanceStatus::Claimed) {
            Decision::new(Step::Sync, "its template changed", Again::After(tick))
        } else {
            Decision::new(
                Step::Nothing,
                "its template changed, and its instance is unwell",
                Again::After(tick),
            )
        };
    }
    match claim.expires_at {
        Some(at) => Decision::new(Step::Nothing, "is served until its time to live ends", until(at, now)),
        None => Decision::new(Step::Nothing, "is served", Again::Never),
    }
}

fn work(claim: &Claim, bound: Bound, tick: Duration) -> Decision<Step> {
    match bound {
        Bound::Mine(_) => {}
        Bound::None | Bound::Lost if claim.rebinds >= REBINDS_MAX => {
            return Decision::new(
                Step::Fail(Failure {
                    code: "instances_kept_failing".into(),
                    message: format!("{} instances in a row could not be personalised", claim.rebinds),
                }),
                "was given new instances too often",
                Again::Never,
            );
        }
        Bound::None | Bound::Lost => {
            return Decision::new(Step::Rebind, "its instance is lost: back into line", Again::Now);
        }
    }
    if claim.phase == ClaimPhase::PendingAcceptance {
        return Decision::new(Step::AskAcceptance, "the agent waits to be let in", Again::After(tick));
    }
    if let Some(refused) = claim.tools.iter().find(|tool| tool.phase == ToolPhase::Failed) {
        let why = refused.error.clone().unwrap_or_else(|| "refused".into());
        return Decision::new(
            Step::Fail(Failure {
                code: "tool_refused".into(),
                message: format!("{}: {why}", refused.tool_id),
            }),
            "a tool was refused for good",
            Again::Never,
        );
    }
    let open: Vec<usize> = claim
        .tools
        .iter()
        .enumerate()
        .filter(|(_, tool)| matches!(tool.phase, ToolPhase::Pending | ToolPhase::Provisioning))
        .map(|(index, _)| index)
        .collect();
    if open.is_empty() {
        Decision::new(Step::Configure, "everything it needs is there", Again::After(tick))
    } else {
        Decision::new(Step::Provision(open), "tools are missing", Again::Now)
    }
}

/// Looks again when `at` comes; at most a minute later than that by clock differences.
fn until(at: Timestamp, now: Timestamp) -> Again {
    Again::After((at - now).to_std().unwrap_or_default())
}

#[cfg(test)]
#[path = "claim_tests.rs"]
mod tests;
