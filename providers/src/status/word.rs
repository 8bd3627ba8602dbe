//! From what was seen to one word. Pure.

use std::time::Duration;

use chrono::{DateTime, Utc};
use model::words::DeployStatus;

use crate::infra::{Deployment, Observed};
use crate::vendor::Pace;

/// A creation whose deployment is not there yet is still on its way for so long.
const FIRST_DEPLOYMENT_GRACE: Duration = Duration::from_secs(120);

/// A container that was woken answers within this time, or it is not well.
const WAKES_WITHIN: Duration = Duration::from_secs(60);

/// Everything that was seen of one instance.
#[derive(Debug, Clone, Copy)]
pub(super) struct Evidence {
    /// The agent said that it is ready.
    pub ready: bool,
    /// The agent was asked.
    pub asked: bool,
    /// The latest deployment.
    pub deployment: Option<Observed>,
    /// Whether the infrastructure was asked.
    pub read: bool,
    /// A later deploy of ours is not seen finished; the one before it began then, by the vendor's clock.
    pub deploy_since: Option<DateTime<Utc>>,
    /// When the creation was complete.
    pub ready_at: DateTime<Utc>,
    /// How long it has been seen sleeping, on our clock.
    pub asleep_for: Option<Duration>,
}

/// The word. Unknown is said where nobody answered: it is never taken for gone or dead.
pub(super) fn status(evidence: &Evidence, now: DateTime<Utc>, pace: Pace) -> DeployStatus {
    if evidence.ready && !evidence.read {
        return DeployStatus::Healthy;
    }
    let Some(seen) = evidence.deployment else {
        // Nobody could say what the deployment does. An agent that is ready speaks for itself, except while its
        // container is being replaced.
        return if evidence.ready && evidence.deploy_since.is_none() {
            DeployStatus::Healthy
        } else {
            DeployStatus::Unknown
        };
    };
    // The deployment that we started is not the latest yet, however the one before it ended.
    if evidence.deploy_since.is_some_and(|before| !is_later(seen, before)) {
        return DeployStatus::Deploying;
    }
    match seen.deployment {
        Deployment::InProgress | Deployment::NeedsApproval => DeployStatus::Deploying,
        // A failed later deploy leaves the old container running: while it answers, somebody is served.
        _ if evidence.ready => DeployStatus::Healthy,
        Deployment::None => {
            let grace = chrono::Duration::from_std(pace.wait(FIRST_DEPLOYMENT_GRACE)).unwrap_or_default();
            if now - evidence.ready_at < grace { DeployStatus::Deploying } else { DeployStatus::DeployFailed }
        }
        Deployment::Failed | Deployment::Removed | Deployment::Gone => DeployStatus::DeployFailed,
        Deployment::Sleeping => {
            // Our request wakes it; the next one is answered.
            let waking = evidence.asleep_for.unwrap_or_default() < pace.wait(WAKES_WITHIN);
            if waking { DeployStatus::Deploying } else { DeployStatus::Unreachable }
        }
        Deployment::Stopped => DeployStatus::Unreachable,
        Deployment::Running if evidence.asked => DeployStatus::Unreachable,
        Deployment::Running => DeployStatus::Unknown,
    }
}

/// Whether this is a deployment after the one that began then. Both times are the vendor's, so that our clock, which may
/// be ahead or behind, has no say. The ledger keeps microseconds, the vendor tells milliseconds.
pub(super) fn is_later(seen: Observed, before: DateTime<Utc>) -> bool {
    seen.since.is_none_or(|begun| begun.timestamp_millis() > before.timestamp_millis())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).unwrap()
    }

    fn seen(deployment: Deployment) -> Evidence {
        Evidence {
            ready: false,
            asked: true,
            deployment: Some(Observed { deployment, since: Some(now()) }),
            read: true,
            deploy_since: None,
            ready_at: now() - chrono::Duration::hours(1),
            asleep_for: None,
        }
    }

    fn word(evidence: Evidence) -> DeployStatus {
        status(&evidence, now(), Pace::default())
    }

    #[test]
    fn nobody_answering_is_unknown_and_never_dead() {
        assert_eq!(word(Evidence { deployment: None, ..seen(Deployment::Running) }), DeployStatus::Unknown);
        assert_eq!(word(Evidence { asked: false, ..seen(Deployment::Running) }), DeployStatus::Unknown);
    }

    #[test]
    fn a_ready_agent_is_well_whatever_cannot_be_read() {
        let ready = Evidence { ready: true, deployment: None, ..seen(Deployment::Running) };
        assert_eq!(word(ready), DeployStatus::Healthy);
        assert_eq!(word(Evidence { ready: true, ..seen(Deployment::Failed) }), DeployStatus::Healthy);
    }

    #[test]
    fn the_old_container_does_not_speak_for_a_new_deploy() {
        let earlier = now() - chrono::Duration::milliseconds(1);
        let replaced = Evidence { ready: true, deploy_since: Some(now()), ..seen(Deployment::Running) };
        assert_eq!(word(replaced), DeployStatus::Deploying);
        assert_eq!(word(Evidence { deployment: None, ..replaced }), DeployStatus::Unknown);
        assert_eq!(word(Evidence { deploy_since: Some(earlier), ..replaced }), DeployStatus::Healthy);
        let failed_before = Evidence { deploy_since: Some(now()), ..seen(Deployment::Failed) };
        assert_eq!(word(failed_before), DeployStatus::Deploying, "the one before failed, not ours");
        let building = Evidence { deploy_since: Some(earlier), ready: true, ..seen(Deployment::InProgress) };
        assert_eq!(word(building), DeployStatus::Deploying);
    }

    #[test]
    fn a_clock_that_is_ahead_or_behind_neither_takes_the_old_deploy_for_ours_nor_misses_ours() {
        for skew in [-30, 0, 30].map(chrono::Duration::seconds) {
            let at = |seconds| now() + skew + chrono::Duration::seconds(seconds);
            let latest = |begun| {
                let deployment = Some(Observed { deployment: Deployment::Running, since: Some(begun) });
                word(Evidence {
                    ready: true,
                    deploy_since: Some(at(0)),
                    deployment,
                    ..seen(Deployment::Running)
                })
            };
            assert_eq!(latest(at(0)), DeployStatus::Deploying, "the one before is still the latest");
            assert_eq!(latest(at(1)), DeployStatus::Healthy, "ours");
        }
    }

    #[test]
    fn every_deployment_has_its_word() {
        let rows = [
            (Deployment::InProgress, DeployStatus::Deploying),
            (Deployment::NeedsApproval, DeployStatus::Deploying),
            (Deployment::Failed, DeployStatus::DeployFailed),
            (Deployment::Removed, DeployStatus::DeployFailed),
            (Deployment::Gone, DeployStatus::DeployFailed),
            (Deployment::None, DeployStatus::DeployFailed),
            (Deployment::Running, DeployStatus::Unreachable),
            (Deployment::Stopped, DeployStatus::Unreachable),
            (Deployment::Sleeping, DeployStatus::Deploying),
        ];
        for (deployment, expected) in rows {
            assert_eq!(word(seen(deployment)), expected, "{deployment:?}");
        }
        let young = Evidence { ready_at: now(), ..seen(Deployment::None) };
        assert_eq!(word(young), DeployStatus::Deploying);
        let dead = Evidence { asleep_for: Some(Duration::from_secs(61)), ..seen(Deployment::Sleeping) };
        assert_eq!(word(dead), DeployStatus::Unreachable);
    }
}
