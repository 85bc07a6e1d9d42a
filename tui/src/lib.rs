//! skeleton

pub mod sanitise;
pub mod transcript;
pub mod view;
