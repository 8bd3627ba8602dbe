//! Deploying an instance again, with the same image or another one: one change at the vendor for one request key.

use std::sync::Arc;
use std::time::Duration;

use process::clock;
use tracing::{info, warn};
use uuid::Uuid;

use super::step::refusal;
use super::{Run, Work, run};
use crate::app::Services;
use crate::infra::Priority;
use crate::ledger::{Instance, LedgerError, Phase, REDEPLOY, Redeploy, RedeployState};
use crate::vendor::{Class, Failure};

/// Between two tries at a vendor that does not answer, on its clock.
const RETRY: Duration = Duration::from_secs(2);

/// How a redeploy call ended.
#[derive(Debug, PartialEq)]
pub enum RedeployEnd {
    /// The vendor deploys; ours is the id of it.
    Started(Uuid),
    /// Call again with the same key after this, on our clock.
    Wait(Duration),
    /// There is no such instance.
    NoInstance,
    /// It is not there yet, so there is nothing to deploy again.
    Creating,
    /// The key was used for another image.
    OtherRequest,
    /// It cannot be deployed; the sentence says why.
    Refused(String),
}

/// Deploys an instance again.
pub async fn redeploy(
    services: &Arc<Services>,
    instance_id: &str,
    request_key: String,
    image: Option<String>,
) -> Result<RedeployEnd, LedgerError> {
    let Some(instance) = services.ledger.instance(instance_id).await? else {
        return Ok(RedeployEnd::NoInstance);
    };
    match instance.phase {
        Phase::Ready => {}
        Phase::Creating => return Ok(RedeployEnd::Creating),
        Phase::Refused | Phase::Destroying => return Ok(RedeployEnd::NoInstance),
    }
    let job = move |work: Work| async move { drive(work, instance, request_key, image).await };
    match run(services, instance_id, REDEPLOY, job).await {
        Ok(Run::Finished(end)) => Ok(end),
        Ok(Run::Busy(after)) => Ok(RedeployEnd::Wait(after)),
        Err(LedgerError::Destroying) => Ok(RedeployEnd::NoInstance),
        Err(failure) => Err(failure),
    }
}

async fn drive(
    work: Work,
    instance: Instance,
    request_key: String,
    image: Option<String>,
) -> Result<RedeployEnd, LedgerError> {
    let ledger = &work.services.ledger;
    let redeploy =
        ledger.redeploy_intended(&work.lease, &request_key, image.as_deref(), clock::now()).await?;
    if redeploy.image_tag != image {
        return Ok(RedeployEnd::OtherRequest);
    }
    if redeploy.state == RedeployState::Confirmed {
        return Ok(RedeployEnd::Started(redeploy.operation_id));
    }
    let image = match pinned(&work, &instance, &redeploy).await {
        Ok(image) => image,
        Err(failure) if failure.class.is_final() || failure.class == Class::NotFound => {
            return Ok(RedeployEnd::Refused(refusal(&failure)));
        }
        Err(failure) => return Ok(RedeployEnd::Wait(wait_of(&work, &failure))),
    };
    // Sent before, it may be the latest one already.
    let before = match redeploy.state {
        RedeployState::Sent => None,
        _ => match work.services.latest_deploy(&instance.site).await {
            Ok(began) => Some(began),
            Err(failure) => return Ok(RedeployEnd::Wait(wait_of(&work, &failure))),
        },
    };
    ledger.redeploy_sending(&work.lease, &redeploy, &image, before, clock::now()).await?;
    loop {
        let mark = redeploy.operation_id.to_string();
        let failure = match work.services.infra.redeploy(&instance.site, &image, &mark, Priority::Claim).await
        {
            Ok(()) => {
                ledger.redeploy_confirmed(&work.lease, &redeploy, &image, clock::now()).await?;
                work.services.watch.hint(&instance.instance_id);
                info!(instance.id = %instance.instance_id, image, "instance {} is deployed again", instance.instance_id);
                metrics::counter!("services_redeploys_total").increment(1);
                return Ok(RedeployEnd::Started(redeploy.operation_id));
            }
            Err(failure) => failure,
        };
        warn!(instance.id = %instance.instance_id, "an instance is not deployed again yet: {failure}");
        if failure.class.is_final() || failure.class == Class::NotFound {
            ledger.redeploy_refused(&work.lease, &redeploy, &failure.to_string(), clock::now()).await?;
            return Ok(RedeployEnd::Refused(refusal(&failure)));
        }
        // The same mark again is the same deploy, so an answer that was lost needs no look.
        let wait = wait_of(&work, &failure);
        if !work.waits(wait).await {
            return Ok(RedeployEnd::Wait(wait));
        }
    }
}

/// The bytes to run: fixed by an earlier call of this key, else what the tag means now. An instance that is only to be
/// started again does not need the registry for it.
async fn pinned(work: &Work, instance: &Instance, redeploy: &Redeploy) -> Result<String, Failure> {
    if let Some(image) = &redeploy.image {
        return Ok(image.clone());
    }
    let tag = redeploy.image_tag.as_deref().unwrap_or(&instance.image_tag);
    match (work.services.pinned_image(tag).await, &redeploy.image_tag, &instance.image) {
        (Err(failure), None, Some(present)) => {
            warn!(instance.id = %instance.instance_id, "the image's tag cannot be resolved, the present image is deployed again: {failure}");
            Ok(present.clone())
        }
        (outcome, _, _) => outcome,
    }
}

fn wait_of(work: &Work, failure: &Failure) -> Duration {
    work.services.pace.wait(failure.wait().unwrap_or(RETRY))
}
