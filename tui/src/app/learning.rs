//! How learning stands, and switching it.
//!
//! What must stay true: the conductor has the last word; what it is at is said where it was asked for, and shown while it lasts.

use super::App;
use crate::msg::Effect;
use crate::slash::Learn;
use crate::words::learning::{standing, switched};
use conductor::domain::Learning;
use conductor::protocol::{Command, PlaybookCommand, Query};
use std::time::Instant;

impl App {
    pub(super) fn learn(&mut self, learn: Learn) {
        match learn {
            Learn::Status => self.effect(Effect::Query(Query::Learning)),
            Learn::Switch(on) => {
                self.switching_learning = true;
                self.send(Command::Playbook(PlaybookCommand::Learn(on)));
            }
            Learn::Now => self.send(Command::Playbook(PlaybookCommand::LearnNow)),
        }
    }

    /// Something is being learnt just now.
    pub(crate) fn is_learning(&self) -> bool {
        self.learning.at_work
    }

    pub(super) fn learning_event(&mut self, learning: Learning, now: Instant) {
        if std::mem::take(&mut self.switching_learning) {
            self.say(switched(&learning), now);
        }
        self.learning = learning;
    }

    pub(super) fn learning_reply(&mut self, learning: Learning) {
        self.notice(&standing(&learning));
        self.learning = learning;
    }
}
