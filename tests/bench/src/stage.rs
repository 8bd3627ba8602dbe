//! The system under measurement: filled while vendors' time runs fast, measured while it runs as it does.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use cluster::Durability;
use e2e::settle::eventually;
use e2e::world::ports::free_port;
use e2e::world::{Options, Runtime, World};
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};

use crate::usage::Counted;

/// How much faster vendors' time runs while the pool is filled: the lane of 30 s takes 30 ms.
const FILL_SCALE: f64 = 1_000.0;
/// The most idle members that the API lets one pool have.
const MIN_IDLE_MAX: u32 = 10_000;
/// The tick of production.
const TICK: Duration = Duration::from_secs(30);

/// A world whose statements and processes are counted.
pub struct Stage {
    pub world: World,
    /// How many instances it is for.
    pub instances: u32,
    pub counted: Counted,
    /// The pool's metrics.
    pub metrics_url: String,
}

/// What worlds of measurements have in common.
pub fn options(min_idle: u32, max_instances: u32, time_scale: f64) -> Options {
    Options {
        runtime: Runtime::Stub,
        time_scale,
        min_idle,
        max_instances,
        tick: TICK,
        stuck_timeout: Duration::from_secs(900),
        lease: Duration::from_secs(15),
        own_postgres: true,
        durability: Durability::Kept,
        ..Options::default()
    }
}

impl Stage {
    /// Starts databases and vendors, and counts what PostgreSQL does.
    pub async fn prepare(instances: u32) -> Result<Self> {
        // Logs say what changes; a line a claim would be measured too, as it is in production.
        let most = instances.saturating_mul(2).clamp(100, 100_000);
        let mut options = options(instances.min(MIN_IDLE_MAX), most, FILL_SCALE);
        let metrics = format!("127.0.0.1:{}", free_port()?);
        options.pool_variables.insert("METRICS_ADDR".into(), metrics.clone());
        let mut world = World::prepare(options).await?;
        let admin_url = world.admin_url().to_owned();
        let mut admin = PgConnection::connect(&admin_url).await.context("connect as administrator")?;
        sqlx::query("ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements'")
            .execute(&mut admin)
            .await?;
        admin.close().await?;
        let postgres = world.postgres()?;
        postgres.stop().await?;
        postgres.resume().await?;
        let mut admin = PgConnection::connect(&admin_url).await.context("connect after the restart")?;
        sqlx::query("CREATE EXTENSION IF NOT EXISTS pg_stat_statements").execute(&mut admin).await?;
        admin.close().await?;
        let counted = Counted::new(&admin_url, [&world.pool_db.name, &world.services_db.name]).await?;
        Ok(Self { world, instances, counted, metrics_url: format!("http://{metrics}/metrics") })
    }

    /// Asks for more idle members than the API lets one pool have: the record carries any number.
    pub async fn ask_for_all(&self) -> Result<()> {
        if self.instances > MIN_IDLE_MAX {
            sqlx::query(
                "UPDATE pools SET spec = jsonb_set(spec, '{minIdle}', to_jsonb($1::bigint)),
                     generation = generation + 1, due_at = now()
                 WHERE name = 'default'",
            )
            .bind(i64::from(self.instances))
            .execute(&self.world.pool_db.look)
            .await?;
        }
        Ok(())
    }

    /// Lets vendors' time run as it does, and neither creates nor shrinks any more: what is measured next is not
    /// disturbed by a refill.
    pub async fn calm(&mut self) -> Result<()> {
        self.world.api().scale(&json!({"paused": true})).await?;
        self.world.outside.http().put("/_sim/clock", &json!({"scale": 1.0})).await?.expect(200)?;
        for child in self.world.services.iter_mut().chain(&mut self.world.pools) {
            child.terminate();
            child.exit_within(Duration::from_secs(15)).await?;
            child.variables().insert("TIME_SCALE".into(), "1".into());
        }
        self.world.start_all().await
    }

    /// What the simulated vendors were asked after the journal's entry `after`.
    pub async fn journal(&self, mut after: u64) -> Result<Vec<Value>> {
        let mut entries = Vec::new();
        loop {
            let page = self.world.outside.http().get(&format!("/_sim/journal?after={after}")).await?;
            let page = page.expect(200)?.body.as_array().cloned().unwrap_or_default();
            match page.last() {
                Some(last) => after = last["seq"].as_u64().context("an entry has a number")?,
                None => return Ok(entries),
            }
            entries.extend(page);
        }
    }

    /// How many instances can be claimed.
    pub async fn ready(&self) -> Result<u64> {
        let count = sqlx::query_scalar("SELECT count(*) FROM instances WHERE status = 'ready'");
        let count: i64 = count.fetch_one(&self.world.pool_db.look).await?;
        Ok(count.cast_unsigned())
    }

    /// Waits until this many are ready.
    pub async fn wait_until_ready(&self, count: u64, within: Duration) -> Result<()> {
        eventually("the pool is filled", within, async || {
            let ready = self.ready().await?;
            ensure!(ready >= count, "{ready} of {count} are ready");
            Ok(())
        })
        .await
    }
}
