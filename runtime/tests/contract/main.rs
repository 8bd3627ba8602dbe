//! The container as its fleet and its people meet it: real processes, real HTTP.

mod builtin;
mod commands;
mod container;
mod hostile;
mod image;
mod lifecycle;
mod provision;
mod proxy;
mod stand_in;
mod variables;
