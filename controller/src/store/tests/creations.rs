//! Hold rather than churn.

use super::*;
use crate::store::creations::note_creation;

async fn held(store: &Store) -> bool {
    sqlx::query_scalar("SELECT hold_since IS NOT NULL FROM pools").fetch_one(&store.db).await.unwrap()
}

async fn note(store: &Store, outcome: Result<(), &str>) {
    let mut tx = store.db.begin().await.unwrap();
    note_creation(&mut tx, "default", outcome, now()).await.unwrap();
    tx.commit().await.unwrap();
}

#[sqlx::test(migrator = "crate::store::MIGRATIONS")]
async fn five_failures_in_a_row_hold_creations_and_one_success_ends_it(db: PgPool) {
    let store = store(db).await;
    for _ in 0..4 {
        note(&store, Err("bad image")).await;
        assert!(!held(&store).await);
    }
    note(&store, Err("bad image")).await;
    assert!(held(&store).await);
    note(&store, Ok(())).await;
    assert!(!held(&store).await);
    note(&store, Err("bad image")).await;
    assert!(!held(&store).await, "a hold that ended forgets what led to it");
}

#[sqlx::test(migrator = "crate::store::MIGRATIONS")]
async fn half_of_the_last_twenty_failing_holds_creations_too(db: PgPool) {
    let store = store(db).await;
    for round in 0..19 {
        note(&store, if round % 2 == 0 { Ok(()) } else { Err("flaky") }).await;
        assert!(!held(&store).await, "round {round}");
    }
    note(&store, Err("flaky")).await;
    assert!(held(&store).await);
}
