//! The HTTP listener. Unlike axum's own it can cut a connection without answering, which is what a lost answer is.

use std::convert::Infallible;
use std::io;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

use crate::exchange::Cut;

/// Serves `router` on `listener` until `stop`.
pub(crate) async fn serve(listener: TcpListener, router: Router, stop: CancellationToken) {
    let connections = TaskTracker::new();
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(stop.clone().run_until_cancelled_owned(connection(stream, router.clone())));
                }
                Err(error) => accept_failed(&error).await,
            },
        }
    }
    connections.close();
    connections.wait().await;
}

/// Out of file descriptors, mostly: waiting lets some be closed, where looping would only burn time.
pub(crate) async fn accept_failed(error: &io::Error) {
    tracing::warn!(%error, "accept a connection");
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
}

/// Answers the requests of one connection.
pub(crate) async fn connection(stream: TcpStream, router: Router) {
    // Nagle's algorithm would hold small answers back for 40 ms.
    let _ = stream.set_nodelay(true);
    let service =
        service_fn(move |request: hyper::Request<Incoming>| answer(router.clone(), request.map(Body::new)));
    let served =
        hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
    if let Err(error) = served {
        tracing::debug!(%error, "a connection ended early");
    }
}

async fn answer(router: Router, request: Request) -> Result<Response, io::Error> {
    let response = router.oneshot(request).await.unwrap_or_else(|never: Infallible| match never {});
    if response.extensions().get::<Cut>().is_some() {
        return Err(io::ErrorKind::ConnectionAborted.into());
    }
    Ok(response)
}
