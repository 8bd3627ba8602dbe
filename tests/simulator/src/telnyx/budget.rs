//! Requests a minute of an account. The vendor publishes no number, only headers.

use std::collections::HashMap;

use crate::clock::Moment;

/// Requests of one window.
const LIMIT: u64 = 1_200;
const WINDOW_MILLIS: u64 = 60_000;

/// Requests of all accounts in the window at hand.
#[derive(Debug, Default)]
pub(super) struct Budget {
    windows: HashMap<String, (Moment, u64)>,
}

/// What a request learns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Standing {
    pub limit: u64,
    pub remaining: u64,
    /// Seconds from now, as the vendor counts.
    pub reset_seconds: u64,
    pub exhausted: bool,
}

impl Budget {
    /// Counts one request.
    pub fn spend(&mut self, account: &str, now: Moment) -> Standing {
        let window = self.windows.entry(account.to_owned()).or_insert((now, 0));
        if now.millis_since(window.0) >= WINDOW_MILLIS {
            *window = (now, 0);
        }
        let exhausted = window.1 >= LIMIT;
        if !exhausted {
            window.1 += 1;
        }
        let reset_millis = WINDOW_MILLIS - now.millis_since(window.0);
        Standing {
            limit: LIMIT,
            remaining: LIMIT - window.1,
            reset_seconds: reset_millis.div_ceil(1_000),
            exhausted,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_request_after_the_last_waits_for_the_next_minute() {
        let mut budget = Budget::default();
        for _ in 0..LIMIT {
            assert!(!budget.spend("a", Moment::START).exhausted);
        }
        let refused = budget.spend("a", Moment::START.plus_millis(1_000));
        assert_eq!((refused.exhausted, refused.remaining, refused.reset_seconds), (true, 0, 59));
        assert!(!budget.spend("b", Moment::START).exhausted);
        assert_eq!(budget.spend("a", Moment::START.plus_millis(60_000)).remaining, LIMIT - 1);
    }
}
