//! What an OpenClaw gateway needs before each of its lives: its files in their place, its variables all there.
//!
//! The image ships a configuration, a workspace and extensions ([`Files::shipped`]). Configuration and workspace are
//! copied to the volume, where the agent may change them, and are brought up to date by a three-way comparison
//! ([`sync`]) when the image is a newer one. The extensions stay in the image: code is ours alone.

mod merge;
mod preflight;
mod sync;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::variables::Variables;

/// Written by a reset, read before the next life: everything of the agent goes.
const WIPE_MARK: &str = "wipe";
/// What was shipped last, beside our own state.
const BASE_FOLDER: &str = "shipped";
/// The gateway's configuration, in its state folder.
const CONFIGURATION: &str = "openclaw.json";

/// Where an agent of this kind has its files.
#[derive(Debug, Clone)]
pub struct Files {
    /// `OPENCLAW_FILES`: what the image ships.
    pub shipped: PathBuf,
    /// `OPENCLAW_STATE_DIR`: the gateway's folder on the volume.
    pub state: PathBuf,
    /// Our own folder on the volume.
    pub ours: PathBuf,
}

/// Why a life cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum PrepareError {
    /// The file system refused.
    #[error("{doing} {}", path.display())]
    Io {
        /// What we were doing.
        doing: &'static str,
        /// With which file or folder.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// What the image ships is no JSON.
    #[error("{} is no JSON object", .0.display())]
    Shipped(PathBuf),
    /// The configuration refers to variables that are not set.
    #[error("{0}")]
    Variables(preflight::Missing),
}

fn io_error(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> PrepareError {
    let path = path.to_path_buf();
    move |source| PrepareError::Io { doing, path, source }
}

/// Makes files and variables ready for one life.
///
/// # Guarantees
/// What the agent changed in its workspace and in most of its configuration is kept. Afterwards every name that the
/// configuration refers to has a value: the gateway itself would take a missing one for a literal.
pub fn prepare(files: &Files, variables: &mut Variables) -> Result<(), PrepareError> {
    defaults(files, variables);
    wipe_if_asked(files)?;
    fs::create_dir_all(&files.state).map_err(io_error("create", &files.state))?;
    let base = files.ours.join(BASE_FOLDER);
    sync::configuration(&files.shipped, &files.state, &base)?;
    sync::folder(&files.shipped, &files.state, &base, "workspace")?;
    let path = files.state.join(CONFIGURATION);
    let text = fs::read_to_string(&path).map_err(io_error("read", &path))?;
    preflight::check(&text, variables).map_err(PrepareError::Variables)
}

/// Asks for a new start: everything of the agent is removed before its next life, when nobody holds a file of it.
pub fn ask_for_wipe(files: &Files) -> Result<(), PrepareError> {
    let mark = files.ours.join(WIPE_MARK);
    fs::write(&mark, "").map_err(io_error("write", &mark))
}

/// What the image knows and the platform need not say.
fn defaults(files: &Files, variables: &mut Variables) {
    let folder = |path: &Path| path.to_string_lossy().into_owned();
    variables.insert("OPENCLAW_FILES".into(), folder(&files.shipped));
    variables.insert("OPENCLAW_STATE_DIR".into(), folder(&files.state));
    // The gateway reloads in place; being replaced by a child of its own would look like a crash from here.
    variables.insert("OPENCLAW_NO_RESPAWN".into(), "1".into());
    let token = variables.get("GATEWAY_TOKEN").cloned().unwrap_or_default();
    let mut unless_set = |name: &str, value: String| {
        if variables.get(name).is_none_or(|value| value.trim().is_empty()) {
            variables.insert(name.into(), value);
        }
    };
    unless_set("OPENCLAW_GATEWAY_TOKEN", token);
    unless_set("OPENROUTER_API_URL", "https://openrouter.ai/api/v1".into());
    unless_set("OPENCLAW_PRIMARY_MODEL", "openrouter/auto".into());
    unless_set("CHROMIUM_PATH", "/usr/bin/chromium".into());
    unless_set("CONVOS_HOME", folder(&messenger(files)));
    unless_set("XMTP_ENV", "dev".into());
}

/// The messenger's identity and database: beside the gateway's folder.
fn messenger(files: &Files) -> PathBuf {
    files.state.with_file_name("convos")
}

fn wipe_if_asked(files: &Files) -> Result<(), PrepareError> {
    let mark = files.ours.join(WIPE_MARK);
    if !mark.exists() {
        return Ok(());
    }
    for folder in [files.state.clone(), messenger(files), files.ours.join(BASE_FOLDER)] {
        match fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(io_error("remove", &folder)(error));
            }
            _ => {}
        }
    }
    // Last, so that a crash in between begins again.
    fs::remove_file(&mark).map_err(io_error("remove", &mark))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site() -> (tempfile::TempDir, Files) {
        let scratch = tempfile::tempdir().unwrap();
        let place = |name: &str| scratch.path().join(name);
        let files =
            Files { shipped: place("image"), state: place("data/openclaw"), ours: place("data/ours") };
        fs::create_dir_all(files.shipped.join("workspace/skills/a")).unwrap();
        fs::create_dir_all(&files.ours).unwrap();
        fs::write(
            files.shipped.join(CONFIGURATION),
            r#"{"key":"${KEY}","model":"${OPENCLAW_PRIMARY_MODEL}"}"#,
        )
        .unwrap();
        fs::write(files.shipped.join("workspace/skills/a/SKILL.md"), "a skill").unwrap();
        (scratch, files)
    }

    #[test]
    fn a_first_life_gets_all_files_and_every_variable_that_they_refer_to() {
        let (_scratch, files) = site();
        let mut variables = Variables::from([("KEY".into(), "x".into())]);
        prepare(&files, &mut variables).unwrap();
        assert_eq!(fs::read_to_string(files.state.join("workspace/skills/a/SKILL.md")).unwrap(), "a skill");
        assert_eq!(variables["OPENCLAW_PRIMARY_MODEL"], "openrouter/auto");
        assert_eq!(Path::new(&variables["CONVOS_HOME"]), files.state.with_file_name("convos"));
    }

    #[test]
    fn a_missing_variable_is_named_before_the_life_begins() {
        let (_scratch, files) = site();
        let refused = prepare(&files, &mut Variables::new()).unwrap_err();
        assert!(refused.to_string().contains("KEY"), "{refused}");
    }

    #[test]
    fn a_wipe_removes_what_the_agent_had_and_ships_anew() {
        let (_scratch, files) = site();
        let mut variables = Variables::from([("KEY".into(), "x".into())]);
        prepare(&files, &mut variables).unwrap();
        fs::write(files.state.join("workspace/MEMORY.md"), "a secret of the last claim").unwrap();
        fs::write(files.state.join("workspace/skills/a/SKILL.md"), "changed").unwrap();
        ask_for_wipe(&files).unwrap();
        prepare(&files, &mut variables).unwrap();
        assert!(!files.state.join("workspace/MEMORY.md").exists());
        assert_eq!(fs::read_to_string(files.state.join("workspace/skills/a/SKILL.md")).unwrap(), "a skill");
        assert!(!files.ours.join(WIPE_MARK).exists());
    }
}
