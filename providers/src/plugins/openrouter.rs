//! A key for language models, made with every instance.

use std::sync::Arc;

use futures::FutureExt;
use futures::future::BoxFuture;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::form::{Field, Form, any, not_taken};
use super::is_name_of;
use crate::plugin::{
    Answer, Created, Made, Outcome, Plugin, Provisioning, Refusal, Removal, Resource, Sighting, Subject,
    UserProvided,
};
use crate::vendor::Class;
use crate::vendor::openrouter::{Key, LimitReset, OpenRouter};

const VARIABLE: &str = "OPENROUTER_API_KEY";

const FORM: Form = Form {
    fields: &[Field {
        name: "openrouterApiKey",
        title: "OpenRouter API key",
        pattern: Some("^sk-or-"),
        fits: any,
        optional: false,
        secret: true,
    }],
};

/// What a new key may spend.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KeyLimit {
    /// US dollars.
    pub dollars: f64,
    /// How often the limit starts anew.
    pub reset: Option<LimitReset>,
}

/// The tool.
pub struct OpenRouterPlugin {
    client: Arc<OpenRouter>,
    limit: KeyLimit,
}

impl OpenRouterPlugin {
    /// Keys of this account, with this limit each.
    pub fn new(client: Arc<OpenRouter>, limit: KeyLimit) -> Self {
        Self { client, limit }
    }

    /// What a key has spent, as the vendor knows it now. `None` when the key is gone.
    pub async fn usage(&self, hash: &str) -> Result<Option<Value>, crate::vendor::Failure> {
        Ok(self.client.get(hash).await?.map(|key| facts(&key)))
    }
}

/// What the pool may know of a key.
fn facts(key: &Key) -> Value {
    json!({
        "limit": key.limit,
        "limitRemaining": key.limit_remaining,
        "limitReset": key.limit_reset,
        "usage": key.usage,
        "usageDaily": key.usage_daily,
        "usageMonthly": key.usage_monthly,
        "disabled": key.disabled,
    })
}

impl Plugin for OpenRouterPlugin {
    fn tool_id(&self) -> &'static str {
        "openrouter"
    }

    fn name(&self) -> &'static str {
        "Language models (OpenRouter)"
    }

    fn kind(&self) -> &'static str {
        "key"
    }

    fn always(&self) -> bool {
        true
    }

    fn provisioning(&self) -> &'static [Provisioning] {
        &[Provisioning::Pool, Provisioning::User]
    }

    fn mode(&self) -> &'static str {
        "key"
    }

    fn configured(&self) -> Result<(), String> {
        Ok(())
    }

    fn user_config_schema(&self) -> Option<Value> {
        Some(FORM.schema())
    }

    fn check(&self) -> Answer<'_, ()> {
        self.client.vendor().check().boxed()
    }

    fn create<'a>(&'a self, subject: &'a Subject) -> Answer<'a, Made> {
        async move {
            let created = self.client.create(&subject.name, self.limit.dollars, self.limit.reset).await?;
            Ok(Made::Done(Created {
                resource_id: created.data.hash.clone(),
                config: json!({"limit": self.limit.dollars, "limitReset": self.limit.reset}),
                variables: vec![(VARIABLE.to_owned(), created.key)],
                sealed: None,
            }))
        }
        .boxed()
    }

    /// The secret was in the lost answer, so whatever carries the name is of no use: it is deleted, all of it.
    fn find<'a>(&'a self, subject: &'a Subject) -> Answer<'a, Option<Created>> {
        async move {
            for key in self.client.list().await?.into_iter().filter(|key| key.name == subject.name) {
                self.client.delete(&key.hash).await?;
            }
            Ok(None)
        }
        .boxed()
    }

    /// Takes `limit`, `limitReset` and `disabled`; answers with what the key is now, its usage included.
    fn update<'a>(&'a self, resource: &'a Resource, config: &'a Value) -> Answer<'a, Value> {
        async move {
            let mut changes = serde_json::Map::new();
            for (ours, theirs) in
                [("limit", "limit"), ("limitReset", "limit_reset"), ("disabled", "disabled")]
            {
                if let Some(value) = config.get(ours) {
                    changes.insert(theirs.to_owned(), value.clone());
                }
            }
            if !changes.is_empty() {
                let key = self.client.update(&resource.resource_id, &Value::Object(changes)).await?;
                return Ok(facts(&key));
            }
            match self.client.get(&resource.resource_id).await? {
                Some(key) => Ok(facts(&key)),
                None => Err(self.client.vendor().failure("get_key", Class::NotFound, "the key is gone")),
            }
        }
        .boxed()
    }

    fn destroy<'a>(&'a self, resource: &'a Resource) -> Answer<'a, Removal> {
        async move {
            let there = self.client.delete(&resource.resource_id).await?;
            let outcome = if there { Outcome::Deleted } else { Outcome::NotFound };
            Ok(Removal { outcome, note: None })
        }
        .boxed()
    }

    fn exists<'a>(&'a self, resource: &'a Resource) -> Answer<'a, bool> {
        async move { Ok(self.client.get(&resource.resource_id).await?.is_some()) }.boxed()
    }

    fn remains<'a>(&'a self, instance_id: &'a str, name: &'a str) -> Answer<'a, Vec<Resource>> {
        async move {
            let keys = self.client.list().await?.into_iter().filter(|key| is_name_of(&key.name, name));
            let resource = |key: Key| Resource {
                instance_id: instance_id.to_owned(),
                name: key.name,
                resource_id: key.hash,
                config: Value::Null,
                sealed: None,
            };
            Ok(keys.map(resource).collect())
        }
        .boxed()
    }

    fn list_ours<'a>(&'a self, prefix: &'a str) -> Answer<'a, Vec<Sighting>> {
        async move {
            let keys = self.client.list().await?.into_iter().filter(|key| key.name.starts_with(prefix));
            let sighting = |key: Key| Sighting {
                kind: "key",
                name: key.name,
                resource_id: key.hash,
                created_at: key.created_at,
                cost_per_hour: 0.0,
            };
            Ok(keys.map(sighting).collect())
        }
        .boxed()
    }

    fn validate<'a>(&'a self, user_config: &'a Value) -> BoxFuture<'a, Result<UserProvided, Refusal>> {
        async move {
            const NAME: &str = "openrouterApiKey";
            let key: SecretString = FORM.read(user_config)?.secret(NAME);
            let own = match self.client.own(key.clone()).await {
                Ok(own) => own,
                Err(failure) if matches!(failure.class, Class::Auth | Class::Forbidden | Class::NotFound) => {
                    return Err(not_taken(NAME, "is not accepted by OpenRouter"));
                }
                Err(failure) => return Err(failure.into()),
            };
            if own.is_management_key || own.is_provisioning_key {
                return Err(not_taken(NAME, "is a management key, which an agent must not hold"));
            }
            Ok(UserProvided {
                // The vendor names a key by this hash, too.
                resource_id: hex::encode(Sha256::digest(key.expose_secret())),
                config: json!({"label": own.label}),
                variables: vec![(VARIABLE.to_owned(), key)],
            })
        }
        .boxed()
    }
}
