//! Records as the schema shows them.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use super::records::{
    Container, Deployment, Domain, Environment, Project, Rule, Service, ServiceInstance, Status, Step, Volume,
};
use super::session::Session;
use super::view::{Field, Thing};

/// What the configuration shows in place of a variable's value unless it is asked to decrypt.
const ENCRYPTED: &str = "<encrypted>";
const REGION: &str = "us-west2";
const VOLUME_SIZE_MB: u64 = 50_000;
const RESTARTS_MAX: u64 = 10;

fn date(date: DateTime<Utc>) -> Value {
    json!(date)
}

impl Session<'_> {
    pub(super) fn show_project(&self, project: &Project) -> Thing {
        let mut thing = Thing::new("Project")
            .leaf("id", project.id.as_str())
            .leaf("name", project.name.as_str())
            .leaf("description", project.description.clone())
            .leaf("createdAt", date(project.created_at))
            .leaf("updatedAt", date(project.updated_at))
            .leaf("deletedAt", json!(project.deleted_at))
            .leaf("prDeploys", false)
            .leaf("primaryEnvironmentId", project.environments.first().map(|it| it.id.clone()))
            .leaf("workspaceId", project.workspace_id.as_str());
        if self.wants("environments") {
            let all = project.environments.iter().map(|it| self.show_environment(project, it)).collect();
            thing = thing.with("environments", Field::Connection("ProjectEnvironmentsConnection", all));
        }
        if self.wants("services") {
            let all = project.services.iter().filter(|it| it.deleted_at.is_none());
            let all = all.map(|it| service(&project.id, it)).collect();
            thing = thing.with("services", Field::Connection("ProjectServicesConnection", all));
        }
        if self.wants("volumes") {
            let now = self.desk.now;
            let all = project.volumes.iter().filter(|it| !it.pending_deletion && now >= it.visible_from);
            let all = all.map(|it| volume(&project.id, it)).collect();
            thing = thing.with("volumes", Field::Connection("ProjectVolumesConnection", all));
        }
        thing
    }

    pub(super) fn show_environment(&self, project: &Project, environment: &Environment) -> Thing {
        let mut thing = Thing::new("Environment")
            .leaf("id", environment.id.as_str())
            .leaf("name", environment.name.as_str())
            .leaf("projectId", project.id.as_str())
            .leaf("createdAt", date(environment.created_at))
            .leaf("updatedAt", date(project.updated_at))
            .leaf("deletedAt", Value::Null)
            .leaf("configEtag", format!("{}-{}", environment.id, environment.version));
        if self.wants("config") {
            let masked = self.show_config(project, environment, false);
            thing = thing.with("config", Field::Config(masked, self.show_config(project, environment, true)));
        }
        if self.wants("serviceInstances") {
            let now = self.desk.now;
            let all = project.instances.iter();
            let all = all.filter(|it| it.environment_id == environment.id && now >= it.visible_from);
            let all = all.map(|it| self.show_instance(project, it)).collect();
            thing = thing
                .with("serviceInstances", Field::Connection("EnvironmentServiceInstancesConnection", all));
        }
        if self.wants("volumeInstances") {
            let now = self.desk.now;
            let all = project.volumes.iter();
            let all = all.filter(|it| it.environment_id == environment.id && now >= it.visible_from);
            let all = all.map(volume_instance).collect();
            thing =
                thing.with("volumeInstances", Field::Connection("EnvironmentVolumeInstancesConnection", all));
        }
        thing
    }

    fn show_config(&self, project: &Project, environment: &Environment, decrypted: bool) -> Value {
        let port = self.desk.agents_port;
        let mut services = Map::new();
        for instance in project.instances.iter().filter(|it| it.environment_id == environment.id) {
            let variables = instance.variables.iter().map(|(name, value)| {
                let value = if decrypted { value.as_str() } else { ENCRYPTED };
                (name.clone(), json!({"value": value}))
            });
            let domains = instance
                .domains
                .iter()
                .map(|domain| (format!("{}:{port}", domain.address), json!({"port": domain.target_port})));
            let volume = project.volume_of(&instance.service_id, &environment.id);
            let mounts = volume.map(|it| (it.id.clone(), json!({"mountPath": it.mount_path})));
            let config = json!({
                "source": instance.image.as_ref().map_or_else(|| json!({}), |image| json!({"image": image})),
                "variables": variables.collect::<Map<_, _>>(),
                "deploy": instance.deploy,
                "networking": {"serviceDomains": domains.collect::<Map<_, _>>()},
                "volumeMounts": mounts.into_iter().collect::<Map<_, _>>(),
            });
            services.insert(instance.service_id.clone(), config);
        }
        json!({"services": services, "sharedVariables": {}})
    }

    pub(super) fn show_instance(&self, project: &Project, instance: &ServiceInstance) -> Thing {
        let of_deploy = |name: &str| instance.deploy.get(name).cloned().unwrap_or_default();
        let or = |name: &str, default: Value| match of_deploy(name) {
            Value::Null => default,
            value => value,
        };
        let service = project.services.iter().find(|it| it.id == instance.service_id);
        let source = instance.image.as_ref().map(|image| {
            Box::new(Thing::new("ServiceSource").leaf("image", image.as_str()).leaf("repo", Value::Null))
        });
        let latest = self.desk.state.deployments_of(instance).next();
        let active = self.desk.state.deployments_of(instance).filter(|it| it.status.active());
        Thing::new("ServiceInstance")
            .leaf("id", instance.id.as_str())
            .leaf("serviceId", instance.service_id.as_str())
            .leaf("serviceName", service.map(|it| it.name.clone()))
            .leaf("environmentId", instance.environment_id.as_str())
            .leaf("createdAt", date(instance.created_at))
            .leaf("updatedAt", date(project.updated_at))
            .leaf("healthcheckPath", of_deploy("healthcheckPath"))
            .leaf("healthcheckTimeout", of_deploy("healthcheckTimeout"))
            .leaf("numReplicas", or("numReplicas", 1.into()))
            .leaf("region", or("region", REGION.into()))
            .leaf("restartPolicyMaxRetries", or("restartPolicyMaxRetries", RESTARTS_MAX.into()))
            .leaf("restartPolicyType", or("restartPolicyType", "ON_FAILURE".into()))
            .leaf("sleepApplication", or("sleepApplication", false.into()))
            .leaf("startCommand", of_deploy("startCommand"))
            .with("source", Field::One(source))
            .with("domains", all_domains(project, instance, self.desk.agents_port).into())
            .with("latestDeployment", Field::One(latest.map(|it| Box::new(self.show_deployment(it)))))
            .with("activeDeployments", Field::Many(active.map(|it| self.show_deployment(it)).collect()))
    }

    pub(super) fn show_deployment(&self, deployment: &Deployment) -> Thing {
        let instance = Thing::new("DeploymentDeploymentInstance")
            .leaf("id", format!("{}-1", deployment.id))
            .leaf("status", container_word(deployment));
        let url = deployment.public_domain.as_ref().map(|domain| format!("http://{domain}"));
        Thing::new("Deployment")
            .leaf("id", deployment.id.as_str())
            .leaf("status", deployment.word())
            .leaf("createdAt", date(deployment.created_at))
            .leaf("updatedAt", date(deployment.status_updated_at))
            .leaf("statusUpdatedAt", date(deployment.status_updated_at))
            .leaf("deploymentStopped", deployment.stopped)
            .leaf("canRedeploy", !deployment.status.blocks_redeploy())
            .leaf("environmentId", deployment.environment_id.as_str())
            .leaf("projectId", deployment.project_id.as_str())
            .leaf("serviceId", deployment.service_id.as_str())
            .leaf("staticUrl", deployment.public_domain.clone())
            .leaf("url", url)
            .leaf("meta", json!({"image": deployment.image}))
            .with("instances", Field::Many(vec![instance]))
    }
}

fn container_word(deployment: &Deployment) -> &'static str {
    match (deployment.status, deployment.container) {
        (Status::Removed, _) => "REMOVED",
        (Status::Removing, _) => "REMOVING",
        (Status::Crashed | Status::Failed, _) => "CRASHED",
        (Status::Skipped, _) => "SKIPPED",
        (Status::Sleeping, _) => "STOPPED",
        (_, Container::Exited) if deployment.stopped => "EXITED",
        (_, Container::Exited) => "RESTARTING",
        (_, Container::Absent) => "CREATED",
        (Status::Success, Container::Started) => "RUNNING",
        (_, Container::Started) => "INITIALIZING",
    }
}

/// A service.
pub(super) fn service(project_id: &str, service: &Service) -> Thing {
    Thing::new("Service")
        .leaf("id", service.id.as_str())
        .leaf("name", service.name.as_str())
        .leaf("projectId", project_id)
        .leaf("createdAt", date(service.created_at))
        .leaf("updatedAt", date(service.created_at))
        .leaf("deletedAt", json!(service.deleted_at))
}

/// A volume.
pub(super) fn volume(project_id: &str, volume: &Volume) -> Thing {
    Thing::new("Volume")
        .leaf("id", volume.id.as_str())
        .leaf("name", volume.name.as_str())
        .leaf("projectId", project_id)
        .leaf("createdAt", date(volume.created_at))
}

fn volume_instance(volume: &Volume) -> Thing {
    Thing::new("VolumeInstance")
        .leaf("id", volume.instance_id.as_str())
        .leaf("volumeId", volume.id.as_str())
        .leaf("environmentId", volume.environment_id.as_str())
        .leaf("serviceId", volume.service_id.clone())
        .leaf("mountPath", volume.mount_path.as_str())
        .leaf("createdAt", date(volume.created_at))
        .leaf("isPendingDeletion", volume.pending_deletion)
        .leaf("region", REGION)
        .leaf("sizeMB", VOLUME_SIZE_MB)
        .leaf("state", "READY")
}

/// A domain.
pub(super) fn domain(
    service_id: &str,
    environment_id: &str,
    project_id: &str,
    domain: &Domain,
    port: u16,
) -> Thing {
    Thing::new("ServiceDomain")
        .leaf("id", domain.id.as_str())
        .leaf("domain", format!("{}:{port}", domain.address))
        .leaf("suffix", Value::Null)
        .leaf("targetPort", domain.target_port)
        .leaf("syncStatus", "ACTIVE")
        .leaf("createdAt", date(domain.created_at))
        .leaf("environmentId", environment_id)
        .leaf("serviceId", service_id)
        .leaf("projectId", project_id)
}

/// The domains of an instance.
pub(super) fn all_domains(project: &Project, instance: &ServiceInstance, port: u16) -> Thing {
    let own = instance.domains.iter();
    let own = own.map(|it| domain(&instance.service_id, &instance.environment_id, &project.id, it, port));
    Thing::new("AllDomains")
        .with("serviceDomains", Field::Many(own.collect()))
        .with("customDomains", Field::Many(Vec::new()))
}

/// A notification rule.
pub(super) fn rule(rule: &Rule) -> Thing {
    let channels = rule.channels.iter().map(|(id, config)| {
        Thing::new("NotificationChannel").leaf("id", id.as_str()).leaf("config", config.clone())
    });
    Thing::new("NotificationRule")
        .leaf("id", rule.id.as_str())
        .leaf("workspaceId", rule.workspace_id.as_str())
        .leaf("projectId", rule.project_id.clone())
        .leaf("eventTypes", json!(rule.event_types))
        .leaf("severities", json!(rule.severities))
        .leaf("ephemeralEnvironments", rule.ephemeral_environments)
        .leaf("createdAt", date(rule.created_at))
        .with("channels", Field::Many(channels.collect()))
}

/// A step of a deployment.
pub(super) fn step(step: &Step, attempts_max: u64) -> Thing {
    let payload = Thing::new("DeploymentEventPayload")
        .leaf("error", step.error.clone())
        .leaf("reason", Value::Null)
        .leaf("attempt", step.attempt)
        .leaf("maxAttempts", step.attempt.map(|_| attempts_max));
    Thing::new("DeploymentEvent")
        .leaf("id", step.id.as_str())
        .leaf("step", step.step.as_str())
        .leaf("createdAt", date(step.created_at))
        .leaf("completedAt", json!(step.completed_at))
        .with("payload", payload.into())
}
