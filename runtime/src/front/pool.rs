//! `/pool/*`: what the fleet asks of a container.

use std::time::Duration;

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use model::agent::{Env, EnvApplied, Health, Provision};
use process::problem::{Json, Problem};
use process::trace::{self, within};
use serde::Deserialize;
use serde_json::{Value, json};
use tracing::{Instrument, info, warn};

use super::{Front, Trusted, delivery};
use crate::refusal::Refusal;
use crate::variables::{self, Changes};

/// A caller waits this long for the agent to be back; after that it comes back by itself.
const RESTART_WAIT: Duration = Duration::from_secs(60);

/// `GET /pool/health`, open: 503 until the agent can be provisioned.
pub async fn health(State(front): State<Front>) -> Response {
    let ready = front.supervisor.address().is_some();
    let health = Health {
        ready,
        version: Some(env!("CARGO_PKG_VERSION").into()),
        runtime: Some(front.about.kind.word().into()),
        instance_id: front.about.instance_id.clone(),
        ended: front.supervisor.ended(),
    };
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Answer(health)).into_response()
}

/// `POST /pool/provision`.
pub async fn provision(
    _caller: Trusted,
    State(front): State<Front>,
    body: Result<Json<Provision>, Problem>,
) -> Result<Response, Refusal> {
    let Json(asked) = body?;
    delivery::check(&asked)?;
    let done = delivery::provision(front, asked).await?;
    Ok(Answer(done).into_response())
}

/// `POST /pool/restart`; the images before this one take variables here.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Restart {
    #[serde(default)]
    env: Changes,
}

/// `POST /pool/restart`: ends the agent's process and waits until the next one is ready.
pub async fn restart(
    _caller: Trusted,
    State(front): State<Front>,
    body: Result<Option<Json<Restart>>, Problem>,
) -> Result<Answer<Value>, Refusal> {
    let changes = body?.map(|Json(restart)| restart.env).unwrap_or_default();
    check(&changes)?;
    let work = async move {
        let _in_order = front.variables_in_order.lock().await;
        if !changes.is_empty() {
            front.environment.take(changes).await?;
        }
        info!("the agent is started again as asked");
        front.supervisor.restart(RESTART_WAIT).await.map_err(|_| Refusal::not_ready())
    };
    to_its_end(work).await?;
    Ok(Answer(json!({ "ok": true })))
}

/// `GET /pool/env`: the names of what was given live, never a value.
pub async fn variables(_caller: Trusted, State(front): State<Front>) -> Answer<Value> {
    let all: Vec<String> = front.environment.variables().into_keys().collect();
    Answer(json!({ "ok": true, "live": front.environment.live_names().await, "variables": all }))
}

/// `POST /pool/env`: kept on the volume, then given to the running agent, by a restart when it cannot take them live.
pub async fn set_variables(
    _caller: Trusted,
    State(front): State<Front>,
    body: Result<Json<Env>, Problem>,
) -> Result<Answer<EnvApplied>, Refusal> {
    let Json(Env { variables: changes }) = body?;
    check(&changes)?;
    let applied: Vec<String> = changes.keys().cloned().collect();
    let restarted = to_its_end(async move { hand_over(&front, changes).await }).await?;
    Ok(Answer(EnvApplied { ok: true, applied, restarted }))
}

async fn hand_over(front: &Front, changes: Changes) -> Result<bool, Refusal> {
    let _in_order = front.variables_in_order.lock().await;
    if !front.environment.take(changes.clone()).await? {
        return Ok(false);
    }
    info!(names = changes.keys().cloned().collect::<Vec<_>>().join(" "), "variables were changed");
    if let Some(address) = front.supervisor.address() {
        match front.agent.set_variables(address, &changes).await {
            Ok(()) => return Ok(false),
            Err(error) => info!("the agent takes no variables live ({error}) and is started again"),
        }
    }
    // An agent that is only starting may have begun with the old ones.
    if let Err(error) = front.supervisor.restart(RESTART_WAIT).await {
        warn!("{error}; its next life has the new variables");
    }
    Ok(true)
}

fn check(changes: &Changes) -> Result<(), Refusal> {
    variables::check(changes).map_err(|error| Problem::invalid_field("variables", error.to_string()).into())
}

/// Runs to its end even when the caller goes away in the middle, in the caller's trace and span.
pub async fn to_its_end<T: Send + 'static>(
    work: impl Future<Output = Result<T, Refusal>> + Send + 'static,
) -> Result<T, Refusal> {
    let work = within(trace::current(), work).in_current_span();
    tokio::spawn(work).await.unwrap_or_else(|_panic_or_stop| Err(Problem::internal().into()))
}
