//! Containers as stand-ins: the runtime's HTTP surface answered by the simulator itself.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Extension, Path, State};
use axum::http::{HeaderMap, header};
use axum::response::Response;
use axum::routing::{get, post};
use model::agent::{Env, EnvApplied, Health, Provision};
use serde::Deserialize;
use serde_json::{Value, json};

use super::memory::Memory;
use super::{Report, Reporter};
use crate::dice::Dice;
use crate::exchange::{Answer, cut};
use crate::railway::effects::Launch;
use crate::vendor::{Inventory, Refusal, Vendor};
use crate::world::World;

const NAME: &str = "agent";
const OPERATIONS: [&str; 8] =
    ["health", "provision", "status", "env", "restart", "reset", "notify", "message"];
/// Share of `--deploy-seconds` from a stand-in's start until it is healthy.
const START_SHARE: f64 = 0.25;
/// A deaf stand-in holds a request for this long at most: longer than any client waits.
const DEAF_MILLIS: u64 = 120_000;

/// One running stand-in.
#[derive(Clone)]
struct Agent {
    /// Key of its memory: the volume, or itself when it has none.
    memory: String,
    token: Option<String>,
    instance_id: Option<String>,
    /// Where people reach it.
    base: String,
    hung: bool,
    /// Which start of the deployment this is; news of earlier ones are void.
    life: u64,
}

#[derive(Default)]
struct Rooms {
    agents: HashMap<String, Agent>,
    memories: HashMap<String, Memory>,
    last_life: u64,
}

/// All stand-ins.
pub(crate) struct Stubs {
    world: Arc<World>,
    dice: Dice,
    report: Reporter,
    rooms: Mutex<Rooms>,
}

/// The deployment whose domain a request came by; set by the edge.
#[derive(Debug, Clone)]
pub(crate) struct Addressed(pub String);

impl Stubs {
    /// None yet.
    pub fn new(world: Arc<World>, report: Reporter) -> Arc<Self> {
        Arc::new(Self { dice: world.dice_for(NAME), world, report, rooms: Mutex::default() })
    }

    fn rooms(&self) -> MutexGuard<'_, Rooms> {
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts a stand-in; it is healthy a little later.
    pub fn start(self: &Arc<Self>, launch: Launch) {
        let Launch { deployment_id, variables, volume_id, .. } = launch;
        let variable = |name: &str| variables.get(name).cloned();
        let mut rooms = self.rooms();
        rooms.last_life += 1;
        let life = rooms.last_life;
        let agent = Agent {
            memory: volume_id.unwrap_or_else(|| deployment_id.clone()),
            token: variable("GATEWAY_TOKEN").or_else(|| variable("OPENCLAW_GATEWAY_TOKEN")),
            instance_id: variable("INSTANCE_ID"),
            base: format!("http://{}", variable("RAILWAY_PUBLIC_DOMAIN").unwrap_or_default()),
            hung: false,
            life,
        };
        rooms.agents.insert(deployment_id.clone(), agent);
        drop(rooms);
        let start_seconds = self.dice.around(self.world.options.deploy_seconds() * START_SHARE, 0.2);
        let stubs = Arc::downgrade(self);
        let world = self.world.clone();
        tokio::spawn(async move {
            world.clock.sleep_millis((start_seconds * 1000.0) as u64).await;
            let Some(stubs) = stubs.upgrade() else { return };
            let lives = stubs.rooms().agents.get(&deployment_id).is_some_and(|agent| agent.life == life);
            if lives {
                (stubs.report)(Report::Healthy { deployment_id });
            }
        });
    }

    /// Takes a stand-in away.
    pub fn stop(&self, deployment_id: &str) {
        self.rooms().agents.remove(deployment_id);
    }

    /// Takes a stand-in away and reports that it ended.
    pub fn kill(&self, deployment_id: &str) {
        if self.rooms().agents.remove(deployment_id).is_some() {
            let (report, deployment_id) = (self.report.clone(), deployment_id.to_owned());
            // Reports come from outside of Railway's lock, as they do from processes.
            tokio::spawn(async move { report(Report::Exited { deployment_id, clean: false }) });
        }
    }

    /// Makes a stand-in deaf or not.
    pub fn hang(&self, deployment_id: &str, hung: bool) {
        if let Some(agent) = self.rooms().agents.get_mut(deployment_id) {
            agent.hung = hung;
        }
    }

    /// Forgets a volume.
    pub fn remove_volume(&self, volume_id: &str) {
        self.rooms().memories.remove(volume_id);
    }

    /// Forgets everything.
    pub fn remove_all(&self) {
        *self.rooms() = Rooms::default();
    }

    /// The volumes.
    pub fn snapshot(&self) -> Value {
        json!(self.rooms().memories)
    }

    /// Takes the volumes of an earlier run.
    pub fn restore(&self, snapshot: Value) -> Result<(), serde_json::Error> {
        self.rooms().memories = serde_json::from_value(snapshot)?;
        Ok(())
    }

    /// The HTTP surface of all stand-ins; which one is meant is in the request's [`Addressed`].
    pub fn routes(self: &Arc<Self>) -> Router {
        Router::new()
            .route("/pool/health", get(health))
            .route("/pool/provision", post(provision))
            .route("/pool/env", post(set_variables))
            .route("/pool/restart", post(restart))
            .route("/convos/status", get(status))
            .route("/convos/reset", post(reset))
            .route("/convos/notify", post(notify))
            .route("/c/{slug}", get(page))
            .route("/c/{slug}/messages", post(message))
            .with_state(self.clone())
    }

    fn visit(&self, deployment_id: &str, answer: impl FnOnce(&Agent, &mut Memory) -> Answer) -> Answer {
        let mut rooms = self.rooms();
        let Some(agent) = rooms.agents.get(deployment_id).cloned() else { return Answer::page(502) };
        let subject = agent.instance_id.clone();
        let memory = rooms.memories.entry(agent.memory.clone()).or_default();
        let mut given = answer(&agent, memory);
        given.subject = subject;
        given
    }

    /// The same, for callers that hold the gateway token.
    fn trusted(
        &self,
        deployment_id: &str,
        headers: &HeaderMap,
        answer: impl FnOnce(&Agent, &mut Memory) -> Answer,
    ) -> Answer {
        self.visit(deployment_id, |agent, memory| {
            let given = headers.get(header::AUTHORIZATION).and_then(|it| it.to_str().ok());
            let given = given.and_then(|it| it.strip_prefix("Bearer "));
            match given.is_some() && given == agent.token.as_deref() {
                true => answer(agent, memory),
                false => problem(401, "unauthorized"),
            }
        })
    }

    async fn exchange(
        self: Arc<Self>,
        deployment_id: String,
        operation: &str,
        answer: impl FnOnce(&Self, &str) -> Answer + Send,
    ) -> Response {
        let hung = self.rooms().agents.get(&deployment_id).is_some_and(|agent| agent.hung);
        if hung {
            self.world.clock.sleep_millis(DEAF_MILLIS).await;
            return cut();
        }
        self.world.exchange(&StubVendor, operation, || answer(&self, &deployment_id)).await
    }
}

fn problem(status: u16, code: &str) -> Answer {
    Answer::refused(status, json!({"ok": false, "error": code, "code": code}))
}

type Here = Extension<Addressed>;

async fn health(State(stubs): State<Arc<Stubs>>, Extension(Addressed(id)): Here) -> Response {
    let answer = |stubs: &Stubs, id: &str| {
        stubs.visit(id, |agent, _| {
            let health = Health {
                ready: true,
                version: Some(env!("CARGO_PKG_VERSION").into()),
                runtime: Some("stub".into()),
                instance_id: agent.instance_id.clone(),
                ended: false,
            };
            Answer::done(200, json!(health))
        })
    };
    stubs.exchange(id, "health", answer).await
}

async fn provision(
    State(stubs): State<Arc<Stubs>>,
    Extension(Addressed(id)): Here,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let answer = |stubs: &Stubs, id: &str| {
        stubs.trusted(id, &headers, |agent, memory| {
            let Ok(request) = serde_json::from_slice::<Provision>(&body) else {
                return problem(400, "invalid_request");
            };
            let refused = request.join_url.as_ref().is_some_and(|url| url.ends_with("refuse"));
            if refused {
                return problem(500, "join_refused");
            }
            match memory.provision(request, &agent.base, stubs.world.clock.date(), || stubs.dice.uuid()) {
                Ok(provisioned) => Answer::done(200, json!(provisioned)),
                Err(_) => problem(409, "already_bound"),
            }
        })
    };
    stubs.exchange(id, "provision", answer).await
}

async fn set_variables(
    State(stubs): State<Arc<Stubs>>,
    Extension(Addressed(id)): Here,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let answer = |stubs: &Stubs, id: &str| {
        stubs.trusted(id, &headers, |_, memory| {
            let Ok(Env { variables }) = serde_json::from_slice(&body) else {
                return problem(400, "invalid_request");
            };
            let applied = variables.keys().cloned().collect();
            for (name, value) in variables {
                match value {
                    Some(value) => memory.live.insert(name, value),
                    None => memory.live.remove(&name),
                };
            }
            Answer::done(200, json!(EnvApplied { ok: true, applied, restarted: false }))
        })
    };
    stubs.exchange(id, "env", answer).await
}

async fn restart(
    State(stubs): State<Arc<Stubs>>,
    Extension(Addressed(id)): Here,
    headers: HeaderMap,
) -> Response {
    let answer =
        |stubs: &Stubs, id: &str| stubs.trusted(id, &headers, |_, _| Answer::done(200, json!({"ok": true})));
    stubs.exchange(id, "restart", answer).await
}

async fn status(
    State(stubs): State<Arc<Stubs>>,
    Extension(Addressed(id)): Here,
    headers: HeaderMap,
) -> Response {
    let answer = |stubs: &Stubs, id: &str| {
        stubs.trusted(id, &headers, |agent, memory| {
            Answer::done(200, json!(memory.status(&agent.base, stubs.world.clock.date())))
        })
    };
    stubs.exchange(id, "status", answer).await
}

async fn reset(
    State(stubs): State<Arc<Stubs>>,
    Extension(Addressed(id)): Here,
    headers: HeaderMap,
) -> Response {
    let answer = |stubs: &Stubs, id: &str| {
        stubs.trusted(id, &headers, |_, memory| {
            memory.reset();
            Answer::done(200, json!({"ok": true}))
        })
    };
    stubs.exchange(id, "reset", answer).await
}

async fn notify(
    State(stubs): State<Arc<Stubs>>,
    Extension(Addressed(id)): Here,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let answer = |stubs: &Stubs, id: &str| {
        stubs.trusted(id, &headers, |_, memory| {
            let Ok(Message { text }) = serde_json::from_slice(&body) else {
                return problem(400, "invalid_request");
            };
            memory.notices.push(text);
            Answer::done(200, json!({"ok": true}))
        })
    };
    stubs.exchange(id, "notify", answer).await
}

async fn page(
    State(stubs): State<Arc<Stubs>>,
    Extension(Addressed(id)): Here,
    Path(slug): Path<String>,
) -> axum::response::Result<axum::response::Html<String>, axum::http::StatusCode> {
    let mut rooms = stubs.rooms();
    let memory = rooms.agents.get(&id).map(|agent| agent.memory.clone());
    let memory = memory.and_then(|memory| rooms.memories.get_mut(&memory));
    // The slug is ours and plain; the name is not shown, so that nothing of a claim's text becomes markup.
    match memory.is_some_and(|memory| memory.agent_of(&slug).is_some()) {
        true => {
            Ok(axum::response::Html("<!DOCTYPE html><title>Conversation</title><p>A stand-in.".to_owned()))
        }
        false => Err(axum::http::StatusCode::NOT_FOUND),
    }
}

#[derive(Deserialize)]
struct Message {
    text: String,
}

async fn message(
    State(stubs): State<Arc<Stubs>>,
    Extension(Addressed(id)): Here,
    Path(slug): Path<String>,
    body: Bytes,
) -> Response {
    let answer = |stubs: &Stubs, id: &str| {
        stubs.visit(id, |_, memory| {
            let Ok(Message { text }) = serde_json::from_slice(&body) else {
                return problem(400, "invalid_request");
            };
            let Some(name) = memory.agent_of(&slug).map(str::to_owned) else {
                return problem(404, "not_found");
            };
            memory.messages += 1;
            Answer::done(200, json!({"reply": format!("{name} heard: {text}")}))
        })
    };
    stubs.exchange(id, "message", answer).await
}

/// The agents as a vendor: what faults and the journal call them. They have no surface of their own below `/agent`.
pub(crate) struct StubVendor;

impl Vendor for StubVendor {
    fn name(&self) -> &'static str {
        NAME
    }

    fn operations(&self) -> &'static [&'static str] {
        &OPERATIONS
    }

    fn routes(self: Arc<Self>) -> Router {
        Router::new()
    }

    fn inventory(&self) -> Inventory {
        Inventory { things: Value::Null, cost_per_hour: 0.0 }
    }

    fn refusal(&self, refusal: &Refusal<'_>) -> Answer {
        problem(refusal.status, "simulated_fault")
    }

    fn reset(&self) {}

    fn snapshot(&self) -> Value {
        Value::Null
    }

    fn restore(&self, _snapshot: Value) -> Result<(), serde_json::Error> {
        Ok(())
    }
}
