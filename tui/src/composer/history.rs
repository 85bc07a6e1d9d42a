//! Prompts sent before, for Up and Down.
//!
//! What must stay true: nothing typed is lost by going up and down: the draft, and every change made to an earlier
//! prompt on the way, is there again when one comes back to it, until something is sent.

use conductor::domain::Prompt;
use std::collections::{BTreeMap, VecDeque};

/// As many prompts are remembered.
const LIMIT: usize = 200;

/// The prompts, oldest first; the place after the last is the draft.
#[derive(Debug, Default)]
pub(super) struct History {
    sent: VecDeque<Prompt>,
    /// Where we are; `None` is the draft.
    at: Option<usize>,
    /// Texts as they were left, by place.
    left: BTreeMap<usize, Prompt>,
}

impl History {
    /// Remembers `prompt`, and is at the draft again. A prompt equal to the last one is not kept twice.
    pub(super) fn push(&mut self, prompt: Prompt) {
        self.at = None;
        self.left.clear();
        if prompt.is_blank() || self.sent.back() == Some(&prompt) {
            return;
        }
        if self.sent.len() == LIMIT {
            self.sent.pop_front();
        }
        self.sent.push_back(prompt);
    }

    /// Goes to the prompt before, leaving `current` here; `None` where there is none.
    pub(super) fn older(&mut self, current: Prompt) -> Option<Prompt> {
        let here = self.at.unwrap_or(self.sent.len());
        self.go(here, here.checked_sub(1)?, current)
    }

    /// Goes to the prompt after, leaving `current` here; `None` at the draft.
    pub(super) fn newer(&mut self, current: Prompt) -> Option<Prompt> {
        let here = self.at?;
        self.go(here, here + 1, current)
    }

    fn go(&mut self, here: usize, there: usize, current: Prompt) -> Option<Prompt> {
        let found = match self.left.get(&there) {
            Some(left) => left.clone(),
            None if there == self.sent.len() => Prompt::default(),
            None => self.sent.get(there)?.clone(),
        };
        self.left.insert(here, current);
        self.at = (there < self.sent.len()).then_some(there);
        Some(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_lost_on_the_way() {
        let p = |t: &str| Prompt::typed(t);
        let mut history = History::default();
        assert_eq!(history.older(p("draft")), None);
        history.push(p("one"));
        history.push(p("two"));
        history.push(p("two"));
        history.push(p("  "));
        assert_eq!(history.older(p("draft")), Some(p("two")));
        assert_eq!(history.older(p("two, changed")), Some(p("one")));
        assert_eq!(history.older(p("one")), None);
        assert_eq!(history.newer(p("one")), Some(p("two, changed")));
        assert_eq!(history.newer(p("two, changed")), Some(p("draft")));
        assert_eq!(history.newer(p("draft")), None);
        history.push(p("draft"));
        assert_eq!(history.older(Prompt::default()), Some(p("draft")));
        assert_eq!(history.older(p("draft")), Some(p("two")), "changes to what was sent end when something is sent");
    }
}
