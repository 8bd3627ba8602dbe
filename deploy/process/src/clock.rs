//! The one place that reads the wall clock. Everything that decides takes `now` as an argument.

use chrono::{DateTime, SubsecRound, Utc};

/// PostgreSQL keeps microseconds; a finer time would not survive being stored and read again.
const SUBSECOND_DIGITS: u16 = 6;

/// The time now, cut to what the database can hold.
#[expect(clippy::disallowed_methods, reason = "this is the clock that the lint points to")]
pub fn now() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(SUBSECOND_DIGITS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_has_no_more_digits_than_the_database_keeps() {
        assert_eq!(now().timestamp_subsec_nanos() % 1_000, 0);
    }
}
