//! Mutations of configuration and deployments: patches, variables, limits, deploys.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::records::{ServiceInstance, Status};
use super::session::{CANNOT_REDEPLOY, INSTANCE_NOT_FOUND, Refused, Session, input, read, text};
use super::view::Field;

/// Members of `ServiceInstanceUpdateInput` that land in the `deploy` part under the same name.
const DEPLOY_MEMBERS: [&str; 9] = [
    "healthcheckPath",
    "healthcheckTimeout",
    "numReplicas",
    "region",
    "registryCredentials",
    "restartPolicyMaxRetries",
    "restartPolicyType",
    "sleepApplication",
    "startCommand",
];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Patch {
    #[serde(default)]
    services: BTreeMap<String, ServicePatch>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ServicePatch {
    source: Option<SourcePatch>,
    #[serde(default)]
    variables: BTreeMap<String, Option<VariablePatch>>,
    #[serde(default)]
    deploy: Map<String, Value>,
}

#[derive(Deserialize)]
struct SourcePatch {
    image: Option<String>,
}

#[derive(Deserialize)]
struct VariablePatch {
    value: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Variables {
    project_id: String,
    environment_id: String,
    service_id: Option<String>,
    #[serde(default)]
    variables: BTreeMap<String, String>,
    name: Option<String>,
    value: Option<String>,
    #[serde(default)]
    replace: bool,
    #[serde(default)]
    skip_deploys: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LimitsUpdate {
    environment_id: String,
    service_id: String,
    #[serde(rename = "memoryGB")]
    memory_gb: Option<f64>,
    #[serde(rename = "vCPUs")]
    v_cpus: Option<f64>,
}

/// What a variable write does to the variables there are.
enum Change {
    Upsert(BTreeMap<String, String>),
    Replace(BTreeMap<String, String>),
    Delete(String),
}

type Answered = Result<Field, Refused>;

/// Merges `patch` into a `deploy` part: null removes.
fn merge(deploy: &mut Map<String, Value>, patch: Map<String, Value>) {
    for (name, value) in patch {
        if value.is_null() {
            deploy.remove(&name);
        } else {
            deploy.insert(name, value);
        }
    }
}

impl Session<'_> {
    /// One commit changes the named services and starts one deploy of each that changed and has an image.
    pub(super) fn patch_commit(&mut self, mut arguments: Map<String, Value>) -> Answered {
        let environment_id = text(&arguments, "environmentId");
        let patch: Patch = match arguments.remove("patch") {
            None | Some(Value::Null) => Patch { services: BTreeMap::new() },
            Some(patch) => read(patch)?,
        };
        let now = self.desk.now;
        let project = self.owner(&environment_id, "Environment not found")?;
        let (project_id, project_name) = (project.id.clone(), project.name.clone());
        let visible = |service_id: &String| {
            project.instance(service_id, &environment_id).is_some_and(|instance| now >= instance.visible_from)
        };
        if !patch.services.keys().all(visible) {
            return Err(INSTANCE_NOT_FOUND.into());
        }
        self.subject = Some(project_name);
        let mut changed = Vec::new();
        for (service_id, part) in patch.services {
            let project = self.project_mut(&project_id)?;
            let instance = project.instance_mut(&service_id, &environment_id).ok_or(INSTANCE_NOT_FOUND)?;
            let before = instance.clone();
            if let Some(image) = part.source.and_then(|source| source.image) {
                instance.image = Some(image);
            }
            for (name, variable) in part.variables {
                match variable {
                    Some(variable) => instance.variables.insert(name, variable.value),
                    None => instance.variables.remove(&name),
                };
            }
            merge(&mut instance.deploy, part.deploy);
            if differs(&before, instance) {
                changed.push(service_id);
            }
        }
        self.bump(&project_id, &environment_id)?;
        for service_id in changed {
            self.desk.deploy(&service_id, &environment_id, None);
        }
        Ok(Field::Leaf(self.desk.dice.uuid().into()))
    }

    fn bump(&mut self, project_id: &str, environment_id: &str) -> Result<(), Refused> {
        let date = self.desk.date;
        let project = self.project_mut(project_id)?;
        project.updated_at = date;
        for environment in project.environments.iter_mut().filter(|it| it.id == environment_id) {
            environment.version += 1;
        }
        Ok(())
    }

    pub(super) fn variable_collection_upsert(&mut self, arguments: Map<String, Value>) -> Answered {
        let wish: Variables = input(arguments)?;
        let variables = wish.variables.clone();
        let change = if wish.replace { Change::Replace(variables) } else { Change::Upsert(variables) };
        self.write_variables(&wish, change)
    }

    pub(super) fn variable_upsert(&mut self, arguments: Map<String, Value>) -> Answered {
        let wish: Variables = input(arguments)?;
        let one = wish.name.clone().zip(wish.value.clone());
        self.write_variables(&wish, Change::Upsert(one.into_iter().collect()))
    }

    pub(super) fn variable_delete(&mut self, arguments: Map<String, Value>) -> Answered {
        let wish: Variables = input(arguments)?;
        let name = wish.name.clone().unwrap_or_default();
        self.write_variables(&wish, Change::Delete(name))
    }

    fn write_variables(&mut self, wish: &Variables, change: Change) -> Answered {
        let project = self.project(&wish.project_id)?;
        let service_id = wish.service_id.as_deref().ok_or("Shared variables are not simulated")?;
        let instance = project.instance(service_id, &wish.environment_id).ok_or(INSTANCE_NOT_FOUND)?;
        let deploys = !wish.skip_deploys && instance.image.is_some();
        if deploys {
            self.refuse_while_preparing(instance)?;
        }
        self.subject = Some(project.name.clone());
        let project = self.project_mut(&wish.project_id)?;
        let instance = project.instance_mut(service_id, &wish.environment_id).ok_or(INSTANCE_NOT_FOUND)?;
        match change {
            Change::Upsert(variables) => instance.variables.extend(variables),
            Change::Replace(variables) => instance.variables = variables,
            Change::Delete(name) => {
                instance.variables.remove(&name).ok_or("Variable not found")?;
            }
        }
        self.bump(&wish.project_id, &wish.environment_id)?;
        if deploys {
            self.desk.deploy(service_id, &wish.environment_id, None);
        }
        Ok(Field::Leaf(true.into()))
    }

    fn refuse_while_preparing(&self, instance: &ServiceInstance) -> Result<(), Refused> {
        let newest = self.desk.state.deployments_of(instance).next();
        match newest.is_some_and(|deployment| deployment.status.blocks_redeploy()) {
            true => Err(CANNOT_REDEPLOY.into()),
            false => Ok(()),
        }
    }

    /// In this input an absent member leaves, null clears.
    pub(super) fn instance_update(&mut self, mut arguments: Map<String, Value>) -> Answered {
        let (service_id, wanted) = (text(&arguments, "serviceId"), text(&arguments, "environmentId"));
        let project = self.owner(&service_id, INSTANCE_NOT_FOUND)?;
        let first = project.environments.first().map(|it| it.id.clone()).unwrap_or_default();
        let environment_id = if wanted.is_empty() { first } else { wanted };
        project.instance(&service_id, &environment_id).ok_or(INSTANCE_NOT_FOUND)?;
        let project_id = project.id.clone();
        let Some(Value::Object(mut wish)) = arguments.remove("input") else {
            return Err("Invalid input".into());
        };
        let source = wish.remove("source");
        let project = self.project_mut(&project_id)?;
        let instance = project.instance_mut(&service_id, &environment_id).ok_or(INSTANCE_NOT_FOUND)?;
        if let Some(source) = source {
            instance.image = source.get("image").and_then(Value::as_str).map(str::to_owned);
        }
        wish.retain(|name, _| DEPLOY_MEMBERS.contains(&name.as_str()));
        merge(&mut instance.deploy, wish);
        self.bump(&project_id, &environment_id)?;
        Ok(Field::Leaf(true.into()))
    }

    pub(super) fn limits_update(&mut self, arguments: Map<String, Value>) -> Answered {
        let wish: LimitsUpdate = input(arguments)?;
        let project_id = self.owner(&wish.service_id, INSTANCE_NOT_FOUND)?.id.clone();
        let project = self.project_mut(&project_id)?;
        let instance =
            project.instance_mut(&wish.service_id, &wish.environment_id).ok_or(INSTANCE_NOT_FOUND)?;
        let memory_bytes = wish.memory_gb.map(|gigabytes| (gigabytes * 1_073_741_824.0) as u64);
        let limits = json!({"containers": {"cpu": wish.v_cpus, "memoryBytes": memory_bytes}});
        instance.deploy.insert("limitOverride".into(), limits);
        Ok(Field::Leaf(true.into()))
    }

    /// `serviceInstanceDeployV2`: a new deployment of the present configuration.
    pub(super) fn deploy_v2(&mut self, arguments: &Map<String, Value>) -> Result<String, Refused> {
        let (service_id, environment_id) = (text(arguments, "serviceId"), text(arguments, "environmentId"));
        let project = self.owner(&service_id, INSTANCE_NOT_FOUND)?;
        let instance = project.instance(&service_id, &environment_id).ok_or(INSTANCE_NOT_FOUND)?;
        self.refuse_while_preparing(instance)?;
        self.subject = Some(project.name.clone());
        let id = self.desk.deploy(&service_id, &environment_id, None);
        id.ok_or_else(|| "Cannot deploy a service without a source".into())
    }

    pub(super) fn instance_redeploy(&mut self, arguments: &Map<String, Value>) -> Answered {
        let (service_id, environment_id) = (text(arguments, "serviceId"), text(arguments, "environmentId"));
        let project = self.owner(&service_id, INSTANCE_NOT_FOUND)?;
        let instance = project.instance(&service_id, &environment_id).ok_or(INSTANCE_NOT_FOUND)?;
        if instance.deployments.is_empty() {
            return Err("Cannot redeploy without a snapshot".into());
        }
        self.deploy_v2(arguments)?;
        Ok(Field::Leaf(true.into()))
    }

    pub(super) fn deployment_redeploy(&mut self, arguments: &Map<String, Value>) -> Answered {
        let (project_name, deployment) = self.own_deployment(arguments)?;
        let (service_id, environment_id) = (deployment.service_id.clone(), deployment.environment_id.clone());
        let previous = arguments.get("usePreviousImageTag").and_then(Value::as_bool).unwrap_or(false);
        let image = previous.then(|| deployment.image.clone());
        self.subject = Some(project_name);
        let project = self.owner(&service_id, INSTANCE_NOT_FOUND)?;
        let instance = project.instance(&service_id, &environment_id).ok_or(INSTANCE_NOT_FOUND)?;
        self.refuse_while_preparing(instance)?;
        let id = self.desk.deploy(&service_id, &environment_id, image);
        let id = id.ok_or("Cannot deploy a service without a source")?;
        let deployment = self.desk.state.deployments.get(&id).ok_or("Deployment not found")?;
        Ok(self.show_deployment(deployment).into())
    }

    fn own_deployment(
        &self,
        arguments: &Map<String, Value>,
    ) -> Result<(String, &super::records::Deployment), Refused> {
        let deployment =
            self.desk.state.deployments.get(&text(arguments, "id")).ok_or("Deployment not found")?;
        let project = self.project(&deployment.project_id)?;
        Ok((project.name.clone(), deployment))
    }

    pub(super) fn deployment_restart(&mut self, arguments: &Map<String, Value>) -> Answered {
        let (name, deployment) = self.own_deployment(arguments)?;
        if !matches!(deployment.status, Status::Success | Status::Sleeping | Status::Crashed) {
            return Err("Cannot restart a deployment that is not running".into());
        }
        let id = deployment.id.clone();
        self.subject = Some(name);
        self.desk.restart(&id);
        Ok(Field::Leaf(true.into()))
    }

    /// `deploymentStop` and `deploymentRemove`: both end in REMOVED.
    pub(super) fn deployment_remove(&mut self, arguments: &Map<String, Value>) -> Answered {
        let (name, deployment) = self.own_deployment(arguments)?;
        let id = deployment.id.clone();
        self.subject = Some(name);
        self.desk.remove(&id);
        Ok(Field::Leaf(true.into()))
    }
}

fn differs(before: &ServiceInstance, after: &ServiceInstance) -> bool {
    before.image != after.image || before.variables != after.variables || before.deploy != after.deploy
}
