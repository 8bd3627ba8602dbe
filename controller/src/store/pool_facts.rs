//! What a pool's plan decides on, as read from the database: by the pool's pass under its row lock, and by `explain`
//! without one. Both decide with the same function on the same facts.

use std::time::Duration;

use model::Timestamp;
use model::plan::Decision;
use model::plan::outage::{Held, Patience};
use model::plan::pool::{self as plan, Census, Creations, Facts, Idle, Step};
use model::plan::rollout::Phase;
use model::plan::sizing::{self, Demand, Sized};
use model::record::Sizing;
use sqlx::PgConnection;

use super::pool::PoolRecord;
use super::reach;
use super::rows::{count, first_id_at, instance_id};

/// Claims of the last quarter of an hour tell the rate; a rush is seen in the last two minutes of it.
const ARRIVALS_SEEN: chrono::TimeDelta = chrono::TimeDelta::minutes(15);
/// The part in which a rush is seen, in seconds.
const RUSH_SECONDS: f64 = 120.0;
/// Most claims that one measurement reads.
const ARRIVALS_MAX: i64 = 50_000;
/// How many of the last members tell how long a refill takes.
const REFILLS_SEEN: i64 = 100;
/// Members ordered together queue behind each other, which says nothing of a single refill.
const ORDERED_TOGETHER_MAX: i64 = 3;

/// Turns of a rollout that one look ahead passes through; more do not follow each other.
const TURNS_MAX: usize = 4;

/// What is known of a pool for one decision.
#[derive(Debug, Clone)]
pub struct PoolFacts {
    /// The pool.
    pub record: PoolRecord,
    /// Idle members wanted now, and why.
    pub sized: Sized,
    /// Counts.
    pub census: Census,
    idle: Vec<Idle>,
    creations: Creations,
    canaries_failed: u32,
    canaries_taken: u32,
    /// Most of the fleet cannot be reached.
    pub outage: Option<Held>,
}

impl PoolFacts {
    /// What the pool's reconciler does on these facts.
    pub fn decide(&self, now: Timestamp) -> Decision<Step> {
        let facts = Facts {
            spec: &self.record.spec,
            generation: self.record.generation,
            target: self.sized.target,
            census: &self.census,
            idle: &self.idle,
            creations: &self.creations,
            rollout: &self.record.rollout,
            canaries_failed: self.canaries_failed,
            canaries_taken: self.canaries_taken,
            outage: self.outage.is_some(),
        };
        let mut decision = plan::pool(&facts, now);
        if !self.sized.why.is_empty() {
            decision.reason = format!("{}; {}", self.sized.why, decision.reason).into();
        }
        if let Some(held) = self.held() {
            decision.reason = format!("{}; {held}", decision.reason).into();
        }
        decision
    }

    /// The outage, when members of this pool are part of it.
    pub fn held(&self) -> Option<&Held> {
        self.outage.as_ref().filter(|_| self.census.hidden > 0)
    }

    /// The first thing that would be done outside: passes that only remember how far a rollout is are gone through.
    pub fn foresee(mut self, now: Timestamp) -> Decision<Step> {
        let mut decision = self.decide(now);
        for _ in 0..TURNS_MAX {
            let Step::Turn(rolling) = decision.step else { break };
            self.record.rollout = rolling;
            decision = self.decide(now);
        }
        decision
    }
}

pub(super) async fn observe(
    db: &mut PgConnection,
    record: PoolRecord,
    census: Census,
    time_scale: f64,
    now: Timestamp,
) -> sqlx::Result<PoolFacts> {
    let demand = match &record.spec.sizing {
        Some(Sizing::ServiceLevel { .. }) => demand(db, &record.name, now).await?,
        _ => Demand::default(),
    };
    let sized = sizing::sizing(&record.spec, &demand, now);
    let most = sized.target.saturating_add(census.waiting);
    // A paused pool neither shrinks nor rolls out.
    let listed =
        !record.spec.paused && (census.idle() > most || record.rollout.needs_members(record.generation));
    let idle = if listed { idle(db, &record.name).await? } else { Vec::new() };
    let (canaries_failed, canaries_taken) = match record.rollout.phase {
        Phase::Canary => canaries(db, &record).await?,
        _ => (0, 0),
    };
    let creations = match &record.hold {
        None => Creations::Welcome,
        Some(hold) => Creations::Held { why: hold.why.clone(), probe_at: hold.probe_at(time_scale) },
    };
    let outage = reach::held(db, &Patience::scaled(time_scale), now).await?;
    Ok(PoolFacts { record, sized, census, idle, creations, canaries_failed, canaries_taken, outage })
}

/// Lists the idle members, for a plan that may give some up.
async fn idle(db: &mut PgConnection, pool: &str) -> sqlx::Result<Vec<Idle>> {
    let rows = sqlx::query!(
        "SELECT id, status, deploy_status, image, created_at, protected
         FROM instances WHERE pool = $1 AND status IN ('starting', 'ready') AND claim_id IS NULL",
        pool
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Idle {
            id: instance_id(row.id),
            status: row.status.into(),
            deploy_status: row.deploy_status.into(),
            image: row.image,
            created_at: row.created_at,
            protected: row.protected,
        })
        .collect())
}

/// What became of the canaries: those that failed or are no more, and those that claims took. A deploy that the vendor
/// calls failed will not become healthy: there is no reason to wait until it counts as stuck.
async fn canaries(db: &mut PgConnection, record: &PoolRecord) -> sqlx::Result<(u32, u32)> {
    let row = sqlx::query!(
        r#"SELECT
            count(*) FILTER (WHERE instances.status = 'stuck' OR instances.status = 'starting' AND instances.deploy_status = 'deploy_failed'
                OR destroy_requests.reason IN ('stuck', 'failed_create'))::int AS "failed!",
            count(*) FILTER (WHERE instances.status IN ('claiming', 'claimed'))::int AS "taken!"
        FROM instances LEFT JOIN destroy_requests ON destroy_requests.instance_id = instances.id
        WHERE instances.pool = $1 AND instances.created_at >= $2 AND instances.image IS NOT DISTINCT FROM $3"#,
        record.name,
        record.rollout.since,
        record.spec.image
    )
    .fetch_one(db)
    .await?;
    Ok((count(row.failed), count(row.taken)))
}

/// Measures how fast claims arrive and how long a refill takes.
async fn demand(db: &mut PgConnection, pool: &str, now: Timestamp) -> sqlx::Result<Demand> {
    let arrivals = sqlx::query!(
        r#"SELECT count(*)::float8 AS "all!", count(*) FILTER (WHERE created_at > $3::timestamptz - make_interval(secs => $5))::float8 AS "rush!"
        FROM (
            -- Ids are UUIDv7, ordered by time: the primary key finds the claims of the last minutes.
            SELECT created_at FROM claims WHERE id >= $2 AND pool = $1 ORDER BY id DESC LIMIT $4
        ) AS lately"#,
        pool,
        first_id_at(now - ARRIVALS_SEEN),
        now,
        ARRIVALS_MAX,
        RUSH_SECONDS
    )
    .fetch_one(&mut *db)
    .await?;
    let lead = sqlx::query_scalar!(
        "SELECT percentile_disc(0.99) WITHIN GROUP (ORDER BY took)
        FROM (
            SELECT extract(epoch FROM ready_at - created_at)::float8 AS took,
                count(*) OVER (PARTITION BY created_at) AS together
            FROM (
                SELECT ready_at, created_at FROM instances
                WHERE pool = $1 AND ready_at IS NOT NULL ORDER BY instances.created_at DESC LIMIT $2
            ) AS lately
        ) AS refills
        WHERE together <= $3",
        pool,
        REFILLS_SEEN,
        ORDERED_TOGETHER_MAX
    )
    .fetch_one(&mut *db)
    .await?;
    let cost =
        sqlx::query_scalar!("SELECT (state ->> 'costPerHour')::float8 FROM duties WHERE name = 'audit'")
            .fetch_optional(&mut *db)
            .await?
            .flatten();
    Ok(Demand {
        claims_per_second: (arrivals.all / ARRIVALS_SEEN.as_seconds_f64()).max(arrivals.rush / RUSH_SECONDS),
        lead: lead.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()),
        cost_per_hour: cost,
    })
}
