//! One seed on one world.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use sqlx::Row;
use tokio::task::JoinSet;
use uuid::Uuid;

use super::{
    operation::{Fault, Image, Operation, Process, operations},
    report::Report,
};
use crate::{
    invariants::{Limits, settled_and_well, violations},
    settle::{eventually, patience},
    world::{Options, World, api::PoolApi, child::Child, http::Answer, links::Link, postgres::Postgres},
};

/// The most members that an operation asks for, and the surge that is the default.
const LIMITS: Limits = Limits { instances_max: 24, surge_max: 3 };
/// A world that does not rest by then never will: the longest wait in it is a claim's deadline.
const REST_WITHIN: Duration = Duration::from_secs(180);
/// Deadline of the claims, in seconds.
const CLAIM_DEADLINE_SECONDS: u64 = 25;
/// Requests that meet a dead process end at once; those that wait for a claim end within their wait.
const CLAIMS_END_WITHIN: Duration = Duration::from_secs(30);
/// A canary that is not healthy by then stops its rollout.
const CANARY_TIMEOUT_MS: u64 = 4_000;
/// Vendors' time in the harness.
const TIME_SCALE: f64 = 60.0;

/// What a claim request was answered.
#[derive(Debug)]
struct Answered {
    key: Option<u8>,
    answer: Answer,
}

/// One run.
struct Run<'a> {
    world: World,
    postgres: &'a mut Postgres,
    report: Report,
    faults: Vec<Fault>,
    claims: JoinSet<Option<Answered>>,
    answered: Vec<Answered>,
    /// The recipe with tools.
    template: Uuid,
    /// How often it was changed.
    edition: u32,
    /// Processes to be let go on, and when.
    frozen: Vec<(Process, Instant)>,
    generations: BTreeMap<String, i64>,
}

/// Runs a seed on a new world in this cluster, whose templates are prepared.
///
/// # Errors
/// When a promise is broken or the world does not come to rest: what was done, what is wrong, the logs.
pub async fn run(seed: u64, postgres: &mut Postgres) -> Result<Report> {
    run_operations(seed, &operations(seed), postgres).await
}

/// The same with operations of one's own: for named cases that a seed once found.
///
/// # Errors
/// As [`run`].
pub async fn run_operations(
    seed: u64,
    plan: &[(Operation, Duration)],
    postgres: &mut Postgres,
) -> Result<Report> {
    let options = Options {
        time_scale: TIME_SCALE,
        pools: 2,
        services: 2,
        max_instances: 8,
        seed,
        stuck_timeout: Duration::from_secs(3),
        tick: Duration::from_secs(1),
        links: true,
        ..Options::default()
    };
    let admin_url = postgres.admin_url();
    let mut world = World::within(options, &admin_url, Some("template")).await?;
    world.start_all().await?;
    let template = eventually("there is a template", REST_WITHIN, async || {
        let made = world.api().http().post("/api/templates", &recipe(0)).await?.expect(201)?;
        made.text("templateId").parse().context("the template has no id")
    })
    .await?;
    let mut run = Run {
        world,
        postgres,
        report: Report::of_one_seed(),
        faults: Vec::new(),
        claims: JoinSet::new(),
        answered: Vec::new(),
        template,
        edition: 0,
        frozen: Vec::new(),
        generations: BTreeMap::new(),
    };
    let outcome = run.whole(plan).await;
    let Run { world, report, .. } = run;
    match outcome {
        Ok(()) => {
            world.end().await?;
            Ok(report)
        }
        Err(error) => {
            let steps: Vec<String> =
                plan.iter().map(|(operation, pause)| format!("  {operation}, then {pause:?}")).collect();
            let logs = world.logs();
            // The world is broken already; what cannot be removed goes with its cluster.
            let _ = world.end().await;
            Err(error.context(format!("seed {seed} did:\n{}\n{logs}", steps.join("\n"))))
        }
    }
}

impl Run<'_> {
    async fn whole(&mut self, plan: &[(Operation, Duration)]) -> Result<()> {
        for (operation, pause) in plan {
            self.report.operation(operation);
            self.apply(operation).await.with_context(|| format!("carry out {operation}"))?;
            tokio::time::sleep(*pause).await;
            self.look_after_processes()?;
            self.generations_only_grow().await?;
        }
        self.heal().await?;
        let started = Instant::now();
        settled_and_well(&self.world, REST_WITHIN).await?;
        self.report.settled(started.elapsed());
        self.conclude().await
    }

    fn api(&self, replica: u8) -> PoolApi {
        self.world.api_of(usize::from(replica) % self.world.pools.len())
    }

    async fn apply(&mut self, operation: &Operation) -> Result<()> {
        match operation {
            Operation::Claim { key, join, tools, ttl_seconds, wait_seconds, replica } => {
                let body = self.wish(*key, *join, *tools, *ttl_seconds);
                self.claim(*key, body, *wait_seconds, *replica);
            }
            Operation::Release(choice) => {
                let claims: Vec<Uuid> =
                    self.ids("SELECT id FROM claims WHERE phase <> 'released' ORDER BY id").await;
                if let Some(claim) = chosen(&claims, *choice) {
                    self.ask(reqwest::Method::DELETE, &format!("/api/claims/{claim}"), None).await;
                }
            }
            Operation::Scale { min_idle, max_instances } => {
                let part = json!({"minIdle": min_idle, "maxInstances": max_instances});
                self.ask(reqwest::Method::PATCH, "/api/pools/default", Some(part)).await;
            }
            Operation::Pause(paused) => {
                self.ask(reqwest::Method::PATCH, "/api/pools/default", Some(json!({"paused": paused}))).await;
            }
            Operation::Drain => {
                self.ask(reqwest::Method::POST, "/api/pools/default/drain", Some(json!({}))).await
            }
            Operation::Rollout(image) => {
                let rollout = json!({"maxUnavailable": 1, "canary": 1, "canaryTimeoutMs": CANARY_TIMEOUT_MS});
                let part = json!({"image": image.reference(), "rollout": rollout});
                self.ask(reqwest::Method::PATCH, "/api/pools/default", Some(part)).await;
            }
            Operation::Template => {
                self.edition += 1;
                let path = format!("/api/templates/{}", self.template);
                self.ask(reqwest::Method::PUT, &path, Some(recipe(self.edition))).await;
            }
            Operation::Redeploy(choice, image) => {
                if let Some(id) = self.instance(*choice).await {
                    let path = format!("/api/instances/{id}/redeploy");
                    let body = image.map_or(json!({}), |image| json!({"image": image.reference()}));
                    self.ask(reqwest::Method::POST, &path, Some(body)).await;
                }
            }
            Operation::Destroy(choice) => {
                if let Some(id) = self.instance(*choice).await {
                    self.ask(reqwest::Method::DELETE, &format!("/api/instances/{id}"), None).await;
                }
            }
            Operation::Instance(choice, order) => {
                if let Some(id) = self.instance(*choice).await {
                    self.world.outside.order(&id, order).await?;
                }
            }
            Operation::Fault(fault) => {
                self.faults.push(fault.clone());
                self.put_faults().await?;
            }
            Operation::Link(replica, trouble, count) => {
                self.world.links[usize::from(*replica)].put(*trouble, *count);
            }
            Operation::Heal => self.heal_outside().await?,
            Operation::Kill(process) => {
                // It stays dead until the next look at the processes, after this operation's pause.
                self.child(*process).kill().await?;
                self.frozen.retain(|(frozen, _)| frozen != process);
            }
            Operation::Freeze(process, time) => {
                self.child(*process).pause();
                self.frozen.push((*process, Instant::now() + *time));
            }
            Operation::Restart(process) => self.restart(*process).await?,
            Operation::PostgresAway(time) => {
                self.postgres.stop().await?;
                tokio::time::sleep(*time).await;
                self.postgres.resume().await?;
            }
        }
        Ok(())
    }

    fn child(&mut self, process: Process) -> &mut Child {
        match process {
            Process::Pool(replica) => &mut self.world.pools[usize::from(replica)],
            Process::Services(replica) => &mut self.world.services[usize::from(replica)],
        }
    }

    async fn restart(&mut self, process: Process) -> Result<()> {
        /// The promise is 10 s (OUTSIDE 1); the rest is for a machine that runs other tests.
        const STOPS_WITHIN: Duration = Duration::from_secs(15);
        /// Ended by SIGTERM itself, as a process is that was asked before it could listen to signals.
        const UNHEARD: i32 = 128 + 15;
        self.frozen.retain(|(frozen, _)| *frozen != process);
        let child = self.child(process);
        child.resume();
        child.terminate();
        let code = child.exit_within(STOPS_WITHIN).await?;
        let orderly = code == 0 || code == UNHEARD && !child.has_listened();
        ensure!(orderly, "{} ended with {code} after SIGTERM:\n{}", child.name(), child.log_end());
        child.start()
    }

    /// Starts what was killed, lets go on what was frozen long enough. A process that ended by itself is a
    /// failure: nothing here makes one end.
    fn look_after_processes(&mut self) -> Result<()> {
        let now = Instant::now();
        let thawed: Vec<Process> =
            self.frozen.iter().filter(|(_, until)| *until <= now).map(|(process, _)| *process).collect();
        self.frozen.retain(|(_, until)| *until > now);
        for process in thawed {
            self.child(process).resume();
        }
        for child in self.world.pools.iter_mut().chain(&mut self.world.services) {
            if let Some(code) = child.ended_by_itself() {
                bail!("{} ended by itself with {code}:\n{}", child.name(), child.log_end());
            }
            child.start()?;
        }
        Ok(())
    }

    /// What a claim asks for. The same key always comes with the same.
    fn wish(&self, key: Option<u8>, join: Option<u8>, tools: bool, ttl_seconds: Option<u64>) -> Value {
        let mut body = json!({"deadlineSeconds": CLAIM_DEADLINE_SECONDS});
        if key.map_or(tools, |key| key == 0) {
            body["templateId"] = json!(self.template);
        } else {
            body["agentName"] = json!(key.map_or_else(|| "Nobody".to_owned(), |key| format!("Agent {key}")));
            body["instructions"] = json!("Answer.");
        }
        if key.is_none() {
            if let Some(join) = join {
                body["joinUrl"] = json!(format!("https://dev.convos.org/v2?i=conversation-{join}"));
            }
            if let Some(seconds) = ttl_seconds {
                body["ttlSeconds"] = json!(seconds);
            }
        }
        body
    }

    fn claim(&mut self, key: Option<u8>, body: Value, wait_seconds: u32, replica: u8) {
        let api = self.api(replica);
        self.claims.spawn(async move {
            let key_text = key.map(|key| format!("key-{key}"));
            let answer = api.claim(&body, key_text.as_deref(), wait_seconds).await.ok()?;
            Some(Answered { key, answer })
        });
    }

    /// Asks the pool for something; that a dead or frozen replica does not answer is part of the game.
    async fn ask(&self, method: reqwest::Method, path: &str, body: Option<Value>) {
        const PATIENCE: Duration = Duration::from_secs(2);
        for replica in 0..2 {
            let api = self.api(replica);
            let sent = api.http().send(method.clone(), path, &[], body.as_ref());
            if matches!(tokio::time::timeout(PATIENCE, sent).await, Ok(Ok(_))) {
                return;
            }
        }
    }

    async fn put_faults(&self) -> Result<()> {
        let rules: Vec<Value> = self.faults.iter().map(Fault::rule).collect();
        self.world.outside.set_faults(&json!(rules)).await
    }

    async fn ids<T>(&self, statement: &'static str) -> Vec<T>
    where
        T: for<'row> sqlx::Decode<'row, sqlx::Postgres> + sqlx::Type<sqlx::Postgres>,
    {
        let rows = sqlx::query(statement).fetch_all(&self.world.pool_db.look).await.unwrap_or_default();
        rows.iter().filter_map(|row| row.try_get(0).ok()).collect()
    }

    async fn instance(&self, choice: u16) -> Option<String> {
        let live = "SELECT id FROM instances WHERE status <> 'deleted' ORDER BY created_at, id";
        chosen(&self.ids(live).await, choice)
    }

    /// I12: generations of records never go back.
    async fn generations_only_grow(&mut self) -> Result<()> {
        let statement = "SELECT 'pool ' || name, generation, observed_generation FROM pools
             UNION ALL SELECT 'instance ' || id, generation, observed_generation FROM instances
             UNION ALL SELECT 'claim ' || id, generation, observed_generation FROM claims";
        let rows = sqlx::query(statement).fetch_all(&self.world.pool_db.look).await.unwrap_or_default();
        for row in rows {
            let name: String = row.try_get(0)?;
            for (column, what) in [(1, "generation"), (2, "observed generation")] {
                let value: i64 = row.try_get(column)?;
                let before = self.generations.insert(format!("{what} of {name}"), value);
                ensure!(before.is_none_or(|before| before <= value), "I12: the {what} of {name} went back");
            }
        }
        Ok(())
    }

    async fn heal_outside(&mut self) -> Result<()> {
        self.faults.clear();
        self.world.links.iter().for_each(Link::heal);
        self.world.outside.heal().await
    }

    /// The outside is well, everything runs, and the pool is asked for something that it can reach.
    async fn heal(&mut self) -> Result<()> {
        self.frozen.clear();
        self.heal_outside().await?;
        self.postgres.resume().await?;
        self.world.start_all().await?;
        // A process that lost its database may say so for a moment longer.
        eventually("the pool is asked for what it can reach", REST_WITHIN, async || {
            let mut spec = json!({"minIdle": 2, "maxInstances": LIMITS.instances_max, "paused": false});
            if self.world.api().pool().await?.spec.image.is_some() {
                spec["image"] = json!(Image::Good.reference());
                // A stopped rollout rests until the spec changes: a good canary on a busy machine is not to be given up.
                let patient = (REST_WITHIN * patience()).as_secs() * 1_000;
                spec["rollout"] = json!({"maxUnavailable": 1, "canary": 1, "canaryTimeoutMs": patient});
            }
            self.world.api().scale(&spec).await.map(drop)
        })
        .await?;
        let ended = async {
            while let Some(answered) = self.claims.join_next().await {
                self.answered.extend(answered.ok().flatten());
            }
        };
        tokio::time::timeout(CLAIMS_END_WITHIN * patience(), ended)
            .await
            .context("a claim request is never answered")
    }

    async fn conclude(&mut self) -> Result<()> {
        for entry in self.world.outside.journal(0).await? {
            if let Some(fault) = &entry.fault {
                self.report.fault(fault);
            }
        }
        for trouble in self.world.links.iter().flat_map(Link::met) {
            self.report.fault(trouble.words());
        }
        let found = violations(&self.world, LIMITS).await?;
        let lines: Vec<String> = found.iter().map(ToString::to_string).collect();
        ensure!(found.is_empty(), "broken:\n  {}", lines.join("\n  "));
        self.answers_were_kept().await?;
        self.links_work().await
    }

    /// I2, and that what a client was told is still there.
    async fn answers_were_kept(&self) -> Result<()> {
        let mut by_key: BTreeMap<u8, BTreeSet<String>> = BTreeMap::new();
        for Answered { key, answer } in &self.answered {
            ensure!(
                answer.status < 500 || answer.status == 503,
                "a claim was answered {}: {}",
                answer.status,
                answer.body
            );
            let claim = answer.text("claimId");
            if claim.is_empty() {
                continue;
            }
            self.world.api().claim_of(claim.parse()?).await.context("a claim that was answered is gone")?;
            if let Some(key) = key {
                by_key.entry(*key).or_default().insert(claim.to_owned());
            }
        }
        for (key, claims) in by_key {
            ensure!(claims.len() == 1, "I2: key {key} stands for {claims:?}");
        }
        Ok(())
    }

    /// Each link that a ready claim shows opens its conversation.
    async fn links_work(&mut self) -> Result<()> {
        let api = self.world.api();
        for claim in api.claims().await? {
            self.report.claim(claim.phase.as_str());
            if claim.phase.as_str() != "ready" {
                continue;
            }
            let link = claim.invite_url.context("a ready claim has no link")?;
            // Conversations that were joined have somebody else's link.
            if link.contains("127.") || link.contains("localhost") {
                let answer = api.http().with_key(None).get(&link).await?;
                ensure!(
                    answer.status == 200,
                    "the link of claim {} answers {}",
                    claim.claim_id,
                    answer.status
                );
            }
        }
        Ok(())
    }
}

/// The recipe with tools, in one of its editions.
fn recipe(edition: u32) -> Value {
    let tools = ["email", "sms", "crypto"].map(|id| json!({"id": id, "provisioning": "pool"}));
    json!({
        "agentName": "Tooled", "instructions": format!("Edition {edition}."), "tools": tools, "visibility": "public",
    })
}

fn chosen<T: Clone>(choices: &[T], choice: u16) -> Option<T> {
    choices.get(usize::from(choice) % choices.len().max(1)).cloned()
}
