//! The cluster's folder: how it is named to the server, its version, and who still runs on it.

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use nix::{
    errno::Errno,
    sys::signal::{Signal, kill},
    unistd::Pid,
};

use crate::{Account, ClusterError};

/// How long a left-over server may take for its fast shutdown before it is killed.
const LEFTOVER_SHUTDOWN: Duration = Duration::from_secs(8);
/// How often a left-over server is looked at while it shuts down.
const LEFTOVER_POLL: Duration = Duration::from_millis(50);

/// How the server is told where its data is. After a drop from root it may not be allowed to walk the
/// path (data folders live in 0700 homes); Linux follows the name of an open folder straight there.
pub(crate) fn name_for_server(folder: &Path, account: &Account) -> PathBuf {
    match account {
        Account::Other { .. } if cfg!(target_os = "linux") => PathBuf::from("/proc/self/fd/9"),
        _ => folder.to_owned(),
    }
}

/// The major version that wrote the folder; none when there is no cluster yet.
pub(crate) fn version(folder: &Path) -> Option<u32> {
    std::fs::read_to_string(folder.join("PG_VERSION")).ok()?.trim().parse().ok()
}

/// Stops a server that outlived its owner and removes what would keep the next one from starting.
pub(crate) async fn stop_leftover(folder: &Path) -> Result<(), ClusterError> {
    let pid_file = folder.join("postmaster.pid");
    let Ok(text) = std::fs::read_to_string(&pid_file) else { return Ok(()) };
    let pid = text.lines().next().and_then(|line| line.trim().parse().ok()).map(Pid::from_raw);
    if let Some(pid) = pid.filter(|pid| serves(*pid, folder)) {
        stop(pid).await;
    }
    // A number in a file outlives a reboot: PostgreSQL would refuse to start if any process has it now.
    match std::fs::remove_file(&pid_file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(ClusterError::io(format!("remove {}", pid_file.display()))(error))
        }
        _ => Ok(()),
    }
}

async fn stop(pid: Pid) {
    let started = Instant::now();
    // Either signal can find the process gone, which is what is wanted.
    let _ = kill(pid, Signal::SIGINT);
    while kill(pid, None) != Err(Errno::ESRCH) {
        if started.elapsed() > LEFTOVER_SHUTDOWN {
            let _ = kill(pid, Signal::SIGKILL);
            return;
        }
        tokio::time::sleep(LEFTOVER_POLL).await;
    }
}

/// Whether the process is a server on this folder: the server's working folder is its data folder.
fn serves(pid: Pid, folder: &Path) -> bool {
    if cfg!(target_os = "linux") {
        let theirs = std::fs::read_link(format!("/proc/{pid}/cwd"));
        return theirs.is_ok_and(|theirs| Some(theirs) == folder.canonicalize().ok());
    }
    let command = std::process::Command::new("ps").args(["-o", "args=", "-p", &pid.to_string()]).output();
    command.is_ok_and(|output| {
        let line = String::from_utf8_lossy(&output.stdout).into_owned();
        line.contains("postgres") && line.contains(&*folder.to_string_lossy())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_pid_file_that_names_a_stranger_is_removed_and_the_stranger_lives() {
        let folder = tempfile::tempdir().unwrap();
        let ours = std::process::id();
        std::fs::write(folder.path().join("postmaster.pid"), format!("{ours}\n/elsewhere\n")).unwrap();
        stop_leftover(folder.path()).await.unwrap();
        assert!(!folder.path().join("postmaster.pid").exists());
    }

    #[test]
    fn a_folder_without_a_cluster_has_no_version() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(version(folder.path()), None);
        std::fs::write(folder.path().join("PG_VERSION"), "15\n").unwrap();
        assert_eq!(version(folder.path()), Some(15));
    }
}
