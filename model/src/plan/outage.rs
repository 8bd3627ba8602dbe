//! When most of the fleet cannot be reached at once: is it the agents, or the way to them?
//!
//! All agents stand behind one edge, and we look at them over one network. When that way breaks, every agent looks dead
//! although the place where it runs says that it runs. To replace the idle ones and redeploy those that serve somebody
//! would then turn an outage of minutes into the loss of everything. Kubernetes meets the same question with a threshold
//! per zone and a second, slower rate of evictions; we go one step further and let experience decide the rate.
//!
//! Guarantees:
//! - below [`HIDDEN_MIN`] hidden members nothing is different from a single failure;
//! - in an outage a recovery is a redeploy, never a replacement, so nothing is lost by a wrong guess;
//! - one probe at a time while probes fail, the pauses between them growing; each recovery that made its member healthy
//!   widens the window by one, so what works is done at exponential speed (1, 2, 4 … in flight, as TCP starts slowly);
//! - the outage ends only when most are well for [`SETTLE`], so that everybody has been looked at again by then.

use std::time::Duration;

use super::age;
use crate::Timestamp;
use crate::delay::Curve;

/// Fewer hidden members than this are single failures, whatever their share.
pub const HIDDEN_MIN: u32 = 10;
/// From this share of the running members on, in percent, it is an outage (Kubernetes' `unhealthy-zone-threshold`).
pub const HIDDEN_PERCENT: u64 = 55;
/// Most are well for so long: the outage is over. Stuck members are looked at each second, so all were by then.
pub const SETTLE: Duration = Duration::from_secs(60);
/// A redeployed agent is up within this time, or its probe failed.
pub const PROBE_WITHIN: Duration = Duration::from_secs(180);
/// Pauses after probes that failed in a row.
pub const PAUSES: Curve = Curve { first: Duration::from_secs(60), most: Duration::from_secs(600) };

/// How much of the fleet answers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reach {
    /// Members that were well once and whose deployment runs, as far as anybody knows.
    pub running: u32,
    /// Those of them that do not answer.
    pub hidden: u32,
}

impl Reach {
    /// Too many at once to be failures of their own.
    pub fn is_outage(&self) -> bool {
        self.hidden >= HIDDEN_MIN && u64::from(self.hidden) * 100 >= u64::from(self.running) * HIDDEN_PERCENT
    }
}

/// An outage, as it is remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outage {
    /// When it was seen first.
    pub since: Timestamp,
    /// Since when most are well again.
    pub calm_since: Option<Timestamp>,
}

/// What is known of an outage from one look at the fleet to the next. `settle` is [`SETTLE`] on our clock.
pub fn outage(before: Option<Outage>, reach: Reach, settle: Duration, now: Timestamp) -> Option<Outage> {
    match (before, reach.is_outage()) {
        (None, false) => None,
        (None, true) => Some(Outage { since: now, calm_since: None }),
        (Some(outage), true) => Some(Outage { calm_since: None, ..outage }),
        (Some(outage), false) => {
            let calm_since = outage.calm_since.unwrap_or(now);
            (age(calm_since, now) < settle).then_some(Outage { calm_since: Some(calm_since), ..outage })
        }
    }
}

/// How the recoveries of an outage went.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Probes {
    /// Under way.
    pub in_flight: u32,
    /// Made their member healthy, since the last one that failed.
    pub succeeded: u32,
    /// Failed, since the last one that succeeded.
    pub failed: u32,
    /// When the last one that failed began.
    pub failed_at: Option<Timestamp>,
}

/// Waits of probes on our clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// See [`SETTLE`].
    pub settle: Duration,
    /// See [`PROBE_WITHIN`].
    pub probe_within: Duration,
    /// See [`PAUSES`].
    pub pauses: Curve,
}

impl Patience {
    /// The waits where time passes `time_scale` times faster.
    pub fn scaled(time_scale: f64) -> Self {
        Self {
            settle: SETTLE.div_f64(time_scale),
            probe_within: PROBE_WITHIN.div_f64(time_scale),
            pauses: Curve { first: PAUSES.first.div_f64(time_scale), most: PAUSES.most.div_f64(time_scale) },
        }
    }
}

impl Probes {
    /// How many recoveries may be in flight.
    pub fn window(&self) -> u32 {
        self.succeeded.saturating_add(1)
    }

    /// How many more may begin now.
    pub fn free(&self, patience: &Patience, now: Timestamp) -> u32 {
        let pause = patience.probe_within.saturating_add(patience.pauses.base(self.failed));
        if self.failed > 0 && self.failed_at.is_some_and(|at| age(at, now) < pause) {
            return 0;
        }
        self.window().saturating_sub(self.in_flight)
    }
}

/// An outage for whoever has to decide in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// How much of the fleet answers.
    pub reach: Reach,
    /// How many recoveries may be in flight.
    pub window: u32,
    /// How many are.
    pub in_flight: u32,
    /// How many more may begin now.
    pub free: u32,
}

impl Held {
    /// What follows from how the fleet answers and how recoveries went.
    pub fn new(reach: Reach, probes: &Probes, patience: &Patience, now: Timestamp) -> Self {
        let free = probes.free(patience, now);
        Self { reach, window: probes.window(), in_flight: probes.in_flight, free }
    }
}

impl std::fmt::Display for Held {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { reach: Reach { running, hidden }, window, in_flight, .. } = self;
        write!(
            f,
            "{hidden} of {running} agents do not answer although they run, which may be the way to them: \
             none is replaced, redeploys begin slowly ({in_flight} of {window} under way)"
        )
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use proptest::prelude::*;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_timestamp(1_800_000_000, 0).unwrap() + TimeDelta::seconds(seconds)
    }

    fn reach(hidden: u32, running: u32) -> Reach {
        Reach { running, hidden }
    }

    #[test]
    fn ten_and_more_than_half_are_an_outage_and_less_is_none() {
        let rows = [
            (0, 0, false),
            (9, 9, false),
            (10, 10, true),
            (10, 18, true),
            (10, 19, false),
            (12, 12, true),
            (54, 100, false),
            (55, 100, true),
            (5_499, 10_000, false),
            (5_500, 10_000, true),
        ];
        for (hidden, running, expected) in rows {
            assert_eq!(reach(hidden, running).is_outage(), expected, "{hidden} of {running}");
        }
    }

    #[test]
    fn an_outage_ends_when_most_were_well_for_a_while() {
        let settle = SETTLE;
        let began = outage(None, reach(12, 12), settle, at(0)).unwrap();
        assert_eq!(began, Outage { since: at(0), calm_since: None });
        let calm = outage(Some(began), reach(5, 12), settle, at(100)).unwrap();
        assert_eq!(calm, Outage { since: at(0), calm_since: Some(at(100)) });
        assert_eq!(outage(Some(calm), reach(0, 12), settle, at(159)), Some(calm));
        let again = outage(Some(calm), reach(11, 12), settle, at(159)).unwrap();
        assert_eq!(again, began, "it came back: the calm counts anew");
        assert_eq!(outage(Some(calm), reach(0, 12), settle, at(160)), None);
        assert_eq!(outage(None, reach(5, 12), settle, at(161)), None);
    }

    #[test]
    fn the_window_grows_with_each_success_and_a_failure_closes_it_for_a_pause() {
        let patience = Patience::scaled(1.0);
        let free = |probes: Probes, now| probes.free(&patience, at(now));
        let probes = Probes::default();
        assert_eq!(free(probes, 0), 1, "the first probe");
        assert_eq!(free(Probes { in_flight: 1, ..probes }, 0), 0);
        assert_eq!(free(Probes { succeeded: 1, ..probes }, 0), 2);
        assert_eq!(free(Probes { succeeded: 3, in_flight: 1, ..probes }, 0), 3);
        let failed = Probes { failed: 1, failed_at: Some(at(0)), ..probes };
        assert_eq!(
            (free(failed, 239), free(failed, 240)),
            (0, 1),
            "a minute after it was found to have failed"
        );
        let often = Probes { failed: 20, failed_at: Some(at(0)), ..probes };
        assert_eq!((free(often, 779), free(often, 780)), (0, 1), "at most ten minutes");
    }

    #[test]
    fn rounds_of_successes_double_what_is_in_flight() {
        let patience = Patience::scaled(1.0);
        let (mut succeeded, mut rounds) = (0, Vec::new());
        for _ in 0..6 {
            let probes = Probes { succeeded, ..Probes::default() };
            let begun = probes.free(&patience, at(0));
            rounds.push(begun);
            succeeded += begun;
        }
        assert_eq!(rounds, [1, 2, 4, 8, 16, 32]);
    }

    proptest! {
        #[test]
        fn without_ten_hidden_members_no_outage_begins(hidden in 0..HIDDEN_MIN, running in 0_u32..1_000_000) {
            prop_assert_eq!(outage(None, reach(hidden, running), SETTLE, at(0)), None);
        }

        #[test]
        fn what_is_in_flight_never_exceeds_the_window(
            in_flight in 0_u32..1_000, succeeded in 0_u32..1_000, failed in 0_u32..100, ago in 0_i64..10_000,
        ) {
            let probes = Probes { in_flight, succeeded, failed, failed_at: Some(at(-ago)) };
            let free = probes.free(&Patience::scaled(1.0), at(0));
            prop_assert!(free == 0 || in_flight + free <= probes.window());
        }

        #[test]
        fn an_outage_that_is_seen_ends_in_no_single_look(hidden in 0_u32..100, running in 0_u32..100) {
            let before = Outage { since: at(0), calm_since: None };
            prop_assert!(outage(Some(before), reach(hidden, running), SETTLE, at(1_000)).is_some());
        }
    }
}
