//! Who may do what: the pool everything, an agent its own instance's tools, nobody else anything.

use std::io::Write;
use std::sync::{Arc, Mutex};

use reqwest::Method;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::here::Here;

const OWN: &str = "ownagent1234";
const OTHER: &str = "otheragent12";

/// What this test's process logs.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// Takes the log of the whole process; the runner gives each test a process of its own.
    fn start() -> Self {
        let log = Self::default();
        let sink = log.clone();
        let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(move || sink.clone());
        subscriber.init();
        log
    }

    fn lines_with(&self, words: &str) -> usize {
        let text = String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned();
        text.lines().filter(|line| line.contains(words)).count()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Everything that a call could change: what is at the vendors, what was asked of them that changes something, our rows.
async fn state_of(here: &Here) -> (Value, Vec<usize>, Vec<String>) {
    let mut asked = Vec::new();
    for operation in
        ["projectCreate", "projectDelete", "environmentPatchCommit", "deleteKey", "createKey", "provision"]
    {
        asked.push(here.asked(operation).await);
    }
    let rows = sqlx::query_scalar(
        "SELECT to_jsonb(infra)::text FROM instance_infra AS infra
         UNION ALL SELECT to_jsonb(tool)::text FROM instance_services AS tool
         ORDER BY 1",
    )
    .fetch_all(&here.db)
    .await
    .unwrap();
    (here.inventory().await, asked, rows)
}

#[sqlx::test(migrator = "providers::run::MIGRATIONS")]
async fn an_agents_token_opens_its_own_instance_only(db: PgPool) {
    let log = Log::start();
    let here = Here::start(db).await;
    futures::future::join_all([OWN, OTHER].map(|id| here.created(id))).await;
    // A deployment that is still coming up changes the inventory by itself.
    futures::future::join_all([OWN, OTHER].map(|id| here.healthy(id))).await;
    let token = here.token_of(OWN).await;
    let before = state_of(&here).await;
    let hostile: Vec<(Method, String, Option<Value>)> = vec![
        (Method::POST, "/create-instance".into(), Some(json!({"instanceId": "newagent1234"}))),
        (Method::DELETE, format!("/destroy/{OWN}"), None),
        (Method::DELETE, format!("/destroy/{OTHER}"), None),
        (Method::DELETE, format!("/destroy/{OTHER}/openrouter/hash"), None),
        (Method::POST, "/status/batch".into(), Some(json!({"instanceIds": [OTHER]}))),
        (Method::POST, format!("/configure/{OWN}"), Some(json!({"agentName": "a", "instructions": "b"}))),
        (Method::POST, format!("/redeploy/{OTHER}"), Some(json!({}))),
        (Method::GET, "/inventory".into(), None),
        (Method::GET, "/vendors".into(), None),
        (Method::GET, format!("/instances/{OTHER}"), None),
        (Method::POST, format!("/provision/{OTHER}/email"), Some(json!({}))),
        (Method::GET, format!("/proxy/{OTHER}/email/messages"), None),
        (
            Method::POST,
            format!("/proxy/{OTHER}/sms/messages"),
            Some(json!({"to": "+14155550100", "text": "x"})),
        ),
        // Another's id in disguise, decoded once and no more.
        (Method::GET, format!("/instances/%6f{}", &OTHER[1..]), None),
        (Method::GET, format!("/instances/{OWN}%2f..%2f{OTHER}"), None),
        (Method::GET, format!("/proxy/{OWN}%252f..%252f{OTHER}/email/messages"), None),
    ];
    let count = hostile.len();
    for (method, path, body) in hostile {
        let (status, problem) = here.call_as(&token, method.clone(), &path, body).await;
        assert_eq!(status, 403, "{method} {path}: {problem}");
        assert_eq!(problem["code"], "forbidden", "{path}");
    }
    assert_eq!(state_of(&here).await, before, "a refused call changed something");
    let refusals = log.lines_with(&format!("instance {OWN} was refused"));
    assert_eq!(refusals, count, "every refusal is in the log, by the name of who asked");
    let own = here.call_as(&token, Method::GET, &format!("/instances/{OWN}"), None).await;
    assert_eq!((own.0, own.1["tools"].as_array().map(Vec::len)), (200, Some(2)), "{}", own.1);
    assert_eq!(here.call_as(&token, Method::GET, "/registry", None).await.0, 200);
    here.destroyed(OWN).await;
    for path in [format!("/instances/{OWN}"), "/registry".to_owned(), format!("/instances/{OTHER}")] {
        let dead = here.call_as(&token, Method::GET, &path, None).await;
        assert_eq!(dead.0, 401, "a token dies with its instance: {path}");
    }
}

#[sqlx::test(migrator = "providers::run::MIGRATIONS")]
async fn nobody_without_a_key_learns_anything_but_that_the_process_lives(db: PgPool) {
    let here = Here::start(db).await;
    for key in ["", "services-key-012345678", "services-key-01234567890"] {
        for path in ["/registry", "/inventory", "/vendors", "/instances/abc123def456"] {
            let (status, problem) = here.call_as(key, Method::GET, path, None).await;
            assert_eq!((status, &problem["code"]), (401, &json!("unauthorized")), "{path}");
        }
    }
    assert_eq!(here.call_as("", Method::GET, "/healthz", None).await.0, 200);
    assert_eq!(here.call_as("", Method::GET, "/readyz", None).await.0, 200);
    assert_eq!(here.call_as("", Method::GET, "/nothing", None).await.1["code"], "not_found");
}

#[sqlx::test(migrator = "providers::run::MIGRATIONS")]
async fn requests_that_do_not_fit_are_refused_with_their_field(db: PgPool) {
    let here = Here::start(db).await;
    let post = async |path: &str, body: Value| here.call(Method::POST, path, Some(body)).await;
    for id in ["short", "UPPER12345", "with-hyphen", "../../etc/passwd", ""] {
        assert_eq!(post("/create-instance", json!({"instanceId": id})).await.0, 400, "{id:?}");
    }
    let unknown = post("/create-instance", json!({"instanceId": "abc123def456", "imege": "x"})).await;
    assert_eq!((unknown.0, &unknown.1["errors"][0]["field"]), (400, &json!("imege")));
    let ids: Vec<String> = (0..1001).map(|number| format!("agent{number:06}")).collect();
    assert_eq!(post("/status/batch", json!({"instanceIds": ids})).await.0, 400);
    assert_eq!(post("/provision/abc123def456/email", json!({})).await.0, 404);
    assert_eq!(here.call(Method::GET, "/instances/SHOUTING", None).await.0, 400);
    here.created("abc123def456").await;
    let unknown = post("/provision/abc123def456/teleport", json!({})).await;
    assert_eq!((unknown.0, &unknown.1["code"]), (422, &json!("tool_unknown")));
    let unconfigured = post("/provision/abc123def456/email", json!({})).await;
    assert_eq!((unconfigured.0, &unconfigured.1["code"]), (422, &json!("tool_not_configured")));
    let wrong = post("/provision/abc123def456/sms", json!({"userConfig": {"telnyxPhone": "911"}})).await;
    assert_eq!((wrong.0, &wrong.1["code"]), (422, &json!("user_config_invalid")), "{}", wrong.1);
}
