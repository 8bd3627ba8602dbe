//! The rows of an instance's tools.

use chrono::{DateTime, Utc};
use process::sealing::Place;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use uuid::Uuid;

use super::{Lease, Ledger, LedgerError, Variables, step};
use crate::plugin::{Created, Outcome, Removal, Resource, Subject, UserProvided};

const TABLE: &str = "instance_services";

/// The life of a tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ToolStatus {
    /// Being made, or made and not yet in the agent's hands.
    Provisioning,
    /// Ours, and the agent has it.
    Active,
    /// The claimant's, and the agent has it.
    UserProvided,
    /// On its way out.
    Destroying,
    /// Gone; the outcome is recorded.
    Destroyed,
}

impl ToolStatus {
    fn of(word: &str) -> Self {
        match word {
            "provisioning" => Self::Provisioning,
            "active" => Self::Active,
            "user_provided" => Self::UserProvided,
            "destroyed" => Self::Destroyed,
            // The table's CHECK admits only these words.
            _ => Self::Destroying,
        }
    }
}

/// A row of `instance_services`, without its secrets.
#[derive(Debug, Clone)]
pub struct Tool {
    /// Key of the row.
    pub id: String,
    /// Whose.
    pub instance_id: String,
    /// Which tool.
    pub tool_id: String,
    /// The name at the vendor.
    pub name: String,
    /// Counts up where names are remembered.
    pub generation: i32,
    /// The vendor's id, once known.
    pub resource_id: Option<String>,
    /// Facts without secrets.
    pub config: Value,
    /// Its life.
    pub status: ToolStatus,
    /// The claimant's own account.
    pub user_provided: bool,
    /// What an unfinished creation left.
    pub progress: Value,
    /// What became of it.
    pub removal: Option<Removal>,
    /// When the intent was committed.
    pub intent_at: DateTime<Utc>,
}

impl Tool {
    /// What a plugin needs to know to make or find it.
    pub fn subject(&self) -> Subject {
        Subject {
            instance_id: self.instance_id.clone(),
            name: self.name.clone(),
            generation: self.generation,
            intent_at: self.intent_at,
            progress: self.progress.clone(),
        }
    }
}

/// What is fixed before a vendor is asked.
pub struct NewTool<'a> {
    /// Which tool.
    pub tool_id: &'a str,
    /// The name of the first generation; later ones get a number.
    pub name: &'a (dyn Fn(i32) -> String + Sync),
    /// The claimant's own account.
    pub user_provided: bool,
}

struct Row {
    id: String,
    instance_id: String,
    tool_id: String,
    name: String,
    generation: i32,
    resource_id: Option<String>,
    config: Value,
    status: String,
    provided: String,
    progress: Value,
    outcome: Option<String>,
    note: Option<String>,
    intent_at: DateTime<Utc>,
}

impl From<Row> for Tool {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            instance_id: row.instance_id,
            tool_id: row.tool_id,
            name: row.name,
            generation: row.generation,
            resource_id: row.resource_id,
            config: row.config,
            status: ToolStatus::of(&row.status),
            user_provided: row.provided == "user",
            progress: row.progress,
            removal: row.outcome.map(|word| Removal { outcome: outcome_of(&word), note: row.note }),
            intent_at: row.intent_at,
        }
    }
}

/// The word of an outcome in the database.
pub(crate) fn outcome_word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Deleted => "deleted",
        Outcome::Revoked => "revoked",
        Outcome::KeptShared => "kept_shared",
        Outcome::KeptUser => "kept_user",
        Outcome::NotFound => "not_found",
    }
}

fn outcome_of(word: &str) -> Outcome {
    match word {
        "deleted" => Outcome::Deleted,
        "revoked" => Outcome::Revoked,
        "kept_shared" => Outcome::KeptShared,
        "kept_user" => Outcome::KeptUser,
        _ => Outcome::NotFound,
    }
}

impl Ledger {
    /// The live row of a tool, made now if there is none.
    pub async fn intend_tool(
        &self,
        lease: &Lease,
        new: &NewTool<'_>,
        now: DateTime<Utc>,
    ) -> Result<Tool, LedgerError> {
        if let Some(tool) = self.tool(&lease.instance_id, new.tool_id).await? {
            return Ok(tool);
        }
        let mut transaction = self.fenced(lease).await?;
        let phase = sqlx::query_scalar!(
            "SELECT phase FROM instance_infra WHERE instance_id = $1 FOR SHARE",
            lease.instance_id
        )
        .fetch_optional(&mut *transaction)
        .await?;
        if !matches!(phase.as_deref(), Some("creating" | "ready")) {
            return Err(LedgerError::Destroying);
        }
        let generation = sqlx::query_scalar!(
            r#"SELECT count(*)::int AS "earlier!"
             FROM instance_services
             WHERE instance_id = $1 AND tool_id = $2"#,
            lease.instance_id,
            new.tool_id
        )
        .fetch_one(&mut *transaction)
        .await?;
        // The attempts of an earlier generation say nothing about this one.
        sqlx::query!(
            "DELETE FROM steps WHERE instance_id = $1 AND step = 'tool:' || $2",
            lease.instance_id,
            new.tool_id
        )
        .execute(&mut *transaction)
        .await?;
        let row = sqlx::query_as!(
            Row,
            "INSERT INTO instance_services (id, instance_id, tool_id, name, generation, provided, intent_at, updated_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $7)
             RETURNING id, instance_id, tool_id, name, generation, resource_id, config, status, provided, progress,
                 outcome, note, intent_at",
            Uuid::now_v7().to_string(),
            lease.instance_id,
            new.tool_id,
            (new.name)(generation),
            generation,
            if new.user_provided { "user" } else { "pool" },
            now
        )
        .fetch_one(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(row.into())
    }

    /// The live row of a tool.
    pub async fn tool(&self, instance_id: &str, tool_id: &str) -> Result<Option<Tool>, LedgerError> {
        let row = sqlx::query_as!(
            Row,
            "SELECT id, instance_id, tool_id, name, generation, resource_id, config, status, provided, progress, outcome,
                 note, intent_at
             FROM instance_services
             WHERE instance_id = $1 AND tool_id = $2 AND status <> 'destroyed'",
            instance_id,
            tool_id
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map(Tool::from))
    }

    /// All rows of an instance's tools, those of destroyed ones too, in the order in which they were made.
    pub async fn tools(&self, instance_id: &str) -> Result<Vec<Tool>, LedgerError> {
        let rows = sqlx::query_as!(
            Row,
            "SELECT id, instance_id, tool_id, name, generation, resource_id, config, status, provided, progress, outcome,
                 note, intent_at
             FROM instance_services
             WHERE instance_id = $1
             ORDER BY intent_at, id",
            instance_id
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(Tool::from).collect())
    }

    /// The instance that holds a resource of a tool for itself alone; for messages that come in by address.
    pub async fn holder_of(&self, tool_id: &str, resource_id: &str) -> Result<Option<String>, LedgerError> {
        let id = sqlx::query_scalar!(
            "SELECT instance_id
             FROM instance_services
             WHERE tool_id = $1 AND resource_id = $2 AND status IN ('provisioning', 'active', 'user_provided')
                 AND config ->> 'shared' IS DISTINCT FROM 'true'
             LIMIT 1",
            tool_id,
            resource_id
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(id)
    }

    /// Records what a call made: the thing is known, the agent does not have its variables yet.
    pub async fn tool_made(
        &self,
        lease: &Lease,
        tool: &Tool,
        attempt: i64,
        created: &Created,
        now: DateTime<Utc>,
    ) -> Result<(), LedgerError> {
        let sealed = created
            .sealed
            .as_ref()
            .map(|secret| self.seal(secret.expose_secret(), place(&tool.id, "sealed")));
        let variables: Variables = created.variables.iter().cloned().collect();
        let names: Vec<String> = variables.keys().cloned().collect();
        let variables = self.seal_variables(&variables, place(&tool.id, "variables_sealed"));
        let mut transaction = self.fenced(lease).await?;
        sqlx::query!(
            "UPDATE instance_services
             SET resource_id = $2, config = $3, sealed = $4, variables_sealed = $5, variable_names = $6,
                 progress = 'null', updated_at = $7
             WHERE id = $1",
            tool.id,
            created.resource_id,
            created.config,
            sealed,
            variables,
            &names,
            now
        )
        .execute(&mut *transaction)
        .await?;
        step::confirm(&mut transaction, attempt, now).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Records what the claimant brought.
    pub async fn tool_provided(
        &self,
        lease: &Lease,
        tool: &Tool,
        provided: &UserProvided,
        now: DateTime<Utc>,
    ) -> Result<(), LedgerError> {
        let variables: Variables = provided.variables.iter().cloned().collect();
        let names: Vec<String> = variables.keys().cloned().collect();
        let variables = self.seal_variables(&variables, place(&tool.id, "variables_sealed"));
        let mut transaction = self.fenced(lease).await?;
        sqlx::query!(
            "UPDATE instance_services
             SET resource_id = $2, config = $3, variables_sealed = $4, variable_names = $5, updated_at = $6
             WHERE id = $1",
            tool.id,
            provided.resource_id,
            provided.config,
            variables,
            &names,
            now
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Records how far a creation of several calls came.
    pub async fn tool_progress(
        &self,
        lease: &Lease,
        tool: &Tool,
        attempt: i64,
        progress: &Value,
        now: DateTime<Utc>,
    ) -> Result<(), LedgerError> {
        let mut transaction = self.fenced(lease).await?;
        sqlx::query!(
            "UPDATE instance_services SET progress = $2, updated_at = $3 WHERE id = $1",
            tool.id,
            progress,
            now
        )
        .execute(&mut *transaction)
        .await?;
        step::confirm(&mut transaction, attempt, now).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Records a changed configuration.
    pub async fn tool_updated(
        &self,
        lease: &Lease,
        tool: &Tool,
        config: &Value,
        now: DateTime<Utc>,
    ) -> Result<(), LedgerError> {
        let mut transaction = self.fenced(lease).await?;
        sqlx::query!(
            "UPDATE instance_services SET config = $2, updated_at = $3 WHERE id = $1",
            tool.id,
            config,
            now
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// The agent has its variables, now and for its next boot: they are erased here.
    pub async fn tool_delivered(
        &self,
        lease: &Lease,
        tool: &Tool,
        now: DateTime<Utc>,
    ) -> Result<(), LedgerError> {
        let mut transaction = self.fenced(lease).await?;
        sqlx::query!(
            "UPDATE instance_services
             SET status = CASE provided WHEN 'user' THEN 'user_provided' ELSE 'active' END, variables_sealed = NULL,
                 provisioned_at = $2, updated_at = $2
             WHERE id = $1 AND status = 'provisioning'",
            tool.id,
            now
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// The variables that the agent has yet to get, of one tool.
    pub async fn tool_variables(&self, tool: &Tool) -> Result<Variables, LedgerError> {
        let sealed =
            sqlx::query_scalar!("SELECT variables_sealed FROM instance_services WHERE id = $1", tool.id)
                .fetch_optional(&self.pool)
                .await?
                .flatten();
        match sealed {
            Some(sealed) => self.open_variables(&sealed, place(&tool.id, "variables_sealed")),
            None => Ok(Variables::new()),
        }
    }

    /// The names of the variables that a tool gave to the agent.
    pub async fn tool_variable_names(&self, tool: &Tool) -> Result<Vec<String>, LedgerError> {
        let names =
            sqlx::query_scalar!("SELECT variable_names FROM instance_services WHERE id = $1", tool.id)
                .fetch_optional(&self.pool)
                .await?;
        Ok(names.unwrap_or_default())
    }

    /// The variables that the agent has yet to get, of all its tools.
    pub(super) async fn undelivered_variables(&self, instance_id: &str) -> Result<Variables, LedgerError> {
        let rows = sqlx::query!(
            r#"SELECT id, variables_sealed AS "variables_sealed!"
             FROM instance_services
             WHERE instance_id = $1 AND status = 'provisioning' AND variables_sealed IS NOT NULL"#,
            instance_id
        )
        .fetch_all(&self.pool)
        .await?;
        let mut variables = Variables::new();
        for row in rows {
            variables.extend(self.open_variables(&row.variables_sealed, place(&row.id, "variables_sealed"))?);
        }
        Ok(variables)
    }

    /// The thing as its plugin knows it; `None` while the vendor's id is not known.
    pub async fn resource(&self, tool: &Tool) -> Result<Option<Resource>, LedgerError> {
        let Some(resource_id) = tool.resource_id.clone() else { return Ok(None) };
        let sealed = sqlx::query_scalar!("SELECT sealed FROM instance_services WHERE id = $1", tool.id)
            .fetch_optional(&self.pool)
            .await?
            .flatten();
        let sealed: Option<SecretString> =
            sealed.map(|sealed| self.open(&sealed, place(&tool.id, "sealed"))).transpose()?;
        Ok(Some(Resource {
            instance_id: tool.instance_id.clone(),
            name: tool.name.clone(),
            resource_id,
            config: tool.config.clone(),
            sealed,
        }))
    }

    /// The tool is to go; nothing new is made under its row.
    pub async fn tool_destroying(
        &self,
        lease: &Lease,
        tool: &Tool,
        now: DateTime<Utc>,
    ) -> Result<(), LedgerError> {
        let mut transaction = self.fenced(lease).await?;
        sqlx::query!(
            "UPDATE instance_services
             SET status = 'destroying', variables_sealed = NULL, updated_at = $2
             WHERE id = $1 AND status <> 'destroyed'",
            tool.id,
            now
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// The tool is confirmed gone, or left alone on purpose. Its secrets go with it.
    pub async fn tool_destroyed(
        &self,
        lease: &Lease,
        tool: &Tool,
        resource_id: Option<&str>,
        removal: &Removal,
        now: DateTime<Utc>,
    ) -> Result<(), LedgerError> {
        let mut transaction = self.fenced(lease).await?;
        sqlx::query!(
            "UPDATE instance_services
             SET status = 'destroyed', outcome = $2, note = $3, resource_id = coalesce(resource_id, $4), sealed = NULL,
                 variables_sealed = NULL, updated_at = $5
             WHERE id = $1",
            tool.id,
            outcome_word(removal.outcome),
            removal.note,
            resource_id,
            now
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(())
    }
}

fn place<'a>(row: &'a str, column: &'a str) -> Place<'a> {
    Place { table: TABLE, row, column }
}
