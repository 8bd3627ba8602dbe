//! One call to a vendor as a value, and what came back.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use secrecy::SecretString;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::failure::{Class, Failure, Kind};
use super::rules::uncertain;

/// Reads end within this time.
const READ_TIMEOUT: Duration = Duration::from_secs(30);
/// Creates may take longer; a lost answer is handled by looking.
const WRITE_TIMEOUT: Duration = Duration::from_secs(60);
/// Longest answer that is read.
const ANSWER_BYTES_MAX: usize = 8 * 1024 * 1024;

/// How we show who we are.
#[derive(Debug, Clone)]
pub enum Credential {
    /// Not at all.
    Nobody,
    /// `Authorization: Bearer`.
    Bearer(SecretString),
    /// `Authorization: Basic`.
    Basic {
        /// The user's name.
        user: String,
        /// The password or token.
        password: SecretString,
    },
    /// A header of the vendor's own.
    Header {
        /// Its name.
        name: HeaderName,
        /// Its value.
        value: SecretString,
    },
}

/// One call. Built with [`Call::new`] and the methods that follow; sent by [`super::Vendor::send`].
#[derive(Debug, Clone)]
pub struct Call {
    pub(super) operation: &'static str,
    pub(super) kind: Kind,
    pub(super) method: Method,
    pub(super) path: Vec<String>,
    pub(super) query: Vec<(&'static str, String)>,
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
    pub(super) body: Option<Value>,
    pub(super) credential: Option<Credential>,
    pub(super) timeout: Duration,
    pub(super) answer_bytes_max: usize,
    pub(super) single: bool,
    pub(super) partial: bool,
}

impl Call {
    /// A call of `operation` (our name of it, a label of metrics) to the base URL itself.
    pub fn new(operation: &'static str, kind: Kind, method: Method) -> Self {
        Self {
            operation,
            kind,
            method,
            path: Vec::new(),
            query: Vec::new(),
            headers: Vec::new(),
            body: None,
            credential: None,
            timeout: if kind == Kind::Read { READ_TIMEOUT } else { WRITE_TIMEOUT },
            answer_bytes_max: ANSWER_BYTES_MAX,
            single: false,
            partial: false,
        }
    }

    /// A read by GET.
    pub fn get(operation: &'static str) -> Self {
        Self::new(operation, Kind::Read, Method::GET)
    }

    /// A delete; twice is the same as once.
    pub fn delete(operation: &'static str) -> Self {
        Self::new(operation, Kind::WriteIdempotent, Method::DELETE)
    }

    /// A POST that has an effect each time.
    pub fn post(operation: &'static str) -> Self {
        Self::new(operation, Kind::Write, Method::POST)
    }

    /// A change to a given state; twice is the same as once.
    pub fn patch(operation: &'static str) -> Self {
        Self::new(operation, Kind::WriteIdempotent, Method::PATCH)
    }

    /// Twice is the same as once, although the method does not say so (a keyed create).
    pub fn idempotent(mut self) -> Self {
        self.kind = Kind::WriteIdempotent;
        self
    }

    /// Appends segments to the path; each is percent-encoded whole, slashes too.
    pub fn path<'a>(mut self, segments: impl IntoIterator<Item = &'a str>) -> Self {
        self.path.extend(segments.into_iter().map(str::to_owned));
        self
    }

    /// Adds a parameter to the query.
    pub fn query(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }

    /// Adds a header.
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// Sends JSON. A value that cannot be JSON is a mistake in the program.
    pub fn json(mut self, body: &impl Serialize) -> Self {
        self.body = Some(serde_json::to_value(body).expect("bodies are plain structs with text keys"));
        self
    }

    /// Uses somebody else's credential. Whether that is taken says nothing about ours, so the breaker does not look.
    pub fn with_credential(mut self, credential: Credential) -> Self {
        self.credential = Some(credential);
        self
    }

    /// Gives up after this time.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Reads at most so many bytes of the answer.
    pub fn answer_bytes_max(mut self, bytes: usize) -> Self {
        self.answer_bytes_max = bytes;
        self
    }

    /// Takes an answer of which parts could not be read, too: the caller looks at its errors by itself.
    pub fn partial(mut self) -> Self {
        self.partial = true;
        self
    }

    /// One try only: the caller repeats by itself.
    pub fn once(mut self) -> Self {
        self.single = true;
        self
    }
}

/// A good answer.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The HTTP status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The JSON, `Null` without a body.
    pub json: Value,
    pub(super) vendor: &'static str,
    pub(super) operation: &'static str,
    pub(super) kind: Kind,
}

impl Reply {
    /// The answer in the shape that we need. Another shape is treated like no answer: of a write it may have happened.
    pub fn into<T: DeserializeOwned>(self) -> Result<T, Failure> {
        let Self { vendor, operation, kind, status, json, .. } = self;
        serde_json::from_value(json).map_err(|error| {
            // A shape that does not fit once will not fit the next time, so a read is not repeated.
            let class = if kind == Kind::Read { Class::Permanent } else { uncertain(kind) };
            let mut failure =
                Failure::local(vendor, operation, class, format!("an answer of another shape: {error}"));
            failure.status = Some(status.as_u16());
            failure
        })
    }
}
