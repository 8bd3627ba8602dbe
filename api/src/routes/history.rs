//! How pools were in the past hours, for charts.

use axum::extract::State;
use model::api::History;
use process::clock::now;
use process::problem::{Json, Problem, Query};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::pools;
use crate::app::App;
use crate::caller::Viewer;
use crate::openapi::ReadProblems;

/// A week: as long as samples are kept.
const HOURS_MAX: u32 = 168;
const HOURS_DEFAULT: u32 = 6;
/// Points of a chart; more cannot be told apart.
const POINTS_MAX: u32 = 240;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(history))
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Span {
    /// The pool; `default` when absent.
    pool: Option<String>,
    /// How far back.
    #[param(minimum = 1, maximum = 168)]
    hours: Option<u32>,
}

/// Reads how a pool was in the past hours
///
/// At most 240 points, evenly spaced, oldest first: members by status (the last sample of each step), and the claims
/// that were made, became ready or failed in it, with how long they took. Times without a sample have no point.
#[utoipa::path(get, path = "/api/metrics/history", operation_id = "getHistory", tag = "journal", params(Span),
    responses((status = 200, description = "The pool over time.", body = History), ReadProblems))]
async fn history(
    _: Viewer,
    State(app): State<App>,
    Query(span): Query<Span>,
) -> Result<Json<History>, Problem> {
    let hours = span.hours.unwrap_or(HOURS_DEFAULT);
    if !(1..=HOURS_MAX).contains(&hours) {
        return Err(Problem::invalid_field("hours", format!("must be from 1 to {HOURS_MAX}")));
    }
    let pool = span.pool.unwrap_or_else(|| model::record::DEFAULT_POOL.to_owned());
    if app.store().pool_spec(&pool).await?.is_none() {
        return Err(pools::unknown(&pool));
    }
    let step_seconds = (hours * 3_600 / POINTS_MAX).max(15);
    let points = app.store().history(&pool, hours, step_seconds, now()).await?;
    Ok(Json(History { pool, step_seconds, points }))
}
