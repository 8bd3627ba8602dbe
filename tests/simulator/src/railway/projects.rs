//! Mutations of projects, environments, services, volumes, domains and rules.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::effects::Effect;
use super::limits::Lane;
use super::records::{Domain, Environment, Project, Rule, Service, ServiceInstance, Volume};
use super::session::{INSTANCE_NOT_FOUND, PLAN_LIMIT, Refused, Session, input, text};
use super::view::Field;

/// Longest project name, and service name.
const NAME_LENGTH_MAX: usize = 32;
/// Read-after-write lags of the soak profile, in simulated milliseconds.
const LIST_LAG_MILLIS: u64 = 5_000;
const INSTANCE_LAG_MILLIS: u64 = 3_000;
const VOLUME_LAG_MILLIS: u64 = 30_000;
const DELETE_LAG_MILLIS: u64 = 10_000;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ProjectCreate {
    name: Option<String>,
    description: Option<String>,
    workspace_id: Option<String>,
    default_environment_name: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct EnvironmentCreate {
    name: String,
    project_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ServiceCreate {
    name: Option<String>,
    project_id: String,
    environment_id: Option<String>,
    source: Option<Source>,
    registry_credentials: Option<Value>,
    variables: Option<BTreeMap<String, String>>,
}

#[derive(Deserialize)]
struct Source {
    image: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct VolumeCreate {
    project_id: String,
    environment_id: Option<String>,
    service_id: Option<String>,
    mount_path: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DomainCreate {
    environment_id: String,
    service_id: String,
    target_port: Option<i64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RuleCreate {
    workspace_id: String,
    project_id: Option<String>,
    event_types: Vec<String>,
    channel_configs: Vec<Value>,
    severities: Option<Vec<String>>,
    ephemeral_environments: Option<bool>,
}

/// Railway takes lower-case letters, digits and hyphens, at most 32 of them.
fn check_project_name(name: &str) -> Result<(), Refused> {
    let fits = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
    match (1..=NAME_LENGTH_MAX).contains(&name.len()) && name.chars().all(fits) {
        true => Ok(()),
        false => Err("Invalid project name".into()),
    }
}

type Answered = Result<Field, Refused>;

impl Session<'_> {
    pub(super) fn project_create(&mut self, arguments: Map<String, Value>) -> Answered {
        let wish: ProjectCreate = input(arguments)?;
        let workspace_id = match (wish.workspace_id, self.access.workspaces.first()) {
            (Some(id), _) => id,
            (None, Some(first)) => first.clone(),
            (None, None) => return Err(super::session::NOT_AUTHORIZED.into()),
        };
        self.may_use(&workspace_id)?;
        let name = wish.name.unwrap_or_else(|| format!("project-{}", self.desk.dice.hex(4)));
        self.subject = Some(name.clone());
        check_project_name(&name)?;
        if let Some(limit) = self.desk.world.options.project_limit {
            let projects = self.desk.state.projects.values();
            let living =
                projects.filter(|it| it.workspace_id == workspace_id && it.deleted_at.is_none()).count();
            if living >= limit {
                return Err(PLAN_LIMIT.into());
            }
        }
        self.take_lane(Lane::Project, &workspace_id)?;
        let environment = Environment {
            id: self.desk.dice.uuid(),
            name: wish.default_environment_name.unwrap_or_else(|| "production".into()),
            created_at: self.desk.date,
            version: 1,
        };
        let project = Project {
            id: self.desk.dice.uuid(),
            name,
            description: wish.description,
            workspace_id,
            order: self.desk.state.next_order(),
            created_at: self.desk.date,
            updated_at: self.desk.date,
            deleted_at: None,
            environments: vec![environment],
            services: Vec::new(),
            instances: Vec::new(),
            volumes: Vec::new(),
            listed_from: self.desk.lagged(LIST_LAG_MILLIS),
            listed_until: self.desk.now,
        };
        let answer = self.show_project(&project);
        self.desk.state.insert_project(project);
        Ok(answer.into())
    }

    pub(super) fn project_update(&mut self, mut arguments: Map<String, Value>) -> Answered {
        let id = text(&arguments, "id");
        let wish = arguments.remove("input").unwrap_or_default();
        let date = self.desk.date;
        let name = wish.get("name").and_then(Value::as_str);
        self.subject = name.map(str::to_owned);
        name.map_or(Ok(()), check_project_name)?;
        let project = self.project_mut(&id)?;
        if let Some(name) = name {
            project.name = name.to_owned();
        }
        if let Some(description) = wish.get("description").and_then(Value::as_str) {
            project.description = Some(description.to_owned());
        }
        project.updated_at = date;
        let project = project.clone();
        Ok(self.show_project(&project).into())
    }

    pub(super) fn project_delete(&mut self, arguments: &Map<String, Value>) -> Answered {
        let id = text(arguments, "id");
        let project = self.project(&id)?;
        self.subject = Some(project.name.clone());
        let deployments: Vec<String> = self.desk.state.projects[&id]
            .instances
            .iter()
            .flat_map(|instance| instance.deployments.iter().cloned())
            .collect();
        let (date, unlisted) = (self.desk.date, self.desk.lagged(DELETE_LAG_MILLIS));
        let project = self.project_mut(&id)?;
        project.deleted_at = Some(date);
        project.listed_until = unlisted;
        let addresses: Vec<_> = project
            .instances
            .iter()
            .flat_map(|instance| &instance.domains)
            .map(|domain| domain.address)
            .collect();
        let volumes: Vec<String> = project.volumes.iter().map(|volume| volume.id.clone()).collect();
        for deployment in deployments {
            self.desk.remove(&deployment);
        }
        for address in addresses {
            self.desk.state.forget_address(address);
        }
        let removals = volumes.into_iter().map(|volume_id| Effect::RemoveVolume { volume_id });
        self.desk.state.effects.extend(removals);
        Ok(Field::Leaf(true.into()))
    }

    pub(super) fn environment_create(&mut self, arguments: Map<String, Value>) -> Answered {
        let wish: EnvironmentCreate = input(arguments)?;
        let project = self.project(&wish.project_id)?;
        if project.environments.iter().any(|known| known.name == wish.name) {
            return Err(Refused(format!("Environment {:?} already exists", wish.name)));
        }
        let owner = self.access.token.clone();
        self.take_lane(Lane::Environment, &owner)?;
        let environment = Environment {
            id: self.desk.dice.uuid(),
            name: wish.name,
            created_at: self.desk.date,
            version: 1,
        };
        self.desk.state.own(&environment.id, &wish.project_id);
        let project = self.project_mut(&wish.project_id)?;
        project.environments.push(environment.clone());
        let project = project.clone();
        Ok(self.show_environment(&project, &environment).into())
    }

    pub(super) fn service_create(&mut self, arguments: Map<String, Value>) -> Answered {
        let wish: ServiceCreate = input(arguments)?;
        let project = self.project(&wish.project_id)?;
        let name = wish.name.unwrap_or_else(|| format!("service-{}", self.desk.dice.hex(4)));
        if !(1..=NAME_LENGTH_MAX).contains(&name.len()) {
            return Err("Invalid service name".into());
        }
        if project.services.iter().any(|known| known.name == name && known.deleted_at.is_none()) {
            return Err(Refused(format!("A service named \"{name}\" already exists in this project")));
        }
        if let Some(wanted) = &wish.environment_id
            && !project.environments.iter().any(|environment| environment.id == *wanted)
        {
            return Err("Environment not found".into());
        }
        let subject = format!("{}/{name}", project.name);
        // Whatever environment is named: none of ours is a fork, so the service comes into each of them.
        let environments: Vec<String> = project.environments.iter().map(|it| it.id.clone()).collect();
        self.subject = Some(subject);
        let service =
            Service { id: self.desk.dice.uuid(), name, created_at: self.desk.date, deleted_at: None };
        let mut deploy = Map::new();
        deploy.extend(wish.registry_credentials.map(|them| ("registryCredentials".to_owned(), them)));
        let image = wish.source.and_then(|source| source.image);
        let instances: Vec<ServiceInstance> = environments
            .iter()
            .map(|environment_id| ServiceInstance {
                id: self.desk.dice.uuid(),
                service_id: service.id.clone(),
                environment_id: environment_id.clone(),
                created_at: self.desk.date,
                image: image.clone(),
                variables: wish.variables.clone().unwrap_or_default(),
                deploy: deploy.clone(),
                domains: Vec::new(),
                deployments: Vec::new(),
                visible_from: self.desk.lagged(INSTANCE_LAG_MILLIS),
            })
            .collect();
        self.desk.state.own(&service.id, &wish.project_id);
        let project = self.project_mut(&wish.project_id)?;
        project.services.push(service.clone());
        project.instances.extend(instances);
        let project_id = project.id.clone();
        if image.is_some() {
            for environment_id in &environments {
                self.desk.deploy(&service.id, environment_id, None);
            }
        }
        Ok(super::show::service(&project_id, &service).into())
    }

    pub(super) fn service_delete(&mut self, arguments: &Map<String, Value>) -> Answered {
        let id = text(arguments, "id");
        let date = self.desk.date;
        let project_id = self.owner(&id, "Service not found")?.id.clone();
        let project = self.project_mut(&project_id)?;
        for service in project.services.iter_mut().filter(|service| service.id == id) {
            service.deleted_at = Some(date);
        }
        let (gone, kept) =
            std::mem::take(&mut project.instances).into_iter().partition(|it| it.service_id == id);
        project.instances = kept;
        // The volume lingers for its grace time, attached to nothing.
        for volume in project.volumes.iter_mut().filter(|volume| volume.service_id.as_deref() == Some(&id)) {
            volume.pending_deletion = true;
        }
        let gone: Vec<ServiceInstance> = gone;
        for instance in gone {
            for domain in &instance.domains {
                self.desk.state.forget_address(domain.address);
            }
            for deployment in &instance.deployments {
                self.desk.remove(deployment);
            }
        }
        Ok(Field::Leaf(true.into()))
    }

    pub(super) fn volume_create(&mut self, arguments: Map<String, Value>) -> Answered {
        let wish: VolumeCreate = input(arguments)?;
        let project = self.project(&wish.project_id)?;
        let environment = match &wish.environment_id {
            Some(id) => project.environments.iter().find(|environment| environment.id == *id),
            None => project.environments.first(),
        };
        let environment_id = environment.ok_or("Environment not found")?.id.clone();
        if let Some(service_id) = &wish.service_id {
            project.instance(service_id, &environment_id).ok_or(INSTANCE_NOT_FOUND)?;
            if project.volume_of(service_id, &environment_id).is_some() {
                return Err(Refused(format!("A volume is already mounted at {}", wish.mount_path)));
            }
        }
        self.subject = Some(project.name.clone());
        let owner = self.access.token.clone();
        self.take_lane(Lane::Volume, &owner)?;
        let volume = Volume {
            id: self.desk.dice.uuid(),
            instance_id: self.desk.dice.uuid(),
            name: format!("volume-{}", self.desk.dice.hex(3)),
            environment_id,
            service_id: wish.service_id,
            mount_path: wish.mount_path,
            created_at: self.desk.date,
            pending_deletion: false,
            visible_from: self.desk.lagged(VOLUME_LAG_MILLIS),
        };
        self.desk.state.own(&volume.id, &wish.project_id);
        let answer = super::show::volume(&wish.project_id, &volume);
        self.project_mut(&wish.project_id)?.volumes.push(volume);
        Ok(answer.into())
    }

    pub(super) fn volume_delete(&mut self, arguments: &Map<String, Value>) -> Answered {
        let id = text(arguments, "volumeId");
        self.owner(&id, "Volume not found")?;
        let volume = self.desk.state.volume_mut(&id).ok_or("Volume not found")?;
        volume.pending_deletion = true;
        self.desk.state.effects.push(Effect::RemoveVolume { volume_id: id });
        Ok(Field::Leaf(true.into()))
    }

    /// A repeat makes a second domain, as Railway does.
    pub(super) fn domain_create(&mut self, arguments: Map<String, Value>) -> Answered {
        let wish: DomainCreate = input(arguments)?;
        let now = self.desk.now;
        let project = self.owner(&wish.service_id, INSTANCE_NOT_FOUND)?;
        let instance = project.instance(&wish.service_id, &wish.environment_id).ok_or(INSTANCE_NOT_FOUND)?;
        if now < instance.visible_from {
            return Err(INSTANCE_NOT_FOUND.into());
        }
        let (project_id, instance_id) = (project.id.clone(), instance.id.clone());
        self.subject = Some(project.name.clone());
        let domain = Domain {
            id: self.desk.dice.uuid(),
            address: self.desk.state.new_address(&project_id, &instance_id),
            target_port: wish.target_port,
            created_at: self.desk.date,
        };
        self.desk.state.own(&domain.id, &project_id);
        let answer = super::show::domain(
            &wish.service_id,
            &wish.environment_id,
            &project_id,
            &domain,
            self.desk.agents_port,
        );
        let project = self.project_mut(&project_id)?;
        let instance = project.instance_mut(&wish.service_id, &wish.environment_id);
        instance.ok_or(INSTANCE_NOT_FOUND)?.domains.push(domain);
        Ok(answer.into())
    }

    pub(super) fn domain_delete(&mut self, arguments: &Map<String, Value>) -> Answered {
        let id = text(arguments, "id");
        let project_id = self.owner(&id, "ServiceDomain not found")?.id.clone();
        let project = self.project_mut(&project_id)?;
        let mut gone = None;
        for instance in &mut project.instances {
            if let Some(index) = instance.domains.iter().position(|domain| domain.id == id) {
                gone = Some(instance.domains.remove(index));
            }
        }
        let gone = gone.ok_or("ServiceDomain not found")?;
        self.desk.state.forget_address(gone.address);
        Ok(Field::Leaf(true.into()))
    }

    pub(super) fn rule_create(&mut self, arguments: Map<String, Value>) -> Answered {
        let wish: RuleCreate = input(arguments)?;
        self.may_use(&wish.workspace_id)?;
        let channels = wish.channel_configs.into_iter().map(|config| (self.desk.dice.uuid(), config));
        let rule = Rule {
            channels: channels.collect(),
            id: self.desk.dice.uuid(),
            workspace_id: wish.workspace_id,
            project_id: wish.project_id,
            event_types: wish.event_types,
            severities: wish.severities.unwrap_or_default(),
            ephemeral_environments: wish.ephemeral_environments.unwrap_or(false),
            created_at: self.desk.date,
        };
        let answer = super::show::rule(&rule);
        self.desk.state.rules.push(rule);
        Ok(answer.into())
    }

    pub(super) fn rule_delete(&mut self, arguments: &Map<String, Value>) -> Answered {
        let id = text(arguments, "id");
        let rules = &self.desk.state.rules;
        let rule = rules.iter().find(|rule| rule.id == id).ok_or("NotificationRule not found")?;
        self.may_use(&rule.workspace_id)?;
        self.desk.state.rules.retain(|rule| rule.id != id);
        Ok(Field::Leaf(true.into()))
    }
}
