//! convos-runtime
