//! One thin client per vendor, and the one taxonomy that their failures are put into.

use std::time::Duration;

/// What a failed call means for the caller, whatever vendor it came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// No effect; a repeat may help.
    Transient,
    /// Told to wait.
    RateLimited {
        /// How long the vendor asked us to wait.
        wait: Duration,
    },
    /// A write may have happened: look before repeating.
    Ambiguous,
    /// Our own recent create is not readable yet.
    NotVisibleYet,
    /// Other work on the object runs.
    ConflictWait,
    /// The state is there already, or the name is taken.
    Conflict,
    /// Gone.
    NotFound,
    /// The token is bad.
    Auth,
    /// Not allowed for this token.
    Forbidden,
    /// The plan's limit is reached.
    PlanLimit,
    /// The request does not fit.
    Invalid,
    /// A repeat cannot help.
    Permanent,
}

/// A failed call, classified once at the edge. The message is in our words or masked and cut: it never holds a secret.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{vendor} {operation}: {message}")]
pub struct Failure {
    /// The vendor's name, for example `railway`.
    pub vendor: &'static str,
    /// The operation, for example `projectCreate`.
    pub operation: &'static str,
    /// What the failure means.
    pub class: Class,
    /// What happened, without secrets.
    pub message: String,
}
