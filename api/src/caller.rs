//! Who calls, and what they may do.
//!
//! A handler names the role that it needs as its first argument ([`Viewer`], [`Claimer`], [`Operator`],
//! [`Admin`]): without it there is no caller to act for, so no handler can forget to ask.

use std::num::NonZeroU32;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use controller::store::Store;
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use model::words::Role;
use process::auth::{Digest, bearer};
use process::clock::now;
use process::problem::Problem;
use process::sealing::KeyRing;
use secrecy::{ExposeSecret, SecretString};

use crate::app::App;
use crate::session;

/// The client of claims that are made with `POOL_API_KEY`.
const ADMIN: &str = "admin";

/// Somebody with a valid key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Tells keys apart: idempotency keys are unique within it.
    pub client: String,
    /// For people.
    pub name: String,
    /// What the key may do.
    pub role: Role,
}

impl Caller {
    /// The actor of events.
    pub fn actor(&self) -> String {
        format!("api/{}", self.name)
    }

    /// Whether the role is at least this one.
    pub fn is(&self, role: Role) -> bool {
        self.role >= role
    }
}

/// Knows the keys and their budgets.
pub struct Gate {
    store: Store,
    admin: Digest,
    keys: Arc<KeyRing>,
    budgets: DefaultKeyedRateLimiter<String>,
}

impl Gate {
    /// A gate that knows the admin's key and those of the database.
    pub fn new(store: Store, admin_key: &SecretString, keys: Arc<KeyRing>, requests_per_second: u32) -> Self {
        let rate = NonZeroU32::new(requests_per_second).unwrap_or(NonZeroU32::MIN);
        let quota =
            Quota::per_second(rate).allow_burst(rate.saturating_mul(NonZeroU32::MIN.saturating_add(1)));
        Self { store, admin: Digest::of(admin_key.expose_secret()), keys, budgets: RateLimiter::keyed(quota) }
    }

    /// Forgets the budgets of keys that are not used any more.
    pub fn forget_idle(&self) {
        self.budgets.retain_recent();
        self.budgets.shrink_to_fit();
    }

    async fn admit(&self, parts: &Parts) -> Result<Caller, Problem> {
        let digest = match bearer(&parts.headers) {
            Some(token) => Digest::of(token),
            None => session::of(&self.keys, &parts.method, &parts.headers, now())?
                .ok_or_else(Problem::unauthorized)?,
        };
        self.holder(&digest).await
    }

    /// Whose a key is.
    ///
    /// # Errors
    /// 401 when it is not one of ours, 429 when it makes more requests than it may.
    pub(crate) async fn holder(&self, digest: &Digest) -> Result<Caller, Problem> {
        let caller = if *digest == self.admin {
            Caller { client: ADMIN.to_owned(), name: ADMIN.to_owned(), role: Role::Admin }
        } else {
            let key = self.store.key_by_digest(digest.as_bytes()).await?.ok_or_else(Problem::unauthorized)?;
            Caller { client: key.id.to_string(), name: key.name, role: key.role }
        };
        self.budgets.check_key(&caller.client).map_err(|until| {
            let wait = until.wait_time_from(DefaultClock::default().now());
            Problem::too_many_requests("this key makes more requests than it may", wait)
        })?;
        Ok(caller)
    }
}

macro_rules! callers {
    ($($(#[$doc:meta])* $name:ident needs $role:ident),+ $(,)?) => {$(
        $(#[$doc])*
        pub struct $name(pub Caller);

        impl FromRequestParts<App> for $name {
            type Rejection = Problem;

            async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
                let caller = app.gate.admit(parts).await?;
                if caller.is(Role::$role) {
                    return Ok(Self(caller));
                }
                let detail = format!("this needs a key with role {}, and this one has {}", Role::$role, caller.role);
                Err(Problem::forbidden(detail))
            }
        }
    )+};
}

callers! {
    /// May read.
    Viewer needs Viewer,
    /// May claim and release.
    Claimer needs Claimer,
    /// May set targets, destroy, redeploy, edit templates.
    Operator needs Operator,
    /// May do everything.
    Admin needs Admin,
}
