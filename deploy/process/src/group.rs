//! Group commit: what is handed in while a write is under way goes together in the next one.
//!
//! A commit waits for the disk and takes much the same time for one row as for fifty. Whoever writes alone waits for
//! nobody: the first write starts at once. Only where nobody waits for the outcome does a write wait for company.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use tokio::sync::{mpsc, oneshot};

use crate::database::is_passing;

/// A write that is shared by those who come at the same time.
pub struct Group<Item, Outcome> {
    waiting: mpsc::UnboundedSender<Waiting<Item, Outcome>>,
}

struct Waiting<Item, Outcome> {
    item: Item,
    outcome: oneshot::Sender<sqlx::Result<Outcome>>,
}

impl<Item, Outcome> fmt::Debug for Group<Item, Outcome> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Group").finish_non_exhaustive()
    }
}

impl<Item, Outcome> Clone for Group<Item, Outcome> {
    fn clone(&self) -> Self {
        Self { waiting: self.waiting.clone() }
    }
}

impl<Item, Outcome> Group<Item, Outcome>
where
    Item: Clone + Send + 'static,
    Outcome: Send + 'static,
{
    /// A group of at most `most` items a write, within a tokio runtime. `write` answers with one outcome for each item,
    /// in their order; all of them are written, or none.
    pub fn new<W, F>(most: usize, write: W) -> Self
    where
        W: Fn(Vec<Item>) -> F + Send + Sync + 'static,
        F: Future<Output = sqlx::Result<Vec<Outcome>>> + Send + 'static,
    {
        Self::unhurried(most, Duration::ZERO, write)
    }

    /// The same for writes that keep nobody waiting: each waits so long for others to go with it, unless it is full.
    pub fn unhurried<W, F>(most: usize, pause: Duration, write: W) -> Self
    where
        W: Fn(Vec<Item>) -> F + Send + Sync + 'static,
        F: Future<Output = sqlx::Result<Vec<Outcome>>> + Send + 'static,
    {
        let (waiting, mut handed_in) = mpsc::unbounded_channel();
        let write = Arc::new(write);
        tokio::spawn(async move {
            let mut together = Vec::new();
            while handed_in.recv_many(&mut together, most).await > 0 {
                if !pause.is_zero() && together.len() < most {
                    tokio::time::sleep(pause).await;
                    while together.len() < most
                        && let Ok(waiting) = handed_in.try_recv()
                    {
                        together.push(waiting);
                    }
                }
                write_all(&*write, std::mem::take(&mut together)).await;
            }
        });
        Self { waiting }
    }

    /// Writes an item, with others that come at the same time. It is written also when the caller stops waiting.
    ///
    /// # Errors
    /// The item's own: where the database refuses a write of several, each is tried alone.
    pub async fn write(&self, item: Item) -> sqlx::Result<Outcome> {
        let (outcome, told) = oneshot::channel();
        self.waiting.send(Waiting { item, outcome }).map_err(|_| sqlx::Error::WorkerCrashed)?;
        told.await.unwrap_or(Err(sqlx::Error::WorkerCrashed))
    }
}

async fn write_all<Item, Outcome, W, F>(write: &W, together: Vec<Waiting<Item, Outcome>>)
where
    Item: Clone,
    W: Fn(Vec<Item>) -> F,
    F: Future<Output = sqlx::Result<Vec<Outcome>>>,
{
    let items: Vec<Item> = together.iter().map(|waiting| waiting.item.clone()).collect();
    match write(items).await {
        Ok(outcomes) => {
            for (waiting, outcome) in together.into_iter().zip(outcomes) {
                // Who stopped waiting needs no answer.
                let _ = waiting.outcome.send(Ok(outcome));
            }
        }
        Err(error) if together.len() > 1 && is_undone(&error) => {
            // One of them is at fault: each finds out for itself.
            join_all(together.into_iter().map(|waiting| async {
                let outcome = write(vec![waiting.item]).await;
                let outcome = outcome.and_then(|mut one| one.pop().ok_or(sqlx::Error::RowNotFound));
                let _ = waiting.outcome.send(outcome);
            }))
            .await;
        }
        Err(error) => {
            // Whether it was written is not known, or the database is away: trying again is the caller's to decide.
            let others = format!("the write that this one shared failed: {error}");
            let mut error = Some(error);
            for waiting in together {
                let shared = || sqlx::Error::Io(std::io::Error::other(others.clone()));
                let _ = waiting.outcome.send(Err(error.take().unwrap_or_else(shared)));
            }
        }
    }
}

/// SQLSTATEs of transactions that got in each other's way.
const CROSSED: [&str; 2] = ["40001", "40P01"];

/// Whether the database says that nothing of it was written, and is there to be asked again.
fn is_undone(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    code.is_some_and(|code| CROSSED.contains(&code.as_ref()) || !is_passing(error))
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use tokio::sync::Semaphore;

    use super::*;

    #[tokio::test]
    async fn what_comes_during_a_write_goes_together_in_the_next() {
        let sizes = Arc::new(Mutex::new(Vec::new()));
        let gate = Arc::new(Semaphore::new(0));
        let (seen, door) = (Arc::clone(&sizes), Arc::clone(&gate));
        let group = Group::new(3, move |items: Vec<u32>| {
            let (seen, door) = (Arc::clone(&seen), Arc::clone(&door));
            async move {
                door.acquire().await.unwrap().forget();
                seen.lock().unwrap().push(items.len());
                Ok(items.into_iter().map(|item| item * 10).collect())
            }
        });
        let writes: Vec<_> = (0..5)
            .map(|item| {
                let group = group.clone();
                tokio::spawn(async move { group.write(item).await.unwrap() })
            })
            .collect();
        tokio::task::yield_now().await;
        gate.add_permits(10);
        let outcomes: Vec<u32> = join_all(writes).await.into_iter().map(Result::unwrap).collect();
        assert_eq!(outcomes, [0, 10, 20, 30, 40]);
        let sizes = sizes.lock().unwrap().clone();
        assert_eq!(sizes.iter().sum::<usize>(), 5);
        assert!(sizes.len() < 5 && sizes.iter().all(|size| *size <= 3), "{sizes:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_write_that_nobody_waits_for_waits_for_company_until_it_is_full() {
        const PAUSE: Duration = Duration::from_millis(20);
        let group = Group::unhurried(3, PAUSE, async |items: Vec<u32>| Ok(vec![items.len(); items.len()]));
        let began = tokio::time::Instant::now();
        let written = |number| {
            let group = group.clone();
            async move {
                tokio::time::sleep(PAUSE / 4 * number).await;
                group.write(number).await.unwrap()
            }
        };
        // One at the start, one during its pause and one after it.
        assert_eq!(join_all([0, 1, 5].map(written)).await, [2, 2, 1]);
        assert_eq!(began.elapsed(), PAUSE / 4 * 9);
        let full = join_all([0, 0, 0].map(written)).await;
        assert_eq!((full, began.elapsed()), (vec![3; 3], PAUSE / 4 * 9));
    }

    /// What PostgreSQL says, with this SQLSTATE.
    #[derive(Debug)]
    struct Refusal(&'static str);

    impl fmt::Display for Refusal {
        fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str(self.0)
        }
    }

    impl std::error::Error for Refusal {}

    impl sqlx::error::DatabaseError for Refusal {
        fn message(&self) -> &str {
            self.0
        }
        fn code(&self) -> Option<std::borrow::Cow<'_, str>> {
            Some(self.0.into())
        }
        fn as_error(&self) -> &(dyn std::error::Error + Send + Sync + 'static) {
            self
        }
        fn as_error_mut(&mut self) -> &mut (dyn std::error::Error + Send + Sync + 'static) {
            self
        }
        fn into_error(self: Box<Self>) -> Box<dyn std::error::Error + Send + Sync + 'static> {
            self
        }
        fn kind(&self) -> sqlx::error::ErrorKind {
            sqlx::error::ErrorKind::Other
        }
    }

    /// Which of four fail when a write with the third is answered so, and how many writes were made.
    async fn failed(answer: fn() -> sqlx::Error) -> (Vec<usize>, usize) {
        let writes = Arc::new(Mutex::new(0));
        let counted = Arc::clone(&writes);
        let group = Group::new(8, move |items: Vec<u32>| {
            *counted.lock().unwrap() += 1;
            async move {
                tokio::task::yield_now().await;
                if items.contains(&2) { Err(answer()) } else { Ok(items) }
            }
        });
        let outcomes = join_all((0..4).map(|item| group.write(item))).await;
        let failed = outcomes.iter().enumerate().filter(|(_, outcome)| outcome.is_err()).map(|(at, _)| at);
        let failed = failed.collect();
        (failed, *writes.lock().unwrap())
    }

    #[tokio::test]
    async fn one_at_fault_fails_alone() {
        let unique_violation = || sqlx::Error::Database(Box::new(Refusal("23505")));
        assert_eq!(failed(unique_violation).await, (vec![2], 5));
    }

    #[tokio::test]
    async fn what_may_have_been_written_is_not_written_again() {
        let cut = || sqlx::Error::Io(std::io::ErrorKind::ConnectionReset.into());
        assert_eq!(failed(cut).await, (vec![0, 1, 2, 3], 1));
        let stopping = || sqlx::Error::Database(Box::new(Refusal("57P01")));
        assert_eq!(failed(stopping).await, (vec![0, 1, 2, 3], 1));
    }
}
