//! `docs/api.md` walks through a claim with real answers of a running system, and `docs/cli.md` shows what the executable
//! prints: this test makes both and fails when they are others than the pages show.
//! `UPDATE_DOCS=1 cargo nextest run -p e2e --test pages` writes them anew.
#![expect(clippy::unwrap_used, reason = "an answer that does not come has failed the test")]

use std::fmt::Write;
use std::process::Command;
use std::time::Duration;

use e2e::pages::{Examples, hold};
use e2e::settle::eventually;
use e2e::world::http::{Answer, Http};
use e2e::world::programs::program;
use e2e::world::{Options, World};
use reqwest::Method;
use serde_json::{Value, json};

const FULL_WITHIN: Duration = Duration::from_secs(120);

/// Stand-ins for ids: the first found gets the first.
const CLAIMS: [&str; 3] = [
    "0199e0a0-5c1f-7d44-9b1e-2f6a3c8d7e10",
    "0199e0a4-1b7e-7c20-8f3d-6a5b4c3d2e1f",
    "0199e0a9-7d3c-7b18-a4e2-9c8b7a6f5e4d",
];
const INSTANCES: [&str; 4] = ["k3v9x2m7q1za", "p8w4t6n2c5rd", "h7j1b5y9s3ke", "m2f6q8d4x7vu"];

/// Answers with examples in the place of what differs each time.
#[derive(Default)]
struct Walk {
    examples: Examples,
    claims: usize,
    instances: usize,
}

impl Walk {
    /// Learns the ids in an answer, so that they are replaced from now on.
    fn learn(&mut self, answer: &Value) {
        let text = |field: &str| answer[field].as_str().unwrap_or_default();
        let known = |examples: &Examples, id: &str| id.is_empty() || examples.within(id) != id;
        if !known(&self.examples, text("claimId")) {
            self.examples.replace(text("claimId"), CLAIMS[self.claims]);
            self.claims += 1;
        }
        if !known(&self.examples, text("instanceId")) {
            self.examples.replace(text("instanceId"), INSTANCES[self.instances]);
            self.instances += 1;
        }
        self.examples.replace(text("templateId"), "0199e0a0-4b0e-7c33-8a0d-1e5f2b7c6d0f");
        self.examples.replace(text("conversationId"), "8c1d5e0f7a9b4c3d");
        let id = self.examples.within(text("instanceId"));
        self.examples.replace(text("inviteUrl"), &format!("https://{id}.up.railway.app/c/7f3a9c51d2"));
        self.examples.replace(text("url"), &format!("https://{id}.up.railway.app"));
    }
}

/// Writes `docs/api.md`, one call after the other.
struct Api<'a> {
    walk: &'a mut Walk,
    http: Http,
    page: String,
}

impl Api<'_> {
    async fn call(
        &mut self,
        sentence: &str,
        (method, path): (Method, &str),
        headers: &[(&str, &str)],
        body: Option<&Value>,
        status: u16,
    ) -> Answer {
        let answer =
            self.http.send(method.clone(), path, headers, body).await.unwrap().expect(status).unwrap();
        self.walk.learn(&answer.body);
        let examples = &self.walk.examples;
        write!(self.page, "\n{sentence}\n\n```sh\ncurl").unwrap();
        if body.is_none() && method != Method::GET {
            write!(self.page, " -X {method}").unwrap();
        }
        write!(self.page, " $POOL{} -H \"Authorization: Bearer $KEY\"", examples.within(path)).unwrap();
        for (name, value) in headers {
            write!(self.page, " \\\n  -H '{name}: {value}'").unwrap();
        }
        if let Some(body) = body {
            write!(self.page, " \\\n  --json '{}'", examples.within(&examples.json(body).to_string()))
                .unwrap();
        }
        write!(self.page, "\n```\n\n```text\nHTTP {status}").unwrap();
        for name in ["location", "preference-applied", "idempotent-replayed"] {
            if !answer.header(name).is_empty() {
                write!(self.page, "\n{name}: {}", examples.within(answer.header(name))).unwrap();
            }
        }
        let shown = serde_json::to_string_pretty(&examples.json(&answer.body)).unwrap();
        write!(self.page, "\n```\n\n```json\n{shown}\n```\n").unwrap();
        answer
    }
}

const API: &str = "# The pool API, by a claim

Every answer on this page came from a running system (`tests/e2e/tests/pages.rs` makes the page and fails when it is stale); ids, times
and addresses are replaced by examples. The whole API is described at `/api/openapi.json` and shown at `/api/docs`. Errors are problem
documents (RFC 9457) with a stable `code`.

```sh
export POOL=http://localhost:8080 KEY=…   # `make dev` prints both
```
";

const WAITS: &str = "
## Waiting

Without `Prefer` a claim is waited for up to 60 s; `Prefer: wait=N` says another time, from 0 to 120. A claim that is not ready by then is
answered with 202 and a `Location`; it goes on, and with the same key it can be asked for again. One in line has its `position` and
`estimateSeconds`. When a request breaks off without an answer, send it again with the same `Idempotency-Key`: it is the same claim.
";

async fn api_page(world: &World, walk: &mut Walk) -> String {
    let mut api = Api { walk, http: world.api().http().clone(), page: API.to_owned() };
    let template = json!({
        "agentName": "Bea",
        "instructions": "Help with the week's plan. Be brief.",
        "tools": [{"id": "email", "provisioning": "pool"}],
        "visibility": "public",
    });
    let sentence = "## A template\n\nA recipe for agents: who it is, what it does, which tools it gets.";
    let template = api.call(sentence, (Method::POST, "/api/templates"), &[], Some(&template), 201).await;
    let template = template.text("templateId").to_owned();
    let body = json!({"templateId": template, "metadata": {"order": "4711"}});
    let headers = [("Idempotency-Key", "order-4711"), ("Prefer", "wait=120")];
    let sentence = "## A claim\n\nTakes a warm instance, makes its tools, tells it who it is. The key makes a repeat harmless; \
        `wait` is how long the request may\nwait for the agent.";
    let claim = api.call(sentence, (Method::POST, "/api/claim"), &headers, Some(&body), 200).await;
    let (claim, instance) = (claim.text("claimId").to_owned(), claim.text("instanceId").to_owned());
    let sentence = "Sent again, whatever happened in between, it is the same claim:";
    api.call(sentence, (Method::POST, "/api/claim"), &headers, Some(&body), 200).await;
    let other = json!({"templateId": template});
    let sentence = "The same key for something else is refused:";
    api.call(sentence, (Method::POST, "/api/claim"), &headers, Some(&other), 409).await;
    let wrong = json!({"agentName": "Bea", "wait": 3});
    let sentence = "Mistakes are named by field:";
    api.call(sentence, (Method::POST, "/api/claim"), &[], Some(&wrong), 400).await;
    api.page += WAITS;
    steps(&mut api, &claim).await;
    at_rest(world).await;
    let sentence = "## The instance behind it\n\nMade anonymous, now it serves the claim.";
    api.call(sentence, (Method::GET, &format!("/api/instances/{instance}")), &[], None, 200).await;
    let sentence =
        "## The end\n\nReleasing a claim destroys its instance, with everything that was made for it.";
    api.call(sentence, (Method::DELETE, &format!("/api/claims/{claim}")), &[], None, 202).await;
    let pool = world.api();
    eventually("the claim is released", FULL_WITHIN, async || {
        let claim = pool.claim_of(claim.parse()?).await?;
        anyhow::ensure!(claim.phase.as_str() == "released", "{:?}", claim.phase);
        Ok(())
    })
    .await
    .unwrap();
    let sentence = "Once everything is confirmed gone the claim stays readable:";
    api.call(sentence, (Method::GET, &format!("/api/claims/{claim}")), &[], None, 200).await;
    api.page
}

/// Waits until the pool is full and everybody answers well.
async fn at_rest(world: &World) {
    world.full(FULL_WITHIN).await.unwrap();
    eventually("everybody is well", FULL_WITHIN, async || {
        for instance in world.api().instances().await? {
            let instance = serde_json::to_value(&instance)?;
            anyhow::ensure!(instance["deployStatus"] == "healthy", "{instance}");
        }
        Ok(())
    })
    .await
    .unwrap();
}

/// The stream of a claim's steps, up to the one that makes it ready.
async fn steps(api: &mut Api<'_>, claim: &str) {
    let path = format!("/api/claims/{claim}/events");
    let text =
        api.http.stream_until(&path, |text| text.contains("\"to\":\"ready\"") && text.ends_with("\n\n"));
    let text = text.await.unwrap();
    let examples = &api.walk.examples;
    write!(
        api.page,
        "\n## Its steps\n\nA stream of server-sent events, from the claim's beginning or from `Last-Event-ID`; it stays open, with a comment each 15 s.\n\n\
         ```sh\ncurl -N $POOL{} -H \"Authorization: Bearer $KEY\"\n```\n\n```text\n",
        examples.within(&path)
    )
    .unwrap();
    let events = text.split("\n\n").filter_map(|block| {
        let data: String =
            block.lines().filter_map(|line| line.strip_prefix("data:")).map(str::trim_start).collect();
        serde_json::from_str::<Value>(&data).ok()
    });
    for (index, mut event) in events.enumerate() {
        event["eventId"] = (201 + index).into();
        event.as_object_mut().unwrap().remove("traceId");
        let shown = examples.json(&event);
        write!(api.page, "event: claim\nid: {}\ndata: {shown}\n\n", 201 + index).unwrap();
    }
    api.page.truncate(api.page.trim_end().len());
    api.page += "\n```\n";
}

const CLI: &str = "# Command line

`tests/e2e/tests/pages.rs` makes this page from what the executable prints, and fails when it is stale. Processes are started by their
names; the other words are calls of the pool API, in the habits of kubectl. What is printed for people goes to a terminal in colours and
to a file without; `-o json` and `-o yaml` are for programs.

```sh
convos-agents context set prod --server https://pool.example < key-file   # then every verb means it; `dev` needs no file
source <(convos-agents completions bash)
convos-agents man | man -l -
```
";

/// Runs an operator's command and adds what it prints.
async fn show(world: &World, walk: &Walk, page: &mut String, sentence: &str, words: &[&str]) {
    let output = world.operator(words).unwrap().output().await.unwrap();
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let quoted = |word: &&str| if word.contains(' ') { format!("\"{word}\"") } else { (*word).to_owned() };
    let line = walk.examples.within(&words.iter().map(quoted).collect::<Vec<_>>().join(" "));
    write!(
        page,
        "\n{sentence}\n\n```sh\nconvos-agents {line}\n```\n\n```text\n{}\n```\n",
        walk.examples.lines(&text)
    )
    .unwrap();
}

async fn cli_page(world: &World, walk: &mut Walk) -> String {
    let mut page = CLI.to_owned();
    let words =
        ["claim", "--name", "Ada", "--instructions", "Answer in one sentence.", "--idempotency-key", "ada-1"];
    let output = world.operator(&words).unwrap().args(["-o", "json"]).output().await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let claim: Value = serde_json::from_slice(&output.stdout).unwrap();
    walk.learn(&claim);
    at_rest(world).await;
    for instance in world.api().instances().await.unwrap() {
        walk.learn(&serde_json::to_value(&instance).unwrap());
    }
    let id = claim["claimId"].as_str().unwrap();
    let sentence = "## Everyday\n\nAn agent, please. On a terminal a bar tells the steps until its invite works; the same key gives the \
        same claim, however often\nit is sent:";
    show(world, walk, &mut page, sentence, &words).await;
    show(world, walk, &mut page, "What is there:", &["get", "instances", "-o", "wide"]).await;
    show(world, walk, &mut page, "Why it is as it is, and what comes next:", &["explain", "claim", id]).await;
    page
}

/// The help of a command, without what this machine's environment would add.
fn help(words: &[&str]) -> String {
    let output = Command::new(program("convos-agents").unwrap())
        .args(words)
        .arg("--help")
        .env_clear()
        .output()
        .unwrap();
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

/// The commands that a help lists.
fn commands(help: &str) -> Vec<String> {
    let list = help.split("\nCommands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let names = list.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    names
        .map(|line| line.split_whitespace().next().unwrap().to_owned())
        .filter(|name| name != "help")
        .collect()
}

/// Every command with its options.
fn reference(page: &mut String) {
    let all = help(&[]);
    write!(page, "\n## Every command\n\n```text\n{all}\n```\n").unwrap();
    let commands = commands(&all);
    assert!(commands.len() > 12, "{commands:?}");
    for command in commands {
        write!(page, "\n## {command}\n\n```text\n{}\n```\n", help(&[&command])).unwrap();
    }
}

#[tokio::test]
async fn the_pages_show_what_the_system_answers() {
    // One idle member: so it is known which one a claim takes.
    let world = World::start(Options { min_idle: 1, ..Options::default() }).await.unwrap();
    world.full(FULL_WITHIN).await.unwrap();
    let mut walk = Walk::default();
    let mut cli = cli_page(&world, &mut walk).await;
    reference(&mut cli);
    let api = api_page(&world, &mut walk).await;
    world.end().await.unwrap();
    let (cli, api) = (hold("docs/cli.md", &cli), hold("docs/api.md", &api));
    cli.unwrap();
    api.unwrap();
}
