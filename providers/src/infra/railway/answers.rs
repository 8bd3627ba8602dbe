//! The parts of Railway's answers that we read. Everything else is ignored, and unknown words are kept as unknown.

use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::infra::{Deployment, Observed};

/// A connection without its cursors.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Edges<T> {
    edges: Vec<Edge<T>>,
    #[serde(rename = "pageInfo")]
    pub page_info: Option<PageInfo>,
}

impl<T> Edges<T> {
    pub fn nodes(&self) -> impl Iterator<Item = &T> {
        self.edges.iter().map(|edge| &edge.node)
    }
}

#[derive(Debug, Clone, Deserialize)]
struct Edge<T> {
    node: T,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PageInfo {
    pub has_next_page: bool,
    pub end_cursor: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Project {
    pub id: String,
    #[serde(default)]
    pub name: String,
    pub created_at: Option<DateTime<Utc>>,
    pub deleted_at: Option<DateTime<Utc>>,
    pub primary_environment_id: Option<String>,
    pub environments: Option<Edges<Named>>,
    pub services: Option<Edges<Service>>,
}

impl Project {
    /// The environment to work in: the primary one, else the one with our name, else the only one.
    pub fn environment(&self, name: &str) -> Option<String> {
        if let Some(id) = &self.primary_environment_id {
            return Some(id.clone());
        }
        let environments: Vec<&Named> = self.environments.as_ref()?.nodes().collect();
        let named = environments.iter().find(|environment| environment.name == name);
        let only = (environments.len() == 1).then(|| &environments[0]);
        named.or(only).map(|environment| environment.id.clone())
    }
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Named {
    pub id: String,
    #[serde(default)]
    pub name: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Service {
    pub id: String,
    pub name: String,
    pub created_at: Option<DateTime<Utc>>,
    pub deleted_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Environment {
    pub config: serde_json::Value,
    pub volume_instances: Edges<VolumeInstance>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct VolumeInstance {
    pub volume_id: String,
    pub service_id: Option<String>,
    pub mount_path: String,
    pub is_pending_deletion: bool,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Domains {
    pub service_domains: Vec<Domain>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Domain {
    pub id: String,
    pub domain: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Member {
    pub deleted_at: Option<DateTime<Utc>>,
    pub environments: Edges<MemberEnvironment>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct MemberEnvironment {
    id: String,
    service_instances: Edges<ServiceInstance>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ServiceInstance {
    service_id: String,
    latest_deployment: Option<LatestDeployment>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct LatestDeployment {
    status: String,
    deployment_stopped: bool,
    created_at: Option<DateTime<Utc>>,
}

impl Member {
    /// The latest deployment of a service in an environment.
    pub fn observed(&self, environment_id: Option<&str>, service_id: Option<&str>) -> Observed {
        let latest = self
            .environments
            .nodes()
            .filter(|environment| environment_id.is_none_or(|id| id == environment.id))
            .flat_map(|environment| environment.service_instances.nodes())
            .filter(|instance| service_id.is_none_or(|id| id == instance.service_id))
            .find_map(|instance| instance.latest_deployment.as_ref());
        match latest {
            None => Observed { deployment: Deployment::None, since: None },
            Some(latest) => Observed {
                deployment: deployment_of(&latest.status, latest.deployment_stopped),
                since: latest.created_at,
            },
        }
    }
}

/// The vendor's status in our words. A word that we do not know is one that came later: something is going on.
fn deployment_of(status: &str, stopped: bool) -> Deployment {
    match status {
        "SUCCESS" if stopped => Deployment::Stopped,
        "SUCCESS" => Deployment::Running,
        "SLEEPING" => Deployment::Sleeping,
        "FAILED" | "CRASHED" | "SKIPPED" => Deployment::Failed,
        "REMOVING" | "REMOVED" => Deployment::Removed,
        "NEEDS_APPROVAL" => Deployment::NeedsApproval,
        "QUEUED" | "WAITING" | "INITIALIZING" | "BUILDING" | "DEPLOYING" => Deployment::InProgress,
        unknown => {
            tracing::warn!(status = unknown, "a deployment status that we do not know counts as deploying");
            Deployment::InProgress
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_status_counts_as_deploying() {
        assert_eq!(deployment_of("FROZEN", false), Deployment::InProgress);
        assert_eq!(deployment_of("SUCCESS", true), Deployment::Stopped);
        assert_eq!(deployment_of("CRASHED", false), Deployment::Failed);
    }

    #[test]
    fn the_environment_is_the_primary_one_or_the_one_with_our_name() {
        let project = |json| serde_json::from_value::<Project>(json).unwrap();
        let two = serde_json::json!({"edges": [
            {"node": {"id": "e1", "name": "production"}}, {"node": {"id": "e2", "name": "staging"}}]});
        let named =
            project(serde_json::json!({"id": "p", "primaryEnvironmentId": null, "environments": two}));
        assert_eq!(named.environment("staging").as_deref(), Some("e2"));
        assert_eq!(named.environment("other"), None);
        let primary =
            project(serde_json::json!({"id": "p", "primaryEnvironmentId": "e1", "environments": two}));
        assert_eq!(primary.environment("staging").as_deref(), Some("e1"));
    }
}
