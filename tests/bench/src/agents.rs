//! The agents of seeded instances: one small server that answers for all of them, each under its own loopback address as
//! real agents are, so that every first call to one is a new connection.

use std::collections::HashSet;
use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, header};
use axum::routing::{get, post};
use axum::{Json, Router};
use model::agent::{Health, Provisioned};
use model::services::ConversationStatus;
use tokio::net::TcpListener;

/// A hung agent holds its connections longer than anybody waits.
const HUNG_FOR: Duration = Duration::from_secs(300);

/// Each answer ends its connection: tens of thousands of agents in one process would need as many open files.
type Last = [(HeaderName, &'static str); 1];
const LAST: Last = [(header::CONNECTION, "close")];

/// How the agents behave; to be changed while they run.
#[derive(Debug, Default)]
struct Behaviour {
    provision_millis: AtomicU64,
    health_millis: AtomicU64,
    hung: Mutex<HashSet<String>>,
    asked: AtomicU64,
}

/// All agents.
#[derive(Debug, Clone)]
pub struct Agents {
    port: u16,
    behaviour: Arc<Behaviour>,
}

impl Agents {
    /// Starts the server; it ends with the runtime.
    pub async fn start() -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0)).await.context("listen for agents")?;
        let agents = Self { port: listener.local_addr()?.port(), behaviour: Arc::default() };
        let router = Router::new()
            .route("/pool/health", get(health))
            .route("/pool/provision", post(provision))
            .with_state(agents.behaviour.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(agents)
    }

    /// Where the agent of this number listens.
    pub fn host(&self, number: u32) -> String {
        let [_, high, middle, low] = number.to_be_bytes();
        // 127.1.0.0 and up: every address of 127.0.0.0/8 is this machine.
        format!("{}:{}", Ipv4Addr::new(127, high + 1, middle, low), self.port)
    }

    /// How long an agent takes to be told who it is.
    pub fn provision_takes(&self, millis: u64) {
        self.behaviour.provision_millis.store(millis, Ordering::Relaxed);
    }

    /// How long an agent takes to say how it is.
    pub fn health_takes(&self, millis: u64) {
        self.behaviour.health_millis.store(millis, Ordering::Relaxed);
    }

    /// Agents that answer nothing any more; all others do.
    pub fn hang(&self, hosts: impl IntoIterator<Item = String>) {
        *self.behaviour.hung.lock().unwrap_or_else(PoisonError::into_inner) = hosts.into_iter().collect();
    }

    /// Requests so far.
    pub fn asked(&self) -> u64 {
        self.behaviour.asked.load(Ordering::Relaxed)
    }
}

impl Behaviour {
    async fn meet(&self, headers: &HeaderMap, millis: &AtomicU64) {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
        let hung = self.hung.lock().unwrap_or_else(PoisonError::into_inner).contains(host);
        let wait = if hung { HUNG_FOR } else { Duration::from_millis(millis.load(Ordering::Relaxed)) };
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
    }
}

async fn health(State(behaviour): State<Arc<Behaviour>>, headers: HeaderMap) -> (Last, Json<Health>) {
    behaviour.meet(&headers, &behaviour.health_millis).await;
    (LAST, Json(Health { ready: true, version: Some("bench".into()), ..Health::default() }))
}

async fn provision(State(behaviour): State<Arc<Behaviour>>, headers: HeaderMap) -> (Last, Json<Provisioned>) {
    behaviour.meet(&headers, &behaviour.provision_millis).await;
    let provisioned = Provisioned {
        ok: true,
        invite_url: Some("https://dev.convos.org/v2?i=bench".into()),
        conversation_id: Some(uuid::Uuid::new_v4().simple().to_string()),
        joined: false,
        status: ConversationStatus::Created,
    };
    (LAST, Json(provisioned))
}
