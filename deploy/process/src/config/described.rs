//! What is known of a variable from the way it is read; the page about configuration is made of it.

use super::Value;

/// One variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Described {
    /// Its name.
    pub name: String,
    /// Whether it must be set.
    pub need: Need,
    /// What a right value looks like.
    pub expected: String,
}

/// Whether a variable must be set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Need {
    /// It must.
    Required,
    /// Without it this is taken.
    Default(String),
    /// It switches something on.
    Optional,
}

impl Need {
    pub(super) fn of_default<T: Value>(default: &T) -> Self {
        default.text().map_or(Self::Optional, Self::Default)
    }
}
