//! x
mod atom;
pub mod wrap;
