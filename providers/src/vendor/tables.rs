//! One table per vendor: what its codes and texts mean in our classes.

use std::time::Duration;

use serde_json::Value;

use super::failure::Class;
use super::rules::{Fault, How, Row, Rules};

const fn code(matches: &'static str, class: Class) -> Row {
    Row { matches, how: How::Exact, class }
}

const fn text(matches: &'static str, how: How, class: Class) -> Row {
    Row { matches, how, class }
}

const fn slow(seconds: u64) -> Class {
    Class::RateLimited { wait: Duration::from_secs(seconds) }
}

/// Railway: GraphQL, nearly everything with status 200 and a catch-all code, so the text decides. The order matters: the
/// general rows stand below the special ones.
pub static RAILWAY: Rules = Rules {
    codes: &[
        code("GRAPHQL_PARSE_FAILED", Class::Permanent),
        code("GRAPHQL_VALIDATION_FAILED", Class::Permanent),
        code("BAD_USER_INPUT", Class::Permanent),
    ],
    texts: &[
        text("Not Authorized", How::Exact, Class::Auth),
        text("Project Token not found", How::Anywhere, Class::Auth),
        text("Two Factor Authentication Required", How::Exact, Class::Forbidden),
        text("Only one project can be created per user every 30s", How::Anywhere, slow(30)),
        text("You are creating projects too quickly", How::Anywhere, slow(30)),
        text("Only one environment can be created per user every 30s", How::Anywhere, slow(30)),
        text("creating environments too quickly", How::Anywhere, slow(30)),
        text("You are creating volumes too quickly", How::Anywhere, slow(5)),
        text("Whoa there pal", How::Anywhere, slow(30)),
        text("try again in a sec", How::Anywhere, slow(5)),
        text("Cannot redeploy yet", How::Anywhere, Class::ConflictWait),
        text("Cannot redeploy without a snapshot", How::Anywhere, Class::ConflictWait),
        text("operation is already in progress", How::Anywhere, Class::ConflictWait),
        text("ServiceInstance not found", How::Exact, Class::NotVisibleYet),
        text("Failed to create service domain, please try again", How::Anywhere, Class::Transient),
        text("Problem processing request", How::Anywhere, Class::Ambiguous),
        text("already mounted", How::Anywhere, Class::Conflict),
        text("Commit not found", How::Anywhere, Class::Invalid),
        text("resource provision limit exceeded", How::Anywhere, Class::PlanLimit),
        text("Error in preDeployCommand", How::Anywhere, Class::Invalid),
        text("Invalid ", How::Prefix, Class::Invalid),
        text("Could not find ", How::Anywhere, Class::NotFound),
        text(" not found", How::Suffix, Class::NotFound),
    ],
    statuses: &[(400, Class::Permanent), (403, Class::Auth)],
    faults: graphql_faults,
    faults_in_success: true,
};

/// GHCR: codes of the OCI distribution specification; a HEAD has no body, then the status alone decides.
pub static GHCR: Rules = Rules {
    codes: &[
        code("UNAUTHORIZED", Class::Auth),
        code("DENIED", Class::Forbidden),
        code("NAME_UNKNOWN", Class::NotFound),
        code("MANIFEST_UNKNOWN", Class::NotFound),
        code("TOOMANYREQUESTS", slow(30)),
    ],
    texts: &[],
    statuses: &[],
    faults: listed_faults,
    faults_in_success: false,
};

/// OpenRouter: the body repeats the status as its code, so the status decides.
pub static OPENROUTER: Rules =
    Rules { codes: &[], texts: &[], statuses: &[], faults: openrouter_faults, faults_in_success: false };

/// AgentMail: 403 and 409 mean several things; the code tells them apart. Old servers leave it out.
pub static AGENTMAIL: Rules = Rules {
    codes: &[
        code("missing_authorization", Class::Auth),
        code("invalid_token_type", Class::Auth),
        code("unknown_api_key", Class::Auth),
        code("unauthorized", Class::Auth),
        code("missing_permission", Class::Forbidden),
        code("permission_escalation", Class::Forbidden),
        code("unrestricted_key_required", Class::Forbidden),
        code("forbidden", Class::Forbidden),
        code("validation_error", Class::Invalid),
        code("not_found", Class::NotFound),
        code("unprocessable", Class::Invalid),
        code("query_range_too_wide", Class::Invalid),
        code("already_exists", Class::Conflict),
        code("resource_taken", Class::Conflict),
        code("limit_exceeded", Class::PlanLimit),
        code("domain_not_verified", Class::Invalid),
        code("conflict", Class::ConflictWait),
        code("race_condition", Class::Transient),
        code("resource_deleting", Class::ConflictWait),
        code("cannot_delete", Class::Conflict),
        code("message_rejected", Class::Permanent),
        code("rate_limit_exceeded", slow(30)),
        code("service_unavailable", Class::Transient),
        code("internal_error", Class::Transient),
    ],
    texts: &[],
    statuses: &[],
    faults: agentmail_faults,
    faults_in_success: false,
};

/// Telnyx: numeric codes as text.
pub static TELNYX: Rules = Rules {
    codes: &[
        code("10001", Class::Permanent),
        code("10002", Class::Invalid),
        code("10004", Class::Invalid),
        code("10005", Class::NotFound),
        code("10006", Class::Invalid),
        code("10007", Class::Transient),
        code("10008", Class::Ambiguous),
        code("10009", Class::Auth),
        code("10010", Class::Forbidden),
        code("10011", slow(30)),
        code("10012", Class::Conflict),
        code("10013", Class::Invalid),
        code("10015", Class::Invalid),
        code("10016", Class::Invalid),
        code("10017", Class::Invalid),
        code("10021", Class::Conflict),
    ],
    texts: &[],
    statuses: &[],
    faults: listed_faults,
    faults_in_success: false,
};

/// Bankr: texts without codes; the status decides. A 409 is a key that is used or still worked on.
pub static BANKR: Rules =
    Rules { codes: &[], texts: &[], statuses: &[], faults: bankr_faults, faults_in_success: false };

fn string(value: &Value, name: &str) -> Option<String> {
    match value.get(name)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// `{errors:[{message, extensions:{code}}]}`
fn graphql_faults(json: &Value) -> Vec<Fault> {
    let errors = json.get("errors").and_then(Value::as_array);
    let fault = |error: &Value| Fault {
        code: error.get("extensions").and_then(|extensions| string(extensions, "code")),
        message: string(error, "message").unwrap_or_else(|| "an error without a message".to_owned()),
    };
    errors.into_iter().flatten().map(fault).collect()
}

/// `{errors:[{code, title, detail | message}]}`
fn listed_faults(json: &Value) -> Vec<Fault> {
    let errors = json.get("errors").and_then(Value::as_array);
    let fault = |error: &Value| Fault {
        code: string(error, "code"),
        message: ["detail", "title", "message"]
            .into_iter()
            .filter_map(|name| string(error, name))
            .find(|text| !text.is_empty())
            .unwrap_or_default(),
    };
    errors.into_iter().flatten().map(fault).collect()
}

/// `{error:{code, message}}`
fn openrouter_faults(json: &Value) -> Vec<Fault> {
    let fault = |error: &Value| Fault {
        code: string(error, "code"),
        message: string(error, "message").unwrap_or_default(),
    };
    json.get("error").map(fault).into_iter().collect()
}

/// `{name, code?, message, errors?}`
fn agentmail_faults(json: &Value) -> Vec<Fault> {
    let message = string(json, "message").or_else(|| string(json, "name")).unwrap_or_default();
    vec![Fault { code: string(json, "code"), message }]
}

/// `{error, message}`
fn bankr_faults(json: &Value) -> Vec<Fault> {
    let message = string(json, "message").or_else(|| string(json, "error")).unwrap_or_default();
    vec![Fault { code: None, message }]
}
