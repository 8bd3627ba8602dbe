//! OpenRouter: management of keys, and chat completions for keys that it made.

mod chat;
mod keys;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, header};
use axum::response::Response;
use axum::routing::{get, post};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use self::keys::{Key, KeyUpdate, NewKey};
use crate::dice::Dice;
use crate::exchange::Answer;
use crate::vendor::{Inventory, Refusal, Vendor, Wording};
use crate::world::World;

pub(crate) const NAME: &str = "openrouter";
pub(crate) const OPERATIONS: [&str; 8] =
    ["createKey", "listKeys", "getKey", "updateKey", "deleteKey", "currentKey", "credits", "chatCompletion"];
/// Keys of one page.
const PAGE_MAX: usize = 100;
const CREDITS: f64 = 1_000.0;

#[derive(Default, Serialize, Deserialize)]
struct Book {
    /// Oldest first.
    keys: Vec<Key>,
}

/// The simulated OpenRouter.
pub(crate) struct OpenRouter {
    world: Arc<World>,
    dice: Dice,
    book: Mutex<Book>,
}

/// Who asks.
enum Caller {
    /// Holds a management key.
    Manager,
    /// Holds a key for inference; its place in the book.
    Instance(usize),
    /// Holds nothing that is known.
    Nobody(&'static str),
}

impl OpenRouter {
    /// Without any key.
    pub fn new(world: Arc<World>) -> Arc<Self> {
        Arc::new(Self { dice: world.dice_for(NAME), world, book: Mutex::default() })
    }

    fn lock(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn caller(&self, headers: &HeaderMap, book: &Book) -> Caller {
        let given = headers.get(header::AUTHORIZATION).and_then(|it| it.to_str().ok());
        let Some(token) = given.and_then(|it| it.strip_prefix("Bearer ")) else {
            return Caller::Nobody("Missing Authentication header");
        };
        if self.world.tokens.scope(NAME, token).is_some() {
            return Caller::Manager;
        }
        match book.keys.iter().position(|key| key.is(token)) {
            Some(index) => Caller::Instance(index),
            None => Caller::Nobody("User not found."),
        }
    }

    /// Lets managers in and nobody else.
    fn managed(&self, headers: &HeaderMap, answer: impl FnOnce(&mut Book) -> Answer) -> Answer {
        let mut book = self.lock();
        match self.caller(headers, &book) {
            Caller::Manager => answer(&mut book),
            Caller::Instance(_) => error(403, "Only management keys can perform this operation"),
            Caller::Nobody(why) => error(401, why),
        }
    }

    fn create(&self, headers: &HeaderMap, body: &Bytes) -> Answer {
        self.managed(headers, |book| {
            let wish: NewKey = match serde_json::from_slice(body) {
                Ok(wish) => wish,
                Err(problem) => return error(400, &format!("Invalid request: {problem}")),
            };
            if let Err(problem) = wish.check() {
                return error(400, problem);
            }
            let secret = format!("sk-or-v1-{}", self.dice.hex(32));
            let key = Key::new(wish, &secret, self.world.clock.date());
            let answer = Answer::done(201, json!({"key": secret, "data": key.shown()})).about(&key.name);
            book.keys.push(key);
            answer
        })
    }

    fn list(&self, headers: &HeaderMap, query: &ListQuery) -> Answer {
        self.managed(headers, |book| {
            let with_disabled = query.include_disabled.as_deref() == Some("true");
            let newest_first = book.keys.iter().rev().filter(|key| with_disabled || !key.disabled);
            let page = newest_first.skip(query.offset.unwrap_or(0)).take(PAGE_MAX);
            Answer::done(200, json!({"data": page.map(Key::shown).collect::<Vec<_>>()}))
        })
    }

    fn with_key(&self, headers: &HeaderMap, hash: &str, answer: impl FnOnce(&mut Key) -> Answer) -> Answer {
        self.managed(headers, |book| match book.keys.iter_mut().find(|key| key.hash == hash) {
            Some(key) => {
                let name = key.name.clone();
                answer(key).about(name)
            }
            None => error(404, "Resource not found").about(hash),
        })
    }

    fn update(&self, headers: &HeaderMap, hash: &str, body: &Bytes) -> Answer {
        let now = self.world.clock.date();
        self.with_key(headers, hash, |key| match serde_json::from_slice::<KeyUpdate>(body) {
            Ok(update) => match key.update(update, now) {
                Ok(()) => Answer::done(200, json!({"data": key.shown()})),
                Err(problem) => error(400, problem),
            },
            Err(problem) => error(400, &format!("Invalid request: {problem}")),
        })
    }

    fn delete(&self, headers: &HeaderMap, hash: &str) -> Answer {
        self.managed(headers, |book| match book.keys.iter().position(|key| key.hash == hash) {
            Some(index) => Answer::done(200, json!({"deleted": true})).about(book.keys.remove(index).name),
            None => error(404, "Resource not found").about(hash),
        })
    }

    fn current(&self, headers: &HeaderMap) -> Answer {
        let book = self.lock();
        match self.caller(headers, &book) {
            Caller::Manager => Answer::done(200, json!({"data": keys::management_key()})),
            Caller::Instance(index) => Answer::done(200, json!({"data": book.keys[index].shown_to_itself()})),
            Caller::Nobody(why) => error(401, why),
        }
    }

    fn credits(&self, headers: &HeaderMap) -> Answer {
        self.managed(headers, |book| {
            let usage: f64 = book.keys.iter().map(|key| key.usage).sum();
            Answer::done(200, json!({"data": {"total_credits": CREDITS, "total_usage": usage}}))
        })
    }
}

fn error(status: u16, message: &str) -> Answer {
    Answer::refused(status, json!({"error": {"code": status, "message": message}}))
}

#[derive(Deserialize)]
struct ListQuery {
    offset: Option<usize>,
    include_disabled: Option<String>,
}

type Here = State<Arc<OpenRouter>>;

async fn create_key(State(vendor): Here, headers: HeaderMap, body: Bytes) -> Response {
    vendor.world.exchange(&*vendor, "createKey", || vendor.create(&headers, &body)).await
}

async fn list_keys(State(vendor): Here, Query(query): Query<ListQuery>, headers: HeaderMap) -> Response {
    vendor.world.exchange(&*vendor, "listKeys", || vendor.list(&headers, &query)).await
}

async fn get_key(State(vendor): Here, Path(hash): Path<String>, headers: HeaderMap) -> Response {
    let answer = || vendor.with_key(&headers, &hash, |key| Answer::done(200, json!({"data": key.shown()})));
    vendor.world.exchange(&*vendor, "getKey", answer).await
}

async fn update_key(
    State(vendor): Here,
    Path(hash): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    vendor.world.exchange(&*vendor, "updateKey", || vendor.update(&headers, &hash, &body)).await
}

async fn delete_key(State(vendor): Here, Path(hash): Path<String>, headers: HeaderMap) -> Response {
    vendor.world.exchange(&*vendor, "deleteKey", || vendor.delete(&headers, &hash)).await
}

async fn current_key(State(vendor): Here, headers: HeaderMap) -> Response {
    vendor.world.exchange(&*vendor, "currentKey", || vendor.current(&headers)).await
}

async fn credits(State(vendor): Here, headers: HeaderMap) -> Response {
    vendor.world.exchange(&*vendor, "credits", || vendor.credits(&headers)).await
}

async fn chat_completion(State(vendor): Here, headers: HeaderMap, body: Bytes) -> Response {
    vendor.world.exchange(&*vendor, "chatCompletion", || vendor.complete(&headers, &body)).await
}

impl Vendor for OpenRouter {
    fn name(&self) -> &'static str {
        NAME
    }

    fn operations(&self) -> &'static [&'static str] {
        &OPERATIONS
    }

    fn routes(self: Arc<Self>) -> Router {
        Router::new()
            .route("/api/v1/keys", get(list_keys).post(create_key))
            .route("/api/v1/keys/{hash}", get(get_key).patch(update_key).delete(delete_key))
            .route("/api/v1/key", get(current_key))
            .route("/api/v1/credits", get(credits))
            .route("/api/v1/chat/completions", post(chat_completion))
            .with_state(self)
    }

    fn inventory(&self) -> Inventory {
        let book = self.lock();
        let keys: Vec<Value> = book
            .keys
            .iter()
            .map(|key| json!({"hash": key.hash, "name": key.name, "limit": key.limit, "usage": key.usage}))
            .collect();
        // A key costs nothing until it is used.
        Inventory { things: json!({"keys": keys}), cost_per_hour: 0.0 }
    }

    fn refusal(&self, refusal: &Refusal<'_>) -> Answer {
        match (refusal.wording, refusal.status) {
            (Wording::Throttled | Wording::ThrottledInWords, _) => error(429, "Rate limit exceeded"),
            (_, 401) => error(401, "User not found."),
            (_, 404) => error(404, "Resource not found"),
            (_, status) => error(status, "Internal Server Error"),
        }
    }

    fn hollow_success(&self, operation: &str) -> Option<Answer> {
        (operation == "deleteKey").then(|| Answer::refused(200, json!({"deleted": true})))
    }

    fn reset(&self) {
        self.dice.reseed(self.world.seed());
        *self.lock() = Book::default();
    }

    fn snapshot(&self) -> Value {
        json!(*self.lock())
    }

    fn restore(&self, snapshot: Value) -> Result<(), serde_json::Error> {
        *self.lock() = serde_json::from_value(snapshot)?;
        Ok(())
    }
}
