//! The address of a conversation that an agent shall join: which ones are taken, and when two are the same.

use axum::http::StatusCode;
use process::problem::Problem;
use url::{Host, Url};

/// Hosts that conversations live on, unless `JOIN_URL_HOSTS` says otherwise.
pub const HOSTS_DEFAULT: &str = "popup.convos.org,dev.convos.org,convos.org";

/// The form in which two addresses of one conversation are equal: without the fragment, the host in
/// lower case.
///
/// # Errors
/// 422 `join_url_invalid` when it is no https address on one of the hosts (plain http is taken only on
/// loopback, where simulated conversations live).
pub fn key(text: &str, hosts: &[String]) -> Result<String, Problem> {
    let refuse =
        |detail: &'static str| Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "join_url_invalid", detail);
    let mut url = Url::parse(text).map_err(|_| refuse("joinUrl is not an address"))?;
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
    if !hosts.iter().any(|known| known.eq_ignore_ascii_case(&host)) {
        return Err(refuse("joinUrl is not on a host that conversations live on"));
    }
    if url.scheme() != "https" && !(url.scheme() == "http" && is_loopback(&url)) {
        return Err(refuse("joinUrl must begin with https://"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refuse("joinUrl must not carry a user name or password"));
    }
    url.set_fragment(None);
    Ok(url.into())
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts() -> Vec<String> {
        HOSTS_DEFAULT.split(',').chain(["127.0.0.1", "::1"]).map(str::to_owned).collect()
    }

    #[test]
    fn addresses_elsewhere_are_refused() {
        for text in [
            "",
            "::",
            "nonsense",
            "https://evil.example/c/1",
            "https://convos.org.evil.example/c/1",
            "https://convos.org@evil.example/c/1",
            "https://user@convos.org/c/1",
            "http://convos.org/c/1",
            "javascript:alert(1)",
            "file:///etc/passwd",
            "https:///c/1",
            "http://127.0.0.2/c/1",
        ] {
            assert_eq!(key(text, &hosts()).unwrap_err().code(), "join_url_invalid", "{text}");
        }
    }

    #[test]
    fn the_same_conversation_has_one_key() {
        let first = key("https://convos.org/c/AbC?x=1", &hosts()).unwrap();
        for same in ["https://CONVOS.org/c/AbC?x=1#top", "HTTPS://convos.org:443/c/AbC?x=1"] {
            assert_eq!(key(same, &hosts()).unwrap(), first, "{same}");
        }
        for other in [
            "https://convos.org/c/abc?x=1",
            "https://convos.org/c/AbC?x=2",
            "https://dev.convos.org/c/AbC?x=1",
        ] {
            assert_ne!(key(other, &hosts()).unwrap(), first, "{other}");
        }
    }

    #[test]
    fn plain_http_is_taken_on_listed_loopback_only() {
        assert!(key("http://127.0.0.1:9000/c/1", &hosts()).is_ok());
        assert!(key("http://[::1]:9000/c/1", &hosts()).is_ok());
        let public: Vec<String> = HOSTS_DEFAULT.split(',').map(str::to_owned).collect();
        assert!(key("http://127.0.0.1:9000/c/1", &public).is_err());
    }
}
