use chrono::TimeDelta;
use proptest::prelude::*;

use super::*;

fn now() -> Timestamp {
    Timestamp::from_timestamp(1_800_000_000, 0).unwrap()
}

fn spec(min_idle: u32, max_instances: u32) -> PoolSpec {
    PoolSpec { min_idle, max_instances, ..PoolSpec::default() }
}

fn id(number: usize) -> InstanceId {
    format!("member{number:06}").parse().unwrap()
}

fn idle(number: usize, status: InstanceStatus, old_image: bool, age_seconds: i64) -> Idle {
    Idle {
        id: id(number),
        status,
        deploy_status: DeployStatus::Healthy,
        image: old_image.then(|| "old".into()),
        created_at: now() - TimeDelta::seconds(age_seconds),
        protected: false,
    }
}

fn settled() -> Rolling {
    Rolling { proven: Some(rollout::Image::default()), generation: 1, ..Rolling::default() }
}

fn facts<'a>(
    spec: &'a PoolSpec,
    census: &'a Census,
    idle: &'a [Idle],
    creations: &'a Creations,
    rollout: &'a Rolling,
) -> Facts<'a> {
    Facts {
        outage: false,
        spec,
        generation: 1,
        target: spec.min_idle,
        census,
        idle,
        creations,
        rollout,
        canaries_failed: 0,
        canaries_taken: 0,
    }
}

fn plan(spec: &PoolSpec, census: &Census, members: &[Idle]) -> Step {
    pool(&facts(spec, census, members, &Creations::Welcome, &settled()), now()).step
}

fn create(count: usize) -> Step {
    Step::Create(count, None)
}

#[test]
fn an_empty_pool_is_filled_and_intents_count() {
    assert_eq!(plan(&spec(5, 100), &Census::default(), &[]), create(5));
    let underway = Census { starting: 3, ready: 1, ..Census::default() };
    assert_eq!(plan(&spec(5, 100), &underway, &[]), create(1));
    let enough = Census { starting: 4, ready: 1, ..Census::default() };
    assert_eq!(plan(&spec(5, 100), &enough, &[]), Step::Nothing);
}

#[test]
fn claims_in_line_are_members_that_are_missing() {
    let census = Census { waiting: 7, ..Census::default() };
    assert_eq!(plan(&spec(5, 100), &census, &[]), create(12));
}

#[test]
fn everything_that_exists_counts_against_the_limit() {
    let census = Census { claimed: 6, stuck: 1, destroying: 2, waiting: 50, ..Census::default() };
    assert_eq!(plan(&spec(5, 10), &census, &[]), create(1));
    let full = Census { starting: 1, ..census };
    assert_eq!(plan(&spec(5, 10), &full, &[]), Step::Nothing);
}

#[test]
fn a_held_pool_makes_one_probe_when_its_time_comes() {
    let held =
        |seconds| Creations::Held { why: "refused".into(), probe_at: now() + TimeDelta::seconds(seconds) };
    let step = |seconds| {
        pool(&facts(&spec(5, 100), &Census::default(), &[], &held(seconds), &settled()), now()).step
    };
    assert_eq!(step(60), Step::Nothing);
    assert_eq!(step(0), create(1));
}

#[test]
fn a_paused_pool_does_nothing() {
    let paused = PoolSpec { paused: true, ..spec(5, 100) };
    assert_eq!(plan(&paused, &Census { waiting: 3, ..Census::default() }, &[]), Step::Nothing);
}

#[test]
fn the_surplus_goes_unready_first_then_old_images_then_the_newest() {
    let members = [
        idle(1, InstanceStatus::Ready, false, 500),
        idle(2, InstanceStatus::Ready, false, 100),
        idle(3, InstanceStatus::Ready, true, 900),
        idle(4, InstanceStatus::Starting, false, 10),
        Idle { deploy_status: DeployStatus::Unreachable, ..idle(5, InstanceStatus::Ready, false, 800) },
    ];
    let census = Census { starting: 1, ready: 4, ..Census::default() };
    let order: Vec<Vec<InstanceId>> = (0..5)
        .rev()
        .map(|wanted| match plan(&spec(wanted, 100), &census, &members) {
            Step::Shrink(ids, DestroyReason::Surplus) => ids,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(order[0], [id(4)]);
    assert_eq!(order[4], [id(4), id(5), id(3), id(2), id(1)]);
}

#[test]
fn protected_members_stay() {
    let members = [Idle { protected: true, ..idle(1, InstanceStatus::Ready, false, 5) }];
    let census = Census { ready: 1, ..Census::default() };
    assert_eq!(plan(&spec(0, 100), &census, &members), Step::Nothing);
}

#[test]
fn in_an_outage_the_idle_members_that_went_stuck_are_waited_for_and_not_replaced() {
    let (spec, creations, settled) = (spec(12, 100), Creations::Welcome, settled());
    let census = Census { stuck: 12, hidden: 12, hidden_idle: 12, ..Census::default() };
    let decide = |census: &Census, outage| {
        pool(&Facts { outage, ..facts(&spec, census, &[], &creations, &settled) }, now()).step
    };
    assert_eq!(decide(&census, true), Step::Nothing);
    assert_eq!(decide(&census, false), create(12), "single failures are replaced at once");
    assert_eq!(
        decide(&Census { waiting: 2, ..census.clone() }, true),
        create(2),
        "claims in line are tried for"
    );
    let most = Census { ready: 3, stuck: 12, hidden: 12, hidden_idle: 12, ..Census::default() };
    assert_eq!(decide(&most, true), Step::Nothing, "who waits for the way is no surplus either");
}

fn any_census() -> impl Strategy<Value = Census> {
    (0u32..60, 0u32..60, 0u32..20, 0u32..60, 0u32..9, 0u32..9, 0u32..200).prop_map(
        |(starting, ready, claiming, claimed, stuck, destroying, waiting)| Census {
            starting,
            ready,
            claiming,
            claimed,
            stuck,
            destroying,
            waiting,
            ..Census::default()
        },
    )
}

proptest! {
    #[test]
    fn no_pass_goes_beyond_the_limit(min_idle in 0u32..300, most in 0u32..300, census in any_census()) {
        if let Step::Create(count, _) = plan(&spec(min_idle, most), &census, &[]) {
            prop_assert!(count > 0);
            prop_assert!(census.live() as usize + count <= most as usize);
            prop_assert!(census.idle() as usize + count <= (min_idle + census.waiting) as usize);
        }
    }

    #[test]
    fn shrinking_never_takes_more_than_the_surplus(min_idle in 0u32..50, census in any_census()) {
        let members: Vec<Idle> =
            (0..census.idle() as usize).map(|number| idle(number, InstanceStatus::Ready, false, number as i64)).collect();
        if let Step::Shrink(ids, _) = plan(&spec(min_idle, 1000), &census, &members) {
            prop_assert!(ids.len() as u32 <= census.idle() - min_idle - census.waiting);
        }
    }

    /// Doing what the plan says until it says nothing ends at the target, from any beginning.
    #[test]
    fn passes_converge_and_then_stop(min_idle in 0u32..150, census in any_census()) {
        let spec = spec(min_idle, 2000);
        let mut census = census;
        for _ in 0..20 {
            let members: Vec<Idle> =
                (0..census.idle() as usize).map(|number| idle(number, InstanceStatus::Ready, false, 1)).collect();
            match plan(&spec, &census, &members) {
                Step::Create(count, _) => census.starting += count as u32,
                Step::Shrink(ids, DestroyReason::Surplus) => {
                    let gone = ids.len() as u32;
                    let starting = census.starting.min(gone);
                    census.starting -= starting;
                    census.ready -= gone - starting;
                }
                Step::Turn(_) | Step::Shrink(..) => prop_assert!(false, "no rollout here"),
                Step::Nothing => {
                    prop_assert_eq!(census.idle(), min_idle + census.waiting);
                    return Ok(());
                }
            }
        }
        prop_assert!(false, "twenty passes were not enough");
    }
}
