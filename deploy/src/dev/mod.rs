//! `convos-agents dev`: everything on this machine, no account, no key.
//!
//! A supervisor with one child process each for PostgreSQL, the simulator, services and the pool. It
//! starts them in this order, each when the one before answers, starts again whatever dies, and stops
//! them in the opposite order.
//!
//! # Guarantees
//! - One supervisor a data folder. What a killed one left running is stopped before anything starts.
//! - Asked to stop, everything it started is gone within ten seconds; killed, on Linux, soon after.
//! - The ready file exists only while the pool has been at its target under this supervisor.

mod child;
mod children;
mod folder;
mod health;
mod kept;
mod leftover;
mod options;
mod ready_file;
mod screen;
mod start;
mod welcome;

pub use folder::write_whole;
pub use kept::last_target;
pub use options::Options;

use folder::Folder;
use process::{
    exit::{ExitReason, Failure},
    shutdown::Shutdown,
};
use screen::Screen;
use start::Running;

/// Runs everything until asked to stop.
pub async fn run(options: Options) -> Result<(), Failure> {
    let shutdown = Shutdown::on_signals().map_err(Failure::other)?;
    let path = options.data_dir.clone().unwrap_or_else(folder::default_path);
    let folder = Folder::take(&path)?;
    ready_file::ReadyFile::clear(options.ready_file.as_deref())?;
    leftover::stop(&folder).await;
    if options.fresh {
        cluster::Cluster::stop_leftover_in(&folder.cluster()).await.map_err(Failure::other)?;
        folder.clear()?;
    }
    let kept = kept::Kept::load(&folder, &options)?;
    let screen = Screen::new();
    screen.line(&format!("  {:<10} {}", "data", folder.path().display()));

    let mut running = Running::new(options, kept, folder, screen.clone());
    let outcome = tokio::select! {
        outcome = running.start_and_watch() => outcome,
        () = shutdown.wait() => Ok(()),
    };
    screen.working("stopping");
    running.stop().await;
    screen.rest();
    match outcome {
        // Ended by a signal, in order.
        Ok(()) if shutdown.begun() => {
            screen.line("  stopped; the next start continues from here");
            Ok(())
        }
        Ok(()) => Err(Failure::new(ExitReason::Failed, "the supervision ended by itself")),
        Err(failure) => Err(failure),
    }
}
