//! Pools: their spec is the operators', their status the reconciler's.

use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use controller::store::spec_pools::{Expected, PoolChange, PoolRemoval};
use model::Timestamp;
use model::api::{Page, PoolPreview, PoolView};
use model::plan::pool::Step;
use model::record::{DEFAULT_POOL, PoolSpec};
use process::clock::now;
use process::problem::{Json, Path, Problem, Query, read_json};
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::caller::{Caller, Operator, Viewer};
use crate::etag::{self, Match};
use crate::explain;
use crate::openapi::{ActProblems, ChangeProblems, CreateProblems, ListProblems, ReadProblems};
use crate::page::Wanted;
use crate::pool_spec;

/// A change that meets another one tries again on the new state, at most this often.
const ATTEMPTS_MAX: usize = 5;

type Answer = ([(HeaderName, HeaderValue); 1], Json<PoolView>);

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(read, put, patch, remove))
        .routes(routes!(drain))
        .routes(routes!(preview))
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

/// Lists pools, newest first
///
/// Each with its spec, its counts, its conditions and what the planner said last.
#[utoipa::path(get, path = "/api/pools", operation_id = "listPools", tag = "pools", params(Listing),
    responses((status = 200, description = "A page.", body = Page<PoolView>), ListProblems))]
async fn list(
    _: Viewer,
    State(app): State<App>,
    Query(listing): Query<Listing>,
) -> Result<Json<Page<PoolView>>, Problem> {
    let wanted = Wanted::<(Timestamp, String)>::read(listing.limit, listing.cursor.as_deref())?;
    let rows = app.store().list_pools(wanted.after.as_ref(), wanted.rows()).await?;
    Ok(Json(wanted.page(rows, |row| (row.created_at, row.name.clone()), |row| row)))
}

/// A name, and a spec whose fields stand beside it: described by [`describe_pools`], since a schema that admits no
/// unknown fields cannot be put together with another one.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its name is used; the body is read in two parts")]
struct NewPool {
    name: String,
}

/// Describes what a pool may be where deriving does not: the body that makes one is the fields of the spec, and the name.
pub(super) fn describe_pools(openapi: &mut utoipa::openapi::OpenApi) {
    let schemas = &mut openapi.components.get_or_insert_default().schemas;
    let Some(RefOr::T(Schema::Object(spec))) = schemas.get("PoolSpec") else { return };
    let mut body = spec.clone();
    let name = ObjectBuilder::new()
        .schema_type(Type::String)
        .pattern(Some("^[a-z0-9][a-z0-9-]{0,62}$"))
        .description(Some("Lower-case letters, digits and dashes, beginning with a letter or digit."));
    body.properties.insert("name".to_owned(), name.into());
    body.required.push("name".to_owned());
    body.description = Some("A name, and a spec whose fields stand beside it.".to_owned());
    schemas.insert("NewPool".to_owned(), RefOr::T(Schema::Object(body)));
    close_sizings(schemas.get_mut("Sizing"));
}

/// A sizing of one kind admits no field of the other: the derived description does not say so.
fn close_sizings(sizing: Option<&mut RefOr<Schema>>) {
    let Some(RefOr::T(Schema::OneOf(sizing))) = sizing else { return };
    for kind in &mut sizing.items {
        if let RefOr::T(Schema::Object(kind)) = kind {
            kind.additional_properties = Some(Box::new(AdditionalProperties::FreeForm(false)));
        }
    }
}

/// Makes a pool
///
/// Fields of the spec that are missing take their defaults.
#[utoipa::path(post, path = "/api/pools", operation_id = "createPool", tag = "pools", request_body = NewPool,
    responses((status = 201, description = "The pool.", body = PoolView), CreateProblems))]
async fn create(
    Operator(caller): Operator,
    State(app): State<App>,
    Json(mut body): Json<Map<String, Value>>,
) -> Result<(StatusCode, Answer), Problem> {
    let Some(Value::String(name)) = body.remove("name") else {
        return Err(Problem::invalid_field("name", "must be a text"));
    };
    let spec = typed(&body)?;
    pool_spec::check_name(&name)?;
    pool_spec::check(&spec)?;
    match app.store().put_pool(&name, &spec, Expected::Nothing, &caller.actor(), now()).await? {
        PoolChange::NotExpected => Err(Problem::conflict(format!("there is a pool {name} already"))),
        _ => Ok((StatusCode::CREATED, answer(&app, &name).await?)),
    }
}

/// Reads a pool
///
/// Its spec, its counts, its conditions and what the planner said last. The `ETag` is for `If-Match`.
#[utoipa::path(get, path = "/api/pools/{name}", operation_id = "getPool", tag = "pools",
    params(("name" = String, Path, description = "The pool.")),
    responses((status = 200, description = "The pool; its generation is the `ETag`.", body = PoolView), ReadProblems))]
async fn read(_: Viewer, State(app): State<App>, Path(name): Path<String>) -> Result<Answer, Problem> {
    answer(&app, &name).await
}

/// Writes the spec of a pool, or makes it
///
/// The body is the spec itself; missing fields take their defaults. A lower `minIdle` destroys the surplus at once.
#[utoipa::path(put, path = "/api/pools/{name}", operation_id = "putPool", tag = "pools",
    params(
        ("name" = String, Path, description = "The pool."),
        ("If-Match" = Option<String>, Header, description = "Only in this version (the `ETag` as it was read), or `*`: only if it is there."),
    ),
    request_body = PoolSpec,
    responses(
        (status = 200, description = "The pool, changed.", body = PoolView),
        (status = 201, description = "The pool, made.", body = PoolView),
        ChangeProblems
    ))]
async fn put(
    Operator(caller): Operator,
    State(app): State<App>,
    Path(name): Path<String>,
    headers: HeaderMap,
    Json(spec): Json<PoolSpec>,
) -> Result<(StatusCode, Answer), Problem> {
    pool_spec::check_name(&name)?;
    pool_spec::check(&spec)?;
    let expected = match etag::if_match(&headers)? {
        Match::Anything => Expected::Anything,
        Match::Something => Expected::Something,
        Match::Version(generation) => Expected::Generation(generation),
    };
    let change = app.store().put_pool(&name, &spec, expected, &caller.actor(), now()).await?;
    app.wake().pool(&name);
    match change {
        PoolChange::NotExpected => Err(etag::changed()),
        PoolChange::Created => Ok((StatusCode::CREATED, answer(&app, &name).await?)),
        PoolChange::Changed | PoolChange::Unchanged => Ok((StatusCode::OK, answer(&app, &name).await?)),
    }
}

/// Changes a part of a pool's spec
///
/// A JSON merge patch (RFC 7396): what is not named stays, `null` removes an optional field.
#[utoipa::path(patch, path = "/api/pools/{name}", operation_id = "patchPool", tag = "pools",
    params(
        ("name" = String, Path, description = "The pool."),
        ("If-Match" = Option<String>, Header, description = "Only in this version: the `ETag` as it was read."),
    ),
    request_body = PoolSpec,
    responses((status = 200, description = "The pool.", body = PoolView), ChangeProblems))]
async fn patch(
    Operator(caller): Operator,
    State(app): State<App>,
    Path(name): Path<String>,
    headers: HeaderMap,
    Json(patch): Json<Map<String, Value>>,
) -> Result<Answer, Problem> {
    let wanted = etag::if_match(&headers)?;
    change(&app, &caller, &name, wanted, |spec| typed(&pool_spec::merged(spec, &patch))).await
}

/// Removes a pool
///
/// It must hold no live members and claims: drain it first. The pool that the configuration makes stays.
#[utoipa::path(delete, path = "/api/pools/{name}", operation_id = "deletePool", tag = "pools",
    params(("name" = String, Path, description = "The pool.")),
    responses((status = 204, description = "It is gone."), ActProblems))]
async fn remove(
    Operator(caller): Operator,
    State(app): State<App>,
    Path(name): Path<String>,
) -> Result<StatusCode, Problem> {
    if name == DEFAULT_POOL {
        return Err(Problem::conflict("the default pool cannot be removed; set its minIdle to 0 instead"));
    }
    match app.store().remove_pool(&name, &caller.actor(), now()).await? {
        PoolRemoval::Removed => Ok(StatusCode::NO_CONTENT),
        PoolRemoval::Unknown => Err(unknown(&name)),
        PoolRemoval::InUse { members, claims } => {
            Err(Problem::conflict(format!("pool {name} has {members} live members and {claims} live claims")))
        }
    }
}

/// Gives up the idle members of a pool
///
/// Sets `minIdle` to 0 and removes the sizing. Members that serve somebody stay.
#[utoipa::path(post, path = "/api/pools/{name}/drain", operation_id = "drainPool", tag = "pools",
    params(("name" = String, Path, description = "The pool.")),
    responses((status = 202, description = "The pool.", body = PoolView), ActProblems))]
async fn drain(
    Operator(caller): Operator,
    State(app): State<App>,
    Path(name): Path<String>,
) -> Result<(StatusCode, Answer), Problem> {
    let drained = |spec: &PoolSpec| Ok(PoolSpec { min_idle: 0, sizing: None, ..spec.clone() });
    Ok((StatusCode::ACCEPTED, change(&app, &caller, &name, Match::Anything, drained).await?))
}

/// Tells what would be done with another spec
///
/// The planner's next step if the pool had this spec now. Nothing is changed.
#[utoipa::path(post, path = "/api/pools/{name}/preview", operation_id = "previewPool", tag = "pools",
    params(("name" = String, Path, description = "The pool.")), request_body = PoolSpec,
    responses((status = 200, description = "What would be done.", body = PoolPreview), CreateProblems))]
async fn preview(
    _: Viewer,
    State(app): State<App>,
    Path(name): Path<String>,
    Json(spec): Json<PoolSpec>,
) -> Result<Json<PoolPreview>, Problem> {
    pool_spec::check(&spec)?;
    let facts = super::explain::facts(&app, &name, Some(spec)).await?;
    let desired = u64::from(facts.sized.target);
    let decision = facts.foresee(now());
    let plan = explain::plan(&decision, explain::pool_step);
    let (create, destroy) = match decision.step {
        Step::Create(count, _) => (count as u64, Vec::new()),
        Step::Shrink(ids, _) => (0, ids),
        Step::Turn(_) | Step::Nothing => (0, Vec::new()),
    };
    Ok(Json(PoolPreview { desired, create, destroy, plan }))
}

/// Reads, changes and writes back, on the newest state unless a version was named.
async fn change(
    app: &App,
    caller: &Caller,
    name: &str,
    wanted: Match,
    changed: impl Fn(&PoolSpec) -> Result<PoolSpec, Problem>,
) -> Result<Answer, Problem> {
    for _ in 0..ATTEMPTS_MAX {
        let pool = app.store().pool(name).await?.ok_or_else(|| unknown(name))?;
        if matches!(wanted, Match::Version(generation) if generation != pool.generation) {
            return Err(etag::changed());
        }
        let spec = changed(&pool.spec)?;
        pool_spec::check(&spec)?;
        let expected = Expected::Generation(pool.generation);
        if app.store().put_pool(name, &spec, expected, &caller.actor(), now()).await?
            != PoolChange::NotExpected
        {
            app.wake().pool(name);
            return answer(app, name).await;
        }
    }
    Err(Problem::conflict(format!("pool {name} is being changed by others at the same time; try again")))
}

async fn answer(app: &App, name: &str) -> Result<Answer, Problem> {
    let pool = app.store().pool(name).await?.ok_or_else(|| unknown(name))?;
    Ok((etag::header(pool.generation), Json(pool)))
}

fn typed(fields: &Map<String, Value>) -> Result<PoolSpec, Problem> {
    let text = serde_json::to_vec(fields).map_err(|_| Problem::internal())?;
    read_json(&text)
}

pub(crate) fn unknown(name: &str) -> Problem {
    let name: String = name.chars().take(64).collect();
    Problem::not_found(format!("there is no pool {name:?}"))
}
