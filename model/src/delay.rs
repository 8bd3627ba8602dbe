//! How long to wait before trying again.
//!
//! The exponential curve is that of the `backoff` crate, used as a calculator only: the number of attempts is a column
//! of the record, so a restart forgets nothing, and jitter is an argument, so a test repeats. The crate's own jitter
//! and its limit on the total time are off (the first goes beyond the cap, the second would stop a reconciler for ever).

use std::time::Duration;

use backoff::ExponentialBackoff;
use backoff::backoff::Backoff;

/// A curve of delays: `first`, doubled with each attempt, at most `most`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Curve {
    /// Delay after the first failed attempt.
    pub first: Duration,
    /// No delay is longer.
    pub most: Duration,
}

impl Curve {
    /// For records whose pass failed for a passing reason.
    pub const RECORD: Self = Self { first: Duration::from_millis(500), most: Duration::from_secs(60) };

    /// The delay after `attempts` failures in a row, before jitter. No failure: no delay.
    pub fn base(self, attempts: u32) -> Duration {
        if attempts == 0 {
            return Duration::ZERO;
        }
        let mut curve = ExponentialBackoff {
            current_interval: self.first,
            initial_interval: self.first,
            multiplier: 2.0,
            max_interval: self.most,
            randomization_factor: 0.0,
            max_elapsed_time: None,
            ..ExponentialBackoff::default()
        };
        // Thirty doublings of a nanosecond exceed a second; more would only burn time.
        let mut delay = self.first;
        for _ in 0..attempts.min(40) {
            delay = curve.next_backoff().unwrap_or(self.most);
        }
        delay.min(self.most)
    }

    /// The delay with jitter drawn from `[½·base, base]` by `unit` in `[0, 1)`, so that the cap stays a cap.
    pub fn after(self, attempts: u32, unit: f64) -> Duration {
        let base = self.base(attempts);
        base.mul_f64(0.5 + 0.5 * unit.clamp(0.0, 1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_curve_doubles_to_its_cap() {
        let curve = Curve { first: Duration::from_secs(1), most: Duration::from_secs(10) };
        let seconds: Vec<u64> = (0..6).map(|attempts| curve.base(attempts).as_secs()).collect();
        assert_eq!(seconds, [0, 1, 2, 4, 8, 10]);
    }

    proptest! {
        #[test]
        fn no_delay_exceeds_the_cap_or_shrinks_with_attempts(attempts in 0u32..10_000, unit in 0.0f64..1.0) {
            let delay = Curve::RECORD.after(attempts, unit);
            prop_assert!(delay <= Curve::RECORD.most);
            prop_assert!(Curve::RECORD.base(attempts) <= Curve::RECORD.base(attempts + 1));
            prop_assert_eq!(delay, Curve::RECORD.after(attempts, unit));
        }
    }
}
