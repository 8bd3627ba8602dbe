//! The pool API.
pub mod app;
pub mod caller;
pub mod etag;
mod intake;
pub mod join_url;
pub mod journal;
pub mod limits;
pub mod openapi;
pub mod page;
pub mod pool;
pub mod pool_spec;
pub mod prefer;
pub mod registry;
pub mod routes;
pub mod settings;
pub mod view;
mod waiting;
