//! Ports that stay ours while a process is down.

use std::net::TcpListener;

use anyhow::{Result, bail};
use rand::RngExt;

/// Below the range from which the kernel takes ports for outgoing connections: a port of that range could be
/// taken by anybody's connection while the process that listens on it is being restarted.
const RANGE: std::ops::Range<u16> = 12_000..32_000;
const ATTEMPTS_MAX: usize = 200;

/// A port of the loopback interface that nobody listens on.
///
/// # Errors
/// When none is found.
pub fn free_port() -> Result<u16> {
    for _ in 0..ATTEMPTS_MAX {
        let port = rand::rng().random_range(RANGE);
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return Ok(port);
        }
    }
    bail!("no free port after {ATTEMPTS_MAX} attempts")
}
