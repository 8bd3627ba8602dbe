//! Follows the journal of events for streams.
//!
//! Guarantees: a stream gets each line once, in ascending order of ids, from where it says; a client that
//! comes back with `Last-Event-ID` misses nothing.
//!
//! Ids are given before their transactions commit, so a smaller id can appear after a larger one. The
//! journal therefore publishes a *horizon*: the id up to which nothing new will appear. A hole below it
//! belongs to a transaction that was undone, which is known once the hole is older than any transaction.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use controller::store::Store;
use controller::store::read_events::EventFilter;
use model::record::Event;
use process::problem::Problem;
use process::shutdown::Shutdown;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tracing::warn;

/// How often the journal is looked at while somebody listens.
const INTERVAL: Duration = Duration::from_millis(200);
/// No transaction that writes a line takes longer than this.
const HOLE_AGE_MAX: Duration = Duration::from_secs(1);
/// Ids that are read at once.
const IDS_MAX: i64 = 5_000;
/// Lines that a stream reads at once.
const LINES_MAX: i64 = 200;

/// The id up to which nothing new will appear.
#[derive(Debug)]
struct Horizon {
    id: i64,
    /// The largest id that had been seen at a time, oldest first; kept as long as holes may fill.
    seen: VecDeque<(Instant, i64)>,
}

impl Horizon {
    fn new(id: i64) -> Self {
        Self { id, seen: VecDeque::new() }
    }

    /// Moves on over ids that were just read (ascending, all there are after the horizon).
    fn advance(&mut self, ids: &[i64], now: Instant) -> i64 {
        if let Some(last) = ids.last()
            && self.seen.back().is_none_or(|(_, seen)| seen < last)
        {
            self.seen.push_back((now, *last));
        }
        let mut settled = self.id;
        while let Some((at, seen)) = self.seen.front().copied()
            && now.duration_since(at) >= HOLE_AGE_MAX
        {
            settled = settled.max(seen);
            self.seen.pop_front();
        }
        self.id = settled;
        for id in ids {
            if *id == self.id + 1 {
                self.id = *id;
            } else if *id > self.id {
                break;
            }
        }
        self.id
    }
}

/// Follows the journal while somebody listens.
#[derive(Clone)]
pub struct Journal {
    store: Store,
    horizon: Arc<watch::Sender<i64>>,
    streams: Arc<Semaphore>,
    shutdown: Shutdown,
}

impl Journal {
    /// Begins to follow.
    pub fn follow(store: Store, streams_max: usize, shutdown: Shutdown) -> Self {
        let horizon = Arc::new(watch::channel(0).0);
        let journal = Self {
            store,
            horizon: Arc::clone(&horizon),
            streams: Arc::new(Semaphore::new(streams_max)),
            shutdown,
        };
        tokio::spawn(journal.clone().run());
        journal
    }

    async fn run(self) {
        let mut horizon = None;
        loop {
            tokio::select! {
                () = self.shutdown.wait() => return,
                () = tokio::time::sleep(INTERVAL) => {}
            }
            if self.horizon.receiver_count() == 0 {
                horizon = None;
                continue;
            }
            match self.look(&mut horizon).await {
                Ok(id) => {
                    self.horizon.send_if_modified(|known| std::mem::replace(known, id) != id);
                }
                Err(error) => warn!("the journal cannot be read, streams wait: {error}"),
            }
        }
    }

    async fn look(&self, horizon: &mut Option<Horizon>) -> Result<i64, Problem> {
        let horizon = match horizon {
            Some(horizon) => horizon,
            // Nobody listened for a while: begin a little before the end, where holes may still fill.
            None => horizon.insert(Horizon::new((self.store.newest_event().await? - IDS_MAX / 2).max(0))),
        };
        let ids = self.store.event_ids_after(horizon.id, IDS_MAX).await?;
        Ok(horizon.advance(&ids, Instant::now()))
    }

    /// Opens a stream of lines after `after`, or of new ones.
    ///
    /// # Errors
    /// 429 when too many streams are open.
    pub async fn open(&self, filter: EventFilter, after: Option<i64>) -> Result<Stream, Problem> {
        let permit = Arc::clone(&self.streams).try_acquire_owned().map_err(|_| {
            Problem::too_many_requests("too many event streams are open", Duration::from_secs(30))
        })?;
        let horizon = self.horizon.subscribe();
        let after = match after {
            Some(after) => after,
            None => self.store.newest_event().await?,
        };
        Ok(Stream {
            store: self.store.clone(),
            filter,
            after,
            horizon,
            shutdown: self.shutdown.clone(),
            ready: VecDeque::new(),
            _permit: permit,
        })
    }
}

/// One listener's lines.
pub struct Stream {
    store: Store,
    filter: EventFilter,
    after: i64,
    horizon: watch::Receiver<i64>,
    shutdown: Shutdown,
    ready: VecDeque<Event>,
    _permit: OwnedSemaphorePermit,
}

impl Stream {
    /// The next line; `None` when the process stops.
    pub async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some(event);
            }
            let horizon = *self.horizon.borrow_and_update();
            if horizon > self.after {
                match self.store.events_between(&self.filter, self.after, horizon, LINES_MAX).await {
                    Ok(events) => {
                        let whole = (events.len() as i64) < LINES_MAX;
                        self.after =
                            if whole { horizon } else { events.last().map_or(horizon, |event| event.id) };
                        self.ready.extend(events);
                        continue;
                    }
                    Err(error) => {
                        warn!("a stream cannot read the journal, waiting: {error}");
                        tokio::time::sleep(INTERVAL).await;
                    }
                }
            }
            tokio::select! {
                () = self.shutdown.wait() => return None,
                changed = self.horizon.changed() => changed.ok()?,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hole_is_waited_for_and_filled_in_order() {
        let start = Instant::now();
        let mut horizon = Horizon::new(10);
        assert_eq!(horizon.advance(&[11, 13, 14], start), 11);
        assert_eq!(horizon.advance(&[12, 13, 14], start + HOLE_AGE_MAX / 2), 14);
    }

    #[test]
    fn a_hole_of_an_undone_transaction_is_passed_after_a_while() {
        let start = Instant::now();
        let mut horizon = Horizon::new(10);
        assert_eq!(horizon.advance(&[12, 14], start), 10);
        assert_eq!(horizon.advance(&[12, 14], start + HOLE_AGE_MAX / 2), 10);
        assert_eq!(horizon.advance(&[12, 14], start + HOLE_AGE_MAX), 14);
    }

    #[test]
    fn many_holes_delay_no_more_than_one() {
        let start = Instant::now();
        let mut horizon = Horizon::new(0);
        let step = HOLE_AGE_MAX / 10;
        for round in 1..=50 {
            // Each round brings two lines, of which one hole is never filled.
            let ids: Vec<i64> =
                (1..=round).map(|round: i64| round * 3).filter(|id| *id > horizon.id).collect();
            let id = horizon.advance(&ids, start + step * u32::try_from(round).unwrap());
            assert!(id >= (round - 11) * 3, "round {round}: {id}");
        }
    }

    #[test]
    fn the_horizon_never_goes_back() {
        let start = Instant::now();
        let mut horizon = Horizon::new(10);
        assert_eq!(horizon.advance(&[], start), 10);
        assert_eq!(horizon.advance(&[11], start), 11);
        assert_eq!(horizon.advance(&[], start + HOLE_AGE_MAX * 3), 11);
    }
}
