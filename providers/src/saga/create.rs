//! Creation: reserved, key, wallet, project, service, volume, domain, deploy, recorded.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use process::auth::{Digest, new_token};
use process::clock;
use secrecy::{ExposeSecret, SecretString};
use tracing::{error, info, warn};

use super::piece::PieceEffect;
use super::step::{StepEnd, pass, refusal};
use super::tool::{ToolEffect, step_name};
use super::{Run, Work, run};
use crate::app::Services;
use crate::infra::Piece;
use crate::ledger::{Instance, LIFE, LedgerError, NewInstance, NewTool, Phase, Step, Variables};
use crate::vendor::{Class, Failure};

/// A deploy that was confirmed and does not read so is read again this often before it is repeated.
const VERIFICATIONS_MAX: u32 = 4;

/// Between two such reads, on the vendors' clock.
const VERIFY_RETRY: Duration = Duration::from_secs(2);

/// What a creation is asked for with.
#[derive(Debug, Clone)]
pub struct NewCreation {
    /// The id.
    pub instance_id: String,
    /// The image; the configured one when absent.
    pub image: Option<String>,
    /// Variables beside those that every agent gets.
    pub env: BTreeMap<String, String>,
}

/// How far a creation came.
#[derive(Debug, Clone, PartialEq)]
pub enum CreationEnd {
    /// Everything is made and recorded.
    Done {
        /// The public address.
        url: String,
        /// The image that was deployed.
        image: Option<String>,
    },
    /// Call again.
    Unfinished {
        /// The step that is being done.
        step: Step,
        /// When, on our clock.
        after: Duration,
    },
    /// It cannot be made; the sentence says why.
    Refused(String),
    /// The id is being or was destroyed.
    Gone,
}

/// Brings a creation as far as it can.
pub async fn create(services: &Arc<Services>, new: NewCreation) -> Result<CreationEnd, LedgerError> {
    let id = new.instance_id.clone();
    // The answer to a repeated call needs no lease.
    if let Some(end) = settled(services, &id).await? {
        return Ok(end);
    }
    match run(services, &id, LIFE, move |work| drive(work, new)).await? {
        Run::Finished(end) => Ok(end),
        Run::Busy(after) => {
            let instance = services.ledger.instance(&id).await?;
            let step = instance.map_or(Step::Reserved, |instance| instance.step);
            Ok(CreationEnd::Unfinished { step, after })
        }
    }
}

async fn settled(services: &Services, instance_id: &str) -> Result<Option<CreationEnd>, LedgerError> {
    let Some(instance) = services.ledger.instance(instance_id).await? else {
        let dead = services.ledger.tombstone(instance_id).await?.is_some();
        return Ok(dead.then_some(CreationEnd::Gone));
    };
    Ok(end_of(&instance))
}

fn end_of(instance: &Instance) -> Option<CreationEnd> {
    match instance.phase {
        Phase::Creating => None,
        Phase::Destroying => Some(CreationEnd::Gone),
        Phase::Refused => Some(CreationEnd::Refused(instance.refusal.clone().unwrap_or_default())),
        Phase::Ready => Some(CreationEnd::Done {
            url: instance.site.url.clone().unwrap_or_default(),
            image: instance.image.clone(),
        }),
    }
}

async fn drive(work: Work, new: NewCreation) -> Result<CreationEnd, LedgerError> {
    let ledger = &work.services.ledger;
    loop {
        let Some(instance) = ledger.instance(&new.instance_id).await? else {
            match reserve(&work, &new).await {
                Ok(()) => continue,
                Err(LedgerError::Destroying) => return Ok(CreationEnd::Gone),
                Err(failure) => return Err(failure),
            }
        };
        if let Some(end) = end_of(&instance) {
            return Ok(end);
        }
        let end = match one_step(&work, &instance).await {
            Ok(end) => end,
            Err(LedgerError::Destroying) => return Ok(CreationEnd::Gone),
            Err(failure) => return Err(failure),
        };
        match end {
            StepEnd::Done => {}
            StepEnd::Wait(after) => {
                if !work.waits(after).await {
                    return Ok(CreationEnd::Unfinished { step: instance.step, after: early(after) });
                }
            }
            StepEnd::Refused(reason) => {
                error!(instance.id = %new.instance_id, step = instance.step.as_str(), "a creation was refused: {reason}");
                ledger.refuse(&work.lease, &reason, clock::now()).await?;
                ledger.lane_leave(&new.instance_id).await?;
                return Ok(CreationEnd::Refused(reason));
            }
        }
    }
}

/// A caller that comes a little early waits here for the exact moment; one that is late loses its place.
fn early(after: Duration) -> Duration {
    const EARLY: Duration = Duration::from_secs(3);
    after.saturating_sub(EARLY).max(Duration::from_millis(250))
}

/// The intent: everything that can be fixed before anything is asked of the outside.
async fn reserve(work: &Work, new: &NewCreation) -> Result<(), LedgerError> {
    let services = &work.services;
    let name = services.naming.of(&new.instance_id);
    let token = new_token("it_");
    let gateway_token = new_token("gt_");
    let image_tag = new.image.as_deref().unwrap_or(&services.image);
    let variables = first_variables(services, new, &token, &gateway_token, image_tag);
    let digest = hex::encode(Digest::of(token.expose_secret()).as_bytes());
    let row = NewInstance {
        instance_id: &new.instance_id,
        name: &name,
        image_tag,
        token_digest: &digest,
        gateway_token: &gateway_token,
        variables: &variables,
    };
    if services.ledger.reserve(&work.lease, &row, clock::now()).await? {
        info!(instance.id = %new.instance_id, "instance {} is being created", new.instance_id);
    }
    Ok(())
}

fn first_variables(
    services: &Services,
    new: &NewCreation,
    token: &SecretString,
    gateway_token: &SecretString,
    image: &str,
) -> Variables {
    let text = |text: &str| SecretString::from(text);
    let mut variables: Variables = new.env.iter().map(|(name, value)| (name.clone(), text(value))).collect();
    // Ours come last: a caller's variable never replaces one of them.
    variables.extend([
        ("INSTANCE_ID".to_owned(), text(&new.instance_id)),
        ("INSTANCE_SERVICES_TOKEN".to_owned(), token.clone()),
        ("SERVICES_URL".to_owned(), text(services.public_url.as_str())),
        ("OPENCLAW_GATEWAY_TOKEN".to_owned(), gateway_token.clone()),
        ("GATEWAY_TOKEN".to_owned(), gateway_token.clone()),
        ("SETUP_PASSWORD".to_owned(), new_token("sp_")),
        ("XMTP_ENV".to_owned(), text(&services.agent.xmtp_env)),
        ("OPENROUTER_API_URL".to_owned(), text(services.agent.model_url.as_str())),
        ("OPENCLAW_PRIMARY_MODEL".to_owned(), text(&services.agent.primary_model)),
        ("OPENCLAW_STATE_DIR".to_owned(), text("/data/openclaw")),
        ("RUNTIME_IMAGE".to_owned(), text(image)),
    ]);
    variables
}

async fn one_step(work: &Work, instance: &Instance) -> Result<StepEnd, LedgerError> {
    match instance.step {
        Step::Reserved => decide(work, instance).await,
        Step::Key => always_tool(work, instance, "key").await,
        Step::Wallet => always_tool(work, instance, "wallet").await,
        Step::Recorded => verify(work, instance).await,
        step @ (Step::Project | Step::Service | Step::Volume | Step::Domain | Step::Deploy) => {
            let Some(piece) = Piece::of(step) else { return Ok(StepEnd::Done) };
            let variables = match piece {
                Piece::Deploy => deployed_variables(work, instance).await?,
                _ => Variables::new(),
            };
            let shelf = match piece {
                Piece::Project => work.services.ledger.shelf_for(&work.lease, instance).await?,
                _ => None,
            };
            pass(work, &PieceEffect { work, instance, piece, shelf, variables: &variables }).await
        }
    }
}

/// Which bytes it will run, and in which workspace: the one whose lane is free first.
async fn decide(work: &Work, instance: &Instance) -> Result<StepEnd, LedgerError> {
    let services = &work.services;
    let asked = async {
        let image = services.pinned_image(&instance.image_tag).await?;
        Ok::<_, Failure>((image, services.infra.workspaces().await?))
    };
    let (image, workspaces) = match asked.await {
        Ok(answers) => answers,
        Err(failure) if failure.class.is_final() || failure.class == Class::NotFound => {
            return Ok(StepEnd::Refused(refusal(&failure)));
        }
        Err(failure) => {
            failure.warn(&instance.instance_id, "a creation cannot begin yet");
            let wait = failure.wait().unwrap_or(Duration::from_secs(2));
            return Ok(StepEnd::Wait(services.pace.wait(wait)));
        }
    };
    let mut best: Option<(Duration, String)> = None;
    for workspace_id in workspaces {
        let lane = services.infra.project_lane(&workspace_id);
        let wait = services.ledger.lane_wait(&lane.name, lane.distance).await?;
        if best.as_ref().is_none_or(|(least, _)| wait < *least) {
            best = Some((wait, workspace_id));
        }
    }
    let Some((_, workspace_id)) = best else {
        return Ok(StepEnd::Wait(services.pace.wait(Duration::from_secs(2))));
    };
    services.ledger.decided(&work.lease, &workspace_id, &image, clock::now()).await?;
    Ok(StepEnd::Done)
}

/// A tool that every instance has.
async fn always_tool(work: &Work, instance: &Instance, kind: &str) -> Result<StepEnd, LedgerError> {
    let services = &work.services;
    let plugin = services.registry.get_all().iter().find(|plugin| plugin.always() && plugin.kind() == kind);
    let end = match plugin {
        None => StepEnd::Done,
        Some(plugin) => {
            let name = |generation| services.naming.of_generation(&instance.instance_id, generation);
            let new = NewTool { tool_id: plugin.tool_id(), name: &name, user_provided: false };
            let tool = services.ledger.intend_tool(&work.lease, &new, clock::now()).await?;
            match tool.resource_id {
                Some(_) => StepEnd::Done,
                None => {
                    let step = step_name(plugin.tool_id());
                    pass(work, &ToolEffect { work, plugin: plugin.as_ref(), tool: &tool, step }).await?
                }
            }
        }
    };
    if end == StepEnd::Done {
        services.ledger.step_to(&work.lease, instance.step, instance.step.next(), clock::now()).await?;
    }
    Ok(end)
}

/// What the deploy carries. The image's name is known only now.
async fn deployed_variables(work: &Work, instance: &Instance) -> Result<Variables, LedgerError> {
    let mut variables = work.services.ledger.boot_variables(&instance.instance_id).await?;
    if let Some(image) = &instance.image {
        variables.insert("RUNTIME_IMAGE".to_owned(), SecretString::from(image.as_str()));
    }
    Ok(variables)
}

/// Reads what the deploy left: the image and every variable's name, the wallet's key among them. A lost variable would be
/// a lost wallet, so nothing is erased here before this was read.
async fn verify(work: &Work, instance: &Instance) -> Result<StepEnd, LedgerError> {
    let services = &work.services;
    let variables = deployed_variables(work, instance).await?;
    let effect = PieceEffect { work, instance, piece: Piece::Deploy, shelf: None, variables: &variables };
    for _ in 0..VERIFICATIONS_MAX {
        match services.infra.find(Piece::Deploy, &effect.order(instance.created_at)).await {
            Ok(Some(_)) => {
                services.ledger.created(&work.lease, clock::now()).await?;
                info!(instance.id = %instance.instance_id, "instance {} is created", instance.instance_id);
                metrics::counter!("services_instances_created_total").increment(1);
                metrics::histogram!("services_create_duration_seconds")
                    .record((clock::now() - instance.created_at).as_seconds_f64());
                return Ok(StepEnd::Done);
            }
            Ok(None) => {}
            Err(failure) if failure.class.is_final() => return Ok(StepEnd::Refused(refusal(&failure))),
            Err(failure) => {
                failure.warn(&instance.instance_id, "a deploy cannot be read yet");
                let wait = failure.wait().unwrap_or(VERIFY_RETRY);
                return Ok(StepEnd::Wait(services.pace.wait(wait)));
            }
        }
        if !work.waits(services.pace.wait(VERIFY_RETRY)).await {
            return Ok(StepEnd::Wait(services.pace.wait(VERIFY_RETRY)));
        }
    }
    warn!(instance.id = %instance.instance_id, "a deploy was accepted and did not take; it is repeated");
    services.ledger.step_to(&work.lease, Step::Recorded, Step::Deploy, clock::now()).await?;
    Ok(StepEnd::Done)
}
