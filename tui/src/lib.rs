//! skeleton

pub mod sanitise;
pub mod transcript;
