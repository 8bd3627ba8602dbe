//! Root fields of `Query`.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::records::Project;
use super::session::{INSTANCE_NOT_FOUND, Refused, Session, input, text};
use super::show;
use super::view::{Field, Thing, page_size};
use crate::options::Plan;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DeploymentList {
    environment_id: Option<String>,
    project_id: Option<String>,
    service_id: Option<String>,
    status: Option<StatusFilter>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct StatusFilter {
    r#in: Option<Vec<String>>,
    not_in: Option<Vec<String>>,
}

type Answered = Result<Field, Refused>;

impl Session<'_> {
    pub(super) fn api_token(&self) -> Thing {
        let own = self.access.workspaces.iter();
        let own = own.map(|id| {
            Thing::new("ApiTokenWorkspace").leaf("id", id.as_str()).leaf("name", super::WORKSPACE_NAME)
        });
        Thing::new("ApiTokenContext").with("workspaces", Field::Many(own.collect()))
    }

    pub(super) fn workspace(&self, arguments: &Map<String, Value>) -> Answered {
        let id = text(arguments, "workspaceId");
        self.may_use(&id)?;
        let standing = self.desk.state.limits.standing(&id, self.access.plan, self.desk.now);
        let budget = Thing::new("ApiTokenRateLimit")
            .leaf("remainingPoints", standing.remaining)
            .leaf("resetsAt", json!(standing.resets_at(self.desk.date)));
        let plan = match self.access.plan {
            Plan::Hobby => "HOBBY",
            Plan::Pro => "PRO",
        };
        let projects = self.desk.state.projects.values();
        let living = projects.filter(|it| it.workspace_id == id && it.deleted_at.is_none()).count();
        let workspace = Thing::new("Workspace")
            .leaf("id", id)
            .leaf("name", super::WORKSPACE_NAME)
            .leaf("createdAt", json!(self.desk.date))
            .leaf("plan", plan)
            .leaf("projectCount", living)
            .with("apiTokenRateLimit", budget.into());
        Ok(workspace.into())
    }

    pub(super) fn one_project(&self, arguments: &Map<String, Value>) -> Answered {
        let project = self.desk.state.projects.get(&text(arguments, "id")).ok_or("Project not found")?;
        self.may_see(project)?;
        Ok(self.show_project(project).into())
    }

    /// A page of the workspace's projects. The cursor is the project's id, as everywhere.
    pub(super) fn projects(&self, arguments: &Map<String, Value>) -> Answered {
        let wanted = arguments.get("workspaceId").and_then(Value::as_str);
        if let Some(workspace) = wanted {
            self.may_use(workspace)?;
        }
        let deleted_too = arguments.get("includeDeleted").and_then(Value::as_bool).unwrap_or(false);
        let now = self.desk.now;
        let shown = |project: &&Project| {
            let mine = match wanted {
                Some(workspace) => project.workspace_id == workspace,
                None => self.may_see(project).is_ok(),
            };
            mine && (project.listed(now) || deleted_too && now >= project.listed_from)
        };
        let before = arguments.get("after").and_then(Value::as_str).map(|cursor| {
            let known = self.desk.state.projects.get(cursor);
            known.map(|project| project.order).ok_or("Invalid cursor")
        });
        let mut page: Vec<&Project> = match arguments.get("orderBy").and_then(Value::as_str) {
            Some(order @ ("NAME_ASC" | "UPDATED_AT_DESC")) => {
                let mut all: Vec<_> = self.desk.state.newest_projects(None).filter(shown).collect();
                match order {
                    "NAME_ASC" => all.sort_by(|one, other| one.name.cmp(&other.name)),
                    _ => all.sort_by_key(|project| std::cmp::Reverse(project.updated_at)),
                }
                let all = all.into_iter().map(|project| self.show_project(project)).collect();
                return Ok(Field::Connection("QueryProjectsConnection", all));
            }
            // Newest first, taken from the index: a page of ten thousand projects is as quick as one of ten.
            _ => {
                let all = self.desk.state.newest_projects(before.transpose()?);
                all.filter(shown).take(page_size(arguments) + 1).collect()
            }
        };
        let more = page.len() > page_size(arguments);
        page.truncate(page_size(arguments));
        let page = page.into_iter().map(|project| self.show_project(project)).collect();
        Ok(Field::Page("QueryProjectsConnection", page, more))
    }

    /// Skips what cannot be seen instead of refusing.
    pub(super) fn projects_by_ids(&self, arguments: &Map<String, Value>) -> Field {
        let ids = arguments.get("ids").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let known = ids.iter().filter_map(Value::as_str).filter_map(|id| self.desk.state.projects.get(id));
        let seen = known.filter(|project| self.may_see(project).is_ok() && project.listed(self.desk.now));
        Field::Many(seen.map(|project| self.show_project(project)).collect())
    }

    pub(super) fn environment(&self, arguments: &Map<String, Value>) -> Answered {
        let id = text(arguments, "id");
        let project = self.owner(&id, "Environment not found")?;
        let environment = project.environments.iter().find(|environment| environment.id == id);
        Ok(self.show_environment(project, environment.ok_or("Environment not found")?).into())
    }

    pub(super) fn service(&self, arguments: &Map<String, Value>) -> Answered {
        let id = text(arguments, "id");
        let project = self.owner(&id, "Service not found")?;
        let service =
            project.services.iter().find(|service| service.id == id && service.deleted_at.is_none());
        Ok(show::service(&project.id, service.ok_or("Service not found")?).into())
    }

    pub(super) fn service_instance(&self, arguments: &Map<String, Value>) -> Answered {
        let project = self.owner(&text(arguments, "serviceId"), INSTANCE_NOT_FOUND)?;
        let instance = self.visible_instance(project, arguments)?;
        Ok(self.show_instance(project, instance).into())
    }

    pub(super) fn domains(&self, arguments: &Map<String, Value>) -> Answered {
        let project = self.project(&text(arguments, "projectId"))?;
        let instance = self.visible_instance(project, arguments)?;
        Ok(show::all_domains(project, instance, self.desk.agents_port).into())
    }

    fn visible_instance<'p>(
        &self,
        project: &'p Project,
        arguments: &Map<String, Value>,
    ) -> Result<&'p super::records::ServiceInstance, Refused> {
        let instance = project.instance(&text(arguments, "serviceId"), &text(arguments, "environmentId"));
        instance.filter(|it| self.desk.now >= it.visible_from).ok_or_else(|| INSTANCE_NOT_FOUND.into())
    }

    pub(super) fn variables(&self, arguments: &Map<String, Value>) -> Answered {
        let project = self.project(&text(arguments, "projectId"))?;
        if text(arguments, "serviceId").is_empty() {
            return Ok(Field::Leaf(json!({})));
        }
        let instance = self.visible_instance(project, arguments)?;
        let mut all = instance.variables.clone();
        let added = self.desk.platform_variables(project, instance, None);
        all.extend(added.into_iter().map(|(name, value)| (name.to_owned(), value)));
        Ok(Field::Leaf(json!(all)))
    }

    pub(super) fn deployment(&self, arguments: &Map<String, Value>) -> Answered {
        let deployment =
            self.desk.state.deployments.get(&text(arguments, "id")).ok_or("Deployment not found")?;
        let project = self.desk.state.projects.get(&deployment.project_id).ok_or("Deployment not found")?;
        self.may_see(project)?;
        Ok(self.show_deployment(deployment).into())
    }

    pub(super) fn deployments(&self, arguments: &Map<String, Value>) -> Answered {
        let wish: DeploymentList = input(arguments.clone())?;
        let owner = wish.project_id.as_ref().or(wish.service_id.as_ref()).or(wish.environment_id.as_ref());
        let owner = owner.ok_or("Invalid input: one of projectId, serviceId, environmentId is needed")?;
        let project = match self.project(owner) {
            Ok(project) => project,
            Err(_) => self.owner(owner, super::session::NOT_AUTHORIZED)?,
        };
        let fits =
            |wanted: &Option<String>, actual: &str| wanted.as_ref().is_none_or(|wanted| wanted == actual);
        let instances = project.instances.iter();
        let instances = instances.filter(|it| {
            fits(&wish.service_id, &it.service_id) && fits(&wish.environment_id, &it.environment_id)
        });
        let mut all: Vec<_> =
            instances.flat_map(|instance| self.desk.state.deployments_of(instance)).collect();
        if let Some(filter) = &wish.status {
            all.retain(|deployment| {
                let word = deployment.status.word();
                let among = |words: &Vec<String>| words.iter().any(|known| known == word);
                filter.r#in.as_ref().is_none_or(among) && !filter.not_in.as_ref().is_some_and(among)
            });
        }
        all.sort_by_key(|deployment| std::cmp::Reverse(deployment.created_at));
        let all = all.into_iter().map(|deployment| self.show_deployment(deployment)).collect();
        Ok(Field::Connection("QueryDeploymentsConnection", all))
    }

    pub(super) fn deployment_events(&self, arguments: &Map<String, Value>) -> Answered {
        let deployment =
            self.desk.state.deployments.get(&text(arguments, "id")).ok_or("Deployment not found")?;
        self.project(&deployment.project_id)?;
        let steps = deployment.steps.iter().map(|step| show::step(step, deployment.restarts_max));
        Ok(Field::Connection("QueryDeploymentEventsConnection", steps.collect()))
    }

    pub(super) fn notification_rules(&self, arguments: &Map<String, Value>) -> Answered {
        let workspace_id = text(arguments, "workspaceId");
        self.may_use(&workspace_id)?;
        let project_id = arguments.get("projectId").and_then(Value::as_str);
        let rules = self.desk.state.rules.iter().filter(|rule| {
            rule.workspace_id == workspace_id
                && project_id.is_none_or(|wanted| rule.project_id.as_deref() == Some(wanted))
        });
        Ok(Field::Many(rules.map(show::rule).collect()))
    }

    /// Flat rates for the time a project exists: enough to see who reads the numbers, not to bill by.
    pub(super) fn usage(&self, arguments: &Map<String, Value>) -> Answered {
        let project = self.project(&text(arguments, "projectId"))?;
        let minutes = (self.desk.date - project.created_at).num_seconds() as f64 / 60.0;
        let measurements =
            arguments.get("measurements").and_then(Value::as_array).cloned().unwrap_or_default();
        let usage = measurements.into_iter().map(|measurement| {
            let per_minute = match measurement.as_str() {
                Some("CPU_USAGE") => 0.05,
                Some("MEMORY_USAGE_GB") => 0.4,
                Some("DISK_USAGE_GB") => 0.2,
                _ => 0.001,
            };
            Thing::new("AggregatedUsage").leaf("measurement", measurement).leaf("value", per_minute * minutes)
        });
        Ok(Field::Many(usage.collect()))
    }
}
