//! Who calls: `pool` with its key, or an agent with the token of its own instance.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use model::id::InstanceId;
use process::auth::{Digest, bearer};
use process::problem::Problem;
use tracing::warn;

use crate::app::Services;

/// The longest key that is looked at; ours have 67 characters.
const KEY_CHARACTERS_MAX: usize = 512;

/// Who calls.
pub enum Caller {
    /// `pool`: may do everything.
    Pool,
    /// An agent: may look at and add to its own instance.
    Agent(String),
}

impl Caller {
    /// The instance of the path, if this caller may touch it.
    ///
    /// # Errors
    /// 400 for what is no id, 403 for another's instance.
    pub fn own(&self, instance_id: &str) -> Result<InstanceId, Problem> {
        match self {
            Self::Agent(own) if own != instance_id => {
                Err(refused(own, "an agent's token opens its own instance only"))
            }
            Self::Agent(_) | Self::Pool => read_id(instance_id),
        }
    }
}

/// An agent asked for what is not its own: a mistake of it, or it is in somebody else's hands. The span names the route.
fn refused(own: &str, sentence: &'static str) -> Problem {
    warn!(instance.id = %own, "instance {own} was refused: {sentence}");
    Problem::forbidden(sentence)
}

/// An instance id from a path.
pub fn read_id(text: &str) -> Result<InstanceId, Problem> {
    text.parse().map_err(|error: model::id::InvalidInstanceId| {
        Problem::invalid_field("instanceId", error.to_string())
    })
}

impl FromRequestParts<Arc<Services>> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, services: &Arc<Services>) -> Result<Self, Problem> {
        let key = bearer(&parts.headers)
            .filter(|key| key.len() <= KEY_CHARACTERS_MAX)
            .ok_or_else(Problem::unauthorized)?;
        if services.is_pool(key) {
            return Ok(Self::Pool);
        }
        let digest = hex::encode(Digest::of(key).as_bytes());
        // Looked up each time: a destroyed instance's token is nobody's from the same moment on.
        match services.ledger.instance_of_token(&digest).await? {
            Some(instance_id) => Ok(Self::Agent(instance_id)),
            None => Err(Problem::unauthorized()),
        }
    }
}

/// A caller that has to be `pool`.
pub struct Pool;

impl FromRequestParts<Arc<Services>> for Pool {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, services: &Arc<Services>) -> Result<Self, Problem> {
        match Caller::from_request_parts(parts, services).await? {
            Caller::Pool => Ok(Self),
            Caller::Agent(own) => Err(refused(&own, "an agent's token does not open this")),
        }
    }
}
