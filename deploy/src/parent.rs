//! A child of `dev` ends with its supervisor, also when that is killed without a word.

use nix::unistd::{Pid, getppid};

/// Set by the supervisor to its own process id; nobody else sets it.
pub const PARENT_VARIABLE: &str = "CONVOS_AGENTS_PARENT";

/// Arranges, when started by a supervisor, to be asked to stop as soon as it is gone.
pub fn follow() {
    let Some(parent) = std::env::var(PARENT_VARIABLE).ok().and_then(|text| text.parse().ok()) else { return };
    let parent = Pid::from_raw(parent);
    watch(parent);
    // Gone between our start and the line above: nobody will tell us any more.
    if getppid() != parent {
        std::process::exit(1);
    }
}

/// The kernel sends SIGTERM when the supervisor's thread ends.
#[cfg(target_os = "linux")]
fn watch(_parent: Pid) {
    use nix::sys::{prctl::set_pdeathsig, signal::Signal};
    // Only an invalid signal number is refused.
    let _ = set_pdeathsig(Signal::SIGTERM);
}

/// No such service elsewhere: a thread looks.
#[cfg(not(target_os = "linux"))]
fn watch(parent: Pid) {
    use nix::sys::signal::{Signal, raise};
    /// Long enough to cost nothing, short enough that a new supervisor finds free ports.
    const LOOK_INTERVAL: std::time::Duration = std::time::Duration::from_millis(500);
    std::thread::spawn(move || {
        while getppid() == parent {
            std::thread::sleep(LOOK_INTERVAL);
        }
        let _ = raise(Signal::SIGTERM);
    });
}
