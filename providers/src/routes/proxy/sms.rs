//! Text messages of an agent's own number.

use std::sync::Arc;

use axum::extract::State;
use chrono::{DateTime, Utc};
use process::clock;
use process::problem::{Json, Path, Problem, Query};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Page, Sender, TEXTS_AN_HOUR_MAX, had_no_effect, refused};
use crate::app::Services;
use crate::ledger::{Message, NewMessage, Sent};
use crate::plugins::is_e164;
use crate::routes::caller::Caller;
use crate::vendor::telnyx;

/// Ten parts of an SMS; carriers drop longer ones.
const TEXT_CHARACTERS_MAX: usize = 1_600;

/// A message to send. The sender is not among the fields: it is the agent's own number.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Outgoing {
    to: String,
    text: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SentMessage {
    message_id: String,
}

fn check(message: &Outgoing) -> Result<(), Problem> {
    if !is_e164(&message.to) {
        return Err(Problem::invalid_field("to", "must be a number in E.164 form, such as +14155550100"));
    }
    if !(1..=TEXT_CHARACTERS_MAX).contains(&message.text.chars().count()) {
        return Err(Problem::invalid_field("text", "must have 1 to 1600 characters"));
    }
    Ok(())
}

/// `POST /proxy/{instanceId}/sms/messages`
pub async fn send(
    caller: Caller,
    State(services): State<Arc<Services>>,
    Path(instance_id): Path<String>,
    Json(message): Json<Outgoing>,
) -> Result<Json<SentMessage>, Problem> {
    let sender = Sender::of(&services, &caller, &instance_id, "sms").await?;
    check(&message)?;
    sender.may_send(&services, TEXTS_AN_HOUR_MAX).await?;
    let ledger = &services.ledger;
    let intent = NewMessage {
        instance_id: &sender.instance_id,
        tool_id: "sms",
        counterpart: &message.to,
        text: Some(&message.text),
    };
    let id = ledger.message_intended(&intent, clock::now()).await?;
    let profile = sender.tool.config["messagingProfileId"].as_str();
    let new = telnyx::NewMessage {
        from: &sender.from,
        to: &message.to,
        text: &message.text,
        messaging_profile_id: profile,
    };
    match services.telnyx.send(&new).await {
        Ok(sent) => {
            ledger.message_sent(id, Sent::Yes { vendor_id: &sent.id, thread_id: None }).await?;
            Ok(Json(SentMessage { message_id: id.to_string() }))
        }
        Err(failure) => {
            let became = if had_no_effect(&failure) { Sent::No } else { Sent::Unknown };
            ledger.message_sent(id, became).await?;
            Err(refused(&failure))
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Messages {
    items: Vec<Item>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Item {
    message_id: String,
    direction: String,
    state: String,
    counterpart: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    timestamp: DateTime<Utc>,
}

impl From<Message> for Item {
    fn from(message: Message) -> Self {
        Self {
            message_id: message.id.to_string(),
            direction: message.direction,
            state: message.state,
            counterpart: message.counterpart,
            text: message.text,
            timestamp: message.created_at,
        }
    }
}

/// `GET /proxy/{instanceId}/sms/messages`
pub async fn list(
    caller: Caller,
    State(services): State<Arc<Services>>,
    Path(instance_id): Path<String>,
    Query(page): Query<Page>,
) -> Result<Json<Messages>, Problem> {
    let sender = Sender::of(&services, &caller, &instance_id, "sms").await?;
    let limit = page.limit()?;
    let before = page
        .token()?
        .map(|token| {
            token.parse::<Uuid>().map_err(|_| Problem::invalid_field("pageToken", "is none of ours"))
        })
        .transpose()?;
    let rows = services.ledger.messages(&sender.instance_id, "sms", before, i64::from(limit)).await?;
    let full = rows.len() == usize::try_from(limit).unwrap_or(usize::MAX);
    let next_page_token = rows.last().filter(|_| full).map(|message| message.id.to_string());
    Ok(Json(Messages { items: rows.into_iter().map(Item::from).collect(), next_page_token }))
}

#[cfg(test)]
mod tests {
    use process::problem::read_json;

    use super::*;

    #[test]
    fn a_text_message_goes_to_a_number_and_never_names_its_sender() {
        let read = |text: &str| read_json::<Outgoing>(text.as_bytes()).and_then(|message| check(&message));
        assert!(read(r#"{"to":"+14155550100","text":"Hello"}"#).is_ok());
        for refused in [
            r#"{"to":"+14155550100","text":"Hello","from":"+14155550199"}"#,
            r#"{"to":"911","text":"Hello"}"#,
            r#"{"to":"+14155550100","text":""}"#,
        ] {
            assert!(read(refused).is_err(), "{refused}");
        }
    }
}
