//! Children that outlived a supervisor: named in a file, stopped by the next supervisor.
//!
//! On Linux they end by themselves soon after their supervisor; this waits for that, and makes sure.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use nix::{
    errno::Errno,
    sys::signal::{Signal, kill},
    unistd::Pid,
};

use super::folder::{Folder, FolderError, write_whole};

/// How long children may take for an orderly end.
const ORDERLY: Duration = Duration::from_secs(10);
/// How often they are looked at meanwhile.
const LOOK_INTERVAL: Duration = Duration::from_millis(50);

/// Process ids by child.
pub type Pids = BTreeMap<String, u32>;

/// Remembers the running children for the next supervisor.
pub fn remember(folder: &Folder, pids: &Pids) -> Result<(), FolderError> {
    // A map of words to numbers always serialises.
    let text = serde_json::to_vec(pids).unwrap_or_default();
    write_whole(&folder.children(), &text)
}

/// Stops what an earlier supervisor left behind, PostgreSQL excepted: its folder knows more.
pub async fn stop(folder: &Folder) {
    let Ok(text) = std::fs::read(folder.children()) else { return };
    let pids: Pids = serde_json::from_slice(&text).unwrap_or_default();
    let mut left: Vec<Pid> = pids
        .iter()
        .filter(|(name, pid)| is_ours(name, **pid))
        .map(|(_, pid)| Pid::from_raw(pid.cast_signed()))
        .collect();
    for pid in &left {
        // Any of them may end between the look and the signal.
        let _ = kill(*pid, Signal::SIGTERM);
    }
    let started = Instant::now();
    loop {
        left.retain(|pid| kill(*pid, None) != Err(Errno::ESRCH));
        if left.is_empty() {
            return;
        }
        if started.elapsed() > ORDERLY {
            for pid in &left {
                let _ = kill(*pid, Signal::SIGKILL);
            }
            return;
        }
        tokio::time::sleep(LOOK_INTERVAL).await;
    }
}

/// Process ids are used again, so the command line must say that it is our child of that name.
fn is_ours(name: &str, pid: u32) -> bool {
    if cfg!(target_os = "linux") {
        let words = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        return is_command_of(&String::from_utf8_lossy(&words).replace('\0', " "), name);
    }
    let output = std::process::Command::new("ps").args(["-o", "args=", "-p", &pid.to_string()]).output();
    output.is_ok_and(|output| is_command_of(&String::from_utf8_lossy(&output.stdout), name))
}

fn is_command_of(line: &str, name: &str) -> bool {
    let mut words = line.split_whitespace();
    words.next().is_some_and(|program| program.ends_with("convos-agents")) && words.next() == Some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_somebody_else_has_now_is_not_our_child() {
        assert!(is_command_of("target/debug/convos-agents simulator --port 1", "simulator"));
        assert!(!is_command_of("target/debug/convos-agents pool", "simulator"));
        assert!(!is_command_of("postgres -D simulator", "simulator"));
        assert!(!is_command_of("", "simulator"));
    }
}
