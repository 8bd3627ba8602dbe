//! Why a record is as it is, and what will be done next: the journal, the conditions, and what the same pure
//! functions that the reconcilers ask would answer now.

use axum::extract::State;
use controller::store::pool_facts::PoolFacts;
use controller::store::read_events::EventFilter;
use model::api::{Explanation, PlanView};
use model::condition::Conditions;
use model::id::InstanceId;
use model::plan;
use model::plan::claim::Bound;
use model::plan::instance::Seen;
use model::record::{Event, PoolSpec};
use model::words::Kind;
use process::clock::now;
use process::problem::{Json, Path, Problem};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::{claims, destroy_requests, instances, pools};
use crate::app::App;
use crate::caller::Viewer;
use crate::explain::{self, Story};
use crate::openapi::ReadProblems;

/// Lines of the journal in an explanation: the newest ones.
const TIMELINE_MAX: i64 = 200;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(pool))
        .routes(routes!(instance))
        .routes(routes!(claim))
        .routes(routes!(destroy_request))
}

/// Explains a pool
///
/// Its counts, its conditions, its journal, and what the planner would do now and why.
#[utoipa::path(get, path = "/api/pools/{name}/explain", operation_id = "explainPool", tag = "journal",
    params(("name" = String, Path, description = "The pool.")),
    responses((status = 200, description = "Why it is as it is, and what will be done next.", body = Explanation), ReadProblems))]
async fn pool(
    _: Viewer,
    State(app): State<App>,
    Path(name): Path<String>,
) -> Result<Json<Explanation>, Problem> {
    let pool = app.store().pool(&name).await?.ok_or_else(|| pools::unknown(&name))?;
    let decision = facts(&app, &name, None).await?.decide(now());
    let status = &pool.status;
    let state = format!(
        "{} ready, {} starting, {} claimed, {} in line; {} idle wanted",
        status.ready, status.starting, status.claimed, status.waiting, status.desired
    );
    let plan = explain::plan(&decision, explain::pool_step);
    told(&app, Kind::Pool, &name, state, pool.status.conditions, plan, None).await
}

/// What is known of a pool for a decision now, with its own spec or another one.
pub(super) async fn facts(app: &App, name: &str, spec: Option<PoolSpec>) -> Result<PoolFacts, Problem> {
    let scale = app.controller.policy().time_scale;
    app.store().pool_facts(name, spec, scale, now()).await?.ok_or_else(|| pools::unknown(name))
}

/// Explains an instance
///
/// How it is, its conditions, its journal, and what would be done with it now and why.
#[utoipa::path(get, path = "/api/instances/{id}/explain", operation_id = "explainInstance", tag = "journal",
    params(("id" = String, Path, description = "The instance.")),
    responses((status = 200, description = "Why it is as it is, and what will be done next.", body = Explanation), ReadProblems))]
async fn instance(
    _: Viewer,
    State(app): State<App>,
    Path(id): Path<InstanceId>,
) -> Result<Json<Explanation>, Problem> {
    let record = app.store().instance(&id).await?.ok_or_else(|| instances::unknown(&id))?;
    let spec = app.store().pool_spec(&record.pool).await?.unwrap_or_default();
    let policy = app.controller.policy();
    let outage = app.store().outage(&policy.patience(), now()).await?;
    let policy = policy.for_instance(spec.stuck_timeout(), outage);
    let decision = plan::instance::instance(&record, Seen::NotLooked, &policy, now());
    let next = (decision.step == plan::instance::Step::Look).then(|| {
        let seen = Seen::Status(record.deploy_status);
        let then = plan::instance::instance(&record, seen, &policy, now());
        format!(
            "If it is {} again: {} ({}).",
            record.deploy_status,
            explain::instance_step(&then.step),
            then.reason
        )
    });
    let state = match (&record.claim_id, &record.failure) {
        (_, Some(failure)) => format!("{}, {}: {}", record.status, record.deploy_status, failure.message),
        (Some(claim), None) => format!("{}, {}, for claim {claim}", record.status, record.deploy_status),
        (None, None) => format!("{}, {}", record.status, record.deploy_status),
    };
    let plan = explain::plan(&decision, explain::instance_step);
    told(&app, Kind::Instance, id.as_str(), state, record.conditions, plan, next).await
}

/// Explains a claim
///
/// How far it is, its conditions, its journal, and what its next step waits for.
#[utoipa::path(get, path = "/api/claims/{id}/explain", operation_id = "explainClaim", tag = "journal",
    params(("id" = Uuid, Path, description = "The claim.")),
    responses((status = 200, description = "Why it is as it is, and what will be done next.", body = Explanation), ReadProblems))]
async fn claim(
    _: Viewer,
    State(app): State<App>,
    Path(id): Path<Uuid>,
) -> Result<Json<Explanation>, Problem> {
    let record = app.store().claim(id).await?.ok_or_else(|| claims::unknown(id))?;
    let instance = match &record.instance_id {
        Some(instance) => app.store().instance(instance).await?,
        None => None,
    };
    let bound = match (&record.instance_id, instance) {
        (None, _) => Bound::None,
        (Some(_), Some(instance)) => Bound::of(record.id, instance.claim_id, instance.status),
        (Some(_), None) => Bound::Lost,
    };
    let decision = plan::claim::claim(&record, bound, app.controller.policy().tick, now());
    let state = match (&record.failure, &record.instance_id) {
        (Some(failure), _) => format!("{}: {}", record.phase, failure.message),
        (None, Some(instance)) => format!("{} with instance {instance}", record.phase),
        (None, None) => record.phase.to_string(),
    };
    let plan = explain::plan(&decision, explain::claim_step);
    told(&app, Kind::Claim, &id.to_string(), state, record.conditions, plan, None).await
}

/// Explains a destroy request
///
/// How far it is, its journal, and what is still to be done.
#[utoipa::path(get, path = "/api/destroy-requests/{id}/explain", operation_id = "explainDestroyRequest", tag = "journal",
    params(("id" = Uuid, Path, description = "The destroy request.")),
    responses((status = 200, description = "Why it is as it is, and what will be done next.", body = Explanation), ReadProblems))]
async fn destroy_request(
    _: Viewer,
    State(app): State<App>,
    Path(id): Path<Uuid>,
) -> Result<Json<Explanation>, Problem> {
    let record = app.store().destroy_request(id).await?.ok_or_else(|| destroy_requests::unknown(id))?;
    let instance = app.store().instance(&record.instance_id).await?;
    let decision = plan::destroy::destroy(&record, instance.map(|instance| instance.status));
    let state = match &record.last_error {
        Some(error) => format!("{} after {} attempts: {error}", record.phase, record.attempts),
        None => format!("{}, because of {}", record.phase, record.reason),
    };
    let plan = explain::plan(&decision, explain::destroy_step);
    told(&app, Kind::DestroyRequest, &id.to_string(), state, Conditions::default(), plan, None).await
}

async fn told(
    app: &App,
    kind: Kind,
    object: &str,
    state: String,
    conditions: Conditions,
    plan: PlanView,
    next: Option<String>,
) -> Result<Json<Explanation>, Problem> {
    let filter = EventFilter { kind: Some(kind), object: Some(object.to_owned()), ..EventFilter::default() };
    let mut timeline: Vec<Event> = app.store().list_events(&filter, None, TIMELINE_MAX).await?;
    timeline.reverse();
    Ok(Json(explain::tell(Story { kind, object, state, conditions, timeline, plan, next })))
}
