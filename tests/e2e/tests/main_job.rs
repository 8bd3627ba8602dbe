//! The main job: a warm pool, a claim, a conversation, a clean end; with real runtime processes.
#![expect(clippy::unwrap_used, reason = "a world that cannot be made has failed the test")]

use std::{collections::BTreeSet, time::Duration};

use e2e::{
    invariants::{Limits, settled, violations},
    settle::eventually,
    world::{Options, Runtime, World},
};
use serde_json::json;

const REST_WITHIN: Duration = Duration::from_secs(180);

async fn nothing_is_broken(world: &World) {
    let limits = Limits { instances_max: world.options.max_instances, surge_max: 3 };
    let found = violations(world, limits).await.unwrap();
    assert!(found.is_empty(), "{found:#?}");
}

#[tokio::test]
async fn a_claim_opens_a_conversation_and_its_end_leaves_nothing() {
    let options = Options { runtime: Runtime::Process, time_scale: 20.0, ..Options::default() };
    let world = World::start(options).await.unwrap();
    world.full(REST_WITHIN).await.unwrap();
    let api = world.api();

    let claim = api.claim_ready("Ada").await.unwrap();
    let link = claim.invite_url.clone().unwrap();
    let anyone = api.http().with_key(None);
    let page = anyone.get(&link).await.unwrap().expect(200).unwrap();
    assert!(page.header("content-type").starts_with("text/html"), "{:?}", page.headers);
    let reply = anyone.post(&format!("{link}/messages"), &json!({"text": "Are you there?"})).await.unwrap();
    let reply = reply.expect(200).unwrap();
    assert!(!reply.text("reply").is_empty(), "{}", reply.body);

    // The pool is refilled while the claim lives.
    world.full(REST_WITHIN).await.unwrap();
    let instance = claim.instance_id.unwrap();
    api.release(claim.claim_id).await.unwrap();
    settled(&world, REST_WITHIN).await.unwrap();
    assert_eq!(api.claim_of(claim.claim_id).await.unwrap().phase.as_str(), "released");
    assert_eq!(api.instance(instance.as_str()).await.unwrap().status.as_str(), "deleted");
    assert!(anyone.get(&link).await.map_or(true, |page| page.status != 200), "the link still opens");
    let members: BTreeSet<String> =
        api.instances().await.unwrap().iter().map(|it| it.instance_id.to_string()).collect();
    let outside = world.outside.inventory().await.unwrap();
    assert_eq!(outside.projects.into_iter().collect::<BTreeSet<_>>(), members);
    assert_eq!(outside.keys.into_iter().collect::<BTreeSet<_>>(), members);
    assert_eq!(members.len(), 2);
    nothing_is_broken(&world).await;
}

#[tokio::test]
async fn one_key_ten_times_at_once_is_one_claim() {
    let world = World::start(Options { pools: 2, ..Options::default() }).await.unwrap();
    world.full(REST_WITHIN).await.unwrap();
    let body = json!({"agentName": "Ada", "instructions": "Answer in one sentence."});
    let calls = (0..10).map(|index| {
        let (api, body) = (world.api_of(index % 2), body.clone());
        tokio::spawn(async move { api.claim(&body, Some("same-key"), 60).await })
    });
    let mut claims = BTreeSet::new();
    let mut links = BTreeSet::new();
    for call in calls.collect::<Vec<_>>() {
        let answer = call.await.unwrap().unwrap().expect(200).unwrap();
        claims.insert(answer.text("claimId").to_owned());
        links.insert((answer.text("inviteUrl").to_owned(), answer.text("instanceId").to_owned()));
    }
    assert_eq!((claims.len(), links.len()), (1, 1), "{claims:?} {links:?}");
    // The same key for something else is refused, and says so.
    let other = json!({"agentName": "Eve", "instructions": "Answer in one sentence."});
    let refused = world.api().claim(&other, Some("same-key"), 0).await.unwrap().expect(409).unwrap();
    assert_eq!(refused.text("code"), "idempotency_key_reused");
    settled(&world, REST_WITHIN).await.unwrap();
    nothing_is_broken(&world).await;
}

#[tokio::test]
async fn fifty_claims_at_once_against_twenty_ready_get_fifty_instances() {
    let options = Options { min_idle: 20, max_instances: 60, time_scale: 400.0, ..Options::default() };
    let world = World::start(options).await.unwrap();
    world.full(REST_WITHIN).await.unwrap();
    let calls = (0..50).map(|index| {
        let api = world.api();
        tokio::spawn(async move {
            let body = json!({"agentName": format!("Agent {index}"), "instructions": "Answer."});
            api.claim(&body, None, 5).await
        })
    });
    let mut ids = Vec::new();
    for call in calls.collect::<Vec<_>>() {
        let answer = call.await.unwrap().unwrap();
        assert!([200, 202].contains(&answer.status), "{} {}", answer.status, answer.body);
        ids.push(answer.text("claimId").parse().unwrap());
    }
    // Ten places beyond the claims cannot hold twenty idle members: the pool says that it is limited.
    let api = world.api();
    let mut instances = BTreeSet::new();
    for id in ids {
        let claim = eventually("the claim is ready", REST_WITHIN, async || {
            let claim = api.claim_of(id).await?;
            anyhow::ensure!(claim.phase.as_str() == "ready", "{}", claim.phase);
            Ok(claim)
        });
        instances.insert(claim.await.unwrap().instance_id.unwrap());
    }
    assert_eq!(instances.len(), 50);
    let pool = api.pool().await.unwrap();
    assert!(pool.status.conditions.is_true("Limited"), "{:?}", pool.status);
    api.scale(&json!({"minIdle": 5})).await.unwrap();
    settled(&world, REST_WITHIN).await.unwrap();
    nothing_is_broken(&world).await;
}
