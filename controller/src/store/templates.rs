//! Templates: all of a template is spec, so the API writes it whole.

use model::Timestamp;
use model::record::{Template, TemplateModel, TemplateTool};
use model::words::{Kind, Visibility};
use sqlx::types::Json;
use uuid::Uuid;

use super::Store;
use super::event::{self, NewEvent};

/// Agents that are told of a change of their template in one second.
const SYNCS_PER_SECOND: f64 = 20.0;

/// Who looks at templates: whose private ones are there for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Viewpoint<'a> {
    /// Sees all.
    Operator,
    /// Sees public ones, and those of this creator.
    Creator(&'a str),
    /// Sees public ones.
    Public,
}

impl Viewpoint<'_> {
    fn creator(&self) -> Option<&str> {
        match self {
            Self::Creator(id) => Some(id),
            Self::Operator | Self::Public => None,
        }
    }
}

struct TemplateRow {
    id: Uuid,
    creator_id: Option<String>,
    agent_name: String,
    instructions: String,
    model: Option<Json<TemplateModel>>,
    tools: Json<Vec<TemplateTool>>,
    visibility: String,
    generation: i64,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl From<TemplateRow> for Template {
    fn from(row: TemplateRow) -> Self {
        Self {
            id: row.id,
            creator_id: row.creator_id,
            agent_name: row.agent_name,
            instructions: row.instructions,
            model: row.model.map(|json| json.0),
            tools: row.tools.0,
            visibility: row.visibility.into(),
            generation: row.generation,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// Selects or returns whole templates.
macro_rules! template_rows {
    ($head:tt, $tail:tt $(, $argument:expr)* $(,)?) => {
        sqlx::query_as!(
            TemplateRow,
            $head + r#" id, creator_id, agent_name, instructions, model AS "model: Json<TemplateModel>",
            tools AS "tools: Json<Vec<TemplateTool>>", visibility, generation, created_at, updated_at "# + $tail
            $(, $argument)*
        )
    };
}

/// A template's content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateContent {
    /// Inbox id of its creator; `None` keeps the one there is.
    pub creator_id: Option<String>,
    /// Name of the agents.
    pub agent_name: String,
    /// What they do.
    pub instructions: String,
    /// Their model.
    pub model: Option<TemplateModel>,
    /// Their tools.
    pub tools: Vec<TemplateTool>,
    /// Who may see and claim it; `None` keeps what there is, private at first.
    pub visibility: Option<Visibility>,
}

impl Store {
    /// Makes a template.
    pub async fn create_template(
        &self,
        content: &TemplateContent,
        actor: &str,
        now: Timestamp,
    ) -> sqlx::Result<Template> {
        let mut tx = self.db.begin().await?;
        let row = template_rows!(
            "INSERT INTO agent_templates
                (id, creator_id, agent_name, instructions, model, tools, visibility, created_at, updated_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)
             RETURNING ",
            "",
            Uuid::now_v7(),
            content.creator_id,
            content.agent_name,
            content.instructions,
            content.model.as_ref().map(Json) as _,
            Json(&content.tools) as _,
            content.visibility.unwrap_or(Visibility::Private).as_str(),
            now
        )
        .fetch_one(&mut *tx)
        .await?;
        let line = NewEvent::new(Kind::Template, row.id, "TemplateCreated", "the template was made", actor);
        event::write(&mut tx, &line, now).await?;
        tx.commit().await?;
        Ok(row.into())
    }

    /// Reads one template as somebody sees it: another's private one is not there.
    pub async fn template(&self, id: Uuid, viewpoint: Viewpoint<'_>) -> sqlx::Result<Option<Template>> {
        let row = template_rows!(
            "SELECT ",
            "FROM agent_templates WHERE id = $1 AND ($2 OR visibility = 'public' OR creator_id = $3)",
            id,
            viewpoint == Viewpoint::Operator,
            viewpoint.creator()
        )
        .fetch_optional(&self.db)
        .await?;
        Ok(row.map(Template::from))
    }

    /// Lists templates as somebody sees them, newest first, after a position.
    pub async fn list_templates(
        &self,
        viewpoint: Viewpoint<'_>,
        visibility: Option<Visibility>,
        creator_id: Option<&str>,
        after: Option<Uuid>,
        rows: i64,
    ) -> sqlx::Result<Vec<Template>> {
        let rows = template_rows!(
            "SELECT ",
            "FROM agent_templates
             WHERE ($1 OR visibility = 'public' OR creator_id = $2)
               AND ($3::text IS NULL OR visibility = $3)
               AND ($4::text IS NULL OR creator_id = $4)
               AND ($5::uuid IS NULL OR id < $5)
             ORDER BY id DESC
             LIMIT $6",
            viewpoint == Viewpoint::Operator,
            viewpoint.creator(),
            visibility.map(Visibility::as_str),
            creator_id,
            after,
            rows
        )
        .fetch_all(&self.db)
        .await?;
        Ok(rows.into_iter().map(Template::from).collect())
    }

    /// Replaces a template's content. The same content again changes nothing; a change wakes the claims that were made
    /// from it, whose agents follow. `None`: there is no such template, or it is not the one that was last changed at
    /// `meant_for`.
    pub async fn replace_template(
        &self,
        id: Uuid,
        content: &TemplateContent,
        meant_for: Option<Timestamp>,
        actor: &str,
        now: Timestamp,
    ) -> sqlx::Result<Option<Template>> {
        let mut tx = self.db.begin().await?;
        let Some(found) = template_rows!("SELECT ", "FROM agent_templates WHERE id = $1 FOR UPDATE", id)
            .fetch_optional(&mut *tx)
            .await?
        else {
            return Ok(None);
        };
        let before = Template::from(found);
        if meant_for.is_some_and(|meant_for| meant_for != before.updated_at) {
            return Ok(None);
        }
        let after = Template {
            creator_id: content.creator_id.clone().or_else(|| before.creator_id.clone()),
            agent_name: content.agent_name.clone(),
            instructions: content.instructions.clone(),
            model: content.model.clone(),
            tools: content.tools.clone(),
            visibility: content.visibility.unwrap_or(before.visibility),
            ..before.clone()
        };
        if after == before {
            return Ok(Some(before));
        }
        // Who may see it means nothing to the agents.
        let concerns_agents =
            Template { visibility: after.visibility, creator_id: after.creator_id.clone(), ..before }
                != after;
        let row = template_rows!(
            "UPDATE agent_templates
             SET creator_id = $2, agent_name = $3, instructions = $4, model = $5, tools = $6, visibility = $7,
                 updated_at = $8, generation = generation + CASE WHEN $9 THEN 1 ELSE 0 END
             WHERE id = $1
             RETURNING ",
            "",
            id,
            after.creator_id,
            after.agent_name,
            after.instructions,
            after.model.as_ref().map(Json) as _,
            Json(&after.tools) as _,
            after.visibility.as_str(),
            now,
            concerns_agents
        )
        .fetch_one(&mut *tx)
        .await?;
        if concerns_agents {
            // Spread, so that many agents of one template do not keep new claims waiting.
            sqlx::query!(
                "UPDATE claims SET due_at = least(claims.due_at, now() + make_interval(secs => turns.place / $2))
                 FROM (
                     SELECT id, row_number() OVER (ORDER BY id)::float8 - 1 AS place
                     FROM claims WHERE template_id = $1 AND phase = 'ready'
                 ) AS turns
                 WHERE claims.id = turns.id AND claims.phase = 'ready'",
                id,
                SYNCS_PER_SECOND
            )
            .execute(&mut *tx)
            .await?;
        }
        let line = NewEvent::new(Kind::Template, id, "TemplateChanged", "the template was changed", actor);
        event::write(&mut tx, &line, now).await?;
        tx.commit().await?;
        Ok(Some(row.into()))
    }

    /// Sets who may see and claim a template. `None`: there is no such template.
    pub async fn publish_template(
        &self,
        id: Uuid,
        visibility: Visibility,
        actor: &str,
        now: Timestamp,
    ) -> sqlx::Result<Option<Template>> {
        let mut tx = self.db.begin().await?;
        let changed = sqlx::query!(
            "UPDATE agent_templates SET visibility = $2, updated_at = $3 WHERE id = $1 AND visibility <> $2",
            id,
            visibility.as_str(),
            now
        )
        .execute(&mut *tx)
        .await?
        .rows_affected();
        if changed == 1 {
            let message = format!("the template is {visibility} now");
            event::write(
                &mut tx,
                &NewEvent::new(Kind::Template, id, "VisibilityChanged", message, actor),
                now,
            )
            .await?;
        }
        tx.commit().await?;
        self.template(id, Viewpoint::Operator).await
    }

    /// Deletes a template; agents made from it live on. False: there is no such template.
    pub async fn delete_template(&self, id: Uuid, actor: &str, now: Timestamp) -> sqlx::Result<bool> {
        let mut tx = self.db.begin().await?;
        let deleted = sqlx::query!("DELETE FROM agent_templates WHERE id = $1", id)
            .execute(&mut *tx)
            .await?
            .rows_affected();
        if deleted == 1 {
            let line =
                NewEvent::new(Kind::Template, id, "TemplateDeleted", "the template was deleted", actor);
            event::write(&mut tx, &line, now).await?;
        }
        tx.commit().await?;
        Ok(deleted == 1)
    }
}
