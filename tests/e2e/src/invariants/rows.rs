//! What both databases say now.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use chrono::{DateTime, Utc};
use sqlx::{FromRow, PgPool};
use uuid::Uuid;

use super::Findings;
use crate::{settle::patience, world::World};

/// A record that is due this long and not leased has been forgotten, however busy the machine is.
const FORGOTTEN_AFTER_SECONDS: f64 = 20.0;

#[derive(Debug, FromRow)]
struct Instance {
    id: String,
    status: String,
    claim_id: Option<Uuid>,
    claimed: bool,
    redeploying: bool,
    well_at: Option<DateTime<Utc>>,
    due: bool,
    overdue_seconds: f64,
    generation: i64,
    observed_generation: i64,
}

#[derive(Debug, FromRow)]
struct Claim {
    id: Uuid,
    phase: String,
    instance_id: Option<String>,
    invite_url: Option<String>,
    conversation_id: Option<String>,
    was_ready: bool,
    due: bool,
    ends: bool,
    going_on: bool,
    overdue_seconds: f64,
    generation: i64,
    observed_generation: i64,
}

impl Claim {
    fn is_live(&self) -> bool {
        !["failed", "released"].contains(&self.phase.as_str())
    }
}

#[derive(Debug, FromRow)]
struct DestroyRequest {
    instance_id: String,
    reason: String,
    phase: String,
    due: bool,
    overdue_seconds: f64,
    last_error: Option<String>,
}

#[derive(Debug, FromRow)]
struct Pool {
    name: String,
    min_idle: i64,
    observed: bool,
    rolling: String,
    overdue_seconds: f64,
}

#[derive(Debug, FromRow)]
struct Infra {
    instance_id: String,
    phase: String,
    /// Told who it is, and no answer is recorded.
    unheard: bool,
    conversation_id: Option<String>,
}

/// All rows that the promises are about.
#[derive(Debug)]
pub(super) struct Rows {
    instances: Vec<Instance>,
    claims: Vec<Claim>,
    destroy_requests: Vec<DestroyRequest>,
    pools: Vec<Pool>,
    ledger: Vec<Infra>,
}

/// How long a record is due and under no lease; zero when it is not.
const OVERDUE: &str = "CASE WHEN lease_until IS NULL OR lease_until < now()
    THEN greatest(coalesce(extract(epoch FROM now() - due_at), 0), 0) ELSE 0 END::float8 AS overdue_seconds";

async fn all<T>(db: &PgPool, columns: &str, table: &str) -> Result<Vec<T>>
where
    T: for<'row> FromRow<'row, sqlx::postgres::PgRow> + Send + Unpin,
{
    let statement = format!("SELECT {columns} FROM {table}");
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(statement)).fetch_all(db).await?)
}

impl Rows {
    pub async fn read(world: &World) -> Result<Self> {
        let (pool, services) = (&world.pool_db.look, &world.services_db.look);
        let instances = format!(
            "id, status, claim_id, claimed_at IS NOT NULL AS claimed, redeploy IS NOT NULL AS redeploying,
             CASE WHEN deploy_status = 'healthy' THEN healthy_at END AS well_at, due_at IS NOT NULL AS due, {OVERDUE}, generation, observed_generation"
        );
        let claims = format!(
            "id, phase, instance_id, invite_url, conversation_id, ready_at IS NOT NULL AS was_ready, due_at IS NOT NULL AS due,
             expires_at IS NOT NULL AS ends,
             expires_at IS NOT NULL OR release_requested_at IS NOT NULL OR coalesce(due_at < now() + interval '2 seconds', false) AS going_on,
             {OVERDUE}, generation, observed_generation"
        );
        let requests =
            format!("instance_id, reason, phase, due_at IS NOT NULL AS due, {OVERDUE}, last_error");
        let pools = format!(
            "name, (spec->>'minIdle')::bigint AS min_idle, observed_generation = generation AS observed,
             coalesce(rollout->>'phase', 'settled') AS rolling, {OVERDUE}"
        );
        Ok(Self {
            instances: all(pool, &instances, "instances").await?,
            claims: all(pool, &claims, "claims").await?,
            destroy_requests: all(pool, &requests, "destroy_requests").await?,
            pools: all(pool, &pools, "pools").await?,
            ledger: all(
                services,
                "instance_id, phase, configure_state = 'sent' AS unheard, conversation_id",
                "instance_infra",
            )
            .await?,
        })
    }

    pub fn live_instances(&self) -> BTreeSet<String> {
        self.instances.iter().filter(|it| it.status != "deleted").map(|it| it.id.clone()).collect()
    }

    pub fn ledger_ids(&self) -> BTreeSet<String> {
        self.ledger.iter().map(|it| it.instance_id.clone()).collect()
    }

    /// What is still under way, in words. An instance that was not seen well since then may yet turn out to be away.
    pub fn unrest(&self, since: Option<DateTime<Utc>>) -> Vec<String> {
        let instances = self.instances.iter().filter(|it| it.status != "deleted").filter_map(|it| {
            let rests = ["ready", "claimed"].contains(&it.status.as_str()) && !it.redeploying;
            let well = since.is_none_or(|since| it.well_at.is_some_and(|at| at >= since));
            let doing = match (it.redeploying, well) {
                (true, _) => ", redeploying",
                (false, false) => ", not seen well yet",
                (false, true) => "",
            };
            (!rests || !well).then(|| format!("instance {} is {}{doing}", it.id, it.status))
        });
        let claims = self.claims.iter().filter_map(|it| {
            let rests = ["ready", "failed", "released"].contains(&it.phase.as_str());
            // A release that was just asked for, an end by itself, a template to be followed.
            let goes_on = it.phase == "ready" && it.going_on;
            (!rests || goes_on).then(|| {
                format!("claim {} is {}{}", it.id, it.phase, if goes_on { " and goes on" } else { "" })
            })
        });
        let requests = self.destroy_requests.iter().filter(|it| it.phase != "done").map(|it| {
            let error = it.last_error.as_deref().unwrap_or("no error");
            format!("destruction of {} ({}) is {}: {error}", it.instance_id, it.reason, it.phase)
        });
        let ready = self.instances.iter().filter(|it| it.status == "ready").count() as i64;
        let wanted: i64 = self.pools.iter().map(|it| it.min_idle).sum();
        let target = (ready != wanted).then(|| format!("{ready} ready instead of {wanted}"));
        let pools = self.pools.iter().filter(|it| !it.observed || it.rolling != "settled");
        let pools = pools.map(|it| format!("pool {} has a new spec; its rollout is {}", it.name, it.rolling));
        let ledger = self.ledger.iter().filter(|it| it.phase != "ready" || it.unheard).map(|it| {
            let unheard = if it.unheard { ", its answer is not recorded" } else { "" };
            format!("ledger: {} is {}{unheard}", it.instance_id, it.phase)
        });
        instances.chain(claims).chain(requests).chain(target).chain(pools).chain(ledger).collect()
    }

    /// The promises that rows alone can break.
    pub fn check(&self, findings: &mut Findings) {
        self.one_claim_per_instance(findings);
        self.nothing_is_forgotten(findings);
        for it in &self.instances {
            let anonymous = ["starting", "ready"].contains(&it.status.as_str());
            if anonymous && (it.claimed || it.claim_id.is_some()) {
                findings.add("I5", format!("instance {} is {} and was personalised", it.id, it.status));
            }
            if it.observed_generation > it.generation {
                findings.add("I12", format!("instance {} observed what is not yet", it.id));
            }
        }
        for it in self.claims.iter().filter(|it| it.observed_generation > it.generation) {
            findings.add("I12", format!("claim {} observed what is not yet", it.id));
        }
        let statuses: BTreeMap<&str, &str> =
            self.instances.iter().map(|it| (it.id.as_str(), it.status.as_str())).collect();
        for it in &self.destroy_requests {
            let gone = statuses.get(it.instance_id.as_str()) == Some(&"deleted");
            if it.phase != "done" || !gone {
                findings.add("I10", format!("destruction of {} is {}", it.instance_id, it.phase));
            }
        }
    }

    /// I1, from both sides.
    fn one_claim_per_instance(&self, findings: &mut Findings) {
        let live = |id: Uuid| self.claims.iter().find(|claim| claim.id == id && claim.is_live());
        for it in self.instances.iter().filter(|it| it.status == "claimed" || it.status == "claiming") {
            let claim = it.claim_id.and_then(live);
            if claim.is_none_or(|claim| claim.instance_id.as_ref() != Some(&it.id)) {
                findings.add("I1", format!("instance {} is {} without its claim", it.id, it.status));
            }
        }
        let mut holders: BTreeMap<&str, Uuid> = BTreeMap::new();
        let mut links: BTreeMap<&str, Uuid> = BTreeMap::new();
        for claim in self.claims.iter().filter(|claim| claim.is_live()) {
            let Some(instance) = &claim.instance_id else { continue };
            if let Some(other) = holders.insert(instance, claim.id) {
                findings.add("I1", format!("claims {other} and {} share instance {instance}", claim.id));
            }
            if let Some(other) = claim.invite_url.as_deref().and_then(|link| links.insert(link, claim.id)) {
                findings.add("I1", format!("claims {other} and {} share a conversation", claim.id));
            }
            let row = self.instances.iter().find(|it| &it.id == instance);
            let held = row.is_some_and(|it| it.claim_id == Some(claim.id) && it.status != "deleted");
            if !held {
                findings
                    .add("I1", format!("claim {} is {} without instance {instance}", claim.id, claim.phase));
            }
            let recorded = self.ledger.iter().find(|it| &it.instance_id == instance);
            let recorded = recorded.and_then(|it| it.conversation_id.as_ref());
            if claim.phase == "ready"
                && recorded.is_some_and(|recorded| Some(recorded) != claim.conversation_id.as_ref())
            {
                findings.add("I1", format!("claim {} has another conversation than its agent", claim.id));
            }
            if claim.phase == "ready" && !claim.was_ready {
                findings.add("I1", format!("claim {} is ready and never became it", claim.id));
            }
        }
    }

    /// I8: every record that is not at its end is due at some time, and that time does not pass unnoticed.
    fn nothing_is_forgotten(&self, findings: &mut Findings) {
        for it in self.instances.iter().filter(|it| !["destroying", "deleted"].contains(&it.status.as_str()))
        {
            forgotten(findings, &format!("instance {} ({})", it.id, it.status), it.due, it.overdue_seconds);
        }
        for it in self.claims.iter().filter(|it| it.is_live()) {
            let due = it.due || it.phase == "ready" && !it.ends;
            forgotten(findings, &format!("claim {} ({})", it.id, it.phase), due, it.overdue_seconds);
        }
        for it in self.destroy_requests.iter().filter(|it| it.phase != "done") {
            let what = format!("destruction of {}", it.instance_id);
            forgotten(findings, &what, it.due, it.overdue_seconds);
        }
        for it in &self.pools {
            forgotten(findings, &format!("pool {}", it.name), true, it.overdue_seconds);
        }
    }
}

fn forgotten(findings: &mut Findings, what: &str, due: bool, overdue_seconds: f64) {
    if !due {
        findings.add("I8", format!("{what} is never due"));
    }
    if overdue_seconds > FORGOTTEN_AFTER_SECONDS * f64::from(patience()) {
        findings.add("I8", format!("{what} is due for {overdue_seconds:.0} s"));
    }
}
