//! What the container is told by its environment, read once and refused as a whole when anything is wrong.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use process::config::{ListenAddress, Settings};
use process::telemetry::LogFormat;
use secrecy::{ExposeSecret, SecretString};

use crate::agent::Kind;
use crate::openclaw::Files;
use crate::supervisor::Timing;

/// The gateway of an agent is ready 60 to 120 s after its start on a small machine.
const START_LIMIT: Duration = Duration::from_secs(180);
/// Stays below the ten seconds that platforms grant, and leaves time to write the last state.
const STOP_GRACE: Duration = Duration::from_secs(8);
const RESTART_PAUSE: Duration = Duration::from_millis(500);
/// Where the platform mounts the volume when it does not say.
const VOLUME_DEFAULT: &str = "/data";
/// What the image ships for the gateway.
const OPENCLAW_FILES: &str = "/opt/openclaw";
/// The gateway's folder on the volume.
const OPENCLAW_STATE: &str = "/data/openclaw";
/// Our folder on the volume; the agents have theirs beside it.
const STATE_FOLDER: &str = "convos-runtime";

/// The configuration of the front.
#[derive(Debug, Clone)]
pub struct Configuration {
    /// `HOST`, `PORT`.
    pub listen: ListenAddress,
    /// `GATEWAY_TOKEN` or `OPENCLAW_GATEWAY_TOKEN`: who may provision.
    pub token: SecretString,
    /// `AGENT`: which agent runs inside.
    pub agent: Kind,
    /// `AGENT_PORT`: its loopback port.
    pub agent_port: u16,
    /// `AGENT_START_TIMEOUT`, `AGENT_STOP_GRACE`, `AGENT_RESTART_PAUSE`.
    pub timing: Timing,
    /// `INSTANCE_ID`.
    pub instance_id: Option<String>,
    /// `RAILWAY_PUBLIC_DOMAIN`: where people reach this container.
    pub public_domain: Option<String>,
    /// Folder for our state, on the volume.
    pub state: PathBuf,
    /// `OPENCLAW_FILES`, `OPENCLAW_STATE_DIR`.
    pub openclaw: Files,
    /// `LOG_FORMAT`.
    pub log_format: LogFormat,
    /// `RUST_LOG`.
    pub log_filter: Option<String>,
}

impl Configuration {
    /// Reads every variable, recording what is wrong.
    pub fn read(settings: &mut Settings) -> Self {
        let agent = settings
            .custom("AGENT", "builtin or openclaw", |text| {
                <Kind as clap::ValueEnum>::from_str(text, false).map_err(|_| format!("{text:?} is no agent"))
            })
            .unwrap_or(Kind::Builtin);
        let log_filter = settings.optional::<String>("RUST_LOG");
        if log_filter.as_deref().is_some_and(|filter| !process::telemetry::is_filter(filter)) {
            settings.problem("RUST_LOG", "is not a filter", "a level such as info, or target=level");
        }
        settings.custom("BUILTIN_JOIN", "accept, pending or refuse", |text| {
            let known = matches!(text, "accept" | "pending" | "refuse");
            if known { Ok(()) } else { Err(format!("{text:?} is no outcome")) }
        });
        Self {
            listen: ListenAddress {
                host: settings.or("HOST", IpAddr::from([0, 0, 0, 0])),
                port: settings.or("PORT", 8080),
            },
            token: token(settings),
            agent,
            agent_port: settings.or("AGENT_PORT", agent.default_port()),
            timing: timing(settings),
            instance_id: settings.optional("INSTANCE_ID"),
            public_domain: public_domain(settings),
            openclaw: Files {
                shipped: settings.or("OPENCLAW_FILES", OPENCLAW_FILES.into()),
                state: settings.or("OPENCLAW_STATE_DIR", OPENCLAW_STATE.into()),
                ours: state(settings),
            },
            state: state(settings),
            log_format: settings.or("LOG_FORMAT", LogFormat::Pretty),
            log_filter,
        }
    }

    /// Where people reach the container: the public domain, else the address that was bound.
    pub fn public_base(&self, bound: SocketAddr) -> String {
        match &self.public_domain {
            Some(domain) => format!("{}://{domain}", scheme(domain)),
            None if bound.ip().is_unspecified() => format!("http://127.0.0.1:{}", bound.port()),
            None => format!("http://{bound}"),
        }
    }
}

/// Both names are in use for the same token. Two different values would leave one sender outside.
fn token(settings: &mut Settings) -> SecretString {
    let ours = settings.optional::<SecretString>("GATEWAY_TOKEN");
    let agents = settings.optional::<SecretString>("OPENCLAW_GATEWAY_TOKEN");
    if let (Some(ours), Some(agents)) = (&ours, &agents)
        && !process::auth::same(ours.expose_secret(), agents.expose_secret())
    {
        settings.problem(
            "OPENCLAW_GATEWAY_TOKEN",
            "differs from GATEWAY_TOKEN",
            "the same value, or one of the two",
        );
    }
    // Reports a missing one under the first name, and nothing more when either was set and wrong.
    ours.or(agents).unwrap_or_else(|| match settings.is_set("OPENCLAW_GATEWAY_TOKEN") {
        true => SecretString::default(),
        false => settings.required("GATEWAY_TOKEN"),
    })
}

fn timing(settings: &mut Settings) -> Timing {
    let seconds = Duration::from_secs;
    Timing {
        start_limit: settings.duration("AGENT_START_TIMEOUT", START_LIMIT, seconds(1)..=seconds(3600)),
        stop_grace: settings.duration("AGENT_STOP_GRACE", STOP_GRACE, Duration::ZERO..=seconds(9)),
        restart_pause: settings.duration(
            "AGENT_RESTART_PAUSE",
            RESTART_PAUSE,
            Duration::from_millis(1)..=seconds(30),
        ),
    }
}

fn public_domain(settings: &mut Settings) -> Option<String> {
    settings.custom("RAILWAY_PUBLIC_DOMAIN", "a host name, with a port or without", |text| {
        let plain =
            text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']'));
        if plain { Ok(text.to_string()) } else { Err(format!("{text:?} is no host name")) }
    })
}

fn state(settings: &mut Settings) -> PathBuf {
    let mount = settings.optional::<PathBuf>("RAILWAY_VOLUME_MOUNT_PATH");
    let beside_agent = settings.optional::<PathBuf>("OPENCLAW_STATE_DIR");
    let volume = mount.or_else(|| beside_agent.and_then(|folder| folder.parent().map(PathBuf::from)));
    volume.unwrap_or_else(|| VOLUME_DEFAULT.into()).join(STATE_FOLDER)
}

/// People on this machine have no certificate for it.
fn scheme(domain: &str) -> &'static str {
    let host = match domain.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => domain.split(':').next().unwrap_or_default(),
    };
    let loopback = host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    if loopback || host == "localhost" || host.ends_with(".localhost") { "http" } else { "https" }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: (&str, &str) = ("GATEWAY_TOKEN", "0123456789abcdef");

    fn read(pairs: &[(&str, &str)]) -> Result<Configuration, process::config::ConfigError> {
        Settings::from_pairs(pairs.iter().copied()).read(Configuration::read)
    }

    fn names(pairs: &[(&str, &str)]) -> Vec<String> {
        read(pairs).unwrap_err().problems.into_iter().map(|problem| problem.name).collect()
    }

    #[test]
    fn a_container_without_a_token_does_not_start() {
        assert_eq!(names(&[]), ["GATEWAY_TOKEN"]);
        assert_eq!(names(&[("GATEWAY_TOKEN", "")]), ["GATEWAY_TOKEN"]);
        assert_eq!(names(&[("OPENCLAW_GATEWAY_TOKEN", "short")]), ["OPENCLAW_GATEWAY_TOKEN"]);
        assert_eq!(
            names(&[TOKEN, ("OPENCLAW_GATEWAY_TOKEN", "another-value-of-it")]),
            ["OPENCLAW_GATEWAY_TOKEN"]
        );
    }

    #[test]
    fn everything_wrong_is_said_at_once() {
        let wrong =
            names(&[("PORT", "abc"), ("AGENT", "hermes"), ("AGENT_STOP_GRACE", "1h"), ("LOG_FORMAT", "x")]);
        assert_eq!(wrong, ["AGENT", "PORT", "GATEWAY_TOKEN", "AGENT_STOP_GRACE", "LOG_FORMAT"]);
    }

    #[test]
    fn either_name_of_the_token_will_do() {
        assert!(read(&[TOKEN]).is_ok());
        assert!(read(&[("OPENCLAW_GATEWAY_TOKEN", TOKEN.1)]).is_ok());
        assert!(read(&[TOKEN, ("OPENCLAW_GATEWAY_TOKEN", TOKEN.1)]).is_ok());
    }

    #[test]
    fn state_lives_on_the_volume() {
        let folder = |pairs: &[(&str, &str)]| read(&[&[TOKEN], pairs].concat()).unwrap().state;
        assert_eq!(folder(&[]), PathBuf::from("/data/convos-runtime"));
        assert_eq!(folder(&[("OPENCLAW_STATE_DIR", "/vol/openclaw")]), PathBuf::from("/vol/convos-runtime"));
        let both = [("OPENCLAW_STATE_DIR", "/data/openclaw"), ("RAILWAY_VOLUME_MOUNT_PATH", "/mnt")];
        assert_eq!(folder(&both), PathBuf::from("/mnt/convos-runtime"));
    }

    #[test]
    fn links_are_https_but_on_this_machine() {
        let base = |domain: &str| {
            let bound = SocketAddr::from(([0, 0, 0, 0], 8080));
            read(&[TOKEN, ("RAILWAY_PUBLIC_DOMAIN", domain)]).unwrap().public_base(bound)
        };
        assert_eq!(base("a1.up.railway.app"), "https://a1.up.railway.app");
        assert_eq!(base("a1.example.org:8443"), "https://a1.example.org:8443");
        assert_eq!(base("127.0.0.1:4000"), "http://127.0.0.1:4000");
        assert_eq!(base("a1.localhost:4000"), "http://a1.localhost:4000");
        assert_eq!(base("[::1]:4000"), "http://[::1]:4000");
        assert_eq!(base(""), "http://127.0.0.1:8080");
        assert_eq!(names(&[TOKEN, ("RAILWAY_PUBLIC_DOMAIN", "evil/\"><script>")]), ["RAILWAY_PUBLIC_DOMAIN"]);
    }
}
