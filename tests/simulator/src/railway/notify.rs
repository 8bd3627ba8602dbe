//! Notification rules: which webhooks a change of a deployment sends. They are not signed.

use serde_json::{Value, json};

use super::NAME;
use super::desk::Desk;
use super::effects::Effect;
use super::records::Status;
use crate::delivery::{Parcel, Seal};

/// The event's name for a status.
fn event_of(status: Status) -> Option<&'static str> {
    match status {
        Status::Waiting => Some("Deployment.waiting"),
        Status::Queued => Some("Deployment.queued"),
        Status::NeedsApproval => Some("Deployment.needs_approval"),
        Status::Initializing | Status::Skipped | Status::Removing => None,
        Status::Deploying => Some("Deployment.deploying"),
        Status::Success => Some("Deployment.deployed"),
        Status::Sleeping => Some("Deployment.slept"),
        Status::Failed => Some("Deployment.failed"),
        Status::Crashed => Some("Deployment.crashed"),
        Status::Removed => Some("Deployment.removed"),
    }
}

impl Desk<'_> {
    /// Tells the rules that a deployment has a new status.
    pub fn announce(&mut self, id: &str) {
        let status = self.state.deployments.get(id).map(|deployment| deployment.status);
        if let Some(event) = status.and_then(event_of) {
            self.notify_as(id, event);
        }
    }

    /// Tells the rules about `event` of a deployment.
    pub fn notify_as(&mut self, id: &str, event: &str) {
        let Some(deployment) = self.state.deployments.get(id) else { return };
        let Some(project) = self.state.projects.get(&deployment.project_id) else { return };
        let rules = self.state.rules.iter().filter(|rule| {
            rule.workspace_id == project.workspace_id
                && rule.project_id.as_ref().is_none_or(|wanted| *wanted == project.id)
                && rule.event_types.iter().any(|wanted| wanted == event)
        });
        let urls: Vec<String> = rules
            .flat_map(|rule| &rule.channels)
            .filter_map(|(_, config)| config.get("url").and_then(Value::as_str))
            .map(str::to_owned)
            .collect();
        if urls.is_empty() {
            return;
        }
        let environment = project.environments.iter().find(|it| it.id == deployment.environment_id);
        let service = project.services.iter().find(|it| it.id == deployment.service_id);
        let severity = match deployment.status {
            Status::Failed | Status::Crashed => "CRITICAL",
            _ => "INFO",
        };
        let payload = json!({
            "type": event,
            "details": {"id": deployment.id, "source": "Image", "status": deployment.status.word()},
            "resource": {
                "workspace": {"id": project.workspace_id, "name": super::WORKSPACE_NAME},
                "project": {"id": project.id, "name": project.name},
                "environment": {
                    "id": deployment.environment_id,
                    "name": environment.map(|it| it.name.as_str()),
                    "isEphemeral": false,
                },
                "service": {"id": deployment.service_id, "name": service.map(|it| it.name.as_str())},
                "deployment": {"id": deployment.id},
            },
            "severity": severity,
            "timestamp": self.date,
        });
        let parcels = urls.into_iter().map(|url| Parcel {
            vendor: NAME,
            event: event.to_owned(),
            subject: Some(id.to_owned()),
            url,
            body: payload.clone(),
            seal: Seal::None,
        });
        self.state.effects.extend(parcels.map(Effect::Notify));
    }
}
