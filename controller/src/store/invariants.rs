//! The promises that can be checked on the live database, in one statement and therefore on one snapshot
//! (DESIGN section 12).

use super::Store;

/// A promise that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Which promise, by its number.
    pub invariant: String,
    /// In which way.
    pub breach: String,
    /// The pool that it concerns.
    pub pool: String,
    /// How many records break it.
    pub records: i64,
    /// One of them.
    pub example: String,
}

impl Store {
    /// Looks for broken promises. A record counts as starved when it was due for ten minutes and nobody took it.
    pub async fn violations(&self) -> sqlx::Result<Vec<Violation>> {
        sqlx::query_as!(
            Violation,
            r#"
            WITH broken (invariant, breach, pool, example) AS (
                -- I1, from the claim's side.
                SELECT 'I1', 'claim_has_its_instance', claims.pool, claims.id::text
                FROM claims LEFT JOIN instances ON instances.id = claims.instance_id
                WHERE claims.instance_id IS NOT NULL
                  AND claims.phase IN ('bound', 'provisioning', 'configuring', 'pending_acceptance', 'ready')
                  AND (instances.id IS NULL OR instances.claim_id IS DISTINCT FROM claims.id)
                UNION ALL
                -- I1 and I5, from the instance's side: whatever serves has a claim that says so.
                SELECT 'I1', 'instance_has_its_claim', instances.pool, instances.id
                FROM instances LEFT JOIN claims ON claims.id = instances.claim_id
                WHERE instances.status IN ('claiming', 'claimed')
                  AND (claims.id IS NULL OR claims.instance_id IS DISTINCT FROM instances.id
                       OR claims.phase IN ('failed', 'released'))
                UNION ALL
                -- I3: nothing was made beyond the limit since the limit is what it is.
                SELECT 'I3', 'within_max_instances', pools.name, pools.name
                FROM pools
                WHERE (SELECT count(*) FROM instances WHERE instances.pool = pools.name AND instances.status <> 'deleted')
                        > (pools.spec ->> 'maxInstances')::bigint + (pools.spec ->> 'maxSurge')::bigint
                  AND EXISTS (
                      SELECT 1 FROM instances
                      WHERE instances.pool = pools.name AND instances.status = 'starting' AND instances.created_at > pools.updated_at
                  )
                UNION ALL
                -- I8: everything that lives is due some time.
                SELECT 'I8', 'no_record_forgotten', instances.pool, instances.id
                FROM instances
                WHERE instances.status NOT IN ('destroying', 'deleted') AND instances.due_at IS NULL
                UNION ALL
                SELECT 'I8', 'no_record_forgotten', claims.pool, claims.id::text
                FROM claims
                WHERE claims.phase IN ('pending', 'bound', 'provisioning', 'configuring', 'pending_acceptance')
                  AND claims.due_at IS NULL
                UNION ALL
                SELECT 'I8', 'no_record_forgotten', instances.pool, destroy_requests.id::text
                FROM destroy_requests JOIN instances ON instances.id = destroy_requests.instance_id
                WHERE destroy_requests.phase <> 'done' AND destroy_requests.due_at IS NULL
                UNION ALL
                SELECT 'I8', 'no_record_starved', instances.pool, instances.id
                FROM instances
                WHERE instances.due_at < now() - interval '10 minutes'
                  AND (instances.lease_until IS NULL OR instances.lease_until < now())
                UNION ALL
                SELECT 'I8', 'no_record_starved', claims.pool, claims.id::text
                FROM claims
                WHERE claims.due_at < now() - interval '10 minutes'
                  AND (claims.lease_until IS NULL OR claims.lease_until < now())
                UNION ALL
                SELECT 'I5', 'ready_is_nobodys', instances.pool, instances.id
                FROM instances WHERE instances.status = 'ready' AND instances.claim_id IS NOT NULL
                UNION ALL
                -- I10, I11: what is on its way out has a request that ends in gone.
                SELECT 'I11', 'destroying_has_request', instances.pool, instances.id
                FROM instances
                WHERE instances.status = 'destroying'
                  AND NOT EXISTS (
                      SELECT 1 FROM destroy_requests
                      WHERE destroy_requests.instance_id = instances.id AND destroy_requests.phase <> 'done'
                  )
            )
            SELECT invariant AS "invariant!", breach AS "breach!", pool AS "pool!", count(*) AS "records!",
                min(example) AS "example!"
            FROM broken GROUP BY invariant, breach, pool ORDER BY invariant, breach, pool
            "#
        )
        .fetch_all(&self.db)
        .await
    }
}
