//! Secrets at rest: XChaCha20-Poly1305 with the place (table, row, column) as associated data, so that
//! a value copied to another row or column does not open there.
//!
//! A sealed value is one byte string: format, key id (length and text), nonce, ciphertext with its tag.
//! The id says which key of the ring opens it, so a new key can be put first while the old ones stay.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use rand::Rng;
use zeroize::Zeroizing;

/// The only format so far.
const FORMAT: u8 = 1;
const NONCE_BYTES: usize = 24;
const KEY_BYTES: usize = 32;
/// Ids of keys are short words: they are stored with every value.
const KEY_ID_CHARACTERS_MAX: usize = 16;
/// The id of a key that was given without one.
const BARE_KEY_ID: &str = "main";

/// Where a sealed value lives. It opens nowhere else.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The table.
    pub table: &'a str,
    /// The row's primary key as text.
    pub row: &'a str,
    /// The column.
    pub column: &'a str,
}

impl Place<'_> {
    /// Each part with its length, so that no two places read the same.
    fn associated_data(&self, key_id: &str) -> Vec<u8> {
        let mut bytes = vec![FORMAT];
        for part in [self.table, self.row, self.column, key_id] {
            bytes.extend((part.len() as u64).to_be_bytes());
            bytes.extend(part.as_bytes());
        }
        bytes
    }
}

/// The text of a key ring is not one; it never repeats what it was given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyRingError {
    /// Nothing there.
    #[error("is empty")]
    Empty,
    /// A key of the wrong length, or not hex.
    #[error("key {position} is not 64 hex digits")]
    Key {
        /// Counted from one.
        position: usize,
    },
    /// An id that is no short word.
    #[error("the id of key {position} is not 1 to {KEY_ID_CHARACTERS_MAX} letters, digits or dashes")]
    Id {
        /// Counted from one.
        position: usize,
    },
    /// Two keys with one id.
    #[error("key {position} has the id of an earlier one")]
    Repeated {
        /// Counted from one.
        position: usize,
    },
}

/// A sealed value does not open.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// Not something that this module sealed.
    #[error("the sealed value has an unknown format")]
    Format,
    /// Sealed by a key that the ring no longer holds.
    #[error("the sealed value needs key {0:?}, which is not in the key ring")]
    UnknownKey(String),
    /// Changed, cut, or moved from another place.
    #[error("the sealed value does not open: it was changed, or belongs elsewhere")]
    Refused,
}

struct Key {
    id: String,
    bytes: Zeroizing<[u8; KEY_BYTES]>,
}

impl Key {
    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&(*self.bytes).into())
    }
}

/// Keys for sealing and opening: the first seals, all open.
pub struct KeyRing {
    keys: Vec<Key>,
}

impl std::fmt::Debug for KeyRing {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_list().entries(self.keys.iter().map(|key| &key.id)).finish()
    }
}

impl KeyRing {
    /// Reads `64 hex digits`, or `id:hex,id:hex`.
    ///
    /// # Errors
    /// Says which key is wrong and how, without repeating it.
    pub fn parse(text: &str) -> Result<Self, KeyRingError> {
        let mut keys: Vec<Key> = Vec::new();
        for (index, entry) in text.split(',').map(str::trim).enumerate() {
            let position = index + 1;
            if entry.is_empty() {
                return Err(if text.trim().is_empty() {
                    KeyRingError::Empty
                } else {
                    KeyRingError::Key { position }
                });
            }
            let (id, digits) = entry.split_once(':').unwrap_or((BARE_KEY_ID, entry));
            let word = |character: char| character.is_ascii_alphanumeric() || character == '-';
            if id.is_empty() || id.len() > KEY_ID_CHARACTERS_MAX || !id.chars().all(word) {
                return Err(KeyRingError::Id { position });
            }
            if keys.iter().any(|key| key.id == id) {
                return Err(KeyRingError::Repeated { position });
            }
            let mut bytes = Zeroizing::new([0; KEY_BYTES]);
            hex::decode_to_slice(digits, bytes.as_mut_slice()).map_err(|_| KeyRingError::Key { position })?;
            keys.push(Key { id: id.to_owned(), bytes });
        }
        Ok(Self { keys })
    }

    /// Seals a value for one place.
    pub fn seal(&self, plain: &[u8], place: Place<'_>) -> Vec<u8> {
        let key = &self.keys[0]; // `parse` makes no ring without a key.
        let mut nonce = [0; NONCE_BYTES];
        rand::rng().fill_bytes(&mut nonce);
        let aad = place.associated_data(&key.id);
        let ciphertext = key
            .cipher()
            .encrypt(&XNonce::from(nonce), Payload { msg: plain, aad: &aad })
            .expect("encryption into memory fails only beyond 256 GB");
        let mut sealed = Vec::with_capacity(2 + key.id.len() + NONCE_BYTES + ciphertext.len());
        sealed.extend([FORMAT, key.id.len() as u8]); // an id has at most 16 characters
        sealed.extend(key.id.as_bytes());
        sealed.extend(nonce);
        sealed.extend(ciphertext);
        sealed
    }

    /// Opens a value at its place.
    ///
    /// # Errors
    /// When it was changed, moved, or sealed by a key that is gone.
    pub fn open(&self, sealed: &[u8], place: Place<'_>) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let (id, rest) = split_id(sealed).ok_or(OpenError::Format)?;
        let (nonce, ciphertext) = rest.split_first_chunk::<NONCE_BYTES>().ok_or(OpenError::Format)?;
        let key =
            self.keys.iter().find(|key| key.id == id).ok_or_else(|| OpenError::UnknownKey(id.to_owned()))?;
        let aad = place.associated_data(id);
        key.cipher()
            .decrypt(&XNonce::from(*nonce), Payload { msg: ciphertext, aad: &aad })
            .map(Zeroizing::new)
            .map_err(|_| OpenError::Refused)
    }

    /// Whether a value was sealed by another key than the first: it should be sealed anew.
    pub fn is_stale(&self, sealed: &[u8]) -> bool {
        split_id(sealed).is_none_or(|(id, _)| id != self.keys[0].id)
    }
}

fn split_id(sealed: &[u8]) -> Option<(&str, &[u8])> {
    let [FORMAT, length, rest @ ..] = sealed else { return None };
    let (id, rest) = rest.split_at_checked(usize::from(*length))?;
    Some((std::str::from_utf8(id).ok()?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "1111111111111111111111111111111111111111111111111111111111111111";
    const TWO: &str = "2222222222222222222222222222222222222222222222222222222222222222";
    const PLACE: Place<'static> = Place { table: "claims", row: "c1", column: "user_config" };

    #[test]
    fn a_value_does_not_open_at_another_place() {
        let ring = KeyRing::parse(ONE).unwrap();
        let sealed = ring.seal(b"secret", PLACE);
        for place in [
            Place { table: "instances", ..PLACE },
            Place { row: "c2", ..PLACE },
            Place { column: "user_configs", ..PLACE },
            Place { table: "claimsc", row: "1", ..PLACE },
        ] {
            assert_eq!(ring.open(&sealed, place), Err(OpenError::Refused), "{place:?}");
        }
        assert_eq!(ring.open(&sealed, PLACE).unwrap().as_slice(), b"secret");
    }

    #[test]
    fn a_changed_or_cut_value_does_not_open_and_does_not_panic() {
        let ring = KeyRing::parse(ONE).unwrap();
        let sealed = ring.seal(b"secret", PLACE);
        for length in 0..sealed.len() {
            assert!(ring.open(&sealed[..length], PLACE).is_err(), "cut to {length}");
        }
        for index in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[index] ^= 1;
            assert!(ring.open(&changed, PLACE).is_err(), "byte {index}");
        }
    }

    #[test]
    fn sealing_twice_gives_two_different_values() {
        let ring = KeyRing::parse(ONE).unwrap();
        assert_ne!(ring.seal(b"secret", PLACE), ring.seal(b"secret", PLACE));
    }

    #[test]
    fn the_first_key_seals_and_all_open() {
        let old = KeyRing::parse(&format!("a:{ONE}")).unwrap();
        let sealed = old.seal(b"secret", PLACE);
        let rotated = KeyRing::parse(&format!("b:{TWO},a:{ONE}")).unwrap();
        assert_eq!(rotated.open(&sealed, PLACE).unwrap().as_slice(), b"secret");
        assert!(rotated.is_stale(&sealed) && !rotated.is_stale(&rotated.seal(b"x", PLACE)));
        let forgotten = KeyRing::parse(&format!("b:{TWO}")).unwrap();
        assert_eq!(forgotten.open(&sealed, PLACE), Err(OpenError::UnknownKey("a".into())));
    }

    #[test]
    fn a_wrong_key_ring_is_refused_without_repeating_it() {
        let cases = [
            (String::new(), KeyRingError::Empty),
            ("abc".into(), KeyRingError::Key { position: 1 }),
            (format!("{ONE}0"), KeyRingError::Key { position: 1 }),
            (format!("a:{ONE},b:xyz"), KeyRingError::Key { position: 2 }),
            (format!("a:{ONE},"), KeyRingError::Key { position: 2 }),
            (format!(":{ONE}"), KeyRingError::Id { position: 1 }),
            (format!("a b:{ONE}"), KeyRingError::Id { position: 1 }),
            (format!("a:{ONE},a:{TWO}"), KeyRingError::Repeated { position: 2 }),
        ];
        for (text, expected) in cases {
            let error = KeyRing::parse(&text).unwrap_err();
            assert_eq!(error, expected, "{text:?}");
            assert!(!error.to_string().contains(ONE));
        }
    }

    #[test]
    fn a_key_ring_prints_ids_only() {
        let ring = KeyRing::parse(&format!("a:{ONE},b:{TWO}")).unwrap();
        assert_eq!(format!("{ring:?}"), r#"["a", "b"]"#);
    }
}
