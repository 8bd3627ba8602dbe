//! The walk of a deployment, from QUEUED to REMOVED.
//!
//! ```text
//! WAITING ─► QUEUED ─► INITIALIZING ─► DEPLOYING (pull, start, health check) ─► SUCCESS ─► REMOVING ─► REMOVED
//!                                          ├─ the image cannot be had, or no 200 in time ─► FAILED
//!                                          └─ exits, restart policy used up ─► CRASHED
//! SUCCESS ─► SLEEPING ─(a request)─► SUCCESS
//! NEEDS_APPROVAL ─(a person)─► QUEUED     SKIPPED     (see `moods`)
//! ```
//! With a volume the old container stops before the new one starts; without one, after the new one is healthy.

use std::collections::BTreeMap;

use serde_json::Value;

use super::desk::Desk;
use super::effects::{Effect, Launch};
use super::records::{Container, Deployment, RestartPolicy, ServiceInstance, Status, Step};
use super::state::{Due, Timer};

/// Shares of `--deploy-seconds` that each part of the walk takes.
const QUEUED_SHARE: f64 = 0.05;
const INITIALIZING_SHARE: f64 = 0.15;
const PULL_SHARE: f64 = 0.8;
/// Each part varies by this share of itself.
const VARIATION: f64 = 0.2;
/// Railway's own defaults, when the configuration says nothing.
const HEALTHCHECK_SECONDS: u64 = 300;
const RESTARTS_MAX: u64 = 10;
/// Simulated time between the end of a container and its restart.
const RESTART_MILLIS: u64 = 1_000;
/// REMOVING to REMOVED.
const REMOVE_MILLIS: u64 = 1_000;
/// A sleeping service answers 404 for about this long once it was asked.
const WAKE_MILLIS: u64 = 3_000;
/// Deployments kept per instance; older ones that are gone are forgotten.
const HISTORY_MAX: usize = 20;

impl Desk<'_> {
    /// Starts a deployment of the instance as it is configured now; none when it has no image.
    /// Behind one that is still under way it waits.
    pub fn deploy(
        &mut self,
        service_id: &str,
        environment_id: &str,
        image: Option<String>,
    ) -> Option<String> {
        let project = self.state.owner(service_id)?;
        let instance = project.instance(service_id, environment_id)?;
        let image = image.or_else(|| instance.image.clone())?;
        let volume = project.volume_of(service_id, environment_id);
        let waits = self.state.deployments_of(instance).any(|deployment| deployment.status.in_progress());
        let deployment = Deployment {
            id: self.dice.uuid(),
            project_id: project.id.clone(),
            environment_id: environment_id.to_owned(),
            service_id: service_id.to_owned(),
            status: Status::Waiting,
            created_at: self.date,
            status_updated_at: self.date,
            frozen: false,
            stopped: false,
            image,
            variables: instance.variables.clone(),
            volume_id: volume.map(|volume| volume.id.clone()),
            mount_path: volume.map(|volume| volume.mount_path.clone()),
            public_domain: self.public_domain(instance),
            healthcheck_path: text(instance, "healthcheckPath"),
            healthcheck_seconds: number(instance, "healthcheckTimeout").unwrap_or(HEALTHCHECK_SECONDS),
            restart_policy: instance
                .deploy
                .get("restartPolicyType")
                .and_then(|policy| serde_json::from_value(policy.clone()).ok())
                .unwrap_or(RestartPolicy::OnFailure),
            restarts_max: number(instance, "restartPolicyMaxRetries").unwrap_or(RESTARTS_MAX),
            restarts: 0,
            registry_credentials: credentials(instance),
            container: Container::Absent,
            steps: Vec::new(),
            turn: 0,
        };
        let (id, project_id) = (deployment.id.clone(), deployment.project_id.clone());
        self.state.deployments.insert(id.clone(), deployment);
        let project = self.state.projects.get_mut(&project_id)?;
        let instance = project.instance_mut(service_id, environment_id)?;
        instance.deployments.push(id.clone());
        self.forget_history(&id);
        match self.set_aside() {
            Some(status) => self.turn_to(&id, status),
            None if waits => self.announce(&id),
            None => self.queue(&id),
        }
        Some(id)
    }

    fn forget_history(&mut self, newest: &str) {
        let Some(newest) = self.state.deployments.get(newest) else { return };
        let (service_id, environment_id) = (newest.service_id.clone(), newest.environment_id.clone());
        let Some(project) = self.state.projects.get_mut(&newest.project_id) else { return };
        let Some(instance) = project.instance_mut(&service_id, &environment_id) else { return };
        let deployments = &mut self.state.deployments;
        while instance.deployments.len() > HISTORY_MAX {
            let gone = instance.deployments.iter().position(|id| {
                let status = deployments.get(id).map(|deployment| deployment.status);
                matches!(status, None | Some(Status::Removed | Status::Failed | Status::Skipped))
            });
            let Some(index) = gone else { return };
            deployments.remove(&instance.deployments.remove(index));
        }
    }

    fn queue(&mut self, id: &str) {
        self.turn_to(id, Status::Queued);
        self.after_share(id, QUEUED_SHARE, Due::Initialize);
    }

    fn after_share(&mut self, id: &str, share: f64, due: Due) {
        let seconds = self.dice.around(self.world.options.deploy_seconds() * share, VARIATION);
        self.timer(id, (seconds * 1000.0) as u64, due);
    }

    /// Sets a timer for the present turn of a deployment.
    pub fn timer(&mut self, id: &str, milliseconds: u64, due: Due) {
        let at = self.now.plus_millis(milliseconds);
        if let Some(deployment) = self.state.deployments.remove(id) {
            self.state.at(at, &deployment, due);
            self.state.deployments.insert(id.to_owned(), deployment);
        }
    }

    /// Gives a deployment a new status; timers of the old one are void.
    fn turn_to(&mut self, id: &str, status: Status) {
        let Some(deployment) = self.state.deployments.get_mut(id) else { return };
        deployment.status = status;
        deployment.status_updated_at = self.date;
        deployment.turn += 1;
        self.announce(id);
    }

    fn log_step(&mut self, id: &str, step: &str, error: Option<&str>) {
        let (step_id, date) = (self.dice.uuid(), self.date);
        let Some(deployment) = self.state.deployments.get_mut(id) else { return };
        let attempt = (step == "CREATE_CONTAINER").then_some(deployment.restarts + 1);
        if let Some(open) = deployment.steps.last_mut().filter(|open| open.completed_at.is_none()) {
            open.completed_at = Some(date);
        }
        deployment.steps.push(Step {
            id: step_id,
            step: step.to_owned(),
            created_at: date,
            completed_at: error.is_some().then_some(date),
            error: error.map(str::to_owned),
            attempt,
        });
    }

    /// Does what a timer says, if its turn has not passed.
    pub fn step(&mut self, timer: &Timer) {
        let id = timer.deployment_id.as_str();
        let Some(deployment) = self.state.deployments.get(id) else { return };
        if deployment.turn != timer.turn {
            return;
        }
        match timer.due {
            Due::Initialize => {
                self.turn_to(id, Status::Initializing);
                self.after_share(id, INITIALIZING_SHARE, Due::Pull);
            }
            Due::Pull => {
                let patience_millis = deployment.healthcheck_seconds.saturating_mul(1_000);
                self.turn_to(id, Status::Deploying);
                self.log_step(id, "PUBLISH_IMAGE", None);
                self.after_share(id, PULL_SHARE, Due::Run);
                let pull_millis = (self.world.options.deploy_seconds() * PULL_SHARE * 1000.0) as u64;
                self.timer(id, pull_millis.saturating_add(patience_millis), Due::GiveUp);
            }
            Due::Run => self.pulled(id),
            Due::GiveUp => self.fail(id, "HEALTHCHECK", "healthcheck timed out"),
            Due::Restart => self.run_container(id, Vec::new()),
            Due::Wake => {
                self.turn_to(id, Status::Success);
                self.run_container(id, Vec::new());
            }
            Due::Remove => self.turn_to(id, Status::Removed),
            Due::Move => self.relocate(id),
        }
    }

    fn pulled(&mut self, id: &str) {
        let Some(deployment) = self.state.deployments.get(id) else { return };
        let credentials = deployment.registry_credentials.as_ref();
        if let Err(problem) = self.ghcr.pull(&deployment.image, credentials, self.world.options.plan) {
            self.fail(id, "PUBLISH_IMAGE", &problem);
            return;
        }
        // A volume can be in one container only.
        let old = if deployment.volume_id.is_some() { self.others(id) } else { Vec::new() };
        for old in &old {
            self.remove(old);
        }
        self.run_container(id, old);
    }

    fn run_container(&mut self, id: &str, after: Vec<String>) {
        self.log_step(id, "CREATE_CONTAINER", None);
        let Some(deployment) = self.state.deployments.get(id) else { return };
        let Some(project) = self.state.projects.get(&deployment.project_id) else { return };
        let Some(instance) = project.instance(&deployment.service_id, &deployment.environment_id) else {
            return;
        };
        let mut variables: BTreeMap<String, String> = deployment.variables.clone();
        let added = self.platform_variables(project, instance, Some(deployment));
        variables.extend(added.into_iter().map(|(name, value)| (name.to_owned(), value)));
        let launch = Launch {
            deployment_id: id.to_owned(),
            variables,
            volume_id: deployment.volume_id.clone(),
            healthcheck_path: deployment.healthcheck_path.clone(),
            after,
        };
        self.state.effects.push(Effect::Start(launch));
        if let Some(deployment) = self.state.deployments.get_mut(id) {
            deployment.container = Container::Started;
            deployment.stopped = false;
        }
    }

    /// Other deployments of the same instance that still have something running or asleep.
    fn others(&self, id: &str) -> Vec<String> {
        let Some(deployment) = self.state.deployments.get(id) else { return Vec::new() };
        let Some(project) = self.state.projects.get(&deployment.project_id) else { return Vec::new() };
        let Some(instance) = project.instance(&deployment.service_id, &deployment.environment_id) else {
            return Vec::new();
        };
        let others = self.state.deployments_of(instance).filter(|other| other.id != id);
        others
            .filter(|other| matches!(other.status, Status::Success | Status::Sleeping | Status::Crashed))
            .map(|other| other.id.clone())
            .collect()
    }

    fn fail(&mut self, id: &str, step: &str, error: &str) {
        self.log_step(id, step, Some(error));
        self.stop_container(id);
        self.turn_to(id, Status::Failed);
        self.next_in_line(id);
    }

    fn stop_container(&mut self, id: &str) {
        let Some(deployment) = self.state.deployments.get_mut(id) else { return };
        if deployment.container == Container::Started {
            self.state.effects.push(Effect::Stop { deployment_id: id.to_owned() });
        }
        deployment.container = Container::Absent;
    }

    /// Takes a deployment down: REMOVING now, REMOVED soon.
    pub fn remove(&mut self, id: &str) {
        let Some(status) = self.state.deployments.get(id).map(|deployment| deployment.status) else { return };
        if matches!(status, Status::Removing | Status::Removed) {
            return;
        }
        self.stop_container(id);
        self.turn_to(id, Status::Removing);
        self.timer(id, REMOVE_MILLIS, Due::Remove);
        if status.in_progress() {
            self.next_in_line(id);
        }
    }

    /// Lets the newest deployment that waits behind this one go on; older ones that waited are superseded.
    fn next_in_line(&mut self, id: &str) {
        let Some(deployment) = self.state.deployments.get(id) else { return };
        let Some(project) = self.state.projects.get(&deployment.project_id) else { return };
        if project.deleted_at.is_some() {
            return;
        }
        let instance = project.instance(&deployment.service_id, &deployment.environment_id);
        let waiting: Vec<String> = instance.map_or_else(Vec::new, |instance| {
            let all = self.state.deployments_of(instance);
            all.filter(|it| it.status == Status::Waiting).map(|it| it.id.clone()).collect()
        });
        let mut waiting = waiting.into_iter();
        let next = waiting.next();
        for superseded in waiting {
            self.turn_to(&superseded, Status::Removed);
        }
        if let Some(next) = next {
            self.queue(&next);
        }
    }

    /// The container answers its health check.
    pub fn healthy(&mut self, id: &str) {
        let Some(deployment) = self.state.deployments.get(id) else { return };
        if deployment.container != Container::Started || deployment.status != Status::Deploying {
            return;
        }
        self.log_step(id, "HEALTHCHECK", None);
        self.turn_to(id, Status::Success);
        self.plan_a_move(id);
        for old in self.others(id) {
            self.remove(&old);
        }
        self.next_in_line(id);
    }

    /// The container ended by itself, or was killed.
    pub fn exited(&mut self, id: &str, clean: bool) {
        let Some(deployment) = self.state.deployments.get_mut(id) else { return };
        if deployment.container != Container::Started {
            return;
        }
        deployment.container = Container::Exited;
        let again = match deployment.restart_policy {
            RestartPolicy::Always => true,
            RestartPolicy::OnFailure => !clean && deployment.restarts < deployment.restarts_max,
            RestartPolicy::Never => false,
        };
        if again {
            deployment.restarts += 1;
            self.notify_as(id, "Deployment.restarted");
            self.timer(id, RESTART_MILLIS, Due::Restart);
        } else if clean {
            deployment.stopped = true;
            if deployment.status == Status::Deploying {
                self.turn_to(id, Status::Success);
                self.next_in_line(id);
            }
        } else {
            self.crash(id);
        }
    }

    /// CRASHED, and its container does not come back.
    pub fn crash(&mut self, id: &str) {
        self.stop_container(id);
        let in_progress =
            self.state.deployments.get(id).is_some_and(|deployment| deployment.status.in_progress());
        self.turn_to(id, Status::Crashed);
        if in_progress {
            self.next_in_line(id);
        }
    }

    /// Puts a running deployment to sleep.
    pub fn sleep(&mut self, id: &str) {
        self.stop_container(id);
        self.turn_to(id, Status::Sleeping);
    }

    /// Tells the status by a word that no client knows, or by its own again.
    pub fn freeze(&mut self, id: &str, frozen: bool) {
        if let Some(deployment) = self.state.deployments.get_mut(id) {
            deployment.frozen = frozen;
        }
    }

    /// The platform deploys the instance anew, as it is configured, by itself.
    pub fn relocate(&mut self, id: &str) {
        let Some(deployment) = self.state.deployments.get(id) else { return };
        let (service, environment) = (deployment.service_id.clone(), deployment.environment_id.clone());
        let image = Some(deployment.image.clone());
        if let Some(moved) = self.deploy(&service, &environment, image) {
            self.notify_as(&moved, "Deployment.redeployed");
        }
    }

    /// A person approves a deployment: it stands in line from now on.
    pub fn approve(&mut self, id: &str) {
        let Some(deployment) = self.state.deployments.get(id) else { return };
        let project = self.state.projects.get(&deployment.project_id);
        let instance = project.and_then(|it| it.instance(&deployment.service_id, &deployment.environment_id));
        let Some(instance) = instance else { return };
        if self.state.deployments_of(instance).any(|other| other.status.in_progress()) {
            self.turn_to(id, Status::Waiting);
        } else {
            self.queue(id);
        }
    }

    /// A request reached a sleeping deployment. Only the first one starts the waking.
    pub fn wake(&mut self, id: &str) {
        let Some(deployment) = self.state.deployments.get_mut(id) else { return };
        if deployment.status == Status::Sleeping && deployment.container == Container::Absent {
            // Marks that the waking began: Exited is "not running, and not asleep any more".
            deployment.container = Container::Exited;
            self.notify_as(id, "Deployment.resumed");
            self.timer(id, WAKE_MILLIS, Due::Wake);
        }
    }

    /// Starts the container of a deployment that ended anew, with the variables it had.
    pub fn restart(&mut self, id: &str) {
        let Some(deployment) = self.state.deployments.get_mut(id) else { return };
        deployment.restarts = 0;
        let after = if deployment.container == Container::Started { vec![id.to_owned()] } else { Vec::new() };
        self.stop_container(id);
        self.notify_as(id, "Deployment.restarted");
        // A timer of the old container's end must not start a second one.
        self.turn_to(id, Status::Success);
        self.run_container(id, after);
    }

    /// After a restart of the simulator: what ran is started again, what was under way begins anew.
    pub fn recover(&mut self) {
        let mut ids: Vec<(chrono::DateTime<chrono::Utc>, String)> =
            self.state.deployments.values().map(|it| (it.created_at, it.id.clone())).collect();
        ids.sort();
        for (_, id) in ids {
            let Some(deployment) = self.state.deployments.get_mut(&id) else { continue };
            let ran = deployment.container == Container::Started;
            deployment.container = Container::Absent;
            match deployment.status {
                Status::Success if ran => self.run_container(&id, Vec::new()),
                Status::Success if !deployment.stopped => self.timer(&id, RESTART_MILLIS, Due::Restart),
                Status::Queued | Status::Initializing | Status::Deploying => self.queue(&id),
                Status::Removing => self.turn_to(&id, Status::Removed),
                _ => {}
            }
        }
    }
}

fn text(instance: &ServiceInstance, name: &str) -> Option<String> {
    instance.deploy.get(name).and_then(Value::as_str).map(str::to_owned)
}

fn number(instance: &ServiceInstance, name: &str) -> Option<u64> {
    instance.deploy.get(name).and_then(Value::as_u64)
}

fn credentials(instance: &ServiceInstance) -> Option<(String, String)> {
    let credentials = instance.deploy.get("registryCredentials")?;
    let part = |name| credentials.get(name).and_then(Value::as_str).map(str::to_owned);
    Some((part("username")?, part("password")?))
}
