//! A plain HTTP client: status, headers and JSON, whatever they are.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use process::http::{Options, client};
use reqwest::{Method, header::HeaderMap};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Longer than any answer takes: a claim waits up to 120 s.
const ANSWER_WITHIN: Duration = Duration::from_secs(130);

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    /// The body; null when it is empty, a text when it is not JSON.
    pub body: Value,
}

impl Answer {
    /// The answer, if it has this status.
    ///
    /// # Errors
    /// When it has another: with the body.
    pub fn expect(self, status: u16) -> Result<Self> {
        if self.status == status {
            Ok(self)
        } else {
            bail!("{} instead of {status}: {}", self.status, self.body)
        }
    }

    /// The body as a type.
    ///
    /// # Errors
    /// When it does not fit.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_value(self.body.clone()).with_context(|| format!("read {}", self.body))
    }

    /// A field of the body as text; empty when absent.
    pub fn text(&self, field: &str) -> &str {
        self.body[field].as_str().unwrap_or_default()
    }

    /// A header as text; empty when absent.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

/// A client of one server.
#[derive(Debug, Clone)]
pub struct Http {
    client: reqwest::Client,
    /// Its base URL, without a trailing slash.
    pub base: String,
    key: Option<String>,
}

impl Http {
    /// A client that shows `key`, if there is one.
    ///
    /// # Errors
    /// When the machine's certificates cannot be read.
    pub fn new(base: impl Into<String>, key: Option<&str>) -> Result<Self> {
        let client = client(&Options::new("e2e", ANSWER_WITHIN).direct())?;
        Ok(Self { client, base: base.into(), key: key.map(str::to_owned) })
    }

    /// The same server with another key.
    #[must_use]
    pub fn with_key(&self, key: Option<&str>) -> Self {
        Self { key: key.map(str::to_owned), ..self.clone() }
    }

    /// Sends a request. `path` may be a whole URL.
    ///
    /// # Errors
    /// When no answer comes.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Result<Answer> {
        let body = body.map(|body| body.to_string().into_bytes());
        self.send_bytes(method, path, headers, body).await
    }

    /// The same with a body that need not be JSON.
    ///
    /// # Errors
    /// When no answer comes.
    pub async fn send_bytes(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<Vec<u8>>,
    ) -> Result<Answer> {
        let url = if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", self.base) };
        let mut request = self.client.request(method, &url);
        if let Some(key) = &self.key {
            request = request.bearer_auth(key);
        }
        if let Some(body) = body {
            if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type")) {
                request = request.header("content-type", "application/json");
            }
            request = request.body(body);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = request.send().await.with_context(|| format!("call {url}"))?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = response.bytes().await.with_context(|| format!("read the answer of {url}"))?;
        let body = match bytes.is_empty() {
            true => Value::Null,
            false => serde_json::from_slice(&bytes)
                .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&bytes).into_owned())),
        };
        Ok(Answer { status, headers, body })
    }

    /// Reads a stream that does not end by itself until `seen` says that its text is enough.
    ///
    /// # Errors
    /// When no answer comes, or the stream ends before.
    pub async fn stream_until(&self, path: &str, seen: impl Fn(&str) -> bool) -> Result<String> {
        let mut request =
            self.client.get(format!("{}{path}", self.base)).header("accept", "text/event-stream");
        if let Some(key) = &self.key {
            request = request.bearer_auth(key);
        }
        let mut response = request.send().await?.error_for_status()?;
        let mut text = String::new();
        while let Some(bytes) = response.chunk().await.with_context(|| format!("read {path} on"))? {
            text.push_str(&String::from_utf8_lossy(&bytes));
            if seen(&text) {
                return Ok(text);
            }
        }
        bail!("the stream ended with {text}")
    }

    /// GET.
    ///
    /// # Errors
    /// When no answer comes.
    pub async fn get(&self, path: &str) -> Result<Answer> {
        self.send(Method::GET, path, &[], None).await
    }

    /// POST.
    ///
    /// # Errors
    /// When no answer comes.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Answer> {
        self.send(Method::POST, path, &[], Some(body)).await
    }

    /// PUT.
    ///
    /// # Errors
    /// When no answer comes.
    pub async fn put(&self, path: &str, body: &Value) -> Result<Answer> {
        self.send(Method::PUT, path, &[], Some(body)).await
    }

    /// PATCH.
    ///
    /// # Errors
    /// When no answer comes.
    pub async fn patch(&self, path: &str, body: &Value) -> Result<Answer> {
        self.send(Method::PATCH, path, &[], Some(body)).await
    }

    /// DELETE.
    ///
    /// # Errors
    /// When no answer comes.
    pub async fn delete(&self, path: &str) -> Result<Answer> {
        self.send(Method::DELETE, path, &[], None).await
    }
}
