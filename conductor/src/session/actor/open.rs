//! The conversation that is open, and those that were left while an answer was coming in them.
//!
//! What must stay true: what comes of a turn goes to the conversation that it was asked in, wherever that is by then; one in the
//! background is kept only while something goes on in it.

use super::turns::Branch;
use crate::domain::{
    Conversation, ConversationId, ConversationSummary, Domain, Message, MessageId, Override, Rating, Role, Summary,
};
use crate::session::context::{Density, Earlier};
use crate::session::turn::UNSTORED;
use std::sync::Arc;

/// Names a conversation before it has a number, and after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place(u64);

/// A conversation in memory. Not stored until something was asked.
pub(super) struct Open {
    pub(super) place: Place,
    pub(super) summary: Option<ConversationSummary>,
    pub(super) model_override: Option<Override>,
    /// What the user said that its questions are about.
    pub(super) domain: Option<Domain>,
    pub(super) history: Arc<Vec<Message>>,
    pub(super) density: Density,
    /// Its summaries that stand, of all paths.
    pub(super) summaries: Vec<Summary>,
    /// Where it was said that there is little room left.
    pub(super) warned: Option<MessageId>,
}

impl Open {
    pub(super) fn id(&self) -> Option<ConversationId> {
        self.summary.as_ref().map(|s| s.id)
    }

    /// As a front end shows it: without what is still coming.
    pub(super) fn shown(&self) -> Option<Conversation> {
        let summary = self.summary.clone()?;
        Some(Conversation { summary, messages: self.history.clone(), summaries: self.summaries.clone() })
    }

    /// What was said in it, as a model is shown it.
    pub(super) fn earlier(&self) -> Earlier<'_> {
        Earlier::of(&self.history, &self.summaries)
    }

    /// Takes how it is stored now.
    pub(super) fn stored(&mut self, new: ConversationSummary) {
        // What was renamed meanwhile keeps its title.
        let title = self.summary.take().filter(|old| old.id == new.id).map(|old| old.title);
        self.summary = Some(ConversationSummary { title: title.unwrap_or(new.title), ..new });
    }

    /// Takes what a turn brought: its question and what became of it. Gives the message to go back to, where it is a retry that brought
    /// nothing.
    pub(super) fn ended(&mut self, branch: Option<Branch>, messages: Vec<Message>, came: bool) -> Option<MessageId> {
        let history = Arc::make_mut(&mut self.history);
        match branch {
            Some(Branch { edits: false, .. }) if !came => return history.last().map(|last| last.id),
            // The question stands there already, and is as old as it is.
            Some(Branch { at, edits: false }) if history.get(at).is_some_and(|question| question.id != UNSTORED) => {
                history.truncate(at + 1);
                history.extend(messages.into_iter().filter(|message| message.role == Role::Assistant));
            }
            Some(Branch { at, .. }) => {
                history.truncate(at);
                history.extend(messages);
            }
            None => history.extend(messages),
        }
        None
    }

    /// Takes what is stored, where it is the same that is shown.
    pub(super) fn refresh(&mut self, messages: Arc<Vec<Message>>) {
        let ids = |messages: &[Message]| messages.iter().map(|message| message.id).collect::<Vec<_>>();
        if ids(&self.history) == ids(&messages) {
            self.history = messages;
        }
    }

    /// Takes what the user said of an answer; a mere sign says nothing.
    pub(super) fn rated(&mut self, id: MessageId, rating: &Rating) {
        if rating.is_weak() || !self.history.iter().any(|message| message.id == id) {
            return;
        }
        let answer = Arc::make_mut(&mut self.history).iter_mut().find(|message| message.id == id);
        answer.into_iter().for_each(|answer| answer.rating = Some(rating.clone()));
    }
}

/// All conversations in memory.
pub(super) struct Conversations {
    /// The one that the user sees.
    pub(super) open: Open,
    background: Vec<Open>,
    places: u64,
}

impl Conversations {
    pub(super) fn new() -> Self {
        Self { open: blank(0), background: Vec::new(), places: 1 }
    }

    pub(super) fn get(&self, place: Place) -> Option<&Open> {
        std::iter::once(&self.open).chain(&self.background).find(|open| open.place == place)
    }

    pub(super) fn at(&mut self, place: Place) -> Option<&mut Open> {
        std::iter::once(&mut self.open).chain(&mut self.background).find(|open| open.place == place)
    }

    /// The one called `id`, wherever it is.
    pub(super) fn named(&mut self, id: ConversationId) -> Option<&mut Open> {
        std::iter::once(&mut self.open).chain(&mut self.background).find(|open| open.id() == Some(id))
    }

    /// Whether `id` is one of those in the background.
    pub(super) fn has_behind(&self, id: ConversationId) -> bool {
        self.background.iter().any(|open| open.id() == Some(id))
    }

    /// Opens a new one; the one that was open goes on in the background where it is `busy`.
    pub(super) fn begin(&mut self, busy: bool) {
        let new = blank(self.places);
        self.places += 1;
        self.leave_for(new, busy);
    }

    /// Opens one that was read from the database.
    pub(super) fn take(&mut self, conversation: &Conversation, busy: bool) {
        self.begin(busy);
        self.open.model_override.clone_from(&conversation.summary.model_override);
        self.open.domain.clone_from(&conversation.summary.domain);
        self.open.summary = Some(conversation.summary.clone());
        self.open.history = conversation.messages.clone();
        self.open.summaries.clone_from(&conversation.summaries);
    }

    /// Opens the one called `id` that is in the background.
    pub(super) fn come_back(&mut self, id: ConversationId, busy: bool) {
        if let Some(at) = self.background.iter().position(|open| open.id() == Some(id)) {
            let back = self.background.remove(at);
            self.leave_for(back, busy);
        }
    }

    /// Nothing goes on at `place` any more: one in the background ends.
    pub(super) fn rest(&mut self, place: Place) -> Option<Open> {
        let at = self.background.iter().position(|open| open.place == place)?;
        Some(self.background.remove(at))
    }

    fn leave_for(&mut self, next: Open, busy: bool) {
        let left = std::mem::replace(&mut self.open, next);
        if busy {
            self.background.push(left);
        }
    }
}

fn blank(place: u64) -> Open {
    Open {
        place: Place(place),
        summary: None,
        model_override: None,
        domain: None,
        history: Arc::default(),
        density: Density::default(),
        summaries: Vec::new(),
        warned: None,
    }
}
