//! Every row of the reference tables, when they are there, and the rules that no table holds.

use std::path::PathBuf;
use std::time::Duration;

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::vendor::rules::{Rules, Seen, judge};
use crate::vendor::{Class, Kind, tables};

/// Reference data beside the repository; tests use it when it is there.
fn reference(file: &str) -> Option<Value> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/contracts");
    let folder = std::env::var_os("CONTRACTS_DIR").map_or(beside, PathBuf::from);
    let text = std::fs::read_to_string(folder.join(file)).ok()?;
    Some(serde_json::from_str(&text).expect("reference data is JSON"))
}

fn class_of(rules: &Rules, kind: Kind, status: u16, content_type: &str, body: &str) -> Class {
    let status = StatusCode::from_u16(status).unwrap();
    let seen = Seen { status, content_type, body: body.as_bytes(), told_wait: None, partial: false };
    judge(rules, kind, &seen).expect_err("the answer is no success").class
}

fn json_class(rules: &Rules, kind: Kind, status: u16, body: &Value) -> Class {
    class_of(rules, kind, status, "application/json", &body.to_string())
}

fn numbers(value: &Value) -> Vec<u16> {
    match value {
        Value::Array(items) => items.iter().flat_map(numbers).collect(),
        value => value.as_u64().map(|number| number as u16).into_iter().collect(),
    }
}

fn strings(value: &Value) -> Vec<&str> {
    match value {
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
        value => value.as_str().into_iter().collect(),
    }
}

#[test]
fn every_agentmail_row_has_its_class() {
    let Some(table) = reference("agentmail/errors.json") else { return };
    let rows = table["codes"].as_array().unwrap();
    assert!(rows.len() > 20);
    for row in rows {
        for status in numbers(&row["http"]) {
            let body = json!({"name": "Some", "code": row["code"], "message": "text"});
            let class = json_class(&tables::AGENTMAIL, Kind::Read, status, &body);
            assert_eq!(class.as_str(), row["class"], "{row}");
        }
    }
}

#[test]
fn every_telnyx_row_has_its_class() {
    let Some(table) = reference("telnyx/errors.json") else { return };
    let rows = table["codes"].as_array().unwrap();
    assert!(rows.len() > 10);
    for row in rows {
        // The code decides, so the status is one that would mean something else.
        let body = json!({"errors": [{"code": row["code"], "title": row["title"], "detail": ""}]});
        assert_eq!(json_class(&tables::TELNYX, Kind::Read, 418, &body).as_str(), row["class"], "{row}");
    }
    let limit = numbers(&table["rate_limit"]["http"])[0];
    assert_eq!(class_of(&tables::TELNYX, Kind::Write, limit, "", "").as_str(), "rate_limited");
}

#[test]
fn every_railway_row_has_its_class_and_its_wait() {
    let Some(table) = reference("railway/errors.json") else { return };
    let rows = table["messages"].as_array().unwrap();
    assert!(rows.len() > 20);
    for row in rows {
        let text = row["full"].as_str().or(row["match"].as_str()).unwrap();
        let text = match text {
            " not found" => "Widget not found",
            "Could not find " => "Could not find the widget",
            "Invalid " => "Invalid region",
            text => text,
        };
        let body = json!({"data": null, "errors": [{"message": text, "extensions": {"code": "INTERNAL_SERVER_ERROR"}}]});
        let class = json_class(&tables::RAILWAY, Kind::Read, 200, &body);
        assert_eq!(class.as_str(), row["class"], "{row}");
        if let (Class::RateLimited { wait }, Some(seconds)) = (class, row["wait_seconds"].as_u64()) {
            assert_eq!(wait, Duration::from_secs(seconds), "{row}");
        }
    }
    for row in table["transport"].as_array().unwrap() {
        for status in numbers(&row["http_status"]).into_iter().filter(|status| *status != 200) {
            let read = class_of(&tables::RAILWAY, Kind::Read, status, "application/json", "{}");
            let write = class_of(&tables::RAILWAY, Kind::Write, status, "application/json", "{}");
            match row["class"].as_str().unwrap() {
                "transient for a query, ambiguous for a mutation" => {
                    assert_eq!((read, write), (Class::Transient, Class::Ambiguous), "{row}");
                }
                class => assert_eq!((read.as_str(), write.as_str()), (class, class), "{row}"),
            }
        }
    }
}

#[test]
fn every_ghcr_row_has_its_class_with_and_without_a_body() {
    let Some(table) = reference("ghcr/registry.json") else { return };
    for row in table["errors"].as_array().unwrap() {
        for status in numbers(&row["http"]) {
            assert_eq!(class_of(&tables::GHCR, Kind::Read, status, "", "").as_str(), row["class"], "{row}");
            for code in strings(&row["code"]) {
                let body = json!({"errors": [{"code": code, "message": "text"}]});
                assert_eq!(
                    json_class(&tables::GHCR, Kind::Read, status, &body).as_str(),
                    row["class"],
                    "{row}"
                );
            }
        }
    }
}

#[test]
fn statuses_without_a_table_mean_what_they_usually_mean() {
    for (status, expected) in [
        (400, "invalid"),
        (401, "auth"),
        (402, "plan_limit"),
        (403, "forbidden"),
        (404, "not_found"),
        (409, "conflict"),
        (410, "not_found"),
        (422, "invalid"),
        (429, "rate_limited"),
        (500, "transient"),
        (503, "transient"),
        (302, "permanent"),
    ] {
        let body = json!({"error": {"code": status, "message": "text"}});
        assert_eq!(json_class(&tables::OPENROUTER, Kind::Read, status, &body).as_str(), expected, "{status}");
        let body = json!({"error": "text"});
        assert_eq!(json_class(&tables::BANKR, Kind::Read, status, &body).as_str(), expected, "{status}");
    }
}

#[test]
fn a_page_in_html_is_never_parsed_and_a_block_page_means_slower() {
    let page = "<!DOCTYPE html><title>Sorry, you have been blocked</title>";
    for rules in [&tables::RAILWAY, &tables::OPENROUTER, &tables::AGENTMAIL, &tables::TELNYX] {
        let class = |kind, status| class_of(rules, kind, status, "text/html; charset=utf-8", page).as_str();
        assert_eq!(class(Kind::Write, 403), "rate_limited");
        assert_eq!(class(Kind::Write, 429), "rate_limited");
        assert_eq!(class(Kind::Write, 503), "ambiguous");
        assert_eq!(class(Kind::Read, 503), "transient");
        assert_eq!(class(Kind::Read, 200), "transient");
        assert_eq!(class(Kind::WriteIdempotent, 200), "ambiguous");
    }
}

#[test]
fn a_success_that_cannot_be_read_leaves_a_write_in_doubt() {
    assert_eq!(
        class_of(&tables::TELNYX, Kind::Write, 200, "application/json", "{\"data\":").as_str(),
        "ambiguous"
    );
    assert_eq!(
        class_of(&tables::TELNYX, Kind::Read, 200, "application/json", "{\"data\":").as_str(),
        "transient"
    );
}

#[test]
fn an_unknown_railway_error_leaves_a_mutation_in_doubt() {
    let body =
        json!({"errors": [{"message": "Something new", "extensions": {"code": "INTERNAL_SERVER_ERROR"}}]});
    assert_eq!(json_class(&tables::RAILWAY, Kind::Write, 200, &body), Class::Ambiguous);
    assert_eq!(json_class(&tables::RAILWAY, Kind::Read, 200, &body), Class::Transient);
    let partial = json!({"data": {"project": null}, "errors": [{"message": "Project not found"}]});
    assert_eq!(json_class(&tables::RAILWAY, Kind::Read, 200, &partial), Class::NotFound);
}

#[test]
fn what_a_vendor_echoes_of_our_key_is_masked() {
    let body = json!({"error": {"message": "bad key sk-or-v1-0123456789abcdef0123456789abcdef"}}).to_string();
    let seen = Seen {
        status: StatusCode::UNAUTHORIZED,
        content_type: "application/json",
        body: body.as_bytes(),
        told_wait: None,
        partial: false,
    };
    let verdict = judge(&tables::OPENROUTER, Kind::Read, &seen).unwrap_err();
    assert_eq!(verdict.message, "bad key sk-or-***");
}

#[test]
fn an_answer_that_lacks_a_part_is_taken_only_by_who_looks_at_what_it_lacks() {
    let judged = |body: &Value, partial| {
        let text = body.to_string();
        let seen = Seen {
            status: StatusCode::OK,
            content_type: "application/json",
            body: text.as_bytes(),
            told_wait: None,
            partial,
        };
        judge(&tables::RAILWAY, Kind::Read, &seen).map_err(|verdict| verdict.class.as_str())
    };
    let error = |path: Value| json!({"message": "Problem processing request", "path": path});
    let list = json!({"projectsByIds": [{"id": "p1"}, {"id": "p2"}]});
    let partial = json!({"data": list, "errors": [error(json!(["projectsByIds", 1, "environments"]))]});
    assert!(judged(&partial, true).is_ok());
    assert_eq!(judged(&partial, false), Err("ambiguous"));
    for whole in [
        json!({"data": list, "errors": [error(json!(["projectsByIds"]))]}),
        json!({"data": list, "errors": [{"message": "Problem processing request"}]}),
        json!({"data": null, "errors": [error(json!(["projectsByIds", 1]))]}),
        json!({"data": {"projectsByIds": null}, "errors": [error(json!(["projectsByIds", 1]))]}),
    ] {
        assert_eq!(judged(&whole, true), Err("ambiguous"), "{whole}");
    }
}
