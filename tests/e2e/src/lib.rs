//! The whole system as real processes, in a world of its own, for scenarios and for the fault harness.
//!
//! [`World`](world::World) starts PostgreSQL (or takes databases in the cluster that the tests are given), the
//! simulator, and any number of `services` and `pool` processes; kills, pauses and restarts each; and says
//! what exists. [`invariants`] are the promises I1 to I12, read from both databases and from the simulated
//! vendors. [`harness`] breaks a world at random and checks them.
//!
//! Nothing here waits a fixed time for a state: [`eventually`](settle::eventually) polls a condition until a
//! deadline and reports the last answer when it passes.

pub mod harness;
pub mod invariants;
pub mod pages;
pub mod settle;
pub mod world;
