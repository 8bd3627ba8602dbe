//! The data folder: one supervisor at a time, everything of a run in known places.

use std::{
    fs::{File, TryLockError},
    io::{self, Read, Seek, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use nix::unistd::Uid;
use process::exit::Failure;

/// The file whose lock says who owns the folder, and whose presence says that the folder is ours.
const LOCK: &str = "lock";

/// Why the folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// The lock is held.
    #[error(
        "another `convos-agents dev` (process {owner}) uses {folder}; stop it, or choose another folder by --data-dir"
    )]
    InUse {
        /// The folder.
        folder: PathBuf,
        /// Process id as the owner wrote it.
        owner: String,
    },
    /// Somebody's files.
    #[error("{0} is not empty and was not made by `convos-agents dev`; choose another folder by --data-dir")]
    NotOurs(PathBuf),
    /// The file system refused.
    #[error("{doing} {path}")]
    Io {
        /// What was being done.
        doing: &'static str,
        /// To what.
        path: PathBuf,
        /// Why it failed.
        #[source]
        source: io::Error,
    },
}

impl From<FolderError> for Failure {
    fn from(error: FolderError) -> Self {
        Self::other(error)
    }
}

fn failed(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> FolderError {
    let path = path.to_owned();
    move |source| FolderError::Io { doing, path, source }
}

/// A locked data folder; the lock goes with the process, however it ends.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    _lock: File,
}

impl Folder {
    /// Takes the folder, and creates it first when there is none.
    pub fn take(path: &Path) -> Result<Self, FolderError> {
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true).mode(0o700).create(path).map_err(failed("create", path))?;
        let path = path.canonicalize().map_err(failed("find", path))?;
        let lock_path = path.join(LOCK);
        let empty = std::fs::read_dir(&path).map_err(failed("read", &path))?.next().is_none();
        if !empty && !lock_path.exists() {
            return Err(FolderError::NotOurs(path));
        }
        let mut options = File::options();
        options.read(true).write(true).create(true).truncate(false).mode(0o600);
        let mut lock = options.open(&lock_path).map_err(failed("open", &lock_path))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut owner = String::new();
                // Only for the message; an unreadable owner is an unknown one.
                let _ = lock.read_to_string(&mut owner);
                return Err(FolderError::InUse { folder: path, owner: owner.trim().to_owned() });
            }
            Err(TryLockError::Error(source)) => return Err(failed("lock", &lock_path)(source)),
        }
        let sign = |lock: &mut File| {
            lock.rewind()?;
            lock.set_len(0)?;
            writeln!(lock, "{}", std::process::id())
        };
        sign(&mut lock).map_err(failed("write", &lock_path))?;
        Ok(Self { path, _lock: lock })
    }

    /// Removes what earlier runs kept.
    pub fn clear(&self) -> Result<(), FolderError> {
        for entry in std::fs::read_dir(&self.path).map_err(failed("read", &self.path))? {
            let path = entry.map_err(failed("read", &self.path))?.path();
            if path.file_name().is_some_and(|name| name == LOCK) {
                continue;
            }
            let removed =
                if path.is_dir() { std::fs::remove_dir_all(&path) } else { std::fs::remove_file(&path) };
            removed.map_err(failed("remove", &path))?;
        }
        Ok(())
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// PostgreSQL's data.
    pub fn cluster(&self) -> PathBuf {
        self.path.join("postgres")
    }

    /// Keys, passwords and ports that later runs use again.
    pub fn kept(&self) -> PathBuf {
        self.path.join("kept.json")
    }

    /// The process ids of the running children, for the next supervisor should this one be killed.
    pub fn children(&self) -> PathBuf {
        self.path.join("children.json")
    }

    /// What the simulated vendors remember, and the volumes of the simulated deployments.
    pub fn simulator(&self) -> PathBuf {
        self.path.join("simulator")
    }

    /// The log of one child.
    pub fn log(&self, child: &str) -> PathBuf {
        self.path.join("logs").join(format!("{child}.log"))
    }
}

/// Writes a file so that a reader sees the old content or the new, never a half; for its owner only.
pub fn write_whole(path: &Path, content: &[u8]) -> Result<(), FolderError> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.new", std::process::id()));
    let draft = path.with_file_name(name);
    let write = || -> io::Result<()> {
        let mut file = File::options().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
        file.write_all(content)?;
        file.sync_all()?;
        std::fs::rename(&draft, path)
    };
    write().map_err(failed("write", path))
}

/// Where data is kept when nobody says so: the XDG data folder, or, without a home, a folder of the
/// machine that survives a reboot.
pub fn default_path() -> PathBuf {
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let data = absolute("XDG_DATA_HOME").or_else(|| absolute("HOME").map(|home| home.join(".local/share")));
    data.map_or_else(
        || PathBuf::from(format!("/var/tmp/convos-agents-{}/dev", Uid::effective())),
        |data| data.join("convos-agents/dev"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_with_somebody_elses_files_is_refused_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("thesis.txt"), "years of work").unwrap();
        assert!(matches!(Folder::take(folder.path()), Err(FolderError::NotOurs(_))));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_second_supervisor_is_told_who_holds_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let first = Folder::take(folder.path()).unwrap();
        let error = Folder::take(folder.path()).unwrap_err().to_string();
        assert!(error.contains(&format!("process {}", std::process::id())), "{error}");
        drop(first);
        Folder::take(folder.path()).unwrap();
    }

    #[test]
    fn clearing_keeps_only_the_lock() {
        let folder = tempfile::tempdir().unwrap();
        let taken = Folder::take(folder.path()).unwrap();
        std::fs::create_dir_all(taken.cluster().join("base")).unwrap();
        std::fs::write(taken.kept(), "{}").unwrap();
        taken.clear().unwrap();
        let left: Vec<_> =
            std::fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(left, [LOCK]);
    }
}
