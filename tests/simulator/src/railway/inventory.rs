//! Railway's part of the inventory.

use std::sync::PoisonError;

use serde_json::{Value, json};

use super::Railway;
use super::records::{Project, Status};
use super::state::State;
use crate::vendor::Inventory;

/// US dollars an hour of a running container of the usual size, and of a volume. Rough, and always above zero, so
/// that what is forgotten shows up as money.
const CONTAINER_PER_HOUR: f64 = 0.01;
const VOLUME_PER_HOUR: f64 = 0.001;

impl Railway {
    /// What exists, with the soft-deleted projects or without.
    pub fn inventory_of(&self, deleted_too: bool) -> Inventory {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let wanted = |project: &&Project| deleted_too || project.deleted_at.is_none();
        let projects: Vec<Value> =
            state.newest_projects(None).filter(wanted).map(|project| self.show(&state, project)).collect();
        let living = state.projects.values().filter(|project| project.deleted_at.is_none());
        let volumes = living.map(|project| project.volumes.len()).sum::<usize>();
        let running = state.deployments.values().filter(|it| it.status.active()).count();
        let cost_per_hour = running as f64 * CONTAINER_PER_HOUR + volumes as f64 * VOLUME_PER_HOUR;
        Inventory { things: json!({"projects": projects}), cost_per_hour }
    }

    fn show(&self, state: &State, project: &Project) -> Value {
        let services = project.services.iter().filter(|it| it.deleted_at.is_none());
        let volumes = project.volumes.iter().filter(|it| !it.pending_deletion);
        let domains = project.instances.iter().flat_map(|instance| &instance.domains);
        let deployments = project.instances.iter().flat_map(|instance| state.deployments_of(instance));
        let deployments = deployments.filter(|it| it.status != Status::Removed).map(|deployment| {
            json!({
                "id": deployment.id,
                "status": deployment.status.word(),
                "image": deployment.image,
                "variables": deployment.variables.keys().collect::<Vec<_>>(),
                "createdAt": deployment.created_at,
            })
        });
        let mut shown = json!({
            "id": project.id,
            "name": project.name,
            "workspaceId": project.workspace_id,
            "createdAt": project.created_at,
            "services": services.map(|it| json!({"id": it.id, "name": it.name})).collect::<Vec<_>>(),
            "volumes": volumes.map(|it| json!({"id": it.id, "mountPath": it.mount_path})).collect::<Vec<_>>(),
            "domains": domains.map(|it| format!("{}:{}", it.address, self.agents_port)).collect::<Vec<_>>(),
            "deployments": deployments.collect::<Vec<_>>(),
        });
        if let Some(deleted_at) = project.deleted_at {
            shown["deletedAt"] = json!(deleted_at);
        }
        shown
    }
}
