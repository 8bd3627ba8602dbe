//! Brings the volume's files up to date with what the image ships, by what was shipped before.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tracing::{info, warn};

use super::merge::{self, Action};
use super::{CONFIGURATION, PrepareError, io_error};

/// Folders within folders; the image's own are shallow.
const DEPTH_MAX: usize = 8;

/// The gateway's configuration, merged key by key.
pub fn configuration(shipped: &Path, state: &Path, base: &Path) -> Result<(), PrepareError> {
    let place = |folder: &Path| folder.join(CONFIGURATION);
    let bytes = fs::read(place(shipped)).map_err(io_error("read", &place(shipped)))?;
    let today = object(&bytes).ok_or_else(|| PrepareError::Shipped(place(shipped)))?;
    let before = read(&place(base))?.and_then(|bytes| object(&bytes));
    let now = match read(&place(state))? {
        Some(bytes) => match object(&bytes) {
            Some(now) => Some(now),
            None => {
                let aside = state.join("openclaw.json.broken");
                warn!(kept = %aside.display(), "the gateway's configuration was no JSON; it starts with the shipped one");
                fs::write(&aside, bytes).map_err(io_error("write", &aside))?;
                None
            }
        },
        None => None,
    };
    let merged = match &now {
        Some(now) => merge::configuration(before.as_ref().unwrap_or(&json!({})), now, &today),
        None => today,
    };
    if now.as_ref() != Some(&merged) {
        write(&place(state), format!("{merged:#}\n").as_bytes())?;
    }
    write(&place(base), &bytes)
}

/// All files of a folder, each as a whole.
pub fn folder(shipped: &Path, state: &Path, base: &Path, name: &str) -> Result<(), PrepareError> {
    let (shipped, state, base) = (shipped.join(name), state.join(name), base.join(name));
    let mut paths = BTreeSet::new();
    list(&shipped, Path::new(""), 0, &mut paths)?;
    list(&base, Path::new(""), 0, &mut paths)?;
    for path in paths {
        let (source, target, known) = (shipped.join(&path), state.join(&path), base.join(&path));
        let (before, now, today) = (read(&known)?, read(&target)?, read(&source)?);
        match merge::file(before.as_deref(), now.as_deref(), today.as_deref()) {
            Action::Leave if now != today && before != today => {
                info!(file = %path.display(), "a file that the agent changed is kept as it is");
            }
            Action::Leave => {}
            Action::Write => write(&target, today.as_deref().unwrap_or_default())?,
            Action::Remove => fs::remove_file(&target).map_err(io_error("remove", &target))?,
        }
        // Only now: a crash before this line decides again on the same three versions.
        match today {
            Some(today) if before.as_ref() != Some(&today) => write(&known, &today)?,
            None if before.is_some() => fs::remove_file(&known).map_err(io_error("remove", &known))?,
            _ => {}
        }
    }
    Ok(())
}

fn object(bytes: &[u8]) -> Option<Value> {
    serde_json::from_slice(bytes).ok().filter(Value::is_object)
}

/// A file's content; none when there is none, or when the agent made something else of it.
fn read(path: &Path) -> Result<Option<Vec<u8>>, PrepareError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory | io::ErrorKind::IsADirectory
            ) =>
        {
            Ok(None)
        }
        Err(error) => Err(io_error("read", path)(error)),
    }
}

/// Replaced as a whole, so that a reader sees one version or the other, and a link is replaced and not followed.
fn write(path: &Path, bytes: &[u8]) -> Result<(), PrepareError> {
    let folder = path.parent().unwrap_or(Path::new("/"));
    fs::create_dir_all(folder).map_err(io_error("create", folder))?;
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(".new");
    let beside = folder.join(name);
    fs::write(&beside, bytes).map_err(io_error("write", &beside))?;
    fs::rename(&beside, path).map_err(io_error("write", path))
}

fn list(root: &Path, below: &Path, depth: usize, found: &mut BTreeSet<PathBuf>) -> Result<(), PrepareError> {
    let folder = root.join(below);
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(io_error("read", &folder)(error)),
    };
    for entry in entries {
        let entry = entry.map_err(io_error("read", &folder))?;
        let path = below.join(entry.file_name());
        let kind = entry.file_type().map_err(io_error("read", &path))?;
        if kind.is_dir() && depth < DEPTH_MAX {
            list(root, &path, depth + 1, found)?;
        } else if kind.is_file() {
            found.insert(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Place(tempfile::TempDir);

    impl Place {
        fn at(&self, path: &str) -> PathBuf {
            self.0.path().join(path)
        }

        fn put(&self, path: &str, text: &str) {
            fs::create_dir_all(self.at(path).parent().unwrap()).unwrap();
            fs::write(self.at(path), text).unwrap();
        }

        fn text(&self, path: &str) -> Option<String> {
            fs::read_to_string(self.at(path)).ok()
        }

        fn ship(&self) {
            folder(&self.at("image"), &self.at("state"), &self.at("base"), "w").unwrap();
            configuration(&self.at("image"), &self.at("state"), &self.at("base")).unwrap();
        }
    }

    fn place() -> Place {
        let place = Place(tempfile::tempdir().unwrap());
        place.put("image/openclaw.json", r#"{"a":1}"#);
        for name in ["kept.md", "changed.md", "removed.md", "deep/er.md"] {
            place.put(&format!("image/w/{name}"), "one");
        }
        place.ship();
        place
    }

    #[test]
    fn a_new_image_updates_what_the_agent_left_alone() {
        let place = place();
        place.put("state/w/changed.md", "mine");
        fs::remove_file(place.at("state/w/removed.md")).unwrap();
        place.put("state/openclaw.json", r#"{"a":1,"own":true}"#);
        for name in ["kept.md", "changed.md", "removed.md", "new.md"] {
            place.put(&format!("image/w/{name}"), "two");
        }
        fs::remove_file(place.at("image/w/deep/er.md")).unwrap();
        place.put("image/openclaw.json", r#"{"a":2}"#);
        for _twice_is_the_same in 0..2 {
            place.ship();
            assert_eq!(place.text("state/w/kept.md").as_deref(), Some("two"));
            assert_eq!(place.text("state/w/changed.md").as_deref(), Some("mine"));
            assert_eq!(place.text("state/w/removed.md"), None);
            assert_eq!(place.text("state/w/new.md").as_deref(), Some("two"));
            assert_eq!(place.text("state/w/deep/er.md"), None);
            let merged: Value = serde_json::from_str(&place.text("state/openclaw.json").unwrap()).unwrap();
            assert_eq!(merged, json!({ "a": 2, "own": true }));
        }
    }

    #[test]
    fn a_broken_configuration_is_put_aside() {
        let place = place();
        place.put("state/openclaw.json", "{");
        place.ship();
        assert_eq!(place.text("state/openclaw.json.broken").as_deref(), Some("{"));
        assert_eq!(object(place.text("state/openclaw.json").unwrap().as_bytes()), Some(json!({ "a": 1 })));
    }

    #[test]
    fn a_link_of_the_agents_is_replaced_and_not_followed() {
        let place = place();
        place.put("outside", "one");
        fs::remove_file(place.at("state/w/kept.md")).unwrap();
        std::os::unix::fs::symlink(place.at("outside"), place.at("state/w/kept.md")).unwrap();
        place.put("image/w/kept.md", "two");
        place.ship();
        assert_eq!(place.text("outside").as_deref(), Some("one"));
        assert_eq!(place.text("state/w/kept.md").as_deref(), Some("two"));
    }
}
