//! Inboxes and their messages.

use std::collections::HashSet;

use axum::http::{HeaderName, HeaderValue};
use chrono::{DateTime, Utc};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use url::Url;

use super::{Call, Class, Credential, Failure, Pace, Vendor, VendorSettings, tables};

/// Inboxes a page.
const PAGE_ROWS: usize = 100;
/// Pages that are read at most.
const PAGES_MAX: usize = 10_000;

/// What an inbox is made of.
#[derive(Debug, Clone, Serialize)]
pub struct NewInbox<'a> {
    /// The part of the address before the `@`.
    pub username: &'a str,
    /// A verified domain; the vendor's own otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domain: Option<&'a str>,
    /// Our name of it: a repeat with the same one answers with the first inbox.
    pub client_id: &'a str,
}

/// An inbox.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Inbox {
    /// Its id, which is the address.
    pub inbox_id: String,
    /// The address.
    #[serde(default)]
    pub email: Option<String>,
    /// Our name of it.
    #[serde(default)]
    pub client_id: Option<String>,
    /// When it was made.
    #[serde(default)]
    pub created_at: Option<DateTime<Utc>>,
}

/// A mail to be sent.
#[derive(Debug, Clone, Serialize)]
pub struct NewMail<'a> {
    /// To whom.
    pub to: &'a [String],
    /// Copies.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    pub cc: &'a [String],
    /// The subject; a reply keeps that of its thread.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<&'a str>,
    /// The text.
    pub text: &'a str,
    /// The same with markup.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub html: Option<&'a str>,
}

/// A mail that was sent.
#[derive(Debug, Clone, Deserialize)]
pub struct SentMail {
    /// The vendor's id of the message.
    pub message_id: String,
    /// The thread that it belongs to.
    #[serde(default)]
    pub thread_id: Option<String>,
}

/// A mail in an inbox, as lists and events give it.
#[derive(Debug, Clone, Deserialize)]
pub struct Mail {
    /// Whose inbox.
    pub inbox_id: String,
    /// The thread that it belongs to.
    #[serde(default)]
    pub thread_id: Option<String>,
    /// The vendor's id of the message.
    pub message_id: String,
    /// `received`, `sent`, `unread` and others.
    #[serde(default)]
    pub labels: Vec<String>,
    /// When it was sent or came.
    #[serde(default)]
    pub timestamp: Option<DateTime<Utc>>,
    /// From whom.
    #[serde(default)]
    pub from: Option<String>,
    /// To whom.
    #[serde(default)]
    pub to: Vec<String>,
    /// Copies.
    #[serde(default)]
    pub cc: Vec<String>,
    /// The subject.
    #[serde(default)]
    pub subject: Option<String>,
    /// The beginning of the text.
    #[serde(default)]
    pub preview: Option<String>,
    /// The text; lists leave it out.
    #[serde(default)]
    pub text: Option<String>,
    /// The message that it answers.
    #[serde(default)]
    pub in_reply_to: Option<String>,
}

/// A page of mails.
#[derive(Debug, Clone, Deserialize)]
pub struct MailPage {
    /// The mails, newest first.
    pub messages: Vec<Mail>,
    /// Where the next page begins.
    #[serde(default)]
    pub next_page_token: Option<String>,
}

/// A registered receiver of events.
#[derive(Debug, Clone, Deserialize)]
pub struct Webhook {
    /// The secret that its deliveries are signed with.
    pub secret: SecretString,
}

#[derive(Deserialize)]
struct InboxPage {
    inboxes: Vec<Inbox>,
    #[serde(default)]
    next_page_token: Option<String>,
}

/// The client. Works with our key, or with a claimant's for one call.
pub struct AgentMail {
    vendor: Vendor,
}

impl AgentMail {
    /// A client with our key; without one only calls with a claimant's key are possible.
    pub fn new(base: Url, key: Option<SecretString>, http: reqwest::Client, pace: Pace) -> Self {
        let cheap = key.is_some().then(|| Call::get("check").path(["auth", "me"]));
        let settings = VendorSettings {
            name: "agentmail",
            base,
            credential: key.map_or(Credential::Nobody, Credential::Bearer),
            rules: &tables::AGENTMAIL,
            requests_per_second: 10.0,
            concurrency: 8,
            cheap,
            headers_seen: None,
        };
        Self { vendor: Vendor::new(settings, http, pace) }
    }

    /// What it is sent with.
    pub fn vendor(&self) -> &Vendor {
        &self.vendor
    }

    /// Makes an inbox, or answers with the one that this `client_id` made before.
    pub async fn create(&self, inbox: &NewInbox<'_>) -> Result<Inbox, Failure> {
        self.vendor.send(Call::post("create_inbox").path(["inboxes"]).json(inbox).idempotent()).await?.into()
    }

    /// One inbox, or `None` when it is gone. `key` is a claimant's.
    pub async fn get(&self, inbox_id: &str, key: Option<SecretString>) -> Result<Option<Inbox>, Failure> {
        let mut call = Call::get("get_inbox").path(["inboxes", inbox_id]);
        if let Some(key) = key {
            call = call.with_credential(Credential::Bearer(key));
        }
        match self.vendor.send(call).await {
            Ok(reply) => reply.into().map(Some),
            Err(failure) if failure.is_gone() => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// Deletes an inbox with all its mail; `false` when it was gone already.
    pub async fn delete(&self, inbox_id: &str) -> Result<bool, Failure> {
        match self.vendor.send(Call::delete("delete_inbox").path(["inboxes", inbox_id])).await {
            Ok(_) => Ok(true),
            Err(failure) if failure.is_gone() => Ok(false),
            Err(failure) => Err(failure),
        }
    }

    /// Every inbox of the account.
    pub async fn list(&self) -> Result<Vec<Inbox>, Failure> {
        let mut inboxes = Vec::new();
        let mut seen = HashSet::new();
        let mut token: Option<String> = None;
        for _ in 0..PAGES_MAX {
            let mut call = Call::get("list_inboxes").path(["inboxes"]).query("limit", PAGE_ROWS.to_string());
            if let Some(token) = token {
                call = call.query("page_token", token);
            }
            let page: InboxPage = self.vendor.send(call).await?.into()?;
            inboxes.extend(page.inboxes.into_iter().filter(|inbox| seen.insert(inbox.inbox_id.clone())));
            token = page.next_page_token.filter(|token| !token.is_empty());
            if token.is_none() {
                return Ok(inboxes);
            }
        }
        Err(self.vendor.failure("list_inboxes", Class::Permanent, "a list of inboxes without end"))
    }

    /// Sends a mail. `idempotency_key` makes a repeat within a day harmless.
    pub async fn send(
        &self,
        inbox_id: &str,
        mail: &NewMail<'_>,
        idempotency_key: &str,
    ) -> Result<SentMail, Failure> {
        let call = Call::post("send_mail").path(["inboxes", inbox_id, "messages", "send"]);
        self.post_mail(call, mail, idempotency_key).await
    }

    /// Answers a mail within its thread.
    pub async fn reply(
        &self,
        inbox_id: &str,
        message_id: &str,
        mail: &NewMail<'_>,
        idempotency_key: &str,
    ) -> Result<SentMail, Failure> {
        let call = Call::post("reply_mail").path(["inboxes", inbox_id, "messages", message_id, "reply"]);
        // The thread gives the subject; the vendor's form has no field for it.
        let mail = NewMail { subject: None, ..mail.clone() };
        self.post_mail(call, &mail, idempotency_key).await
    }

    async fn post_mail(
        &self,
        call: Call,
        mail: &NewMail<'_>,
        idempotency_key: &str,
    ) -> Result<SentMail, Failure> {
        let key = HeaderValue::from_str(idempotency_key).map_err(|_| {
            self.vendor.failure("send_mail", Class::Invalid, "an idempotency key that is no header")
        })?;
        let call = call.header(HeaderName::from_static("idempotency-key"), key).idempotent();
        self.vendor.send(call.json(mail)).await?.into()
    }

    /// A page of an inbox's mails, newest first.
    pub async fn mails(
        &self,
        inbox_id: &str,
        limit: u32,
        page_token: Option<&str>,
    ) -> Result<MailPage, Failure> {
        let mut call =
            Call::get("list_mails").path(["inboxes", inbox_id, "messages"]).query("limit", limit.to_string());
        if let Some(token) = page_token {
            call = call.query("page_token", token);
        }
        self.vendor.send(call).await?.into()
    }

    /// Registers a receiver of incoming mail, or answers with the one that this `client_id` made before.
    pub async fn ensure_webhook(&self, url: &str, client_id: &str) -> Result<Webhook, Failure> {
        let body =
            serde_json::json!({"url": url, "event_types": ["message.received"], "client_id": client_id});
        self.vendor
            .send(Call::post("create_webhook").path(["webhooks"]).json(&body).idempotent())
            .await?
            .into()
    }
}
