//! What lies in front of the conversation: the help, the models, the earlier conversations, consent, the ledger.

use super::{App, Grants, Inside, Page};
use crate::fuzzy;
use crate::keymap::{Edit, Move};
use crate::msg::Effect;
use crate::sanitise::clean_line;
use crate::words;
use conductor::domain::{ConversationSummary, Model, ModelProfile};
use conductor::protocol::{Command, ConversationCommand, ModelsCommand, Query};

/// So many conversations are listed.
const CONVERSATIONS: u32 = 500;
/// Rows that a page key goes, whatever the size of the screen.
const PAGE: usize = 8;

/// What lies in front.
#[derive(Debug)]
pub enum Overlay {
    /// The help, from this row on; the drawing keeps it inside of the text.
    Help(usize),
    /// Why the last model was asked, from this row on.
    Why(usize),
    /// The models.
    Models(Picker),
    /// The earlier conversations.
    Resume(Resume),
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
        edit_filter(&mut self.filter, edit);
        self.selected = 0;
    }

    pub(super) fn paste(&mut self, text: &str) {
        self.filter.push_str(&clean_line(text.lines().next().unwrap_or_default()));
        self.selected = 0;
    }
}

impl Picker {
    pub(super) fn paste(&mut self, text: &str) {
        self.filter.push_str(&clean_line(text.lines().next().unwrap_or_default()));
        self.selected = 0;
    }
}

fn edit_filter(filter: &mut String, edit: Edit) {
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

    pub(super) fn open_models(&mut self) {
        let fixed = self.room.fixed.as_ref().map(|fixed| &fixed.model);
        let at = fixed.and_then(|id| self.known_models().iter().position(|model| model.id == *id));
        self.overlay = Some(Overlay::Models(Picker { selected: at.unwrap_or(0), ..Picker::default() }));
        // What is in memory changes without anybody telling.
        self.send(Command::Models(ModelsCommand::Refresh));
        if self.models.as_ref().is_some_and(|snapshot| snapshot.health.iter().any(|row| row.alert)) {
            self.send(Command::Models(ModelsCommand::Seen));
        }
    }

    pub(super) fn open_resume(&mut self) {
        self.overlay = Some(Overlay::Resume(Resume::default()));
        self.effect(Effect::Query(Query::Conversations { limit: CONVERSATIONS }));
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
            let host = words::on(&model.backend, &self.settings.hosts);
            format!("{} {} {}{host} {strengths}", model.id.short(), model.family, model.location.word())
        });
        rows
    }

    /// What the router knows of a model.
    pub(crate) fn profile(&self, model: &Model) -> Option<&ModelProfile> {
        self.models.as_ref()?.profiles.iter().find(|profile| profile.model == model.id && profile.backend == model.backend)
    }

    pub(super) fn overlay_go(&mut self, to: Move) {
        let (models, answers) = (self.models_that_fit().len(), self.privacy.grants.len());
        let (at, count) = match &mut self.overlay {
            Some(Overlay::Help(top) | Overlay::Why(top)) => (top, usize::MAX),
            Some(Overlay::Models(picker)) => (&mut picker.selected, models),
            Some(Overlay::Resume(resume)) => {
                let count = resume.rows().len();
                (&mut resume.selected, count)
            }
            Some(Overlay::Consent(grants)) => (&mut grants.selected, answers),
            Some(Overlay::Playbook(page)) => {
                let count = page.len();
                match &mut page.inside {
                    Inside::Why(why) => (&mut why.top, usize::MAX),
                    Inside::List => (&mut page.selected, count),
                    Inside::Edit(_) => return,
                }
            }
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
            Some(Overlay::Models(picker)) => {
                edit_filter(&mut picker.filter, edit);
                picker.selected = 0;
            }
            Some(Overlay::Consent(_)) => self.grants_edit(edit),
            Some(Overlay::Ledger) => self.ledger_edit(edit),
            Some(Overlay::Playbook(_)) => self.playbook_edit(edit),
            _ => return,
        }
        self.touch();
    }

    /// Takes the marked row.
    pub(super) fn overlay_accept(&mut self) {
        match &self.overlay {
            Some(Overlay::Models(picker)) => {
                let chosen = self.models_that_fit().get(picker.selected).map(|model| model.id.as_str().to_owned());
                self.overlay = None;
                if let Some(name) = chosen {
                    self.fix_model(Some(&name));
                }
            }
            Some(Overlay::Resume(resume)) => {
                let Some(id) = resume.rows().get(resume.selected).map(|row| row.id) else { return };
                self.overlay = None;
                self.send(Command::Conversation(ConversationCommand::Resume(id)));
            }
            Some(Overlay::Ledger) => self.ledger_accept(),
            Some(Overlay::Playbook(_)) => self.playbook_accept(),
            Some(Overlay::Help(_) | Overlay::Why(_) | Overlay::Consent(_)) | None => self.overlay = None,
        }
        self.touch();
    }
}
