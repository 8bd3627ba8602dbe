//! What operators may write of a pool: its spec, and its existence.

use model::Timestamp;
use model::record::PoolSpec;
use model::words::Kind;
use sqlx::types::Json;

use super::Store;
use super::event::{self, NewEvent};

/// Which state of a pool a change was meant for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// Any, or none: it is made when it is not there.
    Anything,
    /// None: it must not be there yet.
    Nothing,
    /// Any, but it must be there.
    Something,
    /// Exactly this generation.
    Generation(i64),
}

/// What became of a change of a pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PoolChange {
    /// It was made.
    Created,
    /// Its spec changed.
    Changed,
    /// It had this spec already.
    Unchanged,
    /// It is not in the state that was expected.
    NotExpected,
}

/// What became of the wish to remove a pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PoolRemoval {
    /// It is gone, with the history of its members and claims; the journal stays.
    Removed,
    /// It has live members or claims.
    InUse {
        /// Members that exist or may exist outside.
        members: i64,
        /// Claims that are not over.
        claims: i64,
    },
    /// There is no such pool.
    Unknown,
}

impl Store {
    /// Writes the spec of a pool. A spec that it has already changes nothing.
    pub async fn put_pool(
        &self,
        name: &str,
        spec: &PoolSpec,
        expected: Expected,
        actor: &str,
        now: Timestamp,
    ) -> sqlx::Result<PoolChange> {
        let mut tx = self.db.begin().await?;
        let made = match expected {
            Expected::Anything | Expected::Nothing => sqlx::query!(
                "INSERT INTO pools (name, spec, created_at, updated_at, due_at) VALUES ($1, $2, $3, $3, now())
                 ON CONFLICT (name) DO NOTHING",
                name,
                Json(spec) as _,
                now
            )
            .execute(&mut *tx)
            .await?
            .rows_affected(),
            Expected::Something | Expected::Generation(_) => 0,
        };
        if made == 1 {
            let line = NewEvent::new(Kind::Pool, name, "PoolCreated", "the pool was made", actor);
            event::write(&mut tx, &line, now).await?;
            tx.commit().await?;
            return Ok(PoolChange::Created);
        }
        let Some(found) = sqlx::query!(
            r#"SELECT spec AS "spec: Json<PoolSpec>", generation FROM pools WHERE name = $1 FOR UPDATE"#,
            name
        )
        .fetch_optional(&mut *tx)
        .await?
        else {
            return Ok(PoolChange::NotExpected);
        };
        let fits = match expected {
            Expected::Nothing => false,
            Expected::Generation(generation) => generation == found.generation,
            Expected::Anything | Expected::Something => true,
        };
        if !fits {
            return Ok(PoolChange::NotExpected);
        }
        if found.spec.0 == *spec {
            return Ok(PoolChange::Unchanged);
        }
        sqlx::query!(
            "UPDATE pools SET spec = $2, generation = generation + 1, updated_at = $3, due_at = now() WHERE name = $1",
            name,
            Json(spec) as _,
            now
        )
        .execute(&mut *tx)
        .await?;
        let line = NewEvent::new(Kind::Pool, name, "SpecChanged", difference(&found.spec.0, spec), actor);
        event::write(&mut tx, &line, now).await?;
        tx.commit().await?;
        Ok(PoolChange::Changed)
    }

    /// Removes a pool that holds nothing any more, with the tombstones of its members and its past claims.
    pub async fn remove_pool(&self, name: &str, actor: &str, now: Timestamp) -> sqlx::Result<PoolRemoval> {
        let mut tx = self.db.begin().await?;
        // The row lock keeps new members and claims out: their foreign key needs this row.
        let found = sqlx::query_scalar!("SELECT name FROM pools WHERE name = $1 FOR UPDATE", name)
            .fetch_optional(&mut *tx)
            .await?;
        if found.is_none() {
            return Ok(PoolRemoval::Unknown);
        }
        let live = sqlx::query!(
            r#"SELECT
                (SELECT count(*) FROM instances WHERE pool = $1 AND status <> 'deleted') AS "members!",
                (SELECT count(*) FROM claims WHERE pool = $1 AND phase NOT IN ('failed', 'released')) AS "claims!""#,
            name
        )
        .fetch_one(&mut *tx)
        .await?;
        if live.members > 0 || live.claims > 0 {
            return Ok(PoolRemoval::InUse { members: live.members, claims: live.claims });
        }
        // Clones in other pools forget where they came from; claims and requests go before what they point to.
        sqlx::query!(
            "UPDATE instances SET parent_instance = NULL
             WHERE parent_instance IN (SELECT id FROM instances WHERE pool = $1)",
            name
        )
        .execute(&mut *tx)
        .await?;
        sqlx::query!(
            "UPDATE claims SET parent_instance = NULL
             WHERE parent_instance IN (SELECT id FROM instances WHERE pool = $1)",
            name
        )
        .execute(&mut *tx)
        .await?;
        sqlx::query!("DELETE FROM claims WHERE pool = $1", name).execute(&mut *tx).await?;
        sqlx::query!(
            "DELETE FROM destroy_requests WHERE instance_id IN (SELECT id FROM instances WHERE pool = $1)",
            name
        )
        .execute(&mut *tx)
        .await?;
        sqlx::query!("DELETE FROM instances WHERE pool = $1", name).execute(&mut *tx).await?;
        sqlx::query!("DELETE FROM pools WHERE name = $1", name).execute(&mut *tx).await?;
        let line = NewEvent::new(Kind::Pool, name, "PoolRemoved", "the pool was removed", actor);
        event::write(&mut tx, &line, now).await?;
        tx.commit().await?;
        Ok(PoolRemoval::Removed)
    }
}

/// What changed, for the journal: `minIdle 5 → 3, paused false → true`.
fn difference(before: &PoolSpec, after: &PoolSpec) -> String {
    let fields = |spec: &PoolSpec| match serde_json::to_value(spec) {
        Ok(serde_json::Value::Object(fields)) => fields,
        _ => serde_json::Map::new(),
    };
    let (before, after) = (fields(before), fields(after));
    let changes: Vec<String> = after
        .iter()
        .filter(|(name, value)| before.get(*name) != Some(value))
        .map(|(name, value)| {
            let was = before.get(name).cloned().unwrap_or_default();
            format!("{name} {was} → {value}")
        })
        .collect();
    changes.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_journal_tells_what_changed_and_nothing_else() {
        let before = PoolSpec::default();
        let after = PoolSpec { min_idle: 3, paused: true, ..PoolSpec::default() };
        assert_eq!(difference(&before, &after), "minIdle 5 → 3, paused false → true");
        assert_eq!(difference(&before, &before), "");
    }
}
