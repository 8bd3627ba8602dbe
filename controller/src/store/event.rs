//! The journal. Every change of state is written in the transaction that makes it.

use model::Timestamp;
use model::words::Kind;
use sqlx::PgConnection;

use super::Store;

/// A line to be written.
#[derive(Debug, Clone, PartialEq)]
pub struct NewEvent {
    /// Kind of the object.
    pub kind: Kind,
    /// Id or name of the object.
    pub object: String,
    /// One word for programs, in CamelCase.
    pub reason: &'static str,
    /// One sentence for people.
    pub message: String,
    /// Who: `reconciler/<kind>` or `api/<key name>`.
    pub actor: String,
    /// State before.
    pub from: Option<&'static str>,
    /// State after.
    pub to: Option<&'static str>,
    /// What brought it about.
    pub cause: Option<String>,
}

impl NewEvent {
    /// A line without states and cause.
    pub fn new(
        kind: Kind,
        object: impl ToString,
        reason: &'static str,
        message: impl Into<String>,
        actor: impl Into<String>,
    ) -> Self {
        Self {
            kind,
            object: object.to_string(),
            reason,
            message: message.into(),
            actor: actor.into(),
            from: None,
            to: None,
            cause: None,
        }
    }

    /// Adds the states.
    pub fn moved(mut self, from: &'static str, to: &'static str) -> Self {
        self.from = Some(from);
        self.to = Some(to);
        self
    }

    /// Adds what brought it about.
    pub fn because(mut self, cause: impl Into<String>) -> Self {
        self.cause = Some(cause.into());
        self
    }
}

impl Store {
    /// Writes a line by itself.
    pub(crate) async fn journal(&self, event: &NewEvent, now: Timestamp) -> sqlx::Result<()> {
        write(&mut *self.db.acquire().await?, event, now).await
    }
}

/// Writes a line inside the caller's transaction, with the trace that the work belongs to.
pub(crate) async fn write(db: &mut PgConnection, event: &NewEvent, now: Timestamp) -> sqlx::Result<()> {
    sqlx::query!(
        "INSERT INTO events (at, kind, object, reason, message, actor, from_state, to_state, cause, trace_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        now,
        event.kind.as_str(),
        event.object,
        event.reason,
        event.message,
        event.actor,
        event.from,
        event.to,
        event.cause,
        process::trace::current().map(|trace| trace.to_string())
    )
    .execute(db)
    .await?;
    Ok(())
}
