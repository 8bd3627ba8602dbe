//! AgentMail: inboxes, their messages, and signed webhooks for what comes in.
//!
//! Each credential belongs to an account, its scope; the operator's has no name. Addresses are unique over all accounts.
//! Control, below `/_sim/agentmail`: `PUT /` `{inboxLimit, domains}` sets the plan and the verified domains,
//! `POST /messages` `{to, from?, subject?, text?, inReplyTo?}` makes a mail come in.

mod inboxes;
mod messages;
mod webhooks;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use axum::routing::{get, post, put};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use self::inboxes::Inbox;
use self::messages::{Incoming, Mail, Sent};
use self::webhooks::Webhook;
use crate::control::{Wrong, parse};
use crate::dice::Dice;
use crate::exchange::Answer;
use crate::tokens::{CLAIMANT, CLAIMANT_INBOX_ID};
use crate::vendor::{Inventory, Refusal, Vendor, Wording};
use crate::world::World;

pub(crate) const NAME: &str = "agentmail";
pub(crate) const OPERATIONS: [&str; 16] = [
    "whoAmI",
    "getOrganization",
    "createInbox",
    "listInboxes",
    "getInbox",
    "updateInbox",
    "deleteInbox",
    "sendMessage",
    "replyToMessage",
    "listMessages",
    "getMessage",
    "createWebhook",
    "listWebhooks",
    "getWebhook",
    "deleteWebhook",
    "webhook",
];
/// Inboxes of the plan "startup".
const INBOX_LIMIT: usize = 150;
/// The domain that needs no verification.
const OWN_DOMAIN: &str = "agentmail.to";
/// Things of one page, when the request says nothing, and at most.
const PAGE_DEFAULT: usize = 50;
const PAGE_MAX: usize = 100;

/// Everything the vendor keeps.
#[derive(Serialize, Deserialize)]
struct Office {
    /// Counts everything that is made, so that lists have an order and pages a place to go on.
    last_order: u64,
    inboxes: Vec<Inbox>,
    mails: Vec<Mail>,
    sent: Vec<Sent>,
    webhooks: Vec<Webhook>,
    /// Inboxes an account may have; none: any number.
    inbox_limit: Option<usize>,
    domains: Vec<String>,
}

impl Office {
    fn new(world: &World) -> Self {
        let mut office = Self {
            last_order: 0,
            inboxes: Vec::new(),
            mails: Vec::new(),
            sent: Vec::new(),
            webhooks: Vec::new(),
            inbox_limit: Some(INBOX_LIMIT),
            domains: vec![OWN_DOMAIN.to_owned()],
        };
        let order = office.next_order();
        office.inboxes.push(Inbox::plain(CLAIMANT, CLAIMANT_INBOX_ID, order, world.clock.date()));
        office
    }

    fn next_order(&mut self) -> u64 {
        self.last_order += 1;
        self.last_order
    }
}

/// The simulated AgentMail.
pub(crate) struct AgentMail {
    world: Arc<World>,
    dice: Dice,
    client: reqwest::Client,
    office: Mutex<Office>,
}

/// What an operation gives: the answer, or the refusal.
type Outcome = Result<Answer, Answer>;

impl AgentMail {
    /// With the claimant's inbox and nothing else.
    pub fn new(world: Arc<World>, client: reqwest::Client) -> Arc<Self> {
        let office = Mutex::new(Office::new(&world));
        Arc::new(Self { dice: world.dice_for(NAME), world, client, office })
    }

    fn lock(&self) -> MutexGuard<'_, Office> {
        self.office.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets a credential's holder do something in their account.
    fn within(&self, headers: &HeaderMap, act: impl FnOnce(&mut Office, &str) -> Outcome) -> Answer {
        let given = headers.get(header::AUTHORIZATION).and_then(|it| it.to_str().ok());
        let Some(token) = given.and_then(|it| it.strip_prefix("Bearer ")) else {
            return error(401, "missing_authorization", "Missing authorization header");
        };
        let Some(account) = self.world.tokens.scope(NAME, token) else {
            return error(401, "unknown_api_key", "API key not found");
        };
        act(&mut self.lock(), &account).unwrap_or_else(|refusal| refusal)
    }

    fn who(&self, account: &str) -> Outcome {
        let id = organization_id(account);
        Ok(Answer::done(
            200,
            json!({"scope_type": "organization", "scope_id": id, "organization_id": id, "api_key_id": self.dice.uuid()}),
        ))
    }

    fn organization(&self, office: &Office, account: &str) -> Outcome {
        let date = self.world.clock.date();
        let mut shown = json!({
            "organization_id": organization_id(account),
            "inbox_count": office.inboxes.iter().filter(|inbox| inbox.is_of(account)).count(),
            "domain_count": office.domains.len(),
            "updated_at": date,
            "created_at": date,
        });
        if let Some(limit) = office.inbox_limit {
            shown["inbox_limit"] = limit.into();
        }
        Ok(Answer::done(200, shown))
    }
}

fn organization_id(account: &str) -> String {
    format!("org_{}", if account.is_empty() { "operator" } else { account })
}

/// An error in the vendor's form.
fn error(status: u16, code: &str, message: &str) -> Answer {
    let name = match status {
        400 => "ValidationError",
        401 => "UnauthorizedError",
        403 => "ForbiddenError",
        404 => "NotFoundError",
        409 => "ConflictError",
        422 => "UnprocessableError",
        429 => "RateLimitError",
        503 => "ServiceUnavailableError",
        _ => "InternalServerError",
    };
    let mut body = json!({"name": name, "code": code, "message": message});
    if status == 400 {
        body["errors"] = json!([{"message": message}]);
    }
    Answer::refused(status, body)
}

fn invalid(message: &str) -> Answer {
    error(400, "validation_error", message)
}

fn not_found(what: &str) -> Answer {
    error(404, "not_found", &format!("{what} not found"))
}

/// The body as an object whose fields are all known.
fn object(body: &Bytes, known: &[&str]) -> Result<Map<String, Value>, Answer> {
    let fields: Map<String, Value> =
        serde_json::from_slice(body).map_err(|problem| invalid(&format!("Invalid body: {problem}")))?;
    match fields.keys().find(|name| !known.contains(&name.as_str())) {
        Some(unknown) => Err(invalid(&format!("Unrecognized key: {unknown}"))),
        None => Ok(fields),
    }
}

/// A text field, if it is there.
fn text(fields: &Map<String, Value>, name: &str) -> Result<Option<String>, Answer> {
    match fields.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(invalid(&format!("{name} must be a string"))),
    }
}

/// A `client_id`, which makes a repeat answer with what was made first.
fn client_id(fields: &Map<String, Value>) -> Result<Option<String>, Answer> {
    let id = text(fields, "client_id")?;
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    match id {
        Some(id) if !(1..=256).contains(&id.len()) || !id.bytes().all(letter) => {
            Err(invalid("client_id must be 1 to 256 of A-Z a-z 0-9 - . _ ~"))
        }
        id => Ok(id),
    }
}

/// How a list is asked for.
#[derive(Default, Deserialize)]
struct PageQuery {
    limit: Option<usize>,
    page_token: Option<String>,
    ascending: Option<bool>,
    labels: Option<String>,
}

/// A page of `rows` (oldest first) under `name`, newest first unless asked otherwise.
fn page<T>(
    rows: &[&T],
    query: &PageQuery,
    name: &str,
    order: impl Fn(&T) -> u64,
    show: impl Fn(&T) -> Value,
) -> Outcome {
    let limit = query.limit.unwrap_or(PAGE_DEFAULT).clamp(1, PAGE_MAX);
    let after = match query.page_token.as_deref().filter(|token| !token.is_empty()) {
        None => None,
        Some(token) => Some(u64::from_str_radix(token, 36).map_err(|_| invalid("Invalid page_token"))?),
    };
    let ascending = query.ascending.unwrap_or(false);
    let ordered: Box<dyn Iterator<Item = &&T>> =
        if ascending { Box::new(rows.iter()) } else { Box::new(rows.iter().rev()) };
    let mut left = ordered.filter(|row| {
        after.is_none_or(|after| if ascending { order(row) > after } else { order(row) < after })
    });
    let taken: Vec<_> = left.by_ref().take(limit).collect();
    let mut shown = json!({
        "count": taken.len(),
        "limit": limit,
        name: taken.iter().map(|row| show(row)).collect::<Vec<_>>(),
    });
    if let (Some(last), Some(_)) = (taken.last(), left.next()) {
        shown["next_page_token"] = base_36(order(last)).into();
    }
    Ok(Answer::done(200, shown))
}

/// A page token: opaque to clients, so any text does that finds its place again.
fn base_36(mut number: u64) -> String {
    let mut digits = Vec::new();
    loop {
        digits.push(char::from_digit((number % 36) as u32, 36).unwrap_or('0'));
        number /= 36;
        if number == 0 {
            return digits.into_iter().rev().collect();
        }
    }
}

type Here = State<Arc<AgentMail>>;

async fn who_am_i(State(vendor): Here, headers: HeaderMap) -> Response {
    let answer = || vendor.within(&headers, |_, account| vendor.who(account));
    vendor.world.exchange(&*vendor, "whoAmI", answer).await
}

async fn get_organization(State(vendor): Here, headers: HeaderMap) -> Response {
    let answer = || vendor.within(&headers, |office, account| vendor.organization(office, account));
    vendor.world.exchange(&*vendor, "getOrganization", answer).await
}

async fn create_inbox(State(vendor): Here, headers: HeaderMap, body: Bytes) -> Response {
    let answer = || vendor.within(&headers, |office, account| vendor.create_inbox(office, account, &body));
    vendor.world.exchange(&*vendor, "createInbox", answer).await
}

async fn list_inboxes(State(vendor): Here, Query(query): Query<PageQuery>, headers: HeaderMap) -> Response {
    let answer = || vendor.within(&headers, |office, account| inboxes::list(office, account, &query));
    vendor.world.exchange(&*vendor, "listInboxes", answer).await
}

async fn get_inbox(State(vendor): Here, Path(id): Path<String>, headers: HeaderMap) -> Response {
    let answer = || vendor.within(&headers, |office, account| inboxes::get(office, account, &id));
    vendor.world.exchange(&*vendor, "getInbox", answer).await
}

async fn update_inbox(
    State(vendor): Here,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let answer =
        || vendor.within(&headers, |office, account| vendor.update_inbox(office, account, &id, &body));
    vendor.world.exchange(&*vendor, "updateInbox", answer).await
}

async fn delete_inbox(State(vendor): Here, Path(id): Path<String>, headers: HeaderMap) -> Response {
    let answer = || vendor.within(&headers, |office, account| inboxes::delete(office, account, &id));
    vendor.world.exchange(&*vendor, "deleteInbox", answer).await
}

async fn send_message(
    State(vendor): Here,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let answer = || {
        vendor.within(&headers, |office, account| vendor.send(office, account, &id, None, &headers, &body))
    };
    vendor.world.exchange(&*vendor, "sendMessage", answer).await
}

async fn reply_to_message(
    State(vendor): Here,
    Path((id, message)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let answer = || {
        vendor.within(&headers, |office, account| {
            vendor.send(office, account, &id, Some(&message), &headers, &body)
        })
    };
    vendor.world.exchange(&*vendor, "replyToMessage", answer).await
}

async fn list_messages(
    State(vendor): Here,
    Path(id): Path<String>,
    Query(query): Query<PageQuery>,
    headers: HeaderMap,
) -> Response {
    let answer = || vendor.within(&headers, |office, account| messages::list(office, account, &id, &query));
    vendor.world.exchange(&*vendor, "listMessages", answer).await
}

async fn get_message(
    State(vendor): Here,
    Path((id, message)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    let answer = || vendor.within(&headers, |office, account| messages::get(office, account, &id, &message));
    vendor.world.exchange(&*vendor, "getMessage", answer).await
}

async fn create_webhook(State(vendor): Here, headers: HeaderMap, body: Bytes) -> Response {
    let answer = || vendor.within(&headers, |office, account| vendor.create_webhook(office, account, &body));
    vendor.world.exchange(&*vendor, "createWebhook", answer).await
}

async fn list_webhooks(State(vendor): Here, Query(query): Query<PageQuery>, headers: HeaderMap) -> Response {
    let answer = || vendor.within(&headers, |office, account| webhooks::list(office, account, &query));
    vendor.world.exchange(&*vendor, "listWebhooks", answer).await
}

async fn get_webhook(State(vendor): Here, Path(id): Path<String>, headers: HeaderMap) -> Response {
    let answer = || vendor.within(&headers, |office, account| webhooks::get(office, account, &id));
    vendor.world.exchange(&*vendor, "getWebhook", answer).await
}

async fn delete_webhook(State(vendor): Here, Path(id): Path<String>, headers: HeaderMap) -> Response {
    let answer = || vendor.within(&headers, |office, account| webhooks::delete(office, account, &id));
    vendor.world.exchange(&*vendor, "deleteWebhook", answer).await
}

/// Body of `PUT /_sim/agentmail`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Setting {
    #[serde(default, deserialize_with = "crate::exchange::present")]
    inbox_limit: Option<Option<usize>>,
    domains: Option<Vec<String>>,
}

async fn set(State(vendor): Here, body: Bytes) -> Result<Json<Value>, Wrong> {
    let Setting { inbox_limit, domains } = parse(&body)?;
    let mut office = vendor.lock();
    if let Some(limit) = inbox_limit {
        office.inbox_limit = limit;
    }
    if let Some(mut domains) = domains {
        domains.push(OWN_DOMAIN.to_owned());
        office.domains = domains;
    }
    vendor.world.touch();
    Ok(Json(json!({"inboxLimit": office.inbox_limit, "domains": office.domains})))
}

async fn come_in(State(vendor): Here, body: Bytes) -> Result<Json<Value>, Wrong> {
    let mail: Incoming = parse(&body)?;
    let to = mail.to.clone();
    let taken = vendor.come_in(&mut vendor.lock(), mail);
    vendor.world.touch();
    taken.map(Json).ok_or_else(|| Wrong(StatusCode::NOT_FOUND, format!("no inbox {to:?}")))
}

impl Vendor for AgentMail {
    fn name(&self) -> &'static str {
        NAME
    }

    fn operations(&self) -> &'static [&'static str] {
        &OPERATIONS
    }

    fn routes(self: Arc<Self>) -> Router {
        Router::new()
            .route("/v0/auth/me", get(who_am_i))
            .route("/v0/organizations", get(get_organization))
            .route("/v0/inboxes", get(list_inboxes).post(create_inbox))
            .route("/v0/inboxes/{inbox}", get(get_inbox).patch(update_inbox).delete(delete_inbox))
            .route("/v0/inboxes/{inbox}/messages", get(list_messages))
            .route("/v0/inboxes/{inbox}/messages/send", post(send_message))
            .route("/v0/inboxes/{inbox}/messages/{message}", get(get_message))
            .route("/v0/inboxes/{inbox}/messages/{message}/reply", post(reply_to_message))
            .route("/v0/webhooks", get(list_webhooks).post(create_webhook))
            .route("/v0/webhooks/{webhook}", get(get_webhook).delete(delete_webhook))
            .with_state(self)
    }

    fn control(self: Arc<Self>) -> Router {
        Router::new().route("/", put(set)).route("/messages", post(come_in)).with_state(self)
    }

    fn inventory(&self) -> Inventory {
        let office = self.lock();
        let ours = office.inboxes.iter().filter(|inbox| !inbox.is_of(CLAIMANT));
        let inboxes: Vec<Value> = ours
            .map(|inbox| {
                let mails = office.mails.iter().filter(|mail| mail.inbox_id == inbox.inbox_id).count();
                json!({"inboxId": inbox.inbox_id, "clientId": inbox.client_id, "messages": mails, "cost": 0.0})
            })
            .collect();
        // The plan is paid for, whatever is used of it.
        Inventory { things: json!({"inboxes": inboxes}), cost_per_hour: 0.0 }
    }

    fn refusal(&self, refusal: &Refusal<'_>) -> Answer {
        match (refusal.wording, refusal.status) {
            (Wording::Throttled | Wording::ThrottledInWords, _) => {
                error(429, "rate_limit_exceeded", "Too many requests")
            }
            (_, 400) => invalid("Invalid request"),
            (_, 401) => error(401, "unknown_api_key", "API key not found"),
            (_, 403) => error(403, "forbidden", "Forbidden"),
            (_, 404) => not_found("Resource"),
            (_, 409) => error(409, "race_condition", "The resource was changed at the same time"),
            (_, 503) => error(503, "service_unavailable", "Service unavailable"),
            (_, status) => error(status, "internal_error", "Internal server error"),
        }
    }

    fn hollow_success(&self, operation: &str) -> Option<Answer> {
        operation.starts_with("delete").then(|| Answer::refused_without_body(204))
    }

    fn reset(&self) {
        self.dice.reseed(self.world.seed());
        *self.lock() = Office::new(&self.world);
    }

    fn snapshot(&self) -> Value {
        json!(*self.lock())
    }

    fn restore(&self, snapshot: Value) -> Result<(), serde_json::Error> {
        *self.lock() = serde_json::from_value(snapshot)?;
        Ok(())
    }
}
