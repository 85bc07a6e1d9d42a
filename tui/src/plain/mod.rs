//! The chat in plain lines: for screen readers, for terminals that can do nothing, and for those that write down what they show.
//!
//! What it owns: lines that come in, and lines that go out. The application is the same as behind the screen, and so is each command:
//! `say` tells what is new in it, `list` prints what would lie in front, `consent` asks in words, `input` makes messages of lines.
//!
//! What must stay true: only lines are added; nothing is drawn, moved or coloured, and no byte that a terminal obeys goes out but the
//! end of a line and a tab.

mod consent;
mod input;
mod list;
mod paper;
mod reader;
mod run;
mod say;
mod stream;
mod words;

pub(crate) use run::run;

use crate::app::{Notify, Screen, Settings};

/// The settings of a chat in lines: nothing is asked of the terminal.
pub(crate) fn settings(settings: Settings) -> Settings {
    let screen = Screen { ascii: true, links: false, animations: false, title: false, notify: Notify::Off, ..settings.screen };
    Settings { screen, mouse: false, vim: false, plain: true, ..settings }
}
