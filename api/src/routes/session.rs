//! Signing in to the dashboard.

use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use model::api::{Session, SignIn};
use process::auth::Digest;
use process::clock::now;
use process::problem::{Json, Problem};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::caller::Viewer;
use crate::openapi::{ListProblems, SignInProblems};
use crate::session;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(begin, read, end))
}

type Cookie = [(HeaderName, HeaderValue); 1];

/// Signs in
///
/// Answers with a cookie for this origin that stands for the key for 12 hours, or until the key is revoked. A change that
/// is made with the cookie also needs the header `X-CSRF-Protection`, with any value.
#[utoipa::path(post, path = "/api/session", operation_id = "signIn", tag = "session", request_body = SignIn, security(()),
    responses((status = 200, description = "Who signed in.", body = Session, headers(("Set-Cookie" = String))), SignInProblems))]
async fn begin(
    State(app): State<App>,
    headers: HeaderMap,
    Json(body): Json<SignIn>,
) -> Result<(Cookie, Json<Session>), Problem> {
    let digest = Digest::of(&body.key);
    let caller = app.gate.holder(&digest).await?;
    let cookie = session::begin(&app.keys, &digest, &headers, now());
    Ok(([(SET_COOKIE, cookie)], Json(Session { name: caller.name, role: caller.role })))
}

/// Tells who is signed in
///
/// The name and the role of the key that the cookie or the header stands for.
#[utoipa::path(get, path = "/api/session", operation_id = "getSession", tag = "session",
    responses((status = 200, description = "Whose key, or whose session, this is.", body = Session), ListProblems))]
async fn read(Viewer(caller): Viewer) -> Json<Session> {
    Json(Session { name: caller.name, role: caller.role })
}

/// Signs out
///
/// The cookie is taken back; the key stays.
#[utoipa::path(delete, path = "/api/session", operation_id = "signOut", tag = "session",
    responses((status = 204, description = "The cookie is taken back."), ListProblems))]
async fn end(_: Viewer, headers: HeaderMap) -> (StatusCode, Cookie) {
    (StatusCode::NO_CONTENT, [(SET_COOKIE, session::end(&headers))])
}
