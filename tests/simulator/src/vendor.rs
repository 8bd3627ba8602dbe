//! What every simulated vendor is, and how one is added.
//!
//! 1. A file `src/<vendor>.rs` (or a folder) with a struct that holds `Arc<World>` and its own state behind a
//!    `Mutex` (never held across an `.await`), made by `new(world: Arc<World>)`.
//! 2. Its routes, as axum handlers; each ends in [`World::exchange`] with the vendor, the operation's name and a
//!    closure that carries the request out on the state and gives an [`Answer`]. That is where faults, journal
//!    and the state file's dirtiness come from: a handler does nothing of it by itself.
//!    ```ignore
//!    async fn create(State(vendor): State<Arc<AgentMail>>, headers: HeaderMap, body: Bytes) -> Response {
//!        vendor.world.exchange(&*vendor, "createInbox", || vendor.create(&headers, &body)).await
//!    }
//!    ```
//! 3. [`Vendor`] for it: name (also the path prefix and the name in faults), operation names, inventory, the
//!    wording of refusals, reset, snapshot and restore (derive `Serialize`/`Deserialize` on the state).
//!    What a test sets or causes at this vendor alone goes below `/_sim/<name>`, by [`Vendor::control`].
//! 4. Its credentials: `world.tokens.scope("<vendor>", token)`; development ones are constants in `tokens.rs`.
//! 5. Time only from `world.clock` (dates by `date()`, waits and windows by `now()`), chance only from dice of its
//!    own: `world.dice_for("<vendor>")`.
//! 6. One line in `lib.rs` (`vendors`) and its operations in its own `OPERATIONS` constant.

use std::sync::Arc;

use axum::Router;
use serde_json::Value;

use crate::exchange::Answer;
#[cfg(doc)]
use crate::world::World;

/// A simulated vendor.
pub trait Vendor: Send + Sync + 'static {
    /// Name in faults, journal and inventory, and the first part of its paths.
    fn name(&self) -> &'static str;

    /// Names that faults may use: GraphQL root fields, or stable names of REST calls.
    fn operations(&self) -> &'static [&'static str];

    /// Its HTTP surface below `/<name>`.
    fn routes(self: Arc<Self>) -> Router;

    /// What tests set and cause at this vendor only, below `/_sim/<name>`.
    fn control(self: Arc<Self>) -> Router {
        Router::new()
    }

    /// What exists there now and costs money or could.
    fn inventory(&self) -> Inventory;

    /// How this vendor says no.
    fn refusal(&self, refusal: &Refusal<'_>) -> Answer;

    /// The answer of a success that had no effect, for operations whose success looks always the same.
    fn hollow_success(&self, _operation: &str) -> Option<Answer> {
        None
    }

    /// Back to the state of the start.
    fn reset(&self);

    /// The state as it goes into the state file.
    fn snapshot(&self) -> Value;

    /// Takes the state of an earlier run.
    fn restore(&self, snapshot: Value) -> Result<(), serde_json::Error>;
}

/// A vendor's part of `GET /_sim/inventory`.
#[derive(Debug, Clone, PartialEq)]
pub struct Inventory {
    /// What stands under the vendor's name.
    pub things: Value,
    /// US dollars an hour, all things together.
    pub cost_per_hour: f64,
}

/// A request to be refused without looking at it.
#[derive(Debug, Clone, Copy)]
pub struct Refusal<'a> {
    /// The operation that was asked for.
    pub operation: &'a str,
    /// HTTP status that a REST vendor answers with.
    pub status: u16,
    /// In which words.
    pub wording: Wording,
}

/// The sort of words a [`Refusal`] is put in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wording {
    /// Something broke at the vendor.
    Broken,
    /// Too many requests, said by the status.
    Throttled,
    /// Too many requests, said by the text only where the vendor does that.
    ThrottledInWords,
    /// Exactly this HTTP status, even where the vendor usually hides it.
    Status,
}

impl<'a> Refusal<'a> {
    /// `operation` failed with `status`.
    pub fn new(operation: &'a str, status: u16) -> Self {
        Self { operation, status, wording: Wording::Broken }
    }
}
