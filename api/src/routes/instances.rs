//! Instances.

use axum::extract::State;
use axum::http::StatusCode;
use controller::store::destroy::DestroyWish;
use controller::store::read_instances::InstanceFilter;
use controller::store::spec_instances::InstanceChange;
use controller::wake::Queue;
use model::Timestamp;
use model::api::{DestroyRequestView, InstancePatch, InstanceView, Page, RedeployRequest};
use model::id::InstanceId;
use model::words::{DestroyReason, InstanceStatus, Role};
use process::clock::now;
use process::problem::{Json, Path, Problem, Query};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::app::App;
use crate::caller::{Caller, Operator, Viewer};
use crate::limits::{Checks, KEY_CHARACTERS_MAX};
use crate::openapi::{ActProblems, ChangeProblems, ListProblems, ReadProblems};
use crate::page::Wanted;
use crate::view;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(read, protect, destroy))
        .routes(routes!(redeploy))
        .routes(routes!(recheck))
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
    /// Only those of this pool.
    pool: Option<String>,
    /// Only those in this state.
    status: Option<InstanceStatus>,
    /// Only those of this owner.
    owner_id: Option<String>,
    /// Only those made from this template.
    template_id: Option<Uuid>,
    /// Tombstones too.
    #[serde(default)]
    include_deleted: bool,
}

/// Lists instances, newest first
///
/// Tombstones are listed only with `includeDeleted=true` or `status=deleted`.
#[utoipa::path(get, path = "/api/instances", operation_id = "listInstances", tag = "instances", params(Listing),
    responses((status = 200, description = "A page.", body = Page<InstanceView>), ListProblems))]
async fn list(
    _: Viewer,
    State(app): State<App>,
    Query(listing): Query<Listing>,
) -> Result<Json<Page<InstanceView>>, Problem> {
    let wanted = Wanted::<(Timestamp, String)>::read(listing.limit, listing.cursor.as_deref())?;
    check_filters(&[("pool", listing.pool.as_deref()), ("ownerId", listing.owner_id.as_deref())])?;
    let filter = InstanceFilter {
        pool: listing.pool,
        status: listing.status,
        owner_id: listing.owner_id,
        template_id: listing.template_id,
        include_deleted: listing.include_deleted,
    };
    let rows = app.store().list_instances(&filter, wanted.after.as_ref(), wanted.rows()).await?;
    Ok(Json(wanted.page(rows, |row| (row.created_at, row.id.to_string()), view::instance)))
}

/// Reads an instance
///
/// A destroyed one is a tombstone with `status: "deleted"`.
#[utoipa::path(get, path = "/api/instances/{id}", operation_id = "getInstance", tag = "instances",
    params(("id" = String, Path, description = "The instance.")),
    responses((status = 200, description = "The instance.", body = InstanceView), ReadProblems))]
async fn read(
    _: Viewer,
    State(app): State<App>,
    Path(id): Path<InstanceId>,
) -> Result<Json<InstanceView>, Problem> {
    let record = app.store().instance(&id).await?.ok_or_else(|| unknown(&id))?;
    Ok(Json(view::instance(record)))
}

/// Protects an instance from being destroyed, or no longer
///
/// A protected instance is neither destroyed as surplus nor by an operator without `force`; nor is it
/// claimed.
#[utoipa::path(patch, path = "/api/instances/{id}", operation_id = "patchInstance", tag = "instances",
    params(("id" = String, Path, description = "The instance.")), request_body = InstancePatch,
    responses((status = 200, description = "The instance.", body = InstanceView), ChangeProblems))]
async fn protect(
    Operator(caller): Operator,
    State(app): State<App>,
    Path(id): Path<InstanceId>,
    Json(patch): Json<InstancePatch>,
) -> Result<Json<InstanceView>, Problem> {
    let Some(protected) = patch.protected else { return read(Viewer(caller), State(app), Path(id)).await };
    let change = app.store().protect_instance(&id, protected, &caller.actor(), now()).await?;
    app.wake().queue(Queue::Instance);
    changed(&id, change).map(Json)
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Destroying {
    /// Also when it is protected; needs role admin.
    #[serde(default)]
    force: bool,
}

/// Asks for an instance's destruction
///
/// Asking again gives the same destroy request. A protected instance is refused unless `force=true` (role admin).
#[utoipa::path(delete, path = "/api/instances/{id}", operation_id = "destroyInstance", tag = "instances",
    params(("id" = String, Path, description = "The instance."), Destroying),
    responses((status = 202, description = "The destroy request.", body = DestroyRequestView), ActProblems))]
async fn destroy(
    Operator(caller): Operator,
    State(app): State<App>,
    Path(id): Path<InstanceId>,
    Query(destroying): Query<Destroying>,
) -> Result<(StatusCode, Json<DestroyRequestView>), Problem> {
    if destroying.force && !caller.is(Role::Admin) {
        return Err(Problem::forbidden("force needs a key with role admin"));
    }
    file_destroy(&app, &caller, &id, destroying.force).await
}

/// Files a destroy request, or finds the one there is.
pub(super) async fn file_destroy(
    app: &App,
    caller: &Caller,
    id: &InstanceId,
    force: bool,
) -> Result<(StatusCode, Json<DestroyRequestView>), Problem> {
    let wish =
        app.store().request_destroy(id, DestroyReason::Operator, &caller.actor(), force, now()).await?;
    match wish {
        DestroyWish::Filed(request) => {
            app.wake().queue(Queue::Destroy);
            Ok((StatusCode::ACCEPTED, Json(view::destroy_request(*request))))
        }
        DestroyWish::Protected => Err(Problem::conflict(format!("instance {id} is protected"))),
        DestroyWish::UnknownInstance => Err(unknown(id)),
    }
}

/// Deploys an instance anew
///
/// With its present image, or with another one. While this lasts it cannot be claimed; one that serves somebody
/// stays theirs. Asking again while a redeploy is under way changes nothing.
#[utoipa::path(post, path = "/api/instances/{id}/redeploy", operation_id = "redeployInstance", tag = "instances",
    params(("id" = String, Path, description = "The instance.")), request_body = Option<RedeployRequest>,
    responses((status = 202, description = "The instance.", body = InstanceView), ChangeProblems))]
async fn redeploy(
    Operator(caller): Operator,
    State(app): State<App>,
    Path(id): Path<InstanceId>,
    body: Option<Json<RedeployRequest>>,
) -> Result<(StatusCode, Json<InstanceView>), Problem> {
    let wish = body.map(|Json(wish)| wish).unwrap_or_default();
    if let Some(image) = &wish.image {
        let mut checks = Checks::default();
        checks.image("image", image);
        checks.finish()?;
    }
    let change = app.store().request_redeploy(&id, wish.image.as_deref(), &caller.actor(), now()).await?;
    app.wake().queue(Queue::Instance);
    Ok((StatusCode::ACCEPTED, Json(changed(&id, change)?)))
}

/// Has an instance looked at now
///
/// Its next look is due at once instead of at the next tick. The answer is the instance as it was seen last.
#[utoipa::path(post, path = "/api/instances/{id}/recheck", operation_id = "recheckInstance", tag = "instances",
    params(("id" = String, Path, description = "The instance.")),
    responses((status = 202, description = "The instance.", body = InstanceView), ActProblems))]
async fn recheck(
    _: Operator,
    State(app): State<App>,
    Path(id): Path<InstanceId>,
) -> Result<(StatusCode, Json<InstanceView>), Problem> {
    let change = app.store().request_recheck(&id).await?;
    app.wake().queue(Queue::Instance);
    app.wake().queue(Queue::Creation);
    Ok((StatusCode::ACCEPTED, Json(changed(&id, change)?)))
}

fn changed(id: &InstanceId, change: InstanceChange) -> Result<InstanceView, Problem> {
    match change {
        InstanceChange::Recorded(record) => Ok(view::instance(*record)),
        InstanceChange::Forbidden(status) => {
            Err(Problem::conflict(format!("instance {id} is {status}, which forbids it")))
        }
        InstanceChange::Unknown => Err(unknown(id)),
    }
}

pub(super) fn unknown(id: &InstanceId) -> Problem {
    Problem::not_found(format!("there is no instance {id}"))
}

/// A filter that nothing can match is still a text of bounded length.
pub(super) fn check_filters(filters: &[(&str, Option<&str>)]) -> Result<(), Problem> {
    let mut checks = Checks::default();
    for (name, value) in filters {
        checks.optional_line(name, *value, KEY_CHARACTERS_MAX);
    }
    checks.finish()
}
