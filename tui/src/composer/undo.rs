//! What can be taken back: the draft as it was before each change.
//!
//! What must stay true: what is typed goes back word by word, anything else at once.

use super::origins::Origins;

/// So many changes are remembered at most.
const STEPS: usize = 400;
/// So many bytes of them.
const BYTES: usize = 4 * 1024 * 1024;

/// A draft at a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) text: String,
    pub(super) origins: Origins,
    /// `char`s before the cursor.
    pub(super) place: usize,
}

/// What kind of a change it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    /// A character was typed.
    Typed(char),
    /// A character was deleted.
    Deleted(Option<char>),
    /// Anything else.
    Other,
}

/// The drafts before this one, and after it where some were taken back.
#[derive(Debug, Default)]
pub(super) struct Undo {
    before: Vec<Step>,
    after: Vec<Step>,
    last: Option<Change>,
    /// All changes until it ends are one.
    held: Option<bool>,
}

impl Undo {
    /// Notes the draft before a change; `step` is asked for only where one is needed.
    pub(super) fn note(&mut self, change: Change, step: impl FnOnce() -> Step) {
        self.after.clear();
        let joins = match self.held.as_mut() {
            Some(begun) => std::mem::replace(begun, true),
            None => self.last.is_some_and(|last| joins(last, change)),
        };
        self.last = Some(change);
        if joins && !self.before.is_empty() {
            return;
        }
        self.before.push(step());
        let mut bytes: usize = self.before.iter().map(|step| step.text.len()).sum();
        while self.before.len() > STEPS || bytes > BYTES && self.before.len() > 1 {
            bytes -= self.before.remove(0).text.len();
        }
    }

    /// What is changed from now on is another change.
    pub(super) fn cut(&mut self) {
        self.last = None;
    }

    /// What is changed until [`Undo::release`] is one change.
    pub(super) fn hold(&mut self) {
        self.held = Some(false);
    }

    /// Changes are single ones again.
    pub(super) fn release(&mut self) {
        (self.held, self.last) = (None, None);
    }

    /// The draft before the last change.
    pub(super) fn back(&mut self, now: Step) -> Option<Step> {
        self.last = None;
        let step = self.before.pop()?;
        self.after.push(now);
        Some(step)
    }

    /// The draft after the change that was taken back last.
    pub(super) fn forth(&mut self, now: Step) -> Option<Step> {
        self.last = None;
        let step = self.after.pop()?;
        self.before.push(now);
        Some(step)
    }
}

/// Whether a change belongs to the one before it.
fn joins(last: Change, change: Change) -> bool {
    match (last, change) {
        // A word begins, with the blank before it.
        (Change::Typed(last), Change::Typed(c)) => c != '\n' && (last.is_whitespace() || !c.is_whitespace()),
        (Change::Deleted(Some(last)), Change::Deleted(Some(c))) => {
            last.is_whitespace() == c.is_whitespace() || !last.is_whitespace()
        }
        _ => false,
    }
}
