//! The trace that work belongs to: one id from the request that began it through every process, log line and line of the
//! journal (W3C Trace Context).
//!
//! It travels with the task: a request's handler and everything it awaits are inside [`within`]; whoever starts another
//! task, or takes up recorded work later, carries it over. What is inside no trace sends none.

use std::fmt;
use std::future::Future;
use std::sync::LazyLock;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use rand::RngExt;

/// The header's name.
pub const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// Hexadecimal digits of a trace id.
const ID_DIGITS: usize = 32;

tokio::task_local! {
    static CURRENT: TraceId;
}

/// The id of a trace: 32 lower-case hexadecimal digits, not all of them zero.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceId {
    id: String,
    /// The span of the caller that brought it.
    caller: Option<SpanId>,
}

/// The id of a span, as other processes see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpanId(u64);

impl SpanId {
    /// That of a span of this process, whose own number is unique only here.
    pub fn of(span: &tracing::span::Id) -> Self {
        static PROCESS: LazyLock<u64> = LazyLock::new(|| rand::rng().random());
        Self((span.into_u64() ^ *PROCESS).max(1))
    }

    fn new_random() -> Self {
        Self(rand::rng().random::<u64>().max(1))
    }
}

impl fmt::Display for SpanId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:016x}", self.0)
    }
}

impl TraceId {
    /// Reads an id; another form is no trace.
    pub fn read(text: &str) -> Option<Self> {
        let fits = text.len() == ID_DIGITS
            && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
            && text.bytes().any(|byte| byte != b'0');
        fits.then(|| Self { id: text.to_owned(), caller: None })
    }

    /// Reads the header; another form is no trace.
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        let mut parts = headers.get(TRACEPARENT)?.to_str().ok()?.split('-');
        let (version, trace, span) = (parts.next()?, parts.next()?, parts.next()?);
        (version.len() == 2 && version != "ff").then_some(())?;
        let caller = u64::from_str_radix(span, 16).ok().filter(|span| *span != 0).map(SpanId);
        Some(Self { caller, ..Self::read(trace)? })
    }

    /// A new trace.
    pub fn new_random() -> Self {
        Self { id: format!("{:032x}", rand::rng().random::<u128>().max(1)), caller: None }
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.id
    }

    /// The span of another process that brought the trace here.
    pub fn caller(&self) -> Option<SpanId> {
        self.caller
    }

    /// The header for a call inside the trace, made by the span that the caller is in.
    pub fn header(&self) -> Option<HeaderValue> {
        let span = tracing::Span::current().id().map_or_else(SpanId::new_random, |id| SpanId::of(&id));
        HeaderValue::from_str(&format!("00-{}-{span}-01", self.id)).ok()
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.id)
    }
}

/// The trace that the running task is inside of.
pub fn current() -> Option<TraceId> {
    CURRENT.try_with(Clone::clone).ok()
}

/// The header for a call to another process of ours.
pub fn header() -> Option<HeaderValue> {
    current()?.header()
}

/// The same for what does not wait.
pub fn inside<T>(trace: &TraceId, work: impl FnOnce() -> T) -> T {
    CURRENT.sync_scope(trace.clone(), work)
}

/// Runs something inside a trace, or as it is when there is none.
pub async fn within<F: Future>(trace: Option<TraceId>, work: F) -> F::Output {
    match trace {
        Some(trace) => CURRENT.scope(trace, work).await,
        None => work.await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_trace_of_the_standard_is_one() {
        let read = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(TRACEPARENT, text.parse().unwrap());
            TraceId::of(&headers)
        };
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        assert_eq!(read(&format!("00-{trace}-00f067aa0ba902b7-01")).unwrap().as_str(), trace);
        let zero = format!("00-{}-1-01", "0".repeat(32));
        let upper = format!("00-{}-1-01", trace.to_uppercase());
        for wrong in ["", "00", "00-xyz-1-01", &zero, &upper, &format!("ff-{trace}-1-01")] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
        let header = TraceId::new_random().header().unwrap();
        assert!(read(header.to_str().unwrap()).is_some(), "ours are of the standard");
    }

    #[tokio::test]
    async fn a_trace_ends_with_its_work() {
        let trace = TraceId::new_random();
        let inside = within(Some(trace.clone()), async { current() }).await;
        assert_eq!(inside, Some(trace));
        assert_eq!(current(), None);
        assert_eq!(within(None, async { header() }).await, None);
    }
}
