//! The replicas of `services`, taken in turn; one that does not even answer that it lives is left out for a while.
//!
//! # Guarantees
//! - With one replica, every call goes to it.
//! - A call to a replica that hangs ends some seconds after it hung, not at the call's own limit.
//! - A replica that was left out is asked whether it lives before a call goes to it again.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tracing::{info, warn};

/// What a replica is allowed to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    /// A call without an answer for so long makes us ask whether its replica lives.
    pub silent_after: Duration,
    /// A replica that lives says so within this time; its event loop does nothing that takes longer.
    pub says_within: Duration,
    /// A replica that does not is left out for so long.
    pub away_for: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            silent_after: Duration::from_secs(5),
            says_within: Duration::from_secs(4),
            away_for: Duration::from_secs(15),
        }
    }
}

/// All replicas.
#[derive(Debug)]
pub(super) struct Replicas {
    http: reqwest::Client,
    bases: Vec<String>,
    turn: AtomicUsize,
    /// Until when each is left out.
    away: Mutex<Vec<Option<Instant>>>,
    patience: Patience,
}

impl Replicas {
    /// All of them are taken to live.
    pub fn new(http: reqwest::Client, bases: Vec<String>, patience: Patience) -> Self {
        let away = Mutex::new(vec![None; bases.len()]);
        Self { http, bases, turn: AtomicUsize::new(0), away, patience }
    }

    /// The base URL of a replica.
    pub fn base(&self, replica: usize) -> &str {
        &self.bases[replica]
    }

    /// The replica whose turn it is, of those that are not left out. When all are, the one whose turn it is.
    pub async fn next(&self) -> usize {
        let count = self.bases.len();
        let turn = self.turn.fetch_add(1, Ordering::Relaxed) % count;
        for replica in (0..count).map(|step| (turn + step) % count) {
            if self.may_be_taken(replica).await {
                return replica;
            }
        }
        turn
    }

    async fn may_be_taken(&self, replica: usize) -> bool {
        match self.lock()[replica] {
            None => return true,
            Some(until) if Instant::now() < until => return false,
            Some(_) => {}
        }
        // Only this caller finds out; the others leave it out meanwhile.
        self.leave_out(replica);
        let lives = self.lives(replica).await;
        if lives {
            info!(replica, "replica {replica} of services answers again");
            self.lock()[replica] = None;
        }
        lives
    }

    /// Leaves a replica out from now on, and says so when it is not yet.
    pub fn leave_out(&self, replica: usize) {
        if self.bases.len() == 1 {
            return;
        }
        let before = self.lock()[replica].replace(Instant::now() + self.patience.away_for);
        if before.is_none() {
            warn!(replica, "replica {replica} of services does not answer and is left out for a while");
        }
    }

    /// Ends when the replica does not even say that it lives, and there is another one to ask. Never otherwise.
    pub async fn falls_silent(&self, replica: usize) {
        if self.bases.len() == 1 {
            return std::future::pending().await;
        }
        loop {
            tokio::time::sleep(self.patience.silent_after).await;
            if !self.lives(replica).await {
                return;
            }
        }
    }

    async fn lives(&self, replica: usize) -> bool {
        let request = self.http.get(format!("{}/healthz", self.bases[replica]));
        let answer = request.timeout(self.patience.says_within).send().await;
        answer.is_ok_and(|answer| answer.status().is_success())
    }

    /// Plain values: a panic elsewhere leaves nothing half-done in them.
    fn lock(&self) -> MutexGuard<'_, Vec<Option<Instant>>> {
        self.away.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::AtomicBool;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";

    /// A replica that answers everything, or hangs with every connection open.
    async fn replica(hangs: Arc<AtomicBool>) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let hangs = Arc::clone(&hangs);
                tokio::spawn(async move {
                    if hangs.load(Ordering::SeqCst) {
                        std::future::pending::<()>().await;
                    }
                    let mut request = [0; 1024];
                    let _whatever_it_is = stream.read(&mut request).await;
                    let _gone_perhaps = stream.write_all(ANSWER).await;
                });
            }
        });
        base
    }

    fn replicas(bases: Vec<String>) -> Replicas {
        let options = process::http::Options::new("test", Duration::from_secs(60)).direct();
        let patience = Patience {
            silent_after: Duration::from_millis(20),
            says_within: Duration::from_millis(500),
            away_for: Duration::from_millis(100),
        };
        Replicas::new(process::http::client(&options).unwrap(), bases, patience)
    }

    #[tokio::test]
    async fn a_replica_that_hangs_is_left_out_until_it_lives_again() {
        let hangs = Arc::new(AtomicBool::new(true));
        let bases = vec![replica(Arc::clone(&hangs)).await, replica(Arc::default()).await];
        let replicas = replicas(bases);
        assert_eq!([replicas.next().await, replicas.next().await], [0, 1], "both are taken in turn at first");
        replicas.falls_silent(0).await;
        replicas.leave_out(0);
        for _ in 0..4 {
            assert_eq!(replicas.next().await, 1, "the one that hangs is left out");
        }
        hangs.store(false, Ordering::SeqCst);
        let again = async {
            while replicas.next().await != 0 {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), again).await.expect("it is taken again");
    }

    #[tokio::test]
    async fn the_only_replica_is_never_left_out_and_a_slow_one_that_lives_is_waited_for() {
        let hangs = Arc::new(AtomicBool::new(true));
        let only = replicas(vec![replica(hangs).await]);
        only.leave_out(0);
        assert_eq!(only.next().await, 0);
        let two = replicas(vec![replica(Arc::default()).await, replica(Arc::default()).await]);
        let silent = tokio::time::timeout(Duration::from_millis(200), two.falls_silent(0)).await;
        assert!(silent.is_err(), "it says that it lives each time it is asked");
    }
}
