//! The system under measurement: real processes around a PostgreSQL that syncs every commit, with as many instances as a
//! measurement asks for.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use cluster::Durability;
use e2e::settle::eventually;
use e2e::world::ports::free_port;
use e2e::world::{Options, Runtime, World};
use serde_json::Value;
use sqlx::{Connection, PgConnection};

use crate::agents::Agents;
use crate::seed::Seeder;
use crate::usage::Counted;

/// How much faster vendors' time runs while real creations are measured: the lane of 30 s takes 30 ms.
const FILL_SCALE: f64 = 1_000.0;
/// The tick of production.
const TICK: Duration = Duration::from_secs(30);
/// A process ends within this time when it is asked to.
const ENDS_WITHIN: Duration = Duration::from_secs(15);
/// Seeded health checks are due after everything is measured, where they are not what is measured.
pub const LATER: (f64, f64) = (3_600.0, 7_200.0);

/// A world whose statements and processes are counted.
pub struct Stage {
    pub world: World,
    pub counted: Counted,
    pub agents: Agents,
    pub seeder: Seeder,
    /// The metrics of each pool.
    pub metrics_urls: Vec<String>,
    /// [`Stage::calm`] was called.
    pub is_calm: bool,
}

/// What worlds of measurements have in common.
pub fn options(min_idle: u32, max_instances: u32, time_scale: f64) -> Options {
    Options {
        // All load comes with one key.
        pool_variables: [("API_REQUESTS_PER_SECOND".to_owned(), "100000".to_owned())].into(),
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
    /// Starts databases and vendors, and counts what PostgreSQL does. With `idle` members to be created for real once
    /// the processes start.
    pub async fn prepare(idle: u32, replicas: usize) -> Result<Self> {
        let options = Options { pools: replicas, services: replicas, ..options(idle, 100_000, FILL_SCALE) };
        let mut world = World::prepare(options).await?;
        let mut metrics_urls = Vec::new();
        for pool in &mut world.pools {
            let address = format!("127.0.0.1:{}", free_port()?);
            metrics_urls.push(format!("http://{address}/metrics"));
            pool.variables().insert("METRICS_ADDR".into(), address);
        }
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
        let agents = Agents::start().await?;
        let variables = world.services[0].variables().clone();
        let (pool, services) = (world.pool_db.look.clone(), world.services_db.look.clone());
        let seeder = Seeder::new(pool, services, &variables, agents.clone())?;
        Ok(Self { world, counted, agents, seeder, metrics_urls, is_calm: false })
    }

    /// Ends `services` and `pool`.
    pub async fn stop(&mut self) -> Result<()> {
        for child in self.world.services.iter_mut().chain(&mut self.world.pools) {
            if child.is_running() {
                child.terminate();
                child.exit_within(ENDS_WITHIN).await?;
            }
        }
        Ok(())
    }

    /// The processes that are needed to make the schema and the pool's record have run; from now on vendors' time runs as
    /// it does, and the pool neither creates nor shrinks: what is measured is not disturbed by a refill.
    pub async fn calm(&mut self) -> Result<()> {
        let clock = serde_json::json!({"scale": 1.0});
        self.world.outside.http().put("/_sim/clock", &clock).await?.expect(200)?;
        self.stop().await?;
        for child in self.world.services.iter_mut().chain(&mut self.world.pools) {
            child.variables().insert("TIME_SCALE".into(), "1".into());
        }
        sqlx::query(
            "UPDATE pools SET spec = spec || '{\"paused\": true, \"minIdle\": 10000, \"maxInstances\": 1000000}',
                 generation = generation + 1, due_at = now()
             WHERE name = 'default'",
        )
        .execute(&self.world.pool_db.look)
        .await?;
        // Seeded instances have no projects: the audit would tell about each of them.
        sqlx::query("UPDATE duties SET due_at = now() + interval '1 day' WHERE name = 'audit'")
            .execute(&self.world.pool_db.look)
            .await?;
        self.is_calm = true;
        Ok(())
    }

    /// Starts anew with this many ready instances and nothing else.
    pub async fn refill(&mut self, ready: u32) -> Result<()> {
        self.refill_due(ready, LATER).await
    }

    /// The same with health checks that are due in these seconds.
    pub async fn refill_due(&mut self, ready: u32, due_seconds: (f64, f64)) -> Result<()> {
        self.stop().await?;
        self.seeder.clear().await?;
        self.seeder.ready(ready, due_seconds).await?;
        self.seeder.settle().await?;
        self.world.start_all().await
    }

    /// What the simulated vendors were asked after the journal's entry `after`.
    pub async fn journal(&self, after: u64) -> Result<Vec<Value>> {
        journal(&self.world, after).await
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

/// What the simulated vendors of a world were asked after the journal's entry `after`.
pub async fn journal(world: &World, mut after: u64) -> Result<Vec<Value>> {
    let mut entries = Vec::new();
    loop {
        let page = world.outside.http().get(&format!("/_sim/journal?after={after}")).await?;
        let page = page.expect(200)?.body.as_array().cloned().unwrap_or_default();
        match page.last() {
            Some(last) => after = last["seq"].as_u64().context("an entry has a number")?,
            None => return Ok(entries),
        }
        entries.extend(page);
    }
}
