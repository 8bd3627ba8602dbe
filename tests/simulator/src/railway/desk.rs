//! The state with what is needed to change it: one short visit under the lock.

use chrono::{DateTime, Utc};

use super::records::{Deployment, Project, ServiceInstance};
use super::state::State;
use crate::clock::Moment;
use crate::dice::Dice;
use crate::ghcr::Ghcr;
use crate::options::Profile;
use crate::world::World;

/// One visit to the state.
pub(crate) struct Desk<'a> {
    pub state: &'a mut State,
    pub world: &'a World,
    pub dice: &'a Dice,
    pub ghcr: &'a Ghcr,
    pub agents_port: u16,
    pub now: Moment,
    pub date: DateTime<Utc>,
}

impl Desk<'_> {
    /// The same visit, lent.
    pub fn reborrow(&mut self) -> Desk<'_> {
        let Self { state, world, dice, ghcr, agents_port, now, date } = self;
        Desk { state, world, dice, ghcr, agents_port: *agents_port, now: *now, date: *date }
    }

    /// When something that was written now can be read: at once, or in the soak profile up to `most_millis` later.
    pub fn lagged(&self, most_millis: u64) -> Moment {
        match self.world.options.profile {
            Profile::Smoke => self.now,
            Profile::Soak => self.now.plus_millis(self.dice.between(0, most_millis)),
        }
    }

    /// The text of an instance's first domain.
    pub fn public_domain(&self, instance: &ServiceInstance) -> Option<String> {
        instance.domains.first().map(|domain| format!("{}:{}", domain.address, self.agents_port))
    }

    /// The variables that Railway adds to those of the user.
    pub fn platform_variables(
        &self,
        project: &Project,
        instance: &ServiceInstance,
        deployment: Option<&Deployment>,
    ) -> Vec<(&'static str, String)> {
        let environment = project.environments.iter().find(|it| it.id == instance.environment_id);
        let environment_name = environment.map(|it| it.name.clone()).unwrap_or_default();
        let service = project.services.iter().find(|it| it.id == instance.service_id);
        let mut added = vec![
            ("RAILWAY_PROJECT_ID", project.id.clone()),
            ("RAILWAY_PROJECT_NAME", project.name.clone()),
            ("RAILWAY_ENVIRONMENT", environment_name.clone()),
            ("RAILWAY_ENVIRONMENT_NAME", environment_name),
            ("RAILWAY_ENVIRONMENT_ID", instance.environment_id.clone()),
            ("RAILWAY_SERVICE_ID", instance.service_id.clone()),
            ("RAILWAY_SERVICE_NAME", service.map(|it| it.name.clone()).unwrap_or_default()),
        ];
        match deployment {
            // A running container has what there was when its deploy started, and nothing later.
            Some(deployment) => {
                added.push(("RAILWAY_DEPLOYMENT_ID", deployment.id.clone()));
                added
                    .extend(deployment.public_domain.clone().map(|domain| ("RAILWAY_PUBLIC_DOMAIN", domain)));
                added.extend(deployment.mount_path.clone().map(|path| ("RAILWAY_VOLUME_MOUNT_PATH", path)));
            }
            None => {
                let volume = project.volume_of(&instance.service_id, &instance.environment_id);
                added.extend(self.public_domain(instance).map(|domain| ("RAILWAY_PUBLIC_DOMAIN", domain)));
                added.extend(volume.map(|volume| ("RAILWAY_VOLUME_MOUNT_PATH", volume.mount_path.clone())));
            }
        }
        added
    }
}
