//! Where the executables under test are.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The executable of this name that was built with this test: in the folder of the test's profile.
///
/// # Errors
/// When it was not built.
pub fn program(name: &str) -> Result<PathBuf> {
    let here = std::env::current_exe().context("find this test's own executable")?;
    let candidates = here.ancestors().skip(1).take(3).map(|folder| folder.join(name));
    candidates
        .into_iter()
        .find(|path| path.is_file())
        .with_context(|| format!("{name} is not built; run: cargo build --workspace --bins"))
}

/// The root of the repository.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
