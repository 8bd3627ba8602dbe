//! An inbox of the agent's own, or the shared one when the plan allows no further.

use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use rand::RngExt;
use serde_json::{Value, json};

use super::form::{Field, Form, any, is_address, not_taken};
use super::is_name_of;
use crate::plugin::{
    Answer, Created, Made, Outcome, Plugin, Provisioning, Refusal, Removal, Resource, Sighting, Subject,
    UserProvided,
};
use crate::vendor::agentmail::{AgentMail, Inbox, NewInbox};
use crate::vendor::{Class, Failure};

/// The variable with the address.
const INBOX_VARIABLE: &str = "AGENTMAIL_INBOX_ID";
/// The variable with the key: a claimant's only, never ours.
const KEY_VARIABLE: &str = "AGENTMAIL_API_KEY";

/// How soon to come back while other work on the inbox runs.
const BUSY_WAIT: Duration = Duration::from_secs(5);

const FORM: Form = Form {
    fields: &[
        Field {
            name: "agentmailApiKey",
            title: "AgentMail API key",
            pattern: Some("^am_"),
            fits: any,
            optional: false,
            secret: true,
        },
        Field {
            name: "inboxId",
            title: "Inbox (mail address)",
            pattern: None,
            fits: is_address,
            optional: false,
            secret: false,
        },
    ],
};

/// The tool.
pub struct EmailPlugin {
    client: Arc<AgentMail>,
    has_key: bool,
    domain: Option<String>,
    fallback_inbox_id: Option<String>,
}

impl EmailPlugin {
    /// `has_key`: the client has our key. The fallback inbox is used, by many, only at the plan's limit.
    pub fn new(
        client: Arc<AgentMail>,
        has_key: bool,
        domain: Option<String>,
        fallback_inbox_id: Option<String>,
    ) -> Self {
        Self { client, has_key, domain, fallback_inbox_id }
    }

    fn made(inbox: Inbox) -> Created {
        Created {
            config: json!({"address": inbox.inbox_id}),
            variables: vec![(INBOX_VARIABLE.to_owned(), inbox.inbox_id.clone().into())],
            resource_id: inbox.inbox_id,
            sealed: None,
        }
    }

    fn shared(inbox_id: &str) -> Created {
        Created {
            resource_id: inbox_id.to_owned(),
            config: json!({"address": inbox_id, "shared": true}),
            variables: vec![(INBOX_VARIABLE.to_owned(), inbox_id.into())],
            sealed: None,
        }
    }

    async fn of_client_id(&self, client_id: &str) -> Result<Option<Inbox>, Failure> {
        let inboxes = self.client.list().await?;
        Ok(inboxes.into_iter().find(|inbox| inbox.client_id.as_deref() == Some(client_id)))
    }

    async fn create_named(&self, username: &str, client_id: &str) -> Result<Inbox, Failure> {
        self.client.create(&NewInbox { username, domain: self.domain.as_deref(), client_id }).await
    }

    async fn make(&self, subject: &Subject) -> Result<Made, Failure> {
        let mut outcome = self.create_named(&subject.name, &subject.name).await;
        if matches!(&outcome, Err(failure) if failure.class == Class::Conflict) {
            // The address is taken: by our own earlier call, or by somebody else.
            if let Some(inbox) = self.of_client_id(&subject.name).await? {
                return Ok(Made::Done(Self::made(inbox)));
            }
            // The address is not promised, so another one does; the client_id stays, so it is found again.
            let username = format!("{}-{:04x}", subject.name, rand::rng().random::<u16>());
            outcome = self.create_named(&username, &subject.name).await;
        }
        match (outcome, &self.fallback_inbox_id) {
            (Ok(inbox), _) => Ok(Made::Done(Self::made(inbox))),
            (Err(failure), Some(inbox_id)) if failure.class == Class::PlanLimit => {
                tracing::warn!(
                    instance.id = subject.instance_id,
                    "the plan's inboxes are used up: {failure}"
                );
                Ok(Made::Done(Self::shared(inbox_id)))
            }
            (Err(failure), _) if failure.class == Class::ConflictWait => {
                Ok(Made::Pending { progress: Value::Null, retry_after: BUSY_WAIT })
            }
            (Err(failure), _) => Err(failure),
        }
    }

    /// Not ours to delete: the row says so, or it is the inbox that everyone falls back to.
    fn is_shared(&self, resource: &Resource) -> bool {
        resource.config.get("shared") == Some(&Value::Bool(true))
            || self.fallback_inbox_id.as_deref() == Some(resource.resource_id.as_str())
    }

    async fn check_user_config(&self, user_config: &Value) -> Result<UserProvided, Refusal> {
        let filled = FORM.read(user_config)?;
        let (key, inbox_id) = (filled.secret("agentmailApiKey"), filled.text("inboxId"));
        match self.client.get(inbox_id, Some(key.clone())).await {
            Ok(Some(inbox)) => Ok(UserProvided {
                config: json!({"address": inbox.inbox_id}),
                variables: vec![
                    (INBOX_VARIABLE.to_owned(), inbox.inbox_id.clone().into()),
                    (KEY_VARIABLE.to_owned(), key),
                ],
                resource_id: inbox.inbox_id,
            }),
            Ok(None) => Err(not_taken("inboxId", "is not an inbox of this key")),
            Err(failure) if matches!(failure.class, Class::Auth | Class::Forbidden) => {
                Err(not_taken("agentmailApiKey", "is not accepted by AgentMail"))
            }
            Err(failure) => Err(failure.into()),
        }
    }
}

impl Plugin for EmailPlugin {
    fn tool_id(&self) -> &'static str {
        "email"
    }

    fn name(&self) -> &'static str {
        "Email (AgentMail)"
    }

    fn kind(&self) -> &'static str {
        "inbox"
    }

    fn provisioning(&self) -> &'static [Provisioning] {
        &[Provisioning::Pool, Provisioning::User]
    }

    fn mode(&self) -> &'static str {
        "inbox"
    }

    fn configured(&self) -> Result<(), String> {
        if self.has_key { Ok(()) } else { Err("AGENTMAIL_API_KEY is not set".to_owned()) }
    }

    fn user_config_schema(&self) -> Option<Value> {
        Some(FORM.schema())
    }

    fn check(&self) -> Answer<'_, ()> {
        self.client.vendor().check().boxed()
    }

    fn create<'a>(&'a self, subject: &'a Subject) -> Answer<'a, Made> {
        self.make(subject).boxed()
    }

    fn find<'a>(&'a self, subject: &'a Subject) -> Answer<'a, Option<Created>> {
        async move { Ok(self.of_client_id(&subject.name).await?.map(Self::made)) }.boxed()
    }

    fn update<'a>(&'a self, resource: &'a Resource, _config: &'a Value) -> Answer<'a, Value> {
        async { Ok(resource.config.clone()) }.boxed()
    }

    fn destroy<'a>(&'a self, resource: &'a Resource) -> Answer<'a, Removal> {
        async move {
            if self.is_shared(resource) {
                let note = "the inbox is shared by agents of the whole fleet".to_owned();
                return Ok(Removal { outcome: Outcome::KeptShared, note: Some(note) });
            }
            let there = self.client.delete(&resource.resource_id).await?;
            let outcome = if there { Outcome::Deleted } else { Outcome::NotFound };
            Ok(Removal { outcome, note: None })
        }
        .boxed()
    }

    fn exists<'a>(&'a self, resource: &'a Resource) -> Answer<'a, bool> {
        async move { Ok(self.client.get(&resource.resource_id, None).await?.is_some()) }.boxed()
    }

    fn remains<'a>(&'a self, instance_id: &'a str, name: &'a str) -> Answer<'a, Vec<Resource>> {
        async move {
            let resource = |inbox: Inbox| {
                let client_id = inbox.client_id.filter(|client_id| is_name_of(client_id, name))?;
                Some(Resource {
                    instance_id: instance_id.to_owned(),
                    name: client_id,
                    resource_id: inbox.inbox_id,
                    config: Value::Null,
                    sealed: None,
                })
            };
            Ok(self.client.list().await?.into_iter().filter_map(resource).collect())
        }
        .boxed()
    }

    fn list_ours<'a>(&'a self, prefix: &'a str) -> Answer<'a, Vec<Sighting>> {
        async move {
            let sighting = |inbox: Inbox| {
                let name = inbox.client_id.filter(|client_id| client_id.starts_with(prefix))?;
                Some(Sighting {
                    kind: "inbox",
                    name,
                    resource_id: inbox.inbox_id,
                    created_at: inbox.created_at,
                    cost_per_hour: 0.0,
                })
            };
            Ok(self.client.list().await?.into_iter().filter_map(sighting).collect())
        }
        .boxed()
    }

    fn validate<'a>(&'a self, user_config: &'a Value) -> BoxFuture<'a, Result<UserProvided, Refusal>> {
        self.check_user_config(user_config).boxed()
    }
}
