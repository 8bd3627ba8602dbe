//! Asking the children how they are.

use std::time::Duration;

use model::api::PoolView;
use process::http::{Options, client};

/// The children are on this machine: an answer takes milliseconds.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// Asks the children over HTTP.
#[derive(Clone)]
pub struct Health {
    client: reqwest::Client,
}

impl Health {
    /// A client of our own processes.
    pub fn new() -> Result<Self, reqwest::Error> {
        let options = Options::new("convos-agents-dev", ANSWER_WITHIN).direct();
        Ok(Self { client: client(&options)? })
    }

    /// Whether a GET of the URL is answered with success.
    pub async fn answers(&self, url: &str) -> bool {
        self.client.get(url).send().await.is_ok_and(|answer| answer.status().is_success())
    }

    /// The default pool, if its API says so.
    pub async fn pool(&self, pool_url: &str, key: &str) -> Option<PoolView> {
        let request = self.client.get(format!("{pool_url}/api/pools/default")).bearer_auth(key);
        request.send().await.ok()?.error_for_status().ok()?.json().await.ok()
    }
}

/// Whether the pool is where it was asked to be: its reconciler has seen the spec, and the idle members
/// are ready, or as many as its limits leave room for.
pub fn at_target(pool: &PoolView) -> bool {
    let seen = pool.observed_generation >= pool.generation;
    let limited = pool.spec.paused || pool.status.conditions.is_true("Limited");
    let full = pool.status.ready >= u64::from(pool.spec.min_idle);
    seen && (full || limited && pool.status.ready >= pool.status.desired)
}
