//! A span, a log line and the metrics of each request, with labels from bounded sets only.

use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderValue, Method};
use axum::middleware::Next;
use axum::response::Response;
use metrics::{counter, gauge, histogram};
use rand::RngExt;
use tower_http::request_id::{MakeRequestId, RequestId};
use tracing::{Instrument, debug, info_span, warn};

use crate::catalogue;
use crate::trace::{TraceId, inside, within};

/// A caller's own request id is kept up to this length.
const REQUEST_ID_CHARACTERS_MAX: usize = 64;

/// The names of a process's HTTP metrics.
#[derive(Debug, Clone)]
pub struct HttpMetrics {
    requests: String,
    seconds: String,
    under_way: String,
}

impl HttpMetrics {
    /// Metrics that start with the process's name, such as `pool_http_requests_total`.
    pub fn new(prefix: &str) -> Self {
        let names = Self {
            requests: format!("{prefix}_http_requests_total"),
            seconds: format!("{prefix}_http_request_duration_seconds"),
            under_way: format!("{prefix}_http_requests_under_way"),
        };
        catalogue::begin(&catalogue::http(prefix));
        names
    }
}

/// Counts a request that is under way, also when its caller goes away in the middle.
struct UnderWay(metrics::Gauge);

impl UnderWay {
    fn begin(name: &str) -> Self {
        let gauge = gauge!(name.to_owned());
        gauge.increment(1.0);
        Self(gauge)
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.decrement(1.0);
    }
}

/// The middleware around every request.
pub(super) async fn observe(State(names): State<HttpMetrics>, request: Request, next: Next) -> Response {
    let method = known_method(request.method());
    let route = match request.extensions().get::<MatchedPath>() {
        Some(path) => path.as_str().to_owned(),
        None => "unmatched".to_owned(),
    };
    let id = request.extensions().get::<RequestId>().and_then(|id| id.header_value().to_str().ok());
    // A caller that is inside no trace begins one here.
    let trace = TraceId::of(request.headers()).unwrap_or_else(TraceId::new_random);
    let span = inside(
        &trace,
        || info_span!("request", method, route, request.id = id.unwrap_or_default(), trace.id = %trace),
    );
    let _under_way = UnderWay::begin(&names.under_way);
    let started = Instant::now();
    let response = within(Some(trace), next.run(request)).instrument(span.clone()).await;
    let took = started.elapsed();
    let status = response.status();
    let labels = [("route", route), ("method", method.to_owned())];
    histogram!(names.seconds, &labels).record(took.as_secs_f64());
    let [route, method] = labels;
    counter!(names.requests, &[route, method, ("status", status.as_str().to_owned())]).increment(1);
    span.in_scope(|| {
        let milliseconds = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        if status.is_server_error() {
            warn!(status = status.as_u16(), milliseconds, "answered {status}");
        } else {
            debug!(status = status.as_u16(), milliseconds, "answered {status}");
        }
    });
    response
}

/// The methods that exist, and one word for those that callers make up.
fn known_method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

/// Makes `x-request-id` where the caller sent none, or one that does not belong into logs.
#[derive(Debug, Clone, Copy)]
pub(super) struct OurRequestId;

impl MakeRequestId for OurRequestId {
    fn make_request_id<B>(&mut self, _request: &axum::http::Request<B>) -> Option<RequestId> {
        let id = format!("{:016x}", rand::rng().random::<u64>());
        HeaderValue::from_str(&id).ok().map(RequestId::new)
    }
}

/// Removes a caller's request id that is too long or no plain word, so that ours is made instead.
pub(super) async fn refuse_odd_ids(mut request: Request, next: Next) -> Response {
    let plain = |value: &HeaderValue| {
        let word = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
        !value.is_empty() && value.len() <= REQUEST_ID_CHARACTERS_MAX && value.as_bytes().iter().all(word)
    };
    if request.headers().get("x-request-id").is_some_and(|value| !plain(value)) {
        request.headers_mut().remove("x-request-id");
    }
    next.run(request).await
}
