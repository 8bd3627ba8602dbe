//! Agents follow their template; redeploys go one at a time.

use model::record::{Instance, Template, TemplateModel};
use model::words::{ClaimPhase, DeployStatus, InstanceStatus};

use super::*;
use crate::store::instance::{Part, Sight};
use crate::store::templates::TemplateContent;

fn content(name: &str, model: &str) -> TemplateContent {
    TemplateContent {
        creator_id: None,
        agent_name: name.into(),
        instructions: "Answer.".into(),
        model: Some(TemplateModel { default: model.into(), allow_override: true }),
        tools: Vec::new(),
        visibility: None,
    }
}

/// A ready claim of a template.
async fn served(store: &Store, template: &Template, model: &str) -> Claim {
    let wish =
        NewClaim { template: Some((template.id, template.generation)), model: Some(model.into()), ..wish() };
    match store.take_in(&wish, Some(&worker("tests")), now()).await.unwrap() {
        Intake::Created(claim, Some(lease)) => {
            assert!(store.finish_claim(&claim, lease, &conversation(), now()).await.unwrap().is_some());
            *claim
        }
        other => panic!("{other:?}"),
    }
}

#[sqlx::test(migrator = "crate::store::MIGRATIONS")]
async fn a_changed_template_makes_its_claims_due_and_is_followed_once(db: PgPool) {
    let store = store(db).await;
    ready(&store, 0..2).await;
    let template = store.create_template(&content("Ada", "small"), "api/admin", now()).await.unwrap();
    let follows = served(&store, &template, "small").await;
    let chose = served(&store, &template, "large").await;
    assert!(store.lease_claims(&worker("tests"), 10).await.unwrap().records.is_empty());
    let changed =
        store.replace_template(template.id, &content("Bea", "tiny"), None, "api/admin", now()).await.unwrap();
    let changed = changed.unwrap();
    sqlx::query("UPDATE claims SET due_at = now() WHERE due_at IS NOT NULL")
        .execute(&store.db)
        .await
        .unwrap();
    let leased = store.lease_claims(&worker("tests"), 10).await.unwrap();
    assert_eq!(leased.records.len(), 2);
    for claim in &leased.records {
        assert_eq!((claim.template_generation, claim.template_latest), (Some(1), Some(2)));
        assert_eq!(claim.model_chosen, claim.id == chose.id, "one of them chose its model");
        assert!(store.template_synced(claim, leased.lease, &changed, Some("tiny"), now()).await.unwrap());
        assert!(!store.template_synced(claim, leased.lease, &changed, Some("tiny"), now()).await.unwrap());
    }
    let after = store.claim(follows.id).await.unwrap().unwrap();
    assert_eq!((after.agent_name.as_str(), after.template_generation), ("Bea", Some(2)));
    let instance = store.instance(&after.instance_id.unwrap()).await.unwrap().unwrap();
    assert_eq!(instance.agent_name.as_deref(), Some("Bea"));
    assert!(instance.template_synced_at.is_some());
    assert!(store.lease_claims(&worker("tests"), 10).await.unwrap().records.is_empty(), "not due again");
}

#[sqlx::test(migrator = "crate::store::MIGRATIONS")]
async fn a_template_that_changes_while_the_agent_is_told_is_followed_at_once(db: PgPool) {
    let store = store(db).await;
    ready(&store, 0..1).await;
    let template = store.create_template(&content("Ada", "small"), "api/admin", now()).await.unwrap();
    let wish = NewClaim { template: Some((template.id, 1)), model: Some("small".into()), ..wish() };
    let Intake::Created(claim, Some(lease)) =
        store.take_in(&wish, Some(&worker("tests")), now()).await.unwrap()
    else {
        panic!()
    };
    store.replace_template(template.id, &content("Bea", "small"), None, "api/admin", now()).await.unwrap();
    assert!(store.finish_claim(&claim, lease, &conversation(), now()).await.unwrap().is_some());
    let due = store.lease_claims(&worker("tests"), 10).await.unwrap().records;
    assert_eq!((due.len(), due[0].phase), (1, ClaimPhase::Ready));
}

async fn claimed(store: &Store, count: usize) {
    ready(store, 0..count).await;
    for _ in 0..count {
        let (claim, lease) = bound(store).await;
        store.finish_claim(&claim, lease, &conversation(), now()).await.unwrap();
    }
}

async fn leased_instances(store: &Store) -> (Vec<Instance>, Lease) {
    sqlx::query("UPDATE instances SET due_at = now(), lease_until = NULL").execute(&store.db).await.unwrap();
    let leased = store.lease_instances(Part::Born, &worker("tests"), 10).await.unwrap();
    (leased.records, leased.lease)
}

#[sqlx::test(migrator = "crate::store::MIGRATIONS")]
async fn members_that_serve_somebody_are_redeployed_one_at_a_time(db: PgPool) {
    let store = store(db).await;
    claimed(&store, 2).await;
    for number in 0..2 {
        store.request_redeploy(&id(number), Some("two"), "api/admin", now()).await.unwrap();
    }
    let (members, lease) = leased_instances(&store).await;
    assert!(store.begin_redeploy(&members[0], lease, now()).await.unwrap());
    assert!(!store.begin_redeploy(&members[1], lease, now()).await.unwrap(), "the first is not healthy yet");
    let wish = members[0].redeploy.clone().unwrap();
    assert!(store.redeploy_sent(&members[0], lease, &wish, LONG, now()).await.unwrap());
    let (members, lease) = leased_instances(&store).await;
    let first = members.iter().find(|member| member.redeploy.as_ref().unwrap().sent_at.is_some()).unwrap();
    let second = members.iter().find(|member| member.id != first.id).unwrap();
    assert!(!store.begin_redeploy(second, lease, now()).await.unwrap());
    let healthy = Sight {
        id: first.id.clone(),
        pool: "default".into(),
        generation: 1,
        expected: InstanceStatus::Claimed,
        seen: DeployStatus::Healthy,
        hidden: false,
        next: InstanceStatus::Claimed,
        reason: "is well".into(),
        version: None,
        redeploying: true,
        redeploy_failed: false,
        recover: false,
        since: now(),
        again: LONG,
    };
    store.record_sights(lease, &[healthy], now()).await.unwrap();
    assert!(store.begin_redeploy(second, lease, now()).await.unwrap(), "the first is healthy");
    let told: i64 = sqlx::query_scalar("SELECT count(*) FROM events WHERE reason = 'Redeployed'")
        .fetch_one(&store.db)
        .await
        .unwrap();
    assert_eq!(told, 1);
}

#[sqlx::test(migrator = "crate::store::MIGRATIONS")]
async fn nothing_claims_a_member_whose_redeploy_has_begun(db: PgPool) {
    let store = store(db).await;
    ready(&store, 0..1).await;
    store.request_redeploy(&id(0), None, "api/admin", now()).await.unwrap();
    let waits = |intake| match intake {
        Intake::Created(claim, None) => assert_eq!(claim.instance_id, None),
        other => panic!("{other:?}"),
    };
    waits(store.take_in(&wish(), None, now()).await.unwrap());
    let (members, lease) = leased_instances(&store).await;
    assert!(store.begin_redeploy(&members[0], lease, now()).await.unwrap());
    assert_eq!(status_of(&store, 0).await, "starting");
    waits(store.take_in(&wish(), None, now()).await.unwrap());
}

#[sqlx::test(migrator = "crate::store::MIGRATIONS")]
async fn a_redeploy_that_fails_ends_those_that_wait_behind_it_and_brings_the_image_back(db: PgPool) {
    let store = store(db).await;
    claimed(&store, 3).await;
    for number in 0..2 {
        store.request_redeploy(&id(number), Some("bad"), "api/admin", now()).await.unwrap();
    }
    store.request_redeploy(&id(2), Some("other"), "api/admin", now()).await.unwrap();
    let (members, lease) = leased_instances(&store).await;
    let first = members.iter().find(|member| member.id == id(0)).unwrap();
    assert!(store.begin_redeploy(first, lease, now()).await.unwrap());
    let wish = first.redeploy.clone().unwrap();
    assert!(store.redeploy_sent(first, lease, &wish, LONG, now()).await.unwrap());
    assert_eq!(store.instance(&id(0)).await.unwrap().unwrap().image.as_deref(), Some("bad"));
    let (members, lease) = leased_instances(&store).await;
    let first = members.iter().find(|member| member.id == id(0)).unwrap();
    assert!(store.redeploy_failed(first, lease, "no such image", LONG, now()).await.unwrap());
    let after = store.instance(&id(0)).await.unwrap().unwrap();
    assert_eq!((after.redeploy, after.image, after.status), (None, None, InstanceStatus::Claimed));
    assert!(after.conditions.is_true("RedeployFailed"));
    assert_eq!(
        store.instance(&id(1)).await.unwrap().unwrap().redeploy,
        None,
        "it is not tried on the next one"
    );
    assert!(
        store.instance(&id(2)).await.unwrap().unwrap().redeploy.is_some(),
        "another image is another matter"
    );
    store.request_redeploy(&id(0), Some("good"), "api/admin", now()).await.unwrap();
    assert!(!store.instance(&id(0)).await.unwrap().unwrap().conditions.is_true("RedeployFailed"));
}
