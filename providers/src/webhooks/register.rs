//! Asking the vendors to tell us: once a fleet, however many replicas start.

use std::sync::Arc;
use std::time::Duration;

use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};
use tracing::{info, warn};

use crate::app::Services;
use crate::plugins::{AGENTMAIL_WEBHOOK_PATH, TELNYX_WEBHOOK_PATH};
use crate::vendor::Failure;

/// Digits of the address's digest in the registration's name: enough to tell addresses apart.
const ADDRESS_DIGITS: usize = 12;

/// What holds a registration in the ledger's leases: no instance has such an id.
const HOLDER: &str = "-";
const SCOPE: &str = "webhook:compute";

/// Between two tries, on the vendors' clock.
const RETRY: Duration = Duration::from_secs(30);

/// The path of the infrastructure's events, before the secret.
pub const COMPUTE_WEBHOOK_PATH: &str = "/webhooks/railway/";

/// Registers where events of the infrastructure go to, if there is a secret for it.
pub async fn of_infrastructure(services: Arc<Services>) {
    let Some(secret) = &services.webhook_secret else { return };
    let base = services.public_url.as_str().trim_end_matches('/');
    let url = format!("{base}{COMPUTE_WEBHOOK_PATH}{}", secret.expose_secret());
    loop {
        match register_alone(&services, &url).await {
            Ok(true) => return info!("the infrastructure tells us about deployments"),
            Ok(false) => {}
            Err(failure) => warn!("the infrastructure's events are not registered yet: {failure}"),
        }
        if !wait(&services).await {
            return;
        }
    }
}

/// Looks and registers under a lease, since the vendor would take a second rule with the same address.
async fn register_alone(services: &Services, url: &str) -> Result<bool, String> {
    let duration = services.lease_duration;
    let lease = services.ledger.take_lease(HOLDER, SCOPE, services.owner(), duration).await;
    let Some(lease) = lease.map_err(|failure| failure.to_string())? else { return Ok(false) };
    let outcome = services.infra.register_webhook(url).await;
    services.ledger.release_lease(&lease).await.map_err(|failure| failure.to_string())?;
    outcome.map(|()| true).map_err(|failure| failure.to_string())
}

/// Registers where incoming mail goes to, unless the secret of a registration by hand was given. A repeat answers with the
/// first registration of this address, so every replica learns the secret of its signatures here. Another address is
/// another registration: under the same name the vendor would answer with the old one, and go on delivering there.
pub async fn of_mail(services: Arc<Services>) {
    if services.mail_secret.get().is_some() || !services.has_tool("email") {
        return;
    }
    let base = services.public_url.as_str().trim_end_matches('/');
    let url = format!("{base}{AGENTMAIL_WEBHOOK_PATH}");
    let address = hex::encode(Sha256::digest(&url));
    let client_id = format!("{}webhook-{}", services.naming.start(), &address[..ADDRESS_DIGITS]);
    loop {
        match services.agentmail.ensure_webhook(&url, &client_id).await {
            Ok(webhook) => {
                let _already_known = services.mail_secret.set(webhook.secret);
                return info!("incoming mail is told to us");
            }
            Err(failure) => warn!("incoming mail is not registered yet: {failure}"),
        }
        if !wait(&services).await {
            return;
        }
    }
}

/// Points the messaging profile that we made, if there is one, to where we are now: a profile that is made later is made
/// with this address.
pub async fn of_messages(services: Arc<Services>) {
    if !services.has_tool("sms") {
        return;
    }
    let base = services.public_url.as_str().trim_end_matches('/');
    let url = format!("{base}{TELNYX_WEBHOOK_PATH}");
    loop {
        match point_profile(&services, &url).await {
            Ok(()) => return,
            Err(failure) => warn!("incoming text messages are not told to us yet: {failure}"),
        }
        if !wait(&services).await {
            return;
        }
    }
}

async fn point_profile(services: &Services, url: &str) -> Result<(), Failure> {
    let Some(profile) = services.telnyx.profile_by_name(&services.naming.tag()).await? else { return Ok(()) };
    if profile.webhook_url.as_deref() != Some(url) {
        services.telnyx.point_profile(&profile.id, url).await?;
        info!("incoming text messages are told to us at another address");
    }
    Ok(())
}

async fn wait(services: &Services) -> bool {
    tokio::select! {
        () = services.shutdown.wait() => false,
        () = tokio::time::sleep(services.pace.wait(RETRY).max(Duration::from_secs(1))) => true,
    }
}
