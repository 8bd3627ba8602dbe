//! What is costly to find out, kept for a moment and found out by one caller at a time.

use std::future::Future;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use tokio::sync::{Mutex, OwnedMutexGuard};

/// How long a finding is good for, by what was found and how long that took.
pub type Fresh<T> = fn(&T, Duration) -> Duration;

/// A finding.
struct Found<T> {
    value: Arc<T>,
    /// When finding it out began: it was true at some time after this.
    at: Instant,
    took: Duration,
}

/// A value that is found out again when it is asked for and not fresh any more.
///
/// # Guarantees
/// - One caller at a time finds out; those who wait share what it finds, an error too.
/// - For as long again as a finding was fresh it is still handed out, while somebody finds out in the background; an older
///   one is waited for.
/// - A caller that goes away stops nothing that others wait for.
pub struct Kept<T, E> {
    fresh: Fresh<T>,
    last: RwLock<Option<Found<T>>>,
    /// The last error, and when it came.
    failed: RwLock<Option<(Instant, E)>>,
    finding: Arc<Mutex<()>>,
}

impl<T, E> Kept<T, E>
where
    T: Send + Sync + 'static,
    E: Clone + Send + Sync + 'static,
{
    /// Nothing is known yet.
    pub fn nothing(fresh: Fresh<T>) -> Arc<Self> {
        Arc::new(Self { fresh, last: RwLock::default(), failed: RwLock::default(), finding: Arc::default() })
    }

    /// The value, by way of `find` if it is not known freshly.
    ///
    /// # Errors
    /// Those of `find`, where the caller has to wait for it.
    pub async fn get<F>(self: &Arc<Self>, find: F) -> Result<Arc<T>, E>
    where
        F: Future<Output = Result<T, E>> + Send + 'static,
    {
        match self.known() {
            Some((value, age, fresh)) if age < fresh => return Ok(value),
            Some((value, age, fresh)) if age < fresh * 2 => {
                if let Ok(turn) = Arc::clone(&self.finding).try_lock_owned() {
                    tokio::spawn(Arc::clone(self).find(turn, find));
                }
                return Ok(value);
            }
            _ => {}
        }
        let asked = Instant::now();
        let turn = Arc::clone(&self.finding).lock_owned().await;
        if let Some((value, age, fresh)) = self.known()
            && age < fresh.max(asked.elapsed())
        {
            return Ok(value);
        }
        let failed = self.failed.read().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((at, error)) = failed
            && at > asked
        {
            return Err(error);
        }
        match tokio::spawn(Arc::clone(self).find(turn, find)).await {
            Ok(found) => found,
            Err(ended) => std::panic::resume_unwind(ended.into_panic()),
        }
    }

    /// What was found last, however old it is.
    pub fn last(&self) -> Option<Arc<T>> {
        self.known().map(|(value, ..)| value)
    }

    /// The last finding, its age, and how long it is fresh.
    fn known(&self) -> Option<(Arc<T>, Duration, Duration)> {
        let last = self.last.read().unwrap_or_else(PoisonError::into_inner);
        let found = last.as_ref()?;
        let fresh = (self.fresh)(&found.value, found.took);
        Some((Arc::clone(&found.value), found.at.elapsed(), fresh))
    }

    async fn find<F>(self: Arc<Self>, _turn: OwnedMutexGuard<()>, find: F) -> Result<Arc<T>, E>
    where
        F: Future<Output = Result<T, E>>,
    {
        let at = Instant::now();
        match find.await {
            Ok(value) => {
                let value = Arc::new(value);
                let found = Found { value: Arc::clone(&value), at, took: at.elapsed() };
                *self.last.write().unwrap_or_else(PoisonError::into_inner) = Some(found);
                Ok(value)
            }
            Err(error) => {
                let failed = Some((Instant::now(), error.clone()));
                *self.failed.write().unwrap_or_else(PoisonError::into_inner) = failed;
                Err(error)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use futures::future::join_all;

    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    /// Counts how often it is found out.
    #[derive(Clone, Default)]
    struct Source(Arc<AtomicU32>);

    impl Source {
        async fn find(self) -> Result<u32, &'static str> {
            tokio::task::yield_now().await;
            Ok(self.0.fetch_add(1, Ordering::SeqCst) + 1)
        }

        async fn fail(self) -> Result<u32, &'static str> {
            self.find().await?;
            Err("away")
        }
    }

    #[tokio::test]
    async fn many_who_ask_at_once_share_one_finding() {
        let (kept, source) = (Kept::nothing(|_, _| MINUTE), Source::default());
        let asked = join_all((0..20).map(|_| kept.get(source.clone().find()))).await;
        assert!(asked.into_iter().all(|value| *value.unwrap() == 1));
        assert_eq!(*kept.get(source.find()).await.unwrap(), 1, "it is still fresh");
    }

    #[tokio::test]
    async fn many_who_ask_at_once_share_one_failure() {
        let (kept, source) = (Kept::<u32, _>::nothing(|_, _| MINUTE), Source::default());
        let asked = join_all((0..20).map(|_| kept.get(source.clone().fail()))).await;
        assert!(asked.into_iter().all(|value| value == Err("away")));
        assert_eq!(source.0.load(Ordering::SeqCst), 1);
        assert_eq!(*kept.get(source.find()).await.unwrap(), 2, "who asks later finds out anew");
    }

    #[tokio::test]
    async fn what_is_not_fresh_is_found_out_again_and_an_error_leaves_what_was_found() {
        let (kept, source) = (Kept::nothing(|_, _| Duration::ZERO), Source::default());
        for expected in 1..4 {
            assert_eq!(*kept.get(source.clone().find()).await.unwrap(), expected);
        }
        assert_eq!(kept.get(source.fail()).await, Err("away"));
        assert_eq!(kept.last().as_deref(), Some(&3));
    }

    #[tokio::test]
    async fn one_that_is_a_little_old_is_handed_out_while_it_is_found_out_again() {
        let (kept, source) = (Kept::nothing(|_, _| MINUTE), Source::default());
        kept.get(source.clone().find()).await.unwrap();
        let aged = Instant::now().checked_sub(MINUTE * 3 / 2).expect("the clock is older than that");
        kept.last.write().unwrap().as_mut().unwrap().at = aged;
        assert_eq!(*kept.get(source.clone().find()).await.unwrap(), 1, "nobody waits");
        while source.0.load(Ordering::SeqCst) < 2 {
            tokio::task::yield_now().await;
        }
        drop(kept.finding.lock().await);
        assert_eq!(*kept.get(source.find()).await.unwrap(), 2);
    }
}
