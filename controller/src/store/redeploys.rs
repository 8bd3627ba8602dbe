//! Redeploys: the wish that recovers a stuck instance, whose turn it is, that `services` took one, and that one failed.

use std::time::Duration;

use model::Timestamp;
use model::condition::{Condition, Truth};
use model::record::{Instance, RedeployWish};
use model::words::{InstanceStatus, Kind};
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

use super::Store;
use super::creations::lock_for_creations;
use super::event::{self, NewEvent};
use super::queue::{Lease, interval};

const ACTOR: &str = "reconciler/instance";

/// The condition of an instance whose last redeploy failed.
const REDEPLOY_FAILED: &str = "RedeployFailed";

/// Records the wish for a redeploy that recovers a stuck instance, before any call. False: fenced.
pub(super) async fn begin_recovery(
    db: &mut PgConnection,
    instance: &Instance,
    lease: Lease,
    reason: &str,
    now: Timestamp,
) -> sqlx::Result<bool> {
    let wish = RedeployWish {
        key: Uuid::now_v7(),
        image: None,
        requested_at: now,
        begun_at: None,
        sent_at: None,
        previous_image: None,
    };
    let begun = sqlx::query!(
        "UPDATE instances
         SET redeploy = $3, recoveries = recoveries + 1, recovered_at = $4, updated_at = $4, due_at = now(),
             attempts = 0, lease_owner = NULL, lease_until = NULL, lease_token = NULL
         WHERE id = $1 AND lease_token = $2 AND status = 'stuck'",
        instance.id.as_str(),
        lease.token,
        Json(&wish) as _,
        now
    )
    .execute(&mut *db)
    .await?
    .rows_affected()
        == 1;
    if begun {
        let line = NewEvent::new(Kind::Instance, &instance.id, "Recovering", reason, ACTOR);
        event::write(db, &line, now).await?;
    }
    Ok(begun)
}

impl Store {
    /// Records the wish for a redeploy that recovers a stuck instance, before any call. False: fenced.
    pub(crate) async fn begin_recovery(
        &self,
        instance: &Instance,
        lease: Lease,
        reason: &str,
        now: Timestamp,
    ) -> sqlx::Result<bool> {
        let mut tx = self.db.begin().await?;
        let begun = begin_recovery(&mut tx, instance, lease, reason, now).await?;
        tx.commit().await?;
        Ok(begun)
    }

    /// The turn of a redeploy comes, written before the call. An anonymous member leaves `ready`, so that nothing claims
    /// it meanwhile. Members that serve somebody go one at a time: the next one only when the last is healthy again, so
    /// a bad image stops at the first (a stuck one is past that, its redeploy is to save it). False: fenced, or not its
    /// turn yet.
    pub(crate) async fn begin_redeploy(
        &self,
        instance: &Instance,
        lease: Lease,
        now: Timestamp,
    ) -> sqlx::Result<bool> {
        let mut tx = self.db.begin().await?;
        lock_for_creations(&mut tx, std::slice::from_ref(&instance.pool)).await?;
        let begun = sqlx::query!(
            "UPDATE instances
             SET status = CASE WHEN status = 'ready' THEN 'starting' ELSE status END,
                 status_since = CASE WHEN status = 'ready' THEN $3 ELSE status_since END,
                 redeploy = redeploy || jsonb_build_object('begunAt', $3::timestamptz)
             WHERE id = $1 AND lease_token = $2 AND redeploy IS NOT NULL AND status NOT IN ('destroying', 'deleted')
               AND (status <> 'claimed' OR NOT EXISTS (
                   SELECT 1 FROM instances AS before
                   WHERE before.pool = instances.pool AND before.id <> instances.id AND before.status IN ('claimed', 'stuck')
                     AND before.claimed_at IS NOT NULL AND before.redeploy ->> 'begunAt' IS NOT NULL
                     AND before.redeploy ->> 'image' IS NOT DISTINCT FROM instances.redeploy ->> 'image'
               ))",
            instance.id.as_str(),
            lease.token,
            now
        )
        .execute(&mut *tx)
        .await?
        .rows_affected()
            == 1;
        if begun && instance.status == InstanceStatus::Ready {
            let line = NewEvent::new(
                Kind::Instance,
                &instance.id,
                "Withdrawn",
                "can be claimed again once its redeploy is healthy",
                ACTOR,
            )
            .moved("ready", "starting");
            event::write(&mut tx, &line, now).await?;
        }
        tx.commit().await?;
        Ok(begun)
    }

    /// `services` took the redeploy. False: fenced.
    pub(crate) async fn redeploy_sent(
        &self,
        instance: &Instance,
        lease: Lease,
        wish: &RedeployWish,
        again: Duration,
        now: Timestamp,
    ) -> sqlx::Result<bool> {
        let sent = RedeployWish {
            begun_at: Some(now),
            sent_at: Some(now),
            previous_image: instance.image.clone(),
            ..wish.clone()
        };
        let mut conditions = instance.conditions.clone();
        conditions.remove("RedeployRefused");
        conditions.remove(REDEPLOY_FAILED);
        let mut tx = self.db.begin().await?;
        // Another wish that came meanwhile stays, and has its turn next.
        let noted = sqlx::query!(
            "UPDATE instances
             SET redeploy = CASE WHEN redeploy ->> 'key' = $7 THEN $3 ELSE redeploy END, image = coalesce($4, image),
                 conditions = $8, deploy_status = 'deploying', unhealthy_since = $5,
                 updated_at = $5, observed_generation = generation, due_at = now() + $6, attempts = 0, last_error = NULL,
                 lease_owner = NULL, lease_until = NULL, lease_token = NULL
             WHERE id = $1 AND lease_token = $2",
            instance.id.as_str(),
            lease.token,
            Json(&sent) as _,
            wish.image,
            now,
            interval(again),
            wish.key.to_string(),
            Json(&conditions) as _
        )
        .execute(&mut *tx)
        .await?
        .rows_affected()
            == 1;
        if noted {
            let line =
                NewEvent::new(Kind::Instance, &instance.id, "RedeploySent", "is being redeployed", ACTOR);
            event::write(&mut tx, &line, now).await?;
        }
        tx.commit().await?;
        Ok(noted)
    }

    /// A redeploy was taken and its deploy failed, while the container before it still serves. The wish ends, and those
    /// who wait behind it with the same image are not redeployed: what one cannot run, the next one cannot either.
    /// False: fenced.
    pub(crate) async fn redeploy_failed(
        &self,
        instance: &Instance,
        lease: Lease,
        why: &str,
        again: Duration,
        now: Timestamp,
    ) -> sqlx::Result<bool> {
        let mut conditions = instance.conditions.clone();
        conditions.set(Condition {
            kind: REDEPLOY_FAILED.into(),
            status: Truth::True,
            reason: "DeployFailed".into(),
            message: why.into(),
            last_transition_time: now,
            observed_generation: instance.generation,
        });
        let ended = sqlx::query_scalar!(
            r#"
            WITH mine AS (
                SELECT id, pool, redeploy FROM instances
                WHERE id = $1 AND lease_token = $2 AND redeploy IS NOT NULL
                FOR UPDATE
            ), ended AS (
                UPDATE instances
                SET redeploy = NULL, conditions = $3, updated_at = $4, observed_generation = generation,
                    image = CASE WHEN instances.redeploy ->> 'sentAt' IS NULL THEN image ELSE instances.redeploy ->> 'previousImage' END,
                    due_at = now() + $6, attempts = 0, last_error = NULL,
                    lease_owner = NULL, lease_until = NULL, lease_token = NULL
                FROM mine
                WHERE instances.id = mine.id
                RETURNING instances.id
            ), dropped AS (
                UPDATE instances
                SET redeploy = NULL, updated_at = $4
                FROM mine
                WHERE instances.pool = mine.pool AND instances.id <> mine.id AND instances.status = 'claimed'
                  AND instances.redeploy IS NOT NULL AND instances.redeploy ->> 'begunAt' IS NULL
                  AND instances.redeploy ->> 'image' IS NOT DISTINCT FROM mine.redeploy ->> 'image'
                RETURNING instances.id
            ), journal AS (
                INSERT INTO events (at, kind, object, reason, message, actor)
                SELECT $4, 'instance', id, 'RedeployFailed', $5, $7 FROM ended
                UNION ALL
                SELECT $4, 'instance', id, 'RedeployDropped', 'the redeploy before it failed: ' || $5, $7 FROM dropped
            )
            SELECT count(*) AS "count!" FROM ended
            "#,
            instance.id.as_str(),
            lease.token,
            Json(&conditions) as _,
            now,
            why,
            interval(again),
            ACTOR
        )
        .fetch_one(&self.db)
        .await?;
        Ok(ended == 1)
    }
}
