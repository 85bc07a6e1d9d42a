//! Choosing a message or a block of code in the conversation, and what can be done with it: copied, asked anew, changed and asked,
//! forked, and seen in another version.
//!
//! What must stay true: what is chosen is in sight; a command names the message that the mark stands at.

use super::said::Said;
use super::{App, Turn};
use crate::clipboard::Copied;
use crate::msg::Effect;
use crate::transcript::Chosen;
use conductor::domain::{MessageId, ModelId, Role, Versions};
use conductor::protocol::{Command, ConversationCommand, Notice};
use std::time::Instant;

/// What is being changed, to be asked in the place of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Changing {
    pub(crate) at: MessageId,
}

/// What is said when a conversation is shown again because nothing came in the place of what it held.
#[derive(Debug)]
pub(super) struct Again {
    pub(super) notice: Notice,
    /// The question that was to take the place of another still is.
    pub(super) changing: Option<Changing>,
}

impl App {
    /// Whether something is chosen: keys go to it.
    pub(crate) fn is_choosing(&self) -> bool {
        self.has_mark() && !self.room.only_marked
    }

    /// Whether something is chosen, or only marked.
    pub(super) fn has_mark(&self) -> bool {
        self.overlay.is_none() && self.room.transcript.chosen().is_some()
    }

    /// Chooses what stands above; the first time, the last message.
    pub(super) fn choose_before(&mut self) {
        if std::mem::take(&mut self.room.only_marked) && self.has_mark() {
            return self.room.scroll.show_chosen(&mut self.room.transcript);
        }
        if let Some(chosen) = self.room.transcript.before_chosen() {
            self.popup = None;
            self.room.transcript.choose(Some(chosen));
            self.room.scroll.show_chosen(&mut self.room.transcript);
        }
    }

    /// Chooses what stands below; below the last nothing is chosen any more.
    pub(super) fn choose_after(&mut self) {
        let next = self.room.transcript.after_chosen();
        self.room.transcript.choose(next);
        match next {
            Some(_) => self.room.scroll.show_chosen(&mut self.room.transcript),
            None => self.room.scroll.to_bottom(),
        }
    }

    pub(super) fn choose_nothing(&mut self) {
        self.room.only_marked = false;
        self.room.reason_for = None;
        self.room.transcript.choose(None);
    }

    /// The message that is chosen, or that the chosen code is in.
    fn chosen_message(&self) -> Option<&Said> {
        let block = self.room.transcript.chosen()?.block;
        self.room.said.iter().find(|said| said.block == Some(block))
    }

    /// Copies what is chosen.
    pub(super) fn copy_chosen(&mut self, now: Instant) {
        let what = match self.room.transcript.chosen().map(|chosen| chosen.code) {
            Some(Some(_)) => "the code",
            _ => match self.chosen_message().map(|said| said.role) {
                Some(Role::User) => "the question",
                _ => "the answer",
            },
        };
        let chosen = self.room.transcript.chosen();
        match chosen.and_then(|chosen| self.room.transcript.text_of(chosen)) {
            Some(text) => self.copy(what, text),
            None => self.say("there is nothing to copy", now),
        }
    }

    /// Copies the last answer, or a block of code of it: the last, or that of the number.
    pub(super) fn copy_last(&mut self, code: Option<Option<usize>>, now: Instant) {
        let last = self.room.said.iter().rev().filter(|said| said.role == Role::Assistant).find_map(|said| said.block);
        let Some(block) = last else { return self.say("there is no answer to copy yet", now) };
        let count = self.room.transcript.codes_of(block);
        let code = match code {
            None => None,
            Some(_) if count == 0 => return self.say("there is no code in the last answer", now),
            Some(Some(n)) if n == 0 || n > count => {
                let blocks = if count == 1 { "1 block of code".to_owned() } else { format!("{count} blocks of code") };
                return self.say(format!("the last answer has {blocks}"), now);
            }
            Some(n) => Some(n.unwrap_or(count) - 1),
        };
        let text = self.room.transcript.text_of(Chosen { block, code }).unwrap_or_default();
        self.copy(if code.is_some() { "the code" } else { "the answer" }, text);
    }

    fn copy(&mut self, what: &'static str, text: String) {
        self.effect(Effect::Copy { what, text });
    }

    /// What became of a copy.
    pub(super) fn copied(&mut self, what: &str, copied: &Copied, now: Instant) {
        self.say(copied.words(what), now);
    }

    /// Shows thinking whole, or folds it.
    pub(super) fn switch_thinking(&mut self, now: Instant) {
        self.show_thinking(Some(!self.room.transcript.is_unfolded()), now);
    }

    /// Shows thinking whole or folds it, as `unfolded` has it; without a word says which it is.
    pub(super) fn show_thinking(&mut self, unfolded: Option<bool>, now: Instant) {
        let unfolded = unfolded.unwrap_or(self.room.transcript.is_unfolded());
        self.room.transcript.unfold(unfolded);
        self.say(if unfolded { "thinking is shown" } else { "thinking is folded" }, now);
    }

    /// Chooses a message, and brings it into sight; false where it does not stand here.
    pub(super) fn choose_message(&mut self, id: MessageId) -> bool {
        let Some(block) = self.room.said.iter().find(|said| said.id == Some(id)).and_then(|said| said.block) else {
            return false;
        };
        self.room.only_marked = false;
        self.room.transcript.choose(Some(Chosen { block, code: None }));
        self.room.scroll.show_chosen(&mut self.room.transcript);
        true
    }

    /// Asks the question of what is chosen anew.
    pub(super) fn ask_chosen_again(&mut self, now: Instant) {
        if let Some(id) = self.stored(now) {
            self.ask_again_at(Some(id), None, now);
        }
    }

    /// Has a model chosen that is asked the question of what is chosen anew.
    pub(super) fn ask_another_again(&mut self, now: Instant) {
        let Some(id) = self.stored(now) else { return };
        if self.room.turn.is_some() {
            return self.busy(now);
        }
        self.open_models(Some(id));
    }

    /// Asks the question at a message anew, of the last one where none is named: of this model, or of whoever is chosen. False where
    /// that cannot be now.
    pub(super) fn ask_again_at(&mut self, at: Option<MessageId>, model: Option<ModelId>, now: Instant) -> bool {
        if self.room.turn.is_some() {
            self.busy(now);
            return false;
        }
        if self.is_compacting(now) {
            return false;
        }
        let said = &self.room.said;
        let below = at.map_or(said.len(), |id| said.iter().position(|said| said.id == Some(id)).map_or(0, |at| at + 1));
        let Some(question) = said[..below].iter().rposition(|said| said.role == Role::User) else {
            self.say("there is nothing to ask again yet", now);
            return false;
        };
        let id = self.fresh_id();
        // What it was answered stays as another version.
        self.drop_after(question + 1);
        self.choose_nothing();
        self.room.scroll.to_bottom();
        self.room.turn = Some(Turn::again(id, now));
        self.send(Command::Conversation(ConversationCommand::Retry { id, model, at }));
        true
    }

    /// Puts the chosen question into the composer; sent, it is asked in its place.
    pub(super) fn change_chosen(&mut self, now: Instant) {
        let Some(said) = self.chosen_message().cloned() else { return };
        let at = self.room.said.iter().position(|other| other.block == said.block);
        let question = at.and_then(|at| self.room.said[..=at].iter().rev().find(|said| said.role == Role::User)).cloned();
        let Some(Said { id: Some(id), prompt, .. }) = question else { return self.say("it is not stored yet", now) };
        if self.room.turn.is_some() {
            return self.busy(now);
        }
        // What was being written comes back where the question is left as it was.
        self.room.aside = Some(self.composer.take()).filter(|draft| !draft.is_blank());
        self.composer.load(&prompt);
        self.room.changing = Some(Changing { at: id });
        self.choose_nothing();
        self.say("change the question and send it; Esc leaves it as it was", now);
    }

    /// The question is not changed after all; true where one was.
    pub(super) fn stop_changing(&mut self) -> bool {
        if self.room.changing.take().is_none() {
            return false;
        }
        self.composer.take();
        if let Some(draft) = self.room.aside.take() {
            self.composer.load(&draft);
        }
        true
    }

    /// Goes on in a copy that ends with what is chosen.
    pub(super) fn fork_chosen(&mut self, now: Instant) {
        let Some(id) = self.stored(now) else { return };
        self.send(Command::Conversation(ConversationCommand::Fork { at: Some(id) }));
    }

    /// Shows the version before what is chosen, or the one after it.
    pub(super) fn show_version(&mut self, by: isize, now: Instant) {
        let Some(versions) = self.chosen_versions(now) else { return };
        match versions.at.checked_add_signed(by).and_then(|at| versions.ids.get(at)) {
            Some(id) => self.show_message(*id),
            None => self.say(if by < 0 { "this is the first version" } else { "this is the last version" }, now),
        }
    }

    /// The versions of what is chosen; where there is only one, that is said.
    pub(super) fn chosen_versions(&mut self, now: Instant) -> Option<Versions> {
        self.stored(now)?;
        let versions = self.chosen_message()?.versions.clone();
        if versions.is_empty() {
            self.say("there is only this version", now);
            return None;
        }
        Some(versions)
    }

    /// The number of what is chosen.
    fn stored(&mut self, now: Instant) -> Option<MessageId> {
        let id = self.chosen_message()?.id;
        if id.is_none() {
            self.say("it is not stored yet", now);
        }
        id
    }

    /// Nothing came in the place of what was taken off the screen: it is shown again, and below it why.
    pub(super) fn show_again(&mut self, notice: Notice, changing: Option<Changing>) {
        let here = self.room.conversation.as_ref().map(|conversation| conversation.id).filter(|_| !self.is_behind);
        if let Some(conversation) = here {
            self.again = Some(Again { notice, changing });
            self.send(Command::Conversation(ConversationCommand::Resume(conversation)));
        }
    }
}
