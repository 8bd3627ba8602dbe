use chrono::TimeDelta;
use proptest::prelude::*;

use super::*;
use crate::services::{InventoryResource, Orphan};

fn now() -> Timestamp {
    Timestamp::from_timestamp(1_800_000_000, 0).unwrap()
}

fn id(number: usize) -> InstanceId {
    format!("member{number:06}").parse().unwrap()
}

fn rows(rows: &[(usize, InstanceStatus)]) -> BTreeMap<InstanceId, Row> {
    rows.iter().map(|(number, status)| (id(*number), Row { status: *status, has_address: true })).collect()
}

fn inventory(numbers: &[usize]) -> Inventory {
    let instance = |number: &usize| InventoryInstance {
        instance_id: id(*number),
        resources: vec![InventoryResource {
            kind: ResourceKind::Compute,
            state: "active".into(),
            cost_per_hour: 0.05,
        }],
    };
    Inventory { instances: numbers.iter().map(instance).collect(), orphans: Vec::new() }
}

fn after(before: &Memory, rows: &BTreeMap<InstanceId, Row>, inventory: &Inventory, seconds: i64) -> Report {
    audit(before, rows, inventory, QUARANTINE, now() + TimeDelta::seconds(seconds))
}

#[test]
fn when_both_agree_there_is_nothing() {
    let report = after(
        &Memory::default(),
        &rows(&[(1, InstanceStatus::Ready), (2, InstanceStatus::Destroying)]),
        &inventory(&[1, 2]),
        0,
    );
    assert!(report.memory.sightings.is_empty() && report.destroy.is_empty() && report.fresh.is_empty());
    assert_eq!(report.memory.leaked_per_hour, 0.0);
    assert_eq!(report.memory.cost_per_hour, Some(0.05));
}

#[test]
fn an_orphan_is_destroyed_after_two_sightings_and_the_quarantine() {
    let (rows, inventory) = (rows(&[]), inventory(&[7]));
    let first = after(&Memory::default(), &rows, &inventory, 0);
    assert_eq!(first.fresh, [(id(7), Finding::Orphan)]);
    assert_eq!(first.memory.leaked_per_hour, 0.05);
    let second = after(&first.memory, &rows, &inventory, 599);
    assert!(second.fresh.is_empty() && second.destroy.is_empty(), "the quarantine lasts");
    let third = after(&second.memory, &rows, &inventory, 600);
    assert_eq!(third.destroy, [(id(7), Finding::Orphan)]);
}

#[test]
fn one_sighting_is_not_enough_however_old_and_a_break_starts_anew() {
    let late = after(&Memory::default(), &rows(&[]), &inventory(&[7]), 100_000);
    assert!(late.destroy.is_empty());
    let gone = after(&late.memory, &rows(&[]), &inventory(&[]), 100_300);
    assert!(gone.memory.sightings.is_empty());
    let back = after(&gone.memory, &rows(&[]), &inventory(&[7]), 200_000);
    assert!(back.destroy.is_empty());
}

#[test]
fn a_zombie_is_what_lives_on_after_its_tombstone() {
    let (rows, inventory) = (rows(&[(3, InstanceStatus::Deleted)]), inventory(&[3]));
    let first = after(&Memory::default(), &rows, &inventory, 0);
    let second = after(&first.memory, &rows, &inventory, 600);
    assert_eq!(second.destroy, [(id(3), Finding::Zombie)]);
}

#[test]
fn a_ghost_is_looked_at_and_never_destroyed() {
    let rows = rows(&[(1, InstanceStatus::Claimed)]);
    let first = after(&Memory::default(), &rows, &inventory(&[]), 0);
    assert_eq!(first.fresh, [(id(1), Finding::Ghost)]);
    assert!(first.recheck.is_empty());
    let second = after(&first.memory, &rows, &inventory(&[]), 100_000);
    assert_eq!(second.recheck, [id(1)]);
    assert!(second.destroy.is_empty());
}

#[test]
fn a_row_whose_container_is_missing_is_a_ghost_and_one_without_an_address_is_not() {
    let mut there = inventory(&[1]);
    there.instances[0].resources[0].state = "missing".into();
    let report = after(&Memory::default(), &rows(&[(1, InstanceStatus::Ready)]), &there, 0);
    assert_eq!(report.fresh, [(id(1), Finding::Ghost)]);
    let unborn = [(id(2), Row { status: InstanceStatus::Starting, has_address: false })].into();
    assert!(after(&Memory::default(), &unborn, &inventory(&[]), 0).fresh.is_empty());
}

#[test]
fn orphans_of_the_vendors_count_as_leaks_and_are_left_to_services() {
    let orphan = Orphan {
        kind: ResourceKind::Number,
        name: "agent-test-x".into(),
        first_seen_at: now(),
        sightings: 1,
        cost_per_hour: 0.0015,
        action: "watching".into(),
    };
    let there = Inventory { orphans: vec![orphan], ..inventory(&[]) };
    let report = after(&Memory::default(), &rows(&[]), &there, 0);
    assert_eq!(report.memory.leaked_per_hour, 0.0015);
    assert!(report.destroy.is_empty() && report.memory.sightings.is_empty());
}

proptest! {
    #[test]
    fn what_has_a_living_row_is_never_destroyed(
        statuses in prop::collection::btree_map(0usize..20, 0usize..7, 0..20),
        there in prop::collection::btree_set(0usize..20, 0..20),
        passes in 1usize..6,
    ) {
        let list: Vec<(usize, InstanceStatus)> =
            statuses.into_iter().map(|(number, status)| (number, InstanceStatus::ALL[status])).collect();
        let rows = rows(&list);
        let inventory = inventory(&there.into_iter().collect::<Vec<_>>());
        let mut memory = Memory::default();
        for pass in 0..passes {
            let report = after(&memory, &rows, &inventory, 700 * pass as i64);
            for (id, _) in &report.destroy {
                prop_assert!(pass > 0, "nothing at first sight");
                prop_assert!(rows.get(id).is_none_or(|row| row.status == InstanceStatus::Deleted));
            }
            memory = report.memory;
        }
    }
}
