//! When a pool needs a pass, and what a pass counts.

use std::time::Instant;

use super::*;
use crate::wake::Hint;

/// Whether the pool was leased, and given back.
async fn passes(store: &Store, hints: &[Hint]) -> bool {
    let leased = store.lease_pools(&worker("tests"), hints, 1).await.unwrap();
    if leased.records.is_empty() {
        return false;
    }
    finish(store.lock_pool("default", leased.lease).await.unwrap().unwrap()).await;
    sqlx::query("UPDATE pools SET due_at = now() + interval '1 hour'").execute(&store.db).await.unwrap();
    true
}

#[sqlx::test(migrator = "crate::store::MIGRATIONS")]
async fn what_was_hinted_at_before_the_last_pass_needs_no_other_one(db: PgPool) {
    let store = store(db).await;
    let early = Hint { name: "default".into(), since: Instant::now() };
    assert!(passes(&store, &[]).await, "a new pool is due");
    assert!(!passes(&store, &[]).await, "nothing is due, nothing happened");
    assert!(!passes(&store, std::slice::from_ref(&early)).await, "the pass began after it");
    assert!(passes(&store, &[early.clone(), Hint::now("default")]).await, "this came after the pass");
    sqlx::query("UPDATE pools SET passed_at = NULL").execute(&store.db).await.unwrap();
    assert!(passes(&store, &[early]).await, "no pass is known");
}

#[sqlx::test(migrator = "crate::store::MIGRATIONS")]
async fn members_are_counted_by_status_and_hidden_ones_beside(db: PgPool) {
    let store = store(db).await;
    ready(&store, 0..5).await;
    store.take_in(&wish(), None, now()).await.unwrap();
    for (number, change) in [
        (1, "hidden = true"),
        (2, "hidden = true, status = 'stuck'"),
        (3, "hidden = true, status = 'destroying'"),
        (4, "hidden = true, status = 'stuck', claimed_at = now()"),
    ] {
        let change = format!("UPDATE instances SET {change} WHERE id = $1");
        sqlx::query(sqlx::AssertSqlSafe(change)).bind(id(number).as_str()).execute(&store.db).await.unwrap();
    }
    for _ in 0..2 {
        store.take_in(&wish(), None, now()).await.unwrap();
    }
    let census = store.census("default").await.unwrap();
    assert_eq!((census.claiming, census.ready, census.waiting), (2, 0, 1), "{census:?}");
    assert_eq!((census.stuck, census.destroying), (2, 1), "{census:?}");
    assert_eq!((census.hidden, census.hidden_idle), (3, 1), "{census:?}");
}
