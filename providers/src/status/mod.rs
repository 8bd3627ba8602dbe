//! How instances are: asked of the agents first, of the infrastructure only for those that do not answer well.
//!
//! A sweep costs no infrastructure request while everybody is well. One slow agent never delays the others: agents that did
//! not answer the last time may use only a part of the permits, and a caller gets what is known when its time is over.

mod health;
mod word;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures::StreamExt;
use futures::stream::FuturesUnordered;
use model::services::StatusDetail;
use model::words::DeployStatus;
use process::clock;
use tracing::{debug, warn};

use crate::app::Services;
use crate::infra::{Deployment, Observed, Site};
use crate::ledger::{Instance, LedgerError, Phase};

use health::Pinged;
pub use health::Watch;

/// A deployment that was read is good for so long, on the vendors' clock.
const OBSERVED_FRESH: Duration = Duration::from_secs(5);

/// A batch takes at most this much longer than one health request.
const BATCH_SLACK: Duration = Duration::from_secs(1);

/// The status of every id.
pub async fn batch(
    services: &Arc<Services>,
    instance_ids: &[String],
) -> Result<BTreeMap<String, StatusDetail>, LedgerError> {
    let now = clock::now();
    let mut details: BTreeMap<String, StatusDetail> = instance_ids
        .iter()
        .map(|id| (id.clone(), plain(DeployStatus::NotFound, Deployment::Gone, now)))
        .collect();
    let mut living = Vec::new();
    for instance in services.ledger.instances(instance_ids).await? {
        match (instance.phase, &instance.site.url) {
            (Phase::Ready, Some(_)) => living.push(instance),
            (Phase::Creating | Phase::Ready, _) => {
                details.insert(
                    instance.instance_id,
                    plain(DeployStatus::Deploying, Deployment::InProgress, now),
                );
            }
            (Phase::Refused, _) => {
                details
                    .insert(instance.instance_id, plain(DeployStatus::DeployFailed, Deployment::Failed, now));
            }
            (Phase::Destroying, _) => {}
        }
    }
    let pinged = ping_all(services, &living).await;
    let unwell: Vec<&Instance> =
        living.iter().filter(|instance| needs_reading(instance, pinged.get(&instance.instance_id))).collect();
    let observed = observe(services, &unwell).await;
    for instance in &living {
        let ping = pinged.get(&instance.instance_id);
        let seen = observed.get(&instance.instance_id).copied().flatten();
        let read = observed.contains_key(&instance.instance_id);
        let detail = judge(instance, ping, seen, read, services, now);
        finish_deploy(services, instance, &detail, seen).await?;
        details.insert(instance.instance_id.clone(), detail);
    }
    Ok(details)
}

fn plain(status: DeployStatus, deployment: Deployment, now: DateTime<Utc>) -> StatusDetail {
    StatusDetail {
        status,
        deploy_status: deployment.as_str().to_owned(),
        http: None,
        observed_at: now,
        version: None,
        claim_id: None,
        ended: false,
    }
}

/// Whether the infrastructure has to be asked: a well agent says everything, unless a deploy of ours is under way and the
/// answer may be the old container's.
fn needs_reading(instance: &Instance, ping: Option<&Pinged>) -> bool {
    let well = ping.is_some_and(|ping| ping.is_ready(&instance.instance_id));
    !well || instance.deploy_since.is_some()
}

async fn ping_all(services: &Arc<Services>, instances: &[Instance]) -> HashMap<String, Pinged> {
    let mut pings = FuturesUnordered::new();
    for instance in instances {
        let (services, id) = (Arc::clone(services), instance.instance_id.clone());
        let url = instance.site.url.clone().unwrap_or_default();
        pings.push(async move {
            let pinged = services.watch.ping(&services, &id, &url).await;
            (id, pinged)
        });
    }
    let mut pinged = HashMap::with_capacity(instances.len());
    let rounds = instances.len().div_ceil(services.watch.concurrency()).max(1);
    // Well agents answer in milliseconds; only a batch in which nobody does comes to this limit.
    let limit = services.watch.timeout() * u32::try_from(rounds.min(3)).unwrap_or(3) + BATCH_SLACK;
    let collect = async {
        while let Some((id, ping)) = pings.next().await {
            pinged.insert(id, ping);
        }
    };
    if tokio::time::timeout(limit, collect).await.is_err() {
        debug!(
            asked = instances.len(),
            "some agents did not answer in time; what was known of them is the answer"
        );
    }
    for instance in instances {
        if !pinged.contains_key(&instance.instance_id)
            && let Some(last) = services.watch.last(&instance.instance_id)
        {
            pinged.insert(instance.instance_id.clone(), last);
        }
    }
    pinged
}

/// Reads the deployments of those that need it, from memory where that is fresh. `None`: asked, and nobody could say.
async fn observe(services: &Services, instances: &[&Instance]) -> HashMap<String, Option<Observed>> {
    let fresh = services.pace.wait(OBSERVED_FRESH);
    let mut answers = HashMap::with_capacity(instances.len());
    let mut asked: Vec<&Instance> = Vec::new();
    for instance in instances {
        match services.watch.observed(&instance.instance_id, fresh) {
            Some(observed) => {
                answers.insert(instance.instance_id.clone(), Some(observed));
            }
            None => asked.push(instance),
        }
    }
    let sites: Vec<Site> = asked.iter().map(|instance| instance.site.clone()).collect();
    let mut failed = 0_u32;
    for (instance, answer) in asked.iter().zip(services.infra.observe(&sites).await) {
        let observed = match answer {
            Ok(observed) => {
                services.watch.remember(&instance.instance_id, observed);
                Some(observed)
            }
            Err(failure) => {
                if failed == 0 {
                    warn!("deployments cannot be read: {failure}");
                }
                failed += 1;
                None
            }
        };
        answers.insert(instance.instance_id.clone(), observed);
    }
    answers
}

fn judge(
    instance: &Instance,
    ping: Option<&Pinged>,
    seen: Option<Observed>,
    read: bool,
    services: &Services,
    now: DateTime<Utc>,
) -> StatusDetail {
    let evidence = word::Evidence {
        ready: ping.is_some_and(|ping| ping.is_ready(&instance.instance_id)),
        asked: ping.is_some(),
        deployment: seen,
        read,
        deploy_since: instance.deploy_since,
        ready_at: instance.ready_at.unwrap_or(instance.created_at),
        asleep_for: services.watch.asleep_for(&instance.instance_id),
    };
    let deployment = seen.map(|seen| seen.deployment).or(evidence.ready.then_some(Deployment::Running));
    StatusDetail {
        status: word::status(&evidence, now, services.pace),
        deploy_status: deployment.map_or("unknown", Deployment::as_str).to_owned(),
        http: ping.and_then(|ping| ping.http),
        observed_at: ping.map_or(now, |ping| ping.at),
        version: ping.and_then(|ping| ping.version.clone()),
        claim_id: instance.conversation.claim_id.clone(),
        ended: ping.is_some_and(|ping| ping.has_ended(&instance.instance_id)),
    }
}

/// A deploy of ours that is seen finished needs no further reading. One that failed while the container before it
/// answers is told as such until the next deploy: the agent's health alone would look like success. Its image never ran.
async fn finish_deploy(
    services: &Services,
    instance: &Instance,
    detail: &StatusDetail,
    seen: Option<Observed>,
) -> Result<(), LedgerError> {
    let Some(since) = instance.deploy_since else { return Ok(()) };
    let Some(seen) = seen else { return Ok(()) };
    if seen.deployment == Deployment::Failed && word::is_later(seen, since) {
        services.ledger.deploy_failed(&instance.instance_id, since).await?;
    } else if detail.status == DeployStatus::Healthy {
        services.ledger.deploy_finished(&instance.instance_id, since).await?;
    }
    Ok(())
}
