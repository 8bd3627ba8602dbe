//! The whole at a glance.

use axum::extract::State;
use model::api::{Counts, PoolView, ReconcilerStatus, ServicesStatus, SystemStatus};
use model::condition::{Condition, Conditions, Truth};
use model::services::VendorsReport;
use process::clock::now;
use process::problem::{Json, Problem};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::caller::Viewer;
use crate::glance::POOLS_MAX;
use crate::openapi::ListProblems;

/// A record that is due for longer than this waits for a reconciler that does not come.
const LAG_SECONDS_MAX: f64 = 60.0;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(read))
}

/// Reads the state of the whole
///
/// Counts, conditions, pools, the queues of the reconcilers, whether `services` answers, and what it says of its vendors:
/// their state, latency, errors and budgets, and the lanes that creations wait in. Counts of a fleet of a
/// thousand or more are up to about a second old.
#[utoipa::path(get, path = "/api/status", operation_id = "getStatus", tag = "journal",
    responses((status = 200, description = "The state of the whole.", body = SystemStatus), ListProblems))]
async fn read(_: Viewer, State(app): State<App>) -> Result<Json<SystemStatus>, Problem> {
    // What operators wrote is read each time, and shown as soon as it is written; counts are kept for a moment.
    let (mut pools, counted, outside) = tokio::try_join!(
        async { Ok(app.store().list_uncounted_pools(None, POOLS_MAX).await?) },
        app.glance.counted(),
        async { Ok(app.registry.vendors().await) },
    )?;
    for pool in &mut pools {
        pool.status.set_counts(&counted.pools.get(&pool.name).copied().unwrap_or_default());
    }
    let VendorsReport { vendors, budgets, lanes, shelf } = (*outside).clone();
    let services = app.services().health();
    Ok(Json(SystemStatus {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        counts: counts(&pools),
        conditions: conditions(&pools, &counted.reconcilers, &services),
        pools,
        reconcilers: counted.reconcilers.clone(),
        replicas: counted.replicas.clone(),
        services,
        vendors,
        budgets,
        lanes,
        shelf,
    }))
}

fn counts(pools: &[PoolView]) -> Counts {
    pools.iter().map(|pool| pool.status.counts()).fold(Counts::default(), |sum, pool| Counts {
        ready: sum.ready + pool.ready,
        starting: sum.starting + pool.starting,
        claiming: sum.claiming + pool.claiming,
        claimed: sum.claimed + pool.claimed,
        stuck: sum.stuck + pool.stuck,
        destroying: sum.destroying + pool.destroying,
        waiting: sum.waiting + pool.waiting,
    })
}

fn conditions(pools: &[PoolView], queues: &[ReconcilerStatus], services: &ServicesStatus) -> Conditions {
    let condition = |kind: &str, holds: bool, reason: &str, message: String| Condition {
        kind: kind.to_owned(),
        status: Truth::from(holds),
        reason: reason.to_owned(),
        message,
        last_transition_time: services.answered_at.unwrap_or_else(now),
        observed_generation: 0,
    };
    let named = |kind: &str, truth: Truth| {
        let holds = |pool: &&PoolView| pool.status.conditions.get(kind).is_some_and(|it| it.status == truth);
        pools.iter().filter(holds).map(|pool| pool.name.as_str()).collect::<Vec<_>>()
    };
    let empty = named("Available", Truth::False);
    let degraded = named("Degraded", Truth::True);
    let late: Vec<&str> = queues
        .iter()
        .filter(|queue| queue.oldest_due_seconds > LAG_SECONDS_MAX)
        .map(|queue| queue.kind.as_str())
        .collect();
    let (reason, message) = match (degraded.is_empty(), late.is_empty()) {
        (false, _) => ("PoolsDegraded", format!("degraded: {}", degraded.join(", "))),
        (true, false) => ("QueuesLag", format!("nobody works on: {}", late.join(", "))),
        (true, true) => ("AsExpected", String::new()),
    };
    let available = if empty.is_empty() { "InstancesReady" } else { "NoneReady" };
    let said = if empty.is_empty() { String::new() } else { format!("none ready: {}", empty.join(", ")) };
    let answers = if services.reachable { "Answered" } else { "NoAnswer" };
    Conditions(vec![
        condition("Available", empty.is_empty(), available, said),
        condition("Degraded", reason != "AsExpected", reason, message),
        condition(
            "ServicesReachable",
            services.reachable,
            answers,
            services.problem.clone().unwrap_or_default(),
        ),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_that_nobody_works_on_degrades_the_whole() {
        let queue = ReconcilerStatus {
            kind: "claim".into(),
            depth: 3,
            leased: 0,
            oldest_due_seconds: LAG_SECONDS_MAX + 1.0,
            retrying: 0,
            errors: 0,
            last_error: None,
        };
        let services = ServicesStatus { reachable: true, ..ServicesStatus::default() };
        let lagging = conditions(&[], &[queue], &services);
        assert!(lagging.is_true("Degraded") && lagging.is_true("ServicesReachable"));
        assert!(!conditions(&[], &[], &services).is_true("Degraded"));
        assert!(!conditions(&[], &[], &ServicesStatus::default()).is_true("ServicesReachable"));
    }
}
