//! What lies in front of the conversation: the help, the models, the earlier conversations, consent, the ledger.

use super::{App, Compare, Grants, Messages, Page, Palette, Pane, Past};
use crate::fuzzy;
use crate::keymap::{Edit, Move};
use crate::sanitise::clean_line;
use crate::words;
use conductor::domain::{MessageId, Model, ModelProfile};
use conductor::protocol::{Command, ModelsCommand};
use std::time::Instant;

/// Rows that a page key goes, whatever the size of the screen.
const PAGE: usize = 8;

/// What lies in front.
#[derive(Debug)]
pub enum Overlay {
    /// The help, from this row on; the drawing keeps it inside of the text.
    Help(usize),
    /// Why the last model was asked, from this row on.
    Why(usize),
    /// What a model is shown of the conversation, from this row on.
    Context(usize),
    /// What was said, from this row on.
    Notices(usize),
    /// All actions and commands.
    Palette(Palette),
    /// The earlier questions.
    Past(Past),
    /// The models.
    Models(Picker),
    /// The stored conversations.
    Conversations(Box<Pane>),
    /// The messages of the conversation; where there is a screen, one is marked on it instead.
    Messages(Messages),
    /// Two versions of a message.
    Compare(Box<Compare>),
    /// The answers that stand about what may leave the machine.
    Consent(Grants),
    /// A playbook.
    Playbook(Box<Page>),
    /// What has left the machine. What is known of it stands beside, in the application.
    Ledger,
}

/// The models, to choose one of.
#[derive(Debug, Default)]
pub struct Picker {
    /// What is typed to find one.
    pub(crate) filter: String,
    /// The row that is marked, of those that fit.
    pub(crate) selected: usize,
    /// The question at this message is asked again of the one that is taken; else the one that is taken is asked from now on.
    pub(crate) again: Option<MessageId>,
}

impl Picker {
    pub(super) fn paste(&mut self, text: &str) {
        self.filter.push_str(&clean_line(text.lines().next().unwrap_or_default()));
        self.selected = 0;
    }
}

pub(super) fn edit_filter(filter: &mut String, edit: Edit) {
    match edit {
        Edit::Insert(c) => filter.push(c),
        Edit::Backspace => _ = filter.pop(),
        Edit::DeleteToHead => filter.clear(),
        _ => {}
    }
}

impl App {
    pub(super) fn open_help(&mut self) {
        self.overlay = Some(Overlay::Help(0));
    }

    pub(super) fn open_models(&mut self, again: Option<MessageId>) {
        let fixed = self.room.fixed.as_ref().map(|fixed| &fixed.model);
        let at = fixed.and_then(|id| self.known_models().iter().position(|model| model.id == *id));
        self.overlay = Some(Overlay::Models(Picker { selected: at.unwrap_or(0), again, ..Picker::default() }));
        // What is in memory changes without anybody telling.
        self.send(Command::Models(ModelsCommand::Refresh));
        if self.models.as_ref().is_some_and(|snapshot| snapshot.health.iter().any(|row| row.alert)) {
            self.send(Command::Models(ModelsCommand::Seen));
        }
    }

    /// Keeps the marked row inside of a list that became shorter.
    pub(super) fn clamp_overlay(&mut self) {
        let last = self.models_that_fit().len().saturating_sub(1);
        if let Some(Overlay::Models(picker)) = &mut self.overlay {
            picker.selected = picker.selected.min(last);
        }
    }

    /// The models that fit what is typed in the picker: all of their words are looked at.
    pub(crate) fn models_that_fit(&self) -> Vec<&Model> {
        let Some(Overlay::Models(picker)) = &self.overlay else { return self.known_models().iter().collect() };
        let mut rows: Vec<&Model> = self.known_models().iter().collect();
        fuzzy::sort(&mut rows, &picker.filter, |model| {
            let strengths = self.profile(model).map(words::strengths).unwrap_or_default();
            let names = &self.settings.names;
            let (name, host) = (names.display(&model.id).unwrap_or_default(), names.on(&model.backend));
            format!("{name} {} {} {}{host} {strengths}", model.id.short(), model.family, model.location.word())
        });
        rows
    }

    /// What the router knows of a model.
    pub(crate) fn profile(&self, model: &Model) -> Option<&ModelProfile> {
        self.models.as_ref()?.profiles.iter().find(|profile| profile.model == model.id && profile.backend == model.backend)
    }

    pub(super) fn overlay_go(&mut self, to: Move) {
        let (models, answers) = (self.models_that_fit().len(), self.privacy.grants.len());
        let said = self.room.said.len();
        let items = if matches!(self.overlay, Some(Overlay::Palette(_))) { self.palette().len() } else { 0 };
        let (at, count) = match &mut self.overlay {
            Some(Overlay::Help(top) | Overlay::Why(top) | Overlay::Notices(top) | Overlay::Context(top)) => (top, usize::MAX),
            Some(Overlay::Palette(palette)) => (&mut palette.selected, items),
            Some(Overlay::Past(past)) => {
                let count = past.len();
                (&mut past.selected, count)
            }
            Some(Overlay::Models(picker)) => (&mut picker.selected, models),
            Some(Overlay::Conversations(pane)) => {
                let count = pane.len();
                (&mut pane.selected, count)
            }
            Some(Overlay::Compare(_)) => return self.compare_go(to),
            Some(Overlay::Messages(list)) => (&mut list.selected, said),
            Some(Overlay::Consent(grants)) => (&mut grants.selected, answers),
            Some(Overlay::Playbook(page)) => match page.cursor() {
                Some(cursor) => cursor,
                None => return,
            },
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
        match &mut self.overlay {
            Some(Overlay::Ledger) => self.more_of_the_ledger(),
            Some(Overlay::Playbook(page)) => page.moved(),
            _ => {}
        }
        self.touch();
    }

    pub(super) fn overlay_edit(&mut self, edit: Edit) {
        match &mut self.overlay {
            Some(Overlay::Past(past)) => past.edit(edit),
            Some(Overlay::Conversations(_)) => self.pane_edit(edit),
            Some(Overlay::Models(picker)) => {
                edit_filter(&mut picker.filter, edit);
                picker.selected = 0;
            }
            Some(Overlay::Palette(palette)) => {
                edit_filter(&mut palette.filter, edit);
                palette.selected = 0;
            }
            Some(Overlay::Consent(_)) => self.grants_edit(edit),
            Some(Overlay::Ledger) => self.ledger_edit(edit),
            Some(Overlay::Playbook(_)) => self.playbook_edit(edit),
            _ => return,
        }
        self.touch();
    }

    /// Takes the marked row.
    pub(super) fn overlay_accept(&mut self, now: Instant) {
        match &self.overlay {
            Some(Overlay::Models(picker)) => {
                let chosen = self.models_that_fit().get(picker.selected).map(|model| model.id.clone());
                let again = picker.again;
                self.overlay = None;
                match (chosen, again) {
                    (Some(model), Some(at)) => _ = self.ask_again_at(Some(at), Some(model), now),
                    (Some(model), None) => self.fix_model(Some(model.as_str())),
                    (None, _) => {}
                }
            }
            Some(Overlay::Conversations(_)) => self.pane_accept(),
            Some(Overlay::Messages(_)) => self.read_message(),
            Some(Overlay::Compare(_)) => self.compare_accept(),
            Some(Overlay::Ledger) => self.ledger_accept(),
            Some(Overlay::Playbook(_)) => self.playbook_accept(),
            Some(Overlay::Palette(_)) => self.palette_accept(now),
            Some(Overlay::Past(_)) => self.past_accept(),
            Some(Overlay::Help(_) | Overlay::Why(_) | Overlay::Notices(_) | Overlay::Context(_) | Overlay::Consent(_)) | None => {
                self.overlay = None;
            }
        }
        self.touch();
    }
}
