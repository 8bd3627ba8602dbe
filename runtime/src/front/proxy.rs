//! Everything that is not ours is the agent's: HTTP and WebSocket are passed on to it as they came.

use std::net::SocketAddr;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::header::{CONNECTION, HOST, HeaderName, TE, TRAILER, TRANSFER_ENCODING, UPGRADE};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, Version};
use axum::response::{IntoResponse, Response};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use process::problem::Problem;
use tracing::debug;

use super::path::{Passage, judge};
use super::{Front, Trusted};
use crate::refusal::Refusal;

/// An agent may think for long before it begins to answer.
const HEAD_TIMEOUT: Duration = Duration::from_secs(120);

/// Headers between two neighbours, not for whoever is behind them (RFC 9110, 7.6.1).
const HOP_BY_HOP: [HeaderName; 7] = [
    CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
];

/// Passes one request on.
pub async fn pass(State(front): State<Front>, request: Request) -> Result<Response, Refusal> {
    let (mut parts, body) = request.into_parts();
    match judge(parts.uri.path()) {
        Passage::Open => {}
        Passage::WithToken => {
            let Trusted = Trusted::from_request_parts(&mut parts, &front).await?;
        }
        Passage::Closed => return Err(Problem::not_found("there is nothing at this path").into()),
        Passage::Hostile => return Err(Problem::invalid_request("the path is not a plain one").into()),
    }
    if parts.method == Method::CONNECT {
        return Err(Problem::method_not_allowed().into());
    }
    let address = front.supervisor.address().ok_or_else(Refusal::not_ready)?;
    let wanted = upgrade_wanted(&parts.headers);
    let from_caller = match wanted {
        Some(_) => parts.extensions.remove::<OnUpgrade>(),
        None => None,
    };
    strip(&mut parts.headers);
    if let Some(protocol) = &wanted {
        mark_upgrade(&mut parts.headers, protocol.clone());
    }
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    parts.uri =
        target(address, path).ok_or_else(|| Problem::invalid_request("the path is not a plain one"))?;
    parts.version = Version::HTTP_11;
    // Whoever sent no host (HTTP/1.0) gets the agent's address as one.
    if !parts.headers.contains_key(HOST)
        && let Ok(host) = HeaderValue::from_str(&address.to_string())
    {
        parts.headers.insert(HOST, host);
    }
    let exchange = front.agent.http().request(Request::from_parts(parts, body));
    let answer = match tokio::time::timeout(HEAD_TIMEOUT, exchange).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(error)) => {
            debug!(error = &error as &dyn std::error::Error, "the agent did not answer");
            return Err(bad_gateway());
        }
        Err(_) => return Err(Refusal::unsure()),
    };
    Ok(give_back(answer, from_caller))
}

fn give_back(
    mut answer: axum::http::Response<hyper::body::Incoming>,
    from_caller: Option<OnUpgrade>,
) -> Response {
    let upgraded = answer.status() == StatusCode::SWITCHING_PROTOCOLS;
    let protocol = answer.headers().get(UPGRADE).cloned();
    let from_agent = upgraded.then(|| hyper::upgrade::on(&mut answer));
    strip(answer.headers_mut());
    match (from_agent, from_caller, protocol) {
        (Some(from_agent), Some(from_caller), Some(protocol)) => {
            mark_upgrade(answer.headers_mut(), protocol);
            tokio::spawn(join(from_caller, from_agent));
        }
        // It switched although nobody asked it to.
        (Some(_), _, _) => return bad_gateway().into_response(),
        (None, ..) => {}
    }
    answer.map(Body::new)
}

/// Copies both ways until both sides are done. A side that goes away is no error of ours.
async fn join(caller: OnUpgrade, agent: OnUpgrade) {
    match tokio::try_join!(caller, agent) {
        Ok((caller, agent)) => {
            let copied =
                tokio::io::copy_bidirectional(&mut TokioIo::new(caller), &mut TokioIo::new(agent)).await;
            debug!(?copied, "an upgraded connection ended");
        }
        Err(error) => debug!(error = &error as &dyn std::error::Error, "an upgrade did not come about"),
    }
}

fn bad_gateway() -> Refusal {
    Problem::new(StatusCode::BAD_GATEWAY, "agent_failed", "the agent broke off").into()
}

fn target(address: SocketAddr, path: &str) -> Option<Uri> {
    Uri::builder().scheme("http").authority(address.to_string()).path_and_query(path).build().ok()
}

/// The protocol that the caller wants to switch to.
fn upgrade_wanted(headers: &HeaderMap) -> Option<HeaderValue> {
    let asks = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|word| word.trim().eq_ignore_ascii_case("upgrade"));
    headers.get(UPGRADE).filter(|_| asks).cloned()
}

fn mark_upgrade(headers: &mut HeaderMap, protocol: HeaderValue) {
    headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(UPGRADE, protocol);
}

fn strip(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    for name in named.iter().chain(&HOP_BY_HOP) {
        headers.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_between_neighbours_stay_between_them() {
        let mut headers = HeaderMap::new();
        for (name, value) in
            [("connection", "keep-alive, x-mine"), ("x-mine", "1"), ("te", "trailers"), ("x-other", "2")]
        {
            headers.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        strip(&mut headers);
        assert_eq!(headers.keys().map(HeaderName::as_str).collect::<Vec<_>>(), ["x-other"]);
    }

    #[test]
    fn an_upgrade_needs_both_headers() {
        let mut headers = HeaderMap::new();
        headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
        assert_eq!(upgrade_wanted(&headers), None);
        headers.insert(CONNECTION, HeaderValue::from_static("keep-alive, Upgrade"));
        assert_eq!(upgrade_wanted(&headers).unwrap(), "websocket");
    }
}
