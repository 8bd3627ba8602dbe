//! Probes.

use std::time::Duration;

use axum::extract::State;
use process::problem::{Json, Problem};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::openapi::ProbeProblems;

/// How long `services` may take to show that it is there; a probe must not hang on it.
const SERVICES_TIMEOUT: Duration = Duration::from_secs(1);
/// When a probe that found the database away should come again.
const RETRY_AFTER: Duration = Duration::from_secs(1);

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(alive)).routes(routes!(ready))
}

/// The process lives.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Alive {
    /// Always true.
    pub alive: bool,
}

/// The process can work.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Ready {
    /// Always true; else the answer is 503.
    pub ready: bool,
    /// What works only in part, and why.
    pub degraded: Vec<String>,
}

/// Says that the process lives
///
/// 200 as long as the process answers at all; it looks at nothing else.
#[utoipa::path(get, path = "/healthz", operation_id = "healthz", tag = "health", security(()),
    responses((status = 200, description = "It lives.", body = Alive)))]
async fn alive() -> Json<Alive> {
    Json(Alive { alive: true })
}

/// Says whether the process can work
///
/// It can when its database answers. Without `services` it still takes claims in, and says so in `degraded`.
#[utoipa::path(get, path = "/readyz", operation_id = "readyz", tag = "health", security(()),
    responses((status = 200, description = "It can work.", body = Ready), ProbeProblems))]
async fn ready(State(app): State<App>) -> Result<Json<Ready>, Problem> {
    if !app.store().answers().await {
        return Err(Problem::unavailable(
            "database_unavailable",
            "the database does not answer",
            RETRY_AFTER,
        ));
    }
    let mut health = app.services().health();
    if !health.reachable {
        // Nobody asked it lately, or it was away: ask now, but not for long.
        let _outcome_is_in_health = tokio::time::timeout(SERVICES_TIMEOUT, app.registry.tools()).await;
        health = app.services().health();
    }
    let degraded = if health.reachable {
        Vec::new()
    } else {
        vec![format!(
            "services does not answer{}",
            health.problem.map(|why| format!(": {why}")).unwrap_or_default()
        )]
    };
    Ok(Json(Ready { ready: true, degraded }))
}
