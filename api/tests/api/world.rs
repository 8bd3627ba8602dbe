//! One pool process for a test: its database, its fake `services`, its API on a port of its own.

use std::sync::Arc;
use std::time::Duration;

use api::app::{App, Options};
use controller::services::Services;
use controller::store::Store;
use controller::{Controller, Policy};
use model::record::PoolSpec;
use process::config::Value as _;
use process::sealing::KeyRing;
use process::server::{self, HttpMetrics};
use process::shutdown::Shutdown;
use reqwest::{Method, RequestBuilder, Response};
use secrecy::SecretString;
use serde_json::{Value, json};
use sqlx::PgPool;
use tokio::net::TcpListener;

use crate::fake::Fake;

/// The admin's key.
pub const ADMIN: &str = "the-admins-key-of-tests";
/// No state that a test waits for takes longer, also on a machine with much to do.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running pool.
pub struct World {
    pub url: String,
    pub db: PgPool,
    pub services: Fake,
    pub http: reqwest::Client,
    shutdown: Shutdown,
}

impl World {
    /// A pool with so many idle members wanted.
    pub async fn start(db: PgPool, min_idle: u32) -> Self {
        Self::with(db, PoolSpec { min_idle, ..PoolSpec::default() }).await
    }

    /// A pool of this spec.
    pub async fn with(db: PgPool, spec: PoolSpec) -> Self {
        process::http::install_tls();
        let fake = Fake::default();
        let base = process::config::HttpUrl::parse(&fake.start().await).unwrap();
        let store = Store::new(db.clone());
        store.ensure_pool("default", &spec, process::clock::now()).await.unwrap();
        let services = Arc::new(Services::new(&[base], SecretString::from("the-services-key")).unwrap());
        let keys = Arc::new(KeyRing::parse(&"ab".repeat(32)).unwrap());
        let policy = Policy {
            tick: Duration::from_millis(300),
            recoveries_max: 5,
            time_scale: 10.0,
            lease_duration: Duration::from_secs(15),
        };
        let controller = Arc::new(Controller::new(store, services, Arc::clone(&keys), policy, true));
        let shutdown = Shutdown::manual();
        let options = Options {
            admin_key: SecretString::from(ADMIN),
            join_hosts: vec!["convos.org".into()],
            requests_per_second: 100_000,
            streams_max: 10,
            dashboard: None,
        };
        let app = App::new(Arc::clone(&controller), keys, &options, shutdown.clone());
        let router = server::finish(api::routes::router(app, None), HttpMetrics::new("pool"));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        let stop = shutdown.clone();
        tokio::spawn(async move { controller.run(&stop).await });
        let options = process::http::Options::new("api-tests", std::time::Duration::from_secs(150)).direct();
        let http = process::http::client(&options).unwrap();
        Self { url, db, services: fake, http, shutdown }
    }

    /// A request with a key.
    pub fn with_key(&self, key: &str, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.url)).bearer_auth(key)
    }

    /// A request of the admin.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.with_key(ADMIN, method, path)
    }

    pub async fn get(&self, path: &str) -> Value {
        let response = self.request(Method::GET, path).send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        response.json().await.unwrap()
    }

    pub async fn post(&self, path: &str, body: Value) -> Response {
        self.request(Method::POST, path).json(&body).send().await.unwrap()
    }

    /// Makes a key with a role.
    pub async fn key(&self, role: &str) -> String {
        let response = self.post("/api/keys", json!({"name": format!("a {role}"), "role": role})).await;
        assert_eq!(response.status(), 201);
        let body: Value = response.json().await.unwrap();
        body["key"].as_str().unwrap().to_owned()
    }

    /// Looks until a record is as it shall be.
    pub async fn until(&self, path: &str, holds: impl Fn(&Value) -> bool) -> Value {
        let ends = tokio::time::Instant::now() + PATIENCE;
        loop {
            let seen = self.get(path).await;
            if holds(&seen) {
                return seen;
            }
            assert!(tokio::time::Instant::now() < ends, "{path} did not become as it shall be: {seen}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Waits for so many ready members.
    pub async fn until_ready(&self, count: u64) {
        self.until("/api/pools/default", |pool| pool["status"]["ready"] == count).await;
    }

    /// How many rows there are, of everything that a request could leave behind.
    pub async fn rows(&self) -> i64 {
        sqlx::query_scalar(
            "SELECT (SELECT count(*) FROM claims) + (SELECT count(*) FROM pools) + (SELECT count(*) FROM agent_templates)
             + (SELECT count(*) FROM destroy_requests) + (SELECT count(*) FROM api_keys) + (SELECT count(*) FROM challenges)
             + (SELECT sum(generation)::bigint FROM pools)",
        )
        .fetch_one(&self.db)
        .await
        .unwrap()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.shutdown.begin();
    }
}

/// The status and code of a refusal, whose media type is that of problem documents.
pub async fn refusal(response: Response) -> (u16, String, Value) {
    let status = response.status().as_u16();
    let media = response.headers()["content-type"].to_str().unwrap().to_owned();
    let body: Value = response.json().await.unwrap();
    assert_eq!(media, "application/problem+json", "{body}");
    assert_eq!(body["status"], status, "{body}");
    (status, body["code"].as_str().unwrap_or_default().to_owned(), body)
}
