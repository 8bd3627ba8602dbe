//! The variables that every process of ours reads.

use std::net::IpAddr;
use std::time::Duration;

use super::{DatabaseUrl, Settings, Value};
use crate::exit::Failure;
use crate::otlp::{Collector, Recording};
use crate::telemetry::{LogFormat, init_logs};

/// A lease shorter than this ends before a slow statement does; longer, and a crash is noticed late.
const LEASE_LIMITS: std::ops::RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(600);
const LEASE_DEFAULT: Duration = Duration::from_secs(15);
/// Beyond this the simulated outside is no longer believable.
const TIME_SCALE_MAX: f64 = 10_000.0;

/// Where a process listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListenAddress {
    /// `HOST`.
    pub host: IpAddr,
    /// `PORT`; 0 takes any free one.
    pub port: u16,
}

/// Where metrics are served: `METRICS_ADDR`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MetricsAddress {
    /// Nowhere.
    Off,
    /// At `host:port`, path `/metrics`.
    At(String),
}

impl Value for MetricsAddress {
    const EXPECTED: &'static str = "host:port, or off";
    fn parse(text: &str) -> Result<Self, Option<String>> {
        if text.eq_ignore_ascii_case("off") {
            return Ok(Self::Off);
        }
        let (host, port) = text.rsplit_once(':').ok_or(None)?;
        let host_fits = !host.is_empty()
            && !host.contains(|character: char| character.is_whitespace() || character == '/');
        match port.parse::<u16>() {
            Ok(_) if host_fits => Ok(Self::At(text.to_owned())),
            _ => Err(None),
        }
    }
    fn placeholder() -> Self {
        Self::Off
    }
    fn text(&self) -> Option<String> {
        Some(match self {
            Self::Off => "off".to_owned(),
            Self::At(address) => address.clone(),
        })
    }
}

impl Value for LogFormat {
    const EXPECTED: &'static str = "json or pretty";
    fn parse(text: &str) -> Result<Self, Option<String>> {
        match text {
            "json" => Ok(Self::Json),
            "pretty" => Ok(Self::Pretty),
            _ => Err(None),
        }
    }
    fn placeholder() -> Self {
        Self::Json
    }
    fn text(&self) -> Option<String> {
        let word = match self {
            Self::Json => "json",
            Self::Pretty => "pretty",
        };
        Some(word.to_owned())
    }
}

/// What both `pool` and `services` are told about listening, logging, leases and time.
#[derive(Debug, Clone)]
pub struct ProcessSettings {
    /// `HOST` and `PORT`.
    pub listen: ListenAddress,
    /// `DATABASE_URL`.
    pub database_url: DatabaseUrl,
    /// `METRICS_ADDR`.
    pub metrics: MetricsAddress,
    /// `LOG_FORMAT`.
    pub log_format: LogFormat,
    /// `RUST_LOG`.
    pub log_filter: Option<String>,
    /// `OTEL_EXPORTER_OTLP_ENDPOINT`, `OTEL_EXPORTER_OTLP_HEADERS`.
    pub collector: Option<Collector>,
    /// `LEASE_DURATION`: how long a worker holds a record before another may take it.
    pub lease_duration: Duration,
    /// `TIME_SCALE`: waits on the vendors' side pass this many times faster.
    pub time_scale: f64,
}

impl ProcessSettings {
    /// Starts logging, and exporting traces when that is configured. To be called once, first, inside a runtime.
    ///
    /// # Errors
    /// When logging was started before.
    pub fn init_logs(&self, process: &'static str) -> Result<(), Failure> {
        let traced = self.collector.clone().map(|collector| Recording::begin(process, collector));
        init_logs(self.log_format, self.log_filter.as_deref(), traced).map_err(Failure::other)
    }

    /// Reads them; `metrics_default` is where this process serves its metrics when nothing is said.
    pub fn read(settings: &mut Settings, metrics_default: &str) -> Self {
        let time_scale = settings.or("TIME_SCALE", 1.0);
        if !(time_scale > 0.0 && time_scale <= TIME_SCALE_MAX) {
            let expected = format!("a number above 0, at most {TIME_SCALE_MAX}");
            settings.problem("TIME_SCALE", format!("{time_scale} is out of range"), expected);
        }
        let log_filter = settings.optional::<String>("RUST_LOG");
        if log_filter.as_deref().is_some_and(|filter| !crate::telemetry::is_filter(filter)) {
            settings.problem(
                "RUST_LOG",
                "is not a filter",
                "a level such as info, or target=level, separated by commas",
            );
        }
        Self {
            listen: ListenAddress {
                host: settings.or("HOST", IpAddr::from([0, 0, 0, 0])),
                port: settings.or("PORT", 8080),
            },
            database_url: settings.required("DATABASE_URL"),
            metrics: settings.or("METRICS_ADDR", MetricsAddress::At(metrics_default.to_owned())),
            log_format: settings.or("LOG_FORMAT", LogFormat::Json),
            log_filter,
            collector: Collector::read(settings),
            lease_duration: settings.duration("LEASE_DURATION", LEASE_DEFAULT, LEASE_LIMITS),
            time_scale,
        }
    }
}
