//! Receivers of events, and telling them.

use axum::body::Bytes;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::messages::Mail;
use super::{AgentMail, NAME, Office, Outcome, PageQuery, client_id, invalid, not_found, object, page, text};
use crate::delivery::{self, Parcel, Seal};
use crate::exchange::Answer;
use crate::tokens::AGENTMAIL_WEBHOOK_SECRET_PREFIX;

/// The events that a receiver may ask for.
const EVENTS: [&str; 10] = [
    "message.received",
    "message.received.spam",
    "message.received.blocked",
    "message.received.unauthenticated",
    "message.sent",
    "message.delivered",
    "message.bounced",
    "message.complained",
    "message.rejected",
    "domain.verified",
];
/// Inboxes that one receiver may name.
const INBOXES_MAX: usize = 10;

/// A receiver.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Webhook {
    webhook_id: String,
    account: String,
    order: u64,
    url: String,
    event_types: Vec<String>,
    inbox_ids: Vec<String>,
    client_id: Option<String>,
    secret: String,
    created_at: DateTime<Utc>,
}

impl Webhook {
    fn shown(&self) -> Value {
        let mut shown = json!({
            "webhook_id": self.webhook_id,
            "url": self.url,
            "event_types": self.event_types,
            "secret": self.secret,
            "enabled": true,
            "updated_at": self.created_at,
            "created_at": self.created_at,
        });
        if !self.inbox_ids.is_empty() {
            shown["inbox_ids"] = json!(self.inbox_ids);
        }
        if let Some(client_id) = &self.client_id {
            shown["client_id"] = json!(client_id);
        }
        shown
    }
}

fn texts(value: Option<&Value>, name: &str) -> Result<Vec<String>, Answer> {
    match value {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(value) => serde_json::from_value(value.clone())
            .map_err(|_| invalid(&format!("{name} must be a list of strings"))),
    }
}

pub(super) fn list(office: &Office, account: &str, query: &PageQuery) -> Outcome {
    let rows: Vec<&Webhook> = office.webhooks.iter().filter(|it| it.account == account).collect();
    page(&rows, query, "webhooks", |webhook| webhook.order, Webhook::shown)
}

fn find<'a>(office: &'a Office, account: &str, id: &str) -> Result<&'a Webhook, Answer> {
    let found = office.webhooks.iter().find(|it| it.account == account && it.webhook_id == id);
    found.ok_or_else(|| not_found("Webhook").about(id))
}

pub(super) fn get(office: &Office, account: &str, id: &str) -> Outcome {
    find(office, account, id).map(|webhook| Answer::done(200, webhook.shown()).about(id))
}

pub(super) fn delete(office: &mut Office, account: &str, id: &str) -> Outcome {
    find(office, account, id)?;
    office.webhooks.retain(|webhook| webhook.webhook_id != id);
    Ok(Answer::done_without_body(204).about(id))
}

impl AgentMail {
    pub(super) fn create_webhook(&self, office: &mut Office, account: &str, body: &Bytes) -> Outcome {
        let known = ["url", "event_types", "client_id", "headers", "inbox_ids", "pod_ids"];
        let fields = object(body, &known)?;
        let client_id = client_id(&fields)?;
        let first = office.webhooks.iter().find(|it| it.account == account && it.client_id == client_id);
        if let (Some(id), Some(first)) = (&client_id, first) {
            return Ok(Answer::done(200, first.shown()).about(id));
        }
        let url = text(&fields, "url")?.ok_or_else(|| invalid("url is required"))?;
        let event_types = texts(fields.get("event_types"), "event_types")?;
        if event_types.is_empty() || event_types.iter().any(|event| !EVENTS.contains(&event.as_str())) {
            return Err(invalid("event_types must name events"));
        }
        let inbox_ids = texts(fields.get("inbox_ids"), "inbox_ids")?;
        if inbox_ids.len() > INBOXES_MAX {
            return Err(invalid("inbox_ids takes at most 10"));
        }
        let key = hex::decode(self.dice.hex(24)).unwrap_or_default();
        let webhook = Webhook {
            webhook_id: format!("wh_{}", self.dice.hex(10)),
            account: account.to_owned(),
            order: office.next_order(),
            url,
            event_types,
            inbox_ids,
            client_id,
            secret: format!("{AGENTMAIL_WEBHOOK_SECRET_PREFIX}{}", BASE64_STANDARD.encode(key)),
            created_at: self.world.clock.date(),
        };
        let answer = Answer::done(200, webhook.shown()).about(&webhook.url);
        office.webhooks.push(webhook);
        Ok(answer)
    }

    /// Tells the account's receivers about a mail.
    pub(super) fn tell(&self, office: &Office, account: &str, mail: &Mail, event: &str) {
        let wants = |webhook: &&Webhook| {
            webhook.account == account
                && webhook.event_types.iter().any(|wanted| wanted == event)
                && (webhook.inbox_ids.is_empty() || webhook.inbox_ids.contains(&mail.inbox_id))
        };
        for webhook in office.webhooks.iter().filter(wants) {
            let mut body = json!({
                "type": "event",
                "event_type": event,
                "event_id": format!("evt_{}", self.dice.hex(12)),
            });
            match event {
                "message.received" => {
                    body["message"] = mail.shown();
                    body["thread"] = mail.thread();
                }
                "message.sent" => body["send"] = mail.outgoing(),
                _ => body["delivery"] = mail.outgoing(),
            }
            let parcel = Parcel {
                vendor: NAME,
                event: event.to_owned(),
                subject: Some(mail.inbox_id.clone()),
                url: webhook.url.clone(),
                body,
                seal: Seal::Svix { id: format!("msg_{}", self.dice.hex(13)), secret: webhook.secret.clone() },
            };
            tokio::spawn(delivery::deliver(self.world.clone(), self.client.clone(), parcel));
        }
    }
}
