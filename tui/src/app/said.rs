//! The messages of the conversation that is shown, each with its number and the place where it stands.
//!
//! What must stay true: they are in the order of the conversation; one has no number until it is stored, and no place until
//! something of it came.

use super::App;
use super::rating::Sign;
use crate::transcript::{BlockId, BlockKind};
use conductor::domain::{Message, MessageId, Prompt, Role, Versions};
use conductor::protocol::ConversationEvent;

/// A message on the screen.
#[derive(Debug, Clone)]
pub(super) struct Said {
    pub(super) role: Role,
    /// Its number, once it is stored.
    pub(super) id: Option<MessageId>,
    pub(super) versions: Versions,
    /// Where it stands; an answer of which nothing came stands nowhere.
    pub(super) block: Option<BlockId>,
    /// What was asked.
    pub(super) prompt: Prompt,
    /// Where it can be said, above a question, that models do not see what was before.
    pub(super) mark: Option<BlockId>,
    /// What stands below it, where it is an answer.
    pub(super) sign: Option<Sign>,
}

impl App {
    /// The question of the turn, and its answer, have their numbers.
    pub(super) fn begun(&mut self, event: &ConversationEvent) {
        let ConversationEvent::Begun { question, answer, .. } = event else { return };
        if let Some(said) = self.room.said.iter_mut().rev().find(|said| said.role == Role::User) {
            (said.id, said.versions) = (Some(question.id), question.versions.clone());
        }
        let said = self.answer_to_come();
        (said.id, said.versions) = (Some(answer.id), answer.versions.clone());
    }

    /// The answer to the last question. Its first words may be here before its number: what is quick does not wait for the database.
    fn answer_to_come(&mut self) -> &mut Said {
        let said = &mut self.room.said;
        let is_missing = said.last().is_none_or(|said| said.role == Role::User || said.id.is_some());
        if is_missing {
            said.push(Said {
                role: Role::Assistant,
                id: None,
                versions: Versions::default(),
                block: None,
                prompt: Prompt::default(),
                mark: None,
                sign: None,
            });
        }
        let last = said.len() - 1;
        &mut said[last]
    }

    /// The answer that is coming stands here.
    pub(super) fn stands(&mut self, block: BlockId) {
        let is_there = self.room.said.last().is_some_and(|said| said.role == Role::Assistant);
        let said = if is_there { self.room.said.last_mut() } else { Some(self.answer_to_come()) };
        if let Some(said) = said.filter(|said| said.block.is_none()) {
            said.block = Some(block);
        }
    }

    /// A question that was just asked.
    pub(super) fn asked_now(&mut self, (block, mark): (BlockId, BlockId), prompt: &Prompt) {
        self.room.said.push(Said {
            role: Role::User,
            id: None,
            versions: Versions::default(),
            block: Some(block),
            prompt: prompt.clone(),
            mark: Some(mark),
            sign: None,
        });
    }

    /// Takes the messages from `at` on, and all that stands behind the one before them, off the screen.
    pub(super) fn drop_after(&mut self, at: usize) {
        let before = at.checked_sub(1).and_then(|at| self.room.said.get(at)).and_then(|said| said.block);
        self.room.transcript.hide_after(before);
        self.room.said.truncate(at);
    }

    /// A message of a conversation that is opened again.
    pub(super) fn stored_said(&mut self, message: &Message, block: Option<BlockId>, mark: Option<BlockId>) {
        self.room.said.push(Said {
            role: message.role,
            id: Some(message.id),
            versions: message.versions.clone(),
            block,
            prompt: message.prompt.clone(),
            mark,
            sign: None,
        });
    }

    /// Which version a message is, where it has others.
    pub(super) fn version_words(versions: &Versions) -> Option<String> {
        (!versions.is_empty()).then(|| format!("version {} of {}", versions.at + 1, versions.ids.len()))
    }

    /// Says in the conversation which version of a question this is.
    pub(super) fn say_version(&mut self, versions: &Versions) {
        if let Some(words) = Self::version_words(versions) {
            self.room.transcript.add(BlockKind::HandOff, &format!("{words} of this question"));
        }
    }
}
