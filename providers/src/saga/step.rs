//! One step that changes something outside: intent, send, result; and after a lost answer, look before repeating.

use std::time::Duration;

use chrono::{DateTime, Utc};
use model::delay::Curve;
use process::clock;
use tracing::{debug, info, warn};

use super::Work;
use crate::infra::Lane;
use crate::ledger::{Attempt, AttemptState, LedgerError, Turn};
use crate::vendor::{Class, Failure};

/// Delays after failures that surely had no effect, on the vendors' clock.
const AGAIN: Curve = Curve { first: Duration::from_millis(500), most: Duration::from_secs(30) };

/// A parent that we made a moment ago may not be readable everywhere: "not found" counts as "not yet" for so long.
const VISIBLE_WITHIN: Duration = Duration::from_secs(90);

const NOT_VISIBLE_RETRY: Duration = Duration::from_secs(2);
const CONFLICT_RETRY: Duration = Duration::from_secs(5);
const AUTH_RETRY: Duration = Duration::from_secs(60);

/// Where a step stands after a pass.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum StepEnd {
    /// Its effect is recorded.
    Done,
    /// Not before this has passed, on our clock.
    Wait(Duration),
    /// It cannot be done; the sentence says why.
    Refused(String),
}

/// What a step does outside, and how its effect is found again.
pub(super) trait Effect: Sync {
    /// What the call makes.
    type Made: Send;

    /// The step's name in the ledger.
    fn step(&self) -> &str;

    /// The lane that the call has to go through.
    fn lane(&self) -> Option<Lane> {
        None
    }

    /// Seconds on the vendors' clock between the looks for an effect whose answer was lost. After the last one, there was
    /// none, and the call may be repeated.
    fn looks(&self) -> &'static [u64];

    /// The call.
    fn send(&self, sent_at: DateTime<Utc>) -> impl Future<Output = Result<Self::Made, Failure>> + Send;

    /// Looks for the effect.
    fn look(
        &self,
        sent_at: DateTime<Utc>,
    ) -> impl Future<Output = Result<Option<Self::Made>, Failure>> + Send;

    /// Records the effect and confirms the attempt, in one transaction.
    fn record(
        &self,
        attempt: i64,
        made: Self::Made,
    ) -> impl Future<Output = Result<StepEnd, LedgerError>> + Send;
}

/// One pass of a step: at most one call and one look.
pub(super) async fn pass<E: Effect>(work: &Work, effect: &E) -> Result<StepEnd, LedgerError> {
    let ledger = &work.services.ledger;
    let latest = ledger.latest_attempt(&work.lease.instance_id, effect.step()).await?;
    let (attempt, number, first_at) = match latest {
        Some(attempt) if matches!(attempt.state, AttemptState::Sent | AttemptState::Ambiguous) => {
            return look(work, effect, &attempt).await;
        }
        Some(attempt) if attempt.state == AttemptState::Intent => {
            (attempt.id, attempt.number, attempt.first_at)
        }
        earlier => {
            let now = clock::now();
            let attempt = ledger.intend(&work.lease, effect.step(), now).await?;
            let first_at = earlier.as_ref().map_or(now, |earlier| earlier.first_at);
            (attempt, earlier.map_or(1, |earlier| earlier.number + 1), first_at)
        }
    };
    send(work, effect, attempt, number, first_at).await
}

async fn send<E: Effect>(
    work: &Work,
    effect: &E,
    attempt: i64,
    number: i32,
    first_at: DateTime<Utc>,
) -> Result<StepEnd, LedgerError> {
    let ledger = &work.services.ledger;
    let lane = effect.lane();
    if let Some(lane) = &lane {
        let turn =
            ledger.lane_turn(&lane.name, &work.lease.instance_id, LANE_PRIORITY, lane.distance).await?;
        if let Turn::Wait(wait) = turn {
            return Ok(StepEnd::Wait(wait));
        }
    }
    let sent_at = clock::now();
    ledger.sending(&work.lease, attempt, sent_at).await?;
    let outcome = effect.send(sent_at).await;
    if let Some(lane) = &lane {
        // From the answer on: the vendor counts from some moment between sending and answering.
        let told = outcome.as_ref().err().and_then(Failure::wait).map(|wait| work.services.pace.wait(wait));
        ledger.lane_close(&lane.name, told.unwrap_or_default().max(lane.distance)).await?;
    }
    let failure = match outcome {
        Ok(made) => return effect.record(attempt, made).await,
        Err(failure) => failure,
    };
    let young = clock::now() - first_at
        < chrono::Duration::from_std(work.services.pace.wait(VISIBLE_WITHIN)).unwrap_or_default();
    let next = after_failure(&failure, number, young, rand::random());
    warn!(
        instance.id = %work.lease.instance_id,
        step = effect.step(),
        class = %failure.class,
        "a step did not succeed: {failure}"
    );
    record_failure(work, attempt, &failure, &next).await?;
    Ok(match next {
        Next::Look(wait) | Next::Again(wait) => StepEnd::Wait(work.services.pace.wait(wait)),
        Next::Never => StepEnd::Refused(refusal(&failure)),
    })
}

/// Creations wait before shelf projects.
const LANE_PRIORITY: i32 = 1;

async fn record_failure(
    work: &Work,
    attempt: i64,
    failure: &Failure,
    next: &Next,
) -> Result<(), LedgerError> {
    let now = clock::now();
    let (state, look_at) = match next {
        Next::Look(wait) => (AttemptState::Ambiguous, Some(now + scaled(work, *wait))),
        Next::Again(_) | Next::Never => (AttemptState::Failed, None),
    };
    let ledger = &work.services.ledger;
    ledger.close_attempt(&work.lease, attempt, state, &failure.to_string(), look_at, now).await
}

async fn look<E: Effect>(work: &Work, effect: &E, attempt: &Attempt) -> Result<StepEnd, LedgerError> {
    let ledger = &work.services.ledger;
    let sent_at = attempt.sent_at.unwrap_or(attempt.intent_at);
    let schedule = effect.looks();
    let looks = usize::try_from(attempt.looks).unwrap_or(usize::MAX);
    let first_wait = Duration::from_secs(schedule.first().copied().unwrap_or_default());
    let due = attempt.look_at.unwrap_or(sent_at + scaled(work, first_wait));
    if let Ok(early) = (due - clock::now()).to_std()
        && !early.is_zero()
    {
        return Ok(StepEnd::Wait(early));
    }
    match effect.look(sent_at).await {
        Ok(Some(made)) => {
            info!(instance.id = %work.lease.instance_id, step = effect.step(), "the effect of a call without answer was found");
            metrics::counter!("services_adoptions_total", "step" => effect.step().to_owned()).increment(1);
            effect.record(attempt.id, made).await
        }
        Ok(None) => match schedule.get(looks + 1) {
            Some(seconds) => {
                let wait = Duration::from_secs(*seconds);
                ledger.looked(&work.lease, attempt.id, clock::now() + scaled(work, wait)).await?;
                Ok(StepEnd::Wait(work.services.pace.wait(wait)))
            }
            None => {
                debug!(instance.id = %work.lease.instance_id, step = effect.step(), "a call without answer had no effect");
                let error = "no effect was found";
                ledger
                    .close_attempt(&work.lease, attempt.id, AttemptState::Failed, error, None, clock::now())
                    .await?;
                Ok(StepEnd::Wait(Duration::ZERO))
            }
        },
        Err(failure) => {
            warn!(instance.id = %work.lease.instance_id, step = effect.step(), "could not look: {failure}");
            match after_failure(&failure, 1, true, rand::random()) {
                Next::Look(wait) | Next::Again(wait) => Ok(StepEnd::Wait(work.services.pace.wait(wait))),
                Next::Never => Ok(StepEnd::Refused(refusal(&failure))),
            }
        }
    }
}

/// What follows from a failed call. Waits are on the vendors' clock.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Next {
    /// It may have had its effect: look after this.
    Look(Duration),
    /// It had none: repeat after this.
    Again(Duration),
    /// A repeat cannot help.
    Never,
}

/// Pure: `young` says that the step's first attempt is so recent that what we made before may not be visible yet.
fn after_failure(failure: &Failure, number: i32, young: bool, chance: f64) -> Next {
    match failure.class {
        Class::Transient => Next::Again(AGAIN.after(u32::try_from(number).unwrap_or(1), chance)),
        Class::RateLimited { wait } => Next::Again(wait),
        Class::Ambiguous => Next::Look(NOT_VISIBLE_RETRY),
        Class::Conflict => Next::Look(Duration::ZERO),
        Class::NotVisibleYet => Next::Again(NOT_VISIBLE_RETRY),
        Class::ConflictWait => Next::Again(CONFLICT_RETRY),
        Class::NotFound | Class::Forbidden if young => Next::Again(NOT_VISIBLE_RETRY),
        Class::Auth => Next::Again(AUTH_RETRY),
        Class::NotFound | Class::Forbidden | Class::PlanLimit | Class::Invalid | Class::Permanent => {
            Next::Never
        }
    }
}

/// The vendor's reason in our words.
pub(super) fn refusal(failure: &Failure) -> String {
    let (vendor, operation) = (failure.vendor, failure.operation);
    match failure.class {
        Class::PlanLimit => {
            format!("{vendor} allows no further {operation}: the account's plan or balance is used up")
        }
        Class::Forbidden => format!("{vendor} does not allow {operation} to our key"),
        Class::NotFound => format!("{vendor} does not know what {operation} needs"),
        Class::Invalid => format!("{vendor} finds the request {operation} wrong"),
        class => format!("{vendor} refused {operation} for good ({class})"),
    }
}

fn scaled(work: &Work, wait: Duration) -> chrono::Duration {
    chrono::Duration::from_std(work.services.pace.wait(wait)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(class: Class) -> Failure {
        Failure::local("railway", "ProjectCreate", class, "text")
    }

    #[test]
    fn a_call_that_may_have_had_its_effect_is_never_simply_repeated() {
        for class in [Class::Ambiguous, Class::Conflict] {
            assert!(matches!(after_failure(&failure(class), 1, false, 0.5), Next::Look(_)), "{class}");
        }
    }

    #[test]
    fn only_a_repeat_that_can_help_is_made() {
        for class in [Class::PlanLimit, Class::Invalid, Class::Permanent, Class::Forbidden, Class::NotFound] {
            assert_eq!(after_failure(&failure(class), 1, false, 0.5), Next::Never, "{class}");
        }
        assert_eq!(after_failure(&failure(Class::NotFound), 1, true, 0.5), Next::Again(NOT_VISIBLE_RETRY));
        let told = Class::RateLimited { wait: Duration::from_secs(30) };
        assert_eq!(after_failure(&failure(told), 9, false, 0.5), Next::Again(Duration::from_secs(30)));
    }

    #[test]
    fn repeats_of_a_failing_call_come_further_and_further_apart() {
        let wait = |number| match after_failure(&failure(Class::Transient), number, false, 1.0) {
            Next::Again(wait) => wait,
            other => panic!("{other:?}"),
        };
        assert!(wait(1) < wait(3) && wait(3) < wait(6));
        assert_eq!(wait(30), AGAIN.most);
    }
}
