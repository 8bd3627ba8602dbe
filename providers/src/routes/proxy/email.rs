//! Mail of an agent's own inbox.

use std::sync::Arc;

use axum::extract::State;
use chrono::{DateTime, Utc};
use process::clock;
use process::problem::{Json, Path, Problem, Query};
use serde::{Deserialize, Serialize};

use super::{MAILS_AN_HOUR_MAX, Page, Sender, had_no_effect, refused};
use crate::app::Services;
use crate::ledger::{NewMessage, Sent};
use crate::plugins::is_address;
use crate::routes::caller::Caller;
use crate::vendor::agentmail::{Mail, NewMail};

const RECEIVERS_MAX: usize = 50;
const ADDRESS_CHARACTERS_MAX: usize = 320;
const SUBJECT_CHARACTERS_MAX: usize = 998;
const ID_CHARACTERS_MAX: usize = 998;

/// A mail to send. The sender is not among the fields: it is the agent's own inbox.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Outgoing {
    to: Receivers,
    #[serde(default)]
    cc: Receivers,
    subject: String,
    text: String,
    html: Option<String>,
    in_reply_to: Option<String>,
}

/// One address or several.
#[derive(Deserialize)]
#[serde(untagged)]
enum Receivers {
    One(String),
    Several(Vec<String>),
}

impl Default for Receivers {
    fn default() -> Self {
        Self::Several(Vec::new())
    }
}

impl Receivers {
    fn all(&self) -> &[String] {
        match self {
            Self::One(address) => std::slice::from_ref(address),
            Self::Several(addresses) => addresses,
        }
    }

    fn check(&self, field: &'static str) -> Result<(), Problem> {
        let fits = |address: &String| address.len() <= ADDRESS_CHARACTERS_MAX && is_address(address);
        if self.all().len() > RECEIVERS_MAX {
            return Err(Problem::invalid_field(field, format!("must not have more than {RECEIVERS_MAX}")));
        }
        if !self.all().iter().all(fits) {
            return Err(Problem::invalid_field(field, "holds what is no mail address"));
        }
        Ok(())
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SentMail {
    message_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    thread_id: Option<String>,
}

fn check(mail: &Outgoing) -> Result<(), Problem> {
    mail.to.check("to")?;
    mail.cc.check("cc")?;
    if mail.to.all().is_empty() {
        return Err(Problem::invalid_field("to", "must name somebody"));
    }
    if mail.subject.chars().count() > SUBJECT_CHARACTERS_MAX || mail.subject.chars().any(char::is_control) {
        return Err(Problem::invalid_field("subject", "must be one line of at most 998 characters"));
    }
    let id_fits =
        |id: &str| !id.is_empty() && id.len() <= ID_CHARACTERS_MAX && !id.chars().any(char::is_control);
    if !mail.in_reply_to.as_deref().is_none_or(id_fits) {
        return Err(Problem::invalid_field("inReplyTo", "is no id of a mail"));
    }
    Ok(())
}

/// `POST /proxy/{instanceId}/email/messages`
pub async fn send(
    caller: Caller,
    State(services): State<Arc<Services>>,
    Path(instance_id): Path<String>,
    Json(mail): Json<Outgoing>,
) -> Result<Json<SentMail>, Problem> {
    let sender = Sender::of(&services, &caller, &instance_id, "email").await?;
    check(&mail)?;
    sender.may_send(&services, MAILS_AN_HOUR_MAX).await?;
    let ledger = &services.ledger;
    if let Some(id) = mail.in_reply_to.as_deref()
        && sender.is_shared()
        && !ledger.is_mail_of(&sender.instance_id, id).await?
    {
        return Err(Problem::not_found("this agent has no such mail"));
    }
    let counterpart = mail.to.all().join(", ");
    let intent = NewMessage {
        instance_id: &sender.instance_id,
        tool_id: "email",
        counterpart: &counterpart,
        text: None,
    };
    let id = ledger.message_intended(&intent, clock::now()).await?;
    let new = NewMail {
        to: mail.to.all(),
        cc: mail.cc.all(),
        subject: Some(&mail.subject),
        text: &mail.text,
        html: mail.html.as_deref(),
    };
    let key = id.to_string();
    let outcome = match &mail.in_reply_to {
        Some(message_id) => services.agentmail.reply(&sender.from, message_id, &new, &key).await,
        None => services.agentmail.send(&sender.from, &new, &key).await,
    };
    match outcome {
        Ok(sent) => {
            let yes = Sent::Yes { vendor_id: &sent.message_id, thread_id: sent.thread_id.as_deref() };
            ledger.message_sent(id, yes).await?;
            Ok(Json(SentMail { message_id: sent.message_id, thread_id: sent.thread_id }))
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
pub struct Mails {
    items: Vec<Item>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Item {
    message_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    thread_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    to: Vec<String>,
    cc: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    preview: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    in_reply_to: Option<String>,
    labels: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    timestamp: Option<DateTime<Utc>>,
}

impl From<Mail> for Item {
    fn from(mail: Mail) -> Self {
        Self {
            message_id: mail.message_id,
            thread_id: mail.thread_id,
            from: mail.from,
            to: mail.to,
            cc: mail.cc,
            subject: mail.subject,
            preview: mail.preview,
            in_reply_to: mail.in_reply_to,
            labels: mail.labels,
            timestamp: mail.timestamp,
        }
    }
}

/// `GET /proxy/{instanceId}/email/messages`
pub async fn list(
    caller: Caller,
    State(services): State<Arc<Services>>,
    Path(instance_id): Path<String>,
    Query(page): Query<Page>,
) -> Result<Json<Mails>, Problem> {
    let sender = Sender::of(&services, &caller, &instance_id, "email").await?;
    let mails = services.agentmail.mails(&sender.from, page.limit()?, page.token()?).await;
    let mails = mails.map_err(|failure| refused(&failure))?;
    // A shared inbox holds others' mail: only threads that this agent wrote in are its own.
    let own_threads = match sender.is_shared() {
        true => Some(services.ledger.threads_of(&sender.instance_id).await?),
        false => None,
    };
    let is_own = |mail: &Mail| match (&own_threads, &mail.thread_id) {
        (None, _) => true,
        (Some(own), Some(thread_id)) => own.contains(thread_id),
        (Some(_), None) => false,
    };
    Ok(Json(Mails {
        items: mails.messages.into_iter().filter(is_own).map(Item::from).collect(),
        next_page_token: mails.next_page_token,
    }))
}

#[cfg(test)]
mod tests {
    use process::problem::read_json;

    use super::*;

    #[test]
    fn a_mail_names_its_receivers_and_never_its_sender() {
        let read = |text: &str| read_json::<Outgoing>(text.as_bytes()).and_then(|mail| check(&mail));
        assert!(read(r#"{"to":"a@example.com","subject":"Hi","text":"Hello"}"#).is_ok());
        assert!(read(r#"{"to":["a@example.com"],"cc":[],"subject":"Hi","text":"Hello"}"#).is_ok());
        for refused in [
            r#"{"to":"a@example.com","subject":"Hi","text":"Hello","from":"ceo@example.com"}"#,
            r#"{"to":[],"subject":"Hi","text":"Hello"}"#,
            r#"{"to":"a@example.com\r\nBcc: b@example.com","subject":"Hi","text":"Hello"}"#,
            r#"{"to":"a@example.com","subject":"Hi\r\nBcc: b@example.com","text":"Hello"}"#,
            r#"{"to":"a@example.com","subject":"Hi","text":"Hello","inReplyTo":""}"#,
        ] {
            assert!(read(refused).is_err(), "{refused}");
        }
    }
}
