//! The commands without a screen: one file each. All go through the same conductor as the chat.

pub mod ask;
pub mod config;
pub mod doctor;
pub mod models;
pub mod pull;

mod console;
mod listen;

pub use console::{Console, Exit, complain, complain_whole};
