//! The running agents, over their public addresses. They are not trusted: only the agent's own token is ever sent to one,
//! its answers are bounded, and no other key is tried when it refuses.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::http::StatusCode;
use model::agent::{Env, EnvApplied, Health, Provision, Provisioned, Status};
use process::http::Options;
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;

/// A conversation takes up to a minute to be made or joined.
const PROVISION_TIMEOUT: Duration = Duration::from_secs(75);

/// Anything else of an agent is quick.
const CALL_TIMEOUT: Duration = Duration::from_secs(10);

/// An agent is asked twice a minute. A connection that is kept until then costs a file and some memory for each of
/// thousands of agents; this is long enough for calls that follow each other.
const IDLE_TIMEOUT: Duration = Duration::from_secs(2);

/// Longest answer of an agent that is read.
const ANSWER_BYTES_MAX: usize = 256 * 1024;

/// Why an agent did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AgentError {
    /// Nothing was sent: nobody listens.
    #[error("the agent cannot be reached")]
    Unreachable,
    /// It may have done it.
    #[error("the agent did not answer")]
    Unanswered,
    /// It does not take its own token.
    #[error("the agent refuses its token")]
    Refused,
    /// It is bound to something else.
    #[error("the agent is bound to another claim")]
    Bound,
    /// It is not ready yet.
    #[error("the agent is not ready")]
    NotReady,
    /// It does not know this call.
    #[error("the agent does not know this call")]
    Unknown,
    /// It finds the request wrong.
    #[error("the agent finds the request wrong")]
    Invalid,
    /// Anything else.
    #[error("the agent answered with status {0}")]
    Failed(u16),
}

/// What a health request saw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ping {
    /// The HTTP status.
    pub http: u16,
    /// What it said, if it could be read.
    pub health: Option<Health>,
}

/// The client of all agents.
#[derive(Clone)]
pub struct Agents {
    http: reqwest::Client,
    health_timeout: Duration,
}

impl Agents {
    /// A client without a proxy and without redirects.
    pub fn new(health_timeout: Duration) -> Result<Self, reqwest::Error> {
        let options = Options::new("convos-agents-services", PROVISION_TIMEOUT);
        let http = process::http::client(&options.idle(IDLE_TIMEOUT).direct())?;
        Ok(Self { http, health_timeout })
    }

    /// `GET /pool/health`; `None` when nobody answered in time.
    pub async fn ping(&self, url: &str) -> Option<Ping> {
        let request = self.http.get(format!("{url}/pool/health")).timeout(self.health_timeout);
        let response = request.send().await.ok()?;
        let http = response.status().as_u16();
        let health = bounded(response).await.ok().and_then(|body| serde_json::from_slice(&body).ok());
        Some(Ping { http, health })
    }

    /// `POST /pool/provision`.
    pub async fn provision(
        &self,
        url: &str,
        token: &SecretString,
        wish: &Provision,
    ) -> Result<Provisioned, AgentError> {
        let request = self.http.post(format!("{url}/pool/provision")).timeout(PROVISION_TIMEOUT).json(wish);
        call(request, token).await
    }

    /// `GET /convos/status`.
    pub async fn status(&self, url: &str, token: &SecretString) -> Result<Status, AgentError> {
        call(self.http.get(format!("{url}/convos/status")).timeout(CALL_TIMEOUT), token).await
    }

    /// `POST /pool/env`: sets, or with `None` removes, variables of the running agent.
    pub async fn set_env(
        &self,
        url: &str,
        token: &SecretString,
        variables: BTreeMap<String, Option<String>>,
    ) -> Result<EnvApplied, AgentError> {
        let request = self.http.post(format!("{url}/pool/env")).timeout(PROVISION_TIMEOUT);
        call(request.json(&Env { variables }), token).await
    }

    /// `POST` of JSON to any other path of an agent, for deliveries. What it answers beyond its status does not matter.
    pub async fn deliver(
        &self,
        url: &str,
        token: &SecretString,
        path: &str,
        body: &serde_json::Value,
    ) -> Result<(), AgentError> {
        answer(self.http.post(format!("{url}{path}")).timeout(CALL_TIMEOUT).json(body), token).await.map(drop)
    }
}

async fn call<T: DeserializeOwned>(
    request: reqwest::RequestBuilder,
    token: &SecretString,
) -> Result<T, AgentError> {
    serde_json::from_slice(&answer(request, token).await?).map_err(|_| AgentError::Unanswered)
}

/// The body of an answer of success.
async fn answer(request: reqwest::RequestBuilder, token: &SecretString) -> Result<Vec<u8>, AgentError> {
    let request = match process::trace::header() {
        Some(trace) => request.header(process::trace::TRACEPARENT, trace),
        None => request,
    };
    let response =
        request.bearer_auth(token.expose_secret()).send().await.map_err(|error| {
            if error.is_connect() { AgentError::Unreachable } else { AgentError::Unanswered }
        })?;
    let status = response.status();
    let body = bounded(response).await?;
    match StatusCode::from_u16(status.as_u16()).unwrap_or(StatusCode::BAD_GATEWAY) {
        status if status.is_success() => Ok(body),
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(AgentError::Refused),
        StatusCode::CONFLICT => Err(AgentError::Bound),
        StatusCode::NOT_FOUND if is_of_the_edge(&body) => Err(AgentError::NotReady),
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => Err(AgentError::Unknown),
        StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY => Err(AgentError::Invalid),
        StatusCode::SERVICE_UNAVAILABLE => Err(AgentError::NotReady),
        // A gateway in front of a container that is away.
        StatusCode::BAD_GATEWAY | StatusCode::GATEWAY_TIMEOUT => Err(AgentError::Unanswered),
        status => Err(AgentError::Failed(status.as_u16())),
    }
}

/// What the infrastructure's edge answers in place of a container that sleeps; the request that it answers so wakes it.
fn is_of_the_edge(body: &[u8]) -> bool {
    serde_json::from_slice::<serde_json::Value>(body)
        .is_ok_and(|body| body["message"] == "Application not found")
}

async fn bounded(mut response: reqwest::Response) -> Result<Vec<u8>, AgentError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|_| AgentError::Unanswered)? {
        if body.len() + chunk.len() > ANSWER_BYTES_MAX {
            return Err(AgentError::Unanswered);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
