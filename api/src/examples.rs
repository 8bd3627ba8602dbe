//! What operations take and answer, as they did once: `api/examples.json` has a call of each, made against a running system,
//! with stand-ins for ids, times and secrets.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use utoipa::openapi::path::Operation;
use utoipa::openapi::{Content, OpenApi, RefOr};

const EXAMPLES: &str = include_str!("../examples.json");

/// One call.
#[derive(Debug, Deserialize)]
struct Call {
    /// The status of the answer.
    status: u16,
    /// The body that was sent.
    #[serde(default)]
    request: Option<Value>,
    /// The body that came back.
    response: Value,
}

/// Puts the examples where they belong.
pub fn add(openapi: &mut OpenApi) {
    // A file of ours that does not read leaves the description without examples; a test says so.
    let calls: BTreeMap<String, Call> = serde_json::from_str(EXAMPLES).unwrap_or_default();
    for path in openapi.paths.paths.values_mut() {
        let operations = [&mut path.get, &mut path.put, &mut path.post, &mut path.patch, &mut path.delete];
        for operation in operations.into_iter().flatten() {
            if let Some(call) = operation.operation_id.as_ref().and_then(|id| calls.get(id)) {
                tell(operation, call);
            }
        }
    }
}

fn tell(operation: &mut Operation, call: &Call) {
    if let (Some(RefOr::T(body)), Some(request)) = (&mut operation.request_body, &call.request) {
        body.content.values_mut().for_each(|content| show(content, request));
    }
    if let Some(RefOr::T(response)) = operation.responses.responses.get_mut(&call.status.to_string()) {
        response.content.values_mut().for_each(|content| show(content, &call.response));
    }
}

fn show(content: &mut RefOr<Content>, example: &Value) {
    if let RefOr::T(content) = content {
        content.example = Some(example.clone());
    }
}
