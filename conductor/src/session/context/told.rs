//! Messages as a model is shown them.
//!
//! What must stay true: which those are, and what they cost, is known without a copy of their words: a conversation may be much longer
//! than any window.

use super::{Density, PER_IMAGE, PER_MESSAGE};
use crate::backend::ChatMessage;
use crate::domain::{Candidate, Message, MessageId, Origin, Prompt, Role, Signature, Status, estimate_tokens};
use std::borrow::Cow;

/// A message that a model may be shown.
pub(super) struct Seen<'a> {
    message: &'a Message,
    /// Its number, where whoever is asked has not had it before.
    unknown: Option<MessageId>,
}

/// What a model is shown of the history: not the guide's answers, which no model gave, and nothing of turns that came to
/// nothing, neither question nor answer.
pub(super) fn seen<'a>(history: &'a [Message], to: Option<&Candidate>) -> Vec<Seen<'a>> {
    let mut all: Vec<Seen<'_>> = Vec::with_capacity(history.len());
    for message in history {
        let by_guide = message.signature.as_ref().is_some_and(Signature::is_guide);
        let nothing = message.role == Role::Assistant && message.text.trim().is_empty();
        if by_guide || nothing || matches!(message.status, Status::Failed(_)) {
            all.pop_if(|last| last.role() == Role::User);
        } else {
            // A question and its answer were sent to whoever signed the answer.
            let theirs = |by: &Signature| to.is_some_and(|to| by.backend == to.backend && by.location == to.location);
            // What a file says of who has had it is a stranger's word.
            let known = !message.imported && message.signature.as_ref().is_some_and(theirs);
            if let Some(question) = all.last_mut().filter(|last| known && last.role() == Role::User) {
                question.unknown = None;
            }
            all.push(Seen { message, unknown: (!known).then_some(message.id) });
        }
    }
    all
}

impl Seen<'_> {
    pub(super) fn role(&self) -> Role {
        self.message.role
    }

    /// Tokens of it.
    pub(super) fn cost(&self, vision: bool, density: Density) -> usize {
        let words = match self.message.role {
            Role::User => Cow::Owned(self.message.prompt.text()),
            Role::Assistant => Cow::Borrowed(&*self.message.text),
        };
        cost(&words, if vision { self.message.prompt.images().count() } else { 0 }, density)
    }

    pub(super) fn told(&self) -> Told {
        let Message { id, role, prompt, .. } = self.message;
        Told { unknown: self.unknown, id: Some(*id), ..Told::of(*role, self.message.content(), prompt) }
    }
}

/// A message as a model is shown it, and how many files are in its words.
pub(super) struct Told {
    pub(super) message: ChatMessage,
    pub(super) files: usize,
    /// Tokens of them, estimated.
    pub(super) of_files: usize,
    /// Its number, where whoever is asked has not had it before.
    pub(super) unknown: Option<MessageId>,
    /// Its number; none for a question that is asked now, and for a summary.
    pub(super) id: Option<MessageId>,
}

impl Told {
    /// One that is asked now.
    pub(super) fn question(prompt: &Prompt) -> Self {
        Self::of(Role::User, prompt.text(), prompt)
    }

    /// One with no files.
    pub(super) fn plain(message: ChatMessage) -> Self {
        Self { message, files: 0, of_files: 0, unknown: None, id: None }
    }

    fn of(role: Role, content: String, prompt: &Prompt) -> Self {
        let files = prompt.spans.iter().filter(|span| span.origin == Origin::File);
        let of_files = files.map(|span| estimate_tokens(&span.text)).sum();
        let message = ChatMessage { role, content, images: prompt.images().cloned().collect() };
        Self { files: prompt.files(), of_files, ..Self::plain(message) }
    }

    /// Tokens of its pictures.
    pub(super) fn of_images(&self, vision: bool) -> usize {
        if vision { self.message.images.len() * PER_IMAGE } else { 0 }
    }

    /// Tokens of it.
    pub(super) fn cost(&self, vision: bool, density: Density) -> usize {
        cost(&self.message.content, if vision { self.message.images.len() } else { 0 }, density)
    }
}

fn cost(words: &str, images: usize, density: Density) -> usize {
    density.tokens(words) + images * PER_IMAGE + PER_MESSAGE
}
