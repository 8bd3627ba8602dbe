//! The agent's environment while the container runs: the boot's variables, what was given live, and the volume file
//! that keeps the latter.

use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::Mutex;
use tracing::info;

use crate::supervisor::Mask;
use crate::variables::{Changes, Overrides, Variables};
use crate::volume::{Volume, VolumeError};

const FILE: &str = "variables.json";

/// Shared by everything that starts or changes the agent.
#[derive(Clone)]
pub struct Environment {
    boot: Arc<Variables>,
    overrides: Arc<Mutex<Overrides>>,
    now: Arc<RwLock<Variables>>,
    volume: Volume,
    mask: Mask,
}

impl Environment {
    /// Reads what was given before this boot, and drops of it what this boot overrules.
    pub async fn load(boot: Variables, volume: Volume, mask: Mask) -> Result<Self, VolumeError> {
        let mut overrides: Overrides = volume.load(FILE)?.unwrap_or_default();
        let overruled = overrides.yield_to(&boot);
        if !overruled.is_empty() {
            info!(
                names = overruled.join(" "),
                "this boot has other values for variables that were given live"
            );
            volume.save(FILE, Some(&overrides)).await?;
        }
        let now = overrides.over(&boot);
        mask.learn(&now);
        Ok(Self {
            boot: Arc::new(boot),
            overrides: Arc::new(Mutex::new(overrides)),
            now: Arc::new(RwLock::new(now)),
            volume,
            mask,
        })
    }

    /// What the agent's next life starts with.
    pub fn variables(&self) -> Variables {
        self.now.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Names of the variables that were given live.
    pub async fn live_names(&self) -> Vec<String> {
        self.overrides.lock().await.names().map(str::to_string).collect()
    }

    /// Keeps the changes on the volume, then for the next life. True when they make a difference.
    pub async fn take(&self, changes: Changes) -> Result<bool, VolumeError> {
        let mut held = self.overrides.lock().await;
        let mut overrides = held.clone();
        let changed = overrides.take(&self.boot, changes);
        self.volume.save(FILE, Some(&overrides)).await?;
        self.put(&overrides);
        *held = overrides;
        Ok(changed)
    }

    /// Forgets everything that was given live. True when that makes a difference.
    pub async fn forget(&self) -> Result<bool, VolumeError> {
        let mut held = self.overrides.lock().await;
        self.volume.save::<Overrides>(FILE, None).await?;
        let changed = held.over(&self.boot) != *self.boot;
        *held = Overrides::default();
        self.put(&held);
        Ok(changed)
    }

    fn put(&self, overrides: &Overrides) {
        let variables = overrides.over(&self.boot);
        self.mask.learn(&variables);
        *self.now.write().unwrap_or_else(PoisonError::into_inner) = variables;
    }
}
