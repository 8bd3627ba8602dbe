//! What operators may write of an instance: its protection, the wish to redeploy it, and to look at it now.

use model::Timestamp;
use model::id::InstanceId;
use model::record::{Instance, RedeployWish};
use model::words::{InstanceStatus, Kind};
use sqlx::types::Json;
use uuid::Uuid;

use super::Store;
use super::event::{self, NewEvent};

/// What became of a wish about an instance.
#[derive(Debug, Clone, PartialEq)]
pub enum InstanceChange {
    /// It is recorded; the instance as it is now.
    Recorded(Box<Instance>),
    /// Its state forbids it.
    Forbidden(InstanceStatus),
    /// There is no such instance.
    Unknown,
}

impl Store {
    /// Protects an instance from being destroyed, or no longer.
    pub async fn protect_instance(
        &self,
        id: &InstanceId,
        protected: bool,
        actor: &str,
        now: Timestamp,
    ) -> sqlx::Result<InstanceChange> {
        let mut tx = self.db.begin().await?;
        let changed = sqlx::query!(
            "UPDATE instances
             SET protected = $2, generation = generation + 1, updated_at = $3, due_at = coalesce(least(due_at, now()), now())
             WHERE id = $1 AND protected <> $2 AND status NOT IN ('destroying', 'deleted')",
            id.as_str(),
            protected,
            now
        )
        .execute(&mut *tx)
        .await?
        .rows_affected();
        if changed == 1 {
            let (reason, message) = if protected {
                ("Protected", "it is protected from being destroyed")
            } else {
                ("Unprotected", "it is no longer protected")
            };
            event::write(&mut tx, &NewEvent::new(Kind::Instance, id, reason, message, actor), now).await?;
        }
        tx.commit().await?;
        Ok(match self.instance(id).await? {
            None => InstanceChange::Unknown,
            Some(instance) if instance.protected == protected => InstanceChange::Recorded(Box::new(instance)),
            Some(instance) => InstanceChange::Forbidden(instance.status),
        })
    }

    /// Records the wish for a redeploy. The same wish again, while it is under way, changes nothing. It starts the count
    /// of recoveries anew.
    pub async fn request_redeploy(
        &self,
        id: &InstanceId,
        image: Option<&str>,
        actor: &str,
        now: Timestamp,
    ) -> sqlx::Result<InstanceChange> {
        let wish = RedeployWish {
            key: Uuid::now_v7(),
            image: image.map(str::to_owned),
            requested_at: now,
            begun_at: None,
            sent_at: None,
            previous_image: None,
        };
        let mut tx = self.db.begin().await?;
        let changed = sqlx::query!(
            "UPDATE instances
             SET redeploy = $2, recoveries = 0, recovered_at = NULL, generation = generation + 1, updated_at = $3,
                 due_at = now(), conditions = coalesce((
                     SELECT jsonb_agg(condition) FROM jsonb_array_elements(conditions) AS condition
                     WHERE condition ->> 'type' NOT IN ('RedeployFailed', 'RecoveryExhausted')
                 ), '[]'::jsonb)
             WHERE id = $1 AND status IN ('ready', 'claimed', 'stuck')
               AND (redeploy IS NULL OR redeploy ->> 'image' IS DISTINCT FROM $4)",
            id.as_str(),
            Json(&wish) as _,
            now,
            image
        )
        .execute(&mut *tx)
        .await?
        .rows_affected();
        if changed == 1 {
            let message = match image {
                Some(image) => format!("a redeploy with {image} was asked for"),
                None => "a redeploy was asked for".to_owned(),
            };
            event::write(
                &mut tx,
                &NewEvent::new(Kind::Instance, id, "RedeployRequested", message, actor),
                now,
            )
            .await?;
        }
        tx.commit().await?;
        Ok(match self.instance(id).await? {
            None => InstanceChange::Unknown,
            Some(instance) if changed == 1 || instance.redeploy.is_some() => {
                InstanceChange::Recorded(Box::new(instance))
            }
            Some(instance) => InstanceChange::Forbidden(instance.status),
        })
    }

    /// Has an instance looked at now.
    pub async fn request_recheck(&self, id: &InstanceId) -> sqlx::Result<InstanceChange> {
        let woken = sqlx::query!(
            "UPDATE instances SET due_at = now()
             WHERE id = $1 AND status NOT IN ('destroying', 'deleted') AND due_at IS NOT NULL",
            id.as_str()
        )
        .execute(&self.db)
        .await?
        .rows_affected();
        Ok(match self.instance(id).await? {
            None => InstanceChange::Unknown,
            Some(instance) if woken == 1 => InstanceChange::Recorded(Box::new(instance)),
            Some(instance) => InstanceChange::Forbidden(instance.status),
        })
    }
}
