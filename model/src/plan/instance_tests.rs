use chrono::TimeDelta;
use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::condition::{Condition, Conditions, Truth};
use crate::plan::outage::{Probes, Reach};
use crate::record::{Failure, RedeployWish};

const MINUTE: i64 = 60;

fn now() -> Timestamp {
    Timestamp::from_timestamp(1_800_000_000, 0).unwrap()
}

fn ago(seconds: i64) -> Timestamp {
    now() - TimeDelta::seconds(seconds)
}

fn policy() -> Policy {
    Policy {
        stuck_timeout: Duration::from_secs(900),
        tick: Duration::from_secs(30),
        fast: FAST,
        recoveries_max: RECOVERIES_MAX,
        recovery: RECOVERY,
        recovery_reset: RECOVERY_RESET,
        patience: Patience::scaled(1.0),
        outage: None,
    }
}

fn member(status: InstanceStatus) -> Instance {
    let personalised = matches!(status, InstanceStatus::Claiming | InstanceStatus::Claimed);
    Instance {
        id: "abcdef123456".parse().unwrap(),
        pool: "default".into(),
        status,
        status_since: ago(MINUTE),
        deploy_status: DeployStatus::Healthy,
        url: Some("http://agent".into()),
        image: None,
        runtime_version: None,
        agent_name: None,
        claim_id: personalised.then(Uuid::nil),
        template_id: None,
        owner_id: None,
        conversation_id: None,
        invite_url: None,
        parent_instance: None,
        protected: false,
        healthy_at: None,
        unhealthy_since: None,
        hidden: false,
        missing_sightings: 0,
        redeploy: None,
        recoveries: 0,
        recovered_at: None,
        template_synced_at: None,
        failure: None,
        conditions: Conditions::default(),
        created_at: ago(MINUTE),
        claimed_at: personalised.then(|| ago(MINUTE)),
        attempts: 0,
        generation: 1,
        observed_generation: 1,
    }
}

fn stuck(personalised: bool) -> Instance {
    Instance {
        claim_id: personalised.then(Uuid::nil),
        claimed_at: personalised.then(|| ago(3600)),
        deploy_status: DeployStatus::Unreachable,
        unhealthy_since: Some(ago(3600)),
        ..member(InstanceStatus::Stuck)
    }
}

/// Twelve of twelve members are hidden, and this became of the recoveries.
fn outage(probes: Probes) -> Policy {
    let reach = Reach { running: 12, hidden: 12 };
    let policy = policy();
    Policy { outage: Some(Held::new(reach, &probes, &policy.patience, now())), ..policy }
}

fn step(instance: &Instance, seen: Seen) -> Step {
    super::instance(instance, seen, &policy(), now()).step
}

fn saw(status: DeployStatus) -> Seen {
    Seen::Status(status)
}

#[test]
fn in_an_outage_a_hidden_member_is_looked_at_and_redeployed_only_in_its_turn() {
    let probes = Probes { in_flight: 1, ..Probes::default() };
    let (free, taken) = (outage(Probes::default()), outage(probes));
    let note = |seen| Step::Note(seen);
    for personalised in [false, true] {
        let hidden = Instance { hidden: true, ..stuck(personalised) };
        for policy in [&free, &taken] {
            let before = super::instance(&hidden, Seen::NotLooked, policy, now());
            assert_eq!(before.step, Step::Look);
            assert!(before.reason.contains("12 of 12 agents do not answer"), "{}", before.reason);
        }
        for seen in [DeployStatus::Unreachable, DeployStatus::DeployFailed] {
            let decide = |policy| super::instance(&hidden, saw(seen), policy, now()).step;
            assert_eq!((decide(&free), decide(&taken)), (Step::Recover, note(seen)));
        }
        let back = super::instance(&hidden, saw(DeployStatus::Healthy), &taken, now()).step;
        let next = if personalised { InstanceStatus::Claimed } else { InstanceStatus::Ready };
        assert_eq!(back, Step::Become(DeployStatus::Healthy, next));
    }
}

#[test]
fn in_an_outage_a_member_whose_vendor_says_that_it_ended_is_recovered_as_ever() {
    let policy = outage(Probes { in_flight: 1, ..Probes::default() });
    let decide = |personalised| super::instance(&stuck(personalised), Seen::NotLooked, &policy, now()).step;
    assert_eq!(decide(false), Step::RequestDestroy(DestroyReason::Stuck));
    assert_eq!(decide(true), Step::Recover);
}

/// A redeploy that somebody asked for and that was not sent yet.
fn wish() -> RedeployWish {
    RedeployWish {
        key: Uuid::nil(),
        image: None,
        requested_at: now(),
        begun_at: None,
        sent_at: None,
        previous_image: None,
    }
}

#[test]
fn in_an_outage_a_person_who_wants_a_redeploy_has_it_at_once() {
    let policy = outage(Probes { in_flight: 1, ..Probes::default() });
    let wanted = Instance { hidden: true, redeploy: Some(wish()), ..stuck(true) };
    assert_eq!(super::instance(&wanted, Seen::NotLooked, &policy, now()).step, Step::Redeploy);
}

#[test]
fn in_an_outage_a_turn_passes_who_may_not_be_redeployed_now() {
    let policy = outage(Probes::default());
    let hidden = Instance { hidden: true, ..stuck(false) };
    for (member, why) in [
        (Instance { protected: true, ..hidden.clone() }, "protects"),
        (Instance { recoveries: RECOVERIES_MAX, ..hidden.clone() }, "as often as allowed"),
        (Instance { recoveries: 1, recovered_at: Some(ago(179)), ..hidden.clone() }, "time yet"),
    ] {
        let decision = super::instance(&member, saw(DeployStatus::Unreachable), &policy, now());
        assert_eq!(decision.step, Step::Note(DeployStatus::Unreachable));
        assert!(decision.reason.contains(why), "{}", decision.reason);
    }
    let again = Instance { recoveries: 1, recovered_at: Some(ago(180)), ..hidden };
    assert_eq!(super::instance(&again, saw(DeployStatus::Unreachable), &policy, now()).step, Step::Recover);
}

#[test]
fn without_an_address_it_is_created_however_long_that_takes() {
    let old = Instance { url: None, created_at: ago(100_000), ..member(InstanceStatus::Starting) };
    assert_eq!(step(&old, Seen::NotLooked), Step::Create);
    let refused = Failure { code: "invalid".into(), message: String::new() };
    let refused = Instance { failure: Some(refused), ..old };
    assert_eq!(step(&refused, Seen::NotLooked), Step::RequestDestroy(DestroyReason::FailedCreate));
}

#[test]
fn the_first_health_makes_it_ready() {
    let starting = member(InstanceStatus::Starting);
    let expected = Step::Become(DeployStatus::Healthy, InstanceStatus::Ready);
    assert_eq!(step(&starting, saw(DeployStatus::Healthy)), expected);
}

#[test]
fn a_slow_boot_is_not_stuck_and_a_hopeless_one_is() {
    for (seconds, expected) in [
        (2 * MINUTE, Step::Note(DeployStatus::Unreachable)),
        (15 * MINUTE, Step::Become(DeployStatus::Unreachable, InstanceStatus::Stuck)),
    ] {
        let starting = Instance { unhealthy_since: Some(ago(seconds)), ..member(InstanceStatus::Starting) };
        assert_eq!(step(&starting, saw(DeployStatus::Unreachable)), expected, "{seconds} s");
    }
}

#[test]
fn a_deployment_that_never_ends_is_stuck_too() {
    let starting = Instance { unhealthy_since: Some(ago(15 * MINUTE)), ..member(InstanceStatus::Starting) };
    let expected = Step::Become(DeployStatus::Deploying, InstanceStatus::Stuck);
    assert_eq!(step(&starting, saw(DeployStatus::Deploying)), expected);
}

#[test]
fn no_answer_changes_nothing_however_long_it_was_unwell() {
    for status in
        [InstanceStatus::Starting, InstanceStatus::Ready, InstanceStatus::Claimed, InstanceStatus::Stuck]
    {
        let unwell = Instance { unhealthy_since: Some(ago(100_000)), ..member(status) };
        assert_eq!(step(&unwell, saw(DeployStatus::Unknown)), Step::Note(DeployStatus::Unknown), "{status}");
    }
}

#[test]
fn missing_is_believed_when_said_twice() {
    let once = member(InstanceStatus::Ready);
    assert_eq!(step(&once, saw(DeployStatus::NotFound)), Step::Note(DeployStatus::NotFound));
    let twice = Instance { missing_sightings: 1, ..once };
    let expected = Step::Become(DeployStatus::NotFound, InstanceStatus::Stuck);
    assert_eq!(step(&twice, saw(DeployStatus::NotFound)), expected);
}

#[test]
fn stuck_and_nobodys_is_replaced_stuck_and_somebodys_is_redeployed() {
    assert_eq!(step(&stuck(false), Seen::NotLooked), Step::RequestDestroy(DestroyReason::Stuck));
    assert_eq!(step(&stuck(true), Seen::NotLooked), Step::Recover);
}

#[test]
fn redeploys_are_spaced_1_2_4_minutes_and_bounded() {
    for (recoveries, waited, expected) in [
        (1, 59, Step::Look),
        (1, 60, Step::Recover),
        (2, 119, Step::Look),
        (2, 120, Step::Recover),
        (4, 480, Step::Recover),
        (5, 100_000, Step::GiveUpRecovery),
    ] {
        let member = Instance { recoveries, recovered_at: Some(ago(waited)), ..stuck(true) };
        assert_eq!(
            step(&member, Seen::NotLooked),
            expected,
            "{recoveries} redeploys, the last {waited} s ago"
        );
    }
}

#[test]
fn exhausted_recovery_is_said_once_and_health_is_still_looked_for() {
    let mut member = Instance { recoveries: 5, ..stuck(true) };
    member.conditions.set(Condition {
        kind: "RecoveryExhausted".into(),
        status: Truth::True,
        reason: "RedeploysExhausted".into(),
        message: String::new(),
        last_transition_time: now(),
        observed_generation: 1,
    });
    assert_eq!(step(&member, Seen::NotLooked), Step::Look);
    let healed = Step::Become(DeployStatus::Healthy, InstanceStatus::Claimed);
    assert_eq!(step(&member, saw(DeployStatus::Healthy)), healed);
}

#[test]
fn what_a_person_protects_is_not_destroyed_however_long_it_was_stuck() {
    let member = Instance { protected: true, ..stuck(false) };
    assert_eq!(step(&member, Seen::NotLooked), Step::Look);
    let healed = Step::Become(DeployStatus::Healthy, InstanceStatus::Ready);
    assert_eq!(step(&member, saw(DeployStatus::Healthy)), healed);
    assert_eq!(step(&stuck(false), Seen::NotLooked), Step::RequestDestroy(DestroyReason::Stuck));
}

#[test]
fn a_wished_redeploy_goes_before_everything_else() {
    let unsent = Instance { redeploy: Some(wish()), ..stuck(true) };
    assert_eq!(step(&unsent, Seen::NotLooked), Step::Redeploy);
    let sent = Instance {
        redeploy: Some(RedeployWish { sent_at: Some(now()), ..wish() }),
        recoveries: 1,
        recovered_at: Some(now()),
        ..unsent
    };
    assert_eq!(step(&sent, Seen::NotLooked), Step::Look);
}

#[test]
fn settled_instances_are_looked_at_each_tick_others_sooner() {
    let pace = |member: &Instance| super::instance(member, Seen::NotLooked, &policy(), now()).again;
    assert_eq!(pace(&member(InstanceStatus::Claimed)), Again::After(policy().tick));
    assert_eq!(pace(&member(InstanceStatus::Starting)), Again::After(FAST));
    let unwell = Instance { deploy_status: DeployStatus::Unreachable, ..member(InstanceStatus::Ready) };
    assert_eq!(pace(&unwell), Again::After(FAST));
}

fn any_instance() -> impl Strategy<Value = Instance> {
    let status = proptest::sample::select(InstanceStatus::ALL);
    let deploy = proptest::sample::select(DeployStatus::ALL);
    let unwell = proptest::option::of(0i64..100_000);
    let rest =
        (any::<bool>(), any::<bool>(), any::<bool>(), 0u32..8, 0u32..4, proptest::option::of(any::<bool>()));
    (status, deploy, unwell, rest).prop_map(
        |(status, deploy_status, unwell, (personalised, has_url, refused, recoveries, missing, wish))| {
            let claimed = matches!(status, InstanceStatus::Claiming | InstanceStatus::Claimed);
            let anonymous = matches!(status, InstanceStatus::Starting | InstanceStatus::Ready);
            let personalised = claimed || (personalised && !anonymous);
            let refused = refused.then(|| Failure { code: "x".into(), message: String::new() });
            Instance {
                deploy_status,
                url: (has_url || claimed).then(|| "http://agent".into()),
                failure: refused,
                claim_id: personalised.then(Uuid::nil),
                claimed_at: personalised.then(now),
                unhealthy_since: unwell.map(ago),
                missing_sightings: missing,
                recoveries,
                recovered_at: unwell.map(ago),
                redeploy: wish.map(|sent| RedeployWish {
                    key: Uuid::nil(),
                    image: None,
                    requested_at: now(),
                    begun_at: sent.then(now),
                    sent_at: sent.then(now),
                    previous_image: None,
                }),
                ..member(status)
            }
        },
    )
}

fn any_seen() -> impl Strategy<Value = Seen> {
    proptest::option::of(proptest::sample::select(DeployStatus::ALL))
        .prop_map(|seen| seen.map_or(Seen::NotLooked, Seen::Status))
}

proptest! {
    #[test]
    fn nothing_that_serves_somebody_is_destroyed_from_here(member in any_instance(), seen in any_seen()) {
        let step = step(&member, seen);
        if member.is_personalised() && member.url.is_some() {
            prop_assert!(!matches!(step, Step::RequestDestroy(_)), "{step:?}");
        }
    }

    #[test]
    fn what_a_claim_touched_never_becomes_ready(member in any_instance(), seen in any_seen()) {
        if let Step::Become(_, next) = step(&member, seen) {
            prop_assert!(!(member.is_personalised() && next == InstanceStatus::Ready));
            prop_assert!(!matches!(next, InstanceStatus::Destroying | InstanceStatus::Deleted));
        }
    }

    #[test]
    fn what_is_going_is_left_alone(member in any_instance(), seen in any_seen()) {
        if matches!(member.status, InstanceStatus::Destroying | InstanceStatus::Deleted) {
            prop_assert_eq!(step(&member, seen), Step::Nothing);
        }
    }

    #[test]
    fn everything_live_is_looked_at_again(member in any_instance(), seen in any_seen()) {
        let decision = super::instance(&member, seen, &policy(), now());
        let live = !matches!(member.status, InstanceStatus::Destroying | InstanceStatus::Deleted);
        prop_assert_eq!(live, decision.again != Again::Never);
    }
}
