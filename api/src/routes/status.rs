//! The whole at a glance.

use axum::extract::State;
use model::api::SystemStatus;
use process::problem::{Json, Problem};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::caller::Viewer;
use crate::openapi::ListProblems;

/// More pools than this are not shown at a glance; the list has them all.
const POOLS_MAX: i64 = 100;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(read))
}

/// Reads the state of the whole
///
/// Pools with their counts and conditions, the queues of the reconcilers, and whether `services` answers.
#[utoipa::path(get, path = "/api/status", operation_id = "getStatus", tag = "journal",
    responses((status = 200, description = "The state of the whole.", body = SystemStatus), ListProblems))]
async fn read(_: Viewer, State(app): State<App>) -> Result<Json<SystemStatus>, Problem> {
    Ok(Json(SystemStatus {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        pools: app.store().list_pools(None, POOLS_MAX).await?,
        reconcilers: app.store().reconciler_statuses().await?,
        services: app.services().health(),
    }))
}
