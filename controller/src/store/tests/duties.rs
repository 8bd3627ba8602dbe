//! Audit, promises, retention, and what a replica that stops leaves to the others.

use model::plan::audit::Finding;
use model::words::DestroyReason;

use super::*;

async fn run(store: &Store, statement: &'static str) {
    sqlx::query(statement).execute(&store.db).await.unwrap();
}

async fn rows(store: &Store, table: &str) -> i64 {
    let statement = format!("SELECT count(*) FROM {table}");
    sqlx::query_scalar(sqlx::AssertSqlSafe(statement)).fetch_one(&store.db).await.unwrap()
}

#[sqlx::test(migrator = "crate::store::MIGRATIONS")]
async fn orphans_and_zombies_are_destroyed_and_living_rows_are_not(db: PgPool) {
    let store = store(db).await;
    ready(&store, 0..2).await;
    run(&store, "UPDATE instances SET status = 'deleted', due_at = NULL WHERE id = 'member000001'").await;
    let strays = [(id(7), Finding::Orphan), (id(1), Finding::Zombie), (id(0), Finding::Zombie)];
    let mut taken = store.destroy_strays(&strays, now()).await.unwrap();
    taken.sort();
    assert_eq!(taken, [id(1).to_string(), id(7).to_string()]);
    assert_eq!(status_of(&store, 0).await, "ready");
    let leased = store.lease_destroys(&worker("tests"), 5).await.unwrap();
    assert_eq!(leased.records.len(), 2);
    for request in &leased.records {
        assert!(store.finish_destroy(request, leased.lease, &[], now()).await.unwrap());
    }
    assert_eq!(
        (status_of(&store, 1).await, status_of(&store, 7).await),
        ("deleted".into(), "deleted".into())
    );
    assert!(store.violations().await.unwrap().is_empty());
}

#[sqlx::test(migrator = "crate::store::MIGRATIONS")]
async fn a_duty_is_one_workers_and_its_memory_is_fenced(db: PgPool) {
    let store = store(db).await;
    let first = store.lease_duties(&worker("first"), 10).await.unwrap();
    assert_eq!(first.records.len(), 3);
    assert!(store.lease_duties(&worker("second"), 10).await.unwrap().records.is_empty());
    run(&store, "UPDATE duties SET lease_until = now() - interval '1 second'").await;
    let second = store.lease_duties(&worker("second"), 10).await.unwrap();
    let memory = serde_json::json!({"costPerHour": 0.05});
    assert!(!store.duty_done("audit", first.lease, &memory, LONG).await.unwrap());
    assert!(store.duty_done("audit", second.lease, &memory, LONG).await.unwrap());
    assert_eq!(store.audit_memory().await.unwrap().cost_per_hour, Some(0.05));
}

#[sqlx::test(migrator = "crate::store::MIGRATIONS")]
async fn an_ordinary_life_breaks_no_promise(db: PgPool) {
    let store = store(db).await;
    ready(&store, 0..3).await;
    let (claim, lease) = bound(&store).await;
    store.take_in(&wish(), None, now()).await.unwrap();
    assert_eq!(store.violations().await.unwrap(), []);
    store.finish_claim(&claim, lease, &conversation(), now()).await.unwrap();
    assert_eq!(store.violations().await.unwrap(), []);
    store.request_release(claim.id, "api/admin", now()).await.unwrap();
    let leased = store.lease_claims(&worker("tests"), 5).await.unwrap();
    for asked in leased.records.iter().filter(|asked| asked.id == claim.id) {
        store.begin_release(asked, leased.lease, DestroyReason::Released, LONG, now()).await.unwrap();
    }
    assert_eq!(store.violations().await.unwrap(), []);
}

#[sqlx::test(migrator = "crate::store::MIGRATIONS")]
async fn each_broken_promise_is_found(db: PgPool) {
    let store = store(db).await;
    ready(&store, 0..4).await;
    let (claim, lease) = bound(&store).await;
    store.finish_claim(&claim, lease, &conversation(), now()).await.unwrap();
    run(&store, "UPDATE instances SET claim_id = gen_random_uuid() WHERE status = 'claimed'").await;
    run(&store, "UPDATE instances SET due_at = NULL WHERE id = 'member000001'").await;
    run(&store, "UPDATE instances SET due_at = now() - interval '1 hour' WHERE id = 'member000002'").await;
    run(&store, "UPDATE instances SET status = 'destroying', due_at = NULL WHERE id = 'member000003'").await;
    let found = store.violations().await.unwrap();
    let names: Vec<(&str, i64)> =
        found.iter().map(|violation| (violation.breach.as_str(), violation.records)).collect();
    let expected = [
        ("claim_has_its_instance", 1),
        ("instance_has_its_claim", 1),
        ("destroying_has_request", 1),
        ("no_record_forgotten", 1),
        ("no_record_starved", 1),
    ];
    assert_eq!(names, expected);
    assert!(found.iter().all(|violation| crate::metrics::INVARIANTS.contains(&violation.invariant.as_str())));
}

#[sqlx::test(migrator = "crate::store::MIGRATIONS")]
async fn more_members_than_allowed_break_a_promise_only_when_they_were_made_since(db: PgPool) {
    let store = store(db).await;
    ready(&store, 0..5).await;
    let spec = PoolSpec { max_instances: 1, max_surge: 0, ..PoolSpec::default() };
    let later = now() + chrono::TimeDelta::seconds(60);
    let expected = crate::store::spec_pools::Expected::Anything;
    store.put_pool("default", &spec, expected, "api/admin", later).await.unwrap();
    assert_eq!(store.violations().await.unwrap(), [], "a lower limit leaves what there is");
    run(&store, "UPDATE instances SET status = 'starting', created_at = now() + interval '2 minutes' WHERE id = 'member000000'").await;
    assert_eq!(store.violations().await.unwrap()[0].breach, "within_max_instances");
}

#[sqlx::test(migrator = "crate::store::MIGRATIONS")]
async fn only_what_is_old_and_over_is_purged(db: PgPool) {
    let store = store(db).await;
    ready(&store, 0..3).await;
    let (old, _) = bound(&store).await;
    let (young, _) = bound(&store).await;
    let signed = NewClaim { challenge: Some(("nonce".into(), now())), ..wish() };
    store.take_in(&signed, None, now()).await.unwrap();
    sqlx::query("UPDATE claims SET phase = 'released', ended_at = now() WHERE id = ANY($1)")
        .bind([old.id, young.id])
        .execute(&store.db)
        .await
        .unwrap();
    for instance in [&old.instance_id, &young.instance_id] {
        let instance = instance.clone().unwrap();
        store.request_destroy(&instance, DestroyReason::Operator, "api/admin", true, now()).await.unwrap();
    }
    run(&store, "UPDATE instances SET status = 'deleted', deleted_at = now(), due_at = NULL WHERE id <> 'member000002'").await;
    let purged = store.purge(now()).await.unwrap();
    assert_eq!((purged.claims, purged.instances, purged.events), (0, 0, 0), "all of it is young");
    assert_eq!(purged.challenges, 1);
    let purged = store.purge(now() + chrono::TimeDelta::days(31)).await.unwrap();
    assert_eq!((purged.claims, purged.instances), (2, 2));
    assert!(purged.events > 0 && !purged.goes_on());
    assert_eq!((rows(&store, "claims").await, rows(&store, "instances").await), (1, 1));
    assert_eq!(rows(&store, "destroy_requests").await, 0);
}

#[sqlx::test(migrator = "crate::store::MIGRATIONS")]
async fn a_replica_that_stops_gives_back_what_it_holds_and_nothing_else(db: PgPool) {
    let store = store(db).await;
    ready(&store, 0..2).await;
    let (mine, stale) = bound(&store).await;
    match store.take_in(&wish(), Some(&worker("other")), now()).await.unwrap() {
        Intake::Created(_, Some(_)) => {}
        other => panic!("{other:?}"),
    }
    assert_eq!(store.give_everything_back("tests").await.unwrap(), 1);
    let taken = store.lease_claims(&worker("next"), 10).await.unwrap();
    assert_eq!(taken.records.iter().map(|claim| claim.id).collect::<Vec<_>>(), [mine.id]);
    assert!(store.finish_claim(&mine, stale, &conversation(), now()).await.unwrap().is_none());
}
