//! Claims as the API lists them.

use std::collections::BTreeMap;

use model::condition::Conditions;
use model::record::{Claim, ClaimTool, Failure};
use model::words::ClaimPhase;
use sqlx::types::Json;
use uuid::Uuid;

use super::Store;
pub use super::line::Line;
use super::rows::claim_rows;

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
}
