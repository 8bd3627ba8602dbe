//! What can go wrong at a vendor, in words that say what the caller does next.

use std::fmt;
use std::time::Duration;

use tracing::{debug, warn};

/// What a call does at the vendor; decides whether it may be repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Changes nothing: may be repeated always.
    Read,
    /// Changes something, but twice is the same as once (a delete, a keyed create).
    WriteIdempotent,
    /// Changes something each time: repeated only when it surely had no effect.
    Write,
}

/// The class of a failure. The names are those of the retry rule, one row each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// No effect; try again.
    Transient,
    /// Told to wait.
    RateLimited {
        /// For how long.
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
    /// Gone, or never there.
    NotFound,
    /// The credential is not taken.
    Auth,
    /// The credential is good, but not for this.
    Forbidden,
    /// The account's plan or balance is used up.
    PlanLimit,
    /// The request is wrong.
    Invalid,
    /// Anything else that a repeat cannot help.
    Permanent,
}

impl Class {
    /// The word of the class in logs, metrics and the ledger.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Transient => "transient",
            Self::RateLimited { .. } => "rate_limited",
            Self::Ambiguous => "ambiguous",
            Self::NotVisibleYet => "not_visible_yet",
            Self::ConflictWait => "conflict_wait",
            Self::Conflict => "conflict",
            Self::NotFound => "not_found",
            Self::Auth => "auth",
            Self::Forbidden => "forbidden",
            Self::PlanLimit => "plan_limit",
            Self::Invalid => "invalid",
            Self::Permanent => "permanent",
        }
    }

    /// A repeat of the same call cannot succeed until a person or a setting changes something.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Forbidden | Self::PlanLimit | Self::Invalid | Self::Permanent)
    }
}

impl fmt::Display for Class {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// A call that did not end well. The message is the vendor's own, bounded and with secrets masked: fit for logs and the
/// ledger, not for the body of an answer of ours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{operation} at {vendor}: {class}: {message}")]
pub struct Failure {
    /// What the caller does next.
    pub class: Class,
    /// Who said so, for example `railway`.
    pub vendor: &'static str,
    /// Our name of the call.
    pub operation: &'static str,
    /// The HTTP status, if there was an answer.
    pub status: Option<u16>,
    /// The vendor's own code, if it gave one.
    pub code: Option<String>,
    /// The vendor's text, masked and cut.
    pub message: String,
}

/// Our own code where vendors have theirs.
const NOT_CALLED: &str = "not_called";

impl Failure {
    /// A failure that is found in this process, without an answer of the vendor.
    pub fn local(
        vendor: &'static str,
        operation: &'static str,
        class: Class,
        message: impl Into<String>,
    ) -> Self {
        Self { class, vendor, operation, status: None, code: None, message: message.into() }
    }

    /// The vendor was not asked, as it was found to be down, or to refuse our key, before.
    pub fn not_called(vendor: &'static str, operation: &'static str, class: Class) -> Self {
        let code = Some(NOT_CALLED.to_owned());
        Self { code, ..Self::local(vendor, operation, class, "not called: the breaker is open") }
    }

    /// It was logged when the breaker opened.
    fn was_told(&self) -> bool {
        self.code.as_deref() == Some(NOT_CALLED)
    }

    /// Logs what this failure of an instance's work means, unless that was logged when the breaker opened: an outage
    /// shall not repeat itself for each instance and try.
    pub fn warn(&self, instance_id: &str, sentence: &str) {
        if self.was_told() {
            debug!(instance.id = instance_id, "{sentence}: {self}");
        } else {
            warn!(instance.id = instance_id, "{sentence}: {self}");
        }
    }

    /// Success for a delete: the thing is not there.
    pub fn is_gone(&self) -> bool {
        self.class == Class::NotFound
    }

    /// How long the vendor asked us to wait.
    pub fn wait(&self) -> Option<Duration> {
        match self.class {
            Class::RateLimited { wait } => Some(wait),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_that_was_told_when_the_breaker_opened_is_told_apart() {
        let known = Failure::not_called("railway", "workspaces", Class::Transient);
        let new = Failure::local("railway", "workspaces", Class::Transient, "no answer");
        assert!(known.was_told() && !new.was_told());
    }
}
