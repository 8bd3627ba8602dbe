//! Tools.

use axum::extract::State;
use model::api::Page;
use model::services::Tool;
use process::problem::{Json, Problem};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::caller::Viewer;
use crate::openapi::ListProblems;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list))
}

/// Lists the tools that agents can have
///
/// With what a user has to bring (`userConfigSchema`) and whether each can be used now. All on one page.
#[utoipa::path(get, path = "/api/tools", operation_id = "listTools", tag = "templates",
    responses((status = 200, description = "The tools.", body = Page<Tool>), ListProblems))]
async fn list(_: Viewer, State(app): State<App>) -> Result<Json<Page<Tool>>, Problem> {
    Ok(Json(Page { items: app.registry.tools().await?.to_vec(), next_cursor: None }))
}
