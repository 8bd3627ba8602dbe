//! The comparison. Pure.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Duration, Utc};
use model::services::{InventoryInstance, InventoryResource, ResourceKind};

use super::Costs;
use crate::ledger::{Counted, CountedTool, OrphanRow, Phase, Stray};
use crate::naming::Naming;

/// The kind of projects.
pub(super) const COMPUTE: &str = "compute";

/// Sightings before an orphan is more than a moment's impression.
const SIGHTINGS_MIN: i32 = 2;

/// So many strangers more than rows are believed.
const STRANGERS_MAX: usize = 10;

/// Kinds whose vendors list their things: only of these can a row be without its thing.
const LISTED_KINDS: [&str; 4] = [COMPUTE, "key", "inbox", "number"];

/// Everything of one kind that is there.
pub(super) type Listed = Vec<Stray>;

/// Far more strangers than rows: an empty or a wrong database, not so many accidents.
pub(super) fn held(orphans: usize, rows: usize) -> bool {
    orphans > rows + STRANGERS_MAX
}

/// What happens with an orphan.
pub(super) fn action(
    orphan: &OrphanRow,
    hold: bool,
    quarantine: Duration,
    now: DateTime<Utc>,
) -> &'static str {
    match () {
        () if orphan.sightings < SIGHTINGS_MIN => "watching",
        () if hold || now - orphan.first_seen_at < quarantine => "quarantined",
        () => "destroying",
    }
}

/// The things of one kind that have our name and no row. What is being made or destroyed is the business of whoever does
/// that.
pub(super) fn strays_of(
    kind: &str,
    things: &[Stray],
    rows: &[Counted],
    shelf: &[String],
    naming: &Naming,
    costs: &Costs,
) -> Vec<Stray> {
    let by_id: HashMap<&str, &Counted> = rows.iter().map(|row| (row.instance_id.as_str(), row)).collect();
    let shelf: HashSet<&str> = shelf.iter().map(String::as_str).collect();
    let is_stray = |thing: &&Stray| {
        if naming.is_shelf(&thing.name) {
            let taken = rows.iter().any(|row| row.project_id.as_deref() == Some(&thing.vendor_id));
            return kind == COMPUTE && !taken && !shelf.contains(thing.name.as_str());
        }
        // Another environment's, or somebody else's.
        let Some(instance_id) = naming.instance_of(&thing.name) else { return false };
        match by_id.get(instance_id) {
            None => true,
            Some(row) if row.phase != Phase::Ready => false,
            Some(row) if kind == COMPUTE => row.project_id.as_deref() != Some(thing.vendor_id.as_str()),
            Some(row) => {
                let mut of_kind = row.tools.iter().filter(|tool| costs.kind(tool) == kind);
                !of_kind.any(|tool| {
                    tool.resource_id.is_none() || tool.resource_id.as_deref() == Some(&*thing.vendor_id)
                })
            }
        }
    };
    things.iter().filter(is_stray).cloned().collect()
}

impl Costs {
    fn kind(&self, tool: &CountedTool) -> &'static str {
        self.tools.get(tool.tool_id.as_str()).map_or("", |(kind, _)| kind)
    }

    fn per_hour(&self, tool: &CountedTool) -> f64 {
        if tool.user_provided || tool.shared {
            return 0.0;
        }
        self.tools.get(tool.tool_id.as_str()).map_or(0.0, |(_, cost)| *cost)
    }
}

/// One instance as it is told.
pub(super) fn inventory_of(
    row: &Counted,
    listed: &HashMap<&'static str, Listed>,
    costs: &Costs,
) -> InventoryInstance {
    let there = |kind: &str, id: &str| {
        !LISTED_KINDS.contains(&kind)
            || listed.get(kind).is_none_or(|things| things.iter().any(|thing| thing.vendor_id == id))
    };
    let compute = InventoryResource {
        kind: ResourceKind::Compute,
        state: match (row.phase, &row.project_id) {
            (Phase::Destroying, _) => "destroying",
            (Phase::Creating | Phase::Refused, _) => "creating",
            (Phase::Ready, Some(id)) if !there(COMPUTE, id) => "missing",
            (Phase::Ready, _) => "active",
        }
        .to_owned(),
        cost_per_hour: if row.project_id.is_some() { costs.compute } else { 0.0 },
    };
    let tool = |tool: &CountedTool| {
        let kind = costs.kind(tool);
        let state = match (tool.status.as_str(), &tool.resource_id) {
            ("destroying", _) => "destroying",
            (_, None) => "creating",
            _ if tool.user_provided => "user_provided",
            _ if tool.shared => "shared",
            ("provisioning", _) => "creating",
            (_, Some(id)) if !there(kind, id) => "missing",
            _ => "active",
        };
        Some(InventoryResource {
            kind: kind_of(kind)?,
            state: state.to_owned(),
            cost_per_hour: costs.per_hour(tool),
        })
    };
    let resources = std::iter::once(compute).chain(row.tools.iter().filter_map(tool)).collect();
    // The id came from the pool and was checked there and here; a row with another would be a bug of ours.
    let instance_id = row.instance_id.parse().expect("the table's CHECK admits only ids");
    InventoryInstance { instance_id, resources }
}

/// The kind on the wire.
pub(super) fn kind_of(word: &str) -> Option<ResourceKind> {
    Some(match word {
        COMPUTE => ResourceKind::Compute,
        "key" => ResourceKind::Key,
        "inbox" => ResourceKind::Inbox,
        "number" => ResourceKind::Number,
        "wallet" => ResourceKind::Wallet,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).unwrap()
    }

    fn thing(kind: &'static str, name: &str, vendor_id: &str) -> Stray {
        Stray { kind, name: name.into(), vendor_id: vendor_id.into(), workspace_id: None, cost_per_hour: 0.1 }
    }

    fn row(id: &str, phase: Phase, project: &str, key: Option<&str>) -> Counted {
        let key = key.map(|hash| CountedTool {
            tool_id: "openrouter".into(),
            resource_id: Some(hash.into()),
            status: "active".into(),
            user_provided: false,
            shared: false,
        });
        Counted {
            instance_id: id.into(),
            phase,
            project_id: Some(project.into()),
            tools: key.into_iter().collect(),
        }
    }

    fn costs() -> Costs {
        Costs { compute: 0.05, tools: HashMap::from([("openrouter", ("key", 0.0))]) }
    }

    #[test]
    fn only_what_has_our_name_and_no_row_is_a_stray() {
        let naming = Naming::new("agent", "staging");
        let rows = [
            row("living12", Phase::Ready, "p-living", Some("k-living")),
            row("making12", Phase::Creating, "p-making", None),
        ];
        let shelf = ["agent-staging-shelf-1".to_owned()];
        let projects = [
            thing(COMPUTE, "agent-staging-living12", "p-living"),
            thing(COMPUTE, "agent-staging-living12", "p-twin"),
            thing(COMPUTE, "agent-staging-making12", "p-unknown"),
            thing(COMPUTE, "agent-staging-ghost123", "p-ghost"),
            thing(COMPUTE, "agent-staging-shelf-1", "p-shelf"),
            thing(COMPUTE, "agent-staging-shelf-2", "p-old-shelf"),
            thing(COMPUTE, "agent-production-ghost123", "p-production"),
            thing(COMPUTE, "agent-staging-database", "p-database-x"),
        ];
        let strays = strays_of(COMPUTE, &projects[..7], &rows, &shelf, &naming, &costs());
        let ids: Vec<_> = strays.iter().map(|stray| stray.vendor_id.as_str()).collect();
        assert_eq!(ids, ["p-twin", "p-ghost", "p-old-shelf"]);
        let keys = [
            thing("key", "agent-staging-living12", "k-living"),
            thing("key", "agent-staging-living12", "k-second"),
        ];
        let strays = strays_of("key", &keys, &rows, &shelf, &naming, &costs());
        assert_eq!(strays.len(), 1);
        assert_eq!(strays[0].vendor_id, "k-second");
    }

    #[test]
    fn an_orphan_is_destroyed_after_two_sightings_and_its_quarantine_only() {
        let orphan = |sightings, minutes| OrphanRow {
            kind: COMPUTE.into(),
            name: "agent-staging-ghost123".into(),
            vendor_id: "p".into(),
            workspace_id: None,
            first_seen_at: now() - Duration::minutes(minutes),
            sightings,
            cost_per_hour: 0.1,
        };
        let quarantine = Duration::minutes(15);
        assert_eq!(action(&orphan(1, 60), false, quarantine, now()), "watching");
        assert_eq!(action(&orphan(2, 14), false, quarantine, now()), "quarantined");
        assert_eq!(action(&orphan(2, 15), false, quarantine, now()), "destroying");
        assert_eq!(action(&orphan(9, 99), true, quarantine, now()), "quarantined");
        assert!(held(11, 0) && !held(10, 0) && !held(60, 50));
    }

    #[test]
    fn a_row_without_its_thing_is_told_as_missing() {
        let living = row("living12", Phase::Ready, "p-living", Some("k-living"));
        let listed = HashMap::from([(COMPUTE, vec![])]);
        let told = inventory_of(&living, &listed, &costs());
        assert_eq!(told.resources[0].state, "missing");
        assert_eq!(told.resources[1].state, "active", "a vendor that was not asked proves nothing");
        let listed = HashMap::from([(COMPUTE, vec![thing(COMPUTE, "x", "p-living")])]);
        assert_eq!(inventory_of(&living, &listed, &costs()).resources[0].state, "active");
    }
}
