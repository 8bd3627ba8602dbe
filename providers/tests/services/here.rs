//! The process under test, the outside beside it, and what tests ask of both.

use std::time::{Duration, Instant};

use process::config::Settings as Variables;
use process::shutdown::Shutdown;
use providers::run::{compose, router, start_workers};
use providers::settings::Settings;
use reqwest::Method;
use serde_json::{Value, json};
use simulator::{Options, Running, RuntimeKind, tokens};
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;
use tokio::runtime::Runtime;

/// Vendors' time runs so much faster: the lane of 30 s takes 150 ms.
pub const SCALE: f64 = 200.0;
/// What `pool` calls with.
pub const POOL_KEY: &str = "services-key-0123456789";
/// The secret in the path of the infrastructure's webhook.
pub const HOOK_SECRET: &str = "hook-secret-0123456789";
/// Every wait of a test ends here.
const PATIENCE: Duration = Duration::from_secs(60);

/// One replica, in a runtime of its own, so that it can be killed as a process is.
struct Replica {
    runtime: Runtime,
    url: String,
}

/// A test's world.
pub struct Here {
    pub outside: Running,
    pub db: PgPool,
    http: reqwest::Client,
    replica: Option<Replica>,
    others: Vec<Replica>,
    variables: Vec<(&'static str, String)>,
}

/// A call's answer: the status and the body.
pub type Answer = (u16, Value);

impl Here {
    /// A world with the usual settings.
    pub async fn start(db: PgPool) -> Self {
        Self::with(db, &[], |_| {}).await
    }

    /// A world with further variables of the process and options of the outside.
    pub async fn with(
        db: PgPool,
        variables: &[(&'static str, &str)],
        options: impl FnOnce(&mut Options),
    ) -> Self {
        let mut outside = Options {
            runtime: RuntimeKind::Stub,
            time_scale: SCALE,
            deploy_seconds: Some(5.0),
            ..Options::default()
        };
        options(&mut outside);
        let client = process::http::Options::new("services-tests", Duration::from_secs(60)).direct();
        let mut here = Self {
            outside: simulator::start(outside).await.unwrap(),
            db,
            http: process::http::client(&client).unwrap(),
            replica: None,
            others: Vec::new(),
            variables: variables.iter().map(|(name, value)| (*name, (*value).to_owned())).collect(),
        };
        here.begin().await;
        here
    }

    /// Starts the process, or starts it again.
    pub async fn begin(&mut self) {
        self.replica = Some(self.start_replica().await);
    }

    /// Starts a further replica on the same database.
    pub async fn begin_another(&mut self) {
        let replica = self.start_replica().await;
        self.others.push(replica);
    }

    /// Lets time pass so many times faster, for the outside and for the process, which is started again.
    pub async fn pass_time(&mut self, scale: f64) {
        self.kill();
        self.sim(Method::PUT, "/_sim/clock", Some(json!({"scale": scale}))).await;
        self.variables.retain(|(name, _)| *name != "TIME_SCALE");
        self.variables.push(("TIME_SCALE", scale.to_string()));
        self.begin().await;
    }

    async fn start_replica(&self) -> Replica {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let settings = self.settings(&url);
        let options = (*self.db.connect_options()).clone();
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.spawn(async move {
            let pool = PgPoolOptions::new().max_connections(8).connect_with(options).await.unwrap();
            let services = compose(settings, pool, Shutdown::manual()).unwrap();
            start_workers(&services);
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            axum::serve(listener, router(&services)).await.unwrap();
        });
        let replica = Replica { runtime, url };
        let started = Instant::now();
        while self.call_at(&replica, "", Method::GET, "/healthz", None).await.0 != 200 {
            assert!(started.elapsed() < PATIENCE, "the process does not come up");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        replica
    }

    /// Ends the process wherever it is, as a crash does: nothing is finished, nothing is given back.
    pub fn kill(&mut self) {
        for replica in self.replica.take().into_iter().chain(self.others.drain(..)) {
            replica.runtime.shutdown_background();
        }
    }

    fn settings(&self, url: &str) -> Settings {
        let vendor = |path: &str| format!("{}/{path}", self.outside.url);
        let mut pairs: Vec<(String, String)> = [
            ("DATABASE_URL", "postgres://not.used@127.0.0.1/none".to_owned()),
            ("METRICS_ADDR", "off".into()),
            ("LEASE_DURATION", "1s".into()),
            ("TIME_SCALE", SCALE.to_string()),
            ("SERVICES_API_KEY", POOL_KEY.into()),
            ("SERVICES_SECRET_KEY", "ab".repeat(32)),
            ("SERVICES_PUBLIC_URL", url.into()),
            ("RAILWAY_API_TOKEN", tokens::RAILWAY_TOKEN.into()),
            ("RAILWAY_WORKSPACE_ID", tokens::RAILWAY_WORKSPACE_ID.into()),
            ("RAILWAY_DOMAIN_SCHEME", "http".into()),
            ("RAILWAY_RUNTIME_IMAGE", "ghcr.io/xmtplabs/convos-runtime:dev".into()),
            ("RAILWAY_API_URL", vendor("railway/graphql/v2")),
            ("RAILWAY_WEBHOOK_SECRET", HOOK_SECRET.into()),
            ("GHCR_URL", vendor("ghcr")),
            ("OPENROUTER_MANAGEMENT_KEY", tokens::OPENROUTER_MANAGEMENT_KEY.into()),
            ("OPENROUTER_API_URL", vendor("openrouter/api/v1")),
            ("AGENTMAIL_API_URL", vendor("agentmail/v0")),
            ("TELNYX_API_URL", vendor("telnyx/v2")),
            ("BANKR_API_URL", vendor("bankr")),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into();
        pairs.extend(self.variables.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        Variables::from_pairs(pairs).read(Settings::read).unwrap()
    }

    /// Calls as `pool`. No answer at all is status 0.
    pub async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        self.call_as(POOL_KEY, method, path, body).await
    }

    /// Calls with another key.
    pub async fn call_as(&self, key: &str, method: Method, path: &str, body: Option<Value>) -> Answer {
        match &self.replica {
            Some(replica) => self.call_at(replica, key, method, path, body).await,
            None => (0, Value::Null),
        }
    }

    /// Calls the second replica as `pool`.
    pub async fn call_other(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        self.call_at(&self.others[0], POOL_KEY, method, path, body).await
    }

    async fn call_at(
        &self,
        replica: &Replica,
        key: &str,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Answer {
        let mut request = self.http.request(method, format!("{}{path}", replica.url));
        if !key.is_empty() {
            request = request.bearer_auth(key);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        let Ok(answer) = request.send().await else { return (0, Value::Null) };
        let status = answer.status().as_u16();
        (status, answer.json().await.unwrap_or(Value::Null))
    }

    /// Sends bytes with headers, as a vendor does.
    pub async fn post_raw(&self, path: &str, headers: &[(&str, String)], body: &str) -> u16 {
        let url = format!("{}{path}", self.replica.as_ref().unwrap().url);
        let mut request = self.http.post(url).body(body.to_owned());
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        request.send().await.unwrap().status().as_u16()
    }

    pub async fn create(&self, id: &str) -> Answer {
        self.call(Method::POST, "/create-instance", Some(json!({"instanceId": id}))).await
    }

    /// Gives an instance one of our tools, calling again as long as it is told to.
    pub async fn provisioned(&self, id: &str, tool: &str) -> Value {
        let path = format!("/provision/{id}/{tool}");
        let answer = self.until_done(|| self.call(Method::POST, &path, Some(json!({})))).await;
        assert_eq!(answer.0, 200, "{id} {tool}: {}", answer.1);
        answer.1
    }

    pub async fn redeploy(&self, id: &str, key: &str, body: Value) -> Answer {
        let url = format!("{}/redeploy/{id}", self.replica.as_ref().unwrap().url);
        let request = self.http.post(url).bearer_auth(POOL_KEY).header("idempotency-key", key);
        let answer = request.json(&body).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    /// Deploys again, calling as long as the vendor is away.
    pub async fn redeployed(&self, id: &str, key: &str, body: Value) -> Value {
        let started = Instant::now();
        loop {
            let (status, answer) = self.redeploy(id, key, body.clone()).await;
            if status == 202 {
                return answer["operationId"].clone();
            }
            assert!(status == 503 && started.elapsed() < PATIENCE, "{status}: {answer}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Creates, calling again as long as it is told to.
    pub async fn created(&self, id: &str) -> Value {
        let answer = self.until_done(|| self.create(id)).await;
        assert_eq!(answer.0, 200, "{}", answer.1);
        answer.1
    }

    /// Destroys, calling again as long as it is told to.
    pub async fn destroyed(&self, id: &str) -> Value {
        let path = format!("/destroy/{id}");
        let answer = self.until_done(|| self.call(Method::DELETE, &path, None)).await;
        assert_eq!((answer.0, &answer.1["ok"]), (200, &json!(true)), "{}", answer.1);
        answer.1
    }

    /// Repeats a call while it is answered with 202 or 503.
    pub async fn until_done<F: Future<Output = Answer>>(&self, call: impl Fn() -> F) -> Answer {
        let started = Instant::now();
        loop {
            let answer = call().await;
            if !matches!(answer.0, 202 | 503 | 0) || started.elapsed() > PATIENCE {
                return answer;
            }
            let wait = answer.1["retryAfterMs"].as_u64().unwrap_or(50).clamp(5, 500);
            tokio::time::sleep(Duration::from_millis(wait)).await;
        }
    }

    /// Waits until something that is asked again and again holds.
    pub async fn until<F: Future<Output = bool>>(&self, what: &str, holds: impl Fn() -> F) {
        let started = Instant::now();
        while !holds().await {
            assert!(started.elapsed() < PATIENCE, "not in time: {what}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    pub async fn healthy(&self, id: &str) {
        self.until("the agent is healthy", async || self.status(id).await == "healthy").await;
    }

    pub async fn status(&self, id: &str) -> String {
        let body = json!({"instanceIds": [id]});
        let (_, statuses) = self.call(Method::POST, "/status/batch", Some(body)).await;
        statuses[id].as_str().unwrap_or_default().to_owned()
    }

    /// What the outside really holds.
    pub async fn inventory(&self) -> Value {
        self.sim(Method::GET, "/_sim/inventory", None).await
    }

    /// The live projects with this name.
    pub async fn projects(&self, name: &str) -> Vec<Value> {
        let inventory = self.inventory().await;
        let projects = inventory["railway"]["projects"].as_array().unwrap();
        let live = |project: &&Value| project["name"] == name && project["deletedAt"].is_null();
        projects.iter().filter(live).cloned().collect()
    }

    /// The hashes of the live model keys with this name.
    pub async fn keys(&self, name: &str) -> Vec<Value> {
        let inventory = self.inventory().await;
        let keys = inventory["openrouter"]["keys"].as_array().unwrap();
        keys.iter().filter(|key| key["name"] == name).map(|key| key["hash"].clone()).collect()
    }

    /// How often an operation was carried out.
    pub async fn applied(&self, operation: &str) -> Vec<Value> {
        let journal = self.sim(Method::GET, "/_sim/journal", None).await;
        let entries = journal.as_array().unwrap();
        let of_this = |entry: &&Value| entry["operation"] == operation && entry["applied"] == true;
        entries.iter().filter(of_this).cloned().collect()
    }

    /// What was asked of one vendor after this entry of the journal, and the last entry.
    pub async fn requests_after(&self, vendor: &str, seq: u64) -> (Vec<Value>, u64) {
        let (mut found, mut last) = (Vec::new(), seq);
        loop {
            let page = self.sim(Method::GET, &format!("/_sim/journal?after={last}"), None).await;
            let page = page.as_array().cloned().unwrap_or_default();
            let Some(end) = page.last() else { return (found, last) };
            last = end["seq"].as_u64().unwrap_or(last);
            found.extend(page.into_iter().filter(|entry| entry["vendor"] == vendor));
        }
    }

    /// Simulated seconds since the outside began.
    pub async fn simulated_seconds(&self) -> f64 {
        self.sim(Method::GET, "/_sim/clock", None).await["elapsedSeconds"].as_f64().unwrap()
    }

    /// How often an operation was asked for, carried out or not.
    pub async fn asked(&self, operation: &str) -> usize {
        let journal = self.sim(Method::GET, "/_sim/journal", None).await;
        journal.as_array().unwrap().iter().filter(|entry| entry["operation"] == operation).count()
    }

    /// What goes wrong from now on.
    pub async fn faults(&self, faults: Value) {
        self.sim(Method::PUT, "/_sim/faults", Some(faults)).await;
    }

    pub async fn sim(&self, method: Method, path: &str, body: Option<Value>) -> Value {
        let mut request = self.http.request(method, format!("{}{path}", self.outside.url));
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        answer.json().await.unwrap_or(Value::Null)
    }

    /// Gives an order that may not be possible.
    pub async fn order(&self, path: &str) -> bool {
        self.http.post(format!("{}{path}", self.outside.url)).send().await.unwrap().status().is_success()
    }

    /// Speaks to the infrastructure as somebody else does.
    pub async fn railway(&self, query: &str, variables: Value) -> Value {
        let answer = self.ask_railway(query, variables).await;
        assert!(answer["errors"].is_null(), "{answer}");
        answer["data"].clone()
    }

    async fn ask_railway(&self, query: &str, variables: Value) -> Value {
        let url = format!("{}/railway/graphql/v2", self.outside.url);
        let body = json!({"query": query, "variables": variables});
        let request = self.http.post(url).bearer_auth(tokens::RAILWAY_TOKEN).json(&body);
        request.send().await.unwrap().json().await.unwrap()
    }

    /// Makes a project as somebody else does, in the vendor's own lane.
    pub async fn foreign_project(&self, name: &str) {
        let query = "mutation M($input: ProjectCreateInput!) { projectCreate(input: $input) { id } }";
        let input = json!({"input": {"name": name, "workspaceId": tokens::RAILWAY_WORKSPACE_ID,
            "defaultEnvironmentName": "production"}});
        self.until("the vendor's lane is open", async || {
            self.ask_railway(query, input.clone()).await["errors"].is_null()
        })
        .await;
    }

    /// Gives an instance's agent a token that the test knows.
    pub async fn token_of(&self, id: &str) -> String {
        let token = format!("it_token_of_{id}");
        let digest = hex::encode(process::auth::Digest::of(&token).as_bytes());
        sqlx::query("UPDATE instance_infra SET instance_services_token = $2 WHERE instance_id = $1")
            .bind(id)
            .bind(digest)
            .execute(&self.db)
            .await
            .unwrap();
        token
    }
}

impl Drop for Here {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The name of an instance at every vendor.
pub fn name(id: &str) -> String {
    format!("agent-dev-{id}")
}
