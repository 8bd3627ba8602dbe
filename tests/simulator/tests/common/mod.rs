//! A simulator of the test's own and a client for it.

#![allow(dead_code, reason = "each test file uses another part")]
#![expect(
    clippy::unwrap_used,
    reason = "this is test code, which clippy cannot tell of a module beside tests"
)]

pub mod documents;
pub mod receiver;
pub mod reference;
pub mod rest;

use std::time::Duration;

use serde_json::{Value, json};
use simulator::tokens::{OPENROUTER_MANAGEMENT_KEY, RAILWAY_TOKEN, RAILWAY_WORKSPACE_ID};
use simulator::{Options, Running, RuntimeKind};

/// Simulated time runs this much faster in tests: the lane of 30 s takes 60 ms.
pub const SCALE: f64 = 500.0;
/// Every wait of a test ends here, in real time.
const PATIENCE: Duration = Duration::from_secs(20);

/// A running simulator.
pub struct Outside {
    pub running: Running,
    pub http: reqwest::Client,
}

/// Options of a fast simulator with stand-ins.
pub fn stubs() -> Options {
    Options { runtime: RuntimeKind::Stub, time_scale: SCALE, ..Options::default() }
}

impl Outside {
    pub async fn start(options: Options) -> Self {
        let http = process::http::Options::new("simulator-tests", Duration::from_secs(10)).direct();
        Self {
            running: simulator::start(options).await.unwrap(),
            http: process::http::client(&http).unwrap(),
        }
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.running.url)
    }

    /// Sends a GraphQL document; the whole answer.
    pub async fn ask(&self, query: &str, variables: Value) -> reqwest::Result<reqwest::Response> {
        self.ask_as(RAILWAY_TOKEN, query, variables).await
    }

    pub async fn ask_as(
        &self,
        token: &str,
        query: &str,
        variables: Value,
    ) -> reqwest::Result<reqwest::Response> {
        let body = json!({"query": query, "variables": variables});
        self.http.post(self.url("/railway/graphql/v2")).bearer_auth(token).json(&body).send().await
    }

    /// The `data` of an answer without errors.
    pub async fn data(&self, query: &str, variables: Value) -> Value {
        let body: Value = self.ask(query, variables).await.unwrap().json().await.unwrap();
        assert!(body.get("errors").is_none(), "{query}: {body}");
        body["data"].clone()
    }

    /// The first error's message of an answer with one, and the HTTP status.
    pub async fn error(&self, query: &str, variables: Value) -> (u16, String) {
        let answer = self.ask(query, variables).await.unwrap();
        let status = answer.status().as_u16();
        let body: Value = answer.json().await.unwrap();
        (
            status,
            body["errors"][0]["message"].as_str().unwrap_or_else(|| panic!("{query}: {body}")).to_owned(),
        )
    }

    pub async fn get(&self, path: &str) -> Value {
        self.http.get(self.url(path)).send().await.unwrap().json().await.unwrap()
    }

    pub async fn put(&self, path: &str, body: Value) -> (u16, Value) {
        let answer = self.http.put(self.url(path)).json(&body).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap_or_default())
    }

    pub async fn post(&self, path: &str) -> u16 {
        self.http.post(self.url(path)).send().await.unwrap().status().as_u16()
    }

    pub async fn faults(&self, faults: Value) {
        let (status, body) = self.put("/_sim/faults", faults).await;
        assert_eq!(status, 200, "{body}");
    }

    /// Asks a key route of OpenRouter with the management key.
    pub fn openrouter(&self, method: reqwest::Method, path: &str) -> reqwest::RequestBuilder {
        let url = self.url(&format!("/openrouter/api/v1{path}"));
        self.http.request(method, url).bearer_auth(OPENROUTER_MANAGEMENT_KEY)
    }

    /// `projectCreate`, waiting for the lane.
    pub async fn project(&self, name: &str) -> Project {
        let input = json!({"input": {"name": name, "workspaceId": RAILWAY_WORKSPACE_ID, "defaultEnvironmentName": "test"}});
        let created = eventually(async || {
            let answer = self.ask(documents::PROJECT_CREATE, input.clone()).await.unwrap();
            let body: Value = answer.json().await.unwrap();
            body.get("errors").is_none().then(|| body["data"]["projectCreate"].clone())
        })
        .await;
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        Project {
            id: text(&created["id"]),
            environment: text(&created["primaryEnvironmentId"]),
            service: String::new(),
            domain: String::new(),
        }
    }

    /// The five mutations of a creation.
    pub async fn agent(&self, name: &str, variables: Value) -> Project {
        let mut project = self.project(name).await;
        let (id, environment) = (project.id.clone(), project.environment.clone());
        let input = json!({"input": {"projectId": id, "environmentId": environment, "name": "runtime"}});
        let service = self.data(documents::SERVICE_CREATE, input).await["serviceCreate"]["id"].clone();
        let input = json!({"input": {"projectId": id, "environmentId": environment, "serviceId": service, "mountPath": "/data"}});
        eventually(async || {
            let body: Value =
                self.ask(documents::VOLUME_CREATE, input.clone()).await.unwrap().json().await.unwrap();
            body.get("errors").is_none().then_some(())
        })
        .await;
        let input =
            json!({"input": {"serviceId": service, "environmentId": environment, "targetPort": 8080}});
        let domain =
            self.data(documents::DOMAIN_CREATE, input).await["serviceDomainCreate"]["domain"].clone();
        project.service = service.as_str().unwrap().to_owned();
        project.domain = domain.as_str().unwrap().to_owned();
        self.patch(&project, "ghcr.io/xmtplabs/convos-runtime:dev", variables).await;
        project
    }

    /// One patch commit.
    pub async fn patch(&self, project: &Project, image: &str, variables: Value) {
        let variables: serde_json::Map<String, Value> = variables
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, value)| {
                (name.clone(), if value.is_null() { Value::Null } else { json!({"value": value}) })
            })
            .collect();
        let service = project.service.as_str();
        let patch = json!({"services": {service: {
            "source": {"image": image},
            "variables": variables,
            "deploy": {"healthcheckPath": "/pool/health", "healthcheckTimeout": 300,
                "restartPolicyType": "ON_FAILURE", "restartPolicyMaxRetries": 10, "numReplicas": 1},
        }}});
        let input = json!({"environmentId": project.environment, "patch": patch, "commitMessage": "test"});
        self.data(documents::PATCH_COMMIT, input).await;
    }

    /// Statuses of the service's deployments, newest first.
    pub async fn statuses(&self, project: &Project) -> Vec<String> {
        let input = json!({"input": {"projectId": project.id}, "first": 20});
        let data = self.data(documents::DEPLOYMENTS, input).await;
        let edges = data["deployments"]["edges"].as_array().unwrap();
        edges.iter().map(|edge| edge["node"]["status"].as_str().unwrap().to_owned()).collect()
    }

    /// Waits until the newest deployment has this status.
    pub async fn until(&self, project: &Project, status: &str) {
        let mut last = Vec::new();
        for _ in 0..1_000 {
            last = self.statuses(project).await;
            if last.first().is_some_and(|newest| newest == status) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("no {status}: {last:?}");
    }

    pub async fn agent_get(&self, project: &Project, path: &str) -> (u16, Value) {
        let answer = self.http.get(format!("http://{}{path}", project.domain)).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap_or_default())
    }

    pub async fn delete(&self, project: &Project) {
        self.data(documents::PROJECT_DELETE, json!({"id": project.id})).await;
    }
}

/// What a creation leaves behind.
pub struct Project {
    pub id: String,
    pub environment: String,
    pub service: String,
    pub domain: String,
}

/// Asks until there is an answer.
pub async fn eventually<T>(mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let until = tokio::time::Instant::now() + PATIENCE;
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(tokio::time::Instant::now() < until, "this did not happen in {PATIENCE:?}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
