//! Where agents run. Nothing above this module names the vendor: it asks for pieces of a site, in order, and looks for
//! them when an answer was lost.

mod budget;
pub mod railway;

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::ledger::{Step, Variables};
use crate::plugin::Answer;
pub use budget::{Budget, BudgetState, NEXT_WINDOW};

/// Where an instance is outside, as far as it is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Site {
    /// The account that pays.
    pub workspace_id: Option<String>,
    /// What holds everything else and takes it along when it goes.
    pub project_id: Option<String>,
    /// The only environment of the project.
    pub environment_id: Option<String>,
    /// The service that runs the agent.
    pub service_id: Option<String>,
    /// The volume with the agent's state.
    pub volume_id: Option<String>,
    /// The public address.
    pub domain_id: Option<String>,
    /// The public address as a base URL.
    pub url: Option<String>,
}

/// The pieces of a site, in the order in which they are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece {
    /// The project; its creation is throttled.
    Project,
    /// The service, still without an image: nothing is deployed yet.
    Service,
    /// The volume, before the first deploy, so that the first boot sees it.
    Volume,
    /// The address, before the first deploy for the same reason.
    Domain,
    /// Image, variables, limits and health check in one change, and with it the only deploy.
    Deploy,
}

impl Piece {
    /// The piece that a step makes.
    pub fn of(step: Step) -> Option<Self> {
        match step {
            Step::Project => Some(Self::Project),
            Step::Service => Some(Self::Service),
            Step::Volume => Some(Self::Volume),
            Step::Domain => Some(Self::Domain),
            Step::Deploy => Some(Self::Deploy),
            Step::Reserved | Step::Key | Step::Wallet | Step::Recorded => None,
        }
    }
}

/// Who wants something of the outside: when the budget is short, the later ones wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Priority {
    /// What is to go costs money until it is gone.
    Destroy,
    /// Somebody waits for it.
    Claim,
    /// New instances, status, audit.
    Refill,
}

/// Everything that making or finding a piece needs.
#[derive(Debug, Clone)]
pub struct Order<'a> {
    /// The name of the instance outside.
    pub name: &'a str,
    /// What is there already.
    pub site: &'a Site,
    /// An empty project to take instead of a new one.
    pub shelf: Option<&'a Site>,
    /// When the call was or is sent: nothing older can be its effect.
    pub sent_at: DateTime<Utc>,
    /// The image, pinned.
    pub image: &'a str,
    /// The variables of the first boot.
    pub variables: &'a Variables,
}

/// What a deployment does, in our words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deployment {
    /// There was none yet.
    None,
    /// On its way.
    InProgress,
    /// On its way, but waits for a person.
    NeedsApproval,
    /// Ended without a running container.
    Failed,
    /// Taken away.
    Removed,
    /// A container runs.
    Running,
    /// The container ended by itself.
    Stopped,
    /// The container sleeps; a request wakes it.
    Sleeping,
    /// The project is not there any more.
    Gone,
}

impl Deployment {
    /// The word in detailed answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::InProgress => "deploying",
            Self::NeedsApproval => "needs_approval",
            Self::Failed => "failed",
            Self::Removed => "removed",
            Self::Running => "running",
            Self::Stopped => "stopped",
            Self::Sleeping => "sleeping",
            Self::Gone => "gone",
        }
    }
}

/// What was read of one site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Observed {
    /// The latest deployment.
    pub deployment: Deployment,
    /// When it was begun.
    pub since: Option<DateTime<Utc>>,
}

/// A project that exists at the vendor.
#[derive(Debug, Clone)]
pub struct FoundProject {
    /// Its name.
    pub name: String,
    /// The workspace and the project's id.
    pub site: Site,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// What a lane of project creations is for, in its name.
pub const PROJECTS: &str = "project";
/// The same for volumes.
pub const VOLUMES: &str = "volume";

/// A serial lane that a piece has to go through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lane {
    /// Its name in the ledger: vendor, what it is for, workspace, with colons between.
    pub name: String,
    /// The least distance between two calls, on our clock.
    pub distance: Duration,
}

/// A place where agents run.
///
/// # Assumptions
/// The caller has committed an intent before [`Infra::make`], and asks [`Infra::find`] before it makes a piece again whose
/// answer was lost.
pub trait Infra: Send + Sync {
    /// The accounts in which projects can be made.
    fn workspaces(&self) -> Answer<'_, Vec<String>>;

    /// The lane of project creations in a workspace.
    fn project_lane(&self, workspace_id: &str) -> Lane;

    /// The lane of volume creations in a workspace. It holds nobody up but those that found their project on the shelf.
    fn volume_lane(&self, workspace_id: &str) -> Lane;

    /// Makes a piece; the answer is the site with it.
    fn make<'a>(&'a self, piece: Piece, order: &'a Order<'a>) -> Answer<'a, Site>;

    /// Looks for a piece that an earlier call may have made. Duplicates of a project are removed here, all but the oldest.
    fn find<'a>(&'a self, piece: Piece, order: &'a Order<'a>) -> Answer<'a, Option<Site>>;

    /// The latest deployments of sites, in one answer a site.
    fn observe<'a>(
        &'a self,
        sites: &'a [Site],
    ) -> futures::future::BoxFuture<'a, Vec<Result<Observed, crate::vendor::Failure>>>;

    /// Deploys an image again; `mark` makes it a change even when the image is the same, and the same mark is the same deploy.
    fn redeploy<'a>(
        &'a self,
        site: &'a Site,
        image: &'a str,
        mark: &'a str,
        priority: Priority,
    ) -> Answer<'a, ()>;

    /// Starts the present configuration again.
    fn restart<'a>(&'a self, site: &'a Site, priority: Priority) -> Answer<'a, ()>;

    /// Sets variables for the next boot, without a deploy.
    fn set_variables<'a>(
        &'a self,
        site: &'a Site,
        variables: &'a Variables,
        priority: Priority,
    ) -> Answer<'a, ()>;

    /// Removes the project and everything in it. Success only says that the vendor accepted.
    fn remove<'a>(&'a self, site: &'a Site) -> Answer<'a, ()>;

    /// Whether the project is still there.
    fn exists<'a>(&'a self, site: &'a Site) -> Answer<'a, bool>;

    /// All live projects whose names begin with this.
    fn projects<'a>(&'a self, name_start: &'a str) -> Answer<'a, Vec<FoundProject>>;

    /// Makes an empty project.
    fn make_empty<'a>(&'a self, workspace_id: &'a str, name: &'a str) -> Answer<'a, Site>;

    /// Registers the webhook, unless it is there.
    fn register_webhook<'a>(&'a self, url: &'a str) -> Answer<'a, ()>;

    /// The request budgets, each with the name under which replicas share it.
    fn budgets(&self) -> Vec<(String, Arc<Budget>)>;

    /// The cheapest call that proves that the vendor lives and takes our tokens.
    fn check(&self) -> Answer<'_, ()>;

    /// What one instance costs in US dollars an hour.
    fn cost_per_hour(&self) -> f64;

    /// The share of a request budget that is left where it is scarcest, as far as the vendor reports one.
    fn budget_left(&self) -> Option<f64> {
        None
    }
}
