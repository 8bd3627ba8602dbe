//! Bankr: wallets of a partner's organization with a key each, and what a key says about its wallet.
//!
//! No call deletes a wallet. Control: `PUT /_sim/bankr` `{partner: false}` makes `/partner/…` a 404, since not every
//! organization has it.

mod wallets;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::{get, post, put};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use self::wallets::{Permissions, Wallet, address};
use crate::clock::Moment;
use crate::control::{Wrong, parse};
use crate::dice::Dice;
use crate::exchange::Answer;
use crate::vendor::{Inventory, Refusal, Vendor, Wording};
use crate::world::World;

pub(crate) const NAME: &str = "bankr";
pub(crate) const OPERATIONS: [&str; 7] =
    ["createWallet", "listWallets", "getWallet", "createKey", "revokeKey", "walletOfKey", "agentOfKey"];
/// Wallets that may be made in a minute.
const CREATIONS_A_MINUTE: usize = 10;
const MINUTE_MILLIS: u64 = 60_000;
const IDEMPOTENCY_KEY_LENGTH_MAX: usize = 128;

#[derive(Serialize, Deserialize)]
struct Vault {
    wallets: Vec<Wallet>,
    partner: bool,
    /// When the last wallets were made.
    #[serde(skip)]
    creations: Vec<Moment>,
}

impl Default for Vault {
    fn default() -> Self {
        Self { wallets: Vec::new(), partner: true, creations: Vec::new() }
    }
}

/// The simulated Bankr.
pub(crate) struct Bankr {
    world: Arc<World>,
    dice: Dice,
    vault: Mutex<Vault>,
}

/// What an operation gives: the answer, or the refusal.
type Outcome = Result<Answer, Answer>;

impl Bankr {
    /// Without any wallet.
    pub fn new(world: Arc<World>) -> Arc<Self> {
        Arc::new(Self { dice: world.dice_for(NAME), world, vault: Mutex::default() })
    }

    fn lock(&self) -> MutexGuard<'_, Vault> {
        self.vault.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets partners in and nobody else.
    fn partner(&self, headers: &HeaderMap, act: impl FnOnce(&mut Vault) -> Outcome) -> Answer {
        let mut vault = self.lock();
        if !vault.partner {
            return error(404, "Not Found", "Cannot find this route");
        }
        let Some(key) = headers.get("x-partner-key").and_then(|key| key.to_str().ok()) else {
            return error(401, "Unauthorized", "Partner API key required");
        };
        if self.world.tokens.scope(NAME, key).as_deref() != Some("partner") {
            return error(401, "Unauthorized", "The provided partner API key is invalid or inactive");
        }
        act(&mut vault).unwrap_or_else(|refusal| refusal)
    }

    fn create(&self, vault: &mut Vault, body: &Bytes) -> Outcome {
        let fields = object(body)?;
        let key = fields.get("idempotencyKey").and_then(Value::as_str);
        if key.is_some_and(|key| !(1..=IDEMPOTENCY_KEY_LENGTH_MAX).contains(&key.len())) {
            return Err(error(400, "Bad Request", "idempotencyKey must have 1 to 128 characters"));
        }
        let known = vault.wallets.iter().find(|it| key.is_some() && it.idempotency_key.as_deref() == key);
        if let Some(first) = known {
            // The key of a repeat is not shown again.
            return Ok(Answer::done(201, first.shown()).about(first.name()));
        }
        let now = self.world.clock.now();
        vault.creations.retain(|made| now.millis_since(*made) < MINUTE_MILLIS);
        if vault.creations.len() >= CREATIONS_A_MINUTE {
            return Err(error(429, "Too Many Requests", "Rate limit exceeded").about(key.unwrap_or_default()));
        }
        vault.creations.push(now);
        let solana = fields.get("wallet").and_then(|wallet| wallet.get("solana")) == Some(&Value::Bool(true));
        let mut wallet = Wallet {
            id: format!("wlt_{}", &self.dice.hex(8)),
            address: address(&self.dice.hex(20)),
            sol_address: solana.then(|| self.dice.hex(22)),
            idempotency_key: key.map(str::to_owned),
            key_hash: None,
            permissions: Permissions::default(),
            created_at: self.world.clock.date(),
        };
        let secret = fields.get("apiKey").map(|wish| wallet.new_key(&self.dice, wish)).transpose()?;
        let mut shown = wallet.shown();
        if let Some(secret) = secret {
            shown["apiKey"] = secret.into();
        }
        let answer = Answer::done(201, shown).about(wallet.name());
        vault.wallets.push(wallet);
        Ok(answer)
    }

    fn new_key(&self, vault: &mut Vault, id: &str, body: &Bytes) -> Outcome {
        let fields = if body.is_empty() { Map::new() } else { object(body)? };
        let wallet = find(vault, id)?;
        let secret = wallet.new_key(&self.dice, &Value::Object(fields))?;
        Ok(Answer::done(201, json!({"apiKey": secret})).about(wallet.name()))
    }

    /// The wallet of the key that a request carries, as a user's key or one of ours.
    fn of_key(&self, headers: &HeaderMap, show: impl FnOnce(&str) -> Value) -> Answer {
        let given = headers.get("x-api-key").and_then(|key| key.to_str().ok());
        let Some(key) = given else { return error(401, "Authentication required", "API key required") };
        if self.world.tokens.scope(NAME, key).as_deref() == Some("user") {
            // A user's wallet follows from the key: the same key has the same wallet.
            return Answer::done(200, show(&wallets::address_of_key(key)));
        }
        let vault = self.lock();
        match vault.wallets.iter().find(|wallet| wallet.has_key(key)) {
            Some(wallet) if !wallet.permissions.agent_api_enabled => {
                error(403, "Agent API access not enabled", "Agent API access not enabled for this API key")
            }
            Some(wallet) => Answer::done(200, show(&wallet.address)).about(wallet.name()),
            None => error(401, "Authentication required", "Invalid API key"),
        }
    }
}

fn error(status: u16, error: &str, message: &str) -> Answer {
    Answer::refused(status, json!({"error": error, "message": message}))
}

fn object(body: &Bytes) -> Result<Map<String, Value>, Answer> {
    serde_json::from_slice(body)
        .map_err(|problem| error(400, "Bad Request", &format!("Invalid body: {problem}")))
}

/// A wallet by its id or one of its addresses.
fn find<'a>(vault: &'a mut Vault, id: &str) -> Result<&'a mut Wallet, Answer> {
    let found = vault.wallets.iter_mut().find(|wallet| wallet.is_called(id));
    found.ok_or_else(|| error(404, "Not Found", "Wallet not found").about(id))
}

type Here = State<Arc<Bankr>>;

async fn create_wallet(State(vendor): Here, headers: HeaderMap, body: Bytes) -> Response {
    let answer = || vendor.partner(&headers, |vault| vendor.create(vault, &body));
    vendor.world.exchange(&*vendor, "createWallet", answer).await
}

async fn list_wallets(State(vendor): Here, headers: HeaderMap) -> Response {
    let answer = || {
        vendor.partner(&headers, |vault| {
            let wallets: Vec<Value> = vault.wallets.iter().map(Wallet::shown_whole).collect();
            Ok(Answer::done(200, json!({"wallets": wallets})))
        })
    };
    vendor.world.exchange(&*vendor, "listWallets", answer).await
}

async fn get_wallet(State(vendor): Here, Path(id): Path<String>, headers: HeaderMap) -> Response {
    let answer = || {
        vendor.partner(&headers, |vault| {
            find(vault, &id).map(|wallet| Answer::done(200, wallet.shown_whole()).about(wallet.name()))
        })
    };
    vendor.world.exchange(&*vendor, "getWallet", answer).await
}

async fn create_key(
    State(vendor): Here,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let answer = || vendor.partner(&headers, |vault| vendor.new_key(vault, &id, &body));
    vendor.world.exchange(&*vendor, "createKey", answer).await
}

async fn revoke_key(State(vendor): Here, Path(id): Path<String>, headers: HeaderMap) -> Response {
    let answer = || {
        vendor.partner(&headers, |vault| {
            let wallet = find(vault, &id)?;
            match wallet.key_hash.take() {
                Some(_) => Ok(Answer::done(200, json!({"success": true})).about(wallet.name())),
                None => Err(error(404, "Not Found", "The wallet has no API key").about(wallet.name())),
            }
        })
    };
    vendor.world.exchange(&*vendor, "revokeKey", answer).await
}

async fn wallet_of_key(State(vendor): Here, headers: HeaderMap) -> Response {
    let shown = |address: &str| json!({"wallet": {"evmAddress": address}, "chains": ["base", "ethereum"]});
    vendor.world.exchange(&*vendor, "walletOfKey", || vendor.of_key(&headers, shown)).await
}

async fn agent_of_key(State(vendor): Here, headers: HeaderMap) -> Response {
    let shown = |address: &str| {
        json!({
            "success": true,
            "wallets": [{"chain": "evm", "address": address}],
            "socialAccounts": [],
            "bankrClub": {"active": false},
        })
    };
    vendor.world.exchange(&*vendor, "agentOfKey", || vendor.of_key(&headers, shown)).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Setting {
    partner: bool,
}

async fn set(State(vendor): Here, body: Bytes) -> Result<Json<Value>, Wrong> {
    let Setting { partner } = parse(&body)?;
    vendor.lock().partner = partner;
    vendor.world.touch();
    Ok(Json(json!({"partner": partner})))
}

impl Vendor for Bankr {
    fn name(&self) -> &'static str {
        NAME
    }

    fn operations(&self) -> &'static [&'static str] {
        &OPERATIONS
    }

    fn routes(self: Arc<Self>) -> Router {
        Router::new()
            .route("/_health", get(async || Json(json!({"status": "ok"}))))
            .route("/partner/wallets", get(list_wallets).post(create_wallet))
            .route("/partner/wallets/{id}", get(get_wallet))
            .route("/partner/wallets/{id}/api-key", post(create_key).delete(revoke_key))
            .route("/wallet/me", get(wallet_of_key))
            .route("/agent/me", get(agent_of_key))
            .with_state(self)
    }

    fn control(self: Arc<Self>) -> Router {
        Router::new().route("/", put(set)).with_state(self)
    }

    fn inventory(&self) -> Inventory {
        let vault = self.lock();
        let wallets: Vec<Value> = vault.wallets.iter().map(Wallet::counted).collect();
        // A wallet costs nothing.
        Inventory { things: json!({"wallets": wallets}), cost_per_hour: 0.0 }
    }

    fn refusal(&self, refusal: &Refusal<'_>) -> Answer {
        match (refusal.wording, refusal.status) {
            (Wording::Throttled | Wording::ThrottledInWords, _) => {
                error(429, "Too Many Requests", "Rate limit exceeded")
            }
            (_, 401) => error(401, "Unauthorized", "The provided partner API key is invalid or inactive"),
            (_, 403) => error(403, "Forbidden", "IP address not allowed for this partner API key"),
            (_, 404) => error(404, "Not Found", "Not found"),
            (_, 409) => error(409, "Conflict", "The idempotency key is being worked on"),
            (_, status) => error(status, "Internal Server Error", "Something went wrong"),
        }
    }

    fn hollow_success(&self, operation: &str) -> Option<Answer> {
        (operation == "revokeKey").then(|| Answer::refused(200, json!({"success": true})))
    }

    fn reset(&self) {
        self.dice.reseed(self.world.seed());
        *self.lock() = Vault::default();
    }

    fn snapshot(&self) -> Value {
        json!(*self.lock())
    }

    fn restore(&self, snapshot: Value) -> Result<(), serde_json::Error> {
        *self.lock() = serde_json::from_value(snapshot)?;
        Ok(())
    }
}
