//! The front end of Segno: the screen, the keys, and what a terminal is shown.
//!
//! What must stay true: it sees of the core only the conductor's door, `domain`, `config` and `protocol`; all state is in
//! [`app::App`], which does no input and no output; every text from elsewhere is cleaned by [`sanitise`] before it is shown.

pub mod app;
pub mod completion;
pub mod composer;
pub mod frames;
pub mod keymap;
pub mod msg;
pub mod run;
pub mod sanitise;
pub mod slash;
pub mod terminal;
pub mod transcript;
pub mod view;
pub mod welcome;
pub mod words;
