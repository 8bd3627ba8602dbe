//! The rows of messages that agents sent and got.

use chrono::{DateTime, Utc};
use process::sealing::Place;
use uuid::Uuid;

use super::{Ledger, LedgerError};

const TABLE: &str = "messages";

/// A message on its way in or out.
#[derive(Debug, Clone)]
pub struct NewMessage<'a> {
    /// Whose.
    pub instance_id: &'a str,
    /// `email` or `sms`.
    pub tool_id: &'a str,
    /// The number or address at the other end.
    pub counterpart: &'a str,
    /// The text, of an SMS only: mail stays at its vendor.
    pub text: Option<&'a str>,
}

/// What became of a message that went out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sent<'a> {
    /// The vendor took it.
    Yes {
        /// Its id there.
        vendor_id: &'a str,
        /// The mail thread.
        thread_id: Option<&'a str>,
    },
    /// The vendor refused it.
    No,
    /// No clear answer came.
    Unknown,
}

/// A message as it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Ours.
    pub id: Uuid,
    /// `in` or `out`.
    pub direction: String,
    /// `intent`, `sent`, `unknown`, `refused`, `received`.
    pub state: String,
    /// The vendor's id.
    pub vendor_id: Option<String>,
    /// The number or address at the other end.
    pub counterpart: String,
    /// The text of an SMS.
    pub text: Option<String>,
    /// When it was written here.
    pub created_at: DateTime<Utc>,
}

impl Ledger {
    fn sealed_text(&self, id: Uuid, text: &str) -> Vec<u8> {
        self.keys.seal(text.as_bytes(), Place { table: TABLE, row: &id.to_string(), column: "body_sealed" })
    }

    /// Commits the intent to send a message.
    pub async fn message_intended(
        &self,
        message: &NewMessage<'_>,
        now: DateTime<Utc>,
    ) -> Result<Uuid, LedgerError> {
        let id = Uuid::now_v7();
        let sealed = message.text.map(|text| self.sealed_text(id, text));
        sqlx::query!(
            "INSERT INTO messages
                 (id, instance_id, tool_id, direction, state, counterpart, body_sealed, created_at)
             VALUES ($1, $2, $3, 'out', 'intent', $4, $5, $6)",
            id,
            message.instance_id,
            message.tool_id,
            message.counterpart,
            sealed,
            now
        )
        .execute(&self.pool)
        .await?;
        Ok(id)
    }

    /// How many messages of one tool an agent sent since a moment, as far as we know, and when the first of them was.
    pub async fn sent_since(
        &self,
        instance_id: &str,
        tool_id: &str,
        since: DateTime<Utc>,
    ) -> Result<(i64, Option<DateTime<Utc>>), LedgerError> {
        let row = sqlx::query!(
            r#"SELECT count(*) AS "count!", min(created_at) AS first
             FROM messages
             WHERE instance_id = $1 AND tool_id = $2 AND direction = 'out' AND state <> 'refused' AND created_at > $3"#,
            instance_id,
            tool_id,
            since
        )
        .fetch_one(&self.pool)
        .await?;
        Ok((row.count, row.first))
    }

    /// Records what became of a message that went out.
    pub async fn message_sent(&self, id: Uuid, sent: Sent<'_>) -> Result<(), LedgerError> {
        let (state, vendor_id, thread_id) = match sent {
            Sent::Yes { vendor_id, thread_id } => ("sent", Some(vendor_id), thread_id),
            Sent::No => ("refused", None, None),
            Sent::Unknown => ("unknown", None, None),
        };
        sqlx::query!(
            "UPDATE messages
             SET state = $2, vendor_id = $3, thread_id = $4
             WHERE id = $1 AND state = 'intent'",
            id,
            state,
            vendor_id,
            thread_id
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Records a message that came in; a second delivery of the same one changes nothing.
    pub async fn message_received(
        &self,
        message: &NewMessage<'_>,
        vendor_id: &str,
        now: DateTime<Utc>,
    ) -> Result<(), LedgerError> {
        let id = Uuid::now_v7();
        let sealed = message.text.map(|text| self.sealed_text(id, text));
        sqlx::query!(
            "INSERT INTO messages
                 (id, instance_id, tool_id, direction, state, vendor_id, counterpart, body_sealed, created_at)
             VALUES ($1, $2, $3, 'in', 'received', $4, $5, $6, $7)
             ON CONFLICT (tool_id, vendor_id, direction) DO NOTHING",
            id,
            message.instance_id,
            message.tool_id,
            vendor_id,
            message.counterpart,
            sealed,
            now
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// An agent's messages of one tool, newest first, those before `before`.
    pub async fn messages(
        &self,
        instance_id: &str,
        tool_id: &str,
        before: Option<Uuid>,
        limit: i64,
    ) -> Result<Vec<Message>, LedgerError> {
        let rows = sqlx::query!(
            "SELECT id, direction, state, vendor_id, counterpart, body_sealed, created_at
             FROM messages
             WHERE instance_id = $1 AND tool_id = $2 AND ($3::uuid IS NULL OR id < $3)
             ORDER BY id DESC
             LIMIT $4",
            instance_id,
            tool_id,
            before,
            limit
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter()
            .map(|row| {
                let place = row.id.to_string();
                let place = Place { table: TABLE, row: &place, column: "body_sealed" };
                let text = row.body_sealed.map(|sealed| self.keys.open(&sealed, place)).transpose()?;
                Ok(Message {
                    id: row.id,
                    direction: row.direction,
                    state: row.state,
                    vendor_id: row.vendor_id,
                    counterpart: row.counterpart,
                    text: text.map(|text| String::from_utf8_lossy(&text).into_owned()),
                    created_at: row.created_at,
                })
            })
            .collect()
    }

    /// The threads that an agent wrote in: what is its own in an inbox that it shares with others.
    pub async fn threads_of(&self, instance_id: &str) -> Result<Vec<String>, LedgerError> {
        let threads = sqlx::query_scalar!(
            r#"SELECT DISTINCT thread_id AS "thread_id!"
             FROM messages
             WHERE instance_id = $1 AND tool_id = 'email' AND thread_id IS NOT NULL"#,
            instance_id
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(threads)
    }

    /// The agent that wrote first in a thread, if it lives.
    pub async fn owner_of_thread(&self, thread_id: &str) -> Result<Option<String>, LedgerError> {
        let owner = sqlx::query_scalar!(
            "SELECT messages.instance_id
             FROM messages
             JOIN instance_infra USING (instance_id)
             WHERE tool_id = 'email' AND thread_id = $1 AND phase <> 'destroying'
             ORDER BY messages.id
             LIMIT 1",
            thread_id
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(owner)
    }

    /// Whether an agent sent this mail.
    pub async fn is_mail_of(&self, instance_id: &str, vendor_id: &str) -> Result<bool, LedgerError> {
        let found = sqlx::query_scalar!(
            r#"SELECT EXISTS (
                 SELECT 1 FROM messages WHERE instance_id = $1 AND tool_id = 'email' AND vendor_id = $2) AS "found!""#,
            instance_id,
            vendor_id
        )
        .fetch_one(&self.pool)
        .await?;
        Ok(found)
    }

    /// Forgets the messages of instances that are gone.
    pub async fn forget_messages_of_the_gone(&self) -> Result<u64, LedgerError> {
        let gone = sqlx::query!(
            "DELETE FROM messages
             WHERE NOT EXISTS (SELECT 1 FROM instance_infra WHERE instance_infra.instance_id = messages.instance_id)"
        )
        .execute(&self.pool)
        .await?;
        Ok(gone.rows_affected())
    }
}
