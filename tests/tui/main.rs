//! x
mod commands;
