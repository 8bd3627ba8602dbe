//! The paths of this API, one room a noun.

mod claims;
mod clone;
mod destroy_requests;
mod docs;
mod events;
mod explain;
mod health;
mod history;
mod instances;
mod keys;
mod pools;
mod session;
mod status;
mod templates;
mod tools;

use std::path::Path;

use axum::Router;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;
use crate::dashboard;
use crate::examples;
use crate::openapi::Document;

pub(crate) use pools::unknown as unknown_pool;
pub(crate) use templates::unknown as unknown_template;

/// All routes and their description.
fn described() -> OpenApiRouter<App> {
    let mut router = OpenApiRouter::with_openapi(Document::openapi())
        .merge(claims::router())
        .merge(clone::router())
        .merge(pools::router())
        .merge(instances::router())
        .merge(destroy_requests::router())
        .merge(templates::router())
        .merge(tools::router())
        .merge(events::router())
        .merge(explain::router())
        .merge(history::router())
        .merge(status::router())
        .merge(keys::router())
        .merge(session::router())
        .merge(health::router());
    pools::describe_pools(router.get_openapi_mut());
    examples::add(router.get_openapi_mut());
    router
}

/// The description of this API, OpenAPI 3.1.
pub fn openapi() -> utoipa::openapi::OpenApi {
    described().into_openapi()
}

/// All routes and the dashboard's files; not yet dressed by `process::server::finish`.
pub fn router(app: App, dashboard: Option<&Path>) -> Router {
    let (router, openapi) = described().split_for_parts();
    router.with_state(app).merge(docs::router(&openapi)).merge(dashboard::router(dashboard))
}

/// The probes alone, for a replica that only reconciles.
pub fn probes(app: App) -> Router {
    let (router, _openapi) = health::router().split_for_parts();
    router.with_state(app)
}
