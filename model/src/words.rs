//! The words for states, phases and reasons. One spelling serves code, database, JSON, metric label and page.

/// Declares an enum whose variants have one stable lower-case word each.
// The word is a `tt`: a `literal` reaches the derives inside a group, which the one for OpenAPI does not look into, and
// its document would name the variants instead of the words.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:tt),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $word)] $variant),+ }

        impl $name {
            /// Every value, in the order of its life.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The stable word.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str(self.as_str()) }
        }

        impl std::str::FromStr for $name {
            type Err = UnknownWord;
            fn from_str(text: &str) -> Result<Self, UnknownWord> {
                match text { $($word => Ok(Self::$variant),)+ _ => Err(UnknownWord { kind: stringify!($name), word: text.to_owned() }) }
            }
        }

        impl From<String> for $name {
            /// For rows of our own database, whose CHECK constraints admit only these words.
            ///
            /// # Panics
            /// On another word: the schema is newer than this program, which the start-up check refuses.
            fn from(text: String) -> Self {
                match text.parse() { Ok(value) => value, Err(error) => panic!("{error}") }
            }
        }
    };
}

/// A word that is none of an enum's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown {kind} {word:?}")]
pub struct UnknownWord {
    /// The enum.
    pub kind: &'static str,
    /// The text that was found.
    pub word: String,
}

words! {
    /// The life of an instance, as its pool sees it.
    InstanceStatus {
        /// Being created or not yet healthy for the first time.
        Starting = "starting",
        /// Anonymous, healthy at least once, can be claimed.
        Ready = "ready",
        /// Bound to a claim that is not finished.
        Claiming = "claiming",
        /// Serves somebody.
        Claimed = "claimed",
        /// Unwell for longer than the pool's `stuckTimeout`.
        Stuck = "stuck",
        /// Will be destroyed; nothing can bring it back.
        Destroying = "destroying",
        /// Confirmed gone; the row is a tombstone.
        Deleted = "deleted",
    }
}

impl InstanceStatus {
    /// Exists or may exist outside: counts against `maxInstances`.
    pub const fn is_live(self) -> bool {
        !matches!(self, Self::Deleted)
    }
}

words! {
    /// What `services` last said of an instance's deployment and health.
    DeployStatus {
        /// The deployment is on its way.
        Deploying = "deploying",
        /// The deployment ended without a running agent.
        DeployFailed = "deploy_failed",
        /// The agent answered that it is ready.
        Healthy = "healthy",
        /// Deployed, but the agent does not answer.
        Unreachable = "unreachable",
        /// Nobody could say. Never treated as gone or dead.
        Unknown = "unknown",
        /// `services` has no such instance.
        NotFound = "not_found",
    }
}

words! {
    /// How far a claim is.
    ClaimPhase {
        /// In line for an instance.
        Pending = "pending",
        /// Has an instance; nothing was done to it yet.
        Bound = "bound",
        /// Its tools are being made.
        Provisioning = "provisioning",
        /// The agent is being told who it is.
        Configuring = "configuring",
        /// The agent waits for a person to let it into the conversation.
        PendingAcceptance = "pending_acceptance",
        /// The invite link works.
        Ready = "ready",
        /// Will not be served; `failure` says why.
        Failed = "failed",
        /// Ended on request, by its time to live, or with its instance.
        Released = "released",
    }
}

impl ClaimPhase {
    /// Still holds or wants an instance.
    pub const fn is_live(self) -> bool {
        !matches!(self, Self::Failed | Self::Released)
    }
}

words! {
    /// How far a destroy request is. There is no failed: it is only slow and loud.
    DestroyPhase {
        /// Recorded; the instance is not marked yet.
        Pending = "pending",
        /// The instance is marked; calls go out until everything is confirmed gone.
        Destroying = "destroying",
        /// Confirmed gone.
        Done = "done",
    }
}

words! {
    /// Why an instance is destroyed.
    DestroyReason {
        /// A person asked.
        Operator = "operator",
        /// More idle members than the pool wants.
        Surplus = "surplus",
        /// Unclaimed and unwell for too long.
        Stuck = "stuck",
        /// Its claim's time to live passed.
        Expired = "expired",
        /// Its claim was released.
        Released = "released",
        /// The agent asked: its conversation ended.
        SelfRequested = "self",
        /// Personalised in part, then the claim went elsewhere.
        Tainted = "tainted",
        /// Replaced by a newer image.
        Rollout = "rollout",
        /// Could not be created.
        FailedCreate = "failed_create",
    }
}

words! {
    /// Who makes a tool's account: the pool, or the user who brings an own one.
    Provisioning {
        /// Made by us at the vendor.
        Pool = "pool",
        /// Brought by the claimer in `userConfig`.
        User = "user",
    }
}

words! {
    /// How far one tool of a claim is.
    ToolPhase {
        /// Not asked for yet.
        Pending = "pending",
        /// Asked for; the vendor works.
        Provisioning = "provisioning",
        /// Usable.
        Ready = "ready",
        /// Refused; `error` says why.
        Failed = "failed",
    }
}

words! {
    /// Who may see and claim a template.
    Visibility {
        /// Its creator and operators.
        Private = "private",
        /// Every claimer.
        Public = "public",
    }
}

words! {
    /// What an API key may do. Each role may do all that those below it may.
    Role {
        /// Reads.
        Viewer = "viewer",
        /// Claims and releases.
        Claimer = "claimer",
        /// Sets targets, destroys, redeploys, edits templates.
        Operator = "operator",
        /// Everything, API keys among it.
        Admin = "admin",
    }
}

words! {
    /// The kinds of records.
    Kind {
        /// A pool of interchangeable instances.
        Pool = "pool",
        /// One agent's container and what belongs to it.
        Instance = "instance",
        /// Somebody's wish for an agent.
        Claim = "claim",
        /// The wish that an instance be gone.
        DestroyRequest = "destroy_request",
        /// A recipe for agents.
        Template = "template",
        /// A key of the pool API.
        Key = "key",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_reads_back_as_itself() {
        for status in InstanceStatus::ALL {
            assert_eq!(status.as_str().parse::<InstanceStatus>().unwrap(), *status);
            assert_eq!(serde_json::to_value(status).unwrap(), status.as_str());
        }
        assert!("Ready".parse::<InstanceStatus>().is_err(), "words are exact");
    }

    #[cfg(feature = "openapi")]
    #[test]
    fn the_published_description_names_the_words() {
        let schema = serde_json::to_value(<Kind as utoipa::PartialSchema>::schema()).unwrap();
        assert_eq!(schema["enum"], serde_json::to_value(Kind::ALL).unwrap());
    }

    #[test]
    fn roles_are_ordered_by_what_they_may_do() {
        assert!(
            Role::Viewer < Role::Claimer && Role::Claimer < Role::Operator && Role::Operator < Role::Admin
        );
    }
}
