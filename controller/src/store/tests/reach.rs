//! Outages of the fleet: counted once, told once, and recoveries take turns over replicas.

use model::plan::outage::Patience;
use model::record::Instance;

use super::*;
use crate::store::instance::Part;

const RECOVERIES_MAX: u32 = 5;

/// Stuck members that are hidden; the last ones serve somebody.
async fn hidden(store: &Store, idle: usize, serving: usize) {
    ready(store, 0..idle + serving).await;
    sqlx::query(
        "UPDATE instances SET status = 'stuck', deploy_status = 'unreachable', hidden = true, ready_at = created_at,
            unhealthy_since = created_at, due_at = now(), claimed_at = CASE WHEN id >= $1 THEN now() END",
    )
    .bind(id(idle).as_str())
    .execute(&store.db)
    .await
    .unwrap();
}

async fn leased(store: &Store) -> (Vec<Instance>, Lease) {
    let leased = store.lease_instances(Part::Born, &worker("tests"), 100).await.unwrap();
    (leased.records, leased.lease)
}

fn patience() -> Patience {
    Patience::scaled(1.0)
}

async fn begin(store: &Store, members: &[Instance], lease: Lease, at: Timestamp) -> Vec<InstanceId> {
    let wanted: Vec<(&Instance, &str)> = members.iter().map(|member| (member, "a probe")).collect();
    store.begin_probes(lease, &wanted, RECOVERIES_MAX, &patience(), at).await.unwrap()
}

/// Counts anew, whoever just did.
async fn look(store: &Store, at: Timestamp) -> crate::store::reach::Look {
    sqlx::query("UPDATE fleet_reach SET counted_at = NULL").execute(&store.db).await.unwrap();
    store.look_at_fleet(&patience(), at).await.unwrap()
}

async fn is_well(store: &Store, instance: &InstanceId, at: Timestamp) {
    sqlx::query("UPDATE instances SET status = 'ready', deploy_status = 'healthy', hidden = false, healthy_at = $2, claimed_at = NULL WHERE id = $1")
        .bind(instance.as_str())
        .bind(at)
        .execute(&store.db)
        .await
        .unwrap();
}

fn later(seconds: i64) -> Timestamp {
    now() + chrono::TimeDelta::seconds(seconds)
}

async fn told(store: &Store) -> Vec<String> {
    sqlx::query_scalar("SELECT reason FROM events WHERE kind = 'pool' AND reason LIKE 'Fleet%' ORDER BY id")
        .fetch_all(&store.db)
        .await
        .unwrap()
}

#[sqlx::test(migrator = "crate::store::MIGRATIONS")]
async fn nine_hidden_members_are_no_outage_and_ten_are_one_that_is_told_once(db: PgPool) {
    let store = store(db).await;
    hidden(&store, 10, 0).await;
    is_well(&store, &id(9), now()).await;
    assert!(look(&store, now()).await.held.is_none());
    sqlx::query("UPDATE instances SET hidden = true").execute(&store.db).await.unwrap();
    let seen = look(&store, now()).await;
    assert_eq!((seen.told, seen.held.unwrap().reach.hidden), (vec!["default".to_owned()], 10));
    let again = look(&store, now()).await;
    assert!(again.held.is_some() && again.told.is_empty());
    assert!(store.outage(&patience(), now()).await.unwrap().is_some(), "whoever reads it knows it");
    sqlx::query("UPDATE instances SET hidden = false, deploy_status = 'healthy'")
        .execute(&store.db)
        .await
        .unwrap();
    assert!(look(&store, later(1)).await.held.is_some(), "not at the first good look");
    assert!(look(&store, later(62)).await.held.is_none());
    assert_eq!(told(&store).await, ["FleetUnreachable", "FleetReachable"]);
}

#[sqlx::test(migrator = "crate::store::MIGRATIONS")]
async fn replicas_that_want_all_at_once_begin_one_and_it_serves_nobody(db: PgPool) {
    let store = store(db).await;
    hidden(&store, 2, 10).await;
    look(&store, now()).await;
    let (members, lease) = leased(&store).await;
    assert_eq!(members.len(), 12);
    let at = now();
    let (one, other) = tokio::join!(begin(&store, &members, lease, at), begin(&store, &members, lease, at));
    assert_eq!([one, other].concat(), [id(0)], "the redeploy of one that serves nobody interrupts nobody");
    assert!(begin(&store, &members, lease, later(100)).await.is_empty(), "its probe has time yet");
    let held = store.outage(&patience(), later(100)).await.unwrap().unwrap();
    assert_eq!((held.window, held.in_flight, held.free), (1, 1, 0));
}

#[sqlx::test(migrator = "crate::store::MIGRATIONS")]
async fn a_recovery_that_helps_lets_two_go_and_one_that_fails_is_followed_by_a_pause_and_another(db: PgPool) {
    let store = store(db).await;
    hidden(&store, 2, 11).await;
    look(&store, now()).await;
    let (members, lease) = leased(&store).await;
    assert_eq!(begin(&store, &members, lease, now()).await, [id(0)]);
    is_well(&store, &id(0), later(1)).await;
    let two = begin(&store, &members, lease, later(2)).await;
    assert_eq!(two, [id(2), id(3)], "now that it helps, those that serve somebody go first");
    assert!(begin(&store, &members, lease, later(3)).await.is_empty());
    // Neither comes back: back to one, after a pause, and it is another one's turn.
    assert!(begin(&store, &members, lease, later(183)).await.is_empty());
    let next = begin(&store, &members, lease, later(183 + 121)).await;
    assert_eq!(next, [id(1)]);
}

#[sqlx::test(migrator = "crate::store::MIGRATIONS")]
async fn a_sweep_that_lost_its_lease_begins_nothing(db: PgPool) {
    let store = store(db).await;
    hidden(&store, 12, 0).await;
    look(&store, now()).await;
    let (members, _) = leased(&store).await;
    assert!(begin(&store, &members, Lease { token: Uuid::now_v7() }, now()).await.is_empty());
}
