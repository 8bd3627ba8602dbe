//! What this process counts. Every name that a macro in this crate uses stands here, and nothing else does. The figures
//! about everything that exists are read once each quarter of a minute, never at a scrape; each replica reads the same
//! rows, so over replicas they are to be compared, not added (`max by`).

use std::sync::Arc;
use std::time::Duration;

use metrics::gauge;
use process::catalogue::{Metric, Sort, Values};
use tracing::warn;

use crate::app::Services;
use crate::ledger::Figures;

/// Often enough for alerts of a minute, seldom enough not to be seen by the database.
const EVERY: Duration = Duration::from_secs(15);

/// The names under which the vendors' clients count.
pub const VENDORS: [&str; 6] = ["railway", "ghcr", "openrouter", "agentmail", "telnyx", "bankr"];

/// The kinds of things outside that can be left over.
const KINDS: [&str; 5] = ["compute", "key", "inbox", "number", "wallet"];

const PHASES: [&str; 4] = ["creating", "ready", "refused", "destroying"];
const TOOL_STATES: [&str; 4] = ["provisioning", "active", "user_provided", "destroying"];
const TOOLS: [&str; 5] = ["openrouter", "wallet", "email", "sms", "crypto"];

const VENDOR: (&str, Values) = ("vendor", Values::These(|| VENDORS.to_vec()));
const OPERATION: (&str, Values) = ("operation", Values::Found);
const KIND: (&str, Values) = ("kind", Values::These(|| KINDS.to_vec()));

/// Everything that this process counts, beside HTTP and what every process counts.
pub fn catalogue() -> Vec<Metric> {
    [vendors(), work(), fleet()].concat()
}

fn vendors() -> Vec<Metric> {
    use Sort::{Counter, Gauge, Seconds};
    vec![
        Metric::new(
            Counter,
            "services_vendor_requests_total",
            &[VENDOR, OPERATION, ("outcome", Values::Found)],
            "Requests to vendors by how they ended: ok, or the class of the failure.",
        ),
        Metric::new(
            Counter,
            "services_vendor_retries_total",
            &[VENDOR],
            "Requests that were sent again within one call, since that was safe.",
        ),
        Metric::new(
            Seconds,
            "services_vendor_request_duration_seconds",
            &[VENDOR, OPERATION],
            "Time from sending a request to a vendor to its answer.",
        ),
        Metric::new(
            Seconds,
            "services_vendor_wait_seconds",
            &[VENDOR],
            "Time that a call waited for our own pace, or as long as the vendor had told, before it was sent.",
        ),
        Metric::new(
            Gauge,
            "services_vendor_breaker_open",
            &[VENDOR],
            "1 while a vendor is not called because it is down or refuses our key.",
        ),
        Metric::new(
            Gauge,
            "services_vendor_up",
            &[("tool", Values::Found)],
            "1 while the vendor behind a tool, or behind compute, answered the last look at it well.",
        ),
        Metric::new(
            Gauge,
            "services_budget_left_ratio",
            &[],
            "Share of the hourly request budget that is left in the scarcest workspace; 1 while none is known.",
        ),
        Metric::new(
            Seconds,
            "services_lane_wait_seconds",
            &[],
            "How long a project creation waited for its turn in the lane of its workspace.",
        ),
        Metric::new(Gauge, "services_lane_waiting", &[], "Creations that wait for a lane."),
        Metric::new(
            Gauge,
            "services_lane_closed_seconds",
            &[],
            "How long the lane that opens last stays closed.",
        ),
    ]
}

fn work() -> Vec<Metric> {
    use Sort::{Counter, Gauge, Seconds};
    vec![
        Metric::new(Counter, "services_instances_created_total", &[], "Creations that were finished."),
        Metric::new(Counter, "services_instances_destroyed_total", &[], "Instances confirmed gone."),
        Metric::new(
            Seconds,
            "services_create_duration_seconds",
            &[],
            "Time from the intent of a creation to its last confirmed step.",
        ),
        Metric::new(Counter, "services_redeploys_total", &[], "Redeploys that the infrastructure took."),
        Metric::new(
            Counter,
            "services_orphans_destroyed_total",
            &[],
            "Things without a row that the audit took away.",
        ),
        Metric::new(
            Counter,
            "services_webhooks_total",
            &[("source", Values::Found), ("outcome", Values::Found)],
            "Deliveries that vendors sent us, by what became of them.",
        ),
        Metric::new(
            Counter,
            "services_deliveries_total",
            &[("outcome", Values::These(|| vec!["delivered", "refused", "given_up"]))],
            "Messages for agents, by what became of them.",
        ),
        Metric::new(
            Counter,
            "services_adoptions_total",
            &[("step", Values::Found)],
            "Effects of calls without an answer that were found instead of bought again.",
        ),
        Metric::new(
            Counter,
            "services_fenced_writes_total",
            &[],
            "Results that were dropped since the lease was another worker's by then.",
        ),
        Metric::new(
            Counter,
            "services_leases_lost_total",
            &[],
            "Leases that another worker took over while the work ran.",
        ),
        Metric::new(
            Counter,
            "services_leases_taken_over_total",
            &[],
            "Leases that were taken from a holder that did not come back.",
        ),
        Metric::new(
            Gauge,
            "services_leases_expired",
            &[],
            "Leases whose holder is gone, not taken over yet.",
        ),
        Metric::new(
            Gauge,
            "services_steps_open",
            &[("state", Values::These(|| vec!["sent", "ambiguous"]))],
            "Steps whose effect is not known: sent and not answered yet, or to be looked for.",
        ),
        Metric::new(
            Seconds,
            "services_health_duration_seconds",
            &[],
            "Time of one health request to an agent, its time limit included.",
        ),
    ]
}

fn fleet() -> Vec<Metric> {
    use Sort::Gauge;
    vec![
        Metric::new(
            Gauge,
            "services_instances",
            &[("phase", Values::These(|| PHASES.to_vec()))],
            "Instances that exist or may exist outside, by phase.",
        ),
        Metric::new(
            Gauge,
            "services_tools",
            &[("tool", Values::These(|| TOOLS.to_vec())), ("state", Values::These(|| TOOL_STATES.to_vec()))],
            "Tools of instances by state.",
        ),
        Metric::new(
            Gauge,
            "services_shelf_projects",
            &[("state", Values::These(|| vec!["creating", "free", "taken"]))],
            "Empty projects kept for bursts.",
        ),
        Metric::new(
            Gauge,
            "services_orphans",
            &[KIND],
            "Things at vendors under our name without a row here.",
        ),
        Metric::new(
            Gauge,
            "services_orphans_dollars_per_hour",
            &[KIND],
            "What they cost in US dollars an hour.",
        ),
        Metric::new(
            Gauge,
            "services_cost_dollars_per_hour",
            &[KIND],
            "What everything that has a row costs in US dollars an hour, by list prices.",
        ),
        Metric::new(
            Gauge,
            "services_deliveries_waiting",
            &[],
            "Messages for agents that are not delivered yet.",
        ),
        Metric::new(Gauge, "services_snapshot_age_seconds", &[], "How old the figures about the fleet are."),
    ]
}

/// Reads figures and shows them until the process stops.
pub async fn snapshots(services: Arc<Services>) {
    let mut beat = tokio::time::interval(EVERY);
    beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut taken_at = std::time::Instant::now();
    loop {
        tokio::select! {
            () = services.shutdown.wait() => return,
            _ = beat.tick() => {}
        }
        process::vitals::look_at_database(services.ledger.pool());
        gauge!("services_budget_left_ratio").set(services.infra.budget_left().unwrap_or(1.0));
        match services.ledger.figures().await {
            Ok(figures) => {
                taken_at = std::time::Instant::now();
                show(&services, &figures);
            }
            Err(failure) => {
                warn!("the figures about the fleet could not be read; the last ones stay: {failure}");
            }
        }
        gauge!("services_snapshot_age_seconds").set(taken_at.elapsed().as_secs_f64());
    }
}

fn show(services: &Services, figures: &Figures) {
    for phase in PHASES {
        gauge!("services_instances", "phase" => phase).set(figures.instances(phase));
    }
    let mut cost: Vec<(&str, f64)> = KINDS.map(|kind| (kind, 0.0)).to_vec();
    let mut spend = |kind: &str, dollars: f64| {
        if let Some((_, sum)) = cost.iter_mut().find(|(known, _)| *known == kind) {
            *sum += dollars;
        }
    };
    let exist: f64 = PHASES.iter().map(|phase| figures.instances(phase)).sum();
    spend("compute", exist * services.infra.cost_per_hour());
    for plugin in services.registry.get_all() {
        let tool = plugin.tool_id();
        for state in TOOL_STATES {
            let tools = figures.tools(tool, state);
            gauge!("services_tools", "tool" => tool, "state" => state).set(tools);
            if state != "user_provided" {
                spend(plugin.kind(), tools * plugin.cost_per_hour());
            }
        }
    }
    for (kind, dollars) in cost {
        gauge!("services_cost_dollars_per_hour", "kind" => kind).set(dollars);
        let (orphans, dollars) = figures.orphans(kind);
        gauge!("services_orphans", "kind" => kind).set(orphans);
        gauge!("services_orphans_dollars_per_hour", "kind" => kind).set(dollars);
    }
    for state in ["creating", "free", "taken"] {
        gauge!("services_shelf_projects", "state" => state).set(figures.shelf(state));
    }
    for state in ["sent", "ambiguous"] {
        gauge!("services_steps_open", "state" => state).set(figures.steps(state));
    }
    gauge!("services_leases_expired").set(figures.leases_expired);
    gauge!("services_lane_waiting").set(figures.lane_waiting);
    gauge!("services_lane_closed_seconds").set(figures.lane_closed_seconds);
    gauge!("services_deliveries_waiting").set(figures.deliveries_waiting);
}
