//! The pool's hands: the store of the pool database, the one driver loop, a reconciler per kind of record, and the
//! client of `services`.
//!
//! A reconciler observes, asks a plan of `model::plan` what to do, does one step, and records it. [`Controller`] puts
//! them together; the API holds one to hand claims to it and to ask how it is.

mod controller;
mod driver;
pub mod metrics;
mod reconcilers;
pub mod services;
mod snapshot;
pub mod store;
pub mod wake;
pub mod watch;

#[cfg(test)]
mod tests;

pub use controller::{Controller, Policy};
