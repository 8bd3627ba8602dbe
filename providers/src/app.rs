//! The parts of the process, put together once at start.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use chrono::{DateTime, Utc};
use ed25519_dalek::VerifyingKey;
use process::auth::Digest;
use process::config::HttpUrl;
use process::shutdown::Shutdown;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Notify;
use tokio_util::task::TaskTracker;

use crate::agent::Agents;
use crate::audit::Audit;
use crate::infra::{Infra, Site};
use crate::ledger::Ledger;
use crate::naming::Naming;
use crate::plugins::{Registry, Tools};
use crate::settings::{AgentSettings, HealthSettings, Settings};
use crate::status::Watch;
use crate::vendor::agentmail::AgentMail;
use crate::vendor::ghcr::Ghcr;
use crate::vendor::telnyx::Telnyx;
use crate::vendor::{Failure, Pace};
use crate::vendors::Vendors;

/// Everything that a request may need.
pub struct Services {
    /// The services database.
    pub ledger: Ledger,
    /// Where agents run.
    pub infra: Arc<dyn Infra>,
    /// The tools.
    pub registry: Registry,
    /// Mail, beside the tool of it.
    pub agentmail: Arc<AgentMail>,
    /// Text messages, beside the tool of them.
    pub telnyx: Arc<Telnyx>,
    /// The latest comparison with the vendors.
    pub(crate) audit: Audit,
    /// How the vendors are.
    pub vendors: Vendors,
    /// The running agents.
    pub agents: Agents,
    /// What is known of agents' health.
    pub watch: Watch,
    /// How things are named outside.
    pub naming: Naming,
    /// How fast time passes on the vendors' side.
    pub pace: Pace,
    /// Work that goes on when its caller is gone.
    pub tracker: TaskTracker,
    /// The wish to stop.
    pub shutdown: Shutdown,
    /// The image that agents run, unless a call says otherwise.
    pub image: String,
    /// What agents call.
    pub public_url: HttpUrl,
    /// What every agent is told.
    pub agent: AgentSettings,
    /// How long a lease lasts.
    pub lease_duration: Duration,
    /// How many empty projects are kept.
    pub shelf: u32,
    /// The secret in the path of the infrastructure's webhook.
    pub webhook_secret: Option<SecretString>,
    /// What deliveries of mail are signed with: as configured, or as the vendor answered to our registration.
    pub mail_secret: OnceLock<SecretString>,
    /// What deliveries of text messages are signed with.
    pub telnyx_key: Option<VerifyingKey>,
    /// Something came in for an agent.
    pub incoming: Notify,
    registry_of_images: Ghcr,
    api_key: Digest,
    owner: String,
}

impl Services {
    /// Puts the parts together.
    pub fn new(
        settings: Settings,
        ledger: Ledger,
        infra: Arc<dyn Infra>,
        tools: Tools,
        http: &reqwest::Client,
        shutdown: Shutdown,
    ) -> Result<Self, reqwest::Error> {
        let pace = settings.pace();
        let login = settings.ghcr.username.clone().zip(settings.ghcr.token.clone());
        let HealthSettings { concurrency, timeout } = settings.health;
        Ok(Self {
            ledger,
            infra,
            registry: tools.registry,
            agentmail: tools.agentmail,
            telnyx: tools.telnyx,
            audit: Audit::default(),
            vendors: Vendors::default(),
            agents: Agents::new(timeout)?,
            watch: Watch::new(concurrency, timeout, pace),
            naming: settings.naming,
            pace,
            tracker: TaskTracker::new(),
            shutdown,
            registry_of_images: Ghcr::new(settings.ghcr.url.url().clone(), login, http.clone(), pace),
            image: settings.ghcr.image,
            public_url: settings.public_url,
            agent: settings.agent,
            lease_duration: settings.process.lease_duration,
            shelf: settings.railway.shelf,
            webhook_secret: settings.railway.webhook_secret,
            mail_secret: settings.agentmail.webhook_secret.map(OnceLock::from).unwrap_or_default(),
            telnyx_key: settings.telnyx.public_key,
            incoming: Notify::new(),
            api_key: Digest::of(settings.api_key.expose_secret()),
            owner: format!("{}:{}", std::process::id(), uuid::Uuid::new_v4().simple()),
        })
    }

    /// Whether this is the key of `pool`.
    pub fn is_pool(&self, key: &str) -> bool {
        Digest::of(key) == self.api_key
    }

    /// Whether a tool can be made for agents here.
    pub fn has_tool(&self, tool_id: &str) -> bool {
        self.registry.get_by_tool_id(tool_id).is_some_and(|plugin| plugin.configured().is_ok())
    }

    /// This process among its replicas.
    pub fn owner(&self) -> &str {
        &self.owner
    }

    /// When the latest deployment of a site began, by the vendor's clock: one of ours is one that begins later. Where there
    /// never was one, any is.
    pub async fn latest_deploy(&self, site: &Site) -> Result<DateTime<Utc>, Failure> {
        let observed = self.infra.observe(std::slice::from_ref(site)).await.pop();
        match observed {
            Some(observed) => Ok(observed?.since.unwrap_or(DateTime::UNIX_EPOCH)),
            None => Ok(DateTime::UNIX_EPOCH),
        }
    }

    /// The image pinned by digest, so that all instances run the same bytes.
    pub async fn pinned_image(&self, image: &str) -> Result<String, Failure> {
        self.registry_of_images.resolve(image).await
    }
}
