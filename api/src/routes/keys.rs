//! Keys of this API.

use axum::extract::State;
use axum::http::StatusCode;
use model::api::{KeyRequest, KeyView, Page};
use process::auth::{Digest, new_token};
use process::clock::now;
use process::problem::{Json, Path, Problem, Query};
use secrecy::ExposeSecret;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::app::App;
use crate::caller::Admin;
use crate::limits::Checks;
use crate::openapi::{ActProblems, CreateProblems, ListProblems};
use crate::page::Wanted;
use crate::view;

/// What our keys begin with, so that people and scanners know what they have found.
const KEY_PREFIX: &str = "pool_";

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(remove))
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Listing {
    /// Rows at most.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// `nextCursor` of the page before.
    cursor: Option<String>,
}

/// Lists keys, newest first
///
/// Without the keys themselves, which are not kept.
#[utoipa::path(get, path = "/api/keys", operation_id = "listKeys", tag = "keys", params(Listing),
    responses((status = 200, description = "A page.", body = Page<KeyView>), ListProblems))]
async fn list(
    _: Admin,
    State(app): State<App>,
    Query(listing): Query<Listing>,
) -> Result<Json<Page<KeyView>>, Problem> {
    let wanted = Wanted::<Uuid>::read(listing.limit, listing.cursor.as_deref())?;
    let rows = app.store().list_keys(wanted.after, wanted.rows()).await?;
    Ok(Json(wanted.page(rows, |row| row.id, view::key)))
}

/// Makes a key
///
/// It is shown in this answer and never again.
#[utoipa::path(post, path = "/api/keys", operation_id = "createKey", tag = "keys", request_body = KeyRequest,
    responses((status = 201, description = "The key.", body = KeyView), CreateProblems))]
async fn create(
    Admin(caller): Admin,
    State(app): State<App>,
    Json(body): Json<KeyRequest>,
) -> Result<(StatusCode, Json<KeyView>), Problem> {
    let mut checks = Checks::default();
    checks.name("name", &body.name);
    checks.finish()?;
    let token = new_token(KEY_PREFIX);
    let digest = Digest::of(token.expose_secret());
    let key =
        app.store().create_key(&body.name, body.role, digest.as_bytes(), &caller.actor(), now()).await?;
    let shown = KeyView { key: Some(token.expose_secret().to_owned()), ..view::key(key) };
    Ok((StatusCode::CREATED, Json(shown)))
}

/// Revokes a key
///
/// It is refused from the next request on, and so are the sessions that were made with it.
#[utoipa::path(delete, path = "/api/keys/{id}", operation_id = "deleteKey", tag = "keys",
    params(("id" = Uuid, Path, description = "The key.")),
    responses((status = 204, description = "It opens nothing any more."), ActProblems))]
async fn remove(
    Admin(caller): Admin,
    State(app): State<App>,
    Path(id): Path<Uuid>,
) -> Result<StatusCode, Problem> {
    if app.store().delete_key(id, &caller.actor(), now()).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Problem::not_found(format!("there is no key {id}")))
    }
}
