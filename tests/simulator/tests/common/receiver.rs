//! A receiver of webhooks that keeps what it got.

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use tokio::sync::mpsc;

/// What came, in order.
pub struct Receiver {
    pub url: String,
    came: mpsc::UnboundedReceiver<(HeaderMap, String)>,
}

type Taken = (mpsc::UnboundedSender<(HeaderMap, String)>, StatusCode);

async fn take(State((sender, status)): State<Taken>, headers: HeaderMap, body: String) -> StatusCode {
    // A test that has seen enough is gone.
    let _ = sender.send((headers, body));
    status
}

impl Receiver {
    /// Answers every delivery with `status`.
    pub async fn start(status: StatusCode) -> Self {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let (sender, came) = mpsc::unbounded_channel();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let router = Router::new().route("/hook", post(take)).with_state((sender, status));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, came }
    }

    /// The next delivery.
    pub async fn next(&mut self) -> (HeaderMap, String) {
        tokio::time::timeout(std::time::Duration::from_secs(20), self.came.recv()).await.unwrap().unwrap()
    }

    /// How many are waiting to be looked at.
    pub fn waiting(&self) -> usize {
        self.came.len()
    }
}
