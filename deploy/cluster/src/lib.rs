//! A private PostgreSQL cluster made from the machine's own programs.
//!
//! `convos-agents dev` keeps one in its data folder; `with-postgres` makes a throw-away one around a
//! command (tests, the refresh of `.sqlx`). Both listen on a loopback port with a password and never
//! run as root: started as root, the server drops to another account.
//!
//! # Guarantees
//! - A cluster folder appears whole or not at all: it is made aside and renamed.
//! - On Linux the server ends (fast shutdown) when the thread that started it ends, `kill -9` included.
//! - A server that outlived its owner is stopped before another one starts on the same folder.
//!
//! # Assumptions
//! - One owner per folder at a time; the caller holds a lock of its own.
//! - [`Cluster::server`] is spawned from a thread that lives as long as the server should.

mod account;
mod binaries;
mod error;
mod folder;
mod server;

pub use account::Account;
pub use binaries::{Binaries, MAJOR_MIN};
pub use error::ClusterError;
pub use server::{Cluster, Durability, free_port, random_password};
