//! How much of the fleet answers, and the outage in which recoveries take turns (`model::plan::outage`).
//!
//! Nothing of it is in memory: the one row of `fleet_reach` remembers the outage, and how its recoveries went is read
//! from the members. Who begins a recovery in an outage holds that row's lock, so replicas take turns too.

use model::Timestamp;
use model::id::InstanceId;
use model::plan::outage::{Held, Outage, Patience, Probes, Reach, outage};
use model::record::Instance;
use sqlx::PgConnection;

use super::Store;
use super::queue::{Lease, interval};
use super::redeploys::begin_recovery;
use super::rows::{count, instance_id};

const ACTOR: &str = "reconciler/instance";

/// A count is good for so long, in seconds: many sweeps share one.
const COUNT_SECONDS: f64 = 0.5;

/// What a look at the fleet came to.
#[derive(Debug, Default)]
pub(crate) struct Look {
    /// The outage, if there is one.
    pub held: Option<Held>,
    /// Pools that were told that it began or ended.
    pub told: Vec<String>,
}

/// The row.
struct Known {
    reach: Reach,
    outage: Option<Outage>,
    is_fresh: bool,
}

impl Store {
    /// The outage as it was last seen, for reading.
    pub async fn outage(&self, patience: &Patience, now: Timestamp) -> sqlx::Result<Option<Held>> {
        let mut db = self.db.acquire().await?;
        held(&mut db, patience, now).await
    }

    /// Counts who answers, unless somebody just did, and remembers what follows from it.
    pub(crate) async fn look_at_fleet(&self, patience: &Patience, now: Timestamp) -> sqlx::Result<Look> {
        let known = known(&mut *self.db.acquire().await?).await?;
        if known.is_fresh {
            return Ok(Look { held: self.outage(patience, now).await?, told: Vec::new() });
        }
        let mut tx = self.db.begin().await?;
        // Only now under the lock: somebody may have counted meanwhile.
        let before = known_locked(&mut tx).await?;
        let reach = count_fleet(&mut tx).await?;
        let after = outage(before.outage, reach, patience.settle, now);
        sqlx::query!(
            "UPDATE fleet_reach SET running = $1, hidden = $2, counted_at = now(), outage_since = $3, calm_since = $4",
            i32::try_from(reach.running).unwrap_or(i32::MAX),
            i32::try_from(reach.hidden).unwrap_or(i32::MAX),
            after.map(|outage| outage.since),
            after.and_then(|outage| outage.calm_since)
        )
        .execute(&mut *tx)
        .await?;
        let held = held(&mut tx, patience, now).await?;
        let told = match (before.outage, &held) {
            (None, Some(held)) => tell(&mut tx, "FleetUnreachable", &held.to_string(), now).await?,
            (Some(_), None) => {
                let message = format!(
                    "{} of {} running agents answer: recoveries go as usual",
                    reach.running - reach.hidden,
                    reach.running
                );
                tell(&mut tx, "FleetReachable", &message, now).await?
            }
            _ => Vec::new(),
        };
        tx.commit().await?;
        Ok(Look { held, told })
    }

    /// Begins recoveries of an outage: of all who wait for one, the first ones in turn, as many as may begin now, as far
    /// as they are among `wanted`. While nobody knows whether it helps, members that serve nobody go first, since their
    /// redeploy interrupts nobody; then those that serve somebody. Returns those that were begun.
    pub(crate) async fn begin_probes(
        &self,
        lease: Lease,
        wanted: &[(&Instance, &str)],
        recoveries_max: u32,
        patience: &Patience,
        now: Timestamp,
    ) -> sqlx::Result<Vec<InstanceId>> {
        let mut tx = self.db.begin().await?;
        let Some(outage) = known_locked(&mut tx).await?.outage else { return Ok(Vec::new()) };
        let probes = probes(&mut tx, outage.since, patience, now).await?;
        let turn: Vec<InstanceId> = sqlx::query_scalar!(
            "SELECT id FROM instances
             WHERE status = 'stuck' AND hidden AND recoveries < $1 AND NOT (protected AND claimed_at IS NULL)
               AND (recovered_at IS NULL OR recovered_at <= $2::timestamptz - $3::interval)
             ORDER BY recoveries, (claimed_at IS NOT NULL) = $4, unhealthy_since, id
             LIMIT $5",
            i32::try_from(recoveries_max).unwrap_or(i32::MAX),
            now,
            interval(patience.probe_within),
            probes.window() == 1,
            i64::from(probes.free(patience, now))
        )
        .fetch_all(&mut *tx)
        .await?
        .into_iter()
        .map(instance_id)
        .collect();
        let mut begun = Vec::new();
        for (instance, reason) in wanted.iter().filter(|(one, _)| turn.contains(&one.id)) {
            if begin_recovery(&mut tx, instance, lease, reason, now).await? {
                begun.push(instance.id.clone());
            }
        }
        tx.commit().await?;
        Ok(begun)
    }
}

/// The outage as it was last seen, with what its recoveries came to.
pub(super) async fn held(
    db: &mut PgConnection,
    patience: &Patience,
    now: Timestamp,
) -> sqlx::Result<Option<Held>> {
    let Known { reach, outage, .. } = known(&mut *db).await?;
    match outage {
        None => Ok(None),
        Some(outage) => {
            let probes = probes(db, outage.since, patience, now).await?;
            Ok(Some(Held::new(reach, &probes, patience, now)))
        }
    }
}

/// Whether there is an outage, as it was last seen.
pub(super) async fn is_outage(db: &mut PgConnection) -> sqlx::Result<bool> {
    Ok(known(db).await?.outage.is_some())
}

/// Members that were well once and either are, or are only hidden. One that its vendor calls ended is neither.
pub(super) async fn count_fleet(db: &mut PgConnection) -> sqlx::Result<Reach> {
    let row = sqlx::query!(
        r#"SELECT count(*) FILTER (WHERE hidden OR deploy_status = 'healthy')::int AS "running!",
            count(*) FILTER (WHERE hidden)::int AS "hidden!"
        FROM instances
        WHERE status <> 'deleted' AND status <> 'destroying' AND url IS NOT NULL AND ready_at IS NOT NULL"#
    )
    .fetch_one(db)
    .await?;
    Ok(Reach { running: count(row.running), hidden: count(row.hidden) })
}

async fn known(db: &mut PgConnection) -> sqlx::Result<Known> {
    let row = sqlx::query!(
        r#"SELECT running, hidden, outage_since, calm_since,
            coalesce(counted_at > now() - make_interval(secs => $1), false) AS "is_fresh!"
        FROM fleet_reach"#,
        COUNT_SECONDS
    )
    .fetch_one(db)
    .await?;
    Ok(Known {
        reach: Reach { running: count(row.running), hidden: count(row.hidden) },
        outage: row.outage_since.map(|since| Outage { since, calm_since: row.calm_since }),
        is_fresh: row.is_fresh,
    })
}

async fn known_locked(db: &mut PgConnection) -> sqlx::Result<Known> {
    sqlx::query!("SELECT single FROM fleet_reach FOR UPDATE").fetch_one(&mut *db).await?;
    // Read after the lock was had: what somebody wrote meanwhile is seen.
    known(db).await
}

/// How the recoveries since then went: each member remembers its last one.
async fn probes(
    db: &mut PgConnection,
    since: Timestamp,
    patience: &Patience,
    now: Timestamp,
) -> sqlx::Result<Probes> {
    let row = sqlx::query!(
        r#"
        WITH tried AS (
            SELECT recovered_at, NOT hidden AND healthy_at > recovered_at AS well,
                recovered_at <= $2::timestamptz - $3::interval AS late
            FROM instances
            WHERE status <> 'deleted' AND status <> 'destroying' AND recovered_at >= $1
        ), turns AS (
            SELECT max(recovered_at) FILTER (WHERE well) AS well_at,
                max(recovered_at) FILTER (WHERE well IS NOT TRUE AND late) AS failed_at
            FROM tried
        )
        SELECT count(*) FILTER (WHERE well IS NOT TRUE AND NOT late)::int AS "in_flight!",
            count(*) FILTER (WHERE well AND (turns.failed_at IS NULL OR recovered_at > turns.failed_at))::int AS "succeeded!",
            count(*) FILTER (WHERE well IS NOT TRUE AND late AND (turns.well_at IS NULL OR recovered_at > turns.well_at))::int AS "failed!",
            max(turns.failed_at) AS failed_at
        FROM tried CROSS JOIN turns
        "#,
        since,
        now,
        interval(patience.probe_within)
    )
    .fetch_one(db)
    .await?;
    Ok(Probes {
        in_flight: count(row.in_flight),
        succeeded: count(row.succeeded),
        failed: count(row.failed),
        failed_at: row.failed_at,
    })
}

/// Writes one line into every pool's journal; returns the pools.
async fn tell(
    db: &mut PgConnection,
    reason: &str,
    message: &str,
    now: Timestamp,
) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar!(
        "INSERT INTO events (at, kind, object, reason, message, actor)
         SELECT $1, 'pool', name, $2, $3, $4 FROM pools
         RETURNING object",
        now,
        reason,
        message,
        ACTOR
    )
    .fetch_all(db)
    .await
}
