//! What Railway remembers.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::clock::Moment;

/// A status that the reference does not have: Railway adds words now and then.
pub(crate) const NEW_WORD: &str = "FROZEN";

/// A project with everything in it but its deployments.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Project {
    pub id: String,
    pub name: String,
    pub description: Option<String>,
    pub workspace_id: String,
    /// Counts creations: lists are ordered by it.
    pub order: u64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub deleted_at: Option<DateTime<Utc>>,
    pub environments: Vec<Environment>,
    pub services: Vec<Service>,
    pub instances: Vec<ServiceInstance>,
    pub volumes: Vec<Volume>,
    /// When lists begin to show it.
    #[serde(skip)]
    pub listed_from: Moment,
    /// When lists cease to show it after its deletion.
    #[serde(skip)]
    pub listed_until: Moment,
}

impl Project {
    /// Whether lists show it at `now`.
    pub fn listed(&self, now: Moment) -> bool {
        now >= self.listed_from && (self.deleted_at.is_none() || now < self.listed_until)
    }

    /// The instance of a service in an environment.
    pub fn instance(&self, service_id: &str, environment_id: &str) -> Option<&ServiceInstance> {
        self.instances
            .iter()
            .find(|instance| instance.service_id == service_id && instance.environment_id == environment_id)
    }

    /// The same, to be changed.
    pub fn instance_mut(&mut self, service_id: &str, environment_id: &str) -> Option<&mut ServiceInstance> {
        self.instances
            .iter_mut()
            .find(|instance| instance.service_id == service_id && instance.environment_id == environment_id)
    }

    /// The volume that is mounted into a service in an environment.
    pub fn volume_of(&self, service_id: &str, environment_id: &str) -> Option<&Volume> {
        self.volumes.iter().find(|volume| {
            !volume.pending_deletion
                && volume.service_id.as_deref() == Some(service_id)
                && volume.environment_id == environment_id
        })
    }
}

/// An environment of a project.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Environment {
    pub id: String,
    pub name: String,
    pub created_at: DateTime<Utc>,
    /// Counts changes of its configuration; shown as the etag.
    pub version: u64,
}

/// A service of a project.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Service {
    pub id: String,
    pub name: String,
    pub created_at: DateTime<Utc>,
    pub deleted_at: Option<DateTime<Utc>>,
}

/// A service in one environment, with its configuration.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ServiceInstance {
    pub id: String,
    pub service_id: String,
    pub environment_id: String,
    pub created_at: DateTime<Utc>,
    pub image: Option<String>,
    pub variables: BTreeMap<String, String>,
    /// The `deploy` part of the environment's configuration, members as Railway names them.
    pub deploy: Map<String, Value>,
    pub domains: Vec<Domain>,
    /// Ids of its deployments, oldest first.
    pub deployments: Vec<String>,
    /// Before this the instance is "not found".
    #[serde(skip)]
    pub visible_from: Moment,
}

/// A domain: a loopback address of its own, answered by the simulator's edge.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Domain {
    pub id: String,
    pub address: Ipv4Addr,
    pub target_port: Option<i64>,
    pub created_at: DateTime<Utc>,
}

/// A volume and its one instance.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Volume {
    pub id: String,
    pub instance_id: String,
    pub name: String,
    pub environment_id: String,
    pub service_id: Option<String>,
    pub mount_path: String,
    pub created_at: DateTime<Utc>,
    pub pending_deletion: bool,
    /// Before this the volume's instance is not listed.
    #[serde(skip)]
    pub visible_from: Moment,
}

/// Railway's word for where a deployment is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum Status {
    Waiting,
    NeedsApproval,
    Skipped,
    Queued,
    Initializing,
    Deploying,
    Success,
    Sleeping,
    Failed,
    Crashed,
    Removing,
    Removed,
}

impl Status {
    /// The word on the wire.
    pub fn word(self) -> &'static str {
        match self {
            Self::Waiting => "WAITING",
            Self::NeedsApproval => "NEEDS_APPROVAL",
            Self::Skipped => "SKIPPED",
            Self::Queued => "QUEUED",
            Self::Initializing => "INITIALIZING",
            Self::Deploying => "DEPLOYING",
            Self::Success => "SUCCESS",
            Self::Sleeping => "SLEEPING",
            Self::Failed => "FAILED",
            Self::Crashed => "CRASHED",
            Self::Removing => "REMOVING",
            Self::Removed => "REMOVED",
        }
    }

    /// Whether it is on the way to SUCCESS.
    pub fn in_progress(self) -> bool {
        matches!(self, Self::Waiting | Self::Queued | Self::Initializing | Self::Deploying)
    }

    /// Whether a redeploy is refused because this one is still being prepared.
    pub fn blocks_redeploy(self) -> bool {
        matches!(self, Self::Waiting | Self::Queued | Self::Initializing)
    }

    /// Whether it serves, or would when asked.
    pub fn active(self) -> bool {
        matches!(self, Self::Success | Self::Sleeping)
    }
}

/// What happens when the container ends by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum RestartPolicy {
    Always,
    Never,
    OnFailure,
}

/// Where the container of a deployment is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Container {
    /// Not started yet, or stopped on purpose.
    Absent,
    /// Started; not known to be healthy.
    Started,
    /// Ended by itself.
    Exited,
}

/// One deployment: the configuration as it was when it started, and where it is now.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Deployment {
    pub id: String,
    pub project_id: String,
    pub environment_id: String,
    pub service_id: String,
    pub status: Status,
    pub created_at: DateTime<Utc>,
    pub status_updated_at: DateTime<Utc>,
    /// Its status is told by a word that no client knows yet.
    #[serde(default)]
    pub frozen: bool,
    /// The container ended with 0.
    pub stopped: bool,
    pub image: String,
    pub variables: BTreeMap<String, String>,
    pub volume_id: Option<String>,
    pub mount_path: Option<String>,
    pub public_domain: Option<String>,
    pub healthcheck_path: Option<String>,
    pub healthcheck_seconds: u64,
    pub restart_policy: RestartPolicy,
    pub restarts_max: u64,
    pub restarts: u64,
    /// Credentials for the image's registry, if any: user and password.
    pub registry_credentials: Option<(String, String)>,
    pub container: Container,
    pub steps: Vec<Step>,
    /// Changes with the status; a timer of an earlier turn is void.
    #[serde(skip)]
    pub turn: u64,
}

impl Deployment {
    /// The word of its status on the wire.
    pub fn word(&self) -> &'static str {
        if self.frozen { NEW_WORD } else { self.status.word() }
    }
}

/// A line of a deployment's history.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Step {
    pub id: String,
    pub step: String,
    pub created_at: DateTime<Utc>,
    pub completed_at: Option<DateTime<Utc>>,
    pub error: Option<String>,
    pub attempt: Option<u64>,
}

/// A notification rule with its channels.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Rule {
    pub id: String,
    pub workspace_id: String,
    pub project_id: Option<String>,
    pub event_types: Vec<String>,
    pub severities: Vec<String>,
    pub ephemeral_environments: bool,
    pub channels: Vec<(String, Value)>,
    pub created_at: DateTime<Utc>,
}
