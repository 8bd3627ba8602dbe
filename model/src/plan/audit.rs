//! What pool and `services` know of each other's instances, compared (DESIGN section 5, "audit").
//!
//! - A *ghost* has a row here and nothing there. Its health check finds that out and heals it; the audit says so and has
//!   it looked at now.
//! - An *orphan* is there without a row here, a *zombie* is there although its row says that it is gone. Both cost money
//!   and serve nobody.
//!
//! Guarantees:
//! - nothing is destroyed that was seen only once, or for less than the quarantine;
//! - nothing is destroyed whose row is alive here, whatever `services` says.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::age;
use crate::Timestamp;
use crate::id::InstanceId;
use crate::services::{Inventory, InventoryInstance, ResourceKind};
use crate::words::InstanceStatus;

/// Time between audits.
pub const INTERVAL: Duration = Duration::from_secs(300);
/// A stray thing is left alone for so long after it was first seen.
pub const QUARANTINE: Duration = Duration::from_secs(600);
/// And until it was seen this often.
pub const SIGHTINGS: u32 = 2;
/// State of a resource that `services` has a row for and cannot find.
const MISSING: &str = "missing";

/// What is wrong with an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// A row here, nothing there.
    Ghost,
    /// Something there, no row here.
    Orphan,
    /// Something there, and its row here says that it is gone.
    Zombie,
}

impl Finding {
    /// The stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ghost => "ghost",
            Self::Orphan => "orphan",
            Self::Zombie => "zombie",
        }
    }
}

/// How often and since when something was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Sighting {
    /// What is wrong.
    pub finding: Finding,
    /// When it was first seen.
    pub first_seen_at: Timestamp,
    /// How often, without a break.
    pub count: u32,
}

/// What the audit remembers from one pass to the next.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Memory {
    /// Everything that was wrong at the last pass.
    pub sightings: BTreeMap<InstanceId, Sighting>,
    /// What an instance costs, in US dollars an hour.
    pub cost_per_hour: Option<f64>,
    /// What strays cost, in US dollars an hour.
    pub leaked_per_hour: f64,
}

/// What one audit leads to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Report {
    /// For the next pass.
    pub memory: Memory,
    /// Seen for the first time.
    pub fresh: Vec<(InstanceId, Finding)>,
    /// Ghosts that were seen often enough to be looked at now.
    pub recheck: Vec<InstanceId>,
    /// Strays that were seen often and long enough to be destroyed.
    pub destroy: Vec<(InstanceId, Finding)>,
}

/// Compares. `rows` holds the status of every row that is not a tombstone, read *before* the inventory, and of every
/// instance of the inventory, read *after* it: an instance that comes or goes meanwhile is then no finding.
pub fn audit(
    before: &Memory,
    rows: &BTreeMap<InstanceId, Row>,
    inventory: &Inventory,
    quarantine: Duration,
    now: Timestamp,
) -> Report {
    let there: BTreeMap<&InstanceId, &InventoryInstance> =
        inventory.instances.iter().map(|instance| (&instance.instance_id, instance)).collect();
    let mut report = Report::default();
    let strays = there.keys().filter_map(|id| match rows.get(*id).map(|row| row.status) {
        None => Some(((*id).clone(), Finding::Orphan)),
        Some(InstanceStatus::Deleted) => Some(((*id).clone(), Finding::Zombie)),
        Some(_) => None,
    });
    let ghosts = rows.iter().filter(|(id, row)| {
        let lost = there.get(id).is_none_or(|instance| has_lost_its_container(instance));
        row.has_address && !matches!(row.status, InstanceStatus::Destroying | InstanceStatus::Deleted) && lost
    });
    for (id, finding) in strays.chain(ghosts.map(|(id, _)| (id.clone(), Finding::Ghost))) {
        let known = before.sightings.get(&id).filter(|known| known.finding == finding);
        let sighting = Sighting {
            finding,
            first_seen_at: known.map_or(now, |known| known.first_seen_at),
            count: known.map_or(1, |known| known.count.saturating_add(1)),
        };
        if sighting.count == 1 {
            report.fresh.push((id.clone(), finding));
        }
        let often = sighting.count >= SIGHTINGS;
        match finding {
            Finding::Ghost if often => report.recheck.push(id.clone()),
            Finding::Orphan | Finding::Zombie if often && age(sighting.first_seen_at, now) >= quarantine => {
                report.destroy.push((id.clone(), finding));
            }
            Finding::Ghost | Finding::Orphan | Finding::Zombie => {}
        }
        report.memory.sightings.insert(id, sighting);
    }
    report.memory.leaked_per_hour = leaked(&report.memory, &there, inventory);
    report.memory.cost_per_hour = usual_cost(inventory).or(before.cost_per_hour);
    report
}

/// What is known of one row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// Its status.
    pub status: InstanceStatus,
    /// Its creation is done.
    pub has_address: bool,
}

fn has_lost_its_container(instance: &InventoryInstance) -> bool {
    instance
        .resources
        .iter()
        .any(|resource| resource.kind == ResourceKind::Compute && resource.state == MISSING)
}

fn cost(instance: &InventoryInstance) -> f64 {
    instance.resources.iter().map(|resource| resource.cost_per_hour).sum()
}

fn leaked(memory: &Memory, there: &BTreeMap<&InstanceId, &InventoryInstance>, inventory: &Inventory) -> f64 {
    let strays = memory.sightings.iter().filter(|(_, sighting)| sighting.finding != Finding::Ghost);
    let ours: f64 = strays.filter_map(|(id, _)| there.get(id)).map(|instance| cost(instance)).sum();
    ours + inventory.orphans.iter().map(|orphan| orphan.cost_per_hour).sum::<f64>()
}

/// The median: what a usual member costs, whatever tools some have.
fn usual_cost(inventory: &Inventory) -> Option<f64> {
    let mut costs: Vec<f64> = inventory.instances.iter().map(cost).collect();
    costs.sort_by(f64::total_cmp);
    costs.get(costs.len() / 2).copied()
}

#[cfg(test)]
#[path = "audit_tests.rs"]
mod tests;
