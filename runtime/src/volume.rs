//! The state that survives a restart: a few small JSON files on the container's volume.
//!
//! # Guarantees
//! A file is replaced as a whole (written beside it, flushed, renamed), readable by its owner only. A reader sees the
//! old content or the new one, after a power cut too.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Why state could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum VolumeError {
    /// The file system refused.
    #[error("{doing} {}", path.display())]
    Io {
        /// What we were doing.
        doing: &'static str,
        /// With which file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The file is not what we wrote. It is left alone: guessing could give this agent to a second claim.
    #[error("{} is damaged; remove it to start as a new container", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong in it.
        source: serde_json::Error,
    },
}

/// A folder for our files on the volume.
#[derive(Debug, Clone)]
pub struct Volume {
    folder: PathBuf,
}

impl Volume {
    /// Opens the folder and makes it when it is not there.
    pub fn open(folder: impl Into<PathBuf>) -> Result<Self, VolumeError> {
        let folder = folder.into();
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&folder)
            .map_err(io_error("create the folder", &folder))?;
        Ok(Self { folder })
    }

    /// Where the files are.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Reads a file; `None` when there is none.
    pub fn load<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, VolumeError> {
        let path = self.folder.join(name);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(VolumeError::Io { doing: "read", path, source }),
        };
        serde_json::from_slice(&bytes).map(Some).map_err(|source| VolumeError::Damaged { path, source })
    }

    /// Writes a file as a whole, or removes it when there is nothing to keep.
    pub async fn save<T: Serialize>(&self, name: &str, value: Option<&T>) -> Result<(), VolumeError> {
        let path = self.folder.join(name);
        let bytes = match value.map(serde_json::to_vec).transpose() {
            Ok(bytes) => bytes,
            Err(source) => return Err(VolumeError::Damaged { path, source }),
        };
        let folder = self.folder.clone();
        let work = move || match bytes {
            Some(bytes) => replace(&folder, &path, &bytes).map_err(io_error("write", &path)),
            None => remove(&folder, &path).map_err(io_error("remove", &path)),
        };
        tokio::task::spawn_blocking(work)
            .await
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()))
    }
}

fn io_error(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> VolumeError {
    let path = path.to_path_buf();
    move |source| VolumeError::Io { doing, path, source }
}

fn replace(folder: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let beside = path.with_extension("new");
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&beside, path)?;
    File::open(folder)?.sync_all()
}

fn remove(folder: &Path, path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
        Ok(()) => File::open(folder)?.sync_all(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn damaged_state_is_an_error_and_stays_where_it_is() {
        let scratch = tempfile::tempdir().unwrap();
        let volume = Volume::open(scratch.path().join("a/b")).unwrap();
        fs::write(volume.folder().join("state.json"), "{").unwrap();
        assert!(matches!(volume.load::<Vec<u8>>("state.json"), Err(VolumeError::Damaged { .. })));
        assert!(volume.folder().join("state.json").exists());
    }

    #[tokio::test]
    async fn a_file_is_its_owners_only_and_can_be_taken_back() {
        let scratch = tempfile::tempdir().unwrap();
        let volume = Volume::open(scratch.path().join("state")).unwrap();
        assert_eq!(volume.load::<Vec<u8>>("x.json").unwrap(), None);
        volume.save("x.json", Some(&vec![1u8])).await.unwrap();
        assert_eq!(volume.load::<Vec<u8>>("x.json").unwrap(), Some(vec![1]));
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&volume.folder().join("x.json")), 0o600);
        assert_eq!(mode(volume.folder()), 0o700);
        volume.save::<Vec<u8>>("x.json", None).await.unwrap();
        volume.save::<Vec<u8>>("x.json", None).await.unwrap();
        assert_eq!(volume.load::<Vec<u8>>("x.json").unwrap(), None);
    }
}
