//! The core of Segno: routes a prompt to a model, asks it, streams and stores the answer. No terminal, no printing, no
//! environment variables: a front end passes paths and values in, sends [`protocol::Command`]s and reads [`protocol::Event`]s.
//!
//! What must stay true: the modules stand in this order, and each names only those above it; a test reads the sources and
//! fails on an upward import. `docs/ARCHITECTURE.md` says what each owns.

pub mod domain;

pub mod config;

pub mod cost;

pub mod arithmetic;

pub mod privacy;

pub mod protocol;

pub mod backend;

pub mod gpu;

pub mod routing;

pub mod ace;

pub mod store;

pub mod session;

pub use backend::keys::Keys;
pub use session::{Conductor, Inspector, Limits, Recovery, Router, Setup};
