//! Claims as the API lists them, and where those in line stand.

use std::collections::{BTreeMap, HashMap};

use model::condition::Conditions;
use model::record::{Claim, ClaimTool, Failure};
use model::words::ClaimPhase;
use sqlx::types::Json;
use uuid::Uuid;

use super::Store;
use super::rows::claim_rows;

/// How many of the last creations tell how long one takes.
const CREATIONS_SEEN_MAX: i64 = 20;
/// How far back in the journal they are looked for.
const EVENTS_SEEN_MAX: i64 = 5_000;

/// Which claims a list holds. Everything that is `None` does not filter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClaimFilter {
    /// From this pool.
    pub pool: Option<String>,
    /// This far.
    pub phase: Option<ClaimPhase>,
    /// Of this owner.
    pub owner_id: Option<String>,
    /// Made from this template.
    pub template_id: Option<Uuid>,
}

/// What a claim in line can expect.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Line {
    /// Places by claim, from 1.
    pub places: HashMap<Uuid, u64>,
    /// Ages in seconds of the instances that are being created, oldest first.
    pub starting_ages: Vec<f64>,
    /// How long creations took lately, in seconds; nothing when there were none.
    pub creation_seconds: Option<f64>,
}

impl Store {
    /// The claim that a client made with a key before, and the hash of its request.
    pub async fn earlier_claim(&self, client: &str, key: &str) -> sqlx::Result<Option<(Claim, Vec<u8>)>> {
        let Some(found) = sqlx::query!(
            "SELECT id, request_hash FROM claims WHERE client = $1 AND idempotency_key = $2",
            client,
            key
        )
        .fetch_optional(&self.db)
        .await?
        else {
            return Ok(None);
        };
        Ok(self.claim(found.id).await?.map(|claim| (claim, found.request_hash)))
    }

    /// Lists claims, newest first, after a position.
    pub async fn list_claims(
        &self,
        filter: &ClaimFilter,
        after: Option<Uuid>,
        rows: i64,
    ) -> sqlx::Result<Vec<Claim>> {
        let rows = claim_rows!(
            "SELECT ",
            " FROM claims
             WHERE ($1::text IS NULL OR pool = $1)
               AND ($2::text IS NULL OR phase = $2)
               AND ($3::text IS NULL OR owner_id = $3)
               AND ($4::uuid IS NULL OR template_id = $4)
               AND ($5::uuid IS NULL OR id < $5)
             ORDER BY id DESC
             LIMIT $6",
            filter.pool,
            filter.phase.map(ClaimPhase::as_str),
            filter.owner_id,
            filter.template_id,
            after,
            rows
        )
        .fetch_all(&self.db)
        .await?;
        Ok(rows.into_iter().map(Claim::from).collect())
    }

    /// The line of one pool, for the claims of `wanted`.
    pub async fn line(&self, pool: &str, wanted: &[Uuid]) -> sqlx::Result<Line> {
        let places = sqlx::query!(
            r#"SELECT id, place AS "place!" FROM (
                SELECT id, row_number() OVER (ORDER BY priority DESC, created_at, id) AS place
                FROM claims WHERE pool = $1 AND phase = 'pending'
            ) AS line
            WHERE id = ANY($2)"#,
            pool,
            wanted
        )
        .fetch_all(&self.db)
        .await?;
        let starting_ages = sqlx::query_scalar!(
            r#"SELECT extract(epoch FROM now() - created_at)::float8 AS "age!"
            FROM instances WHERE pool = $1 AND status = 'starting' ORDER BY created_at LIMIT 1000"#,
            pool
        )
        .fetch_all(&self.db)
        .await?;
        let creation_seconds = sqlx::query_scalar!(
            "SELECT avg(took)::float8 FROM (
                SELECT extract(epoch FROM events.at - instances.created_at) AS took
                FROM events JOIN instances ON instances.id = events.object
                WHERE events.kind = 'instance' AND events.from_state = 'starting' AND events.to_state = 'ready'
                  AND instances.pool = $1 AND events.id > (SELECT coalesce(max(id), 0) FROM events) - $2
                ORDER BY events.id DESC
                LIMIT $3
            ) AS lately",
            pool,
            EVENTS_SEEN_MAX,
            CREATIONS_SEEN_MAX
        )
        .fetch_one(&self.db)
        .await?;
        Ok(Line {
            places: places.into_iter().map(|row| (row.id, u64::try_from(row.place).unwrap_or(0))).collect(),
            starting_ages,
            creation_seconds,
        })
    }
}
