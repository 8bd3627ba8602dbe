//! Documents against the schema: parsing, validation, execution, and the form of errors.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use apollo_compiler::executable::{Operation, Selection, SelectionSet};
use apollo_compiler::request::coerce_variable_values;
use apollo_compiler::resolvers::{Execution, FieldError, ObjectValue, ResolveInfo, ResolvedValue};
use apollo_compiler::validation::Valid;
use apollo_compiler::{ExecutableDocument, Schema};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::records::NEW_WORD;
use super::session::{Refused, Session};
use super::view::{Field, arguments, owned};
use crate::exchange::Answer;

/// The schema that documents are checked against.
pub(crate) const SCHEMA: &str = include_str!("schema.graphql");
/// Documents kept parsed. A client sends a few dozen; beyond this all are forgotten at once.
const DOCUMENTS_MAX: usize = 1_000;

/// Body of a GraphQL request.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Request {
    pub query: String,
    #[serde(default)]
    pub variables: Option<Map<String, Value>>,
    pub operation_name: Option<String>,
}

/// A document that fits the schema.
pub(crate) struct Document {
    executable: Valid<ExecutableDocument>,
    /// Names of all fields selected anywhere.
    pub selected: HashSet<String>,
}

impl Document {
    /// The first root field of the operation of this name: what faults and the journal call the request.
    pub fn root_field(&self, operation: Option<&str>) -> String {
        let operation = self.executable.operations.get(operation).ok();
        let field = operation.and_then(|operation| operation.root_fields(&self.executable).next());
        field.map_or_else(|| "malformed".to_owned(), |field| field.name.to_string())
    }
}

/// The schema with the documents seen so far.
pub(crate) struct Engine {
    schema: Valid<Schema>,
    documents: Mutex<HashMap<String, Arc<Document>>>,
}

/// A request that is wrong before anything runs: HTTP 400.
#[derive(Debug, Clone)]
pub(crate) struct Malformed {
    code: &'static str,
    message: String,
}

impl Malformed {
    /// The body could not be read as a GraphQL request.
    pub fn body(message: String) -> Self {
        Self { code: "BAD_REQUEST", message }
    }

    /// The answer, as Railway gives it.
    pub fn answer(self) -> Answer {
        Answer::refused(
            400,
            json!({"errors": [{"message": self.message, "extensions": {"code": self.code}}]}),
        )
    }
}

impl Engine {
    /// Reads the schema. It is part of this program, so a mistake in it is a mistake of ours.
    pub fn new() -> Result<Self, String> {
        // The executor lets no word out that the schema does not have.
        let schema = format!("{SCHEMA}\nextend enum DeploymentStatus {{ {NEW_WORD} }}");
        let schema =
            Schema::parse_and_validate(schema, "schema.graphql").map_err(|error| error.to_string())?;
        Ok(Self { schema, documents: Mutex::new(HashMap::new()) })
    }

    /// Parses and validates a document, or finds it among those seen.
    pub fn document(&self, query: &str) -> Result<Arc<Document>, Malformed> {
        let seen = || self.documents.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(document) = seen().get(query) {
            return Ok(document.clone());
        }
        let parsed = ExecutableDocument::parse(&self.schema, query, "request.graphql");
        let parsed = parsed.map_err(|error| Malformed {
            // The parser checks names of fields too, and those are Railway's validation errors.
            code: if error.errors.to_string().contains("syntax error") {
                "GRAPHQL_PARSE_FAILED"
            } else {
                VALIDATION
            },
            message: first_line(&error.errors.to_string()),
        })?;
        let executable = parsed.validate(&self.schema).map_err(|error| Malformed {
            code: VALIDATION,
            message: first_line(&error.errors.to_string()),
        })?;
        let mut selected = HashSet::new();
        for operation in executable.operations.iter() {
            collect(&operation.selection_set, &executable, &mut selected);
        }
        let document = Arc::new(Document { executable, selected });
        let mut documents = seen();
        if documents.len() >= DOCUMENTS_MAX {
            documents.clear();
        }
        documents.insert(query.to_owned(), document.clone());
        Ok(document)
    }

    /// The operation that a request names, which has to be a query or a mutation.
    pub fn operation<'d>(
        &self,
        document: &'d Document,
        name: Option<&str>,
    ) -> Result<&'d Operation, Malformed> {
        let bad = |message: String| Malformed { code: "BAD_USER_INPUT", message };
        let operation = document.executable.operations.get(name);
        let operation = operation.map_err(|error| bad(error.message().to_string()))?;
        if operation.is_subscription() {
            return Err(bad("Subscriptions are served over a web socket, which is not simulated".into()));
        }
        Ok(operation)
    }

    /// Runs an operation for one session.
    pub fn execute(
        &self,
        document: &Document,
        operation: &Operation,
        variables: &Map<String, Value>,
        session: Session<'_>,
    ) -> Answer {
        let variables: serde_json::Result<_> = serde_json::from_value(Value::Object(variables.clone()));
        let coerced = variables.map_err(|error| error.to_string()).and_then(|variables| {
            let coerced = coerce_variable_values(&self.schema, operation, &variables);
            coerced.map_err(|error| error.message().to_string())
        });
        let coerced = match coerced {
            Ok(coerced) => coerced,
            Err(message) => return Malformed { code: "BAD_USER_INPUT", message }.answer(),
        };
        let trace_id = session.desk.dice.hex(8);
        let root = Root { mutation: operation.is_mutation(), session: RefCell::new(session) };
        let executed = Execution::new(&self.schema, &document.executable)
            .operation(operation)
            .coerced_variable_values(&coerced)
            .enable_schema_introspection(true)
            .execute_sync(&root);
        let Session { subject, applied, .. } = root.session.into_inner();
        match executed {
            Err(error) => Malformed { code: "BAD_USER_INPUT", message: error.message().to_string() }.answer(),
            Ok(response) => {
                let mut body = serde_json::to_value(&response).unwrap_or_default();
                mark_errors(&mut body, &trace_id);
                let mut answer = Answer::done(200, body);
                answer.applied = applied;
                answer.subject = subject;
                answer
            }
        }
    }
}

const VALIDATION: &str = "GRAPHQL_VALIDATION_FAILED";
/// What the executor puts before the message of a field's error.
const RESOLVER: &str = "resolver error: ";

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

fn collect(selections: &SelectionSet, document: &ExecutableDocument, names: &mut HashSet<String>) {
    for selection in &selections.selections {
        match selection {
            Selection::Field(field) => {
                names.insert(field.name.to_string());
                collect(&field.selection_set, document, names);
            }
            Selection::InlineFragment(fragment) => collect(&fragment.selection_set, document, names),
            Selection::FragmentSpread(spread) => {
                if let Some(fragment) = document.fragments.get(&spread.fragment_name) {
                    collect(&fragment.selection_set, document, names);
                }
            }
        }
    }
}

/// Nearly every error of Railway carries the same code, so that only the text tells them apart.
fn mark_errors(body: &mut Value, trace_id: &str) {
    let errors = body.get_mut("errors").and_then(Value::as_array_mut);
    for error in errors.into_iter().flatten().filter_map(Value::as_object_mut) {
        // The executor says where a message comes from, which Railway does not.
        let message = error.get("message").and_then(Value::as_str);
        if let Some(message) = message.and_then(|message| message.strip_prefix(RESOLVER)) {
            let message = message.to_owned();
            error.insert("message".into(), message.into());
        }
        error.insert("extensions".into(), json!({"code": "INTERNAL_SERVER_ERROR"}));
        error.insert("traceId".into(), trace_id.into());
    }
}

/// The answer that carries one error of Railway's.
pub(crate) fn error_answer(message: &str, trace_id: &str) -> Answer {
    let error = json!({
        "message": message,
        "extensions": {"code": "INTERNAL_SERVER_ERROR"},
        "traceId": trace_id,
    });
    Answer::refused(200, json!({"errors": [error], "data": null}))
}

struct Root<'s> {
    mutation: bool,
    session: RefCell<Session<'s>>,
}

impl ObjectValue for Root<'_> {
    fn type_name(&self) -> &str {
        if self.mutation { "Mutation" } else { "Query" }
    }

    fn resolve_field<'a>(&'a self, info: &'a ResolveInfo<'a>) -> Result<ResolvedValue<'a>, FieldError> {
        let mut session = self.session.borrow_mut();
        let resolved = session.resolve(info.field_name(), arguments(info));
        session.applied |= resolved.is_ok();
        match resolved {
            Ok(field) => Ok(owned(field, info)),
            Err(Refused(message)) => Err(FieldError { message }),
        }
    }
}

impl Session<'_> {
    /// Answers one root field.
    fn resolve(&mut self, field: &str, arguments: Map<String, Value>) -> Result<Field, Refused> {
        match field {
            "apiToken" => Ok(self.api_token().into()),
            "deployment" => self.deployment(&arguments),
            "deploymentEvents" => self.deployment_events(&arguments),
            "deployments" => self.deployments(&arguments),
            "domains" => self.domains(&arguments),
            "environment" => self.environment(&arguments),
            "notificationRules" => self.notification_rules(&arguments),
            "project" => self.one_project(&arguments),
            "projects" => self.projects(&arguments),
            "projectsByIds" => Ok(self.projects_by_ids(&arguments)),
            "service" => self.service(&arguments),
            "serviceInstance" => self.service_instance(&arguments),
            "usage" => self.usage(&arguments),
            "variables" => self.variables(&arguments),
            "workspace" => self.workspace(&arguments),
            "deploymentRedeploy" => self.deployment_redeploy(&arguments),
            "deploymentRemove" | "deploymentStop" => self.deployment_remove(&arguments),
            "deploymentRestart" => self.deployment_restart(&arguments),
            "environmentCreate" => self.environment_create(arguments),
            "environmentPatchCommit" => self.patch_commit(arguments),
            "notificationRuleCreate" => self.rule_create(arguments),
            "notificationRuleDelete" => self.rule_delete(&arguments),
            "projectCreate" => self.project_create(arguments),
            "projectDelete" => self.project_delete(&arguments),
            "projectUpdate" => self.project_update(arguments),
            "serviceCreate" => self.service_create(arguments),
            "serviceDelete" => self.service_delete(&arguments),
            "serviceDomainCreate" => self.domain_create(arguments),
            "serviceDomainDelete" => self.domain_delete(&arguments),
            "serviceInstanceDeployV2" => self.deploy_v2(&arguments).map(|id| Field::Leaf(id.into())),
            "serviceInstanceLimitsUpdate" => self.limits_update(arguments),
            "serviceInstanceRedeploy" => self.instance_redeploy(&arguments),
            "serviceInstanceUpdate" => self.instance_update(arguments),
            "variableCollectionUpsert" => self.variable_collection_upsert(arguments),
            "variableDelete" => self.variable_delete(arguments),
            "variableUpsert" => self.variable_upsert(arguments),
            "volumeCreate" => self.volume_create(arguments),
            "volumeDelete" => self.volume_delete(&arguments),
            // A test goes through every root field of the schema, so this is not reached by a valid document.
            other => Err(Refused(format!("{other} is not simulated"))),
        }
    }
}
