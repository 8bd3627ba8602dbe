//! Railway: one project per agent, made by five mutations and exactly one deploy.
//!
//! No mutation takes an idempotency key and names are not unique, so everything is found again by our name and by what
//! hangs below it ([`find`]). Nothing that Railway answers is believed when it can be read: a deploy is compared with the
//! environment's configuration, a removal with the project.

mod answers;
mod documents;
mod find;
mod make;
mod observe;
mod whole;

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use axum::http::Method;
use secrecy::SecretString;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use super::{
    Budget, Deployment, FoundProject, Infra, Lane, Observed, Order, PROJECTS, Piece, Priority, Site, VOLUMES,
};
use crate::ledger::Variables;
use crate::plugin::Answer;
use crate::settings::{RailwaySettings, base};
use crate::vendor::{Call, Class, Credential, Failure, Kind, Pace, Reply, Vendor, VendorSettings, tables};

const NAME: &str = "railway";

/// Requests at once per token; the bucket in [`Vendor`] keeps the pace.
const CONCURRENCY: usize = 32;

/// The name of the service in every project.
const SERVICE: &str = "runtime";

/// Where the agent's state lives.
const MOUNT_PATH: &str = "/data";

/// The port that the agent's front listens on.
const PORT: u16 = 8080;

/// The vendor makes one volume in so long for each user ("You are creating volumes too quickly", told without a number; 5 to
/// 30 s were seen). Where projects may follow each other sooner, volumes may too.
const VOLUME_INTERVAL: Duration = Duration::from_secs(5);

/// A project that is missing from an answer is looked for a second time after this.
const SECOND_LOOK: Duration = Duration::from_secs(10);

/// One workspace and what it is reached with.
struct Workspace {
    configured: Option<String>,
    found: OnceCell<String>,
    vendor: Vendor,
    budget: Arc<Budget>,
}

/// The registry's credentials, for a private image.
struct RegistryCredentials {
    username: String,
    password: SecretString,
}

/// The client of Railway.
pub struct Railway {
    workspaces: Vec<Workspace>,
    settings: RailwaySettings,
    registry: Option<RegistryCredentials>,
    pace: Pace,
    /// How many projects are read at once: halved when Railway finds it too many.
    chunk: AtomicUsize,
    missing: observe::Missing,
}

impl Railway {
    /// A client for every token.
    pub fn new(
        mut settings: RailwaySettings,
        registry: Option<(String, SecretString)>,
        http: &reqwest::Client,
        pace: Pace,
    ) -> Self {
        let tokens = std::mem::take(&mut settings.tokens);
        let workspaces = tokens
            .into_iter()
            .map(|token| {
                let budget = Arc::new(Budget::new(pace));
                let seen = Arc::clone(&budget);
                let vendor = VendorSettings {
                    name: NAME,
                    base: base(&settings.url),
                    credential: Credential::Bearer(token.token),
                    rules: &tables::RAILWAY,
                    requests_per_second: settings.requests_per_second,
                    concurrency: CONCURRENCY,
                    cheap: Some(call("ApiToken", Kind::Read, json!({})).once()),
                    headers_seen: Some(Arc::new(move |headers| seen.observe(headers, process::clock::now()))),
                };
                Workspace {
                    configured: token.workspace_id,
                    found: OnceCell::new(),
                    vendor: Vendor::new(vendor, http.clone(), pace),
                    budget,
                }
            })
            .collect();
        let registry = registry.map(|(username, password)| RegistryCredentials { username, password });
        let chunk = AtomicUsize::new(settings.status_chunk);
        Self { workspaces, settings, registry, pace, chunk, missing: observe::Missing::default() }
    }

    fn named_budgets(&self) -> Vec<(String, Arc<Budget>)> {
        let name = |(index, workspace): (usize, &Workspace)| {
            let id = workspace.configured.clone().or_else(|| workspace.found.get().cloned());
            (format!("{NAME}:{}", id.unwrap_or_else(|| index.to_string())), Arc::clone(&workspace.budget))
        };
        self.workspaces.iter().enumerate().map(name).collect()
    }

    /// The id of a workspace: as configured, or the only one that its token sees.
    async fn id_of<'a>(&self, workspace: &'a Workspace) -> Result<&'a str, Failure> {
        if let Some(id) = &workspace.configured {
            return Ok(id);
        }
        let ask = async || {
            let answer: Value = self.read(workspace, Priority::Destroy, "ApiToken", json!({})).await?;
            let ids: Vec<&str> = answer["apiToken"]["workspaces"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|workspace| workspace["id"].as_str())
                .collect();
            match ids.as_slice() {
                [only] => Ok((*only).to_owned()),
                several => {
                    let message =
                        format!("the token sees {} workspaces: set RAILWAY_WORKSPACE_ID", several.len());
                    Err(workspace.vendor.failure("ApiToken", Class::Forbidden, message))
                }
            }
        };
        workspace.found.get_or_try_init(ask).await.map(String::as_str)
    }

    /// The workspace with this id; the first one for a site whose workspace is not recorded.
    async fn workspace(&self, id: Option<&str>) -> Result<&Workspace, Failure> {
        if let (Some(id), true) = (id, self.workspaces.len() > 1) {
            for workspace in &self.workspaces {
                if self.id_of(workspace).await? == id {
                    return Ok(workspace);
                }
            }
            let message = format!("there is no token for the workspace {id}");
            return Err(Failure::local(NAME, "workspace", Class::Forbidden, message));
        }
        self.workspaces
            .first()
            .ok_or_else(|| Failure::local(NAME, "workspace", Class::Auth, "there is no token"))
    }

    async fn of_site(&self, site: &Site) -> Result<&Workspace, Failure> {
        self.workspace(site.workspace_id.as_deref()).await
    }

    async fn read<T: DeserializeOwned>(
        &self,
        workspace: &Workspace,
        priority: Priority,
        operation: &'static str,
        variables: Value,
    ) -> Result<T, Failure> {
        self.send(workspace, priority, call(operation, Kind::Read, variables)).await
    }

    async fn write<T: DeserializeOwned>(
        &self,
        workspace: &Workspace,
        priority: Priority,
        operation: &'static str,
        variables: Value,
    ) -> Result<T, Failure> {
        // The ledger repeats what may be repeated: it knows what was sent before.
        self.send(workspace, priority, call(operation, Kind::Write, variables).once()).await
    }

    async fn send<T: DeserializeOwned>(
        &self,
        workspace: &Workspace,
        priority: Priority,
        call: Call,
    ) -> Result<T, Failure> {
        let answer: Envelope<T> = self.reply(workspace, priority, call).await?.into()?;
        Ok(answer.data)
    }

    async fn reply(&self, workspace: &Workspace, priority: Priority, call: Call) -> Result<Reply, Failure> {
        workspace.budget.admit(priority, process::clock::now()).map_err(|wait| {
            Failure::local(NAME, "budget", Class::RateLimited { wait }, "the hourly budget is short")
        })?;
        workspace.vendor.send(call).await
    }
}

#[derive(serde::Deserialize)]
struct Envelope<T> {
    data: T,
}

fn call(operation: &'static str, kind: Kind, variables: Value) -> Call {
    Call::new(operation, kind, Method::POST).json(&json!({
        "query": documents::document(operation),
        "operationName": operation,
        "variables": variables,
    }))
}

/// A part of a site that has to be known by now.
fn known<'a>(part: &'a Option<String>, what: &'static str) -> Result<&'a str, Failure> {
    part.as_deref()
        .ok_or_else(|| Failure::local(NAME, what, Class::Permanent, format!("the {what} is not known")))
}

impl Infra for Railway {
    fn workspaces(&self) -> Answer<'_, Vec<String>> {
        Box::pin(async move {
            let mut ids = Vec::new();
            let mut last = None;
            for workspace in &self.workspaces {
                match self.id_of(workspace).await {
                    Ok(id) if workspace.vendor.open_because().is_none() => ids.push(id.to_owned()),
                    Ok(_) => {}
                    Err(failure) => last = Some(failure),
                }
            }
            match (ids.is_empty(), last) {
                (false, _) => Ok(ids),
                (true, Some(failure)) => Err(failure),
                (true, None) => Err(Failure::not_called(NAME, "workspaces", Class::Transient)),
            }
        })
    }

    fn project_lane(&self, workspace_id: &str) -> Lane {
        Lane {
            name: format!("{NAME}:{PROJECTS}:{workspace_id}"),
            distance: self.pace.wait(self.settings.project_interval),
        }
    }

    fn volume_lane(&self, workspace_id: &str) -> Lane {
        Lane {
            name: format!("{NAME}:{VOLUMES}:{workspace_id}"),
            distance: self.pace.wait(self.settings.project_interval.min(VOLUME_INTERVAL)),
        }
    }

    fn make<'a>(&'a self, piece: Piece, order: &'a Order<'a>) -> Answer<'a, Site> {
        Box::pin(self.make_piece(piece, order))
    }

    fn find<'a>(&'a self, piece: Piece, order: &'a Order<'a>) -> Answer<'a, Option<Site>> {
        Box::pin(self.find_piece(piece, order))
    }

    fn observe<'a>(
        &'a self,
        sites: &'a [Site],
    ) -> futures::future::BoxFuture<'a, Vec<Result<Observed, Failure>>> {
        Box::pin(self.observe_sites(sites))
    }

    fn redeploy<'a>(
        &'a self,
        site: &'a Site,
        image: &'a str,
        mark: &'a str,
        priority: Priority,
    ) -> Answer<'a, ()> {
        Box::pin(self.deploy_image(site, image, mark, priority))
    }

    fn restart<'a>(&'a self, site: &'a Site, priority: Priority) -> Answer<'a, ()> {
        Box::pin(self.deploy_again(site, priority))
    }

    fn set_variables<'a>(
        &'a self,
        site: &'a Site,
        variables: &'a Variables,
        priority: Priority,
    ) -> Answer<'a, ()> {
        Box::pin(self.upsert_variables(site, variables, priority))
    }

    fn remove<'a>(&'a self, site: &'a Site) -> Answer<'a, ()> {
        Box::pin(self.delete_project(site))
    }

    fn exists<'a>(&'a self, site: &'a Site) -> Answer<'a, bool> {
        Box::pin(self.project_exists(site))
    }

    fn projects<'a>(&'a self, name_start: &'a str) -> Answer<'a, Vec<FoundProject>> {
        Box::pin(self.live_projects(name_start))
    }

    fn make_empty<'a>(&'a self, workspace_id: &'a str, name: &'a str) -> Answer<'a, Site> {
        Box::pin(self.create_project(Some(workspace_id), name))
    }

    fn register_webhook<'a>(&'a self, url: &'a str) -> Answer<'a, ()> {
        Box::pin(self.register_rule(url))
    }

    fn budgets(&self) -> Vec<(String, Arc<Budget>)> {
        self.named_budgets()
    }

    fn check(&self) -> Answer<'_, ()> {
        Box::pin(async move {
            for workspace in &self.workspaces {
                workspace.vendor.check().await?;
            }
            Ok(())
        })
    }

    fn budget_left(&self) -> Option<f64> {
        let now = process::clock::now();
        self.workspaces.iter().filter_map(|workspace| workspace.budget.left(now)).reduce(f64::min)
    }

    fn cost_per_hour(&self) -> f64 {
        /// List prices: $20 a processor and $10 a GB in a month of 730 hours; an idle agent uses about a twentieth of its
        /// processors and a quarter of its memory.
        const CPU_USED: f64 = 0.05;
        const MEMORY_USED: f64 = 0.25;
        const HOURS_A_MONTH: f64 = 730.0;
        (self.settings.cpu * CPU_USED * 20.0 + self.settings.memory_gb * MEMORY_USED * 10.0) / HOURS_A_MONTH
    }
}
