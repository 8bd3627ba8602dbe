//! The configuration of the `pool` process. Every variable is read here, once; everything wrong is said at once.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use controller::Policy;
use model::plan::instance::RECOVERIES_MAX;
use model::record::PoolSpec;
use process::config::{HttpUrl, ProcessSettings, Settings as Variables};
use process::sealing::KeyRing;
use secrecy::SecretString;

use crate::app::Options;
use crate::join_url;
use crate::pool_spec::{INSTANCES_MAX, MIN_IDLE_MAX, STUCK_TIMEOUT_MS_MAX, STUCK_TIMEOUT_MS_MIN};

/// Where metrics are served when nothing is said.
const METRICS_DEFAULT: &str = "127.0.0.1:9464";
/// Health checks faster than this are a load, slower ones notice nothing in time.
const TICKS: std::ops::RangeInclusive<Duration> = Duration::from_millis(100)..=Duration::from_secs(3_600);
const TICK_DEFAULT: Duration = Duration::from_secs(30);
/// Requests a second that one key may make on average.
const REQUESTS_PER_SECOND_DEFAULT: u32 = 1_000;
/// Event streams that may be open at once.
const STREAMS_DEFAULT: u32 = 500;
/// Connections to the database of one replica.
const CONNECTIONS_DEFAULT: u32 = 20;
/// Longest list of hosts, and longest host name there is.
const HOSTS_MAX: usize = 64;
const HOST_CHARACTERS_MAX: usize = 253;

/// Everything that this process is told.
pub struct Settings {
    /// What every process is told.
    pub process: ProcessSettings,
    /// `SERVICES_URL`: one or several replicas, taken in turn.
    pub services: Vec<HttpUrl>,
    /// `SERVICES_API_KEY`.
    pub services_key: SecretString,
    /// `POOL_SECRET_KEY`: what seals secrets in the database.
    pub keys: Arc<KeyRing>,
    /// `DATABASE_CONNECTIONS`.
    pub connections: u32,
    /// The pool that is made at first start.
    pub default_pool: PoolSpec,
    /// How the reconcilers behave.
    pub policy: Policy,
    /// How the API behaves.
    pub api: Options,
}

impl Settings {
    /// Reads everything; problems are collected in `variables`.
    pub fn read(variables: &mut Variables) -> Self {
        let process = ProcessSettings::read(variables, METRICS_DEFAULT);
        let api = Options {
            admin_key: variables.required("POOL_API_KEY"),
            join_hosts: join_hosts(variables),
            requests_per_second: variables.within(
                "API_REQUESTS_PER_SECOND",
                REQUESTS_PER_SECOND_DEFAULT,
                1..=1_000_000,
            ),
            streams_max: variables.within("EVENT_STREAMS_MAX", STREAMS_DEFAULT, 1..=100_000) as usize,
            dashboard: dashboard(variables),
        };
        let keys = Arc::new(variables.required("POOL_SECRET_KEY"));
        let services = services(variables, &process);
        let services_key = variables.required("SERVICES_API_KEY");
        let policy = Policy {
            tick: variables.milliseconds("TICK_INTERVAL_MS", TICK_DEFAULT, TICKS),
            recoveries_max: variables.within("CLAIMED_REDEPLOYS_MAX", RECOVERIES_MAX, 0..=1_000),
            time_scale: process.time_scale,
            lease_duration: process.lease_duration,
        };
        Self {
            services,
            services_key,
            keys,
            connections: variables.within("DATABASE_CONNECTIONS", CONNECTIONS_DEFAULT, 2..=1_000),
            default_pool: default_pool(variables),
            policy,
            api,
            process,
        }
    }
}

fn services(variables: &mut Variables, process: &ProcessSettings) -> Vec<HttpUrl> {
    let services: Vec<HttpUrl> = variables.required_list("SERVICES_URL");
    let elsewhere = services.iter().any(|url| !url.is_loopback());
    #[expect(clippy::float_cmp, reason = "the default is exactly this number")]
    let scaled = process.time_scale != 1.0;
    if scaled && elsewhere {
        variables.problem(
            "TIME_SCALE",
            "time passes as it does where SERVICES_URL is not on this machine",
            "1, or nothing",
        );
    }
    services
}

/// The variables make the pool `default` at first start; later the record rules. Its image is the default of `services`:
/// an image of its own would be undone, and rolled out over, by the first change of the spec that does not repeat it.
fn default_pool(variables: &mut Variables) -> PoolSpec {
    let default = PoolSpec::default();
    let limits = Duration::from_millis(STUCK_TIMEOUT_MS_MIN)..=Duration::from_millis(STUCK_TIMEOUT_MS_MAX);
    let stuck = variables.milliseconds("POOL_STUCK_TIMEOUT_MS", default.stuck_timeout(), limits);
    PoolSpec {
        min_idle: variables.within("POOL_MIN_IDLE", default.min_idle, 0..=MIN_IDLE_MAX),
        max_instances: variables.within("POOL_MAX_INSTANCES", default.max_instances, 0..=INSTANCES_MAX),
        stuck_timeout_ms: u64::try_from(stuck.as_millis()).unwrap_or(STUCK_TIMEOUT_MS_MAX),
        ..default
    }
}

/// A folder that was named must be one, or nobody would notice that it is not.
fn dashboard(variables: &mut Variables) -> Option<PathBuf> {
    let folder: PathBuf = variables.optional("DASHBOARD_DIR")?;
    if !folder.join("index.html").is_file() {
        variables.problem("DASHBOARD_DIR", "holds no index.html", "the folder of a built dashboard");
    }
    Some(folder)
}

fn join_hosts(variables: &mut Variables) -> Vec<String> {
    let hosts = |text: &str| text.split(',').map(|host| host.trim().to_ascii_lowercase()).collect::<Vec<_>>();
    let given = variables.custom("JOIN_URL_HOSTS", "host names, separated by commas", |text| {
        let hosts = hosts(text);
        let fits = |host: &String| {
            (1..=HOST_CHARACTERS_MAX).contains(&host.len())
                && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:".contains(&byte))
        };
        if hosts.len() <= HOSTS_MAX && hosts.iter().all(fits) {
            Ok(hosts)
        } else {
            Err("is not a list of host names".to_owned())
        }
    });
    given.unwrap_or_else(|| hosts(join_url::HOSTS_DEFAULT))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "0123456789abcdef0123456789abcdef";

    fn pairs() -> Vec<(&'static str, String)> {
        vec![
            ("DATABASE_URL", "postgres://pool@localhost/pool".into()),
            ("POOL_API_KEY", KEY.into()),
            ("POOL_SECRET_KEY", KEY.repeat(2)),
            ("SERVICES_URL", "http://127.0.0.1:1,http://127.0.0.1:2/".into()),
            ("SERVICES_API_KEY", KEY.into()),
        ]
    }

    fn read(changes: &[(&'static str, &str)]) -> Result<Settings, Vec<String>> {
        let mut pairs = pairs();
        for (name, value) in changes {
            pairs.retain(|(known, _)| known != name);
            pairs.push((name, (*value).to_owned()));
        }
        Variables::from_pairs(pairs)
            .read(Settings::read)
            .map_err(|error| error.problems.into_iter().map(|problem| problem.name).collect())
    }

    #[test]
    fn everything_that_is_missing_is_told_at_once() {
        let error = Variables::from_pairs(Vec::<(String, String)>::new()).read(Settings::read).err().unwrap();
        let names: Vec<&str> = error.problems.iter().map(|problem| problem.name.as_str()).collect();
        let wanted = ["DATABASE_URL", "POOL_API_KEY", "POOL_SECRET_KEY", "SERVICES_URL", "SERVICES_API_KEY"];
        assert_eq!(names, wanted);
    }

    #[test]
    fn wrong_values_are_refused_by_name() {
        let cases = [
            ("PORT", "abc"),
            ("POOL_MIN_IDLE", "-3"),
            ("POOL_MIN_IDLE", "10001"),
            ("TICK_INTERVAL_MS", "soon"),
            ("POOL_STUCK_TIMEOUT_MS", "1"),
            ("SERVICES_URL", "::"),
            ("POOL_API_KEY", ""),
            ("POOL_API_KEY", "short"),
            ("POOL_SECRET_KEY", "abc"),
            ("JOIN_URL_HOSTS", "a b"),
            ("DASHBOARD_DIR", "/nowhere"),
            ("TIME_SCALE", "0"),
        ];
        for (name, value) in cases {
            assert_eq!(read(&[(name, value)]).err(), Some(vec![name.to_owned()]), "{name}={value}");
        }
        let elsewhere = read(&[("TIME_SCALE", "10"), ("SERVICES_URL", "https://services.example")]);
        assert_eq!(elsewhere.err(), Some(vec!["TIME_SCALE".to_owned()]));
    }

    #[test]
    fn the_default_pool_is_made_of_the_variables() {
        let spec =
            read(&[("POOL_MIN_IDLE", "3"), ("POOL_STUCK_TIMEOUT_MS", "60000")]).ok().unwrap().default_pool;
        assert_eq!((spec.min_idle, spec.stuck_timeout_ms), (3, 60_000));
        let spec = read(&[]).ok().unwrap().default_pool;
        assert_eq!(spec, PoolSpec::default());
    }

    #[test]
    fn several_replicas_of_services_are_taken_in_turn() {
        let services = read(&[]).ok().unwrap().services;
        let texts: Vec<&str> = services.iter().map(HttpUrl::as_str).collect();
        assert_eq!(texts, ["http://127.0.0.1:1", "http://127.0.0.1:2"]);
    }
}
