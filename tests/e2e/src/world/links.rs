//! The way from `pool` to `services`, which can be bad: nobody is there, requests and answers get lost or are late.
//!
//! Bytes are carried as they come. Requests and answers are small, so that what is read at once is one of them.

use std::{
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use anyhow::{Context, Result};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::{AbortHandle, JoinSet},
};

/// What is read at once.
const CHUNK_BYTES: usize = 64 * 1024;

/// What can happen on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// The connection is cut before anything is sent.
    Refused,
    /// The request does not arrive.
    RequestLost,
    /// The request arrives, its answer does not.
    AnswerLost,
    /// The answer comes this much later.
    Late(Duration),
}

impl Trouble {
    /// A few words for the report.
    pub fn words(self) -> &'static str {
        match self {
            Self::Refused => "pool to services refused",
            Self::RequestLost => "pool to services request lost",
            Self::AnswerLost => "pool to services answer lost",
            Self::Late(_) => "pool to services late",
        }
    }
}

#[derive(Debug, Default)]
struct Ahead {
    troubles: Vec<Trouble>,
    met: Vec<Trouble>,
}

impl Ahead {
    /// The next trouble of those that strike here.
    fn strike(&mut self, here: impl Fn(Trouble) -> bool) -> Option<Trouble> {
        let next = self.troubles.iter().position(|trouble| here(*trouble))?;
        let trouble = self.troubles.remove(next);
        self.met.push(trouble);
        Some(trouble)
    }
}

/// One way: what connects to its port is carried to a process.
#[derive(Debug)]
pub struct Link {
    /// Where to connect.
    pub port: u16,
    ahead: Arc<Mutex<Ahead>>,
    carrying: AbortHandle,
}

impl Link {
    /// Opens a way to this port.
    ///
    /// # Errors
    /// When no port is free.
    pub async fn open(to: u16) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.context("listen for a link")?;
        let port = listener.local_addr()?.port();
        let ahead = Arc::<Mutex<Ahead>>::default();
        let carrying = tokio::spawn(accept(listener, to, Arc::clone(&ahead))).abort_handle();
        Ok(Self { port, ahead, carrying })
    }

    /// The next so many that it can strike meet this, after what is ahead already.
    pub fn put(&self, trouble: Trouble, count: u32) {
        lock(&self.ahead).troubles.extend((0..count).map(|_| trouble));
    }

    /// The way is good again.
    pub fn heal(&self) {
        lock(&self.ahead).troubles.clear();
    }

    /// What struck since this was asked last.
    pub fn met(&self) -> Vec<Trouble> {
        std::mem::take(&mut lock(&self.ahead).met)
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.carrying.abort();
    }
}

fn lock(ahead: &Mutex<Ahead>) -> MutexGuard<'_, Ahead> {
    ahead.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn accept(listener: TcpListener, to: u16, ahead: Arc<Mutex<Ahead>>) {
    // They end with this task.
    let mut connections = JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        if lock(&ahead).strike(|trouble| trouble == Trouble::Refused).is_some() {
            continue;
        }
        connections.spawn(carry(client, to, Arc::clone(&ahead)));
        while connections.try_join_next().is_some() {}
    }
}

/// Carries one connection until either side ends it or something on it is lost.
async fn carry(client: TcpStream, to: u16, ahead: Arc<Mutex<Ahead>>) -> io::Result<()> {
    let server = TcpStream::connect(("127.0.0.1", to)).await?;
    let (client_reads, client_writes) = client.into_split();
    let (server_reads, server_writes) = server.into_split();
    tokio::select! {
        end = pump(client_reads, server_writes, &ahead, |trouble| trouble == Trouble::RequestLost) => end,
        end = pump(server_reads, client_writes, &ahead, |trouble| {
            matches!(trouble, Trouble::AnswerLost | Trouble::Late(_))
        }) => end,
    }
}

async fn pump(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    ahead: &Mutex<Ahead>,
    here: impl Fn(Trouble) -> bool,
) -> io::Result<()> {
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        let count = from.read(&mut chunk).await?;
        if count == 0 {
            return Ok(());
        }
        let struck = lock(ahead).strike(&here);
        match struck {
            Some(Trouble::Late(time)) => tokio::time::sleep(time).await,
            Some(_) => return Ok(()),
            None => {}
        }
        to.write_all(&chunk[..count]).await?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A server that repeats what it is told, and counts it.
    async fn echo() -> (u16, Arc<Mutex<usize>>) {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard = Arc::<Mutex<usize>>::default();
        let count = Arc::clone(&heard);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let count = Arc::clone(&count);
                tokio::spawn(async move {
                    let mut byte = [0; 1];
                    while stream.read_exact(&mut byte).await.is_ok() {
                        *count.lock().unwrap() += 1;
                        stream.write_all(&byte).await.unwrap();
                    }
                });
            }
        });
        (port, heard)
    }

    async fn say(link: &Link) -> io::Result<u8> {
        let mut stream = TcpStream::connect(("127.0.0.1", link.port)).await?;
        stream.write_all(b"?").await?;
        stream.read_u8().await
    }

    #[tokio::test]
    async fn what_is_lost_is_lost_where_it_was_said_to_be() {
        let (port, heard) = echo().await;
        let link = Link::open(port).await.unwrap();
        for (trouble, arrives) in [(Trouble::Refused, 0), (Trouble::RequestLost, 0), (Trouble::AnswerLost, 1)]
        {
            *heard.lock().unwrap() = 0;
            link.put(trouble, 1);
            say(&link).await.unwrap_err();
            assert_eq!(*heard.lock().unwrap(), arrives, "{trouble:?}");
            assert_eq!(link.met(), [trouble]);
            assert_eq!(say(&link).await.unwrap(), b'?', "once");
        }
        link.put(Trouble::Late(Duration::from_millis(1)), 5);
        assert_eq!(say(&link).await.unwrap(), b'?');
        link.heal();
        assert_eq!(say(&link).await.unwrap(), b'?');
        assert_eq!(link.met().len(), 1);
    }
}
