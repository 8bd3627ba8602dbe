//! How the vendors are, for the pool's status page. No vendor's id is among it.

use std::sync::Arc;

use axum::extract::State;
use model::services::{VendorBudget, VendorLane, VendorShelf, VendorsReport};
use process::problem::{Json, Problem};

use super::caller::Pool;
use crate::app::Services;
use crate::infra::VOLUMES;
use crate::ledger::LaneState;

/// `GET /vendors`
pub async fn vendors(_: Pool, State(services): State<Arc<Services>>) -> Result<Json<VendorsReport>, Problem> {
    let budgets = services.infra.budgets().into_iter().enumerate().filter_map(|(index, (_, budget))| {
        let state = budget.state()?;
        Some(VendorBudget {
            name: format!("compute {}", index + 1),
            allowance: state.allowance,
            remaining: state.remaining,
            resets_at: state.resets_at,
        })
    });
    // By number, since their names hold the ids of workspaces.
    let (volumes, projects): (Vec<_>, Vec<_>) = services
        .ledger
        .lanes()
        .await?
        .into_iter()
        .partition(|lane| lane.name.split(':').nth(1) == Some(VOLUMES));
    let shown = |what: &'static str, lanes: Vec<LaneState>| {
        lanes.into_iter().enumerate().map(move |(index, lane)| VendorLane {
            name: format!("{what} {}", index + 1),
            waiting: u64::try_from(lane.waiting).unwrap_or_default(),
            next_allowed_at: lane.next_allowed_at,
        })
    };
    let lanes = shown("project creations", projects).chain(shown("volume creations", volumes));
    let (kept, free) = services.ledger.shelf_counts().await?;
    let count = |number: i64| u64::try_from(number).unwrap_or_default();
    Ok(Json(VendorsReport {
        vendors: services.vendors.states(),
        budgets: budgets.collect(),
        lanes: lanes.collect(),
        shelf: VendorShelf { target: u64::from(services.shelf), kept: count(kept), free: count(free) },
    }))
}
