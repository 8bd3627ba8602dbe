//! The HTTP face of this process.
