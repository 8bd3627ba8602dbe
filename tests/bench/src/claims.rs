//! Claims: from the moment a request is meant to leave until the agent can be talked to.

use std::collections::HashSet;
use std::time::Duration;

use anyhow::{Result, ensure};
use e2e::world::api::PoolApi;
use serde_json::json;

use crate::load::{self, Distribution, Sample, closed_loop, windows};
use crate::report::{Chart, Figure, Report};
use crate::stage::Stage;
use crate::usage::Usage;
use crate::{chart, raw};

/// Claims of the closed loop that are open at a time.
const WORKERS: usize = 64;
/// How long a claim's request waits for it to be ready.
const WAIT_SECONDS: u32 = 60;
/// How long an agent takes to be configured, where agents are slow.
const AGENT_MILLIS: u64 = 50;
/// Length of each turn of the closed loop and of pgbench.
const TURN: Duration = Duration::from_secs(8);
const TURNS: u32 = 2;
/// More claims a second than any machine of this size makes: instances for the closed loop.
const RATE_MAX: f64 = 3_000.0;

/// The id of the instance that was handed out. With a wait of 0 the answer comes once the claim is recorded and bound.
pub async fn claim(api: PoolApi, run: String, number: u64, wait_seconds: u32) -> Result<String, String> {
    let body = json!({"agentName": format!("agent {number}"), "instructions": "Answer in one sentence."});
    let answer = api
        .claim(&body, Some(&format!("{run}-{number}")), wait_seconds)
        .await
        .map_err(|error| format!("{error:#}"))?;
    match (answer.status, answer.text("phase")) {
        (200, "ready") | (202, "bound" | "configuring") if !answer.text("instanceId").is_empty() => {
            Ok(answer.text("instanceId").to_owned())
        }
        (status, phase) => Err(format!("{status} {phase} {}", answer.text("code"))),
    }
}

/// The same with the usual wait.
pub async fn claim_ready(api: PoolApi, run: String, number: u64) -> Result<String, String> {
    claim(api, run, number, WAIT_SECONDS).await
}

/// Every claim got an instance of its own.
pub fn check_unique(samples: &[Sample<String>]) -> Result<()> {
    let handed_out: Vec<&String> = samples.iter().filter_map(|sample| sample.outcome.as_ref().ok()).collect();
    let distinct: HashSet<&&String> = handed_out.iter().collect();
    ensure!(distinct.len() == handed_out.len(), "an instance was handed out twice");
    let mut errors: Vec<&String> =
        samples.iter().filter_map(|sample| sample.outcome.as_ref().err()).collect();
    errors.dedup();
    for error in errors.iter().take(3) {
        eprintln!("  an error among others: {error}");
    }
    Ok(())
}

fn per_claim(report: &mut Report, part: &'static str, used: &Usage, claims: usize) {
    let each = |total: f64| total / claims.max(1) as f64;
    let name = "transactions a claim (both databases, background included)";
    report.add(Figure::at_most(part, name, each(used.transactions as f64), "", 3.0));
    report.add(Figure::at_most(part, "statements a claim (the same)", each(used.statements as f64), "", 8.0));
    let name = "CPU a claim: pool, services, PostgreSQL";
    report.add(Figure::at_most(part, name, each(used.cpu_of_ours() * 1_000.0), "ms", 1.0));
    for (name, seconds) in &used.cpu_seconds {
        report.add(Figure::plain(part, format!("CPU a claim: {name}"), each(seconds * 1_000.0), "ms"));
    }
}

/// Milliseconds from bound to ready, by the pool's own clock.
async fn configuring(stage: &Stage, run: &str) -> Result<Distribution> {
    let rows: Vec<f64> = sqlx::query_scalar(
        "SELECT extract(epoch FROM ready_at - bound_at)::float8 * 1000
         FROM claims WHERE starts_with(idempotency_key, $1) AND ready_at IS NOT NULL AND bound_at IS NOT NULL",
    )
    .bind(run)
    .fetch_all(&stage.world.pool_db.look)
    .await?;
    Ok(Distribution::of(rows, 0))
}

/// Instances for a load, and a few more.
fn enough(rate: f64, length: Duration) -> u32 {
    (rate * length.as_secs_f64() * 1.05) as u32 + 500
}

/// Open-loop load.
async fn open_loop_of(
    stage: &mut Stage,
    rate: f64,
    length: Duration,
    run: &str,
    wait_seconds: u32,
) -> Result<(Vec<Sample<String>>, Usage)> {
    let api = stage.world.api();
    let before = stage.counted.read(&mut stage.world).await?;
    let samples =
        load::open_loop(rate, length, |number| claim(api.clone(), run.to_owned(), number, wait_seconds))
            .await;
    let used = stage.counted.read(&mut stage.world).await?.since(&before);
    check_unique(&samples)?;
    Ok((samples, used))
}

pub async fn open_loop(
    stage: &mut Stage,
    report: &mut Report,
    instances: u32,
    rate: f64,
    length: Duration,
) -> Result<()> {
    let ready = instances.max(enough(rate, length));
    stage.refill(ready).await?;
    eprintln!("claims at {rate}/s for {length:?}, {ready} ready instances");
    stage.counted.forget().await?;
    let asked = stage.agents.asked();
    let (samples, used) = open_loop_of(stage, rate, length, "open", WAIT_SECONDS).await?;
    let asked = stage.agents.asked() - asked;
    let total = Distribution::of_samples(&samples);
    let name = format!("at {rate}/s, intended send to ready, p50");
    report.add(Figure::at_most("claims", name, total.p50, "ms", 8.0));
    let name = format!("at {rate}/s, intended send to ready, p99");
    report.add(Figure::at_most("claims", name, total.p99, "ms", 40.0));
    report.add(Figure::at_most("claims", "errors", total.errors as f64, "", 0.0));
    let configured = configuring(stage, "open").await?;
    report.add(Figure::plain("claims", "bound to ready (pool's clock), p99", configured.p99, "ms"));
    let each = asked as f64 / total.count.max(1) as f64;
    report.add(Figure::at_most(
        "claims",
        "HTTP calls a claim: the pool's, and the agent's",
        1.0 + each,
        "",
        2.0,
    ));
    per_claim(report, "claims", &used, total.count);
    for (statement, calls, milliseconds) in stage.counted.hottest(14).await? {
        let claims = total.count.max(1) as f64;
        report.statement(statement, calls as f64 / claims, milliseconds / claims);
    }
    let [p50, p99] = windows(&samples);
    report.chart(Chart {
        file: "claims-over-time.svg".into(),
        title: "Claims: latency from intended send, each second".into(),
        svg: chart::lines("second", "ms", &[("p50", p50), ("p99", p99)]),
    });
    report.chart(Chart {
        file: "claims-distribution.svg".into(),
        title: "Claims: latency by share of requests".into(),
        svg: chart::lines(
            "percent of claims",
            "ms",
            &[("total", total.curve.clone()), ("bound to ready", configured.curve.clone())],
        ),
    });
    report.distribution("claim, intended send to ready", &total);
    report.distribution("claim, bound to ready", &configured);
    Ok(())
}

/// The same without waiting: how long it takes until a claim is recorded and has its instance.
pub async fn bind(stage: &mut Stage, report: &mut Report, rate: f64, length: Duration) -> Result<()> {
    let length = length / 3;
    stage.refill(enough(rate, length)).await?;
    eprintln!("claims at {rate}/s for {length:?}, nobody waits for the agent");
    let (samples, _) = open_loop_of(stage, rate, length, "bind", 0).await?;
    let total = Distribution::of_samples(&samples);
    let name = format!("at {rate}/s, intended send to recorded and bound, p99");
    report.add(Figure::at_most("claims", name, total.p99, "ms", 10.0));
    report.distribution("claim, intended send to bound", &total);
    Ok(())
}

/// The same with agents that take a while: what of the time is ours.
pub async fn slow_agents(stage: &mut Stage, report: &mut Report, rate: f64, length: Duration) -> Result<()> {
    let length = length / 3;
    stage.refill(enough(rate, length)).await?;
    eprintln!("claims at {rate}/s for {length:?}, agents take {AGENT_MILLIS} ms");
    stage.agents.provision_takes(AGENT_MILLIS);
    let measured = open_loop_of(stage, rate, length, "slow", WAIT_SECONDS).await;
    stage.agents.provision_takes(0);
    let total = Distribution::of_samples(&measured?.0);
    let own = total.p99 - AGENT_MILLIS as f64;
    let name = format!("at {rate}/s with agents of 50 ms, own time, p99");
    report.add(Figure::at_most("slow agents", name, own, "ms", 40.0));
    report.add(Figure::at_most("slow agents", "errors", total.errors as f64, "", 0.0));
    report.distribution("claim, agents of 50 ms", &total);
    Ok(())
}

/// As many as it takes, and the bare statements on the same server, in turns.
pub async fn sustained(stage: &mut Stage, report: &mut Report) -> Result<()> {
    stage.refill((RATE_MAX * TURN.as_secs_f64()) as u32 * TURNS).await?;
    let (mut claims, mut seconds, mut bare) = (Vec::new(), 0.0, 0.0);
    let mut all_used: Option<Usage> = None;
    for turn in 0..TURNS {
        let tps = raw::claims_a_second(stage, TURN).await?;
        bare += tps / f64::from(TURNS);
        eprintln!("claims by {WORKERS} workers for {TURN:?}; pgbench reached {tps:.0} a second");
        let api = stage.world.api();
        let before = stage.counted.read(&mut stage.world).await?;
        let (samples, took) = closed_loop(WORKERS, TURN, |number| {
            claim(api.clone(), format!("sustained-{turn}"), number, WAIT_SECONDS)
        })
        .await;
        let used = stage.counted.read(&mut stage.world).await?.since(&before);
        all_used = Some(all_used.map_or_else(|| used.clone(), |earlier| earlier.plus(&used)));
        claims.extend(samples);
        seconds += took.as_secs_f64();
    }
    check_unique(&claims)?;
    let total = Distribution::of_samples(&claims);
    let rate = total.count as f64 / seconds;
    let name = format!("claims a second by {WORKERS} workers");
    report.add(Figure::at_least("sustained", name, rate, "1/s", 2_000.0));
    report.add(Figure::plain("sustained", "pgbench with the bare statements, 8 clients", bare, "1/s"));
    report.add(Figure::at_least("sustained", "ratio to pgbench", rate / bare, "", 0.45));
    report.add(Figure::at_most("sustained", "errors", total.errors as f64, "", 0.0));
    if let Some(used) = all_used {
        per_claim(report, "sustained", &used, total.count);
    }
    report.chart(Chart {
        file: "sustained.svg".into(),
        title: "Claims a second beside the bare statements".into(),
        svg: chart::bars(&[("claims", rate), ("pgbench", bare)]),
    });
    report.distribution("claim by 64 workers", &total);
    Ok(())
}
