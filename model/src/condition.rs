//! Conditions: what is true of a record now, why, and since when. Shape and habits are those of Kubernetes.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Whether a condition holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Truth {
    /// It holds.
    True,
    /// It does not hold.
    False,
    /// Nobody can say.
    Unknown,
}

impl From<bool> for Truth {
    fn from(value: bool) -> Self {
        if value { Self::True } else { Self::False }
    }
}

/// One condition of a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Condition {
    /// What is asserted, for example `Available`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Whether it holds.
    pub status: Truth,
    /// One word for programs, in CamelCase.
    pub reason: String,
    /// One sentence for people.
    pub message: String,
    /// When `status` last changed.
    pub last_transition_time: DateTime<Utc>,
    /// The generation of the spec that this speaks of.
    pub observed_generation: i64,
}

/// The conditions of a record, at most one of each type.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(transparent)]
pub struct Conditions(pub Vec<Condition>);

impl Conditions {
    /// Finds a condition by its type.
    pub fn get(&self, kind: &str) -> Option<&Condition> {
        self.0.iter().find(|condition| condition.kind == kind)
    }

    /// Whether the condition is there and true.
    pub fn is_true(&self, kind: &str) -> bool {
        self.get(kind).is_some_and(|condition| condition.status == Truth::True)
    }

    /// Sets a condition. The transition time moves only when the status changes.
    pub fn set(&mut self, new: Condition) {
        match self.0.iter_mut().find(|condition| condition.kind == new.kind) {
            Some(old) => {
                let since = if old.status == new.status {
                    old.last_transition_time
                } else {
                    new.last_transition_time
                };
                *old = Condition { last_transition_time: since, ..new };
            }
            None => self.0.push(new),
        }
    }

    /// Drops a condition that no longer has a meaning for the record.
    pub fn remove(&mut self, kind: &str) {
        self.0.retain(|condition| condition.kind != kind);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Timestamp;

    fn condition(status: Truth, at: i64, reason: &str) -> Condition {
        Condition {
            kind: "Available".into(),
            status,
            reason: reason.into(),
            message: String::new(),
            last_transition_time: Timestamp::from_timestamp(at, 0).unwrap(),
            observed_generation: 1,
        }
    }

    #[test]
    fn the_transition_time_moves_only_with_the_status() {
        let mut conditions = Conditions::default();
        conditions.set(condition(Truth::False, 10, "A"));
        conditions.set(condition(Truth::False, 20, "B"));
        assert_eq!(conditions.get("Available").unwrap().last_transition_time.timestamp(), 10);
        assert_eq!(conditions.get("Available").unwrap().reason, "B");
        conditions.set(condition(Truth::True, 30, "C"));
        assert_eq!(conditions.get("Available").unwrap().last_transition_time.timestamp(), 30);
        assert_eq!(conditions.0.len(), 1);
    }
}
