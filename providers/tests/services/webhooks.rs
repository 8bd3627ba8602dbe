//! Deliveries of vendors.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;
use sha2::Sha256;
use sqlx::PgPool;

use crate::here::{HOOK_SECRET, Here};

const ID: &str = "abc123def456";

#[sqlx::test(migrator = "providers::run::MIGRATIONS")]
async fn events_of_the_infrastructure_are_hints_for_those_who_know_the_secret(db: PgPool) {
    let here = Here::start(db).await;
    here.until("one rule is registered", async || here.applied("notificationRuleCreate").await.len() == 1)
        .await;
    let path = format!("/webhooks/railway/{HOOK_SECRET}");
    for body in ["", "null", "{}", "[1]", "not json", r#"{"resource":{"project":{"id":"foreign"}}}"#] {
        assert_eq!(here.post_raw(&path, &[], body).await, 200, "{body}");
    }
    for secret in ["", "hook-secret-012345678", "hook-secret-01234567890", "x"] {
        let path = format!("/webhooks/railway/{secret}");
        assert_eq!(here.post_raw(&path, &[], "{}").await, 404, "{secret}");
    }
}

fn signed(secret: &[u8], id: &str, body: &str) -> Vec<(&'static str, String)> {
    let at = process::clock::now().timestamp();
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).unwrap();
    mac.update(format!("{id}.{at}.{body}").as_bytes());
    let signature = STANDARD.encode(mac.finalize().into_bytes());
    vec![
        ("svix-id", id.to_owned()),
        ("svix-timestamp", at.to_string()),
        ("svix-signature", format!("v1,{signature}")),
    ]
}

#[sqlx::test(migrator = "providers::run::MIGRATIONS")]
async fn a_mail_is_handed_to_its_agent_once_and_only_when_its_vendor_signed_it(db: PgPool) {
    let secret = b"a secret of the vendor";
    let configured = format!("whsec_{}", STANDARD.encode(secret));
    let here = Here::with(db, &[("AGENTMAIL_WEBHOOK_SECRET", &configured)], |_| {}).await;
    here.created(ID).await;
    sqlx::query(
        "INSERT INTO instance_services (id, instance_id, tool_id, name, resource_id, status, intent_at, updated_at)
         VALUES ('row-1', $1, 'email', 'agent-dev-abc123def456', 'ada@agentmail.to', 'active', now(), now())",
    )
    .bind(ID)
    .execute(&here.db)
    .await
    .unwrap();
    let body = json!({"type": "event", "event_type": "message.received", "event_id": "evt-1", "thread": {},
        "message": {"inbox_id": "ada@agentmail.to", "thread_id": "t", "message_id": "<m>",
            "from": "eve@example.com", "subject": "Hi", "text": "Hello"}})
    .to_string();
    let forged = signed(b"another secret", "msg_1", &body);
    assert_eq!(here.post_raw("/webhooks/agentmail", &forged, &body).await, 401);
    assert_eq!(here.post_raw("/webhooks/agentmail", &[], &body).await, 401);
    for _ in 0..3 {
        let headers = signed(secret, "msg_1", &body);
        assert_eq!(here.post_raw("/webhooks/agentmail", &headers, &body).await, 200);
    }
    let events: (i64, i64) = sqlx::query_as(
        "SELECT count(*), count(*) FILTER (WHERE payload IS NULL OR position('Hello'::bytea in payload) = 0)
         FROM webhook_events",
    )
    .fetch_one(&here.db)
    .await
    .unwrap();
    assert_eq!(events, (1, 1), "one event, its text sealed or erased");
}
