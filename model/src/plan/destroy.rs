//! What to do with one destroy request (DESIGN section 5, "destroy"): first the mark, in a pass of its own, then the
//! calls, until everything is confirmed gone. It never gives up (I10).

use std::time::Duration;

use super::{Again, Decision};
use crate::delay::Curve;
use crate::record::DestroyRequest;
use crate::words::{DestroyPhase, InstanceStatus};

/// Waits between calls that did not finish.
pub const RETRY: Curve = Curve { first: Duration::from_secs(1), most: Duration::from_secs(60) };

/// One step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Write `destroying` into the instance, guarded, before any call.
    Mark,
    /// Ask `services` to destroy it, or to go on.
    Call,
    /// The instance is a tombstone already: done.
    Finish,
    /// Leave it alone.
    Nothing,
}

/// Plans the next step of a destroy request. `instance` is the status of its instance, if there is a row.
pub fn destroy(request: &DestroyRequest, instance: Option<InstanceStatus>) -> Decision<Step> {
    match (request.phase, instance) {
        (DestroyPhase::Done, _) => Decision::new(Step::Nothing, "is done", Again::Never),
        (_, None | Some(InstanceStatus::Deleted)) => {
            Decision::new(Step::Finish, "the instance is gone already", Again::Never)
        }
        (_, Some(InstanceStatus::Destroying)) => Decision::new(
            Step::Call,
            "until everything is confirmed gone",
            Again::After(RETRY.base(request.attempts.max(1))),
        ),
        (_, Some(status)) => {
            Decision::new(Step::Mark, format!("{status}: nothing may take it from now on"), Again::Now)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::DestroyReason;

    fn request(phase: DestroyPhase) -> DestroyRequest {
        DestroyRequest {
            id: uuid::Uuid::nil(),
            instance_id: "abcdef123456".parse().unwrap(),
            reason: DestroyReason::Operator,
            requested_by: "admin".into(),
            phase,
            attempts: 0,
            last_error: None,
            created_at: crate::Timestamp::UNIX_EPOCH,
            done_at: None,
        }
    }

    #[test]
    fn no_call_goes_out_before_the_mark_is_written() {
        for status in InstanceStatus::ALL {
            let step = destroy(&request(DestroyPhase::Pending), Some(*status)).step;
            match status {
                InstanceStatus::Destroying => assert_eq!(step, Step::Call),
                InstanceStatus::Deleted => assert_eq!(step, Step::Finish),
                _ => assert_eq!(step, Step::Mark, "{status}"),
            }
        }
    }

    #[test]
    fn a_request_never_ends_but_by_the_instance_being_gone() {
        let mut slow = request(DestroyPhase::Destroying);
        slow.attempts = 1_000_000;
        let decision = destroy(&slow, Some(InstanceStatus::Destroying));
        assert_eq!(decision.step, Step::Call);
        assert_eq!(decision.again, Again::After(RETRY.most));
    }
}
