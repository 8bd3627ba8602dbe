//! Railway: its GraphQL API, its deployments, its domains.
//!
//! Requests are validated against [`graphql::SCHEMA`] and answered from one state behind a lock; deployments walk
//! by timers of that state (`deploy`). What has to happen outside of it (containers, webhooks) leaves as a list of
//! effects, and comes back as reports.

mod configure;
mod deploy;
mod desk;
pub(crate) mod effects;
pub(crate) mod graphql;
mod inventory;
mod limits;
mod moods;
mod notify;
mod projects;
mod queries;
pub(crate) mod records;
mod session;
mod show;
mod state;
mod view;

use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State as Extract;
use axum::http::{HeaderMap, HeaderName, header};
use axum::response::Response;
use axum::routing::{post, put};
use serde_json::{Value, json};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use self::desk::Desk;
use self::effects::Effect;
use self::graphql::{Engine, Malformed, Request, error_answer};
use self::limits::{Lane, Standing};
use self::records::{Container, Status};
use self::session::{Access, NOT_AUTHORIZED, PLAN_LIMIT, PROBLEM, Session, lane_texts};
use self::state::State;
use crate::containers::{Containers, Report};
use crate::delivery;
use crate::dice::Dice;
use crate::exchange::Answer;
use crate::ghcr::Ghcr;
use crate::vendor::{Inventory, Refusal, Vendor, Wording};
use crate::world::World;

/// Name in paths, faults and the journal.
pub(crate) const NAME: &str = "railway";
const WORKSPACE_NAME: &str = "Simulated workspace";
const PROJECT_TOKEN_HEADER: &str = "project-access-token";

/// Faults may name every root field, and the webhooks that Railway sends.
pub(crate) const OPERATIONS: [&str; 40] = [
    "apiToken",
    "deployment",
    "deploymentEvents",
    "deployments",
    "domains",
    "environment",
    "notificationRules",
    "project",
    "projects",
    "projectsByIds",
    "service",
    "serviceInstance",
    "usage",
    "variables",
    "workspace",
    "deploymentRedeploy",
    "deploymentRemove",
    "deploymentRestart",
    "deploymentStop",
    "environmentCreate",
    "environmentPatchCommit",
    "notificationRuleCreate",
    "notificationRuleDelete",
    "projectCreate",
    "projectDelete",
    "projectUpdate",
    "serviceCreate",
    "serviceDelete",
    "serviceDomainCreate",
    "serviceDomainDelete",
    "serviceInstanceDeployV2",
    "serviceInstanceLimitsUpdate",
    "serviceInstanceRedeploy",
    "serviceInstanceUpdate",
    "variableCollectionUpsert",
    "variableDelete",
    "variableUpsert",
    "volumeCreate",
    "volumeDelete",
    "webhook",
];

/// What an operator does to one instance, from outside of Railway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum InstanceOrder {
    /// The container dies and stays dead: CRASHED.
    Crash,
    /// The container dies once; the restart policy acts.
    Exit,
    /// The container takes connections and answers nothing.
    Hang,
    /// The service is put to sleep; a request wakes it.
    Sleep,
    /// Ends a hang, a sleep, a crash or a freeze.
    Resume,
    /// The container is killed for its memory: CRASHED, and told as that.
    OomKill,
    /// The status is told by a word that clients do not know.
    Freeze,
    /// The platform moves it to another host: a deployment that nobody asked for.
    Move,
    /// A person approves the deployment that waits for that.
    Approve,
}

impl InstanceOrder {
    /// All names, for those who used another.
    pub const NAMES: &str = "crash, exit, hang, sleep, resume, oom, freeze, move, approve";

    /// The order of this name.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "crash" => Some(Self::Crash),
            "exit" => Some(Self::Exit),
            "hang" => Some(Self::Hang),
            "sleep" => Some(Self::Sleep),
            "resume" => Some(Self::Resume),
            "oom" => Some(Self::OomKill),
            "freeze" => Some(Self::Freeze),
            "move" => Some(Self::Move),
            "approve" => Some(Self::Approve),
            _ => None,
        }
    }
}

/// What stands behind a domain's address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Door {
    /// No such domain, or one that is just waking: 404.
    NoApplication,
    /// Nothing answers there: 502.
    Down,
    /// The container of this deployment.
    Open(String),
}

/// The simulated Railway.
pub(crate) struct Railway {
    world: Arc<World>,
    ghcr: Arc<Ghcr>,
    dice: Dice,
    engine: Engine,
    state: Mutex<State>,
    containers: Containers,
    agents_port: u16,
    client: reqwest::Client,
    timers_changed: Notify,
}

impl Railway {
    /// An empty Railway whose domains are on `agents_port` and whose volumes live under `volumes`.
    pub fn new(
        world: Arc<World>,
        ghcr: Arc<Ghcr>,
        client: reqwest::Client,
        agents_port: u16,
        volumes: &Path,
    ) -> anyhow::Result<Arc<Self>> {
        let engine =
            Engine::new().map_err(|problem| anyhow::anyhow!("the schema subset is wrong: {problem}"))?;
        Ok(Arc::new_cyclic(|itself: &Weak<Self>| {
            let reporter = itself.clone();
            let report = move |report| {
                if let Some(railway) = reporter.upgrade() {
                    railway.take_report(&report);
                }
            };
            Self {
                dice: world.dice_for(NAME),
                containers: Containers::new(world.clone(), volumes, client.clone(), Arc::new(report)),
                engine,
                state: Mutex::new(State::default()),
                agents_port,
                client,
                timers_changed: Notify::new(),
                world,
                ghcr,
            }
        }))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the state under its lock, then does what the change asks for.
    fn visit<T>(self: &Arc<Self>, change: impl FnOnce(Desk<'_>) -> T) -> T {
        let mut state = self.lock();
        let before = state.next_moment();
        let result = change(Desk {
            state: &mut state,
            world: &self.world,
            dice: &self.dice,
            ghcr: &self.ghcr,
            agents_port: self.agents_port,
            now: self.world.clock.now(),
            date: self.world.clock.date(),
        });
        let effects = std::mem::take(&mut state.effects);
        let sooner = state.next_moment() != before;
        // Still under the lock: the containers see starts and stops in the order in which they were decided.
        for effect in effects {
            self.perform(effect);
        }
        drop(state);
        if sooner {
            self.timers_changed.notify_one();
        }
        result
    }

    fn perform(self: &Arc<Self>, effect: Effect) {
        match effect {
            Effect::Start(launch) => self.containers.start(launch),
            Effect::Stop { deployment_id } => self.containers.stop(&deployment_id),
            Effect::Kill { deployment_id } => self.containers.kill(&deployment_id),
            Effect::Hang { deployment_id, hung } => self.containers.hang(&deployment_id, hung),
            Effect::RemoveVolume { volume_id } => self.containers.remove_volume(&volume_id),
            Effect::Notify(parcel) => {
                tokio::spawn(delivery::deliver(self.world.clone(), self.client.clone(), parcel));
            }
        }
    }

    /// Walks deployments along their timers until `stop`, then stops all containers.
    pub async fn run(self: Arc<Self>, stop: CancellationToken) {
        loop {
            let changed = self.timers_changed.notified();
            let next = self.lock().next_moment();
            let due = async {
                match next {
                    Some(moment) => self.world.clock.sleep_until(moment).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = stop.cancelled() => break,
                () = changed => continue,
                () = due => {}
            }
            self.visit(|mut desk| {
                while let Some(timer) = desk.state.next_due(desk.now) {
                    desk.step(&timer);
                }
            });
            self.world.touch();
        }
        self.containers.stop_all().await;
    }

    fn take_report(self: &Arc<Self>, report: &Report) {
        self.visit(|mut desk| match report {
            Report::Healthy { deployment_id } => desk.healthy(deployment_id),
            Report::Exited { deployment_id, clean } => desk.exited(deployment_id, *clean),
        });
        self.world.touch();
    }

    /// After a restore: starts again what ran.
    pub fn recover(self: &Arc<Self>) {
        self.visit(|mut desk| desk.recover());
    }

    /// What is behind an agent's address now. Asking wakes a sleeping service.
    pub fn door(self: &Arc<Self>, address: Ipv4Addr) -> Door {
        let (door, asleep) = {
            let state = self.lock();
            let Some((_, instance)) = state.behind(address) else { return Door::NoApplication };
            let newest = |status| state.deployments_of(instance).find(|it| it.status == status);
            match (newest(Status::Success), newest(Status::Sleeping)) {
                (Some(serving), _) if serving.container == Container::Started => {
                    (Door::Open(serving.id.clone()), None)
                }
                (None, Some(sleeping)) => (Door::NoApplication, Some(sleeping.id.clone())),
                _ => (Door::Down, None),
            }
        };
        if let Some(sleeping) = asleep {
            self.visit(|mut desk| desk.wake(&sleeping));
        }
        door
    }

    /// The containers, for the edge.
    pub fn containers(&self) -> &Containers {
        &self.containers
    }

    /// Carries out an operator's order; gives the deployment's status afterwards.
    pub fn order(self: &Arc<Self>, instance: &str, order: InstanceOrder) -> Option<&'static str> {
        let status = self.visit(|mut desk| {
            let (id, status) = desk.state.orderable(instance, order == InstanceOrder::Approve)?;
            match order {
                InstanceOrder::Crash => desk.crash(&id),
                InstanceOrder::Exit => desk.state.effects.push(Effect::Kill { deployment_id: id.clone() }),
                InstanceOrder::Hang => {
                    desk.state.effects.push(Effect::Hang { deployment_id: id.clone(), hung: true });
                }
                InstanceOrder::Sleep => desk.sleep(&id),
                InstanceOrder::OomKill => {
                    desk.crash(&id);
                    desk.notify_as(&id, "Deployment.oom_killed");
                }
                InstanceOrder::Freeze => desk.freeze(&id, true),
                InstanceOrder::Move => desk.relocate(&id),
                InstanceOrder::Approve => desk.approve(&id),
                InstanceOrder::Resume if status == Status::Sleeping => desk.wake(&id),
                InstanceOrder::Resume if status == Status::Crashed => desk.restart(&id),
                InstanceOrder::Resume => {
                    desk.freeze(&id, false);
                    desk.state.effects.push(Effect::Hang { deployment_id: id.clone(), hung: false });
                }
            }
            desk.state.deployments.get(&id).map(|deployment| deployment.word())
        });
        self.world.touch();
        status
    }

    fn access(&self, headers: &HeaderMap) -> Option<Access> {
        let bearer = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let bearer = bearer.and_then(|value| value.strip_prefix("Bearer "));
        let project = headers.get(PROJECT_TOKEN_HEADER).and_then(|value| value.to_str().ok());
        let token = bearer.or(project)?;
        let scope = self.world.tokens.scope(NAME, token)?;
        let workspaces = scope.split(',').filter(|id| !id.is_empty()).map(str::to_owned).collect();
        Some(Access { token: token.to_owned(), workspaces, plan: self.world.options.plan })
    }

    fn answer(self: &Arc<Self>, headers: &HeaderMap, parsed: Result<&Parsed, Malformed>) -> Answer {
        let Some(access) = self.access(headers) else {
            return error_answer(NOT_AUTHORIZED, &self.dice.hex(8));
        };
        self.visit(|mut desk| {
            let workspace = access.workspaces.first().map_or("", String::as_str);
            let standing = desk.state.limits.spend(workspace, access.plan, desk.now);
            let resets_at = standing.resets_at(desk.date);
            let answer = match (standing.wait_millis, parsed) {
                (Some(_), _) => self.too_many(),
                (None, Err(malformed)) => malformed.answer(),
                (None, Ok(Parsed { request, document, .. })) => {
                    let session = Session {
                        desk: desk.reborrow(),
                        access,
                        selected: &document.selected,
                        subject: None,
                        applied: false,
                    };
                    match self.engine.operation(document, request.operation_name.as_deref()) {
                        Err(malformed) => malformed.answer(),
                        Ok(operation) => {
                            let none = serde_json::Map::new();
                            let variables = request.variables.as_ref().unwrap_or(&none);
                            self.engine.execute(document, operation, variables, session)
                        }
                    }
                }
            };
            with_budget(desk.spoil(answer), &standing, &json!(resets_at))
        })
    }

    /// A 429, whose body may be anything.
    fn too_many(&self) -> Answer {
        let bodies = [
            Answer::refused(429, json!({"errors": [{"message": "Too Many Requests"}]})),
            Answer::refused(429, json!({"data": null})),
            Answer::page(429),
        ];
        self.dice.pick(&bodies).cloned().unwrap_or_else(|| Answer::page(429))
    }
}

fn with_budget(answer: Answer, standing: &Standing, resets_at: &Value) -> Answer {
    let name = HeaderName::from_static;
    let answer = answer
        .with_header(name("x-ratelimit-limit"), standing.limit)
        .with_header(name("x-ratelimit-remaining"), standing.remaining)
        .with_header(name("x-ratelimit-reset"), resets_at.as_str().unwrap_or_default());
    match standing.wait_millis {
        Some(wait) => answer.with_header(header::RETRY_AFTER, wait.div_ceil(1_000)),
        None => answer,
    }
}

/// A request whose document fits the schema.
struct Parsed {
    request: Request,
    document: Arc<graphql::Document>,
    operation: String,
}

impl Railway {
    fn parse(&self, body: &Bytes) -> Result<Parsed, Malformed> {
        let request: Request = serde_json::from_slice(body)
            .map_err(|error| Malformed::body(format!("the body is no request: {error}")))?;
        let document = self.engine.document(&request.query)?;
        let operation = document.root_field(request.operation_name.as_deref());
        Ok(Parsed { request, document, operation })
    }
}

async fn graphql(Extract(railway): Extract<Arc<Railway>>, headers: HeaderMap, body: Bytes) -> Response {
    let parsed = railway.parse(&body);
    let operation =
        parsed.as_ref().map_or_else(|_| "malformed".to_owned(), |parsed| parsed.operation.clone());
    let world = railway.world.clone();
    world
        .exchange(&*railway, &operation, || railway.answer(&headers, parsed.as_ref().map_err(Clone::clone)))
        .await
}

impl Vendor for Railway {
    fn name(&self) -> &'static str {
        NAME
    }

    fn operations(&self) -> &'static [&'static str] {
        &OPERATIONS
    }

    fn routes(self: Arc<Self>) -> Router {
        Router::new().route("/graphql/v2", post(graphql)).with_state(self)
    }

    fn control(self: Arc<Self>) -> Router {
        Router::new().route("/", put(moods::set)).with_state(self)
    }

    fn inventory(&self) -> Inventory {
        self.inventory_of(false)
    }

    fn refusal(&self, refusal: &Refusal<'_>) -> Answer {
        let trace_id = self.dice.hex(8);
        match refusal.wording {
            Wording::Broken => error_answer(PROBLEM, &trace_id),
            Wording::Throttled => self.too_many(),
            Wording::ThrottledInWords => {
                let lane = match refusal.operation {
                    "environmentCreate" => Lane::Environment,
                    "volumeCreate" => Lane::Volume,
                    _ => Lane::Project,
                };
                error_answer(self.dice.pick(lane_texts(lane)).copied().unwrap_or(PROBLEM), &trace_id)
            }
            Wording::Status => {
                let text = match refusal.status {
                    401 => NOT_AUTHORIZED,
                    402 => PLAN_LIMIT,
                    _ => PROBLEM,
                };
                Answer::refused(refusal.status, json!({"errors": [{"message": text}]}))
            }
        }
    }

    fn hollow_success(&self, operation: &str) -> Option<Answer> {
        let boolean =
            operation.ends_with("Delete") || operation.ends_with("Upsert") || operation.ends_with("Update");
        let hollow = boolean && operation != "projectUpdate" || operation.ends_with("Restart");
        hollow.then(|| {
            let mut data = serde_json::Map::new();
            data.insert(operation.to_owned(), true.into());
            Answer::refused(200, json!({"data": data}))
        })
    }

    fn reset(&self) {
        self.dice.reseed(self.world.seed());
        let mut state = self.lock();
        *state = State::default();
        self.containers.remove_all();
    }

    fn snapshot(&self) -> Value {
        json!({"state": self.lock().snapshot(), "stubs": self.containers.snapshot()})
    }

    fn restore(&self, mut snapshot: Value) -> Result<(), serde_json::Error> {
        let mut state: State = serde_json::from_value(snapshot["state"].take())?;
        state.index();
        self.containers.restore(snapshot["stubs"].take())?;
        *self.lock() = state;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_can_name_every_root_field_of_the_schema() {
        let schema = apollo_compiler::Schema::parse_and_validate(graphql::SCHEMA, "schema.graphql").unwrap();
        for root in ["Query", "Mutation"] {
            for field in schema.get_object(root).unwrap().fields.keys() {
                assert!(OPERATIONS.contains(&field.as_str()), "{field}");
            }
        }
    }
}
