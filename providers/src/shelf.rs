//! Keeps a few empty projects ready, so that a burst of creations need not wait in the lane of project creations.
//!
//! They are made only while no creation waits in that lane, and one at a time over all replicas.

use std::sync::Arc;
use std::time::Duration;

use process::clock;
use tracing::{info, warn};

use crate::app::Services;
use crate::infra::Lane;
use crate::ledger::{LedgerError, Turn};
use crate::vendor::{Class, Failure};

/// Between two looks at the shelf, on the vendors' clock.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// An empty project whose creation got no answer may appear for so long, on the vendors' clock.
const APPEARS_WITHIN: Duration = Duration::from_secs(90);

/// What holds the work in the ledger's leases and the place in the lane: no instance has such an id.
const HOLDER: &str = "-";
const SCOPE: &str = "shelf";

/// Creations go first.
const LANE_PRIORITY: i32 = 9;

/// Refills until the process stops.
pub async fn watch(services: Arc<Services>) {
    if services.shelf == 0 {
        return;
    }
    loop {
        tokio::select! {
            () = services.shutdown.wait() => return,
            () = tokio::time::sleep(services.pace.wait(LOOK_EVERY).max(Duration::from_millis(100))) => {}
        }
        if let Err(failure) = refill_alone(&services).await {
            warn!("the shelf of empty projects cannot be looked at: {failure}");
        }
    }
}

async fn refill_alone(services: &Services) -> Result<(), LedgerError> {
    let ledger = &services.ledger;
    let lease = ledger.take_lease(HOLDER, SCOPE, services.owner(), services.lease_duration).await?;
    let Some(lease) = lease else { return Ok(()) };
    let outcome = refill(services).await;
    ledger.release_lease(&lease).await?;
    outcome
}

/// One step: settle what is not known, else make one.
async fn refill(services: &Services) -> Result<(), LedgerError> {
    let ledger = &services.ledger;
    if let Some((name, workspace_id, created_at)) = ledger.shelf_unfinished().await? {
        let appears = chrono::Duration::from_std(services.pace.wait(APPEARS_WITHIN)).unwrap_or_default();
        return settle(services, &name, &workspace_id, clock::now() - created_at > appears).await;
    }
    let (kept, _) = ledger.shelf_counts().await?;
    if kept >= i64::from(services.shelf) {
        return ledger.lane_leave(HOLDER).await;
    }
    let workspaces = match services.infra.workspaces().await {
        Ok(workspaces) => workspaces,
        Err(failure) => {
            warn!("no empty project is made: {failure}");
            return Ok(());
        }
    };
    for workspace_id in workspaces {
        let lane = services.infra.project_lane(&workspace_id);
        if ledger.lane_is_wanted(&lane.name).await? {
            continue;
        }
        let turn = ledger.lane_turn(&lane.name, HOLDER, LANE_PRIORITY, lane.distance).await?;
        if turn == Turn::Go {
            return make(services, &workspace_id, &lane).await;
        }
    }
    Ok(())
}

async fn make(services: &Services, workspace_id: &str, lane: &Lane) -> Result<(), LedgerError> {
    let ledger = &services.ledger;
    let name = services.naming.shelf(ledger.shelf_next_number().await?);
    ledger.shelf_intend(&name, workspace_id, clock::now()).await?;
    let outcome = services.infra.make_empty(workspace_id, &name).await;
    let told = outcome.as_ref().err().and_then(Failure::wait).map(|wait| services.pace.wait(wait));
    ledger.lane_close(&lane.name, told.unwrap_or_default().max(lane.distance)).await?;
    match outcome {
        Ok(site) => {
            info!("an empty project waits on the shelf");
            ledger.shelf_made(&name, &site, clock::now()).await
        }
        Err(failure) if matches!(failure.class, Class::Ambiguous | Class::Conflict) => {
            warn!("an empty project may have been made: {failure}");
            Ok(())
        }
        Err(failure) => {
            warn!("no empty project was made: {failure}");
            ledger.shelf_forget(&name).await
        }
    }
}

/// A creation without an answer: what carries the name was made by it.
async fn settle(
    services: &Services,
    name: &str,
    workspace_id: &str,
    cannot_appear: bool,
) -> Result<(), LedgerError> {
    let projects = match services.infra.projects(name).await {
        Ok(projects) => projects,
        Err(failure) => {
            warn!("an empty project cannot be looked for: {failure}");
            return Ok(());
        }
    };
    let of_name = |project: &&crate::infra::FoundProject| {
        project.name == name && project.site.workspace_id.as_deref().is_none_or(|id| id == workspace_id)
    };
    match projects.iter().find(of_name) {
        Some(project) if project.site.environment_id.is_some() => {
            services.ledger.shelf_made(name, &project.site, clock::now()).await
        }
        // Without its environment it is of no use; the audit finds and removes it.
        Some(_) => services.ledger.shelf_forget(name).await,
        None if cannot_appear => services.ledger.shelf_forget(name).await,
        None => Ok(()),
    }
}
