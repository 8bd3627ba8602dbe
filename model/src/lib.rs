//! The nouns of the system, the words for their states, the types that cross a wire, and every decision.
//!
//! Nothing here does I/O, reads a clock or draws a random number: `now` and jitter are arguments. That is what makes
//! the decisions in [`plan`] testable as values and lets `explain` say what a reconciler *would* do.
//!
//! | module | what it holds |
//! |---|---|
//! | [`words`] | states and reasons, one spelling for code, database, metric and page |
//! | [`id`] | identifiers of instances |
//! | [`condition`] | conditions, as operators know them from Kubernetes |
//! | [`record`] | the records of the pool database |
//! | [`plan`] | pure decisions: record and observation in, one step out |
//! | [`owner`] | addresses, signatures of owners, XMTP inbox ids |
//! | [`delay`] | how long to wait before trying again |
//! | [`services`] | wire types of the services API |
//! | [`agent`] | wire types of the agent contract |
//! | [`api`] | wire types of the pool API |

pub mod agent;
pub mod api;
pub mod condition;
pub mod delay;
pub mod id;
pub mod owner;
pub mod plan;
pub mod record;
pub mod services;
pub mod words;

/// A moment, as stored: UTC with microseconds.
pub type Timestamp = chrono::DateTime<chrono::Utc>;
