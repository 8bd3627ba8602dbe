//! The journal, as a list or as a stream.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::ACCEPT;
use axum::response::sse::{Event as SseEvent, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use controller::store::read_events::EventFilter;
use model::api::{EventView, Page};
use model::words::Kind;
use process::problem::{Json, Problem, Query};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::instances::check_filters;
use crate::app::App;
use crate::caller::Viewer;
use crate::journal::Stream;
use crate::openapi::ListProblems;
use crate::page::Wanted;
use crate::view;

/// A comment keeps proxies from closing a quiet stream.
const COMMENT_INTERVAL: Duration = Duration::from_secs(15);

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list))
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Listing {
    /// Rows at most; not for a stream.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// `nextCursor` of the page before; not for a stream.
    cursor: Option<String>,
    /// Only those of records of this kind.
    kind: Option<Kind>,
    /// Only those of this record.
    object: Option<String>,
    /// Only those with this reason.
    reason: Option<String>,
    /// Only those by this actor.
    actor: Option<String>,
}

/// Lists events, newest first, or streams them
///
/// With `Accept: text/event-stream` it streams: what is new, or what came after `Last-Event-ID`.
#[utoipa::path(get, path = "/api/events", operation_id = "listEvents", tag = "journal",
    params(Listing, ("Last-Event-ID" = Option<i64>, Header, description = "Streams what came after this event.")),
    responses(
        (status = 200, description = "A page, or a stream whose events carry an event each.",
            content((Page<EventView> = "application/json"), (String = "text/event-stream"))),
        ListProblems
    ))]
async fn list(
    _: Viewer,
    State(app): State<App>,
    headers: HeaderMap,
    Query(listing): Query<Listing>,
) -> Result<Response, Problem> {
    check_filters(&[
        ("object", listing.object.as_deref()),
        ("reason", listing.reason.as_deref()),
        ("actor", listing.actor.as_deref()),
    ])?;
    let filter = EventFilter {
        kind: listing.kind,
        object: listing.object,
        reason: listing.reason,
        actor: listing.actor,
    };
    // A page has no use for it, but one that is none is a mistake all the same.
    let after = last_event_id(&headers)?;
    if wants_stream(&headers) {
        return Ok(stream(app.journal.open(filter, after).await?));
    }
    let wanted = Wanted::<i64>::read(listing.limit, listing.cursor.as_deref())?;
    let rows = app.store().list_events(&filter, wanted.after, wanted.rows()).await?;
    Ok(Json(wanted.page(rows, |row| row.id, view::event)).into_response())
}

fn wants_stream(headers: &HeaderMap) -> bool {
    let accepted = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accepted.split(',').any(|media| media.trim().starts_with("text/event-stream"))
}

/// Where a client that comes back was.
pub(super) fn last_event_id(headers: &HeaderMap) -> Result<Option<i64>, Problem> {
    let Some(value) = headers.get("last-event-id") else { return Ok(None) };
    let wrong = || Problem::invalid_field("Last-Event-ID", "is not the id of an event");
    let id = value.to_str().ok().and_then(|text| text.trim().parse::<i64>().ok()).filter(|id| *id >= 0);
    id.map(Some).ok_or_else(wrong)
}

/// Server-sent events: the name is the record's kind, the id the event's.
pub(super) fn stream(stream: Stream) -> Response {
    let events = futures::stream::unfold(stream, async |mut stream| {
        let event = stream.next().await?;
        Some((Ok::<_, Infallible>(sent(view::event(event))), stream))
    });
    let keep_alive = KeepAlive::new().interval(COMMENT_INTERVAL).text("still here");
    // Some proxies gather an answer before they pass it on, unless they are told.
    ([("x-accel-buffering", "no")], Sse::new(events).keep_alive(keep_alive)).into_response()
}

fn sent(event: EventView) -> SseEvent {
    let named = SseEvent::default().event(event.kind.as_str()).id(event.event_id.to_string());
    let name = event.kind.as_str();
    named.json_data(event).unwrap_or_else(|_| SseEvent::default().event(name).comment("cannot be shown"))
}
