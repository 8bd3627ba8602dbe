//! `docs/configuration.md` is made from the code that reads the variables, and the examples in `.env.example` name the same
//! ones with the same defaults. `UPDATE_DOCS=1 cargo nextest run -p e2e --test configuration` writes the page anew.
#![expect(clippy::unwrap_used, reason = "a tree that cannot be read has failed the test")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use e2e::pages::hold;
use e2e::world::programs::repository;
use process::config::{Described, Need, Settings};

/// What each variable is for.
const MEANING: &[(&str, &str)] = &[
    ("HOST", "Address to listen on"),
    ("PORT", "Port to listen on; 0 takes a free one and prints it"),
    ("DATABASE_URL", "The process's own PostgreSQL database"),
    ("DATABASE_CONNECTIONS", "Most connections to the database of one replica"),
    ("METRICS_ADDR", "Where `/metrics` is served; `off` for nowhere"),
    ("LOG_FORMAT", "One JSON object a line, or lines for a terminal"),
    (
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "Sends traces to an OpenTelemetry collector, under `/v1/traces` of this address",
    ),
    ("OTEL_EXPORTER_OTLP_HEADERS", "`name=value,name=value` sent along, a blank as `%20`"),
    ("RUST_LOG", "Which log lines are written; by default everything of ours from `info` on"),
    ("LEASE_DURATION", "How long a worker holds a record before another may take it"),
    ("TIME_SCALE", "Only with a simulated outside: waits on the vendors' side pass this many times faster"),
    ("POOL_API_KEY", "The admin's key of the pool API; others are made with `POST /api/keys`"),
    ("POOL_SECRET_KEY", "Seals what users bring; the first key of a ring seals, all open"),
    ("POOL_MIN_IDLE", "Idle members of the pool `default`, at its first start; later its record rules"),
    ("POOL_MAX_INSTANCES", "Most members of the pool `default`, at its first start"),
    (
        "POOL_STUCK_TIMEOUT_MS",
        "How long an instance may be unwell before it is replaced, at the first start of the pool `default`",
    ),
    ("TICK_INTERVAL_MS", "Time between two looks at an instance that settled"),
    (
        "CLAIMED_REDEPLOYS_MAX",
        "Redeploys that are tried for an instance that serves somebody, before a person has to look",
    ),
    (
        "SERVICES_URL",
        "Where `services` is; several replicas are taken in turn. In an agent: where its tools are",
    ),
    ("SERVICES_API_KEY", "The pool's key at `services`"),
    ("SERVICES_SECRET_KEY", "Seals agents' tokens and variables; the first key of a ring seals, all open"),
    ("SERVICES_PUBLIC_URL", "Where agents reach `services`"),
    (
        "JOIN_URL_HOSTS",
        "Hosts of conversations that agents may be told to join; by default the messenger's own",
    ),
    ("API_REQUESTS_PER_SECOND", "Requests a second that one key may make on average"),
    ("EVENT_STREAMS_MAX", "Event streams that may be open at once"),
    ("DASHBOARD_DIR", "Folder of the dashboard's files; by default beside the executable"),
    ("RAILWAY_API_TOKEN", "A workspace token; not needed when `RAILWAY_API_TOKENS` is set"),
    ("RAILWAY_API_TOKENS", "Several workspaces, each with a lane of its own"),
    ("RAILWAY_WORKSPACE_ID", "The workspace; may be left out when the token sees exactly one"),
    ("RAILWAY_API_URL", "The infrastructure's API"),
    (
        "RAILWAY_ENVIRONMENT_NAME",
        "Name of the environment: in agents' projects, and the middle of every name outside",
    ),
    ("RAILWAY_PROJECT_INTERVAL", "Least time between two project creations in a workspace"),
    ("RAILWAY_DOMAIN_SCHEME", "How agents' addresses begin; `http` only for this machine"),
    ("RAILWAY_SHELF", "Empty projects that are kept for bursts"),
    ("RAILWAY_STATUS_CHUNK", "Projects that are read in one request"),
    ("RAILWAY_WEBHOOK_SECRET", "Registers a webhook for deployment events under this path"),
    ("RAILWAY_REQUESTS_PER_SECOND", "Our own limit of requests, below the plan's"),
    ("RAILWAY_RUNTIME_IMAGE", "The image that agents run, unless a pool's spec says otherwise"),
    ("RAILWAY_PUBLIC_DOMAIN", "Set by the platform: the domain in invite links"),
    ("RAILWAY_VOLUME_MOUNT_PATH", "Set by the platform: the volume that state is kept on"),
    ("RUNTIME_CPU", "Processors of one agent"),
    ("RUNTIME_MEMORY_GB", "Memory of one agent in GB"),
    ("HEALTH_CONCURRENCY", "Agents that are asked for their health at once"),
    ("HEALTH_TIMEOUT", "How long an agent's health is waited for"),
    (
        "RESOURCE_PREFIX",
        "How names outside begin: 1 to 10 of a-z and 0-9; with the environment's name they must stay within 32 characters",
    ),
    ("GHCR_URL", "The image registry"),
    ("GHCR_USERNAME", "For a private image"),
    ("GHCR_TOKEN", "For a private image"),
    ("XMTP_ENV", "The messenger's network that agents use"),
    ("OPENCLAW_PRIMARY_MODEL", "The model that agents use unless a claim says otherwise"),
    ("OPENROUTER_MANAGEMENT_KEY", "Makes a model key for every agent"),
    ("OPENROUTER_KEY_LIMIT", "Limit of one agent's model key in US dollars"),
    ("OPENROUTER_KEY_LIMIT_RESET", "When that limit starts anew; by default never"),
    ("OPENROUTER_API_URL", "The model vendor's API"),
    ("AGENTMAIL_API_KEY", "Switches the tool `email` on"),
    ("AGENTMAIL_DOMAIN", "A verified domain for agents' addresses"),
    ("AGENTMAIL_FALLBACK_INBOX_ID", "Shared when the plan allows no further inbox"),
    ("AGENTMAIL_WEBHOOK_SECRET", "Checks the signatures of incoming mail"),
    ("AGENTMAIL_API_URL", "The mail vendor's API"),
    ("TELNYX_API_KEY", "Switches the tool `sms` on"),
    ("TELNYX_MESSAGING_PROFILE_ID", "The messaging profile; found or made by name when not given"),
    ("TELNYX_RELEASE", "What becomes of numbers that are not needed any more"),
    ("TELNYX_PUBLIC_KEY", "Checks the signatures of incoming messages"),
    ("TELNYX_API_URL", "The phone vendor's API"),
    ("BANKR_PARTNER_KEY", "Switches the tool `crypto` on, with a wallet for each agent"),
    ("BANKR_API_KEY", "One wallet for all agents, if that is allowed"),
    ("BANKR_ALLOW_SHARED", "Whether agents may share one wallet"),
    ("BANKR_API_URL", "The wallet vendor's API"),
    ("GATEWAY_TOKEN", "Who may provision the container"),
    ("OPENCLAW_GATEWAY_TOKEN", "The same under the agent's name"),
    ("INSTANCE_ID", "The id of the instance"),
    ("INSTANCE_SERVICES_TOKEN", "What the agent shows to `services`"),
    ("OPENCLAW_STATE_DIR", "The agent's own state, on the volume"),
    (
        "OPENCLAW_FILES",
        "Folder of the image with OpenClaw's configuration, extensions and workspace; `/opt/openclaw` by default",
    ),
    ("AGENT", "The agent that runs: the small one inside, or OpenClaw"),
    ("AGENT_PORT", "Loopback port of the agent; by default that of its kind"),
    ("AGENT_START_TIMEOUT", "How long the agent may take to become ready"),
    ("AGENT_STOP_GRACE", "How long it may take to end"),
    ("AGENT_RESTART_PAUSE", "First pause before it is started again"),
    ("BUILTIN_JOIN", "How joins of the small agent end"),
];

/// Each process: its name, its example, what it reads.
fn processes() -> [(&'static str, &'static str, Vec<Described>); 3] {
    [
        ("pool", "api/.env.example", Settings::describe(api::settings::Settings::read)),
        ("services", "providers/.env.example", Settings::describe(providers::settings::Settings::read)),
        (
            "convos-runtime",
            "runtime/.env.example",
            Settings::describe(convos_runtime::settings::Configuration::read),
        ),
    ]
}

fn page() -> String {
    let meaning: BTreeMap<&str, &str> = MEANING.iter().copied().collect();
    let mut page = String::from(
        "# Configuration\n\nMade from the code that reads the variables; `UPDATE_DOCS=1 cargo nextest run -p e2e --test configuration` writes it anew.\n\n\
         Every process reads its variables once, at start. Everything that is wrong is said at once, one line a variable, and the process ends with code 2;\n\
         the value of a secret is never repeated. A variable that is set to nothing counts as not set, except a secret, which is refused.\n",
    );
    for (process, example, variables) in processes() {
        write!(page, "\n## {process}\n\nTo paste: `{example}`.\n\n| variable | default | expected | what it is for |\n| --- | --- | --- | --- |\n").unwrap();
        for Described { name, need, expected } in variables {
            let default = match need {
                Need::Required => "**must be set**".to_owned(),
                Need::Default(text) => format!("`{text}`"),
                Need::Optional => "–".to_owned(),
            };
            let what = meaning.get(name.as_str()).unwrap_or_else(|| panic!("say what {name} is for"));
            writeln!(page, "| `{name}` | {default} | {expected} | {what} |").unwrap();
        }
    }
    page
}

#[test]
fn the_page_about_configuration_says_what_the_code_reads() {
    hold("docs/configuration.md", &page()).unwrap();
}

#[test]
fn the_examples_name_the_same_variables_with_the_same_defaults() {
    for (process, example, variables) in processes() {
        let text = std::fs::read_to_string(repository().join(example)).unwrap();
        let lines: BTreeMap<&str, &str> = text
            .lines()
            .filter_map(|line| line.trim_start_matches("# ").split_once('='))
            .filter(|(name, _)| {
                name.len() > 2 && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_')
            })
            .map(|(name, value)| (name, value.split(" #").next().unwrap().trim()))
            .collect();
        for Described { name, need, .. } in &variables {
            let value = lines.get(name.as_str()).unwrap_or_else(|| panic!("{example} does not have {name}"));
            let commented = text.contains(&format!("\n# {name}="));
            match need {
                // Commented lines show the default.
                Need::Default(default) if commented && !value.is_empty() => {
                    assert_eq!(value, default, "{name} in {example}");
                }
                Need::Required => {
                    assert!(!commented, "{process} needs {name}; do not comment it in {example}")
                }
                _ => {}
            }
        }
        let read: BTreeSet<&str> = variables.iter().map(|one| one.name.as_str()).collect();
        let elsewhere: BTreeSet<&str> = READ_ELSEWHERE.iter().copied().collect();
        for name in lines.keys() {
            assert!(
                read.contains(name) || elsewhere.contains(name),
                "{example} has {name}, which {process} does not read"
            );
        }
    }
}

/// Variables that are not read with the others: by the agent behind the front, or by one command.
const READ_ELSEWHERE: [&str; 8] = [
    "CHROMIUM_PATH",
    "CONVOS_HOME",
    "OPENROUTER_API_KEY",
    "OPENROUTER_API_URL",
    "OPENCLAW_PRIMARY_MODEL",
    "SERVICES_URL",
    "INSTANCE_SERVICES_TOKEN",
    "XMTP_ENV",
];
