//! The palette: every action and every command of the chat, found by a few letters, and run or put into the composer.
//!
//! What must stay true: what is chosen does what its key or its typed command does; a draft that gives way stays among the earlier
//! questions.

use super::{App, Overlay};
use crate::fuzzy;
use crate::keymap::{ACTIONS, Action, Keymap};
use crate::sanitise::clean_line;
use crate::slash::{self, COMMANDS, Parsed};
use conductor::domain::Prompt;
use std::time::Instant;

/// The palette as it is open.
#[derive(Debug, Default)]
pub struct Palette {
    /// What is typed to find something.
    pub(crate) filter: String,
    /// The row that is marked, of those that fit.
    pub(crate) selected: usize,
}

impl Palette {
    pub(super) fn paste(&mut self, text: &str) {
        self.filter.push_str(&clean_line(text.lines().next().unwrap_or_default()));
        self.selected = 0;
    }
}

/// What a row does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Does {
    /// An action.
    Action(Action),
    /// A command, by its name; `whole` where nothing has to follow it.
    Command { name: &'static str, whole: bool },
}

/// A row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Item {
    /// The command or the name of the action.
    pub(crate) name: String,
    /// Its keys; empty where it has none.
    pub(crate) keys: String,
    /// What it does.
    pub(crate) about: &'static str,
    /// The same, for the program.
    pub(crate) does: Does,
}

/// What has a meaning in a list alone.
const OF_LISTS: [Action; 11] = [
    Action::Choose,
    Action::Close,
    Action::Palette,
    Action::Rename,
    Action::DeleteConversation,
    Action::Restore,
    Action::ShowDeleted,
    Action::Export,
    Action::OtherVersion,
    Action::PlaybookBefore,
    Action::PlaybookAfter,
];

/// All rows: the commands first.
fn all(keymap: &Keymap) -> Vec<Item> {
    let command = |row: &slash::Row| Item {
        name: format!("/{} {}", row.name, row.arguments).trim_end().to_owned(),
        keys: String::new(),
        about: row.about,
        does: Does::Command { name: row.name, whole: row.arguments.is_empty() },
    };
    let actions = ACTIONS.iter().filter(|row| !OF_LISTS.contains(&row.action)).map(|row| Item {
        name: row.name.to_owned(),
        keys: if row.action == Action::Interrupt {
            "Ctrl+C".to_owned()
        } else {
            keymap.shortest(row.action).map(ToString::to_string).unwrap_or_default()
        },
        about: if row.action == Action::Help { "the keys and commands" } else { row.about },
        does: Does::Action(row.action),
    });
    COMMANDS.iter().map(command).chain(actions).collect()
}

impl App {
    pub(super) fn open_palette(&mut self) {
        self.popup = None;
        self.overlay = Some(Overlay::Palette(Palette::default()));
    }

    /// The keys that do `action`, as they are shown; none where there is no screen.
    pub(crate) fn key_of(&self, action: Action) -> Option<String> {
        if self.settings.plain {
            return None;
        }
        self.settings.keymap.shortest(action).map(ToString::to_string)
    }

    /// The rows that fit what is typed.
    pub(crate) fn palette(&self) -> Vec<Item> {
        let mut rows = all(&self.settings.keymap);
        if let Some(Overlay::Palette(palette)) = &self.overlay {
            fuzzy::sort(&mut rows, &palette.filter, |item| format!("{} {}", item.name, item.about));
        }
        rows
    }

    /// Does what the marked row says.
    pub(super) fn palette_accept(&mut self, now: Instant) {
        let Some(Overlay::Palette(palette)) = &self.overlay else { return };
        let Some(item) = self.palette().get(palette.selected).cloned() else { return };
        self.overlay = None;
        match item.does {
            Does::Action(action) => self.act(action, now),
            Does::Command { name, whole: true } => {
                if let Parsed::Command(command) = slash::parse(&format!("/{name}")) {
                    self.run(command, now);
                }
            }
            Does::Command { name, whole: false } => {
                if self.composer.has_words() {
                    self.composer.take_words();
                    self.say("Up brings your draft back", now);
                }
                self.composer.load_words(&Prompt::typed(format!("/{name} ")));
                self.reopen_popup();
            }
        }
        self.touch();
    }
}
