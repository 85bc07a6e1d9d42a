//! What is typed to narrow the bullets of a playbook.
//!
//! What must stay true: pure; without words every bullet fits; the bullet that was marked stays so while it is among those that fit.

use super::super::overlay::edit_filter;
use super::Page;
use super::inside::Inside;
use crate::keymap::Edit;
use conductor::domain::{Bullet, Stage};

/// Before the name of a stage.
const STAGE: &str = "stage:";

/// What is looked for: words that all have to be there, in any case and order, and stages of which one has to be that of the bullet.
#[derive(Debug, Default)]
pub(super) struct Filter {
    words: Vec<String>,
    /// The beginnings of names of stages.
    stages: Vec<String>,
}

impl Filter {
    /// What was typed.
    pub(super) fn of(typed: &str) -> Self {
        let mut filter = Self::default();
        for word in typed.split_whitespace().map(str::to_lowercase) {
            match word.strip_prefix(STAGE) {
                Some(stage) => filter.stages.push(stage.to_owned()),
                None => filter.words.push(word),
            }
        }
        filter
    }

    /// Whether a bullet has all of it, in its words or its heading.
    pub(super) fn fits(&self, bullet: &Bullet) -> bool {
        self.fits_stage(bullet.stage) && self.fits_words(bullet)
    }

    fn fits_stage(&self, stage: Stage) -> bool {
        self.stages.is_empty() || self.stages.iter().any(|begun| stage.word().starts_with(begun.as_str()))
    }

    fn fits_words(&self, bullet: &Bullet) -> bool {
        if self.words.is_empty() {
            return true;
        }
        let (content, section) = (bullet.text.content.to_lowercase(), bullet.text.section.to_lowercase());
        self.words.iter().all(|word| content.contains(word.as_str()) || section.contains(word.as_str()))
    }
}

impl Page {
    /// Whether letters are typed into the filter or into what finds a playbook.
    pub(in crate::app) fn is_finding(&self) -> bool {
        matches!(self.inside, Inside::Filter | Inside::Books(_))
    }

    /// Has the filter typed, below the list.
    pub(super) fn open_filter(&mut self) {
        self.moved();
        self.inside = Inside::Filter;
    }

    /// Something was typed into the filter: the bullet that was marked before stays so while it is among those that fit.
    pub(super) fn refit(&mut self) {
        let at = self.anchor.and_then(|id| self.bullets().iter().position(|bullet| bullet.id == id));
        self.selected = at.unwrap_or(0);
    }

    /// A letter for the filter, or another key that changes it.
    pub(super) fn edit_filter(&mut self, edit: Edit) {
        edit_filter(&mut self.filter, edit);
        self.refit();
    }

    /// Shows all bullets again; false where all were shown.
    fn widen(&mut self) -> bool {
        if std::mem::take(&mut self.filter).is_empty() {
            return false;
        }
        self.refit();
        true
    }

    /// Goes back to the list, or shows all of it; false where nothing was left to close.
    pub(super) fn escape(&mut self) -> bool {
        match std::mem::take(&mut self.inside) {
            Inside::Filter => {
                self.widen();
                true
            }
            Inside::List => {
                self.moved();
                self.widen()
            }
            _ => true,
        }
    }
}
