//! `doctor`: looks at everything a person on call would look at first, and says what to do.

use std::fmt::Write as _;
use std::time::Duration;

use chrono::{DateTime, Utc};
use clap::Args;
use model::api::SystemStatus;
use model::services::{VendorBudget, VendorState};
use process::exit::{ExitReason, Failure};
use process::http::{Options, client};
use serde::Deserialize;

use super::client::{ApiError, PoolApi};
use super::output::Colours;

/// Clocks further apart than this confuse leases' ages, challenges and logs.
const CLOCK_SECONDS_MAX: i64 = 5;
/// A due record that nobody took for this long means that no worker runs.
const QUEUE_SECONDS_MAX: f64 = 60.0;
/// Below this share of a vendor's budget `services` serves claims and destroys only.
const BUDGET_SHARE_LOW: f64 = 0.1;
/// Conditions of a pool that somebody has to look at when they are true.
const BAD_CONDITIONS: [&str; 2] = ["Degraded", "Limited"];

/// How long `services` may take to say how the vendors are.
const LIVE_WITHIN: Duration = Duration::from_secs(15);

/// Check access, clocks, versions, queues and pools, and say what to do.
#[derive(Debug, Args)]
pub struct Doctor {
    /// Check the deployment's keys too: address of `services`, which asks each vendor by its cheapest call
    #[arg(long, value_name = "SERVICES_URL")]
    live: Option<String>,
}

/// What a pool that can work says of itself.
#[derive(Debug, Deserialize)]
struct Ready {
    degraded: Vec<String>,
}

/// What `services` says of itself and its vendors.
#[derive(Debug, Deserialize)]
struct Readiness {
    vendors: Vec<VendorState>,
}

/// One thing that was looked at.
#[derive(Debug, PartialEq, Eq)]
struct Finding {
    good: bool,
    subject: String,
    /// What was seen and, when it is not good, what to do.
    text: String,
}

fn good(subject: impl Into<String>, text: impl Into<String>) -> Finding {
    Finding { good: true, subject: subject.into(), text: text.into() }
}

fn bad(subject: impl Into<String>, text: impl Into<String>) -> Finding {
    Finding { good: false, subject: subject.into(), text: text.into() }
}

impl Doctor {
    /// Looks, prints, and fails when something is not good.
    pub async fn run(self, api: &PoolApi) -> Result<(), Failure> {
        let mut findings = reachability(api).await;
        match api.get("/api/status", &[]).await {
            Ok(value) => match serde_json::from_value::<SystemStatus>(value) {
                Ok(status) => findings.extend(inspect(&status)),
                Err(error) => findings.push(bad(
                    "status",
                    format!(
                        "is not as this version knows it: {error}; use the pool's version of convos-agents"
                    ),
                )),
            },
            Err(ApiError::Refused(problem)) if problem.status == 401 => {
                findings
                    .push(bad("key", "is not accepted; set the right one by `convos-agents context set`"));
            }
            Err(error) => findings.push(bad("status", error.to_string())),
        }
        if let Some(services) = &self.live {
            findings.extend(vendors(services).await);
        }
        let colours = Colours::of_stdout();
        for Finding { good, subject, text } in &findings {
            let mark = if *good { "ok" } else { "BAD" };
            println!("{}{} {subject:<24} {text}", colours.paint(mark), &"  "[mark.len() - 2..]);
        }
        match findings.iter().filter(|finding| !finding.good).count() {
            0 => Ok(()),
            1 => Err(Failure::new(ExitReason::Failed, "one thing needs attention")),
            count => Err(Failure::new(ExitReason::Failed, format!("{count} things need attention"))),
        }
    }
}

async fn reachability(api: &PoolApi) -> Vec<Finding> {
    let alive = match api.probe("/healthz").await {
        Ok(answer) => answer,
        Err(error) => {
            let text = format!("{error}; is the address right, does the process run?");
            return vec![bad("server", text)];
        }
    };
    let mut findings = vec![good("server", format!("{} answers", api.server()))];
    let date = alive.headers().get("date").and_then(|date| date.to_str().ok());
    if let Some(date) = date.and_then(|date| DateTime::parse_from_rfc2822(date).ok()) {
        findings.push(clock(date.with_timezone(&Utc), process::clock::now()));
    }
    findings.push(match api.probe("/readyz").await {
        Ok(answer) if answer.status().is_success() => readiness(&answer.text().await.unwrap_or_default()),
        Ok(_) => bad("ready", "the pool's database does not answer, or migrations are not done: see its log"),
        Err(error) => bad("ready", error.to_string()),
    });
    findings
}

/// The pool's own word, once it says that it can work.
fn readiness(answer: &str) -> Finding {
    match serde_json::from_str::<Ready>(answer) {
        Ok(Ready { degraded }) if degraded.is_empty() => good("ready", "database and migrations are fine"),
        Ok(Ready { degraded }) => bad(
            "ready",
            format!("yes, but {}: nothing is created or destroyed until that is mended", degraded.join("; ")),
        ),
        Err(_) => bad("ready", "answers, but not as a pool does; is the address right?"),
    }
}

/// How the vendors take the deployment's keys.
async fn vendors(services: &str) -> Vec<Finding> {
    let url = format!("{}/readyz", services.trim_end_matches('/'));
    let asked = async {
        let client = client(&Options::new("convos-agents", LIVE_WITHIN).direct())?;
        client.get(&url).send().await?.error_for_status()?.json::<Readiness>().await
    };
    match asked.await {
        Ok(readiness) => judge(&readiness.vendors),
        Err(error) => {
            let text =
                format!("cannot be asked for its vendors: {}; is the address right?", error.without_url());
            vec![bad("services", text)]
        }
    }
}

fn judge(vendors: &[VendorState]) -> Vec<Finding> {
    if vendors.is_empty() {
        return vec![bad("vendors", "were not looked at yet; ask again in a minute")];
    }
    vendors.iter().map(vendor).collect()
}

fn vendor(vendor: &VendorState) -> Finding {
    let subject = format!("vendor {}", vendor.name);
    match &vendor.problem {
        None => good(subject, format!("takes the key ({} ms)", vendor.latency_ms.unwrap_or(0))),
        Some(problem) => bad(subject, format!("{problem}; see its variables in docs/configuration.md")),
    }
}

fn budget(budget: &VendorBudget) -> Finding {
    let subject = format!("budget {}", budget.name);
    let left = budget.remaining / budget.allowance;
    let text = format!("{:.0} of {:.0} requests left", budget.remaining, budget.allowance);
    if left >= BUDGET_SHARE_LOW {
        good(subject, text)
    } else {
        let resets = budget.resets_at.format("%H:%M:%S");
        bad(subject, format!("{text}; only claims and destroys are served until {resets} UTC"))
    }
}

fn clock(theirs: DateTime<Utc>, ours: DateTime<Utc>) -> Finding {
    let apart = (theirs - ours).num_seconds();
    if apart.abs() <= CLOCK_SECONDS_MAX {
        good("clock", "agrees with this machine's")
    } else {
        bad("clock", format!("is {apart} s from this machine's; set both by NTP"))
    }
}

/// What the system says about itself.
fn inspect(status: &SystemStatus) -> Vec<Finding> {
    let ours = env!("CARGO_PKG_VERSION");
    let mut findings = vec![if status.version == ours {
        good("version", format!("{ours} on both sides"))
    } else {
        bad("version", format!("the pool runs {}, this is {ours}; use the same", status.version))
    }];
    findings.push(if status.services.reachable {
        good("services", "answers the pool")
    } else {
        let problem = status.services.problem.as_deref().unwrap_or("no answer yet");
        bad("services", format!("does not answer the pool: {problem}; check SERVICES_URL and its log"))
    });
    findings.extend(status.vendors.iter().map(vendor));
    findings.extend(status.budgets.iter().map(budget));
    for queue in &status.reconcilers {
        if queue.oldest_due_seconds > QUEUE_SECONDS_MAX {
            let text = format!(
                "{} due, the oldest for {:.0} s; does a replica with the controller role run?",
                queue.depth, queue.oldest_due_seconds
            );
            findings.push(bad(format!("queue {}", queue.kind), text));
        }
    }
    for pool in &status.pools {
        let mut text = format!("{} of {} ready", pool.status.ready, pool.status.desired);
        let conditions: Vec<_> =
            BAD_CONDITIONS.iter().filter_map(|kind| pool.status.conditions.get(kind)).collect();
        let wrong = conditions.iter().filter(|one| pool.status.conditions.is_true(&one.kind));
        let mut well = pool.status.stuck == 0;
        for condition in wrong {
            well = false;
            // Writing to a string does not fail.
            let _ = write!(text, "; {}: {}", condition.kind, condition.message);
        }
        if pool.status.stuck > 0 {
            let _ =
                write!(text, "; {} stuck: `convos-agents get instances -l status=stuck`", pool.status.stuck);
        }
        findings.push(Finding { good: well, subject: format!("pool {}", pool.name), text });
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::api::{Counts, ReconcilerStatus, ServicesStatus};
    use model::condition::Conditions;
    use model::services::VendorShelf;

    fn status() -> SystemStatus {
        SystemStatus {
            version: env!("CARGO_PKG_VERSION").into(),
            counts: Counts::default(),
            conditions: Conditions::default(),
            pools: Vec::new(),
            reconcilers: Vec::new(),
            replicas: Vec::new(),
            vendors: Vec::new(),
            budgets: Vec::new(),
            lanes: Vec::new(),
            shelf: VendorShelf::default(),
            services: ServicesStatus { reachable: true, answered_at: None, problem: None },
        }
    }

    fn complaints(status: &SystemStatus) -> Vec<String> {
        inspect(status).into_iter().filter(|finding| !finding.good).map(|finding| finding.subject).collect()
    }

    #[test]
    fn a_healthy_system_gets_no_complaint() {
        assert!(complaints(&status()).is_empty());
    }

    #[test]
    fn a_pool_without_a_complaint_is_not_called_degraded() {
        assert!(readiness(r#"{"ready":true,"degraded":[]}"#).good);
        let degraded = readiness(r#"{"ready":true,"degraded":["services does not answer: refused"]}"#);
        assert!(
            !degraded.good && degraded.text.contains("services does not answer: refused"),
            "{degraded:?}"
        );
        assert!(!readiness("<html>").good);
    }

    #[test]
    fn what_is_wrong_is_named() {
        let mut status = status();
        status.version = "0.0.0".into();
        status.services.reachable = false;
        status.reconcilers.push(ReconcilerStatus {
            kind: "claim".into(),
            depth: 4,
            leased: 0,
            oldest_due_seconds: 90.0,
            retrying: 0,
            errors: 0,
            last_error: None,
        });
        assert_eq!(complaints(&status), ["version", "services", "queue claim"]);
    }

    #[test]
    fn a_vendor_that_does_not_take_its_key_is_named() {
        let vendor = |name: &str, problem: Option<&str>| VendorState {
            name: name.into(),
            problem: problem.map(str::to_owned),
            latency_ms: Some(12),
            errors: 0,
            checked_at: DateTime::UNIX_EPOCH,
            since: DateTime::UNIX_EPOCH,
        };
        let findings = judge(&[vendor("compute", None), vendor("sms", Some("telnyx does not take our key"))]);
        assert!(findings[0].good && !findings[1].good, "{findings:?}");
        assert!(findings[1].text.starts_with("telnyx does not take our key"), "{findings:?}");
        assert!(!judge(&[])[0].good);
    }

    #[test]
    fn a_budget_that_runs_out_is_named_before_it_is_gone() {
        let budget_of = |remaining: f64| VendorBudget {
            name: "compute 1".into(),
            allowance: 1_000.0,
            remaining,
            resets_at: DateTime::UNIX_EPOCH,
        };
        assert!(budget(&budget_of(100.0)).good);
        assert!(!budget(&budget_of(99.0)).good);
    }

    #[test]
    fn clocks_may_differ_by_seconds_but_not_by_more() {
        let at = |seconds: i64| DateTime::from_timestamp(1_000 + seconds, 0).unwrap();
        assert!(clock(at(3), at(0)).good && clock(at(0), at(5)).good);
        assert!(!clock(at(0), at(60)).good);
    }
}
