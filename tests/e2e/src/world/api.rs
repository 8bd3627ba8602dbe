//! A client of the pool's API, for what scenarios do most.

use anyhow::{Context, Result};
use model::api::{ClaimView, DestroyRequestView, EventView, InstanceView, Page, PoolView};
use serde_json::{Value, json};
use uuid::Uuid;

use super::http::{Answer, Http};

/// The pool's API.
#[derive(Debug, Clone)]
pub struct PoolApi {
    http: Http,
}

impl PoolApi {
    /// A client that shows `key`.
    ///
    /// # Errors
    /// When the machine's certificates cannot be read.
    pub fn new(base: &str, key: &str) -> Result<Self> {
        Ok(Self { http: Http::new(base, Some(key))? })
    }

    /// Plain HTTP, for what has no method here.
    pub fn http(&self) -> &Http {
        &self.http
    }

    /// `POST /api/claim`, whatever the answer.
    ///
    /// # Errors
    /// When no answer comes.
    pub async fn claim(&self, body: &Value, key: Option<&str>, wait_seconds: u32) -> Result<Answer> {
        let wait = format!("wait={wait_seconds}");
        let mut headers = vec![("prefer", wait.as_str())];
        headers.extend(key.map(|key| ("idempotency-key", key)));
        self.http.send(reqwest::Method::POST, "/api/claim", &headers, Some(body)).await
    }

    /// A claim that is ready when this returns.
    ///
    /// # Errors
    /// When it is not.
    pub async fn claim_ready(&self, agent_name: &str) -> Result<ClaimView> {
        let body = json!({"agentName": agent_name, "instructions": "Answer in one sentence."});
        self.claim(&body, None, 60).await?.expect(200)?.read()
    }

    /// A claim as it is now.
    ///
    /// # Errors
    /// When there is none.
    pub async fn claim_of(&self, id: Uuid) -> Result<ClaimView> {
        self.http.get(&format!("/api/claims/{id}")).await?.expect(200)?.read()
    }

    /// `DELETE /api/claims/{id}`.
    ///
    /// # Errors
    /// When it is not accepted.
    pub async fn release(&self, id: Uuid) -> Result<ClaimView> {
        self.http.delete(&format!("/api/claims/{id}")).await?.expect(202)?.read()
    }

    /// The default pool.
    ///
    /// # Errors
    /// When no answer comes.
    pub async fn pool(&self) -> Result<PoolView> {
        self.http.get("/api/pools/default").await?.expect(200)?.read()
    }

    /// Changes parts of the default pool's spec.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn scale(&self, part: &Value) -> Result<PoolView> {
        self.http.patch("/api/pools/default", part).await?.expect(200)?.read()
    }

    /// The instances that are not deleted.
    ///
    /// # Errors
    /// When no answer comes.
    pub async fn instances(&self) -> Result<Vec<InstanceView>> {
        self.all("/api/instances").await
    }

    /// One instance, tombstones too.
    ///
    /// # Errors
    /// When there is none.
    pub async fn instance(&self, id: &str) -> Result<InstanceView> {
        self.http.get(&format!("/api/instances/{id}")).await?.expect(200)?.read()
    }

    /// All claims.
    ///
    /// # Errors
    /// When no answer comes.
    pub async fn claims(&self) -> Result<Vec<ClaimView>> {
        self.all("/api/claims").await
    }

    /// All destroy requests.
    ///
    /// # Errors
    /// When no answer comes.
    pub async fn destroy_requests(&self) -> Result<Vec<DestroyRequestView>> {
        self.all("/api/destroy-requests").await
    }

    /// All events, newest first.
    ///
    /// # Errors
    /// When no answer comes.
    pub async fn events(&self) -> Result<Vec<EventView>> {
        self.all("/api/events").await
    }

    /// Every page of a list.
    async fn all<T: serde::de::DeserializeOwned>(&self, path: &str) -> Result<Vec<T>> {
        let mut items = Vec::new();
        let mut cursor: Option<String> = None;
        loop {
            let next = cursor.map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
            let page: Page<T> = self
                .http
                .get(&format!("{path}?limit=200{next}"))
                .await?
                .expect(200)?
                .read()
                .context("a page")?;
            items.extend(page.items);
            cursor = page.next_cursor;
            if cursor.is_none() {
                return Ok(items);
            }
        }
    }
}
