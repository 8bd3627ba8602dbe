//! Finding `initdb` and `postgres` on this machine.

use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
    process::Command,
};

use crate::ClusterError;

/// The oldest major version that our statements are written for.
pub const MAJOR_MIN: u32 = 15;

/// Where package managers put the programs when they leave them out of `PATH`: the parent folder, what
/// the version's folder starts with, and the folder of programs inside it.
const KNOWN_PLACES: [(&str, &str, &str); 4] = [
    ("/usr/lib/postgresql", "", "bin"),
    ("/usr", "pgsql-", "bin"),
    ("/opt/homebrew/opt", "postgresql@", "bin"),
    ("/usr/local/opt", "postgresql@", "bin"),
];

/// One installation of PostgreSQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binaries {
    /// The folder that holds `initdb` and `postgres`.
    pub folder: PathBuf,
    /// Its major version.
    pub major: u32,
}

impl Binaries {
    /// Finds an installation, of exactly the major version `wanted` when the caller has data of it. With
    /// none of that version the first usable one is returned: the caller compares and says so.
    pub fn find(wanted: Option<u32>) -> Result<Self, ClusterError> {
        let folders = match std::env::var_os("POOL_PG_BIN") {
            Some(folder) if !folder.is_empty() => vec![PathBuf::from(folder)],
            _ => search_folders(std::env::var_os("PATH").as_deref()),
        };
        let found: Vec<Self> = folders.iter().filter_map(|folder| Self::in_folder(folder)).collect();
        let looked =
            || folders.iter().map(|folder| folder.display().to_string()).collect::<Vec<_>>().join(", ");
        pick(found, wanted).ok_or_else(|| ClusterError::NotFound { looked: looked() })
    }

    fn in_folder(folder: &Path) -> Option<Self> {
        if !folder.join("initdb").is_file() {
            return None;
        }
        let output = Command::new(folder.join("postgres")).arg("--version").output().ok()?;
        let major = major_of(&String::from_utf8_lossy(&output.stdout))?;
        Some(Self { folder: folder.to_owned(), major })
    }

    /// The full path of one of its programs.
    pub fn program(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

fn pick(found: Vec<Binaries>, wanted: Option<u32>) -> Option<Binaries> {
    let usable: Vec<Binaries> = found.into_iter().filter(|one| one.major >= MAJOR_MIN).collect();
    let exact = usable.iter().find(|one| Some(one.major) == wanted).cloned();
    exact.or_else(|| usable.into_iter().next())
}

/// `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)` → 15.
fn major_of(version: &str) -> Option<u32> {
    let number = version.split_whitespace().find(|word| word.starts_with(|c: char| c.is_ascii_digit()))?;
    number.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

/// `PATH` first, then the known places with the newest version first.
fn search_folders(path: Option<&OsStr>) -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> =
        path.map(|path| std::env::split_paths(path).collect()).unwrap_or_default();
    folders.retain(|folder| folder.join("initdb").is_file());
    for (parent, prefix, programs) in KNOWN_PLACES {
        let mut versions: Vec<(u32, PathBuf)> = std::fs::read_dir(parent)
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| {
                let name = entry.file_name().into_string().ok()?;
                let version = name.strip_prefix(prefix)?.parse().ok()?;
                Some((version, entry.path().join(programs)))
            })
            .collect();
        versions.sort_by(|one, other| other.cmp(one));
        folders.extend(versions.into_iter().map(|(_, folder)| folder));
    }
    if folders.is_empty() {
        folders.push(PathBuf::from("/usr/lib/postgresql/*/bin"));
    }
    folders
}

#[cfg(test)]
mod tests {
    use super::*;

    fn installation(major: u32) -> Binaries {
        Binaries { folder: PathBuf::from(format!("/pg/{major}")), major }
    }

    #[test]
    fn versions_older_than_ours_are_passed_over() {
        assert_eq!(pick(vec![installation(13), installation(14)], None), None);
        assert_eq!(pick(vec![installation(13), installation(16)], None), Some(installation(16)));
    }

    #[test]
    fn data_of_a_version_gets_programs_of_that_version() {
        let found = vec![installation(17), installation(15)];
        assert_eq!(pick(found.clone(), Some(15)), Some(installation(15)));
        assert_eq!(pick(found, Some(16)), Some(installation(17)));
    }

    #[test]
    fn the_major_version_is_read_from_what_distributions_print() {
        assert_eq!(major_of("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)"), Some(15));
        assert_eq!(major_of("postgres (PostgreSQL) 18beta1"), Some(18));
        assert_eq!(major_of("not found"), None);
    }
}
