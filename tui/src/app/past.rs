//! The search in what was asked before, in whatever conversation.
//!
//! What must stay true: the draft changes only when a question is taken, and then stays among the earlier ones; what is taken comes
//! whole, with what was pasted and attached.

use super::conversations::trouble;
use super::overlay::edit_filter;
use super::{App, Overlay};
use crate::fuzzy;
use crate::keymap::Edit;
use crate::msg::Effect;
use crate::sanitise::clean_line;
use conductor::domain::{PastPrompt, Prompt, Span};
use conductor::protocol::{MOST_PROMPTS, Notice, Query, Reply};
use std::time::Instant;

/// The earlier questions, to find one of.
#[derive(Debug, Default)]
pub struct Past {
    /// The newest first; `None` until they come.
    list: Option<Vec<PastPrompt>>,
    /// Those that fit what is typed, by their places in the list.
    found: Vec<usize>,
    /// What is typed to find one.
    pub(crate) filter: String,
    /// The row that is marked, of those that fit.
    pub(crate) selected: usize,
    /// The question for the one that was taken: it lies in front until that comes, so that no key meant for what is found goes to the
    /// draft before.
    taken: Option<u64>,
}

impl Past {
    /// True while the list is on its way.
    pub(crate) fn is_loading(&self) -> bool {
        self.list.is_none()
    }

    /// How many fit.
    pub(crate) fn len(&self) -> usize {
        self.found.len()
    }

    /// The questions that fit, from the row `first` on.
    pub(crate) fn rows(&self, first: usize) -> impl Iterator<Item = &PastPrompt> {
        self.found.iter().skip(first).filter_map(|at| self.question(*at))
    }

    fn question(&self, at: usize) -> Option<&PastPrompt> {
        self.list.as_ref()?.get(at)
    }

    pub(super) fn fill(&mut self, list: Vec<PastPrompt>) {
        self.list = Some(list);
        self.find();
    }

    pub(super) fn edit(&mut self, edit: Edit) {
        edit_filter(&mut self.filter, edit);
        self.find();
    }

    pub(super) fn paste(&mut self, text: &str) {
        self.filter.push_str(&clean_line(text.lines().next().unwrap_or_default()));
        self.find();
    }

    fn find(&mut self) {
        let list = self.list.as_deref().unwrap_or_default();
        let mut found: Vec<usize> = (0..list.len()).collect();
        let text = |at: &usize| list.get(*at).map(text_of).unwrap_or_default();
        fuzzy::sort(&mut found, &self.filter, text);
        // The newest first: before them those that hold what is typed as it is.
        let typed = self.filter.trim().to_lowercase();
        found.sort_by_cached_key(|at| (!text(at).to_lowercase().contains(&typed), *at));
        self.found = found;
        self.selected = 0;
    }
}

/// What a question is found by.
fn text_of(past: &PastPrompt) -> String {
    [std::slice::from_ref(&past.words), &past.attached].concat().join("\n")
}

impl App {
    pub(super) fn open_past(&mut self) {
        self.popup = None;
        self.overlay = Some(Overlay::Past(Past::default()));
        self.effect(Effect::Query(Query::Prompts { limit: MOST_PROMPTS }));
    }

    pub(super) fn past_reply(&mut self, list: Vec<PastPrompt>) {
        if let Some(Overlay::Past(past)) = &mut self.overlay {
            past.fill(list);
        }
    }

    /// Has the marked question read, to be put into the composer.
    pub(super) fn past_accept(&mut self) {
        let Some(Overlay::Past(past)) = &self.overlay else { return };
        let Some(message) = past.rows(past.selected).next().map(|past| past.message).filter(|_| past.taken.is_none()) else {
            return;
        };
        let look = self.look(Query::Message(message));
        if let Some(Overlay::Past(past)) = &mut self.overlay {
            past.taken = Some(look);
        }
    }

    /// The question that was taken is here; gives back the reply where it is for somebody else.
    pub(super) fn past_found(&mut self, id: u64, reply: Reply, now: Instant) -> Option<Reply> {
        if !matches!(&self.overlay, Some(Overlay::Past(past)) if past.taken == Some(id)) {
            return Some(reply);
        }
        self.overlay = None;
        match reply {
            Reply::Message(message) => self.put_past(&message.prompt, now),
            reply => self.notice(&Notice::warning("the question could not be read", trouble(reply))),
        }
        None
    }

    /// Puts a question into the composer. What is attached to a draft without words goes with it, where it has nothing attached itself.
    fn put_past(&mut self, prompt: &Prompt, now: Instant) {
        if !self.composer.has_words() && !prompt.spans.iter().any(Span::is_attachment) {
            self.composer.load_words(prompt);
        } else {
            if !self.composer.is_empty() {
                self.composer.take();
                self.say("Up brings your draft back", now);
            }
            self.composer.load(prompt);
        }
        self.reopen_popup();
    }
}
