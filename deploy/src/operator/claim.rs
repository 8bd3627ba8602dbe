//! `claim`: asks for an agent and shows every step until its link works.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use process::exit::{ExitReason, Failure};
use reqwest::{
    Method,
    header::{HeaderMap, HeaderValue},
};
use serde_json::{Map, Value, json};
use tokio::time::sleep;

use super::{
    client::{ApiError, PoolApi},
    kinds::{Kind, plain},
    output::{self, Format},
    read_text,
};

/// How often the claim is looked at.
const LOOK_INTERVAL: Duration = Duration::from_millis(300);
/// How often a request without an answer is sent again: its key makes that safe.
const TRIES_MAX: u32 = 4;
/// The steps of a claim, for the progress bar.
const STEPS: [&str; 5] = ["pending", "bound", "provisioning", "configuring", "ready"];

/// Claim an agent and follow it until its invite link works.
#[derive(Debug, Args)]
pub struct Claim {
    /// Template to make it from
    #[arg(long, conflicts_with_all = ["name", "instructions"])]
    template: Option<String>,
    /// Name of the agent
    #[arg(long, required_unless_present = "template", requires = "instructions")]
    name: Option<String>,
    /// What it shall do
    #[arg(long)]
    instructions: Option<String>,
    /// Its model
    #[arg(long)]
    model: Option<String>,
    /// The pool to take it from
    #[arg(long)]
    pool: Option<String>,
    /// An existing conversation to join
    #[arg(long)]
    join_url: Option<String>,
    /// What the user brings for the template's tools, in YAML or JSON by tool: `email: {agentmailApiKey: …}`; `-` reads
    /// the standard input, so that no secret is seen among the processes
    #[arg(long, value_name = "FILE")]
    user_config: Option<PathBuf>,
    /// How long it lives once ready, such as 2h
    #[arg(long, value_parser = humantime::parse_duration)]
    ttl: Option<Duration>,
    /// How long to follow it
    #[arg(long, default_value = "10m", value_parser = humantime::parse_duration)]
    wait: Duration,
    /// The same key gives the same claim, however often it is sent [default: a new one]
    #[arg(long)]
    idempotency_key: Option<String>,
    /// How to print the result
    #[arg(short, long, value_enum, default_value_t)]
    output: Format,
}

/// How a claim can end otherwise.
#[derive(Debug, thiserror::Error)]
enum ClaimError {
    #[error("claim {id} {phase}: {why}")]
    Ended { id: String, phase: String, why: String },
    #[error("claim {id} is still {phase} after {waited:?}; it goes on: `convos-agents explain claim {id}`")]
    StillWaiting { id: String, phase: String, waited: Duration },
}

impl Claim {
    /// Claims, follows, prints.
    pub async fn run(self, api: &PoolApi) -> Result<(), Failure> {
        let started = Instant::now();
        let bar = ProgressBar::new(STEPS.len() as u64);
        if let Ok(style) = ProgressStyle::with_template("{bar:20} {msg} {elapsed:.dim}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(100));
        let mut claim = self.send(api).await?;
        let id = plain(&claim["claimId"]);
        let mut told = String::new();
        loop {
            let phase = plain(&claim["phase"]);
            let step = STEPS.iter().position(|step| *step == phase).unwrap_or(0);
            bar.set_position(step as u64 + 1);
            let line = describe(&claim);
            if line != told {
                bar.set_message(line.clone());
                if bar.is_hidden() {
                    eprintln!("{:6.1} s  {line}", started.elapsed().as_secs_f64());
                }
                told = line;
            }
            match phase.as_str() {
                "ready" | "pending_acceptance" => break,
                "failed" | "released" => {
                    bar.finish_and_clear();
                    let why = plain(&claim["failure"]["message"]);
                    return Err(Failure::other(ClaimError::Ended { id, phase, why }));
                }
                _ if started.elapsed() > self.wait => {
                    bar.finish_and_clear();
                    let waited = self.wait;
                    return Err(Failure::other(ClaimError::StillWaiting { id, phase, waited }));
                }
                _ => sleep(LOOK_INTERVAL).await,
            }
            claim = api.get(&Kind::Claims.path_of(&id), &[]).await?;
        }
        bar.finish_and_clear();
        self.print(&claim, started.elapsed())
    }

    fn print(&self, claim: &Value, took: Duration) -> Result<(), Failure> {
        if matches!(self.output, Format::Json | Format::Yaml) {
            return output::document(claim, self.output);
        }
        println!(
            "{} is {} after {:.1} s",
            plain(&claim["agentName"]),
            plain(&claim["phase"]),
            took.as_secs_f64()
        );
        for (title, field) in [("claim", "claimId"), ("instance", "instanceId"), ("invite", "inviteUrl")] {
            println!("  {title:<9} {}", plain(&claim[field]));
        }
        Ok(())
    }

    /// Sends the claim; a lost answer is asked for again under the same key.
    async fn send(&self, api: &PoolApi) -> Result<Value, Failure> {
        let key = self.idempotency_key.clone().unwrap_or_else(|| uuid::Uuid::now_v7().to_string());
        let mut headers = HeaderMap::new();
        headers.insert("idempotency-key", HeaderValue::from_str(&key).map_err(Failure::other)?);
        headers.insert("prefer", HeaderValue::from_static("wait=0"));
        let body = self.body()?;
        for attempt in 1.. {
            match api.send(Method::POST, "/api/claim", headers.clone(), Some(&body)).await {
                Err(ApiError::Unreachable { .. }) if attempt < TRIES_MAX => {
                    sleep(LOOK_INTERVAL * attempt).await
                }
                outcome => return Ok(outcome?),
            }
        }
        Ok(Value::Null)
    }

    fn body(&self) -> Result<Value, Failure> {
        let mut body = Map::new();
        let fields = [
            ("templateId", &self.template),
            ("agentName", &self.name),
            ("instructions", &self.instructions),
            ("model", &self.model),
            ("pool", &self.pool),
            ("joinUrl", &self.join_url),
        ];
        for (field, value) in fields {
            body.extend(value.as_ref().map(|value| (field.to_owned(), json!(value))));
        }
        body.extend(self.ttl.map(|ttl| ("ttlSeconds".to_owned(), json!(ttl.as_secs()))));
        if let Some(file) = &self.user_config {
            let text = read_text(file)?;
            let config: Value = serde_saphyr::from_str(&text).map_err(|_| {
                // The parser's own words would quote the text, which holds secrets.
                Failure::new(ExitReason::Configuration, format!("{} is not YAML", file.display()))
            })?;
            body.insert("userConfig".to_owned(), config);
        }
        Ok(Value::Object(body))
    }
}

/// One line about where a claim is.
fn describe(claim: &Value) -> String {
    let phase = plain(&claim["phase"]);
    match (phase.as_str(), claim["position"].as_u64(), claim["estimateSeconds"].as_u64()) {
        ("pending", Some(position), Some(seconds)) => format!("in line at {position}, about {seconds} s"),
        ("pending", Some(position), None) => format!("in line at {position}"),
        ("pending", ..) => "in line".to_owned(),
        ("bound", ..) => format!("bound to {}", plain(&claim["instanceId"])),
        _ => phase,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_in_line_is_told_with_its_estimate_where_there_is_one() {
        assert_eq!(describe(&json!({"phase": "pending", "position": 2})), "in line at 2");
        let claim = json!({"phase": "pending", "position": 2, "estimateSeconds": 40});
        assert_eq!(describe(&claim), "in line at 2, about 40 s");
        assert_eq!(describe(&json!({"phase": "bound", "instanceId": "abc"})), "bound to abc");
    }
}
