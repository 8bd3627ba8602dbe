//! Probes.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use model::services::VendorState;
use process::database;
use process::problem::{Json, Problem};
use serde::Serialize;

use crate::app::Services;

/// When a probe that found the database away should come again.
const RETRY_AFTER: Duration = Duration::from_secs(1);

#[derive(Serialize)]
pub struct Alive {
    alive: bool,
}

/// The process can work; vendors that are away are told, and heal without us.
#[derive(Serialize)]
pub struct Ready {
    ready: bool,
    degraded: Vec<String>,
    vendors: Vec<VendorState>,
}

/// `GET /healthz`
pub async fn alive() -> Json<Alive> {
    Json(Alive { alive: true })
}

/// `GET /readyz`
pub async fn ready(State(services): State<Arc<Services>>) -> Result<Json<Ready>, Problem> {
    if !database::answers(services.ledger.pool()).await {
        return Err(Problem::unavailable(
            "database_unavailable",
            "the database does not answer",
            RETRY_AFTER,
        ));
    }
    let vendors = services.vendors.states();
    let degraded = vendors
        .iter()
        .filter_map(|vendor| vendor.problem.as_ref().map(|problem| format!("{}: {problem}", vendor.name)))
        .collect();
    Ok(Json(Ready { ready: true, degraded, vendors }))
}
