//! Calls of the pool API. Answers stay JSON: what is printed is what was said, fields that this version
//! does not know included.

use std::time::Duration;

use process::{
    exit::Failure,
    http::{Options, client},
    problem::Document,
};
use reqwest::{Method, Response, header::HeaderMap};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::context::Target;

/// Longer than any answer takes that was not asked to wait.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);
/// Live streams are cut by whoever reads them, not by a clock.
const STREAM_WITHIN: Duration = Duration::from_secs(24 * 60 * 60);
/// Records of one page; the API's own limit.
const PAGE_ITEMS: usize = 200;

/// Why a call did not do what was wanted.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// No answer.
    #[error("the pool API at {server} does not answer")]
    Unreachable {
        /// Its address.
        server: String,
        /// What happened.
        #[source]
        source: reqwest::Error,
    },
    /// An answer that says no.
    #[error("{}", refusal(.0))]
    Refused(Box<Document>),
    /// An answer that is none of ours.
    #[error("{server} answered {status}, but not as the pool API does")]
    Foreign {
        /// The address.
        server: String,
        /// The HTTP status.
        status: u16,
    },
}

fn refusal(problem: &Document) -> String {
    let fields: String =
        problem.errors.iter().map(|error| format!("\n  {}: {}", error.field, error.message)).collect();
    format!("{} ({}){fields}", problem.detail, problem.code)
}

impl From<ApiError> for Failure {
    fn from(error: ApiError) -> Self {
        Self::other(error)
    }
}

impl ApiError {
    /// Whether the record is not there, or the API does not know the path.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Refused(problem) if problem.status == 404)
    }
}

/// One pool API, and the key for it.
pub struct PoolApi {
    client: reqwest::Client,
    streams: reqwest::Client,
    server: String,
    key: SecretString,
}

impl PoolApi {
    /// Prepares calls; nothing is sent yet.
    pub fn connect(target: Target) -> Result<Self, Failure> {
        let name = concat!("convos-agents/", env!("CARGO_PKG_VERSION"));
        Ok(Self {
            client: client(&Options::new(name, ANSWER_WITHIN)).map_err(Failure::other)?,
            streams: client(&Options::new(name, STREAM_WITHIN)).map_err(Failure::other)?,
            server: target.server,
            key: target.key,
        })
    }

    /// The address of the API.
    pub fn server(&self) -> &str {
        &self.server
    }

    /// Reads one document.
    pub async fn get(&self, path: &str, query: &[(&str, String)]) -> Result<Value, ApiError> {
        self.json(self.request(&self.client, Method::GET, path).query(query)).await
    }

    /// Reads a list, over as many pages as `limit` needs.
    pub async fn list(
        &self,
        path: &str,
        filters: &[(&str, String)],
        limit: usize,
    ) -> Result<Vec<Value>, ApiError> {
        let mut items = Vec::new();
        let mut cursor: Option<String> = None;
        while items.len() < limit {
            let mut query = filters.to_vec();
            query.push(("limit", PAGE_ITEMS.min(limit - items.len()).to_string()));
            query.extend(cursor.take().map(|cursor| ("cursor", cursor)));
            let mut page = self.get(path, &query).await?;
            if let Some(Value::Array(found)) = page.get_mut("items").map(Value::take) {
                items.extend(found);
            }
            cursor = page["nextCursor"].as_str().map(str::to_owned);
            if cursor.is_none() {
                break;
            }
        }
        Ok(items)
    }

    /// Sends a change.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        headers: HeaderMap,
        body: Option<&Value>,
    ) -> Result<Value, ApiError> {
        let mut request = self.request(&self.client, method, path).headers(headers);
        if let Some(body) = body {
            request = request.json(body);
        }
        self.json(request).await
    }

    /// Opens a live stream of events after `after`.
    pub async fn stream(&self, path: &str, after: Option<&str>) -> Result<Response, ApiError> {
        let mut request =
            self.request(&self.streams, Method::GET, path).header("accept", "text/event-stream");
        if let Some(after) = after {
            request = request.header("last-event-id", after);
        }
        self.checked(request).await
    }

    /// Any answer of a path that needs no key, for the doctor.
    pub async fn probe(&self, path: &str) -> Result<Response, ApiError> {
        let sent = self.client.get(format!("{}{path}", self.server)).send().await;
        sent.map_err(|source| self.unreachable(source))
    }

    fn request(&self, client: &reqwest::Client, method: Method, path: &str) -> reqwest::RequestBuilder {
        client.request(method, format!("{}{path}", self.server)).bearer_auth(self.key.expose_secret())
    }

    fn unreachable(&self, source: reqwest::Error) -> ApiError {
        ApiError::Unreachable { server: self.server.clone(), source: source.without_url() }
    }

    async fn checked(&self, request: reqwest::RequestBuilder) -> Result<Response, ApiError> {
        let response = request.send().await.map_err(|source| self.unreachable(source))?;
        if response.status().is_success() {
            return Ok(response);
        }
        let status = response.status().as_u16();
        match response.json::<Document>().await {
            Ok(problem) => Err(ApiError::Refused(Box::new(problem))),
            Err(_) => Err(ApiError::Foreign { server: self.server.clone(), status }),
        }
    }

    async fn json(&self, request: reqwest::RequestBuilder) -> Result<Value, ApiError> {
        let response = self.checked(request).await?;
        let status = response.status().as_u16();
        let bytes = response.bytes().await.map_err(|source| self.unreachable(source))?;
        if bytes.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&bytes).map_err(|_| ApiError::Foreign { server: self.server.clone(), status })
    }
}
