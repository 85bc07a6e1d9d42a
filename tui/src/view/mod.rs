//! What is drawn, one file a region of the screen.

pub mod theme;
pub mod transcript;
