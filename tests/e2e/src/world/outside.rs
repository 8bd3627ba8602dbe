//! The simulated outside: what exists there, what was asked of it, what goes wrong next.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, bail};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Value, json};

use super::http::Http;

/// The simulator's control.
#[derive(Debug, Clone)]
pub struct Outside {
    http: Http,
    name_prefix: String,
}

/// One request as the simulator's journal has it.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// Counts from 1.
    pub seq: u64,
    /// When it was answered.
    pub at: DateTime<Utc>,
    /// The same in simulated milliseconds.
    pub at_simulated_ms: u64,
    /// The vendor.
    pub vendor: String,
    /// The operation.
    pub operation: String,
    /// Whether it was carried out.
    pub applied: bool,
    /// The fault that met it.
    #[serde(default)]
    pub fault: Option<String>,
    /// What it was about.
    #[serde(default)]
    pub subject: Option<String>,
}

/// What exists at the vendors, by our instance ids.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inventory {
    /// Ids with a project; an id is there twice when two projects have its name.
    pub projects: Vec<String>,
    /// Ids with a model key.
    pub keys: Vec<String>,
    /// Ids with an inbox, a phone number or a wallet that a key opens: the vendor keeps wallets for ever.
    pub tools: Vec<String>,
    /// Ids whose newest deployment runs.
    pub running: BTreeSet<String>,
    /// Names that are none of ours.
    pub foreign: Vec<String>,
}

impl Outside {
    /// A client of the simulator; our things are called `<name_prefix><instance id>`.
    ///
    /// # Errors
    /// When the machine's certificates cannot be read.
    pub fn new(base: &str, name_prefix: &str) -> Result<Self> {
        Ok(Self { http: Http::new(base, None)?, name_prefix: name_prefix.to_owned() })
    }

    /// Plain HTTP.
    pub fn http(&self) -> &Http {
        &self.http
    }

    /// Whether it listens.
    pub async fn is_up(&self) -> bool {
        self.http.get("/_sim/health").await.is_ok_and(|answer| answer.status == 200)
    }

    /// Everything as the simulator shows it.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn raw_inventory(&self) -> Result<Value> {
        Ok(self.http.get("/_sim/inventory").await?.expect(200)?.body)
    }

    /// What exists.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn inventory(&self) -> Result<Inventory> {
        let whole = self.raw_inventory().await?;
        let list = |vendor: &str, things: &str| whole[vendor][things].as_array().cloned().unwrap_or_default();
        let mut found = Inventory::default();
        for project in list("railway", "projects") {
            let name = project["name"].as_str().unwrap_or_default();
            let Some(id) = self.instance_of(name) else {
                found.foreign.push(name.to_owned());
                continue;
            };
            let deployments = project["deployments"].as_array().map(Vec::as_slice).unwrap_or_default();
            if deployments.iter().any(|it| it["status"] == "SUCCESS") {
                found.running.insert(id.clone());
            }
            found.projects.push(id);
        }
        for key in list("openrouter", "keys") {
            match self.instance_of(key["name"].as_str().unwrap_or_default()) {
                Some(id) => found.keys.push(id),
                None => found.foreign.push(key["name"].to_string()),
            }
        }
        let tools = [
            ("agentmail", "inboxes", "clientId"),
            ("telnyx", "numbers", "customerReference"),
            ("bankr", "wallets", "idempotencyKey"),
        ];
        for (vendor, things, name) in tools {
            for thing in list(vendor, things).into_iter().filter(|thing| thing["hasKey"] != false) {
                found.tools.extend(self.instance_of(thing[name].as_str().unwrap_or_default()));
            }
        }
        found.projects.sort();
        found.keys.sort();
        found.tools.sort();
        Ok(found)
    }

    /// The instance that a name at a vendor belongs to.
    pub fn instance_of(&self, name: &str) -> Option<String> {
        let rest = name.strip_prefix(&self.name_prefix)?;
        rest.split('-').next().filter(|id| *id != "shelf").map(str::to_owned)
    }

    /// Every request after the entry with this number.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn journal(&self, after: u64) -> Result<Vec<Entry>> {
        let mut entries: Vec<Entry> = Vec::new();
        loop {
            let last = entries.last().map_or(after, |entry| entry.seq);
            let page: Vec<Entry> =
                self.http.get(&format!("/_sim/journal?after={last}")).await?.expect(200)?.read()?;
            if page.is_empty() {
                return Ok(entries);
            }
            entries.extend(page);
        }
    }

    /// The number of the journal's last entry.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn journal_end(&self) -> Result<u64> {
        Ok(self.journal(0).await?.last().map_or(0, |entry| entry.seq))
    }

    /// How often each operation was carried out since the entry with this number.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn carried_out(&self, after: u64) -> Result<BTreeMap<String, usize>> {
        let mut counts = BTreeMap::new();
        for entry in self.journal(after).await?.into_iter().filter(|entry| entry.applied) {
            *counts.entry(entry.operation).or_default() += 1;
        }
        Ok(counts)
    }

    /// Replaces all faults.
    ///
    /// # Errors
    /// When the simulator refuses them.
    pub async fn set_faults(&self, faults: &Value) -> Result<()> {
        self.http.put("/_sim/faults", faults).await?.expect(200).map(drop)
    }

    /// One fault, so many times.
    ///
    /// # Errors
    /// When the simulator refuses it.
    pub async fn fault_next(&self, vendor: &str, operation: &str, kind: &str, count: u32) -> Result<()> {
        let fault = json!([{"vendor": vendor, "operation": operation, "kind": kind, "count": count}]);
        self.set_faults(&fault).await
    }

    /// How often the first fault of the list will still strike.
    ///
    /// # Errors
    /// When there is none.
    pub async fn fault_left(&self) -> Result<u64> {
        let faults = self.http.get("/_sim/faults").await?.expect(200)?.body;
        faults[0]["count"].as_u64().context("no fault with a count")
    }

    /// Ends all faults.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn heal(&self) -> Result<()> {
        self.http.delete("/_sim/faults").await?.expect(204).map(drop)
    }

    /// Crashes, hangs, puts to sleep or wakes the container of an instance. An instance without a container
    /// is left alone.
    ///
    /// # Errors
    /// When the order is unknown.
    pub async fn order(&self, instance: &str, order: &str) -> Result<bool> {
        let name = format!("{}{instance}", self.name_prefix);
        for id in [instance, &name] {
            let path = format!("/_sim/instances/{id}/{order}");
            match self.http.post(&path, &json!({})).await?.status {
                200 => return Ok(true),
                404 => {}
                status => bail!("{path} answers {status}"),
            }
        }
        Ok(false)
    }

    /// Simulated seconds since the simulator started.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn elapsed_seconds(&self) -> Result<f64> {
        let clock = self.http.get("/_sim/clock").await?.expect(200)?.body;
        clock["elapsedSeconds"].as_f64().context("the clock has no time")
    }

    /// Changes how fast simulated time runs.
    ///
    /// # Errors
    /// When the simulator refuses.
    pub async fn set_scale(&self, scale: f64) -> Result<()> {
        self.http.put("/_sim/clock", &json!({"scale": scale})).await?.expect(200).map(drop)
    }
}
