//! Request budgets and creation lanes, per workspace, on the simulated timeline.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};

use crate::clock::Moment;
use crate::options::Plan;

const HOUR_MILLIS: u64 = 3_600_000;
/// One project in 30 s a workspace.
pub(crate) const PROJECT_LANE_MILLIS: u64 = 30_000;
/// One environment in 30 s a user.
pub(crate) const ENVIRONMENT_LANE_MILLIS: u64 = 30_000;
/// Volumes: a few seconds apart.
pub(crate) const VOLUME_LANE_MILLIS: u64 = 5_000;

/// What may be created only so often.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Lane {
    /// Projects of a workspace.
    Project,
    /// Environments of a user.
    Environment,
    /// Volumes of a user.
    Volume,
}

impl Lane {
    fn gap_millis(self) -> u64 {
        match self {
            Self::Project => PROJECT_LANE_MILLIS,
            Self::Environment => ENVIRONMENT_LANE_MILLIS,
            Self::Volume => VOLUME_LANE_MILLIS,
        }
    }
}

/// Requests a plan allows.
fn allowance(plan: Plan) -> (u64, f64) {
    match plan {
        Plan::Hobby => (1_000, 10.0),
        Plan::Pro => (10_000, 50.0),
    }
}

#[derive(Debug)]
struct Budget {
    hour_start: Moment,
    used: u64,
    /// Requests that may come at once, refilled at the plan's rate.
    burst: f64,
    refilled: Moment,
}

/// What a request learns about its budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing {
    /// Requests an hour.
    pub limit: u64,
    /// Left of them.
    pub remaining: u64,
    /// Simulated milliseconds until the hour starts anew.
    pub reset_millis: u64,
    /// How long to wait, when this request was too many.
    pub wait_millis: Option<u64>,
}

impl Standing {
    /// The end of the hour as a date: `now` and the simulated time left, which a client scales by itself.
    pub fn resets_at(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        now + TimeDelta::milliseconds(i64::try_from(self.reset_millis).unwrap_or(i64::MAX))
    }
}

/// Budgets and lanes of all workspaces.
#[derive(Debug, Default)]
pub(crate) struct Limits {
    budgets: HashMap<String, Budget>,
    lanes: HashMap<(Lane, String), Moment>,
}

impl Limits {
    /// Counts one request of `workspace`.
    pub fn spend(&mut self, workspace: &str, plan: Plan, now: Moment) -> Standing {
        let (per_hour, per_second) = allowance(plan);
        let fresh = || Budget { hour_start: now, used: 0, burst: per_second, refilled: now };
        let budget = self.budgets.entry(workspace.to_owned()).or_insert_with(fresh);
        if now.millis_since(budget.hour_start) >= HOUR_MILLIS {
            budget.hour_start = now;
            budget.used = 0;
        }
        let refill = now.millis_since(budget.refilled) as f64 / 1000.0 * per_second;
        budget.burst = (budget.burst + refill).min(per_second);
        budget.refilled = now;
        let reset_millis = HOUR_MILLIS - now.millis_since(budget.hour_start);
        let wait_millis = if budget.used >= per_hour {
            Some(reset_millis)
        } else if budget.burst < 1.0 {
            Some(1_000)
        } else {
            budget.used += 1;
            budget.burst -= 1.0;
            None
        };
        Standing { limit: per_hour, remaining: per_hour - budget.used, reset_millis, wait_millis }
    }

    /// Leaves every workspace that asked something so many requests of its hour.
    pub fn leave(&mut self, left: u64, plan: Plan) {
        let (per_hour, _) = allowance(plan);
        for budget in self.budgets.values_mut() {
            budget.used = per_hour.saturating_sub(left);
        }
    }

    /// How things stand, without counting.
    pub fn standing(&self, workspace: &str, plan: Plan, now: Moment) -> Standing {
        let (limit, _) = allowance(plan);
        let (used, reset_millis) = match self.budgets.get(workspace) {
            Some(budget) if now.millis_since(budget.hour_start) < HOUR_MILLIS => {
                (budget.used, HOUR_MILLIS - now.millis_since(budget.hour_start))
            }
            _ => (0, HOUR_MILLIS),
        };
        Standing { limit, remaining: limit - used, reset_millis, wait_millis: None }
    }

    /// Whether `lane` of `owner` is free.
    pub fn lane_free(&self, lane: Lane, owner: &str, now: Moment) -> bool {
        let last = self.lanes.get(&(lane, owner.to_owned()));
        last.is_none_or(|last| now.millis_since(*last) >= lane.gap_millis())
    }

    /// Something was created: `lane` is closed for its gap. A refused creation does not close it again.
    pub fn close_lane(&mut self, lane: Lane, owner: &str, now: Moment) {
        self.lanes.insert((lane, owner.to_owned()), now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_request_after_the_last_of_the_hour_waits_for_the_next_hour() {
        let mut limits = Limits::default();
        let mut now = Moment::START;
        for _ in 0..1_000 {
            assert_eq!(limits.spend("w", Plan::Hobby, now).wait_millis, None);
            now = now.plus_millis(200);
        }
        let refused = limits.spend("w", Plan::Hobby, now);
        assert_eq!((refused.remaining, refused.wait_millis), (0, Some(HOUR_MILLIS - 200_000)));
        let next_hour = now.plus_millis(HOUR_MILLIS);
        assert_eq!(limits.spend("w", Plan::Hobby, next_hour).remaining, 999);
    }

    #[test]
    fn the_eleventh_request_of_a_second_is_too_many_on_hobby() {
        let mut limits = Limits::default();
        let waits: Vec<_> =
            (0..11).map(|_| limits.spend("w", Plan::Hobby, Moment::START).wait_millis).collect();
        assert!(waits[..10].iter().all(Option::is_none));
        assert_eq!(waits[10], Some(1_000));
        assert_eq!(limits.spend("other", Plan::Hobby, Moment::START).wait_millis, None);
    }

    #[test]
    fn a_lane_opens_again_after_its_gap() {
        let mut limits = Limits::default();
        assert!(limits.lane_free(Lane::Project, "w", Moment::START));
        limits.close_lane(Lane::Project, "w", Moment::START);
        assert!(!limits.lane_free(Lane::Project, "w", Moment::START.plus_millis(29_999)));
        assert!(limits.lane_free(Lane::Project, "other", Moment::START));
        assert!(limits.lane_free(Lane::Project, "w", Moment::START.plus_millis(30_000)));
    }
}
