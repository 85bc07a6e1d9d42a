//! Tests of the core, of the fakes it is tested with, and of the shape of the whole.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "test code: a failure here is a failed test")]

mod compile_fail;
mod consent;
mod crash;
mod dispatch;
mod fake_ollama;
mod fake_providers;
mod layers;
mod loom;
mod session;
mod socket;
