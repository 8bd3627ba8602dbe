//! The client of the services API: the only way from `pool` to the outside.

mod replicas;

use std::sync::Mutex;
use std::time::Duration;

use model::Timestamp;
use model::api::ServicesStatus;
use model::id::InstanceId;
use model::services::{
    Configure, Configured, CreateInstance, Creation, Destruction, InstanceTools, Inventory, Provision,
    Provisioned, Redeploy, RedeployStarted, StatusBatch, StatusDetails, Tool, TryAgain, VendorsReport,
};
use process::clock;
use process::config::HttpUrl;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use replicas::{Patience, Replicas};

/// A creation or destruction works up to 25 s before it answers 202.
const LONG: Duration = Duration::from_secs(40);
/// `configure` waits up to 75 s for a slow agent.
const CONFIGURE: Duration = Duration::from_secs(90);
/// A sweep pings every instance once, 40 at a time.
const SWEEP: Duration = Duration::from_secs(60);
/// Everything else.
const SHORT: Duration = Duration::from_secs(15);
/// No answer of `services` is larger: a detailed status of 1,000 instances has 300 KB.
const ANSWER_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Why a call gave no result.
#[derive(Debug, thiserror::Error)]
pub enum ServicesError {
    /// Nobody answered, or the answer was cut off: whether it worked is not known. Repeating is safe, each call is
    /// idempotent.
    #[error("no answer from services")]
    Unreachable(#[source] reqwest::Error),
    /// The replica that was asked hangs: it does not even say that it lives. What is true of no answer is true of this.
    #[error("the replica of services does not answer at all")]
    Silent,
    /// It cannot work now: 5xx, 429, or an answer of an unknown shape.
    #[error("services answered {status}: {detail}")]
    Unavailable {
        /// HTTP status.
        status: u16,
        /// Its stable code, if any.
        code: String,
        /// A sentence.
        detail: String,
        /// When to try again, if it said so.
        retry_after: Option<Duration>,
    },
    /// It will not work like this: 4xx.
    #[error("services refused ({code}): {detail}")]
    Refused {
        /// HTTP status.
        status: u16,
        /// Its stable code.
        code: String,
        /// A sentence.
        detail: String,
    },
}

impl ServicesError {
    /// The stable code of a refusal.
    pub fn refusal(&self) -> Option<(u16, &str)> {
        match self {
            Self::Refused { status, code, .. } => Some((*status, code)),
            _ => None,
        }
    }

    /// The error and its sources on one line, for `last_error`.
    pub fn chain(&self) -> String {
        chain(self)
    }
}

/// An error and its sources on one line.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}

/// An answer, or the wish to be asked again.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer<T> {
    /// 200.
    Done(T),
    /// 202: ask again after this time.
    Again(Duration),
}

/// The client. Cheap to share; connections are reused.
#[derive(Debug)]
pub struct Services {
    http: reqwest::Client,
    replicas: Replicas,
    key: SecretString,
    health: Mutex<ServicesStatus>,
}

impl Services {
    /// A client of one or several replicas, taken in turn.
    ///
    /// # Errors
    /// When the machine's certificate store cannot be read.
    pub fn new(bases: &[HttpUrl], key: SecretString) -> Result<Self, reqwest::Error> {
        let options = process::http::Options::new("convos-agents-pool", CONFIGURE).direct();
        let http = process::http::client(&options)?;
        let bases = bases.iter().map(|base| base.as_str().trim_end_matches('/').to_owned()).collect();
        Ok(Self {
            replicas: Replicas::new(http.clone(), bases, Patience::default()),
            http,
            key,
            health: Mutex::new(ServicesStatus::default()),
        })
    }

    /// Whether `services` answered lately.
    pub fn health(&self) -> ServicesStatus {
        self.health.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    /// `POST /create-instance`.
    pub async fn create(&self, wish: &CreateInstance) -> Result<Creation, ServicesError> {
        self.call(reqwest::Method::POST, "/create-instance", Some(wish), LONG, &[]).await
    }

    /// `DELETE /destroy/{id}`.
    pub async fn destroy(&self, id: &InstanceId) -> Result<Destruction, ServicesError> {
        self.call::<(), _>(reqwest::Method::DELETE, &format!("/destroy/{id}"), None, LONG, &[]).await
    }

    /// `POST /status/batch?detail=1`.
    pub async fn statuses(&self, ids: Vec<InstanceId>) -> Result<StatusDetails, ServicesError> {
        let batch = StatusBatch { instance_ids: ids };
        self.call(reqwest::Method::POST, "/status/batch?detail=1", Some(&batch), SWEEP, &[]).await
    }

    /// `POST /redeploy/{id}`; the same key is the same redeploy.
    pub async fn redeploy(
        &self,
        id: &InstanceId,
        key: Uuid,
        wish: &Redeploy,
    ) -> Result<RedeployStarted, ServicesError> {
        let key = key.to_string();
        let headers = [("idempotency-key", key.as_str())];
        self.call(reqwest::Method::POST, &format!("/redeploy/{id}"), Some(wish), LONG, &headers).await
    }

    /// `POST /provision/{id}/{tool}`.
    pub async fn provision(
        &self,
        id: &InstanceId,
        tool: &str,
        wish: &Provision,
    ) -> Result<Answer<Provisioned>, ServicesError> {
        self.answer(&format!("/provision/{id}/{tool}"), wish, LONG).await
    }

    /// `POST /configure/{id}`.
    pub async fn configure(
        &self,
        id: &InstanceId,
        wish: &Configure,
    ) -> Result<Answer<Configured>, ServicesError> {
        self.answer(&format!("/configure/{id}"), wish, CONFIGURE).await
    }

    /// `GET /registry`.
    pub async fn registry(&self) -> Result<Vec<Tool>, ServicesError> {
        self.call::<(), _>(reqwest::Method::GET, "/registry", None, SHORT, &[]).await
    }

    /// `GET /inventory`.
    pub async fn inventory(&self) -> Result<Inventory, ServicesError> {
        self.call::<(), _>(reqwest::Method::GET, "/inventory", None, SWEEP, &[]).await
    }

    /// `GET /vendors`.
    pub async fn vendors(&self) -> Result<VendorsReport, ServicesError> {
        self.call::<(), _>(reqwest::Method::GET, "/vendors", None, SHORT, &[]).await
    }

    /// `GET /instances/{id}`.
    pub async fn tools_of(&self, id: &InstanceId) -> Result<InstanceTools, ServicesError> {
        self.call::<(), _>(reqwest::Method::GET, &format!("/instances/{id}"), None, SHORT, &[]).await
    }

    async fn answer<B: Serialize, T: DeserializeOwned>(
        &self,
        path: &str,
        body: &B,
        timeout: Duration,
    ) -> Result<Answer<T>, ServicesError> {
        let (status, bytes) = self.send(reqwest::Method::POST, path, Some(body), timeout, &[]).await?;
        if status == 202 {
            let again: TryAgain = decode(status, &bytes)?;
            return Ok(Answer::Again(Duration::from_millis(again.retry_after_ms)));
        }
        Ok(Answer::Done(decode(status, &bytes)?))
    }

    async fn call<B: Serialize, T: DeserializeOwned>(
        &self,
        method: reqwest::Method,
        path: &str,
        body: Option<&B>,
        timeout: Duration,
        headers: &[(&'static str, &str)],
    ) -> Result<T, ServicesError> {
        let (status, bytes) = self.send(method, path, body, timeout, headers).await?;
        decode(status, &bytes)
    }

    /// Sends one request to the replica whose turn it is. The reconciler that called repeats it when that is away, and
    /// meets another one.
    async fn send<B: Serialize>(
        &self,
        method: reqwest::Method,
        path: &str,
        body: Option<&B>,
        timeout: Duration,
        headers: &[(&'static str, &str)],
    ) -> Result<(u16, Vec<u8>), ServicesError> {
        let replica = self.replicas.next().await;
        let mut request = self
            .http
            .request(method, format!("{}{path}", self.replicas.base(replica)))
            .timeout(timeout)
            .bearer_auth(self.key.expose_secret());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(trace) = process::trace::header() {
            request = request.header(process::trace::TRACEPARENT, trace);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let outcome = tokio::select! {
            outcome = receive(request) => outcome,
            () = self.replicas.falls_silent(replica) => Err(ServicesError::Silent),
        };
        if let Err(ServicesError::Unreachable(_) | ServicesError::Silent) = &outcome {
            self.replicas.leave_out(replica);
        }
        self.note(&outcome);
        let (status, retry_after, bytes) = outcome?;
        match status {
            200..=299 => Ok((status, bytes)),
            400..=499 if status != 429 && status != 408 => match problem(&bytes) {
                Some((code, detail)) => Err(ServicesError::Refused { status, code, detail }),
                // Whoever this was, a proxy perhaps, it was not `services`: nothing is refused for good on its word.
                None => Err(shapeless(status, "no problem document")),
            },
            _ => {
                let said = problem(&bytes).unwrap_or_else(|| ("none".into(), "no problem document".into()));
                Err(ServicesError::Unavailable { status, code: said.0, detail: said.1, retry_after })
            }
        }
    }

    fn note(&self, outcome: &Result<(u16, Option<Duration>, Vec<u8>), ServicesError>) {
        let mut health = self.health.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        match outcome {
            Ok(_) => {
                *health = ServicesStatus { reachable: true, answered_at: Some(clock::now()), problem: None };
            }
            Err(error) => {
                health.reachable = false;
                health.problem = Some(error.chain());
            }
        }
    }

    /// When `services` last answered.
    pub fn answered_at(&self) -> Option<Timestamp> {
        self.health().answered_at
    }
}

async fn receive(
    request: reqwest::RequestBuilder,
) -> Result<(u16, Option<Duration>, Vec<u8>), ServicesError> {
    let mut response =
        request.send().await.map_err(|error| ServicesError::Unreachable(error.without_url()))?;
    let status = response.status().as_u16();
    let retry_after = response
        .headers()
        .get(reqwest::header::RETRY_AFTER)
        .and_then(|value| value.to_str().ok()?.parse().ok())
        .map(Duration::from_secs);
    let mut bytes = Vec::new();
    while let Some(chunk) =
        response.chunk().await.map_err(|error| ServicesError::Unreachable(error.without_url()))?
    {
        if bytes.len() + chunk.len() > ANSWER_BYTES_MAX {
            return Err(shapeless(status, "an answer of more than 16 MB"));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok((status, retry_after, bytes))
}

fn decode<T: DeserializeOwned>(status: u16, bytes: &[u8]) -> Result<T, ServicesError> {
    // The serde text names fields and positions, never values of ours.
    serde_json::from_slice(bytes)
        .map_err(|error| shapeless(status, &format!("an answer of another shape ({error})")))
}

fn shapeless(status: u16, detail: &str) -> ServicesError {
    ServicesError::Unavailable { status, code: "shape".into(), detail: detail.into(), retry_after: None }
}

/// The code of a problem document, and its sentence with the fields at fault. Nothing when it is none.
fn problem(bytes: &[u8]) -> Option<(String, String)> {
    let problem: process::problem::Document = serde_json::from_slice(bytes).ok()?;
    let fields: Vec<String> =
        problem.errors.iter().map(|error| format!("{} {}", error.field, error.message)).collect();
    let detail =
        if fields.is_empty() { problem.detail } else { format!("{}: {}", problem.detail, fields.join(", ")) };
    Some((problem.code, detail))
}
