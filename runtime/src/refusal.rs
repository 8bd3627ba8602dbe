//! What a caller of the agent contract is told when something cannot be done.
//!
//! One body fits both kinds of callers: problem details (RFC 9457), with the `ok` and `error` members that callers of
//! existing images read.

use std::time::Duration;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use process::problem::{Document, Problem};
use serde::Serialize;

use crate::agent::AgentError;
use crate::openclaw::PrepareError;
use crate::volume::VolumeError;

/// The images before this one take no larger body either.
pub const BODY_BYTES_MAX: usize = 1024 * 1024;

/// A refusal, ready to be answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal(Problem);

impl Refusal {
    /// Bound to something else.
    pub fn already_bound() -> Self {
        let detail = "this agent is bound to another claim or conversation";
        Problem::new(StatusCode::CONFLICT, "agent_already_bound", detail).into()
    }

    /// The agent is starting, restarting or away.
    pub fn not_ready() -> Self {
        Problem::unavailable("agent_not_ready", "the agent is not ready", Duration::from_secs(1)).into()
    }

    /// Whether it did what it was asked is not known.
    pub fn unsure() -> Self {
        let detail = "the agent gave no answer in time; repeat with the same claim id to learn the outcome";
        Problem::new(StatusCode::GATEWAY_TIMEOUT, "agent_no_answer", detail)
            .retry_after(Duration::from_secs(2))
            .into()
    }

    /// The problem inside.
    pub fn problem(&self) -> &Problem {
        &self.0
    }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        match problem.status() {
            StatusCode::PAYLOAD_TOO_LARGE => Self(Problem::payload_too_large(BODY_BYTES_MAX)),
            _ => Self(problem),
        }
    }
}

impl From<AgentError> for Refusal {
    fn from(error: AgentError) -> Self {
        tracing::warn!(error = &error as &dyn std::error::Error, "the agent did not do what it was asked");
        match error {
            AgentError::NoAnswer { .. } => Self::unsure(),
            AgentError::Refused { message, .. } => {
                Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "provision_refused", message).into()
            }
            AgentError::Failed { .. } | AgentError::Unreadable { .. } => {
                Problem::new(StatusCode::BAD_GATEWAY, "agent_failed", "the agent could not do it").into()
            }
        }
    }
}

impl From<VolumeError> for Refusal {
    fn from(error: VolumeError) -> Self {
        tracing::error!(error = &error as &dyn std::error::Error, "state could not be kept");
        let detail = "state could not be kept on the volume";
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "volume_failed", detail).into()
    }
}

impl From<PrepareError> for Refusal {
    fn from(error: PrepareError) -> Self {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "the gateway's files could not be prepared"
        );
        let detail = "state could not be kept on the volume";
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "volume_failed", detail).into()
    }
}

#[derive(Serialize)]
struct Body {
    #[serde(flatten)]
    document: Document,
    ok: bool,
    error: String,
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let document = self.0.document();
        let body = Body { error: document.detail.clone(), document, ok: false };
        let (head, _) = self.0.into_response().into_parts();
        // Texts and numbers only: this cannot fail to become JSON.
        let text = serde_json::to_string(&body).unwrap_or_default();
        Response::from_parts(head, text.into())
    }
}
