//! The container's face: the agent contract on our own routes, everything else passed on to the agent.

mod convos;
mod delivery;
mod path;
mod pool;
mod proxy;

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRequestParts};
use axum::http::request::Parts;
use axum::routing::{any, get, post};
use process::auth::{Digest, bearer};
use process::problem::Problem;
use tokio::sync::{Mutex, watch};

use crate::agent::{Agent, Kind};
use crate::binding::Binding;
use crate::environment::Environment;
use crate::openclaw::Files;
use crate::refusal::{BODY_BYTES_MAX, Refusal};
use crate::supervisor::Supervisor;
use crate::volume::{Volume, VolumeError};

const BINDING_FILE: &str = "binding.json";

/// What a front is told about its container.
#[derive(Debug, Clone)]
pub struct About {
    /// Which agent runs inside.
    pub kind: Kind,
    /// `INSTANCE_ID`.
    pub instance_id: Option<String>,
    /// The gateway's files, if that is what runs inside.
    pub openclaw: Files,
    /// Digest of the gateway token.
    pub token: Digest,
}

/// What the routes work with. Clones share everything.
#[derive(Clone)]
pub struct Front {
    about: About,
    agent: Agent,
    supervisor: Supervisor,
    environment: Environment,
    volume: Volume,
    binding: watch::Sender<Option<Binding>>,
    /// Held for the whole of a provision or a reset, so that there is one at a time.
    one_at_a_time: Arc<Mutex<()>>,
    /// Held while variables are kept and handed over, so that the agent sees them in the order of the volume.
    variables_in_order: Arc<Mutex<()>>,
}

impl Front {
    /// A front that goes on with the binding on the volume.
    pub fn load(
        about: About,
        agent: Agent,
        supervisor: Supervisor,
        environment: Environment,
        volume: Volume,
    ) -> Result<Self, VolumeError> {
        let binding = watch::Sender::new(volume.load(BINDING_FILE)?);
        let (one_at_a_time, variables_in_order) = Default::default();
        Ok(Self { about, agent, supervisor, environment, volume, binding, one_at_a_time, variables_in_order })
    }

    /// All routes.
    pub fn router(self) -> Router {
        Router::new()
            .route("/pool/health", get(pool::health))
            .route("/pool/provision", post(pool::provision))
            .route("/pool/restart", post(pool::restart))
            .route("/pool/env", get(pool::variables).post(pool::set_variables))
            .route("/convos/status", get(convos::status))
            .route("/convos/reset", post(convos::reset))
            .route("/", any(proxy::pass))
            .route("/{*path}", any(proxy::pass))
            .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
            .with_state(self)
    }

    /// Replaces the binding, on the volume first.
    async fn keep(&self, binding: Option<Binding>) -> Result<(), VolumeError> {
        self.volume.save(BINDING_FILE, binding.as_ref()).await?;
        self.binding.send_replace(binding);
        Ok(())
    }

    fn bound(&self) -> Option<Binding> {
        self.binding.borrow().clone()
    }
}

/// A caller that showed the gateway token.
struct Trusted;

impl FromRequestParts<Front> for Trusted {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, front: &Front) -> Result<Self, Refusal> {
        match bearer(&parts.headers) {
            Some(token) if Digest::of(token) == front.about.token => Ok(Self),
            _ => Err(Problem::unauthorized().into()),
        }
    }
}
