//! The paths of this API, one room a noun.

mod claims;
mod clone;
mod destroy_requests;
mod docs;
mod events;
mod explain;
mod health;
mod instances;
mod keys;
mod pools;
mod status;
mod templates;
mod tools;

use axum::Router;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;
use crate::openapi::Document;

/// All routes and their description.
fn described() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(Document::openapi())
        .merge(claims::router())
        .merge(clone::router())
        .merge(pools::router())
        .merge(instances::router())
        .merge(destroy_requests::router())
        .merge(templates::router())
        .merge(tools::router())
        .merge(events::router())
        .merge(explain::router())
        .merge(status::router())
        .merge(keys::router())
        .merge(health::router())
}

/// The description of this API, OpenAPI 3.1.
pub fn openapi() -> utoipa::openapi::OpenApi {
    described().into_openapi()
}

/// All routes, with the description and its page; not yet dressed by `process::server::finish`.
pub fn router(app: App) -> Router {
    let (router, openapi) = described().split_for_parts();
    router.with_state(app).merge(docs::router(&openapi))
}
