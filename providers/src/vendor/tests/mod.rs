//! The taxonomy against the reference tables, and the one way out against a server that misbehaves.

mod classes;
mod sending;
