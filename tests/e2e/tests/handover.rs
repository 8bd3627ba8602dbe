//! How work goes from one replica to the other: asked to stop, killed, or asleep past its lease.
#![expect(clippy::unwrap_used, reason = "a world that cannot be made has failed the test")]

use std::time::{Duration, Instant};

use anyhow::ensure;
use e2e::{
    invariants::{Limits, settled, violations},
    settle::eventually,
    world::{Options, World, links::Trouble},
};
use serde_json::json;
use uuid::Uuid;

const REST_WITHIN: Duration = Duration::from_secs(180);
/// Answers of `services` are this late while a replica is in the middle of a claim: later than its lease.
const LATE: Duration = Duration::from_secs(8);
/// A replica that is asked to stop has handed its work over within this time.
const GRACEFUL: Duration = Duration::from_secs(1);
/// A queue whose hints were lost is looked at this often (`controller::driver`).
const POLL: Duration = Duration::from_secs(1);
/// The machine may be busy with other tests: the system is as fast as the fastest of so many times.
const TRIES: usize = 5;

async fn world() -> World {
    // Health checks are far apart, so that the only calls are those for claims.
    let options =
        Options { pools: 2, links: true, min_idle: 2, tick: Duration::from_secs(60), ..Options::default() };
    let world = World::start(options).await.unwrap();
    settled(&world, REST_WITHIN).await.unwrap();
    world
}

async fn nothing_is_broken(world: &World) {
    settled(world, REST_WITHIN).await.unwrap();
    let found = violations(world, Limits { instances_max: 20, surge_max: 0 }).await.unwrap();
    assert!(found.is_empty(), "{found:#?}");
}

/// The process that works on a claim, and how far it is.
async fn worker(world: &World, claim: Uuid) -> anyhow::Result<(Option<String>, String)> {
    let row = sqlx::query_as("SELECT lease_owner, phase FROM claims WHERE id = $1").bind(claim);
    Ok(row.fetch_one(&world.pool_db.look).await?)
}

/// A claim that the first replica is in the middle of: the agent was told, the answer is on its way.
async fn in_the_middle_of_a_claim(world: &World) -> Uuid {
    let told = world.outside.journal_end().await.unwrap();
    world.links.iter().for_each(|link| link.put(Trouble::Late(LATE), 20));
    let body = json!({"agentName": "Ada", "instructions": "Answer."});
    let claim = world.api_of(0).claim(&body, None, 0).await.unwrap().expect(202).unwrap();
    let claim = claim.text("claimId").parse().unwrap();
    eventually("the agent was told", REST_WITHIN, async || {
        let carried_out = world.outside.carried_out(told).await?;
        ensure!(carried_out.contains_key("provision"), "{carried_out:?}");
        Ok(())
    })
    .await
    .unwrap();
    let first = format!("-{}-", world.pools[0].pid().unwrap());
    let (owner, phase) = worker(world, claim).await.unwrap();
    assert!(
        owner.is_some_and(|owner| owner.contains(&first)),
        "the claim is {phase} and not the first replica's"
    );
    world.links.iter().for_each(e2e::world::links::Link::heal);
    claim
}

/// How long it takes from now until the second replica has the claim.
async fn taken_over(world: &World, claim: Uuid) -> Duration {
    let began = Instant::now();
    let second = format!("-{}-", world.pools[1].pid().unwrap());
    loop {
        let (owner, phase) = worker(world, claim).await.unwrap();
        if phase == "ready" || owner.is_some_and(|owner| owner.contains(&second)) {
            return began.elapsed();
        }
        assert!(began.elapsed() < REST_WITHIN, "nobody took the claim over");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn is_ready(world: &World, claim: Uuid) {
    eventually("the claim is ready", REST_WITHIN, async || {
        let now = world.api_of(1).claim_of(claim).await?;
        ensure!(now.phase.as_str() == "ready", "{}", now.phase);
        Ok(())
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn a_replica_that_is_asked_to_stop_hands_its_work_over_within_a_second() {
    let mut world = world().await;
    let mut times = Vec::new();
    while times.len() < TRIES && times.iter().min().is_none_or(|best| *best >= GRACEFUL) {
        let claim = in_the_middle_of_a_claim(&world).await;
        world.pools[0].terminate();
        times.push(taken_over(&world, claim).await);
        assert_eq!(world.pools[0].exit_within(Duration::from_secs(14)).await.unwrap(), 0);
        is_ready(&world, claim).await;
        world.start_all().await.unwrap();
        settled(&world, REST_WITHIN).await.unwrap();
    }
    println!("handed over within {times:?}");
    assert!(times.iter().any(|took| *took < GRACEFUL), "{times:?}");
    nothing_is_broken(&world).await;
}

#[tokio::test]
async fn the_work_of_a_replica_that_is_killed_goes_on_when_its_lease_ends() {
    let mut world = world().await;
    let limit = world.options.lease + POLL;
    let mut times = Vec::new();
    while times.len() < TRIES && times.iter().min().is_none_or(|best| *best >= limit) {
        let claim = in_the_middle_of_a_claim(&world).await;
        world.pools[0].kill().await.unwrap();
        times.push(taken_over(&world, claim).await);
        is_ready(&world, claim).await;
        world.start_all().await.unwrap();
        settled(&world, REST_WITHIN).await.unwrap();
    }
    println!("taken over within {times:?}");
    assert!(times.iter().any(|took| *took < limit), "{times:?}");
    nothing_is_broken(&world).await;
}

#[tokio::test]
async fn a_replica_that_slept_through_a_claim_changes_nothing_of_it() {
    let mut world = world().await;
    let claim = in_the_middle_of_a_claim(&world).await;
    world.pools[0].pause();
    taken_over(&world, claim).await;
    is_ready(&world, claim).await;
    let whole = "SELECT to_jsonb(claims) FROM claims WHERE id = $1";
    let read = async || {
        let row: serde_json::Value =
            sqlx::query_scalar(whole).bind(claim).fetch_one(&world.pool_db.look).await.unwrap();
        row
    };
    let before = read().await;
    let said = world.pools[0].log().len();
    world.pools[0].resume();
    eventually("the answer reaches it, and it may not write it", REST_WITHIN, async || {
        ensure!(world.pools[0].log()[said..].contains("fenced: somebody else"), "it says nothing");
        Ok(())
    })
    .await
    .unwrap();
    assert_eq!(read().await, before);
    nothing_is_broken(&world).await;
}
