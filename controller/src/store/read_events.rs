//! The journal as the API reads it: pages, an object's history, and what is new since an id.

use model::Timestamp;
use model::record::Event;
use model::words::Kind;

use super::Store;

/// Which lines a list or stream holds. Everything that is `None` does not filter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventFilter {
    /// Of objects of this kind.
    pub kind: Option<Kind>,
    /// Of this object.
    pub object: Option<String>,
    /// With this reason.
    pub reason: Option<String>,
    /// By this actor.
    pub actor: Option<String>,
}

struct EventRow {
    id: i64,
    at: Timestamp,
    kind: String,
    object: String,
    reason: String,
    message: String,
    actor: String,
    from_state: Option<String>,
    to_state: Option<String>,
    cause: Option<String>,
    trace_id: Option<String>,
}

impl From<EventRow> for Event {
    fn from(row: EventRow) -> Self {
        Self {
            id: row.id,
            at: row.at,
            kind: row.kind.into(),
            object: row.object,
            reason: row.reason,
            message: row.message,
            actor: row.actor,
            from: row.from_state,
            to: row.to_state,
            cause: row.cause,
            trace_id: row.trace_id,
        }
    }
}

impl Store {
    /// Lists lines, newest first, before an id.
    pub async fn list_events(
        &self,
        filter: &EventFilter,
        before: Option<i64>,
        rows: i64,
    ) -> sqlx::Result<Vec<Event>> {
        let rows = sqlx::query_as!(
            EventRow,
            "SELECT id, at, kind, object, reason, message, actor, from_state, to_state, cause, trace_id
             FROM events
             WHERE ($1::text IS NULL OR kind = $1)
               AND ($2::text IS NULL OR object = $2)
               AND ($3::text IS NULL OR reason = $3)
               AND ($4::text IS NULL OR actor = $4)
               AND ($5::bigint IS NULL OR id < $5)
             ORDER BY id DESC
             LIMIT $6",
            filter.kind.map(Kind::as_str),
            filter.object,
            filter.reason,
            filter.actor,
            before,
            rows
        )
        .fetch_all(&self.db)
        .await?;
        Ok(rows.into_iter().map(Event::from).collect())
    }

    /// Lists lines after one id up to another, oldest first.
    pub async fn events_between(
        &self,
        filter: &EventFilter,
        after: i64,
        up_to: i64,
        rows: i64,
    ) -> sqlx::Result<Vec<Event>> {
        let rows = sqlx::query_as!(
            EventRow,
            "SELECT id, at, kind, object, reason, message, actor, from_state, to_state, cause, trace_id
             FROM events
             WHERE ($1::text IS NULL OR kind = $1)
               AND ($2::text IS NULL OR object = $2)
               AND ($3::text IS NULL OR reason = $3)
               AND ($4::text IS NULL OR actor = $4)
               AND id > $5 AND id <= $6
             ORDER BY id
             LIMIT $7",
            filter.kind.map(Kind::as_str),
            filter.object,
            filter.reason,
            filter.actor,
            after,
            up_to,
            rows
        )
        .fetch_all(&self.db)
        .await?;
        Ok(rows.into_iter().map(Event::from).collect())
    }

    /// The ids of lines after one, ascending.
    pub async fn event_ids_after(&self, after: i64, rows: i64) -> sqlx::Result<Vec<i64>> {
        sqlx::query_scalar!("SELECT id FROM events WHERE id > $1 ORDER BY id LIMIT $2", after, rows)
            .fetch_all(&self.db)
            .await
    }

    /// The id of the newest line; 0 when there is none.
    pub async fn newest_event(&self) -> sqlx::Result<i64> {
        sqlx::query_scalar!(r#"SELECT coalesce(max(id), 0) AS "newest!" FROM events"#)
            .fetch_one(&self.db)
            .await
    }
}
