//! Another agent like one that serves somebody.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use model::api::{ClaimRequest, ClaimView, CloneRequest};
use model::id::InstanceId;
use process::problem::{Json, Path, Problem};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::instances;
use crate::app::App;
use crate::caller::Operator;
use crate::intake::{self, Recipe, Source};
use crate::limits::Checks;
use crate::openapi::CreateProblems;
use crate::prefer;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(clone))
}

/// Claims an agent with the configuration of another
///
/// A claim of its own, with the name, instructions, model and tools that the instance's claim had, for the same owner
/// unless another is named. Its conversation and its resources are new. Accounts that a user brought are not kept,
/// so they have to be brought again.
#[utoipa::path(post, path = "/api/instances/{id}/clone", operation_id = "cloneInstance", tag = "instances",
    request_body = Option<CloneRequest>,
    params(
        ("id" = String, Path, description = "The instance."),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key is the same claim. At most 255 characters.", max_length = 255),
        ("Prefer" = Option<String>, Header, description = "`wait=N`: how many seconds to wait for the agent, 0 to 120; default 60.", example = "wait=30"),
    ),
    responses(
        (status = 200, description = "The new agent is there.", body = ClaimView),
        (status = 202, description = "Not yet: `Location` is where to look.", body = ClaimView),
        CreateProblems
    ))]
async fn clone(
    Operator(caller): Operator,
    State(app): State<App>,
    Path(id): Path<InstanceId>,
    headers: HeaderMap,
    body: Option<Json<CloneRequest>>,
) -> Result<Response, Problem> {
    let wait = prefer::wait(&headers)?;
    let wish = body.map(|Json(wish)| wish).unwrap_or_default();
    let mut checks = Checks::default();
    if let Some(name) = &wish.agent_name {
        checks.name("agentName", name);
    }
    checks.finish()?;
    let instance = app.store().instance(&id).await?.ok_or_else(|| instances::unknown(&id))?;
    let claim = match instance.claim_id {
        Some(claim) => app.store().claim(claim).await?,
        None => None,
    };
    let Some(claim) = claim else {
        return Err(Problem::conflict(format!("instance {id} serves nobody, so there is nothing to copy")));
    };
    let mut recipe = Recipe::of_claim(&claim);
    recipe.agent_name = wish.agent_name.unwrap_or(recipe.agent_name);
    let request = ClaimRequest {
        pool: Some(wish.pool.unwrap_or(instance.pool)),
        owner_id: wish.owner_id.or(claim.owner_id),
        user_config: wish.user_config,
        priority: wish.priority,
        deadline_seconds: wish.deadline_seconds,
        ttl_seconds: wish.ttl_seconds,
        ..ClaimRequest::default()
    };
    let source = Source::Instance(id, Box::new(recipe));
    let taken = intake::take_in(&app, &caller, &headers, source, request).await?;
    super::claims::answer(&app, taken, wait).await
}
