//! What a change of the state asks to be done outside of it.

use std::collections::BTreeMap;

use crate::delivery::Parcel;

/// One thing to do, in order.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Effect {
    /// Start a container.
    Start(Launch),
    /// Stop a container, for good.
    Stop {
        /// The container's deployment.
        deployment_id: String,
    },
    /// Kill a container at once; its end is reported like any other.
    Kill {
        /// The container's deployment.
        deployment_id: String,
    },
    /// Make a container deaf, or let it go on.
    Hang {
        /// The container's deployment.
        deployment_id: String,
        /// Deaf or not.
        hung: bool,
    },
    /// Delete what a volume holds.
    RemoveVolume {
        /// The volume.
        volume_id: String,
    },
    /// Send a webhook.
    Notify(Parcel),
}

/// All that a container needs to start.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Launch {
    /// Its deployment.
    pub deployment_id: String,
    /// Exactly the variables that were set when the deploy started, and those that Railway adds.
    pub variables: BTreeMap<String, String>,
    /// Its volume; the container sees the folder as `RAILWAY_VOLUME_MOUNT_PATH`.
    pub volume_id: Option<String>,
    /// Path that answers 200 when it is healthy; none: healthy as soon as it runs.
    pub healthcheck_path: Option<String>,
    /// Containers that must be gone before this one starts, since they hold its volume.
    pub after: Vec<String>,
}
