//! The pool API.
pub mod join_url;
pub mod limits;
pub mod page;
pub mod prefer;
