//! What the pool counts. Every name that a macro in this crate uses stands here, and nothing else does.

use model::words::{ClaimPhase, DestroyPhase, DestroyReason, InstanceStatus};
use process::catalogue::{Metric, Sort, Values};

use crate::wake::Queue;

/// What running processes look for by themselves; the others are kept by constraints and tests alone.
pub const INVARIANTS: [&str; 5] = ["I1", "I3", "I5", "I8", "I11"];

const KIND: (&str, Values) = ("kind", Values::These(|| Queue::ALL.map(Queue::as_str).to_vec()));
const POOL: (&str, Values) = ("pool", Values::Found);
const STATUS: (&str, Values) =
    ("status", Values::These(|| words(InstanceStatus::ALL, InstanceStatus::as_str)));
const PHASE: (&str, Values) = ("phase", Values::These(|| words(ClaimPhase::ALL, ClaimPhase::as_str)));
const REASON: (&str, Values) = ("reason", Values::These(|| words(DestroyReason::ALL, DestroyReason::as_str)));

fn words<T: Copy>(all: &[T], word: fn(T) -> &'static str) -> Vec<&'static str> {
    all.iter().copied().map(word).collect()
}

/// Everything that the pool counts, beside HTTP and what every process counts.
pub fn catalogue() -> Vec<Metric> {
    [reconcilers(), fleet(), claims(), instances(), duties()].concat()
}

fn reconcilers() -> Vec<Metric> {
    use Sort::{Counter, Gauge, Seconds};
    vec![
        Metric::new(Counter, "pool_reconcile_total", &[KIND], "Records that a pass ran over."),
        Metric::new(
            Counter,
            "pool_reconcile_errors_total",
            &[KIND, ("class", Values::These(|| vec!["services", "database", "bug"]))],
            "Passes that failed, by what they met.",
        ),
        Metric::new(Seconds, "pool_reconcile_duration_seconds", &[KIND], "How long a pass ran."),
        Metric::new(Gauge, "pool_reconcile_active", &[KIND], "Passes that run now at this replica."),
        Metric::new(Counter, "pool_queue_adds_total", &[KIND], "Hints that a queue should look."),
        Metric::new(
            Counter,
            "pool_queue_retries_total",
            &[(
                "table",
                Values::These(|| vec!["pools", "instances", "claims", "destroy_requests", "duties"]),
            )],
            "Records given back with an error, to be tried again.",
        ),
        Metric::new(Gauge, "pool_queue_depth", &[KIND], "Records that are due and not leased."),
        Metric::new(Gauge, "pool_queue_leased", &[KIND], "Records under a live lease, at any replica."),
        Metric::new(Gauge, "pool_queue_retrying", &[KIND], "Records whose last pass failed."),
        Metric::new(
            Gauge,
            "pool_queue_oldest_due_seconds",
            &[KIND],
            "How long the record that is due longest waits for a worker.",
        ),
        Metric::new(
            Gauge,
            "pool_leases_expired",
            &[KIND],
            "Leases whose holder is gone and that nobody took over yet.",
        ),
        Metric::new(
            Counter,
            "pool_leases_lost_total",
            &[KIND],
            "Leases of this replica that another one took over while the pass ran.",
        ),
        Metric::new(
            Counter,
            "pool_fenced_writes_total",
            &[KIND],
            "Results that were dropped since the lease was another worker's by then.",
        ),
        Metric::new(
            Gauge,
            "pool_listener_connected",
            &[],
            "1 while this replica hears the hints of the others (LISTEN).",
        ),
    ]
}

fn fleet() -> Vec<Metric> {
    use Sort::{Counter, Gauge};
    vec![
        Metric::new(Gauge, "pool_instances", &[POOL, STATUS], "Members of a pool by status."),
        Metric::new(Gauge, "pool_desired", &[POOL], "Idle members that the pool wants now."),
        Metric::new(Gauge, "pool_max_instances", &[POOL], "Most members that the pool may have."),
        Metric::new(
            Gauge,
            "pool_condition",
            &[POOL, ("condition", Values::Found)],
            "1 while a condition of the pool is true: Available, Progressing, Degraded (a hold, or an outage of the fleet), Limited, Paused, RolloutStopped.",
        ),
        Metric::new(Gauge, "pool_claims_waiting", &[POOL], "Claims in line for an instance."),
        Metric::new(
            Gauge,
            "pool_stuck_claimed",
            &[],
            "Instances that serve somebody, are stuck, and were redeployed as often as allowed.",
        ),
        Metric::new(
            Gauge,
            "pool_fleet_running",
            &[],
            "Members that were well once and whose deployment runs, as far as is known.",
        ),
        Metric::new(
            Gauge,
            "pool_fleet_hidden",
            &[],
            "Those of them that do not answer: the agents are ill, or the way to them is broken.",
        ),
        Metric::new(
            Gauge,
            "pool_fleet_outage",
            &[],
            "1 while so many are hidden that recoveries go slowly and nothing is replaced.",
        ),
        Metric::new(Gauge, "pool_claims", &[PHASE], "Claims by phase; those that ended are not counted."),
        Metric::new(
            Gauge,
            "pool_claims_oldest_waiting_seconds",
            &[],
            "How long the claim that waits longest is in line.",
        ),
        Metric::new(
            Gauge,
            "pool_destroy_requests",
            &[("phase", Values::These(|| words(DestroyPhase::ALL, DestroyPhase::as_str)))],
            "Destroy requests that are not done, by phase.",
        ),
        Metric::new(
            Gauge,
            "pool_destroy_oldest_seconds",
            &[],
            "Age of the oldest destroy request that is not done.",
        ),
        Metric::new(Gauge, "pool_services_reachable", &[], "1 while services answers this replica."),
        Metric::new(
            Counter,
            "pool_invariant_violations_total",
            &[("invariant", Values::These(|| INVARIANTS.to_vec()))],
            "Breaches of what must always be true (ARCHITECTURE.md); each is a bug.",
        ),
        Metric::new(Gauge, "pool_snapshot_age_seconds", &[], "How old the figures about the fleet are."),
    ]
}

fn claims() -> Vec<Metric> {
    use Sort::{Counter, Seconds};
    vec![
        Metric::new(
            Counter,
            "pool_claim_intake_total",
            &[("outcome", Values::These(|| vec!["hit", "miss", "replayed", "refused"]))],
            "Claims that arrived: hit found an instance at once, miss went into line.",
        ),
        Metric::new(Counter, "pool_claims_total", &[PHASE], "Claims that reached a phase."),
        Metric::new(
            Seconds,
            "pool_claim_phase_duration_seconds",
            &[PHASE],
            "Time from a claim's creation until it reached the phase.",
        ),
        Metric::new(
            Seconds,
            "pool_claim_step_duration_seconds",
            &[("step", Values::These(|| vec!["provision", "configure"]))],
            "Time that one call of a claim's work took, tools side by side counting once.",
        ),
        Metric::new(
            Counter,
            "pool_rebinds_total",
            &[],
            "Claims that went to another instance because the first one failed them.",
        ),
        Metric::new(
            Counter,
            "pool_template_syncs_total",
            &[],
            "Agents that were told what their template says now.",
        ),
    ]
}

fn duties() -> Vec<Metric> {
    use Sort::{Counter, Gauge};
    vec![
        Metric::new(
            Gauge,
            "pool_audit_findings",
            &[("finding", Values::These(|| vec!["ghost", "orphan", "zombie", "vendor_orphan"]))],
            "What the last audit of this replica found: rows without a thing, things without a row, and things whose row says gone.",
        ),
        Metric::new(
            Gauge,
            "pool_leaked_cost_dollars_per_hour",
            &[],
            "What things without a living row cost, as the last audit of this replica found.",
        ),
        Metric::new(
            Counter,
            "pool_audit_destroyed_total",
            &[],
            "Strays that the audit had destroyed after two sightings and the quarantine.",
        ),
        Metric::new(
            Counter,
            "pool_purged_total",
            &[("kind", Values::These(|| vec!["claim", "instance", "event", "challenge"]))],
            "Old rows that were purged.",
        ),
    ]
}

fn instances() -> Vec<Metric> {
    use Sort::{Counter, Seconds};
    vec![
        Metric::new(
            Counter,
            "pool_instances_wanted_total",
            &[POOL],
            "Instances that a pool decided to make.",
        ),
        Metric::new(
            Counter,
            "pool_creations_total",
            &[("outcome", Values::These(|| vec!["created", "refused"]))],
            "Creations that services finished, or refused for good.",
        ),
        Metric::new(
            Counter,
            "pool_instance_transitions_total",
            &[("to", Values::These(|| words(InstanceStatus::ALL, InstanceStatus::as_str)))],
            "Changes of an instance's status that a look at it led to.",
        ),
        Metric::new(
            Seconds,
            "pool_instance_state_duration_seconds",
            &[STATUS],
            "How long an instance was in a status that a look at it ended.",
        ),
        Metric::new(
            Counter,
            "pool_redeploys_total",
            &[("reason", Values::These(|| vec!["recovery", "sent", "refused", "failed"]))],
            "Redeploys begun to recover a stuck instance, redeploys that services took, whoever asked, and those that came to nothing.",
        ),
        Metric::new(
            Counter,
            "pool_destroys_total",
            &[REASON],
            "Instances that were marked to be destroyed, by reason.",
        ),
        Metric::new(
            Counter,
            "pool_destroyed_total",
            &[REASON],
            "Instances that were confirmed gone, by reason.",
        ),
    ]
}
