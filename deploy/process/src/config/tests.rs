use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use super::*;
use crate::sealing::KeyRing;
use crate::telemetry::LogFormat;

const DATABASE: (&str, &str) = ("DATABASE_URL", "postgres://pool:hunter2hunter2@localhost/pool");

fn read_common(pairs: &[(&str, &str)]) -> Result<ProcessSettings, ConfigError> {
    let pairs = std::iter::once(&DATABASE).chain(pairs).copied();
    Settings::from_pairs(pairs).read(|settings| ProcessSettings::read(settings, "127.0.0.1:9464"))
}

#[test]
fn every_wrong_variable_is_named_with_what_is_expected() {
    let cases = [
        ("PORT", "abc"),
        ("PORT", "-1"),
        ("PORT", "65536"),
        ("HOST", "not an address"),
        ("METRICS_ADDR", "9464"),
        ("METRICS_ADDR", "localhost:metrics"),
        ("METRICS_ADDR", ":9464"),
        ("LOG_FORMAT", "xml"),
        ("RUST_LOG", "pool=loud"),
        ("LEASE_DURATION", "soon"),
        ("LEASE_DURATION", "1ms"),
        ("TIME_SCALE", "0"),
        ("TIME_SCALE", "-2"),
        ("TIME_SCALE", "NaN"),
        ("DATABASE_URL", "mysql://localhost/pool"),
        ("DATABASE_URL", "::"),
        ("DATABASE_URL", ""),
    ];
    for (name, value) in cases {
        let error = read_common(&[(name, value)]).unwrap_err();
        assert_eq!(error.problems.len(), 1, "{name}={value}: {error}");
        assert_eq!(error.problems[0].name, name, "{name}={value}");
        assert!(!error.problems[0].expected.is_empty(), "{name}={value}");
    }
}

#[test]
fn all_problems_are_told_at_once_one_line_a_variable() {
    let error = Settings::from_pairs([("PORT", "abc"), ("METRICS_ADDR", "x")])
        .read(|settings| ProcessSettings::read(settings, "127.0.0.1:9464"))
        .unwrap_err();
    let text = error.to_string();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 3, "{text}");
    assert!(
        lines.contains(&r#"PORT: "abc" does not fit; expected a whole number from 0 to 65535"#),
        "{text}"
    );
    assert!(lines.iter().any(|line| line.starts_with("DATABASE_URL: is not set; expected ")), "{text}");
}

#[test]
fn a_variable_is_listed_once_however_much_is_wrong_with_it() {
    let error = Settings::from_pairs([("SERVICES_URL", "::,ftp://x")])
        .read(|settings| settings.required_list::<HttpUrl>("SERVICES_URL"))
        .unwrap_err();
    assert_eq!(error.problems.len(), 1, "{error}");
}

#[test]
fn a_secret_is_never_repeated_and_never_empty() {
    type Read = fn(&mut Settings);
    let cases: [(&str, Read); 6] = [
        ("tooshort", |settings| drop(settings.required::<SecretString>("KEY"))),
        ("", |settings| drop(settings.required::<SecretString>("KEY"))),
        ("", |settings| drop(settings.optional::<SecretString>("KEY"))),
        ("not hex not hex not hex", |settings| drop(settings.required::<KeyRing>("KEY"))),
        ("http://user:password123@host", |settings| drop(settings.required::<HttpUrl>("KEY"))),
        ("mysql://user:password123@host", |settings| drop(settings.required::<DatabaseUrl>("KEY"))),
    ];
    for (value, reader) in cases {
        let error = Settings::from_pairs([("KEY", value)]).read(reader).unwrap_err();
        assert_eq!(error.problems[0].name, "KEY");
        assert!(value.is_empty() || !error.to_string().contains(value), "{error}");
        assert!(!error.to_string().contains("password123"), "{error}");
    }
}

#[test]
fn an_empty_variable_that_is_no_secret_counts_as_not_set() {
    let settings = read_common(&[("PORT", ""), ("METRICS_ADDR", " "), ("LOG_FORMAT", "")]).unwrap();
    assert_eq!(settings.listen.port, 8080);
    assert_eq!(settings.metrics, MetricsAddress::At("127.0.0.1:9464".into()));
    assert_eq!(settings.log_format, LogFormat::Json);
}

#[test]
fn right_values_are_taken() {
    let settings = read_common(&[
        ("HOST", "127.0.0.1"),
        ("PORT", "0"),
        ("METRICS_ADDR", "off"),
        ("LOG_FORMAT", "pretty"),
        ("RUST_LOG", "info,sqlx=warn"),
        ("LEASE_DURATION", "1m 30s"),
        ("TIME_SCALE", "12.5"),
    ])
    .unwrap();
    assert_eq!(settings.listen, ListenAddress { host: [127, 0, 0, 1].into(), port: 0 });
    assert_eq!(settings.metrics, MetricsAddress::Off);
    assert_eq!(settings.log_format, LogFormat::Pretty);
    assert_eq!(settings.lease_duration, Duration::from_secs(90));
    assert!((settings.time_scale - 12.5).abs() < f64::EPSILON);
    assert_eq!(settings.database_url.secret().expose_secret(), DATABASE.1);
}

#[test]
fn numbers_keep_their_limits() {
    let read = |value: &str| {
        Settings::from_pairs([("POOL_MIN_IDLE", value)])
            .read(|s| s.within::<u32>("POOL_MIN_IDLE", 5, 0..=1_000))
    };
    for wrong in ["-3", "1001", "five", "1.5", "99999999999999999999"] {
        let error = read(wrong).unwrap_err();
        assert_eq!(error.problems[0].expected, "a whole number from 0 to 1000", "{wrong}");
    }
    assert_eq!(read("0"), Ok(0));
    assert_eq!(read("1000"), Ok(1_000));
    let milliseconds = |value: &str| {
        let limits = Duration::from_millis(100)..=Duration::from_secs(3_600);
        Settings::from_pairs([("TICK_INTERVAL_MS", value)])
            .read(|settings| settings.milliseconds("TICK_INTERVAL_MS", Duration::from_secs(30), limits))
    };
    assert!(milliseconds("soon").is_err() && milliseconds("1").is_err());
    assert_eq!(milliseconds("1500"), Ok(Duration::from_millis(1_500)));
}

#[test]
fn base_urls_lose_their_trailing_slash_and_know_loopback() {
    let url = |text: &str| HttpUrl::parse(text).unwrap();
    assert_eq!(url("http://127.0.0.1:9000/v1/").as_str(), "http://127.0.0.1:9000/v1");
    for (text, loopback) in [
        ("http://127.0.0.1:1", true),
        ("http://[::1]:1", true),
        ("http://localhost", true),
        ("http://agent.localhost:8", true),
        ("http://localhost.example.org", false),
        ("https://example.org", false),
    ] {
        assert_eq!(url(text).is_loopback(), loopback, "{text}");
    }
    for wrong in ["::", "ftp://x", "http://", "example.org", "http://x/?a=1", "http://u@x/"] {
        assert!(HttpUrl::parse(wrong).is_err(), "{wrong}");
    }
}
