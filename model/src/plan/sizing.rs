//! How many idle members a pool wants: a fixed number, a schedule, or as many as a service level needs.
//!
//! A service level is a stock that is ordered one by one: each claim takes a member and orders the next, which comes
//! after the lead time. What is on order at a random moment is Poisson with mean *rate × lead time*, whatever the lead
//! times look like (Palm), so a claim finds a member ready when fewer are on order than the stock holds.

use std::borrow::Cow;
use std::time::Duration;

use chrono_tz::Tz;
use croner::Cron;

use crate::Timestamp;
use crate::record::{PoolSpec, Sizing, Window};

/// What was measured of a pool lately.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Demand {
    /// Claims that arrive, each second.
    pub claims_per_second: f64,
    /// From the wish for a member to its first health, 99th percentile: lanes and vendors included. Nothing when no
    /// member was made yet.
    pub lead: Option<Duration>,
    /// What an idle member costs, in US dollars an hour; nothing when not known yet.
    pub cost_per_hour: Option<f64>,
}

/// How long a refill takes, until one was measured.
pub const LEAD_USUAL: Duration = Duration::from_secs(90);

/// How many idle members are wanted now, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sized {
    /// The number.
    pub target: u32,
    /// In words for people; nothing for a fixed number.
    pub why: Cow<'static, str>,
}

/// Finds the number of idle members wanted now.
pub fn sizing(spec: &PoolSpec, demand: &Demand, now: Timestamp) -> Sized {
    match &spec.sizing {
        None => Sized { target: spec.min_idle, why: "".into() },
        Some(Sizing::Schedule { time_zone, windows }) => scheduled(spec.min_idle, time_zone, windows, now),
        Some(Sizing::ServiceLevel { hit_rate, min, max, cost_per_hour_max }) => {
            let limits = Limits { min: *min, max: *max, cost_per_hour_max: *cost_per_hour_max };
            service_level(*hit_rate, &limits, demand)
        }
    }
}

/// Says what is wrong with a sizing, with the field's name; nothing when all of it can be read.
pub fn problem(sizing: &Sizing) -> Option<(String, String)> {
    let Sizing::Schedule { time_zone, windows } = sizing else { return None };
    if time_zone.parse::<Tz>().is_err() {
        return Some(("timeZone".into(), format!("{time_zone:?} is not the name of a time zone")));
    }
    windows.iter().enumerate().find_map(|(index, window)| {
        let wrong = window.start.parse::<Cron>().err()?;
        Some((format!("windows[{index}].start"), format!("is not a cron pattern: {wrong}")))
    })
}

fn scheduled(usual: u32, time_zone: &str, windows: &[Window], now: Timestamp) -> Sized {
    let Ok(zone) = time_zone.parse::<Tz>() else {
        return Sized { target: usual, why: format!("{usual}: time zone {time_zone:?} is unknown").into() };
    };
    let local = now.with_timezone(&zone);
    let begun = windows.iter().filter_map(|window| {
        let cron: Cron = window.start.parse().ok()?;
        let start = cron.find_previous_occurrence(&local, true).ok()?;
        let lasts = chrono::TimeDelta::seconds(i64::try_from(window.duration_seconds).ok()?);
        (local < start + lasts).then_some((start, window))
    });
    match begun.max_by_key(|(start, _)| *start) {
        Some((start, window)) => Sized {
            target: window.min_idle,
            why: format!("{}: window since {}", window.min_idle, start.format("%a %H:%M %Z")).into(),
        },
        None => Sized { target: usual, why: format!("{usual}: outside all windows").into() },
    }
}

struct Limits {
    min: u32,
    max: u32,
    cost_per_hour_max: Option<f64>,
}

fn service_level(hit_rate: f64, limits: &Limits, demand: &Demand) -> Sized {
    let lead = demand.lead.unwrap_or(LEAD_USUAL);
    let rate = if demand.claims_per_second.is_finite() { demand.claims_per_second.max(0.0) } else { 0.0 };
    let needed = stock(rate * lead.as_secs_f64(), hit_rate, limits.max);
    let mut target = needed.max(limits.min).min(limits.max.max(limits.min));
    let mut note = String::new();
    if needed > target {
        note = format!(", {needed} needed, max {target}");
    } else if needed < target {
        note = format!(", min {target}");
    }
    // The ceiling goes before everything: money that must not be spent is not spent.
    if let (Some(most), Some(each)) = (limits.cost_per_hour_max, demand.cost_per_hour)
        && each > 0.0
    {
        let affordable = (most / each).floor().clamp(0.0, f64::from(u32::MAX)) as u32;
        if affordable < target {
            note = format!(", {target} wanted, ${most:.2} an hour pay for {affordable}");
            target = affordable;
        }
    }
    let measured = if demand.lead.is_some() { "" } else { " (not measured yet)" };
    let why = format!(
        "{target}: {rate:.2} claims/s, lead p99 {} s{measured}, {:.1} % served at once{note}",
        lead.as_secs(),
        hit_rate * 100.0
    );
    Sized { target, why: why.into() }
}

/// The smallest stock with which at least `hit_rate` of the claims find a member, when `mean` are on order on average.
/// Beyond `most` nobody wants to know.
fn stock(mean: f64, hit_rate: f64, most: u32) -> u32 {
    if mean <= 0.0 {
        return 0;
    }
    // Probabilities by their logarithms: `exp(-mean)` itself is nothing beyond a mean of 745.
    let mut log_exactly = -mean;
    let mut below = 0.0;
    for held in 1..=most {
        below += log_exactly.exp();
        if below >= hit_rate {
            return held;
        }
        log_exactly += (mean / f64::from(held)).ln();
    }
    most.saturating_add(1)
}

#[cfg(test)]
#[path = "sizing_tests.rs"]
mod tests;
