//! Claims.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use axum::extract::State;
use axum::http::header::LOCATION;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use controller::store::read_claims::{ClaimFilter, Line};
use controller::store::read_events::EventFilter;
use controller::wake::Queue;
use model::api::{Challenge, ClaimRequest, ClaimView, Page};
use model::owner::Address;
use model::record::Claim;
use model::words::{ClaimPhase, Kind};
use process::clock::now;
use process::problem::{Json, Path, Problem, Query};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::events::{last_event_id, stream};
use super::instances::check_filters;
use crate::app::App;
use crate::caller::{Claimer, Viewer};
use crate::intake::{self, Source, Taken};
use crate::openapi::{ActProblems, CreateProblems, ListProblems, ReadProblems};
use crate::page::Wanted;
use crate::prefer::{self, WAIT_DEFAULT};
use crate::{view, waiting};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(claim))
        .routes(routes!(list, create))
        .routes(routes!(challenge))
        .routes(routes!(read, release))
        .routes(routes!(follow))
}

/// Claims an agent
///
/// Binds a ready instance at once, or puts the claim in line, and waits (`Prefer: wait=N`, default 60) until its invite
/// link works. The same `Idempotency-Key` gives the same claim, however often and however it is sent.
#[utoipa::path(post, path = "/api/claim", operation_id = "claim", tag = "claims", request_body = ClaimRequest,
    params(
        ("Idempotency-Key" = Option<String>, Header, description = "The same key is the same claim. At most 255 characters.", max_length = 255),
        ("Prefer" = Option<String>, Header, description = "`wait=N`: how many seconds to wait for the agent, 0 to 120; default 60.", example = "wait=30"),
    ),
    responses(
        (status = 200, description = "The agent is there: `ready`, or `pending_acceptance` in the conversation it asked to join.", body = ClaimView),
        (status = 202, description = "Not yet: `Location` is where to look.", body = ClaimView),
        CreateProblems
    ))]
async fn claim(
    Claimer(caller): Claimer,
    State(app): State<App>,
    headers: HeaderMap,
    Json(body): Json<ClaimRequest>,
) -> Result<Response, Problem> {
    let wait = prefer::wait(&headers)?;
    let taken = intake::take_in(&app, &caller, &headers, Source::Request, body).await?;
    answer(&app, taken, wait).await
}

/// Claims an agent
///
/// The same as `POST /api/claim`.
#[utoipa::path(post, path = "/api/claims", operation_id = "createClaim", tag = "claims", request_body = ClaimRequest,
    params(
        ("Idempotency-Key" = Option<String>, Header, description = "The same key is the same claim. At most 255 characters.", max_length = 255),
        ("Prefer" = Option<String>, Header, description = "`wait=N`: how many seconds to wait for the agent, 0 to 120; default 60.", example = "wait=30"),
    ),
    responses(
        (status = 200, description = "The agent is there: `ready`, or `pending_acceptance` in the conversation it asked to join.", body = ClaimView),
        (status = 202, description = "Not yet: `Location` is where to look.", body = ClaimView),
        CreateProblems
    ))]
async fn create(
    caller: Claimer,
    state: State<App>,
    headers: HeaderMap,
    body: Json<ClaimRequest>,
) -> Result<Response, Problem> {
    claim(caller, state, headers, body).await
}

/// Waits for a claim that was taken in, and shows it.
pub(super) async fn answer(app: &App, taken: Taken, wait: Option<Duration>) -> Result<Response, Problem> {
    let replayed = matches!(taken, Taken::Replayed(_));
    let (record, watch) = match taken {
        Taken::New(claim, watch) => (claim, watch),
        Taken::Replayed(claim) => {
            let watch = app.wake().watch(claim.id);
            // It may have moved between the reading and the watching.
            (app.store().claim(claim.id).await?.unwrap_or(claim), watch)
        }
    };
    let patience = wait.unwrap_or(WAIT_DEFAULT);
    let record = waiting::settled(app, record, patience, watch).await?;
    let done = matches!(record.phase, ClaimPhase::Ready | ClaimPhase::PendingAcceptance);
    let mut headers = HeaderMap::new();
    let text = |text: String| HeaderValue::from_str(&text).expect("digits and ids fit into a header");
    headers.insert("preference-applied", text(format!("wait={}", patience.as_secs())));
    if replayed {
        headers.insert("idempotent-replayed", HeaderValue::from_static("true"));
    }
    if !done {
        headers.insert(LOCATION, text(format!("/api/claims/{}", record.id)));
    }
    let status = if done { StatusCode::OK } else { StatusCode::ACCEPTED };
    Ok((status, headers, Json(shown(app, record).await?)).into_response())
}

/// A claim as the API shows it, with its place in line.
async fn shown(app: &App, record: Claim) -> Result<ClaimView, Problem> {
    let line = match record.phase {
        ClaimPhase::Pending => Some(app.store().line(&record.pool, &[record.id]).await?),
        _ => None,
    };
    Ok(view::claim(record, line.as_ref()))
}

#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Wallet {
    /// The account that will sign: 0x and 40 hex digits.
    #[param(pattern = "^0x[0-9a-fA-F]{40}$", example = "0x52908400098527886E0F7030069857D2E4169EE7")]
    address: String,
    /// The template that will be claimed, if any.
    template_id: Option<Uuid>,
}

/// Asks for a text to sign
///
/// Whoever signs its `message` with `personal_sign` (EIP-191) can claim as the owner, once, within five minutes.
#[utoipa::path(get, path = "/api/claim/challenge", operation_id = "getChallenge", tag = "claims", params(Wallet),
    responses((status = 200, description = "The challenge.", body = Challenge), ListProblems))]
async fn challenge(
    _: Claimer,
    State(app): State<App>,
    Query(wallet): Query<Wallet>,
) -> Result<Json<Challenge>, Problem> {
    let address: Address = wallet.address.parse().map_err(|error: model::owner::AddressError| {
        Problem::invalid_field("address", format!("is no account's address: {error}"))
    })?;
    Ok(Json(intake::issue(&app.keys, address, wallet.template_id, now())))
}

#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Listing {
    /// Rows at most.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// `nextCursor` of the page before.
    cursor: Option<String>,
    /// Only those of this pool.
    pool: Option<String>,
    /// Only those this far.
    phase: Option<ClaimPhase>,
    /// Only those of this owner.
    owner_id: Option<String>,
    /// Only those made from this template.
    template_id: Option<Uuid>,
}

/// Lists claims, newest first
///
/// Filtered by pool, phase, owner or template. Each is as `GET /api/claims/{id}` shows it.
#[utoipa::path(get, path = "/api/claims", operation_id = "listClaims", tag = "claims", params(Listing),
    responses((status = 200, description = "A page.", body = Page<ClaimView>), ListProblems))]
async fn list(
    _: Viewer,
    State(app): State<App>,
    Query(listing): Query<Listing>,
) -> Result<Json<Page<ClaimView>>, Problem> {
    let wanted = Wanted::<Uuid>::read(listing.limit, listing.cursor.as_deref())?;
    check_filters(&[("pool", listing.pool.as_deref()), ("ownerId", listing.owner_id.as_deref())])?;
    let filter = ClaimFilter {
        pool: listing.pool,
        phase: listing.phase,
        owner_id: listing.owner_id,
        template_id: listing.template_id,
    };
    let rows = app.store().list_claims(&filter, wanted.after, wanted.rows()).await?;
    let lines = lines(&app, &rows).await?;
    Ok(Json(wanted.page(
        rows,
        |row| row.id,
        |row| {
            let line = lines.get(&row.pool);
            view::claim(row, line)
        },
    )))
}

/// The lines in which claims of a page stand, by pool.
async fn lines(app: &App, claims: &[Claim]) -> Result<HashMap<String, Line>, Problem> {
    let mut waiting: BTreeMap<&str, Vec<Uuid>> = BTreeMap::new();
    for claim in claims.iter().filter(|claim| claim.phase == ClaimPhase::Pending) {
        waiting.entry(&claim.pool).or_default().push(claim.id);
    }
    let mut lines = HashMap::new();
    for (pool, ids) in waiting {
        lines.insert(pool.to_owned(), app.store().line(pool, &ids).await?);
    }
    Ok(lines)
}

/// Reads a claim
///
/// Its phase, its place in line while it waits, its tools, and the invite once it is ready. Ended ones stay
/// readable for a while.
#[utoipa::path(get, path = "/api/claims/{id}", operation_id = "getClaim", tag = "claims",
    params(("id" = Uuid, Path, description = "The claim.")),
    responses((status = 200, description = "The claim.", body = ClaimView), ReadProblems))]
async fn read(_: Viewer, State(app): State<App>, Path(id): Path<Uuid>) -> Result<Json<ClaimView>, Problem> {
    let record = app.store().claim(id).await?.ok_or_else(|| unknown(id))?;
    Ok(Json(shown(&app, record).await?))
}

/// Releases a claim
///
/// Its agent is destroyed, then the claim is `released` and stays readable. One in line is released at once. Asking
/// again changes nothing.
#[utoipa::path(delete, path = "/api/claims/{id}", operation_id = "releaseClaim", tag = "claims",
    params(("id" = Uuid, Path, description = "The claim.")),
    responses((status = 202, description = "The claim.", body = ClaimView), ActProblems))]
async fn release(
    Claimer(caller): Claimer,
    State(app): State<App>,
    Path(id): Path<Uuid>,
) -> Result<(StatusCode, Json<ClaimView>), Problem> {
    let record = app.store().request_release(id, &caller.actor(), now()).await?.ok_or_else(|| unknown(id))?;
    app.wake().queue(Queue::Claim);
    // Whoever waits for it in a request hears of it.
    app.wake().claim_moved(id);
    Ok((StatusCode::ACCEPTED, Json(shown(&app, record).await?)))
}

/// Streams the steps of a claim
///
/// From its beginning, or from `Last-Event-ID`; then what is new, until the client goes.
#[utoipa::path(get, path = "/api/claims/{id}/events", operation_id = "followClaim", tag = "claims",
    params(
        ("id" = Uuid, Path, description = "The claim."),
        ("Last-Event-ID" = Option<i64>, Header, description = "Streams what came after this event."),
    ),
    responses(
        (status = 200, description = "Server-sent events named `claim`, each with an event.", content_type = "text/event-stream", body = String),
        ReadProblems
    ))]
async fn follow(
    _: Viewer,
    State(app): State<App>,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let after = last_event_id(&headers)?.unwrap_or(0);
    app.store().claim(id).await?.ok_or_else(|| unknown(id))?;
    let filter =
        EventFilter { kind: Some(Kind::Claim), object: Some(id.to_string()), ..EventFilter::default() };
    Ok(stream(app.journal.open(filter, Some(after)).await?))
}

pub(super) fn unknown(id: Uuid) -> Problem {
    Problem::not_found(format!("there is no claim {id}"))
}
