//! Asking the vendors to tell us: once a fleet, however many replicas start.

use std::sync::Arc;
use std::time::Duration;

use secrecy::ExposeSecret;
use tracing::{info, warn};

use crate::app::Services;
use crate::plugins::AGENTMAIL_WEBHOOK_PATH;

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
/// first registration, so every replica learns the secret of its signatures here.
pub async fn of_mail(services: Arc<Services>) {
    if services.mail_secret.get().is_some() || !services.has_tool("email") {
        return;
    }
    let base = services.public_url.as_str().trim_end_matches('/');
    let url = format!("{base}{AGENTMAIL_WEBHOOK_PATH}");
    let client_id = format!("{}webhook", services.naming.start());
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

async fn wait(services: &Services) -> bool {
    tokio::select! {
        () = services.shutdown.wait() => false,
        () = tokio::time::sleep(services.pace.wait(RETRY).max(Duration::from_secs(1))) => true,
    }
}
