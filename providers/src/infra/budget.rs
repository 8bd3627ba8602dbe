//! The hourly request budget of a workspace, as Railway's headers report it, and who may still use it.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::http::HeaderMap;
use chrono::{DateTime, Utc};

use crate::infra::Priority;
use crate::vendor::{Pace, reset};

/// Below this share only claims and destroys are served.
const SHORT_SHARE: f64 = 0.10;

/// Below this share only destroys are served.
const ALMOST_GONE_SHARE: f64 = 0.02;

/// A window that ends so much later than the known one is the next one, on the vendor's clock; clocks and headers are not
/// exact to the second.
pub const NEXT_WINDOW: Duration = Duration::from_secs(60);

/// What is known of a budget.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BudgetState {
    /// Requests in a window.
    pub allowance: f64,
    /// Requests left.
    pub remaining: f64,
    /// When the window ends.
    pub resets_at: DateTime<Utc>,
}

/// One workspace's budget. All replicas see the same headers, and share what they saw through the ledger.
#[derive(Debug, Default)]
pub struct Budget {
    pace: Pace,
    state: Mutex<Option<BudgetState>>,
}

impl Budget {
    /// Nothing is known yet.
    pub fn new(pace: Pace) -> Self {
        Self { pace, state: Mutex::default() }
    }

    /// Reads the headers of an answer; an answer without them changes nothing.
    pub fn observe(&self, headers: &HeaderMap, now: DateTime<Utc>) {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let number = |name: &str| text(name).and_then(|value| value.trim().parse::<f64>().ok());
        let (Some(remaining), Some(wait)) =
            (number("x-ratelimit-remaining"), text("x-ratelimit-reset").and_then(|value| reset(value, now)))
        else {
            return;
        };
        // The documentation contradicts itself about the limit's window; what was left at most is as good.
        let allowance = number("x-ratelimit-limit").unwrap_or(remaining).max(remaining);
        // Told on the vendor's clock, kept on ours.
        let resets_at = now + chrono::Duration::from_std(self.pace.wait(wait)).unwrap_or_default();
        self.learn(BudgetState { allowance, remaining, resets_at }, now);
    }

    /// Takes what this or another replica saw: within one window less is newer.
    pub fn learn(&self, seen: BudgetState, now: DateTime<Utc>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let next = chrono::Duration::from_std(self.pace.wait(NEXT_WINDOW)).unwrap_or_default();
        let newer_window = |old: &BudgetState| old.resets_at <= now || seen.resets_at > old.resets_at + next;
        if state.as_ref().is_none_or(|old| newer_window(old) || seen.remaining < old.remaining) {
            *state = Some(seen);
        }
    }

    /// What is known now.
    pub fn state(&self) -> Option<BudgetState> {
        *self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The share that is left of this window; `None` when no window is known.
    pub fn left(&self, now: DateTime<Utc>) -> Option<f64> {
        self.state().filter(|state| state.resets_at > now).map(share)
    }

    /// Whether a call of this priority may go out; if not, how long to wait.
    pub fn admit(&self, priority: Priority, now: DateTime<Utc>) -> Result<(), Duration> {
        match self.state() {
            Some(state) if state.resets_at > now && !serves(state, priority) => {
                // As every wait in a class: on the vendor's clock.
                let wait = (state.resets_at - now).to_std().unwrap_or_default();
                Err(wait.mul_f64(self.pace.rate(1.0)))
            }
            _ => Ok(()),
        }
    }
}

fn share(state: BudgetState) -> f64 {
    if state.allowance > 0.0 { state.remaining / state.allowance } else { 1.0 }
}

fn serves(state: BudgetState, priority: Priority) -> bool {
    let share = share(state);
    match priority {
        Priority::Destroy => true,
        Priority::Claim => share >= ALMOST_GONE_SHARE,
        Priority::Refill => share >= SHORT_SHARE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).unwrap()
    }

    fn seen(remaining: f64) -> BudgetState {
        BudgetState { allowance: 1000.0, remaining, resets_at: now() + chrono::Duration::minutes(30) }
    }

    #[test]
    fn a_short_budget_serves_claims_and_destroys_and_the_last_of_it_destroys_only() {
        let budget = Budget::default();
        budget.learn(seen(99.0), now());
        assert_eq!(budget.admit(Priority::Refill, now()), Err(Duration::from_secs(1800)));
        assert_eq!(budget.admit(Priority::Claim, now()), Ok(()));
        budget.learn(seen(19.0), now());
        assert!(budget.admit(Priority::Claim, now()).is_err());
        assert_eq!(budget.admit(Priority::Destroy, now()), Ok(()));
        let later = now() + chrono::Duration::minutes(31);
        assert_eq!(budget.admit(Priority::Refill, later), Ok(()), "a new window has begun");
    }

    #[test]
    fn an_older_report_of_another_replica_does_not_refill_the_budget() {
        let budget = Budget::default();
        budget.learn(seen(40.0), now());
        budget.learn(seen(900.0), now());
        assert_eq!(budget.state().unwrap().remaining, 40.0);
        let next = BudgetState { resets_at: now() + chrono::Duration::minutes(90), ..seen(1000.0) };
        budget.learn(next, now() + chrono::Duration::minutes(30));
        assert_eq!(budget.state().unwrap().remaining, 1000.0);
    }

    #[test]
    fn every_form_of_the_reset_time_is_read() {
        for text in ["1800001800", "1800001800000", "2027-01-15T08:30:00Z"] {
            let budget = Budget::default();
            let headers = HeaderMap::from_iter([
                ("x-ratelimit-remaining".parse::<axum::http::HeaderName>().unwrap(), "5".parse().unwrap()),
                ("x-ratelimit-limit".parse().unwrap(), "1000".parse().unwrap()),
                ("x-ratelimit-reset".parse().unwrap(), text.parse().unwrap()),
            ]);
            budget.observe(&headers, now());
            let state = budget.state().unwrap_or_else(|| panic!("{text} is not read"));
            assert!(state.resets_at > now(), "{text}");
        }
    }
}
