//! How this process talks to the vendors: one taxonomy of failures, one way to send, one thin client each.
//!
//! A client builds a [`Call`] (what it does at the vendor is its [`Kind`]) and gives it to [`Vendor::send`], which keeps
//! the pace, bounds and times the call, puts the answer into a [`Class`] by the vendor's table ([`tables`]) and repeats
//! what is safe to repeat. Nothing above this module looks at a status or at a vendor's text.

pub mod agentmail;
pub mod bankr;
mod breaker;
mod call;
mod failure;
pub mod ghcr;
mod mask;
pub mod openrouter;
mod retry;
pub mod rules;
mod send;
pub mod tables;
pub mod telnyx;
#[cfg(test)]
mod tests;

pub use breaker::{Admission, Breaker};
pub use call::{Call, Credential, Reply};
pub use failure::{Class, Failure, Kind};
pub use mask::masked;
pub use retry::{Pace, TRIES_MAX, WAIT_DEFAULT, delay, reset, wait_of, with_jitter};
pub use send::{HeadersSeen, Vendor, VendorSettings};
