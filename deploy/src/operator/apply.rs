//! `apply`: makes pools and templates as a file describes them. Doing it twice changes nothing.

use std::path::PathBuf;

use clap::Args;
use model::record::PoolSpec;
use process::exit::{ExitReason, Failure};
use reqwest::{Method, header::HeaderMap};
use serde::Deserialize;
use serde_json::{Map, Value};

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
        spec: Map<String, Value>,
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
                Wanted::Template { template_id, spec } => self.template(api, template_id, spec).await?,
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
        spec: Map<String, Value>,
    ) -> Result<(), Failure> {
        let name = spec.get("agentName").map(plain).unwrap_or_default();
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
        let wanted = Value::Object(spec);
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
        .map(|(field, value)| match &now[field] {
            Value::Null => format!("+ {field}: {value}"),
            before => format!("~ {field}: {before} → {value}"),
        })
        .collect()
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
    }

    #[test]
    fn a_misspelt_field_is_refused_rather_than_left_out() {
        let text = "kind: Pool\nname: default\nspec:\n  minIdel: 3\n";
        assert!(serde_saphyr::from_multiple::<Wanted>(text).is_err());
        let text =
            "kind: Pool\nname: default\nspec:\n  minIdle: 3\n---\nkind: Template\nspec:\n  agentName: Ada\n";
        assert_eq!(serde_saphyr::from_multiple::<Wanted>(text).unwrap().len(), 2);
    }
}
