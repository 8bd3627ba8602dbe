//! Pools: leasing, the census under the pool's row lock, the line, and the journal of creations.

use std::time::Duration;

use chrono::TimeDelta;
use model::Timestamp;
use model::condition::Conditions;
use model::delay::Curve;
use model::id::InstanceId;
use model::plan::pool::{Census, Creations, Idle};
use model::record::PoolSpec;
use model::words::{DestroyReason, InstanceStatus, Kind};
use sqlx::types::Json;
use sqlx::{PgConnection, Postgres, Transaction};
use uuid::Uuid;

use super::Store;
use super::destroy::{Doom, doom};
use super::event::{self, NewEvent};
use super::queue::{Lease, Leased, Worker, interval};
use super::rows::{count, instance_id};

const ACTOR: &str = "reconciler/pool";
/// Failed creations in a row that begin a hold (OUTSIDE, "Recovery figures").
const HOLD_AFTER: i32 = 5;
/// Creations that the other rule looks at: half of them failed.
const HOLD_WINDOW: usize = 20;
/// Waits between probes of a hold: 1, 2, 4 … 10 minutes.
const PROBES: Curve = Curve { first: Duration::from_secs(60), most: Duration::from_secs(600) };

/// A pool, as its reconciler sees it under the row lock.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PoolRecord {
    pub name: String,
    pub spec: PoolSpec,
    pub generation: i64,
    pub conditions: Conditions,
    pub explanation: String,
    pub desired: u32,
    pub hold: Option<Hold>,
}

/// Creations are held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hold {
    pub why: String,
    pub probe_at: Timestamp,
    pub probes: u32,
}

impl PoolRecord {
    pub fn creations(&self) -> Creations {
        match &self.hold {
            None => Creations::Welcome,
            Some(hold) => Creations::Held { why: hold.why.clone(), probe_at: hold.probe_at },
        }
    }
}

/// What a pass leaves behind.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PoolReport {
    pub desired: u32,
    pub explanation: String,
    pub conditions: Conditions,
    pub again: Duration,
}

/// A pool under its row lock: while this lives, no other pass counts, creates or shrinks it.
pub(crate) struct LockedPool {
    tx: Transaction<'static, Postgres>,
    pub record: PoolRecord,
    pub census: Census,
    lease: Lease,
}

impl Store {
    /// Makes the pool that the configuration describes, at first start only.
    pub async fn ensure_pool(&self, name: &str, spec: &PoolSpec, now: Timestamp) -> sqlx::Result<bool> {
        let made = sqlx::query!(
            "INSERT INTO pools (name, spec, created_at, updated_at, due_at) VALUES ($1, $2, $3, $3, now())
             ON CONFLICT (name) DO NOTHING",
            name,
            Json(spec) as _,
            now
        )
        .execute(&self.db)
        .await?;
        Ok(made.rows_affected() == 1)
    }

    /// Leases pools that are due, and those named in `hints` whether due or not.
    pub(crate) async fn lease_pools(
        &self,
        worker: &Worker,
        hints: &[String],
        most: i64,
    ) -> sqlx::Result<Leased<String>> {
        let lease = Lease { token: Uuid::now_v7() };
        let records = sqlx::query_scalar!(
            "WITH due AS (
                SELECT name AS due_name FROM pools
                WHERE (due_at <= now() OR name = ANY($5)) AND (lease_until IS NULL OR lease_until < now())
                ORDER BY due_at LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED
            )
            UPDATE pools SET lease_owner = $2, lease_until = now() + $3, lease_token = $4
            FROM due WHERE pools.name = due.due_name
            RETURNING name",
            most,
            worker.owner,
            interval(worker.lease_duration),
            lease.token,
            hints
        )
        .fetch_all(&self.db)
        .await?;
        Ok(Leased { lease, records })
    }

    /// Locks a leased pool and counts its members. `None`: fenced.
    pub(crate) async fn lock_pool(&self, name: &str, lease: Lease) -> sqlx::Result<Option<LockedPool>> {
        let mut tx = self.db.begin().await?;
        let Some(row) = sqlx::query!(
            r#"SELECT name, spec AS "spec: Json<PoolSpec>", generation, conditions AS "conditions: Json<Conditions>",
                explanation, desired, hold_until, hold_probes, hold_reason
               FROM pools WHERE name = $1 AND lease_token = $2 FOR NO KEY UPDATE"#,
            name,
            lease.token
        )
        .fetch_optional(&mut *tx)
        .await?
        else {
            return Ok(None);
        };
        let record = PoolRecord {
            name: row.name,
            spec: row.spec.0,
            generation: row.generation,
            conditions: row.conditions.0,
            explanation: row.explanation,
            desired: count(row.desired),
            hold: row.hold_until.map(|probe_at| Hold {
                why: row.hold_reason.unwrap_or_default(),
                probe_at,
                probes: count(row.hold_probes),
            }),
        };
        let census = census(&mut tx, name).await?;
        Ok(Some(LockedPool { tx, record, census, lease }))
    }

    /// Counts the members of a pool without a lock, for reading.
    pub async fn census(&self, name: &str) -> sqlx::Result<Census> {
        census(&mut *self.db.acquire().await?, name).await
    }
}

impl LockedPool {
    /// Gives free instances to the claims in line, in the line's order. Returns the claims that were bound.
    pub async fn serve_line(&mut self, now: Timestamp) -> sqlx::Result<Vec<Uuid>> {
        if self.census.waiting == 0 || self.census.ready == 0 {
            return Ok(Vec::new());
        }
        let bound = sqlx::query_scalar!(
            r#"
            WITH heads AS (
                SELECT id, row_number() OVER (ORDER BY priority DESC, created_at, id) AS place
                FROM (
                    SELECT id, priority, created_at FROM claims
                    WHERE pool = $1 AND phase = 'pending' AND deadline_at > $2
                    ORDER BY priority DESC, created_at, id
                    LIMIT $3
                    FOR UPDATE SKIP LOCKED
                ) AS head
            ), free AS (
                SELECT id, row_number() OVER (ORDER BY created_at, id) AS place
                FROM (
                    SELECT id, created_at FROM instances
                    WHERE pool = $1 AND status = 'ready' AND deploy_status = 'healthy' AND NOT protected AND redeploy IS NULL
                    ORDER BY created_at
                    LIMIT (SELECT count(*) FROM heads)
                    FOR UPDATE SKIP LOCKED
                ) AS idle
            ), bound AS (
                UPDATE claims
                SET phase = 'bound', instance_id = free.id, bound_at = $2, updated_at = $2, due_at = now()
                FROM heads JOIN free USING (place)
                WHERE claims.id = heads.id
                RETURNING claims.id, claims.instance_id, claims.template_id, claims.owner_id, claims.agent_name,
                    claims.instructions, claims.model, claims.parent_instance, claims.trace_id
            ), taken AS (
                UPDATE instances
                SET status = 'claiming', status_since = $2, claim_id = bound.id, claimed_at = $2,
                    template_id = bound.template_id, owner_id = bound.owner_id, agent_name = bound.agent_name,
                    instructions = bound.instructions, model = bound.model, parent_instance = bound.parent_instance,
                    updated_at = $2
                FROM bound WHERE instances.id = bound.instance_id
            ), journal AS (
                INSERT INTO events (at, kind, object, reason, message, actor, from_state, to_state, cause, trace_id)
                SELECT $2, 'claim', id::text, 'Bound', 'has instance ' || instance_id, $4, 'pending', 'bound',
                    'instance/' || instance_id, trace_id
                FROM bound
            )
            SELECT id FROM bound
            "#,
            self.record.name,
            now,
            i64::from(self.census.waiting.min(200)),
            ACTOR
        )
        .fetch_all(&mut *self.tx)
        .await?;
        let served = u32::try_from(bound.len()).unwrap_or(u32::MAX);
        self.census.waiting = self.census.waiting.saturating_sub(served);
        self.census.ready = self.census.ready.saturating_sub(served);
        self.census.claiming += served;
        Ok(bound)
    }

    /// Lists the idle members, for a plan that may give some up.
    pub async fn idle(&mut self) -> sqlx::Result<Vec<Idle>> {
        let rows = sqlx::query!(
            r#"SELECT id, status, deploy_status, image IS DISTINCT FROM $2 AS "old_image!", created_at, protected
               FROM instances WHERE pool = $1 AND status IN ('starting', 'ready') AND claim_id IS NULL"#,
            self.record.name,
            self.record.spec.image
        )
        .fetch_all(&mut *self.tx)
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| Idle {
                id: instance_id(row.id),
                status: row.status.into(),
                deploy_status: row.deploy_status.into(),
                old_image: row.old_image,
                created_at: row.created_at,
                protected: row.protected,
            })
            .collect())
    }

    /// Inserts rows of instances to be created: the intent, before any call.
    pub async fn create(&mut self, ids: &[InstanceId], why: &str, now: Timestamp) -> sqlx::Result<()> {
        let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
        sqlx::query!(
            "WITH made AS (
                INSERT INTO instances (id, pool, status, status_since, image, created_at, updated_at, due_at)
                SELECT given.id, $2, 'starting', $3, $4, $3, $3, now() FROM unnest($1::text[]) AS given (id)
                RETURNING id
            )
            INSERT INTO events (at, kind, object, reason, message, actor, to_state, cause)
            SELECT $3, 'instance', id, 'Wanted', $5, $6, 'starting', 'pool/' || $2 FROM made",
            &ids,
            self.record.name,
            now,
            self.record.spec.image,
            why,
            ACTOR
        )
        .execute(&mut *self.tx)
        .await?;
        self.census.starting += u32::try_from(ids.len()).unwrap_or(0);
        Ok(())
    }

    /// A probe of a hold is on its way: the next one is due later.
    pub async fn probe_sent(&mut self, scale: f64, now: Timestamp) -> sqlx::Result<()> {
        let Some(hold) = &self.record.hold else { return Ok(()) };
        let probes = hold.probes + 1;
        let wait = PROBES.base(probes + 1).div_f64(scale);
        sqlx::query!(
            "UPDATE pools SET hold_probes = $2, hold_until = $3 WHERE name = $1",
            self.record.name,
            i32::try_from(probes).unwrap_or(i32::MAX),
            now + TimeDelta::from_std(wait).unwrap_or(TimeDelta::minutes(10))
        )
        .execute(&mut *self.tx)
        .await?;
        Ok(())
    }

    /// Marks idle members and files their destroy requests. Returns how many were still idle.
    pub async fn shrink(&mut self, ids: &[InstanceId], now: Timestamp) -> sqlx::Result<usize> {
        let order = Doom {
            instances: ids,
            reason: DestroyReason::Surplus,
            requested_by: ACTOR,
            cause: Some(format!("pool/{}", self.record.name)),
            of_claim: None,
            statuses: &[InstanceStatus::Starting, InstanceStatus::Ready],
        };
        Ok(doom(&mut self.tx, &order, now).await?.len())
    }

    /// Writes what the pass found, gives the lease back, and commits everything that was done under the lock.
    pub async fn finish(
        mut self,
        report: &PoolReport,
        events: &[NewEvent],
        now: Timestamp,
    ) -> sqlx::Result<()> {
        for line in events {
            event::write(&mut self.tx, line, now).await?;
        }
        sqlx::query!(
            "UPDATE pools
             SET desired = $3, explanation = $4, conditions = $5, observed_generation = $6, due_at = now() + $7,
                 attempts = 0, last_error = NULL, lease_owner = NULL, lease_until = NULL, lease_token = NULL
             WHERE name = $1 AND lease_token = $2",
            self.record.name,
            self.lease.token,
            i32::try_from(report.desired).unwrap_or(i32::MAX),
            report.explanation,
            Json(&report.conditions) as _,
            self.record.generation,
            interval(report.again)
        )
        .execute(&mut *self.tx)
        .await?;
        self.tx.commit().await
    }
}

async fn census(db: &mut PgConnection, name: &str) -> sqlx::Result<Census> {
    let members = sqlx::query!(
        r#"SELECT status, count(*)::int AS "members!" FROM instances WHERE pool = $1 AND status <> 'deleted' GROUP BY status"#,
        name
    )
    .fetch_all(&mut *db)
    .await?;
    let waiting = sqlx::query_scalar!(
        r#"SELECT count(*)::int AS "waiting!" FROM claims WHERE pool = $1 AND phase = 'pending'"#,
        name
    )
    .fetch_one(&mut *db)
    .await?;
    let mut census = Census { waiting: count(waiting), ..Census::default() };
    for row in members {
        let members = count(row.members);
        match InstanceStatus::from(row.status) {
            InstanceStatus::Starting => census.starting = members,
            InstanceStatus::Ready => census.ready = members,
            InstanceStatus::Claiming => census.claiming = members,
            InstanceStatus::Claimed => census.claimed = members,
            InstanceStatus::Stuck => census.stuck = members,
            InstanceStatus::Destroying => census.destroying = members,
            InstanceStatus::Deleted => {}
        }
    }
    Ok(census)
}

/// Locks pools whose creations are about to be noted. Taken before any instance is touched, as the pool's own pass does:
/// one order of locks, no deadlock. The lock leaves foreign keys alone, so members can still be inserted.
pub(crate) async fn lock_for_creations(db: &mut PgConnection, pools: &[String]) -> sqlx::Result<()> {
    sqlx::query!("SELECT name FROM pools WHERE name = ANY($1) ORDER BY name FOR NO KEY UPDATE", pools)
        .fetch_all(db)
        .await?;
    Ok(())
}

/// Notes how a creation ended. Failures in a row, or half of the last twenty, begin a hold; one success ends it.
pub(crate) async fn note_creation(
    db: &mut PgConnection,
    pool: &str,
    outcome: Result<(), &str>,
    now: Timestamp,
) -> sqlx::Result<()> {
    let row = sqlx::query!(
        "SELECT creations_failed, creations_recent, hold_until FROM pools WHERE name = $1 FOR NO KEY UPDATE",
        pool
    )
    .fetch_one(&mut *db)
    .await?;
    let mark = if outcome.is_ok() { 's' } else { 'f' };
    let recent: String =
        std::iter::once(mark).chain(row.creations_recent.chars()).take(HOLD_WINDOW).collect();
    let failed = if outcome.is_ok() { 0 } else { row.creations_failed + 1 };
    let half = recent.len() == HOLD_WINDOW && recent.matches('f').count() * 2 >= HOLD_WINDOW;
    let held = outcome.is_err() && (failed >= HOLD_AFTER || half || row.hold_until.is_some());
    let begins = held && row.hold_until.is_none();
    let ends = outcome.is_ok() && row.hold_until.is_some();
    // A hold that ends forgets what led to it; else the next failure would begin it anew.
    let recent = if ends { "s".to_owned() } else { recent };
    sqlx::query!(
        "UPDATE pools
         SET creations_failed = $2, creations_recent = $3,
             hold_until = CASE WHEN $4 THEN coalesce(hold_until, $5) ELSE NULL END,
             hold_probes = CASE WHEN $4 THEN hold_probes ELSE 0 END,
             hold_reason = CASE WHEN $4 THEN coalesce($6, hold_reason) ELSE NULL END,
             due_at = now()
         WHERE name = $1",
        pool,
        failed,
        recent,
        held,
        now + TimeDelta::from_std(PROBES.first).unwrap_or(TimeDelta::minutes(1)),
        outcome.err()
    )
    .execute(&mut *db)
    .await?;
    if begins {
        let message = format!("creations keep failing: {}", outcome.err().unwrap_or_default());
        event::write(db, &NewEvent::new(Kind::Pool, pool, "HoldBegan", message, ACTOR), now).await?;
    } else if ends {
        event::write(db, &NewEvent::new(Kind::Pool, pool, "HoldEnded", "a creation succeeded", ACTOR), now)
            .await?;
    }
    Ok(())
}

impl Store {
    /// Reads what operators want of a pool.
    pub async fn pool_spec(&self, name: &str) -> sqlx::Result<Option<PoolSpec>> {
        let spec =
            sqlx::query_scalar!(r#"SELECT spec AS "spec: Json<PoolSpec>" FROM pools WHERE name = $1"#, name)
                .fetch_optional(&self.db)
                .await?;
        Ok(spec.map(|json| json.0))
    }
}
