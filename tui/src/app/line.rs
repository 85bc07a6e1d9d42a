//! What comes where there is no screen: whole lines, words about the list that was printed last, words about what may leave.
//!
//! What must stay true: a line does what the same words do that are typed into the composer and sent; a yes counts only for the
//! version that was said, and only once the question has stood for a while; every other word is a no.

use super::conversations::Doing;
use super::playbook::Inside;
use super::{App, Overlay};
use crate::composer::{Composer, clean_paste};
use crate::keymap::{Action, Edit};
use conductor::domain::{Digest, Prompt, RequestId, Scope};
use conductor::protocol::ConsentCommand;
use std::time::Instant;

/// What a line says of the list that lies in front.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pick {
    /// It is not wanted any more.
    Close,
    /// This row is taken, the first is 0.
    Take(usize),
    /// What a letter does there, to a row where it is for one.
    Letter(Option<usize>, char),
    /// What an action does there, to a row where it is for one.
    Act(Option<usize>, Action),
    /// The words that were asked for.
    Words(String),
}

/// A typed word about what may leave the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Yes, this once.
    Once,
    /// Yes, for this conversation.
    Conversation,
    /// No.
    No,
    /// No, and it is not asked again.
    Never,
    /// The other version, with or without the secrets.
    Other,
}

impl App {
    /// A line that was typed and sent.
    pub(super) fn line(&mut self, text: &str, now: Instant) {
        // Nothing but an answer is heard meanwhile.
        if self.is_asking() {
            return;
        }
        self.look_again(now);
        (self.armed, self.toast, self.overlay) = (None, None, None);
        self.composer.load_words(&Prompt::typed(clean_paste(text)));
        self.popup = None;
        self.accept(now);
        // What was refused was said, and stands above: nothing of it may go with the next line.
        if self.composer.has_words() {
            self.composer.take_words();
        }
    }

    /// Whether a question has to wait: for an answer, a summary, or a file that is read for it.
    pub(crate) fn is_busy(&self) -> bool {
        self.room.turn.is_some() || self.room.compacting.is_some() || !self.reading.is_empty()
    }

    /// Whether something goes on that ends by itself, in this conversation or behind it.
    pub(crate) fn is_at_work(&self) -> bool {
        self.is_busy() || !self.behind.is_empty() || self.pull.is_some() || self.moving.is_some() || self.is_asking()
    }

    /// The numbers of the conversation on the screen and of those behind it.
    pub(crate) fn rooms(&self) -> Vec<u64> {
        std::iter::once(&self.room).chain(&self.behind).map(|room| room.number).collect()
    }

    /// Whether the core is gone.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed
    }

    /// Ctrl+C. What lies in front is left; a question for consent is a no.
    pub(super) fn interrupt_line(&mut self, now: Instant) {
        match self.asked.front().map(|asked| asked.request.id) {
            Some(id) => self.reply_to_question(ConsentCommand::Deny { id, never: false }, now),
            None if self.room.turn.is_none() && self.room.compacting.is_none() && self.cancel_pull() => {
                self.say("stopping", now);
            }
            None => self.interrupt(now),
        }
    }

    /// A word about the question for consent. A yes to another version than the one that would go is none.
    pub(super) fn answered(&mut self, id: RequestId, digest: Digest, answer: Answer, now: Instant) {
        self.consent_tick(now);
        let Some(asked) = self.asked().filter(|asked| asked.request.id == id) else { return };
        let yes = |scope| ConsentCommand::Grant { id, digest, scope };
        let listens = asked.listening && asked.digest() == digest;
        let answer = match answer {
            Answer::Other => return asked.toggle(),
            Answer::No => ConsentCommand::Deny { id, never: false },
            Answer::Never => ConsentCommand::Deny { id, never: true },
            Answer::Once if listens => yes(Scope::Once),
            Answer::Conversation if listens && asked.may_be_for_conversation() => yes(Scope::Conversation),
            Answer::Once | Answer::Conversation => ConsentCommand::Deny { id, never: false },
        };
        self.reply_to_question(answer, now);
    }

    /// Whether a line that comes now can be meant for the question for consent.
    pub(crate) fn hears_answers(&self) -> bool {
        self.asked.front().is_some_and(|asked| asked.listening)
    }

    /// The question for consent that is open.
    pub(crate) fn question(&self) -> Option<&super::Asked> {
        self.asked.front()
    }

    /// What a line says of the list that lies in front.
    pub(super) fn pick(&mut self, pick: Pick, now: Instant) {
        self.touch();
        match pick {
            Pick::Close => self.close_list(now),
            Pick::Take(row) => {
                if self.mark(Some(row)) {
                    self.take(now);
                }
            }
            Pick::Letter(row, letter) => {
                if self.mark(row) {
                    self.overlay_edit(Edit::Insert(letter));
                }
            }
            Pick::Act(row, action) => {
                if self.mark(row) {
                    match self.overlay {
                        Some(Overlay::Messages(_)) => self.do_to_message(action, now),
                        _ => self.pane_key(action),
                    }
                }
            }
            Pick::Words(words) => self.write_there(&words, now),
        }
        self.ask_for_pane();
    }

    /// Leaves what was asked for in the list, else the list; where none is there, a question that was to be changed.
    fn close_list(&mut self, now: Instant) {
        if self.overlay.is_none() {
            if self.stop_changing() {
                self.say("the question is as it was", now);
            }
        } else if !self.close_inside() && !self.close_ledger_row() {
            self.overlay = None;
        }
    }

    /// Takes the marked row: of the answers that stand it is taken back.
    fn take(&mut self, now: Instant) {
        match &self.overlay {
            Some(Overlay::Consent(_)) => self.overlay_edit(Edit::Insert('r')),
            _ => self.overlay_accept(now),
        }
    }

    /// Marks a row; false where there is none of this number.
    fn mark(&mut self, row: Option<usize>) -> bool {
        let Some(row) = row else { return true };
        let (models, grants) = (self.models_that_fit().len(), self.privacy.grants.len());
        let said = self.room.said.len();
        let (selected, count) = match &mut self.overlay {
            Some(Overlay::Models(picker)) => (&mut picker.selected, models),
            Some(Overlay::Messages(list)) => (&mut list.selected, said),
            Some(Overlay::Consent(list)) => (&mut list.selected, grants),
            Some(Overlay::Conversations(pane)) => {
                let count = pane.len();
                (&mut pane.selected, count)
            }
            Some(Overlay::Playbook(page)) => {
                let count = page.len();
                page.go_back();
                (&mut page.selected, count)
            }
            Some(Overlay::Ledger) => {
                let count = self.ledger.len();
                self.ledger.open = None;
                (&mut self.ledger.selected, count)
            }
            _ => return false,
        };
        if row < count {
            *selected = row;
        }
        row < count
    }

    /// The words that were asked for: a title, a line of advice, the form of a file.
    fn write_there(&mut self, words: &str, now: Instant) {
        let fill = |composer: &mut Composer| composer.load_words(&Prompt::typed(words));
        match &mut self.overlay {
            Some(Overlay::Conversations(pane)) => match &mut pane.doing {
                Doing::Name(naming) => {
                    fill(&mut naming.words);
                    self.naming_key(Action::Accept);
                }
                Doing::Format(..) => {
                    if let Some(letter) = words.chars().next() {
                        self.pane_edit(Edit::Insert(letter));
                    }
                }
                Doing::List => {}
            },
            Some(Overlay::Playbook(page)) => {
                if let Inside::Edit(draft) = &mut page.inside {
                    fill(&mut draft.words);
                    self.overlay_key(Action::Accept, now);
                }
            }
            _ => {}
        }
    }
}
