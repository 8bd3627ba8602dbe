//! What a pool's plan is told, and that a claim prefers the pool's image.

use model::plan::pool::Step;
use model::plan::rollout::{Image, Phase, Rolling};
use model::record::{PoolSpec, Sizing};

use super::*;
use crate::store::instance::Part;
use crate::wake::Hint;

async fn set_image(store: &Store, number: usize, image: &str) {
    sqlx::query("UPDATE instances SET image = $2 WHERE id = $1")
        .bind(id(number).as_str())
        .bind(image)
        .execute(&store.db)
        .await
        .unwrap();
}

async fn remember(store: &Store, rolling: &Rolling) {
    let leased = store.lease_pools(&worker("tests"), &[Hint::now("default")], 1).await.unwrap();
    let mut pool = store.lock_pool("default", leased.lease).await.unwrap().unwrap();
    pool.turn(rolling).await.unwrap();
    finish(pool).await;
}

async fn want(store: &Store, spec: &PoolSpec) {
    let change = crate::store::spec_pools::Expected::Anything;
    store.put_pool("default", spec, change, "api/admin", now()).await.unwrap();
}

#[sqlx::test(migrator = "crate::store::MIGRATIONS")]
async fn explain_and_the_pass_decide_the_same_from_the_same_facts(db: PgPool) {
    let store = store(db).await;
    ready(&store, 0..5).await;
    let proven = Some(Image::default());
    remember(&store, &Rolling { proven, generation: 1, ..Rolling::default() }).await;
    want(&store, &PoolSpec { image: Some("two".into()), ..PoolSpec::default() }).await;
    let facts = store.pool_facts("default", None, 1.0, now()).await.unwrap().unwrap();
    let decision = facts.decide(now());
    assert!(matches!(decision.step, Step::Turn(Rolling { phase: Phase::Canary, .. })), "{decision:?}");
    let leased = store.lease_pools(&worker("tests"), &[], 1).await.unwrap();
    let mut pool = store.lock_pool("default", leased.lease).await.unwrap().unwrap();
    assert_eq!(pool.facts(1.0, now()).await.unwrap().decide(now()).reason, decision.reason);
}

#[sqlx::test(migrator = "crate::store::MIGRATIONS")]
async fn a_claim_takes_the_pools_image_first_and_an_older_one_rather_than_wait(db: PgPool) {
    let store = store(db).await;
    ready(&store, 0..2).await;
    set_image(&store, 1, "two").await;
    want(&store, &PoolSpec { image: Some("two".into()), ..PoolSpec::default() }).await;
    let mut given = Vec::new();
    for _ in 0..2 {
        match store.take_in(&wish(), None, now()).await.unwrap() {
            Intake::Created(claim, _) => given.push(claim.instance_id.unwrap()),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(given, [id(1), id(0)]);
}

#[sqlx::test(migrator = "crate::store::MIGRATIONS")]
async fn canaries_that_failed_or_were_claimed_are_known(db: PgPool) {
    let store = store(db).await;
    ready(&store, 0..3).await;
    for number in 0..2 {
        set_image(&store, number, "two").await;
    }
    sqlx::query("UPDATE instances SET created_at = now() + interval '1 minute'")
        .execute(&store.db)
        .await
        .unwrap();
    sqlx::query("UPDATE instances SET status = 'stuck' WHERE id = $1")
        .bind(id(0).as_str())
        .execute(&store.db)
        .await
        .unwrap();
    want(&store, &PoolSpec { image: Some("two".into()), ..PoolSpec::default() }).await;
    let image = Image { reference: Some("two".into()) };
    let proven = Some(Image::default());
    remember(
        &store,
        &Rolling {
            phase: Phase::Canary,
            proven,
            image,
            since: Some(now()),
            generation: 2,
            ..Rolling::default()
        },
    )
    .await;
    let facts = store.pool_facts("default", None, 1.0, now()).await.unwrap().unwrap();
    let decision = facts.decide(now());
    assert!(
        matches!(decision.step, Step::Turn(Rolling { phase: Phase::Rolling, .. })),
        "a healthy canary decides, beside one that failed: {decision:?}"
    );
    sqlx::query("UPDATE instances SET deploy_status = 'unreachable' WHERE id = $1")
        .bind(id(1).as_str())
        .execute(&store.db)
        .await
        .unwrap();
    let facts = store.pool_facts("default", None, 1.0, now()).await.unwrap().unwrap();
    let decision = facts.decide(now());
    assert!(matches!(decision.step, Step::Turn(Rolling { phase: Phase::Stopped, .. })), "{decision:?}");
}

#[sqlx::test(migrator = "crate::store::MIGRATIONS")]
async fn a_canary_whose_deploy_failed_counts_at_once(db: PgPool) {
    let store = store(db).await;
    ready(&store, 0..2).await;
    set_image(&store, 0, "two").await;
    sqlx::query("UPDATE instances SET status = 'starting', deploy_status = 'deploy_failed', created_at = now() + interval '1 minute' WHERE id = $1")
        .bind(id(0).as_str())
        .execute(&store.db)
        .await
        .unwrap();
    want(&store, &PoolSpec { image: Some("two".into()), ..PoolSpec::default() }).await;
    let image = Image { reference: Some("two".into()) };
    let (phase, proven, since) = (Phase::Canary, Some(Image::default()), Some(now()));
    remember(&store, &Rolling { phase, proven, image, since, generation: 2, ..Rolling::default() }).await;
    let facts = store.pool_facts("default", None, 1.0, now()).await.unwrap().unwrap();
    let decision = facts.decide(now());
    assert!(matches!(decision.step, Step::Turn(Rolling { phase: Phase::Stopped, .. })), "{decision:?}");
}

#[sqlx::test(migrator = "crate::store::MIGRATIONS")]
async fn a_wish_that_comes_while_another_is_sent_has_its_turn_next(db: PgPool) {
    let store = store(db).await;
    ready(&store, 0..1).await;
    let wished = async |image| {
        store.request_redeploy(&id(0), Some(image), "api/admin", now()).await.unwrap();
        store.instance(&id(0)).await.unwrap().unwrap().redeploy.unwrap()
    };
    let first = wished("one").await;
    let leased = store.lease_instances(Part::Born, &worker("tests"), 1).await.unwrap();
    let second = wished("two").await;
    assert!(store.redeploy_sent(&leased.records[0], leased.lease, &first, LONG, now()).await.unwrap());
    let after = store.instance(&id(0)).await.unwrap().unwrap();
    assert_eq!((after.image.as_deref(), after.redeploy), (Some("one"), Some(second)));
}

#[sqlx::test(migrator = "crate::store::MIGRATIONS")]
async fn a_service_level_is_measured_from_claims_and_refills(db: PgPool) {
    let store = store(db).await;
    let sizing = Some(Sizing::ServiceLevel { hit_rate: 0.95, min: 1, max: 50, cost_per_hour_max: None });
    want(&store, &PoolSpec { sizing, ..PoolSpec::default() }).await;
    ready(&store, 0..4).await;
    sqlx::query("UPDATE instances SET ready_at = created_at + interval '40 seconds'")
        .execute(&store.db)
        .await
        .unwrap();
    for _ in 0..12 {
        store.take_in(&wish(), None, now()).await.unwrap();
    }
    let facts = store.pool_facts("default", None, 1.0, now()).await.unwrap().unwrap();
    assert!(facts.sized.why.contains("0.10 claims/s, lead p99 40 s"), "{}", facts.sized.why);
    assert!(facts.sized.target >= 7, "{}", facts.sized.why);
}
