//! A whole replica against a real database and a stand-in for `services` that can be told to misbehave.

mod outside;

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use model::id::InstanceId;
use model::plan::rollout::Phase;
use model::record::{Claim, PoolSpec, Rollout};
use model::words::{ClaimPhase, DestroyReason, InstanceStatus};
use process::clock;
use process::config::{HttpUrl, Value};
use process::sealing::KeyRing;
use process::shutdown::Shutdown;
use sqlx::PgPool;

use crate::store::Store;
use crate::store::intake::Intake;
use crate::store::spec_pools::Expected;
use crate::store::tests::wish;
use crate::{Controller, Policy};
use outside::Outside;

/// What takes longer than this does not happen.
const LONG: Duration = Duration::from_secs(60);

/// A replica that runs until the end of the test.
struct Replica {
    controller: Arc<Controller>,
    shutdown: Shutdown,
    running: tokio::task::JoinHandle<()>,
}

fn replica(db: &PgPool, outside: &Outside) -> Replica {
    let base = HttpUrl::parse(&outside.url).unwrap();
    let key = "0123456789abcdef0123".to_owned().into();
    let services = Arc::new(crate::services::Services::new(&[base], key).unwrap());
    let keys = Arc::new(KeyRing::parse(&"5a".repeat(32)).unwrap());
    let policy = Policy {
        tick: Duration::from_millis(200),
        recoveries_max: 2,
        time_scale: 20.0,
        lease_duration: Duration::from_secs(15),
    };
    let controller = Arc::new(Controller::new(Store::new(db.clone()), services, keys, policy, true));
    let shutdown = Shutdown::manual();
    let running = tokio::spawn({
        let (controller, shutdown) = (Arc::clone(&controller), shutdown.clone());
        async move { controller.run(&shutdown).await }
    });
    Replica { controller, shutdown, running }
}

impl Replica {
    fn store(&self) -> &Store {
        self.controller.store()
    }

    async fn claim(&self) -> Claim {
        match self.controller.take_in(&wish(), clock::now()).await.unwrap() {
            Intake::Created(claim, _) => *claim,
            other => panic!("{other:?}"),
        }
    }

    async fn want(&self, spec: &PoolSpec) {
        let store = self.store();
        store.put_pool("default", spec, Expected::Anything, "api/admin", clock::now()).await.unwrap();
        self.controller.wake().pool("default");
    }

    async fn ready(&self) -> u32 {
        self.store().census("default").await.unwrap().ready
    }

    /// Asks again and again until it is so; tells the journal when it never is.
    async fn until<F: Future<Output = bool>>(&self, what: &str, mut so: impl FnMut() -> F) {
        let began = Instant::now();
        while !so().await {
            if began.elapsed() > LONG {
                let journal: Vec<String> = sqlx::query_scalar(
                    "SELECT concat_ws(' ', at, kind, object, reason, message, actor) FROM events ORDER BY id",
                )
                .fetch_all(&self.store().db)
                .await
                .unwrap();
                panic!("not within {LONG:?}: {what}\n{}", journal.join("\n"));
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn phase(&self, claim: &Claim) -> ClaimPhase {
        self.store().claim(claim.id).await.unwrap().unwrap().phase
    }
}

fn spec(min_idle: u32) -> PoolSpec {
    PoolSpec { min_idle, image: Some("one".into()), ..PoolSpec::default() }
}

#[sqlx::test(migrator = "crate::store::MIGRATIONS")]
async fn a_pool_fills_serves_replaces_and_lets_go(db: PgPool) {
    let outside = Outside::start().await;
    let replica = replica(&db, &outside);
    replica.want(&spec(2)).await;
    replica.until("two are ready", || async { replica.ready().await == 2 }).await;
    let claim = replica.claim().await;
    replica.until("the claim is ready", || async { replica.phase(&claim).await == ClaimPhase::Ready }).await;
    replica.until("it is replaced", || async { replica.ready().await == 2 }).await;
    replica.store().request_release(claim.id, "api/admin", clock::now()).await.unwrap();
    replica.controller.wake().queue(crate::wake::Queue::Claim);
    replica.until("it is released", || async { replica.phase(&claim).await == ClaimPhase::Released }).await;
    assert!(!outside.exists(claim.instance_id.as_ref().unwrap().as_str()));
    assert_eq!(outside.count(), 2);
    assert_eq!(replica.store().violations().await.unwrap(), []);
}

#[sqlx::test(migrator = "crate::store::MIGRATIONS")]
async fn a_replica_that_stops_hands_its_claim_over_within_a_second(db: PgPool) {
    let outside = Outside::start().await;
    let first = replica(&db, &outside);
    first.want(&spec(1)).await;
    first.until("one is ready", || async { first.ready().await == 1 }).await;
    outside.hang("/configure/");
    let claim = first.claim().await;
    first.until("the agent is being told", || async { outside.hanging() == 1 }).await;
    outside.heal();
    let second = replica(&db, &outside);
    let began = Instant::now();
    first.shutdown.begin();
    first.running.await.unwrap();
    second
        .until("another replica went on", || async { second.phase(&claim).await == ClaimPhase::Ready })
        .await;
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    let instance = second.store().claim(claim.id).await.unwrap().unwrap().instance_id;
    assert_eq!(instance, claim.instance_id, "with the same instance");
}

#[sqlx::test(migrator = "crate::store::MIGRATIONS")]
async fn a_bad_image_stops_at_its_canary_and_a_good_one_replaces_all(db: PgPool) {
    let outside = Outside::start().await;
    let replica = replica(&db, &outside);
    replica.want(&spec(3)).await;
    replica.until("three are ready", || async { replica.ready().await == 3 }).await;
    outside.spoil("bad");
    let rollout = Some(Rollout { canary_timeout_ms: 1_000, ..Rollout::default() });
    replica.want(&PoolSpec { image: Some("bad".into()), rollout: rollout.clone(), ..spec(3) }).await;
    let phase = || async {
        let facts = replica.store().pool_facts("default", None, 20.0, clock::now()).await.unwrap().unwrap();
        facts.record.rollout.phase
    };
    replica.until("the rollout stopped", || async { phase().await == Phase::Stopped }).await;
    let claim = replica.claim().await;
    assert!(claim.instance_id.is_some(), "the pool serves on");
    replica.until("it is replaced", || async { replica.ready().await == 3 }).await;
    replica.until("nothing runs the bad image", || async { outside.with_image("bad") == 0 }).await;
    replica.want(&PoolSpec { image: Some("two".into()), rollout, ..spec(3) }).await;
    replica
        .until("all run the good image", || async {
            phase().await == Phase::Settled && outside.with_image("two") == 3 && replica.ready().await == 3
        })
        .await;
    replica.until("the other old ones are gone", || async { outside.with_image("one") == 1 }).await;
    assert!(outside.exists(claim.instance_id.unwrap().as_str()), "who serves somebody is left alone");
}

#[sqlx::test(migrator = "crate::store::MIGRATIONS")]
async fn a_redeploy_that_is_refused_for_good_is_said_and_the_member_serves_on(db: PgPool) {
    let outside = Outside::start().await;
    let replica = replica(&db, &outside);
    replica.want(&spec(1)).await;
    replica.until("one is ready", || async { replica.ready().await == 1 }).await;
    outside.spoil("bad");
    let id: String = sqlx::query_scalar("SELECT id FROM instances").fetch_one(&db).await.unwrap();
    let id: InstanceId = id.parse().unwrap();
    let member = || async { replica.store().instance(&id).await.unwrap().unwrap() };
    let redeploy = async |image| {
        replica.store().request_redeploy(&id, Some(image), "api/admin", clock::now()).await.unwrap();
        replica.controller.wake().queue(crate::wake::Queue::Instance);
    };
    redeploy("bad").await;
    replica
        .until("it says so and is ready again", || async {
            let now = member().await;
            now.conditions.is_true("RedeployRefused")
                && now.redeploy.is_none()
                && now.status == InstanceStatus::Ready
        })
        .await;
    assert_eq!(member().await.image.as_deref(), Some("one"));
    redeploy("two").await;
    replica
        .until("the next one is carried out", || async {
            let now = member().await;
            now.redeploy.is_none() && now.image.as_deref() == Some("two")
        })
        .await;
    assert!(member().await.conditions.get("RedeployRefused").is_none(), "that is past");
}

#[sqlx::test(migrator = "crate::store::MIGRATIONS")]
async fn an_agent_that_is_somebody_elses_is_replaced_and_the_claim_is_served(db: PgPool) {
    let outside = Outside::start().await;
    let replica = replica(&db, &outside);
    replica.want(&spec(1)).await;
    replica.until("one is ready", || async { replica.ready().await == 1 }).await;
    outside.refuse_next_configure();
    let claim = replica.claim().await;
    replica.until("the claim is ready", || async { replica.phase(&claim).await == ClaimPhase::Ready }).await;
    let served = replica.store().claim(claim.id).await.unwrap().unwrap();
    assert_ne!(served.instance_id, claim.instance_id);
    assert_eq!(served.rebinds, 1);
    let tainted = claim.instance_id.unwrap();
    replica.until("the tainted one is gone", || async { !outside.exists(tainted.as_str()) }).await;
}

#[sqlx::test(migrator = "crate::store::MIGRATIONS")]
async fn a_proxys_page_refuses_nothing_for_good(db: PgPool) {
    let outside = Outside::start().await;
    outside.be_a_stranger_once();
    let replica = replica(&db, &outside);
    replica.want(&spec(1)).await;
    replica.until("one is ready", || async { replica.ready().await == 1 }).await;
    assert_eq!(outside.count(), 1);
    let made: i64 = sqlx::query_scalar("SELECT count(*) FROM instances").fetch_one(&db).await.unwrap();
    assert_eq!(made, 1, "the same instance was asked for again");
}

#[sqlx::test(migrator = "crate::store::MIGRATIONS")]
async fn what_lives_outside_without_a_row_is_destroyed_by_the_audit(db: PgPool) {
    let outside = Outside::start().await;
    outside.make("orphan000001");
    let replica = replica(&db, &outside);
    replica.want(&spec(1)).await;
    replica.until("one is ready", || async { replica.ready().await == 1 }).await;
    // Two sightings and the quarantine, without waiting for them.
    let back = clock::now() - chrono::TimeDelta::hours(1);
    let seen = serde_json::json!({"sightings": {"orphan000001": {"finding": "orphan", "firstSeenAt": back, "count": 1}}});
    replica
        .until("the audit looked and found it", || async {
            let state = serde_json::to_value(replica.store().audit_memory().await.unwrap()).unwrap();
            state["sightings"]["orphan000001"]["count"] == 1
        })
        .await;
    sqlx::query("UPDATE duties SET state = $1, due_at = now() WHERE name = 'audit'")
        .bind(seen)
        .execute(&db)
        .await
        .unwrap();
    replica.controller.wake().queue(crate::wake::Queue::Duty);
    replica.until("the orphan is gone", || async { !outside.exists("orphan000001") }).await;
    assert_eq!(replica.ready().await, 1);
    let asked = DestroyReason::FailedCreate.as_str();
    let reason: String =
        sqlx::query_scalar("SELECT reason FROM destroy_requests WHERE instance_id = 'orphan000001'")
            .fetch_one(&db)
            .await
            .unwrap();
    assert_eq!(reason, asked);
}

#[sqlx::test(migrator = "crate::store::MIGRATIONS")]
async fn a_redeploy_that_fails_is_told_and_its_agent_serves_on_and_is_looked_after(db: PgPool) {
    let outside = Outside::start().await;
    let replica = replica(&db, &outside);
    replica.want(&spec(1)).await;
    replica.until("one is ready", || async { replica.ready().await == 1 }).await;
    let claim = replica.claim().await;
    replica.until("the claim is ready", || async { replica.phase(&claim).await == ClaimPhase::Ready }).await;
    let id = claim.instance_id.unwrap();
    let now = || async { replica.store().instance(&id).await.unwrap().unwrap() };
    outside.lose_image("lost");
    replica.store().request_redeploy(&id, Some("lost"), "api/admin", clock::now()).await.unwrap();
    replica.controller.wake().queue(crate::wake::Queue::Instance);
    replica.until("its failure is told", || async { now().await.conditions.is_true("RedeployFailed") }).await;
    let after = now().await;
    assert_eq!((after.image.as_deref(), after.redeploy), (Some("one"), None));
    assert_eq!(after.status, InstanceStatus::Claimed);
    let since = clock::now();
    replica.until("it is looked at", || async { now().await.healthy_at.is_some_and(|at| at > since) }).await;
    replica.store().request_redeploy(&id, Some("two"), "api/admin", clock::now()).await.unwrap();
    replica.controller.wake().queue(crate::wake::Queue::Instance);
    replica
        .until("a good one is taken", || async {
            let after = now().await;
            after.redeploy.is_none() && after.image.as_deref() == Some("two")
        })
        .await;
    assert!(!now().await.conditions.is_true("RedeployFailed"));
}

/// Members of a pool, and how many destroy requests there ever were of those that were given up as stuck.
async fn lives(db: &PgPool) -> (Vec<String>, i64) {
    let ids = sqlx::query_scalar("SELECT id FROM instances WHERE status <> 'deleted' ORDER BY id");
    let replaced = sqlx::query_scalar("SELECT count(*) FROM destroy_requests WHERE reason = 'stuck'");
    (ids.fetch_all(db).await.unwrap(), replaced.fetch_one(db).await.unwrap())
}

/// A pool of twelve, one of which serves somebody, that gives its members up after a second.
async fn twelve(replica: &Replica) -> Claim {
    let spec = PoolSpec { stuck_timeout_ms: 1_000, max_instances: 12, ..spec(12) };
    replica.want(&spec).await;
    replica.until("twelve are ready", || async { replica.ready().await == 12 }).await;
    let claim = replica.claim().await;
    replica.until("the claim is ready", || async { replica.phase(&claim).await == ClaimPhase::Ready }).await;
    claim
}

async fn degraded(replica: &Replica) -> Option<String> {
    let pool = replica.store().pool_facts("default", None, 20.0, clock::now()).await.unwrap().unwrap();
    let degraded = pool.record.conditions.get("Degraded").cloned()?;
    (degraded.status == model::condition::Truth::True).then_some(degraded.reason)
}

#[sqlx::test(migrator = "crate::store::MIGRATIONS")]
async fn a_broken_way_to_all_agents_costs_a_redeploy_at_a_time_and_nobody_is_replaced(db: PgPool) {
    let outside = Outside::start().await;
    let replica = replica(&db, &outside);
    let claim = twelve(&replica).await;
    let (before, _) = lives(&db).await;
    outside.break_the_way(true);
    let began = Instant::now();
    replica
        .until("the pool says so and one is tried", || async {
            degraded(&replica).await.as_deref() == Some("FleetUnreachable") && outside.redeployed().len() == 1
        })
        .await;
    let stuck = || async { replica.store().census("default").await.unwrap().stuck };
    replica.until("all count as stuck", || async { stuck().await == 12 }).await;
    let waits = replica.claim().await;
    assert!(waits.instance_id.is_none(), "who cannot be reached is not handed out");
    assert_eq!(lives(&db).await, (before.clone(), 0));
    assert_ne!(
        outside.redeployed(),
        [claim.instance_id.clone().unwrap().to_string()],
        "it interrupts nobody"
    );
    outside.break_the_way(false);
    // A probe has nine seconds here, and is followed by a pause of three.
    let most = 1 + began.elapsed().as_secs() / 12;
    replica
        .until("the claim in line is served", || async { replica.phase(&waits).await == ClaimPhase::Ready })
        .await;
    replica.until("it is over", || async { degraded(&replica).await.is_none() && stuck().await == 0 }).await;
    assert_eq!(lives(&db).await, (before, 0));
    assert_eq!(replica.phase(&claim).await, ClaimPhase::Ready);
    assert!(outside.redeployed().len() as u64 <= most, "{:?}", outside.redeployed());
    assert_eq!(replica.store().violations().await.unwrap(), []);
}

#[sqlx::test(migrator = "crate::store::MIGRATIONS")]
async fn the_death_of_all_agents_is_healed_faster_and_faster(db: PgPool) {
    let outside = Outside::start().await;
    let replica = replica(&db, &outside);
    twelve(&replica).await;
    let (before, _) = lives(&db).await;
    outside.all_die();
    replica
        .until("all are well", || async {
            let census = replica.store().census("default").await.unwrap();
            let well = (census.ready, census.claimed, census.hidden) == (11, 1, 0);
            outside.redeployed().len() >= 12 && well && degraded(&replica).await.is_none()
        })
        .await;
    assert_eq!(lives(&db).await, (before, 0), "healed where they were");
    assert_eq!(outside.redeployed().len(), 12, "each once");
}
