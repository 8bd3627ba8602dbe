//! The tools as the settings say, and the vendors' clients that the routes of mail and messages share with them.

use std::sync::Arc;

use sqlx::PgPool;

use super::Registry;
use super::crypto::{BankrMode, CryptoPlugin};
use super::email::EmailPlugin;
use super::openrouter::{KeyLimit, OpenRouterPlugin};
use super::sms::{Numbers, SmsOptions, SmsPlugin};
use super::wallet::WalletPlugin;
use crate::settings::{BankrSettings, Settings, base};
use crate::vendor::agentmail::AgentMail;
use crate::vendor::bankr::Bankr;
use crate::vendor::openrouter::{LimitReset, OpenRouter};
use crate::vendor::telnyx::Telnyx;

/// Where AgentMail delivers, below the public URL.
pub const AGENTMAIL_WEBHOOK_PATH: &str = "/webhooks/agentmail";
/// Where Telnyx delivers, below the public URL.
pub const TELNYX_WEBHOOK_PATH: &str = "/webhooks/telnyx";

/// Every tool, and the clients that others need, too.
#[derive(Clone)]
pub struct Tools {
    /// The tools by id.
    pub registry: Registry,
    /// Mail.
    pub agentmail: Arc<AgentMail>,
    /// Text messages.
    pub telnyx: Arc<Telnyx>,
}

impl Tools {
    /// The tools of this process. A tool without its key is there, too, and says what is missing.
    pub fn new(settings: &Settings, http: &reqwest::Client, pool: PgPool) -> Self {
        let pace = settings.pace();
        let (openrouter, mail, sms) = (&settings.openrouter, &settings.agentmail, &settings.telnyx);
        let openrouter_client = Arc::new(OpenRouter::new(
            base(&openrouter.url),
            openrouter.management_key.clone(),
            http.clone(),
            pace,
        ));
        let agentmail = Arc::new(AgentMail::new(base(&mail.url), mail.api_key.clone(), http.clone(), pace));
        let telnyx = Arc::new(Telnyx::new(base(&sms.url), sms.api_key.clone(), http.clone(), pace));
        let bankr = &settings.bankr;
        let bankr_client =
            Arc::new(Bankr::new(base(&bankr.url), bankr.partner_key.clone(), http.clone(), pace));

        let limit = KeyLimit {
            dollars: openrouter.key_limit,
            reset: openrouter.key_limit_reset.as_deref().and_then(LimitReset::of_word),
        };
        let mut registry = Registry::default();
        registry.register(Arc::new(OpenRouterPlugin::new(openrouter_client, limit)));
        registry.register(Arc::new(WalletPlugin));
        registry.register(Arc::new(EmailPlugin::new(
            agentmail.clone(),
            mail.api_key.is_some(),
            mail.domain.clone(),
            mail.fallback_inbox_id.clone(),
        )));
        registry.register(Arc::new(SmsPlugin::new(
            telnyx.clone(),
            Numbers::new(pool),
            SmsOptions {
                has_key: sms.api_key.is_some(),
                messaging_profile_id: sms.messaging_profile_id.clone(),
                release: sms.release,
                tag: settings.naming.tag(),
                webhook_url: Some(below(settings, TELNYX_WEBHOOK_PATH)),
            },
        )));
        registry.register(Arc::new(CryptoPlugin::new(bankr_client, bankr_mode(bankr))));
        Self { registry, agentmail, telnyx }
    }
}

/// An address below the public URL.
pub fn below(settings: &Settings, path: &str) -> String {
    format!("{}{path}", settings.public_url.url().as_str().trim_end_matches('/'))
}

fn bankr_mode(settings: &BankrSettings) -> BankrMode {
    match (&settings.partner_key, &settings.api_key) {
        (Some(_), _) => BankrMode::Partner,
        (None, Some(key)) if settings.allow_shared => BankrMode::Shared(key.clone()),
        (None, Some(_)) => BankrMode::UserOnly(
            "BANKR_PARTNER_KEY is not set, and one wallet for all needs BANKR_ALLOW_SHARED=true".to_owned(),
        ),
        (None, None) => BankrMode::UserOnly("BANKR_PARTNER_KEY is not set".to_owned()),
    }
}
