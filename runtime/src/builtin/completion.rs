//! Answers by a model: OpenRouter's chat completions, or anything that speaks the same at the configured address.

use std::time::Duration;

use process::http::{Options, client};
use reqwest::Client;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use super::memory::{From, Memory, Message, Profile};
use crate::variables::Variables;

/// People do not wait longer for a chat message.
const TIMEOUT: Duration = Duration::from_secs(30);
/// Messages of the past that the model is shown.
const CONTEXT_MESSAGES: usize = 20;
/// Lets the router choose when nobody named a model.
const MODEL_DEFAULT: &str = "openrouter/auto";
/// Bounds what one message can cost.
const ANSWER_TOKENS_MAX: u32 = 1024;

/// A model that can be asked.
#[derive(Clone, PartialEq, Eq)]
pub struct Model {
    base: String,
    key: String,
    name: String,
}

/// No answer from the model. The sentence is for people; the key is in none of it.
#[derive(Debug, thiserror::Error)]
pub enum CompletionError {
    /// Not reached, or not in time.
    #[error("the model could not be reached")]
    Unreachable(#[source] reqwest::Error),
    /// It said no.
    #[error("the model's provider answered {0}")]
    Refused(reqwest::StatusCode),
    /// It answered without words.
    #[error("the model gave no words")]
    Empty,
}

impl Model {
    /// The model that these variables give access to; none when the key or the address is missing.
    pub fn from_variables(variables: &Variables, claims: Option<&str>) -> Option<Self> {
        let set = |name: &str| variables.get(name).map(|text| text.trim()).filter(|text| !text.is_empty());
        let base = set("OPENROUTER_API_URL")?.trim_end_matches('/').to_string();
        let key = set("OPENROUTER_API_KEY")?.to_string();
        let name = claims.or(set("OPENCLAW_PRIMARY_MODEL")).unwrap_or(MODEL_DEFAULT);
        Some(Self { base, key, name: without_router(name).to_string() })
    }
}

/// OpenClaw writes `openrouter/vendor/model`; the router itself wants `vendor/model`.
fn without_router(name: &str) -> &str {
    name.strip_prefix("openrouter/").filter(|rest| rest.contains('/')).unwrap_or(name)
}

/// Asks models. The client, with its certificates, is made at the first question only: most agents never ask.
#[derive(Default)]
pub struct Asker {
    client: OnceCell<Client>,
}

impl Asker {
    /// The model's answer to the last message of the memory.
    pub async fn ask(
        &self,
        model: &Model,
        profile: &Profile,
        memory: &Memory,
    ) -> Result<String, CompletionError> {
        let options = Options::new(concat!("convos-runtime/", env!("CARGO_PKG_VERSION")), TIMEOUT);
        let client = self.client.get_or_try_init(|| async { client(&options) }).await;
        let answer = client
            .map_err(CompletionError::Unreachable)?
            .post(format!("{}/chat/completions", model.base))
            .bearer_auth(&model.key)
            .json(&request(&model.name, profile, &memory.messages))
            .send()
            .await
            .map_err(|error| CompletionError::Unreachable(error.without_url()))?;
        if !answer.status().is_success() {
            return Err(CompletionError::Refused(answer.status()));
        }
        let completion: Completion =
            answer.json().await.map_err(|error| CompletionError::Unreachable(error.without_url()))?;
        let text = completion.choices.into_iter().next().and_then(|choice| choice.message.content);
        text.map(|text| text.trim().to_string()).filter(|text| !text.is_empty()).ok_or(CompletionError::Empty)
    }
}

fn request(model: &str, profile: &Profile, messages: &[Message]) -> Value {
    let system = format!("Your name is {}. {}", profile.name, profile.instructions);
    let recent = &messages[messages.len().saturating_sub(CONTEXT_MESSAGES)..];
    let mut turns = vec![json!({ "role": "system", "content": system.trim() })];
    turns.extend(recent.iter().map(|message| {
        let role = match message.from {
            From::You => "user",
            From::Agent => "assistant",
            From::Notice => "system",
        };
        json!({ "role": role, "content": message.text })
    }));
    json!({ "model": model, "messages": turns, "max_tokens": ANSWER_TOKENS_MAX })
}

#[derive(Deserialize)]
struct Completion {
    choices: Vec<Choice>,
}

#[derive(Deserialize)]
struct Choice {
    message: Content,
}

#[derive(Deserialize)]
struct Content {
    content: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_needs_a_key_and_an_address() {
        let mut variables = Variables::from([("OPENROUTER_API_KEY".into(), "k".into())]);
        assert!(Model::from_variables(&variables, None).is_none());
        variables.insert("OPENROUTER_API_URL".into(), " ".into());
        assert!(Model::from_variables(&variables, None).is_none());
        variables.insert("OPENROUTER_API_URL".into(), "http://x/api/v1/".into());
        let model = Model::from_variables(&variables, None).unwrap();
        assert_eq!((model.base.as_str(), model.name.as_str()), ("http://x/api/v1", MODEL_DEFAULT));
    }

    #[test]
    fn the_claims_model_goes_before_the_containers() {
        let variables = Variables::from([
            ("OPENROUTER_API_KEY".into(), "k".into()),
            ("OPENROUTER_API_URL".into(), "http://x".into()),
            ("OPENCLAW_PRIMARY_MODEL".into(), "openrouter/vendor/one".into()),
        ]);
        assert_eq!(Model::from_variables(&variables, None).unwrap().name, "vendor/one");
        assert_eq!(Model::from_variables(&variables, Some("vendor/two")).unwrap().name, "vendor/two");
    }
}
