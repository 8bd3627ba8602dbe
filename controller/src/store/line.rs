//! The waiting line: its order, who is served next, and what those in it can expect.
//!
//! The order: higher priority first; among equals the owners take turns, so that one who asks for a hundred agents does
//! not keep another waiting for his one; among equal turns by age. A claim gets its turn when it joins the line (start-
//! time fair queueing): the turn that is being served, or the one after its owner's last. A claim without an owner
//! belongs to the API key that made it.

use std::collections::HashMap;

use model::Timestamp;
use uuid::Uuid;

use super::pool::LockedPool;
use super::{Store, number};

const ACTOR: &str = "reconciler/pool";
/// Most claims that one pass serves; the next pass goes on.
const SERVED_MAX: i64 = 200;
/// How many of the last creations tell how long one takes.
const CREATIONS_SEEN_MAX: i64 = 20;

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

impl LockedPool {
    /// Gives free instances to the claims in line, in the line's order. Returns the claims that were bound.
    pub async fn serve_line(&mut self, now: Timestamp) -> sqlx::Result<Vec<Uuid>> {
        if self.census.waiting == 0 || self.census.ready == 0 {
            return Ok(Vec::new());
        }
        let bound = sqlx::query_scalar!(
            r#"
            WITH heads AS (
                SELECT id, row_number() OVER (ORDER BY priority DESC, turn, created_at, id) AS place
                FROM (
                    SELECT id, priority, turn, created_at FROM claims
                    WHERE pool = $1 AND phase = 'pending' AND deadline_at > $2 AND release_requested_at IS NULL
                    ORDER BY priority DESC, turn, created_at, id
                    LIMIT $3
                    FOR UPDATE SKIP LOCKED
                ) AS head
            ), free AS (
                SELECT id, row_number() OVER (ORDER BY other_image, created_at, id) AS place
                FROM (
                    SELECT id, created_at, image IS DISTINCT FROM $5 AS other_image FROM instances
                    WHERE pool = $1 AND status = 'ready' AND deploy_status = 'healthy' AND NOT protected AND redeploy IS NULL
                    ORDER BY other_image, created_at
                    LIMIT (SELECT count(*) FROM heads)
                    FOR UPDATE SKIP LOCKED
                ) AS idle
            ), bound AS (
                UPDATE claims
                SET phase = 'bound', instance_id = free.id, bound_at = $2, updated_at = $2, due_at = now()
                FROM heads JOIN free USING (place)
                WHERE claims.id = heads.id
                RETURNING claims.id, claims.instance_id, claims.template_id, claims.owner_id, claims.agent_name,
                    claims.instructions, claims.model, claims.parent_instance, claims.trace_id
            ), taken AS (
                UPDATE instances
                SET status = 'claiming', status_since = $2, claim_id = bound.id, claimed_at = $2,
                    template_id = bound.template_id, owner_id = bound.owner_id, agent_name = bound.agent_name,
                    instructions = bound.instructions, model = bound.model, parent_instance = bound.parent_instance,
                    updated_at = $2
                FROM bound WHERE instances.id = bound.instance_id
            ), journal AS (
                INSERT INTO events (at, kind, object, reason, message, actor, from_state, to_state, cause, trace_id)
                SELECT $2, 'claim', id::text, 'Bound', 'has instance ' || instance_id, $4, 'pending', 'bound',
                    'instance/' || instance_id, trace_id
                FROM bound
            )
            SELECT id FROM bound
            "#,
            self.record.name,
            now,
            i64::from(self.census.waiting).min(SERVED_MAX),
            ACTOR,
            self.record.spec.image
        )
        .fetch_all(&mut *self.tx)
        .await?;
        let served = u32::try_from(bound.len()).unwrap_or(u32::MAX);
        self.census.waiting = self.census.waiting.saturating_sub(served);
        self.census.ready = self.census.ready.saturating_sub(served);
        self.census.claiming += served;
        Ok(bound)
    }
}

impl Store {
    /// The line of one pool, for the claims of `wanted`.
    pub async fn line(&self, pool: &str, wanted: &[Uuid]) -> sqlx::Result<Line> {
        let places = sqlx::query!(
            r#"SELECT id, place AS "place!" FROM (
                SELECT id, row_number() OVER (ORDER BY priority DESC, turn, created_at, id) AS place
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
                SELECT extract(epoch FROM ready_at - created_at) AS took
                FROM instances WHERE pool = $1 AND ready_at IS NOT NULL
                ORDER BY created_at DESC
                LIMIT $2
            ) AS lately",
            pool,
            CREATIONS_SEEN_MAX
        )
        .fetch_one(&self.db)
        .await?;
        Ok(Line {
            places: places.into_iter().map(|row| (row.id, number(row.place))).collect(),
            starting_ages,
            creation_seconds,
        })
    }
}
