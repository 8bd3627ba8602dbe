//! Instances: leasing, and the writes of their reconciler.

use std::time::Duration;

use model::Timestamp;
use model::condition::Conditions;
use model::id::InstanceId;
use model::record::{Failure, Instance, RedeployWish};
use model::words::{DeployStatus, DestroyReason, InstanceStatus, Kind};
use sqlx::types::Json;
use uuid::Uuid;

use super::Store;
use super::creations::{lock_for_creations, note_creation};
use super::destroy::{Doom, doom};
use super::event::{self, NewEvent};
use super::queue::{Lease, Leased, Worker, interval};
use super::rows::instance_rows;

const ACTOR: &str = "reconciler/instance";

/// Which instances a worker takes: those without an address need hands, the others eyes. They have queues of their own
/// so that a creation that waits for a lane never delays a health check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// Being created.
    Unborn,
    /// Created.
    Born,
}

/// What one look at an instance led to.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sight {
    pub id: InstanceId,
    pub pool: String,
    /// The status that the decision was made for; another one now means that somebody was faster.
    pub expected: InstanceStatus,
    /// The generation of the spec that it was made for; another one now means that a redeploy was asked for meanwhile.
    pub generation: i64,
    /// Since when it has that one.
    pub since: Timestamp,
    pub seen: DeployStatus,
    /// It does not answer although its deployment runs.
    pub hidden: bool,
    pub next: InstanceStatus,
    pub reason: String,
    pub version: Option<String>,
    /// It was being redeployed.
    pub redeploying: bool,
    /// That deploy failed: what answers is what ran before it.
    pub redeploy_failed: bool,
    /// It is to be redeployed in its turn; else this is only noted.
    pub recover: bool,
    pub again: Duration,
}

impl Store {
    /// Reads one instance, tombstones too.
    pub async fn instance(&self, id: &InstanceId) -> sqlx::Result<Option<Instance>> {
        let row = instance_rows!("SELECT ", " FROM instances WHERE id = $1", id.as_str())
            .fetch_optional(&self.db)
            .await?;
        Ok(row.map(Instance::from))
    }

    /// Leases due instances of one part.
    pub(crate) async fn lease_instances(
        &self,
        part: Part,
        worker: &Worker,
        most: i64,
    ) -> sqlx::Result<Leased<Instance>> {
        let lease = Lease { token: Uuid::now_v7() };
        let rows = instance_rows!(
            "WITH due AS (
                SELECT id AS due_id FROM instances
                WHERE due_at <= now() AND (url IS NULL) = $5 AND (lease_until IS NULL OR lease_until < now())
                ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED
            )
            UPDATE instances SET lease_owner = $2, lease_until = now() + $3, lease_token = $4
            FROM due WHERE instances.id = due.due_id
            RETURNING ",
            "",
            most,
            worker.owner,
            interval(worker.lease_duration),
            lease.token,
            part == Part::Unborn
        )
        .fetch_all(&self.db)
        .await?;
        Ok(Leased { lease, records: rows.into_iter().map(Instance::from).collect() })
    }

    /// Creation is done: the address is known, health checks begin. False: fenced, or it is being destroyed.
    pub(crate) async fn born(
        &self,
        id: &InstanceId,
        lease: Lease,
        url: &str,
        again: Duration,
        now: Timestamp,
    ) -> sqlx::Result<bool> {
        let mut tx = self.db.begin().await?;
        let born = sqlx::query!(
            "UPDATE instances
             SET url = $3, deploy_status = 'deploying', unhealthy_since = $4, updated_at = $4, due_at = now() + $5,
                 observed_generation = generation, attempts = 0, last_error = NULL,
                 lease_owner = NULL, lease_until = NULL, lease_token = NULL
             WHERE id = $1 AND lease_token = $2 AND status = 'starting'",
            id.as_str(),
            lease.token,
            url,
            now,
            interval(again)
        )
        .execute(&mut *tx)
        .await?
        .rows_affected()
            == 1;
        if born {
            let line = NewEvent::new(
                Kind::Instance,
                id,
                "Created",
                "created; its first deployment is on its way",
                ACTOR,
            );
            event::write(&mut tx, &line, now).await?;
        }
        tx.commit().await?;
        Ok(born)
    }

    /// Writes the results of a sweep in one statement. Returns the instances that changed their status, with the new
    /// one; rows that another worker holds by now, or whose status changed meanwhile, are left alone and given back.
    pub(crate) async fn record_sights(
        &self,
        lease: Lease,
        sights: &[Sight],
        now: Timestamp,
    ) -> sqlx::Result<Vec<(InstanceId, InstanceStatus)>> {
        let ids: Vec<String> = sights.iter().map(|sight| sight.id.to_string()).collect();
        let expected: Vec<String> = sights.iter().map(|sight| sight.expected.to_string()).collect();
        let seen: Vec<String> = sights.iter().map(|sight| sight.seen.to_string()).collect();
        let next: Vec<String> = sights.iter().map(|sight| sight.next.to_string()).collect();
        let reasons: Vec<String> = sights.iter().map(|sight| sight.reason.clone()).collect();
        let versions: Vec<Option<String>> = sights.iter().map(|sight| sight.version.clone()).collect();
        let waits: Vec<f64> = sights.iter().map(|sight| sight.again.as_secs_f64()).collect();
        let generations: Vec<i64> = sights.iter().map(|sight| sight.generation).collect();
        let hidden: Vec<bool> = sights.iter().map(|sight| sight.hidden).collect();
        let redeploying: Vec<bool> = sights.iter().map(|sight| sight.redeploying).collect();
        let ended: Vec<String> = sights
            .iter()
            .filter(|sight| sight.redeploying && sight.seen == DeployStatus::Healthy)
            .map(|sight| sight.pool.clone())
            .collect();
        let mut tx = self.db.begin().await?;
        let first =
            |sight: &&Sight| sight.expected == InstanceStatus::Starting && sight.next != sight.expected;
        let pools: Vec<String> = sights.iter().filter(first).map(|sight| sight.pool.clone()).collect();
        if !pools.is_empty() {
            lock_for_creations(&mut tx, &pools).await?;
        }
        let changed = sqlx::query!(
            r#"
            WITH sight AS (
                SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::float8[], $11::bool[], $12::bool[], $13::int8[])
                    AS sight (id, expected, seen, next, reason, version, wait, redeploying, hidden, generation)
            ), noted AS (
                UPDATE instances
                SET deploy_status = CASE WHEN sight.seen = 'unknown' THEN deploy_status ELSE sight.seen END,
                    healthy_at = CASE WHEN sight.seen = 'healthy' THEN $8 ELSE healthy_at END,
                    ready_at = CASE WHEN sight.seen = 'healthy' THEN coalesce(ready_at, $8) ELSE ready_at END,
                    unhealthy_since = CASE sight.seen WHEN 'healthy' THEN NULL WHEN 'unknown' THEN unhealthy_since ELSE coalesce(unhealthy_since, $8) END,
                    -- What hid it is not over because it is being deployed anew.
                    hidden = CASE WHEN sight.seen IN ('healthy', 'not_found') THEN false WHEN sight.seen = 'unknown' THEN instances.hidden
                        ELSE sight.hidden OR (instances.hidden AND redeploy ->> 'begunAt' IS NOT NULL) END,
                    missing_sightings = CASE sight.seen WHEN 'not_found' THEN missing_sightings + 1 WHEN 'unknown' THEN missing_sightings ELSE 0 END,
                    runtime_version = coalesce(sight.version, runtime_version),
                    redeploy = CASE WHEN sight.seen = 'healthy' AND redeploy ->> 'sentAt' IS NOT NULL THEN NULL ELSE redeploy END,
                    recoveries = CASE WHEN sight.seen = 'healthy' AND status = 'claimed' AND greatest(recovered_at, status_since) < $8 - interval '1 hour' THEN 0 WHEN sight.next = 'ready' AND sight.expected = 'stuck' THEN 0 ELSE recoveries END,
                    status = CASE WHEN status = sight.expected THEN sight.next ELSE status END,
                    status_since = CASE WHEN status = sight.expected AND sight.next <> sight.expected THEN $8 ELSE status_since END,
                    updated_at = CASE WHEN status = sight.expected AND sight.next <> sight.expected THEN $8 ELSE updated_at END,
                    conditions = CASE WHEN sight.next = 'claimed' AND sight.expected = 'stuck' THEN '[]'::jsonb ELSE conditions END,
                    observed_generation = instances.generation,
                    due_at = CASE WHEN instances.generation <> sight.generation THEN now() ELSE now() + make_interval(secs => sight.wait) END, attempts = 0, last_error = NULL,
                    lease_owner = NULL, lease_until = NULL, lease_token = NULL
                FROM sight
                WHERE instances.id = sight.id AND instances.lease_token = $9
                RETURNING instances.id, instances.pool, instances.claim_id, sight.expected, sight.next, sight.reason,
                    instances.status = sight.next AND sight.next <> sight.expected AS changed,
                    sight.redeploying AND instances.redeploy IS NULL AS redeployed
            ), journal AS (
                INSERT INTO events (at, kind, object, reason, message, actor, from_state, to_state, cause)
                SELECT $8, 'instance', id, initcap(next), reason, $10, expected, next, 'claim/' || claim_id
                FROM noted WHERE changed
                UNION ALL
                SELECT $8, 'instance', id, 'Redeployed', 'is healthy after its redeploy', $10, NULL, NULL, 'claim/' || claim_id
                FROM noted WHERE redeployed
            )
            SELECT id AS "id!", pool AS "pool!", expected AS "expected!", next AS "next!" FROM noted WHERE changed
            "#,
            &ids,
            &expected,
            &seen,
            &next,
            &reasons,
            &versions as _,
            &waits,
            now,
            lease.token,
            ACTOR,
            &redeploying,
            &hidden,
            &generations
        )
        .fetch_all(&mut *tx)
        .await?;
        if !ended.is_empty() {
            // Whoever waits for its turn behind one that is well again.
            sqlx::query!(
                "UPDATE instances SET due_at = now()
                 WHERE pool = ANY($1) AND status <> 'deleted' AND redeploy IS NOT NULL
                   AND redeploy ->> 'begunAt' IS NULL AND lease_token IS NULL",
                &ended
            )
            .execute(&mut *tx)
            .await?;
        }
        let mut moved = Vec::with_capacity(changed.len());
        for row in changed {
            match (row.expected.as_str(), row.next.as_str()) {
                ("starting", "ready") => note_creation(&mut tx, &row.pool, Ok(()), now).await?,
                ("starting", "stuck") => {
                    note_creation(&mut tx, &row.pool, Err("it never became healthy"), now).await?
                }
                _ => {}
            }
            moved.push((super::rows::instance_id(row.id), InstanceStatus::from(row.next)));
        }
        tx.commit().await?;
        Ok(moved)
    }

    /// `services` refused the creation for good. False: fenced.
    pub(crate) async fn refuse_creation(
        &self,
        instance: &Instance,
        lease: Lease,
        failure: &Failure,
        now: Timestamp,
    ) -> sqlx::Result<bool> {
        let mut tx = self.db.begin().await?;
        lock_for_creations(&mut tx, std::slice::from_ref(&instance.pool)).await?;
        let refused = sqlx::query!(
            "UPDATE instances SET failure = $3, updated_at = $4 WHERE id = $1 AND lease_token = $2 AND status = 'starting'",
            instance.id.as_str(),
            lease.token,
            Json(failure) as _,
            now
        )
        .execute(&mut *tx)
        .await?
        .rows_affected()
            == 1;
        if refused {
            let line = NewEvent::new(Kind::Instance, &instance.id, "CreateRefused", &failure.message, ACTOR);
            event::write(&mut tx, &line, now).await?;
            note_creation(&mut tx, &instance.pool, Err(&failure.message), now).await?;
            self.doom_instance(&mut tx, instance, DestroyReason::FailedCreate, now).await?;
        }
        tx.commit().await?;
        Ok(refused)
    }

    /// Marks an instance and files its destroy request. False: fenced, or somebody was faster.
    pub(crate) async fn doom_unclaimed(
        &self,
        instance: &Instance,
        lease: Lease,
        reason: DestroyReason,
        now: Timestamp,
    ) -> sqlx::Result<bool> {
        let mut tx = self.db.begin().await?;
        let held = sqlx::query_scalar!(
            "SELECT id FROM instances WHERE id = $1 AND lease_token = $2 FOR UPDATE",
            instance.id.as_str(),
            lease.token
        )
        .fetch_optional(&mut *tx)
        .await?;
        if held.is_none() {
            return Ok(false);
        }
        let marked = self.doom_instance(&mut tx, instance, reason, now).await?;
        tx.commit().await?;
        Ok(marked)
    }

    async fn doom_instance(
        &self,
        tx: &mut sqlx::PgConnection,
        instance: &Instance,
        reason: DestroyReason,
        now: Timestamp,
    ) -> sqlx::Result<bool> {
        let order = Doom {
            instances: std::slice::from_ref(&instance.id),
            reason,
            requested_by: ACTOR,
            cause: None,
            of_claim: None,
            // The planner asks for it only in these states, and only for what no claim has touched.
            statuses: &[InstanceStatus::Starting, InstanceStatus::Ready, InstanceStatus::Stuck],
        };
        Ok(!doom(tx, &order, now).await?.is_empty())
    }

    /// Replaces the conditions and journals why; a redeploy that was refused for good is wished no longer. False: fenced.
    pub(crate) async fn set_instance_conditions(
        &self,
        instance: &Instance,
        lease: Lease,
        (conditions, refused): (&Conditions, Option<&RedeployWish>),
        line: &NewEvent,
        again: Duration,
        now: Timestamp,
    ) -> sqlx::Result<bool> {
        let mut tx = self.db.begin().await?;
        let set = sqlx::query!(
            "UPDATE instances SET conditions = $3, updated_at = $4, due_at = now() + $5, attempts = 0,
                 redeploy = CASE WHEN redeploy ->> 'key' = $6 THEN NULL ELSE redeploy END,
                 lease_owner = NULL, lease_until = NULL, lease_token = NULL
             WHERE id = $1 AND lease_token = $2",
            instance.id.as_str(),
            lease.token,
            Json(conditions) as _,
            now,
            interval(again),
            refused.map(|wish| wish.key.to_string())
        )
        .execute(&mut *tx)
        .await?
        .rows_affected()
            == 1;
        if set {
            event::write(&mut tx, line, now).await?;
        }
        tx.commit().await?;
        Ok(set)
    }
}
