//! What every process of ours shares: how it reads its configuration, listens, answers errors, logs,
//! counts, talks to its database, keeps secrets and stops.
//!
//! Nothing here knows an instance, a claim or a vendor. A process is composed from these parts:
//! [`config::Settings`] first (everything wrong at once, exit code 2), then [`telemetry`],
//! `database` (connect, migrate), [`server`] and last [`shutdown::Shutdown`].

pub mod auth;
pub mod catalogue;
pub mod clock;
pub mod config;
#[cfg(feature = "database")]
pub mod database;
pub mod exit;
#[cfg(feature = "database")]
pub mod group;
pub mod http;
pub mod otlp;
pub mod problem;
pub mod sealing;
pub mod server;
pub mod shutdown;
#[cfg(feature = "database")]
pub mod sticky;
pub mod telemetry;
pub mod trace;
pub mod vitals;
