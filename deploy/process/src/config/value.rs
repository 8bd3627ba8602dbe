//! The forms that a variable's value can have.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;
use url::Url;

use crate::sealing::KeyRing;

/// Keys and tokens shorter than this can be guessed.
pub const SECRET_CHARACTERS_MIN: usize = 16;

/// Something that a variable can hold.
pub trait Value: Sized {
    /// What a right value looks like, after the word "expected".
    const EXPECTED: &'static str;
    /// Whether the value is a secret, or may contain one: then it is never repeated, nor may it be empty.
    const SECRET: bool = false;

    /// Reads a value that is not empty. `Err(None)` says only that it does not fit;
    /// `Err(Some(sentence))` says why, without repeating a secret.
    #[expect(clippy::missing_errors_doc, reason = "the sentence above is its contract")]
    fn parse(text: &str) -> Result<Self, Option<String>>;

    /// What stands in for a wrong value until the configuration is refused.
    fn placeholder() -> Self;

    /// The value as it would be written into a variable; nothing for what is not to be shown.
    fn text(&self) -> Option<String> {
        None
    }
}

macro_rules! numbers {
    ($($number:ty => $expected:literal),+ $(,)?) => {$(
        impl Value for $number {
            const EXPECTED: &'static str = $expected;
            fn parse(text: &str) -> Result<Self, Option<String>> {
                text.parse().map_err(|_| None)
            }
            fn placeholder() -> Self {
                0
            }
            fn text(&self) -> Option<String> {
                Some(self.to_string())
            }
        }
    )+};
}

numbers! {
    u16 => "a whole number from 0 to 65535",
    u32 => "a whole number",
    u64 => "a whole number",
    i32 => "a whole number",
    i64 => "a whole number",
    usize => "a whole number",
}

impl Value for f64 {
    const EXPECTED: &'static str = "a number";
    fn parse(text: &str) -> Result<Self, Option<String>> {
        text.parse().ok().filter(|number: &f64| number.is_finite()).ok_or(None)
    }
    fn placeholder() -> Self {
        0.0
    }
    fn text(&self) -> Option<String> {
        Some(self.to_string())
    }
}

impl Value for bool {
    const EXPECTED: &'static str = "true or false";
    fn parse(text: &str) -> Result<Self, Option<String>> {
        match text.to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" | "on" => Ok(true),
            "false" | "0" | "no" | "off" => Ok(false),
            _ => Err(None),
        }
    }
    fn placeholder() -> Self {
        false
    }
    fn text(&self) -> Option<String> {
        Some(self.to_string())
    }
}

impl Value for String {
    const EXPECTED: &'static str = "some text";
    fn parse(text: &str) -> Result<Self, Option<String>> {
        if text.chars().any(char::is_control) { Err(None) } else { Ok(text.to_owned()) }
    }
    fn placeholder() -> Self {
        Self::new()
    }
    fn text(&self) -> Option<String> {
        Some(self.clone()).filter(|text| !text.is_empty())
    }
}

impl Value for PathBuf {
    const EXPECTED: &'static str = "a path";
    fn parse(text: &str) -> Result<Self, Option<String>> {
        Ok(Self::from(text))
    }
    fn placeholder() -> Self {
        Self::new()
    }
}

impl Value for IpAddr {
    const EXPECTED: &'static str = "an IP address such as 0.0.0.0";
    fn parse(text: &str) -> Result<Self, Option<String>> {
        text.parse().map_err(|_| None)
    }
    fn placeholder() -> Self {
        Self::from([0, 0, 0, 0])
    }
    fn text(&self) -> Option<String> {
        Some(self.to_string())
    }
}

impl Value for Duration {
    const EXPECTED: &'static str = "a duration such as 30s or 5m";
    fn parse(text: &str) -> Result<Self, Option<String>> {
        humantime::parse_duration(text).map_err(|_| None)
    }
    fn placeholder() -> Self {
        Self::ZERO
    }
    fn text(&self) -> Option<String> {
        Some(humantime::format_duration(*self).to_string().replace(' ', ""))
    }
}

/// A key or token.
impl Value for SecretString {
    const EXPECTED: &'static str = "a secret of at least 16 characters";
    const SECRET: bool = true;
    fn parse(text: &str) -> Result<Self, Option<String>> {
        if text.chars().count() < SECRET_CHARACTERS_MIN {
            return Err(Some("is too short".to_owned()));
        }
        if !text.chars().all(|character| character.is_ascii_graphic()) {
            return Err(Some("has characters that no header can carry".to_owned()));
        }
        Ok(Self::from(text))
    }
    fn placeholder() -> Self {
        Self::from("")
    }
}

impl Value for KeyRing {
    const EXPECTED: &'static str = "64 hex digits, or id:hex,id:hex";
    const SECRET: bool = true;
    fn parse(text: &str) -> Result<Self, Option<String>> {
        KeyRing::parse(text).map_err(|error| Some(error.to_string()))
    }
    fn placeholder() -> Self {
        // Never used: a placeholder is refused before anything is sealed. The text is of the right form.
        KeyRing::parse(&"0".repeat(64)).expect("64 hex digits are a key ring")
    }
}

/// An `http` or `https` base URL, kept without its trailing slash so that paths can be appended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpUrl(Url);

impl HttpUrl {
    /// The text without a trailing slash.
    pub fn as_str(&self) -> &str {
        self.0.as_str().trim_end_matches('/')
    }

    /// The parsed form.
    pub fn url(&self) -> &Url {
        &self.0
    }

    /// Whether it points to this machine only.
    pub fn is_loopback(&self) -> bool {
        match self.0.host() {
            Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(url::Host::Ipv4(address)) => address.is_loopback(),
            Some(url::Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        }
    }
}

impl std::fmt::Display for HttpUrl {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl Value for HttpUrl {
    const EXPECTED: &'static str = "a URL such as https://example.org";
    fn parse(text: &str) -> Result<Self, Option<String>> {
        // Said without the text: a URL may carry a password.
        let url = Url::parse(text).map_err(|error| Some(format!("is not a URL ({error})")))?;
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return Err(Some("is not an http or https URL".to_owned()));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Some("carries a user name or password".to_owned()));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(Some("carries a query or fragment".to_owned()));
        }
        Ok(Self(url))
    }
    fn placeholder() -> Self {
        Self(Url::parse("http://localhost").expect("a constant URL"))
    }
    fn text(&self) -> Option<String> {
        Some(self.as_str().to_owned())
    }
}

/// Where a PostgreSQL database is, with its password.
#[derive(Debug, Clone)]
pub struct DatabaseUrl(SecretString);

impl DatabaseUrl {
    /// The text, as a secret.
    pub fn secret(&self) -> &SecretString {
        &self.0
    }
}

impl Value for DatabaseUrl {
    const EXPECTED: &'static str = "postgres://user:password@host:5432/database";
    const SECRET: bool = true;
    fn parse(text: &str) -> Result<Self, Option<String>> {
        let url = Url::parse(text).map_err(|error| Some(format!("is not a URL ({error})")))?;
        if !matches!(url.scheme(), "postgres" | "postgresql") {
            return Err(Some("is not a PostgreSQL URL".to_owned()));
        }
        Ok(Self(SecretString::from(text)))
    }
    fn placeholder() -> Self {
        Self(SecretString::from(""))
    }
}
