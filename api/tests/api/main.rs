//! The API over HTTP, on a real database, with reconcilers that work and a `services` that answers.
#![expect(clippy::unwrap_used, reason = "what cannot be done has failed the test")]

mod fake;
mod world;

mod claims;
mod examples;
mod explained;
mod owners;
mod pools;
mod refusals;
mod roles;
