//! Keys and tokens of callers: kept as SHA-256 digests, compared in constant time.
//!
//! They are long and random (never a person's password), so a fast digest without salt is enough.

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use rand::Rng;
use secrecy::SecretString;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq;

/// Random bytes in a token that we make.
const TOKEN_BYTES: usize = 32;

/// The SHA-256 of a key or token: what is stored and compared, never the token itself.
#[derive(Clone, Copy, Eq)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of a token.
    pub fn of(token: &str) -> Self {
        Self(Sha256::digest(token.as_bytes()).into())
    }

    /// A digest read from the database; `None` when the length is wrong.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The 32 bytes, for storing.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// Compares in constant time, so that a caller learns nothing from how long a refusal took.
impl PartialEq for Digest {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl std::fmt::Debug for Digest {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Digest(..)")
    }
}

/// Whether two secrets are the same, in a time that depends on neither.
pub fn same(one: &str, other: &str) -> bool {
    Digest::of(one) == Digest::of(other)
}

/// The token of `Authorization: Bearer <token>`; the scheme in any case, as RFC 9110 says.
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

/// A new token: a prefix that says what it opens, and 256 random bits in hex.
pub fn new_token(prefix: &str) -> SecretString {
    let mut bytes = [0; TOKEN_BYTES];
    rand::rng().fill_bytes(&mut bytes);
    SecretString::from(format!("{prefix}{}", hex::encode(bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    #[test]
    fn only_a_bearer_token_is_taken() {
        let cases = [
            ("Bearer abc", Some("abc")),
            ("bearer  abc ", Some("abc")),
            ("Basic abc", None),
            ("Bearer", None),
            ("Bearer ", None),
            ("abc", None),
        ];
        for (header, expected) in cases {
            let mut headers = HeaderMap::new();
            headers.insert(AUTHORIZATION, header.parse().unwrap());
            assert_eq!(bearer(&headers), expected, "{header:?}");
        }
        assert_eq!(bearer(&HeaderMap::new()), None);
    }

    #[test]
    fn a_digest_equals_only_that_of_the_same_token() {
        assert_ne!(Digest::of("one"), Digest::of("two"));
        assert_eq!(Digest::of("one"), Digest::of("one"));
        assert_eq!(Digest::from_bytes(Digest::of("one").as_bytes()), Some(Digest::of("one")));
        assert_eq!(Digest::from_bytes(b"short"), None);
        assert!(same("key", "key") && !same("key", "Key"));
    }

    #[test]
    fn a_digest_does_not_print_itself() {
        assert_eq!(format!("{:?}", Digest::of("one")), "Digest(..)");
    }

    #[test]
    fn new_tokens_differ_and_carry_their_prefix() {
        let (one, two) = (new_token("pk_"), new_token("pk_"));
        assert!(one.expose_secret().starts_with("pk_"));
        assert_eq!(one.expose_secret().len(), 3 + 2 * TOKEN_BYTES);
        assert_ne!(one.expose_secret(), two.expose_secret());
    }
}
