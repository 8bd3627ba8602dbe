//! Requests that wait for a claim: each is woken by its own claim alone, and told what the claim is now if whoever moved
//! it knows.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use model::record::Claim;
use tokio::sync::watch;
use uuid::Uuid;

/// What was said of a claim last. `None`: it may have moved, the database knows.
type Said = Option<Arc<Claim>>;

/// The claims that somebody waits for.
#[derive(Debug, Default)]
pub(crate) struct Watched {
    claims: Mutex<HashMap<Uuid, watch::Sender<Said>>>,
}

impl Watched {
    pub fn watch(self: &Arc<Self>, claim: Uuid) -> Watch {
        let said = self.lock().entry(claim).or_insert_with(|| watch::channel(None).0).subscribe();
        Watch { claim, said, watched: Arc::clone(self) }
    }

    /// The claim may be another than before.
    pub fn moved(&self, claim: Uuid) {
        if let Some(watchers) = self.lock().get(&claim) {
            watchers.send_replace(None);
        }
    }

    /// The claim is this now.
    pub fn is(&self, claim: Claim) {
        if let Some(watchers) = self.lock().get(&claim.id) {
            watchers.send_replace(Some(Arc::new(claim)));
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Uuid, watch::Sender<Said>>> {
        self.claims.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Somebody who waits for a claim.
#[derive(Debug)]
pub struct Watch {
    claim: Uuid,
    said: watch::Receiver<Said>,
    watched: Arc<Watched>,
}

impl Watch {
    /// Returns when the claim may have moved since the last time, with what it is now if that was said.
    pub async fn moved(&mut self) -> Option<Claim> {
        // The sender lives in the table for as long as this does.
        if self.said.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
        self.said.borrow_and_update().as_deref().cloned()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let mut claims = self.watched.lock();
        // Nobody subscribes while the table is locked; the last one takes the entry away.
        if claims.get(&self.claim).is_some_and(|watchers| watchers.receiver_count() == 1) {
            claims.remove(&self.claim);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_watcher_is_woken_by_its_own_claim_only_and_leaves_nothing_behind() {
        let watched = Arc::new(Watched::default());
        let (mine, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let mut watch = watched.watch(mine);
        let twin = watched.watch(mine);
        watched.moved(other);
        assert!(!watch.said.has_changed().unwrap());
        watched.moved(mine);
        assert!(watch.moved().await.is_none());
        drop(watch);
        assert_eq!(watched.lock().len(), 1, "the twin still waits");
        drop(twin);
        assert!(watched.lock().is_empty());
    }

    #[tokio::test]
    async fn what_happened_before_the_first_wait_is_not_missed() {
        let watched = Arc::new(Watched::default());
        let mut watch = watched.watch(Uuid::from_u128(1));
        watched.moved(Uuid::from_u128(1));
        assert!(watch.moved().await.is_none());
    }
}
