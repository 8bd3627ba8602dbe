//! Everything Railway knows, with the indexes and the timers.

use std::collections::{BTreeMap, HashMap};
use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::effects::Effect;
use super::limits::Limits;
use super::moods::Moods;
use super::records::{Deployment, Project, Rule, ServiceInstance, Status, Volume};
use crate::clock::Moment;

/// The first address of agents' domains is the one after this; the whole of 127.0.0.0/8 is loopback.
const ADDRESSES_BASE: u32 = 0x7f01_0000;

/// Railway's state. What is skipped in snapshots is rebuilt or begins anew.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct State {
    pub projects: HashMap<String, Project>,
    pub deployments: HashMap<String, Deployment>,
    pub rules: Vec<Rule>,
    last_order: u64,
    last_address: u32,
    #[serde(skip)]
    by_order: BTreeMap<u64, String>,
    /// Environments, services, volumes and domains: the project of each by id.
    #[serde(skip)]
    owners: HashMap<String, String>,
    /// Project and service instance behind each address.
    #[serde(skip)]
    addresses: HashMap<Ipv4Addr, (String, String)>,
    #[serde(skip)]
    pub limits: Limits,
    #[serde(skip)]
    pub moods: Moods,
    #[serde(skip)]
    timers: BTreeMap<(Moment, u64), Timer>,
    #[serde(skip)]
    last_timer: u64,
    /// What has to be done outside of the state; taken by the shell after each change.
    #[serde(skip)]
    pub effects: Vec<Effect>,
}

/// What a deployment does next, unless its turn has passed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Timer {
    pub deployment_id: String,
    pub turn: u64,
    pub due: Due,
}

/// The next step of a deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Due {
    /// QUEUED → INITIALIZING.
    Initialize,
    /// INITIALIZING → DEPLOYING: the image is pulled.
    Pull,
    /// The image is here, or cannot be had.
    Run,
    /// The health check gives up.
    GiveUp,
    /// A container that ended is started again.
    Restart,
    /// SLEEPING → SUCCESS after a request.
    Wake,
    /// REMOVING → REMOVED.
    Remove,
    /// The platform deploys it anew by itself.
    Move,
}

impl State {
    /// Rebuilds what a snapshot leaves out.
    pub fn index(&mut self) {
        let projects = std::mem::take(&mut self.projects);
        for project in projects.into_values() {
            self.insert_project(project);
        }
    }

    /// The number of the next project in creation order.
    pub fn next_order(&mut self) -> u64 {
        self.last_order += 1;
        self.last_order
    }

    /// Adds a project and indexes everything in it.
    pub fn insert_project(&mut self, project: Project) {
        self.by_order.insert(project.order, project.id.clone());
        let things = project.environments.iter().map(|environment| &environment.id);
        let things = things.chain(project.services.iter().map(|service| &service.id));
        let things = things.chain(project.volumes.iter().map(|volume| &volume.id));
        for id in things {
            self.owners.insert(id.clone(), project.id.clone());
        }
        for instance in &project.instances {
            for domain in &instance.domains {
                self.owners.insert(domain.id.clone(), project.id.clone());
                self.addresses.insert(domain.address, (project.id.clone(), instance.id.clone()));
            }
        }
        self.projects.insert(project.id.clone(), project);
    }

    /// Remembers which project a new environment, service, volume or domain belongs to.
    pub fn own(&mut self, id: &str, project_id: &str) {
        self.owners.insert(id.to_owned(), project_id.to_owned());
    }

    /// The project that an environment, service, volume or domain belongs to.
    pub fn owner(&self, id: &str) -> Option<&Project> {
        self.projects.get(self.owners.get(id)?)
    }

    /// Projects in creation order, newest first, from below `before`.
    pub fn newest_projects(&self, before: Option<u64>) -> impl Iterator<Item = &Project> {
        let below = before.unwrap_or(u64::MAX);
        self.by_order.range(..below).rev().filter_map(|(_, id)| self.projects.get(id))
    }

    /// A loopback address that no other domain has, now reserved for this instance.
    pub fn new_address(&mut self, project_id: &str, instance_id: &str) -> Ipv4Addr {
        loop {
            self.last_address += 1;
            let address = Ipv4Addr::from_bits(ADDRESSES_BASE + self.last_address);
            // Addresses that end in 0 or 255 look like networks to some clients.
            if !matches!(address.octets()[3], 0 | 255) {
                self.addresses.insert(address, (project_id.to_owned(), instance_id.to_owned()));
                return address;
            }
        }
    }

    /// Gives an address back.
    pub fn forget_address(&mut self, address: Ipv4Addr) {
        self.addresses.remove(&address);
    }

    /// The service instance behind an address.
    pub fn behind(&self, address: Ipv4Addr) -> Option<(&Project, &ServiceInstance)> {
        let (project_id, instance_id) = self.addresses.get(&address)?;
        let project = self.projects.get(project_id)?;
        project
            .instances
            .iter()
            .find(|instance| &instance.id == instance_id)
            .map(|instance| (project, instance))
    }

    /// The deployments of an instance, newest first.
    pub fn deployments_of<'a>(
        &'a self,
        instance: &'a ServiceInstance,
    ) -> impl Iterator<Item = &'a Deployment> {
        instance.deployments.iter().rev().filter_map(|id| self.deployments.get(id))
    }

    /// A volume by its id.
    pub fn volume_mut(&mut self, volume_id: &str) -> Option<&mut Volume> {
        let project = self.projects.get_mut(self.owners.get(volume_id)?)?;
        project.volumes.iter_mut().find(|volume| volume.id == volume_id)
    }

    /// Sets a timer for the deployment's present turn.
    pub fn at(&mut self, moment: Moment, deployment: &Deployment, due: Due) {
        self.last_timer += 1;
        let timer = Timer { deployment_id: deployment.id.clone(), turn: deployment.turn, due };
        self.timers.insert((moment, self.last_timer), timer);
    }

    /// Takes the first timer that is due at `now`.
    pub fn next_due(&mut self, now: Moment) -> Option<Timer> {
        let entry = self.timers.first_entry().filter(|entry| entry.key().0 <= now)?;
        Some(entry.remove())
    }

    /// When the next timer is due.
    pub fn next_moment(&self) -> Option<Moment> {
        self.timers.first_key_value().map(|((moment, _), _)| *moment)
    }

    /// The instance that outsiders call `name`: by its project's id or name, the last part of that name, or the
    /// variable `INSTANCE_ID`.
    pub fn find_instance(&self, name: &str) -> Option<(&Project, &ServiceInstance)> {
        let called = |project: &Project| {
            project.id == name
                || project.name == name
                || project.name.rsplit('-').next() == Some(name)
                || project
                    .instances
                    .iter()
                    .any(|instance| instance.variables.get("INSTANCE_ID").map(String::as_str) == Some(name))
        };
        let project =
            self.newest_projects(None).find(|project| project.deleted_at.is_none() && called(project))?;
        project.instances.first().map(|instance| (project, instance))
    }

    /// The deployment of an instance that an operator's order is meant for: one that runs or ran, or one that waits for a
    /// person.
    pub fn orderable(&self, instance: &str, to_approve: bool) -> Option<(String, Status)> {
        let (_, instance) = self.find_instance(instance)?;
        let statuses: &[Status] = match to_approve {
            true => &[Status::NeedsApproval],
            false => &[Status::Success, Status::Sleeping, Status::Crashed, Status::Deploying],
        };
        let mut deployments = self.deployments_of(instance);
        deployments.find(|it| statuses.contains(&it.status)).map(|it| (it.id.clone(), it.status))
    }

    /// The state as JSON.
    pub fn snapshot(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }
}
