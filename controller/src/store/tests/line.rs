//! The waiting line: priority, owners in turns, age.

use super::*;
use crate::wake::Hint;

async fn waits(store: &Store, owner: Option<&str>, priority: i32, second: i64) -> Uuid {
    let wish = NewClaim { owner_id: owner.map(str::to_owned), priority, ..wish() };
    store.take_in(&wish, None, now() + chrono::TimeDelta::seconds(second)).await.unwrap();
    wish.id
}

/// Serves one claim at a time; the claims in the order in which they were served.
async fn served(store: &Store, count: usize) -> Vec<Uuid> {
    let mut order = Vec::new();
    for number in 0..count {
        ready(store, number..number + 1).await;
        let leased = store.lease_pools(&worker("tests"), &[Hint::now("default")], 1).await.unwrap();
        let mut pool = store.lock_pool("default", leased.lease).await.unwrap().unwrap();
        order.extend(pool.serve_line(now()).await.unwrap());
        finish(pool).await;
    }
    order
}

#[sqlx::test(migrator = "crate::store::MIGRATIONS")]
async fn one_who_asks_for_many_does_not_keep_another_waiting(db: PgPool) {
    let store = store(db).await;
    let mut many = Vec::new();
    for second in 0..3 {
        many.push(waits(&store, Some("many"), 0, second).await);
    }
    let one = waits(&store, Some("one"), 0, 10).await;
    let urgent = waits(&store, Some("many"), 7, 20).await;
    let expected = vec![urgent, many[0], one, many[1], many[2]];
    let line = store.line("default", &expected).await.unwrap();
    let places: Vec<u64> = expected.iter().map(|claim| line.places[claim]).collect();
    assert_eq!(places, [1, 2, 3, 4, 5], "what a claim is told is the order in which it is served");
    assert_eq!(served(&store, 5).await, expected);
}

#[sqlx::test(migrator = "crate::store::MIGRATIONS")]
async fn a_claim_whose_end_was_asked_for_or_whose_time_is_over_is_not_served(db: PgPool) {
    let store = store(db).await;
    let late = NewClaim { deadline: Duration::from_secs(1), ..wish() };
    let before = now() - chrono::TimeDelta::seconds(10);
    store.take_in(&late, None, before).await.unwrap();
    let gone = waits(&store, None, 0, 0).await;
    store.request_release(gone, "api/admin", now()).await.unwrap();
    let last = waits(&store, None, 0, 5).await;
    assert_eq!(served(&store, 1).await, [last]);
}

#[sqlx::test(migrator = "crate::store::MIGRATIONS")]
async fn who_lets_go_while_his_agent_is_being_replaced_does_not_wait_in_line(db: PgPool) {
    let store = store(db).await;
    ready(&store, 0..1).await;
    let (claim, lease) = bound(&store).await;
    store.request_release(claim.id, "api/admin", now()).await.unwrap();
    assert!(store.rebind_claim(&claim, lease, "the agent is somebody else's", now()).await.unwrap());
    ready(&store, 1..2).await;
    let leased = store.lease_pools(&worker("tests"), &[Hint::now("default")], 1).await.unwrap();
    let mut pool = store.lock_pool("default", leased.lease).await.unwrap().unwrap();
    assert!(pool.serve_line(now()).await.unwrap().is_empty(), "no agent is spoilt for nobody");
    finish(pool).await;
    let due = store.lease_claims(&worker("tests"), 10).await.unwrap();
    assert_eq!(due.records.iter().map(|claim| claim.id).collect::<Vec<_>>(), [claim.id], "its end is due");
}
