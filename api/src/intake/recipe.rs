//! What an agent shall be: from a template, from the request itself, or from another instance.

use axum::http::StatusCode;
use controller::store::templates::Viewpoint;
use model::api::ClaimRequest;
use model::record::{Claim, ClaimTool, Template, TemplateTool};
use model::services::Tool;
use model::words::ToolPhase;
use process::problem::Problem;
use uuid::Uuid;

use super::Source;
use crate::app::App;
use crate::limits::Checks;

/// What an agent shall be.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Recipe {
    /// The template that it comes from, with its generation.
    pub template: Option<(Uuid, i64)>,
    /// Its name.
    pub agent_name: String,
    /// What it does.
    pub instructions: String,
    /// Its model.
    pub model: Option<String>,
    /// Its tools.
    pub tools: Vec<TemplateTool>,
}

impl Recipe {
    /// That of a claim that was made before.
    pub fn of_claim(claim: &Claim) -> Self {
        let tool =
            |tool: &ClaimTool| TemplateTool { id: tool.tool_id.clone(), provisioning: tool.provisioning };
        Self {
            template: claim.template_id.zip(claim.template_generation),
            agent_name: claim.agent_name.clone(),
            instructions: claim.instructions.clone(),
            model: claim.model.clone(),
            tools: claim.tools.iter().map(tool).collect(),
        }
    }
}

/// A template, or name and instructions: one of the two, and all of it.
pub(super) fn check(checks: &mut Checks, body: &ClaimRequest, source: &Source) {
    let alone = matches!(source, Source::Instance(..)) || body.template_id.is_some();
    for (field, text) in [("agentName", &body.agent_name), ("instructions", &body.instructions)] {
        match text {
            Some(_) if alone => checks.wrong(field, "cannot be given together with a template"),
            None if !alone => {
                checks.wrong(field, "is missing: give a templateId, or agentName and instructions")
            }
            Some(text) if field == "agentName" => checks.name(field, text),
            Some(text) => checks.instructions(field, text),
            None => {}
        }
    }
}

/// The recipe that a request asks for.
pub(super) async fn of(app: &App, body: &ClaimRequest, viewpoint: Viewpoint<'_>) -> Result<Recipe, Problem> {
    let Some(id) = body.template_id else {
        return Ok(Recipe {
            template: None,
            agent_name: body.agent_name.clone().unwrap_or_default(),
            instructions: body.instructions.clone().unwrap_or_default(),
            model: body.model.clone(),
            tools: Vec::new(),
        });
    };
    let found = app.store().template(id, viewpoint).await?;
    let template = found.ok_or_else(|| crate::routes::unknown_template(id))?;
    let model = model(&template, body.model.as_deref())?;
    Ok(Recipe {
        template: Some((template.id, template.generation)),
        agent_name: template.agent_name,
        instructions: template.instructions,
        model,
        tools: template.tools,
    })
}

/// The template's model, unless it allows the claim's.
fn model(template: &Template, wanted: Option<&str>) -> Result<Option<String>, Problem> {
    let default = template.model.as_ref().map(|model| model.default.as_str());
    let open = template.model.as_ref().is_some_and(|model| model.allow_override);
    match wanted {
        None => Ok(default.map(str::to_owned)),
        Some(wanted) if open || Some(wanted) == default => Ok(Some(wanted.to_owned())),
        Some(_) => {
            let detail = format!("template {} does not let a claim choose the model", template.id);
            let problem =
                Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "model_override_not_allowed", detail);
            Err(problem.with_error("model", "must be left out"))
        }
    }
}

/// A tool of the recipe, of which nothing is done yet.
pub(super) fn wanted(tool: &TemplateTool) -> ClaimTool {
    ClaimTool {
        tool_id: tool.id.clone(),
        provisioning: tool.provisioning,
        phase: ToolPhase::Pending,
        resource_id: None,
        error: None,
    }
}

/// The tool of the registry that a recipe wants.
///
/// # Errors
/// 422 `tool_unknown`, also when it is never provisioned in this way.
pub(super) fn known<'a>(
    registry: &'a [Tool],
    wanted: &TemplateTool,
    field: &str,
) -> Result<&'a Tool, Problem> {
    let fits = |tool: &&Tool| tool.tool_id == wanted.id && tool.provisioning.contains(&wanted.provisioning);
    registry.iter().find(fits).ok_or_else(|| {
        let message =
            format!("there is no tool {:?} that is provisioned by {}", wanted.id, wanted.provisioning);
        unknown_tool(field, message)
    })
}

/// 422 `tool_unknown`.
pub(super) fn unknown_tool(field: &str, message: String) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "tool_unknown", message.clone()).with_error(field, message)
}

/// Tools of a template are those that `services` knows, provisioned in a way that it knows.
pub(crate) async fn check_template_tools(app: &App, tools: &[TemplateTool]) -> Result<(), Problem> {
    if tools.is_empty() {
        return Ok(());
    }
    let registry = app.registry.tools().await?;
    for (index, tool) in tools.iter().enumerate() {
        known(&registry, tool, &format!("tools[{index}]"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::record::TemplateModel;
    use model::words::Visibility;

    fn template(model: Option<TemplateModel>) -> Template {
        Template {
            id: Uuid::nil(),
            creator_id: None,
            agent_name: "Ada".into(),
            instructions: "Answer.".into(),
            model,
            tools: Vec::new(),
            visibility: Visibility::Public,
            generation: 1,
            created_at: model::Timestamp::UNIX_EPOCH,
            updated_at: model::Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn a_claim_chooses_the_model_only_where_the_template_lets_it() {
        let closed = || Some(TemplateModel { default: "a/b".into(), allow_override: false });
        let open = || Some(TemplateModel { default: "a/b".into(), allow_override: true });
        let refused = |template_model, wanted| {
            model(&template(template_model), Some(wanted)).unwrap_err().code() == "model_override_not_allowed"
        };
        assert!(refused(closed(), "c/d"));
        assert!(refused(None, "c/d"));
        assert_eq!(model(&template(closed()), Some("a/b")).unwrap().as_deref(), Some("a/b"));
        assert_eq!(model(&template(open()), Some("c/d")).unwrap().as_deref(), Some("c/d"));
        assert_eq!(model(&template(open()), None).unwrap().as_deref(), Some("a/b"));
        assert_eq!(model(&template(None), None).unwrap(), None);
    }
}
