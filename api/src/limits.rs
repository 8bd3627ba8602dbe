//! What a request's values may be. All that is wrong with a body is told at once, by field.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::ops::RangeInclusive;

use process::problem::Problem;
use url::Url;

/// Longest name of an agent, template or key.
pub const NAME_CHARACTERS_MAX: usize = 200;
/// Longest instructions.
pub const INSTRUCTIONS_CHARACTERS_MAX: usize = 50_000;
/// Longest idempotency key, owner id, or key of any other kind.
pub const KEY_CHARACTERS_MAX: usize = 255;
/// Most entries of a claim's metadata.
pub const METADATA_ENTRIES_MAX: usize = 32;
/// Longest key or value of an entry.
pub const METADATA_CHARACTERS_MAX: usize = 256;
/// Longest address of a picture or conversation.
pub const URL_CHARACTERS_MAX: usize = 2_048;
/// Most tools of a template.
pub const TOOLS_MAX: usize = 16;
/// Longest image reference.
const IMAGE_CHARACTERS_MAX: usize = 512;

/// Collects what is wrong with the fields of a request.
#[derive(Debug, Default)]
pub struct Checks {
    errors: Vec<(String, String)>,
}

impl Checks {
    /// Notes that a field is wrong.
    pub fn wrong(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.errors.push((field.into(), message.into()));
    }

    /// A short text in one line: not empty, no control characters.
    pub fn line(&mut self, field: &str, text: &str, characters_max: usize) {
        if text.trim().is_empty() {
            self.wrong(field, "must not be empty");
        } else if text.chars().count() > characters_max {
            self.wrong(field, format!("must have at most {characters_max} characters"));
        } else if text.chars().any(char::is_control) {
            self.wrong(field, "must not hold control characters");
        }
    }

    /// The same, when it is there.
    pub fn optional_line(&mut self, field: &str, text: Option<&str>, characters_max: usize) {
        if let Some(text) = text {
            self.line(field, text, characters_max);
        }
    }

    /// A name of something.
    pub fn name(&mut self, field: &str, text: &str) {
        self.line(field, text, NAME_CHARACTERS_MAX);
    }

    /// Instructions: line breaks and tabs are welcome, other control characters are not.
    pub fn instructions(&mut self, field: &str, text: &str) {
        let odd = |character: char| character.is_control() && !matches!(character, '\n' | '\r' | '\t');
        if text.trim().is_empty() {
            self.wrong(field, "must not be empty");
        } else if text.chars().count() > INSTRUCTIONS_CHARACTERS_MAX {
            self.wrong(field, format!("must have at most {INSTRUCTIONS_CHARACTERS_MAX} characters"));
        } else if text.chars().any(odd) {
            self.wrong(field, "must not hold control characters but line breaks and tabs");
        }
    }

    /// A number within limits.
    pub fn within<N: PartialOrd + Display>(&mut self, field: &str, value: N, limits: RangeInclusive<N>) {
        if !limits.contains(&value) {
            self.wrong(field, format!("must be from {} to {}", limits.start(), limits.end()));
        }
    }

    /// Metadata of a claim.
    pub fn metadata(&mut self, field: &str, entries: &BTreeMap<String, String>) {
        if entries.len() > METADATA_ENTRIES_MAX {
            self.wrong(field, format!("must have at most {METADATA_ENTRIES_MAX} entries"));
        }
        for (key, value) in entries.iter().take(METADATA_ENTRIES_MAX) {
            let path = format!("{field}.{}", key.chars().take(METADATA_CHARACTERS_MAX).collect::<String>());
            self.line(&path, key, METADATA_CHARACTERS_MAX);
            if value.chars().count() > METADATA_CHARACTERS_MAX {
                self.wrong(path, format!("must have at most {METADATA_CHARACTERS_MAX} characters"));
            }
        }
    }

    /// The address of something on the web.
    pub fn web_address(&mut self, field: &str, text: &str) {
        if text.len() > URL_CHARACTERS_MAX {
            self.wrong(field, format!("must have at most {URL_CHARACTERS_MAX} characters"));
        } else if !Url::parse(text)
            .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
        {
            self.wrong(field, "must be an http or https address");
        }
    }

    /// A container image reference.
    pub fn image(&mut self, field: &str, text: &str) {
        if !is_image(text) {
            self.wrong(field, "must be an image reference such as ghcr.io/owner/name:tag");
        }
    }

    /// Nothing was wrong, or all of it.
    pub fn finish(self) -> Result<(), Problem> {
        let mut errors = self.errors.into_iter();
        let Some((field, message)) = errors.next() else { return Ok(()) };
        let first = Problem::invalid_field(field, message);
        Err(errors.fold(first, |problem, (field, message)| problem.with_error(field, message)))
    }
}

/// Whether a text is an image reference: `[host[:port]/]path[:tag][@sha256:digest]`, lower-case path.
pub fn is_image(text: &str) -> bool {
    if text.is_empty() || text.len() > IMAGE_CHARACTERS_MAX {
        return false;
    }
    let (name, digest) = match text.split_once('@') {
        Some((name, digest)) => (name, Some(digest)),
        None => (text, None),
    };
    let is_digest = |digest: &str| {
        digest.strip_prefix("sha256:").is_some_and(|hex| {
            hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
        })
    };
    // A colon after the last slash begins a tag; an earlier one belongs to a port.
    let (path, tag) = match name.rsplit_once(':') {
        Some((path, tag)) if !tag.contains('/') => (path, Some(tag)),
        _ => (name, None),
    };
    let is_tag = |tag: &str| {
        let word = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
        (1..=128).contains(&tag.len()) && tag.bytes().all(word) && !tag.starts_with(['.', '-'])
    };
    let mut parts = path.split('/').peekable();
    if let Some(first) = path.split_once('/').map(|(first, _)| first)
        && (first.contains(['.', ':']) || first == "localhost")
    {
        parts.next();
        if !is_registry(first) {
            return false;
        }
    }
    let is_part = |part: &str| {
        let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        part.bytes().all(|byte| inner(byte) || b"._-".contains(&byte))
            && part.bytes().next().is_some_and(inner)
            && part.bytes().last().is_some_and(inner)
    };
    parts.peek().is_some() && parts.all(is_part) && tag.is_none_or(is_tag) && digest.is_none_or(is_digest)
}

fn is_registry(host: &str) -> bool {
    let (name, port) = match host.split_once(':') {
        Some((name, port)) => (name, Some(port)),
        None => (host, None),
    };
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || b".-".contains(&byte);
    !name.is_empty() && name.bytes().all(inner) && port.is_none_or(|port| port.parse::<u16>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_beyond_their_limits_are_named() {
        type Check = Box<dyn Fn(&mut Checks)>;
        let long = |count: usize| "x".repeat(count);
        let cases: Vec<(&str, Check)> = vec![
            ("empty name", Box::new(|checks| checks.name("f", "  "))),
            ("long name", Box::new(move |checks| checks.name("f", &long(201)))),
            ("line break in name", Box::new(|checks| checks.name("f", "a\nb"))),
            ("escape in name", Box::new(|checks| checks.name("f", "a\u{1b}[31m"))),
            ("delete character", Box::new(|checks| checks.name("f", "a\u{7f}"))),
            ("long instructions", Box::new(move |checks| checks.instructions("f", &long(50_001)))),
            ("escape in instructions", Box::new(|checks| checks.instructions("f", "a\u{1b}"))),
            ("too small", Box::new(|checks| checks.within("f", -101, -100..=100))),
            ("script address", Box::new(|checks| checks.web_address("f", "javascript:alert(1)"))),
            ("no address", Box::new(|checks| checks.web_address("f", "::"))),
        ];
        for (name, check) in cases {
            let mut checks = Checks::default();
            check(&mut checks);
            let problem = checks.finish().unwrap_err();
            assert_eq!(problem.code(), "invalid_request", "{name}");
            assert_eq!(problem.errors()[0].field, "f", "{name}");
        }
    }

    #[test]
    fn characters_are_counted_and_not_bytes() {
        let mut checks = Checks::default();
        checks.name("name", &"ü".repeat(NAME_CHARACTERS_MAX));
        checks.instructions("instructions", &"é\n".repeat(INSTRUCTIONS_CHARACTERS_MAX / 2));
        assert!(checks.finish().is_ok());
    }

    #[test]
    fn metadata_has_limits_in_every_direction() {
        let refused = |entries: BTreeMap<String, String>| {
            let mut checks = Checks::default();
            checks.metadata("metadata", &entries);
            checks.finish().is_err()
        };
        let one = |key: String, value: String| BTreeMap::from([(key, value)]);
        assert!(refused((0..33).map(|index| (index.to_string(), String::new())).collect()));
        assert!(refused(one("k".repeat(257), String::new())));
        assert!(refused(one("k".into(), "v".repeat(257))));
        assert!(refused(one("k\u{0}".into(), "v".into())));
        assert!(refused(one(String::new(), "v".into())));
        assert!(!refused((0..32).map(|index| (index.to_string(), "v".repeat(256))).collect()));
    }

    #[test]
    fn all_wrong_fields_are_told_at_once() {
        let mut checks = Checks::default();
        checks.name("agentName", "");
        checks.instructions("instructions", "");
        let problem = checks.finish().unwrap_err();
        let fields: Vec<&str> = problem.errors().iter().map(|error| error.field.as_str()).collect();
        assert_eq!(fields, ["agentName", "instructions"]);
    }

    #[test]
    fn image_references_are_told_from_nonsense() {
        let digest = format!("ghcr.io/a/b@sha256:{}", "a".repeat(64));
        for right in [
            "alpine",
            "ghcr.io/xmtplabs/convos-runtime:dev",
            "localhost:5000/a/b",
            "127.0.0.1:80/x:1.2",
            &digest,
        ] {
            assert!(is_image(right), "{right}");
        }
        for wrong in [
            "",
            " ",
            "not an image",
            "UPPER/case",
            "a//b",
            "/a",
            "a/",
            "a:",
            "a:tag:tag",
            "ghcr.io/",
            "a@sha256:abc",
            "https://ghcr.io/a",
            "a:-x",
            "-a/b",
        ] {
            assert!(!is_image(wrong), "{wrong}");
        }
    }
}
