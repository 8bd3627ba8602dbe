//! A phone number of the agent's own. Numbers cost money, so nothing here is bought twice: see [`buy`].

mod buy;
mod numbers;

use std::sync::Arc;

use futures::FutureExt;
use futures::future::BoxFuture;
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use super::form::{Field, Form, any, is_e164, not_taken};
use super::is_name_of;
use crate::plugin::{
    Answer, Created, Made, Outcome, Plugin, Provisioning, Refusal, Removal, Resource, Sighting, Subject,
    UserProvided,
};
use crate::settings::Release;
use crate::vendor::telnyx::{Number, Telnyx};
use crate::vendor::{Class, Failure};
pub use numbers::{Numbers, QUARANTINE};

const VENDOR: &str = "telnyx";
/// The variable with the number.
const PHONE_VARIABLE: &str = "TELNYX_PHONE_NUMBER";
/// The variable with the messaging profile.
const PROFILE_VARIABLE: &str = "TELNYX_MESSAGING_PROFILE_ID";
/// The variable with the key: a claimant's only, never ours.
const KEY_VARIABLE: &str = "TELNYX_API_KEY";

/// A number that is kept for later does not carry a name of ours, so that nobody takes it for an orphan.
const RECYCLED: &str = "recycled-";

/// A US long code is a dollar a month.
const DOLLARS_PER_HOUR: f64 = 1.0 / 730.0;

/// Generations of one instance's number that are searched for open orders.
const GENERATIONS_MAX: u32 = 20;

const FORM: Form = Form {
    fields: &[
        Field {
            name: "telnyxApiKey",
            title: "Telnyx API key",
            pattern: Some("^KEY"),
            fits: any,
            optional: false,
            secret: true,
        },
        Field {
            name: "telnyxPhone",
            title: "Phone number (+1…)",
            pattern: Some("^\\+[1-9][0-9]{7,14}$"),
            fits: is_e164,
            optional: false,
            secret: false,
        },
        Field {
            name: "messagingProfileId",
            title: "Messaging profile",
            pattern: None,
            fits: any,
            optional: true,
            secret: false,
        },
    ],
};

/// What the tool is told.
#[derive(Debug, Clone)]
pub struct SmsOptions {
    /// The client has our key.
    pub has_key: bool,
    /// The messaging profile; one of [`SmsOptions::tag`]'s name is found or made when it is not given.
    pub messaging_profile_id: Option<String>,
    /// What becomes of released numbers.
    pub release: Release,
    /// Prefix and environment: the tag of every number and the name of the profile.
    pub tag: String,
    /// Where a profile made by us sends what comes in.
    pub webhook_url: Option<String>,
}

/// The tool.
pub struct SmsPlugin {
    client: Arc<Telnyx>,
    numbers: Numbers,
    has_key: bool,
    release: Release,
    tag: String,
    webhook_url: Option<String>,
    profile_id: OnceCell<String>,
}

impl SmsPlugin {
    /// Numbers of this account.
    pub fn new(client: Arc<Telnyx>, numbers: Numbers, options: SmsOptions) -> Self {
        let SmsOptions { has_key, messaging_profile_id, release, tag, webhook_url } = options;
        let profile_id = OnceCell::new_with(messaging_profile_id);
        Self { client, numbers, has_key, release, tag, webhook_url, profile_id }
    }

    fn failure(&self, operation: &'static str, class: Class, message: impl Into<String>) -> Failure {
        self.client.vendor().failure(operation, class, message)
    }

    fn database(&self, error: &sqlx::Error) -> Failure {
        Failure::local(
            VENDOR,
            "kept_numbers",
            Class::Transient,
            format!("ask the services database: {error}"),
        )
    }

    /// The profile that was configured, else ours by name, else one that is made now.
    async fn profile_id(&self) -> Result<String, Failure> {
        let found = self.profile_id.get_or_try_init(|| async {
            if let Some(profile) = self.client.profile_by_name(&self.tag).await? {
                return Ok(profile.id);
            }
            self.client.create_profile(&self.tag, self.webhook_url.as_deref()).await.map(|profile| profile.id)
        });
        found.await.cloned()
    }

    /// The number as the vendor has it now, if it is still under this resource's name. Somebody else's by now: not ours to
    /// touch.
    async fn number_of(&self, resource: &Resource) -> Result<Option<Number>, Failure> {
        let number = self.client.number(&resource.resource_id, None).await?;
        Ok(number.filter(|number| match number.customer_reference.as_deref() {
            None | Some("") => true,
            Some(reference) => reference == resource.name,
        }))
    }

    async fn release_number(&self, resource: &Resource) -> Result<Removal, Failure> {
        let Some(number) = self.number_of(resource).await? else {
            if self.release == Release::Delete {
                self.forget_taken(resource).await?;
            }
            return Ok(Removal { outcome: Outcome::NotFound, note: None });
        };
        match self.release {
            Release::Delete => {
                if number.deletion_lock_enabled {
                    let message = "the number's deletion lock is on; switch it off at the vendor";
                    return Err(self.failure("release_number", Class::ConflictWait, message));
                }
                let there = self.client.release(&number.id).await?;
                self.forget_taken(resource).await?;
                let outcome = if there { Outcome::Deleted } else { Outcome::NotFound };
                Ok(Removal { outcome, note: None })
            }
            Release::Recycle => {
                let quarantine = self.client.vendor().pace().wait(QUARANTINE);
                let now = process::clock::now();
                // The row first: a number without a name and without a row would be paid for and never used.
                let kept = self.numbers.keep(&number.phone_number, now, quarantine).await;
                kept.map_err(|error| self.database(&error))?;
                self.client.tag(&number.id, &format!("{RECYCLED}{}", resource.name), &[]).await?;
                let note = "the number is kept in quarantine for another agent".to_owned();
                Ok(Removal { outcome: Outcome::Revoked, note: Some(note) })
            }
        }
    }

    async fn forget_taken(&self, resource: &Resource) -> Result<(), Failure> {
        self.numbers.forget(&resource.resource_id).await.map_err(|error| self.database(&error))
    }

    /// Numbers under the name, numbers bought under it that do not carry it yet, numbers taken for it; and an error while
    /// an order under it may still become one.
    async fn remaining(&self, instance_id: &str, name: &str) -> Result<Vec<Resource>, Failure> {
        let mut unnamed = Vec::new();
        for generation in 0..GENERATIONS_MAX {
            let reference = if generation == 0 { name.to_owned() } else { format!("{name}-{generation}") };
            let orders = self.client.orders_of(&reference).await?;
            for order in &orders {
                unnamed.extend(
                    self.unnamed(order).await?.map(|number| (reference.clone(), number.phone_number)),
                );
            }
            if generation > 0 && orders.is_empty() {
                break;
            }
        }
        let resource = |name: String, phone_number: String| Resource {
            instance_id: instance_id.to_owned(),
            name,
            resource_id: phone_number,
            config: Value::Null,
            sealed: None,
        };
        let mut remaining: Vec<Resource> = self
            .numbers_named(|there| is_name_of(there, name))
            .await?
            .into_iter()
            .map(|(name, number)| resource(name, number.phone_number))
            .collect();
        let taken = self.numbers.taken_by_any(name).await.map_err(|error| self.database(&error))?;
        for (taken_by, phone_number) in taken.into_iter().chain(unnamed) {
            if is_name_of(&taken_by, name) && remaining.iter().all(|there| there.resource_id != phone_number)
            {
                remaining.push(resource(taken_by, phone_number));
            }
        }
        Ok(remaining)
    }

    async fn numbers_named(&self, fits: impl Fn(&str) -> bool) -> Result<Vec<(String, Number)>, Failure> {
        let named = |number: Number| {
            let name = number.customer_reference.clone().filter(|name| fits(name))?;
            Some((name, number))
        };
        Ok(self.client.numbers().await?.into_iter().filter_map(named).collect())
    }

    async fn check_user_config(&self, user_config: &Value) -> Result<UserProvided, Refusal> {
        let filled = FORM.read(user_config)?;
        let (key, phone_number) = (filled.secret("telnyxApiKey"), filled.text("telnyxPhone"));
        let number = match self.client.number(phone_number, Some(key.clone())).await {
            Ok(Some(number)) => number,
            Ok(None) => return Err(not_taken("telnyxPhone", "is not a number of this key")),
            Err(failure) if matches!(failure.class, Class::Auth | Class::Forbidden) => {
                return Err(not_taken("telnyxApiKey", "is not accepted by Telnyx"));
            }
            Err(failure) => return Err(failure.into()),
        };
        let profile_id =
            filled.optional("messagingProfileId").map(str::to_owned).or(number.messaging_profile_id);
        let mut variables = vec![
            (PHONE_VARIABLE.to_owned(), number.phone_number.clone().into()),
            (KEY_VARIABLE.to_owned(), key),
        ];
        if let Some(profile_id) = &profile_id {
            variables.push((PROFILE_VARIABLE.to_owned(), profile_id.as_str().into()));
        }
        Ok(UserProvided {
            config: json!({"phoneNumber": number.phone_number, "messagingProfileId": profile_id}),
            resource_id: number.phone_number,
            variables,
        })
    }
}

impl Plugin for SmsPlugin {
    fn tool_id(&self) -> &'static str {
        "sms"
    }

    fn name(&self) -> &'static str {
        "SMS (Telnyx)"
    }

    fn kind(&self) -> &'static str {
        "number"
    }

    fn provisioning(&self) -> &'static [Provisioning] {
        &[Provisioning::Pool, Provisioning::User]
    }

    fn mode(&self) -> &'static str {
        match self.release {
            Release::Delete => "delete",
            Release::Recycle => "recycle",
        }
    }

    fn configured(&self) -> Result<(), String> {
        if self.has_key { Ok(()) } else { Err("TELNYX_API_KEY is not set".to_owned()) }
    }

    fn user_config_schema(&self) -> Option<Value> {
        Some(FORM.schema())
    }

    fn cost_per_hour(&self) -> f64 {
        DOLLARS_PER_HOUR
    }

    fn check(&self) -> Answer<'_, ()> {
        self.client.vendor().check().boxed()
    }

    fn create<'a>(&'a self, subject: &'a Subject) -> Answer<'a, Made> {
        self.step(subject).boxed()
    }

    fn find<'a>(&'a self, subject: &'a Subject) -> Answer<'a, Option<Created>> {
        self.find_bought(subject).boxed()
    }

    fn update<'a>(&'a self, resource: &'a Resource, _config: &'a Value) -> Answer<'a, Value> {
        async { Ok(resource.config.clone()) }.boxed()
    }

    fn destroy<'a>(&'a self, resource: &'a Resource) -> Answer<'a, Removal> {
        self.release_number(resource).boxed()
    }

    fn exists<'a>(&'a self, resource: &'a Resource) -> Answer<'a, bool> {
        async move { Ok(self.number_of(resource).await?.is_some()) }.boxed()
    }

    fn remains<'a>(&'a self, instance_id: &'a str, name: &'a str) -> Answer<'a, Vec<Resource>> {
        self.remaining(instance_id, name).boxed()
    }

    fn list_ours<'a>(&'a self, prefix: &'a str) -> Answer<'a, Vec<Sighting>> {
        async move {
            let numbers = self.numbers_named(|name| name.starts_with(prefix)).await?;
            let sighting = |(name, number): (String, Number)| Sighting {
                kind: "number",
                name,
                resource_id: number.phone_number,
                created_at: number.created_at,
                cost_per_hour: DOLLARS_PER_HOUR,
            };
            Ok(numbers.into_iter().map(sighting).collect())
        }
        .boxed()
    }

    fn validate<'a>(&'a self, user_config: &'a Value) -> BoxFuture<'a, Result<UserProvided, Refusal>> {
        self.check_user_config(user_config).boxed()
    }
}
