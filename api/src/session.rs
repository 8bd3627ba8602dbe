//! Sessions of the dashboard: a cookie that this API made stands for the key that somebody signed in with.
//!
//! The cookie is sealed and holds the digest of the key and an end; nothing is stored. A key that is revoked ends its
//! sessions, since each request looks the digest up. The page's scripts cannot read the cookie (`HttpOnly`), other
//! sites cannot send it (`SameSite=Strict`), and what changes something needs a header that no form can carry.

use axum::http::header::{COOKIE, HOST, ORIGIN};
use axum::http::{HeaderMap, HeaderValue, Method};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use model::Timestamp;
use process::auth::Digest;
use process::problem::Problem;
use process::sealing::{KeyRing, Place};

/// The cookie.
const NAME: &str = "pool_session";
/// What a request that changes something has to carry beside the cookie, with any value.
pub(crate) const CSRF_HEADER: &str = "x-csrf-protection";
/// How long a session lasts.
const LIFE: TimeDelta = TimeDelta::hours(12);
/// Where sealed sessions belong; they open nowhere else.
const PLACE: Place<'_> = Place { table: "sessions", row: "", column: "cookie" };
/// A digest and an end.
const BYTES: usize = 32 + 8;

/// The `Set-Cookie` that begins a session.
pub(crate) fn begin(keys: &KeyRing, digest: &Digest, headers: &HeaderMap, now: Timestamp) -> HeaderValue {
    let mut plain = digest.as_bytes().to_vec();
    plain.extend((now + LIFE).timestamp().to_be_bytes());
    let value = URL_SAFE_NO_PAD.encode(keys.seal(&plain, PLACE));
    cookie(&value, LIFE.num_seconds(), headers)
}

/// The `Set-Cookie` that ends one.
pub(crate) fn end(headers: &HeaderMap) -> HeaderValue {
    cookie("", 0, headers)
}

fn cookie(value: &str, seconds: i64, headers: &HeaderMap) -> HeaderValue {
    // Behind a proxy that speaks TLS, the cookie must never go over a connection without it.
    let secure = headers.get("x-forwarded-proto").is_some_and(|proto| proto == "https");
    let secure = if secure { "; Secure" } else { "" };
    let text = format!("{NAME}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}");
    HeaderValue::from_str(&text).expect("base64 and digits fit into a header")
}

/// The key that a request's session stands for; `None` without a session that is still good.
///
/// # Errors
/// 403 when the request changes something and does not prove that it comes from our own page.
pub(crate) fn of(
    keys: &KeyRing,
    method: &Method,
    headers: &HeaderMap,
    now: Timestamp,
) -> Result<Option<Digest>, Problem> {
    let Some(digest) = open(keys, headers, now) else { return Ok(None) };
    let from_our_page = headers.contains_key(CSRF_HEADER) && is_same_origin(headers);
    if !method.is_safe() && !from_our_page {
        let detail =
            format!("a change with a session's cookie needs the header {CSRF_HEADER}, from the same origin");
        return Err(Problem::forbidden(detail));
    }
    Ok(Some(digest))
}

/// Browsers say where a request comes from; one that says nothing is no browser's.
fn is_same_origin(headers: &HeaderMap) -> bool {
    let Some(origin) = headers.get(ORIGIN).and_then(|origin| origin.to_str().ok()) else { return true };
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let origin = origin.split_once("://").map(|(_, host)| host);
    origin.is_some() && origin == host
}

fn open(keys: &KeyRing, headers: &HeaderMap, now: Timestamp) -> Option<Digest> {
    let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|text| text.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let (_, value) = pairs.find(|(name, _)| *name == NAME)?;
    let plain = keys.open(&URL_SAFE_NO_PAD.decode(value).ok()?, PLACE).ok()?;
    if plain.len() != BYTES {
        return None;
    }
    let (digest, ends) = plain.split_at(32);
    let ends = i64::from_be_bytes(ends.try_into().ok()?);
    (now.timestamp() < ends).then(|| Digest::from_bytes(digest)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use process::clock;

    fn keys() -> KeyRing {
        KeyRing::parse(&"ab".repeat(32)).unwrap()
    }

    fn request(keys: &KeyRing, digest: &Digest, now: Timestamp) -> HeaderMap {
        let set = begin(keys, digest, &HeaderMap::new(), now);
        let pair = set.to_str().unwrap().split(';').next().unwrap().to_owned();
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, format!("theme=dark; {pair}").parse().unwrap());
        headers
    }

    #[test]
    fn a_change_by_cookie_needs_the_header_and_our_own_origin() {
        let (keys, digest, now) = (keys(), Digest::of("a key"), clock::now());
        let mut headers = request(&keys, &digest, now);
        headers.insert(HOST, "pool.example".parse().unwrap());
        assert_eq!(of(&keys, &Method::POST, &headers, now).unwrap_err().code(), "forbidden");
        assert_eq!(of(&keys, &Method::GET, &headers, now).unwrap(), Some(digest));
        headers.insert(CSRF_HEADER, "1".parse().unwrap());
        assert_eq!(of(&keys, &Method::DELETE, &headers, now).unwrap(), Some(digest));
        headers.insert(ORIGIN, "https://evil.example".parse().unwrap());
        assert!(of(&keys, &Method::POST, &headers, now).is_err());
        headers.insert(ORIGIN, "https://pool.example".parse().unwrap());
        assert!(of(&keys, &Method::POST, &headers, now).is_ok());
    }

    #[test]
    fn a_session_ends_and_cannot_be_forged() {
        let (keys, digest, now) = (keys(), Digest::of("a key"), clock::now());
        let headers = request(&keys, &digest, now);
        assert_eq!(of(&keys, &Method::GET, &headers, now + LIFE).unwrap(), None);
        let others = KeyRing::parse(&"cd".repeat(32)).unwrap();
        assert_eq!(of(&others, &Method::GET, &headers, now).unwrap(), None);
        for forged in ["", "AAAA", "%%%"] {
            let mut headers = HeaderMap::new();
            headers.insert(COOKIE, format!("{NAME}={forged}").parse().unwrap());
            assert_eq!(of(&keys, &Method::GET, &headers, now).unwrap(), None, "{forged}");
        }
    }

    #[test]
    fn scripts_and_other_sites_never_see_the_cookie() {
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-proto", "https".parse().unwrap());
        let set = begin(&keys(), &Digest::of("a key"), &headers, clock::now());
        let set = set.to_str().unwrap();
        for attribute in ["HttpOnly", "SameSite=Strict", "Secure", "Path=/"] {
            assert!(set.contains(attribute), "{set}");
        }
    }
}
