//! How the builtin agent joins: it knows no messenger, so the outcome is played.
//!
//! By default it is let in at once. The other outcomes can be asked for, so that whoever builds on a join can see all
//! of them without a messenger: by the variable `BUILTIN_JOIN` (`accept`, `pending` or `refuse`; it may be given live, so
//! that a pending join is accepted later), or by the words of the link's slug, divided by `-`:
//!
//! | slug | outcome |
//! |---|---|
//! | `pending` | waits until `BUILTIN_JOIN` says otherwise |
//! | `pending-5s` | waits five seconds, then is let in |
//! | `pending-5s-refuse` | waits five seconds, then is refused |
//! | `refuse` | is refused at once |

use chrono::{DateTime, TimeDelta, Utc};
use url::Url;

/// Where a join stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// In.
    Accepted,
    /// Somebody has to let it in.
    Pending,
    /// Out, for good.
    Refused,
}

/// The outcome of a join by `url` that was asked for at `since`, as of `now`.
pub fn outcome(setting: Option<&str>, url: &str, since: DateTime<Utc>, now: DateTime<Utc>) -> Outcome {
    match setting {
        Some("accept") => return Outcome::Accepted,
        Some("pending") => return Outcome::Pending,
        Some("refuse") => return Outcome::Refused,
        _ => {}
    }
    let slug = slug(url);
    let mut words = slug.split('-');
    match words.next() {
        Some("refuse") => Outcome::Refused,
        Some("pending") => match words.next().and_then(seconds) {
            Some(wait) if now - since >= wait => match words.next() {
                Some("refuse") => Outcome::Refused,
                _ => Outcome::Accepted,
            },
            _ => Outcome::Pending,
        },
        _ => Outcome::Accepted,
    }
}

fn seconds(word: &str) -> Option<TimeDelta> {
    TimeDelta::try_seconds(word.strip_suffix('s')?.parse().ok()?)
}

/// The `i` of a link's query, or the last part of its path.
fn slug(url: &str) -> String {
    let Ok(url) = Url::parse(url) else { return String::new() };
    let query = url.query_pairs().find(|(name, _)| name == "i").map(|(_, value)| value.into_owned());
    query.unwrap_or_else(|| {
        let last = url.path_segments().and_then(|mut segments| segments.next_back());
        last.unwrap_or_default().to_string()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(setting: Option<&str>, slug: &str, waited: i64) -> Outcome {
        let since = DateTime::UNIX_EPOCH;
        let url = format!("https://dev.convos.org/v2?i={slug}");
        outcome(setting, &url, since, since + TimeDelta::seconds(waited))
    }

    #[test]
    fn the_slug_plays_the_outcome() {
        assert_eq!(after(None, "refuse", 0), Outcome::Refused);
        assert_eq!(after(None, "pending", 1_000_000), Outcome::Pending);
        assert_eq!(after(None, "pending-5s", 4), Outcome::Pending);
        assert_eq!(after(None, "pending-5s", 5), Outcome::Accepted);
        assert_eq!(after(None, "pending-5s-refuse", 5), Outcome::Refused);
        assert_eq!(after(None, "CkQKEGpvaW4", 0), Outcome::Accepted);
    }

    #[test]
    fn the_variable_overrules_the_slug() {
        assert_eq!(after(Some("accept"), "pending", 0), Outcome::Accepted);
        assert_eq!(after(Some("pending"), "x", 9), Outcome::Pending);
        assert_eq!(after(Some("refuse"), "x", 0), Outcome::Refused);
    }

    #[test]
    fn a_slug_in_the_path_counts_too() {
        let now = DateTime::UNIX_EPOCH;
        assert_eq!(outcome(None, "https://convos.org/invite/refuse", now, now), Outcome::Refused);
    }
}
