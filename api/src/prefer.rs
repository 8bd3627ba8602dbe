//! `Prefer: wait=N` (RFC 7240): how long a claim's request waits for the agent.

use std::time::Duration;

use axum::http::HeaderMap;
use process::problem::Problem;

/// How long a request waits when it says nothing.
pub const WAIT_DEFAULT: Duration = Duration::from_secs(60);
/// The longest wait; beyond it proxies cut connections.
pub const WAIT_SECONDS_MAX: u64 = 120;

/// Reads the wait, if one is asked for; other preferences are left alone, as the RFC asks.
///
/// # Errors
/// 400 when the wait is no whole number of seconds within the limit.
pub fn wait(headers: &HeaderMap) -> Result<Option<Duration>, Problem> {
    let wrong =
        || Problem::invalid_field("Prefer", format!("wait must be from 0 to {WAIT_SECONDS_MAX} seconds"));
    for value in headers.get_all("prefer") {
        let value = value.to_str().map_err(|_| wrong())?;
        for preference in value.split(',') {
            let preference = preference.split(';').next().unwrap_or_default();
            let (name, text) = preference.split_once('=').unwrap_or((preference, ""));
            if name.trim().eq_ignore_ascii_case("wait") {
                let seconds: u64 = text.trim().trim_matches('"').parse().map_err(|_| wrong())?;
                return if seconds <= WAIT_SECONDS_MAX {
                    Ok(Some(Duration::from_secs(seconds)))
                } else {
                    Err(wrong())
                };
            }
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(values: &[&str]) -> Result<u64, Problem> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append("prefer", value.parse().unwrap());
        }
        wait(&headers).map(|wait| wait.unwrap_or(WAIT_DEFAULT).as_secs())
    }

    #[test]
    fn a_wait_out_of_range_is_400() {
        for value in
            ["wait=121", "wait=-1", "wait=", "wait", "wait=abc", "wait=1.5", "wait=99999999999999999999"]
        {
            assert_eq!(read(&[value]).unwrap_err().code(), "invalid_request", "{value}");
        }
    }

    #[test]
    fn a_wait_is_found_among_other_preferences() {
        let cases: [(&[&str], u64); 7] = [
            (&[], 60),
            (&["respond-async"], 60),
            (&["wait=0"], 0),
            (&["Wait=120"], 120),
            (&["respond-async, wait=10"], 10),
            (&["respond-async", "wait = \"7\""], 7),
            (&["wait=5; foo=bar"], 5),
        ];
        for (values, seconds) in cases {
            assert_eq!(read(values).unwrap(), seconds, "{values:?}");
        }
    }
}
