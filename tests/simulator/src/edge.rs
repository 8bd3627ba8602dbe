//! The public edge: every agent's domain is a loopback address of its own on one port, answered here.
//!
//! Linux routes all of 127.0.0.0/8 to this machine, so one listener takes twenty thousand domains, and the address
//! that a connection was made to says which is meant. What stands behind it is asked for each connection (a process:
//! bytes are passed through, web sockets included) or each request (a stand-in).

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::containers::Containers;
use crate::containers::stub::Addressed;
use crate::exchange::Answer;
use crate::railway::{Door, Railway};
use crate::server::{accept_failed, connection};

/// Ports that are tried when none is given: below those that the system hands out for outgoing connections, so that
/// the same one is free again in a later run.
const PORTS: std::ops::Range<u16> = 20_000..30_000;

/// Listens for the domains of all agents. With 0, on any free port.
pub(crate) async fn listen(port: u16) -> std::io::Result<TcpListener> {
    // Loopback addresses other than 127.0.0.1 need a listener on all; connections from elsewhere are dropped.
    if port != 0 {
        return TcpListener::bind((Ipv4Addr::UNSPECIFIED, port)).await;
    }
    let start = std::process::id() % u32::from(PORTS.end - PORTS.start);
    let start = PORTS.start + u16::try_from(start).unwrap_or_default();
    for port in (start..PORTS.end).chain(PORTS.start..start) {
        if let Ok(listener) = TcpListener::bind((Ipv4Addr::UNSPECIFIED, port)).await {
            return Ok(listener);
        }
    }
    TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0)).await
}

/// Serves all domains until `stop`.
pub(crate) async fn serve(listener: TcpListener, railway: Arc<Railway>, stop: CancellationToken) {
    let connections = TaskTracker::new();
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    let served = serve_one(stream, railway.clone());
                    connections.spawn(stop.clone().run_until_cancelled_owned(served));
                }
                Err(error) => accept_failed(&error).await,
            },
        }
    }
    connections.close();
    connections.wait().await;
}

async fn serve_one(stream: TcpStream, railway: Arc<Railway>) {
    let address = match stream.local_addr().map(|address| address.ip()) {
        Ok(IpAddr::V4(address)) if address.is_loopback() => address,
        _ => return,
    };
    match railway.containers() {
        Containers::Stub(stubs) => {
            let router = stubs.routes().layer(from_fn_with_state((railway.clone(), address), to_stub));
            connection(stream, router).await;
        }
        Containers::Process(processes) => match railway.door(address) {
            Door::Open(deployment_id) => match processes.port(&deployment_id) {
                Some(port) => pass_through(stream, port).await,
                None => connection(stream, closed(502)).await,
            },
            Door::Down => connection(stream, closed(502)).await,
            Door::NoApplication => connection(stream, closed(404)).await,
        },
    }
}

async fn to_stub(
    State((railway, address)): State<(Arc<Railway>, Ipv4Addr)>,
    mut request: Request,
    next: Next,
) -> Response {
    match railway.door(address) {
        Door::Open(deployment_id) => {
            request.extensions_mut().insert(Addressed(deployment_id));
            next.run(request).await
        }
        Door::Down => refusal(502),
        Door::NoApplication => refusal(404),
    }
}

async fn pass_through(mut outside: TcpStream, port: u16) {
    let Ok(mut inside) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await else {
        connection(outside, closed(502)).await;
        return;
    };
    let _ = (outside.set_nodelay(true), inside.set_nodelay(true));
    // Either side may go away at any time; there is nobody to tell.
    let _ = copy_bidirectional(&mut outside, &mut inside).await;
}

/// Answers one request and closes, so that the next one asks anew what stands behind the domain.
fn closed(status: u16) -> Router {
    Router::new().fallback(move || async move {
        let mut response = refusal(status);
        response.headers_mut().insert("connection", axum::http::HeaderValue::from_static("close"));
        response
    })
}

fn refusal(status: u16) -> Response {
    match status {
        404 => {
            let body =
                serde_json::json!({"status": "error", "code": 404, "message": "Application not found"});
            Answer::refused(404, body).into_response()
        }
        _ => {
            let body = serde_json::json!({"status": "error", "code": 502, "message": "Application failed to respond"});
            Answer::refused(502, body).into_response()
        }
    }
}
