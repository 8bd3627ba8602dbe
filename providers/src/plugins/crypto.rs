//! A Bankr wallet: its own by the partner's calls, the claimant's, or one for all if that was allowed.

use std::sync::Arc;

use futures::FutureExt;
use futures::future::BoxFuture;
use secrecy::SecretString;
use serde_json::{Value, json};

use super::form::{Field, Form, any, not_taken};
use super::is_name_of;
use crate::plugin::{
    Answer, Created, Made, Outcome, Plugin, Provisioning, Refusal, Removal, Resource, Sighting, Subject,
    UserProvided,
};
use crate::vendor::bankr::{Bankr, PartnerWallet};
use crate::vendor::{Class, Failure};

const VARIABLE: &str = "BANKR_API_KEY";

/// Said at the end of each wallet of ours: the vendor has no call that deletes one.
const REVOKED_NOTE: &str = "the key is revoked; the wallet stays at the vendor, and so do funds in it";

const FORM: Form = Form {
    fields: &[Field {
        name: "bankrApiKey",
        title: "Bankr API key",
        pattern: Some("^bk_"),
        fits: any,
        optional: false,
        secret: true,
    }],
};

/// Where the pool's wallets come from.
#[derive(Debug, Clone)]
pub enum BankrMode {
    /// A wallet for each agent: the client has a partner key.
    Partner,
    /// One wallet for all, allowed by an explicit setting. Its key stays here: an account's key never enters an agent.
    Shared(SecretString),
    /// Only claimants' own; the sentence says what is missing.
    UserOnly(String),
}

/// The tool.
pub struct CryptoPlugin {
    client: Arc<Bankr>,
    mode: BankrMode,
}

impl CryptoPlugin {
    /// Wallets in this mode.
    pub fn new(client: Arc<Bankr>, mode: BankrMode) -> Self {
        Self { client, mode }
    }

    fn failure(&self, operation: &'static str, class: Class, message: impl Into<String>) -> Failure {
        self.client.vendor().failure(operation, class, message)
    }

    async fn partner_wallet(&self, subject: &Subject) -> Result<Made, Failure> {
        let wallet = self.client.create(&subject.name).await?;
        let address = wallet.evm_address;
        let key = match wallet.api_key {
            Some(key) => key,
            // A replay of an earlier call: the wallet is the same, its key was in the lost answer. A new one takes its place.
            None => {
                self.client.revoke_key(&address).await?;
                self.client.new_key(&address).await?
            }
        };
        Ok(Made::Done(Created {
            config: json!({"address": address, "mode": "partner"}),
            resource_id: address,
            variables: vec![(VARIABLE.to_owned(), key.clone())],
            sealed: Some(key),
        }))
    }

    async fn shared_wallet(&self, key: &SecretString) -> Result<Made, Failure> {
        let address = self.client.address_of(key.clone()).await?.ok_or_else(|| {
            self.failure(
                "wallet_of_key",
                Class::Permanent,
                "BANKR_API_KEY belongs to no wallet with an EVM address",
            )
        })?;
        Ok(Made::Done(Created {
            config: json!({"address": address, "mode": "shared", "shared": true}),
            resource_id: address,
            variables: Vec::new(),
            sealed: None,
        }))
    }

    async fn wallets_of(&self, fits: impl Fn(&str) -> bool) -> Result<Vec<(String, PartnerWallet)>, Failure> {
        if !matches!(self.mode, BankrMode::Partner) {
            return Ok(Vec::new());
        }
        let wallets = match self.client.list().await {
            // The list is not documented to be there for every organization.
            Err(failure) if failure.is_gone() => Vec::new(),
            other => other?,
        };
        let named = |wallet: PartnerWallet| {
            let name = wallet.idempotency_key.clone().filter(|name| fits(name))?;
            Some((name, wallet))
        };
        Ok(wallets.into_iter().filter_map(named).collect())
    }
}

impl Plugin for CryptoPlugin {
    fn tool_id(&self) -> &'static str {
        "crypto"
    }

    fn name(&self) -> &'static str {
        "Crypto (Bankr)"
    }

    fn kind(&self) -> &'static str {
        "wallet"
    }

    fn provisioning(&self) -> &'static [Provisioning] {
        match self.mode {
            BankrMode::UserOnly(_) => &[Provisioning::User],
            BankrMode::Partner | BankrMode::Shared(_) => &[Provisioning::Pool, Provisioning::User],
        }
    }

    fn mode(&self) -> &'static str {
        match self.mode {
            BankrMode::Partner => "partner",
            BankrMode::Shared(_) => "shared",
            BankrMode::UserOnly(_) => "user",
        }
    }

    fn configured(&self) -> Result<(), String> {
        match &self.mode {
            BankrMode::UserOnly(missing) => Err(missing.clone()),
            BankrMode::Partner | BankrMode::Shared(_) => Ok(()),
        }
    }

    fn user_config_schema(&self) -> Option<Value> {
        Some(FORM.schema())
    }

    fn check(&self) -> Answer<'_, ()> {
        async move {
            match &self.mode {
                BankrMode::Partner => match self.client.vendor().check().await {
                    Err(failure) if failure.is_gone() => Ok(()),
                    other => other,
                },
                BankrMode::Shared(key) => self.client.address_of(key.clone()).await.map(drop),
                BankrMode::UserOnly(_) => Ok(()),
            }
        }
        .boxed()
    }

    fn create<'a>(&'a self, subject: &'a Subject) -> Answer<'a, Made> {
        async move {
            match &self.mode {
                BankrMode::Partner => self.partner_wallet(subject).await,
                BankrMode::Shared(key) => self.shared_wallet(key).await,
                BankrMode::UserOnly(missing) => {
                    Err(self.failure("create_wallet", Class::Invalid, missing.clone()))
                }
            }
        }
        .boxed()
    }

    /// The same name gives the same wallet, so creating anew finds it.
    fn find<'a>(&'a self, _subject: &'a Subject) -> Answer<'a, Option<Created>> {
        async { Ok(None) }.boxed()
    }

    fn update<'a>(&'a self, resource: &'a Resource, _config: &'a Value) -> Answer<'a, Value> {
        async { Ok(resource.config.clone()) }.boxed()
    }

    fn destroy<'a>(&'a self, resource: &'a Resource) -> Answer<'a, Removal> {
        async move {
            if resource.config.get("shared") == Some(&Value::Bool(true)) {
                let note = "the wallet is shared by agents of the whole fleet".to_owned();
                return Ok(Removal { outcome: Outcome::KeptShared, note: Some(note) });
            }
            // Without a key there is nothing to revoke; the wallet stays either way.
            self.client.revoke_key(&resource.resource_id).await?;
            Ok(Removal { outcome: Outcome::Revoked, note: Some(REVOKED_NOTE.to_owned()) })
        }
        .boxed()
    }

    /// Usable means: its key is still taken. A wallet that was found by name has no key here; its revocation was
    /// answered, and more cannot be read.
    fn exists<'a>(&'a self, resource: &'a Resource) -> Answer<'a, bool> {
        async move {
            let Some(key) = &resource.sealed else { return Ok(false) };
            match self.client.address_of(key.clone()).await {
                Ok(_) => Ok(true),
                Err(failure) if matches!(failure.class, Class::Auth | Class::Forbidden | Class::NotFound) => {
                    Ok(false)
                }
                Err(failure) => Err(failure),
            }
        }
        .boxed()
    }

    fn remains<'a>(&'a self, instance_id: &'a str, name: &'a str) -> Answer<'a, Vec<Resource>> {
        async move {
            let resource = |(name, wallet): (String, PartnerWallet)| Resource {
                instance_id: instance_id.to_owned(),
                name,
                resource_id: wallet.evm_address,
                config: Value::Null,
                sealed: None,
            };
            let wallets = self.wallets_of(|there| is_name_of(there, name)).await?;
            Ok(wallets.into_iter().map(resource).collect())
        }
        .boxed()
    }

    /// Wallets cannot be deleted and cost nothing, so a revoked one would be an orphan for ever: none is reported.
    fn list_ours<'a>(&'a self, _prefix: &'a str) -> Answer<'a, Vec<Sighting>> {
        async { Ok(Vec::new()) }.boxed()
    }

    fn validate<'a>(&'a self, user_config: &'a Value) -> BoxFuture<'a, Result<UserProvided, Refusal>> {
        async move {
            const NAME: &str = "bankrApiKey";
            let key = FORM.read(user_config)?.secret(NAME);
            match self.client.address_of(key.clone()).await {
                Ok(Some(address)) => Ok(UserProvided {
                    config: json!({"address": address, "mode": "user"}),
                    resource_id: address,
                    variables: vec![(VARIABLE.to_owned(), key)],
                }),
                Ok(None) => Err(not_taken(NAME, "belongs to no wallet with an EVM address")),
                Err(failure) if matches!(failure.class, Class::Auth | Class::Forbidden | Class::NotFound) => {
                    Err(not_taken(NAME, "is not accepted by Bankr"))
                }
                Err(failure) => Err(failure.into()),
            }
        }
        .boxed()
    }
}
