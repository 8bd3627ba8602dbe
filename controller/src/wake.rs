//! What makes a queue look sooner than its next poll. Only a hint: a pass takes no input but the record, and a hint that
//! is lost costs at most one poll interval (DESIGN section 5, rule 2).

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use model::record::Claim;
use rand::RngExt;
use sqlx::PgPool;
use sqlx::postgres::PgListener;
use tokio::sync::Notify;
use tracing::{debug, warn};
use uuid::Uuid;

use crate::watch::{Watch, Watched};

/// Channel of NOTIFY between replicas. Payload: who says it, a space, and `pool:<name>`, a queue's word, or
/// `moved:<claim ids>`. A replica passes over what it said itself.
const CHANNEL: &str = "convos_pool";
/// Claims that one NOTIFY names; its payload holds 8,000 bytes.
const MOVED_TOGETHER: usize = 200;
/// Hints of this long are sent together, so that NOTIFY's one lock is taken rarely.
const GATHER: Duration = Duration::from_millis(20);
/// Changes of a pool's members within this time are one pass: a pass counts them all, and claims come in hundreds a
/// second.
const POOL_GATHER: Duration = Duration::from_millis(50);
/// Counting a large pool takes longer; it may take this part of the time at most. A member more or less matters little to a
/// pool whose members take milliseconds to count.
const COUNTING_SHARE: u32 = 50;
/// However long counting took, what changed is looked at after this.
const POOL_GATHER_MAX: Duration = Duration::from_secs(1);
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
    /// What was hinted at, and since when.
    names: BTreeMap<String, Instant>,
}

/// Something happened to a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hint {
    /// Its key.
    pub name: String,
    /// When it first happened since the last look: a pass that began later knows it.
    pub since: Instant,
}

impl Hint {
    /// It happened now.
    #[cfg(test)]
    pub fn now(name: &str) -> Self {
        Self { name: name.to_owned(), since: Instant::now() }
    }
}

/// Wakes the queues of this replica, and tells the others.
#[derive(Debug, Clone)]
pub struct Wake {
    bells: Arc<HashMap<Queue, Bell>>,
    outbox: Arc<Mutex<Outbox>>,
    posted: Arc<Notify>,
    watched: Arc<Watched>,
    pool_gather: Arc<Mutex<Duration>>,
    /// Tells our own hints from those of others.
    origin: Arc<str>,
}

/// Hints that are not sent yet.
#[derive(Debug, Default)]
struct Outbox {
    hints: BTreeSet<String>,
    moved: BTreeSet<Uuid>,
}

impl Default for Wake {
    fn default() -> Self {
        Self {
            bells: Arc::new(Queue::ALL.into_iter().map(|queue| (queue, Bell::default())).collect()),
            outbox: Arc::default(),
            posted: Arc::default(),
            watched: Arc::default(),
            pool_gather: Arc::new(Mutex::new(POOL_GATHER)),
            origin: format!("{:08x}", rand::rng().random::<u32>()).into(),
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
        self.pool_here(name);
        self.post(format!("pool:{name}"));
    }

    /// The same for this replica alone: its own pass over the pool was under way when the hint came.
    pub(crate) fn pool_here(&self, name: &str) {
        self.here(Queue::Pool, *lock(&self.pool_gather), Some(name));
    }

    /// Says how long counting a pool's members took: the next passes leave room for other work.
    pub(crate) fn pool_counted_in(&self, took: Duration) {
        *lock(&self.pool_gather) = (took * COUNTING_SHARE).clamp(POOL_GATHER, POOL_GATHER_MAX);
    }

    /// Makes a queue of this replica look after `wait`.
    pub fn later(&self, queue: Queue, wait: Duration) {
        self.here(queue, wait, None);
    }

    /// Says that a claim's phase changed to one that somebody may wait for.
    pub fn claim_moved(&self, id: Uuid) {
        self.watched.moved(id);
        self.post_moved(id);
    }

    /// The same, by whoever knows what the claim is now: who waits for it need not read it.
    pub(crate) fn claim_is(&self, claim: Claim) {
        let id = claim.id;
        self.watched.is(claim);
        self.post_moved(id);
    }

    /// Watches a claim. To be called before the claim is recorded or read, or its end may have been told to nobody.
    pub fn watch(&self, claim: Uuid) -> Watch {
        self.watched.watch(claim)
    }

    /// Waits until the queue should look: when it was woken, or at `poll` at the latest. Returns what was hinted at.
    pub(crate) async fn wait(&self, queue: Queue, poll: Duration) -> Vec<Hint> {
        let bell = &self.bells[&queue];
        let poll_at = Instant::now() + poll;
        loop {
            let rung = bell.rings.notified();
            let at = {
                let mut state = lock(&bell.state);
                let at = state.at.map_or(poll_at, |at| at.min(poll_at));
                if at <= Instant::now() {
                    state.at = None;
                    let names = std::mem::take(&mut state.names);
                    return names.into_iter().map(|(name, since)| Hint { name, since }).collect();
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
            let now = Instant::now();
            let at = now + wait;
            state.at = Some(state.at.map_or(at, |earlier| earlier.min(at)));
            if let Some(name) = name {
                state.names.entry(name.to_owned()).or_insert(now);
            }
        }
        bell.rings.notify_one();
    }

    fn post(&self, hint: String) {
        lock(&self.outbox).hints.insert(hint);
        self.posted.notify_one();
    }

    fn post_moved(&self, id: Uuid) {
        lock(&self.outbox).moved.insert(id);
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
        let Outbox { hints, moved } = std::mem::take(&mut *lock(&self.outbox));
        let moved: Vec<Uuid> = moved.into_iter().collect();
        let moved = moved.chunks(MOVED_TOGETHER).map(|ids| {
            let ids: Vec<String> = ids.iter().map(|id| id.simple().to_string()).collect();
            format!("moved:{}", ids.join(","))
        });
        let hints: Vec<String> =
            hints.into_iter().chain(moved).map(|hint| format!("{} {hint}", self.origin)).collect();
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

    fn take(&self, payload: &str) {
        let Some((origin, hint)) = payload.split_once(' ') else { return };
        if *origin == *self.origin {
            return;
        }
        match hint.split_once(':') {
            Some(("pool", name)) => self.pool_here(name),
            Some(("moved", ids)) => {
                ids.split(',').filter_map(|id| id.parse().ok()).for_each(|id| self.watched.moved(id));
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
