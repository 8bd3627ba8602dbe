//! Waiting for a state, never for a time.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// How often a condition is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(60);

/// How much longer everything may take than on a machine of our own: `E2E_PATIENCE`, 1 unless it is set.
pub fn patience() -> u32 {
    let given = std::env::var("E2E_PATIENCE").ok().and_then(|text| text.parse().ok());
    given.unwrap_or(1).max(1)
}

/// Asks until the condition holds and returns what it gave.
///
/// # Errors
/// When it does not hold before the deadline: the last reason why not.
pub async fn eventually<T>(
    what: &str,
    within: Duration,
    condition: impl AsyncFnMut() -> Result<T>,
) -> Result<T> {
    each(LOOK_EVERY, what, within, condition).await
}

/// The same with another pause between two looks, for those that cost something.
///
/// # Errors
/// As [`eventually`].
pub async fn each<T>(
    pause: Duration,
    what: &str,
    within: Duration,
    mut condition: impl AsyncFnMut() -> Result<T>,
) -> Result<T> {
    let started = Instant::now();
    let within = within * patience();
    loop {
        match condition().await {
            Ok(value) => return Ok(value),
            Err(error) if started.elapsed() > within => {
                return Err(error).with_context(|| format!("not within {within:?}: {what}"));
            }
            Err(_) => tokio::time::sleep(pause).await,
        }
    }
}
