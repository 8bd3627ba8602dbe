//! The limit beside the figures: what `pgbench` reaches with the bare statements that a claim needs.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use cluster::Binaries;
use sqlx::{Connection, Executor, PgConnection};
use tokio::process::Command;

use crate::stage::Stage;

const CLIENTS: &str = "8";
/// Rows that can be claimed; more than are claimed in the time.
const ROWS: i64 = 150_000;
/// Two commits: bind with insert, and finish.
const SCRIPT: &str = "\
WITH bound AS (
    UPDATE raw_instances SET status = 'claiming' WHERE id = (
        SELECT id FROM raw_instances WHERE status = 'ready' ORDER BY created_at LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING id)
INSERT INTO raw_claims (instance_id, phase) SELECT id, 'bound' FROM bound RETURNING instance_id \\gset
BEGIN;
UPDATE raw_claims SET phase = 'ready' WHERE instance_id = :instance_id;
UPDATE raw_instances SET status = 'claimed' WHERE id = :instance_id;
END;
";

/// Claims a second of `pgbench` on the same server.
pub async fn claims_a_second(stage: &Stage, length: Duration) -> Result<f64> {
    let url = stage.world.admin_url();
    let mut admin = PgConnection::connect(url).await?;
    admin
        .execute(
            "DROP TABLE IF EXISTS raw_claims, raw_instances;
             CREATE TABLE raw_instances (id bigint PRIMARY KEY, status text NOT NULL, created_at timestamptz NOT NULL,
                 rest text NOT NULL) WITH (fillfactor = 70);
             CREATE TABLE raw_claims (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, instance_id bigint NOT NULL,
                 phase text NOT NULL) WITH (fillfactor = 70);
             CREATE UNIQUE INDEX ON raw_claims (instance_id);
             CREATE INDEX ON raw_instances (created_at) WHERE status = 'ready';",
        )
        .await?;
    sqlx::query(
        "INSERT INTO raw_instances
         SELECT n, 'ready', now() + n * interval '1 ms', repeat('x', 400) FROM generate_series(1, $1) n",
    )
    .bind(ROWS)
    .execute(&mut admin)
    .await?;
    admin.execute("VACUUM ANALYZE raw_instances").await?;
    let script = tempfile::NamedTempFile::new()?;
    std::fs::write(script.path(), SCRIPT)?;
    let beside_the_server = Binaries::find(None)?.program("pgbench");
    // Some installations keep only what starts a server in that folder.
    let pgbench = if beside_the_server.is_file() { beside_the_server } else { "pgbench".into() };
    let output = Command::new(pgbench)
        .args(["--no-vacuum", "--protocol=prepared", "--client", CLIENTS, "--jobs", "2", "--time"])
        .arg(length.as_secs().clamp(1, 10).to_string())
        .arg("--file")
        .arg(script.path())
        .arg(url)
        .output()
        .await
        .context("run pgbench")?;
    let text = String::from_utf8_lossy(&output.stdout);
    let tps =
        text.lines().find_map(|line| line.strip_prefix("tps = ")?.split_whitespace().next()?.parse().ok());
    admin.execute("DROP TABLE raw_claims, raw_instances").await?;
    match tps {
        Some(tps) => Ok(tps),
        None => bail!("pgbench failed: {}", String::from_utf8_lossy(&output.stderr)),
    }
}
