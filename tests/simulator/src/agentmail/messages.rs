//! Mail: sent once an idempotency key, delivered to inboxes that are here, told to webhooks.

use axum::body::Bytes;
use axum::http::HeaderMap;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::inboxes::find;
use super::{AgentMail, Office, Outcome, PageQuery, error, invalid, not_found, object, page, text};
use crate::exchange::Answer;

/// Letters of a preview.
const PREVIEW_CHARACTERS: usize = 120;
/// How long a send's idempotency key is kept.
const KEY_HOURS: i64 = 24;
/// Fields of a mail to be sent. A reply takes its subject from the thread, so it has no field for one.
const SEND_FIELDS: [&str; 10] =
    ["labels", "reply_to", "to", "cc", "bcc", "subject", "text", "html", "attachments", "headers"];
const REPLY_FIELDS: [&str; 10] =
    ["labels", "reply_to", "to", "cc", "bcc", "reply_all", "text", "html", "attachments", "headers"];

/// A mail in an inbox.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Mail {
    pub inbox_id: String,
    order: u64,
    thread_id: String,
    message_id: String,
    labels: Vec<String>,
    timestamp: DateTime<Utc>,
    from: String,
    to: Vec<String>,
    cc: Vec<String>,
    subject: String,
    text: String,
    html: Option<String>,
    in_reply_to: Option<String>,
}

/// A send that was carried out: its key makes a repeat harmless.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Sent {
    account: String,
    key: String,
    request: String,
    at: DateTime<Utc>,
    answer: Value,
}

/// A mail that a test makes come in.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Incoming {
    pub to: String,
    #[serde(default = "somebody")]
    from: String,
    #[serde(default)]
    subject: String,
    #[serde(default)]
    text: String,
    in_reply_to: Option<String>,
}

fn somebody() -> String {
    "somebody@example.org".to_owned()
}

impl Mail {
    /// As lists show it: without the text.
    fn listed(&self) -> Value {
        let mut shown = json!({
            "inbox_id": self.inbox_id,
            "thread_id": self.thread_id,
            "message_id": self.message_id,
            "labels": self.labels,
            "timestamp": self.timestamp,
            "from": self.from,
            "to": self.to,
            "subject": self.subject,
            "preview": self.text.chars().take(PREVIEW_CHARACTERS).collect::<String>(),
            "size": self.text.len(),
            "updated_at": self.timestamp,
            "created_at": self.timestamp,
        });
        if !self.cc.is_empty() {
            shown["cc"] = json!(self.cc);
        }
        if let Some(answered) = &self.in_reply_to {
            shown["in_reply_to"] = json!(answered);
            shown["references"] = json!([answered]);
        }
        shown
    }

    /// As it is shown alone and in events.
    pub fn shown(&self) -> Value {
        let mut shown = self.listed();
        shown["text"] = json!(self.text);
        shown["extracted_text"] = json!(self.text);
        if let Some(html) = &self.html {
            shown["html"] = json!(html);
        }
        shown
    }

    /// Its thread as events show it.
    pub fn thread(&self) -> Value {
        json!({
            "inbox_id": self.inbox_id,
            "thread_id": self.thread_id,
            "labels": self.labels,
            "timestamp": self.timestamp,
            "senders": [self.from],
            "recipients": self.to,
            "subject": self.subject,
            "last_message_id": self.message_id,
            "message_count": 1,
            "size": self.text.len(),
            "updated_at": self.timestamp,
            "created_at": self.timestamp,
        })
    }

    /// What is told of a mail that went out.
    pub fn outgoing(&self) -> Value {
        json!({
            "inbox_id": self.inbox_id,
            "thread_id": self.thread_id,
            "message_id": self.message_id,
            "timestamp": self.timestamp,
            "recipients": self.to.iter().chain(&self.cc).collect::<Vec<_>>(),
        })
    }
}

pub(super) fn list(office: &Office, account: &str, id: &str, query: &PageQuery) -> Outcome {
    find(office, account, id)?;
    let wanted = query.labels.as_deref();
    let rows: Vec<&Mail> = office
        .mails
        .iter()
        .filter(|mail| mail.inbox_id == id)
        .filter(|mail| wanted.is_none_or(|label| mail.labels.iter().any(|own| own == label)))
        .collect();
    page(&rows, query, "messages", |mail| mail.order, Mail::listed).map(|answer| answer.about(id))
}

pub(super) fn get(office: &Office, account: &str, id: &str, message: &str) -> Outcome {
    find(office, account, id)?;
    mail(office, id, message).map(|mail| Answer::done(200, mail.shown()).about(id))
}

fn mail<'a>(office: &'a Office, inbox_id: &str, message_id: &str) -> Result<&'a Mail, Answer> {
    let found = office.mails.iter().find(|it| it.inbox_id == inbox_id && it.message_id == message_id);
    found.ok_or_else(|| not_found("Message").about(message_id))
}

/// One address, several, or none.
fn addresses(fields: &Map<String, Value>, name: &str) -> Result<Vec<String>, Answer> {
    let list = match fields.get(name) {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::String(one)) => vec![one.clone()],
        Some(several) => serde_json::from_value(several.clone())
            .map_err(|_| invalid(&format!("{name} must be a string or a list of strings")))?,
    };
    match list.iter().all(|address| address.contains('@')) {
        true => Ok(list),
        false => Err(invalid(&format!("{name} is not a mail address"))),
    }
}

impl AgentMail {
    fn message_id(&self) -> String {
        format!("<{}@agentmail.to>", self.dice.hex(16))
    }

    /// Sends a mail from `id`, as an answer to `answered` if that is given.
    pub(super) fn send(
        &self,
        office: &mut Office,
        account: &str,
        id: &str,
        answered: Option<&str>,
        headers: &HeaderMap,
        body: &Bytes,
    ) -> Outcome {
        find(office, account, id)?;
        let fields = object(body, if answered.is_some() { &REPLY_FIELDS } else { &SEND_FIELDS })?;
        let key = headers.get("idempotency-key").and_then(|key| key.to_str().ok());
        let request = format!("{id} {} {}", answered.unwrap_or_default(), String::from_utf8_lossy(body));
        let now = self.world.clock.date();
        if let Some(key) = key {
            office.sent.retain(|sent| (now - sent.at).num_hours() < KEY_HOURS);
            match office.sent.iter().find(|sent| sent.account == account && sent.key == key) {
                _ if key.is_empty() => return Err(invalid("Idempotency-Key must not be empty")),
                Some(sent) if sent.request != request => {
                    return Err(error(409, "conflict", "Idempotency-Key was used with another request"));
                }
                Some(sent) => return Ok(Answer::done(200, sent.answer.clone()).about(id)),
                None => {}
            }
        }
        let written = self.write(office, id, answered, &fields, now)?;
        let answer = json!({"message_id": written.message_id, "thread_id": written.thread_id});
        if let Some(key) = key {
            office.sent.push(Sent {
                account: account.to_owned(),
                key: key.to_owned(),
                request,
                at: now,
                answer: answer.clone(),
            });
        }
        self.go_out(office, account, written);
        Ok(Answer::done(200, answer).about(id))
    }

    fn write(
        &self,
        office: &mut Office,
        id: &str,
        answered: Option<&str>,
        fields: &Map<String, Value>,
        now: DateTime<Utc>,
    ) -> Result<Mail, Answer> {
        let answered = answered.map(|answered| mail(office, id, answered)).transpose()?.cloned();
        let mut to = addresses(fields, "to")?;
        if let (Some(answered), true) = (&answered, to.is_empty()) {
            to.push(answered.from.clone());
        }
        let (cc, bcc) = (addresses(fields, "cc")?, addresses(fields, "bcc")?);
        if to.is_empty() && cc.is_empty() && bcc.is_empty() {
            return Err(invalid("a message needs a recipient"));
        }
        let (text_part, html) = (text(fields, "text")?, text(fields, "html")?);
        if text_part.is_none() && html.is_none() {
            return Err(invalid("a message needs text or html"));
        }
        let (subject, thread_id) = match &answered {
            Some(first) => (format!("Re: {}", first.subject), first.thread_id.clone()),
            None => (text(fields, "subject")?.unwrap_or_default(), self.dice.uuid()),
        };
        Ok(Mail {
            inbox_id: id.to_owned(),
            order: office.next_order(),
            thread_id,
            message_id: self.message_id(),
            labels: vec!["sent".into()],
            timestamp: now,
            from: id.to_owned(),
            to,
            cc,
            subject,
            text: text_part.unwrap_or_default(),
            html,
            in_reply_to: answered.map(|answered| answered.message_id),
        })
    }

    /// Puts a written mail among the sent ones and into the inboxes here that it is for.
    fn go_out(&self, office: &mut Office, account: &str, mail: Mail) {
        self.tell(office, account, &mail, "message.sent");
        self.tell(office, account, &mail, "message.delivered");
        let here: Vec<String> = mail.to.iter().chain(&mail.cc).cloned().collect();
        let incoming = Incoming {
            to: String::new(),
            from: mail.from.clone(),
            subject: mail.subject.clone(),
            text: mail.text.clone(),
            in_reply_to: mail.in_reply_to.clone(),
        };
        office.mails.push(mail);
        for to in here {
            self.come_in(office, Incoming { to, ..incoming.clone() });
        }
    }

    /// A mail comes in; nothing when there is no such inbox. Gives the mail.
    pub(super) fn come_in(&self, office: &mut Office, incoming: Incoming) -> Option<Value> {
        let inbox = office.inboxes.iter().find(|inbox| inbox.inbox_id == incoming.to)?;
        let account = inbox.account().to_owned();
        let answered = incoming.in_reply_to.as_ref();
        let same = office.mails.iter().find(|mail| {
            mail.inbox_id == incoming.to && answered.is_some_and(|answered| mail.message_id == *answered)
        });
        let thread_id = same.map_or_else(|| self.dice.uuid(), |mail| mail.thread_id.clone());
        let mail = Mail {
            order: office.next_order(),
            thread_id,
            message_id: self.message_id(),
            labels: vec!["received".into(), "unread".into()],
            timestamp: self.world.clock.date(),
            from: incoming.from,
            to: vec![incoming.to.clone()],
            cc: Vec::new(),
            subject: incoming.subject,
            text: incoming.text,
            html: None,
            in_reply_to: incoming.in_reply_to,
            inbox_id: incoming.to,
        };
        self.tell(office, &account, &mail, "message.received");
        let shown = mail.shown();
        office.mails.push(mail);
        Some(shown)
    }
}
