//! What exists, here and outside.

use std::sync::Arc;

use axum::extract::State;
use model::services::Inventory;
use process::problem::{Json, Problem};

use super::caller::Pool;
use crate::app::Services;
use crate::audit;

/// `GET /inventory`
pub async fn inventory(_: Pool, State(services): State<Arc<Services>>) -> Result<Json<Inventory>, Problem> {
    Ok(Json(audit::inventory(&services).await?))
}
