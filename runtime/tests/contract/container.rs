//! A real `convos-runtime` process on a free port, with a volume of its own.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;
use serde_json::{Value, json};
use tempfile::TempDir;

pub const TOKEN: &str = "a-gateway-token-of-the-tests";
/// Everything here takes milliseconds; this is for a machine that is busy with something else.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// What a container is started with, and the volume that outlives it.
pub struct Site {
    pub scratch: TempDir,
    pub variables: BTreeMap<String, String>,
}

impl Site {
    pub fn new() -> Result<Self> {
        let scratch = tempfile::tempdir()?;
        let volume = scratch.path().join("volume").display().to_string();
        let variables = [
            ("HOST", "127.0.0.1"),
            ("PORT", "0"),
            ("GATEWAY_TOKEN", TOKEN),
            ("INSTANCE_ID", "abc123def456"),
            ("RAILWAY_VOLUME_MOUNT_PATH", &volume),
            ("AGENT_RESTART_PAUSE", "10ms"),
            ("LOG_FORMAT", "pretty"),
        ];
        let variables = variables.map(|(name, value)| (name.to_string(), value.to_string())).into();
        Ok(Self { scratch, variables })
    }

    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.variables.insert(name.into(), value.into());
        self
    }

    /// An `openclaw` on the path of the container, as a script.
    pub fn with_openclaw(self, script: &str) -> Result<Self> {
        use std::os::unix::fs::PermissionsExt;
        let folder = self.scratch.path().join("bin");
        std::fs::create_dir_all(&folder)?;
        let program = folder.join("openclaw");
        std::fs::write(&program, format!("#!/bin/sh\n{script}\n"))?;
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755))?;
        let folder = folder.display().to_string();
        Ok(self.for_openclaw().with("PATH", folder))
    }

    /// Everything that a gateway needs but the gateway.
    pub fn for_openclaw(self) -> Self {
        let state = self.scratch.path().join("volume/openclaw").display().to_string();
        self.with("OPENCLAW_FILES", concat!(env!("CARGO_MANIFEST_DIR"), "/openclaw"))
            .with("OPENCLAW_STATE_DIR", state)
            .with("OPENROUTER_API_KEY", "sk-or-v1-of-the-tests")
            .with("OPENCLAW_GATEWAY_TOKEN", TOKEN)
            .with("AGENT", "openclaw")
            .with("AGENT_PORT", "0")
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_convos-runtime"));
        command.args(arguments).env_clear().envs(&self.variables);
        command
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(self.log_path()).unwrap_or_default()
    }

    fn log_path(&self) -> PathBuf {
        self.scratch.path().join("log")
    }

    /// Starts it, without waiting for the agent.
    pub fn start(&self) -> Result<Container> {
        let log = std::fs::OpenOptions::new().create(true).append(true).open(self.log_path())?;
        let mut process = self.command(&[]).stdout(Stdio::piped()).stderr(log).spawn()?;
        let stdout = process.stdout.take().context("stdout")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        let Some((_, base)) = line.trim().split_once("listening on ") else {
            bail!("said {line:?} and {}", self.log());
        };
        let http = process::http::client(&process::http::Options::new("test", PATIENCE).direct())?;
        Ok(Container { process, base: base.to_string(), http })
    }

    /// Starts it and waits until it is ready.
    pub async fn ready(&self) -> Result<Container> {
        let container = self.start()?;
        container.until_ready().await.with_context(|| self.log())?;
        Ok(container)
    }
}

pub struct Container {
    process: Child,
    pub base: String,
    pub http: reqwest::Client,
}

impl Drop for Container {
    fn drop(&mut self) {
        let agent = self.agent_id().and_then(|id| i32::try_from(id).ok()).map(Pid::from_raw);
        let _gone_already = self.process.kill();
        let _reaped_already = self.process.wait();
        // A front that is killed cannot take along an agent that does not watch it.
        let _nobody_left = agent.map(|group| killpg(group, Signal::SIGKILL));
    }
}

/// Status and body of an answer.
pub type Answer = (u16, Value);

impl Container {
    pub async fn until_ready(&self) -> Result<()> {
        let since = Instant::now();
        while self.get("/pool/health").await?.0 != 200 {
            ensure!(since.elapsed() < PATIENCE, "the container does not become ready");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Ok(())
    }

    pub async fn get(&self, path: &str) -> Result<Answer> {
        let request = self.http.get(format!("{}{path}", self.base)).bearer_auth(TOKEN);
        read(request.send().await?).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Result<Answer> {
        let request = self.http.post(format!("{}{path}", self.base)).bearer_auth(TOKEN).json(&body);
        read(request.send().await?).await
    }

    pub async fn provision(&self, claim: &str, instructions: &str) -> Result<Answer> {
        self.post("/pool/provision", ada(Some(claim), instructions)).await
    }

    pub async fn say(&self, invite_url: &str, text: &str) -> Result<Answer> {
        let request = self.http.post(format!("{invite_url}/messages")).json(&json!({ "text": text }));
        read(request.send().await?).await
    }

    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// The process id of the agent inside.
    pub fn agent_id(&self) -> Option<u32> {
        let children = format!("/proc/{0}/task/{0}/children", self.id());
        std::fs::read_to_string(children).ok()?.split_whitespace().next()?.parse().ok()
    }

    pub fn signal(&self, signal: Signal) -> Result<()> {
        Ok(kill(Pid::from_raw(i32::try_from(self.id())?), signal)?)
    }

    pub fn wait(&mut self) -> Result<ExitStatus> {
        wait(&mut self.process)
    }
}

pub fn wait(process: &mut Child) -> Result<ExitStatus> {
    let since = Instant::now();
    loop {
        if let Some(status) = process.try_wait()? {
            return Ok(status);
        }
        ensure!(since.elapsed() < PATIENCE, "the process does not end");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Waits until something is so.
pub async fn until(what: &str, mut check: impl FnMut() -> bool) -> Result<()> {
    let since = Instant::now();
    while !check() {
        ensure!(since.elapsed() < PATIENCE, "never: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Ok(())
}

pub fn alive(process: u32) -> bool {
    // A zombie has no command line.
    std::fs::read(Path::new("/proc").join(process.to_string()).join("cmdline"))
        .is_ok_and(|line| !line.is_empty())
}

pub async fn read(answer: reqwest::Response) -> Result<Answer> {
    let status = answer.status().as_u16();
    let text = answer.text().await?;
    Ok((status, serde_json::from_str(&text).unwrap_or(Value::String(text))))
}

pub fn ada(claim: Option<&str>, instructions: &str) -> Value {
    let mut body = json!({ "agentName": "Ada", "instructions": instructions });
    if let Some(claim) = claim {
        body["claimId"] = json!(claim);
    }
    body
}
