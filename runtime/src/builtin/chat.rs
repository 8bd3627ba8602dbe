//! The conversation itself: a page, its past, and a message that gets an answer.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use axum::Json as Answer;
use axum::extract::State;
use axum::response::Response;
use process::auth::same;
use process::clock;
use process::problem::{Json, Path, Problem};
use serde::Deserialize;
use serde_json::{Value, json};
use tracing::warn;

use super::completion::{CompletionError, Model};
use super::memory::{From, Memory, Profile};
use super::{Builtin, echo, page};
use crate::refusal::Refusal;

/// Characters of one message, as the page's field says too.
const TEXT_CHARACTERS_MAX: usize = 8000;

type Here = State<Arc<Builtin>>;

/// `GET /c/{slug}`.
pub async fn page(State(builtin): Here, slug: Result<Path<String>, Problem>) -> Response {
    let found = match slug {
        Ok(Path(slug)) => builtin.conversation(&slug).await.ok(),
        Err(_) => None,
    };
    match found {
        Some((profile, _)) => page::chat(&profile.name),
        None => page::missing(),
    }
}

/// `GET /c/{slug}/messages`.
pub async fn past(State(builtin): Here, Path(slug): Path<String>) -> Result<Answer<Value>, Refusal> {
    let (_, memory) = builtin.conversation(&slug).await?;
    Ok(Answer(json!({ "items": memory.messages })))
}

/// A message.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Message {
    text: String,
}

/// `POST /c/{slug}/messages`.
pub async fn say(
    State(builtin): Here,
    Path(slug): Path<String>,
    body: Result<Json<Message>, Problem>,
) -> Result<Answer<Value>, Refusal> {
    builtin.conversation(&slug).await?;
    let Json(Message { text }) = body?;
    let length = text.chars().count();
    if text.trim().is_empty() || length > TEXT_CHARACTERS_MAX {
        let message = format!("must have 1 to {TEXT_CHARACTERS_MAX} characters");
        return Err(Problem::invalid_field("text", message).into());
    }
    let busy =
        || Problem::too_many_requests("the agent is still answering other messages", Duration::from_secs(2));
    let _answering = builtin.answering.try_acquire().map_err(|_| busy())?;
    let memory = builtin.remember(From::You, &text).await?;
    let reply = builtin.reply(&memory, &text).await;
    builtin.remember(From::Agent, &reply).await?;
    Ok(Answer(json!({ "reply": reply })))
}

impl Builtin {
    /// The conversation behind a link, found in a time that says nothing about how close a guess was.
    async fn conversation(&self, slug: &str) -> Result<(Profile, Memory), Refusal> {
        let memory = self.store.read().await;
        let here = memory.conversation.as_ref().is_some_and(|conversation| same(&conversation.slug, slug));
        match memory.profile.clone().filter(|_| here && !memory.ended) {
            Some(profile) => Ok((profile, memory)),
            None => Err(Problem::not_found("there is no conversation behind this link").into()),
        }
    }

    async fn remember(&self, from: From, text: &str) -> Result<Memory, Refusal> {
        let add = |memory: &mut Memory| {
            // The conversation may have been reset since the message came.
            if memory.conversation.is_none() {
                return Err(Problem::not_found("there is no conversation behind this link").into());
            }
            memory.add(from, text, clock::now());
            Ok(memory.clone())
        };
        self.store.change(add).await
    }

    async fn reply(&self, memory: &Memory, text: &str) -> String {
        let Some(profile) = &memory.profile else { return String::new() };
        let model = {
            let variables = self.variables.read().unwrap_or_else(PoisonError::into_inner);
            Model::from_variables(&variables, profile.model.as_deref())
        };
        let echoed = echo::reply(&profile.name, &profile.instructions, text);
        let Some(model) = model else { return echoed };
        match self.asker.ask(&model, profile, memory).await {
            Ok(answer) => answer,
            Err(error) => {
                log(&error);
                format!("{echoed} ({error}.)")
            }
        }
    }
}

fn log(error: &CompletionError) {
    warn!(error = error as &dyn std::error::Error, "answered with an echo instead of the model");
}
