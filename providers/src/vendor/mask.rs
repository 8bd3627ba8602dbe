//! Takes secrets out of texts that come from vendors, before anyone can log or store them.

/// Longest text of a vendor that is kept, in bytes.
const TEXT_BYTES_MAX: usize = 1024;

/// What stands where a secret stood.
const MASK: &str = "***";

/// Prefixes of vendors' keys, with the shortest tail that makes a key of them; and of our own tokens, since a vendor that
/// finds a request wrong may repeat all of it, an agent's variables among it.
const KEY_PREFIXES: [(&str, usize); 10] = [
    ("sk-or-", 8),
    ("am_", 8),
    ("KEY", 16),
    ("bk_", 8),
    ("whsec_", 8),
    ("ghp_", 16),
    ("github_pat_", 16),
    ("it_", 32),
    ("gt_", 32),
    ("sp_", 32),
];

/// A private key is 64 hex digits after `0x`. Public hashes of that length are masked too: better one too many.
const PRIVATE_KEY_DIGITS: usize = 64;

/// The text without secrets, at most [`TEXT_BYTES_MAX`] bytes long.
pub fn masked(text: &str) -> String {
    let mut out = String::with_capacity(text.len().min(TEXT_BYTES_MAX));
    let mut rest = text;
    let mut previous: Option<char> = None;
    while let Some(character) = rest.chars().next() {
        if out.len() + character.len_utf8() > TEXT_BYTES_MAX {
            out.push('…');
            break;
        }
        let at_word_start = previous.is_none_or(|before| !before.is_ascii_alphanumeric());
        match at_word_start.then(|| secret_length(rest)).flatten() {
            Some((shown, length)) => {
                out.push_str(&rest[..shown]);
                out.push_str(MASK);
                rest = &rest[length..];
                previous = Some('*');
            }
            None => {
                out.push(character);
                rest = &rest[character.len_utf8()..];
                previous = Some(character);
            }
        }
    }
    out
}

/// `(bytes that may be shown, bytes of the whole)` when the text starts with a secret.
fn secret_length(text: &str) -> Option<(usize, usize)> {
    for (prefix, tail_min) in KEY_PREFIXES {
        if let Some(tail) = text.strip_prefix(prefix) {
            let length = tail.bytes().take_while(|byte| is_key_byte(*byte)).count();
            if length >= tail_min {
                return Some((prefix.len(), prefix.len() + length));
            }
        }
    }
    if let Some(tail) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        let length = tail.bytes().take_while(u8::is_ascii_hexdigit).count();
        if length >= PRIVATE_KEY_DIGITS {
            return Some((2, 2 + length));
        }
    }
    for scheme in ["Bearer ", "Basic "] {
        if text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)) {
            let tail = &text[scheme.len()..];
            let length = tail.bytes().take_while(|byte| !byte.is_ascii_whitespace() && *byte != b'"').count();
            if length >= 8 {
                return Some((scheme.len(), scheme.len() + length));
            }
        }
    }
    None
}

fn is_key_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_secret_is_masked_and_the_words_around_it_stay() {
        let private = format!("0x{}", "ab".repeat(32));
        let ours = ["it_", "gt_", "sp_"].map(|prefix| format!("{prefix}{}", "cd".repeat(32)));
        for secret in [
            "sk-or-v1-0123456789abcdef",
            "am_us_0123456789abcdef",
            "KEY0190ABCDEF0123456789_abcdefgh",
            "bk_usr_abcdefgh_0123456789abcdef",
            "bk_ptr_abcdefgh_0123456789abcdef",
            "whsec_MfKQ9r8GKYqrTwjUPD8I",
            private.as_str(),
            ours[0].as_str(),
            ours[1].as_str(),
            ours[2].as_str(),
        ] {
            let text = masked(&format!("the key \"{secret}\" is not known"));
            assert!(!text.contains(&secret[secret.len() - 8..]), "{text}");
            assert!(text.starts_with("the key \"") && text.ends_with("\" is not known"), "{text}");
        }
        assert_eq!(masked("Authorization: bearer abcdefghij.klm, next"), "Authorization: bearer *** next");
    }

    #[test]
    fn ordinary_words_and_addresses_are_left_alone() {
        for text in [
            "KEYBOARD",
            "am_I late?",
            "0x2c7536E3605D9C16a7a3D7b1898e529396a65c23",
            "iam_notakeyatall",
            "I♥SF",
        ] {
            assert_eq!(masked(text), text);
        }
    }

    #[test]
    fn a_long_text_is_cut_at_a_character() {
        let text = masked(&"ä".repeat(5000));
        assert!(text.len() <= TEXT_BYTES_MAX + '…'.len_utf8());
        assert!(text.ends_with('…'));
    }
}
