//! Whether a claim's tools can be had, and whether the user brought what they need.
//!
//! Only the schema that `services` publishes says what a right account looks like, so a new tool needs no change
//! here. A refusal names fields and never repeats a value: it may be a secret in the wrong field.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use model::record::TemplateTool;
use model::services::Tool;
use model::words::Provisioning;
use process::problem::Problem;
use serde_json::{Map, Value};

use super::recipe;
use crate::app::App;

/// Most tools that a user can bring accounts for in one claim.
const ACCOUNTS_MAX: usize = crate::limits::TOOLS_MAX;
/// Most fields that a refusal names.
const ERRORS_MAX: usize = 20;

type Accounts = BTreeMap<String, Map<String, Value>>;

/// Checks the tools against the registry, and the user's accounts against the schemas in it.
pub(super) async fn check(
    app: &App,
    tools: &[TemplateTool],
    accounts: Option<&Accounts>,
) -> Result<(), Problem> {
    let empty = Accounts::new();
    let accounts = accounts.unwrap_or(&empty);
    if tools.is_empty() && accounts.is_empty() {
        return Ok(());
    }
    check_against(&app.registry.tools().await?, tools, accounts)
}

fn check_against(registry: &[Tool], tools: &[TemplateTool], accounts: &Accounts) -> Result<(), Problem> {
    if accounts.len() > ACCOUNTS_MAX {
        return Err(Problem::invalid_field(
            "userConfig",
            format!("must have at most {ACCOUNTS_MAX} entries"),
        ));
    }
    for id in accounts.keys() {
        let field = format!("userConfig.{id}");
        if !registry.iter().any(|tool| tool.tool_id == *id) {
            return Err(recipe::unknown_tool(&field, format!("there is no tool {id:?}")));
        }
        let brought = |tool: &TemplateTool| tool.id == *id && tool.provisioning == Provisioning::User;
        if !tools.iter().any(brought) {
            return Err(Problem::invalid_field(
                field,
                "is not a tool whose account this claim's user brings",
            ));
        }
    }
    for tool in tools {
        let known = recipe::known(registry, tool, &tool.id)?;
        match (tool.provisioning, accounts.get(&tool.id)) {
            (Provisioning::Pool, _) if !known.configured => return Err(not_configured(known)),
            (Provisioning::Pool, _) => {}
            (Provisioning::User, None) => return Err(missing(known)),
            (Provisioning::User, Some(account)) => fits(known, account)?,
        }
    }
    Ok(())
}

fn not_configured(tool: &Tool) -> Problem {
    let why = tool.problem.as_deref().map(|why| format!(": {why}")).unwrap_or_default();
    let detail = format!("{} cannot be made here now{why}", tool.name);
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "tool_not_configured", detail.clone())
        .with_error(tool.tool_id.clone(), detail)
}

fn missing(tool: &Tool) -> Problem {
    let detail = format!("the user has to bring an account for {} in userConfig.{}", tool.name, tool.tool_id);
    let account = format!("userConfig.{}", tool.tool_id);
    let required = tool.user_config_schema.as_ref().and_then(|schema| schema["required"].as_array());
    let fields = required.into_iter().flatten().filter_map(Value::as_str).take(ERRORS_MAX);
    let problem = Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "template_tool_config_missing", detail)
        .with_error(account.clone(), "is missing");
    fields.fold(problem, |problem, field| problem.with_error(format!("{account}.{field}"), "is missing"))
}

/// Whether an account fits the tool's schema. A tool without one is judged by `services` alone.
fn fits(tool: &Tool, account: &Map<String, Value>) -> Result<(), Problem> {
    let Some(schema) = &tool.user_config_schema else { return Ok(()) };
    let validator = match jsonschema::validator_for(schema) {
        Ok(validator) => validator,
        Err(error) => {
            tracing::error!(tool = tool.tool_id, "the schema of {} is not one: {error}", tool.tool_id);
            return Err(Problem::internal());
        }
    };
    let account = Value::Object(account.clone());
    let mut wrong = validator.iter_errors(&account).take(ERRORS_MAX).peekable();
    if wrong.peek().is_none() {
        return Ok(());
    }
    let detail = format!("the account for {} does not have the form that it must have", tool.name);
    let problem = Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "user_config_invalid", detail);
    Err(wrong.fold(problem, |problem, error| {
        let inside = error.instance_path().as_str().replace('/', ".");
        problem.with_error(format!("userConfig.{}{inside}", tool.tool_id), error.masked().to_string())
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn registry() -> Vec<Tool> {
        let tool = |id: &str, configured: bool| Tool {
            tool_id: id.into(),
            name: id.to_uppercase(),
            provisioning: vec![Provisioning::Pool, Provisioning::User],
            mode: None,
            always: false,
            configured,
            problem: (!configured).then(|| "it has no key".to_owned()),
            user_config_schema: Some(json!({
                "type": "object",
                "properties": {"apiKey": {"type": "string", "minLength": 1}, "phone": {"type": "string", "pattern": "^\\+[0-9]+$"}},
                "required": ["apiKey"],
                "additionalProperties": false,
            })),
        };
        vec![tool("email", true), tool("sms", false)]
    }

    fn wanted(id: &str, provisioning: Provisioning) -> TemplateTool {
        TemplateTool { id: id.into(), provisioning }
    }

    fn judge(tools: &[TemplateTool], accounts: Value) -> Result<(), Problem> {
        check_against(&registry(), tools, &serde_json::from_value(accounts).unwrap())
    }

    #[test]
    fn what_cannot_be_had_is_told_before_anything_is_bound() {
        let user = [wanted("sms", Provisioning::User)];
        let cases = [
            (vec![wanted("sms", Provisioning::Pool)], json!({}), "tool_not_configured", "sms"),
            (vec![wanted("fax", Provisioning::Pool)], json!({}), "tool_unknown", "fax"),
            (user.to_vec(), json!({}), "template_tool_config_missing", "userConfig.sms"),
            (user.to_vec(), json!({"fax": {}, "sms": {"apiKey": "x"}}), "tool_unknown", "userConfig.fax"),
            (
                user.to_vec(),
                json!({"email": {}, "sms": {"apiKey": "x"}}),
                "invalid_request",
                "userConfig.email",
            ),
            (user.to_vec(), json!({"sms": {}}), "user_config_invalid", "userConfig.sms"),
            (user.to_vec(), json!({"sms": {"apiKey": 7}}), "user_config_invalid", "userConfig.sms.apiKey"),
            (user.to_vec(), json!({"sms": {"apiKey": "x", "a": 1}}), "user_config_invalid", "userConfig.sms"),
        ];
        for (tools, accounts, code, field) in cases {
            let problem = judge(&tools, accounts.clone()).unwrap_err();
            assert_eq!((problem.code(), problem.errors()[0].field.as_str()), (code, field), "{accounts}");
        }
        assert!(judge(&user, json!({"sms": {"apiKey": "x", "phone": "+1555"}})).is_ok());
        assert!(judge(&[wanted("email", Provisioning::Pool)], json!({})).is_ok());
    }

    #[test]
    fn a_refusal_never_repeats_what_the_user_brought() {
        let tools = [wanted("sms", Provisioning::User)];
        let problem = judge(&tools, json!({"sms": {"apiKey": "x", "phone": "hunter2-hunter2"}})).unwrap_err();
        let text = serde_json::to_string(&problem.document()).unwrap();
        assert!(text.contains("userConfig.sms.phone") && !text.contains("hunter2"), "{text}");
    }
}
