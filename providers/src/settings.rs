//! The configuration of the `services` process. Every variable is read here, once; everything wrong is said at once.

use std::sync::Arc;
use std::time::Duration;

use ed25519_dalek::VerifyingKey;
use process::config::{HttpUrl, ProcessSettings, Settings as Variables};
use process::sealing::KeyRing;
use secrecy::SecretString;
use url::Url;

use crate::naming::Naming;
use crate::vendor::Pace;
use crate::webhooks::signature::telnyx_key;

/// Where metrics are served when nothing is said.
const METRICS_DEFAULT: &str = "127.0.0.1:9465";

/// Railway allows one project creation in this time.
const PROJECT_INTERVAL: Duration = Duration::from_secs(30);

/// Everything that this process is told.
pub struct Settings {
    /// What every process is told.
    pub process: ProcessSettings,
    /// The key of `pool`.
    pub api_key: SecretString,
    /// What seals secrets in the database.
    pub keys: Arc<KeyRing>,
    /// What agents call.
    pub public_url: HttpUrl,
    /// How things are named outside.
    pub naming: Naming,
    /// Where agents run.
    pub railway: RailwaySettings,
    /// Where their image is.
    pub ghcr: GhcrSettings,
    /// What every agent is told.
    pub agent: AgentSettings,
    /// How agents' health is asked.
    pub health: HealthSettings,
    /// Keys for language models.
    pub openrouter: OpenRouterSettings,
    /// Mail.
    pub agentmail: AgentMailSettings,
    /// Phone numbers.
    pub telnyx: TelnyxSettings,
    /// Wallets with a service around them.
    pub bankr: BankrSettings,
}

/// A token and the workspace that it is for.
#[derive(Debug, Clone)]
pub struct WorkspaceToken {
    /// Found out at start when the token sees exactly one.
    pub workspace_id: Option<String>,
    /// The token.
    pub token: SecretString,
}

/// `RAILWAY_…`
#[derive(Clone)]
pub struct RailwaySettings {
    /// The GraphQL endpoint.
    pub url: HttpUrl,
    /// At least one.
    pub tokens: Vec<WorkspaceToken>,
    /// The name of the environment in each project.
    pub environment: String,
    /// The least time between two project creations in a workspace.
    pub project_interval: Duration,
    /// How agents' public addresses begin.
    pub domain_scheme: &'static str,
    /// How many empty projects are kept.
    pub shelf: u32,
    /// How many projects are read at once.
    pub status_chunk: usize,
    /// The secret in the path of the webhook; without it none is registered.
    pub webhook_secret: Option<SecretString>,
    /// Below the plan's limit.
    pub requests_per_second: f64,
    /// Processors of one agent.
    pub cpu: f64,
    /// Memory of one agent.
    pub memory_gb: f64,
}

/// `GHCR_…` and the image.
pub struct GhcrSettings {
    /// The registry.
    pub url: HttpUrl,
    /// The image that agents run, unless a call says otherwise.
    pub image: String,
    /// For a private image.
    pub username: Option<String>,
    /// For a private image.
    pub token: Option<SecretString>,
}

/// What every agent is told at its first boot.
pub struct AgentSettings {
    /// `XMTP_ENV`.
    pub xmtp_env: String,
    /// `OPENCLAW_PRIMARY_MODEL`.
    pub primary_model: String,
    /// `OPENROUTER_API_URL`: where its key works.
    pub model_url: HttpUrl,
}

/// `HEALTH_…`
#[derive(Debug, Clone, Copy)]
pub struct HealthSettings {
    /// How many agents are asked at once.
    pub concurrency: usize,
    /// How long one is waited for.
    pub timeout: Duration,
}

/// `OPENROUTER_…`
pub struct OpenRouterSettings {
    /// With `/api/v1`.
    pub url: HttpUrl,
    /// The management key.
    pub management_key: SecretString,
    /// The limit of one agent's key in US dollars.
    pub key_limit: f64,
    /// `daily`, `weekly`, `monthly`: when the limit starts anew, if ever.
    pub key_limit_reset: Option<String>,
}

/// `AGENTMAIL_…`
pub struct AgentMailSettings {
    /// With `/v0`.
    pub url: HttpUrl,
    /// The account's key.
    pub api_key: Option<SecretString>,
    /// A verified domain for the addresses.
    pub domain: Option<String>,
    /// Used, and shared, when the plan allows no further inbox.
    pub fallback_inbox_id: Option<String>,
    /// Checks the signatures of deliveries.
    pub webhook_secret: Option<SecretString>,
}

/// What becomes of a number that is not needed any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Release {
    /// It is given back.
    Delete,
    /// It is kept for the next instance, after a quarantine.
    Recycle,
}

/// `TELNYX_…`
pub struct TelnyxSettings {
    /// With `/v2`.
    pub url: HttpUrl,
    /// The account's key.
    pub api_key: Option<SecretString>,
    /// The messaging profile; found or made by name when not given.
    pub messaging_profile_id: Option<String>,
    /// What becomes of released numbers.
    pub release: Release,
    /// Checks the signatures of deliveries.
    pub public_key: Option<VerifyingKey>,
}

/// `BANKR_…`
pub struct BankrSettings {
    /// The root.
    pub url: HttpUrl,
    /// Makes wallets of their own.
    pub partner_key: Option<SecretString>,
    /// One wallet for all, if that is allowed.
    pub api_key: Option<SecretString>,
    /// Whether agents may share one wallet.
    pub allow_shared: bool,
}

impl Settings {
    /// Reads everything; problems are collected in `variables`.
    pub fn read(variables: &mut Variables) -> Self {
        let process = ProcessSettings::read(variables, METRICS_DEFAULT);
        let environment: String = variables.or("RAILWAY_ENVIRONMENT_NAME", "dev".to_owned());
        let prefix: String = variables.or("RESOURCE_PREFIX", "agent".to_owned());
        let fits = |text: &str| {
            !text.is_empty()
                && text.len() <= 10
                && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        };
        if !fits(&prefix) {
            variables.problem(
                "RESOURCE_PREFIX",
                format!("{prefix:?} does not fit"),
                "1 to 10 of a-z and 0-9",
            );
        }
        let naming = Naming::new(&prefix, &environment);
        if fits(&prefix) && !naming.fits() {
            variables.problem(
                "RESOURCE_PREFIX",
                format!("{prefix:?} makes names that are too long with this RAILWAY_ENVIRONMENT_NAME"),
                "8 characters or fewer",
            );
        }
        let ghcr = ghcr(variables);
        let openrouter = openrouter(variables);
        let agentmail = agentmail(variables);
        let telnyx = telnyx(variables);
        let bankr = bankr(variables);
        let railway_url = url(variables, "RAILWAY_API_URL", "https://backboard.railway.com/graphql/v2");
        let vendors = [&railway_url, &ghcr.url, &openrouter.url, &agentmail.url, &telnyx.url, &bankr.url];
        let simulated = vendors.into_iter().all(HttpUrl::is_loopback);
        if process.time_scale != 1.0 && !simulated {
            variables.problem(
                "TIME_SCALE",
                "is set while a vendor is real",
                "1, or every vendor's base URL on this machine",
            );
        }
        Self {
            api_key: variables.required("SERVICES_API_KEY"),
            keys: Arc::new(variables.required("SERVICES_SECRET_KEY")),
            public_url: variables.required("SERVICES_PUBLIC_URL"),
            naming,
            railway: railway(variables, railway_url, environment, simulated),
            ghcr,
            agent: AgentSettings {
                xmtp_env: variables.or("XMTP_ENV", "dev".to_owned()),
                primary_model: variables.or("OPENCLAW_PRIMARY_MODEL", "openrouter/auto".to_owned()),
                model_url: openrouter.url.clone(),
            },
            health: HealthSettings {
                concurrency: variables.within("HEALTH_CONCURRENCY", 40, 1..=10_000),
                timeout: variables.duration(
                    "HEALTH_TIMEOUT",
                    Duration::from_secs(5),
                    Duration::from_millis(10)..=Duration::from_secs(60),
                ),
            },
            openrouter,
            agentmail,
            telnyx,
            bankr,
            process,
        }
    }

    /// How fast time passes on the vendors' side.
    pub fn pace(&self) -> Pace {
        Pace::new(self.process.time_scale)
    }
}

fn url(variables: &mut Variables, name: &str, default: &str) -> HttpUrl {
    let default = <HttpUrl as process::config::Value>::parse(default).expect("a constant URL");
    variables.or(name, default)
}

fn railway(variables: &mut Variables, url: HttpUrl, environment: String, simulated: bool) -> RailwaySettings {
    let scheme: String = variables.or("RAILWAY_DOMAIN_SCHEME", "https".to_owned());
    let domain_scheme = match scheme.as_str() {
        "https" => "https",
        "http" => "http",
        other => {
            variables.problem("RAILWAY_DOMAIN_SCHEME", format!("{other:?} does not fit"), "https or http");
            "https"
        }
    };
    RailwaySettings {
        url,
        tokens: railway_tokens(variables),
        environment,
        project_interval: variables.duration(
            "RAILWAY_PROJECT_INTERVAL",
            PROJECT_INTERVAL,
            Duration::ZERO..=Duration::from_secs(3600),
        ),
        domain_scheme,
        // Empty projects are for bursts against the real limit; a laptop has nothing to gain from them.
        shelf: variables.within("RAILWAY_SHELF", if simulated { 0 } else { 3 }, 0..=1000),
        status_chunk: variables.within("RAILWAY_STATUS_CHUNK", 50, 1..=1000),
        webhook_secret: variables.optional("RAILWAY_WEBHOOK_SECRET"),
        requests_per_second: variables.within("RAILWAY_REQUESTS_PER_SECOND", 40.0, 0.1..=10_000.0),
        cpu: variables.within("RUNTIME_CPU", 4.0, 0.1..=1000.0),
        memory_gb: variables.within("RUNTIME_MEMORY_GB", 4.0, 0.1..=1000.0),
    }
}

/// One token with or without its workspace, or several as `workspaceId=token,…`.
fn railway_tokens(variables: &mut Variables) -> Vec<WorkspaceToken> {
    const EXPECTED: &str = "workspaceId=token,workspaceId=token with tokens of at least 16 characters";
    let several = variables.custom("RAILWAY_API_TOKENS", EXPECTED, |text| {
        text.split(',')
            .enumerate()
            .map(|(index, entry)| {
                let wrong = || format!("entry {} has the wrong form", index + 1);
                let (workspace, token) = entry.trim().split_once('=').ok_or_else(wrong)?;
                let token =
                    <SecretString as process::config::Value>::parse(token.trim()).map_err(|_| wrong())?;
                if workspace.trim().is_empty() {
                    return Err(wrong());
                }
                Ok(WorkspaceToken { workspace_id: Some(workspace.trim().to_owned()), token })
            })
            .collect::<Result<Vec<_>, _>>()
    });
    let workspace_id: Option<String> = variables.optional("RAILWAY_WORKSPACE_ID");
    if let Some(several) = several {
        return several;
    }
    if variables.is_set("RAILWAY_API_TOKENS") {
        return Vec::new();
    }
    vec![WorkspaceToken { workspace_id, token: variables.required("RAILWAY_API_TOKEN") }]
}

fn ghcr(variables: &mut Variables) -> GhcrSettings {
    let image: String = variables.required("RAILWAY_RUNTIME_IMAGE");
    if variables.is_set("RAILWAY_RUNTIME_IMAGE") && !is_image_reference(&image) {
        variables.problem(
            "RAILWAY_RUNTIME_IMAGE",
            format!("{image:?} is no image reference"),
            "registry/owner/name:tag, or …@sha256:<64 hex digits>",
        );
    }
    GhcrSettings {
        url: url(variables, "GHCR_URL", "https://ghcr.io"),
        image,
        username: variables.optional("GHCR_USERNAME"),
        token: variables.optional("GHCR_TOKEN"),
    }
}

fn openrouter(variables: &mut Variables) -> OpenRouterSettings {
    let key_limit_reset: Option<String> = variables.optional("OPENROUTER_KEY_LIMIT_RESET");
    if let Some(word) = &key_limit_reset
        && !["daily", "weekly", "monthly"].contains(&word.as_str())
    {
        variables.problem(
            "OPENROUTER_KEY_LIMIT_RESET",
            format!("{word:?} does not fit"),
            "daily, weekly or monthly; not set for a limit that never starts anew",
        );
    }
    OpenRouterSettings {
        url: url(variables, "OPENROUTER_API_URL", "https://openrouter.ai/api/v1"),
        management_key: variables.required("OPENROUTER_MANAGEMENT_KEY"),
        key_limit: variables.within("OPENROUTER_KEY_LIMIT", 20.0, 0.0..=1_000_000.0),
        key_limit_reset,
    }
}

fn agentmail(variables: &mut Variables) -> AgentMailSettings {
    AgentMailSettings {
        url: url(variables, "AGENTMAIL_API_URL", "https://api.agentmail.to/v0"),
        api_key: variables.optional("AGENTMAIL_API_KEY"),
        domain: variables.optional("AGENTMAIL_DOMAIN"),
        fallback_inbox_id: variables.optional("AGENTMAIL_FALLBACK_INBOX_ID"),
        webhook_secret: variables.optional("AGENTMAIL_WEBHOOK_SECRET"),
    }
}

fn telnyx(variables: &mut Variables) -> TelnyxSettings {
    let release: String = variables.or("TELNYX_RELEASE", "delete".to_owned());
    let release = match release.as_str() {
        "delete" => Release::Delete,
        "recycle" => Release::Recycle,
        other => {
            variables.problem("TELNYX_RELEASE", format!("{other:?} does not fit"), "delete or recycle");
            Release::Delete
        }
    };
    TelnyxSettings {
        url: url(variables, "TELNYX_API_URL", "https://api.telnyx.com/v2"),
        api_key: variables.optional("TELNYX_API_KEY"),
        messaging_profile_id: variables.optional("TELNYX_MESSAGING_PROFILE_ID"),
        release,
        public_key: variables.custom(
            "TELNYX_PUBLIC_KEY",
            "base64 of an Ed25519 public key (32 bytes)",
            |text| telnyx_key(text).ok_or_else(|| "is no such key".to_owned()),
        ),
    }
}

fn bankr(variables: &mut Variables) -> BankrSettings {
    BankrSettings {
        url: url(variables, "BANKR_API_URL", "https://api.bankr.bot"),
        partner_key: variables.optional("BANKR_PARTNER_KEY"),
        api_key: variables.optional("BANKR_API_KEY"),
        allow_shared: variables.or("BANKR_ALLOW_SHARED", false),
    }
}

/// `[registry/]owner/name[:tag][@sha256:digest]`, in the characters that the OCI specification allows.
pub fn is_image_reference(text: &str) -> bool {
    let (rest, digest) = text.split_once('@').map_or((text, None), |(rest, digest)| (rest, Some(digest)));
    let digest_fits = digest.is_none_or(|digest| {
        digest.strip_prefix("sha256:").is_some_and(|hex| {
            hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
        })
    });
    let last_slash = rest.rfind('/').map_or(0, |index| index + 1);
    let (name, tag) = match rest[last_slash..].find(':') {
        Some(colon) => (&rest[..last_slash + colon], Some(&rest[last_slash + colon + 1..])),
        None => (rest, None),
    };
    let tag_fits = tag.is_none_or(|tag| {
        (1..=128).contains(&tag.len())
            && !tag.starts_with(['.', '-'])
            && tag.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
    });
    let part_fits = |(index, part): (usize, &str)| {
        let registry = index == 0 && name.contains('/');
        !part.is_empty()
            && part.bytes().all(|byte| {
                byte.is_ascii_lowercase()
                    || byte.is_ascii_digit()
                    || b"._-".contains(&byte)
                    || (registry && byte == b':')
            })
            && part.starts_with(|first: char| first.is_ascii_alphanumeric())
            && part.ends_with(|last: char| last.is_ascii_alphanumeric())
    };
    digest_fits && tag_fits && !name.is_empty() && name.split('/').enumerate().all(part_fits)
}

/// The text of a base URL as [`Url`], for clients that append paths.
pub fn base(url: &HttpUrl) -> Url {
    url.url().clone()
}

#[cfg(test)]
mod tests;
