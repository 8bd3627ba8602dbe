//! Destruction: everything that was made for an instance goes, and is read to be gone before its row goes.
//!
//! Tools first, the project last: it holds the variables that name the others. What may have been made by a call without an
//! answer is searched by name until it cannot appear any more.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use model::services::{DestroyOutcome, DestroyedResource};
use process::clock;
use tracing::{info, warn};

use super::tool::step_name;
use super::{Run, Work, run};
use crate::app::Services;
use crate::infra::{Order, Piece, Site};
use crate::ledger::{AttemptState, Instance, LIFE, LedgerError, Tool, ToolStatus, Variables};
use crate::plugin::{Outcome, Plugin, Removal, Resource};
use crate::vendor::{Class, Failure};

/// The word for the project among what remains.
const COMPUTE: &str = "compute";

/// A project whose creation got no answer may appear for so long after the call, on the vendors' clock.
const PROJECT_APPEARS_WITHIN: Duration = Duration::from_secs(90);

/// The same for keys, inboxes and the like.
const TOOL_APPEARS_WITHIN: Duration = Duration::from_secs(10);

/// Between asking for a removal and reading, and between two reads.
const CONFIRM_RETRY: Duration = Duration::from_secs(1);

/// Reads before the removal is repeated.
const CONFIRMATIONS: u32 = 3;

/// Repeats of a removal in one call.
const REMOVALS_MAX: u32 = 3;

/// How far a destruction came.
#[derive(Debug, Clone, PartialEq)]
pub enum DestructionEnd {
    /// Everything is confirmed gone.
    Done(Vec<DestroyedResource>),
    /// Call again.
    Remaining {
        /// What is still there, by tool id, or `compute`.
        what: Vec<String>,
        /// When, on our clock.
        after: Duration,
    },
}

/// Why one thing is not gone yet.
enum Holdup {
    /// The vendor was asked and did not do it, or could not be asked.
    Vendor(Failure),
    /// It may still appear, or is not read to be gone yet.
    Early(Duration),
    /// The ledger.
    Ledger(LedgerError),
}

impl From<Failure> for Holdup {
    fn from(failure: Failure) -> Self {
        Self::Vendor(failure)
    }
}

impl From<LedgerError> for Holdup {
    fn from(error: LedgerError) -> Self {
        Self::Ledger(error)
    }
}

/// Brings a destruction as far as it can. The wish is committed first, whoever works on the instance at the moment.
pub async fn destroy(services: &Arc<Services>, instance_id: &str) -> Result<DestructionEnd, LedgerError> {
    let tombstone = services.ledger.bury(instance_id, clock::now()).await?;
    if tombstone.done {
        return Ok(DestructionEnd::Done(tombstone.resources));
    }
    services.watch.forget(instance_id);
    let id = instance_id.to_owned();
    match run(services, instance_id, LIFE, move |work| drive(work, id)).await? {
        Run::Finished(end) => Ok(end),
        Run::Busy(after) => Ok(DestructionEnd::Remaining { what: vec![COMPUTE.to_owned()], after }),
    }
}

async fn drive(work: Work, instance_id: String) -> Result<DestructionEnd, LedgerError> {
    let services = &work.services;
    let mut holdups = Vec::new();
    match services.ledger.instance(&instance_id).await? {
        None => {
            if let Err(holdup) = search_and_remove(&work, &instance_id).await {
                holdups.push((COMPUTE.to_owned(), holdup));
            }
        }
        Some(instance) => {
            for tool in services.ledger.tools(&instance_id).await? {
                if tool.status != ToolStatus::Destroyed
                    && let Err(holdup) = destroy_owned_tool(&work, &tool).await
                {
                    holdups.push((tool.tool_id.clone(), holdup));
                }
            }
            if holdups.is_empty()
                && let Err(holdup) = remove_site(&work, &instance).await
            {
                holdups.push((COMPUTE.to_owned(), holdup));
            }
        }
    }
    if !holdups.is_empty() {
        return remaining(services, &instance_id, holdups);
    }
    let mut resources = services.ledger.bury(&instance_id, clock::now()).await?.resources;
    resources.extend(destroyed_site(services, &instance_id).await?);
    resources.extend(services.ledger.tools(&instance_id).await?.iter().filter_map(destroyed_resource));
    services.ledger.destroyed(&work.lease, &resources, clock::now()).await?;
    info!(instance.id = %instance_id, "instance {instance_id} is gone");
    metrics::counter!("services_instances_destroyed_total").increment(1);
    Ok(DestructionEnd::Done(resources))
}

/// What is still there, and when a further call can help: the longest of what each thing needs.
fn remaining(
    services: &Services,
    instance_id: &str,
    holdups: Vec<(String, Holdup)>,
) -> Result<DestructionEnd, LedgerError> {
    const AFTER_MIN: Duration = Duration::from_millis(100);
    const FAILURE_RETRY: Duration = Duration::from_secs(2);
    let (mut what, mut after) = (Vec::new(), AFTER_MIN);
    for (thing, holdup) in holdups {
        after = after.max(match holdup {
            Holdup::Ledger(error) => return Err(error),
            Holdup::Early(wait) => wait,
            Holdup::Vendor(failure) => {
                failure.warn(instance_id, &format!("{thing} is not destroyed yet"));
                services.pace.wait(failure.wait().unwrap_or(FAILURE_RETRY))
            }
        });
        what.push(thing);
    }
    Ok(DestructionEnd::Remaining { what, after })
}

/// Where the agent ran, under our name of it: the vendor's id is nobody else's business.
async fn destroyed_site(
    services: &Services,
    instance_id: &str,
) -> Result<Option<DestroyedResource>, LedgerError> {
    let instance = services.ledger.instance(instance_id).await?;
    let made = instance.filter(|instance| instance.site.project_id.is_some());
    Ok(made.map(|instance| DestroyedResource {
        tool_id: COMPUTE.to_owned(),
        resource_id: instance.name,
        outcome: DestroyOutcome::Deleted,
        note: None,
    }))
}

fn destroyed_resource(tool: &Tool) -> Option<DestroyedResource> {
    let removal = tool.removal.as_ref()?;
    Some(DestroyedResource {
        tool_id: tool.tool_id.clone(),
        resource_id: tool.resource_id.clone()?,
        outcome: outcome_of(removal.outcome),
        note: removal.note.clone(),
    })
}

fn outcome_of(outcome: Outcome) -> DestroyOutcome {
    match outcome {
        Outcome::Deleted => DestroyOutcome::Deleted,
        Outcome::Revoked => DestroyOutcome::Revoked,
        Outcome::KeptShared => DestroyOutcome::KeptShared,
        Outcome::KeptUser => DestroyOutcome::KeptUser,
        Outcome::NotFound => DestroyOutcome::NotFound,
    }
}

/// A tool, while its instance goes. A worker that makes it right now is let finish first: what it makes has to be known.
async fn destroy_owned_tool(work: &Work, tool: &Tool) -> Result<(), Holdup> {
    let services = &work.services;
    let (id, scope) = (&tool.instance_id, &tool.tool_id);
    let lease = services.ledger.take_lease(id, scope, services.owner(), services.lease_duration).await?;
    let Some(lease) = lease else { return Err(Holdup::Early(super::BUSY_RETRY)) };
    // The row may have changed until the lease was ours.
    let outcome = match services.ledger.tool(id, scope).await {
        Ok(Some(tool)) => remove_tool(work, &tool).await,
        Ok(None) => Ok(()),
        Err(error) => Err(error.into()),
    };
    services.ledger.release_lease(&lease).await?;
    outcome
}

async fn remove_tool(work: &Work, tool: &Tool) -> Result<(), Holdup> {
    let (services, lease) = (&work.services, &work.lease);
    let ledger = &services.ledger;
    if tool.user_provided {
        let removal = Removal { outcome: Outcome::KeptUser, note: None };
        return Ok(ledger.tool_destroyed(lease, tool, None, &removal, clock::now()).await?);
    }
    let Some(plugin) = services.registry.get_by_tool_id(&tool.tool_id) else {
        let message = format!("there is no plugin for the tool {}", tool.tool_id);
        return Err(Failure::local("services", "destroy", Class::Permanent, message).into());
    };
    let attempt = ledger.latest_attempt(&tool.instance_id, &step_name(&tool.tool_id)).await?;
    ledger.tool_destroying(lease, tool, clock::now()).await?;
    let known = ledger.resource(tool).await?;
    // More than one call, or one without an answer, may have made more than what is recorded.
    // So may one that was not finished: an order that is being worked on becomes a number.
    let unsure = attempt.as_ref().is_some_and(|attempt| {
        known.is_none()
            || attempt.number > 1
            || matches!(attempt.state, AttemptState::Sent | AttemptState::Ambiguous)
    });
    // Looked for before anything goes: what is there says more about an order than what is gone.
    let mut others = Vec::new();
    if unsure {
        let sent_at = attempt.and_then(|attempt| attempt.sent_at);
        wait_until_visible(work, sent_at, TOOL_APPEARS_WITHIN).await?;
        others = plugin.remains(&tool.instance_id, &tool.name).await?;
        others.retain(|other| known.as_ref().is_none_or(|known| known.resource_id != other.resource_id));
    }
    let mut removal = match &known {
        Some(resource) => confirmed_removal(work, plugin.as_ref(), resource).await?,
        None => Removal { outcome: Outcome::NotFound, note: None },
    };
    let mut found_id = None;
    for resource in others {
        let of_other = confirmed_removal(work, plugin.as_ref(), &resource).await?;
        if known.is_none() {
            removal = of_other;
            found_id = Some(resource.resource_id);
        }
    }
    Ok(ledger.tool_destroyed(lease, tool, found_id.as_deref(), &removal, clock::now()).await?)
}

/// Takes back a tool that nobody can be given, under the lease that it was made under. What cannot be taken back now stays
/// marked, and goes with the next call for it, or with its instance.
pub(super) async fn take_back(work: &Work, tool: &Tool) -> Result<(), LedgerError> {
    match remove_tool(work, tool).await {
        Ok(()) => Ok(()),
        Err(Holdup::Ledger(error)) => Err(error),
        Err(Holdup::Early(_)) => {
            warn!(instance.id = %tool.instance_id, tool = tool.tool_id, "a tool that nobody got is not read to be gone yet");
            Ok(())
        }
        Err(Holdup::Vendor(failure)) => {
            warn!(instance.id = %tool.instance_id, tool = tool.tool_id, "a tool that nobody got is still there: {failure}");
            Ok(())
        }
    }
}

/// Removes a thing and reads that it is gone; an answer of success without effect is found out and repeated.
async fn confirmed_removal(work: &Work, plugin: &dyn Plugin, resource: &Resource) -> Result<Removal, Holdup> {
    for _ in 0..REMOVALS_MAX {
        let removal = match plugin.destroy(resource).await {
            Ok(removal) => removal,
            Err(failure) if failure.is_gone() => Removal { outcome: Outcome::NotFound, note: None },
            Err(failure) => return Err(failure.into()),
        };
        if matches!(removal.outcome, Outcome::KeptShared | Outcome::KeptUser) {
            return Ok(removal);
        }
        for _ in 0..CONFIRMATIONS {
            if !plugin.exists(resource).await? {
                return Ok(removal);
            }
            pause(work).await?;
        }
        warn!(tool = plugin.tool_id(), "a removal was accepted and had no effect; it is repeated");
    }
    Err(Holdup::Early(work.services.pace.wait(Duration::from_secs(5))))
}

async fn remove_site(work: &Work, instance: &Instance) -> Result<(), Holdup> {
    let services = &work.services;
    services.ledger.lane_leave(&instance.instance_id).await?;
    let taken = services.ledger.shelf_taken(&instance.instance_id).await?;
    if let Some(empty) = &taken {
        confirmed_site_removal(work, empty).await?;
    }
    if instance.site.project_id.is_some() {
        confirmed_site_removal(work, &instance.site).await?;
    }
    let attempt = services.ledger.latest_attempt(&instance.instance_id, "project").await?;
    let Some(attempt) = attempt else { return Ok(()) };
    let lost = matches!(attempt.state, AttemptState::Sent | AttemptState::Ambiguous);
    if taken.is_some() || !(lost || attempt.number > 1) {
        return Ok(());
    }
    // Oldest call first: whatever any of them made has our name.
    let no_variables = Variables::new();
    let order = Order {
        name: &instance.name,
        site: &instance.site,
        shelf: None,
        sent_at: attempt.first_at,
        image: &instance.image_tag,
        variables: &no_variables,
    };
    if let Some(site) = services.infra.find(Piece::Project, &order).await? {
        confirmed_site_removal(work, &site).await?;
    }
    if lost && instance.site.project_id.is_none() {
        wait_until_visible(work, attempt.sent_at, PROJECT_APPEARS_WITHIN).await?;
        if let Some(site) = services.infra.find(Piece::Project, &order).await? {
            confirmed_site_removal(work, &site).await?;
        }
    }
    Ok(())
}

async fn confirmed_site_removal(work: &Work, site: &Site) -> Result<(), Holdup> {
    let infra = &work.services.infra;
    for _ in 0..REMOVALS_MAX {
        match infra.remove(site).await {
            Ok(()) => {}
            // It may have worked: reading tells.
            Err(failure) if failure.class == Class::Ambiguous => {}
            Err(failure) => return Err(failure.into()),
        }
        for _ in 0..CONFIRMATIONS {
            if !infra.exists(site).await? {
                return Ok(());
            }
            pause(work).await?;
        }
        warn!("the removal of a project was accepted and had no effect; it is repeated");
    }
    Err(Holdup::Early(work.services.pace.wait(Duration::from_secs(5))))
}

/// An id without a row: whatever carries its name goes.
async fn search_and_remove(work: &Work, instance_id: &str) -> Result<(), Holdup> {
    let services = &work.services;
    let name = services.naming.of(instance_id);
    let mut found = Vec::new();
    for plugin in services.registry.get_all() {
        if plugin.configured().is_err() {
            continue;
        }
        for resource in plugin.remains(instance_id, &name).await? {
            let removal = confirmed_removal(work, plugin.as_ref(), &resource).await?;
            found.push(DestroyedResource {
                tool_id: plugin.tool_id().to_owned(),
                resource_id: resource.resource_id,
                outcome: outcome_of(removal.outcome),
                note: removal.note,
            });
        }
    }
    for project in services.infra.projects(&name).await? {
        if project.name == name {
            confirmed_site_removal(work, &project.site).await?;
        }
    }
    services.ledger.searched(&work.lease, &found, clock::now()).await?;
    Ok(())
}

/// Waits until an effect of a call would be visible; too long a wait is left to the caller.
async fn wait_until_visible(
    work: &Work,
    sent_at: Option<DateTime<Utc>>,
    within: Duration,
) -> Result<(), Holdup> {
    let Some(sent_at) = sent_at else { return Ok(()) };
    let within = chrono::Duration::from_std(work.services.pace.wait(within)).unwrap_or_default();
    let Ok(wait) = (sent_at + within - clock::now()).to_std() else { return Ok(()) };
    if work.waits(wait).await { Ok(()) } else { Err(Holdup::Early(wait)) }
}

async fn pause(work: &Work) -> Result<(), Holdup> {
    let wait = work.services.pace.wait(CONFIRM_RETRY);
    if work.waits(wait).await { Ok(()) } else { Err(Holdup::Early(wait)) }
}

/// Takes one tool of a living instance away: at the vendor, in the agent, and for its next boot.
pub async fn destroy_tool(
    services: &Arc<Services>,
    instance: &Instance,
    tool: Tool,
) -> Result<DestructionEnd, LedgerError> {
    if tool.status == ToolStatus::Destroyed {
        // A repeat: the variables of its name may be those of its successor by now.
        return Ok(DestructionEnd::Done(destroyed_resource(&tool).into_iter().collect()));
    }
    let (instance, scope) = (instance.clone(), tool.tool_id.clone());
    let id = tool.instance_id.clone();
    let end = run(services, &id, &scope, move |work| async move {
        let tool_id = tool.tool_id.clone();
        let names = work.services.ledger.tool_variable_names(&tool).await?;
        match remove_tool(&work, &tool).await {
            Ok(()) => {}
            Err(holdup) => return remaining(&work.services, &instance.instance_id, vec![(tool_id, holdup)]),
        }
        super::provision::withdraw(&work.services, &instance, &names).await;
        let gone = work.services.ledger.tools(&instance.instance_id).await?;
        let gone = gone.iter().filter(|row| row.id == tool.id).filter_map(destroyed_resource).collect();
        Ok(DestructionEnd::Done(gone))
    })
    .await?;
    Ok(match end {
        Run::Finished(end) => end,
        Run::Busy(after) => DestructionEnd::Remaining { what: vec![scope], after },
    })
}
