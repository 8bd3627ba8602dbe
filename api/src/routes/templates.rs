//! Templates.

use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use controller::store::templates::{TemplateContent, Viewpoint};
use model::api::{Page, TemplateRequest, TemplateView, VisibilityRequest};
use model::record::Template;
use model::words::{Role, Visibility};
use process::clock::now;
use process::problem::{Json, Path, Problem, Query};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::instances::check_filters;
use crate::app::App;
use crate::caller::{Caller, Operator, Viewer};
use crate::etag::{self, Match};
use crate::intake;
use crate::limits::{Checks, KEY_CHARACTERS_MAX, NAME_CHARACTERS_MAX, TOOLS_MAX};
use crate::openapi::{ActProblems, ChangeProblems, CreateProblems, ListProblems, ReadProblems};
use crate::page::Wanted;
use crate::view;

type Answer = ([(HeaderName, HeaderValue); 1], Json<TemplateView>);

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(read, replace, remove))
        .routes(routes!(publish))
}

/// Operators see every template; others the public ones.
fn viewpoint(caller: &Caller) -> Viewpoint<'static> {
    if caller.is(Role::Operator) { Viewpoint::Operator } else { Viewpoint::Public }
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
    /// Only private or only public ones.
    visibility: Option<Visibility>,
    /// Only those of this creator.
    creator_id: Option<String>,
}

/// Lists templates, newest first
///
/// Private ones are listed for operators only.
#[utoipa::path(get, path = "/api/templates", operation_id = "listTemplates", tag = "templates", params(Listing),
    responses((status = 200, description = "A page.", body = Page<TemplateView>), ListProblems))]
async fn list(
    Viewer(caller): Viewer,
    State(app): State<App>,
    Query(listing): Query<Listing>,
) -> Result<Json<Page<TemplateView>>, Problem> {
    let wanted = Wanted::<Uuid>::read(listing.limit, listing.cursor.as_deref())?;
    check_filters(&[("creatorId", listing.creator_id.as_deref())])?;
    let creator = listing.creator_id.as_deref();
    let rows = app
        .store()
        .list_templates(viewpoint(&caller), listing.visibility, creator, wanted.after, wanted.rows())
        .await?;
    Ok(Json(wanted.page(rows, |row| row.id, view::template)))
}

/// Makes a template
///
/// Private unless said otherwise.
#[utoipa::path(post, path = "/api/templates", operation_id = "createTemplate", tag = "templates",
    request_body = TemplateRequest,
    responses((status = 201, description = "The template.", body = TemplateView), CreateProblems))]
async fn create(
    Operator(caller): Operator,
    State(app): State<App>,
    Json(body): Json<TemplateRequest>,
) -> Result<(StatusCode, Answer), Problem> {
    let content = checked(&app, body).await?;
    let template = app.store().create_template(&content, &caller.actor(), now()).await?;
    Ok((StatusCode::CREATED, answer(template)))
}

/// Reads a template
///
/// A private one only for operators; for others it is as if it were not there. The `ETag` is for `If-Match`.
#[utoipa::path(get, path = "/api/templates/{id}", operation_id = "getTemplate", tag = "templates",
    params(("id" = Uuid, Path, description = "The template.")),
    responses((status = 200, description = "The template.", body = TemplateView), ReadProblems))]
async fn read(
    Viewer(caller): Viewer,
    State(app): State<App>,
    Path(id): Path<Uuid>,
) -> Result<Answer, Problem> {
    Ok(answer(app.store().template(id, viewpoint(&caller)).await?.ok_or_else(|| unknown(id))?))
}

/// Replaces a template's content
///
/// Agents that were made from it are told. `creatorId` and `visibility` stay when they are left out.
#[utoipa::path(put, path = "/api/templates/{id}", operation_id = "putTemplate", tag = "templates",
    params(
        ("id" = Uuid, Path, description = "The template."),
        ("If-Match" = Option<String>, Header, description = "Only in this version: the `ETag` as it was read."),
    ),
    request_body = TemplateRequest,
    responses((status = 200, description = "The template.", body = TemplateView), ChangeProblems))]
async fn replace(
    Operator(caller): Operator,
    State(app): State<App>,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
    Json(body): Json<TemplateRequest>,
) -> Result<Answer, Problem> {
    let expected = match etag::if_match(&headers)? {
        Match::Anything | Match::Something => None,
        Match::Version(version) => Some(version),
    };
    let content = checked(&app, body).await?;
    let found = app.store().template(id, Viewpoint::Operator).await?.ok_or_else(|| unknown(id))?;
    if expected.is_some_and(|expected| expected != version(&found)) {
        return Err(etag::changed());
    }
    // The version that was compared is named in the write, so that a change in between is not overwritten.
    let meant_for = expected.map(|_| found.updated_at);
    match app.store().replace_template(id, &content, meant_for, &caller.actor(), now()).await? {
        Some(template) => Ok(answer(template)),
        None if expected.is_some() => Err(etag::changed()),
        None => Err(unknown(id)),
    }
}

/// Deletes a template
///
/// Agents that were made from it live on.
#[utoipa::path(delete, path = "/api/templates/{id}", operation_id = "deleteTemplate", tag = "templates",
    params(("id" = Uuid, Path, description = "The template.")),
    responses((status = 204, description = "It is gone."), ActProblems))]
async fn remove(
    Operator(caller): Operator,
    State(app): State<App>,
    Path(id): Path<Uuid>,
) -> Result<StatusCode, Problem> {
    if app.store().delete_template(id, &caller.actor(), now()).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(unknown(id))
    }
}

/// Sets who may see and claim a template
///
/// `public`: every claimer sees it and may claim from it. `private`: its creator and operators.
#[utoipa::path(patch, path = "/api/templates/{id}/visibility", operation_id = "setTemplateVisibility", tag = "templates",
    params(("id" = Uuid, Path, description = "The template.")), request_body = VisibilityRequest,
    responses((status = 200, description = "The template.", body = TemplateView), ChangeProblems))]
async fn publish(
    Operator(caller): Operator,
    State(app): State<App>,
    Path(id): Path<Uuid>,
    Json(body): Json<VisibilityRequest>,
) -> Result<Answer, Problem> {
    let template = app.store().publish_template(id, body.visibility, &caller.actor(), now()).await?;
    template.map(answer).ok_or_else(|| unknown(id))
}

/// The time of the last change, which every change moves.
fn version(template: &Template) -> i64 {
    template.updated_at.timestamp_micros()
}

fn answer(template: Template) -> Answer {
    (etag::header(version(&template)), Json(view::template(template)))
}

pub(crate) fn unknown(id: Uuid) -> Problem {
    Problem::not_found(format!("there is no template {id}"))
}

async fn checked(app: &App, body: TemplateRequest) -> Result<TemplateContent, Problem> {
    let mut checks = Checks::default();
    checks.optional_line("creatorId", body.creator_id.as_deref(), KEY_CHARACTERS_MAX);
    checks.name("agentName", &body.agent_name);
    checks.instructions("instructions", &body.instructions);
    if let Some(model) = &body.model {
        checks.line("model.default", &model.default, NAME_CHARACTERS_MAX);
    }
    if body.tools.len() > TOOLS_MAX {
        checks.wrong("tools", format!("must have at most {TOOLS_MAX} entries"));
    }
    for (index, tool) in body.tools.iter().enumerate().take(TOOLS_MAX) {
        let field = format!("tools[{index}].id");
        checks.line(&field, &tool.id, NAME_CHARACTERS_MAX);
        if body.tools[..index].iter().any(|other| other.id == tool.id) {
            checks.wrong(field, "is there twice");
        }
    }
    checks.finish()?;
    intake::check_template_tools(app, &body.tools).await?;
    Ok(TemplateContent {
        creator_id: body.creator_id,
        agent_name: body.agent_name,
        instructions: body.instructions,
        model: body.model,
        tools: body.tools,
        visibility: body.visibility,
    })
}
