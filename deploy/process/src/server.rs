//! Listening and serving: what every HTTP face of ours has in common.
//!
//! [`finish`] dresses a router: problem documents for every path, method and panic that it does not
//! know, a body limit, a request id in and out, a span and metrics for each request.

mod observe;

use std::any::Any;
use std::fmt;
use std::io::ErrorKind;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::response::{IntoResponse, Response};
use tokio::net::TcpListener;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::request_id::{PropagateRequestIdLayer, SetRequestIdLayer};
use tracing::{info, warn};

use crate::exit::{ExitReason, Failure};
use crate::problem::Problem;
use crate::shutdown::Shutdown;

pub use observe::HttpMetrics;

/// No request of ours needs more; beyond it a body is refused unread.
pub const BODY_BYTES_MAX: usize = 256 * 1024;

/// After the stop was asked for, requests under way get this long.
const DRAIN_LIMIT: Duration = Duration::from_secs(7);

/// A process cannot listen, or listening ended.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Another process has the port.
    #[error("cannot listen on {address}: the port is taken by another process")]
    PortTaken {
        /// Where we wanted to listen.
        address: String,
    },
    /// The address is not ours, or we may not.
    #[error("listen on {address}")]
    Listen {
        /// Where we wanted to listen.
        address: String,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// Accepting connections failed for good.
    #[error("serve HTTP")]
    Serve(#[source] std::io::Error),
}

impl ServeError {
    /// The exit code's reason.
    pub fn exit_reason(&self) -> ExitReason {
        match self {
            Self::PortTaken { .. } => ExitReason::PortTaken,
            Self::Listen { .. } | Self::Serve(_) => ExitReason::Failed,
        }
    }
}

impl From<ServeError> for Failure {
    fn from(error: ServeError) -> Self {
        Self::new(error.exit_reason(), error)
    }
}

/// Takes an address.
///
/// # Errors
/// When it is taken or not ours.
pub async fn bind(
    address: impl tokio::net::ToSocketAddrs + fmt::Debug + Copy,
) -> Result<TcpListener, ServeError> {
    TcpListener::bind(address).await.map_err(|source| {
        let address = format!("{address:?}").trim_matches('"').to_owned();
        match source.kind() {
            ErrorKind::AddrInUse => ServeError::PortTaken { address },
            _ => ServeError::Listen { address, source },
        }
    })
}

/// Dresses a router. To be called once, on the outermost router, after all routes are in.
pub fn finish(router: Router, metrics: HttpMetrics) -> Router {
    router
        .fallback(async || Problem::not_found("there is nothing at this path"))
        .method_not_allowed_fallback(async || Problem::method_not_allowed())
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(axum::middleware::from_fn_with_state(metrics, observe::observe))
        .layer(PropagateRequestIdLayer::x_request_id())
        .layer(SetRequestIdLayer::x_request_id(observe::OurRequestId))
        .layer(axum::middleware::from_fn(observe::refuse_odd_ids))
}

/// The panic hook has logged it already.
fn panicked(_panic: Box<dyn Any + Send + 'static>) -> Response {
    metrics::counter!("process_panics_total").increment(1);
    Problem::internal().into_response()
}

/// Serves until the shutdown begins, then finishes the requests under way.
///
/// Streams without an end must watch the shutdown themselves, or they are cut off at the drain limit.
///
/// # Errors
/// When accepting fails for good.
pub async fn serve(
    process: &'static str,
    listener: TcpListener,
    router: Router,
    shutdown: &Shutdown,
) -> Result<(), ServeError> {
    if let Ok(address) = listener.local_addr() {
        // Scripts wait for this line and read the port from it.
        println!("{process} listening on http://{address}");
        info!(%address, "{process} is listening");
    }
    let stopped = shutdown.clone();
    let serving = axum::serve(listener, router).with_graceful_shutdown(async move { stopped.wait().await });
    let cut_off = async {
        shutdown.wait().await;
        tokio::time::sleep(DRAIN_LIMIT).await;
    };
    tokio::select! {
        outcome = serving => outcome.map_err(ServeError::Serve),
        () = cut_off => {
            warn!("requests were still under way {DRAIN_LIMIT:?} after the stop, and are cut off");
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests;
