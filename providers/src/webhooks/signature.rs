//! Whether a delivery comes from its vendor: signatures over the raw body and a time, each in its vendor's way. Pure.

use axum::http::HeaderMap;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Duration, Utc};
use ed25519_dalek::{Signature, VerifyingKey};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

/// A delivery whose time is further away is a repeat of somebody who listened.
const TOLERANCE: Duration = Duration::minutes(5);

/// Svix, as AgentMail signs: HMAC-SHA-256 over `id.timestamp.body`; several signatures are there while a secret changes.
pub fn is_svix(headers: &HeaderMap, body: &[u8], secret: &SecretString, now: DateTime<Utc>) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let (Some(id), Some(timestamp), Some(signatures)) =
        (text("svix-id"), text("svix-timestamp"), text("svix-signature"))
    else {
        return false;
    };
    let secret = secret.expose_secret();
    let Ok(key) = STANDARD.decode(secret.strip_prefix("whsec_").unwrap_or(secret)) else { return false };
    let Ok(mut expected) = Hmac::<Sha256>::new_from_slice(&key) else { return false };
    expected.update(format!("{id}.{timestamp}.").as_bytes());
    expected.update(body);
    let mut given = signatures
        .split(' ')
        .filter_map(|entry| entry.strip_prefix("v1,"))
        .filter_map(|signature| STANDARD.decode(signature).ok());
    // `verify_slice` compares in constant time.
    is_recent(timestamp, now) && given.any(|signature| expected.clone().verify_slice(&signature).is_ok())
}

/// Telnyx: Ed25519 over `timestamp|body`.
pub fn is_telnyx(headers: &HeaderMap, body: &[u8], key: &VerifyingKey, now: DateTime<Utc>) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let (Some(timestamp), Some(signature)) = (text("telnyx-timestamp"), text("telnyx-signature-ed25519"))
    else {
        return false;
    };
    let Ok(signature) = STANDARD.decode(signature) else { return false };
    let Ok(signature) = Signature::from_slice(&signature) else { return false };
    let mut message = format!("{timestamp}|").into_bytes();
    message.extend_from_slice(body);
    is_recent(timestamp, now) && key.verify_strict(&message, &signature).is_ok()
}

/// The key as the vendor shows it: base64 of 32 bytes.
pub fn telnyx_key(text: &str) -> Option<VerifyingKey> {
    let bytes: [u8; 32] = STANDARD.decode(text.trim()).ok()?.try_into().ok()?;
    VerifyingKey::from_bytes(&bytes).ok()
}

fn is_recent(timestamp: &str, now: DateTime<Utc>) -> bool {
    let moment = timestamp.parse::<i64>().ok().and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    moment.is_some_and(|moment| (now - moment).abs() <= TOLERANCE)
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::{Signer, SigningKey};

    use super::*;

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).unwrap()
    }

    fn headers(entries: &[(&'static str, String)]) -> HeaderMap {
        entries
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect::<Vec<(axum::http::HeaderName, axum::http::HeaderValue)>>()
            .into_iter()
            .collect()
    }

    fn svix(secret: &[u8], body: &[u8], at: i64) -> HeaderMap {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret).unwrap();
        mac.update(format!("msg_1.{at}.").as_bytes());
        mac.update(body);
        let signature = STANDARD.encode(mac.finalize().into_bytes());
        headers(&[
            ("svix-id", "msg_1".into()),
            ("svix-timestamp", at.to_string()),
            ("svix-signature", format!("v1,bm90aGluZw== v1,{signature}")),
        ])
    }

    #[test]
    fn a_mail_delivery_is_taken_from_its_vendor_only_and_only_in_time() {
        let secret = SecretString::from(format!("whsec_{}", STANDARD.encode(b"a secret of the vendor")));
        let at = now().timestamp();
        let signed = svix(b"a secret of the vendor", b"body", at);
        assert!(is_svix(&signed, b"body", &secret, now()));
        assert!(!is_svix(&signed, b"bodY", &secret, now()));
        assert!(!is_svix(&signed, b"body", &secret, now() + Duration::minutes(6)));
        assert!(!is_svix(&svix(b"another secret", b"body", at), b"body", &secret, now()));
        assert!(!is_svix(&HeaderMap::new(), b"body", &secret, now()));
    }

    #[test]
    fn a_text_message_delivery_is_taken_from_its_vendor_only_and_only_in_time() {
        let signing = SigningKey::from_bytes(&[7; 32]);
        let key = telnyx_key(&STANDARD.encode(signing.verifying_key().as_bytes())).unwrap();
        let signed = |at: i64, body: &str| {
            let signature = signing.sign(format!("{at}|{body}").as_bytes());
            headers(&[
                ("telnyx-timestamp", at.to_string()),
                ("telnyx-signature-ed25519", STANDARD.encode(signature.to_bytes())),
            ])
        };
        let at = now().timestamp();
        assert!(is_telnyx(&signed(at, "body"), b"body", &key, now()));
        assert!(!is_telnyx(&signed(at, "body"), b"other", &key, now()));
        assert!(!is_telnyx(&signed(at - 301, "body"), b"body", &key, now()));
        assert!(telnyx_key("too short").is_none());
    }
}
