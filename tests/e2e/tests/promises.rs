//! What must hold under each named fault: one test a promise.
#![expect(clippy::unwrap_used, reason = "a world that cannot be made has failed the test")]

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use anyhow::{Context, ensure};
use e2e::{
    invariants::{Limits, settled, violations},
    settle::eventually,
    world::{Options, World, http::Http, outside::Entry},
};
use model::api::ClaimView;
use serde_json::json;

const REST_WITHIN: Duration = Duration::from_secs(180);
const GOOD_IMAGE: &str = "ghcr.io/xmtplabs/convos-runtime:latest";
const BAD_IMAGE: &str = "ghcr.io/xmtplabs/convos-runtime:never-published";

async fn full_world(options: Options) -> World {
    let world = World::start(options).await.unwrap();
    settled(&world, REST_WITHIN).await.unwrap();
    world
}

async fn nothing_is_broken(world: &World) {
    broken_by_none(world, 3).await;
}

/// The same where no rollout may add to the members of a pool.
async fn broken_by_none(world: &World, surge_max: u32) {
    settled(world, REST_WITHIN).await.unwrap();
    let limits = Limits { instances_max: world.options.max_instances, surge_max };
    let found = violations(world, limits).await.unwrap();
    assert!(found.is_empty(), "{found:#?}");
}

fn wish() -> serde_json::Value {
    json!({"agentName": "Ada", "instructions": "Answer.", "deadlineSeconds": 60})
}

/// What the vendors carried out or not, of one operation.
async fn asked(world: &World, operation: &str) -> Vec<Entry> {
    let journal = world.outside.journal(0).await.unwrap();
    journal.into_iter().filter(|entry| entry.operation == operation).collect()
}

#[tokio::test]
async fn five_claims_with_one_join_link_at_once_get_one_instance() {
    let world = full_world(Options { pools: 2, min_idle: 3, ..Options::default() }).await;
    let mut body = wish();
    body["joinUrl"] = json!("https://dev.convos.org/v2?i=one-conversation");
    let calls: Vec<_> = (0..5)
        .map(|index| {
            let (api, body) = (world.api_of(index % 2), body.clone());
            tokio::spawn(async move { api.claim(&body, None, 30).await })
        })
        .collect();
    let mut statuses = BTreeMap::new();
    let mut first = BTreeSet::new();
    for call in calls {
        let answer = call.await.unwrap().unwrap();
        *statuses.entry(answer.status).or_insert(0) += 1;
        if answer.status == 409 {
            assert_eq!(answer.text("code"), "join_url_in_use", "{}", answer.body);
        } else {
            first.insert(answer.text("claimId").to_owned());
        }
    }
    assert_eq!(statuses, BTreeMap::from([(200, 1), (409, 4)]));
    assert_eq!(first.len(), 1);
    let bound = world.api().instances().await.unwrap().into_iter().filter(|it| it.claim_id.is_some()).count();
    assert_eq!(bound, 1);
    nothing_is_broken(&world).await;
}

#[tokio::test]
async fn a_vendor_that_refuses_deletions_for_an_hour_delays_them_and_loses_none() {
    let world = full_world(Options { time_scale: 400.0, ..Options::default() }).await;
    let api = world.api();
    let claim = api.claim_ready("Ada").await.unwrap();
    let instance = claim.instance_id.unwrap().to_string();
    let refusing = json!([
        {"vendor": "railway", "operation": "projectDelete", "kind": "refuse"},
        {"vendor": "openrouter", "operation": "deleteKey", "kind": "refuse"},
    ]);
    world.outside.set_faults(&refusing).await.unwrap();
    api.release(claim.claim_id).await.unwrap();
    let began = world.outside.elapsed_seconds().await.unwrap();
    eventually("an hour passes and it is tried again and again", REST_WITHIN, async || {
        let elapsed = world.outside.elapsed_seconds().await? - began;
        ensure!(elapsed > 3_600.0, "{elapsed} s");
        let requests = api.destroy_requests().await?;
        let request = requests.iter().find(|it| it.instance_id.as_str() == instance).context("no request")?;
        ensure!(request.phase.as_str() == "destroying", "{request:?}");
        ensure!(request.attempts >= 3 || request.last_error.is_some(), "{request:?}");
        Ok(())
    })
    .await
    .unwrap();
    assert_eq!(api.instance(&instance).await.unwrap().status.as_str(), "destroying");
    world.outside.heal().await.unwrap();
    nothing_is_broken(&world).await;
    assert_eq!(api.instance(&instance).await.unwrap().status.as_str(), "deleted");
}

/// A claim whose agent misbehaves once is ready in the end, with one conversation.
async fn claimed_while_the_agent(fault: serde_json::Value) -> (World, ClaimView) {
    let world = full_world(Options { min_idle: 3, ..Options::default() }).await;
    world.outside.set_faults(&json!([fault])).await.unwrap();
    let answer = world.api().claim(&wish(), None, 60).await.unwrap().expect(200).unwrap();
    assert_eq!(world.outside.fault_left().await.unwrap(), 0, "the fault met nothing");
    world.outside.heal().await.unwrap();
    nothing_is_broken(&world).await;
    let claim: ClaimView = answer.read().unwrap();
    let now = world.api().claim_of(claim.claim_id).await.unwrap();
    assert_eq!(now.invite_url, claim.invite_url, "the link is another one now");
    assert!(asked(&world, "reset").await.is_empty(), "an agent was reset");
    (world, claim)
}

#[tokio::test]
async fn an_agent_that_takes_eleven_seconds_has_one_conversation() {
    let fault =
        json!({"vendor": "agent", "operation": "provision", "kind": "slow", "ms": 11_000, "count": 1});
    let (world, claim) = claimed_while_the_agent(fault).await;
    let carried_out = asked(&world, "provision").await.iter().filter(|entry| entry.applied).count();
    assert!(carried_out >= 1);
    let bound: Vec<_> =
        world.api().instances().await.unwrap().into_iter().filter(|it| it.claim_id.is_some()).collect();
    assert_eq!(bound.len(), 1);
    assert_eq!(Some(&bound[0].instance_id), claim.instance_id.as_ref());
}

#[tokio::test]
async fn an_agent_whose_answer_is_lost_has_one_conversation() {
    let fault = json!({"vendor": "agent", "operation": "provision", "kind": "lose_answer", "count": 1});
    let (world, _) = claimed_while_the_agent(fault).await;
    // It was carried out, so nobody needed to be replaced.
    assert!(world.api().destroy_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn an_agent_that_hangs_has_one_conversation() {
    let fault = json!({"vendor": "agent", "operation": "provision", "kind": "hang", "count": 1});
    claimed_while_the_agent(fault).await;
}

#[tokio::test]
async fn an_agent_that_is_bound_to_somebody_else_is_left_for_another() {
    let fault =
        json!({"vendor": "agent", "operation": "provision", "kind": "status", "status": 409, "count": 1});
    claimed_while_the_agent(fault).await;
}

#[tokio::test]
async fn an_agent_that_refuses_our_key_is_left_for_another() {
    let fault =
        json!({"vendor": "agent", "operation": "provision", "kind": "status", "status": 401, "count": 1});
    claimed_while_the_agent(fault).await;
}

#[tokio::test]
async fn a_volume_or_domain_that_is_refused_is_made_before_the_deploy() {
    let mut world = World::prepare(Options { min_idle: 2, ..Options::default() }).await.unwrap();
    let refusing = json!([
        {"vendor": "railway", "operation": "volumeCreate", "kind": "throttle_text", "count": 3},
        {"vendor": "railway", "operation": "serviceDomainCreate", "kind": "refuse", "count": 3},
    ]);
    world.outside.set_faults(&refusing).await.unwrap();
    world.start_all().await.unwrap();
    nothing_is_broken(&world).await;
    let mut made: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for entry in world.outside.journal(0).await.unwrap().into_iter().filter(|entry| entry.applied) {
        let step = ["volumeCreate", "serviceDomainCreate", "environmentPatchCommit"];
        if step.contains(&entry.operation.as_str()) {
            made.entry(entry.subject.unwrap_or_default()).or_default().push(entry.operation);
        }
    }
    assert_eq!(made.len(), 2, "{made:?}");
    for (name, steps) in made {
        assert_eq!(steps.len(), 3, "{name}: {steps:?}");
        assert_eq!(steps.last().map(String::as_str), Some("environmentPatchCommit"), "{name}: {steps:?}");
    }
}

#[tokio::test]
async fn a_bad_image_stops_at_the_canary_and_the_pool_serves_on() {
    let world = full_world(Options { min_idle: 3, ..Options::default() }).await;
    let api = world.api();
    let rollout = json!({"maxUnavailable": 1, "canary": 1, "canaryTimeoutMs": 4_000});
    api.scale(&json!({"image": BAD_IMAGE, "rollout": rollout})).await.unwrap();
    eventually("the rollout says that it stopped", REST_WITHIN, async || {
        let status = api.pool().await?.status;
        let stopped =
            status.conditions.0.iter().any(|it| it.reason.contains("Canary") && !it.message.is_empty());
        ensure!(stopped, "{:?} {}", status.conditions, status.explanation);
        Ok(())
    })
    .await
    .unwrap();
    let serving: Vec<_> =
        api.instances().await.unwrap().into_iter().filter(|it| it.status.as_str() == "ready").collect();
    assert!(serving.len() >= 2, "{serving:#?}");
    assert!(serving.iter().all(|it| it.image.as_deref() != Some(BAD_IMAGE)));
    api.claim_ready("Ada").await.unwrap();
    api.scale(&json!({"image": GOOD_IMAGE})).await.unwrap();
    eventually("every idle member has the good image", REST_WITHIN, async || {
        let members = api.instances().await?;
        let idle: Vec<_> = members.iter().filter(|it| it.status.as_str() == "ready").collect();
        ensure!(idle.len() == 3 && idle.iter().all(|it| it.image.as_deref() == Some(GOOD_IMAGE)), "{idle:?}");
        Ok(())
    })
    .await
    .unwrap();
    nothing_is_broken(&world).await;
}

#[tokio::test]
async fn a_burst_of_claims_never_makes_more_than_the_pool_may_have() {
    let options =
        Options { min_idle: 5, max_instances: 12, time_scale: 400.0, pools: 2, ..Options::default() };
    let world = full_world(options).await;
    let calls: Vec<_> = (0..100)
        .map(|index| {
            let api = world.api_of(index % 2);
            let body =
                json!({"agentName": format!("Agent {index}"), "instructions": "x", "deadlineSeconds": 12});
            tokio::spawn(async move {
                // A replica that is too busy says so; a client asks again with its key.
                loop {
                    let answer = api.claim(&body, Some(&format!("client-{index}")), 0).await.unwrap();
                    if answer.status != 503 {
                        return answer;
                    }
                }
            })
        })
        .collect();
    for call in calls {
        let answer = call.await.unwrap();
        assert!([200, 202].contains(&answer.status), "{} {}", answer.status, answer.body);
    }
    let api = world.api();
    eventually("every claim is served or told why not", REST_WITHIN, async || {
        let claims = api.claims().await?;
        let waiting = claims.iter().filter(|it| !["ready", "failed"].contains(&it.phase.as_str())).count();
        ensure!(claims.len() == 100 && waiting == 0, "{waiting} of {} wait", claims.len());
        Ok(())
    })
    .await
    .unwrap();
    let claims = api.claims().await.unwrap();
    let ready = claims.iter().filter(|it| it.phase.as_str() == "ready").count();
    assert_eq!(ready, 12, "as many as the pool may have");
    assert!(claims.iter().filter(|it| it.phase.as_str() == "failed").all(|it| it.failure.is_some()));
    for claim in claims.iter().filter(|it| it.phase.as_str() == "ready") {
        api.release(claim.claim_id).await.unwrap();
    }
    broken_by_none(&world, 0).await;
}

#[tokio::test]
async fn a_process_that_slept_past_its_lease_changes_nothing() {
    let options = Options { pools: 2, services: 2, min_idle: 3, ..Options::default() };
    let mut world = World::start(options).await.unwrap();
    // In the middle of a warm-up the first replica of each stops, past its lease, and goes on.
    eventually("a project is created", REST_WITHIN, async || {
        ensure!(world.outside.carried_out(0).await?.contains_key("projectCreate"));
        Ok(())
    })
    .await
    .unwrap();
    world.pools[0].pause();
    world.services[0].pause();
    let (lease, scale) = (world.options.lease.as_secs_f64(), world.options.time_scale);
    let paused = world.outside.elapsed_seconds().await.unwrap();
    eventually("their leases end", REST_WITHIN, async || {
        ensure!(world.outside.elapsed_seconds().await? > paused + 2.0 * lease * scale);
        Ok(())
    })
    .await
    .unwrap();
    world.services[0].resume();
    let other = world.api_of(1);
    eventually("the other replica fills the pool", REST_WITHIN, async || {
        let status = other.pool().await?.status;
        ensure!(status.ready == 3, "{status:?}");
        Ok(())
    })
    .await
    .unwrap();
    let claim = other.claim_ready("Ada").await.unwrap();
    other.release(claim.claim_id).await.unwrap();
    world.pools[0].resume();
    nothing_is_broken(&world).await;
    assert_eq!(other.claim_of(claim.claim_id).await.unwrap().phase.as_str(), "released");
}

#[tokio::test]
async fn a_restart_of_the_database_under_load_loses_no_claim() {
    let options = Options {
        own_postgres: true,
        pools: 2,
        min_idle: 4,
        max_instances: 10,
        time_scale: 400.0,
        ..Options::default()
    };
    let mut world = full_world(options).await;
    let apis = [world.api_of(0), world.api_of(1)];
    // Fifty claims a second for three seconds; each client asks with its key until it is told that it has a claim.
    let mut clients = Vec::new();
    for number in 0..150_usize {
        if number == 60 {
            world.postgres().unwrap().stop().await.unwrap();
            world.postgres().unwrap().resume().await.unwrap();
        }
        let api = apis[number % 2].clone();
        clients.push(tokio::spawn(async move {
            let body =
                json!({"agentName": format!("Agent {number}"), "instructions": "x", "deadlineSeconds": 20});
            let key = format!("client-{number}");
            let started = std::time::Instant::now();
            loop {
                match api.claim(&body, Some(&key), 0).await {
                    Ok(answer) if answer.status < 300 => return Ok(answer.text("claimId").to_owned()),
                    Ok(answer) if answer.status != 503 => {
                        return Err(format!("{} {}", answer.status, answer.body));
                    }
                    other if started.elapsed() > REST_WITHIN => return Err(format!("{other:?}")),
                    _ => tokio::time::sleep(Duration::from_millis(200)).await,
                }
            }
        }));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let mut told = BTreeSet::new();
    for client in clients {
        told.insert(client.await.unwrap().unwrap());
    }
    assert_eq!(told.len(), 150);
    let api = world.api();
    let kept: BTreeSet<String> =
        api.claims().await.unwrap().iter().map(|it| it.claim_id.to_string()).collect();
    assert_eq!(kept, told, "every client has its claim, and there is no other");
    eventually("every claim is served or told why not", REST_WITHIN, async || {
        let waiting =
            api.claims().await?.into_iter().filter(|it| !["ready", "failed"].contains(&it.phase.as_str()));
        ensure!(waiting.count() == 0, "claims wait");
        Ok(())
    })
    .await
    .unwrap();
    for claim in api.claims().await.unwrap().iter().filter(|it| it.phase.as_str() == "ready") {
        api.release(claim.claim_id).await.unwrap();
    }
    nothing_is_broken(&world).await;
}

#[tokio::test]
async fn webhooks_lost_doubled_late_or_foreign_change_no_final_state() {
    const SECRET: &str = "hook-secret-0123456789abcdef";
    for kind in ["refuse", "after_effect", "slow"] {
        let mut options = Options { min_idle: 2, services: 1, ..Options::default() };
        options.services_variables.insert("RAILWAY_WEBHOOK_SECRET".into(), SECRET.into());
        let mut world = World::prepare(options).await.unwrap();
        let fault = json!([{"vendor": "railway", "operation": "webhook", "kind": kind, "probability": 0.7}]);
        world.outside.set_faults(&fault).await.unwrap();
        world.start_all().await.unwrap();
        settled(&world, REST_WITHIN).await.unwrap();
        let anyone = world.services_api(0).unwrap().with_key(None);
        let foreign = json!({
            "type": "Deployment.crashed", "timestamp": "2026-01-01T00:00:00Z",
            "resource": {"workspace": {"id": "another"}, "project": {"id": "another"}, "environment": {"id": "x"},
                "service": {"id": "x"}, "deployment": {"id": "x"}},
            "details": {"status": "CRASHED"},
        });
        let wrong = anyone.post("/webhooks/railway/not-the-secret", &foreign).await.unwrap();
        assert_eq!(wrong.status, 404, "{}", wrong.body);
        for _ in 0..2 {
            let answer = anyone.post(&format!("/webhooks/railway/{SECRET}"), &foreign).await.unwrap();
            assert!(answer.status < 300, "{} {}", answer.status, answer.body);
        }
        let claim = world.api().claim_ready("Ada").await.unwrap();
        replaced_deployments_say_nothing(&world, &anyone, SECRET, &claim).await;
        world.api().release(claim.claim_id).await.unwrap();
        world.outside.heal().await.unwrap();
        nothing_is_broken(&world).await;
    }
}

/// An agent that serves somebody is redeployed; then what the vendor says of its earlier deployment comes late, twice.
async fn replaced_deployments_say_nothing(world: &World, anyone: &Http, secret: &str, claim: &ClaimView) {
    let api = world.api();
    let id = claim.instance_id.as_ref().unwrap().as_str();
    let whole = world.outside.raw_inventory().await.unwrap();
    let projects = whole["railway"]["projects"].as_array().unwrap();
    let project = projects.iter().find(|it| it["name"].as_str().unwrap().contains(id)).unwrap();
    let (project_id, earlier) = (project["id"].clone(), project["deployments"][0]["id"].clone());
    api.http().post(&format!("/api/instances/{id}/redeploy"), &json!({})).await.unwrap().expect(202).unwrap();
    eventually("it is redeployed", REST_WITHIN, async || {
        let told = api.events().await?.iter().any(|it| it.object == id && it.reason == "Redeployed");
        ensure!(told, "not yet healthy again");
        Ok(())
    })
    .await
    .unwrap();
    let of_the_earlier = json!({
        "type": "Deployment.crashed", "timestamp": "2026-01-01T00:00:00Z",
        "resource": {"workspace": {"id": "w"}, "project": {"id": project_id}, "environment": {"id": "e"},
            "service": {"id": "s"}, "deployment": {"id": earlier}},
        "details": {"status": "CRASHED"},
    });
    for _ in 0..2 {
        let answer = anyone.post(&format!("/webhooks/railway/{secret}"), &of_the_earlier).await.unwrap();
        assert!(answer.status < 300, "{} {}", answer.status, answer.body);
    }
    settled(world, REST_WITHIN).await.unwrap();
    let now = api.instance(id).await.unwrap();
    assert_eq!((now.status.as_str(), now.deploy_status.as_str()), ("claimed", "healthy"), "{now:?}");
}

#[tokio::test]
async fn a_claimed_agent_that_dies_is_redeployed_and_keeps_its_conversation() {
    let world = full_world(Options::default()).await;
    let api = world.api();
    let claim = api.claim_ready("Ada").await.unwrap();
    let instance = claim.instance_id.clone().unwrap().to_string();
    assert!(world.outside.order(&instance, "crash").await.unwrap());
    eventually("it is stuck, and then it serves again", REST_WITHIN, async || {
        let events = api.events().await?;
        let told =
            |to: &str| events.iter().any(|event| event.object == instance && event.to.as_deref() == Some(to));
        ensure!(told("stuck"), "never stuck");
        let now = api.instance(&instance).await?;
        ensure!(now.status.as_str() == "claimed" && now.deploy_status.as_str() == "healthy", "{now:?}");
        Ok(())
    })
    .await
    .unwrap();
    let link = claim.invite_url.unwrap();
    api.http().with_key(None).get(&link).await.unwrap().expect(200).unwrap();
    nothing_is_broken(&world).await;
}

#[tokio::test]
async fn an_idle_member_that_dies_is_replaced() {
    let world = full_world(Options::default()).await;
    let api = world.api();
    let instance = api.instances().await.unwrap()[0].instance_id.to_string();
    assert!(world.outside.order(&instance, "crash").await.unwrap());
    eventually("it is gone", REST_WITHIN, async || {
        let status = api.instance(&instance).await?.status;
        ensure!(status.as_str() == "deleted", "{status}");
        Ok(())
    })
    .await
    .unwrap();
    nothing_is_broken(&world).await;
}

#[tokio::test]
async fn creations_that_fail_again_and_again_are_held_and_resumed() {
    // Nothing is made before the image is refused: a member with a good one would make the bad one a rollout.
    let mut world = World::prepare(Options { min_idle: 0, ..Options::default() }).await.unwrap();
    world.start_all().await.unwrap();
    let api = world.api();
    api.scale(&json!({"minIdle": 3, "image": BAD_IMAGE, "stuckTimeoutMs": 1_500})).await.unwrap();
    eventually("the pool says that creations fail", REST_WITHIN, async || {
        let status = api.pool().await?.status;
        ensure!(status.conditions.is_true("Degraded"), "{status:?}");
        Ok(())
    })
    .await
    .unwrap();
    api.scale(&json!({"image": GOOD_IMAGE, "stuckTimeoutMs": 4_000})).await.unwrap();
    nothing_is_broken(&world).await;
}
