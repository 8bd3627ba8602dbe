//! One request at one vendor: fault or not, effect, journal, answer.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::faults::{Fault, Kind};
use crate::journal::Entry;
use crate::vendor::{Refusal, Vendor, Wording};
use crate::world::World;

/// Marks a response that must never be sent: the server cuts the connection instead.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cut;

/// How long a hanging request is held: as long as a client waits for a create.
const HANG_MILLIS: u64 = 60_000;
/// How long a slow answer takes: the slowest hundredth seen at Railway.
const SLOW_MILLIS: u64 = 8_000;
/// What `Retry-After` says when a fault throttles.
const THROTTLE_MILLIS: u64 = 10_000;

/// A vendor's answer before it is sent.
#[derive(Debug, Clone)]
pub struct Answer {
    /// HTTP status.
    pub status: StatusCode,
    /// Headers beside the content type. Boxed, since answers are returned as errors too.
    pub headers: Box<HeaderMap>,
    /// The body.
    pub body: Content,
    /// Whether the request was carried out.
    pub applied: bool,
    /// What it was about, for the journal.
    pub subject: Option<String>,
}

/// The body of an [`Answer`].
#[derive(Debug, Clone)]
pub enum Content {
    /// JSON.
    Json(Value),
    /// A page, as the vendors' edges answer.
    Html(String),
    /// Nothing.
    Empty,
}

impl Answer {
    fn new(status: u16, body: Content, applied: bool) -> Self {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self { status, headers: Box::default(), body, applied, subject: None }
    }

    /// The request was carried out; this is the answer.
    pub fn done(status: u16, body: Value) -> Self {
        Self::new(status, Content::Json(body), true)
    }

    /// Carried out; there is nothing to say.
    pub fn done_without_body(status: u16) -> Self {
        Self::new(status, Content::Empty, true)
    }

    /// The request was refused and changed nothing.
    pub fn refused(status: u16, body: Value) -> Self {
        Self::new(status, Content::Json(body), false)
    }

    /// Refused without a body.
    pub fn refused_without_body(status: u16) -> Self {
        Self::new(status, Content::Empty, false)
    }

    /// A page of the vendor's edge; the request never reached the vendor.
    pub fn page(status: u16) -> Self {
        let (title, text) = match status {
            403 => ("Attention Required! | Cloudflare", "Sorry, you have been blocked"),
            429 => ("Too Many Requests", "error code: 1015"),
            502 => ("502 Bad Gateway", "Bad gateway"),
            504 => ("504 Gateway Time-out", "Gateway time-out"),
            _ => ("503 Service Temporarily Unavailable", "Service temporarily unavailable"),
        };
        let page = format!(
            "<!DOCTYPE html>\n<html><head><title>{title}</title></head><body><h1>{text}</h1></body></html>\n"
        );
        Self::new(status, Content::Html(page), false)
    }

    /// Adds a header.
    pub fn with_header(mut self, name: HeaderName, value: impl ToString) -> Self {
        if let Ok(value) = HeaderValue::from_str(&value.to_string()) {
            self.headers.insert(name, value);
        }
        self
    }

    /// Says what the request was about.
    pub fn about(mut self, subject: impl Into<String>) -> Self {
        self.subject = Some(subject.into());
        self
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let (kind, body) = match self.body {
            Content::Json(value) => (Some("application/json"), Body::from(value.to_string())),
            Content::Html(page) => (Some("text/html; charset=UTF-8"), Body::from(page)),
            Content::Empty => (None, Body::empty()),
        };
        let mut response = Response::new(body);
        *response.status_mut() = self.status;
        *response.headers_mut() = *self.headers;
        if let Some(kind) = kind {
            response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        }
        response
    }
}

impl World {
    /// Answers one request of `operation` at `vendor`. Every vendor's route goes through here.
    ///
    /// `apply` carries the request out and must not wait for anything. A fault may keep it from being called, or
    /// its answer from being sent; the journal says which.
    pub async fn exchange(
        &self,
        vendor: &dyn Vendor,
        operation: &str,
        apply: impl FnOnce() -> Answer + Send,
    ) -> Response {
        let Some(fault) = self.faults.take(vendor.name(), operation, &self.dice) else {
            let answer = apply();
            self.record(vendor, operation, None, answer.applied, Some(&answer));
            return answer.into_response();
        };
        let kind = fault.kind;
        let waits = |default| fault.ms.unwrap_or(default);
        match kind {
            Kind::LoseAnswer => {
                let answer = apply();
                self.record(vendor, operation, Some(kind), answer.applied, None);
                cut()
            }
            Kind::Hang => {
                self.record(vendor, operation, Some(kind), false, None);
                self.clock.sleep_millis(waits(HANG_MILLIS)).await;
                cut()
            }
            Kind::AfterEffect => {
                let applied = apply().applied;
                let answer = vendor.refusal(&Refusal::new(operation, fault.status.unwrap_or(500)));
                self.record(vendor, operation, Some(kind), applied, Some(&answer));
                answer.into_response()
            }
            Kind::Slow => {
                self.clock.sleep_millis(waits(SLOW_MILLIS)).await;
                let answer = apply();
                self.record(vendor, operation, Some(kind), answer.applied, Some(&answer));
                answer.into_response()
            }
            Kind::Refuse | Kind::Throttle429 | Kind::ThrottleText | Kind::Html | Kind::Status => {
                let answer = without_effect(vendor, operation, &fault);
                self.record(vendor, operation, Some(kind), false, Some(&answer));
                answer.into_response()
            }
        }
    }

    fn record(
        &self,
        vendor: &dyn Vendor,
        operation: &str,
        fault: Option<Kind>,
        applied: bool,
        answer: Option<&Answer>,
    ) {
        self.journal.record(Entry {
            seq: 0,
            at: self.clock.date(),
            at_simulated_ms: self.clock.now().millis(),
            vendor: vendor.name(),
            operation: operation.to_owned(),
            applied,
            status: answer.map(|answer| answer.status.as_u16()),
            fault: fault.map(Kind::name),
            subject: answer.and_then(|answer| answer.subject.clone()),
        });
        if applied {
            self.touch();
        }
    }
}

/// Tells null from absent, in bodies where null clears and absent leaves.
pub(crate) fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// The answer of a fault that keeps the request from having an effect.
fn without_effect(vendor: &dyn Vendor, operation: &str, fault: &Fault) -> Answer {
    let retry_after_seconds = fault.ms.unwrap_or(THROTTLE_MILLIS).div_ceil(1000);
    match fault.kind {
        Kind::Html => Answer::page(fault.status.unwrap_or(503)),
        Kind::Throttle429 => {
            let refusal = Refusal { wording: Wording::Throttled, ..Refusal::new(operation, 429) };
            vendor.refusal(&refusal).with_header(header::RETRY_AFTER, retry_after_seconds)
        }
        Kind::ThrottleText => {
            vendor.refusal(&Refusal { wording: Wording::ThrottledInWords, ..Refusal::new(operation, 429) })
        }
        Kind::Status => {
            let status = fault.status.unwrap_or(500);
            let success = (200..300).contains(&status);
            let hollow = if success { vendor.hollow_success(operation) } else { None };
            let mut answer = hollow.unwrap_or_else(|| {
                if success {
                    Answer::refused(status, Value::Object(serde_json::Map::new()))
                } else {
                    vendor.refusal(&Refusal { wording: Wording::Status, ..Refusal::new(operation, status) })
                }
            });
            answer.applied = false;
            answer
        }
        _ => vendor.refusal(&Refusal::new(operation, fault.status.unwrap_or(503))),
    }
}

/// A response that is never sent.
pub(crate) fn cut() -> Response {
    let mut response = Response::new(Body::empty());
    response.extensions_mut().insert(Cut);
    response
}
