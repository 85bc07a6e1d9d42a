//! The search in what was asked before, in whatever conversation.
//!
//! What must stay true: the draft changes only when a question is taken, and then stays among the earlier ones.

use super::overlay::edit_filter;
use super::{App, Overlay};
use crate::fuzzy;
use crate::keymap::Edit;
use crate::msg::Effect;
use crate::sanitise::{clean, clean_line};
use conductor::domain::Prompt;
use conductor::protocol::{MOST_PROMPTS, Query};
use std::time::Instant;

/// The earlier questions, to find one of.
#[derive(Debug, Default)]
pub struct Past {
    /// The newest first; `None` until they come.
    list: Option<Vec<String>>,
    /// Those that fit what is typed, by their places in the list.
    found: Vec<usize>,
    /// What is typed to find one.
    pub(crate) filter: String,
    /// The row that is marked, of those that fit.
    pub(crate) selected: usize,
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
    pub(crate) fn rows(&self, first: usize) -> impl Iterator<Item = &str> {
        self.found.iter().skip(first).filter_map(|at| self.question(*at))
    }

    fn question(&self, at: usize) -> Option<&str> {
        self.list.as_ref()?.get(at).map(String::as_str)
    }

    pub(super) fn fill(&mut self, list: Vec<String>) {
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
        fuzzy::sort(&mut found, &self.filter, |at| list.get(*at).cloned().unwrap_or_default());
        // The newest first: before them those that hold what is typed as it is.
        let typed = self.filter.trim().to_lowercase();
        found.sort_by_cached_key(|at| (!list.get(*at).is_some_and(|text| text.to_lowercase().contains(&typed)), *at));
        self.found = found;
        self.selected = 0;
    }
}

impl App {
    pub(super) fn open_past(&mut self) {
        self.popup = None;
        self.overlay = Some(Overlay::Past(Past::default()));
        self.effect(Effect::Query(Query::Prompts { limit: MOST_PROMPTS }));
    }

    pub(super) fn past_reply(&mut self, list: Vec<String>) {
        if let Some(Overlay::Past(past)) = &mut self.overlay {
            past.fill(list);
        }
    }

    /// Puts the marked question into the composer.
    pub(super) fn past_accept(&mut self, now: Instant) {
        let Some(Overlay::Past(past)) = &self.overlay else { return };
        let Some(text) = past.rows(past.selected).next().map(|text| clean(text).into_owned()) else { return };
        self.overlay = None;
        if self.composer.has_words() {
            self.composer.take_words();
            self.say("Up brings your draft back", now);
        }
        self.composer.load_words(&Prompt::typed(text));
        self.reopen_popup();
    }
}
