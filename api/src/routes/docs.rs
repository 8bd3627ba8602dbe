//! The description of this API for programs (`/api/openapi.json`) and for people (`/api/docs`): one page made from the
//! former, without scripts and without anything from elsewhere.

use std::fmt::Write as _;

use axum::Router;
use axum::body::Bytes;
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::routing::get;
use serde_json::{Map, Value};

const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'";
const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}\
    code{font-size:.92em}summary{cursor:pointer;padding:.3rem 0}details details{margin-left:1rem}\
    table{border-collapse:collapse;width:100%;margin:.5rem 0}td,th{text-align:left;vertical-align:top;padding:.2rem .8rem .2rem 0;\
    border-top:1px solid #8884}pre{overflow:auto;white-space:pre-wrap;overflow-wrap:anywhere}b.m{display:inline-block;width:4.5em}h2{margin-top:2.5rem}";

/// Routes for both.
pub(super) fn router(openapi: &utoipa::openapi::OpenApi) -> Router {
    let document = serde_json::to_value(openapi).unwrap_or_default();
    let json = Bytes::from(document.to_string());
    let html = Bytes::from(page(&document));
    let fixed = |media: &'static str, bytes: Bytes| {
        get(move || async move {
            let headers = [
                (CONTENT_TYPE, HeaderValue::from_static(media)),
                (CACHE_CONTROL, HeaderValue::from_static("no-cache")),
                (CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
            ];
            (headers, bytes)
        })
    };
    Router::new()
        .route("/api/openapi.json", fixed("application/json", json))
        .route("/api/docs", fixed("text/html; charset=utf-8", html))
}

fn page(document: &Value) -> String {
    let mut html = String::from("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">");
    let title = text(&document["info"]["title"]);
    let _ = write!(html, "<title>{title}</title><style>{STYLE}</style></head><body><h1>{title}</h1>");
    html.push_str(&prose(document["info"]["description"].as_str().unwrap_or_default()));
    html.push_str("<p>For programs: <a href=\"/api/openapi.json\">openapi.json</a></p>");
    for tag in document["tags"].as_array().into_iter().flatten() {
        let name = tag["name"].as_str().unwrap_or_default();
        let _ = write!(html, "<h2>{}</h2><p>{}</p>", escaped(name), text(&tag["description"]));
        for (path, method, operation) in operations(document) {
            let tags = operation["tags"].as_array();
            if tags.is_some_and(|tags| tags.iter().any(|tag| tag == name)) {
                html.push_str(&operation_block(path, method, operation));
            }
        }
    }
    html.push_str("<h2>Schemas</h2>");
    for (name, schema) in object(&document["components"]["schemas"]) {
        let _ = write!(
            html,
            "<details id=\"{0}\"><summary>{0}</summary>{1}</details>",
            escaped(name),
            schema_block(schema)
        );
    }
    html.push_str("</body></html>");
    html
}

fn operations(document: &Value) -> impl Iterator<Item = (&str, &str, &Value)> {
    object(&document["paths"]).flat_map(|(path, methods)| {
        object(methods)
            .filter(|(_, operation)| operation["responses"].is_object())
            .map(move |(method, operation)| (path.as_str(), method.as_str(), operation))
    })
}

fn operation_block(path: &str, method: &str, operation: &Value) -> String {
    let summary = text(&operation["summary"]);
    let mut html = format!(
        "<details id=\"{}\"><summary><b class=\"m\">{}</b> <code>{}</code> {summary}</summary>",
        text(&operation["operationId"]),
        escaped(&method.to_uppercase()),
        escaped(path)
    );
    html.push_str(&prose(operation["description"].as_str().unwrap_or_default()));
    let parameters = operation["parameters"].as_array().filter(|parameters| !parameters.is_empty());
    if let Some(parameters) = parameters {
        html.push_str("<table><tr><th>parameter</th><th>in</th><th>type</th><th></th></tr>");
        for parameter in parameters {
            let _ = write!(
                html,
                "<tr><td><code>{}</code></td><td>{}</td><td>{}</td><td>{}</td></tr>",
                text(&parameter["name"]),
                text(&parameter["in"]),
                type_of(&parameter["schema"]),
                inline(parameter["description"].as_str().unwrap_or_default())
            );
        }
        html.push_str("</table>");
    }
    for (media, content) in object(&operation["requestBody"]["content"]) {
        let _ = write!(html, "<p>Body ({}): {}</p>", escaped(media), type_of(&content["schema"]));
        html.push_str(&example(content));
    }
    html.push_str("<table><tr><th>status</th><th>answer</th><th></th></tr>");
    for (status, response) in object(&operation["responses"]) {
        let types: Vec<String> =
            object(&response["content"]).map(|(_, content)| type_of(&content["schema"])).collect();
        let description = inline(response["description"].as_str().unwrap_or_default());
        let examples: String = object(&response["content"]).map(|(_, content)| example(content)).collect();
        let _ = write!(
            html,
            "<tr><td>{}</td><td>{}</td><td>{description}{examples}</td></tr>",
            escaped(status),
            types.join(", ")
        );
    }
    html.push_str("</table></details>");
    html
}

/// What a body was once, to be opened.
fn example(content: &Value) -> String {
    match content.get("example") {
        Some(example) => {
            // Writing JSON that was read before does not fail.
            let text = serde_json::to_string_pretty(example).unwrap_or_default();
            format!("<details><summary>example</summary><pre>{}</pre></details>", escaped(&text))
        }
        None => String::new(),
    }
}

fn schema_block(schema: &Value) -> String {
    let mut html = prose(schema["description"].as_str().unwrap_or_default());
    let required = schema["required"].as_array();
    if schema["properties"].is_object() {
        html.push_str("<table>");
        for (name, property) in object(&schema["properties"]) {
            let must = required.is_some_and(|required| required.iter().any(|field| field == name));
            let _ = write!(
                html,
                "<tr><td><code>{}</code>{}</td><td>{}</td><td>{}</td></tr>",
                escaped(name),
                if must { " *" } else { "" },
                type_of(property),
                inline(property["description"].as_str().unwrap_or_default())
            );
        }
        html.push_str("</table>");
    } else {
        let _ = write!(html, "<p>{}</p>", type_of(schema));
    }
    html
}

/// A schema in a few words; named ones are links.
fn type_of(schema: &Value) -> String {
    if let Some(name) = schema["$ref"].as_str().and_then(|reference| reference.rsplit('/').next()) {
        return format!("<a href=\"#{0}\">{0}</a>", escaped(name));
    }
    for union in ["oneOf", "anyOf", "allOf"] {
        if let Some(parts) = schema[union].as_array() {
            return parts.iter().map(type_of).collect::<Vec<_>>().join(" or ");
        }
    }
    if let Some(words) = schema["enum"].as_array() {
        return words.iter().map(|word| format!("<code>{}</code>", text(word))).collect::<Vec<_>>().join(" ");
    }
    let name = match &schema["type"] {
        Value::Array(types) => types.iter().map(text).collect::<Vec<_>>().join(" or "),
        other => text(other),
    };
    if schema["items"].is_object() {
        return format!("{name} of {}", type_of(&schema["items"]));
    }
    match schema["format"].as_str() {
        Some(format) => format!("{name} ({})", escaped(format)),
        None => name,
    }
}

/// Paragraphs of the little Markdown that descriptions are written in.
fn prose(markdown: &str) -> String {
    let paragraphs = markdown.split("\n\n").filter(|paragraph| !paragraph.trim().is_empty());
    paragraphs.map(|paragraph| format!("<p>{}</p>", inline(paragraph))).collect()
}

fn inline(markdown: &str) -> String {
    let codes = paired(&escaped(markdown), "`", "code");
    paired(&codes, "**", "b")
}

/// Every second piece between marks stands in an element.
fn paired(text: &str, mark: &str, element: &str) -> String {
    let pieces = text.split(mark).enumerate();
    pieces
        .map(|(index, piece)| match index % 2 {
            0 => piece.to_owned(),
            _ => format!("<{element}>{piece}</{element}>"),
        })
        .collect()
}

fn object(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flat_map(Map::iter)
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => escaped(text),
        Value::Null => String::new(),
        other => escaped(&other.to_string()),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_is_on_the_page_and_nothing_on_it_comes_from_elsewhere() {
        let document = serde_json::to_value(crate::routes::openapi()).unwrap();
        let html = page(&document);
        let mut count = 0;
        for (_, _, operation) in operations(&document) {
            let id = operation["operationId"].as_str().unwrap();
            assert!(html.contains(&format!("id=\"{id}\"")), "{id}");
            count += 1;
        }
        assert!(count > 30, "{count} operations");
        for elsewhere in ["<script", "src=", "http://", "url("] {
            assert!(!html.contains(elsewhere), "{elsewhere}");
        }
    }
}
