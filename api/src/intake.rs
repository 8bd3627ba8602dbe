//! How a claim's request becomes a claim: everything that can be refused is refused here, before anything is bound.

mod config;
mod owner;
mod recipe;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::http::{HeaderMap, StatusCode};
use controller::store::intake::{Intake, NewClaim};
use controller::store::templates::Viewpoint;
use controller::watch::Watch;
use model::api::ClaimRequest;
use model::id::InstanceId;
use model::record::{Claim, DEFAULT_POOL};
use model::words::Role;
use process::clock::now;
use process::problem::Problem;
use process::sealing::Place;
use serde_json::Value;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::app::App;
use crate::caller::Caller;
use crate::limits::{Checks, KEY_CHARACTERS_MAX, NAME_CHARACTERS_MAX};
use crate::{join_url, pool_spec};

pub(crate) use owner::issue;
pub(crate) use recipe::{Recipe, check_template_tools};

/// How long a claim may take when it says nothing.
const DEADLINE_DEFAULT: Duration = Duration::from_secs(600);
/// The same for one that joins a conversation, where a person has to let the agent in.
const DEADLINE_JOINING: Duration = Duration::from_secs(24 * 3_600);
/// The longest deadline, in seconds.
pub const DEADLINE_SECONDS_MAX: u64 = 86_400;
/// The longest life of an agent, in seconds: ten years, so that adding it to a time stays a time.
pub const TTL_SECONDS_MAX: u64 = 10 * 365 * 86_400;
/// Priorities.
const PRIORITIES: std::ops::RangeInclusive<i32> = -100..=100;
/// When somebody who met a full line should come again.
const LINE_RETRY_AFTER: Duration = Duration::from_secs(30);

/// What became of a request for a claim.
pub(crate) enum Taken {
    /// It was recorded now, and is watched since before that.
    New(Claim, Watch),
    /// It came before; this is the claim as it was a moment ago.
    Replayed(Claim),
}

/// Where a claim's content comes from, beside its request.
pub(crate) enum Source {
    /// The request's template or its own text.
    Request,
    /// An instance whose configuration is copied.
    Instance(InstanceId, Box<Recipe>),
}

/// Checks a request, records the claim, and binds it when an instance is free. A request that is refused may have come
/// before, when it was not: then its claim is the answer. Asking that first would cost every claim a statement.
pub(crate) async fn take_in(
    app: &App,
    caller: &Caller,
    headers: &HeaderMap,
    source: Source,
    body: ClaimRequest,
) -> Result<Taken, Problem> {
    let idempotency_key = idempotency_key(headers)?;
    check(&body, &source)?;
    let request_hash = request_hash(&source, &body)?;
    let refusal = match record(app, caller, idempotency_key.clone(), request_hash, source, body).await {
        Ok(taken) => return Ok(taken),
        Err(refusal) => refusal,
    };
    if let Some(key) = &idempotency_key
        && let Some((earlier, hash)) = app.store().earlier_claim(&caller.client, key).await?
    {
        return if hash == request_hash { Ok(Taken::Replayed(earlier)) } else { Err(key_reused()) };
    }
    Err(refusal)
}

async fn record(
    app: &App,
    caller: &Caller,
    idempotency_key: Option<String>,
    request_hash: [u8; 32],
    source: Source,
    body: ClaimRequest,
) -> Result<Taken, Problem> {
    let join_url = match &body.join_url {
        Some(given) => Some((given.clone(), join_url::key(given, &app.join_hosts)?)),
        None => None,
    };
    let owner = owner::of(&app.keys, &body, now())?;
    let (parent_instance, recipe) = match source {
        Source::Instance(id, recipe) => (Some(id), *recipe),
        Source::Request => {
            let viewpoint = match &owner.owner_id {
                _ if caller.is(Role::Operator) => Viewpoint::Operator,
                Some(owner) => Viewpoint::Creator(owner),
                None => Viewpoint::Public,
            };
            (None, recipe::of(app, &body, viewpoint).await?)
        }
    };
    config::check(app, &recipe.tools, body.user_config.as_ref()).await?;
    let id = Uuid::now_v7();
    let claim = NewClaim {
        id,
        client: caller.client.clone(),
        idempotency_key,
        request_hash,
        pool: body.pool.unwrap_or_else(|| DEFAULT_POOL.to_owned()),
        template: recipe.template,
        agent_name: recipe.agent_name,
        instructions: recipe.instructions,
        model: recipe.model,
        deadline: deadline(body.deadline_seconds, join_url.is_some()),
        join_url,
        profile_image: body.profile_image,
        metadata: body.metadata.unwrap_or_default(),
        owner_id: owner.owner_id,
        parent_instance,
        user_config_sealed: body
            .user_config
            .filter(|config| !config.is_empty())
            .map(|config| seal(app, id, &config)),
        tools: recipe.tools.iter().map(recipe::wanted).collect(),
        priority: body.priority.unwrap_or(0),
        ttl_seconds: body.ttl_seconds,
        trace_id: process::trace::current().map(|trace| trace.to_string()),
        challenge: owner.challenge,
    };
    let pool = claim.pool.clone();
    let watch = app.wake().watch(id);
    // On a task of its own: a caller that goes away must not leave a bound claim without a hand on it.
    let controller = Arc::clone(&app.controller);
    let recorded = tokio::spawn(async move { controller.take_in(&claim, now()).await });
    match recorded.await.map_err(|_| Problem::internal())?? {
        Intake::Created(claim, _) => Ok(Taken::New(*claim, watch)),
        Intake::Replayed(claim) => Ok(Taken::Replayed(*claim)),
        Intake::KeyReused => Err(key_reused()),
        Intake::JoinUrlInUse(holder) => Err(Problem::new(
            StatusCode::CONFLICT,
            "join_url_in_use",
            format!("claim {holder} has this joinUrl; it is free again when that is released or fails"),
        )),
        Intake::ChallengeUsed => {
            Err(owner::expired("the challenge was used by an earlier claim; ask for a new one"))
        }
        Intake::LineFull => {
            let detail = format!("the line of pool {pool} is full; come back later");
            Err(Problem::too_many_requests(detail, LINE_RETRY_AFTER))
        }
        Intake::UnknownPool => Err(crate::routes::unknown_pool(&pool)),
    }
}

fn key_reused() -> Problem {
    let detail = "this Idempotency-Key came before with another request";
    Problem::new(StatusCode::CONFLICT, "idempotency_key_reused", detail)
}

fn deadline(seconds: Option<u64>, joins: bool) -> Duration {
    match seconds {
        Some(seconds) => Duration::from_secs(seconds),
        None if joins => DEADLINE_JOINING,
        None => DEADLINE_DEFAULT,
    }
}

/// Whether every value is within its limits, and the fields fit together.
fn check(body: &ClaimRequest, source: &Source) -> Result<(), Problem> {
    let mut checks = Checks::default();
    recipe::check(&mut checks, body, source);
    checks.optional_line("model", body.model.as_deref(), NAME_CHARACTERS_MAX);
    if let Some(pool) = &body.pool
        && pool_spec::check_name(pool).is_err()
    {
        checks.wrong("pool", "is not the name of a pool");
    }
    checks.optional_line("joinUrl", body.join_url.as_deref(), crate::limits::URL_CHARACTERS_MAX);
    if let Some(address) = &body.profile_image {
        checks.web_address("profileImage", address);
    }
    if let Some(entries) = &body.metadata {
        checks.metadata("metadata", entries);
    }
    owner::check(&mut checks, body);
    checks.within("priority", body.priority.unwrap_or(0), PRIORITIES);
    checks.within("deadlineSeconds", body.deadline_seconds.unwrap_or(1), 1..=DEADLINE_SECONDS_MAX);
    checks.within("ttlSeconds", body.ttl_seconds.unwrap_or(1), 1..=TTL_SECONDS_MAX);
    checks.finish()
}

/// Reads `Idempotency-Key`.
fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    const NAME: &str = "Idempotency-Key";
    let mut values = headers.get_all(NAME).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(Problem::invalid_field(NAME, "must be there once"));
    }
    let text = value.to_str().map_err(|_| Problem::invalid_field(NAME, "must be plain text"))?;
    let mut checks = Checks::default();
    checks.line(NAME, text, KEY_CHARACTERS_MAX);
    checks.finish()?;
    Ok(Some(text.to_owned()))
}

/// Tells a replay from a reused key. Keys of objects are sorted, so that their order is no difference.
fn request_hash(source: &Source, body: &ClaimRequest) -> Result<[u8; 32], Problem> {
    let mut value = serde_json::to_value(body).map_err(|_| Problem::internal())?;
    value.sort_all_objects();
    let mut hash = Sha256::new();
    if let Source::Instance(id, recipe) = source {
        hash.update(format!("{id} {:?} ", recipe.agent_name));
    }
    hash.update(value.to_string());
    Ok(hash.finalize().into())
}

fn seal(app: &App, id: Uuid, config: &BTreeMap<String, serde_json::Map<String, Value>>) -> Vec<u8> {
    let plain = zeroize::Zeroizing::new(serde_json::to_vec(config).unwrap_or_default());
    let row = id.to_string();
    app.keys.seal(&plain, Place { table: "claims", row: &row, column: "user_config_sealed" })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(text: &str) -> ClaimRequest {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn the_order_of_fields_makes_no_other_request() {
        let hash = |text: &str| request_hash(&Source::Request, &body(text)).unwrap();
        let one = r#"{"agentName":"A","userConfig":{"sms":{"a":"1","b":"2"}}}"#;
        let same = r#"{"userConfig":{"sms":{"b":"2","a":"1"}},"agentName":"A"}"#;
        let other = r#"{"userConfig":{"sms":{"b":"2","a":"3"}},"agentName":"A"}"#;
        assert_eq!(hash(one), hash(same));
        assert_ne!(hash(one), hash(other));
    }

    #[test]
    fn a_claim_says_everything_that_is_wrong_with_it_at_once() {
        let body = body(
            r#"{"agentName":" ","pool":"A B","profileImage":"x","priority":101,"deadlineSeconds":0,
                "ttlSeconds":0,"challenge":"x","ownerId":""}"#,
        );
        let problem = check(&body, &Source::Request).unwrap_err();
        let fields: Vec<&str> = problem.errors().iter().map(|error| error.field.as_str()).collect();
        let wanted = [
            "agentName",
            "instructions",
            "pool",
            "profileImage",
            "ownerId",
            "ownerSignature",
            "priority",
            "deadlineSeconds",
            "ttlSeconds",
        ];
        assert_eq!(fields, wanted);
    }

    #[test]
    fn a_claim_that_waits_for_a_person_has_a_day() {
        assert_eq!(deadline(None, false), DEADLINE_DEFAULT);
        assert_eq!(deadline(None, true), DEADLINE_JOINING);
        assert_eq!(deadline(Some(5), true), Duration::from_secs(5));
    }
}
