use chrono::TimeDelta;
use proptest::prelude::*;

use super::super::pool::{Census, Step as PoolStep, pool};
use super::*;
use crate::record::{PoolSpec, Rollout};
use crate::words::DestroyReason;

fn now() -> Timestamp {
    Timestamp::from_timestamp(1_800_000_000, 0).unwrap()
}

/// A pool that is played: what the plan says is done, and time passes.
#[derive(Debug, Clone)]
struct World {
    spec: PoolSpec,
    generation: i64,
    state: Rolling,
    members: Vec<Idle>,
    claimed: u32,
    made: usize,
    failed: u32,
    taken: u32,
    now: Timestamp,
    /// Images whose members become healthy.
    good: Vec<&'static str>,
    most_live: u32,
    fewest_ready: usize,
}

impl World {
    /// A settled pool of ready members with image `one`.
    fn settled(target: u32) -> Self {
        let spec = PoolSpec { min_idle: target, image: Some("one".into()), ..PoolSpec::default() };
        let proven = Some(Image { reference: Some("one".into()) });
        let mut world = Self {
            spec,
            generation: 1,
            state: Rolling { proven, generation: 1, ..Rolling::default() },
            members: Vec::new(),
            claimed: 0,
            made: 0,
            failed: 0,
            taken: 0,
            now: now(),
            good: vec!["one", "two"],
            most_live: 0,
            fewest_ready: usize::MAX,
        };
        (0..target).for_each(|_| world.make(Some("one".into()), InstanceStatus::Ready));
        world
    }

    fn make(&mut self, image: Option<String>, status: InstanceStatus) {
        self.made += 1;
        self.members.push(Idle {
            id: format!("member{:06}", self.made).parse().unwrap(),
            status,
            deploy_status: if status == InstanceStatus::Ready {
                DeployStatus::Healthy
            } else {
                DeployStatus::Deploying
            },
            image,
            created_at: self.now,
            protected: false,
        });
    }

    fn want(&mut self, image: &str) {
        self.spec.image = Some(image.into());
        self.generation += 1;
    }

    fn ready(&self) -> usize {
        self.members.iter().filter(|member| is_ready(member)).count()
    }

    fn with(&self, image: &str) -> usize {
        self.members.iter().filter(|member| member.image.as_deref() == Some(image)).count()
    }

    fn plan(&self) -> Decision<PoolStep> {
        let starting =
            self.members.iter().filter(|member| member.status == InstanceStatus::Starting).count() as u32;
        let census = Census {
            starting,
            ready: self.members.len() as u32 - starting,
            claimed: self.claimed,
            ..Census::default()
        };
        let facts = Facts {
            outage: false,
            spec: &self.spec,
            generation: self.generation,
            target: self.spec.min_idle,
            census: &census,
            idle: &self.members,
            creations: &Creations::Welcome,
            rollout: &self.state,
            canaries_failed: self.failed,
            canaries_taken: self.taken,
        };
        pool(&facts, self.now)
    }

    /// A claim takes a ready member, one with the pool's image first.
    fn claim(&mut self) {
        let image = self.spec.image.clone();
        let ready = self.members.iter().enumerate().filter(|(_, member)| is_ready(member));
        let Some((place, _)) = ready.min_by_key(|(_, member)| member.image != image) else { return };
        let member = self.members.remove(place);
        self.claimed += 1;
        self.taken += u32::from(self.state.phase == Phase::Canary && member.image == image);
    }

    /// One pass; false when there was nothing to do.
    fn pass(&mut self) -> bool {
        match self.plan().step {
            PoolStep::Create(count, image) => {
                (0..count).for_each(|_| self.make(image.clone(), InstanceStatus::Starting))
            }
            PoolStep::Shrink(ids, _) => self.members.retain(|member| !ids.contains(&member.id)),
            PoolStep::Turn(state) => {
                self.state = state;
                self.taken = 0;
            }
            PoolStep::Nothing => return false,
        }
        self.most_live = self.most_live.max(self.members.len() as u32 + self.claimed);
        self.fewest_ready = self.fewest_ready.min(self.ready());
        true
    }

    /// Passes until nothing is to do, then some seconds in which good images become healthy.
    fn round(&mut self) {
        for _ in 0..200 {
            if !self.pass() {
                break;
            }
        }
        self.now += TimeDelta::seconds(20);
        let good = self.good.clone();
        for member in &mut self.members {
            if member.image.as_deref().is_some_and(|image| good.contains(&image)) {
                member.status = InstanceStatus::Ready;
                member.deploy_status = DeployStatus::Healthy;
            }
        }
    }
}

#[test]
fn a_good_image_replaces_every_idle_member_canary_first() {
    let mut world = World::settled(5);
    world.want("two");
    assert!(matches!(world.plan().step, PoolStep::Turn(Rolling { phase: Phase::Canary, .. })));
    world.pass();
    assert_eq!(world.plan().step, PoolStep::Create(1, Some("two".into())), "one canary, and nothing else");
    world.round();
    assert_eq!((world.with("one"), world.with("two")), (5, 1));
    (0..20).for_each(|_| world.round());
    assert_eq!((world.with("one"), world.with("two"), world.ready()), (0, 5, 5));
    assert_eq!(world.state.phase, Phase::Settled);
    assert_eq!(world.state.proven, Some(Image { reference: Some("two".into()) }));
    assert!(world.fewest_ready >= 4, "never more than maxUnavailable below the target");
    assert!(!world.pass(), "nothing is left to do");
}

#[test]
fn a_bad_image_stops_at_the_canary_and_the_pool_serves_on() {
    let mut world = World::settled(5);
    world.want("bad");
    (0..40).for_each(|_| world.round());
    assert_eq!(world.state.phase, Phase::Stopped);
    assert!(world.state.why.contains("0 of 1"), "{}", world.state.why);
    assert_eq!((world.with("one"), world.with("bad"), world.ready()), (5, 0, 5));
    assert_eq!(world.fewest_ready, 5);
    // A claim takes one: the refill runs the image that is known to work.
    world.members.pop();
    assert_eq!(world.plan().step, PoolStep::Create(1, Some("one".into())));
    // It stays stopped until the spec changes; then it tries again.
    world.round();
    world.generation += 1;
    assert!(matches!(world.plan().step, PoolStep::Turn(Rolling { phase: Phase::Canary, .. })));
}

#[test]
fn a_canary_that_fails_stops_it_before_its_time_is_over() {
    let mut world = World::settled(3);
    world.want("bad");
    world.round();
    world.failed = 1;
    world.pass();
    assert_eq!((world.state.phase, world.state.why.as_str()), (Phase::Stopped, "1 canaries failed"));
}

#[test]
fn going_back_to_the_old_image_needs_no_canary() {
    let mut world = World::settled(3);
    world.want("bad");
    (0..40).for_each(|_| world.round());
    world.want("one");
    (0..5).for_each(|_| world.round());
    assert_eq!((world.state.phase, world.with("one"), world.ready()), (Phase::Settled, 3, 3));
}

#[test]
fn claims_during_the_canary_are_refilled_with_the_old_image_beside_it() {
    let mut world = World::settled(5);
    world.want("two");
    world.pass();
    world.pass();
    world.members.remove(0);
    assert_eq!(world.plan().step, PoolStep::Create(1, Some("one".into())), "the canary is no supply");
}

#[test]
fn without_room_one_old_member_makes_it() {
    let mut world = World::settled(3);
    world.spec = PoolSpec { max_instances: 3, max_surge: 0, ..world.spec };
    world.want("two");
    (0..30).for_each(|_| world.round());
    assert_eq!((world.state.phase, world.with("two"), world.ready()), (Phase::Settled, 3, 3));
    assert_eq!(world.most_live, 3);
}

#[test]
fn protected_members_are_not_replaced() {
    let mut world = World::settled(3);
    world.members[0].protected = true;
    world.want("two");
    (0..30).for_each(|_| world.round());
    assert_eq!((world.with("one"), world.state.phase), (1, Phase::Settled));
}

#[test]
fn the_default_image_of_services_is_an_image_too() {
    let mut world = World::settled(2);
    world.spec.image = None;
    world.generation += 1;
    world.pass();
    assert_eq!(world.plan().step, PoolStep::Create(1, None));
}

#[test]
fn the_first_image_of_a_pool_is_proven_by_its_first_healthy_member() {
    let mut world = World::settled(0);
    world.spec.min_idle = 3;
    world.state = Rolling::default();
    world.round();
    assert_eq!(world.with("one"), 3);
    world.pass();
    assert_eq!(world.state.proven, Some(Image { reference: Some("one".into()) }));
    assert_eq!(world.state.phase, Phase::Settled);
}

#[test]
fn what_a_healthy_member_runs_is_known_to_work_even_if_another_image_is_wanted_by_now() {
    let mut world = World::settled(3);
    world.state = Rolling::default();
    world.want("bad");
    (0..40).for_each(|_| world.round());
    assert_eq!((world.state.phase, world.with("one"), world.ready()), (Phase::Stopped, 3, 3));
}

#[test]
fn before_any_member_was_healthy_another_image_simply_takes_over() {
    let mut world = World::settled(0);
    world.spec = PoolSpec { min_idle: 3, image: Some("bad".into()), ..world.spec };
    world.state = Rolling::default();
    world.round();
    world.want("two");
    (0..5).for_each(|_| world.round());
    assert_eq!((world.with("bad"), world.with("two"), world.ready()), (0, 3, 3));
}

#[test]
fn an_empty_pool_that_wants_nobody_makes_no_canary() {
    let mut world = World::settled(0);
    world.want("two");
    world.round();
    assert_eq!(world.made, 0);
    world.spec.min_idle = 2;
    (0..5).for_each(|_| world.round());
    assert_eq!((world.with("two"), world.state.phase), (2, Phase::Settled));
}

proptest! {
    /// Whatever the limits and whichever image: the bounds hold at each pass, and it ends.
    #[test]
    fn a_rollout_keeps_within_its_limits_and_ends(
        target in 0u32..12, claimed in 0u32..6, more in 0u32..6, max_surge in 0u32..5,
        max_unavailable in 0u32..4, canary in 0u32..3, good in any::<bool>(), turns in prop::collection::vec(0usize..12, 0..6),
    ) {
        let mut world = World::settled(target);
        world.claimed = claimed;
        let rollout = Some(Rollout { max_unavailable, canary, canary_timeout_ms: 60_000 });
        world.spec = PoolSpec { max_instances: target + claimed + more, max_surge, rollout, ..world.spec };
        world.want(if good { "two" } else { "bad" });
        world.fewest_ready = target as usize;
        for round in 0..60 {
            world.round();
            // Claims take members in between.
            if turns.contains(&round) && world.claimed + target < world.spec.max_instances {
                world.claim();
            }
        }
        prop_assert!(world.most_live <= world.spec.max_instances + max_surge);
        if turns.is_empty() && good {
            let floor = target.saturating_sub(max_unavailable.max(1)) as usize;
            prop_assert!(world.fewest_ready >= floor, "{} ready, floor {floor}", world.fewest_ready);
        }
        prop_assert!(!world.pass(), "{:?}", world.plan());
        if good || canary > 0 {
            prop_assert!(world.ready() >= target.min(world.spec.max_instances - world.claimed) as usize, "{world:?}");
        }
        if good && target > 0 {
            prop_assert_eq!(world.state.phase, Phase::Settled);
            prop_assert_eq!(world.with("one"), 0);
        }
    }

    #[test]
    fn what_is_given_up_was_idle_and_free(target in 1u32..8, protected in prop::collection::vec(any::<bool>(), 8)) {
        let mut world = World::settled(target);
        for (member, protected) in world.members.iter_mut().zip(protected) {
            member.protected = protected;
        }
        world.want("two");
        for _ in 0..100 {
            if let PoolStep::Shrink(ids, DestroyReason::Rollout) = world.plan().step {
                for id in ids {
                    let member = world.members.iter().find(|member| member.id == id).unwrap();
                    prop_assert!(!member.protected);
                }
            }
            world.round();
        }
    }
}
