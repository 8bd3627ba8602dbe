//! `/_sim`: what tests and operators ask of the simulator itself.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::faults::Fault;
use crate::options::is_time_scale;
use crate::railway::{InstanceOrder, Railway};
use crate::vendor::Vendor;
use crate::world::World;

/// Entries of one journal page.
const JOURNAL_PAGE_MAX: usize = 10_000;

/// What the control routes reach.
#[derive(Clone)]
pub(crate) struct Control {
    /// The shared ground.
    pub world: Arc<World>,
    /// All vendors.
    pub vendors: Vec<Arc<dyn Vendor>>,
    /// Railway, for orders to instances.
    pub railway: Arc<Railway>,
}

/// The control routes.
pub(crate) fn routes(control: Control) -> Router {
    let mut router = Router::new()
        .route("/_sim/health", get(async || Json(json!({"ok": true}))))
        .route("/_sim/inventory", get(inventory))
        .route("/_sim/faults", get(faults).put(replace_faults).delete(clear_faults))
        .route("/_sim/journal", get(journal))
        .route("/_sim/instances/{instance}/{order}", post(order))
        .route("/_sim/reset", post(reset))
        .route("/_sim/clock", get(clock).put(set_clock))
        .route("/_sim/tokens/{vendor}", put(tokens))
        .with_state(control.clone());
    for vendor in control.vendors {
        router = router.nest(&format!("/_sim/{}", vendor.name()), vendor.control());
    }
    router
}

/// A control request that cannot be done, and why.
pub(crate) struct Wrong(pub StatusCode, pub String);

impl IntoResponse for Wrong {
    fn into_response(self) -> Response {
        (self.0, Json(json!({"error": self.1}))).into_response()
    }
}

/// Reads the body of a control request.
pub(crate) fn parse<T: DeserializeOwned>(body: &Bytes) -> Result<T, Wrong> {
    serde_json::from_slice(body).map_err(|error| Wrong(StatusCode::BAD_REQUEST, error.to_string()))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct InventoryQuery {
    #[serde(default)]
    include_deleted: bool,
}

async fn inventory(State(control): State<Control>, Query(query): Query<InventoryQuery>) -> Json<Value> {
    let mut whole = Map::new();
    let mut cost_per_hour = 0.0;
    for vendor in &control.vendors {
        let part = vendor.inventory();
        cost_per_hour += part.cost_per_hour;
        if !part.things.is_null() {
            whole.insert(vendor.name().to_owned(), part.things);
        }
    }
    if query.include_deleted {
        whole.insert("railway".into(), control.railway.inventory_of(true).things);
    }
    whole.insert("costPerHour".into(), json!((cost_per_hour * 1e6).round() / 1e6));
    Json(whole.into())
}

async fn faults(State(control): State<Control>) -> Json<Vec<Fault>> {
    Json(control.world.faults.list())
}

async fn replace_faults(State(control): State<Control>, body: Bytes) -> Result<Json<Vec<Fault>>, Wrong> {
    let rules: Vec<Fault> = parse(&body)?;
    control.world.faults.replace(rules).map_err(|problem| Wrong(StatusCode::BAD_REQUEST, problem))?;
    Ok(Json(control.world.faults.list()))
}

async fn clear_faults(State(control): State<Control>) -> StatusCode {
    control.world.faults.clear();
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct JournalQuery {
    #[serde(default)]
    after: u64,
    limit: Option<usize>,
}

async fn journal(State(control): State<Control>, Query(query): Query<JournalQuery>) -> Json<Value> {
    let limit = query.limit.unwrap_or(JOURNAL_PAGE_MAX).min(JOURNAL_PAGE_MAX);
    Json(json!(control.world.journal.after(query.after, limit)))
}

async fn order(
    State(control): State<Control>,
    Path((instance, order)): Path<(String, String)>,
) -> Result<Json<Value>, Wrong> {
    let order = InstanceOrder::parse(&order).ok_or_else(|| {
        Wrong(StatusCode::BAD_REQUEST, format!("unknown order {order:?}, allowed: {}", InstanceOrder::NAMES))
    })?;
    match control.railway.order(&instance, order) {
        Some(status) => Ok(Json(json!({"instanceId": instance, "status": status}))),
        None => Err(Wrong(StatusCode::NOT_FOUND, format!("no deployment of instance {instance:?}"))),
    }
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct ResetBody {
    seed: Option<u64>,
}

async fn reset(State(control): State<Control>, body: Bytes) -> Result<StatusCode, Wrong> {
    let wish: ResetBody = if body.is_empty() { ResetBody::default() } else { parse(&body)? };
    let seed = wish.seed.unwrap_or(control.world.options.seed);
    control.world.faults.clear();
    control.world.journal.clear();
    control.world.reseed(seed);
    for vendor in &control.vendors {
        vendor.reset();
    }
    control.world.touch();
    Ok(StatusCode::NO_CONTENT)
}

fn clock_now(world: &World) -> Json<Value> {
    Json(json!({
        "scale": world.clock.scale(),
        "elapsedSeconds": world.clock.now().millis() as f64 / 1000.0,
        "date": world.clock.date(),
    }))
}

async fn clock(State(control): State<Control>) -> Json<Value> {
    clock_now(&control.world)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClockBody {
    scale: f64,
}

async fn set_clock(State(control): State<Control>, body: Bytes) -> Result<Json<Value>, Wrong> {
    let ClockBody { scale } = parse(&body)?;
    if !is_time_scale(scale) {
        return Err(Wrong(StatusCode::BAD_REQUEST, "scale must be between 0.001 and 100000".into()));
    }
    control.world.clock.set_scale(scale);
    Ok(clock_now(&control.world))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TokenBody {
    token: String,
    #[serde(default)]
    scope: String,
    #[serde(default)]
    revoked: bool,
}

async fn tokens(
    State(control): State<Control>,
    Path(vendor): Path<String>,
    body: Bytes,
) -> Result<StatusCode, Wrong> {
    let TokenBody { token, scope, revoked } = parse(&body)?;
    if !control.vendors.iter().any(|known| known.name() == vendor) {
        return Err(Wrong(StatusCode::NOT_FOUND, format!("unknown vendor {vendor:?}")));
    }
    if revoked {
        control.world.tokens.revoke(&vendor, &token);
    } else {
        control.world.tokens.accept(&vendor, &token, &scope);
    }
    Ok(StatusCode::NO_CONTENT)
}
