//! How a process ends, and what its exit code says.

use std::error::Error;
use std::fmt;
use std::process::ExitCode;

/// Why a process ended. The numbers are part of the outside and never change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExitReason {
    /// Asked to stop, and stopped in order.
    Stopped,
    /// Anything that has no reason of its own.
    Failed,
    /// The configuration is wrong; stderr names every variable at fault.
    Configuration,
    /// Another process listens on our address.
    PortTaken,
    /// A migration failed, or the database's schema is newer than this executable.
    Schema,
    /// Asked a second time to stop, and ended at once.
    Interrupted,
}

impl ExitReason {
    /// The exit code.
    pub const fn code(self) -> u8 {
        match self {
            Self::Stopped => 0,
            Self::Failed => 1,
            Self::Configuration => 2,
            Self::PortTaken => 3,
            Self::Schema => 4,
            Self::Interrupted => 130,
        }
    }
}

/// A process could not go on: the reason decides the exit code, the source says what happened.
#[derive(Debug)]
pub struct Failure {
    reason: ExitReason,
    source: Box<dyn Error + Send + Sync>,
}

impl Failure {
    /// A failure with a reason of its own.
    pub fn new(reason: ExitReason, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { reason, source: source.into() }
    }

    /// A failure that has no exit code of its own.
    pub fn other(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::new(ExitReason::Failed, source)
    }

    /// What decides the exit code.
    pub fn reason(&self) -> ExitReason {
        self.reason
    }
}

/// The whole chain, joined by colons: this is printed once, at the end of `main`.
impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.source)?;
        let mut cause = self.source.source();
        while let Some(error) = cause {
            write!(formatter, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

impl Error for Failure {}

/// Ends `main`: says on stderr what went wrong and gives the exit code.
pub fn end(outcome: Result<(), Failure>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::from(ExitReason::Stopped.code()),
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::from(failure.reason.code())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exit_codes_are_those_that_scripts_rely_on() {
        let codes = [
            (ExitReason::Stopped, 0),
            (ExitReason::Failed, 1),
            (ExitReason::Configuration, 2),
            (ExitReason::PortTaken, 3),
            (ExitReason::Schema, 4),
            (ExitReason::Interrupted, 130),
        ];
        for (reason, code) in codes {
            assert_eq!(reason.code(), code, "{reason:?}");
        }
    }

    #[test]
    fn a_failure_tells_its_whole_chain() {
        #[derive(Debug, thiserror::Error)]
        #[error("read the ledger")]
        struct Outer(#[source] std::io::Error);
        let failure = Failure::other(Outer(std::io::Error::other("disk gone")));
        assert_eq!(failure.to_string(), "read the ledger: disk gone");
        assert_eq!(failure.reason(), ExitReason::Failed);
    }
}
