//! Notification rules: which webhooks a change of a deployment sends, and their delivery.

use std::sync::Weak;
use std::time::Duration;

use serde_json::{Value, json};

use super::desk::Desk;
use super::effects::Effect;
use super::records::Status;
use super::{NAME, Railway};
use crate::faults::Kind;
use crate::journal::Entry;

/// A receiver that answers 5xx or nothing is tried this many times in all.
const ATTEMPTS_MAX: u32 = 4;
/// Simulated time between two tries.
const RETRY_MILLIS: u64 = 5_000;
/// A receiver has this long to answer.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(5);
/// How much later a delivery comes that a fault makes overtaken by others.
const LATE_MILLIS: u64 = 10_000;

/// The event's name for a status.
fn event_of(status: Status) -> Option<&'static str> {
    match status {
        Status::Waiting => Some("Deployment.waiting"),
        Status::Queued => Some("Deployment.queued"),
        Status::Initializing | Status::Removing => None,
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
        let notes = urls.into_iter().map(|url| Effect::Notify { url, payload: payload.clone() });
        self.state.effects.extend(notes);
    }
}

/// Delivers one webhook. Faults of the operation `webhook`: `after_effect` delivers twice, `slow` delivers late so
/// that others overtake it, every other kind loses it.
pub(crate) async fn deliver(railway: Weak<Railway>, client: reqwest::Client, url: String, payload: Value) {
    let Some(world) = railway.upgrade().map(|railway| railway.world.clone()) else { return };
    drop(railway);
    let fault = world.faults.take(NAME, "webhook", &world.dice);
    let kind = fault.as_ref().map(|fault| fault.kind);
    let times = match kind {
        None => 1,
        Some(Kind::AfterEffect) => 2,
        Some(Kind::Slow) => {
            let late = fault.and_then(|fault| fault.ms).unwrap_or(LATE_MILLIS);
            world.clock.sleep_millis(late).await;
            1
        }
        Some(_) => 0,
    };
    let mut status = None;
    for _ in 0..times {
        for attempt in 1..=ATTEMPTS_MAX {
            let sent = client.post(&url).json(&payload).send().await;
            status = sent.ok().map(|response| response.status().as_u16());
            if status.is_some_and(|status| status < 500) || attempt == ATTEMPTS_MAX {
                break;
            }
            world.clock.sleep_millis(RETRY_MILLIS).await;
        }
    }
    world.journal.record(Entry {
        seq: 0,
        at: world.clock.date(),
        at_simulated_ms: world.clock.now().millis(),
        // Not "railway": a count of the requests that Railway got must not include what it sent.
        vendor: "webhook",
        operation: payload.get("type").and_then(Value::as_str).unwrap_or_default().to_owned(),
        applied: status.is_some(),
        status,
        fault: kind.map(Kind::name),
        subject: payload.pointer("/resource/deployment/id").and_then(Value::as_str).map(str::to_owned),
    });
}
