//! Destroy requests. Whoever decides that an instance must go marks it and files the request in one transaction; the
//! calls come in later passes, so a claim and a destroy can never both win (DESIGN section 5, rule 4).

use std::time::Duration;

use model::Timestamp;
use model::id::InstanceId;
use model::record::DestroyRequest;
use model::services::DestroyedResource;
use model::words::{DestroyReason, InstanceStatus, Kind};
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

use super::Store;
use super::event::{self, NewEvent};
use super::queue::{Lease, Leased, Worker, interval};
use super::rows::destroy_rows;

const ACTOR: &str = "reconciler/destroy";

/// An order to destroy instances.
pub(crate) struct Doom<'a> {
    pub instances: &'a [InstanceId],
    pub reason: DestroyReason,
    pub requested_by: &'a str,
    pub cause: Option<String>,
    /// Only if the instance belongs to this claim.
    pub of_claim: Option<Uuid>,
    /// Only from these states.
    pub statuses: &'a [InstanceStatus],
}

/// Marks instances as `destroying` by a guarded update and files their requests. Returns those that were marked.
pub(crate) async fn doom(
    tx: &mut PgConnection,
    order: &Doom<'_>,
    now: Timestamp,
) -> sqlx::Result<Vec<String>> {
    let ids: Vec<String> = order.instances.iter().map(ToString::to_string).collect();
    let statuses: Vec<String> = order.statuses.iter().map(ToString::to_string).collect();
    let requests: Vec<Uuid> = ids.iter().map(|_| Uuid::now_v7()).collect();
    let marked = sqlx::query_scalar!(
        r#"
        WITH before AS (
            SELECT id, status FROM instances
            WHERE id = ANY($1) AND status = ANY($2) AND ($3::uuid IS NULL OR claim_id = $3)
            ORDER BY id
            FOR UPDATE
        ), marked AS (
            UPDATE instances
            SET status = 'destroying', status_since = $4, updated_at = $4, due_at = NULL, redeploy = NULL,
                lease_owner = NULL, lease_until = NULL, lease_token = NULL
            FROM before
            WHERE instances.id = before.id
            RETURNING instances.id
        ), filed AS (
            INSERT INTO destroy_requests (id, instance_id, reason, requested_by, cause, phase, created_at, updated_at, due_at)
            SELECT given.request_id, marked.id, $6, $7, $8, 'destroying', $4, $4, now()
            FROM marked JOIN unnest($1::text[], $5::uuid[]) AS given (instance_id, request_id) ON given.instance_id = marked.id
            ON CONFLICT (instance_id) DO UPDATE SET phase = 'destroying', updated_at = $4, due_at = now()
        ), journal AS (
            INSERT INTO events (at, kind, object, reason, message, actor, from_state, to_state, cause)
            SELECT $4, 'instance', marked.id, 'Destroying', 'will be destroyed: ' || $6, $7, before.status, 'destroying', $8
            FROM marked JOIN before USING (id)
        )
        SELECT id AS "id!" FROM marked
        "#,
        &ids,
        &statuses,
        order.of_claim,
        now,
        &requests,
        order.reason.as_str(),
        order.requested_by,
        order.cause
    )
    .fetch_all(tx)
    .await?;
    // Here, since every way to destroy passes here; a transaction that is undone afterwards counts once too many.
    metrics::counter!("pool_destroys_total", "reason" => order.reason.as_str())
        .increment(marked.len() as u64);
    Ok(marked)
}

/// What became of the wish to destroy an instance.
#[derive(Debug)]
pub enum DestroyWish {
    /// Filed, or there already.
    Filed(Box<DestroyRequest>),
    /// The instance is protected.
    Protected,
    /// There is no such instance.
    UnknownInstance,
}

impl Store {
    /// Files a person's wish that an instance be gone; the same request when there is one already. A protected instance
    /// needs `force`.
    pub async fn request_destroy(
        &self,
        instance: &InstanceId,
        reason: DestroyReason,
        actor: &str,
        force: bool,
        now: Timestamp,
    ) -> sqlx::Result<DestroyWish> {
        let mut tx = self.db.begin().await?;
        let Some(row) = sqlx::query!(
            "SELECT status, protected FROM instances WHERE id = $1 FOR UPDATE",
            instance.as_str()
        )
        .fetch_optional(&mut *tx)
        .await?
        else {
            return Ok(DestroyWish::UnknownInstance);
        };
        let going = matches!(row.status.as_str(), "destroying" | "deleted");
        if row.protected && !force && !going {
            return Ok(DestroyWish::Protected);
        }
        let filed = sqlx::query_scalar!(
            "INSERT INTO destroy_requests (id, instance_id, reason, requested_by, phase, created_at, updated_at, due_at)
             VALUES ($1, $2, $3, $4, 'pending', $5, $5, now())
             ON CONFLICT (instance_id) DO NOTHING
             RETURNING id",
            Uuid::now_v7(),
            instance.as_str(),
            reason.as_str(),
            actor,
            now
        )
        .fetch_optional(&mut *tx)
        .await?;
        if filed.is_some() {
            let line = NewEvent::new(
                Kind::Instance,
                instance,
                "DestroyRequested",
                "its destruction was asked for",
                actor,
            );
            event::write(&mut tx, &line, now).await?;
            // What nobody has yet is marked at once: from now on nobody can get it.
            let order = Doom {
                instances: std::slice::from_ref(instance),
                reason,
                requested_by: actor,
                cause: None,
                of_claim: None,
                statuses: &[InstanceStatus::Starting, InstanceStatus::Ready],
            };
            doom(&mut tx, &order, now).await?;
        }
        let request =
            destroy_rows!("SELECT ", " FROM destroy_requests WHERE instance_id = $1", instance.as_str())
                .fetch_one(&mut *tx)
                .await?;
        tx.commit().await?;
        Ok(DestroyWish::Filed(Box::new(request.into())))
    }

    /// Leases due destroy requests.
    pub(crate) async fn lease_destroys(
        &self,
        worker: &Worker,
        most: i64,
    ) -> sqlx::Result<Leased<DestroyRequest>> {
        let lease = Lease { token: Uuid::now_v7() };
        let rows = destroy_rows!(
            "WITH due AS (
                SELECT id AS due_id FROM destroy_requests
                WHERE due_at <= now() AND (lease_until IS NULL OR lease_until < now())
                ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED
            )
            UPDATE destroy_requests SET lease_owner = $2, lease_until = now() + $3, lease_token = $4
            FROM due WHERE destroy_requests.id = due.due_id
            RETURNING ",
            "",
            most,
            worker.owner,
            interval(worker.lease_duration),
            lease.token
        )
        .fetch_all(&self.db)
        .await?;
        Ok(Leased { lease, records: rows.into_iter().map(Into::into).collect() })
    }

    /// Marks the instance of a person's request; a claim that has it is told at once. False: fenced.
    pub(crate) async fn mark_destroying(
        &self,
        request: &DestroyRequest,
        lease: Lease,
        now: Timestamp,
    ) -> sqlx::Result<bool> {
        let mut tx = self.db.begin().await?;
        let held = sqlx::query_scalar!(
            "SELECT id FROM destroy_requests WHERE id = $1 AND lease_token = $2 FOR UPDATE",
            request.id,
            lease.token
        )
        .fetch_optional(&mut *tx)
        .await?;
        if held.is_none() {
            return Ok(false);
        }
        let order = Doom {
            instances: std::slice::from_ref(&request.instance_id),
            reason: request.reason,
            requested_by: &request.requested_by,
            cause: Some(format!("destroy_request/{}", request.id)),
            of_claim: None,
            statuses: &[
                InstanceStatus::Starting,
                InstanceStatus::Ready,
                InstanceStatus::Claiming,
                InstanceStatus::Claimed,
                InstanceStatus::Stuck,
            ],
        };
        doom(&mut tx, &order, now).await?;
        sqlx::query!(
            "UPDATE claims SET due_at = now() WHERE instance_id = $1 AND phase NOT IN ('failed', 'released')",
            request.instance_id.as_str()
        )
        .execute(&mut *tx)
        .await?;
        sqlx::query!(
            "UPDATE destroy_requests
             SET phase = 'destroying', observed_generation = generation, updated_at = $2, due_at = now(), attempts = 0,
                 lease_owner = NULL, lease_until = NULL, lease_token = NULL
             WHERE id = $1",
            request.id,
            now
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(true)
    }

    /// A call that did not finish: due again after `wait`, loudly when something went wrong. False: fenced.
    pub(crate) async fn destroy_goes_on(
        &self,
        request: &DestroyRequest,
        lease: Lease,
        remaining: &str,
        wait: Duration,
    ) -> sqlx::Result<bool> {
        let noted = sqlx::query!(
            "UPDATE destroy_requests
             SET attempts = attempts + 1, last_error = $3, due_at = now() + $4,
                 lease_owner = NULL, lease_until = NULL, lease_token = NULL
             WHERE id = $1 AND lease_token = $2",
            request.id,
            lease.token,
            remaining,
            interval(wait)
        )
        .execute(&self.db)
        .await?;
        Ok(noted.rows_affected() == 1)
    }

    /// Everything is confirmed gone: the instance becomes a tombstone and its claim, if it has one, is told.
    /// False: fenced.
    pub(crate) async fn finish_destroy(
        &self,
        request: &DestroyRequest,
        lease: Lease,
        resources: &[DestroyedResource],
        now: Timestamp,
    ) -> sqlx::Result<bool> {
        let mut tx = self.db.begin().await?;
        let done = sqlx::query!(
            "UPDATE destroy_requests
             SET phase = 'done', done_at = $3, updated_at = $3, resources = $4, due_at = NULL, last_error = NULL,
                 observed_generation = generation, lease_owner = NULL, lease_until = NULL, lease_token = NULL
             WHERE id = $1 AND lease_token = $2",
            request.id,
            lease.token,
            now,
            Json(resources) as _
        )
        .execute(&mut *tx)
        .await?
        .rows_affected()
            == 1;
        if done {
            sqlx::query!(
                "UPDATE instances SET status = 'deleted', status_since = $2, deleted_at = $2, updated_at = $2, due_at = NULL
                 WHERE id = $1 AND status = 'destroying'",
                request.instance_id.as_str(),
                now
            )
            .execute(&mut *tx)
            .await?;
            sqlx::query!(
                "UPDATE claims SET due_at = now() WHERE instance_id = $1 AND phase NOT IN ('failed', 'released')",
                request.instance_id.as_str()
            )
            .execute(&mut *tx)
            .await?;
            let line =
                NewEvent::new(Kind::Instance, &request.instance_id, "Deleted", "confirmed gone", ACTOR)
                    .moved("destroying", "deleted")
                    .because(format!("destroy_request/{}", request.id));
            event::write(&mut tx, &line, now).await?;
        }
        tx.commit().await?;
        Ok(done)
    }
}
