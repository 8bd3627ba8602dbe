//! Deploying an instance again.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use model::services::{Redeploy, RedeployStarted};
use process::problem::{Json, Path, Problem};
use uuid::Uuid;

use super::caller::{Pool, read_id};
use super::refusal::no_instance;
use crate::app::Services;
use crate::saga::{self, RedeployEnd};
use crate::settings::is_image_reference;

const KEY_CHARACTERS_MAX: usize = 255;

/// `POST /redeploy/{instanceId}`
pub async fn redeploy(
    _: Pool,
    State(services): State<Arc<Services>>,
    Path(instance_id): Path<String>,
    headers: HeaderMap,
    body: Option<Json<Redeploy>>,
) -> Result<Response, Problem> {
    let instance_id = read_id(&instance_id)?;
    let image = body.and_then(|Json(wish)| wish.image);
    if image.as_deref().is_some_and(|image| !is_image_reference(image)) {
        return Err(Problem::invalid_field("image", "is no image reference"));
    }
    match saga::redeploy(&services, instance_id.as_str(), request_key(&headers)?, image).await? {
        RedeployEnd::Started(operation_id) => {
            let started = RedeployStarted { ok: true, operation_id: operation_id.to_string() };
            Ok((StatusCode::ACCEPTED, Json(started)).into_response())
        }
        RedeployEnd::Wait(after) => {
            let detail = "the vendor cannot deploy now; the same key goes on where this call stopped";
            Err(Problem::unavailable("vendor_unavailable", detail, after))
        }
        RedeployEnd::NoInstance => Err(no_instance()),
        RedeployEnd::Creating => Err(Problem::conflict("the instance is still being created")),
        RedeployEnd::OtherRequest => Err(Problem::new(
            StatusCode::CONFLICT,
            "idempotency_key_reused",
            "this key was used for a redeploy with another image",
        )),
        RedeployEnd::Refused(why) => {
            Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "redeploy_refused", why))
        }
    }
}

/// The caller's `Idempotency-Key`, or one that nobody else has.
fn request_key(headers: &HeaderMap) -> Result<String, Problem> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(Uuid::new_v4().to_string()) };
    match value.to_str() {
        Ok(key) if (1..=KEY_CHARACTERS_MAX).contains(&key.len()) => Ok(key.to_owned()),
        _ => Err(Problem::invalid_field("Idempotency-Key", "must have 1 to 255 plain characters")),
    }
}
