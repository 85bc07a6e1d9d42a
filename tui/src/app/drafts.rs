//! Drafts, one for each conversation: kept while one writes, and put back when the conversation is opened again.
//!
//! What must stay true: nothing that was typed is lost; a draft stays with the conversation that it was written in; with nothing
//! changed there is no timer and no command.

use super::App;
use crate::composer::stored;
use crate::msg::Effect;
use conductor::domain::ConversationId;
use conductor::protocol::{Command, ConversationCommand, LONGEST_DRAFT, Query};
use std::time::{Duration, Instant};

/// A draft that is being written is stored as often.
const EVERY: Duration = Duration::from_secs(1);

/// What is known of the drafts in the store.
#[derive(Debug, Default)]
pub(super) struct Drafts {
    /// The conversation whose draft stands in the composer; `None` is the one that is not begun yet.
    of: Option<ConversationId>,
    /// What is stored of it.
    kept: String,
    /// The draft as it was when it was looked at last.
    seen: u64,
    /// When it is stored next.
    due: Option<Instant>,
    /// The one that is being read.
    asked: Option<Option<ConversationId>>,
    /// The user is leaving the conversation, with this draft.
    leaving: Option<String>,
    /// It was too long to be stored, and it was said.
    told: bool,
}

impl App {
    /// Asks for what is needed before the first key.
    pub fn begin(&mut self) -> Vec<Effect> {
        self.ask_draft();
        if self.composer.vim_mode().is_some() {
            self.effect(Effect::Block(false));
        }
        std::mem::take(&mut self.effects)
    }

    /// Stores the draft at once, before the program ends.
    pub fn leave(&mut self) -> Vec<Effect> {
        if !self.settings.plain {
            self.keep_draft();
        }
        std::mem::take(&mut self.effects)
    }

    /// When the draft is to be stored.
    pub(super) fn draft_wake(&self) -> Option<Instant> {
        self.drafts.due
    }

    /// Sees whether the draft has changed: one that was sent or cleared is forgotten at once, any other is stored a little later.
    pub(super) fn look_at_draft(&mut self, now: Instant) {
        let changed = self.drafts.seen != self.composer.changes();
        let begun = self.drafts.of.is_none() && self.conversation_id().is_some();
        self.drafts.seen = self.composer.changes();
        let (kept, has_words) = (!self.drafts.kept.is_empty(), self.composer.has_words());
        if !kept && !has_words {
            self.drafts.due = None;
        } else if (changed || begun) && !has_words {
            self.keep_draft();
        } else if changed || begun && kept {
            self.drafts.due.get_or_insert(now + EVERY);
        }
        // While the user is asked nothing urges.
        if self.drafts.due.is_some() && !self.asked.is_empty() {
            self.keep_draft();
        }
        // The shell may keep us for ever.
        if self.effects.contains(&Effect::Suspend) {
            self.keep_draft();
        }
    }

    pub(super) fn draft_tick(&mut self, now: Instant) {
        if self.drafts.due.is_some_and(|due| due <= now) {
            self.keep_draft();
        }
    }

    fn conversation_id(&self) -> Option<ConversationId> {
        self.room.conversation.as_ref().map(|conversation| conversation.id)
    }

    /// Stores the draft, if what is stored is another.
    fn keep_draft(&mut self) {
        self.drafts.due = None;
        let of = self.conversation_id();
        if self.drafts.of != of {
            // The conversation was begun while the next question was being written.
            self.put_draft(String::new());
            self.drafts.of = of;
        }
        let text = stored::write(&self.composer.words());
        if text.len() <= LONGEST_DRAFT {
            self.drafts.told = false;
            self.put_draft(text);
        } else if !std::mem::replace(&mut self.drafts.told, true) {
            // The conductor says that it is too long.
            self.send_draft(text);
        }
    }

    fn put_draft(&mut self, text: String) {
        if self.drafts.kept != text {
            self.drafts.kept.clone_from(&text);
            self.send_draft(text);
        }
    }

    fn send_draft(&mut self, text: String) {
        let conversation = self.drafts.of;
        self.effect(Effect::Send(Command::Conversation(ConversationCommand::Draft { conversation, text })));
    }

    /// A command is sent: where it leads to another conversation, the draft as it is now stays with this one. Going on in a copy, it
    /// goes along.
    pub(super) fn may_leave(&mut self, command: &Command) {
        use ConversationCommand::{Fork, New, Resume, ResumeLast};
        match command {
            _ if self.settings.plain => {}
            Command::Conversation(New | Resume(_) | ResumeLast) => {
                self.drafts.leaving = Some(stored::write(&self.composer.words()))
            }
            Command::Conversation(Fork { .. }) => self.drafts.leaving = Some(String::new()),
            _ => {}
        }
    }

    /// The words of the command are no draft.
    pub(super) fn command_taken(&mut self) {
        if self.drafts.leaving.is_some() {
            self.drafts.leaving = Some(String::new());
        }
    }

    /// Another conversation is about to be shown, or the same one anew. What was typed since that was asked for goes along.
    pub(super) fn leave_draft_for(&mut self, next: Option<ConversationId>) {
        if self.settings.plain {
            return;
        }
        let left = self.drafts.leaving.take();
        if next.is_some() && next == self.conversation_id() {
            return;
        }
        let base = left.unwrap_or_else(|| self.drafts.kept.clone());
        let goes_along = base.is_empty() && self.composer.has_words();
        if goes_along {
            self.drafts.due = None;
            self.put_draft(String::new());
        } else {
            self.keep_draft();
            if self.drafts.told {
                // It is not stored: it stays among the earlier questions.
                self.composer.take_words();
            } else if self.composer.has_words() {
                self.composer.load_words(&conductor::domain::Prompt::default());
            }
        }
        self.drafts.of = next;
        self.drafts.kept.clear();
        self.drafts.told = false;
        self.drafts.seen = if goes_along { self.drafts.seen.wrapping_sub(1) } else { self.composer.changes() };
    }

    /// Asks for the draft of the conversation that is shown now.
    pub(super) fn ask_draft(&mut self) {
        if self.settings.plain {
            return;
        }
        // One after the other: a reply does not say whose draft it is.
        if self.drafts.asked.is_none() {
            self.drafts.asked = Some(self.drafts.of);
            self.effect(Effect::Query(Query::Draft(self.drafts.of)));
        }
    }

    /// Puts a draft back, unless something was typed meanwhile: then Up has it.
    pub(super) fn draft_reply(&mut self, text: Option<String>) {
        let Some(asked) = self.drafts.asked.take() else { return };
        if asked != self.drafts.of {
            return self.ask_draft();
        }
        let Some(text) = text else { return };
        let prompt = stored::read(&text);
        if self.composer.has_words() {
            return self.composer.remember(prompt);
        }
        self.composer.load_words(&prompt);
        self.drafts.kept = text;
        self.drafts.seen = self.composer.changes();
    }

    /// A question was not answered, maybe this one.
    pub(super) fn draft_failed(&mut self) {
        self.drafts.asked = None;
    }
}
