//! Deliveries of vendors, each taken once; those for an agent are kept until it has them.

use chrono::{DateTime, Utc};
use process::sealing::Place;
use zeroize::Zeroizing;

use super::{Ledger, LedgerError};

const TABLE: &str = "webhook_events";

/// A delivery that came in.
#[derive(Debug, Clone)]
pub struct NewDelivery<'a> {
    /// `agentmail` or `telnyx`.
    pub source: &'a str,
    /// The vendor's id of it.
    pub event_id: &'a str,
    /// What happened.
    pub kind: &'a str,
    /// The agent that it is for and what it is told; without one it is recorded and done.
    pub to: Option<(&'a str, &'a str)>,
}

/// A delivery that is due.
#[derive(Debug)]
pub struct DueDelivery {
    /// The vendor.
    pub source: String,
    /// Its id of the delivery.
    pub event_id: String,
    /// The agent.
    pub instance_id: String,
    /// What it is told.
    pub text: Zeroizing<String>,
    /// How often it was tried, this time included.
    pub attempts: i32,
    /// When it came.
    pub received_at: DateTime<Utc>,
}

fn row_name(source: &str, event_id: &str) -> String {
    format!("{source}:{event_id}")
}

impl Ledger {
    /// Takes a delivery; `false` when it was taken before.
    pub async fn take_delivery(
        &self,
        delivery: &NewDelivery<'_>,
        now: DateTime<Utc>,
    ) -> Result<bool, LedgerError> {
        let row = row_name(delivery.source, delivery.event_id);
        let place = Place { table: TABLE, row: &row, column: "payload" };
        let (instance_id, payload) = delivery
            .to
            .map(|(instance_id, text)| (instance_id, self.keys.seal(text.as_bytes(), place)))
            .unzip();
        let due_at = instance_id.map(|_| now);
        let done_at = instance_id.is_none().then_some(now);
        let taken = sqlx::query!(
            "INSERT INTO webhook_events
                 (source, event_id, instance_id, kind, payload, due_at, received_at, done_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
             ON CONFLICT (source, event_id) DO NOTHING",
            delivery.source,
            delivery.event_id,
            instance_id,
            delivery.kind,
            payload,
            due_at,
            now,
            done_at
        )
        .execute(&self.pool)
        .await?;
        Ok(taken.rows_affected() == 1)
    }

    /// Deliveries that are due, each handed to one worker only; the others, and this one if it dies, see it again at
    /// `next_try_at`.
    pub async fn due_deliveries(
        &self,
        now: DateTime<Utc>,
        next_try_at: DateTime<Utc>,
        limit: i64,
    ) -> Result<Vec<DueDelivery>, LedgerError> {
        let rows = sqlx::query!(
            r#"UPDATE webhook_events
             SET attempts = attempts + 1, due_at = $2
             WHERE (source, event_id) IN (
                 SELECT source, event_id
                 FROM webhook_events
                 WHERE done_at IS NULL AND due_at <= $1 AND payload IS NOT NULL AND source IN ('agentmail', 'telnyx')
                 ORDER BY due_at
                 LIMIT $3
                 FOR UPDATE SKIP LOCKED)
             RETURNING source, event_id, instance_id AS "instance_id!", payload AS "payload!", attempts, received_at"#,
            now,
            next_try_at,
            limit
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter()
            .map(|row| {
                let name = row_name(&row.source, &row.event_id);
                let place = Place { table: TABLE, row: &name, column: "payload" };
                let text = self.keys.open(&row.payload, place)?;
                Ok(DueDelivery {
                    text: Zeroizing::new(String::from_utf8_lossy(&text).into_owned()),
                    source: row.source,
                    event_id: row.event_id,
                    instance_id: row.instance_id,
                    attempts: row.attempts,
                    received_at: row.received_at,
                })
            })
            .collect()
    }

    /// The agent has it, or never will: the content is erased.
    pub async fn delivery_done(&self, delivery: &DueDelivery, now: DateTime<Utc>) -> Result<(), LedgerError> {
        sqlx::query!(
            "UPDATE webhook_events
             SET done_at = $3, due_at = NULL, payload = NULL
             WHERE source = $1 AND event_id = $2",
            delivery.source,
            delivery.event_id,
            now
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Not yet: when to try again.
    pub async fn delivery_again(
        &self,
        delivery: &DueDelivery,
        due_at: DateTime<Utc>,
    ) -> Result<(), LedgerError> {
        sqlx::query!(
            "UPDATE webhook_events SET due_at = $3 WHERE source = $1 AND event_id = $2 AND done_at IS NULL",
            delivery.source,
            delivery.event_id,
            due_at
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Forgets deliveries that were done before `before`: no vendor repeats one so late.
    pub async fn forget_deliveries(&self, before: DateTime<Utc>) -> Result<u64, LedgerError> {
        let gone = sqlx::query!(
            "DELETE FROM webhook_events WHERE done_at < $1 AND source IN ('agentmail', 'telnyx')",
            before
        )
        .execute(&self.pool)
        .await?;
        Ok(gone.rows_affected())
    }
}
