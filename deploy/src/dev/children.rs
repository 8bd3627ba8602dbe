//! What each child is: its words on the command line and its environment. Nothing is started here.

use std::{collections::BTreeMap, ffi::OsString, fmt};

use clap::ValueEnum;
use cluster::Cluster;
use serde::Serialize;
use simulator::tokens;

use super::{folder::Folder, kept::Kept, options::Options};

/// The children, in the order in which they start; they stop in the opposite one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Name {
    /// The database server.
    Postgres,
    /// The vendors.
    Simulator,
    /// The external API layer.
    Services,
    /// The API and the reconcilers.
    Pool,
}

impl Name {
    /// As in the ready file, in log files and in messages.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::Simulator => "simulator",
            Self::Services => "services",
            Self::Pool => "pool",
        }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

/// What a child of this executable is started with.
#[derive(Clone, Default)]
pub struct Invocation {
    /// The words after the executable.
    pub arguments: Vec<OsString>,
    /// Variables set for it, over what it inherits.
    pub variables: BTreeMap<&'static str, String>,
}

/// A reconciler's look at everything; a crash that somebody injects should be seen while they watch.
const TICK_INTERVAL_MS: &str = "5000";
/// How long an instance may be away before it is replaced, for a person who watches.
const STUCK_TIMEOUT_MS: &str = "60000";
/// What simulated deployments are told to run; the simulator starts the local runtime for any image.
const RUNTIME_IMAGE: &str = "ghcr.io/xmtplabs/convos-runtime:dev";

/// Simulated conversations live on this machine.
const JOIN_URL_HOSTS: &str = "popup.convos.org,dev.convos.org,convos.org,127.0.0.1,localhost,::1";

/// The addresses of one run.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Addresses {
    /// The pool's API.
    pub pool_url: String,
    /// The services' API.
    pub services_url: String,
    /// The simulated vendors.
    pub simulator_url: String,
    /// The pool's metrics.
    pub metrics_url: String,
    /// The services' metrics.
    pub services_metrics_url: String,
}

impl Addresses {
    /// The addresses that follow from the ports.
    pub fn new(kept: &Kept) -> Self {
        let url = |port: u16| format!("http://127.0.0.1:{port}");
        Self {
            pool_url: url(kept.ports.pool),
            services_url: url(kept.ports.services),
            simulator_url: url(kept.ports.simulator),
            metrics_url: url(kept.ports.pool_metrics) + "/metrics",
            services_metrics_url: url(kept.ports.services_metrics) + "/metrics",
        }
    }
}

/// The simulator: its world and volumes live in the data folder.
pub fn simulator(options: &Options, kept: &Kept, folder: &Folder) -> Invocation {
    let mut arguments: Vec<OsString> = vec!["simulator".into()];
    let mut option = |name: &str, value: OsString| arguments.extend([name.into(), value]);
    option("--port", kept.ports.simulator.to_string().into());
    option("--runtime", word(&options.runtime).into());
    option("--profile", word(&options.profile).into());
    option("--time-scale", options.time_scale.to_string().into());
    option("--seed", options.seed.to_string().into());
    option("--state-file", folder.simulator().join("state.json").into());
    option("--state-dir", folder.simulator().into());
    if let Some(seconds) = options.deploy_seconds {
        option("--deploy-seconds", seconds.to_string().into());
    }
    Invocation { arguments, variables: common() }
}

/// The services process, pointed at the simulated vendors.
pub fn services(options: &Options, kept: &Kept, cluster: &Cluster) -> Invocation {
    let addresses = Addresses::new(kept);
    let vendor = |path: &str| format!("{}/{path}", addresses.simulator_url);
    let mut variables = common();
    variables.extend([
        ("PORT", kept.ports.services.to_string()),
        ("METRICS_ADDR", format!("127.0.0.1:{}", kept.ports.services_metrics)),
        ("DATABASE_URL", cluster.url("services")),
        ("TIME_SCALE", options.time_scale.to_string()),
        ("SERVICES_API_KEY", kept.services_api_key.clone()),
        ("SERVICES_SECRET_KEY", kept.services_secret_key.clone()),
        ("SERVICES_PUBLIC_URL", addresses.services_url.clone()),
        ("RAILWAY_API_TOKEN", tokens::RAILWAY_TOKEN.into()),
        ("RAILWAY_WORKSPACE_ID", tokens::RAILWAY_WORKSPACE_ID.into()),
        ("RAILWAY_DOMAIN_SCHEME", "http".into()),
        ("RAILWAY_WEBHOOK_SECRET", kept.railway_webhook_secret.clone()),
        ("RAILWAY_API_URL", vendor("railway/graphql/v2")),
        ("GHCR_URL", vendor("ghcr")),
        ("OPENROUTER_MANAGEMENT_KEY", tokens::OPENROUTER_MANAGEMENT_KEY.into()),
        ("OPENROUTER_API_URL", vendor("openrouter/api/v1")),
        ("AGENTMAIL_API_KEY", tokens::AGENTMAIL_API_KEY.into()),
        ("AGENTMAIL_API_URL", vendor("agentmail/v0")),
        ("TELNYX_API_KEY", tokens::TELNYX_API_KEY.into()),
        ("TELNYX_PUBLIC_KEY", tokens::telnyx_public_key()),
        ("TELNYX_API_URL", vendor("telnyx/v2")),
        ("BANKR_PARTNER_KEY", tokens::BANKR_PARTNER_KEY.into()),
        ("BANKR_API_URL", vendor("bankr")),
    ]);
    unless_inherited(&mut variables, &[("RAILWAY_SHELF", "0"), ("RAILWAY_RUNTIME_IMAGE", RUNTIME_IMAGE)]);
    Invocation { arguments: vec!["services".into()], variables }
}

/// The pool process.
pub fn pool(options: &Options, kept: &Kept, cluster: &Cluster) -> Invocation {
    let mut variables = common();
    variables.extend([
        ("PORT", kept.ports.pool.to_string()),
        ("METRICS_ADDR", format!("127.0.0.1:{}", kept.ports.pool_metrics)),
        ("DATABASE_URL", cluster.url("pool")),
        ("TIME_SCALE", options.time_scale.to_string()),
        ("POOL_API_KEY", kept.api_key.clone()),
        ("POOL_SECRET_KEY", kept.pool_secret_key.clone()),
        ("SERVICES_URL", Addresses::new(kept).services_url),
        ("SERVICES_API_KEY", kept.services_api_key.clone()),
        ("POOL_MIN_IDLE", options.min_idle.to_string()),
    ]);
    if let Some(most) = options.max_instances {
        variables.insert("POOL_MAX_INSTANCES", most.to_string());
    }
    unless_inherited(
        &mut variables,
        &[
            ("TICK_INTERVAL_MS", TICK_INTERVAL_MS),
            ("POOL_STUCK_TIMEOUT_MS", STUCK_TIMEOUT_MS),
            ("JOIN_URL_HOSTS", JOIN_URL_HOSTS),
        ],
    );
    Invocation { arguments: vec!["pool".into()], variables }
}

/// How a choice is written on the command line.
fn word<T: ValueEnum>(choice: &T) -> String {
    choice.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}

fn common() -> BTreeMap<&'static str, String> {
    BTreeMap::from([("HOST", "127.0.0.1".into()), ("LOG_FORMAT", "pretty".into())])
}

/// Defaults of ours that a person may override in the environment.
fn unless_inherited(variables: &mut BTreeMap<&'static str, String>, defaults: &[(&'static str, &str)]) {
    for (name, value) in defaults {
        if std::env::var_os(name).is_none_or(|value| value.is_empty()) {
            variables.insert(name, (*value).to_owned());
        }
    }
}

/// Whether an inherited variable is kept from the children: what could lead them to a real vendor's
/// account. Tuning variables are passed on.
pub fn is_foreign(name: &str) -> bool {
    const VENDORS: [&str; 6] = ["RAILWAY_", "GHCR_", "OPENROUTER_", "AGENTMAIL_", "TELNYX_", "BANKR_"];
    const REACHES: [&str; 7] = ["_KEY", "_TOKEN", "_TOKENS", "_URL", "_ID", "_USERNAME", "_SECRET"];
    VENDORS.iter().any(|vendor| name.starts_with(vendor)) && REACHES.iter().any(|end| name.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_real_account_in_the_environment_never_reaches_the_children() {
        for name in ["RAILWAY_API_TOKENS", "GHCR_TOKEN", "BANKR_API_KEY", "AGENTMAIL_FALLBACK_INBOX_ID"] {
            assert!(is_foreign(name), "{name}");
        }
    }

    #[test]
    fn tuning_variables_reach_the_children() {
        for name in ["TICK_INTERVAL_MS", "RAILWAY_SHELF", "OPENROUTER_KEY_LIMIT", "RUST_LOG", "PATH"] {
            assert!(!is_foreign(name), "{name}");
        }
    }
}
