//! Answers that several routes give in the same way.

use std::time::Duration;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use model::services::TryAgain;
use process::problem::{Json, Problem};
use tracing::error;

use crate::ledger::LedgerError;

/// What a caller is told when the ledger cannot be read or written. Logged here, since nobody else will see it.
impl From<LedgerError> for Problem {
    fn from(failure: LedgerError) -> Self {
        match failure {
            // Whoever took over goes on; the same call again joins it.
            LedgerError::Fenced => {
                Self::unavailable("busy", "another replica took over this work", Duration::from_secs(1))
            }
            LedgerError::Destroying => gone(),
            LedgerError::Database(source) => source.into(),
            LedgerError::Sealed(_) | LedgerError::Shape(_) => {
                error!("a request met a sealed value that does not open: {failure}");
                Self::internal()
            }
        }
    }
}

/// 410: this id had its life.
pub fn gone() -> Problem {
    Problem::new(StatusCode::GONE, "gone", "this instance is being or was destroyed")
}

/// 404: no such instance here.
pub fn no_instance() -> Problem {
    Problem::not_found("there is no such instance")
}

/// 202: not done yet, call again.
pub fn again(after: Duration) -> Response {
    (StatusCode::ACCEPTED, Json(TryAgain { retry_after_ms: milliseconds(after) })).into_response()
}

/// A wait on the wire; never 0, which would make a caller spin.
pub fn milliseconds(wait: Duration) -> u64 {
    u64::try_from(wait.as_millis()).unwrap_or(u64::MAX).max(1)
}
