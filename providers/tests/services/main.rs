//! The whole process against a real database and the simulated outside, over HTTP, with things going wrong on purpose.
#![expect(clippy::unwrap_used, reason = "this is test code, which clippy cannot tell of a target of its own")]

mod access;
mod audit;
mod budget;
mod configure;
mod create;
mod destroy;
mod here;
mod lanes;
mod messages;
mod numbers;
mod status;
mod tools;
mod webhooks;
