//! Who owns an agent: the Ethereum account that signed a challenge, and the XMTP inbox that belongs to it.
//!
//! An owner proves an address by signing [`Challenge::message`] with `personal_sign` (EIP-191); [`verify`] recovers the
//! address from the signature and compares. Only keys can be judged here: what a contract signed (EIP-1271, EIP-6492)
//! would need a call to its chain, so it is refused by a code of its own, never taken and never called invalid.

use std::fmt;
use std::str::FromStr;

use k256::ecdsa::{RecoveryId, Signature, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use sha3::{Digest, Keccak256};

use crate::Timestamp;

/// r and s of 32 bytes each, and v.
const SIGNATURE_BYTES: usize = 65;

/// What EIP-6492 appends to a signature of a contract that is not deployed yet.
const EIP_6492_SUFFIX: [u8; 32] = *b"\x64\x92\x64\x92\x64\x92\x64\x92\x64\x92\x64\x92\x64\x92\x64\x92\x64\x92\x64\x92\x64\x92\x64\x92\x64\x92\x64\x92\x64\x92\x64\x92";

/// The nonce that XMTP's node and browser clients use for an address's first inbox.
const INBOX_NONCE_DEFAULT: u64 = 1;

/// The nonces that an owner's inbox may have been made with: the mobile clients use 0.
const INBOX_NONCES: [u64; 2] = [INBOX_NONCE_DEFAULT, 0];

/// An Ethereum account's address. Printed with its EIP-55 checksum.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Address([u8; 20]);

/// Why a text is no address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Not `0x` and 40 hex digits.
    #[error("not 0x and 40 hex digits")]
    Form,
    /// Upper and lower case are mixed, but not as EIP-55 says: most likely a digit is wrong.
    #[error("the checksum of the letters' case is wrong")]
    Checksum,
}

impl Address {
    /// The address of a public key: the last 20 bytes of the hash of its 64 bytes.
    pub fn of(key: &VerifyingKey) -> Self {
        let point = key.to_sec1_point(false);
        let hash = keccak256(&point.as_bytes()[1..]);
        let mut address = [0; 20];
        address.copy_from_slice(&hash[12..]);
        Self(address)
    }

    /// `0x` and 40 hex digits in lower case.
    pub fn lower(&self) -> String {
        format!("0x{}", hex::encode(self.0))
    }

    /// The XMTP inbox id that this address has with a nonce.
    pub fn inbox_id(&self, nonce: u64) -> String {
        hex::encode(Sha256::digest(format!("{}{nonce}", self.lower())))
    }

    /// The owner's id: the inbox that is named, if it is one of this address's, or the usual one. `None` when the named
    /// inbox belongs to somebody else.
    pub fn owner_id(&self, named: Option<&str>) -> Option<String> {
        match named {
            None => Some(self.inbox_id(INBOX_NONCE_DEFAULT)),
            Some(named) => INBOX_NONCES
                .into_iter()
                .map(|nonce| self.inbox_id(nonce))
                .find(|inbox_id| inbox_id.eq_ignore_ascii_case(named)),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = hex::encode(self.0);
        let hash = keccak256(digits.as_bytes());
        formatter.write_str("0x")?;
        for (index, digit) in digits.char_indices() {
            let nibble = if index % 2 == 0 { hash[index / 2] >> 4 } else { hash[index / 2] & 0xf };
            write!(formatter, "{}", if nibble >= 8 { digit.to_ascii_uppercase() } else { digit })?;
        }
        Ok(())
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl FromStr for Address {
    type Err = AddressError;

    /// Digits all in one case carry no checksum and are taken.
    fn from_str(text: &str) -> Result<Self, AddressError> {
        let digits = text.strip_prefix("0x").ok_or(AddressError::Form)?;
        let mut bytes = [0; 20];
        hex::decode_to_slice(digits, &mut bytes).map_err(|_| AddressError::Form)?;
        let address = Self(bytes);
        let mixed = digits.contains(|digit: char| digit.is_ascii_lowercase())
            && digits.contains(|digit: char| digit.is_ascii_uppercase());
        if mixed && address.to_string() != text {
            return Err(AddressError::Checksum);
        }
        Ok(address)
    }
}

impl TryFrom<String> for Address {
    type Error = AddressError;

    fn try_from(text: String) -> Result<Self, AddressError> {
        text.parse()
    }
}

impl From<Address> for String {
    fn from(address: Address) -> Self {
        address.to_string()
    }
}

/// Keccak-256, the hash of Ethereum.
pub fn keccak256(bytes: &[u8]) -> [u8; 32] {
    Keccak256::digest(bytes).into()
}

/// The hash that `personal_sign` signs (EIP-191). The length in it counts bytes, not characters.
pub fn personal_hash(message: &str) -> [u8; 32] {
    keccak256(format!("\x19Ethereum Signed Message:\n{}{message}", message.len()).as_bytes())
}

/// The key of 32 bytes, or `None` if they are no scalar of the curve (zero, or the order and above).
pub fn signing_key(bytes: &[u8]) -> Option<SigningKey> {
    (bytes.len() == 32).then(|| SigningKey::from_slice(bytes).ok()).flatten()
}

/// Signs as a wallet's `personal_sign` does: 0x and 130 hex digits, v being 27 or 28.
pub fn personal_sign(key: &SigningKey, message: &str) -> String {
    let (signature, recovery) = key.sign_prehash_recoverable(&personal_hash(message));
    format!("0x{}{:02x}", hex::encode(signature.to_bytes()), 27 + recovery.to_byte())
}

/// Why a signature was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// Not 0x and 130 hex digits with v in 0, 1, 27, 28.
    #[error("the signature is not 65 bytes as 0x and 130 hex digits, ending in 00, 01, 1b or 1c")]
    Form,
    /// r or s are zero or too large, or s is in the upper half: then the same signature has a second form.
    #[error("the signature's numbers are not those of a canonical signature")]
    Numbers,
    /// It was made by another account, or over another text.
    #[error("the signature is not of this address over the challenge's message")]
    Signer,
    /// Only the contract of a contract wallet can judge it.
    #[error("signatures of contract wallets cannot be checked here; sign with a key")]
    Contract,
}

impl SignatureError {
    /// The code of the answer.
    pub fn code(self) -> &'static str {
        match self {
            Self::Contract => "unsupported_signature",
            Self::Form | Self::Numbers | Self::Signer => "signature_invalid",
        }
    }
}

/// Takes a signature only if `address` made it over `message`.
pub fn verify(message: &str, signature: &str, address: &Address) -> Result<(), SignatureError> {
    if recover(message, signature)? == *address { Ok(()) } else { Err(SignatureError::Signer) }
}

/// The address that signed the message. For another message it is some other address, not an error.
pub fn recover(message: &str, signature: &str) -> Result<Address, SignatureError> {
    let bytes = signature
        .strip_prefix("0x")
        .and_then(|digits| hex::decode(digits).ok())
        .ok_or(SignatureError::Form)?;
    if is_of_contract(&bytes) {
        return Err(SignatureError::Contract);
    }
    let [numbers @ .., v] = bytes.as_slice() else { return Err(SignatureError::Form) };
    if bytes.len() != SIGNATURE_BYTES {
        return Err(SignatureError::Form);
    }
    let recovery = match v {
        0 | 27 => RecoveryId::new(false, false),
        1 | 28 => RecoveryId::new(true, false),
        _ => return Err(SignatureError::Form),
    };
    let signature = Signature::from_slice(numbers).map_err(|_| SignatureError::Numbers)?;
    // EIP-2: of the two forms of a signature only the one with the low s counts.
    if signature.normalize_s() != signature {
        return Err(SignatureError::Numbers);
    }
    let key = VerifyingKey::recover_from_prehash(&personal_hash(message), &signature, recovery)
        .map_err(|_| SignatureError::Signer)?;
    Ok(Address::of(&key))
}

/// What only a contract could have made: the wrapping of EIP-6492, or the ABI-encoded wrapping that contract wallets
/// hand to their own `isValidSignature` (EIP-1271): longer than a key's signature, in words of 32 bytes, beginning with
/// a small offset or index.
fn is_of_contract(bytes: &[u8]) -> bool {
    let wrapped = || {
        bytes.len() > SIGNATURE_BYTES
            && bytes.len().is_multiple_of(32)
            && bytes[..31].iter().all(|byte| *byte == 0)
            && bytes[31] <= 0x80
    };
    bytes.ends_with(&EIP_6492_SUFFIX) || wrapped()
}

/// What an owner signs. All of it is in the message, so that a wallet shows what is agreed to, and so that a signature
/// for one service, template or address is nothing for another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Challenge {
    /// The name of the service that asks.
    pub service: String,
    /// The template to be claimed, if one was named.
    pub template_id: Option<String>,
    /// The account that is to sign.
    pub address: Address,
    /// Random and used once.
    pub nonce: String,
    /// When it was made.
    pub issued_at: Timestamp,
    /// When it is worth nothing any more.
    pub expires_at: Timestamp,
}

impl Challenge {
    /// The exact text to sign.
    pub fn message(&self) -> String {
        let time = |moment: &Timestamp| moment.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
        let template = self.template_id.as_deref().unwrap_or("none");
        format!(
            "{} asks you to prove that this account is yours.\n\nPurpose: claim an agent and become its owner\nTemplate: {template}\nAddress: {}\nNonce: {}\nIssued: {}\nExpires: {}\n\nSigning is free and moves no funds.",
            self.service,
            self.address,
            self.nonce,
            time(&self.issued_at),
            time(&self.expires_at),
        )
    }

    /// Whether it is worth nothing any more.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        now >= self.expires_at
    }
}

#[cfg(test)]
#[path = "owner_tests.rs"]
mod tests;
