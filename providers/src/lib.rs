//! The `services` process: everything that the outside is asked to do for an instance, and the ledger of it.

pub mod agent;
pub mod app;
mod audit;
mod budgets;
pub mod infra;
pub mod ledger;
pub mod metrics;
pub mod naming;
pub mod plugin;
pub mod plugins;
mod routes;
pub mod run;
pub mod saga;
pub mod settings;
mod shelf;
pub mod status;
pub mod vendor;
pub mod vendors;
mod webhooks;
