//! A tool for a living instance: made or taken from the claimant, then handed to the agent, now and for its next boot.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use process::clock;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use tracing::{info, warn};

use super::destroy::{DestructionEnd, destroy_tool, take_back};
use super::step::{StepEnd, pass, refusal};
use super::tool::{ToolEffect, step_name};
use super::{Run, Work, run};
use crate::agent::AgentError;
use crate::app::Services;
use crate::infra::Priority;
use crate::ledger::{AttemptState, Instance, LedgerError, NewTool, Phase, Tool, ToolStatus, Variables};
use crate::plugin::{Plugin, Provisioning, Refusal, UserProvided};
use crate::vendor::Failure;

/// Between two tries to hand variables to an agent, on the vendors' clock.
const DELIVERY_RETRY: Duration = Duration::from_secs(1);

/// While the instance itself is not there yet.
const CREATION_RETRY: Duration = Duration::from_secs(2);

/// How a provision call ended.
#[derive(Debug)]
pub enum ProvisionEnd {
    /// The agent has it.
    Done(Box<Tool>),
    /// Call again after this, on our clock.
    Wait(Duration),
    /// There is no such instance.
    NoInstance,
    /// There is no such tool.
    NoTool,
    /// It cannot be made here; the sentence says why.
    NotConfigured(String),
    /// What the claimant brought is wrong: field and sentence.
    Invalid(Vec<(String, String)>),
    /// A vendor said no for good; the sentence says why.
    Refused(String),
}

/// Brings one tool of an instance as far as it can.
pub async fn provision(
    services: &Arc<Services>,
    instance_id: &str,
    tool_id: &str,
    user_config: Option<Value>,
) -> Result<ProvisionEnd, LedgerError> {
    let Some(instance) = services.ledger.instance(instance_id).await? else {
        return Ok(ProvisionEnd::NoInstance);
    };
    let Some(plugin) = services.registry.get_by_tool_id(tool_id).cloned() else {
        return Ok(ProvisionEnd::NoTool);
    };
    match instance.phase {
        Phase::Ready => {}
        Phase::Creating => return Ok(ProvisionEnd::Wait(CREATION_RETRY)),
        Phase::Refused | Phase::Destroying => return Ok(ProvisionEnd::NoInstance),
    }
    let earlier = services.ledger.tool(instance_id, tool_id).await?;
    // What is there is the answer, unless the claimant brings an own account in place of ours.
    let earlier = match earlier {
        Some(tool)
            if matches!(tool.status, ToolStatus::Active | ToolStatus::UserProvided)
                && (user_config.is_none() || tool.user_provided) =>
        {
            return Ok(ProvisionEnd::Done(Box::new(tool)));
        }
        earlier => earlier,
    };
    if let Some(end) = unusable(plugin.as_ref(), user_config.as_ref()) {
        return Ok(end);
    }
    if let Some(tool) =
        earlier.filter(|tool| matches!(tool.status, ToolStatus::Active | ToolStatus::Destroying))
    {
        // What works goes only when what is to take its place works, too.
        if let Some(user_config) = &user_config
            && let Err(end) = checked(services, instance_id, plugin.as_ref(), user_config).await
        {
            return Ok(end);
        }
        if let DestructionEnd::Remaining { after, .. } = destroy_tool(services, &instance, tool).await? {
            return Ok(ProvisionEnd::Wait(after));
        }
    }
    let job = move |work: Work| async move { drive(work, instance, plugin, user_config).await };
    let end = match run(services, instance_id, tool_id, job).await {
        Ok(Run::Finished(end)) => end,
        Ok(Run::Busy(after)) => ProvisionEnd::Wait(after),
        Err(LedgerError::Destroying) => ProvisionEnd::NoInstance,
        Err(failure) => return Err(failure),
    };
    Ok(end)
}

/// Why a tool cannot be made here at all.
fn unusable(plugin: &dyn Plugin, user_config: Option<&Value>) -> Option<ProvisionEnd> {
    let ways = plugin.provisioning();
    match user_config {
        Some(_) if ways.contains(&Provisioning::User) => None,
        Some(_) => {
            let message = format!("{} cannot be brought along", plugin.name());
            Some(ProvisionEnd::Invalid(vec![("userConfig".to_owned(), message)]))
        }
        None if ways.contains(&Provisioning::Pool) => {
            plugin.configured().err().map(ProvisionEnd::NotConfigured)
        }
        None => Some(ProvisionEnd::NotConfigured(format!(
            "{} has to be brought along in userConfig",
            plugin.name()
        ))),
    }
}

async fn drive(
    work: Work,
    instance: Instance,
    plugin: Arc<dyn Plugin>,
    user_config: Option<Value>,
) -> Result<ProvisionEnd, LedgerError> {
    let services = &work.services;
    let ledger = &services.ledger;
    let name = |generation| services.naming.of_generation(&instance.instance_id, generation);
    let new = NewTool { tool_id: plugin.tool_id(), name: &name, user_provided: user_config.is_some() };
    loop {
        let tool = ledger.intend_tool(&work.lease, &new, clock::now()).await?;
        let end = match (&tool.resource_id, tool.status) {
            (_, ToolStatus::Active | ToolStatus::UserProvided) => {
                return Ok(ProvisionEnd::Done(Box::new(tool)));
            }
            (_, ToolStatus::Destroying | ToolStatus::Destroyed) => {
                return Ok(ProvisionEnd::Wait(services.pace.wait(CREATION_RETRY)));
            }
            (Some(_), ToolStatus::Provisioning) => deliver(&work, &instance, &tool).await?,
            (None, ToolStatus::Provisioning) if tool.user_provided => {
                match take_over(&work, plugin.as_ref(), &tool, user_config.as_ref()).await? {
                    Ok(end) => end,
                    Err(end) => return Ok(end),
                }
            }
            (None, ToolStatus::Provisioning) => {
                let step = step_name(plugin.tool_id());
                pass(&work, &ToolEffect { work: &work, plugin: plugin.as_ref(), tool: &tool, step }).await?
            }
        };
        match end {
            StepEnd::Done => {}
            StepEnd::Wait(after) => {
                if !work.waits(after).await {
                    return Ok(ProvisionEnd::Wait(after));
                }
            }
            StepEnd::Refused(reason) => {
                abandon(&work, &tool).await?;
                return Ok(ProvisionEnd::Refused(reason));
            }
        }
    }
}

/// A refused row makes way, so that a later call (another plan, another key) begins anew. What was made by then, or may
/// have been, is taken back first.
async fn abandon(work: &Work, tool: &Tool) -> Result<(), LedgerError> {
    let step = step_name(&tool.tool_id);
    let attempt = work.services.ledger.latest_attempt(&tool.instance_id, &step).await?;
    let unsure =
        attempt.is_some_and(|attempt| matches!(attempt.state, AttemptState::Sent | AttemptState::Ambiguous));
    if !tool.user_provided && (tool.resource_id.is_some() || unsure) {
        return take_back(work, tool).await;
    }
    let removal = crate::plugin::Removal { outcome: crate::plugin::Outcome::NotFound, note: None };
    work.services.ledger.tool_destroyed(&work.lease, tool, None, &removal, clock::now()).await
}

/// Checks what the claimant brought, at the vendor, and records it.
async fn take_over(
    work: &Work,
    plugin: &dyn Plugin,
    tool: &Tool,
    user_config: Option<&Value>,
) -> Result<Result<StepEnd, ProvisionEnd>, LedgerError> {
    let Some(user_config) = user_config else {
        abandon(work, tool).await?;
        return Ok(Err(ProvisionEnd::Wait(Duration::from_millis(100))));
    };
    match checked(&work.services, &work.lease.instance_id, plugin, user_config).await {
        Ok(provided) => {
            work.services.ledger.tool_provided(&work.lease, tool, &provided, clock::now()).await?;
            Ok(Ok(StepEnd::Done))
        }
        Err(ProvisionEnd::Wait(after)) => Ok(Ok(StepEnd::Wait(after))),
        Err(end) => {
            abandon(work, tool).await?;
            Ok(Err(end))
        }
    }
}

/// What the claimant brought, as the vendor knows it, or how the call ends without it.
async fn checked(
    services: &Services,
    instance_id: &str,
    plugin: &dyn Plugin,
    user_config: &Value,
) -> Result<UserProvided, ProvisionEnd> {
    plugin.validate(user_config).await.map_err(|refused| match refused {
        Refusal::Fields(fields) => ProvisionEnd::Invalid(fields),
        Refusal::Vendor(failure) if failure.class.is_final() => ProvisionEnd::Refused(refusal(&failure)),
        Refusal::Vendor(failure) => {
            let sentence = "a claimant's account cannot be checked yet";
            ProvisionEnd::Wait(wait_for(services, instance_id, &failure, sentence))
        }
    })
}

/// Hands the variables to the agent: for its next boot first, since only that survives a crash in between.
async fn deliver(work: &Work, instance: &Instance, tool: &Tool) -> Result<StepEnd, LedgerError> {
    let services = &work.services;
    let variables = services.ledger.tool_variables(tool).await?;
    if !variables.is_empty() {
        if let Err(failure) = services.infra.set_variables(&instance.site, &variables, Priority::Claim).await
        {
            if failure.class.is_final() {
                return Ok(StepEnd::Refused(refusal(&failure)));
            }
            let sentence = "variables cannot be set for the next boot yet";
            return Ok(StepEnd::Wait(wait_for(services, &instance.instance_id, &failure, sentence)));
        }
        let live =
            variables.iter().map(|(name, value)| (name.clone(), Some(value.expose_secret().to_owned())));
        if let Some(wait) = apply(services, instance, live.collect()).await? {
            return Ok(StepEnd::Wait(wait));
        }
    }
    services.ledger.tool_delivered(&work.lease, tool, clock::now()).await?;
    info!(instance.id = %instance.instance_id, tool = tool.tool_id, "instance {} has the tool {}", instance.instance_id, tool.tool_id);
    Ok(StepEnd::Done)
}

/// Gives variables to the running agent. An agent that does not know how is started again with what is set for its next
/// boot. The answer is how long to wait before trying again.
async fn apply(
    services: &Services,
    instance: &Instance,
    variables: BTreeMap<String, Option<String>>,
) -> Result<Option<Duration>, LedgerError> {
    let Some(url) = &instance.site.url else { return Ok(Some(services.pace.wait(DELIVERY_RETRY))) };
    let Some(token) = services.ledger.gateway_token(&instance.instance_id).await? else { return Ok(None) };
    match services.agents.set_env(url, &token, variables).await {
        Ok(_) => Ok(None),
        Err(AgentError::Unknown) => match restart(services, instance).await {
            Ok(before) => {
                services.ledger.deploy_begins(&instance.instance_id, instance.deploy_since, before).await?;
                Ok(None)
            }
            Err(failure) => {
                warn!(instance.id = %instance.instance_id, "an agent cannot be started again: {failure}");
                Ok(Some(services.pace.wait(failure.wait().unwrap_or(DELIVERY_RETRY))))
            }
        },
        Err(error) => {
            warn!(instance.id = %instance.instance_id, "variables cannot be given to the agent yet: {error}");
            Ok(Some(services.pace.wait(DELIVERY_RETRY)))
        }
    }
}

/// Starts an agent again; tells when the deployment before began.
async fn restart(services: &Services, instance: &Instance) -> Result<DateTime<Utc>, Failure> {
    let before = services.latest_deploy(&instance.site).await?;
    services.infra.restart(&instance.site, Priority::Claim).await?;
    Ok(before)
}

/// Takes variables back. The credentials in them are dead already, so a failure is only logged.
pub(super) async fn withdraw(services: &Services, instance: &Instance, names: &[String]) {
    if names.is_empty() {
        return;
    }
    let empty: Variables = names.iter().map(|name| (name.clone(), SecretString::from(""))).collect();
    if let Err(failure) = services.infra.set_variables(&instance.site, &empty, Priority::Refill).await {
        warn!(instance.id = %instance.instance_id, "variables of a destroyed tool are still set for the next boot: {failure}");
    }
    let live = names.iter().map(|name| (name.clone(), None)).collect();
    if let Ok(Some(_)) | Err(_) = apply(services, instance, live).await {
        warn!(instance.id = %instance.instance_id, "variables of a destroyed tool are still in the agent");
    }
}

fn wait_for(services: &Services, instance_id: &str, failure: &Failure, sentence: &str) -> Duration {
    failure.warn(instance_id, sentence);
    services.pace.wait(failure.wait().unwrap_or(CREATION_RETRY))
}
