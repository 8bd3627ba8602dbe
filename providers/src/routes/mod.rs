//! The HTTP face of this process.

mod caller;
mod configure;
mod health;
mod instances;
mod refusal;
mod tools;

use std::sync::Arc;

use axum::Router;
use axum::routing::{delete, get, post};
use process::server::{HttpMetrics, finish};

use crate::app::Services;

/// All routes, dressed.
pub fn router(services: Arc<Services>) -> Router {
    let router = Router::new()
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/create-instance", post(instances::create))
        .route("/destroy/{instance_id}", delete(instances::destroy))
        .route("/destroy/{instance_id}/{tool_id}/{resource_id}", delete(tools::destroy))
        .route("/status/batch", post(instances::status))
        .route("/configure/{instance_id}", post(configure::configure))
        .route("/provision/{instance_id}/{tool_id}", post(tools::provision))
        .route("/instances/{instance_id}", get(tools::of_instance))
        .route("/registry", get(tools::registry))
        .with_state(services);
    finish(router, HttpMetrics::new("services"))
}
