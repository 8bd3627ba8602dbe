//! The ready file: tells scripts where everything is, once there is something to find.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::{
    children::Addresses,
    folder::{FolderError, write_whole},
    leftover::Pids,
};

/// What scripts read.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Content {
    /// Where everybody listens.
    #[serde(flatten)]
    pub addresses: Addresses,
    /// The pool's admin key.
    pub api_key: String,
    /// The services' key.
    pub services_api_key: String,
    /// The pool's database, password included.
    pub pool_database_url: String,
    /// The services' database, password included.
    pub services_database_url: String,
    /// The supervisor and its children.
    pub pids: Pids,
}

/// The file, if one was asked for.
pub struct ReadyFile {
    path: Option<PathBuf>,
    content: Content,
    written: bool,
}

impl ReadyFile {
    /// Removes what an earlier run left: until we are ready there is no ready file.
    pub fn clear(path: Option<&Path>) -> Result<(), FolderError> {
        let Some(path) = path else { return Ok(()) };
        match std::fs::remove_file(path) {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                Err(FolderError::Io { doing: "remove", path: path.to_owned(), source })
            }
            _ => Ok(()),
        }
    }

    /// A file that is written by [`ReadyFile::publish`] first.
    pub fn new(path: Option<PathBuf>, content: Content) -> Self {
        Self { path, content, written: false }
    }

    /// Everything is up: writes the file.
    pub fn publish(&mut self) -> Result<(), FolderError> {
        self.written = true;
        self.write()
    }

    /// A child has another process id: writes the file again if it was written. A child between death
    /// and restart keeps its last number, so that no field ever vanishes.
    pub fn update(&mut self, pids: Pids) -> Result<(), FolderError> {
        let mut all = self.content.pids.clone();
        all.extend(pids);
        if self.content.pids == all {
            return Ok(());
        }
        self.content.pids = all;
        if self.written { self.write() } else { Ok(()) }
    }

    fn write(&self) -> Result<(), FolderError> {
        let Some(path) = &self.path else { return Ok(()) };
        // Strings and numbers always serialise.
        let mut text = serde_json::to_vec_pretty(&self.content).unwrap_or_default();
        text.push(b'\n');
        write_whole(path, &text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content() -> Content {
        let at = |port: u16| format!("http://127.0.0.1:{port}");
        let addresses = Addresses {
            pool_url: at(1),
            services_url: at(2),
            simulator_url: at(3),
            metrics_url: at(4) + "/metrics",
            services_metrics_url: at(5) + "/metrics",
        };
        Content {
            addresses,
            api_key: "key".into(),
            services_api_key: "other".into(),
            pool_database_url: "postgres://pool".into(),
            services_database_url: "postgres://services".into(),
            pids: Pids::from([("supervisor".to_owned(), 1)]),
        }
    }

    #[test]
    fn a_file_of_an_earlier_run_does_not_outlive_the_start() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ready.json");
        std::fs::write(&path, "{}").unwrap();
        ReadyFile::clear(Some(&path)).unwrap();
        assert!(!path.exists());
        ReadyFile::clear(Some(&path)).unwrap();
    }

    #[test]
    fn nothing_is_written_before_everything_is_up_and_later_changes_are() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ready.json");
        let mut file = ReadyFile::new(Some(path.clone()), content());
        file.update(Pids::from([("pool".to_owned(), 7)])).unwrap();
        assert!(!path.exists());
        file.publish().unwrap();
        file.update(Pids::from([("pool".to_owned(), 8)])).unwrap();
        let read: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        assert_eq!(read["pids"]["pool"], 8);
        assert_eq!(read["poolUrl"], "http://127.0.0.1:1");
        assert_eq!(read["servicesMetricsUrl"], "http://127.0.0.1:5/metrics");
        let names: Vec<_> = read.as_object().unwrap().keys().map(String::as_str).collect();
        let mut expected = [
            "poolUrl",
            "servicesUrl",
            "simulatorUrl",
            "metricsUrl",
            "servicesMetricsUrl",
            "apiKey",
            "servicesApiKey",
            "poolDatabaseUrl",
            "servicesDatabaseUrl",
            "pids",
        ];
        expected.sort_unstable();
        let mut names = names;
        names.sort_unstable();
        assert_eq!(names, expected);
    }
}
