//! The agent's output becomes log lines of the container, with the values of its secrets masked.

use std::sync::{Arc, PoisonError, RwLock};

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader};
use tracing::info;

use crate::variables::Variables;

/// Bytes of one line; a longer one is logged in pieces.
const LINE_BYTES_MAX: u64 = 8 * 1024;
/// A value shorter than this is no secret worth masking, and would blot out innocent text.
const SECRET_CHARACTERS_MIN: usize = 8;
/// What a variable's name has in it when its value must not be shown.
const SECRET_WORDS: [&str; 5] = ["KEY", "TOKEN", "SECRET", "PASSWORD", "CREDENTIAL"];

/// Replaces the values of secret variables by their names. Clones share one list.
#[derive(Clone, Default)]
pub struct Mask {
    secrets: Arc<RwLock<Vec<(String, String)>>>,
}

impl Mask {
    /// Also masks the secrets among these. Earlier ones stay masked: an old key in a log is a key, too.
    pub fn learn(&self, variables: &Variables) {
        let mut secrets = self.secrets.write().unwrap_or_else(PoisonError::into_inner);
        for (name, value) in variables {
            let secret = SECRET_WORDS.iter().any(|word| name.contains(word));
            let known = secrets.iter().any(|(text, _)| text == value);
            if secret && !known && value.len() >= SECRET_CHARACTERS_MIN {
                secrets.push((value.clone(), format!("[{name}]")));
            }
        }
        // The longest first, so that a secret that contains another one is masked as a whole.
        secrets.sort_by_key(|(text, _)| std::cmp::Reverse(text.len()));
    }

    /// The line without secrets.
    pub fn apply(&self, line: &str) -> String {
        let secrets = self.secrets.read().unwrap_or_else(PoisonError::into_inner);
        secrets.iter().fold(line.to_string(), |line, (text, name)| line.replace(text, name))
    }
}

/// Logs everything that comes out of a stream until it ends.
pub async fn relay(stream: impl AsyncRead + Unpin, name: &'static str, mask: Mask) {
    let mut reader = BufReader::new(stream);
    let mut line = Vec::new();
    loop {
        line.clear();
        match (&mut reader).take(LINE_BYTES_MAX).read_until(b'\n', &mut line).await {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
        let text = String::from_utf8_lossy(&line);
        let text = mask.apply(text.trim_end());
        if !text.is_empty() {
            info!(target: "agent", stream = name, "agent | {text}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_masked_wherever_it_appears_and_ordinary_values_are_not() {
        let mask = Mask::default();
        mask.learn(&Variables::from([
            ("OPENROUTER_API_KEY".into(), "sk-or-v1-abcdef".into()),
            ("OTHER_TOKEN".into(), "sk-or-v1-abcdef-longer".into()),
            ("SHORT_KEY".into(), "a".into()),
            ("XMTP_ENV".into(), "production".into()),
        ]));
        assert_eq!(
            mask.apply("a production key=sk-or-v1-abcdef and sk-or-v1-abcdef-longer"),
            "a production key=[OPENROUTER_API_KEY] and [OTHER_TOKEN]"
        );
    }

    #[test]
    fn a_replaced_secret_stays_masked() {
        let mask = Mask::default();
        mask.learn(&Variables::from([("KEY".into(), "the-first-one".into())]));
        mask.learn(&Variables::from([("KEY".into(), "the-second-one".into())]));
        assert_eq!(mask.apply("the-first-one the-second-one"), "[KEY] [KEY]");
    }
}
