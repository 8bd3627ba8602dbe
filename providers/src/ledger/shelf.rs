//! Empty projects, made in quiet times, each for one instance.

use chrono::{DateTime, Utc};

use super::{Instance, Lease, Ledger, LedgerError};
use crate::infra::Site;

impl Ledger {
    /// The empty project that this instance took or takes now, if there is one. A step that already asked for a new project
    /// takes none.
    pub async fn shelf_for(&self, lease: &Lease, instance: &Instance) -> Result<Option<Site>, LedgerError> {
        let mut transaction = self.fenced(lease).await?;
        let taken = sqlx::query!(
            r#"UPDATE shelf
             SET state = 'taken', taken_by = $1, updated_at = now()
             WHERE name = coalesce(
                 (SELECT name FROM shelf WHERE taken_by = $1),
                 (SELECT name
                  FROM shelf
                  WHERE state = 'free'
                      AND NOT EXISTS (
                          SELECT 1 FROM steps WHERE instance_id = $1 AND step = 'project' AND state <> 'intent')
                  ORDER BY created_at
                  LIMIT 1
                  FOR UPDATE SKIP LOCKED))
             RETURNING workspace_id, railway_project_id, railway_environment_id"#,
            instance.instance_id
        )
        .fetch_optional(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(taken.map(|row| Site {
            workspace_id: Some(row.workspace_id),
            project_id: row.railway_project_id,
            environment_id: row.railway_environment_id,
            ..Site::default()
        }))
    }

    /// The project that an instance took from the shelf, without taking one.
    pub async fn shelf_taken(&self, instance_id: &str) -> Result<Option<Site>, LedgerError> {
        let row = sqlx::query!(
            "SELECT workspace_id, railway_project_id, railway_environment_id FROM shelf WHERE taken_by = $1",
            instance_id
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map(|row| Site {
            workspace_id: Some(row.workspace_id),
            project_id: row.railway_project_id,
            environment_id: row.railway_environment_id,
            ..Site::default()
        }))
    }

    /// How many empty projects are there or being made, and how many of them are free.
    pub async fn shelf_counts(&self) -> Result<(i64, i64), LedgerError> {
        let row = sqlx::query!(
            r#"SELECT count(*) FILTER (WHERE state <> 'taken') AS "kept!", count(*) FILTER (WHERE state = 'free') AS "free!"
             FROM shelf"#
        )
        .fetch_one(&self.pool)
        .await?;
        Ok((row.kept, row.free))
    }

    /// An empty project whose creation is not finished.
    pub async fn shelf_unfinished(&self) -> Result<Option<(String, String, DateTime<Utc>)>, LedgerError> {
        let row = sqlx::query!(
            "SELECT name, workspace_id, created_at FROM shelf WHERE state = 'creating' ORDER BY created_at LIMIT 1"
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map(|row| (row.name, row.workspace_id, row.created_at)))
    }

    /// Commits the intent of an empty project.
    pub async fn shelf_intend(
        &self,
        name: &str,
        workspace_id: &str,
        now: DateTime<Utc>,
    ) -> Result<(), LedgerError> {
        sqlx::query!(
            "INSERT INTO shelf (name, workspace_id, state, created_at, updated_at)
             VALUES ($1, $2, 'creating', $3, $3)
             ON CONFLICT (name) DO NOTHING",
            name,
            workspace_id,
            now
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// The empty project is there.
    pub async fn shelf_made(&self, name: &str, site: &Site, now: DateTime<Utc>) -> Result<(), LedgerError> {
        sqlx::query!(
            "UPDATE shelf
             SET state = 'free', railway_project_id = $2, railway_environment_id = $3, updated_at = $4
             WHERE name = $1 AND state = 'creating'",
            name,
            site.project_id,
            site.environment_id,
            now
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// An intent that had no effect outside.
    pub async fn shelf_forget(&self, name: &str) -> Result<(), LedgerError> {
        sqlx::query!("DELETE FROM shelf WHERE name = $1 AND state = 'creating'", name)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// The number of the next empty project: never one that was used.
    pub async fn shelf_next_number(&self) -> Result<i64, LedgerError> {
        let number = sqlx::query_scalar!(r#"SELECT nextval('shelf_numbers') AS "number!""#)
            .fetch_one(&self.pool)
            .await?;
        Ok(number)
    }

    /// Whether creations wait in a lane.
    pub async fn lane_is_wanted(&self, lane: &str) -> Result<bool, LedgerError> {
        let wanted = sqlx::query_scalar!(
            r#"SELECT EXISTS (
                 SELECT 1 FROM lane_tickets WHERE lane = $1 AND priority < 9 AND expires_at > clock_timestamp()
             ) AS "wanted!""#,
            lane
        )
        .fetch_one(&self.pool)
        .await?;
        Ok(wanted)
    }
}
