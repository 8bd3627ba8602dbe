//! Which paths may be passed on to the agent.
//!
//! The agent's own server may normalise a path before it routes (`new URL(..)` does), so a path that means something
//! else after decoding would walk around the front's rules. Such paths are refused, not cleaned.

/// What the front does with a path that is none of its own routes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passage {
    /// Passed on to the agent.
    Open,
    /// Passed on when the caller holds the gateway token.
    WithToken,
    /// Nothing there, as far as the outside is concerned.
    Closed,
    /// Not a path that anybody sends in good faith.
    Hostile,
}

/// Routes of the agent that only the front may call: it keeps the binding and the variables.
const INNER: [&str; 4] = ["conversation", "join", "configure", "env"];

/// Judges a path as it was sent, without its query.
pub fn judge(path: &str) -> Passage {
    let Some(rest) = path.strip_prefix('/') else { return Passage::Hostile };
    let segments: Vec<&str> = rest.split('/').collect();
    let mut decoded = Vec::with_capacity(segments.len());
    for (position, segment) in segments.iter().enumerate() {
        let last = position + 1 == segments.len();
        match decode(segment) {
            Some(text) if is_plain(&text) && (last || !text.is_empty()) => decoded.push(text),
            _ => return Passage::Hostile,
        }
    }
    // Some servers match routes without regard to case, so the rules here do too.
    let word = |position: usize| decoded.get(position).map(|text| text.to_ascii_lowercase());
    match (word(0).as_deref(), word(1).as_deref()) {
        (Some("pool"), _) => Passage::Closed,
        (Some("convos"), Some(inner))
            if INNER.contains(&inner) && word(2).is_none_or(|rest| rest.is_empty()) =>
        {
            Passage::Closed
        }
        (Some("convos"), _) => Passage::WithToken,
        _ => Passage::Open,
    }
}

fn is_plain(segment: &str) -> bool {
    !matches!(segment, "." | "..")
        && !segment.chars().any(|c| c.is_control() || matches!(c, '/' | '\\' | '%'))
}

/// Percent-decoding, once. None for a broken escape or something that is not UTF-8.
fn decode(segment: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(segment.len());
    let mut rest = segment.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digits = [rest.next()?, rest.next()?];
        bytes.push(hex::decode(digits).ok()?[0]);
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_means_something_else_after_decoding_is_hostile() {
        for path in [
            "/x/../convos/reset",
            "/x/%2e%2e/convos/reset",
            "/x/.%2E/pool/env",
            "/./pool/env",
            "//pool/env",
            "/x//convos/reset",
            "/pool%2Fenv",
            "/x%5C..%5Cconvos",
            "/x\\..\\convos",
            "/%252e%252e/convos/reset",
            "/a%00b",
            "/a%0d%0aSet-Cookie:x",
            "/a%",
            "/a%zz",
            "/%ff",
            "*",
            "",
        ] {
            assert_eq!(judge(path), Passage::Hostile, "{path}");
        }
    }

    #[test]
    fn what_only_the_front_may_call_is_closed() {
        for path in
            ["/pool/x", "/pool", "/POOL/env", "/p%6fol/env", "/convos/env", "/Convos/Join", "/convos/join/"]
        {
            assert_eq!(judge(path), Passage::Closed, "{path}");
        }
    }

    #[test]
    fn the_agents_management_needs_the_token_and_its_pages_do_not() {
        for path in ["/convos/lock", "/CONVOS/rename", "/convos", "/convos/conversation/send"] {
            assert_eq!(judge(path), Passage::WithToken, "{path}");
        }
        for path in ["/", "/c/abc", "/c/abc/messages", "/web-tools/", "/a%20b", "/caf%C3%A9"] {
            assert_eq!(judge(path), Passage::Open, "{path}");
        }
    }
}
