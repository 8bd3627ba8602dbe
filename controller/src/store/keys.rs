//! Keys of the pool API: only their digests are here.

use model::Timestamp;
use model::words::{Kind, Role};
use uuid::Uuid;

use super::Store;
use super::event::{self, NewEvent};

/// A key, without itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Its id.
    pub id: Uuid,
    /// For people.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// Creation.
    pub created_at: Timestamp,
}

impl Store {
    /// Records a key by its digest.
    pub async fn create_key(
        &self,
        name: &str,
        role: Role,
        digest: &[u8],
        actor: &str,
        now: Timestamp,
    ) -> sqlx::Result<Key> {
        let key = Key { id: Uuid::now_v7(), name: name.to_owned(), role, created_at: now };
        let mut tx = self.db.begin().await?;
        sqlx::query!(
            "INSERT INTO api_keys (id, name, role, digest, created_at) VALUES ($1, $2, $3, $4, $5)",
            key.id,
            key.name,
            key.role.as_str(),
            digest,
            now
        )
        .execute(&mut *tx)
        .await?;
        let message = format!("key {:?} with role {role} was made", key.name);
        event::write(&mut tx, &NewEvent::new(Kind::Key, key.id, "KeyCreated", message, actor), now).await?;
        tx.commit().await?;
        Ok(key)
    }

    /// Finds a key by its digest.
    pub async fn key_by_digest(&self, digest: &[u8]) -> sqlx::Result<Option<Key>> {
        let row = sqlx::query!("SELECT id, name, role, created_at FROM api_keys WHERE digest = $1", digest)
            .fetch_optional(&self.db)
            .await?;
        Ok(row.map(|row| Key {
            id: row.id,
            name: row.name,
            role: row.role.into(),
            created_at: row.created_at,
        }))
    }

    /// Lists keys, newest first, after a position.
    pub async fn list_keys(&self, after: Option<Uuid>, rows: i64) -> sqlx::Result<Vec<Key>> {
        let rows = sqlx::query!(
            "SELECT id, name, role, created_at FROM api_keys
             WHERE $1::uuid IS NULL OR id < $1 ORDER BY id DESC LIMIT $2",
            after,
            rows
        )
        .fetch_all(&self.db)
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| Key { id: row.id, name: row.name, role: row.role.into(), created_at: row.created_at })
            .collect())
    }

    /// Revokes a key at once. False: there is no such key.
    pub async fn delete_key(&self, id: Uuid, actor: &str, now: Timestamp) -> sqlx::Result<bool> {
        let mut tx = self.db.begin().await?;
        let deleted = sqlx::query_scalar!("DELETE FROM api_keys WHERE id = $1 RETURNING name", id)
            .fetch_optional(&mut *tx)
            .await?;
        if let Some(name) = &deleted {
            let message = format!("key {name:?} was revoked");
            event::write(&mut tx, &NewEvent::new(Kind::Key, id, "KeyRevoked", message, actor), now).await?;
        }
        tx.commit().await?;
        Ok(deleted.is_some())
    }
}
