//! I7: a worker that lost its lease changes nothing.

use model::words::{ClaimPhase, DeployStatus, InstanceStatus};

use super::*;
use crate::store::instance::{Part, Sight};

async fn end_leases(store: &Store, table: &str) {
    let statement = format!("UPDATE {table} SET lease_until = now() - interval '1 second', due_at = now()");
    sqlx::query(sqlx::AssertSqlSafe(statement)).execute(&store.db).await.unwrap();
}

#[sqlx::test(migrator = "crate::store::MIGRATIONS")]
async fn a_worker_whose_lease_was_taken_over_finishes_no_claim(db: PgPool) {
    let store = store(db).await;
    ready(&store, 0..1).await;
    let (claim, stale) = bound(&store).await;
    end_leases(&store, "claims").await;
    let taken = store.lease_claims(&worker("other"), 10).await.unwrap();
    assert_eq!(taken.records.len(), 1);
    assert!(store.finish_claim(&claim, stale, &conversation(), now()).await.unwrap().is_none());
    assert!(!store.rebind_claim(&claim, stale, "late", now()).await.unwrap());
    assert_eq!(store.claim(claim.id).await.unwrap().unwrap().phase, ClaimPhase::Bound);
    assert_eq!(status_of(&store, 0).await, "claiming");
    assert!(store.finish_claim(&claim, taken.lease, &conversation(), now()).await.unwrap().is_some());
    assert_eq!(status_of(&store, 0).await, "claimed");
}

#[sqlx::test(migrator = "crate::store::MIGRATIONS")]
async fn a_live_lease_is_nobody_elses(db: PgPool) {
    let store = store(db).await;
    ready(&store, 0..1).await;
    bound(&store).await;
    assert!(store.lease_claims(&worker("other"), 10).await.unwrap().records.is_empty());
}

#[sqlx::test(migrator = "crate::store::MIGRATIONS")]
async fn what_a_late_sweep_saw_is_dropped(db: PgPool) {
    let store = store(db).await;
    ready(&store, 0..1).await;
    sqlx::query("UPDATE instances SET due_at = now()").execute(&store.db).await.unwrap();
    let first = store.lease_instances(Part::Born, &worker("first"), 10).await.unwrap();
    end_leases(&store, "instances").await;
    let second = store.lease_instances(Part::Born, &worker("second"), 10).await.unwrap();
    let sight = |next| Sight {
        id: id(0),
        pool: "default".into(),
        generation: 1,
        expected: InstanceStatus::Ready,
        since: now(),
        seen: DeployStatus::Unreachable,
        hidden: false,
        next,
        reason: "test".into(),
        version: None,
        redeploying: false,
        redeploy_failed: false,
        recover: false,
        again: LONG,
    };
    let late = store.record_sights(first.lease, &[sight(InstanceStatus::Stuck)], now()).await.unwrap();
    assert!(late.is_empty());
    assert_eq!(status_of(&store, 0).await, "ready");
    let fresh = store.record_sights(second.lease, &[sight(InstanceStatus::Ready)], now()).await.unwrap();
    assert!(fresh.is_empty(), "no change of status");
    assert_eq!(store.instance(&id(0)).await.unwrap().unwrap().deploy_status, DeployStatus::Unreachable);
}

#[sqlx::test(migrator = "crate::store::MIGRATIONS")]
async fn a_sweep_that_was_overtaken_by_a_claim_changes_no_status(db: PgPool) {
    let store = store(db).await;
    ready(&store, 0..1).await;
    sqlx::query("UPDATE instances SET due_at = now()").execute(&store.db).await.unwrap();
    let leased = store.lease_instances(Part::Born, &worker("sweep"), 10).await.unwrap();
    bound(&store).await;
    let sight = Sight {
        id: id(0),
        pool: "default".into(),
        generation: 1,
        expected: InstanceStatus::Ready,
        since: now(),
        seen: DeployStatus::Unreachable,
        hidden: false,
        next: InstanceStatus::Stuck,
        reason: "test".into(),
        version: None,
        redeploying: false,
        redeploy_failed: false,
        recover: false,
        again: LONG,
    };
    assert!(store.record_sights(leased.lease, &[sight], now()).await.unwrap().is_empty());
    assert_eq!(status_of(&store, 0).await, "claiming");
}

/// Whether a claim that is served is due now, after a pass that found nothing to do and in which `event` happened.
async fn due_after(store: &Store, event: &str) -> bool {
    ready(store, 0..1).await;
    let (claim, lease) = bound(store).await;
    assert!(store.finish_claim(&claim, lease, &conversation(), now()).await.unwrap().is_some());
    sqlx::query("UPDATE claims SET due_at = now()").execute(&store.db).await.unwrap();
    let leased = store.lease_claims(&worker("tests"), 1).await.unwrap();
    sqlx::raw_sql(sqlx::AssertSqlSafe(event)).execute(&store.db).await.unwrap();
    assert!(store.rest_claim(&leased.records[0], leased.lease, None).await.unwrap());
    assert!(
        !store.rest_claim(&leased.records[0], leased.lease, None).await.unwrap(),
        "the lease is given back"
    );
    !store.lease_claims(&worker("other"), 1).await.unwrap().records.is_empty()
}

#[sqlx::test(migrator = "crate::store::MIGRATIONS")]
async fn a_claim_rests_when_nothing_happened_in_its_pass(db: PgPool) {
    assert!(!due_after(&store(db).await, "SELECT 1").await);
}

#[sqlx::test(migrator = "crate::store::MIGRATIONS")]
async fn a_release_that_is_asked_for_during_a_pass_is_not_forgotten(db: PgPool) {
    let asked = "UPDATE claims SET release_requested_at = now(), generation = generation + 1, due_at = now()";
    assert!(due_after(&store(db).await, asked).await);
}

#[sqlx::test(migrator = "crate::store::MIGRATIONS")]
async fn a_release_that_is_asked_for_while_a_pass_waits_for_somebody_is_due_at_once(db: PgPool) {
    let store = store(db).await;
    ready(&store, 0..2).await;
    for error in [None, Some("no answer")] {
        let (claim, lease) = bound(&store).await;
        store.request_release(claim.id, "api/admin", now()).await.unwrap();
        assert!(store.give_claim_back(&claim, lease, error, LONG).await.unwrap());
        let due = store.lease_claims(&worker("other"), 10).await.unwrap();
        assert_eq!(due.records.iter().map(|record| record.id).collect::<Vec<_>>(), [claim.id]);
        let (asked, lease) = (&due.records[0], due.lease);
        assert!(store.give_claim_back(asked, lease, error, LONG).await.unwrap());
        assert!(store.lease_claims(&worker("other"), 10).await.unwrap().records.is_empty(), "known by now");
    }
}

#[sqlx::test(migrator = "crate::store::MIGRATIONS")]
async fn a_redeploy_that_is_asked_for_during_a_sweep_is_due_at_once(db: PgPool) {
    let store = store(db).await;
    ready(&store, 0..1).await;
    sqlx::query("UPDATE instances SET due_at = now()").execute(&store.db).await.unwrap();
    let leased = store.lease_instances(Part::Born, &worker("sweep"), 10).await.unwrap();
    store.request_redeploy(&id(0), None, "api/admin", now()).await.unwrap();
    let sight = Sight {
        id: id(0),
        pool: "default".into(),
        expected: InstanceStatus::Ready,
        generation: leased.records[0].generation,
        since: now(),
        seen: DeployStatus::Healthy,
        hidden: false,
        next: InstanceStatus::Ready,
        reason: "is well".into(),
        version: None,
        redeploying: false,
        redeploy_failed: false,
        recover: false,
        again: LONG,
    };
    store.record_sights(leased.lease, &[sight], now()).await.unwrap();
    assert_eq!(store.lease_instances(Part::Born, &worker("next"), 10).await.unwrap().records.len(), 1);
}

#[sqlx::test(migrator = "crate::store::MIGRATIONS")]
async fn an_instance_that_is_destroyed_during_a_pass_of_its_claim_is_not_forgotten(db: PgPool) {
    let destroyed = "UPDATE instances SET status = 'destroying'; UPDATE claims SET due_at = now()";
    assert!(due_after(&store(db).await, destroyed).await);
}
