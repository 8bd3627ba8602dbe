//! Traces to a collector, when one is configured: OTLP over HTTP, in its JSON form.
//!
//! The crates for this move in lock-step with `tracing` and bring a second way to carry a trace. What is needed here is a
//! layer that sees the spans of a trace end, and a request each two seconds.
//!
//! # Guarantees
//! Work is never slowed or stopped by it: what cannot be queued or delivered is dropped. Only spans inside a trace go out,
//! with the fields that log lines have.

use std::fmt;
use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id};
use tracing::{Subscriber, info, warn};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::{LookupSpan, SpanRef};

use crate::clock::now;
use crate::config::{HttpUrl, Settings};
use crate::http;
use crate::trace::{self, SpanId};

/// Some seconds of a busy process; a collector that is away longer costs spans, not memory.
const QUEUE_SPANS_MAX: usize = 4096;
/// Spans in one request: some 200 KB.
const BATCH_SPANS_MAX: usize = 512;
/// How long spans are gathered for one request.
const BATCH_EVERY: Duration = Duration::from_secs(2);
const DELIVERY_TIMEOUT: Duration = Duration::from_secs(5);

/// The name of the spans that begin with somebody else's request (`server::observe`).
const REQUEST: &str = "request";
/// The field that puts a span into a trace.
const TRACE_FIELD: &str = "trace.id";

/// Where traces go, in OpenTelemetry's own variables.
#[derive(Debug, Clone)]
pub struct Collector {
    url: String,
    headers: HeaderMap,
}

impl Collector {
    /// Reads `OTEL_EXPORTER_OTLP_ENDPOINT` and `OTEL_EXPORTER_OTLP_HEADERS`; none without an endpoint.
    pub fn read(settings: &mut Settings) -> Option<Self> {
        let endpoint = settings.optional::<HttpUrl>("OTEL_EXPORTER_OTLP_ENDPOINT");
        let headers = settings.optional::<SecretString>("OTEL_EXPORTER_OTLP_HEADERS");
        let headers = match headers.map(|text| read_headers(text.expose_secret())) {
            Some(None) => {
                settings.problem(
                    "OTEL_EXPORTER_OTLP_HEADERS",
                    "is no list of headers",
                    "name=value,name=value",
                );
                return None;
            }
            given => given.flatten().unwrap_or_default(),
        };
        let url = format!("{}/v1/traces", endpoint?.as_str().trim_end_matches('/'));
        Some(Self { url, headers })
    }
}

/// `name=value,name=value`, a blank in a value as `%20`.
fn read_headers(text: &str) -> Option<HeaderMap> {
    let read = |pair: &str| {
        let (name, value) = pair.split_once('=')?;
        let mut value: HeaderValue = value.replace("%20", " ").parse().ok()?;
        value.set_sensitive(true);
        Some((name.to_ascii_lowercase().parse::<HeaderName>().ok()?, value))
    };
    text.split(',').map(read).collect()
}

/// Sees spans end and queues those of a trace.
pub struct Recording {
    finished: mpsc::Sender<Value>,
}

impl Recording {
    /// Begins to deliver to a collector. Must be called inside a runtime.
    pub fn begin(process: &'static str, collector: Collector) -> Self {
        let (finished, queue) = mpsc::channel(QUEUE_SPANS_MAX);
        tokio::spawn(deliver(process, collector, queue));
        Self { finished }
    }
}

/// What is noted of a span while it is open.
struct Open {
    began: DateTime<Utc>,
    trace: Option<String>,
    /// The span of another process that this one is part of.
    caller: Option<SpanId>,
    attributes: Vec<Value>,
}

impl Visit for Open {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == TRACE_FIELD {
            self.trace = Some(value.to_owned());
            self.caller = trace::current().and_then(|trace| trace.caller());
        } else {
            self.attributes.push(attribute(field.name(), value));
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.record_str(field, &format!("{value:?}"));
    }
}

fn attribute(key: &str, value: &str) -> Value {
    json!({"key": key, "value": {"stringValue": value}})
}

impl<S> Layer<S> for Recording
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut open = Open { began: now(), trace: None, caller: None, attributes: Vec::new() };
        attributes.record(&mut open);
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(open);
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let Some(span) = context.span(&id) else { return };
        let Some(open) = span.extensions_mut().remove::<Open>() else { return };
        let above = span.parent().filter(|parent| trace_of(parent).is_some());
        let trace = match (&open.trace, &above) {
            (Some(trace), _) => Some(trace.clone()),
            (None, Some(parent)) => trace_of(parent),
            (None, None) => None,
        };
        let Some(trace) = trace else { return };
        let parent = open.caller.or_else(|| above.map(|parent| SpanId::of(&parent.id())));
        // Full: the collector does not keep up, and a span less is the better loss.
        let _dropped = self.finished.try_send(json!({
            "traceId": trace,
            "spanId": SpanId::of(&id).to_string(),
            "parentSpanId": parent.map(|id| id.to_string()).unwrap_or_default(),
            "name": span.name(),
            // Server, else internal.
            "kind": if span.name() == REQUEST { 2 } else { 1 },
            "startTimeUnixNano": nanoseconds(open.began),
            "endTimeUnixNano": nanoseconds(now()),
            "attributes": open.attributes,
        }));
    }
}

/// The trace that a span is in, by its own word or that of the nearest span above it.
fn trace_of<'a, S: LookupSpan<'a>>(span: &SpanRef<'a, S>) -> Option<String> {
    span.scope().find_map(|span| span.extensions().get::<Open>().and_then(|open| open.trace.clone()))
}

fn nanoseconds(at: DateTime<Utc>) -> String {
    at.timestamp_nanos_opt().unwrap_or_default().to_string()
}

async fn deliver(process: &'static str, collector: Collector, mut queue: mpsc::Receiver<Value>) {
    let client = match http::client(&http::Options::new("convos-agents", DELIVERY_TIMEOUT)) {
        Ok(client) => client,
        Err(error) => return warn!("traces are not exported: {error}"),
    };
    let mut reached = true;
    let mut batch = Vec::with_capacity(BATCH_SPANS_MAX);
    while queue.recv_many(&mut batch, BATCH_SPANS_MAX).await > 0 {
        let spans = std::mem::take(&mut batch);
        let body = json!({"resourceSpans": [{
            "resource": {"attributes": [
                attribute("service.name", process),
                attribute("service.version", env!("CARGO_PKG_VERSION")),
            ]},
            "scopeSpans": [{"scope": {"name": "convos-agents"}, "spans": spans}],
        }]});
        let sent = client.post(&collector.url).headers(collector.headers.clone()).json(&body).send().await;
        let outcome = sent.and_then(reqwest::Response::error_for_status).map_err(reqwest::Error::without_url);
        match (reached, &outcome) {
            (true, Err(error)) => warn!("traces do not reach the collector and are dropped: {error}"),
            (false, Ok(_)) => info!("traces reach the collector again"),
            _ => {}
        }
        reached = outcome.is_ok();
        if queue.len() < BATCH_SPANS_MAX {
            tokio::time::sleep(BATCH_EVERY).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::TraceId;
    use axum::routing::post;
    use tracing::info_span;
    use tracing_subscriber::prelude::*;

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

    async fn collector() -> (String, mpsc::Receiver<(HeaderMap, Value)>) {
        let (sender, received) = mpsc::channel(4);
        let take = move |headers: HeaderMap, axum::Json(body): axum::Json<Value>| {
            let sender = sender.clone();
            async move { sender.send((headers, body)).await.unwrap() }
        };
        let router = axum::Router::new().route("/v1/traces", post(take));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await });
        (format!("http://{address}"), received)
    }

    fn configured(endpoint: &str, headers: &str) -> Result<Option<Collector>, crate::config::ConfigError> {
        let pairs = [("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint), ("OTEL_EXPORTER_OTLP_HEADERS", headers)];
        Settings::from_pairs(pairs).read(Collector::read)
    }

    #[tokio::test]
    async fn spans_of_a_trace_reach_the_collector_below_their_callers() {
        let (endpoint, mut received) = collector().await;
        let collector = configured(&endpoint, "authorization=Basic%20planted").unwrap().unwrap();
        assert!(!format!("{collector:?}").contains("planted"));
        let subscriber = tracing_subscriber::registry().with(Recording::begin("test", collector));
        tracing::subscriber::with_default(subscriber, || {
            drop(info_span!("untraced").entered());
            let mut headers = HeaderMap::new();
            let header = format!("00-{TRACE}-00f067aa0ba902b7-01");
            headers.insert(trace::TRACEPARENT, header.parse().unwrap());
            let trace = TraceId::of(&headers).unwrap();
            let outer =
                trace::inside(&trace, || info_span!("request", route = "/x", trace.id = %trace)).entered();
            info_span!("inner").in_scope(|| {
                let sent = trace.header().unwrap().to_str().unwrap().to_owned();
                assert!(
                    sent.contains(&SpanId::of(&tracing::Span::current().id().unwrap()).to_string()),
                    "{sent}"
                );
            });
            drop(outer);
        });
        let (headers, body) = received.recv().await.unwrap();
        assert_eq!(headers["authorization"], "Basic planted");
        let resource = &body["resourceSpans"][0];
        assert_eq!(resource["resource"]["attributes"][0], attribute("service.name", "test"));
        let spans = resource["scopeSpans"][0]["spans"].as_array().unwrap();
        assert_eq!(spans.len(), 2, "what is in no trace stays here: {spans:?}");
        let (inner, outer) = (&spans[0], &spans[1]);
        assert_eq!((&outer["traceId"], &outer["parentSpanId"]), (&json!(TRACE), &json!("00f067aa0ba902b7")));
        assert_eq!((&outer["kind"], &outer["attributes"]), (&json!(2), &json!([attribute("route", "/x")])));
        assert_eq!((&inner["traceId"], &inner["parentSpanId"]), (&json!(TRACE), &outer["spanId"]));
        assert_eq!(inner["spanId"].as_str().map(str::len), Some(16));
    }

    #[test]
    fn nothing_is_exported_unless_it_is_configured_and_headers_are_never_repeated() {
        assert!(Settings::from_pairs::<&str, &str>([]).read(Collector::read).unwrap().is_none());
        let refused = configured("http://collector:4318", "planted-secret-without-a-name").unwrap_err();
        assert!(!format!("{refused:?}").contains("planted"), "{refused:?}");
    }
}
