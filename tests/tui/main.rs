//! Tests of the front end: its screens, its commands, and the whole program in a terminal.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "test code: a failure here is a failed test")]

mod commands;
mod docs;
mod fixtures;
mod program;
mod screens;
mod update;
