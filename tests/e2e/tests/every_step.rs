//! `kill -9` at every step of creating, claiming and destroying: every commit of a whole cycle is one, and at
//! each the process that makes it is killed, in turns with the commit taking effect and without. What the one
//! leaves is what the other leaves at the commit before or after it.
#![expect(clippy::unwrap_used, reason = "a world that cannot be made has failed the test")]

use std::time::Duration;

use anyhow::{Result, ensure};
use e2e::{
    invariants::{Limits, settled, violations},
    settle::eventually,
    world::{
        Options, World,
        api::PoolApi,
        commits::{Commits, Fate},
    },
};
use serde_json::json;
use tokio::task::LocalSet;

const REST_WITHIN: Duration = Duration::from_secs(180);
/// A cycle has fewer commits than this; more would mean that it never rests.
const COMMITS_MAX: i64 = 120;

/// One cycle as a client sees it: an agent is claimed and released, whatever happens meanwhile.
async fn cycle(api: PoolApi, key: String) -> Result<()> {
    let body = json!({"agentName": "Ada", "instructions": "Answer."});
    let claim = eventually("the claim is ready", REST_WITHIN, async || {
        Ok(api.claim(&body, Some(&key), 5).await?.expect(200)?.text("claimId").to_owned())
    });
    let claim = claim.await?.parse()?;
    eventually("the release is taken", REST_WITHIN, async || api.release(claim).await.map(drop)).await?;
    eventually("the claim is released", REST_WITHIN, async || {
        let phase = api.claim_of(claim).await?.phase;
        ensure!(phase.as_str() == "released", "{phase}");
        Ok(())
    })
    .await
}

/// Which process the hooked database belongs to.
#[derive(Debug, Clone, Copy)]
enum Victim {
    Pool,
    Services,
}

/// Runs cycles, killing the victim at the first commit, at the second, and so on, until a cycle has no more.
async fn at_every_commit(victim: Victim, fates: [Fate; 2]) {
    let options =
        Options { min_idle: 1, max_instances: 8, tick: Duration::from_secs(20), ..Options::default() };
    let mut world = World::start(options).await.unwrap();
    settled(&world, REST_WITHIN).await.unwrap();
    let database = match victim {
        Victim::Pool => world.pool_db.clone(),
        Victim::Services => world.services_db.clone(),
    };
    let mut commits = Commits::hook(&database).await.unwrap();
    let mut kills = 0;
    for nth in 1.. {
        assert!(nth < COMMITS_MAX, "a cycle never rests");
        let fate = fates[usize::from(nth % 2 == 0)];
        commits.arm(nth).await.unwrap();
        let client = tokio::task::spawn_local(cycle(world.api(), format!("cycle-{nth}")));
        let held = eventually("a commit is held, or all is at rest", REST_WITHIN, async || {
            if commits.holds().await? {
                return Ok(true);
            }
            // The cycle's end for its client is not its end: the pool is refilled after it.
            ensure!(client.is_finished(), "the client still waits");
            settled(&world, Duration::ZERO).await.map(|()| false)
        });
        let held = held.await.unwrap();
        if !held {
            commits.disarm().await.unwrap();
            client.await.unwrap().unwrap();
            break;
        }
        let child = match victim {
            Victim::Pool => &mut world.pools[0],
            Victim::Services => &mut world.services[0],
        };
        child.kill().await.unwrap();
        commits.decide(fate).await.unwrap();
        world.start_all().await.unwrap();
        kills += 1;
        client.await.unwrap().unwrap_or_else(|error| panic!("killed at commit {nth} ({fate:?}): {error:#}"));
        settled(&world, REST_WITHIN)
            .await
            .unwrap_or_else(|error| panic!("killed at commit {nth} ({fate:?}): {error:#}"));
    }
    let found = violations(&world, Limits { instances_max: 8, surge_max: 3 }).await.unwrap();
    assert!(found.is_empty(), "{found:#?}");
    println!("{victim:?} was killed at {kills} commits");
    assert!(kills >= 10, "only {kills} commits in a whole cycle");
}

#[tokio::test]
async fn a_pool_killed_at_every_commit_loses_and_doubles_nothing() {
    LocalSet::new().run_until(at_every_commit(Victim::Pool, [Fate::Committed, Fate::RolledBack])).await;
}

#[tokio::test]
async fn services_killed_at_every_commit_lose_and_double_nothing() {
    LocalSet::new().run_until(at_every_commit(Victim::Services, [Fate::Committed, Fate::RolledBack])).await;
}
