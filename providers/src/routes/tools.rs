//! An instance's tools, and the list of all tools.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use model::services::{InstanceTools, Provision, Provisioned, ResourceStatus, Tool};
use process::problem::{Json, Path, Problem};

use super::caller::{Caller, Pool, read_id};
use super::instances::destruction;
use super::refusal::{again, no_instance};
use crate::app::Services;
use crate::ledger::{Instance, Phase, Tool as Row, ToolStatus};
use crate::plugin::{Plugin, Provisioning};
use crate::saga::{self, ProvisionEnd};

/// `POST /provision/{instanceId}/{toolId}`
pub async fn provision(
    caller: Caller,
    State(services): State<Arc<Services>>,
    Path((instance_id, tool_id)): Path<(String, String)>,
    body: Option<Json<Provision>>,
) -> Result<Response, Problem> {
    let instance_id = caller.own(&instance_id)?;
    let user_config = body.and_then(|Json(wish)| wish.user_config).map(serde_json::Value::Object);
    let unprocessable =
        |code: &'static str, sentence: String| Problem::new(StatusCode::UNPROCESSABLE_ENTITY, code, sentence);
    match saga::provision(&services, instance_id.as_str(), &tool_id, user_config).await? {
        ProvisionEnd::Done(tool) => {
            provisioned(&tool).map(|answer| Json(answer).into_response()).ok_or_else(Problem::internal)
        }
        ProvisionEnd::Wait(after) => Ok(again(after)),
        ProvisionEnd::NoInstance => Err(no_instance()),
        ProvisionEnd::NoTool => Err(unprocessable("tool_unknown", "there is no such tool".to_owned())),
        ProvisionEnd::NotConfigured(why) => Err(unprocessable("tool_not_configured", why)),
        ProvisionEnd::Refused(why) => Err(unprocessable("tool_refused", why)),
        ProvisionEnd::Invalid(fields) => {
            let problem = unprocessable("user_config_invalid", "userConfig is not valid".to_owned());
            Err(fields
                .into_iter()
                .fold(problem, |problem, (field, message)| problem.with_error(field, message)))
        }
    }
}

/// A tool that its agent has.
fn provisioned(tool: &Row) -> Option<Provisioned> {
    let status = match tool.status {
        ToolStatus::Active => ResourceStatus::Active,
        ToolStatus::UserProvided => ResourceStatus::UserProvided,
        ToolStatus::Provisioning | ToolStatus::Destroying | ToolStatus::Destroyed => return None,
    };
    Some(Provisioned {
        tool_id: tool.tool_id.clone(),
        resource_id: tool.resource_id.clone()?,
        config: tool.config.clone(),
        status,
    })
}

/// `DELETE /destroy/{instanceId}/{toolId}/{resourceId}`
pub async fn destroy(
    _: Pool,
    State(services): State<Arc<Services>>,
    Path((instance_id, tool_id, resource_id)): Path<(String, String, String)>,
) -> Result<Response, Problem> {
    let instance = living(&services, read_id(&instance_id)?.as_str()).await?;
    let tools = services.ledger.tools(&instance.instance_id).await?;
    let of_this = |tool: &&Row| tool.tool_id == tool_id && tool.resource_id.as_deref() == Some(&*resource_id);
    // The latest: the same address may have been given away and taken again.
    let Some(tool) = tools.iter().rfind(of_this) else {
        return Err(Problem::not_found("this instance has no such resource"));
    };
    Ok(destruction(saga::destroy_tool(&services, &instance, tool.clone()).await?))
}

/// `GET /instances/{instanceId}`
pub async fn of_instance(
    caller: Caller,
    State(services): State<Arc<Services>>,
    Path(instance_id): Path<String>,
) -> Result<Json<InstanceTools>, Problem> {
    let instance_id = caller.own(&instance_id)?;
    living(&services, instance_id.as_str()).await?;
    let tools = services.ledger.tools(instance_id.as_str()).await?;
    Ok(Json(InstanceTools { instance_id, tools: tools.iter().filter_map(provisioned).collect() }))
}

/// An instance that is not being destroyed.
pub async fn living(services: &Services, instance_id: &str) -> Result<Instance, Problem> {
    services
        .ledger
        .instance(instance_id)
        .await?
        .filter(|instance| instance.phase != Phase::Destroying)
        .ok_or_else(no_instance)
}

/// `GET /registry`
pub async fn registry(_: Caller, State(services): State<Arc<Services>>) -> Json<Vec<Tool>> {
    Json(services.registry.get_all().iter().map(|plugin| listed(&services, plugin.as_ref())).collect())
}

fn listed(services: &Services, plugin: &dyn Plugin) -> Tool {
    let way = |way: &Provisioning| match way {
        Provisioning::Pool => model::words::Provisioning::Pool,
        Provisioning::User => model::words::Provisioning::User,
    };
    let configured = plugin.configured();
    Tool {
        tool_id: plugin.tool_id().to_owned(),
        name: plugin.name().to_owned(),
        provisioning: plugin.provisioning().iter().map(way).collect(),
        mode: Some(plugin.mode().to_owned()),
        always: plugin.always(),
        configured: configured.is_ok(),
        problem: configured.err().or_else(|| services.vendors.problem(plugin.tool_id())),
        user_config_schema: plugin.user_config_schema(),
    }
}
