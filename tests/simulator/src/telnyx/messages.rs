//! Text messages: sent through a number of the account, told to the webhook of its profile.

use axum::body::Bytes;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::orders::check_e164;
use super::{Call, Exchange, NAME, Outcome, Telnyx, error, missing, not_found, object, text};
use crate::delivery::{self, Parcel, Seal};
use crate::exchange::Answer;

/// Simulated time until a message is sent, and until it is delivered.
const SENT_MILLIS: u64 = 500;
const DELIVERED_MILLIS: u64 = 2_000;
/// Letters of one part.
const PART_CHARACTERS: usize = 160;
/// Parts of one message at most.
const PARTS_MAX: usize = 10;

/// A message that was taken for sending.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Message {
    id: String,
    account: String,
    from: String,
    to: String,
    text: String,
    messaging_profile_id: String,
    received_at: DateTime<Utc>,
}

/// A message that a test makes come in.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Incoming {
    pub to: String,
    from: String,
    text: String,
}

impl Message {
    fn shown(&self, status: &str) -> Value {
        json!({
            "record_type": "message",
            "direction": "outbound",
            "id": self.id,
            "type": "SMS",
            "messaging_profile_id": self.messaging_profile_id,
            "from": {"phone_number": self.from, "carrier": "Telnyx", "line_type": "Wireless"},
            "to": [{"phone_number": self.to, "status": status, "carrier": "", "line_type": ""}],
            "text": self.text,
            "media": [],
            "encoding": "GSM-7",
            "parts": parts(&self.text),
            "tags": [],
            "cost": {"amount": "0.0040", "currency": "USD"},
            "received_at": self.received_at,
            "sent_at": null,
            "completed_at": null,
            "valid_until": null,
            "errors": [],
        })
    }
}

fn parts(text: &str) -> usize {
    text.chars().count().div_ceil(PART_CHARACTERS).clamp(1, PARTS_MAX)
}

pub(super) fn get(call: &Call<'_>, id: &str) -> Outcome {
    let found = call.exchange.messages.iter().find(|it| it.id == id && it.account == call.account);
    let message = found.ok_or_else(|| not_found("message").about(id))?;
    Ok(Answer::done(200, json!({"data": message.shown("delivered")})).about(&message.from))
}

impl Telnyx {
    pub(super) fn send(&self, call: Call<'_>, body: &Bytes) -> Outcome {
        let fields = object(body)?;
        let to = text(&fields, "to").ok_or_else(|| missing("to"))?;
        let from = text(&fields, "from").ok_or_else(|| missing("from"))?;
        let content = text(&fields, "text").ok_or_else(|| missing("text"))?;
        check_e164(&to)?;
        let number = call.numbers().find(|number| number.phone_number == from);
        let Some(number) = number else {
            let detail = format!("The source number {from} is not one of yours.");
            return Err(error(422, "10002", "Invalid phone number", &detail).about(from));
        };
        let named = text(&fields, "messaging_profile_id");
        let Some(messaging_profile_id) = number.messaging_profile_id.clone().or(named) else {
            let detail = format!("{from} has no messaging profile.");
            return Err(error(422, "10013", "Missing association", &detail).about(from));
        };
        let message = Message {
            id: self.dice.uuid(),
            account: call.account.to_owned(),
            from,
            to,
            text: content,
            messaging_profile_id,
            received_at: self.world.clock.date(),
        };
        let answer = Answer::done(200, json!({"data": message.shown("queued")})).about(&message.from);
        for (event, status, after_millis) in
            [("message.sent", "sent", SENT_MILLIS), ("message.finalized", "delivered", DELIVERED_MILLIS)]
        {
            self.tell(
                call.exchange,
                &message.messaging_profile_id,
                event,
                message.shown(status),
                after_millis,
            );
        }
        call.exchange.messages.push(message);
        Ok(answer)
    }

    /// A message comes in; nothing when there is no such number. Gives what its webhook is told.
    pub(super) fn come_in(&self, exchange: &mut Exchange, incoming: Incoming) -> Option<Value> {
        let number = exchange.numbers.iter().find(|it| it.phone_number == incoming.to && it.is_live())?;
        let profile_id = number.messaging_profile_id.clone().unwrap_or_default();
        let payload = json!({
            "record_type": "message",
            "direction": "inbound",
            "id": self.dice.uuid(),
            "type": "SMS",
            "messaging_profile_id": profile_id,
            "from": {"phone_number": incoming.from, "carrier": "", "line_type": "Wireless"},
            "to": [{"phone_number": incoming.to, "status": "webhook_delivered", "carrier": "Telnyx",
                "line_type": "Wireless"}],
            "cc": [],
            "text": incoming.text,
            "media": [],
            "encoding": "GSM-7",
            "parts": parts(&incoming.text),
            "tags": [],
            "cost": null,
            "received_at": self.world.clock.date(),
            "sent_at": null,
            "completed_at": null,
            "valid_until": null,
            "errors": [],
        });
        self.tell(exchange, &profile_id, "message.received", payload.clone(), 0);
        Some(payload)
    }

    /// Tells the profile's webhook, if it has one.
    fn tell(
        &self,
        exchange: &Exchange,
        profile_id: &str,
        event: &'static str,
        payload: Value,
        after_millis: u64,
    ) {
        let profile = exchange.profiles.iter().find(|profile| profile.id == profile_id);
        let Some(url) = profile.and_then(|profile| profile.webhook_url.clone()) else { return };
        let event_id = self.dice.uuid();
        let (world, client) = (self.world.clone(), self.client.clone());
        tokio::spawn(async move {
            if after_millis > 0 {
                world.clock.sleep_millis(after_millis).await;
            }
            let parcel = Parcel {
                vendor: NAME,
                event: event.to_owned(),
                subject: payload.get("id").and_then(Value::as_str).map(str::to_owned),
                body: json!({
                    "data": {
                        "record_type": "event",
                        "event_type": event,
                        "id": event_id,
                        "occurred_at": world.clock.date(),
                        "payload": payload,
                    },
                    "meta": {"attempt": 1, "delivered_to": url},
                }),
                url,
                seal: Seal::Ed25519,
            };
            delivery::deliver(world, client, parcel).await;
        });
    }
}
