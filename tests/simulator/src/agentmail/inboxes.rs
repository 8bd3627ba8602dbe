//! Inboxes: made once a `client_id`, limited by the plan, gone with all their mail.

use axum::body::Bytes;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{
    AgentMail, OWN_DOMAIN, Office, Outcome, PageQuery, client_id, error, invalid, not_found, object, page,
    text,
};
use crate::exchange::Answer;

/// An inbox. Its id is the address.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Inbox {
    pub inbox_id: String,
    account: String,
    order: u64,
    display_name: Option<String>,
    pub client_id: Option<String>,
    metadata: Option<Map<String, Value>>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl Inbox {
    /// An inbox with an address and nothing else.
    pub fn plain(account: &str, address: &str, order: u64, now: DateTime<Utc>) -> Self {
        Self {
            inbox_id: address.to_owned(),
            account: account.to_owned(),
            order,
            display_name: None,
            client_id: None,
            metadata: None,
            created_at: now,
            updated_at: now,
        }
    }

    /// Whose it is.
    pub fn account(&self) -> &str {
        &self.account
    }

    /// Whether it belongs to this account.
    pub fn is_of(&self, account: &str) -> bool {
        self.account == account
    }

    fn shown(&self) -> Value {
        let pod = if self.account.is_empty() { "operator" } else { &self.account };
        let mut shown = json!({
            "pod_id": format!("pod_{pod}"),
            "inbox_id": self.inbox_id,
            "email": self.inbox_id,
            "updated_at": self.updated_at,
            "created_at": self.created_at,
        });
        // What is not set is absent, never null.
        let optional = [
            ("display_name", self.display_name.clone().map(Value::from)),
            ("client_id", self.client_id.clone().map(Value::from)),
            ("metadata", self.metadata.clone().map(Value::from)),
        ];
        for (name, value) in optional {
            if let Some(value) = value {
                shown[name] = value;
            }
        }
        shown
    }
}

/// The account's inbox of this address.
pub(super) fn find<'a>(office: &'a Office, account: &str, id: &str) -> Result<&'a Inbox, Answer> {
    let found = office.inboxes.iter().find(|inbox| inbox.inbox_id == id && inbox.is_of(account));
    found.ok_or_else(|| not_found("Inbox").about(id))
}

pub(super) fn list(office: &Office, account: &str, query: &PageQuery) -> Outcome {
    let rows: Vec<&Inbox> = office.inboxes.iter().filter(|inbox| inbox.is_of(account)).collect();
    page(&rows, query, "inboxes", |inbox| inbox.order, Inbox::shown)
}

pub(super) fn get(office: &Office, account: &str, id: &str) -> Outcome {
    find(office, account, id).map(|inbox| Answer::done(200, inbox.shown()).about(id))
}

pub(super) fn delete(office: &mut Office, account: &str, id: &str) -> Outcome {
    find(office, account, id)?;
    office.inboxes.retain(|inbox| inbox.inbox_id != id);
    office.mails.retain(|mail| mail.inbox_id != id);
    Ok(Answer::done_without_body(204).about(id))
}

/// A part of an address before the `@`.
fn is_username(text: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-._+".contains(&byte);
    (1..=64).contains(&text.len()) && text.bytes().all(letter)
}

fn metadata(fields: &Map<String, Value>) -> Result<Option<Map<String, Value>>, Answer> {
    let value = match fields.get("metadata") {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Object(map)) => map.clone(),
        Some(_) => return Err(invalid("metadata must be an object")),
    };
    let plain = |value: &Value| matches!(value, Value::String(_) | Value::Number(_) | Value::Bool(_));
    match value.len() <= 256 && value.values().all(plain) {
        true => Ok(Some(value)),
        false => Err(invalid("metadata takes at most 256 strings, numbers and booleans")),
    }
}

impl AgentMail {
    pub(super) fn create_inbox(&self, office: &mut Office, account: &str, body: &Bytes) -> Outcome {
        let fields = object(body, &["username", "domain", "display_name", "client_id", "metadata"])?;
        let client_id = client_id(&fields)?;
        let ours = |inbox: &&Inbox| inbox.is_of(account);
        if let Some(id) = &client_id
            && let Some(first) =
                office.inboxes.iter().filter(ours).find(|it| it.client_id.as_ref() == Some(id))
        {
            return Ok(Answer::done(200, first.shown()).about(id));
        }
        let username = text(&fields, "username")?.unwrap_or_else(|| format!("inbox{}", self.dice.hex(4)));
        if !is_username(&username) {
            return Err(invalid("username is not valid"));
        }
        let domain = text(&fields, "domain")?.unwrap_or_else(|| OWN_DOMAIN.to_owned());
        if !office.domains.contains(&domain) {
            return Err(error(403, "domain_not_verified", &format!("Domain {domain} is not verified")));
        }
        let address = format!("{username}@{domain}");
        if office.inboxes.iter().any(|inbox| inbox.inbox_id == address) {
            return Err(error(403, "resource_taken", "Inbox is taken").about(address));
        }
        let count = office.inboxes.iter().filter(ours).count();
        if office.inbox_limit.is_some_and(|limit| count >= limit) {
            return Err(error(403, "limit_exceeded", "Inbox limit exceeded").about(address));
        }
        let inbox = Inbox {
            display_name: text(&fields, "display_name")?,
            metadata: metadata(&fields)?,
            client_id,
            ..Inbox::plain(account, &address, office.next_order(), self.world.clock.date())
        };
        let answer = Answer::done(200, inbox.shown()).about(address);
        office.inboxes.push(inbox);
        Ok(answer)
    }

    pub(super) fn update_inbox(&self, office: &mut Office, account: &str, id: &str, body: &Bytes) -> Outcome {
        let fields = object(body, &["display_name", "metadata"])?;
        find(office, account, id)?;
        let (name, metadata) = (text(&fields, "display_name")?, metadata(&fields)?);
        let now = self.world.clock.date();
        let inbox = office.inboxes.iter_mut().find(|inbox| inbox.inbox_id == id);
        let inbox = inbox.ok_or_else(|| not_found("Inbox"))?;
        inbox.display_name = name.or_else(|| inbox.display_name.take());
        if fields.contains_key("metadata") {
            inbox.metadata = metadata;
        }
        inbox.updated_at = now;
        Ok(Answer::done(200, inbox.shown()).about(id))
    }
}
