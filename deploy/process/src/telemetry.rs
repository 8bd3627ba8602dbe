//! Logs and metrics of a process.
//!
//! Logs go to stderr, as JSON or for reading; stdout is left to the lines that scripts wait for.
//! Metrics are recorded by the `metrics` macros everywhere and shown at `/metrics` on a listener of
//! their own, which is loopback unless somebody says otherwise.

use std::sync::OnceLock;
use std::time::Duration;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use tracing::{error, info};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::util::TryInitError;

use crate::config::MetricsAddress;
use crate::otlp::Recording;
use crate::server::{self, ServeError};
use crate::shutdown::Shutdown;
use crate::{catalogue, vitals};

/// What is logged when `RUST_LOG` says nothing: our changes, and only the complaints of others.
const DEFAULT_FILTER: &str = "info,hyper=warn,reqwest=warn,sqlx=warn,h2=warn,rustls=warn";

/// Without it histograms keep every sample until the next scrape, and nobody may ever scrape.
const UPKEEP_INTERVAL: Duration = Duration::from_secs(5);

/// Upper bounds in seconds for everything that is timed, from a statement to a slow deploy.
const DURATION_BUCKETS: [f64; 16] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 120.0, 600.0];

/// The same for how long something stays in a state: from a look to weeks.
const STATE_BUCKETS: [f64; 12] =
    [1.0, 5.0, 15.0, 30.0, 60.0, 120.0, 300.0, 900.0, 3600.0, 21_600.0, 86_400.0, 604_800.0];

/// How log lines look: `LOG_FORMAT`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// For a person at a terminal.
    Pretty,
}

/// Whether this text is a filter that [`init_logs`] takes.
pub fn is_filter(filter: &str) -> bool {
    EnvFilter::builder().parse(filter).is_ok()
}

/// Starts logging, and makes panics log lines. To be called once, first. Spans are exported only when they are `traced`.
///
/// # Errors
/// When logging was started before.
pub fn init_logs(
    format: LogFormat,
    filter: Option<&str>,
    traced: Option<Recording>,
) -> Result<(), TryInitError> {
    use tracing_subscriber::prelude::*;
    let filter = EnvFilter::builder().parse_lossy(filter.unwrap_or(DEFAULT_FILTER));
    let registry = tracing_subscriber::registry().with(filter).with(traced);
    match format {
        LogFormat::Json => registry
            .with(
                tracing_subscriber::fmt::layer()
                    .json()
                    .flatten_event(true)
                    .with_span_list(false)
                    .with_writer(std::io::stderr),
            )
            .try_init()?,
        LogFormat::Pretty => {
            let colours = std::io::IsTerminal::is_terminal(&std::io::stderr());
            let layer = tracing_subscriber::fmt::layer().with_ansi(colours).with_writer(std::io::stderr);
            registry.with(layer.with_target(false)).try_init()?;
        }
    }
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let message = panic.payload_as_str().unwrap_or("no message");
        error!(place, "a task panicked: {message}");
    }));
    Ok(())
}

static RECORDER: OnceLock<PrometheusHandle> = OnceLock::new();

/// Installs the metrics recorder, once a process; later calls give the same handle.
///
/// # Errors
/// When another kind of recorder was installed before.
pub fn install_recorder() -> Result<PrometheusHandle, BuildError> {
    if let Some(handle) = RECORDER.get() {
        return Ok(handle.clone());
    }
    let handle = PrometheusBuilder::new()
        .with_recommended_naming(true)
        .set_buckets_for_metric(Matcher::Prefix("pool_instance_state_".to_owned()), &STATE_BUCKETS)?
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &DURATION_BUCKETS)?
        .install_recorder()?;
    Ok(RECORDER.get_or_init(|| handle).clone())
}

/// Records for the rest of the process, and serves `/metrics` unless it is off.
///
/// # Errors
/// When the address cannot be listened on.
pub async fn serve_metrics(
    process: &'static str,
    address: &MetricsAddress,
    shutdown: &Shutdown,
) -> Result<(), MetricsError> {
    let handle = install_recorder()?;
    catalogue::begin(&catalogue::common());
    vitals::begin();
    tokio::spawn(upkeep(handle.clone(), shutdown.clone()));
    let MetricsAddress::At(address) = address else {
        info!("metrics are recorded but not served (METRICS_ADDR=off)");
        return Ok(());
    };
    let listener = server::bind(address.as_str()).await?;
    if let Ok(bound) = listener.local_addr() {
        println!("{process} metrics on http://{bound}/metrics");
    }
    let router = Router::new().route("/metrics", get(move || render(handle.clone())));
    let stopped = shutdown.clone();
    tokio::spawn(async move {
        let serving =
            axum::serve(listener, router).with_graceful_shutdown(async move { stopped.wait().await });
        if let Err(error) = serving.await {
            error!("serving metrics ended: {error}");
        }
    });
    Ok(())
}

async fn render(handle: PrometheusHandle) -> impl axum::response::IntoResponse {
    ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], handle.render())
}

async fn upkeep(handle: PrometheusHandle, shutdown: Shutdown) {
    let mut beat = tokio::time::interval(UPKEEP_INTERVAL);
    loop {
        tokio::select! {
            () = shutdown.wait() => return,
            _ = beat.tick() => {
                vitals::look();
                handle.run_upkeep();
            }
        }
    }
}

/// Metrics cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum MetricsError {
    /// The recorder does not start.
    #[error("install the metrics recorder")]
    Recorder(#[from] BuildError),
    /// The address is taken or not ours.
    #[error("listen for metrics (METRICS_ADDR)")]
    Listen(#[from] ServeError),
}

impl From<MetricsError> for crate::exit::Failure {
    fn from(error: MetricsError) -> Self {
        let reason = match &error {
            MetricsError::Listen(error) => error.exit_reason(),
            MetricsError::Recorder(_) => crate::exit::ExitReason::Failed,
        };
        Self::new(reason, error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_are_told_from_nonsense() {
        assert!(is_filter(DEFAULT_FILTER) && is_filter("debug") && is_filter("pool=trace,info"));
        assert!(!is_filter("pool=loud") && !is_filter("a=b=c"));
    }

    #[test]
    fn installing_the_recorder_twice_gives_the_same_one() {
        let first = install_recorder().unwrap();
        let second = install_recorder().unwrap();
        metrics::describe_counter!("pool_tests_total", "Counts this test.");
        metrics::counter!("pool_tests_total").increment(2);
        metrics::histogram!("pool_test_duration_seconds").record(0.3);
        for text in [first.render(), second.render()] {
            assert!(text.contains("\npool_tests_total 2\n"), "{text}");
            assert!(text.contains("# HELP pool_tests_total Counts this test."), "{text}");
            assert!(text.contains("pool_test_duration_seconds_bucket{le=\"0.5\"} 1"), "{text}");
        }
    }

    #[tokio::test]
    async fn a_taken_metrics_address_is_exit_code_3() {
        let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = MetricsAddress::At(taken.local_addr().unwrap().to_string());
        let error = serve_metrics("test", &address, &Shutdown::manual()).await.unwrap_err();
        assert_eq!(crate::exit::Failure::from(error).reason(), crate::exit::ExitReason::PortTaken);
    }
}
