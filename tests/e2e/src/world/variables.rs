//! The environment of each process.

use std::collections::BTreeMap;

use simulator::tokens;

use super::{Keys, NAME_PREFIX, Options, Ports, url};

type Variables = BTreeMap<String, String>;

fn variables(pairs: impl IntoIterator<Item = (&'static str, String)>) -> Variables {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// What every process gets.
pub(super) fn common() -> Variables {
    let level = std::env::var("E2E_LOG").unwrap_or_else(|_| "info".to_owned());
    variables([
        ("HOST", "127.0.0.1".to_owned()),
        ("LOG_FORMAT", "pretty".to_owned()),
        ("RUST_LOG", level),
        ("METRICS_ADDR", "off".to_owned()),
    ])
}

fn process(options: &Options, port: u16, database: &str) -> Variables {
    let mut all = common();
    all.extend(variables([
        ("PORT", port.to_string()),
        ("DATABASE_URL", database.to_owned()),
        ("TIME_SCALE", options.time_scale.to_string()),
        ("LEASE_DURATION", format!("{}ms", options.lease.as_millis())),
    ]));
    all
}

/// One replica of `services`.
pub(super) fn services(
    options: &Options,
    ports: &Ports,
    keys: &Keys,
    database: &str,
    index: usize,
) -> Variables {
    let port = ports.services[index];
    let vendor = |path: &str| format!("{}/{path}", url(ports.simulator));
    let environment = NAME_PREFIX.trim_start_matches("agent-").trim_end_matches('-');
    let mut all = process(options, port, database);
    all.extend(variables([
        ("SERVICES_API_KEY", keys.services_api.clone()),
        ("SERVICES_SECRET_KEY", keys.services_secret.clone()),
        // Agents call the first replica; it is what a load balancer would be.
        ("SERVICES_PUBLIC_URL", url(ports.services[0])),
        ("RAILWAY_API_TOKEN", tokens::RAILWAY_TOKEN.to_owned()),
        ("RAILWAY_WORKSPACE_ID", tokens::RAILWAY_WORKSPACE_ID.to_owned()),
        ("RAILWAY_ENVIRONMENT_NAME", environment.to_owned()),
        ("RAILWAY_DOMAIN_SCHEME", "http".to_owned()),
        ("RAILWAY_API_URL", vendor("railway/graphql/v2")),
        ("RAILWAY_RUNTIME_IMAGE", "ghcr.io/xmtplabs/convos-runtime:dev".to_owned()),
        ("RAILWAY_SHELF", "0".to_owned()),
        ("GHCR_URL", vendor("ghcr")),
        ("OPENROUTER_MANAGEMENT_KEY", tokens::OPENROUTER_MANAGEMENT_KEY.to_owned()),
        ("OPENROUTER_API_URL", vendor("openrouter/api/v1")),
        ("AGENTMAIL_API_KEY", tokens::AGENTMAIL_API_KEY.to_owned()),
        ("AGENTMAIL_API_URL", vendor("agentmail/v0")),
        ("TELNYX_API_KEY", tokens::TELNYX_API_KEY.to_owned()),
        ("TELNYX_API_URL", vendor("telnyx/v2")),
        ("BANKR_PARTNER_KEY", tokens::BANKR_PARTNER_KEY.to_owned()),
        ("BANKR_API_URL", vendor("bankr")),
    ]));
    all.extend(options.services_variables.clone());
    all
}

/// One replica of `pool`: its port, and those at which it reaches `services`.
pub(super) fn pool(
    options: &Options,
    (port, services): (u16, &[u16]),
    keys: &Keys,
    database: &str,
) -> Variables {
    let services: Vec<String> = services.iter().map(|port| url(*port)).collect();
    let mut all = process(options, port, database);
    all.extend(variables([
        ("POOL_API_KEY", keys.pool_api.clone()),
        ("POOL_SECRET_KEY", keys.pool_secret.clone()),
        ("SERVICES_URL", services.join(",")),
        ("SERVICES_API_KEY", keys.services_api.clone()),
        ("POOL_MIN_IDLE", options.min_idle.to_string()),
        ("POOL_MAX_INSTANCES", options.max_instances.to_string()),
        ("TICK_INTERVAL_MS", options.tick.as_millis().to_string()),
        ("POOL_STUCK_TIMEOUT_MS", options.stuck_timeout.as_millis().to_string()),
        ("RAILWAY_RUNTIME_IMAGE", "ghcr.io/xmtplabs/convos-runtime:dev".to_owned()),
    ]));
    all.extend(options.pool_variables.clone());
    all
}
