//! Stopping in order: the first SIGTERM or SIGINT asks, the second ends at once.

use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::exit::ExitReason;

/// A stop takes at most this long; whatever is cut off then is taken up again by the next start.
/// Below the ten seconds that platforms grant before they kill.
const STOP_LIMIT: Duration = Duration::from_millis(9_500);

/// The wish to stop, shared by everything that runs in a process.
#[derive(Debug, Clone, Default)]
pub struct Shutdown {
    token: CancellationToken,
}

impl Shutdown {
    /// A shutdown that only [`Shutdown::begin`] starts: for tests and for parts of a process.
    pub fn manual() -> Self {
        Self::default()
    }

    /// Listens for SIGTERM and SIGINT for the rest of the process. Must be called inside a runtime.
    ///
    /// # Errors
    /// When the operating system refuses the signal handlers.
    pub fn on_signals() -> std::io::Result<Self> {
        let shutdown = Self::default();
        let terminate = signal(SignalKind::terminate())?;
        let interrupt = signal(SignalKind::interrupt())?;
        tokio::spawn(watch(shutdown.clone(), terminate, interrupt));
        Ok(shutdown)
    }

    /// Asks everything to stop.
    pub fn begin(&self) {
        self.token.cancel();
    }

    /// Whether stopping has begun.
    pub fn begun(&self) -> bool {
        self.token.is_cancelled()
    }

    /// Waits until stopping begins.
    pub async fn wait(&self) {
        self.token.cancelled().await;
    }

    /// The token itself, for code that selects on it or makes children of it.
    pub fn token(&self) -> &CancellationToken {
        &self.token
    }

    /// A shutdown of a part: it begins with this one, or earlier by itself.
    pub fn child(&self) -> Self {
        Self { token: self.token.child_token() }
    }
}

async fn watch(shutdown: Shutdown, mut terminate: Signal, mut interrupt: Signal) {
    next(&mut terminate, &mut interrupt).await;
    info!("asked to stop, finishing what is under way");
    shutdown.begin();
    tokio::select! {
        () = next(&mut terminate, &mut interrupt) => {
            warn!("asked to stop a second time, ending at once");
            std::process::exit(i32::from(ExitReason::Interrupted.code()));
        }
        () = tokio::time::sleep(STOP_LIMIT) => {
            warn!("stopping took longer than {STOP_LIMIT:?}, ending now; the next start goes on from here");
            std::process::exit(i32::from(ExitReason::Stopped.code()));
        }
    }
}

async fn next(terminate: &mut Signal, interrupt: &mut Signal) {
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_child_stops_with_its_parent_but_not_the_other_way_round() {
        let parent = Shutdown::manual();
        let (first, second) = (parent.child(), parent.child());
        first.begin();
        assert!(first.begun() && !parent.begun() && !second.begun());
        parent.begin();
        second.wait().await;
        assert!(second.begun());
    }
}
