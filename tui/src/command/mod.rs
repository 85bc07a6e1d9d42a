//! The commands without a screen: one file each. All go through the same conductor as the chat.

pub mod ask;
pub mod completions;
pub mod config;
pub mod doctor;
pub mod embed;
pub mod history;
pub mod image;
pub mod json;
pub mod keys;
pub mod ledger;
pub mod models;
pub mod playbook;
pub mod pull;
pub mod route;
pub mod scan;

mod consent;
mod console;
mod edit;
mod listen;
mod themes;

use console::prompt;
pub use console::{Console, Exit, complain, complain_whole};
