//! When a dead agent is started again, and when the container gives up on it.

use std::time::Duration;

/// A life shorter than this counts as a quick crash.
pub const QUICK: Duration = Duration::from_secs(30);
/// Quick crashes in a row after which the container ends, so that the platform sees a failure and not a busy loop.
pub const QUICK_CRASHES_MAX: u32 = 5;
/// The longest pause between two lives.
pub const PAUSE_MAX: Duration = Duration::from_secs(30);

/// What follows a crash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Start again after the pause.
    StartAfter(Duration),
    /// End the container.
    GiveUp,
}

/// Counts quick crashes in a row. `first_pause` doubles with each of them.
#[derive(Debug, Clone)]
pub struct Policy {
    first_pause: Duration,
    quick_crashes: u32,
}

impl Policy {
    /// A policy whose first pause is `first_pause`.
    pub fn new(first_pause: Duration) -> Self {
        Self { first_pause, quick_crashes: 0 }
    }

    /// The agent ended by itself after `lived`. A life that never was ready counts as a quick crash, however long it took:
    /// a gateway that cannot start needs a minute to find that out.
    pub fn crashed(&mut self, lived: Duration, was_ready: bool) -> Next {
        self.quick_crashes = if lived < QUICK || !was_ready { self.quick_crashes + 1 } else { 1 };
        if self.quick_crashes >= QUICK_CRASHES_MAX {
            return Next::GiveUp;
        }
        let doubled = self.first_pause.saturating_mul(1 << (self.quick_crashes - 1));
        Next::StartAfter(doubled.min(PAUSE_MAX))
    }

    /// Somebody asked for a restart: what happened before does not count any more.
    pub fn forget(&mut self) {
        self.quick_crashes = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: Duration = Duration::from_millis(500);
    const SOON: Duration = Duration::from_secs(1);

    #[test]
    fn the_fifth_quick_crash_ends_it() {
        let mut policy = Policy::new(FIRST);
        let pauses: Vec<Next> = (0..5).map(|_| policy.crashed(SOON, true)).collect();
        let expected = [500, 1000, 2000, 4000].map(|ms| Next::StartAfter(Duration::from_millis(ms)));
        assert_eq!(pauses[..4], expected);
        assert_eq!(pauses[4], Next::GiveUp);
    }

    #[test]
    fn a_long_life_starts_the_count_anew() {
        let mut policy = Policy::new(FIRST);
        for _ in 0..4 {
            policy.crashed(SOON, true);
        }
        assert_eq!(policy.crashed(QUICK, true), Next::StartAfter(FIRST));
        for _ in 0..100 {
            assert_ne!(policy.crashed(QUICK, true), Next::GiveUp);
        }
    }

    #[test]
    fn long_lives_that_never_were_ready_end_it_too() {
        let mut policy = Policy::new(FIRST);
        let nexts: Vec<Next> = (0..5).map(|_| policy.crashed(QUICK * 4, false)).collect();
        assert_eq!(nexts.last(), Some(&Next::GiveUp));
    }

    #[test]
    fn the_pause_has_a_limit() {
        let mut policy = Policy::new(Duration::from_secs(20));
        policy.crashed(SOON, true);
        assert_eq!(policy.crashed(SOON, true), Next::StartAfter(PAUSE_MAX));
    }
}
