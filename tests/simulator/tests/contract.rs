//! The schema subset and the documents against the reference, where that is at hand.

mod common;

use apollo_compiler::schema::ExtendedType;
use apollo_compiler::{ExecutableDocument, Schema};

const SUBSET: &str = include_str!("../src/railway/schema.graphql");

/// The reference with what the validator refuses and clients never use cut out.
fn reference_schema() -> Option<Schema> {
    let text = common::reference::file("railway/schema.graphql")?;
    Some(Schema::parse(text, "reference.graphql").unwrap_or_else(|problems| problems.partial))
}

#[test]
fn every_document_of_the_operator_fits_the_subset() {
    let schema = Schema::parse_and_validate(SUBSET, "schema.graphql").unwrap();
    for document in common::documents::ALL {
        if let Err(problem) = ExecutableDocument::parse_and_validate(&schema, document, "document.graphql") {
            panic!("{document}\n{}", problem.errors);
        }
    }
}

#[test]
fn every_type_and_field_of_the_subset_is_the_references() {
    let Some(reference) = reference_schema() else { return };
    let subset = Schema::parse(SUBSET, "schema.graphql").unwrap();
    let mut compared = 0;
    for (name, ours) in subset.types.iter().filter(|(_, ours)| !ours.is_built_in()) {
        let theirs = reference.types.get(name).unwrap_or_else(|| panic!("no type {name} in the reference"));
        compared += compare(name, ours, theirs);
    }
    assert!(compared > 250, "only {compared} members compared");
}

/// Compares a type with the reference's; how many members were looked at.
fn compare(name: &str, ours: &ExtendedType, theirs: &ExtendedType) -> usize {
    match (ours, theirs) {
        (ExtendedType::Object(ours), ExtendedType::Object(theirs)) => {
            for (field_name, field) in &ours.fields {
                let reference = theirs.fields.get(field_name);
                let reference = reference.unwrap_or_else(|| panic!("no field {name}.{field_name}"));
                assert_eq!(field.ty, reference.ty, "{name}.{field_name}");
                for argument in &field.arguments {
                    let theirs = reference.argument_by_name(&argument.name);
                    let theirs = theirs
                        .unwrap_or_else(|| panic!("no argument {name}.{field_name}({})", argument.name));
                    assert_eq!(argument.ty, theirs.ty, "{name}.{field_name}({})", argument.name);
                }
                // An argument that the reference requires must be required here as well.
                for argument in reference.arguments.iter().filter(|it| it.is_required()) {
                    assert!(
                        field.argument_by_name(&argument.name).is_some(),
                        "{name}.{field_name}({})",
                        argument.name
                    );
                }
            }
            ours.fields.len()
        }
        (ExtendedType::InputObject(ours), ExtendedType::InputObject(theirs)) => {
            for (field_name, field) in &ours.fields {
                let reference = theirs.fields.get(field_name);
                let reference = reference.unwrap_or_else(|| panic!("no input {name}.{field_name}"));
                assert_eq!(field.ty, reference.ty, "{name}.{field_name}");
                assert_eq!(field.default_value, reference.default_value, "{name}.{field_name}");
            }
            for (field_name, field) in theirs.fields.iter().filter(|(_, field)| field.is_required()) {
                assert!(ours.fields.contains_key(field_name), "{name}.{field_name} is required: {field:?}");
            }
            ours.fields.len()
        }
        (ExtendedType::Enum(ours), ExtendedType::Enum(theirs)) => {
            for value in ours.values.keys() {
                assert!(theirs.values.contains_key(value), "no value {name}.{value}");
            }
            ours.values.len()
        }
        (ExtendedType::Scalar(_), ExtendedType::Scalar(_)) => 1,
        _ => panic!("{name} is another kind of type in the reference"),
    }
}
