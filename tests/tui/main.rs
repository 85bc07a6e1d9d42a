//! Tests of the front end: its screens, its commands, and the whole program in a terminal.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "test code: a failure here is a failed test")]

mod attach;
mod availability;
mod background;
mod bullet;
mod choosing;
mod commands;
mod composer;
mod consent;
mod context;
mod conversations;
mod demo;
mod docs;
mod egress;
mod embed;
mod fixtures;
mod hosts;
mod hour;
mod images;
mod json;
mod keys;
mod loading;
mod pane;
mod plain;
mod playbook;
mod playbooks;
mod privacy;
mod program;
mod prompts;
mod rating;
mod route;
mod scan;
mod screens;
mod shell;
mod themes;
mod update;
