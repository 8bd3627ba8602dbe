//! What an agent can ask for itself: tools of its own instance, from `services`, with the instance's token.
//!
//! `services` hands the variables of a new tool to the running agent by `POST /pool/env`, so nothing is left to do here
//! once it has answered.

use std::time::Duration;

use process::config::{HttpUrl, Settings};
use process::http::{Options, client};
use reqwest::{Client, Method, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use tokio::time::Instant;

/// One call; `services` itself answers within 25 s, with 202 when a vendor takes longer.
const CALL_TIMEOUT: Duration = Duration::from_secs(60);
/// When `services` does not say when to ask again.
const PAUSE_DEFAULT: Duration = Duration::from_secs(2);
/// Never ask more often, never later, whatever it says.
const PAUSE_LIMITS: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(30));

/// An agent's way to `services`.
pub struct Services {
    http: Client,
    base: HttpUrl,
    token: SecretString,
    instance_id: String,
}

/// A call that did not work.
#[derive(Debug, thiserror::Error)]
pub enum ServicesError {
    /// Not reached, or it did not speak JSON.
    #[error("ask services")]
    Http(#[from] reqwest::Error),
    /// It said no.
    #[error("services refused ({status}): {detail}")]
    Refused {
        /// Its status.
        status: StatusCode,
        /// Its sentence, with the fields at fault.
        detail: String,
    },
    /// It would have been another path.
    #[error("{0:?} is no name of a tool")]
    Tool(String),
    /// The vendor is still at work.
    #[error("the tool is not there yet after {0:?}; the same command goes on where this one stopped")]
    NotYet(Duration),
}

/// What the commands need from the environment.
pub struct Access {
    base: HttpUrl,
    token: SecretString,
    instance_id: String,
}

impl Access {
    /// Reads `SERVICES_URL`, `INSTANCE_SERVICES_TOKEN` and `INSTANCE_ID`.
    pub fn read(settings: &mut Settings) -> Self {
        let instance_id: String = settings.required("INSTANCE_ID");
        if !instance_id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()) {
            settings.problem(
                "INSTANCE_ID",
                format!("{instance_id:?} does not fit"),
                "small letters and digits",
            );
        }
        Self {
            base: settings.required("SERVICES_URL"),
            token: settings.required("INSTANCE_SERVICES_TOKEN"),
            instance_id,
        }
    }
}

impl Services {
    /// A client for this instance.
    pub fn new(access: Access) -> Result<Self, ServicesError> {
        let Access { base, token, instance_id } = access;
        let http =
            client(&Options::new(concat!("convos-runtime/", env!("CARGO_PKG_VERSION")), CALL_TIMEOUT))?;
        Ok(Self { http, base, token, instance_id })
    }

    /// The tools that exist, and those that this instance has.
    pub async fn tools(&self) -> Result<Value, ServicesError> {
        let (_, registry) = self.call(Method::GET, "/registry", None).await?;
        let (_, instance) = self.call(Method::GET, &format!("/instances/{}", self.instance_id), None).await?;
        Ok(json!({ "registry": registry, "instance": instance }))
    }

    /// Makes a tool, and waits for a vendor who takes his time.
    pub async fn provision(
        &self,
        tool: &str,
        user_config: Option<Value>,
        limit: Duration,
    ) -> Result<Value, ServicesError> {
        if !tool.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')) {
            return Err(ServicesError::Tool(tool.to_string()));
        }
        let path = format!("/provision/{}/{tool}", self.instance_id);
        let body = match user_config {
            Some(config) => json!({ "userConfig": config }),
            None => json!({}),
        };
        let until = Instant::now() + limit;
        loop {
            let (status, answer) = self.call(Method::POST, &path, Some(&body)).await?;
            if status != StatusCode::ACCEPTED {
                return Ok(answer);
            }
            let pause = answer["retryAfterMs"].as_u64().map_or(PAUSE_DEFAULT, Duration::from_millis);
            let pause = pause.clamp(PAUSE_LIMITS.0, PAUSE_LIMITS.1);
            if Instant::now() + pause > until {
                return Err(ServicesError::NotYet(limit));
            }
            tokio::time::sleep(pause).await;
        }
    }

    /// Messages of the instance's own inbox or number, a page of them.
    pub async fn messages(&self, tool: &str, page: Option<String>) -> Result<Value, ServicesError> {
        let query = page.map(|page| {
            let token: String = url::form_urlencoded::byte_serialize(page.as_bytes()).collect();
            format!("?pageToken={token}")
        });
        let path = format!("/proxy/{}/{tool}/messages{}", self.instance_id, query.unwrap_or_default());
        Ok(self.call(Method::GET, &path, None).await?.1)
    }

    /// Sends a message from the instance's own inbox or number. Never repeated: a lost answer may have been a sent mail.
    pub async fn send(&self, tool: &str, message: &Value) -> Result<Value, ServicesError> {
        let path = format!("/proxy/{}/{tool}/messages", self.instance_id);
        Ok(self.call(Method::POST, &path, Some(message)).await?.1)
    }

    async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<(StatusCode, Value), ServicesError> {
        let mut request = self
            .http
            .request(method, format!("{}{path}", self.base.as_str()))
            .bearer_auth(self.token.expose_secret());
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = request.send().await?;
        let status = answer.status();
        if status.is_success() {
            return Ok((status, answer.json().await?));
        }
        let problem: Value = answer.json().await.unwrap_or_default();
        Err(ServicesError::Refused { status, detail: sentence(&problem) })
    }
}

fn sentence(problem: &Value) -> String {
    let detail = problem["detail"].as_str().unwrap_or("it gave no reason");
    let fields: Vec<String> = problem["errors"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|error| Some(format!("{}: {}", error["field"].as_str()?, error["message"].as_str()?)))
        .collect();
    if fields.is_empty() { detail.to_string() } else { format!("{detail} ({})", fields.join("; ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_names_the_fields_at_fault() {
        let problem =
            json!({"detail": "it does not fit", "errors": [{"field": "inboxId", "message": "is missing"}]});
        assert_eq!(sentence(&problem), "it does not fit (inboxId: is missing)");
        assert_eq!(sentence(&Value::Null), "it gave no reason");
    }
}
