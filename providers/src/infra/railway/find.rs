//! Finding pieces whose creation gave no answer, by our names and by what hangs below them.

use chrono::{DateTime, Duration, Utc};
use serde_json::{Value, json};
use tracing::warn;

use super::answers::{Domains, Edges, Environment, Project, VolumeInstance};
use super::{MOUNT_PATH, Railway, SERVICE, Site, Workspace, known};
use crate::infra::{FoundProject, Order, Piece, Priority};
use crate::vendor::{Class, Failure};

/// Clocks differ: a project that is a little older than our intent may still be its effect.
const CLOCK_SLACK: Duration = Duration::seconds(60);

/// Pages of one hundred projects that are read at most.
const PAGES_MAX: usize = 200;

#[derive(serde::Deserialize)]
struct ProjectAnswer {
    project: Project,
}

#[derive(serde::Deserialize)]
struct ProjectsAnswer {
    projects: Edges<Project>,
}

#[derive(serde::Deserialize)]
struct EnvironmentAnswer {
    environment: Environment,
}

#[derive(serde::Deserialize)]
struct DomainsAnswer {
    domains: Domains,
}

impl Railway {
    pub(super) async fn find_piece(&self, piece: Piece, order: &Order<'_>) -> Result<Option<Site>, Failure> {
        match (piece, order.shelf) {
            (Piece::Project, Some(empty)) => self.find_renamed(empty, order.name).await,
            (Piece::Project, None) => self.find_project(order).await,
            (Piece::Service, _) => self.find_service(order.site).await,
            (Piece::Volume, _) => self.find_volume(order.site).await,
            (Piece::Domain, _) => self.find_domain(order.site).await,
            (Piece::Deploy, _) => self.find_deploy(order).await,
        }
    }

    /// The oldest project with our name that is not older than the call; younger ones of that name are removed.
    async fn find_project(&self, order: &Order<'_>) -> Result<Option<Site>, Failure> {
        let workspace = self.of_site(order.site).await?;
        let mut found: Vec<Project> = self
            .projects_since(workspace, Some(order.sent_at - CLOCK_SLACK))
            .await?
            .into_iter()
            .filter(|project| project.name == order.name && project.deleted_at.is_none())
            .collect();
        found.sort_by_key(|project| project.created_at);
        let mut found = found.into_iter();
        let Some(oldest) = found.next() else { return Ok(None) };
        for double in found {
            warn!(name = order.name, "a project was made twice; the younger one is removed");
            let _: Value =
                self.write(workspace, Priority::Destroy, "ProjectDelete", json!({"id": double.id})).await?;
        }
        let environment_id = match oldest.environment(&self.settings.environment) {
            Some(id) => Some(id),
            None => self.project(workspace, &oldest.id).await?.environment(&self.settings.environment),
        };
        if environment_id.is_none() {
            return Err(workspace.vendor.failure(
                "Project",
                Class::NotVisibleYet,
                "the project has no environment yet",
            ));
        }
        Ok(Some(Site {
            workspace_id: Some(self.id_of(workspace).await?.to_owned()),
            project_id: Some(oldest.id),
            environment_id,
            ..Site::default()
        }))
    }

    async fn find_renamed(&self, empty: &Site, name: &str) -> Result<Option<Site>, Failure> {
        let workspace = self.of_site(empty).await?;
        let project = self.project(workspace, known(&empty.project_id, "project")?).await?;
        Ok((project.name == name).then(|| empty.clone()))
    }

    async fn find_service(&self, site: &Site) -> Result<Option<Site>, Failure> {
        let project = self.project(self.of_site(site).await?, known(&site.project_id, "project")?).await?;
        let services = project.services.iter().flat_map(Edges::nodes);
        let ours = services.filter(|service| service.name == SERVICE && service.deleted_at.is_none());
        let oldest = ours.min_by_key(|service| service.created_at);
        Ok(oldest.map(|service| Site { service_id: Some(service.id.clone()), ..site.clone() }))
    }

    async fn find_volume(&self, site: &Site) -> Result<Option<Site>, Failure> {
        let service_id = known(&site.service_id, "service")?;
        let environment = self.environment(site).await?;
        let ours = |volume: &&VolumeInstance| {
            volume.mount_path == MOUNT_PATH
                && volume.service_id.as_deref() == Some(service_id)
                && !volume.is_pending_deletion
        };
        let found = environment.volume_instances.nodes().find(ours);
        Ok(found.map(|volume| Site { volume_id: Some(volume.volume_id.clone()), ..site.clone() }))
    }

    /// The first one: a repeated creation makes a second address.
    async fn find_domain(&self, site: &Site) -> Result<Option<Site>, Failure> {
        let variables = json!({
            "projectId": known(&site.project_id, "project")?,
            "environmentId": known(&site.environment_id, "environment")?,
            "serviceId": known(&site.service_id, "service")?,
        });
        let answer: DomainsAnswer =
            self.read(self.of_site(site).await?, Priority::Refill, "Domains", variables).await?;
        Ok(answer.domains.service_domains.into_iter().next().map(|domain| self.with_domain(site, domain)))
    }

    /// Whether the configuration has our image and every variable's name.
    async fn find_deploy(&self, order: &Order<'_>) -> Result<Option<Site>, Failure> {
        let service_id = known(&order.site.service_id, "service")?;
        let environment = self.environment(order.site).await?;
        let service = &environment.config["services"][service_id];
        let image = service["source"]["image"].as_str() == Some(order.image);
        let missing: Vec<&str> = order
            .variables
            .keys()
            .map(String::as_str)
            .filter(|name| service["variables"].get(*name).is_none_or(Value::is_null))
            .collect();
        if image && !missing.is_empty() {
            warn!(name = order.name, ?missing, "the deployed configuration lacks variables");
        }
        Ok((image && missing.is_empty()).then(|| order.site.clone()))
    }

    pub(super) async fn project(&self, workspace: &Workspace, id: &str) -> Result<Project, Failure> {
        let answer: ProjectAnswer =
            self.read(workspace, Priority::Destroy, "Project", json!({"id": id})).await?;
        Ok(answer.project)
    }

    async fn environment(&self, site: &Site) -> Result<Environment, Failure> {
        let variables = json!({
            "id": known(&site.environment_id, "environment")?,
            "projectId": known(&site.project_id, "project")?,
        });
        let answer: EnvironmentAnswer =
            self.read(self.of_site(site).await?, Priority::Refill, "Environment", variables).await?;
        Ok(answer.environment)
    }

    /// Projects, newest first, down to those made before `since`.
    pub(super) async fn projects_since(
        &self,
        workspace: &Workspace,
        since: Option<DateTime<Utc>>,
    ) -> Result<Vec<Project>, Failure> {
        let workspace_id = self.id_of(workspace).await?;
        let mut projects: Vec<Project> = Vec::new();
        let mut after: Option<String> = None;
        for _ in 0..PAGES_MAX {
            let variables = json!({"workspaceId": workspace_id, "after": after});
            let answer: ProjectsAnswer =
                self.read(workspace, Priority::Destroy, "Projects", variables).await?;
            projects.extend(answer.projects.nodes().cloned());
            let old_enough = since.is_some_and(|since| {
                projects.last().and_then(|project| project.created_at).is_some_and(|created| created < since)
            });
            let page = answer.projects.page_info;
            after = page.as_ref().and_then(|page| page.end_cursor.clone());
            if old_enough || after.is_none() || !page.is_some_and(|page| page.has_next_page) {
                return Ok(projects);
            }
        }
        // An incomplete list must never read like a complete one.
        Err(workspace.vendor.failure("Projects", Class::Permanent, "the list of projects does not end"))
    }

    pub(super) async fn live_projects(&self, name_start: &str) -> Result<Vec<FoundProject>, Failure> {
        let mut found = Vec::new();
        for workspace in &self.workspaces {
            let workspace_id = self.id_of(workspace).await?.to_owned();
            for project in self.projects_since(workspace, None).await? {
                if project.deleted_at.is_none() && project.name.starts_with(name_start) {
                    let environment_id = project.environment(&self.settings.environment);
                    found.push(FoundProject {
                        name: project.name,
                        site: Site {
                            workspace_id: Some(workspace_id.clone()),
                            project_id: Some(project.id),
                            environment_id,
                            ..Site::default()
                        },
                        created_at: project.created_at.unwrap_or_else(process::clock::now),
                    });
                }
            }
        }
        Ok(found)
    }
}
