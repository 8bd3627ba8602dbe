//! Telnyx: free numbers that callers race for, orders that take their time, numbers that cost money, text messages.
//!
//! Each credential belongs to an account, its scope; the operator's has no name. Free numbers are shared by all.
//! Control, below `/_sim/telnyx`: `PUT /` `{freeNumbers, balance, failingOrders}` sets how many numbers are left to be
//! sold, the money, and how many of the next orders fail, `PUT /numbers/{phoneNumber}` `{deletionLock}`, `POST /messages` `{from, to, text}` makes a message come in.

mod budget;
mod messages;
mod numbers;
mod orders;
mod profiles;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::Response;
use axum::routing::{get, patch, post, put};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use self::budget::Budget;
use self::messages::{Incoming, Message};
use self::numbers::{FreeNumbers, HOURLY_COST, Number};
use self::orders::Order;
use self::profiles::Profile;
use crate::clock::Moment;
use crate::control::{Wrong, parse};
use crate::dice::Dice;
use crate::exchange::Answer;
use crate::tokens::{CLAIMANT, CLAIMANT_PHONE_NUMBER};
use crate::vendor::{Inventory, Refusal, Vendor, Wording};
use crate::world::World;

pub(crate) const NAME: &str = "telnyx";
pub(crate) const OPERATIONS: [&str; 19] = [
    "getBalance",
    "searchNumbers",
    "createOrder",
    "listOrders",
    "getOrder",
    "listNumbers",
    "getNumber",
    "updateNumber",
    "deleteNumber",
    "getNumberMessaging",
    "updateNumberMessaging",
    "listProfiles",
    "createProfile",
    "getProfile",
    "updateProfile",
    "deleteProfile",
    "sendMessage",
    "getMessage",
    "webhook",
];
/// The money of the operator's account at the start, in cents.
const BALANCE_CENTS: i64 = 1_000_000;
/// Rows of one page, when the request says nothing, and at most.
const PAGE_DEFAULT: usize = 20;
const PAGE_MAX: usize = 250;

/// Everything the vendor keeps.
#[derive(Serialize, Deserialize)]
struct Exchange {
    free: FreeNumbers,
    orders: Vec<Order>,
    numbers: Vec<Number>,
    profiles: Vec<Profile>,
    messages: Vec<Message>,
    /// Numbers that the operator ever paid for.
    bought: u64,
    balance_cents: i64,
    /// How many of the next orders fail.
    #[serde(skip)]
    failing_orders: u32,
    #[serde(skip)]
    budget: Budget,
}

impl Exchange {
    fn new(world: &World, dice: &Dice) -> Self {
        let claimants = Number::claimants(CLAIMANT_PHONE_NUMBER, dice, world.clock.date());
        Self {
            free: FreeNumbers::default(),
            orders: Vec::new(),
            numbers: vec![claimants],
            profiles: Vec::new(),
            messages: Vec::new(),
            bought: 0,
            balance_cents: BALANCE_CENTS,
            failing_orders: 0,
            budget: Budget::default(),
        }
    }
}

/// The simulated Telnyx.
pub(crate) struct Telnyx {
    world: Arc<World>,
    dice: Dice,
    client: reqwest::Client,
    exchange: Mutex<Exchange>,
}

/// What an operation gives: the answer, or the refusal.
type Outcome = Result<Answer, Answer>;

/// One request: whose, and when.
struct Call<'a> {
    exchange: &'a mut Exchange,
    account: &'a str,
    now: Moment,
}

impl Telnyx {
    /// With the claimant's number and nothing else.
    pub fn new(world: Arc<World>, client: reqwest::Client) -> Arc<Self> {
        let dice = world.dice_for(NAME);
        let exchange = Mutex::new(Exchange::new(&world, &dice));
        Arc::new(Self { dice, world, client, exchange })
    }

    fn lock(&self) -> MutexGuard<'_, Exchange> {
        self.exchange.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets a credential's holder do something in their account, within the account's budget.
    fn within(&self, headers: &HeaderMap, act: impl FnOnce(Call<'_>) -> Outcome) -> Answer {
        let given = headers.get(header::AUTHORIZATION).and_then(|it| it.to_str().ok());
        let account = given
            .and_then(|it| it.strip_prefix("Bearer "))
            .and_then(|token| self.world.tokens.scope(NAME, token));
        let Some(account) = account else {
            return error(401, "10009", "Authentication failed", "Could not understand the API key");
        };
        let now = self.world.clock.now();
        let mut exchange = self.lock();
        self.settle(&mut exchange, now);
        let standing = exchange.budget.spend(&account, now);
        let answer = match standing.exhausted {
            true => {
                let detail = "You have exceeded the maximum number of allowed requests.";
                error(429, "10011", "Too many requests", detail)
                    .with_header(header::RETRY_AFTER, standing.reset_seconds)
            }
            false => act(Call { exchange: &mut exchange, account: &account, now }).unwrap_or_else(|it| it),
        };
        let name = HeaderName::from_static;
        answer
            .with_header(name("x-ratelimit-limit"), standing.limit)
            .with_header(name("x-ratelimit-remaining"), standing.remaining)
            .with_header(name("x-ratelimit-reset"), standing.reset_seconds)
    }

    fn balance(&self, exchange: &Exchange) -> Outcome {
        let money = dollars(exchange.balance_cents);
        Ok(Answer::done(
            200,
            json!({"data": {"record_type": "balance", "pending": "0.00", "balance": money, "credit_limit": "0.00",
                "available_credit": money, "currency": "USD"}}),
        ))
    }
}

fn dollars(cents: i64) -> String {
    format!("{:.2}", cents as f64 / 100.0)
}

/// An error in the vendor's form.
fn error(status: u16, code: &str, title: &str, detail: &str) -> Answer {
    let url = format!("https://developers.telnyx.com/docs/overview/errors/{code}");
    let error = json!({"code": code, "title": title, "detail": detail, "meta": {"url": url}});
    Answer::refused(status, json!({"errors": [error]}))
}

fn not_found(what: &str) -> Answer {
    error(404, "10005", "Resource not found", &format!("The requested {what} could not be found."))
}

fn missing(name: &str) -> Answer {
    error(422, "10004", "Missing required parameter", &format!("The '{name}' parameter is required."))
}

fn bad_request(detail: &str) -> Answer {
    error(400, "10015", "Bad Request", detail)
}

/// The body as an object.
fn object(body: &Bytes) -> Result<Map<String, Value>, Answer> {
    serde_json::from_slice(body).map_err(|problem| bad_request(&format!("The body is not valid: {problem}")))
}

/// A text field, if it is there.
fn text(fields: &Map<String, Value>, name: &str) -> Option<String> {
    fields.get(name).and_then(Value::as_str).map(str::to_owned)
}

/// The query's parameters, decoded, in order.
struct Parameters(Vec<(String, String)>);

impl Parameters {
    fn read(query: Option<&str>) -> Self {
        let pairs = reqwest::Url::parse(&format!("http://query/?{}", query.unwrap_or_default()));
        Self(pairs.map(|url| url.query_pairs().into_owned().collect()).unwrap_or_default())
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    fn number(&self, name: &str) -> Result<Option<usize>, Answer> {
        let parsed = self.get(name).map(str::parse).transpose();
        parsed.map_err(|_| bad_request(&format!("{name} must be a number")))
    }

    /// A page of `rows`, which are newest first.
    fn page(&self, rows: &[Value]) -> Outcome {
        let size = self.number("page[size]")?.unwrap_or(PAGE_DEFAULT).clamp(1, PAGE_MAX);
        let number = self.number("page[number]")?.unwrap_or(1).max(1);
        let shown: Vec<_> = rows.iter().skip((number - 1).saturating_mul(size)).take(size).collect();
        let meta = json!({
            "total_pages": rows.len().div_ceil(size),
            "total_results": rows.len(),
            "page_number": number,
            "page_size": size,
        });
        Ok(Answer::done(200, json!({"data": shown, "meta": meta})))
    }
}

type Here = State<Arc<Telnyx>>;

/// A handler for a request with nothing but its query.
macro_rules! ask {
    ($name:ident, $operation:literal, |$vendor:ident, $call:ident, $query:ident| $answer:expr) => {
        async fn $name(State($vendor): Here, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
            let $query = Parameters::read(query.as_deref());
            let answer = || $vendor.within(&headers, |$call| $answer);
            $vendor.world.exchange(&*$vendor, $operation, answer).await
        }
    };
}

/// A handler for a request about one thing, with a body or without.
macro_rules! of {
    ($name:ident, $operation:literal, |$vendor:ident, $call:ident, $id:ident, $body:ident| $answer:expr) => {
        async fn $name(
            State($vendor): Here,
            id: Option<Path<String>>,
            headers: HeaderMap,
            $body: Bytes,
        ) -> Response {
            let $id = id.map(|Path(id)| id).unwrap_or_default();
            let answer = || $vendor.within(&headers, |$call| $answer);
            $vendor.world.exchange(&*$vendor, $operation, answer).await
        }
    };
}

ask!(get_balance, "getBalance", |vendor, call, _query| vendor.balance(call.exchange));
ask!(search, "searchNumbers", |vendor, call, query| vendor.search(call, &query));
ask!(list_orders, "listOrders", |_vendor, call, query| orders::list(&call, &query));
ask!(list_numbers, "listNumbers", |_vendor, call, query| numbers::list(&call, &query));
ask!(list_profiles, "listProfiles", |_vendor, call, query| profiles::list(&call, &query));
of!(create_order, "createOrder", |vendor, call, _id, body| vendor.create_order(call, &body));
of!(get_order, "getOrder", |_vendor, call, id, _body| orders::get(&call, &id));
of!(get_number, "getNumber", |_vendor, call, id, _body| numbers::get(&call, &id));
of!(update_number, "updateNumber", |vendor, call, id, body| vendor.update_number(call, &id, &body));
of!(delete_number, "deleteNumber", |_vendor, call, id, _body| numbers::delete(call, &id));
of!(get_messaging, "getNumberMessaging", |_vendor, call, id, _body| numbers::messaging(&call, &id));
of!(update_messaging, "updateNumberMessaging", |vendor, call, id, body| vendor
    .update_messaging(call, &id, &body));
of!(create_profile, "createProfile", |vendor, call, _id, body| vendor.create_profile(call, &body));
of!(get_profile, "getProfile", |_vendor, call, id, _body| profiles::get(&call, &id));
of!(update_profile, "updateProfile", |vendor, call, id, body| vendor.update_profile(call, &id, &body));
of!(delete_profile, "deleteProfile", |_vendor, call, id, _body| profiles::delete(call, &id));
of!(send_message, "sendMessage", |vendor, call, _id, body| vendor.send(call, &body));
of!(get_message, "getMessage", |_vendor, call, id, _body| messages::get(&call, &id));

/// Body of `PUT /_sim/telnyx`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Setting {
    #[serde(default, deserialize_with = "crate::exchange::present")]
    free_numbers: Option<Option<u64>>,
    balance: Option<f64>,
    failing_orders: Option<u32>,
}

async fn set(State(vendor): Here, body: Bytes) -> Result<Json<Value>, Wrong> {
    let Setting { free_numbers, balance, failing_orders } = parse(&body)?;
    let mut exchange = vendor.lock();
    if let Some(left) = free_numbers {
        exchange.free.limit(left);
    }
    if let Some(balance) = balance {
        exchange.balance_cents = (balance * 100.0) as i64;
    }
    exchange.failing_orders = failing_orders.unwrap_or(exchange.failing_orders);
    vendor.world.touch();
    Ok(Json(json!({"freeNumbers": exchange.free.left(), "balance": exchange.balance_cents as f64 / 100.0})))
}

/// Body of `PUT /_sim/telnyx/numbers/{phoneNumber}`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct NumberSetting {
    deletion_lock: bool,
}

async fn set_number(
    State(vendor): Here,
    Path(phone_number): Path<String>,
    body: Bytes,
) -> Result<StatusCode, Wrong> {
    let NumberSetting { deletion_lock } = parse(&body)?;
    let mut exchange = vendor.lock();
    let number = exchange.numbers.iter_mut().find(|number| number.phone_number == phone_number);
    let number = number.ok_or_else(|| Wrong(StatusCode::NOT_FOUND, format!("no number {phone_number:?}")))?;
    number.deletion_locked = deletion_lock;
    vendor.world.touch();
    Ok(StatusCode::NO_CONTENT)
}

async fn come_in(State(vendor): Here, body: Bytes) -> Result<Json<Value>, Wrong> {
    let message: Incoming = parse(&body)?;
    let to = message.to.clone();
    let taken = vendor.come_in(&mut vendor.lock(), message);
    vendor.world.touch();
    taken.map(Json).ok_or_else(|| Wrong(StatusCode::NOT_FOUND, format!("no number {to:?}")))
}

impl Vendor for Telnyx {
    fn name(&self) -> &'static str {
        NAME
    }

    fn operations(&self) -> &'static [&'static str] {
        &OPERATIONS
    }

    fn routes(self: Arc<Self>) -> Router {
        Router::new()
            .route("/v2/balance", get(get_balance))
            .route("/v2/available_phone_numbers", get(search))
            .route("/v2/number_orders", get(list_orders).post(create_order))
            .route("/v2/number_orders/{id}", get(get_order))
            .route("/v2/phone_numbers", get(list_numbers))
            .route("/v2/phone_numbers/{id}", get(get_number).patch(update_number).delete(delete_number))
            .route("/v2/phone_numbers/{id}/messaging", get(get_messaging).patch(update_messaging))
            .route("/v2/messaging_profiles", get(list_profiles).post(create_profile))
            .route("/v2/messaging_profiles/{id}", get(get_profile).delete(delete_profile))
            .route("/v2/messaging_profiles/{id}", patch(update_profile))
            .route("/v2/messages", post(send_message))
            .route("/v2/messages/{id}", get(get_message))
            .with_state(self)
    }

    fn control(self: Arc<Self>) -> Router {
        Router::new()
            .route("/", put(set))
            .route("/numbers/{phone_number}", put(set_number))
            .route("/messages", post(come_in))
            .with_state(self)
    }

    fn inventory(&self) -> Inventory {
        let mut exchange = self.lock();
        self.settle(&mut exchange, self.world.clock.now());
        let ours: Vec<&Number> =
            exchange.numbers.iter().filter(|number| !number.is_of(CLAIMANT) && number.is_live()).collect();
        let numbers: Vec<Value> = ours
            .iter()
            .map(|number| {
                json!({
                    "phoneNumber": number.phone_number,
                    "customerReference": number.customer_reference,
                    "cost": HOURLY_COST,
                })
            })
            .collect();
        let pending = exchange.orders.iter().filter(|order| order.is_pending()).count();
        let things = json!({"numbers": numbers, "bought": exchange.bought, "pendingOrders": pending});
        Inventory { cost_per_hour: HOURLY_COST * ours.len() as f64, things }
    }

    fn refusal(&self, refusal: &Refusal<'_>) -> Answer {
        match (refusal.wording, refusal.status) {
            (Wording::Throttled | Wording::ThrottledInWords, _) => error(
                429,
                "10011",
                "Too many requests",
                "You have exceeded the maximum number of allowed requests.",
            ),
            (_, 400) => bad_request("The request is not valid."),
            (_, 401) => error(401, "10009", "Authentication failed", "The API key is not valid."),
            (_, 403) => error(403, "10010", "Authorization failed", "You are not allowed to do this."),
            (_, 404) => not_found("resource"),
            (_, 409) => error(409, "10012", "Duplicate resource", "The resource exists already."),
            (_, 422) => error(422, "10015", "Bad Request", "The request could not be processed."),
            (_, 504) => error(504, "10008", "Request timeout", "The request took too long."),
            (_, status) => error(status, "10007", "Unexpected error", "An unexpected error occurred."),
        }
    }

    fn hollow_success(&self, operation: &str) -> Option<Answer> {
        operation.starts_with("delete").then(|| Answer::refused(200, json!({"data": {}})))
    }

    fn reset(&self) {
        self.dice.reseed(self.world.seed());
        *self.lock() = Exchange::new(&self.world, &self.dice);
    }

    fn snapshot(&self) -> Value {
        json!(*self.lock())
    }

    fn restore(&self, snapshot: Value) -> Result<(), serde_json::Error> {
        *self.lock() = serde_json::from_value(snapshot)?;
        Ok(())
    }
}
