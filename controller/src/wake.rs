//! What makes a queue look sooner than its next poll. Only a hint: a pass takes no input but the record, and a hint that
//! is lost costs at most one poll interval (DESIGN section 5, rule 2).

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use sqlx::PgPool;
use sqlx::postgres::PgListener;
use tokio::sync::Notify;
use tokio::sync::broadcast;
use tracing::{debug, warn};
use uuid::Uuid;

/// Channel of NOTIFY between replicas. Payload: `pool:<name>`, `instance`, `claim`, `destroy`, `ended:<claim id>`.
const CHANNEL: &str = "convos_pool";
/// Hints of this long are sent together, so that NOTIFY's one lock is taken rarely.
const GATHER: Duration = Duration::from_millis(20);
/// Changes of a pool's members within this time are one pass: a pass counts them all, and claims come in hundreds a
/// second.
const POOL_GATHER: Duration = Duration::from_millis(50);
/// Waits between attempts to listen again.
const LISTEN_AGAIN: Duration = Duration::from_secs(2);

/// The queues.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Queue {
    /// Pools.
    Pool,
    /// Instances without an address.
    Creation,
    /// Instances with one.
    Instance,
    /// Claims.
    Claim,
    /// Destroy requests.
    Destroy,
    /// What one replica does for all.
    Duty,
}

impl Queue {
    /// Every queue.
    pub const ALL: [Self; 6] =
        [Self::Pool, Self::Creation, Self::Instance, Self::Claim, Self::Destroy, Self::Duty];

    /// The stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pool => "pool",
            Self::Creation => "creation",
            Self::Instance => "instance",
            Self::Claim => "claim",
            Self::Destroy => "destroy",
            Self::Duty => "duty",
        }
    }
}

#[derive(Debug, Default)]
struct Bell {
    state: Mutex<BellState>,
    rings: Notify,
}

#[derive(Debug, Default)]
struct BellState {
    at: Option<Instant>,
    names: BTreeSet<String>,
}

/// Wakes the queues of this replica, and tells the others.
#[derive(Debug, Clone)]
pub struct Wake {
    bells: Arc<HashMap<Queue, Bell>>,
    outbox: Arc<Mutex<BTreeSet<String>>>,
    posted: Arc<Notify>,
    ended: broadcast::Sender<Uuid>,
}

impl Default for Wake {
    fn default() -> Self {
        Self {
            bells: Arc::new(Queue::ALL.into_iter().map(|queue| (queue, Bell::default())).collect()),
            outbox: Arc::default(),
            posted: Arc::default(),
            ended: broadcast::channel(4096).0,
        }
    }
}

impl Wake {
    /// Makes a queue look now, here and at the other replicas.
    pub fn queue(&self, queue: Queue) {
        self.here(queue, Duration::ZERO, None);
        self.post(queue.as_str().to_owned());
    }

    /// Makes a pool's reconciler run now, whether the pool is due or not.
    pub fn pool(&self, name: &str) {
        self.here(Queue::Pool, POOL_GATHER, Some(name));
        self.post(format!("pool:{name}"));
    }

    /// Makes a queue of this replica look after `wait`.
    pub fn later(&self, queue: Queue, wait: Duration) {
        self.here(queue, wait, None);
    }

    /// Says that a claim's phase changed to one that somebody may wait for.
    pub fn claim_moved(&self, id: Uuid) {
        let _nobody_listens = self.ended.send(id);
        self.post(format!("ended:{id}"));
    }

    /// Claims whose phase changed, at any replica.
    pub fn claims_moved(&self) -> broadcast::Receiver<Uuid> {
        self.ended.subscribe()
    }

    /// Waits until the queue should look: when it was woken, or at `poll` at the latest. Returns the names hinted at.
    pub(crate) async fn wait(&self, queue: Queue, poll: Duration) -> Vec<String> {
        let bell = &self.bells[&queue];
        let poll_at = Instant::now() + poll;
        loop {
            let rung = bell.rings.notified();
            let at = {
                let mut state = lock(&bell.state);
                let at = state.at.map_or(poll_at, |at| at.min(poll_at));
                if at <= Instant::now() {
                    state.at = None;
                    return std::mem::take(&mut state.names).into_iter().collect();
                }
                at
            };
            tokio::select! {
                () = rung => {}
                () = tokio::time::sleep_until(at.into()) => {}
            }
        }
    }

    fn here(&self, queue: Queue, wait: Duration, name: Option<&str>) {
        metrics::counter!("pool_queue_adds_total", "kind" => queue.as_str()).increment(1);
        let bell = &self.bells[&queue];
        {
            let mut state = lock(&bell.state);
            let at = Instant::now() + wait;
            state.at = Some(state.at.map_or(at, |earlier| earlier.min(at)));
            state.names.extend(name.map(str::to_owned));
        }
        bell.rings.notify_one();
    }

    fn post(&self, hint: String) {
        lock(&self.outbox).insert(hint);
        self.posted.notify_one();
    }

    /// Sends hints to the other replicas, gathered for a moment, until the future is dropped.
    pub(crate) async fn send_hints(&self, db: PgPool) {
        loop {
            self.posted.notified().await;
            tokio::time::sleep(GATHER).await;
            self.send_now(&db).await;
        }
    }

    /// Sends what is to be sent now.
    pub(crate) async fn send_now(&self, db: &PgPool) {
        let hints: Vec<String> = std::mem::take(&mut *lock(&self.outbox)).into_iter().collect();
        if hints.is_empty() {
            return;
        }
        let sent =
            sqlx::query!("SELECT pg_notify($1, hint) FROM unnest($2::text[]) AS hint", CHANNEL, &hints)
                .fetch_all(db)
                .await;
        if let Err(error) = sent {
            debug!(%error, "hints to other replicas were lost; their polls make up for it");
        }
    }

    /// Tells the other replicas to look at every queue.
    pub(crate) fn post_all(&self) {
        Queue::ALL.into_iter().for_each(|queue| self.post(queue.as_str().to_owned()));
    }

    /// Takes hints from the other replicas until the future is dropped.
    pub(crate) async fn take_hints(&self, db: PgPool) {
        loop {
            metrics::gauge!("pool_listener_connected").set(0.0);
            if let Err(error) = self.listen(&db).await {
                warn!(%error, "not listening for hints; polling makes up for it");
            }
            tokio::time::sleep(LISTEN_AGAIN).await;
        }
    }

    async fn listen(&self, db: &PgPool) -> sqlx::Result<()> {
        let mut listener = PgListener::connect_with(db).await?;
        listener.listen(CHANNEL).await?;
        metrics::gauge!("pool_listener_connected").set(1.0);
        loop {
            match listener.try_recv().await? {
                Some(hint) => self.take(hint.payload()),
                // The connection was lost and is back: whatever was said meanwhile is unknown.
                None => Queue::ALL.into_iter().for_each(|queue| self.here(queue, Duration::ZERO, None)),
            }
        }
    }

    fn take(&self, hint: &str) {
        match hint.split_once(':') {
            Some(("pool", name)) => self.here(Queue::Pool, POOL_GATHER, Some(name)),
            Some(("ended", id)) => {
                if let Ok(id) = id.parse() {
                    let _nobody_listens = self.ended.send(id);
                }
            }
            _ => {
                if let Some(queue) = Queue::ALL.into_iter().find(|queue| queue.as_str() == hint) {
                    self.here(queue, Duration::ZERO, None);
                }
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
