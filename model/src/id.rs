//! Identifiers of instances. They become project names and mail addresses, so they are short and lower case.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Characters of an id that we make: 36¹² values.
pub const INSTANCE_ID_LENGTH: usize = 12;

const ALPHABET: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";

/// `[a-z0-9]{6,20}`; ours have [`INSTANCE_ID_LENGTH`] characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(pattern = "^[a-z0-9]{6,20}$"))]
#[serde(try_from = "String", into = "String")]
pub struct InstanceId(String);

/// A text that is no instance id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an instance id is 6 to 20 characters of a-z and 0-9")]
pub struct InvalidInstanceId;

impl InstanceId {
    /// Makes an id from random bytes. The bytes must come from a cryptographic generator.
    pub fn from_random(bytes: [u8; INSTANCE_ID_LENGTH]) -> Self {
        // 256 is no multiple of 36, so four letters are a little likelier; 62 bits remain, which is what counts.
        Self(bytes.iter().map(|byte| char::from(ALPHABET[usize::from(*byte) % ALPHABET.len()])).collect())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for InstanceId {
    type Err = InvalidInstanceId;
    fn from_str(text: &str) -> Result<Self, InvalidInstanceId> {
        let fits = (6..=20).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
        if fits { Ok(Self(text.to_owned())) } else { Err(InvalidInstanceId) }
    }
}

impl TryFrom<String> for InstanceId {
    type Error = InvalidInstanceId;
    fn try_from(text: String) -> Result<Self, InvalidInstanceId> {
        text.parse()
    }
}

impl From<InstanceId> for String {
    fn from(id: InstanceId) -> Self {
        id.0
    }
}

impl fmt::Display for InstanceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_leave_a_name_or_a_path_is_refused() {
        for text in
            ["", "short", "UPPERCASE1", "has-hyphen1", "../../etc", "abcdefghijklmnopqrstu", "ünïcödé12"]
        {
            assert!(text.parse::<InstanceId>().is_err(), "{text}");
        }
        assert!("abc123".parse::<InstanceId>().is_ok());
    }

    #[test]
    fn an_id_of_ours_is_valid() {
        let id = InstanceId::from_random([0, 255, 7, 36, 35, 100, 200, 250, 1, 2, 3, 4]);
        assert_eq!(id.as_str().len(), INSTANCE_ID_LENGTH);
        assert!(id.as_str().parse::<InstanceId>().is_ok());
    }
}
