//! The inner contract, as the builtin agent keeps it.

use std::sync::{Arc, PoisonError};

use axum::Json as Answer;
use axum::extract::{FromRequestParts, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use model::agent::{Env, Status};
use process::auth::{Digest, bearer};
use process::clock;
use process::problem::{Json, Problem};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Builtin;
use super::join::{self, Outcome};
use super::memory::{From, Memory, Profile, Waiting};
use crate::refusal::Refusal;

type Here = State<Arc<Builtin>>;
type Answered = Result<Answer<Value>, Refusal>;

/// The front, or somebody else with the gateway token.
pub struct Trusted;

impl FromRequestParts<Arc<Builtin>> for Trusted {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, builtin: &Arc<Builtin>) -> Result<Self, Refusal> {
        match bearer(&parts.headers) {
            Some(token) if Digest::of(token) == builtin.token => Ok(Self),
            _ => Err(Problem::unauthorized().into()),
        }
    }
}

/// Who the agent shall be. The picture and the metadata have no place on a page without outside resources.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Wanted {
    profile_name: String,
    #[serde(default)]
    instructions: String,
    model: Option<String>,
    invite_url: Option<String>,
}

impl Wanted {
    fn profile(self) -> Profile {
        Profile { name: self.profile_name, instructions: self.instructions, model: self.model }
    }
}

pub async fn status(_caller: Trusted, State(builtin): Here) -> Result<Answer<Status>, Refusal> {
    let setting = builtin.variable("BUILTIN_JOIN");
    let memory = builtin
        .store
        .change(|memory| {
            memory.settle(setting.as_deref(), clock::now());
            Ok::<_, Refusal>(memory.clone())
        })
        .await?;
    Ok(Answer(Status {
        invite_url: builtin.invite_url(&memory),
        pending: memory.waiting.is_some(),
        ended: memory.ended,
        clean: memory.is_clean(),
        conversation_id: memory.conversation.map(|conversation| conversation.id),
        ..Status::default()
    }))
}

pub async fn create(_caller: Trusted, State(builtin): Here, body: Result<Json<Wanted>, Problem>) -> Answered {
    let Json(wanted) = body?;
    let memory = builtin
        .store
        .change(|memory| {
            must_be_free(memory)?;
            memory.profile = Some(wanted.profile());
            memory.open();
            Ok::<_, Refusal>(memory.clone())
        })
        .await?;
    let id = memory.conversation.as_ref().map(|conversation| &conversation.id);
    Ok(Answer(json!({ "conversationId": id, "inviteUrl": builtin.invite_url(&memory) })))
}

pub async fn join(_caller: Trusted, State(builtin): Here, body: Result<Json<Wanted>, Problem>) -> Answered {
    let Json(wanted) = body?;
    let url = wanted.invite_url.clone().ok_or_else(|| Problem::invalid_field("inviteUrl", "is missing"))?;
    let (setting, now) = (builtin.variable("BUILTIN_JOIN"), clock::now());
    let memory = builtin
        .store
        .change(|memory| {
            must_be_free(memory)?;
            match join::outcome(setting.as_deref(), &url, now, now) {
                Outcome::Refused => {
                    let detail = "the conversation did not let the agent in";
                    return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "join_refused", detail).into());
                }
                Outcome::Accepted => memory.open(),
                Outcome::Pending => memory.waiting = Some(Waiting { url, since: now }),
            }
            memory.profile = Some(wanted.profile());
            Ok::<_, Refusal>(memory.clone())
        })
        .await?;
    Ok(Answer(match memory.conversation {
        Some(conversation) => json!({ "status": "joined", "conversationId": conversation.id }),
        None => json!({ "status": "pending_acceptance" }),
    }))
}

pub async fn configure(
    _caller: Trusted,
    State(builtin): Here,
    body: Result<Json<Wanted>, Problem>,
) -> Answered {
    let Json(wanted) = body?;
    builtin
        .store
        .change(|memory| {
            must_be_bound(memory)?;
            memory.profile = Some(wanted.profile());
            Ok::<_, Refusal>(())
        })
        .await?;
    Ok(Answer(json!({ "ok": true })))
}

pub async fn set_variables(
    _caller: Trusted,
    State(builtin): Here,
    body: Result<Json<Env>, Problem>,
) -> Answered {
    let Json(Env { variables: changes }) = body?;
    let mut variables = builtin.variables.write().unwrap_or_else(PoisonError::into_inner);
    for (name, value) in changes {
        match value {
            Some(value) => variables.insert(name, value),
            None => variables.remove(&name),
        };
    }
    Ok(Answer(json!({ "ok": true })))
}

pub async fn reset(_caller: Trusted, State(builtin): Here) -> Answered {
    let forget = |memory: &mut Memory| {
        *memory = Memory::default();
        Ok::<_, Refusal>(())
    };
    builtin.store.change(forget).await?;
    Ok(Answer(json!({ "ok": true })))
}

/// Something that happened outside the conversation, such as a mail that came in.
#[derive(Deserialize)]
pub struct Notice {
    text: String,
}

pub async fn notify(_caller: Trusted, State(builtin): Here, body: Result<Json<Notice>, Problem>) -> Answered {
    let Json(notice) = body?;
    builtin
        .store
        .change(|memory| {
            must_be_bound(memory)?;
            memory.add(From::Notice, notice.text, clock::now());
            Ok::<_, Refusal>(())
        })
        .await?;
    Ok(Answer(json!({ "ok": true })))
}

/// Ends the conversation, as its people can in a messenger.
pub async fn explode(_caller: Trusted, State(builtin): Here) -> Answered {
    let end = |memory: &mut Memory| {
        must_be_bound(memory)?;
        memory.end();
        Ok::<_, Refusal>(())
    };
    builtin.store.change(end).await?;
    Ok(Answer(json!({ "ok": true })))
}

fn must_be_free(memory: &Memory) -> Result<(), Refusal> {
    if memory.is_clean() { Ok(()) } else { Err(Refusal::already_bound()) }
}

fn must_be_bound(memory: &Memory) -> Result<(), Refusal> {
    let bound = memory.conversation.is_some() || memory.waiting.is_some();
    if bound { Ok(()) } else { Err(Problem::invalid_request("there is no active conversation").into()) }
}

impl Builtin {
    fn invite_url(&self, memory: &Memory) -> Option<String> {
        let conversation = memory.conversation.as_ref()?;
        Some(format!("{}/c/{}", self.public_base, conversation.slug))
    }
}
