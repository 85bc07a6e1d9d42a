//! Tests of the front end.

mod fixtures;
mod screens;
mod update;
