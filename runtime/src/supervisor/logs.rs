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
        let secret = |name: &String| SECRET_WORDS.iter().any(|word| name.contains(word));
        for (name, value) in variables.iter().filter(|(name, _)| secret(name)) {
            // Output comes line by line, so a secret of several lines is as many secrets.
            for line in value.lines().map(str::trim).filter(|line| line.len() >= SECRET_CHARACTERS_MIN) {
                if !secrets.iter().any(|(text, _)| text == line) {
                    secrets.push((line.to_owned(), format!("[{name}]")));
                }
            }
        }
        // The longest first, so that a secret that contains another one is masked as a whole.
        secrets.sort_by_key(|(text, _)| std::cmp::Reverse(text.len()));
    }

    /// Bytes of the longest secret.
    fn longest(&self) -> usize {
        let secrets = self.secrets.read().unwrap_or_else(PoisonError::into_inner);
        secrets.first().map_or(0, |(text, _)| text.len())
    }

    /// The line without secrets.
    pub fn apply(&self, line: &str) -> String {
        let secrets = self.secrets.read().unwrap_or_else(PoisonError::into_inner);
        secrets.iter().fold(line.to_string(), |line, (text, name)| line.replace(text, name))
    }
}

/// Logs everything that comes out of a stream until it ends.
pub async fn relay(stream: impl AsyncRead + Unpin, name: &'static str, mask: Mask) {
    let mut pieces = Pieces { reader: BufReader::new(stream), mask, held: Vec::new() };
    while let Some(text) = pieces.next().await {
        if !text.is_empty() {
            info!(target: "agent", stream = name, "agent | {text}");
        }
    }
}

/// Cuts a stream into lines without secrets, and lines that are too long into pieces.
struct Pieces<S> {
    reader: BufReader<S>,
    mask: Mask,
    /// The end of a piece, kept back since a secret may begin in it.
    held: Vec<u8>,
}

impl<S: AsyncRead + Unpin> Pieces<S> {
    async fn next(&mut self) -> Option<String> {
        let mut line = std::mem::take(&mut self.held);
        let read = (&mut self.reader).take(LINE_BYTES_MAX).read_until(b'\n', &mut line).await.ok()?;
        if line.is_empty() {
            return None;
        }
        let whole = line.ends_with(b"\n") || (read as u64) < LINE_BYTES_MAX;
        let text = self.mask.apply(String::from_utf8_lossy(&line).trim_end());
        if whole {
            return Some(text);
        }
        let mut end = text.len().saturating_sub(self.mask.longest());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        self.held = text.as_bytes()[end..].to_vec();
        Some(text[..end].to_owned())
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

    #[tokio::test]
    async fn a_secret_where_a_long_line_is_cut_is_masked() {
        let mask = Mask::default();
        mask.learn(&Variables::from([("API_KEY".into(), "planted-secret-value".into())]));
        for before in LINE_BYTES_MAX as usize - 25..LINE_BYTES_MAX as usize + 5 {
            let text = format!("{}planted-secret-value{}\nnext", "x".repeat(before), "y".repeat(10_000));
            let mut pieces =
                Pieces { reader: BufReader::new(text.as_bytes()), mask: mask.clone(), held: Vec::new() };
            let mut lines = Vec::new();
            while let Some(line) = pieces.next().await {
                assert!(!line.contains("planted") && !line.contains("value"), "cut after {before}");
                lines.push(line);
            }
            assert_eq!(lines.pop().as_deref(), Some("next"));
            assert_eq!(lines.concat().replace("[API_KEY]", "").len(), before + 10_000);
        }
    }

    #[test]
    fn every_line_of_a_secret_is_masked() {
        let mask = Mask::default();
        let value = "-----BEGIN KEY-----\nMIIEvQIBADAN\n-----END KEY-----\n".to_owned();
        mask.learn(&Variables::from([("SIGNING_KEY".into(), value)]));
        assert_eq!(mask.apply("read MIIEvQIBADAN"), "read [SIGNING_KEY]");
    }

    #[test]
    fn a_replaced_secret_stays_masked() {
        let mask = Mask::default();
        mask.learn(&Variables::from([("KEY".into(), "the-first-one".into())]));
        mask.learn(&Variables::from([("KEY".into(), "the-second-one".into())]));
        assert_eq!(mask.apply("the-first-one the-second-one"), "[KEY] [KEY]");
    }
}
