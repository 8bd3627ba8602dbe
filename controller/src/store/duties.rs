//! Duties: what one replica at a time does for all. Ordinary leased records with a memory of their own.

use std::collections::BTreeMap;
use std::time::Duration;

use model::Timestamp;
use model::id::InstanceId;
use model::plan::audit::{Finding, Memory, Row};
use model::words::Kind;
use sqlx::types::Json;
use uuid::Uuid;

use super::Store;
use super::event::{self, NewEvent};
use super::queue::{Lease, Leased, Worker, interval};
use super::rows::instance_id;

const ACTOR: &str = "reconciler/audit";

/// A duty with what it remembers.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Duty {
    pub name: String,
    pub state: serde_json::Value,
    pub attempts: u32,
}

impl Store {
    /// Leases due duties.
    pub(crate) async fn lease_duties(&self, worker: &Worker, most: i64) -> sqlx::Result<Leased<Duty>> {
        let lease = Lease { token: Uuid::now_v7() };
        let rows = sqlx::query!(
            "WITH due AS (
                SELECT name AS due_name FROM duties
                WHERE due_at <= now() AND (lease_until IS NULL OR lease_until < now())
                ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED
            )
            UPDATE duties SET lease_owner = $2, lease_until = now() + $3, lease_token = $4
            FROM due WHERE duties.name = due.due_name
            RETURNING name, state, attempts",
            most,
            worker.owner,
            interval(worker.lease_duration),
            lease.token
        )
        .fetch_all(&self.db)
        .await?;
        let duty = |row: (String, serde_json::Value, i32)| Duty {
            name: row.0,
            state: row.1,
            attempts: super::rows::count(row.2),
        };
        let records = rows.into_iter().map(|row| duty((row.name, row.state, row.attempts))).collect();
        Ok(Leased { lease, records })
    }

    /// Ends a pass over a duty: what it remembers, and when it is due again. False: fenced.
    pub(crate) async fn duty_done(
        &self,
        name: &str,
        lease: Lease,
        state: &serde_json::Value,
        again: Duration,
    ) -> sqlx::Result<bool> {
        let done = sqlx::query!(
            "UPDATE duties SET state = $3, due_at = now() + $4, attempts = 0, last_error = NULL,
                 lease_owner = NULL, lease_until = NULL, lease_token = NULL
             WHERE name = $1 AND lease_token = $2",
            name,
            lease.token,
            state,
            interval(again)
        )
        .execute(&self.db)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// What the audit remembers, for the dashboard and for sizing by cost.
    pub async fn audit_memory(&self) -> sqlx::Result<Memory> {
        let state =
            sqlx::query_scalar!(r#"SELECT state AS "state: Json<Memory>" FROM duties WHERE name = 'audit'"#)
                .fetch_optional(&self.db)
                .await?;
        Ok(state.map(|json| json.0).unwrap_or_default())
    }

    /// Status of every row that is not a tombstone.
    pub(crate) async fn living_rows(&self) -> sqlx::Result<BTreeMap<InstanceId, Row>> {
        let rows = sqlx::query!(
            r#"SELECT id, status, url IS NOT NULL AS "has_address!" FROM instances WHERE status <> 'deleted'"#
        )
        .fetch_all(&self.db)
        .await?;
        let row = |status: String, has_address| Row { status: status.into(), has_address };
        Ok(rows
            .into_iter()
            .map(|found| (instance_id(found.id), row(found.status, found.has_address)))
            .collect())
    }

    /// Status of some rows, tombstones too.
    pub(crate) async fn rows_of(&self, ids: &[InstanceId]) -> sqlx::Result<BTreeMap<InstanceId, Row>> {
        let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
        let rows = sqlx::query!(
            r#"SELECT id, status, url IS NOT NULL AS "has_address!" FROM instances WHERE id = ANY($1)"#,
            &ids
        )
        .fetch_all(&self.db)
        .await?;
        let row = |status: String, has_address| Row { status: status.into(), has_address };
        Ok(rows
            .into_iter()
            .map(|found| (instance_id(found.id), row(found.status, found.has_address)))
            .collect())
    }

    /// Has stray instances destroyed: each gets a row that is on its way out (an orphan a new one, a zombie its tombstone
    /// back), and a destroy request. Nothing is done to a row that is alive. Returns those that were taken.
    pub(crate) async fn destroy_strays(
        &self,
        strays: &[(InstanceId, Finding)],
        now: Timestamp,
    ) -> sqlx::Result<Vec<String>> {
        let ids: Vec<String> = strays.iter().map(|(id, _)| id.to_string()).collect();
        let requests: Vec<Uuid> = ids.iter().map(|_| Uuid::now_v7()).collect();
        sqlx::query_scalar!(
            r#"
            WITH given AS (
                SELECT * FROM unnest($1::text[], $2::uuid[]) AS given (instance_id, request_id)
            ), taken AS (
                INSERT INTO instances (id, pool, status, status_since, deploy_status, created_at, updated_at)
                SELECT given.instance_id, (SELECT name FROM pools ORDER BY name <> 'default', name LIMIT 1), 'destroying', $3, 'unknown', $3, $3
                FROM given WHERE EXISTS (SELECT 1 FROM pools)
                ON CONFLICT (id) DO UPDATE
                SET status = 'destroying', status_since = $3, updated_at = $3, deleted_at = NULL, due_at = NULL
                WHERE instances.status = 'deleted'
                RETURNING instances.id
            ), filed AS (
                INSERT INTO destroy_requests (id, instance_id, reason, requested_by, cause, phase, created_at, updated_at, due_at)
                SELECT given.request_id, taken.id, 'failed_create', $4, 'audit', 'destroying', $3, $3, now()
                FROM taken JOIN given ON given.instance_id = taken.id
                ON CONFLICT (instance_id) DO UPDATE
                SET phase = 'destroying', done_at = NULL, updated_at = $3, due_at = now(), attempts = 0
            ), journal AS (
                INSERT INTO events (at, kind, object, reason, message, actor, to_state)
                SELECT $3, 'instance', id, 'StrayDestroyed', 'exists outside although no row here is alive: it is destroyed', $4, 'destroying'
                FROM taken
            )
            SELECT id AS "id!" FROM taken
            "#,
            &ids,
            &requests,
            now,
            ACTOR
        )
        .fetch_all(&self.db)
        .await
    }

    /// Has ghosts looked at now, and journals findings.
    pub(crate) async fn note_findings(
        &self,
        fresh: &[(InstanceId, Finding)],
        recheck: &[InstanceId],
        now: Timestamp,
    ) -> sqlx::Result<()> {
        let mut tx = self.db.begin().await?;
        for (id, finding) in fresh {
            let (reason, message) = match finding {
                Finding::Ghost => ("GhostFound", "has a row here and nothing outside"),
                Finding::Orphan => ("OrphanFound", "exists outside without a row here"),
                Finding::Zombie => ("ZombieFound", "is said to be gone and exists outside"),
            };
            event::write(&mut tx, &NewEvent::new(Kind::Instance, id, reason, message, ACTOR), now).await?;
        }
        let ids: Vec<String> = recheck.iter().map(ToString::to_string).collect();
        sqlx::query!(
            "UPDATE instances SET due_at = now()
             WHERE id = ANY($1) AND due_at > now() AND status NOT IN ('destroying', 'deleted')",
            &ids
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await
    }
}
