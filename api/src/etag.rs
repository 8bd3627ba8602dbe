//! `ETag` and `If-Match`: a change can name the state that it was made for.

use axum::http::header::{ETAG, IF_MATCH};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use process::problem::Problem;

/// What `If-Match` asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Match {
    /// Nothing was asked.
    Anything,
    /// The record must be there.
    Something,
    /// The record must be in this version.
    Version(i64),
}

/// The header that names a version.
pub fn header(version: i64) -> [(HeaderName, HeaderValue); 1] {
    let value =
        HeaderValue::from_str(&format!("\"{version}\"")).expect("digits and quotes fit into a header");
    [(ETAG, value)]
}

/// Reads `If-Match`.
///
/// # Errors
/// 412 when it names nothing that one of our records could have.
pub fn if_match(headers: &HeaderMap) -> Result<Match, Problem> {
    let Some(value) = headers.get(IF_MATCH) else { return Ok(Match::Anything) };
    let text = value.to_str().unwrap_or_default().trim();
    if text == "*" {
        return Ok(Match::Something);
    }
    let version =
        text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).and_then(|text| text.parse().ok());
    version.map(Match::Version).ok_or_else(changed)
}

/// 412.
pub fn changed() -> Problem {
    Problem::precondition_failed("the record is not in the state that If-Match names; read it again")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_version_of_ours_can_match() {
        let read = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(IF_MATCH, text.parse().unwrap());
            if_match(&headers)
        };
        for wrong in ["", "3", "\"\"", "\"abc\"", "W/\"3\"", "\"1\", \"2\""] {
            assert_eq!(read(wrong).unwrap_err().code(), "precondition_failed", "{wrong}");
        }
        assert_eq!(read("*"), Ok(Match::Something));
        assert_eq!(read("\"3\""), Ok(Match::Version(3)));
        assert_eq!(if_match(&HeaderMap::new()), Ok(Match::Anything));
        assert_eq!(header(3)[0].1, "\"3\"");
    }
}
