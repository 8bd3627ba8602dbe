//! Telling an agent who it is.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use model::agent::Provision;
use model::services::Configure;
use process::problem::{Json, Path, Problem};

use super::caller::{Pool, read_id};
use super::refusal::{again, no_instance};
use crate::agent::AgentError;
use crate::app::Services;
use crate::saga::{self, ConfigureEnd};

/// When to try an agent again that does not answer.
const AGENT_RETRY: Duration = Duration::from_secs(1);

/// `POST /configure/{instanceId}`
pub async fn configure(
    _: Pool,
    State(services): State<Arc<Services>>,
    Path(instance_id): Path<String>,
    Json(wish): Json<Configure>,
) -> Result<Response, Problem> {
    let instance_id = read_id(&instance_id)?;
    let wish = Provision {
        agent_name: wish.agent_name,
        instructions: wish.instructions,
        model: wish.model,
        claim_id: wish.claim_id,
        join_url: wish.join_url,
        profile_image: wish.profile_image,
        metadata: wish.metadata,
    };
    match saga::configure(&services, instance_id.as_str(), wish).await? {
        ConfigureEnd::Done(configured) => Ok(Json(configured).into_response()),
        ConfigureEnd::Wait(after) => Ok(again(after)),
        ConfigureEnd::NoInstance => Err(no_instance()),
        ConfigureEnd::Bound => Err(bound()),
        ConfigureEnd::Agent(error) => Err(refused(&error)),
    }
}

fn bound() -> Problem {
    Problem::new(StatusCode::CONFLICT, "agent_already_bound", "the agent is bound to another claim")
}

/// What the agent's refusal means for the caller. Its own text is never repeated.
fn refused(error: &AgentError) -> Problem {
    match error {
        AgentError::Bound => bound(),
        AgentError::Refused => {
            Problem::new(StatusCode::BAD_GATEWAY, "agent_refused", "the agent does not take its own token")
        }
        AgentError::Invalid => Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "provision_refused",
            "the agent refuses this configuration",
        ),
        AgentError::Unknown => Problem::new(
            StatusCode::BAD_GATEWAY,
            "agent_outdated",
            "the agent does not know how to be configured",
        ),
        AgentError::Unreachable | AgentError::Unanswered => {
            Problem::unavailable("agent_unreachable", "the agent cannot be reached now", AGENT_RETRY)
        }
        AgentError::NotReady => {
            Problem::unavailable("agent_not_ready", "the agent is not ready", AGENT_RETRY)
        }
        AgentError::Failed(status) => {
            let detail = format!("the agent failed with status {status}");
            Problem::new(StatusCode::BAD_GATEWAY, "agent_failed", detail)
        }
    }
}
