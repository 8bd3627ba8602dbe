//! Calls to the agent's inner contract, each with a time limit.

use std::net::SocketAddr;
use std::time::Duration;

use axum::body::Body;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{Method, Request, StatusCode};
use http_body_util::{BodyExt, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use model::agent::{Provision, Status};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::variables::Changes;

/// A loopback connection that takes longer is not going to come.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// A status comes from memory.
const STATUS_TIMEOUT: Duration = Duration::from_secs(5);
/// Variables and configuration are written to disk.
const CHANGE_TIMEOUT: Duration = Duration::from_secs(30);
/// The messenger's client makes an identity and a conversation over the network.
const CREATE_TIMEOUT: Duration = Duration::from_secs(60);
/// The messenger's client waits 60 s by itself for somebody to let it in.
const JOIN_TIMEOUT: Duration = Duration::from_secs(70);
/// An answer of the inner contract is a few hundred bytes.
const ANSWER_BYTES_MAX: usize = 1024 * 1024;
/// Characters of an agent's own words that are passed on in a refusal.
const MESSAGE_CHARACTERS_MAX: usize = 300;

/// A call to the agent did not work.
#[derive(Debug, thiserror::Error)]
pub enum AgentError {
    /// Nothing came back: whether it was done is unknown.
    #[error("no answer from the agent to {path}")]
    NoAnswer {
        /// What was called.
        path: &'static str,
        /// Why, when there is more to say than that time was up.
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
    /// It said no, so nothing was done.
    #[error("the agent refused {path} with {status}: {message}")]
    Refused {
        /// What was called.
        path: &'static str,
        /// Its status, a 4xx.
        status: StatusCode,
        /// Its own words, cut.
        message: String,
    },
    /// It broke: whether it was done is unknown.
    #[error("the agent failed at {path} with {status}")]
    Failed {
        /// What was called.
        path: &'static str,
        /// Its status.
        status: StatusCode,
    },
    /// It answered something else than the contract says.
    #[error("the agent's answer to {path} cannot be read")]
    Unreadable {
        /// What was called.
        path: &'static str,
        /// What is wrong with it.
        source: serde_json::Error,
    },
}

impl AgentError {
    /// The status of a definite no.
    pub fn refusal(&self) -> Option<StatusCode> {
        match self {
            Self::Refused { status, .. } => Some(*status),
            _ => None,
        }
    }
}

/// Answer of `POST /convos/conversation`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Created {
    /// The new conversation.
    pub conversation_id: String,
    /// The link that opens it.
    pub invite_url: Option<String>,
}

/// Answer of `POST /convos/join`.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub enum Joined {
    /// It is in.
    Joined {
        /// The conversation.
        conversation_id: String,
    },
    /// Somebody has to let it in.
    PendingAcceptance,
}

/// A client of the agent process.
#[derive(Clone)]
pub struct Agent {
    http: Client<HttpConnector, Body>,
    token: SecretString,
}

impl Agent {
    /// A client that shows this token.
    pub fn new(token: SecretString) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_connect_timeout(Some(CONNECT_TIMEOUT));
        connector.set_nodelay(true);
        // A fresh connection for each request: an agent closes idle ones when it likes, and a request that meets the
        // close is lost. On loopback a connection costs next to nothing.
        let http = Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build(connector);
        Self { http, token }
    }

    /// The client, for the proxy.
    pub fn http(&self) -> &Client<HttpConnector, Body> {
        &self.http
    }

    /// Whether this path answers 2xx to us. Any other answer, or none, is a no.
    pub async fn answers(&self, address: SocketAddr, path: &'static str) -> bool {
        self.send(address, Method::GET, path, None, STATUS_TIMEOUT).await.is_ok()
    }

    /// Its conversation, and whether anything of a claim is in it.
    pub async fn status(&self, address: SocketAddr) -> Result<Status, AgentError> {
        self.call(address, Method::GET, "/convos/status", None, STATUS_TIMEOUT).await
    }

    /// Opens a conversation of its own.
    pub async fn create(&self, address: SocketAddr, asked: &Provision) -> Result<Created, AgentError> {
        let mut body = profile(asked);
        body["name"] = json!(asked.agent_name);
        self.call(address, Method::POST, "/convos/conversation", Some(body), CREATE_TIMEOUT).await
    }

    /// Joins somebody's conversation.
    pub async fn join(
        &self,
        address: SocketAddr,
        asked: &Provision,
        url: &str,
    ) -> Result<Joined, AgentError> {
        let mut body = profile(asked);
        body["inviteUrl"] = json!(url);
        self.call(address, Method::POST, "/convos/join", Some(body), JOIN_TIMEOUT).await
    }

    /// Changes name, instructions and model of a conversation that goes on.
    pub async fn configure(&self, address: SocketAddr, asked: &Provision) -> Result<(), AgentError> {
        let path = "/convos/configure";
        self.send(address, Method::POST, path, Some(profile(asked)), CHANGE_TIMEOUT).await.map(drop)
    }

    /// Hands over variables without a restart.
    pub async fn set_variables(&self, address: SocketAddr, changes: &Changes) -> Result<(), AgentError> {
        let body = json!({ "variables": changes });
        self.send(address, Method::POST, "/convos/env", Some(body), CHANGE_TIMEOUT).await.map(drop)
    }

    /// Makes it forget everything.
    pub async fn reset(&self, address: SocketAddr, skip_greeting: bool) -> Result<(), AgentError> {
        let body = json!({ "skipGreeting": skip_greeting });
        self.send(address, Method::POST, "/convos/reset", Some(body), CHANGE_TIMEOUT).await.map(drop)
    }

    async fn call<T: DeserializeOwned>(
        &self,
        address: SocketAddr,
        method: Method,
        path: &'static str,
        body: Option<Value>,
        limit: Duration,
    ) -> Result<T, AgentError> {
        let bytes = self.send(address, method, path, body, limit).await?;
        serde_json::from_slice(&bytes).map_err(|source| AgentError::Unreadable { path, source })
    }

    async fn send(
        &self,
        address: SocketAddr,
        method: Method,
        path: &'static str,
        body: Option<Value>,
        limit: Duration,
    ) -> Result<Vec<u8>, AgentError> {
        let no_answer = |source| AgentError::NoAnswer { path, source };
        let request = Request::builder()
            .method(method)
            .uri(format!("http://{address}{path}"))
            .header(AUTHORIZATION, format!("Bearer {}", self.token.expose_secret()))
            .header(CONTENT_TYPE, "application/json")
            .body(body.map_or_else(Body::empty, |body| Body::from(body.to_string())))
            .map_err(|error| no_answer(Some(error.into())))?;
        let exchange = async {
            let answer = self.http.request(request).await.map_err(|error| no_answer(Some(error.into())))?;
            let status = answer.status();
            let body = Limited::new(answer.into_body(), ANSWER_BYTES_MAX).collect().await;
            Ok((status, body.map_err(|error| no_answer(Some(error)))?.to_bytes()))
        };
        let (status, bytes) = tokio::time::timeout(limit, exchange).await.map_err(|_| no_answer(None))??;
        match status {
            _ if status.is_success() => Ok(bytes.to_vec()),
            _ if status.is_client_error() => {
                Err(AgentError::Refused { path, status, message: message(&bytes) })
            }
            _ => Err(AgentError::Failed { path, status }),
        }
    }
}

fn profile(asked: &Provision) -> Value {
    let mut body = json!({ "profileName": asked.agent_name, "instructions": asked.instructions });
    if let Some(image) = &asked.profile_image {
        body["profileImage"] = json!(image);
    }
    if let Some(model) = &asked.model {
        body["model"] = json!(model);
    }
    if !asked.metadata.is_empty() {
        body["metadata"] = json!(asked.metadata);
    }
    body
}

fn message(bytes: &[u8]) -> String {
    let body: Value = serde_json::from_slice(bytes).unwrap_or_default();
    let text = body["error"].as_str().unwrap_or("it gave no reason");
    text.chars().filter(|c| !c.is_control()).take(MESSAGE_CHARACTERS_MAX).collect()
}
