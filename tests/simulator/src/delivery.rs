//! Webhooks that vendors send: signed as each vendor signs, tried again, and met by faults.
//!
//! Faults of a vendor's operation `webhook`: `after_effect` delivers twice, `slow` delivers late so that others
//! overtake it, every other kind loses it.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use chrono::{DateTime, Utc};
use ed25519_dalek::{Signer, SigningKey};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;

use crate::faults::Kind;
use crate::journal::Entry;
use crate::tokens::{AGENTMAIL_WEBHOOK_SECRET_PREFIX, TELNYX_SIGNING_SEED};
use crate::world::World;

/// A receiver that answers 5xx or nothing is tried this many times in all.
const ATTEMPTS_MAX: u32 = 4;
/// Simulated time between two tries.
const RETRY_MILLIS: u64 = 5_000;
/// A receiver has this long to answer.
const TIMEOUT: Duration = Duration::from_secs(5);
/// How much later a delivery comes that a fault makes overtaken by others.
const LATE_MILLIS: u64 = 10_000;

/// A client for deliveries.
pub(crate) fn client() -> Result<reqwest::Client, reqwest::Error> {
    process::http::client(&process::http::Options::new("webhooks/simulated", TIMEOUT).direct())
}

/// How a vendor proves that a delivery is its own.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Seal {
    /// Not at all.
    None,
    /// Svix: an HMAC over id, time and body with the receiver's secret.
    Svix { id: String, secret: String },
    /// Telnyx: an Ed25519 signature over time and body.
    Ed25519,
}

impl Seal {
    /// The headers of one try. Each try is signed anew, since receivers refuse old times.
    fn headers(&self, body: &str, date: DateTime<Utc>) -> Vec<(&'static str, String)> {
        let seconds = date.timestamp();
        match self {
            Self::None => Vec::new(),
            Self::Svix { id, secret } => {
                let secret = secret.strip_prefix(AGENTMAIL_WEBHOOK_SECRET_PREFIX).unwrap_or(secret);
                let key = BASE64_STANDARD.decode(secret).unwrap_or_default();
                // A key of any length fits an HMAC.
                let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&key) else { return Vec::new() };
                mac.update(format!("{id}.{seconds}.{body}").as_bytes());
                let signature = BASE64_STANDARD.encode(mac.finalize().into_bytes());
                vec![
                    ("svix-id", id.clone()),
                    ("svix-timestamp", seconds.to_string()),
                    ("svix-signature", format!("v1,{signature}")),
                ]
            }
            Self::Ed25519 => {
                let key = SigningKey::from_bytes(TELNYX_SIGNING_SEED);
                let signature = key.sign(format!("{seconds}|{body}").as_bytes());
                vec![
                    ("telnyx-signature-ed25519", BASE64_STANDARD.encode(signature.to_bytes())),
                    ("telnyx-timestamp", seconds.to_string()),
                ]
            }
        }
    }
}

/// One event on its way to one receiver.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Parcel {
    /// Whose it is.
    pub vendor: &'static str,
    /// The event's name.
    pub event: String,
    /// What it is about, for the journal.
    pub subject: Option<String>,
    /// The receiver.
    pub url: String,
    /// What is sent.
    pub body: Value,
    /// How it is signed.
    pub seal: Seal,
}

/// Delivers one parcel and writes it into the journal.
pub(crate) async fn deliver(world: Arc<World>, client: reqwest::Client, parcel: Parcel) {
    let fault = world.faults.take(parcel.vendor, "webhook", &world.dice);
    let kind = fault.as_ref().map(|fault| fault.kind);
    let times = match kind {
        None => 1,
        Some(Kind::AfterEffect) => 2,
        Some(Kind::Slow) => {
            let late = fault.and_then(|fault| fault.ms).unwrap_or(LATE_MILLIS);
            world.clock.sleep_millis(late).await;
            1
        }
        Some(_) => 0,
    };
    let body = parcel.body.to_string();
    let mut status = None;
    for _ in 0..times {
        for attempt in 1..=ATTEMPTS_MAX {
            let mut request = client.post(&parcel.url).header("content-type", "application/json");
            for (name, value) in parcel.seal.headers(&body, world.clock.date()) {
                request = request.header(name, value);
            }
            let sent = request.body(body.clone()).send().await;
            status = sent.ok().map(|response| response.status().as_u16());
            if status.is_some_and(|status| status < 500) || attempt == ATTEMPTS_MAX {
                break;
            }
            world.clock.sleep_millis(RETRY_MILLIS).await;
        }
    }
    world.journal.record(Entry {
        seq: 0,
        at: world.clock.date(),
        at_simulated_ms: world.clock.now().millis(),
        // Not the vendor: a count of the requests that a vendor got must not include what it sent.
        vendor: "webhook",
        operation: parcel.event,
        applied: status.is_some(),
        status,
        fault: kind.map(Kind::name),
        subject: parcel.subject,
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vector of the signature's documentation (docs.svix.com).
    #[test]
    fn a_svix_signature_is_that_of_the_published_example() {
        let seal = Seal::Svix {
            id: "msg_p5jXN8AQM9LWM0D4loKWxJek".into(),
            secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".into(),
        };
        let date = DateTime::from_timestamp(1_614_265_330, 0).unwrap();
        let headers = seal.headers(r#"{"test": 2432232314}"#, date);
        assert_eq!(headers[2].1, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_telnyx_signature_fits_the_public_key_that_clients_are_given() {
        let date = DateTime::from_timestamp(1_614_265_330, 0).unwrap();
        let headers = Seal::Ed25519.headers("{}", date);
        let signature = BASE64_STANDARD.decode(&headers[0].1).unwrap();
        let signature = ed25519_dalek::Signature::from_slice(&signature).unwrap();
        let key = BASE64_STANDARD.decode(crate::tokens::telnyx_public_key()).unwrap();
        let key = ed25519_dalek::VerifyingKey::from_bytes(&key.try_into().unwrap()).unwrap();
        key.verify_strict(b"1614265330|{}", &signature).unwrap();
    }
}
