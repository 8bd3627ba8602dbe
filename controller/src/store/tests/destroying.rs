//! A claim and a destroy can never both win; a request ends in gone (I10, I11).

use futures::future::join;
use model::words::{ClaimPhase, DestroyReason};

use super::*;
use crate::store::destroy::{DestroyWish, Doom, doom};

async fn shrink(store: &Store) -> usize {
    let mut tx = store.db.begin().await.unwrap();
    let order = Doom {
        instances: &[id(0)],
        reason: DestroyReason::Surplus,
        requested_by: "tests",
        cause: None,
        of_claim: None,
        statuses: &[model::words::InstanceStatus::Ready],
    };
    let marked = doom(&mut tx, &order, now()).await.unwrap().len();
    tx.commit().await.unwrap();
    marked
}

#[sqlx::test(migrator = "crate::store::MIGRATIONS")]
async fn a_claim_and_a_shrink_never_both_get_the_instance(db: PgPool) {
    let store = store(db).await;
    for round in 0..20 {
        sqlx::query("TRUNCATE instances, claims, destroy_requests, events CASCADE")
            .execute(&store.db)
            .await
            .unwrap();
        ready(&store, 0..1).await;
        let one = wish();
        let (marked, intake) = join(shrink(&store), store.take_in(&one, None, now())).await;
        let claimed = match intake.unwrap() {
            Intake::Created(claim, _) => usize::from(claim.instance_id.is_some()),
            other => panic!("{other:?}"),
        };
        assert!(marked + claimed <= 1, "round {round}");
        // SKIP LOCKED may let both pass it by; then it is still there for the next.
        let status = status_of(&store, 0).await;
        assert_eq!(
            status,
            if marked == 1 {
                "destroying"
            } else if claimed == 1 {
                "claiming"
            } else {
                "ready"
            }
        );
    }
}

#[sqlx::test(migrator = "crate::store::MIGRATIONS")]
async fn asking_twice_is_one_request_and_protection_needs_force(db: PgPool) {
    let store = store(db).await;
    ready(&store, 0..1).await;
    sqlx::query("UPDATE instances SET protected = true").execute(&store.db).await.unwrap();
    let ask = |force| store.request_destroy(&IDS[0], DestroyReason::Operator, "api/admin", force, now());
    static IDS: std::sync::LazyLock<Vec<model::id::InstanceId>> = std::sync::LazyLock::new(|| vec![id(0)]);
    assert!(matches!(ask(false).await.unwrap(), DestroyWish::Protected));
    let (first, second) = (ask(true).await.unwrap(), ask(true).await.unwrap());
    let (DestroyWish::Filed(first), DestroyWish::Filed(second)) = (first, second) else { panic!() };
    assert_eq!(first.id, second.id);
    let unknown = "nobody123456".parse().unwrap();
    let asked =
        store.request_destroy(&unknown, DestroyReason::Operator, "api/admin", true, now()).await.unwrap();
    assert!(matches!(asked, DestroyWish::UnknownInstance));
}

#[sqlx::test(migrator = "crate::store::MIGRATIONS")]
async fn what_was_asked_to_be_destroyed_is_not_given_out_any_more(db: PgPool) {
    let store = store(db).await;
    ready(&store, 0..1).await;
    store.request_destroy(&id(0), DestroyReason::Operator, "api/admin", false, now()).await.unwrap();
    match store.take_in(&wish(), None, now()).await.unwrap() {
        Intake::Created(claim, None) => assert_eq!(claim.instance_id, None),
        other => panic!("{other:?}"),
    }
}

#[sqlx::test(migrator = "crate::store::MIGRATIONS")]
async fn a_request_is_marked_called_and_leaves_a_tombstone(db: PgPool) {
    let store = store(db).await;
    ready(&store, 0..1).await;
    store.request_destroy(&id(0), DestroyReason::Operator, "api/admin", false, now()).await.unwrap();
    let leased = store.lease_destroys(&worker("tests"), 5).await.unwrap();
    assert!(store.mark_destroying(&leased.records[0], leased.lease, now()).await.unwrap());
    assert_eq!(status_of(&store, 0).await, "destroying");
    let again = store.lease_destroys(&worker("tests"), 5).await.unwrap();
    assert!(
        !store.finish_destroy(&again.records[0], leased.lease, &[], now()).await.unwrap(),
        "an old lease"
    );
    assert!(store.finish_destroy(&again.records[0], again.lease, &[], now()).await.unwrap());
    assert_eq!(status_of(&store, 0).await, "deleted");
}

#[sqlx::test(migrator = "crate::store::MIGRATIONS")]
async fn a_claim_whose_instance_was_taken_away_is_not_finished(db: PgPool) {
    let store = store(db).await;
    ready(&store, 0..1).await;
    let (claim, lease) = bound(&store).await;
    store.request_destroy(&id(0), DestroyReason::Operator, "api/admin", false, now()).await.unwrap();
    let leased = store.lease_destroys(&worker("tests"), 5).await.unwrap();
    store.mark_destroying(&leased.records[0], leased.lease, now()).await.unwrap();
    assert!(store.finish_claim(&claim, lease, &conversation(), now()).await.unwrap().is_none());
    assert_eq!(store.claim(claim.id).await.unwrap().unwrap().phase, ClaimPhase::Bound);
    assert!(store.rebind_claim(&claim, lease, "taken away", now()).await.unwrap());
    let waiting = store.claim(claim.id).await.unwrap().unwrap();
    assert_eq!((waiting.phase, waiting.instance_id, waiting.rebinds), (ClaimPhase::Pending, None, 1));
}

#[sqlx::test(migrator = "crate::store::MIGRATIONS")]
async fn a_claim_that_fails_takes_only_its_own_instance_with_it(db: PgPool) {
    let store = store(db).await;
    ready(&store, 0..1).await;
    let (claim, lease) = bound(&store).await;
    let foreign = Uuid::now_v7();
    sqlx::query("UPDATE instances SET claim_id = $1").bind(foreign).execute(&store.db).await.unwrap();
    let failure = model::record::Failure { code: "x".into(), message: "x".into() };
    assert!(store.fail_claim(&claim, lease, &failure, now()).await.unwrap());
    assert_eq!(status_of(&store, 0).await, "claiming");
}

#[sqlx::test(migrator = "crate::store::MIGRATIONS")]
async fn a_claim_in_line_is_released_at_once_another_with_its_instance(db: PgPool) {
    let store = store(db).await;
    let waiting = wish();
    store.take_in(&waiting, None, now()).await.unwrap();
    let released = store.request_release(waiting.id, "api/admin", now()).await.unwrap().unwrap();
    assert_eq!(released.phase, ClaimPhase::Released);
    ready(&store, 0..1).await;
    let (claim, lease) = bound(&store).await;
    store.finish_claim(&claim, lease, &conversation(), now()).await.unwrap();
    let asked = store.request_release(claim.id, "api/admin", now()).await.unwrap().unwrap();
    assert_eq!(asked.phase, ClaimPhase::Ready);
    let leased = store.lease_claims(&worker("tests"), 5).await.unwrap();
    assert!(store.begin_release(&asked, leased.lease, DestroyReason::Released, LONG, now()).await.unwrap());
    assert_eq!(status_of(&store, 0).await, "destroying");
    assert_eq!(store.lease_destroys(&worker("tests"), 5).await.unwrap().records.len(), 1);
}
