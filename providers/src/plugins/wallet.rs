//! An Ethereum account of the agent's own, made with every instance. The key exists in the agent's variables only.

use futures::FutureExt;
use futures::future::BoxFuture;
use k256::ecdsa::SigningKey;
use model::owner::{Address, signing_key};
use rand::TryRng;
use rand::rngs::SysRng;
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::plugin::{
    Answer, Created, Made, Outcome, Plugin, Provisioning, Refusal, Removal, Resource, Sighting, Subject,
    UserProvided,
};
use crate::vendor::{Class, Failure};

const VENDOR: &str = "wallet";

/// Draws until the bytes are a key. One in 2¹²⁸ is not, so a second draw means that the random source is broken.
const DRAWS_MAX: usize = 3;

/// The tool.
#[derive(Debug, Default)]
pub struct WalletPlugin;

impl WalletPlugin {
    fn draw() -> Result<(SigningKey, SecretString), Failure> {
        let broken = |what: &str| Failure::local(VENDOR, "draw_key", Class::Permanent, what);
        for _ in 0..DRAWS_MAX {
            let mut bytes = [0; 32];
            SysRng.try_fill_bytes(&mut bytes).map_err(|_| broken("the system gives no random bytes"))?;
            if let Some(key) = signing_key(&bytes) {
                let text = SecretString::from(format!("0x{}", hex::encode(bytes)));
                return Ok((key, text));
            }
        }
        Err(broken("the system's random bytes are not random"))
    }
}

impl Plugin for WalletPlugin {
    fn tool_id(&self) -> &'static str {
        "wallet"
    }

    fn name(&self) -> &'static str {
        "Wallet"
    }

    fn kind(&self) -> &'static str {
        "wallet"
    }

    fn always(&self) -> bool {
        true
    }

    fn provisioning(&self) -> &'static [Provisioning] {
        &[Provisioning::Pool]
    }

    fn mode(&self) -> &'static str {
        "local"
    }

    fn configured(&self) -> Result<(), String> {
        Ok(())
    }

    fn check(&self) -> Answer<'_, ()> {
        async { Ok(()) }.boxed()
    }

    fn create<'a>(&'a self, _subject: &'a Subject) -> Answer<'a, Made> {
        async move {
            let (key, text) = Self::draw()?;
            let address = Address::of(key.verifying_key()).to_string();
            Ok(Made::Done(Created {
                config: json!({"address": address}),
                resource_id: address,
                variables: vec![("PRIVATE_WALLET_KEY".to_owned(), text)],
                sealed: None,
            }))
        }
        .boxed()
    }

    /// A key that was never handed on is nobody's: there is nothing to find.
    fn find<'a>(&'a self, _subject: &'a Subject) -> Answer<'a, Option<Created>> {
        async { Ok(None) }.boxed()
    }

    fn update<'a>(&'a self, resource: &'a Resource, _config: &'a Value) -> Answer<'a, Value> {
        async { Ok(resource.config.clone()) }.boxed()
    }

    fn destroy<'a>(&'a self, _resource: &'a Resource) -> Answer<'a, Removal> {
        async {
            let note = "the key was in the agent's variables only and goes with them".to_owned();
            Ok(Removal { outcome: Outcome::Deleted, note: Some(note) })
        }
        .boxed()
    }

    fn exists<'a>(&'a self, _resource: &'a Resource) -> Answer<'a, bool> {
        async { Ok(false) }.boxed()
    }

    fn remains<'a>(&'a self, _instance_id: &'a str, _name: &'a str) -> Answer<'a, Vec<Resource>> {
        async { Ok(Vec::new()) }.boxed()
    }

    fn list_ours<'a>(&'a self, _prefix: &'a str) -> Answer<'a, Vec<Sighting>> {
        async { Ok(Vec::new()) }.boxed()
    }

    fn validate<'a>(&'a self, _user_config: &'a Value) -> BoxFuture<'a, Result<UserProvided, Refusal>> {
        async {
            Err(Refusal::Fields(vec![("userConfig".to_owned(), "is not taken by this tool".to_owned())]))
        }
        .boxed()
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[tokio::test]
    async fn every_wallet_is_another_and_its_key_is_in_the_variables_only() {
        let subject = Subject {
            instance_id: "abc123def456".to_owned(),
            name: "agent-dev-abc123def456".to_owned(),
            generation: 0,
            intent_at: process::clock::now(),
            progress: Value::Null,
        };
        let mut addresses = std::collections::HashSet::new();
        for _ in 0..20 {
            let Made::Done(made) = WalletPlugin.create(&subject).await.unwrap() else { panic!("one step") };
            let [(name, value)] = made.variables.as_slice() else { panic!("one variable") };
            assert_eq!(name, "PRIVATE_WALLET_KEY");
            let key = signing_key(&hex::decode(value.expose_secret().strip_prefix("0x").unwrap()).unwrap())
                .unwrap();
            assert_eq!(Address::of(key.verifying_key()).to_string(), made.resource_id);
            assert!(!made.config.to_string().contains(&value.expose_secret()[2..]) && made.sealed.is_none());
            assert!(addresses.insert(made.resource_id));
        }
    }
}
