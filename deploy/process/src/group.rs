//! Group commit: what is handed in while a write is under way goes together in the next one.
//!
//! A commit waits for the disk and takes much the same time for one row as for fifty. Whoever writes alone waits for
//! nobody: the first write starts at once.

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use futures::future::join_all;
use tokio::sync::{mpsc, oneshot};

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
        let (waiting, mut handed_in) = mpsc::unbounded_channel();
        let write = Arc::new(write);
        tokio::spawn(async move {
            let mut together = Vec::new();
            while handed_in.recv_many(&mut together, most).await > 0 {
                write_all(&*write, std::mem::take(&mut together)).await;
            }
        });
        Self { waiting }
    }

    /// Writes an item, with others that come at the same time. It is written also when the caller stops waiting.
    ///
    /// # Errors
    /// The item's own: where a write of several fails, each is tried alone.
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
        Err(error) => match <[_; 1]>::try_from(together) {
            Ok([alone]) => {
                let _ = alone.outcome.send(Err(error));
            }
            // One of them is at fault, or the database is away: each finds out for itself.
            Err(together) => {
                join_all(together.into_iter().map(|waiting| async {
                    let outcome = write(vec![waiting.item]).await;
                    let outcome = outcome.and_then(|mut one| one.pop().ok_or(sqlx::Error::RowNotFound));
                    let _ = waiting.outcome.send(outcome);
                }))
                .await;
            }
        },
    }
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

    #[tokio::test]
    async fn one_at_fault_fails_alone() {
        let group = Group::new(8, |items: Vec<u32>| async move {
            tokio::task::yield_now().await;
            if items.contains(&2) { Err(sqlx::Error::RowNotFound) } else { Ok(items) }
        });
        let outcomes = join_all((0..4).map(|item| group.write(item))).await;
        let failed: Vec<usize> =
            outcomes.iter().enumerate().filter(|(_, outcome)| outcome.is_err()).map(|(at, _)| at).collect();
        assert_eq!(failed, [2]);
    }
}
