//! The promises I1 to I12 (DESIGN section 12), read from both databases and from the simulated vendors.
//!
//! [`settled`] says whether a world came to rest; [`violations`] lists every promise that is broken in a
//! world at rest. Promises about a whole run (I3, I5, I7, I11) are read from the journals, so that what was
//! wrong for a moment is found too.

mod history;
mod rows;

use std::{collections::BTreeSet, fmt, time::Duration};

use anyhow::{Result, ensure};
use chrono::{DateTime, Utc};

use self::rows::Rows;
use crate::{
    settle::each,
    world::{World, outside::Inventory},
};

/// A promise that was broken.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Violation {
    /// Which one: I1 to I12.
    pub invariant: &'static str,
    /// By what.
    pub detail: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.invariant, self.detail)
    }
}

/// The violations that were found so far.
#[derive(Debug, Default)]
struct Findings(Vec<Violation>);

impl Findings {
    fn add(&mut self, invariant: &'static str, detail: impl Into<String>) {
        self.0.push(Violation { invariant, detail: detail.into() });
    }

    /// Each of `details` breaks the promise.
    fn all(&mut self, invariant: &'static str, details: impl IntoIterator<Item = String>) {
        details.into_iter().for_each(|detail| self.add(invariant, detail));
    }
}

/// What a run may have had at most, for I3.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The largest `maxInstances` of the run.
    pub instances_max: u32,
    /// The largest `maxSurge` of the run.
    pub surge_max: u32,
}

impl Limits {
    fn total(self) -> usize {
        (self.instances_max + self.surge_max) as usize
    }
}

/// A look at a whole world reads every row and asks the simulator for everything.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// How long a world at rest is watched for calls that it should not make (I9).
const QUIET_WINDOW: Duration = Duration::from_millis(700);

/// Waits until a world is at rest: every pool at its target, no record under way, the same things outside as
/// in both databases.
///
/// # Errors
/// When it does not come to rest in time: what is still under way.
pub async fn settled(world: &World, within: Duration) -> Result<()> {
    at_rest(world, within, None).await
}

/// The same, and every member was seen well from now on: for a world in which one may be away unseen.
///
/// # Errors
/// As [`settled`].
pub async fn settled_and_well(world: &World, within: Duration) -> Result<()> {
    at_rest(world, within, Some(process::clock::now())).await
}

async fn at_rest(world: &World, within: Duration, since: Option<DateTime<Utc>>) -> Result<()> {
    each(LOOK_EVERY, "everything is at rest", within, async || {
        let rows = Rows::read(world).await?;
        let unrest = rows.unrest(since);
        ensure!(unrest.is_empty(), "under way: {}", unrest.join("; "));
        let differences = differences(&rows, &world.outside.inventory().await?);
        ensure!(differences.is_empty(), "{}", differences.join("; "));
        Ok(())
    })
    .await
}

/// Every promise that is broken in a world at rest.
///
/// # Errors
/// When the databases or the simulator do not answer.
pub async fn violations(world: &World, limits: Limits) -> Result<Vec<Violation>> {
    let rows = Rows::read(world).await?;
    let inventory = world.outside.inventory().await?;
    let mut findings = Findings::default();
    rows.check(&mut findings);
    findings.all("I4", differences(&rows, &inventory));
    findings.all("I4", inventory.foreign.iter().map(|name| format!("{name} is nobody's")));
    findings.all("I4", twice(&inventory.projects).map(|id| format!("{id} has two projects")));
    findings.all("I4", twice(&inventory.keys).map(|id| format!("{id} has two model keys")));
    history::check(world, limits, &mut findings).await?;
    quiet(world, &mut findings).await?;
    findings.0.sort();
    findings.0.dedup();
    Ok(findings.0)
}

/// Things outside against rows of both databases, by our ids (I4).
fn differences(rows: &Rows, inventory: &Inventory) -> Vec<String> {
    let set = |ids: &[String]| ids.iter().cloned().collect::<BTreeSet<_>>();
    let live = rows.live_instances();
    let mut differences = Vec::new();
    let mut compare = |what: &str, found: &BTreeSet<String>| {
        let missing: Vec<&str> = live.difference(found).map(String::as_str).collect();
        let orphaned: Vec<&str> = found.difference(&live).map(String::as_str).collect();
        if !missing.is_empty() {
            differences.push(format!("{what} missing of {}", missing.join(", ")));
        }
        if !orphaned.is_empty() {
            differences.push(format!("{what} left of {}", orphaned.join(", ")));
        }
    };
    compare("projects", &set(&inventory.projects));
    compare("model keys", &set(&inventory.keys));
    compare("ledger rows", &rows.ledger_ids());
    let tools_left = set(&inventory.tools);
    let tools_left: Vec<&str> = tools_left.difference(&live).map(String::as_str).collect();
    if !tools_left.is_empty() {
        differences.push(format!("tools left of {}", tools_left.join(", ")));
    }
    differences
}

fn twice(sorted: &[String]) -> impl Iterator<Item = &String> {
    sorted.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| &pair[0])
}

/// I9: at rest nothing outside is changed.
async fn quiet(world: &World, findings: &mut Findings) -> Result<()> {
    /// What changes nothing, however it is named.
    const READS: [&str; 22] = [
        "apiToken",
        "deployment",
        "deploymentEvents",
        "deployments",
        "domains",
        "environment",
        "notificationRules",
        "project",
        "projects",
        "projectsByIds",
        "service",
        "serviceInstance",
        "usage",
        "variables",
        "workspace",
        "listKeys",
        "getKey",
        "currentKey",
        "credits",
        "health",
        "status",
        "webhook",
    ];
    let before = world.outside.journal_end().await?;
    // The one wait for a time here: what must not happen has no event to wait for.
    tokio::time::sleep(QUIET_WINDOW).await;
    for entry in world.outside.journal(before).await? {
        let vendor = entry.vendor.as_str();
        if ["railway", "openrouter", "agent"].contains(&vendor) && !READS.contains(&entry.operation.as_str())
        {
            findings.add("I9", format!("{vendor} {} while everything is at rest", entry.operation));
        }
    }
    Ok(())
}
