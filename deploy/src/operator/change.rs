//! The verbs that are one change of one record.

use clap::Args;
use process::exit::{ExitReason, Failure};
use reqwest::{Method, header::HeaderMap};
use serde_json::{Value, json};

use super::{
    client::PoolApi,
    kinds::{Kind, plain},
};

/// Change how many instances a pool keeps ready.
#[derive(Debug, Args)]
pub struct Scale {
    /// The pool
    #[arg(default_value = "default")]
    pool: String,
    /// Instances to keep ready
    #[arg(long, required_unless_present = "max_instances")]
    min_idle: Option<u32>,
    /// Most instances that may exist at once
    #[arg(long)]
    max_instances: Option<u32>,
}

impl Scale {
    /// Sends the new numbers.
    pub async fn run(self, api: &PoolApi) -> Result<(), Failure> {
        let mut patch = serde_json::Map::new();
        patch.extend(self.min_idle.map(|number| ("minIdle".to_owned(), number.into())));
        patch.extend(self.max_instances.map(|number| ("maxInstances".to_owned(), number.into())));
        let path = Kind::Pools.path_of(&self.pool);
        let pool = api.send(Method::PATCH, &path, HeaderMap::new(), Some(&Value::Object(patch))).await?;
        let spec = &pool["spec"];
        println!("pool {}: minIdle {}, maxInstances {}", self.pool, spec["minIdle"], spec["maxInstances"]);
        Ok(())
    }
}

/// Give up the idle instances of a pool; claimed ones stay.
#[derive(Debug, Args)]
pub struct Drain {
    /// The pool
    #[arg(default_value = "default")]
    pool: String,
}

impl Drain {
    /// Asks for it.
    pub async fn run(self, api: &PoolApi) -> Result<(), Failure> {
        let path = format!("{}/drain", Kind::Pools.path_of(&self.pool));
        api.send(Method::POST, &path, HeaderMap::new(), None).await?;
        println!("pool {} is being drained; follow it by `get instances --watch`", self.pool);
        Ok(())
    }
}

/// Destroy an instance, release a claim, or delete a pool or template.
#[derive(Debug, Args)]
pub struct Destroy {
    /// What it is: instance, claim, pool or template
    #[arg(value_enum)]
    kind: Kind,
    /// Its id or name
    name: String,
    /// Destroy a protected instance too (admin)
    #[arg(long)]
    force: bool,
}

impl Destroy {
    /// Asks for it.
    pub async fn run(self, api: &PoolApi) -> Result<(), Failure> {
        let Self { kind, name, force } = self;
        if !matches!(kind, Kind::Instances | Kind::Claims | Kind::Pools | Kind::Templates | Kind::Keys) {
            return Err(Failure::new(
                ExitReason::Configuration,
                "only instances, claims, pools, templates and keys can be destroyed",
            ));
        }
        let path = kind.path_of(&name) + if force { "?force=true" } else { "" };
        let answer = api.send(Method::DELETE, &path, HeaderMap::new(), None).await?;
        match kind {
            Kind::Instances => {
                println!("{name} will be gone: destroy request {}", plain(&answer["destroyRequestId"]));
            }
            Kind::Claims => println!("claim {name} is released: {}", plain(&answer["phase"])),
            _ => println!("{name} is deleted"),
        }
        Ok(())
    }
}

/// Start an instance anew, with another image if wanted; its volume stays.
#[derive(Debug, Args)]
pub struct Redeploy {
    /// The instance
    instance: String,
    /// A new image
    #[arg(long)]
    image: Option<String>,
}

impl Redeploy {
    /// Asks for it.
    pub async fn run(self, api: &PoolApi) -> Result<(), Failure> {
        let path = format!("{}/redeploy", Kind::Instances.path_of(&self.instance));
        let body = self.image.map_or_else(|| json!({}), |image| json!({ "image": image }));
        api.send(Method::POST, &path, HeaderMap::new(), Some(&body)).await?;
        println!("{} is being redeployed; follow it by `explain instance {0}`", self.instance);
        Ok(())
    }
}
