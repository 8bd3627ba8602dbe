//! Who the server runs as, and the command line that makes it so.
//!
//! `setpriv` (util-linux) does the drop rather than `Command::uid`: it keeps the folder that root opened,
//! and it can ask the kernel to signal the server when its owner dies. Code that forbids `unsafe` can do
//! neither between `fork` and `exec`.

use std::{
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
    process::Command,
};

use nix::unistd::{Gid, Uid, User};

use crate::ClusterError;

/// Accounts tried when started as root, in this order, after `POOL_PG_USER`.
const DROP_TO: [&str; 2] = ["postgres", "nobody"];

/// Opens the working folder under the number that `folder::name_for_server` names, and leaves it: the
/// programs look where they are themselves, and fail in a folder whose parents they may not enter.
const OPEN_FOLDER: &str = r#"exec 9<. && cd / && exec "$0" "$@""#;

/// The account of the server's processes and files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Account {
    /// Whoever we are.
    Ours,
    /// Started as root: somebody else.
    Other {
        /// For messages.
        name: String,
        /// User id of processes and files.
        uid: Uid,
        /// Group id of processes and files.
        gid: Gid,
    },
}

impl Account {
    /// Ourselves, or, as root, `POOL_PG_USER`, `postgres` or `nobody`.
    pub fn choose() -> Result<Self, ClusterError> {
        if !Uid::effective().is_root() {
            return Ok(Self::Ours);
        }
        let asked = std::env::var("POOL_PG_USER").ok().filter(|name| !name.is_empty());
        let names: Vec<&str> = asked.as_deref().map_or_else(|| DROP_TO.to_vec(), |name| vec![name]);
        let user = names.iter().find_map(|name| User::from_name(name).ok().flatten());
        let no = |problem: String| ClusterError::NoAccount { problem };
        let user = user.ok_or_else(|| no(format!("there is no account named {}", names.join(" or "))))?;
        if user.uid.is_root() {
            return Err(no(format!("the account {} is root again", user.name)));
        }
        if setpriv().is_none() {
            return Err(no(
                "`setpriv` (package util-linux), which drops to another account, is missing".into()
            ));
        }
        Ok(Self::Other { name: user.name, uid: user.uid, gid: user.gid })
    }

    /// Gives a file or folder to the account.
    pub fn own(&self, path: &Path) -> Result<(), ClusterError> {
        let Self::Other { name, uid, gid } = self else { return Ok(()) };
        std::os::unix::fs::chown(path, Some(uid.as_raw()), Some(gid.as_raw()))
            .map_err(ClusterError::io(format!("give {} to {name}", path.display())))
    }

    /// A command run as the account in `folder`, with an empty environment but for the locale, which is
    /// sent SIGINT (a fast shutdown for PostgreSQL) when the thread that spawned it ends.
    pub fn command<A: AsRef<OsStr>>(&self, program: &Path, arguments: &[A], folder: &Path) -> Command {
        let mut words: Vec<OsString> = Vec::new();
        if let Some(setpriv) = setpriv() {
            if matches!(self, Self::Other { .. }) {
                words.extend(["/bin/sh", "-c", OPEN_FOLDER].map(OsString::from));
            }
            words.push(setpriv.into());
            if let Self::Other { uid, gid, .. } = self {
                words.extend([format!("--reuid={uid}"), format!("--regid={gid}")].map(OsString::from));
                words.push("--clear-groups".into());
            }
            words.extend(["--pdeathsig=INT", "--"].map(OsString::from));
        }
        words.push(program.into());
        words.extend(arguments.iter().map(|argument| argument.as_ref().to_owned()));
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).current_dir(folder).env_clear();
        command.env("LC_ALL", if cfg!(target_os = "linux") { "C.UTF-8" } else { "C" });
        command
    }
}

/// The path of Linux's `setpriv`; elsewhere there is none and the server outlives a killed owner until the
/// next start stops it.
fn setpriv() -> Option<PathBuf> {
    if !cfg!(target_os = "linux") {
        return None;
    }
    let path = std::env::var_os("PATH").unwrap_or_else(|| "/usr/bin:/bin".into());
    std::env::split_paths(&path).map(|folder| folder.join("setpriv")).find(|program| program.is_file())
}
