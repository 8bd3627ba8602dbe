//! Whose agent it will be: named by the key's holder, or proven by a signature over a challenge that was issued here.
//!
//! A challenge is kept by the client, sealed, and not by us: issuing one writes nothing. Its nonce is written when a
//! claim uses it, in the claim's own statement, so that it serves one claim and no second one.

use axum::http::StatusCode;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use model::Timestamp;
use model::api::{Challenge as IssuedChallenge, ClaimRequest};
use model::owner::{Address, Challenge, verify};
use process::problem::Problem;
use process::sealing::{KeyRing, Place};
use rand::Rng;
use uuid::Uuid;

use crate::limits::{Checks, KEY_CHARACTERS_MAX};

/// How long a challenge can be signed.
const VALID: TimeDelta = TimeDelta::minutes(5);
/// Who asks.
const SERVICE: &str = "convos-agents";
/// Where sealed challenges belong; they open nowhere else.
const PLACE: Place<'_> = Place { table: "challenges", row: "", column: "challenge" };
/// Longer texts are no challenge and no signature of ours; EIP-6492 wrappings have some thousand digits.
const TEXT_CHARACTERS_MAX: usize = 16_384;

/// Whose a claim will be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Owner {
    /// The inbox id.
    pub owner_id: Option<String>,
    /// The nonce to use up, and until when it would be good.
    pub challenge: Option<(String, Timestamp)>,
}

/// Whether the fields that name an owner are within limits and fit together.
pub(super) fn check(checks: &mut Checks, body: &ClaimRequest) {
    checks.optional_line("ownerId", body.owner_id.as_deref(), KEY_CHARACTERS_MAX);
    checks.optional_line("ownerInboxId", body.owner_inbox_id.as_deref(), KEY_CHARACTERS_MAX);
    checks.optional_line("challenge", body.challenge.as_deref(), TEXT_CHARACTERS_MAX);
    checks.optional_line("ownerSignature", body.owner_signature.as_deref(), TEXT_CHARACTERS_MAX);
    match (&body.challenge, &body.owner_signature) {
        (None, Some(_)) => checks.wrong("challenge", "is missing: the one whose message was signed"),
        (Some(_), None) => {
            checks.wrong("ownerSignature", "is missing: the signature of the challenge's message")
        }
        (None, None) if body.owner_inbox_id.is_some() => {
            checks.wrong("ownerSignature", "is missing: ownerInboxId is accepted from whoever signs for it");
        }
        _ => {}
    }
}

/// Issues a challenge.
pub(crate) fn issue(
    keys: &KeyRing,
    address: Address,
    template_id: Option<Uuid>,
    now: Timestamp,
) -> IssuedChallenge {
    let mut nonce = [0; 16];
    rand::rng().fill_bytes(&mut nonce);
    let challenge = Challenge {
        service: SERVICE.to_owned(),
        template_id: template_id.map(|id| id.to_string()),
        address,
        nonce: hex::encode(nonce),
        issued_at: now,
        expires_at: now + VALID,
    };
    let plain = serde_json::to_vec(&challenge).unwrap_or_default();
    IssuedChallenge {
        challenge: URL_SAFE_NO_PAD.encode(keys.seal(&plain, PLACE)),
        message: challenge.message(),
        expires_at: challenge.expires_at,
    }
}

/// Whose the claim of this request will be.
///
/// # Errors
/// 422 when the signature or its challenge is not good.
pub(super) fn of(keys: &KeyRing, body: &ClaimRequest, now: Timestamp) -> Result<Owner, Problem> {
    let (Some(text), Some(signature)) = (&body.challenge, &body.owner_signature) else {
        return Ok(Owner { owner_id: body.owner_id.clone(), challenge: None });
    };
    let challenge =
        open(keys, text).ok_or_else(|| expired("the challenge is not one that was issued here"))?;
    verify(&challenge.message(), signature, &challenge.address)
        .map_err(|error| refused(error.code(), "ownerSignature", error.to_string()))?;
    if challenge.is_expired(now) {
        return Err(expired("the challenge has expired; ask for a new one"));
    }
    if challenge.template_id != body.template_id.map(|id| id.to_string()) {
        return Err(refused(
            "signature_invalid",
            "challenge",
            "the challenge is for another template".to_owned(),
        ));
    }
    let Some(owner_id) = challenge.address.owner_id(body.owner_inbox_id.as_deref()) else {
        let message = "is not an inbox of the account that signed".to_owned();
        return Err(refused("signature_invalid", "ownerInboxId", message));
    };
    if body.owner_id.as_ref().is_some_and(|named| !named.eq_ignore_ascii_case(&owner_id)) {
        return Err(refused("signature_invalid", "ownerId", "is not who signed".to_owned()));
    }
    // A nonce is kept a little longer than its challenge is good, as clocks of replicas differ.
    Ok(Owner { owner_id: Some(owner_id), challenge: Some((challenge.nonce, challenge.expires_at + VALID)) })
}

fn open(keys: &KeyRing, text: &str) -> Option<Challenge> {
    let sealed = URL_SAFE_NO_PAD.decode(text).ok()?;
    serde_json::from_slice(&keys.open(&sealed, PLACE).ok()?).ok()
}

/// 422 `challenge_expired`.
pub(super) fn expired(detail: &'static str) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "challenge_expired", detail)
        .with_error("challenge", detail)
}

fn refused(code: &'static str, field: &str, message: String) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, code, message.clone()).with_error(field, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::owner::{personal_sign, signing_key};
    use process::clock;

    struct Wallet {
        keys: KeyRing,
        signer: k256::ecdsa::SigningKey,
        address: Address,
    }

    fn wallet() -> Wallet {
        let signer = signing_key(&[7; 32]).unwrap();
        let address = Address::of(signer.verifying_key());
        Wallet { keys: KeyRing::parse(&"ab".repeat(32)).unwrap(), signer, address }
    }

    fn signed(wallet: &Wallet, issued: &IssuedChallenge) -> ClaimRequest {
        ClaimRequest {
            challenge: Some(issued.challenge.clone()),
            owner_signature: Some(personal_sign(&wallet.signer, &issued.message)),
            ..ClaimRequest::default()
        }
    }

    #[test]
    fn a_signature_is_nothing_for_another_template_time_or_inbox() {
        let wallet = wallet();
        let now = clock::now();
        let issued = issue(&wallet.keys, wallet.address, None, now);
        let code = |body: &ClaimRequest, at| of(&wallet.keys, body, at).unwrap_err().code().to_owned();
        let good = signed(&wallet, &issued);
        let template = ClaimRequest { template_id: Some(Uuid::now_v7()), ..good.clone() };
        assert_eq!(code(&template, now), "signature_invalid");
        assert_eq!(code(&good, now + VALID), "challenge_expired");
        let inbox = ClaimRequest { owner_inbox_id: Some("ab".repeat(32)), ..good.clone() };
        assert_eq!(code(&inbox, now), "signature_invalid");
        let forged = ClaimRequest { challenge: Some("AAAA".into()), ..good.clone() };
        assert_eq!(code(&forged, now), "challenge_expired");
        let other =
            issue(&wallet.keys, Address::of(signing_key(&[8; 32]).unwrap().verifying_key()), None, now);
        let stolen = ClaimRequest { challenge: Some(other.challenge), ..good.clone() };
        assert_eq!(code(&stolen, now), "signature_invalid");
        let contract = ClaimRequest { owner_signature: Some(format!("0x{}", "64926492".repeat(16))), ..good };
        assert_eq!(code(&contract, now), "unsupported_signature");
    }

    #[test]
    fn whoever_signs_is_the_owner() {
        let wallet = wallet();
        let now = clock::now();
        let issued = issue(&wallet.keys, wallet.address, None, now);
        let owner = of(&wallet.keys, &signed(&wallet, &issued), now).unwrap();
        assert_eq!(owner.owner_id, Some(wallet.address.inbox_id(1)));
        assert!(owner.challenge.is_some());
        let mobile =
            ClaimRequest { owner_inbox_id: Some(wallet.address.inbox_id(0)), ..signed(&wallet, &issued) };
        assert_eq!(of(&wallet.keys, &mobile, now).unwrap().owner_id, Some(wallet.address.inbox_id(0)));
    }

    #[test]
    fn the_keys_holder_may_name_the_owner() {
        let wallet = wallet();
        let named = ClaimRequest { owner_id: Some("somebody".into()), ..ClaimRequest::default() };
        let owner = of(&wallet.keys, &named, clock::now()).unwrap();
        assert_eq!(owner, Owner { owner_id: Some("somebody".into()), challenge: None });
    }
}
