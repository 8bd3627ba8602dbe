//! From an answer to a class: status, then content type, then JSON, then the vendor's own code or text, by a table.
//! Pure; the tables are in [`super::tables`].

use std::time::Duration;

use axum::http::StatusCode;
use serde_json::Value;

use super::failure::{Class, Kind};
use super::mask::masked;
use super::retry::WAIT_DEFAULT;

/// What a table says about one code or text. The wait of a refusal for speed is in the class.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// The code, or a part of the text.
    pub matches: &'static str,
    /// How the text must fit.
    pub how: How,
    /// What it means.
    pub class: Class,
}

/// How a row's text is compared, never looking at upper or lower case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// The whole code or text.
    Exact,
    /// The text's beginning.
    Prefix,
    /// Anywhere in the text.
    Anywhere,
    /// The text's end.
    Suffix,
}

/// One vendor's way to say no.
#[derive(Debug)]
pub struct Rules {
    /// By the vendor's code; the first that fits counts.
    pub codes: &'static [Row],
    /// By text, for vendors whose only discriminator is text; the first that fits counts.
    pub texts: &'static [Row],
    /// Statuses that mean something else here than usual.
    pub statuses: &'static [(u16, Class)],
    /// Where the vendor puts its errors.
    pub faults: fn(&Value) -> Vec<Fault>,
    /// Errors come in answers of status 200, too (GraphQL).
    pub faults_in_success: bool,
}

/// One error of an answer, as the vendor wrote it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fault {
    /// The vendor's code, if any.
    pub code: Option<String>,
    /// The vendor's text.
    pub message: String,
}

/// An answer as far as it is looked at here.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// The HTTP status.
    pub status: StatusCode,
    /// The content type, empty if there is none.
    pub content_type: &'a str,
    /// The body; empty for a HEAD.
    pub body: &'a [u8],
    /// What the headers say about waiting.
    pub told_wait: Option<Duration>,
    /// The caller looks at errors about parts of a list by itself.
    pub partial: bool,
}

/// Why an answer is not a success.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// What it means for the caller.
    pub class: Class,
    /// The vendor's code.
    pub code: Option<String>,
    /// The vendor's text, masked and cut.
    pub message: String,
}

/// The JSON of a good answer (`Null` without a body), or why it is none.
pub fn judge(rules: &Rules, kind: Kind, seen: &Seen<'_>) -> Result<Value, Verdict> {
    let status = seen.status;
    let html = seen.content_type.contains("html");
    let json =
        if html || seen.body.is_empty() { None } else { serde_json::from_slice::<Value>(seen.body).ok() };

    // Never parsed first: a 429 may come as HTML or as `{"data":null}`.
    if status == StatusCode::TOO_MANY_REQUESTS {
        let fault = first_fault(rules, json.as_ref());
        let wait = seen.told_wait.unwrap_or(WAIT_DEFAULT);
        return Err(verdict(Class::RateLimited { wait }, fault, "too many requests"));
    }
    if html {
        return Err(verdict(
            html_class(status, kind, seen.told_wait),
            None,
            &format!("an HTML page with status {status}"),
        ));
    }
    if status.is_success() {
        if seen.body.is_empty() {
            return Ok(Value::Null);
        }
        let Some(json) = json else {
            return Err(verdict(uncertain(kind), None, "an answer that is not JSON"));
        };
        if !rules.faults_in_success {
            return Ok(json);
        }
        return match (rules.faults)(&json).into_iter().next() {
            None => Ok(json),
            Some(_) if seen.partial && is_partial(&json) => Ok(json),
            Some(fault) => {
                // A catch-all error in a 200 is the vendor's fault, so a write may have happened.
                let class = table_class(rules, &fault, seen.told_wait).unwrap_or(uncertain(kind));
                Err(verdict(class, Some(fault), ""))
            }
        };
    }
    let fault = first_fault(rules, json.as_ref());
    let named = fault.as_ref().and_then(|fault| table_class(rules, fault, seen.told_wait));
    let class = match named.unwrap_or_else(|| status_class(rules, status)) {
        // A server's own failure says nothing about what it had done before.
        Class::Transient if status.is_server_error() || status == StatusCode::REQUEST_TIMEOUT => {
            uncertain(kind)
        }
        class => class,
    };
    Err(verdict(class, fault, &format!("status {status}")))
}

/// Whether every error is about a part of a root field that is there: what is beside those parts is good.
fn is_partial(json: &Value) -> bool {
    let about_a_part = |error: &Value| {
        let path = error["path"].as_array().map(Vec::as_slice).unwrap_or_default();
        let root = path.first().and_then(Value::as_str).unwrap_or_default();
        path.len() > 1 && !json["data"][root].is_null()
    };
    json["errors"].as_array().is_some_and(|errors| errors.iter().all(about_a_part))
}

/// The class of a call that ended without a usable answer.
pub fn uncertain(kind: Kind) -> Class {
    match kind {
        Kind::Read => Class::Transient,
        Kind::WriteIdempotent | Kind::Write => Class::Ambiguous,
    }
}

/// What the vendor's table says about a fault, by code first.
pub fn table_class(rules: &Rules, fault: &Fault, told_wait: Option<Duration>) -> Option<Class> {
    let by_code = fault.code.as_deref().and_then(|code| find(rules.codes, code));
    let class = by_code.or_else(|| find(rules.texts, &fault.message))?;
    Some(match class {
        Class::RateLimited { wait } => Class::RateLimited { wait: told_wait.unwrap_or(wait) },
        class => class,
    })
}

fn find(rows: &'static [Row], text: &str) -> Option<Class> {
    let text = text.to_lowercase();
    rows.iter()
        .find(|row| {
            let wanted = row.matches.to_lowercase();
            match row.how {
                How::Exact => text.trim() == wanted.trim(),
                How::Prefix => text.starts_with(&wanted),
                How::Anywhere => text.contains(&wanted),
                How::Suffix => text.ends_with(&wanted),
            }
        })
        .map(|row| row.class)
}

/// A page of the network in front of the vendor: a block means "slower", a gateway's failure says nothing.
fn html_class(status: StatusCode, kind: Kind, told_wait: Option<Duration>) -> Class {
    match status {
        StatusCode::FORBIDDEN => Class::RateLimited { wait: told_wait.unwrap_or(WAIT_DEFAULT) },
        status if status.is_client_error() => status_class_plain(status),
        _ => uncertain(kind),
    }
}

fn status_class(rules: &Rules, status: StatusCode) -> Class {
    let special = rules.statuses.iter().find(|(special, _)| *special == status.as_u16());
    special.map_or_else(|| status_class_plain(status), |(_, class)| *class)
}

fn status_class_plain(status: StatusCode) -> Class {
    match status.as_u16() {
        401 => Class::Auth,
        402 => Class::PlanLimit,
        403 => Class::Forbidden,
        404 | 410 => Class::NotFound,
        408 | 425 => Class::Transient,
        409 => Class::Conflict,
        400 | 405 | 406 | 411..=417 | 422 | 431 => Class::Invalid,
        500..=599 => Class::Transient,
        _ => Class::Permanent,
    }
}

fn first_fault(rules: &Rules, json: Option<&Value>) -> Option<Fault> {
    json.and_then(|json| (rules.faults)(json).into_iter().next())
}

fn verdict(class: Class, fault: Option<Fault>, otherwise: &str) -> Verdict {
    let fault = fault.unwrap_or_default();
    let message = if fault.message.is_empty() { otherwise } else { &fault.message };
    Verdict { class, code: fault.code, message: masked(message) }
}
