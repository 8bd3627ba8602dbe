//! `explain` and `describe`: why a record is as it is, as a readable timeline.

use clap::Args;
use process::exit::{ExitReason, Failure};
use serde_json::Value;

use super::{
    client::PoolApi,
    get::one,
    kinds::{Kind, plain},
    output::{self, Format},
};

/// Tell why a record is as it is, and what will be done next.
#[derive(Debug, Args)]
pub struct Explain {
    /// What it is: pool, instance, claim or destroy-request
    #[arg(value_enum)]
    kind: Kind,
    /// Its id or name
    name: String,
    /// How to print
    #[arg(short, long, value_enum, default_value_t)]
    output: Format,
}

impl Explain {
    /// Prints the explanation.
    pub async fn run(self, api: &PoolApi) -> Result<(), Failure> {
        if !matches!(self.kind, Kind::Pools | Kind::Instances | Kind::Claims | Kind::DestroyRequests) {
            return Err(Failure::new(
                ExitReason::Configuration,
                "only pools, instances, claims and destroy requests are explained",
            ));
        }
        let explanation = api.get(&(self.kind.path_of(&self.name) + "/explain"), &[]).await?;
        if matches!(self.output, Format::Json | Format::Yaml) {
            return output::document(&explanation, self.output);
        }
        println!("{}", text(&explanation));
        Ok(())
    }
}

/// Show one record with its conditions and what happened to it.
#[derive(Debug, Args)]
pub struct Describe {
    /// What it is
    #[arg(value_enum)]
    kind: Kind,
    /// Its id or name
    name: String,
}

impl Describe {
    /// Prints the record, then its explanation where its kind has one.
    pub async fn run(self, api: &PoolApi) -> Result<(), Failure> {
        let record = one(api, self.kind, &self.name).await?;
        output::document(&record, Format::Yaml)?;
        if self.kind.part_of_status().is_some() {
            return Ok(());
        }
        let path = self.kind.path_of(&self.name);
        match api.get(&(path + "/explain"), &[]).await {
            Ok(explanation) => println!("\n{}", text(&explanation)),
            Err(error) if error.is_not_found() => {}
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }
}

/// The explanation as lines: in short, what happened, what holds, what comes next.
fn text(explanation: &Value) -> String {
    let mut lines = vec![plain(&explanation["text"])];
    let timeline = explanation["timeline"].as_array().map(Vec::as_slice).unwrap_or_default();
    if !timeline.is_empty() {
        lines.extend([String::new(), "What happened:".to_owned()]);
        lines.extend(timeline.iter().map(|event| {
            let at = plain(&event["at"]);
            let at = at.get(..19).unwrap_or(&at).replace('T', " ");
            format!("  {at}  {:<22} {}", plain(&event["reason"]), plain(&event["message"]))
        }));
    }
    let conditions = explanation["conditions"].as_array().map(Vec::as_slice).unwrap_or_default();
    if !conditions.is_empty() {
        lines.extend([String::new(), "What holds:".to_owned()]);
        lines.extend(conditions.iter().map(|condition| {
            let field = |name: &str| plain(&condition[name]);
            let held = format!("  {} is {} ({})", field("type"), field("status"), field("reason"));
            match condition["message"].as_str() {
                None | Some("") => held,
                Some(message) => format!("{held}: {message}"),
            }
        }));
    }
    let plan = &explanation["plan"];
    if plan.is_object() {
        let field = |name: &str| plain(&plan[name]);
        lines.extend([String::new(), "What comes next:".to_owned()]);
        lines.push(format!(
            "  {}, because {}; looked at again {}",
            field("step"),
            field("reason"),
            field("again")
        ));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_explanation_reads_from_past_to_future() {
        let explanation = json!({
            "text": "The claim waits.",
            "timeline": [{"at": "2026-11-22T10:00:00.5Z", "reason": "Claimed", "message": "by key ops"}],
            "conditions": [{"type": "Bound", "status": "False", "reason": "NoInstance", "message": "none ready"},
                {"type": "Paused", "status": "False", "reason": "Running", "message": ""}],
            "plan": {"step": "wait", "reason": "the pool is filling", "again": "in 2 s"},
        });
        let expected = "The claim waits.\n\nWhat happened:\n  2026-11-22 10:00:00  Claimed                by key ops\n\n\
             What holds:\n  Bound is False (NoInstance): none ready\n  Paused is False (Running)\n\n\
             What comes next:\n  wait, because the pool is filling; looked at again in 2 s";
        assert_eq!(text(&explanation), expected);
    }
}
