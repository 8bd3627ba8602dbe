//! The chat page: three files in this executable, nothing from elsewhere.

use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

const CHAT: &str = include_str!("page/chat.html");
const MISSING: &str = include_str!("page/missing.html");
const STYLE: &str = include_str!("page/chat.css");
const SCRIPT: &str = include_str!("page/chat.js");

/// Only our own script and style, no forms, no frames, no plugins, no outside.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const ROBOTS: HeaderName = HeaderName::from_static("x-robots-tag");

/// The conversation's page. The address is its secret, so it is neither stored nor told to anybody.
pub fn chat(agent_name: &str) -> Response {
    document(StatusCode::OK, CHAT.replace("{{name}}", &escaped(agent_name)))
}

/// The page for a link that leads nowhere (any more).
pub fn missing() -> Response {
    document(StatusCode::NOT_FOUND, MISSING.to_string())
}

/// The page's style.
pub async fn style() -> Response {
    asset("text/css; charset=utf-8", STYLE)
}

/// The page's script.
pub async fn script() -> Response {
    asset("text/javascript; charset=utf-8", SCRIPT)
}

fn document(status: StatusCode, html: String) -> Response {
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CONTENT_SECURITY_POLICY, POLICY),
        (REFERRER_POLICY, "no-referrer"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (CACHE_CONTROL, "no-store"),
        (ROBOTS, "noindex, nofollow"),
    ];
    (status, headers.map(|(name, value)| (name, HeaderValue::from_static(value))), html).into_response()
}

fn asset(media_type: &'static str, text: &'static str) -> Response {
    let headers =
        [(CONTENT_TYPE, media_type), (X_CONTENT_TYPE_OPTIONS, "nosniff"), (CACHE_CONTROL, "no-cache")];
    (headers, text).into_response()
}

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_break_out_of_its_place() {
        assert_eq!(
            escaped("<img src=x onerror='a&b'>\""),
            "&lt;img src=x onerror=&#39;a&amp;b&#39;&gt;&quot;"
        );
    }

    #[test]
    fn the_page_needs_nothing_from_elsewhere() {
        for file in [CHAT, MISSING, STYLE, SCRIPT] {
            assert!(!file.contains("http://") && !file.contains("https://") && !file.contains("//cdn"));
        }
        for file in [CHAT, MISSING] {
            assert!(!file.contains("style=") && !file.contains("<script>") && !file.contains("onclick"));
        }
    }
}
