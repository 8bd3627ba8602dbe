//! Faults on demand, the same for every vendor.
//!
//! A fault names a vendor and an operation (`*` matches every one), a kind, and when it strikes: with a
//! `probability`, a `count` of times, both, or neither (always). The first fault of the list that matches and
//! strikes is taken. `PUT /_sim/faults` replaces the list; names that nobody has are refused, since a fault
//! that never strikes would make a test pass for nothing.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

use crate::dice::Dice;
use crate::options::Profile;

/// How a request goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Refused before any effect, in the vendor's own words (`status`, default 503).
    Refuse,
    /// Carried out, then answered as a failure in the vendor's own words (`status`, default 500).
    AfterEffect,
    /// Carried out, then the connection is cut without an answer.
    LoseAnswer,
    /// No effect; held for `ms` (default 60,000), then the connection is cut.
    Hang,
    /// No effect; 429 with `Retry-After` (`ms`, default 10,000).
    #[serde(rename = "throttle_429")]
    Throttle429,
    /// No effect; the vendor's throttle text, at Railway with status 200.
    ThrottleText,
    /// No effect; an HTML page from the edge (`status`, default 503; 403 is the edge's block page).
    Html,
    /// Carried out after waiting `ms` (default 8,000).
    Slow,
    /// No effect; this `status` (default 500). A 2xx is a success without any effect.
    Status,
}

impl Kind {
    /// Every kind by its name outside.
    pub const NAMES: [&'static str; 9] = [
        "refuse",
        "after_effect",
        "lose_answer",
        "hang",
        "throttle_429",
        "throttle_text",
        "html",
        "slow",
        "status",
    ];

    /// The name outside.
    pub fn name(self) -> &'static str {
        Self::NAMES[self as usize]
    }
}

/// One rule of the fault table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Vendor's name, or `*`.
    pub vendor: String,
    /// Operation's name, or `*`.
    pub operation: String,
    /// What happens.
    pub kind: Kind,
    /// Strikes with this probability (0 to 1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probability: Option<f64>,
    /// Strikes this many times more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u32>,
    /// Simulated milliseconds, for the kinds that wait.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ms: Option<u64>,
    /// HTTP status, for the kinds that answer one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
}

impl Fault {
    fn background(kind: Kind, probability: f64) -> Self {
        Self {
            vendor: "*".into(),
            operation: "*".into(),
            kind,
            probability: Some(probability),
            count: None,
            ms: None,
            status: None,
        }
    }

    fn matches(&self, vendor: &str, operation: &str) -> bool {
        (self.vendor == "*" || self.vendor == vendor)
            && (self.operation == "*" || self.operation == operation)
    }

    /// Whether the rule strikes now; uses up one of its `count`.
    fn strikes(&mut self, dice: &Dice) -> bool {
        if self.count == Some(0) || !self.probability.is_none_or(|probability| dice.chance(probability)) {
            return false;
        }
        if let Some(count) = &mut self.count {
            *count -= 1;
        }
        true
    }
}

/// A vendor and the names of its operations, for checking rules.
pub type Catalogue = Vec<(&'static str, &'static [&'static str])>;

/// The rules in force.
pub struct Faults {
    catalogue: Catalogue,
    rules: Mutex<Vec<Fault>>,
    /// The bad weather of the profile: stays when the rules are deleted.
    weather: Mutex<Vec<Fault>>,
}

impl Faults {
    /// No rule, and the weather of `profile`.
    pub fn new(catalogue: Catalogue, profile: Profile) -> Self {
        let weather = match profile {
            Profile::Smoke => Vec::new(),
            // Rates as seen in production: about 3 of 250 requests got no answer; the rest is our choice.
            Profile::Soak => vec![
                Fault::background(Kind::LoseAnswer, 0.012),
                Fault::background(Kind::AfterEffect, 0.004),
                Fault::background(Kind::Refuse, 0.004),
                Fault::background(Kind::Html, 0.004),
                Fault::background(Kind::Slow, 0.01),
            ],
        };
        Self { catalogue, rules: Mutex::new(Vec::new()), weather: Mutex::new(weather) }
    }

    fn rules(&self) -> MutexGuard<'_, Vec<Fault>> {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Replaces the rules, or says what is wrong with the new ones.
    pub fn replace(&self, rules: Vec<Fault>) -> Result<(), String> {
        rules.iter().try_for_each(|rule| self.check(rule))?;
        *self.rules() = rules;
        Ok(())
    }

    fn check(&self, rule: &Fault) -> Result<(), String> {
        let vendors: Vec<_> =
            self.catalogue.iter().filter(|(name, _)| rule.vendor == "*" || rule.vendor == *name).collect();
        if vendors.is_empty() {
            let names: Vec<_> = self.catalogue.iter().map(|(name, _)| *name).collect();
            return Err(format!("unknown vendor {:?}, allowed: *, {}", rule.vendor, names.join(", ")));
        }
        let known = rule.operation == "*"
            || vendors.iter().any(|(_, operations)| operations.contains(&rule.operation.as_str()));
        if !known {
            let names: Vec<_> =
                vendors.iter().flat_map(|(_, operations)| operations.iter().copied()).collect();
            return Err(format!(
                "unknown operation {:?} of {}, allowed: *, {}",
                rule.operation,
                rule.vendor,
                names.join(", ")
            ));
        }
        if rule.probability.is_some_and(|probability| !(0.0..=1.0).contains(&probability)) {
            return Err("probability must be between 0 and 1".into());
        }
        if rule.status.is_some_and(|status| !(200..=599).contains(&status)) {
            return Err("status must be between 200 and 599".into());
        }
        Ok(())
    }

    /// The rules with what is left of their counts.
    pub fn list(&self) -> Vec<Fault> {
        self.rules().clone()
    }

    /// Ends all rules; the profile's weather stays.
    pub fn clear(&self) {
        self.rules().clear();
    }

    /// The fault that meets this request, if one does.
    pub fn take(&self, vendor: &str, operation: &str, dice: &Dice) -> Option<Fault> {
        let strike = |rules: &mut Vec<Fault>| {
            let mut matching = rules.iter_mut().filter(|rule| rule.matches(vendor, operation));
            matching.find_map(|rule| rule.strikes(dice).then(|| rule.clone()))
        };
        let mut weather = self.weather.lock().unwrap_or_else(PoisonError::into_inner);
        strike(&mut self.rules()).or_else(|| strike(&mut weather))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(profile: Profile) -> Faults {
        Faults::new(vec![("railway", &["projectCreate"]), ("openrouter", &["createKey"])], profile)
    }

    fn rule(text: &str) -> Fault {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn a_rule_that_could_never_strike_is_refused_with_what_is_allowed() {
        let faults = faults(Profile::Smoke);
        let put = |text| faults.replace(vec![rule(text)]).unwrap_err();
        let vendor = put(r#"{"vendor":"rail","operation":"*","kind":"slow"}"#);
        assert!(vendor.contains("railway, openrouter"), "{vendor}");
        let operation = put(r#"{"vendor":"railway","operation":"createKey","kind":"slow"}"#);
        assert!(operation.contains("projectCreate"), "{operation}");
        assert!(put(r#"{"vendor":"*","operation":"*","kind":"slow","probability":2}"#).contains("between"));
        assert!(put(r#"{"vendor":"*","operation":"*","kind":"status","status":99}"#).contains("between"));
        assert!(faults.list().is_empty());
        assert!(serde_json::from_str::<Fault>(r#"{"vendor":"*","operation":"*","kind":"explode"}"#).is_err());
        assert!(
            serde_json::from_str::<Fault>(r#"{"vendor":"*","operation":"*","kind":"slow","x":1}"#).is_err()
        );
    }

    #[test]
    fn a_count_is_used_up_and_the_next_rule_follows() {
        let faults = faults(Profile::Smoke);
        let dice = Dice::new(1, "faults");
        let first = rule(r#"{"vendor":"railway","operation":"*","kind":"throttle_429","count":1}"#);
        let second = rule(r#"{"vendor":"*","operation":"projectCreate","kind":"hang","count":1}"#);
        faults.replace(vec![first, second]).unwrap();
        let take = |vendor| faults.take(vendor, "projectCreate", &dice).map(|fault| fault.kind.name());
        assert_eq!(take("railway"), Some("throttle_429"));
        assert_eq!(take("railway"), Some("hang"));
        assert_eq!(take("railway"), None);
    }

    #[test]
    fn names_of_kinds_are_those_on_the_wire() {
        for name in Kind::NAMES {
            let kind: Kind = serde_json::from_value(name.into()).unwrap();
            assert_eq!(kind.name(), name);
        }
    }

    #[test]
    fn only_the_soak_profile_has_weather() {
        let struck = |profile| {
            let (faults, dice) = (faults(profile), Dice::new(1, "faults"));
            (0..2_000).filter(|_| faults.take("railway", "projectCreate", &dice).is_some()).count()
        };
        assert_eq!(struck(Profile::Smoke), 0);
        assert!((20..200).contains(&struck(Profile::Soak)));
    }
}
