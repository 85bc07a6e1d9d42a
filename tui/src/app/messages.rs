//! The messages of the conversation, the newest first, for where there is no screen on which one could be marked.
//!
//! What must stay true: what is done to a message here is what is done to a marked one there.

use super::said::Said;
use super::{App, Overlay};
use crate::keymap::Action;
use crate::transcript::Chosen;
use conductor::domain::{Rating, Role};
use std::time::Instant;

/// The list of them.
#[derive(Debug, Default)]
pub struct Messages {
    /// The row that is meant.
    pub(super) selected: usize,
    /// The row that is read whole.
    pub(super) open: Option<usize>,
}

/// A message as a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Row<'a> {
    pub(crate) role: Role,
    /// Its text; empty where nothing came.
    pub(crate) text: &'a str,
    /// Which version it is, from 1, of how many; nothing where it is the only one.
    pub(crate) version: Option<(usize, usize)>,
}

impl App {
    /// Marks the last message; where there is no screen, lists them.
    pub(super) fn open_messages(&mut self, now: Instant) {
        if self.room.said.is_empty() {
            return self.say("nothing was said here yet", now);
        }
        if self.settings.plain {
            self.overlay = Some(Overlay::Messages(Messages::default()));
        } else {
            self.choose_nothing();
            self.choose_before();
        }
    }

    /// The messages, the newest first.
    pub(crate) fn message_rows(&self) -> impl ExactSizeIterator<Item = Row<'_>> {
        self.room.said.iter().rev().map(|said| self.message_row(said))
    }

    fn message_row(&self, said: &Said) -> Row<'_> {
        let text = said.block.and_then(|block| self.room.transcript.look(block)).map_or("", |(_, text)| text.text);
        let count = said.versions.ids.len();
        Row { role: said.role, text, version: (count > 0).then(|| (said.versions.at + 1, count)) }
    }

    /// Whether there are other versions of the message that is chosen.
    pub(crate) fn chosen_has_versions(&self) -> bool {
        let Some(chosen) = self.room.transcript.chosen() else { return false };
        self.room.said.iter().any(|said| said.block == Some(chosen.block) && !said.versions.is_empty())
    }

    /// The row that is read whole.
    pub(crate) fn read_row(&self) -> Option<usize> {
        match &self.overlay {
            Some(Overlay::Messages(list)) => list.open,
            _ => None,
        }
    }

    /// Reads the marked message whole.
    pub(super) fn read_message(&mut self) {
        if let Some(Overlay::Messages(list)) = &mut self.overlay {
            list.open = Some(list.selected);
        }
    }

    /// Does to the marked message what keys do to one that is marked on a screen. What changes nothing leaves the list in front.
    pub(super) fn do_to_message(&mut self, action: Action, now: Instant) {
        let Some(Overlay::Messages(list)) = self.overlay.take() else { return };
        let stays = matches!(action, Action::CopyChosen | Action::Rate { .. });
        let said = self.room.said.iter().rev().nth(list.selected);
        let Some(block) = said.and_then(|said| said.block) else {
            self.overlay = Some(Overlay::Messages(list));
            return self.say("nothing came there", now);
        };
        self.room.transcript.choose(Some(Chosen { block, code: None }));
        match action {
            Action::CopyChosen => self.copy_chosen(now),
            Action::AskAgain => self.ask_chosen_again(now),
            Action::Change => self.change_chosen(now),
            Action::ForkHere => self.fork_chosen(now),
            Action::Rate { good } => self.rate_chosen(if good { Rating::Good } else { Rating::bad("") }, now),
            Action::VersionBefore => self.show_version(-1, now),
            Action::VersionAfter => self.show_version(1, now),
            _ => {}
        }
        self.choose_nothing();
        if stays {
            self.overlay = Some(Overlay::Messages(list));
        }
    }
}
