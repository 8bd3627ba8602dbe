//! The published description of this API: made from the handlers, so that it cannot say something else.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::http::StatusCode;
use process::problem::{Document as ProblemDocument, PROBLEM_JSON, Problem};
use process::server::BODY_BYTES_MAX;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Response, ResponseBuilder};
use utoipa::{IntoResponses, Modify, OpenApi};

/// What stands above the operations.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "convos-agents pool API",
        description = "Keeps a pool of warm agents, hands one to each claim and replaces it.\n\n\
            **Keys**: `Authorization: Bearer <key>`, with a role: viewer, claimer, operator, admin; each may do all that those before it may.\n\n\
            **Errors** are problem details (RFC 9457) with a stable `code`. Bodies above 256 KB are refused with 413.\n\n\
            **Limits**: names have at most 200 characters, instructions 50,000, keys 255, metadata 32 entries of 256; control \
            characters are refused in names and keys. A value beyond its limit is a 400 that names the field, a malformed id in a \
            path a 404.\n\n\
            **Lists** come in pages, newest first: `limit` 1 to 200 (default 50), and the `cursor` that the page before gave as `nextCursor`.\n\n\
            **Streams** are server-sent events: the event's name is the kind of record, its id the event's id; `Last-Event-ID` continues where a stream ended; a comment comes every 15 seconds."
    ),
    components(schemas(ProblemDocument)),
    modifiers(&Keys),
    security(("key" = [])),
    tags(
        (name = "claims", description = "Asking for agents, following how they get ready, and letting them go."),
        (name = "pools", description = "How many idle agents are kept, and how."),
        (name = "instances", description = "The agents' containers, one by one."),
        (name = "destroy requests", description = "Wishes that an instance be gone; repeated until it is."),
        (name = "templates", description = "Recipes for agents."),
        (name = "journal", description = "What happened, what is true, and why."),
        (name = "session", description = "Signing in to the dashboard, by a cookie."),
        (name = "keys", description = "Keys of this API."),
        (name = "health", description = "For probes; no key needed."),
    )
)]
pub struct Document;

struct Keys;

impl Modify for Keys {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let scheme = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        openapi.components.get_or_insert_default().add_security_scheme("key", scheme);
    }
}

/// What each status may mean here.
fn description(status: u16) -> &'static str {
    match status {
        400 => {
            "`invalid_request`: not JSON, an unknown field, a wrong type, a value beyond its limit, a bad limit or cursor."
        }
        401 => "`unauthorized`: no key, or not one of ours.",
        403 => "`forbidden`: the key's role is not enough.",
        404 => "`not_found`: there is nothing of this id for this caller.",
        409 => {
            "The state forbids it: `conflict`; of a claim also `idempotency_key_reused` (the key came before with another request) and `join_url_in_use` (another live claim has it)."
        }
        412 => "`precondition_failed`: the record changed since it was read.",
        413 => "`payload_too_large`: the body is larger than 256 KB.",
        415 => "`unsupported_media_type`: the body is not declared as JSON.",
        422 => {
            "The request is well formed and cannot be done: `template_tool_config_missing`, `model_override_not_allowed`, `tool_not_configured`, `tool_unknown`, `unsupported_signature`, `signature_invalid`, `challenge_expired`, `join_url_invalid`, `user_config_invalid`."
        }
        429 => {
            "`too_many_requests`: too many requests, streams, or claims in line; `Retry-After` says when to come back."
        }
        503 => {
            "`database_unavailable` or `services_unavailable`: something that is needed is away; `Retry-After` says when to come back."
        }
        _ => "`internal`: a fault of ours.",
    }
}

/// A problem of each status, as it is answered.
fn example(status: u16) -> Problem {
    let again = Duration::from_secs(5);
    match status {
        400 => Problem::invalid_field("limit", "must be from 1 to 200"),
        401 => Problem::unauthorized(),
        403 => Problem::forbidden("this needs the role operator"),
        404 => Problem::not_found("there is no instance k3v9x2m7q110"),
        409 => Problem::conflict("the record changed meanwhile; read it again"),
        412 => Problem::precondition_failed("the record is in another version than If-Match says"),
        413 => Problem::payload_too_large(BODY_BYTES_MAX),
        415 => Problem::unsupported_media_type(),
        422 => {
            let detail = "the tool sms cannot be used: TELNYX_API_KEY is not set";
            Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "tool_not_configured", detail)
        }
        429 => Problem::too_many_requests("too many requests with this key", again),
        503 => Problem::unavailable("services_unavailable", "services does not answer", again),
        _ => Problem::internal(),
    }
}

fn problem(status: u16) -> RefOr<Response> {
    let schema = Ref::from_schema_name("Problem");
    let example = serde_json::to_value(example(status).document()).ok();
    let content = ContentBuilder::new().schema(Some(schema)).example(example).build();
    RefOr::T(ResponseBuilder::new().description(description(status)).content(PROBLEM_JSON, content).build())
}

/// Names the problems that a family of operations answers.
macro_rules! problems {
    ($($(#[$doc:meta])* $name:ident: $($status:literal)+;)+) => {$(
        $(#[$doc])*
        pub struct $name;

        impl IntoResponses for $name {
            fn responses() -> BTreeMap<String, RefOr<Response>> {
                BTreeMap::from([$(($status.to_string(), problem($status))),+])
            }
        }
    )+};
}

problems! {
    /// Of lists.
    ListProblems: 400 401 403 429 500 503;
    /// Of reading one record.
    ReadProblems: 400 401 403 404 429 500 503;
    /// Of making a record from a body.
    CreateProblems: 400 401 403 404 409 413 415 422 429 500 503;
    /// Of changing a record by a body.
    ChangeProblems: 400 401 403 404 409 412 413 415 422 429 500 503;
    /// Of acting on a record without a body.
    ActProblems: 400 401 403 404 409 429 500 503;
    /// Of signing in.
    SignInProblems: 400 401 413 415 429 500 503;
    /// Of readiness.
    ProbeProblems: 500 503;
}
