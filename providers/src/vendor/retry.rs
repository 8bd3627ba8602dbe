//! How long to wait: what the vendor said, what the table says, or the formula.

use std::time::Duration;

use axum::http::HeaderMap;
use chrono::{DateTime, Utc};
use model::delay::Curve;

/// Tries of a call that may be repeated, the first included.
pub const TRIES_MAX: u32 = 4;

/// Delays between the tries of one call.
const CURVE: Curve = Curve { first: Duration::from_millis(500), most: Duration::from_secs(10) };

/// Wait after a refusal for speed when nobody says how long.
pub const WAIT_DEFAULT: Duration = Duration::from_secs(30);

/// No vendor makes us wait longer than this without being asked again.
const WAIT_MAX: Duration = Duration::from_secs(15 * 60);

/// How much faster than the wall clock the vendors' side runs; 1 outside of simulations.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pace(f64);

impl Default for Pace {
    fn default() -> Self {
        Self(1.0)
    }
}

impl Pace {
    /// `scale` is `TIME_SCALE`; what is not a positive number counts as 1.
    pub fn new(scale: f64) -> Self {
        if scale.is_finite() && scale > 0.0 { Self(scale) } else { Self::default() }
    }

    /// The wait on our clock that is `duration` on the vendors'.
    pub fn wait(self, duration: Duration) -> Duration {
        duration.div_f64(self.0)
    }

    /// A number of events a second on our clock that is `per_second` on the vendors'.
    pub fn rate(self, per_second: f64) -> f64 {
        per_second * self.0
    }
}

/// Full jitter: between nothing and 0.5 s × 2ⁿ, at most 10 s. `chance` is in 0..1.
pub fn delay(try_number: u32, chance: f64) -> Duration {
    CURVE.base(try_number.saturating_add(1)).mul_f64(chance.clamp(0.0, 1.0))
}

/// A wait that was told, plus up to a tenth, so that all who were told do not come back together.
pub fn with_jitter(wait: Duration, chance: f64) -> Duration {
    wait + wait.mul_f64(chance.clamp(0.0, 1.0) / 10.0)
}

/// The wait that the headers ask for: `Retry-After`, or else the reset of a window of which nothing is left. While requests
/// are left, a refusal is about something else ("creating volumes too quickly") and the window's end says nothing of it.
/// Never more than 15 minutes; what lies in the past or cannot be read is nothing.
pub fn wait_of(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let remaining = text("x-ratelimit-remaining").and_then(|value| value.parse::<f64>().ok());
    let window_ends = || text("x-ratelimit-reset").and_then(|value| reset(value, now));
    text("retry-after")
        .and_then(|value| after(value, now))
        .or_else(|| if remaining.is_some_and(|left| left > 0.0) { None } else { window_ends() })
        .map(|wait| wait.min(WAIT_MAX))
}

/// Seconds, or an HTTP date.
fn after(text: &str, now: DateTime<Utc>) -> Option<Duration> {
    if let Ok(seconds) = text.parse::<f64>() {
        return positive(seconds);
    }
    until(DateTime::parse_from_rfc2822(text).ok()?.to_utc(), now)
}

/// Vendors do not agree on the form of a reset time: seconds from now, Unix seconds, Unix milliseconds or ISO 8601. The
/// size of the number tells them apart.
pub fn reset(text: &str, now: DateTime<Utc>) -> Option<Duration> {
    const FROM_NOW_BELOW: f64 = 1e7;
    const MILLISECONDS_FROM: f64 = 1e11;
    match text.parse::<f64>() {
        Ok(number) if number < FROM_NOW_BELOW => positive(number),
        Ok(number) => {
            let seconds = if number >= MILLISECONDS_FROM { number / 1000.0 } else { number };
            until(DateTime::from_timestamp_millis((seconds * 1000.0) as i64)?, now)
        }
        Err(_) => until(DateTime::parse_from_rfc3339(text).ok()?.to_utc(), now),
    }
}

fn positive(seconds: f64) -> Option<Duration> {
    (seconds.is_finite() && seconds > 0.0)
        .then(|| Duration::from_secs_f64(seconds.min(WAIT_MAX.as_secs_f64())))
}

fn until(moment: DateTime<Utc>, now: DateTime<Utc>) -> Option<Duration> {
    (moment - now).to_std().ok().filter(|wait| !wait.is_zero())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        DateTime::parse_from_rfc3339("2026-11-06T08:49:37Z").unwrap().to_utc()
    }

    fn headers(name: &'static str, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name.parse::<axum::http::HeaderName>().unwrap(), value.parse().unwrap())])
    }

    #[test]
    fn a_window_with_requests_left_is_not_waited_for() {
        let reset_in_minutes = |remaining: &str| {
            let mut headers = headers("x-ratelimit-reset", "600");
            headers.insert("x-ratelimit-remaining", remaining.parse().unwrap());
            wait_of(&headers, now()).map(|wait| wait.as_secs())
        };
        assert_eq!(reset_in_minutes("9801"), None);
        assert_eq!(reset_in_minutes("0"), Some(600));
    }

    #[test]
    fn a_wait_is_read_in_every_form_and_capped() {
        let rows = [
            ("retry-after", "7", Some(7)),
            ("retry-after", "Fri, 06 Nov 2026 08:50:37 GMT", Some(60)),
            ("retry-after", "Fri, 06 Nov 2026 08:40:00 GMT", None),
            ("retry-after", "-3", None),
            ("retry-after", "0", None),
            ("retry-after", "86400", Some(900)),
            ("retry-after", "soon", None),
            ("x-ratelimit-reset", "12", Some(12)),
            ("x-ratelimit-reset", "1793954992", Some(15)),
            ("x-ratelimit-reset", "1793954992000", Some(15)),
            ("x-ratelimit-reset", "2026-11-06T08:49:52Z", Some(15)),
            ("x-ratelimit-reset", "1", Some(1)),
        ];
        for (name, value, expected) in rows {
            let wait = wait_of(&headers(name, value), now()).map(|wait| wait.as_secs());
            assert_eq!(wait, expected, "{name}: {value}");
        }
    }

    #[test]
    fn the_delay_grows_to_its_cap_and_never_beyond() {
        let ceilings: Vec<_> = (0..8).map(|number| delay(number, 1.0).as_millis()).collect();
        assert_eq!(ceilings, [500, 1000, 2000, 4000, 8000, 10_000, 10_000, 10_000]);
        assert_eq!(delay(3, 0.0), Duration::ZERO);
        assert_eq!(delay(u32::MAX, 1.0), CURVE.most);
    }

    #[test]
    fn a_scale_shortens_waits_and_nonsense_is_one() {
        assert_eq!(Pace::new(60.0).wait(Duration::from_secs(30)), Duration::from_millis(500));
        assert_eq!(Pace::new(f64::NAN), Pace::default());
        assert_eq!(Pace::new(-1.0), Pace::default());
    }
}
