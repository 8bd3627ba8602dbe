//! `apply`: makes pools and templates as a file describes them. Doing it twice changes nothing.

use std::path::PathBuf;

use clap::Args;
use model::api::TemplateRequest;
use model::record::PoolSpec;
use process::exit::{ExitReason, Failure};
use reqwest::{Method, header::HeaderMap};
use serde::Deserialize;
use serde_json::Value;

use super::{
    client::{ApiError, PoolApi},
    kinds::{Kind, plain},
    read_text,
};

/// Templates are compared by name; more than this are not looked through.
const TEMPLATES_MAX: usize = 10_000;

/// Make pools and templates as a YAML file describes them.
#[derive(Debug, Args)]
pub struct Apply {
    /// The file; `-` reads the standard input
    #[arg(short, long = "filename", value_name = "FILE")]
    file: PathBuf,
    /// Only show what would change
    #[arg(long)]
    dry_run: bool,
}

/// One document of the file.
#[derive(Debug, Deserialize)]
#[serde(tag = "kind", deny_unknown_fields)]
enum Wanted {
    /// A pool.
    Pool {
        /// Its name.
        name: String,
        /// What is wanted; what is left out takes its default.
        #[serde(default)]
        spec: PoolSpec,
    },
    /// A template, found again by its id or, without one, by its agent's name.
    #[serde(rename_all = "camelCase")]
    Template {
        /// Its id.
        #[serde(default)]
        template_id: Option<String>,
        /// What is wanted.
        spec: TemplateRequest,
    },
}

/// What is wrong with a file.
#[derive(Debug, thiserror::Error)]
enum ApplyError {
    #[error("{path} does not describe pools and templates: {problem}")]
    Content { path: PathBuf, problem: String },
    #[error("{count} templates are named {name}: say which one by templateId")]
    Ambiguous { count: usize, name: String },
}

impl From<ApplyError> for Failure {
    fn from(error: ApplyError) -> Self {
        Self::new(ExitReason::Configuration, error)
    }
}

impl Apply {
    /// Applies every document of the file, in its order.
    pub async fn run(self, api: &PoolApi) -> Result<(), Failure> {
        let text = read_text(&self.file)?;
        let wanted: Vec<Wanted> = serde_saphyr::from_multiple(&text)
            .map_err(|error| ApplyError::Content { path: self.file.clone(), problem: error.to_string() })?;
        for document in wanted {
            match document {
                Wanted::Pool { name, spec } => self.pool(api, &name, &spec).await?,
                Wanted::Template { template_id, spec } => self.template(api, template_id, &spec).await?,
            }
        }
        Ok(())
    }

    async fn pool(&self, api: &PoolApi, name: &str, spec: &PoolSpec) -> Result<(), Failure> {
        let path = Kind::Pools.path_of(name);
        let now = absent_is_none(api.get(&path, &[]).await)?;
        let spec = serde_json::to_value(spec).map_err(Failure::other)?;
        let changes = differences(now.as_ref().map_or(&Value::Null, |pool| &pool["spec"]), &spec);
        if self.tell("pool", name, now.is_some(), &changes) {
            api.send(Method::PUT, &path, HeaderMap::new(), Some(&spec)).await?;
        }
        Ok(())
    }

    async fn template(
        &self,
        api: &PoolApi,
        id: Option<String>,
        spec: &TemplateRequest,
    ) -> Result<(), Failure> {
        let name = spec.agent_name.clone();
        let now = match id {
            Some(id) => Some(api.get(&Kind::Templates.path_of(&id), &[]).await?),
            None => {
                let mut all = api.list(Kind::Templates.path(), &[], TEMPLATES_MAX).await?;
                all.retain(|template| template["agentName"] == name.as_str());
                if all.len() > 1 {
                    return Err(ApplyError::Ambiguous { count: all.len(), name }.into());
                }
                all.pop()
            }
        };
        let mut wanted = serde_json::to_value(spec).map_err(Failure::other)?;
        if spec.model.is_none() {
            // Leaving it out takes it away; creator and visibility stay.
            wanted["model"] = Value::Null;
        }
        let changes = differences(now.as_ref().unwrap_or(&Value::Null), &wanted);
        if self.tell("template", &name, now.is_some(), &changes) {
            let (method, path) = match &now {
                Some(now) => (Method::PUT, Kind::Templates.path_of(&plain(&now["templateId"]))),
                None => (Method::POST, Kind::Templates.path().to_owned()),
            };
            api.send(method, &path, HeaderMap::new(), Some(&wanted)).await?;
        }
        Ok(())
    }

    /// Prints what changes; whether it shall be sent.
    fn tell(&self, kind: &str, name: &str, exists: bool, changes: &[String]) -> bool {
        let dry = if self.dry_run { " (dry run)" } else { "" };
        match (exists, changes.is_empty()) {
            (true, true) => println!("{kind} {name} is as described"),
            (true, false) => println!("{kind} {name} is changed{dry}"),
            (false, _) => println!("{kind} {name} is new{dry}"),
        }
        for change in changes {
            println!("  {change}");
        }
        !self.dry_run && (!exists || !changes.is_empty())
    }
}

fn absent_is_none(outcome: Result<Value, ApiError>) -> Result<Option<Value>, ApiError> {
    match outcome {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}

/// The wanted fields that are otherwise now. Null and absent are the same.
fn differences(now: &Value, wanted: &Value) -> Vec<String> {
    let changed = wanted.as_object().into_iter().flatten().filter(|(field, value)| now[field] != **value);
    changed
        .flat_map(|(field, value)| match (&now[field], value) {
            (Value::Null, _) => vec![format!("+ {field}: {value}")],
            (before, Value::Null) => vec![format!("- {field}: {before}")],
            (Value::String(before), Value::String(after))
                if before.contains('\n') || after.contains('\n') =>
            {
                std::iter::once(format!("~ {field}:")).chain(lines_changed(before, after)).collect()
            }
            (before, _) => vec![format!("~ {field}: {before} → {value}")],
        })
        .collect()
}

/// The lines between the beginning and the end that two texts share.
fn lines_changed(before: &str, after: &str) -> Vec<String> {
    let (before, after): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let begin = before.iter().zip(&after).take_while(|(one, other)| one == other).count();
    let (before, after) = (&before[begin..], &after[begin..]);
    let end = before.iter().rev().zip(after.iter().rev()).take_while(|(one, other)| one == other).count();
    let gone = before[..before.len() - end].iter().map(|line| format!("    - {line}"));
    gone.chain(after[..after.len() - end].iter().map(|line| format!("    + {line}"))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_what_is_otherwise_is_a_difference() {
        let now = json!({"minIdle": 3, "image": null, "paused": false});
        let wanted = json!({"minIdle": 5, "image": null, "paused": false, "model": "m"});
        assert_eq!(differences(&now, &wanted), ["~ minIdle: 3 → 5", "+ model: \"m\""]);
        assert!(differences(&wanted, &wanted).is_empty());
        assert_eq!(differences(&json!({"model": "m"}), &json!({"model": null})), ["- model: \"m\""]);
    }

    #[test]
    fn of_a_text_only_the_lines_that_change_are_shown() {
        let now = json!({"instructions": "Be brief.\nFind taxis.\nSmile."});
        let wanted = json!({"instructions": "Be brief.\nFind trains.\nFind boats.\nSmile."});
        let shown = ["~ instructions:", "    - Find taxis.", "    + Find trains.", "    + Find boats."];
        assert_eq!(differences(&now, &wanted), shown);
        assert_eq!(lines_changed("a\na", "a"), ["    - a"]);
    }

    #[test]
    fn what_a_template_leaves_to_its_default_is_no_difference() {
        let text =
            "kind: Template\nspec:\n  agentName: Ada\n  instructions: Be brief.\n  model:\n    default: m\n";
        let wanted: Vec<Wanted> = serde_saphyr::from_multiple(text).unwrap();
        let Wanted::Template { spec, .. } = &wanted[0] else { panic!("{wanted:?}") };
        let now = json!({"agentName": "Ada", "instructions": "Be brief.", "tools": [], "visibility": "private",
            "model": {"default": "m", "allow_override": false}});
        assert!(differences(&now, &serde_json::to_value(spec).unwrap()).is_empty());
    }

    #[test]
    fn a_misspelt_field_is_refused_rather_than_left_out() {
        let text = "kind: Pool\nname: default\nspec:\n  minIdel: 3\n";
        assert!(serde_saphyr::from_multiple::<Wanted>(text).is_err());
        let text = "kind: Template\nspec:\n  agentName: Ada\n  instruction: Be brief.\n";
        assert!(serde_saphyr::from_multiple::<Wanted>(text).is_err());
        let text = "kind: Pool\nname: default\nspec:\n  minIdle: 3\n---\n\
            kind: Template\nspec:\n  agentName: Ada\n  instructions: Be brief.\n";
        assert_eq!(serde_saphyr::from_multiple::<Wanted>(text).unwrap().len(), 2);
    }
}
