//! Configuration from environment variables: every problem is collected, none is fatal alone, and no
//! value of a secret is ever repeated.
//!
//! A process reads all its variables in one closure. While it runs, a wrong variable gives a
//! placeholder; [`Settings::read`] hands the result out only when nothing was wrong, so a placeholder
//! is never used:
//!
//! ```
//! # use process::config::Settings;
//! struct Mine { port: u16, image: Option<String> }
//! let mine = Settings::from_pairs([("PORT", "8081")])
//!     .read(|settings| Mine { port: settings.or("PORT", 8080), image: settings.optional("IMAGE") })
//!     .unwrap();
//! assert_eq!(mine.port, 8081);
//! ```
//!
//! A variable that is set to nothing counts as not set, since compose files and shells write
//! `NAME=${NAME:-}`; but a secret that is set to nothing is refused, never taken as "open".

mod common;
mod described;
mod value;

use std::collections::HashMap;
use std::fmt;
use std::ops::RangeInclusive;
use std::time::Duration;

pub use common::{ListenAddress, MetricsAddress, ProcessSettings};
pub use described::{Described, Need};
pub use value::{DatabaseUrl, HttpUrl, SECRET_CHARACTERS_MIN, Value};

/// One variable that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VariableProblem {
    /// The variable.
    pub name: String,
    /// What is wrong with it.
    pub wrong: String,
    /// What would be right.
    pub expected: String,
}

/// Everything that is wrong with the configuration, in the order in which it was read.
/// Prints one line a variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// The problems; never empty.
    pub problems: Vec<VariableProblem>,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            let line_break = if index == 0 { "" } else { "\n" };
            write!(
                formatter,
                "{line_break}{}: {}; expected {}",
                problem.name, problem.wrong, problem.expected
            )?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigError {}

impl From<ConfigError> for crate::exit::Failure {
    fn from(error: ConfigError) -> Self {
        Self::new(crate::exit::ExitReason::Configuration, error)
    }
}

/// The variables of a process, and the problems found while reading them.
#[derive(Default)]
pub struct Settings {
    variables: HashMap<String, String>,
    problems: Vec<VariableProblem>,
    described: Vec<Described>,
}

impl Settings {
    /// The process's own environment. A variable that is not UTF-8 counts as a problem when it is read.
    pub fn from_environment() -> Self {
        let text = |value: std::ffi::OsString| value.to_string_lossy().into_owned();
        Self {
            variables: std::env::vars_os().map(|(name, value)| (text(name), text(value))).collect(),
            ..Self::default()
        }
    }

    /// Variables given by hand: for tests and for parts of a larger process.
    pub fn from_pairs<N: Into<String>, V: Into<String>>(pairs: impl IntoIterator<Item = (N, V)>) -> Self {
        Self {
            variables: pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect(),
            ..Self::default()
        }
    }

    /// Sets or replaces one variable, as a command-line option does.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.variables.insert(name.into(), value.into());
    }

    /// Reads everything, and hands it out when nothing was wrong.
    ///
    /// # Errors
    /// All problems at once.
    pub fn read<T>(mut self, reader: impl FnOnce(&mut Self) -> T) -> Result<T, ConfigError> {
        let value = reader(&mut self);
        self.finish().map(|()| value)
    }

    /// What a reader reads, without any variable set: for the page about configuration.
    pub fn describe<T>(reader: impl FnOnce(&mut Self) -> T) -> Vec<Described> {
        let mut settings = Self::default();
        reader(&mut settings);
        settings.described
    }

    /// Whether everything read so far was right. Prefer [`Settings::read`], which cannot be forgotten.
    ///
    /// # Errors
    /// All problems at once.
    pub fn finish(self) -> Result<(), ConfigError> {
        if self.problems.is_empty() { Ok(()) } else { Err(ConfigError { problems: self.problems }) }
    }

    /// A variable that must be set.
    pub fn required<T: Value>(&mut self, name: &str) -> T {
        self.note(name, Need::Required, T::EXPECTED);
        if let Some(value) = self.optional(name) {
            return value;
        }
        // Does nothing when the variable is set and wrong: that was recorded already.
        self.problem(name, "is not set", T::EXPECTED);
        T::placeholder()
    }

    /// A variable with a default.
    pub fn or<T: Value>(&mut self, name: &str, default: T) -> T {
        self.note(name, Need::of_default(&default), T::EXPECTED);
        self.optional(name).unwrap_or(default)
    }

    /// A variable that switches something on.
    pub fn optional<T: Value>(&mut self, name: &str) -> Option<T> {
        self.note(name, Need::Optional, T::EXPECTED);
        let text = self.text(name)?;
        if text.is_empty() {
            if T::SECRET {
                self.problem(name, "is empty", T::EXPECTED);
            }
            return None;
        }
        self.accept(name, &text)
    }

    /// A number with a default, within limits.
    pub fn within<T: Value + PartialOrd + fmt::Display>(
        &mut self,
        name: &str,
        default: T,
        limits: RangeInclusive<T>,
    ) -> T {
        let expected = format!("{} from {} to {}", T::EXPECTED, limits.start(), limits.end());
        self.note(name, Need::of_default(&default), &expected);
        let Some(text) = self.text(name).filter(|text| !text.is_empty()) else { return default };
        match T::parse(&text) {
            Ok(value) if limits.contains(&value) => value,
            Ok(_) => {
                self.problem(name, format!("{text:?} is out of range"), expected);
                default
            }
            Err(_) => {
                self.problem(name, shown::<T>(&text), expected);
                default
            }
        }
    }

    /// Milliseconds as a whole number, for the variables whose names end in `_MS`.
    pub fn milliseconds(
        &mut self,
        name: &str,
        default: Duration,
        limits: RangeInclusive<Duration>,
    ) -> Duration {
        let whole = |duration: Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        let limits = whole(*limits.start())..=whole(*limits.end());
        Duration::from_millis(self.within(name, whole(default), limits))
    }

    /// A humantime duration with a default, within limits.
    pub fn duration(&mut self, name: &str, default: Duration, limits: RangeInclusive<Duration>) -> Duration {
        let text = |duration| humantime::format_duration(duration);
        let (shortest, longest) = (*limits.start(), *limits.end());
        let expected = format!("a duration from {} to {}", text(shortest), text(longest));
        self.note(name, Need::of_default(&default), &expected);
        let value = self.or(name, default);
        if limits.contains(&value) {
            return value;
        }
        self.problem(name, format!("{} is out of range", text(value)), expected);
        default
    }

    /// A comma-separated list of at least one; a wrong entry spoils the variable.
    pub fn required_list<T: Value>(&mut self, name: &str) -> Vec<T> {
        self.note(name, Need::Required, &format!("{}; several are separated by commas", T::EXPECTED));
        if !self.is_set(name) {
            self.problem(name, "is not set", format!("{}; several are separated by commas", T::EXPECTED));
        }
        self.list(name).unwrap_or_default()
    }

    /// A comma-separated list, when the variable is set.
    pub fn list<T: Value>(&mut self, name: &str) -> Option<Vec<T>> {
        self.note(name, Need::Optional, &format!("{}; several are separated by commas", T::EXPECTED));
        let text = self.text(name).filter(|text| !text.is_empty())?;
        text.split(',').map(|entry| self.accept(name, entry.trim())).collect()
    }

    /// A value of a form of its own: `parse` says what is wrong, in words that repeat no secret.
    pub fn custom<T>(
        &mut self,
        name: &str,
        expected: &str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        self.note(name, Need::Optional, expected);
        let text = self.text(name).filter(|text| !text.is_empty())?;
        parse(&text).map_err(|wrong| self.problem(name, wrong, expected)).ok()
    }

    /// Whether a variable is set to something.
    pub fn is_set(&self, name: &str) -> bool {
        self.variables.get(name).is_some_and(|text| !text.trim().is_empty())
    }

    /// Records a problem, also one that only shows when variables are seen together. The first of a
    /// variable counts: the rest usually follow from it.
    pub fn problem(&mut self, name: &str, wrong: impl Into<String>, expected: impl Into<String>) {
        let (name, wrong, expected) = (name.to_owned(), wrong.into(), expected.into());
        if !self.problems.iter().any(|problem| problem.name == name) {
            self.problems.push(VariableProblem { name, wrong, expected });
        }
    }

    /// Remembers how a variable is read. The first reading counts, but one that needs it says more.
    fn note(&mut self, name: &str, need: Need, expected: &str) {
        match self.described.iter_mut().find(|one| one.name == name) {
            Some(known) if need == Need::Required => known.need = need,
            Some(_) => {}
            None => {
                self.described.push(Described { name: name.to_owned(), need, expected: expected.to_owned() })
            }
        }
    }

    fn text(&self, name: &str) -> Option<String> {
        self.variables.get(name).map(|text| text.trim().to_owned())
    }

    fn accept<T: Value>(&mut self, name: &str, text: &str) -> Option<T> {
        match T::parse(text) {
            Ok(value) => Some(value),
            Err(wrong) => {
                let wrong = wrong.unwrap_or_else(|| shown::<T>(text));
                self.problem(name, wrong, T::EXPECTED);
                None
            }
        }
    }
}

/// How a wrong value is spoken of: a secret, or something that may hold one, is not repeated.
fn shown<T: Value>(text: &str) -> String {
    const SHOWN_CHARACTERS_MAX: usize = 60;
    if T::SECRET {
        return "has the wrong form".to_owned();
    }
    let cut: String = text.chars().take(SHOWN_CHARACTERS_MAX).collect();
    format!("{cut:?} does not fit")
}

#[cfg(test)]
mod tests;
