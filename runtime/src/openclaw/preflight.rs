//! The look at a configuration's `${NAME}` placeholders before the gateway reads them.

use std::fmt;

use crate::variables::Variables;

/// Names without a value, in the order of their appearance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing(pub Vec<String>);

impl fmt::Display for Missing {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(names) = self;
        write!(out, "the gateway's configuration needs variables that are not set: {}", names.join(", "))
    }
}

/// Whether every name that the configuration refers to has a value.
pub fn check(configuration: &str, variables: &Variables) -> Result<(), Missing> {
    let mut missing: Vec<String> = Vec::new();
    for name in placeholders(configuration) {
        let there = variables.get(name).is_some_and(|value| !value.trim().is_empty());
        if !there && !missing.iter().any(|known| known == name) {
            missing.push(name.to_string());
        }
    }
    if missing.is_empty() { Ok(()) } else { Err(Missing(missing)) }
}

/// The names in `${NAME}`; `$${NAME}` is the gateway's way to write the literal.
fn placeholders(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices("${").filter_map(|(at, _)| {
        let escaped = text[..at].ends_with('$');
        let rest = &text[at + 2..];
        let name = &rest[..rest.find('}')?];
        let plain = name.starts_with(|c: char| c.is_ascii_uppercase() || c == '_')
            && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
        (plain && !escaped).then_some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_missing_names_are_told_at_once() {
        let variables = Variables::from([("A".into(), "x".into()), ("EMPTY".into(), " ".into())]);
        let configuration =
            r#"{"a":"${A}","b":"x${B_2}y","c":"${EMPTY} ${B_2}","d":"$${LITERAL}","e":"${no}","f":"${"}"#;
        assert_eq!(check(configuration, &variables), Err(Missing(vec!["B_2".into(), "EMPTY".into()])));
        assert_eq!(check("{}", &variables), Ok(()));
    }
}
