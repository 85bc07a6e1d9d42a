//! Deleting conversations, and bringing them back.
//!
//! What must stay true: how what was deleted comes back is said where it is deleted.

use super::super::App;
use crate::keymap::{Action, Mode};
use crate::sanitise::clean_line;
use conductor::domain::ConversationSummary;
use conductor::protocol::{Command, ConversationCommand};
use std::time::Instant;

impl App {
    /// One was deleted.
    pub(in crate::app) fn deleted(&mut self, summary: &ConversationSummary, now: Instant) {
        self.shelf.deleted.retain(|id| *id != summary.id);
        self.shelf.deleted.push(summary.id);
        let keys = self.settings.keymap.keys_of(Mode::Conversations, Action::Restore).next().map(ToString::to_string);
        let back = keys.filter(|_| self.pane().is_some()).unwrap_or_else(|| "/undelete".to_owned());
        self.say_there(format!("deleted: {}; {back} brings it back", clean_line(&summary.title)), now);
        self.conversations_changed();
    }

    /// One was brought back; it is opened where that was wanted.
    pub(in crate::app) fn restored(&mut self, summary: &ConversationSummary, now: Instant) {
        self.shelf.deleted.retain(|id| *id != summary.id);
        self.say_there(format!("restored: {}", clean_line(&summary.title)), now);
        if self.shelf.undeleting.take_if(|id| *id == summary.id).is_some() {
            self.send(Command::Conversation(ConversationCommand::Resume(summary.id)));
        }
        self.conversations_changed();
    }

    /// `/delete`: the open conversation.
    pub(in crate::app) fn delete_open(&mut self, now: Instant) {
        match self.room.conversation.as_ref().map(|conversation| conversation.id) {
            _ if self.room.turn.is_some() => self.busy(now),
            Some(id) => self.send(Command::Conversation(ConversationCommand::Delete(id))),
            None => self.say("nothing of this conversation is stored yet", now),
        }
    }

    /// `/undelete`: what was deleted last in this run.
    pub(in crate::app) fn undelete(&mut self, now: Instant) {
        match self.shelf.deleted.last().copied() {
            Some(id) => {
                self.shelf.undeleting = Some(id);
                self.send(Command::Conversation(ConversationCommand::Restore(id)));
            }
            None => self.say("nothing was deleted in this run: /resume shows what was before", now),
        }
    }
}
