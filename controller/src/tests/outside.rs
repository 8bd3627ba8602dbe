//! A stand-in for `services`: remembers instances, answers at once, hangs or refuses when told to.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};

use process::clock;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

#[derive(Debug, Default)]
struct State {
    /// Image by instance.
    instances: BTreeMap<String, Option<String>>,
    /// Images whose agents never answer.
    spoilt: BTreeSet<String>,
    /// Paths that begin so get no answer.
    hang: Option<String>,
    hanging: usize,
    refuse_configure: bool,
    stranger: bool,
    /// Images that are taken for a redeploy and cannot be had when it comes to it.
    lost: BTreeSet<String>,
    /// Instances whose latest deploy failed; what ran before answers.
    failed: BTreeSet<String>,
    /// Run and do not answer, the newer ones too.
    way_is_broken: bool,
    /// Run and do not answer until they are redeployed.
    asleep: BTreeSet<String>,
    /// In order.
    redeployed: Vec<String>,
}

/// The stand-in; it ends with the test's runtime.
#[derive(Debug, Clone)]
pub(super) struct Outside {
    pub url: String,
    state: Arc<Mutex<State>>,
}

impl Outside {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let outside = Self { url, state: Arc::default() };
        let server = outside.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(server.clone().serve(stream));
            }
        });
        outside
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub fn make(&self, id: &str) {
        self.state().instances.insert(id.to_owned(), None);
    }

    pub fn exists(&self, id: &str) -> bool {
        self.state().instances.contains_key(id)
    }

    pub fn count(&self) -> usize {
        self.state().instances.len()
    }

    pub fn with_image(&self, image: &str) -> usize {
        self.state().instances.values().filter(|found| found.as_deref() == Some(image)).count()
    }

    pub fn spoil(&self, image: &str) {
        self.state().spoilt.insert(image.to_owned());
    }

    /// Redeploys with this image are taken, and their deploys fail.
    pub fn lose_image(&self, image: &str) {
        self.state().lost.insert(image.to_owned());
    }

    pub fn hang(&self, path: &str) {
        self.state().hang = Some(path.to_owned());
    }

    pub fn hanging(&self) -> usize {
        self.state().hanging
    }

    /// What hangs now goes on hanging; what comes next is answered.
    pub fn heal(&self) {
        self.state().hang = None;
    }

    /// Nobody can be reached, whoever is redeployed or new.
    pub fn break_the_way(&self, broken: bool) {
        self.state().way_is_broken = broken;
    }

    /// Everybody stops answering until it is redeployed.
    pub fn all_die(&self) {
        let mut state = self.state();
        state.asleep = state.instances.keys().cloned().collect();
    }

    pub fn redeployed(&self) -> Vec<String> {
        self.state().redeployed.clone()
    }

    pub fn refuse_next_configure(&self) {
        self.state().refuse_configure = true;
    }

    /// The next creation is answered by somebody else: a page that knows nothing.
    pub fn be_a_stranger_once(&self) {
        self.state().stranger = true;
    }

    async fn serve(self, mut stream: TcpStream) {
        let Some((method, path, body)) = read(&mut stream).await else { return };
        let hangs = {
            let mut state = self.state();
            let hangs = state.hang.as_ref().is_some_and(|hang| path.starts_with(hang));
            state.hanging += usize::from(hangs);
            hangs
        };
        if hangs {
            std::future::pending::<()>().await;
        }
        let stranger = path == "/create-instance" && std::mem::take(&mut self.state().stranger);
        let (status, text) = if stranger {
            (404, "<html>nothing here</html>".to_owned())
        } else {
            let (status, answer) = self.answer(&method, &path, &body);
            (status, answer.to_string())
        };
        let head = format!(
            "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
            text.len()
        );
        let _gone = stream.write_all(format!("{head}{text}").as_bytes()).await;
    }

    fn answer(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let mut state = self.state();
        let last = path.rsplit('/').next().unwrap_or_default().to_owned();
        match (method, path) {
            ("POST", "/create-instance") => {
                let id = body["instanceId"].as_str().unwrap().to_owned();
                state.instances.insert(id.clone(), body["image"].as_str().map(str::to_owned));
                (200, json!({"instanceId": id, "url": format!("http://{id}.example")}))
            }
            ("POST", "/status/batch?detail=1") => {
                let ids = body["instanceIds"].as_array().unwrap().iter().filter_map(Value::as_str);
                let details = ids.map(|id| {
                    let status = match state.instances.get(id) {
                        None => "not_found",
                        Some(_) if state.way_is_broken || state.asleep.contains(id) => "unreachable",
                        Some(Some(image)) if state.spoilt.contains(image) => "unreachable",
                        Some(_) => "healthy",
                    };
                    let deployed = if state.failed.contains(id) { "failed" } else { "running" };
                    (
                        id.to_owned(),
                        json!({"status": status, "deployStatus": deployed, "observedAt": clock::now()}),
                    )
                });
                (200, Value::Object(details.collect()))
            }
            ("POST", path) if path.starts_with("/configure/") => {
                if std::mem::take(&mut state.refuse_configure) {
                    return problem(409, "agent_already_bound");
                }
                let invite = format!("https://example.org/c/{last}");
                (200, json!({"ok": true, "conversationId": last, "inviteUrl": invite, "status": "created"}))
            }
            ("POST", path) if path.starts_with("/redeploy/") => match body["image"].as_str() {
                Some(image) if state.spoilt.contains(image) => problem(422, "redeploy_refused"),
                image => {
                    state.redeployed.push(last.clone());
                    state.asleep.remove(&last);
                    let lost = image.is_some_and(|image| state.lost.contains(image));
                    if lost {
                        state.failed.insert(last)
                    } else {
                        state.failed.remove(&last)
                    };
                    (202, json!({"ok": true, "operationId": "operation"}))
                }
            },
            ("DELETE", path) if path.starts_with("/destroy/") => {
                state.instances.remove(&last);
                (200, json!({"ok": true, "resources": []}))
            }
            ("GET", "/inventory") => {
                let instances: Vec<Value> = state
                    .instances
                    .keys()
                    .map(|id| {
                        let compute = json!({"kind": "compute", "state": "active", "costPerHour": 0.05});
                        json!({"instanceId": id, "resources": [compute]})
                    })
                    .collect();
                (200, json!({"instances": instances, "orphans": []}))
            }
            _ => problem(404, "not_found"),
        }
    }
}

fn problem(status: u16, code: &str) -> (u16, Value) {
    let title = format!("status {status}");
    (
        status,
        json!({"type": "about:blank", "title": title, "status": status, "detail": "refused", "code": code}),
    )
}

async fn read(stream: &mut TcpStream) -> Option<(String, String, Value)> {
    let mut bytes = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        let count = stream.read(&mut chunk).await.ok().filter(|count| *count > 0)?;
        bytes.extend_from_slice(&chunk[..count]);
        let text = String::from_utf8_lossy(&bytes);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
        });
        if body.len() < length.unwrap_or(0) {
            continue;
        }
        let mut words = head.split_whitespace();
        let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
        return Some((method, path, serde_json::from_str(body).unwrap_or(Value::Null)));
    }
}
