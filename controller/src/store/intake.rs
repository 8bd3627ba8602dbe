//! How a claim arrives: one statement records and binds it, so there is no moment at which one of the two is true without
//! the other (I1, I2).

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::TimeDelta;
use model::Timestamp;
use model::condition::Conditions;
use model::id::InstanceId;
use model::record::{Claim, ClaimTool};
use model::words::ClaimPhase;
use uuid::Uuid;

use super::Store;
use super::queue::{Lease, Worker};
use super::record::{Handed, Recorded};
use super::rows::instance_id;

/// Most claims in line for one pool; beyond it the API answers 429.
pub const LINE_MAX: i64 = 10_000;

/// A checked claim, ready to be recorded.
pub struct NewClaim {
    /// Its id (UUIDv7).
    pub id: Uuid,
    /// API key that makes it.
    pub client: String,
    /// Given by the client.
    pub idempotency_key: Option<String>,
    /// SHA-256 of the request.
    pub request_hash: [u8; 32],
    /// The pool to take from.
    pub pool: String,
    /// Template it is made from, with its generation.
    pub template: Option<(Uuid, i64)>,
    /// Name of the agent.
    pub agent_name: String,
    /// What it shall do.
    pub instructions: String,
    /// Its model; `None`: that of its pool, if it names one.
    pub model: Option<String>,
    /// Conversation to join: as given, and as compared.
    pub join_url: Option<(String, String)>,
    /// Address of a picture.
    pub profile_image: Option<String>,
    /// Passed through to the conversation.
    pub metadata: BTreeMap<String, String>,
    /// Inbox id of the claimer.
    pub owner_id: Option<String>,
    /// Instance whose configuration it copies.
    pub parent_instance: Option<InstanceId>,
    /// The user's own accounts, sealed for `claims`, this id, `user_config_sealed`.
    pub user_config_sealed: Option<Vec<u8>>,
    /// Its tools.
    pub tools: Vec<ClaimTool>,
    /// −100 to 100.
    pub priority: i32,
    /// Not ready by then: failed.
    pub deadline: Duration,
    /// How long it lives once ready.
    pub ttl_seconds: Option<u64>,
    /// W3C trace id of the request.
    pub trace_id: Option<String>,
    /// The nonce of the owner's signature and its end; used up with the claim.
    pub challenge: Option<(String, Timestamp)>,
}

/// What became of it.
#[derive(Debug)]
pub enum Intake {
    /// Recorded; with an instance when one was free. The lease is there when it is bound and was asked for.
    Created(Box<Claim>, Option<Lease>),
    /// The same key came before with the same request.
    Replayed(Box<Claim>),
    /// The same key came before with another request.
    KeyReused,
    /// Another live claim has the same join URL.
    JoinUrlInUse(Uuid),
    /// The challenge was used by an earlier claim.
    ChallengeUsed,
    /// The line is full.
    LineFull,
    /// There is no such pool.
    UnknownPool,
}

impl Store {
    /// Records a claim and binds it to the best ready instance of its pool, or puts it in line. Nothing is changed
    /// unless the answer is [`Intake::Created`]. With `worker` the bound claim is leased to it at once.
    pub async fn take_in(
        &self,
        claim: &NewClaim,
        worker: Option<&Worker>,
        now: Timestamp,
    ) -> sqlx::Result<Intake> {
        // A claim that loses the race for its key, join URL or challenge meets a unique index: the whole statement is
        // undone, the binding too.
        let token = Uuid::now_v7();
        let deadline_at = now + TimeDelta::from_std(claim.deadline).unwrap_or(TimeDelta::days(1));
        let handed = Handed::of(claim, worker, token, deadline_at, now)?;
        let bound = match claim.challenge {
            None => self.binding.write(handed.clone()).await,
            Some(_) => Ok(None),
        };
        let recorded = match bound {
            Ok(None) => self.recording.write(handed).await,
            bound => bound,
        };
        match recorded {
            Ok(Some(recorded)) => {
                let bound = recorded.instance_id.is_some();
                let lease = (bound && worker.is_some()).then_some(Lease { token });
                Ok(Intake::Created(Box::new(created(claim, recorded, deadline_at, now)), lease))
            }
            Ok(None) => match self.earlier(claim).await? {
                Some(earlier) => Ok(earlier),
                None => self.why_not(claim).await,
            },
            Err(sqlx::Error::Database(error)) if error.is_unique_violation() => {
                // The same client repeating itself meets its own claim first.
                if let Some(earlier) = self.earlier(claim).await? {
                    return Ok(earlier);
                }
                match error.constraint() {
                    Some("claims_one_live_per_join_url") => self.holder_of_join_url(claim).await,
                    Some("challenges_pkey") => Ok(Intake::ChallengeUsed),
                    _ => Err(sqlx::Error::Database(error)),
                }
            }
            Err(error) => Err(error),
        }
    }

    async fn why_not(&self, claim: &NewClaim) -> sqlx::Result<Intake> {
        let known = sqlx::query_scalar!(
            r#"SELECT EXISTS (SELECT 1 FROM pools WHERE name = $1) AS "known!""#,
            claim.pool
        )
        .fetch_one(&self.db)
        .await?;
        Ok(if known { Intake::LineFull } else { Intake::UnknownPool })
    }

    async fn earlier(&self, claim: &NewClaim) -> sqlx::Result<Option<Intake>> {
        let Some(key) = &claim.idempotency_key else { return Ok(None) };
        let earlier = self.earlier_claim(&claim.client, key).await?;
        Ok(earlier.map(|(earlier, hash)| match hash == claim.request_hash {
            true => Intake::Replayed(Box::new(earlier)),
            false => Intake::KeyReused,
        }))
    }

    async fn holder_of_join_url(&self, claim: &NewClaim) -> sqlx::Result<Intake> {
        let key = claim.join_url.as_ref().map(|(_, key)| key.as_str());
        let holder = sqlx::query_scalar!(
            "SELECT id FROM claims WHERE join_url_key = $1 AND phase NOT IN ('failed', 'released')",
            key
        )
        .fetch_one(&self.db)
        .await?;
        Ok(Intake::JoinUrlInUse(holder))
    }
}

/// The claim as it is recorded.
fn created(claim: &NewClaim, recorded: Recorded, deadline_at: Timestamp, now: Timestamp) -> Claim {
    let bound = recorded.instance_id.is_some();
    Claim {
        id: claim.id,
        pool: claim.pool.clone(),
        phase: if bound { ClaimPhase::Bound } else { ClaimPhase::Pending },
        template_id: claim.template.map(|(id, _)| id),
        agent_name: claim.agent_name.clone(),
        instructions: claim.instructions.clone(),
        model: recorded.model,
        join_url: claim.join_url.as_ref().map(|(given, _)| given.clone()),
        profile_image: claim.profile_image.clone(),
        metadata: claim.metadata.clone(),
        owner_id: claim.owner_id.clone(),
        parent_instance: claim.parent_instance.clone(),
        instance_id: recorded.instance_id.map(instance_id),
        conversation_id: None,
        invite_url: None,
        tools: claim.tools.clone(),
        priority: claim.priority,
        deadline_at,
        ttl_seconds: claim.ttl_seconds,
        expires_at: None,
        release_requested_at: None,
        rebinds: 0,
        failure: None,
        conditions: Conditions::default(),
        created_at: now,
        bound_at: bound.then_some(now),
        ready_at: None,
        template_generation: claim.template.map(|(_, generation)| generation),
        template_latest: claim.template.map(|(_, generation)| generation),
        model_chosen: false,
        trace_id: claim.trace_id.clone(),
        attempts: 0,
        generation: 1,
        observed_generation: 0,
    }
}
