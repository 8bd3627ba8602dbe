//! Reading requests: `Json`, `Query` and `Path` whose refusals are problem documents.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, FromRequestParts, OptionalFromRequest, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Problem;
use crate::server::BODY_BYTES_MAX;

/// A refusal quotes the value at fault; a long one is cut here.
const MESSAGE_CHARACTERS_MAX: usize = 300;

/// A JSON body, read or answered. Refuses with 400, 413 or 415 and names the field at fault.
#[derive(Debug, Clone, Copy, Default)]
pub struct Json<T>(pub T);

/// Query parameters. Refuses with 400 and names the parameter at fault.
#[derive(Debug, Clone, Copy, Default)]
pub struct Query<T>(pub T);

/// Path parameters. One that is malformed is a thing that is not here: 404.
#[derive(Debug, Clone, Copy, Default)]
pub struct Path<T>(pub T);

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        if !declares_json(request.headers()) {
            return Err(Problem::unsupported_media_type());
        }
        let bytes = Bytes::from_request(request, state).await.map_err(|rejection| unread(&rejection))?;
        read_json(&bytes).map(Self)
    }
}

/// A body that may be left out: `None` when nothing was sent.
impl<T: DeserializeOwned, S: Send + Sync> OptionalFromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Option<Self>, Problem> {
        let declared = declares_json(request.headers());
        let bytes = Bytes::from_request(request, state).await.map_err(|rejection| unread(&rejection))?;
        match (bytes.is_empty(), declared) {
            (true, _) => Ok(None),
            (false, false) => Err(Problem::unsupported_media_type()),
            (false, true) => read_json(&bytes).map(|value| Some(Self(value))),
        }
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        if parts.uri.query().is_some_and(|query| query.contains("%00")) {
            return Err(Problem::invalid_request("the query holds a NUL character"));
        }
        match axum::extract::Query::<T>::from_request_parts(parts, state).await {
            Ok(axum::extract::Query(value)) => Ok(Self(value)),
            Err(rejection) => {
                let text = rejection.body_text();
                Err(refusal(
                    "query",
                    text.strip_prefix("Failed to deserialize query string: ").unwrap_or(&text),
                    "",
                ))
            }
        }
    }
}

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let refused = || Problem::not_found("there is nothing of this name");
        if parts.uri.path().contains("%00") {
            return Err(refused());
        }
        match axum::extract::Path::<T>::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(value)) => Ok(Self(value)),
            Err(_) => Err(refused()),
        }
    }
}

/// `application/json` or anything `+json`, with any parameters.
fn declares_json(headers: &HeaderMap) -> bool {
    let Some(declared) = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()) else {
        return false;
    };
    let essence = declared.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
}

fn unread(rejection: &BytesRejection) -> Problem {
    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
        Problem::payload_too_large(BODY_BYTES_MAX)
    } else {
        Problem::invalid_request("the body could not be read to its end")
    }
}

/// Reads JSON text that is a request's body, or was made from one.
///
/// # Errors
/// 400, naming the field at fault.
pub fn read_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    if holds_escaped_nul(bytes) {
        return Err(Problem::invalid_request("the body holds a NUL character (\\u0000)"));
    }
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value: T = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        let inner = error.into_inner();
        if inner.is_data() {
            refusal("body", &inner.to_string(), &path)
        } else {
            Problem::invalid_request(cut(&format!("the body is not JSON: {inner}")))
        }
    })?;
    deserializer.end().map_err(|error| {
        Problem::invalid_request(cut(&format!("the body is not one JSON value: {error}")))
    })?;
    Ok(value)
}

/// PostgreSQL cannot store a NUL in text, so none may come in. Raw ones are no JSON anyway; here the
/// escaped form is found, and told from an escaped backslash before `u0000`.
fn holds_escaped_nul(bytes: &[u8]) -> bool {
    let mut escaped = false;
    for (index, byte) in bytes.iter().enumerate() {
        if escaped {
            escaped = false;
            if bytes[index..].starts_with(b"u0000") {
                return true;
            }
        } else {
            escaped = *byte == b'\\';
        }
    }
    false
}

/// A value that does not fit, with the field at fault. serde names an unknown or missing field only in
/// its message (the path leads to the object around it), so the name is taken from there.
fn refusal(what: &str, message: &str, path: &str) -> Problem {
    let message = cut(message);
    let path = if path == "." { "" } else { path };
    let quoted = ["unknown field `", "missing field `", "duplicate field `"]
        .iter()
        .find_map(|start| message.strip_prefix(start))
        .and_then(|rest| rest.split('`').next());
    let field = match (path, quoted) {
        ("", None) => None,
        ("", Some(name)) => Some(name.to_owned()),
        (path, None) => Some(path.to_owned()),
        (path, Some(name)) if path == name || path.ends_with(&format!(".{name}")) => Some(path.to_owned()),
        (path, Some(name)) => Some(format!("{path}.{name}")),
    };
    // A query parameter's path is in the message: `limit: invalid digit found in string`.
    let field = field.or_else(|| {
        let (name, _) = message.split_once(": ")?;
        (what == "query" && !name.contains(' ')).then(|| name.to_owned())
    });
    let problem = Problem::invalid_request(format!("the {what} does not fit: {message}"));
    match field {
        Some(field) => problem.with_error(field, message),
        None => problem,
    }
}

fn cut(message: &str) -> String {
    message.chars().take(MESSAGE_CHARACTERS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::Request as HttpRequest;
    use serde::Deserialize;

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    struct Body {
        agent_name: String,
        #[serde(default)]
        model: Option<Model>,
        #[serde(default)]
        limit: Option<u8>,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Model {
        default: String,
    }

    async fn body(content_type: Option<&str>, text: &str) -> Result<Body, Problem> {
        let mut request = HttpRequest::post("/");
        if let Some(content_type) = content_type {
            request = request.header(CONTENT_TYPE, content_type);
        }
        let request = request.body(axum::body::Body::from(text.to_owned())).unwrap();
        <Json<Body> as FromRequest<()>>::from_request(request, &()).await.map(|Json(body)| body)
    }

    #[tokio::test]
    async fn a_wrong_body_is_400_and_names_the_field() {
        let cases: [(&str, Option<&str>); 14] = [
            ("", None),
            ("{", None),
            ("nonsense", None),
            ("[]", None),
            ("null", None),
            (r#"{"agentName":"Ada"} {}"#, None),
            (r#"{"agentName":"A\u0000da"}"#, None),
            (r#"{"agentName":"\ud800"}"#, None),
            (r#"{"agentName":7}"#, Some("agentName")),
            ("{}", Some("agentName")),
            (r#"{"agentName":"Ada","nickname":"x"}"#, Some("nickname")),
            (r#"{"agentName":"Ada","agentName":"Bob"}"#, Some("agentName")),
            (r#"{"agentName":"Ada","model":{"default":"x","other":1}}"#, Some("model.other")),
            (r#"{"agentName":"Ada","limit":300}"#, Some("limit")),
        ];
        for (text, field) in cases {
            let problem = body(Some("application/json"), text).await.unwrap_err();
            assert_eq!(problem.status(), StatusCode::BAD_REQUEST, "{text}");
            assert_eq!(problem.code(), "invalid_request", "{text}");
            let named = problem.errors().first().map(|error| error.field.as_str());
            assert_eq!(named, field, "{text}: {problem}");
        }
    }

    #[tokio::test]
    async fn nesting_without_end_is_refused_and_not_followed() {
        let deep = format!(r#"{{"agentName":{}"#, "[".repeat(200_000));
        assert_eq!(body(Some("application/json"), &deep).await.unwrap_err().code(), "invalid_request");
    }

    #[tokio::test]
    async fn a_body_that_is_not_declared_as_json_is_415() {
        for content_type in
            [None, Some("text/plain"), Some("application/x-www-form-urlencoded"), Some("json")]
        {
            let problem = body(content_type, r#"{"agentName":"Ada"}"#).await.unwrap_err();
            assert_eq!(problem.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE, "{content_type:?}");
        }
    }

    #[tokio::test]
    async fn a_right_body_is_taken_with_any_json_media_type() {
        for content_type in
            ["application/json", "Application/JSON; charset=utf-8", "application/merge-patch+json"]
        {
            let right = body(Some(content_type), r#"{"agentName":"a \\u0000 b"}"#).await.unwrap();
            assert_eq!(right.agent_name, r"a \u0000 b", "{content_type}");
        }
    }

    #[tokio::test]
    async fn an_optional_body_may_be_left_out_but_not_be_wrong() {
        let read = async |text: &str| {
            let request = HttpRequest::post("/").header(CONTENT_TYPE, "application/json");
            let request = request.body(axum::body::Body::from(text.to_owned())).unwrap();
            <Json<Body> as OptionalFromRequest<()>>::from_request(request, &()).await
        };
        assert!(read("").await.unwrap().is_none());
        assert!(read("{").await.is_err());
        assert!(read(r#"{"agentName":"Ada"}"#).await.unwrap().is_some());
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Parameters {
        #[serde(default)]
        limit: Option<u8>,
    }

    #[tokio::test]
    async fn a_wrong_query_is_400_and_names_the_parameter() {
        let read = async |uri: &str| {
            let (mut parts, ()) = HttpRequest::get(uri).body(()).unwrap().into_parts();
            <Query<Parameters> as FromRequestParts<()>>::from_request_parts(&mut parts, &()).await
        };
        for (uri, field) in [
            ("/?limit=x", Some("limit")),
            ("/?colour=red", Some("colour")),
            ("/?limit=1&limit=2", Some("limit")),
        ] {
            let problem = read(uri).await.unwrap_err();
            assert_eq!(problem.code(), "invalid_request", "{uri}");
            let named = problem.errors().first().map(|error| error.field.as_str());
            assert_eq!(named, field, "{uri}: {problem}");
        }
        assert!(read("/?limit=%00").await.is_err());
        assert_eq!(read("/?limit=7").await.unwrap().0.limit, Some(7));
    }
}
