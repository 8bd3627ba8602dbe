//! The variables of the agent process: those that the container was started with, and those given while it ran.
//!
//! # Guarantees
//! - A variable given live stays in effect over restarts of the agent and of the container.
//! - It gives way as soon as a boot brings another value for that name than the boot it was given under: what the
//!   platform holds is newer then.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Name to value, as a process sees its environment.
pub type Variables = BTreeMap<String, String>;

/// Changes: a text sets, null removes.
pub type Changes = BTreeMap<String, Option<String>>;

/// Names in one request: more than any agent has.
pub const NAMES_MAX: usize = 200;
/// Characters of a name.
pub const NAME_CHARACTERS_MAX: usize = 128;
/// Bytes of a value; Linux takes 128 KiB for one string, and the whole environment has to fit beside it.
pub const VALUE_BYTES_MAX: usize = 32 * 1024;

/// Names that the container's front itself lives by: changing them under it would change what it answers to.
const RESERVED: [&str; 13] = [
    "PATH",
    "HOME",
    "SHELL",
    "HOST",
    "PORT",
    "AGENT",
    "BASH_ENV",
    "NODE_OPTIONS",
    "GATEWAY_TOKEN",
    "OPENCLAW_GATEWAY_TOKEN",
    "OPENCLAW_GATEWAY_PORT",
    "OPENCLAW_STATE_DIR",
    "INSTANCE_ID",
];
const RESERVED_PREFIXES: [&str; 4] = ["AGENT_", "RAILWAY_", "LD_", "DYLD_"];

/// Why a change was refused. The name is in it, the value never.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VariableError {
    /// More names than one request may carry.
    #[error("more than {NAMES_MAX} variables")]
    TooMany,
    /// Not the form of a variable's name.
    #[error("{0:?} is no name of a variable (capitals, digits and _, at most {NAME_CHARACTERS_MAX})")]
    Name(String),
    /// The front needs this one as it is.
    #[error("{0} belongs to the container and cannot be changed while it runs")]
    Reserved(String),
    /// Too long, or with a NUL in it.
    #[error("the value of {0} is over {VALUE_BYTES_MAX} bytes or holds a NUL")]
    Value(String),
}

/// Whether all of the changes may be made; the first problem otherwise.
pub fn check(changes: &Changes) -> Result<(), VariableError> {
    if changes.len() > NAMES_MAX {
        return Err(VariableError::TooMany);
    }
    for (name, value) in changes {
        if !is_name(name) {
            return Err(VariableError::Name(name.chars().take(NAME_CHARACTERS_MAX).collect()));
        }
        if RESERVED.contains(&name.as_str()) || RESERVED_PREFIXES.iter().any(|p| name.starts_with(p)) {
            return Err(VariableError::Reserved(name.clone()));
        }
        if value.as_ref().is_some_and(|value| value.len() > VALUE_BYTES_MAX || value.contains('\0')) {
            return Err(VariableError::Value(name.clone()));
        }
    }
    Ok(())
}

fn is_name(name: &str) -> bool {
    let first_fits = name.starts_with(|c: char| c.is_ascii_uppercase() || c == '_');
    first_fits
        && name.len() <= NAME_CHARACTERS_MAX
        && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
}

/// What was given live, kept on the volume.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overrides {
    entries: BTreeMap<String, Override>,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Override {
    /// None: removed.
    value: Option<String>,
    /// Digest of the boot's own value at that time; None: the boot had none.
    boot: Option<String>,
}

impl Overrides {
    /// Forgets what the boot overrules and names it.
    pub fn yield_to(&mut self, boot: &Variables) -> Vec<String> {
        let overruled: Vec<String> = self
            .entries
            .iter()
            .filter(|(name, entry)| entry.boot != boot.get(*name).map(digest))
            .map(|(name, _)| name.clone())
            .collect();
        for name in &overruled {
            self.entries.remove(name);
        }
        overruled
    }

    /// Takes the changes; true when the environment of the agent is another one afterwards.
    pub fn take(&mut self, boot: &Variables, changes: Changes) -> bool {
        let before = self.over(boot);
        for (name, value) in changes {
            let boot = boot.get(&name).map(digest);
            self.entries.insert(name, Override { value, boot });
        }
        self.over(boot) != before
    }

    /// The environment: the boot's variables with these over them.
    pub fn over(&self, boot: &Variables) -> Variables {
        let mut variables = boot.clone();
        for (name, entry) in &self.entries {
            match &entry.value {
                Some(value) => variables.insert(name.clone(), value.clone()),
                None => variables.remove(name),
            };
        }
        variables
    }

    /// The names given live.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(String::as_str)
    }
}

fn digest(value: &String) -> String {
    hex::encode(Sha256::digest(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boot(pairs: &[(&str, &str)]) -> Variables {
        pairs.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect()
    }

    fn change(name: &str, value: Option<&str>) -> Changes {
        Changes::from([(name.to_string(), value.map(str::to_string))])
    }

    #[test]
    fn names_that_the_front_lives_by_are_refused() {
        for name in ["PATH", "PORT", "GATEWAY_TOKEN", "LD_PRELOAD", "RAILWAY_PUBLIC_DOMAIN", "AGENT_PORT"] {
            let refused = check(&change(name, Some("x")));
            assert_eq!(refused, Err(VariableError::Reserved(name.into())), "{name}");
        }
    }

    #[test]
    fn odd_names_and_values_are_refused_without_the_value() {
        for name in ["", "a", "1A", "A B", "A=B", "Ä", &"A".repeat(129)] {
            assert!(matches!(check(&change(name, None)), Err(VariableError::Name(_))), "{name}");
        }
        let refused = check(&change("KEY", Some("secret\0"))).unwrap_err();
        assert!(!refused.to_string().contains("secret"));
        assert!(check(&change("KEY", Some(&"x".repeat(VALUE_BYTES_MAX + 1)))).is_err());
    }

    #[test]
    fn a_boot_with_the_same_variables_keeps_what_was_given() {
        let first = boot(&[("A", "1"), ("B", "2")]);
        let mut overrides = Overrides::default();
        assert!(overrides.take(&first, change("A", Some("live"))));
        assert!(overrides.take(&first, change("B", None)));
        assert!(overrides.take(&first, change("NEW", Some("x"))));
        assert_eq!(overrides.yield_to(&first), Vec::<String>::new());
        assert_eq!(overrides.over(&first), boot(&[("A", "live"), ("NEW", "x")]));
    }

    #[test]
    fn a_boot_with_another_value_wins_for_that_name_only() {
        let first = boot(&[("A", "1"), ("B", "2")]);
        let mut overrides = Overrides::default();
        overrides.take(&first, change("A", Some("live")));
        overrides.take(&first, change("B", Some("live")));
        overrides.take(&first, change("NEW", Some("live")));
        let second = boot(&[("A", "1"), ("B", "3"), ("NEW", "from the platform")]);
        assert_eq!(overrides.yield_to(&second), ["B", "NEW"]);
        assert_eq!(overrides.over(&second), boot(&[("A", "live"), ("B", "3"), ("NEW", "from the platform")]));
    }

    #[test]
    fn the_same_value_again_changes_nothing() {
        let first = boot(&[("A", "1")]);
        let mut overrides = Overrides::default();
        assert!(!overrides.take(&first, change("A", Some("1"))));
        assert!(!overrides.take(&first, change("GONE", None)));
    }
}
