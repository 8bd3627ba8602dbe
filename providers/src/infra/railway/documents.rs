//! The GraphQL documents that we send, cut out of one file, so that one test validates all of them.

/// All documents; a blank line stands between two.
pub(super) const ALL: &str = include_str!("documents.graphql");

/// The document of an operation, without the others: a server that refuses one must not refuse all.
///
/// # Panics
/// For an operation that is not in the file; a test goes through all that are used.
pub(super) fn document(operation: &str) -> &'static str {
    ALL.split("\n\n")
        .find(|document| name_of(document) == Some(operation))
        .unwrap_or_else(|| panic!("no document of the operation {operation}"))
}

/// The name after `query` or `mutation`.
fn name_of(document: &str) -> Option<&str> {
    let rest = document.trim_start();
    let rest = rest.strip_prefix("query ").or_else(|| rest.strip_prefix("mutation "))?;
    rest.split(|character: char| !character.is_ascii_alphanumeric()).next()
}

#[cfg(test)]
mod tests {
    use super::*;
    use apollo_compiler::{ExecutableDocument, Schema};

    /// Finds faults in our documents against a schema.
    fn validate(schema: &str, origin: &str) {
        let schema = Schema::parse_and_validate(schema, origin).expect("a valid schema");
        for text in ALL.split("\n\n") {
            let name = name_of(text).expect("every document is named");
            ExecutableDocument::parse_and_validate(&schema, text, name)
                .unwrap_or_else(|error| panic!("{name} against {origin}: {error}"));
        }
    }

    /// The reference schema marks a required argument as deprecated, which the specification forbids; the mark goes.
    fn reference() -> Option<String> {
        let folder = std::env::var("CONTRACTS_DIR")
            .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/contracts").to_owned());
        std::fs::read_to_string(format!("{folder}/railway/schema.graphql")).ok()
    }

    #[test]
    fn every_document_fits_the_official_schema() {
        match reference() {
            Some(schema) => validate(&schema, "the official schema"),
            None => eprintln!("the reference schema is not here; the simulator's subset is checked instead"),
        }
    }

    #[test]
    fn every_document_fits_the_simulated_schema() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/simulator/src/railway/schema.graphql");
        validate(&std::fs::read_to_string(path).unwrap(), "the simulated schema");
    }

    #[test]
    fn a_document_holds_its_own_operation_only() {
        let project = document("Project");
        assert!(project.starts_with("query Project($id") && !project.contains("mutation"));
        assert_eq!(ALL.split("\n\n").filter_map(name_of).count(), 17);
    }
}
