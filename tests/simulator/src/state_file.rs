//! The whole state in one JSON file, so that a later run continues where this one ended.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::vendor::Vendor;
use crate::world::World;

/// Changes within this time are written together.
const DEBOUNCE: Duration = Duration::from_millis(300);

/// The file's content.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Snapshot {
    /// Port of the agents' domains: it is part of addresses that clients remember.
    pub agents_port: u16,
    /// State by vendor.
    pub vendors: std::collections::BTreeMap<String, Value>,
}

/// Reads the file; an absent one is an empty state.
pub(crate) fn load(path: &Path) -> anyhow::Result<Snapshot> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(serde_json::from_slice(&bytes)
            .map_err(|error| anyhow::anyhow!("state file {} does not fit: {error}", path.display()))?),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Snapshot::default()),
        Err(error) => Err(anyhow::anyhow!("read state file {}: {error}", path.display())),
    }
}

/// Writes the file so that a reader sees the old content or the new, never a half.
fn save(path: &Path, snapshot: &Snapshot) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let draft = path.with_extension("draft");
    let mut file = std::fs::File::create(&draft)?;
    file.write_all(&serde_json::to_vec(snapshot)?)?;
    file.sync_all()?;
    std::fs::rename(draft, path)
}

/// Keeps the file up to date until `stop`, and writes it a last time then.
pub(crate) async fn keep(
    path: PathBuf,
    agents_port: u16,
    world: Arc<World>,
    vendors: Vec<Arc<dyn Vendor>>,
    stop: CancellationToken,
) {
    let mut changes = world.changes();
    loop {
        let stopping = stop.run_until_cancelled(changes.changed()).await.is_none();
        if !stopping {
            stop.run_until_cancelled(tokio::time::sleep(DEBOUNCE)).await;
            changes.borrow_and_update();
        }
        let snapshot = Snapshot {
            agents_port,
            vendors: vendors.iter().map(|vendor| (vendor.name().to_owned(), vendor.snapshot())).collect(),
        };
        if let Err(error) = save(&path, &snapshot) {
            tracing::error!(%error, file = %path.display(), "write the state file");
        }
        if stopping {
            return;
        }
    }
}
