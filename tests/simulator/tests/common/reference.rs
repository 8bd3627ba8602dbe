//! The reference contracts, where they are at hand: answers are checked against their schemas.

use std::path::PathBuf;

use serde_json::{Value, json};

/// A file of the reference contracts; none where they are not.
pub fn file(path: &str) -> Option<String> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/contracts");
    let root = std::env::var_os("CONTRACTS_DIR").map_or(beside, PathBuf::from);
    match std::fs::read_to_string(root.join(path)) {
        Ok(text) => Some(text),
        Err(_) => {
            eprintln!("skipped: the reference contracts are not here");
            None
        }
    }
}

/// An OpenAPI document, or nothing where the reference is not at hand.
pub struct Api {
    document: Option<Value>,
}

impl Api {
    pub fn open(path: &str) -> Self {
        Self { document: file(path).map(|text| serde_json::from_str(&text).unwrap()) }
    }

    /// Checks a body against the schema of an operation's answer. Unknown operations fail; without a schema for the
    /// status (or its class) there is nothing to check.
    pub fn check_answer(&self, method: &str, template: &str, status: u16, body: &Value) {
        let Some(document) = &self.document else { return };
        let operation = &document["paths"][template][method.to_lowercase()];
        assert!(operation.is_object(), "the reference has no {method} {template}");
        let responses = &operation["responses"];
        let names = [status.to_string(), format!("{}XX", status / 100), "default".to_owned()];
        let Some(name) = names.iter().find(|name| responses.get(name.as_str()).is_some()) else { return };
        let mut pointer = format!(
            "/paths/{}/{}/responses/{name}",
            template.replace('~', "~0").replace('/', "~1"),
            method.to_lowercase()
        );
        if let Some(elsewhere) = responses[name.as_str()]["$ref"].as_str() {
            pointer = elsewhere.trim_start_matches('#').to_owned();
        }
        let content = document.pointer(&format!("{pointer}/content")).and_then(Value::as_object);
        let Some(kind) = content.and_then(|content| content.keys().next()) else { return };
        self.check(&format!("{pointer}/content/{}/schema", kind.replace('/', "~1")), body);
    }

    /// Checks a value against the schema at a pointer of the document.
    pub fn check(&self, pointer: &str, value: &Value) {
        let Some(document) = &self.document else { return };
        if document.pointer(pointer).is_none() {
            return;
        }
        let mut schema = document.clone();
        schema["$ref"] = json!(format!("#{}", pointer.replace('{', "%7B").replace('}', "%7D")));
        let validator = jsonschema::options().should_validate_formats(true).build(&schema).unwrap();
        let problems: Vec<_> = validator
            .iter_errors(value)
            .map(|problem| format!("{} at {}", problem, problem.instance_path()))
            .collect();
        assert!(problems.is_empty(), "{pointer}: {problems:?}\n{value:#}");
    }
}
