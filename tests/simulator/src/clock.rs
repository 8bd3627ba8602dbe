//! Simulated time.
//!
//! Durations of the outside world (the 30 s lane, a deploy's walk, lags, hourly windows) are measured on a
//! timeline of its own that runs `scale` times faster than the machine's. Dates that leave the simulator
//! (`createdAt`, `X-RateLimit-Reset`) are the machine's: a client compares them with its own clock, and scales
//! the difference by itself.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, SubsecRound, Utc};
use tokio::sync::Notify;
use tokio::time::Instant;

/// A point on the simulated timeline, in milliseconds since the simulator started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Moment(u64);

impl Moment {
    /// The start of the timeline: long past for everything that is compared with it.
    pub const START: Self = Self(0);

    /// This moment and `milliseconds` of simulated time more.
    pub fn plus_millis(self, milliseconds: u64) -> Self {
        Self(self.0.saturating_add(milliseconds))
    }

    /// This moment and `seconds` of simulated time more.
    pub fn plus_seconds(self, seconds: f64) -> Self {
        self.plus_millis((seconds.max(0.0) * 1000.0) as u64)
    }

    /// Simulated milliseconds from `earlier` to this moment; zero when `earlier` is later.
    pub fn millis_since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Milliseconds since the start of the timeline.
    pub fn millis(self) -> u64 {
        self.0
    }
}

struct Anchor {
    real: Instant,
    simulated_millis: f64,
    scale: f64,
}

/// The simulated clock, shared by all vendors.
pub struct Clock {
    anchor: Mutex<Anchor>,
    changed: Notify,
}

impl Clock {
    /// A clock at the start of its timeline that runs `scale` times faster than the machine's.
    pub fn new(scale: f64) -> Self {
        let anchor = Anchor { real: Instant::now(), simulated_millis: 0.0, scale };
        Self { anchor: Mutex::new(anchor), changed: Notify::new() }
    }

    fn anchor(&self) -> MutexGuard<'_, Anchor> {
        self.anchor.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where the simulated timeline is now.
    pub fn now(&self) -> Moment {
        let anchor = self.anchor();
        let real_millis = anchor.real.elapsed().as_secs_f64() * 1000.0;
        Moment((anchor.simulated_millis + real_millis * anchor.scale) as u64)
    }

    /// How many simulated seconds pass in one second.
    pub fn scale(&self) -> f64 {
        self.anchor().scale
    }

    /// Changes the speed from now on; what has passed stays as it was.
    pub fn set_scale(&self, scale: f64) {
        let simulated_millis = self.now().0 as f64;
        *self.anchor() = Anchor { real: Instant::now(), simulated_millis, scale };
        self.changed.notify_waiters();
    }

    /// Waits until the timeline reaches `moment`, also when the speed changes meanwhile.
    pub async fn sleep_until(&self, moment: Moment) {
        loop {
            let changed = self.changed.notified();
            let left_millis = moment.millis_since(self.now());
            if left_millis == 0 {
                return;
            }
            let real = Duration::from_secs_f64(left_millis as f64 / 1000.0 / self.scale());
            tokio::select! {
                () = tokio::time::sleep(real.max(Duration::from_millis(1))) => {}
                () = changed => {}
            }
        }
    }

    /// Waits `milliseconds` of simulated time.
    pub async fn sleep_millis(&self, milliseconds: u64) {
        self.sleep_until(self.now().plus_millis(milliseconds)).await;
    }

    /// The machine's date and time, for everything that leaves the simulator.
    pub fn date(&self) -> DateTime<Utc> {
        process::clock::now().trunc_subsecs(3)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_change_of_speed_keeps_what_has_passed() {
        let clock = Clock::new(10.0);
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(clock.now().millis(), 10_000);
        clock.set_scale(1.0);
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(clock.now().millis(), 11_000);
    }

    #[tokio::test(start_paused = true)]
    async fn a_sleeper_notices_that_time_runs_faster_now() {
        let clock = std::sync::Arc::new(Clock::new(1.0));
        let sleeper = tokio::spawn({
            let clock = clock.clone();
            async move { clock.sleep_millis(60_000).await }
        });
        tokio::task::yield_now().await;
        clock.set_scale(60.0);
        let before = Instant::now();
        sleeper.await.unwrap();
        assert!(before.elapsed() <= Duration::from_millis(1_100), "{:?}", before.elapsed());
    }
}
