//! What concerns a whole project or workspace: removal, and the rule that sends us events.

use serde_json::{Value, json};

use super::{Railway, Site, known};
use crate::infra::Priority;
use crate::vendor::{Class, Failure};

/// The events that make us look at a deployment.
const EVENTS: [&str; 8] = [
    "Deployment.deployed",
    "Deployment.redeployed",
    "Deployment.restarted",
    "Deployment.failed",
    "Deployment.crashed",
    "Deployment.oom_killed",
    "Deployment.resumed",
    "Deployment.removed",
];

/// "Not Authorized" about one object, by a token that is taken well otherwise, is what is said of objects that are gone:
/// [`crate::vendor::Vendor::send`] makes [`Class::Forbidden`] of it after asking with the cheap call.
fn is_gone(failure: &Failure) -> bool {
    matches!(failure.class, Class::NotFound | Class::Forbidden)
}

impl Railway {
    pub(super) async fn delete_project(&self, site: &Site) -> Result<(), Failure> {
        let workspace = self.of_site(site).await?;
        let id = known(&site.project_id, "project")?;
        match self.write::<Value>(workspace, Priority::Destroy, "ProjectDelete", json!({"id": id})).await {
            Ok(_) => Ok(()),
            Err(failure) if is_gone(&failure) => Ok(()),
            Err(failure) => Err(failure),
        }
    }

    pub(super) async fn project_exists(&self, site: &Site) -> Result<bool, Failure> {
        let workspace = self.of_site(site).await?;
        match self.project(workspace, known(&site.project_id, "project")?).await {
            Ok(project) => Ok(project.deleted_at.is_none()),
            Err(failure) if is_gone(&failure) => Ok(false),
            Err(failure) => Err(failure),
        }
    }

    /// One rule a workspace; found by its address, so that a restart makes no second one.
    pub(super) async fn register_rule(&self, url: &str) -> Result<(), Failure> {
        for workspace in &self.workspaces {
            let workspace_id = self.id_of(workspace).await?;
            let rules: Value =
                self.read(workspace, Priority::Claim, "Rules", json!({"workspaceId": workspace_id})).await?;
            let known = rules["notificationRules"]
                .as_array()
                .into_iter()
                .flatten()
                .flat_map(|rule| rule["channels"].as_array().into_iter().flatten())
                .any(|channel| channel["config"]["url"] == url);
            if !known {
                let input = json!({"input": {
                    "workspaceId": workspace_id,
                    "eventTypes": EVENTS,
                    "channelConfigs": [{"type": "webhook", "url": url}],
                }});
                let _: Value = self.write(workspace, Priority::Claim, "RuleCreate", input).await?;
            }
        }
        Ok(())
    }
}
