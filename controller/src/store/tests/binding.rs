//! I1, I2: who gets which instance.

use std::collections::HashSet;

use futures::future::join_all;
use model::words::ClaimPhase;

use super::*;
use crate::wake::Hint;

#[sqlx::test(migrator = "crate::store::MIGRATIONS")]
async fn fifty_claims_at_once_share_no_instance_and_the_rest_stand_in_line(db: PgPool) {
    let store = store(db).await;
    ready(&store, 0..20).await;
    let wishes: Vec<NewClaim> = (0..50).map(|_| wish()).collect();
    let taken = join_all(wishes.iter().map(|wish| store.take_in(wish, None, now()))).await;
    let mut instances = HashSet::new();
    let mut waiting = 0;
    for intake in taken {
        match intake.unwrap() {
            Intake::Created(claim, None) => match claim.instance_id {
                Some(instance) => assert!(instances.insert(instance), "an instance was given twice"),
                None => waiting += 1,
            },
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(instances.len() + waiting, 50);
    // A claim that came while others stood in line goes behind them; the pool's pass serves the rest.
    let mut served = 0;
    while served + instances.len() < 20 {
        let leased = store.lease_pools(&worker("tests"), &[Hint::now("default")], 1).await.unwrap();
        let mut pool = store.lock_pool("default", leased.lease).await.unwrap().unwrap();
        let bound = pool.serve_line(now()).await.unwrap().len();
        assert!(bound > 0, "free instances and claims in line, and nobody is served");
        served += bound;
        finish(pool).await;
    }
    let double: i64 = sqlx::query_scalar(
        "SELECT count(*) - count(DISTINCT claim_id) FROM instances WHERE claim_id IS NOT NULL",
    )
    .fetch_one(&store.db)
    .await
    .unwrap();
    assert_eq!(double, 0);
}

#[sqlx::test(migrator = "crate::store::MIGRATIONS")]
async fn the_same_key_ten_times_at_once_is_one_claim_and_one_instance(db: PgPool) {
    let store = store(db).await;
    ready(&store, 0..10).await;
    let wishes: Vec<NewClaim> =
        (0..10).map(|_| NewClaim { idempotency_key: Some("k".into()), ..wish() }).collect();
    let taken = join_all(wishes.iter().map(|wish| store.take_in(wish, None, now()))).await;
    let ids: HashSet<Uuid> = taken
        .into_iter()
        .map(|intake| match intake.unwrap() {
            Intake::Created(claim, _) | Intake::Replayed(claim) => claim.id,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(ids.len(), 1);
    assert_eq!(store.census("default").await.unwrap().ready, 9);
}

#[sqlx::test(migrator = "crate::store::MIGRATIONS")]
async fn a_key_with_another_request_is_refused_and_changes_nothing(db: PgPool) {
    let store = store(db).await;
    ready(&store, 0..2).await;
    let first = NewClaim { idempotency_key: Some("k".into()), ..wish() };
    store.take_in(&first, None, now()).await.unwrap();
    let second = NewClaim { idempotency_key: Some("k".into()), request_hash: [8; 32], ..wish() };
    assert!(matches!(store.take_in(&second, None, now()).await.unwrap(), Intake::KeyReused));
    let third = NewClaim { client: "other".into(), ..second };
    let other_client = store.take_in(&third, None, now()).await.unwrap();
    assert!(matches!(other_client, Intake::Created(..)), "keys are the client's own");
    assert_eq!(store.census("default").await.unwrap().ready, 0);
}

#[sqlx::test(migrator = "crate::store::MIGRATIONS")]
async fn five_claims_with_one_join_url_take_one_instance(db: PgPool) {
    let store = store(db).await;
    ready(&store, 0..5).await;
    let url = || Some(("https://convos.org/i#x".to_owned(), "https://convos.org/i".to_owned()));
    let wishes: Vec<NewClaim> = (0..5).map(|_| NewClaim { join_url: url(), ..wish() }).collect();
    let taken = join_all(wishes.iter().map(|wish| store.take_in(wish, None, now()))).await;
    let made = taken.iter().filter(|intake| matches!(intake, Ok(Intake::Created(..)))).count();
    let refused = taken.iter().filter(|intake| matches!(intake, Ok(Intake::JoinUrlInUse(_)))).count();
    assert_eq!((made, refused), (1, 4));
    assert_eq!(store.census("default").await.unwrap().ready, 4);
}

#[sqlx::test(migrator = "crate::store::MIGRATIONS")]
async fn a_challenge_is_used_up_by_one_claim(db: PgPool) {
    let store = store(db).await;
    ready(&store, 0..2).await;
    let signed = || NewClaim { challenge: Some(("nonce".into(), now())), ..wish() };
    assert!(matches!(store.take_in(&signed(), None, now()).await.unwrap(), Intake::Created(..)));
    assert!(matches!(store.take_in(&signed(), None, now()).await.unwrap(), Intake::ChallengeUsed));
    assert_eq!(store.census("default").await.unwrap().ready, 1);
}

#[sqlx::test(migrator = "crate::store::MIGRATIONS")]
async fn a_challenge_is_not_used_up_by_a_claim_that_is_not_taken_in(db: PgPool) {
    let store = store(db).await;
    ready(&store, 0..1).await;
    let signed =
        |pool: &str| NewClaim { challenge: Some(("nonce".into(), now())), pool: pool.into(), ..wish() };
    assert!(matches!(store.take_in(&signed("nowhere"), None, now()).await.unwrap(), Intake::UnknownPool));
    assert!(matches!(store.take_in(&signed("default"), None, now()).await.unwrap(), Intake::Created(..)));
}

#[sqlx::test(migrator = "crate::store::MIGRATIONS")]
async fn what_is_unwell_protected_or_being_redeployed_is_not_given_out(db: PgPool) {
    let store = store(db).await;
    ready(&store, 0..3).await;
    for (number, set) in
        [(0, "deploy_status = 'unreachable'"), (1, "protected = true"), (2, "redeploy = '{}'::jsonb")]
    {
        let statement = format!("UPDATE instances SET {set} WHERE id = '{}'", id(number));
        sqlx::query(sqlx::AssertSqlSafe(statement)).execute(&store.db).await.unwrap();
    }
    match store.take_in(&wish(), None, now()).await.unwrap() {
        Intake::Created(claim, None) => assert_eq!(claim.phase, ClaimPhase::Pending),
        other => panic!("{other:?}"),
    }
}

#[sqlx::test(migrator = "crate::store::MIGRATIONS")]
async fn an_older_instance_that_is_ready_later_is_not_forgotten(db: PgPool) {
    let store = store(db).await;
    let older = async |number: usize| {
        ready(&store, number..number + 1).await;
        sqlx::query("UPDATE instances SET created_at = created_at - interval '1 hour' WHERE id = $1")
            .bind(id(number).as_str())
            .execute(&store.db)
            .await
            .unwrap();
    };
    let taken = async || bound(&store).await.0.instance_id.unwrap();
    ready(&store, 5..7).await;
    assert_eq!(taken().await, id(5));
    // The search may begin where the last one found something, for a moment.
    older(0).await;
    let next: HashSet<_> = [taken().await, taken().await].into();
    assert_eq!(next, HashSet::from([id(0), id(6)]));
    older(1).await;
    assert_eq!(taken().await, id(1));
    older(2).await;
    tokio::time::sleep(crate::store::record::FRONT_FRESH).await;
    ready(&store, 7..8).await;
    assert_eq!(taken().await, id(2));
}

#[sqlx::test(migrator = "crate::store::MIGRATIONS")]
async fn the_line_is_served_by_priority_then_by_age(db: PgPool) {
    let store = store(db).await;
    let mut claims = Vec::new();
    for (seconds, priority) in [(0, 0), (1, 0), (2, 5)] {
        let wish = NewClaim { priority, ..wish() };
        claims.push(wish.id);
        store.take_in(&wish, None, now() + chrono::TimeDelta::seconds(seconds)).await.unwrap();
    }
    ready(&store, 0..2).await;
    let leased = store.lease_pools(&worker("tests"), &[], 1).await.unwrap();
    let mut pool = store.lock_pool("default", leased.lease).await.unwrap().unwrap();
    let mut bound = pool.serve_line(now()).await.unwrap();
    finish(pool).await;
    bound.sort();
    let mut expected = vec![claims[2], claims[0]];
    expected.sort();
    assert_eq!(bound, expected);
}

#[sqlx::test(migrator = "crate::store::MIGRATIONS")]
async fn nobody_overtakes_the_line(db: PgPool) {
    let store = store(db).await;
    store.take_in(&wish(), None, now()).await.unwrap();
    ready(&store, 0..1).await;
    match store.take_in(&wish(), None, now()).await.unwrap() {
        Intake::Created(claim, None) => assert_eq!(claim.instance_id, None),
        other => panic!("{other:?}"),
    }
}

#[sqlx::test(migrator = "crate::store::MIGRATIONS")]
async fn a_pool_that_is_not_there_is_said_to_be_unknown(db: PgPool) {
    let store = store(db).await;
    let lost = NewClaim { pool: "nowhere".into(), ..wish() };
    assert!(matches!(store.take_in(&lost, None, now()).await.unwrap(), Intake::UnknownPool));
}

#[sqlx::test(migrator = "crate::store::MIGRATIONS")]
async fn warming_up_changes_nothing(db: PgPool) {
    let store = store(db.clone()).await;
    ready(&store, 0..1).await;
    store.warm_up().await.unwrap();
    let (ready, claims): (i64, i64) = sqlx::query_as(
        "SELECT (SELECT count(*) FROM instances WHERE status = 'ready'), (SELECT count(*) FROM claims)",
    )
    .fetch_one(&db)
    .await
    .unwrap();
    assert_eq!((ready, claims), (1, 0));
}
