//! The row of an instance: where it is outside and how far its creation came.

use chrono::{DateTime, Utc};
use process::sealing::Place;
use secrecy::{ExposeSecret, SecretString};

use super::{ConfigureState, Lease, Ledger, LedgerError, Variables, step};
use crate::infra::Site;

pub(super) const TABLE: &str = "instance_infra";

/// The life of an instance here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Its creation runs.
    Creating,
    /// Every step is confirmed.
    Ready,
    /// A vendor said no for good.
    Refused,
    /// It goes; never back.
    Destroying,
}

impl Phase {
    pub(super) fn of(word: &str) -> Self {
        match word {
            "creating" => Self::Creating,
            "ready" => Self::Ready,
            "refused" => Self::Refused,
            // The table's CHECK admits only these words; the end is the one that makes nothing new.
            _ => Self::Destroying,
        }
    }
}

/// The steps of a creation, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// The row is there.
    Reserved,
    /// The key for language models.
    Key,
    /// The wallet.
    Wallet,
    /// The project.
    Project,
    /// The service in it.
    Service,
    /// The volume of the service.
    Volume,
    /// Its public address.
    Domain,
    /// Image and variables, and with them the only deploy.
    Deploy,
    /// Everything is confirmed and recorded.
    Recorded,
}

impl Step {
    /// All, in order.
    pub const ALL: [Self; 9] = [
        Self::Reserved,
        Self::Key,
        Self::Wallet,
        Self::Project,
        Self::Service,
        Self::Volume,
        Self::Domain,
        Self::Deploy,
        Self::Recorded,
    ];

    /// The word in answers and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reserved => "reserved",
            Self::Key => "key",
            Self::Wallet => "wallet",
            Self::Project => "project",
            Self::Service => "service",
            Self::Volume => "volume",
            Self::Domain => "domain",
            Self::Deploy => "deploy",
            Self::Recorded => "recorded",
        }
    }

    /// The step after this one; the last one is its own.
    pub fn next(self) -> Self {
        Self::ALL.into_iter().find(|step| *step > self).unwrap_or(Self::Recorded)
    }

    fn of(word: &str) -> Self {
        Self::ALL.into_iter().find(|step| step.as_str() == word).unwrap_or(Self::Reserved)
    }
}

/// What is known of the conversation that an agent was configured for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Conversation {
    /// The claim.
    pub claim_id: Option<String>,
    /// The agent's id of the conversation.
    pub conversation_id: Option<String>,
    /// The link into it.
    pub invite_url: Option<String>,
    /// How far the configuration came.
    pub state: ConfigureState,
}

/// A row of `instance_infra`, without its secrets.
#[derive(Debug, Clone)]
pub struct Instance {
    /// Our id.
    pub instance_id: String,
    /// The name at every vendor.
    pub name: String,
    /// Its life here.
    pub phase: Phase,
    /// The step of its creation.
    pub step: Step,
    /// Why it was refused.
    pub refusal: Option<String>,
    /// Where it is outside.
    pub site: Site,
    /// The image that was asked for.
    pub image_tag: String,
    /// The image that was deployed.
    pub image: Option<String>,
    /// Its conversation.
    pub conversation: Conversation,
    /// Set by a later deploy of ours that is not seen finished.
    pub deploy_since: Option<DateTime<Utc>>,
    /// When the intent was committed.
    pub created_at: DateTime<Utc>,
    /// When the creation was complete.
    pub ready_at: Option<DateTime<Utc>>,
}

/// What is fixed before anything is asked of the outside.
pub struct NewInstance<'a> {
    /// Our id.
    pub instance_id: &'a str,
    /// The name at every vendor.
    pub name: &'a str,
    /// The image asked for.
    pub image_tag: &'a str,
    /// SHA-256 of the agent's token, in hex.
    pub token_digest: &'a str,
    /// The token with which we call the agent.
    pub gateway_token: &'a SecretString,
    /// The variables of the first boot that are known now.
    pub variables: &'a Variables,
}

/// The columns of [`Instance`], written once.
struct Row {
    instance_id: String,
    name: String,
    phase: String,
    step: String,
    refusal: Option<String>,
    workspace_id: Option<String>,
    railway_project_id: Option<String>,
    railway_environment_id: Option<String>,
    railway_service_id: Option<String>,
    railway_volume_id: Option<String>,
    railway_domain_id: Option<String>,
    image_tag: String,
    image: Option<String>,
    url: Option<String>,
    claim_id: Option<String>,
    conversation_id: Option<String>,
    invite_url: Option<String>,
    configure_state: String,
    deploy_since: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    ready_at: Option<DateTime<Utc>>,
}

impl From<Row> for Instance {
    fn from(row: Row) -> Self {
        Self {
            instance_id: row.instance_id,
            name: row.name,
            phase: Phase::of(&row.phase),
            step: Step::of(&row.step),
            refusal: row.refusal,
            site: Site {
                workspace_id: row.workspace_id,
                project_id: row.railway_project_id,
                environment_id: row.railway_environment_id,
                service_id: row.railway_service_id,
                volume_id: row.railway_volume_id,
                domain_id: row.railway_domain_id,
                url: row.url,
            },
            image_tag: row.image_tag,
            image: row.image,
            conversation: Conversation {
                claim_id: row.claim_id,
                conversation_id: row.conversation_id,
                invite_url: row.invite_url,
                state: ConfigureState::of(&row.configure_state),
            },
            deploy_since: row.deploy_since,
            created_at: row.created_at,
            ready_at: row.ready_at,
        }
    }
}

impl Ledger {
    /// Commits the intent of an instance. False when it was there already.
    ///
    /// # Errors
    /// [`LedgerError::Destroying`] for an id that has a tombstone.
    pub async fn reserve(
        &self,
        lease: &Lease,
        new: &NewInstance<'_>,
        now: DateTime<Utc>,
    ) -> Result<bool, LedgerError> {
        let mut transaction = self.fenced(lease).await?;
        let dead = sqlx::query_scalar!(
            "SELECT 1 AS dead FROM tombstones WHERE instance_id = $1 FOR KEY SHARE",
            new.instance_id
        )
        .fetch_optional(&mut *transaction)
        .await?;
        if dead.is_some() {
            return Err(LedgerError::Destroying);
        }
        let place = |column| Place { table: TABLE, row: new.instance_id, column };
        let gateway_token = self.seal(new.gateway_token.expose_secret(), place("gateway_token_sealed"));
        let variables = self.seal_variables(new.variables, place("variables_sealed"));
        let inserted = sqlx::query!(
            "INSERT INTO instance_infra (instance_id, name, step, workspace_id, image_tag, instance_services_token,
                 gateway_token_sealed, variables_sealed, created_at, updated_at)
             VALUES ($1, $2, 'reserved', NULL, $3, $4, $5, $6, $7, $7)
             ON CONFLICT (instance_id) DO NOTHING",
            new.instance_id,
            new.name,
            new.image_tag,
            new.token_digest,
            gateway_token,
            variables,
            now
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(inserted.rows_affected() == 1)
    }

    /// One instance.
    pub async fn instance(&self, instance_id: &str) -> Result<Option<Instance>, LedgerError> {
        let row = sqlx::query_as!(
            Row,
            "SELECT instance_id, name, phase, step, refusal, workspace_id, railway_project_id, railway_environment_id,
                 railway_service_id, railway_volume_id, railway_domain_id, image_tag, image, url, claim_id,
                 conversation_id, invite_url, configure_state, deploy_since, created_at,
                 ready_at
             FROM instance_infra
             WHERE instance_id = $1",
            instance_id
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map(Instance::from))
    }

    /// The instances among these ids that have a row.
    pub async fn instances(&self, instance_ids: &[String]) -> Result<Vec<Instance>, LedgerError> {
        let rows = sqlx::query_as!(
            Row,
            "SELECT instance_id, name, phase, step, refusal, workspace_id, railway_project_id, railway_environment_id,
                 railway_service_id, railway_volume_id, railway_domain_id, image_tag, image, url, claim_id,
                 conversation_id, invite_url, configure_state, deploy_since, created_at,
                 ready_at
             FROM instance_infra
             WHERE instance_id = ANY($1)",
            instance_ids
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(Instance::from).collect())
    }

    /// The instance whose agent holds the token with this digest (hex). Nobody's, once it is being destroyed.
    pub async fn instance_of_token(&self, digest: &str) -> Result<Option<String>, LedgerError> {
        let id = sqlx::query_scalar!(
            "SELECT instance_id
             FROM instance_infra
             WHERE instance_services_token = $1 AND phase <> 'destroying'",
            digest
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(id)
    }

    /// The instance that a project is of.
    pub async fn instance_of_project(&self, project_id: &str) -> Result<Option<String>, LedgerError> {
        let id = sqlx::query_scalar!(
            "SELECT instance_id FROM instance_infra WHERE railway_project_id = $1",
            project_id
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(id)
    }

    /// The token with which we call the agent.
    pub async fn gateway_token(&self, instance_id: &str) -> Result<Option<SecretString>, LedgerError> {
        let sealed = sqlx::query_scalar!(
            "SELECT gateway_token_sealed FROM instance_infra WHERE instance_id = $1",
            instance_id
        )
        .fetch_optional(&self.pool)
        .await?;
        let place = Place { table: TABLE, row: instance_id, column: "gateway_token_sealed" };
        sealed.map(|sealed| self.open(&sealed, place)).transpose()
    }

    /// The variables of the first boot, tools' among them, while they are still kept.
    pub async fn boot_variables(&self, instance_id: &str) -> Result<Variables, LedgerError> {
        let sealed = sqlx::query_scalar!(
            "SELECT variables_sealed FROM instance_infra WHERE instance_id = $1",
            instance_id
        )
        .fetch_optional(&self.pool)
        .await?
        .flatten();
        let place = Place { table: TABLE, row: instance_id, column: "variables_sealed" };
        let mut variables = match sealed {
            Some(sealed) => self.open_variables(&sealed, place)?,
            None => Variables::new(),
        };
        variables.extend(self.undelivered_variables(instance_id).await?);
        Ok(variables)
    }

    /// Where it will be and which bytes it will run are decided: the first step is done.
    pub async fn decided(
        &self,
        lease: &Lease,
        workspace_id: &str,
        image: &str,
        now: DateTime<Utc>,
    ) -> Result<(), LedgerError> {
        let mut transaction = self.fenced(lease).await?;
        sqlx::query!(
            "UPDATE instance_infra
             SET step = 'key', workspace_id = $2, image = $3, updated_at = $4
             WHERE instance_id = $1 AND step = 'reserved'",
            lease.instance_id,
            workspace_id,
            image,
            now
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Goes to another step without a call: on, when a tool is made; back, when a deploy did not take.
    pub async fn step_to(
        &self,
        lease: &Lease,
        from: Step,
        to: Step,
        now: DateTime<Utc>,
    ) -> Result<(), LedgerError> {
        let mut transaction = self.fenced(lease).await?;
        sqlx::query!(
            "UPDATE instance_infra
             SET step = $3, updated_at = $4
             WHERE instance_id = $1 AND step = $2",
            lease.instance_id,
            from.as_str(),
            to.as_str(),
            now
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Records what a step made, confirms its attempt and goes on to the next step, all at once. Written even when the
    /// instance is being destroyed by now: what exists has to be known to be removed.
    pub async fn made(
        &self,
        lease: &Lease,
        attempt: i64,
        from: Step,
        site: &Site,
        now: DateTime<Utc>,
    ) -> Result<(), LedgerError> {
        let mut transaction = self.fenced(lease).await?;
        sqlx::query!(
            "UPDATE instance_infra
             SET step = $3, workspace_id = $4, railway_project_id = $5, railway_environment_id = $6,
                 railway_service_id = $7, railway_volume_id = $8, railway_domain_id = $9, url = $10,
                 updated_at = $11
             WHERE instance_id = $1 AND step = $2",
            lease.instance_id,
            from.as_str(),
            from.next().as_str(),
            site.workspace_id,
            site.project_id,
            site.environment_id,
            site.service_id,
            site.volume_id,
            site.domain_id,
            site.url,
            now
        )
        .execute(&mut *transaction)
        .await?;
        step::confirm(&mut transaction, attempt, now).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// The creation is complete: the variables of the first boot are erased here, since the agent has them.
    pub async fn created(&self, lease: &Lease, now: DateTime<Utc>) -> Result<(), LedgerError> {
        let mut transaction = self.fenced(lease).await?;
        sqlx::query!(
            "UPDATE instance_infra
             SET phase = 'ready', variables_sealed = NULL, ready_at = $2, updated_at = $2
             WHERE instance_id = $1 AND phase = 'creating' AND step = 'recorded'",
            lease.instance_id,
            now
        )
        .execute(&mut *transaction)
        .await?;
        sqlx::query!(
            "UPDATE instance_services
             SET variables_sealed = NULL, status = 'active', provisioned_at = $2, updated_at = $2
             WHERE instance_id = $1 AND status = 'provisioning' AND resource_id IS NOT NULL",
            lease.instance_id,
            now
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// A vendor said no for good.
    pub async fn refuse(&self, lease: &Lease, reason: &str, now: DateTime<Utc>) -> Result<(), LedgerError> {
        let mut transaction = self.fenced(lease).await?;
        sqlx::query!(
            "UPDATE instance_infra
             SET phase = 'refused', refusal = $2, updated_at = $3
             WHERE instance_id = $1 AND phase = 'creating'",
            lease.instance_id,
            reason,
            now
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(())
    }
}
