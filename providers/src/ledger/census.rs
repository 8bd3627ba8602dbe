//! Everything that has a row, read at once: what the audit compares with what exists at the vendors.

use chrono::{DateTime, Utc};

use super::{Ledger, LedgerError, Phase};

/// One instance with its tools.
#[derive(Debug, Clone)]
pub struct Counted {
    /// Our id.
    pub instance_id: String,
    /// Its life here.
    pub phase: Phase,
    /// The vendor's id of its project.
    pub project_id: Option<String>,
    /// Its tools that are not destroyed.
    pub tools: Vec<CountedTool>,
}

/// One tool of an instance.
#[derive(Debug, Clone)]
pub struct CountedTool {
    /// Which tool.
    pub tool_id: String,
    /// The vendor's id.
    pub resource_id: Option<String>,
    /// The word of its status.
    pub status: String,
    /// The claimant's own account.
    pub user_provided: bool,
    /// Used by other instances, too.
    pub shared: bool,
}

/// A thing at a vendor without a row here.
#[derive(Debug, Clone, PartialEq)]
pub struct OrphanRow {
    /// `compute`, or a tool's kind.
    pub kind: String,
    /// Its name there.
    pub name: String,
    /// The vendor's id.
    pub vendor_id: String,
    /// The workspace of a project.
    pub workspace_id: Option<String>,
    /// First sighting.
    pub first_seen_at: DateTime<Utc>,
    /// Comparisons that saw it.
    pub sightings: i32,
    /// US dollars an hour.
    pub cost_per_hour: f64,
}

/// A thing that a comparison saw.
#[derive(Debug, Clone, PartialEq)]
pub struct Stray {
    /// `compute`, or a tool's kind.
    pub kind: &'static str,
    /// Its name there.
    pub name: String,
    /// The vendor's id.
    pub vendor_id: String,
    /// The workspace of a project.
    pub workspace_id: Option<String>,
    /// US dollars an hour.
    pub cost_per_hour: f64,
}

impl Ledger {
    /// Every instance with a row.
    pub async fn census(&self) -> Result<Vec<Counted>, LedgerError> {
        let rows = sqlx::query!(
            r#"SELECT infra.instance_id, infra.phase, infra.railway_project_id,
                 tool.tool_id AS "tool_id?", tool.resource_id AS "resource_id?", tool.status AS "status?",
                 tool.provided AS "provided?", (tool.config ->> 'shared')::boolean AS "shared?"
             FROM instance_infra AS infra
             LEFT JOIN instance_services AS tool
                 ON tool.instance_id = infra.instance_id AND tool.status <> 'destroyed'
             ORDER BY infra.instance_id, tool.intent_at"#
        )
        .fetch_all(&self.pool)
        .await?;
        let mut counted: Vec<Counted> = Vec::new();
        for row in rows {
            if counted.last().is_none_or(|last| last.instance_id != row.instance_id) {
                counted.push(Counted {
                    instance_id: row.instance_id,
                    phase: Phase::of(&row.phase),
                    project_id: row.railway_project_id,
                    tools: Vec::new(),
                });
            }
            if let (Some(last), Some(tool_id)) = (counted.last_mut(), row.tool_id) {
                last.tools.push(CountedTool {
                    tool_id,
                    resource_id: row.resource_id,
                    status: row.status.unwrap_or_default(),
                    user_provided: row.provided.as_deref() == Some("user"),
                    shared: row.shared.unwrap_or_default(),
                });
            }
        }
        Ok(counted)
    }

    /// The names of the empty projects that have a row.
    pub async fn shelf_names(&self) -> Result<Vec<String>, LedgerError> {
        Ok(sqlx::query_scalar!("SELECT name FROM shelf").fetch_all(&self.pool).await?)
    }

    /// Records what a comparison of one kind saw. What it did not see is no orphan any more. A sighting counts only when
    /// the one before is older than `counted_before`: replicas that compare at once see one thing once.
    pub async fn orphans_seen(
        &self,
        kind: &str,
        strays: &[Stray],
        counted_before: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<(), LedgerError> {
        let ids: Vec<String> = strays.iter().map(|stray| stray.vendor_id.clone()).collect();
        let mut transaction = self.pool.begin().await?;
        sqlx::query!("DELETE FROM orphans WHERE kind = $1 AND vendor_id <> ALL($2)", kind, &ids)
            .execute(&mut *transaction)
            .await?;
        for stray in strays {
            sqlx::query!(
                "INSERT INTO orphans
                     (kind, name, vendor_id, workspace_id, first_seen_at, last_seen_at, cost_per_hour)
                 VALUES ($1, $2, $3, $4, $5, $5, $6)
                 ON CONFLICT (kind, vendor_id) DO UPDATE
                     SET name = EXCLUDED.name, last_seen_at = EXCLUDED.last_seen_at,
                         sightings = orphans.sightings + 1
                     WHERE orphans.last_seen_at < $7",
                stray.kind,
                stray.name,
                stray.vendor_id,
                stray.workspace_id,
                now,
                stray.cost_per_hour,
                counted_before
            )
            .execute(&mut *transaction)
            .await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    /// Every orphan, the oldest first.
    pub async fn orphans(&self) -> Result<Vec<OrphanRow>, LedgerError> {
        let rows = sqlx::query_as!(
            OrphanRow,
            "SELECT kind, name, vendor_id, workspace_id, first_seen_at, sightings, cost_per_hour
             FROM orphans
             ORDER BY first_seen_at, kind, vendor_id"
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows)
    }

    /// An orphan that is confirmed gone.
    pub async fn orphan_gone(&self, kind: &str, vendor_id: &str) -> Result<(), LedgerError> {
        sqlx::query!("DELETE FROM orphans WHERE kind = $1 AND vendor_id = $2", kind, vendor_id)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Whether a row here knows this thing after all.
    pub async fn is_known(&self, vendor_id: &str) -> Result<bool, LedgerError> {
        let known = sqlx::query_scalar!(
            r#"SELECT EXISTS (SELECT 1 FROM instance_infra WHERE railway_project_id = $1)
                 OR EXISTS (SELECT 1 FROM shelf WHERE railway_project_id = $1)
                 OR EXISTS (SELECT 1 FROM instance_services WHERE resource_id = $1 AND status <> 'destroyed')
                 AS "known!""#,
            vendor_id
        )
        .fetch_one(&self.pool)
        .await?;
        Ok(known)
    }
}
