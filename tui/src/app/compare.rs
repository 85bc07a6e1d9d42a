//! Two versions of a message beside each other.
//!
//! What must stay true: both are read where they are stored, and shown as they would be in the conversation; they move together.

use super::conversation::shown;
use super::conversations::trouble;
use super::{App, Overlay};
use crate::keymap::{Action, Move};
use crate::sanitise::clean_line;
use crate::transcript::{BlockKind, Scroll, Transcript};
use crate::words;
use conductor::domain::{Message, MessageId, Role, Versions};
use conductor::protocol::{Query, Reply};
use std::time::Instant;

/// Rows that a page key goes.
const PAGE: usize = 8;

/// Two versions of a message.
pub struct Compare {
    /// All of them.
    pub(crate) ids: Vec<MessageId>,
    pub(crate) sides: [Side; 2],
    /// The side that is marked.
    pub(crate) marked: usize,
    /// The first row of both; the drawing keeps it inside of the longer one.
    pub(crate) top: usize,
}

/// One of the two.
pub(crate) struct Side {
    /// Which version, from 0.
    pub(crate) at: usize,
    /// Who wrote it, once it is there.
    pub(crate) by: Option<String>,
    pub(crate) transcript: Transcript,
    pub(crate) scroll: Scroll,
    /// The question for it.
    look: Option<u64>,
}

impl std::fmt::Debug for Compare {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let at = self.sides.each_ref().map(|side| side.at);
        f.debug_struct("Compare").field("ids", &self.ids).field("at", &at).field("marked", &self.marked).finish_non_exhaustive()
    }
}

impl Side {
    fn new(at: usize) -> Self {
        Self { at, by: None, transcript: Transcript::new(), scroll: Scroll::default(), look: None }
    }

    fn put(&mut self, by: String, kind: BlockKind, text: &str) {
        self.by = Some(by);
        self.transcript.clear();
        self.transcript.add(kind, text);
    }
}

impl Compare {
    /// The version before the one that is shown, and that one; the first and the second where there is none before.
    fn new(versions: &Versions) -> Self {
        let right = versions.at.max(1);
        let marked = usize::from(versions.at == right);
        Self { ids: versions.ids.clone(), sides: [Side::new(right - 1), Side::new(right)], marked, top: 0 }
    }
}

impl App {
    fn compare(&mut self) -> Option<&mut Compare> {
        match &mut self.overlay {
            Some(Overlay::Compare(compare)) => Some(compare),
            _ => None,
        }
    }

    /// Shows what is chosen beside another version of it.
    pub(super) fn compare_chosen(&mut self, now: Instant) {
        let Some(versions) = self.chosen_versions(now) else { return };
        self.overlay = Some(Overlay::Compare(Box::new(Compare::new(&versions))));
        self.read_side(0);
        self.read_side(1);
    }

    fn read_side(&mut self, side: usize) {
        let Some(id) = self.compare().and_then(|compare| compare.ids.get(compare.sides[side].at).copied()) else { return };
        let look = self.look(Query::Message(id));
        self.compare().into_iter().for_each(|compare| compare.sides[side].look = Some(look));
    }

    /// Takes in a version; gives back the reply where it is for somebody else.
    pub(super) fn compared(&mut self, id: u64, reply: Reply) -> Option<Reply> {
        let names = self.settings.names.clone();
        let Some(compare) = self.compare() else { return Some(reply) };
        let Some(side) = compare.sides.iter_mut().find(|side| side.look == Some(id)) else { return Some(reply) };
        side.look = None;
        match reply {
            Reply::Message(message) => {
                let (kind, text) = text_of(&message);
                let by = match (&message.signature, message.role) {
                    (Some(signature), _) => words::sign(signature, &names),
                    (None, Role::User) => "you".to_owned(),
                    (None, Role::Assistant) => "nobody answered".to_owned(),
                };
                side.put(clean_line(&by).into_owned(), kind, &text);
            }
            reply => side.put("it could not be read".to_owned(), BlockKind::Hint, &trouble(reply)),
        }
        None
    }

    /// A key while the two lie in front.
    pub(super) fn compare_key(&mut self, action: Action) {
        let Some(compare) = self.compare() else { return };
        match action {
            Action::OtherVersion => compare.marked = 1 - compare.marked,
            Action::VersionBefore => self.turn_side(-1),
            Action::VersionAfter => self.turn_side(1),
            _ => {}
        }
    }

    /// Puts the version before or after the marked one in its place; never the one that stands beside it.
    fn turn_side(&mut self, by: isize) {
        let Some(compare) = self.compare() else { return };
        let (marked, other) = (compare.marked, compare.sides[1 - compare.marked].at);
        let step = |at: usize| at.checked_add_signed(by).filter(|at| *at < compare.ids.len());
        let next = step(compare.sides[marked].at);
        let next = if next == Some(other) { step(other) } else { next };
        let Some(at) = next else { return };
        compare.sides[marked] = Side::new(at);
        self.read_side(marked);
    }

    pub(super) fn compare_go(&mut self, to: Move) {
        let Some(compare) = self.compare() else { return };
        let top = &mut compare.top;
        *top = match to {
            Move::LineUp => top.saturating_sub(1),
            Move::PageUp => top.saturating_sub(PAGE),
            Move::LineDown => top.saturating_add(1),
            Move::PageDown => top.saturating_add(PAGE),
            Move::Top => 0,
            Move::Bottom => usize::MAX,
        };
    }

    /// Enter: the marked one is the one that the conversation shows.
    pub(super) fn compare_accept(&mut self) {
        let Some(id) = self.compare().and_then(|compare| compare.ids.get(compare.sides[compare.marked].at).copied()) else {
            return;
        };
        self.overlay = None;
        if self.choose_message(id) {
            return;
        }
        self.show_message(id);
    }
}

fn text_of(message: &Message) -> (BlockKind, String) {
    match message.role {
        Role::User => (BlockKind::User, shown(&message.prompt)),
        Role::Assistant if message.text.is_empty() => (BlockKind::Hint, "nothing came".to_owned()),
        Role::Assistant => (BlockKind::Answer, message.text.to_string()),
    }
}
