//! What lies in front of the conversation: the help, the models, the earlier conversations, consent, the ledger.

use super::{App, Grants};
use crate::keymap::{Edit, Move};
use crate::msg::Effect;
use conductor::domain::ConversationSummary;
use conductor::protocol::{Command, ConversationCommand, ModelsCommand, Query};
use std::time::Instant;

/// So many conversations are listed.
const CONVERSATIONS: u32 = 500;
/// Rows that a page key goes, whatever the size of the screen.
const PAGE: usize = 8;

/// What lies in front.
#[derive(Debug)]
pub enum Overlay {
    /// The help, from this row on; the drawing keeps it inside of the text.
    Help(usize),
    /// The models, with this row marked.
    Models(usize),
    /// The earlier conversations.
    Resume(Resume),
    /// The answers that stand about what may leave the machine.
    Consent(Grants),
    /// What has left the machine. What is known of it stands beside, in the application.
    Ledger,
}

/// The earlier conversations.
#[derive(Debug, Default)]
pub struct Resume {
    /// `None` until they come.
    list: Option<Vec<ConversationSummary>>,
    /// What is typed to find one.
    pub(crate) filter: String,
    pub(crate) selected: usize,
    pub(crate) now_ms: i64,
}

impl Resume {
    pub(super) fn fill(&mut self, list: Vec<ConversationSummary>, now_ms: i64) {
        self.list = Some(list);
        self.now_ms = now_ms;
        self.selected = 0;
    }

    /// True while the list is on its way.
    pub(crate) fn is_loading(&self) -> bool {
        self.list.is_none()
    }

    /// The rows that hold every word typed, without regard to case.
    pub(crate) fn rows(&self) -> Vec<&ConversationSummary> {
        let filter = self.filter.to_lowercase();
        let wanted = |row: &&ConversationSummary| {
            let title = row.title.to_lowercase();
            filter.split_whitespace().all(|word| title.contains(word))
        };
        self.list.iter().flatten().filter(wanted).collect()
    }

    fn edit(&mut self, edit: Edit) {
        match edit {
            Edit::Insert(c) => self.filter.push(c),
            Edit::Backspace => _ = self.filter.pop(),
            Edit::DeleteToHead => self.filter.clear(),
            _ => return,
        }
        self.selected = 0;
    }

    pub(super) fn paste(&mut self, text: &str) {
        self.filter.push_str(&crate::sanitise::clean_line(text.lines().next().unwrap_or_default()));
        self.selected = 0;
    }
}

impl App {
    pub(super) fn open_help(&mut self) {
        self.overlay = Some(Overlay::Help(0));
    }

    pub(super) fn open_models(&mut self) {
        let at = self.fixed.as_ref().and_then(|id| self.known_models().iter().position(|model| model.id == *id));
        self.overlay = Some(Overlay::Models(at.unwrap_or(0)));
        // What is in memory changes without anybody telling.
        self.send(Command::Models(ModelsCommand::Refresh));
    }

    pub(super) fn open_resume(&mut self) {
        self.overlay = Some(Overlay::Resume(Resume::default()));
        self.effect(Effect::Query(Query::Conversations { limit: CONVERSATIONS }));
    }

    /// Keeps the marked row inside of a list that became shorter.
    pub(super) fn clamp_overlay(&mut self) {
        let last = self.known_models().len().saturating_sub(1);
        if let Some(Overlay::Models(selected)) = &mut self.overlay {
            *selected = (*selected).min(last);
        }
    }

    pub(super) fn overlay_go(&mut self, to: Move) {
        let (models, answers) = (self.known_models().len(), self.privacy.grants.len());
        let (at, count) = match &mut self.overlay {
            Some(Overlay::Help(top)) => (top, usize::MAX),
            Some(Overlay::Models(selected)) => (selected, models),
            Some(Overlay::Resume(resume)) => {
                let count = resume.rows().len();
                (&mut resume.selected, count)
            }
            Some(Overlay::Consent(grants)) => (&mut grants.selected, answers),
            Some(Overlay::Ledger) => {
                let count = if self.ledger.open.is_some() { usize::MAX } else { self.ledger.len() };
                (self.ledger.open.as_mut().unwrap_or(&mut self.ledger.selected), count)
            }
            None => return,
        };
        let last = count.saturating_sub(1);
        *at = match to {
            Move::LineUp => at.saturating_sub(1),
            Move::PageUp => at.saturating_sub(PAGE),
            Move::LineDown => at.saturating_add(1).min(last),
            Move::PageDown => at.saturating_add(PAGE).min(last),
            Move::Top => 0,
            Move::Bottom => last,
        };
        if matches!(self.overlay, Some(Overlay::Ledger)) {
            self.more_of_the_ledger();
        }
        self.touch();
    }

    pub(super) fn overlay_edit(&mut self, edit: Edit) {
        match &mut self.overlay {
            Some(Overlay::Resume(resume)) => resume.edit(edit),
            Some(Overlay::Consent(_)) => self.grants_edit(edit),
            Some(Overlay::Ledger) => self.ledger_edit(edit),
            _ => return,
        }
        self.touch();
    }

    /// Takes the marked row.
    pub(super) fn overlay_accept(&mut self, now: Instant) {
        match &self.overlay {
            Some(Overlay::Models(selected)) => {
                let chosen = self.known_models().get(*selected).map(|model| model.id.as_str().to_owned());
                self.overlay = None;
                if let Some(name) = chosen {
                    self.fix_model(Some(&name));
                }
            }
            Some(Overlay::Resume(resume)) => {
                let Some(id) = resume.rows().get(resume.selected).map(|row| row.id) else { return };
                if self.turn.is_some() {
                    return self.busy(now);
                }
                self.overlay = None;
                self.send(Command::Conversation(ConversationCommand::Resume(id)));
            }
            Some(Overlay::Ledger) => self.ledger_accept(),
            Some(Overlay::Help(_) | Overlay::Consent(_)) | None => self.overlay = None,
        }
        self.touch();
    }
}
