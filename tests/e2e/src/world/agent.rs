//! The running agents, as somebody on their machine sees them.

use std::collections::BTreeMap;

use anyhow::{Context, Result};

use super::http::Http;

/// The environment of the process that runs an instance's agent: its secrets are sealed everywhere else.
///
/// # Errors
/// When no process is that agent.
pub fn environment(instance_id: &str) -> Result<BTreeMap<String, String>> {
    let processes = std::fs::read_dir("/proc")?.filter_map(|entry| Some(entry.ok()?.path().join("environ")));
    for environ in processes {
        let Ok(bytes) = std::fs::read(environ) else { continue };
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let pairs = text.split('\0').filter_map(|pair| pair.split_once('='));
        let variables: BTreeMap<String, String> =
            pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let mine = variables.get("INSTANCE_ID").is_some_and(|id| id == instance_id);
        if mine && variables.contains_key("GATEWAY_TOKEN") {
            return Ok(variables);
        }
    }
    anyhow::bail!("no process is the agent {instance_id}")
}

/// A client of an agent at its address, with its own token.
///
/// # Errors
/// When there is no such agent.
pub fn client(instance_id: &str, url: &str) -> Result<Http> {
    let environment = environment(instance_id)?;
    let token = environment.get("GATEWAY_TOKEN").context("an agent without its token")?;
    Http::new(url, Some(token))
}
