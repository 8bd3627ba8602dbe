//! A tool as a step.

use chrono::{DateTime, Utc};
use process::clock;

use super::Work;
use super::step::{Effect, StepEnd};
use crate::ledger::{LedgerError, Tool};
use crate::plugin::{Made, Plugin};
use crate::vendor::Failure;

/// Lists of keys and the like do not lag long; what is found later is an orphan, and the audit's.
const LOOKS: &[u64] = &[2];

/// Making one tool for one instance.
pub(super) struct ToolEffect<'a> {
    pub work: &'a Work,
    pub plugin: &'a dyn Plugin,
    pub tool: &'a Tool,
    /// `tool:<tool id>`.
    pub step: String,
}

impl Effect for ToolEffect<'_> {
    type Made = Made;

    fn step(&self) -> &str {
        &self.step
    }

    fn looks(&self) -> &'static [u64] {
        LOOKS
    }

    async fn send(&self, _sent_at: DateTime<Utc>) -> Result<Made, Failure> {
        self.plugin.create(&self.tool.subject()).await
    }

    async fn look(&self, _sent_at: DateTime<Utc>) -> Result<Option<Made>, Failure> {
        Ok(self.plugin.find(&self.tool.subject()).await?.map(Made::Done))
    }

    async fn record(&self, attempt: i64, made: Made) -> Result<StepEnd, LedgerError> {
        let (services, lease) = (&self.work.services, &self.work.lease);
        match made {
            Made::Done(created) => {
                services.ledger.tool_made(lease, self.tool, attempt, &created, clock::now()).await?;
                Ok(StepEnd::Done)
            }
            Made::Pending { progress, retry_after } => {
                services.ledger.tool_progress(lease, self.tool, attempt, &progress, clock::now()).await?;
                Ok(StepEnd::Wait(services.pace.wait(retry_after)))
            }
        }
    }
}

/// The name of a tool's step in the ledger.
pub(super) fn step_name(tool_id: &str) -> String {
    format!("tool:{tool_id}")
}
