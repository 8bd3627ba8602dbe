//! One request with its rights: what each root field may touch, and how arguments are read.

use std::collections::HashSet;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::desk::Desk;
use super::limits::Lane;
use super::records::Project;
use crate::options::Plan;

/// Text for everything that is not there or not ours.
pub(crate) const NOT_AUTHORIZED: &str = "Not Authorized";
/// Text for an instance that cannot be read yet, or is not there.
pub(crate) const INSTANCE_NOT_FOUND: &str = "ServiceInstance not found";
/// Text that says nothing.
pub(crate) const PROBLEM: &str = "Problem processing request";
/// Text of the plan's limit.
pub(crate) const PLAN_LIMIT: &str =
    "Free plan resource provision limit exceeded. Please upgrade to provision more resources!";
/// Text while an earlier deployment is being prepared.
pub(crate) const CANNOT_REDEPLOY: &str =
    "Cannot redeploy yet, please wait for the original deployment to finish building, then try again.";

/// The texts of a closed lane; which of them comes is not known in advance.
pub(crate) fn lane_texts(lane: Lane) -> &'static [&'static str] {
    match lane {
        Lane::Project => &[
            "You are creating projects too quickly. This workspace allows 1 project per 30 seconds. Try again shortly.",
            "Whoa there pal! Only one project can be created per user every 30s. Try again in a sec",
        ],
        Lane::Environment => {
            &["Whoa there pal! Only one environment can be created per user every 30s. Try again in a sec"]
        }
        Lane::Volume => &["Whoa there pal! You are creating volumes too quickly. Try again in a sec"],
    }
}

/// Why a field is not answered: the message of Railway's error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refused(pub String);

impl From<&str> for Refused {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

/// What a token may see.
#[derive(Debug, Clone)]
pub(crate) struct Access {
    /// The token, as the owner of lanes that are per user.
    pub token: String,
    /// Workspaces it belongs to.
    pub workspaces: Vec<String>,
    /// The plan of all of them.
    pub plan: Plan,
}

/// One request.
pub(crate) struct Session<'a> {
    pub desk: Desk<'a>,
    pub access: Access,
    /// Names of all fields the document selects: what is expensive and not asked for is not built.
    pub selected: &'a HashSet<String>,
    /// What the request was about, for the journal.
    pub subject: Option<String>,
    /// Whether something was changed or answered; a request whose every root field is refused was not applied.
    pub applied: bool,
}

impl Session<'_> {
    /// The project, alive and within the token's workspaces.
    pub fn project(&self, id: &str) -> Result<&Project, Refused> {
        let project = self.desk.state.projects.get(id).ok_or("Project not found")?;
        self.may_see(project)?;
        if project.deleted_at.is_some() {
            return Err(NOT_AUTHORIZED.into());
        }
        Ok(project)
    }

    /// The same, to be changed.
    pub fn project_mut(&mut self, id: &str) -> Result<&mut Project, Refused> {
        self.project(id)?;
        self.desk.state.projects.get_mut(id).ok_or_else(|| "Project not found".into())
    }

    /// The living project that an environment, service, volume or domain belongs to.
    pub fn owner(&self, id: &str, missing: &str) -> Result<&Project, Refused> {
        let project = self.desk.state.owner(id).ok_or(missing)?;
        self.project(&project.id)
    }

    /// Refuses what belongs to a workspace of others.
    pub fn may_see(&self, project: &Project) -> Result<(), Refused> {
        self.may_use(&project.workspace_id)
    }

    /// Refuses a workspace of others.
    pub fn may_use(&self, workspace_id: &str) -> Result<(), Refused> {
        match self.access.workspaces.iter().any(|own| own == workspace_id) {
            true => Ok(()),
            false => Err(NOT_AUTHORIZED.into()),
        }
    }

    /// Takes a turn in a lane, or refuses with one of its texts.
    pub fn take_lane(&mut self, lane: Lane, owner: &str) -> Result<(), Refused> {
        let now = self.desk.now;
        if self.desk.state.limits.lane_free(lane, owner, now) {
            self.desk.state.limits.close_lane(lane, owner, now);
            return Ok(());
        }
        let text = self.desk.dice.pick(lane_texts(lane)).copied().unwrap_or(PROBLEM);
        Err(text.into())
    }

    /// Whether the document asks for a field of this name anywhere.
    pub fn wants(&self, field: &str) -> bool {
        self.selected.contains(field)
    }
}

/// Reads arguments, or one input object, into a type.
pub(crate) fn read<T: DeserializeOwned>(value: Value) -> Result<T, Refused> {
    serde_json::from_value(value).map_err(|error| Refused(format!("Invalid input: {error}")))
}

/// The argument `input` of a mutation.
pub(crate) fn input<T: DeserializeOwned>(mut arguments: Map<String, Value>) -> Result<T, Refused> {
    read(arguments.remove("input").unwrap_or_default())
}

/// A text argument that the schema requires.
pub(crate) fn text(arguments: &Map<String, Value>, name: &str) -> String {
    arguments.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}
