//! Health requests, and what is remembered of them.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use process::clock;
use tokio::sync::Semaphore;

use crate::app::Services;
use crate::infra::{Deployment, Observed};
use crate::vendor::Pace;

/// The answer of a moment ago is still the answer: callers that ask at once share one request.
const SHARED_FOR: Duration = Duration::from_millis(250);

/// Agents that did not answer the last time may use this part of the permits, so that they delay nobody; where there are
/// none, the others have all.
const SUSPECTS_SHARE: usize = 4;

/// What one health request saw.
#[derive(Debug, Clone)]
pub(super) struct Pinged {
    pub http: Option<u16>,
    pub version: Option<String>,
    pub at: DateTime<Utc>,
    ready: bool,
    ended: bool,
    says_it_is: Option<String>,
}

impl Pinged {
    /// Ready, and not another instance that got the same address.
    pub fn is_ready(&self, instance_id: &str) -> bool {
        self.ready && self.says_it_is.as_deref().is_none_or(|says| says == instance_id)
    }

    /// It says that its conversation is over, and says who it is: this leads to its end.
    pub fn has_ended(&self, instance_id: &str) -> bool {
        self.ended && self.says_it_is.as_deref() == Some(instance_id)
    }
}

#[derive(Default)]
struct Memory {
    pinged: Option<(Instant, Pinged)>,
    observed: Option<(Instant, Observed)>,
    asleep_since: Option<Instant>,
}

/// What this process knows of all agents.
pub struct Watch {
    permits: Semaphore,
    suspects: Semaphore,
    concurrency: usize,
    timeout: Duration,
    pace: Pace,
    memory: Mutex<HashMap<String, Memory>>,
}

impl Watch {
    /// Nothing is known yet.
    pub fn new(concurrency: usize, timeout: Duration, pace: Pace) -> Self {
        let suspects = if concurrency == 1 { 1 } else { (concurrency / SUSPECTS_SHARE).max(1) };
        Self {
            permits: Semaphore::new(concurrency),
            suspects: Semaphore::new(suspects),
            concurrency,
            timeout,
            pace,
            memory: Mutex::default(),
        }
    }

    pub(super) fn concurrency(&self) -> usize {
        self.concurrency
    }

    pub(super) fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Asks an agent. The request goes on when the caller stops waiting, so that its answer is known the next time.
    pub(super) async fn ping(
        &self,
        services: &std::sync::Arc<Services>,
        instance_id: &str,
        url: &str,
    ) -> Pinged {
        let (recent, suspect) = {
            let memory = self.lock();
            let last = memory.get(instance_id).and_then(|memory| memory.pinged.as_ref());
            let recent = last.filter(|(at, _)| at.elapsed() < SHARED_FOR).map(|(_, pinged)| pinged.clone());
            (recent, last.is_some_and(|(_, pinged)| pinged.http.is_none()))
        };
        if let Some(recent) = recent {
            return recent;
        }
        // A suspect waits for its lane before it takes a permit that others could use.
        let lane = if suspect { self.suspects.acquire().await.ok() } else { None };
        let permit = self.permits.acquire().await;
        let (keeper, id, url) = (std::sync::Arc::clone(services), instance_id.to_owned(), url.to_owned());
        let asking = tokio::spawn(async move {
            let started = Instant::now();
            let answer = keeper.agents.ping(&url).await;
            metrics::histogram!("services_health_duration_seconds").record(started.elapsed().as_secs_f64());
            let health = answer.as_ref().and_then(|ping| ping.health.clone());
            let pinged = Pinged {
                http: answer.as_ref().map(|ping| ping.http),
                version: health.as_ref().and_then(|health| health.version.clone()),
                at: clock::now(),
                ready: answer.as_ref().is_some_and(|ping| ping.http == 200)
                    && health.as_ref().is_some_and(|health| health.ready),
                ended: health.as_ref().is_some_and(|health| health.ended),
                says_it_is: health.and_then(|health| health.instance_id),
            };
            keeper.watch.lock().entry(id).or_default().pinged = Some((Instant::now(), pinged.clone()));
            pinged
        });
        let pinged = asking.await;
        drop((permit, lane));
        pinged.unwrap_or_else(|_| Pinged {
            http: None,
            version: None,
            at: clock::now(),
            ready: false,
            ended: false,
            says_it_is: None,
        })
    }

    /// What the last request saw.
    pub(super) fn last(&self, instance_id: &str) -> Option<Pinged> {
        self.lock().get(instance_id)?.pinged.as_ref().map(|(_, pinged)| pinged.clone())
    }

    /// A deployment that was read within this time.
    pub(super) fn observed(&self, instance_id: &str, within: Duration) -> Option<Observed> {
        let memory = self.lock();
        let (at, observed) = memory.get(instance_id)?.observed.as_ref()?;
        (at.elapsed() < within).then_some(*observed)
    }

    pub(super) fn remember(&self, instance_id: &str, observed: Observed) {
        let mut memory = self.lock();
        let memory = memory.entry(instance_id.to_owned()).or_default();
        memory.asleep_since = match observed.deployment {
            Deployment::Sleeping => memory.asleep_since.or_else(|| Some(Instant::now())),
            _ => None,
        };
        memory.observed = Some((Instant::now(), observed));
    }

    pub(super) fn asleep_for(&self, instance_id: &str) -> Option<Duration> {
        self.lock().get(instance_id)?.asleep_since.map(|since| since.elapsed())
    }

    /// An event says that something changed: read again.
    pub fn hint(&self, instance_id: &str) {
        if let Some(memory) = self.lock().get_mut(instance_id) {
            memory.observed = None;
        }
    }

    /// The instance goes: nothing is remembered of it.
    pub fn forget(&self, instance_id: &str) {
        self.lock().remove(instance_id);
    }

    /// How fast time passes on the vendors' side.
    pub fn pace(&self) -> Pace {
        self.pace
    }

    /// Plain values: a panic elsewhere leaves nothing half-done in them.
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Memory>> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
