//! What the tests of Segno stand on: fake servers (Ollama, providers, a mere witness), a driver for
//! programs in a terminal, throw-away profiles.
//!
//! What must stay true: nothing here waits by sleeping (a condition variable is told), nothing reaches beyond loopback, and
//! what goes wrong is said together with what was seen.
#![expect(clippy::expect_used, reason = "test code: a failure here is a failed test, with its words")]

pub mod check;
pub mod http;
pub mod ollama;
pub mod provider;
pub mod pty;
pub mod witness;
