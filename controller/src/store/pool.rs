//! Pools: leasing, and the writes of their reconciler under the pool's row lock.

use std::time::{Duration, Instant};

use model::Timestamp;
use model::condition::Conditions;
use model::id::InstanceId;
use model::plan::pool::Census;
use model::plan::rollout::Rolling;
use model::record::PoolSpec;
use model::words::{DestroyReason, InstanceStatus};
use sqlx::types::Json;
use sqlx::{PgConnection, Postgres, Transaction};
use uuid::Uuid;

use super::Store;
use super::creations::Hold;
use super::destroy::{Doom, doom};
use super::event::{self, NewEvent};
use super::pool_facts::{self, PoolFacts};
use super::queue::{Lease, Leased, Worker, interval};
use super::rows::count;
use crate::wake::Hint;

const ACTOR: &str = "reconciler/pool";

/// A pool, as a plan needs it.
#[derive(Debug, Clone, PartialEq)]
pub struct PoolRecord {
    /// Its name.
    pub name: String,
    /// What operators want of it.
    pub spec: PoolSpec,
    /// Bumped with each change of the spec.
    pub generation: i64,
    /// What is true of it.
    pub conditions: Conditions,
    /// How far its rollout is.
    pub rollout: Rolling,
    /// Creations are held.
    pub hold: Option<Hold>,
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
    pub(super) tx: Transaction<'static, Postgres>,
    pub record: PoolRecord,
    pub census: Census,
    /// How long the counting took.
    pub counted_in: Duration,
    lease: Lease,
}

struct PoolRow {
    name: String,
    spec: Json<PoolSpec>,
    generation: i64,
    conditions: Json<Conditions>,
    rollout: Json<Rolling>,
    hold_since: Option<Timestamp>,
    hold_probes: i32,
    hold_reason: Option<String>,
}

/// Selects pools for plans.
macro_rules! pool_records {
    ($tail:tt $(, $argument:expr)* $(,)?) => {
        sqlx::query_as!(
            PoolRow,
            r#"SELECT name, spec AS "spec: Json<PoolSpec>", generation, conditions AS "conditions: Json<Conditions>",
                rollout AS "rollout: Json<Rolling>", hold_since, hold_probes, hold_reason
            FROM pools "# + $tail
            $(, $argument)*
        )
    };
}

impl From<PoolRow> for PoolRecord {
    fn from(row: PoolRow) -> Self {
        Self {
            name: row.name,
            spec: row.spec.0,
            generation: row.generation,
            conditions: row.conditions.0,
            rollout: row.rollout.0,
            hold: row.hold_since.map(|since| Hold {
                why: row.hold_reason.unwrap_or_default(),
                since,
                probes: count(row.hold_probes),
            }),
        }
    }
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

    /// Reads what operators want of a pool.
    pub async fn pool_spec(&self, name: &str) -> sqlx::Result<Option<PoolSpec>> {
        let spec =
            sqlx::query_scalar!(r#"SELECT spec AS "spec: Json<PoolSpec>" FROM pools WHERE name = $1"#, name)
                .fetch_optional(&self.db)
                .await?;
        Ok(spec.map(|json| json.0))
    }

    /// Counts the members of a pool without a lock, for reading.
    pub async fn census(&self, name: &str) -> sqlx::Result<Census> {
        census(&mut *self.db.acquire().await?, name).await
    }

    /// Observes a pool without a lock: what its plan would decide on now, or would if it had another spec. For
    /// `explain` and previews.
    pub async fn pool_facts(
        &self,
        name: &str,
        other_spec: Option<PoolSpec>,
        time_scale: f64,
        now: Timestamp,
    ) -> sqlx::Result<Option<PoolFacts>> {
        let mut db = self.db.acquire().await?;
        let Some(row) = pool_records!("WHERE name = $1", name).fetch_optional(&mut *db).await? else {
            return Ok(None);
        };
        let census = census(&mut db, name).await?;
        let mut record = PoolRecord::from(row);
        record.spec = other_spec.unwrap_or(record.spec);
        pool_facts::observe(&mut db, record, census, time_scale, now).await.map(Some)
    }

    /// Leases pools that are due, and those hinted at whether due or not, unless a pass of whatever replica began since:
    /// that one knows what the hint is about.
    pub(crate) async fn lease_pools(
        &self,
        worker: &Worker,
        hints: &[Hint],
        most: i64,
    ) -> sqlx::Result<Leased<String>> {
        let lease = Lease { token: Uuid::now_v7() };
        let names: Vec<String> = hints.iter().map(|hint| hint.name.clone()).collect();
        let ages: Vec<f64> = hints.iter().map(|hint| hint.since.elapsed().as_secs_f64()).collect();
        let records = sqlx::query_scalar!(
            "WITH due AS (
                SELECT name AS due_name FROM pools
                WHERE (lease_until IS NULL OR lease_until < now()) AND (
                    due_at <= now() OR EXISTS (
                        SELECT FROM unnest($5::text[], $6::float8[]) AS hint (name, age)
                        WHERE hint.name = pools.name
                          AND (passed_at IS NULL OR passed_at < clock_timestamp() - make_interval(secs => hint.age))
                    ))
                ORDER BY due_at LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED
            )
            UPDATE pools SET lease_owner = $2, lease_until = now() + $3, lease_token = $4, passed_at = clock_timestamp()
            FROM due WHERE pools.name = due.due_name
            RETURNING name",
            most,
            worker.owner,
            interval(worker.lease_duration),
            lease.token,
            &names,
            &ages
        )
        .fetch_all(&self.db)
        .await?;
        Ok(Leased { lease, records })
    }

    /// Locks a leased pool and counts its members. `None`: fenced.
    pub(crate) async fn lock_pool(&self, name: &str, lease: Lease) -> sqlx::Result<Option<LockedPool>> {
        let mut tx = self.db.begin().await?;
        let row = pool_records!("WHERE name = $1 AND lease_token = $2 FOR NO KEY UPDATE", name, lease.token)
            .fetch_optional(&mut *tx)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let began = Instant::now();
        let census = census(&mut tx, name).await?;
        Ok(Some(LockedPool { tx, record: row.into(), census, counted_in: began.elapsed(), lease }))
    }
}

impl LockedPool {
    /// Everything that the plan needs.
    pub async fn facts(&mut self, time_scale: f64, now: Timestamp) -> sqlx::Result<PoolFacts> {
        pool_facts::observe(&mut self.tx, self.record.clone(), self.census.clone(), time_scale, now).await
    }

    /// Inserts rows of instances to be created: the intent, before any call.
    pub async fn create(
        &mut self,
        ids: &[InstanceId],
        image: Option<&str>,
        why: &str,
        now: Timestamp,
    ) -> sqlx::Result<()> {
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
            image,
            why,
            ACTOR
        )
        .execute(&mut *self.tx)
        .await?;
        self.census.starting += u32::try_from(ids.len()).unwrap_or(0);
        Ok(())
    }

    /// Marks idle members and files their destroy requests. Returns how many were still idle.
    pub async fn shrink(
        &mut self,
        ids: &[InstanceId],
        reason: DestroyReason,
        now: Timestamp,
    ) -> sqlx::Result<usize> {
        let order = Doom {
            instances: ids,
            reason,
            requested_by: ACTOR,
            cause: Some(format!("pool/{}", self.record.name)),
            of_claim: None,
            statuses: &[InstanceStatus::Starting, InstanceStatus::Ready],
        };
        Ok(doom(&mut self.tx, &order, now).await?.len())
    }

    /// Remembers how far the rollout is.
    pub async fn turn(&mut self, rolling: &Rolling) -> sqlx::Result<()> {
        sqlx::query!("UPDATE pools SET rollout = $2 WHERE name = $1", self.record.name, Json(rolling) as _)
            .execute(&mut *self.tx)
            .await?;
        self.record.rollout = rolling.clone();
        Ok(())
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

/// The members by status, what is hidden of them, and the line. A large pool's members are counted in an index alone; what
/// is hidden has a small one of its own.
async fn census(db: &mut PgConnection, name: &str) -> sqlx::Result<Census> {
    let rows = sqlx::query!(
        r#"SELECT status AS "status?", count(*)::int AS "members!", 0 AS "hidden!", 0 AS "hidden_idle!"
        FROM instances WHERE pool = $1 AND status <> 'deleted' GROUP BY status
        UNION ALL
        SELECT status, 0, count(*)::int, count(*) FILTER (WHERE claimed_at IS NULL)::int
        FROM instances WHERE pool = $1 AND hidden AND status <> 'deleted' GROUP BY status
        UNION ALL
        SELECT NULL, count(*)::int, 0, 0 FROM claims WHERE pool = $1 AND phase = 'pending'"#,
        name
    )
    .fetch_all(db)
    .await?;
    let mut census = Census::default();
    for row in rows {
        let members = count(row.members);
        let Some(status) = row.status.map(InstanceStatus::from) else {
            census.waiting = members;
            continue;
        };
        match status {
            InstanceStatus::Starting => census.starting += members,
            InstanceStatus::Ready => census.ready += members,
            InstanceStatus::Claiming => census.claiming += members,
            InstanceStatus::Claimed => census.claimed += members,
            InstanceStatus::Stuck => census.stuck += members,
            InstanceStatus::Destroying => census.destroying += members,
            InstanceStatus::Deleted => {}
        }
        if !matches!(status, InstanceStatus::Destroying | InstanceStatus::Deleted) {
            census.hidden += count(row.hidden);
        }
        if status == InstanceStatus::Stuck {
            census.hidden_idle += count(row.hidden_idle);
        }
    }
    Ok(census)
}
