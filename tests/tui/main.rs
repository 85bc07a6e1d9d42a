//! Tests of the front end: its screens, its commands, and the whole program in a terminal.

mod commands;
mod program;
mod screens;
