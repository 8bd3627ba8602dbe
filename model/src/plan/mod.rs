//! Every decision about what *should* happen, as pure functions over values.
//!
//! A plan reads a record, what was observed, and `now`; it answers one step, the reason in words, and when to look
//! again. Reconcilers carry the step out and record the result; `explain` calls the same functions and carries nothing
//! out. Nothing here can fail: a record that makes no sense is left alone, and the reason says so.

pub mod audit;
pub mod claim;
pub mod destroy;
pub mod instance;
pub mod outage;
pub mod pool;
pub mod rollout;
pub mod sizing;

use std::borrow::Cow;
use std::time::Duration;

/// One step, why, and when to look again.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision<Step> {
    /// What to do now.
    pub step: Step,
    /// Why, in words for people.
    pub reason: Cow<'static, str>,
    /// When the record is due again once the step is done.
    pub again: Again,
}

/// When a record is due again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Again {
    /// After this time, or sooner when something wakes it.
    After(Duration),
    /// At once: the step made a further one possible.
    Now,
    /// Not before its spec changes.
    Never,
}

impl<Step> Decision<Step> {
    pub(crate) fn new(step: Step, reason: impl Into<Cow<'static, str>>, again: Again) -> Self {
        Self { step, reason: reason.into(), again }
    }
}

impl std::fmt::Display for Again {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::After(wait) if wait.as_secs() >= 60 => write!(f, "in {} min", wait.as_secs() / 60),
            Self::After(wait) => write!(f, "in {:.1} s", wait.as_secs_f64()),
            Self::Now => f.write_str("at once"),
            Self::Never => f.write_str("when its spec changes"),
        }
    }
}

/// How long `since` is ago; nothing when it lies in the future (clocks of replicas differ a little).
pub(crate) fn age(since: crate::Timestamp, now: crate::Timestamp) -> Duration {
    (now - since).to_std().unwrap_or_default()
}
