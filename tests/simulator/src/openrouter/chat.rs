//! Chat completions: a short answer that repeats what was asked, for a key that works.

use axum::body::Bytes;
use axum::http::HeaderMap;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Caller, OpenRouter, error};
use crate::exchange::Answer;

/// US dollars a completion costs, so that limits can be reached by a test.
const PRICE: f64 = 0.001;

#[derive(Deserialize)]
struct Request {
    model: Option<String>,
    messages: Vec<Message>,
}

#[derive(Deserialize)]
struct Message {
    role: String,
    content: Value,
}

impl Message {
    /// The text, also when it is divided into parts.
    fn text(&self) -> String {
        match &self.content {
            Value::String(text) => text.clone(),
            Value::Array(parts) => {
                let texts = parts.iter().filter_map(|part| part.get("text").and_then(Value::as_str));
                texts.collect::<Vec<_>>().join(" ")
            }
            _ => String::new(),
        }
    }
}

impl OpenRouter {
    pub(super) fn complete(&self, headers: &HeaderMap, body: &Bytes) -> Answer {
        let now = self.world.clock.date();
        let mut book = self.lock();
        let index = match self.caller(headers, &book) {
            Caller::Instance(index) => index,
            Caller::Manager => return error(401, "Management keys cannot be used for inference"),
            Caller::Nobody(why) => return error(401, why),
        };
        let key = &mut book.keys[index];
        if !key.works(now) {
            return error(401, "API key is disabled or expired").about(&key.name);
        }
        if key.remaining().is_some_and(|left| left < PRICE) {
            return error(402, "Key limit exceeded").about(&key.name);
        }
        let request: Request = match serde_json::from_slice(body) {
            Ok(request) => request,
            Err(problem) => return error(400, &format!("Invalid request: {problem}")),
        };
        key.usage += PRICE;
        let last = request.messages.iter().rev().find(|message| message.role == "user");
        let asked = last.map(Message::text).unwrap_or_default();
        let reply = format!("You said: {asked}");
        let tokens = |text: &str| text.split_whitespace().count();
        let (prompt, completion) = (tokens(&asked), tokens(&reply));
        let answer = json!({
            "id": format!("gen-{}", self.dice.hex(10)),
            "object": "chat.completion",
            "created": now.timestamp(),
            "model": request.model.unwrap_or_else(|| "openrouter/auto".into()),
            "provider": "simulated",
            "choices": [{
                "index": 0,
                "finish_reason": "stop",
                "native_finish_reason": "stop",
                "message": {"role": "assistant", "content": reply},
            }],
            "usage": {
                "prompt_tokens": prompt,
                "completion_tokens": completion,
                "total_tokens": prompt + completion,
                "cost": PRICE,
            },
        });
        Answer::done(200, answer).about(&key.name)
    }
}
