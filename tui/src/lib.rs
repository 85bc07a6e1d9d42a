//! skeleton

pub mod sanitise;
