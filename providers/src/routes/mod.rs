//! The HTTP face of this process.

mod caller;
mod configure;
mod health;
mod instances;
mod inventory;
mod proxy;
mod redeploy;
mod refusal;
mod tools;
mod vendors;
mod webhooks;

use std::sync::Arc;

use axum::Router;
use axum::routing::{delete, get, post};
use process::server::{HttpMetrics, finish};

use crate::app::Services;
use crate::plugins::{AGENTMAIL_WEBHOOK_PATH, TELNYX_WEBHOOK_PATH};

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
        .route("/proxy/{instance_id}/email/messages", get(proxy::list_mails).post(proxy::send_mail))
        .route("/proxy/{instance_id}/sms/messages", get(proxy::list_messages).post(proxy::send_message))
        .route("/webhooks/railway/{secret}", post(webhooks::infrastructure))
        .route(AGENTMAIL_WEBHOOK_PATH, post(webhooks::agentmail))
        .route(TELNYX_WEBHOOK_PATH, post(webhooks::telnyx))
        .route("/vendors", get(vendors::vendors))
        .route("/inventory", get(inventory::inventory))
        .route("/redeploy/{instance_id}", post(redeploy::redeploy))
        .route("/instances/{instance_id}", get(tools::of_instance))
        .route("/registry", get(tools::registry))
        .with_state(services);
    finish(router, HttpMetrics::new("services"))
}
