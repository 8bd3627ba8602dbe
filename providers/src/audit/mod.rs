//! Rows here against things at the vendors, from time to time and when somebody asks.
//!
//! # Guarantees
//! - A thing is destroyed only when its name is of this environment, no row knows it, at least two comparisons some time
//!   apart saw it, and its quarantine is over.
//! - When there are far more strangers than rows, nothing is destroyed: then it is our database that is wrong.

mod compare;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use model::services::{Inventory, Orphan};
use process::clock;
use tokio::sync::Mutex;
use tracing::{error, info, warn};

use crate::app::Services;
use crate::infra::Site;
use crate::ledger::{Counted, LedgerError, OrphanRow, Stray};
use crate::plugin::Resource;
use crate::vendor::{Class, Failure};
use compare::{COMPUTE, Listed, action, held, inventory_of, kind_of, strays_of};

/// Between two comparisons of our own, on the vendors' clock.
const COMPARE_EVERY: Duration = Duration::from_secs(5 * 60);

/// A caller who asks sooner than this after a comparison gets that one, on the vendors' clock.
const FRESH: Duration = Duration::from_secs(30);

/// Sightings closer together than this are one, on the vendors' clock.
const SIGHTING_DISTANCE: Duration = Duration::from_secs(30);

/// How long an orphan is left alone, on the vendors' clock.
const QUARANTINE: Duration = Duration::from_secs(15 * 60);

/// Orphans that one round destroys at most.
const DESTROYED_A_ROUND_MAX: usize = 5;

/// Reads of whether a destroyed orphan is gone.
const CONFIRMATIONS: u32 = 3;

/// The latest comparison of this process.
#[derive(Default)]
pub struct Audit {
    latest: Mutex<Option<(Instant, Arc<Compared>)>>,
}

/// What a comparison saw.
struct Compared {
    rows: Vec<Counted>,
    /// The ids of what is there, by kind; a kind whose vendor could not be asked is missing.
    listed: HashMap<&'static str, Listed>,
}

/// `GET /inventory`: rows, and strangers with our name.
pub async fn inventory(services: &Services) -> Result<Inventory, LedgerError> {
    let compared = compared(services, services.pace.wait(FRESH)).await?;
    let costs = Costs::of(services);
    let instances = compared.rows.iter().map(|row| inventory_of(row, &compared.listed, &costs)).collect();
    let orphans = services.ledger.orphans().await?;
    let hold = held(orphans.len(), compared.rows.len());
    let now = clock::now();
    let quarantine = chrono::Duration::from_std(services.pace.wait(QUARANTINE)).unwrap_or_default();
    let orphans = orphans.into_iter().filter_map(|orphan| {
        let action = action(&orphan, hold, quarantine, now);
        Some(Orphan {
            kind: kind_of(&orphan.kind)?,
            name: orphan.name,
            first_seen_at: orphan.first_seen_at,
            sightings: u32::try_from(orphan.sightings).unwrap_or_default(),
            cost_per_hour: orphan.cost_per_hour,
            action: action.to_owned(),
        })
    });
    Ok(Inventory { instances, orphans: orphans.collect() })
}

/// What things cost, by tool.
struct Costs {
    compute: f64,
    tools: HashMap<&'static str, (&'static str, f64)>,
}

impl Costs {
    fn of(services: &Services) -> Self {
        let tools = services.registry.get_all().iter();
        Self {
            compute: services.infra.cost_per_hour(),
            tools: tools.map(|tool| (tool.tool_id(), (tool.kind(), tool.cost_per_hour()))).collect(),
        }
    }
}

/// A comparison that is not older than `fresh`; callers that come together share one.
async fn compared(services: &Services, fresh: Duration) -> Result<Arc<Compared>, LedgerError> {
    let mut latest = services.audit.latest.lock().await;
    if let Some((at, compared)) = &*latest
        && at.elapsed() < fresh
    {
        return Ok(Arc::clone(compared));
    }
    let compared = Arc::new(compare_now(services).await?);
    *latest = Some((Instant::now(), Arc::clone(&compared)));
    Ok(compared)
}

/// Asks every vendor first and reads the rows after that: what was made meanwhile has a row by then.
async fn compare_now(services: &Services) -> Result<Compared, LedgerError> {
    let start = services.naming.start();
    let mut listed: HashMap<&'static str, Listed> = HashMap::new();
    let mut learn = |kind: &'static str, outcome: Result<Vec<Stray>, Failure>| match outcome {
        Ok(things) => {
            listed.entry(kind).or_default().extend(things);
        }
        Err(failure) => {
            warn!(kind, "the vendor's list cannot be read, its things are not compared: {failure}")
        }
    };
    let tools: Vec<_> = services.registry.get_all().iter().filter(|tool| tool.configured().is_ok()).collect();
    let (projects, lists) = tokio::join!(
        services.infra.projects(&start),
        futures::future::join_all(tools.iter().map(|tool| tool.list_ours(&start)))
    );
    let cost_per_hour = services.infra.cost_per_hour();
    learn(
        COMPUTE,
        projects.map(|projects| {
            let stray = |project: crate::infra::FoundProject| Stray {
                kind: COMPUTE,
                name: project.name,
                vendor_id: project.site.project_id.unwrap_or_default(),
                workspace_id: project.site.workspace_id,
                cost_per_hour,
            };
            projects.into_iter().map(stray).collect()
        }),
    );
    for (tool, list) in tools.iter().zip(lists) {
        let stray = |sighting: crate::plugin::Sighting| Stray {
            kind: sighting.kind,
            name: sighting.name,
            vendor_id: sighting.resource_id,
            workspace_id: None,
            cost_per_hour: sighting.cost_per_hour,
        };
        learn(tool.kind(), list.map(|sightings| sightings.into_iter().map(stray).collect()));
    }
    let rows = services.ledger.census().await?;
    let shelf = services.ledger.shelf_names().await?;
    let costs = Costs::of(services);
    let now = clock::now();
    let distance = chrono::Duration::from_std(services.pace.wait(SIGHTING_DISTANCE)).unwrap_or_default();
    for (kind, things) in &listed {
        let strays = strays_of(kind, things, &rows, &shelf, &services.naming, &costs);
        services.ledger.orphans_seen(kind, &strays, now - distance, now).await?;
    }
    Ok(Compared { rows, listed })
}

/// Compares and cleans until the process stops.
pub async fn watch(services: Arc<Services>) {
    loop {
        let pause = services.pace.wait(COMPARE_EVERY).max(Duration::from_secs(1));
        tokio::select! {
            () = services.shutdown.wait() => return,
            () = tokio::time::sleep(pause) => {}
        }
        if let Err(failure) = clean(&services).await {
            warn!("the vendors' things were not compared with our rows: {failure}");
        }
    }
}

/// One round: compare, and destroy what is due.
async fn clean(services: &Services) -> Result<(), LedgerError> {
    let rows = compared(services, Duration::ZERO).await?.rows.len();
    let orphans = services.ledger.orphans().await?;
    let hold = held(orphans.len(), rows);
    if hold {
        error!(
            orphans = orphans.len(),
            rows, "there are far more strangers with our name than rows: nothing of them is destroyed"
        );
    }
    let quarantine = chrono::Duration::from_std(services.pace.wait(QUARANTINE)).unwrap_or_default();
    let now = clock::now();
    let due = orphans.iter().filter(|orphan| action(orphan, hold, quarantine, now) == "destroying");
    for orphan in due.take(DESTROYED_A_ROUND_MAX) {
        if services.shutdown.begun() || services.ledger.is_known(&orphan.vendor_id).await? {
            continue;
        }
        match destroy(services, orphan).await {
            Ok(true) => {
                info!(kind = orphan.kind, name = orphan.name, "the orphan {} is destroyed", orphan.name);
                metrics::counter!("services_orphans_destroyed_total").increment(1);
                services.ledger.orphan_gone(&orphan.kind, &orphan.vendor_id).await?;
            }
            Ok(false) => {
                warn!(kind = orphan.kind, name = orphan.name, "an orphan is still there after its removal")
            }
            Err(failure) => {
                warn!(kind = orphan.kind, name = orphan.name, "an orphan cannot be destroyed: {failure}")
            }
        }
    }
    Ok(())
}

/// Removes one thing; whether it is read to be gone.
async fn destroy(services: &Services, orphan: &OrphanRow) -> Result<bool, Failure> {
    let pause = || tokio::time::sleep(services.pace.wait(Duration::from_secs(1)));
    if orphan.kind == COMPUTE {
        let site = Site {
            workspace_id: orphan.workspace_id.clone(),
            project_id: Some(orphan.vendor_id.clone()),
            ..Site::default()
        };
        services.infra.remove(&site).await?;
        for _ in 0..CONFIRMATIONS {
            if !services.infra.exists(&site).await? {
                return Ok(true);
            }
            pause().await;
        }
        return Ok(false);
    }
    let Some(plugin) = services.registry.get_all().iter().find(|plugin| plugin.kind() == orphan.kind) else {
        return Err(Failure::local("services", "destroy", Class::Permanent, "no plugin of this kind"));
    };
    let resource = Resource {
        instance_id: services.naming.instance_of(&orphan.name).unwrap_or_default().to_owned(),
        name: orphan.name.clone(),
        resource_id: orphan.vendor_id.clone(),
        config: serde_json::Value::Null,
        sealed: None,
    };
    plugin.destroy(&resource).await?;
    for _ in 0..CONFIRMATIONS {
        if !plugin.exists(&resource).await? {
            return Ok(true);
        }
        pause().await;
    }
    Ok(false)
}
