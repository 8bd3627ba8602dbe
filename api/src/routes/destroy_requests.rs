//! Destroy requests.

use axum::extract::State;
use axum::http::StatusCode;
use controller::store::read_destroys::DestroyFilter;
use model::api::{DestroyRequestView, NewDestroyRequest, Page};
use model::id::InstanceId;
use model::words::{DestroyPhase, DestroyReason};
use process::problem::{Json, Path, Problem, Query};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::instances::{check_filters, file_destroy};
use crate::app::App;
use crate::caller::{Operator, Viewer};
use crate::openapi::{CreateProblems, ListProblems, ReadProblems};
use crate::page::Wanted;
use crate::view;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(read))
}

#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Listing {
    /// Rows at most.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// `nextCursor` of the page before.
    cursor: Option<String>,
    /// Only those this far.
    phase: Option<DestroyPhase>,
    /// Only those for this reason.
    reason: Option<DestroyReason>,
    /// Only those of instances of this pool.
    pool: Option<String>,
    /// Only that of this instance.
    instance_id: Option<InstanceId>,
}

/// Lists destroy requests, newest first
///
/// Filtered by phase, reason or instance. Those that are done stay readable for a while.
#[utoipa::path(get, path = "/api/destroy-requests", operation_id = "listDestroyRequests", tag = "destroy requests",
    params(Listing), responses((status = 200, description = "A page.", body = Page<DestroyRequestView>), ListProblems))]
async fn list(
    _: Viewer,
    State(app): State<App>,
    Query(listing): Query<Listing>,
) -> Result<Json<Page<DestroyRequestView>>, Problem> {
    let wanted = Wanted::<Uuid>::read(listing.limit, listing.cursor.as_deref())?;
    check_filters(&[("pool", listing.pool.as_deref())])?;
    let filter = DestroyFilter {
        phase: listing.phase,
        reason: listing.reason,
        pool: listing.pool,
        instance_id: listing.instance_id,
    };
    let rows = app.store().list_destroys(&filter, wanted.after, wanted.rows()).await?;
    Ok(Json(wanted.page(rows, |row| row.id, view::destroy_request)))
}

/// Asks for an instance's destruction
///
/// There is one request an instance: asking again gives the same one.
#[utoipa::path(post, path = "/api/destroy-requests", operation_id = "createDestroyRequest", tag = "destroy requests",
    request_body = NewDestroyRequest,
    responses((status = 202, description = "The destroy request.", body = DestroyRequestView), CreateProblems))]
async fn create(
    Operator(caller): Operator,
    State(app): State<App>,
    Json(wish): Json<NewDestroyRequest>,
) -> Result<(StatusCode, Json<DestroyRequestView>), Problem> {
    let id: InstanceId =
        wish.instance_id.parse().map_err(|_| Problem::not_found("there is no instance of this id"))?;
    file_destroy(&app, &caller, &id, false).await
}

/// Reads a destroy request
///
/// Its phase, how often it was tried, and what it met last. It never fails for good.
#[utoipa::path(get, path = "/api/destroy-requests/{id}", operation_id = "getDestroyRequest", tag = "destroy requests",
    params(("id" = Uuid, Path, description = "The destroy request.")),
    responses((status = 200, description = "The destroy request.", body = DestroyRequestView), ReadProblems))]
async fn read(
    _: Viewer,
    State(app): State<App>,
    Path(id): Path<Uuid>,
) -> Result<Json<DestroyRequestView>, Problem> {
    Ok(Json(view::destroy_request(app.store().destroy_request(id).await?.ok_or_else(|| unknown(id))?)))
}

pub(super) fn unknown(id: Uuid) -> Problem {
    Problem::not_found(format!("there is no destroy request {id}"))
}
