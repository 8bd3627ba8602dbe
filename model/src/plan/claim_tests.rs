use chrono::TimeDelta;
use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::condition::Conditions;
use crate::record::ClaimTool;
use crate::words::Provisioning;

const TICK: Duration = Duration::from_secs(30);

fn now() -> Timestamp {
    Timestamp::from_timestamp(1_800_000_000, 0).unwrap()
}

fn wish(phase: ClaimPhase) -> Claim {
    Claim {
        id: Uuid::nil(),
        pool: "default".into(),
        phase,
        template_id: None,
        agent_name: "Ada".into(),
        instructions: "Answer.".into(),
        model: None,
        join_url: None,
        profile_image: None,
        metadata: Default::default(),
        owner_id: None,
        parent_instance: None,
        instance_id: Some("abcdef123456".parse().unwrap()),
        conversation_id: None,
        invite_url: None,
        tools: Vec::new(),
        priority: 0,
        deadline_at: now() + TimeDelta::seconds(600),
        ttl_seconds: None,
        expires_at: None,
        release_requested_at: None,
        rebinds: 0,
        failure: None,
        conditions: Conditions::default(),
        created_at: now(),
        bound_at: None,
        ready_at: None,
        trace_id: None,
        template_generation: None,
        template_latest: None,
        model_chosen: false,
        attempts: 0,
        generation: 1,
        observed_generation: 0,
    }
}

fn tool(phase: ToolPhase) -> ClaimTool {
    ClaimTool {
        tool_id: "email".into(),
        provisioning: Provisioning::Pool,
        phase,
        resource_id: None,
        error: (phase == ToolPhase::Failed).then(|| "no inbox left".into()),
    }
}

const MINE: Bound = Bound::Mine(InstanceStatus::Claiming);

fn step(claim: &Claim, bound: Bound) -> Step {
    super::claim(claim, bound, TICK, now()).step
}

#[test]
fn tools_come_first_then_the_agent() {
    let with_tools =
        Claim { tools: vec![tool(ToolPhase::Ready), tool(ToolPhase::Pending)], ..wish(ClaimPhase::Bound) };
    assert_eq!(step(&with_tools, MINE), Step::Provision(vec![1]));
    assert_eq!(step(&wish(ClaimPhase::Bound), MINE), Step::Configure);
    let half = Claim { tools: vec![tool(ToolPhase::Provisioning)], ..wish(ClaimPhase::Provisioning) };
    assert_eq!(step(&half, MINE), Step::Provision(vec![0]));
}

#[test]
fn a_tool_that_is_refused_fails_the_claim_and_says_which() {
    let refused = Claim { tools: vec![tool(ToolPhase::Failed)], ..wish(ClaimPhase::Provisioning) };
    let Step::Fail(failure) = step(&refused, MINE) else { panic!() };
    assert_eq!(failure.code, "tool_refused");
    assert!(
        failure.message.contains("email") && failure.message.contains("no inbox left"),
        "{}",
        failure.message
    );
}

#[test]
fn a_lost_instance_sends_the_claim_back_into_line_until_that_is_enough() {
    assert_eq!(step(&wish(ClaimPhase::Configuring), Bound::Lost), Step::Rebind);
    let unlucky = Claim { rebinds: REBINDS_MAX, ..wish(ClaimPhase::Configuring) };
    assert!(matches!(step(&unlucky, Bound::Lost), Step::Fail(_)));
}

#[test]
fn the_deadline_ends_whatever_is_not_ready() {
    for phase in
        [ClaimPhase::Pending, ClaimPhase::Bound, ClaimPhase::Provisioning, ClaimPhase::PendingAcceptance]
    {
        let late = Claim { deadline_at: now(), ..wish(phase) };
        assert!(matches!(step(&late, MINE), Step::Fail(_)), "{phase}");
    }
    let served = Claim { deadline_at: now(), ..wish(ClaimPhase::Ready) };
    assert_eq!(step(&served, Bound::Mine(InstanceStatus::Claimed)), Step::Nothing);
}

#[test]
fn a_served_claim_ends_by_wish_by_time_or_with_its_instance() {
    let served = wish(ClaimPhase::Ready);
    let claimed = Bound::Mine(InstanceStatus::Claimed);
    let asked = Claim { release_requested_at: Some(now()), ..served.clone() };
    assert_eq!(step(&asked, claimed), Step::Release(Ending::Requested));
    let old = Claim { expires_at: Some(now()), ..served.clone() };
    assert_eq!(step(&old, claimed), Step::Release(Ending::Expired));
    assert_eq!(step(&served, Bound::Lost), Step::Release(Ending::InstanceGone));
    assert_eq!(step(&served, Bound::Mine(InstanceStatus::Stuck)), Step::Nothing, "stuck is not gone");
}

#[test]
fn a_ready_claim_follows_its_template_and_nothing_else_does() {
    let behind = Claim { template_generation: Some(1), template_latest: Some(2), ..wish(ClaimPhase::Ready) };
    let step = |claim: &Claim, status| super::claim(claim, Bound::Mine(status), TICK, now()).step;
    assert_eq!(step(&behind, InstanceStatus::Claimed), Step::Sync);
    assert_eq!(step(&behind, InstanceStatus::Stuck), Step::Nothing, "it is told when it is well again");
    let level = Claim { template_generation: Some(2), ..behind.clone() };
    assert_eq!(step(&level, InstanceStatus::Claimed), Step::Nothing);
    let deleted = Claim { template_latest: None, ..behind.clone() };
    assert_eq!(step(&deleted, InstanceStatus::Claimed), Step::Nothing);
    let ended = Claim { expires_at: Some(now()), ..behind };
    assert_eq!(step(&ended, InstanceStatus::Claimed), Step::Release(Ending::Expired));
}

fn any_claim() -> impl Strategy<Value = Claim> {
    let phase = proptest::sample::select(ClaimPhase::ALL);
    let tools = proptest::collection::vec(proptest::sample::select(ToolPhase::ALL).prop_map(tool), 0..4);
    (phase, tools, -100i64..100, proptest::option::of(-100i64..100), any::<bool>(), 0u32..12).prop_map(
        |(phase, tools, deadline, expires, asked, rebinds)| Claim {
            tools,
            deadline_at: now() + TimeDelta::seconds(deadline),
            expires_at: expires.map(|seconds| now() + TimeDelta::seconds(seconds)),
            release_requested_at: asked.then(now),
            rebinds,
            ..wish(phase)
        },
    )
}

fn any_bound() -> impl Strategy<Value = Bound> {
    prop_oneof![
        Just(Bound::None),
        Just(Bound::Lost),
        proptest::sample::select(InstanceStatus::ALL).prop_map(Bound::Mine)
    ]
}

proptest! {
    #[test]
    fn what_is_over_stays_over(claim in any_claim(), bound in any_bound()) {
        if !claim.phase.is_live() {
            prop_assert_eq!(step(&claim, bound), Step::Nothing);
        }
    }

    #[test]
    fn a_ready_claim_never_fails_and_is_never_rebound(claim in any_claim(), bound in any_bound()) {
        if claim.phase == ClaimPhase::Ready {
            let step = step(&claim, bound);
            prop_assert!(!matches!(step, Step::Fail(_) | Step::Rebind | Step::Configure), "{step:?}");
        }
    }

    #[test]
    fn no_agent_is_told_anything_without_an_instance_that_is_ours(claim in any_claim(), bound in any_bound()) {
        if !matches!(bound, Bound::Mine(_)) {
            let step = step(&claim, bound);
            prop_assert!(!matches!(step, Step::Configure | Step::Provision(_) | Step::AskAcceptance), "{step:?}");
        }
    }

    #[test]
    fn a_live_claim_is_looked_at_again_or_ended(claim in any_claim(), bound in any_bound()) {
        let decision = super::claim(&claim, bound, TICK, now());
        let waits_for_events = decision.step == Step::Nothing && claim.phase == ClaimPhase::Ready;
        let ends = matches!(decision.step, Step::Fail(_) | Step::Release(_));
        if claim.phase.is_live() && !waits_for_events && !ends {
            prop_assert_ne!(decision.again, Again::Never);
        }
    }
}
