//! The left button on a row of a list: it marks the row, and on the marked one it does what Enter does.
//!
//! What must stay true: where a row lies is known by whoever drew it; the question for consent takes no click.

use super::App;
use crate::keymap::{Action, Move};
use ratatui::layout::{Position, Rect};
use std::cell::RefCell;
use std::time::Instant;

/// The rows of the list in front, as last drawn.
#[derive(Debug, Default)]
pub(crate) struct Rows(RefCell<Vec<(Rect, isize)>>);

impl Rows {
    /// A new frame begins.
    pub(crate) fn clear(&mut self) {
        self.0.get_mut().clear();
    }

    /// The row `index` of a list in which `marked` is marked was drawn there.
    pub(crate) fn note(&self, area: Rect, index: usize, marked: usize) {
        let by = isize::try_from(index).unwrap_or(0) - isize::try_from(marked).unwrap_or(0);
        self.0.borrow_mut().push((area, by));
    }

    /// How far below the marked row the one at `place` stands.
    fn at(&mut self, place: Position) -> Option<isize> {
        self.0.get_mut().iter().find(|(area, _)| area.contains(place)).map(|(_, by)| *by)
    }
}

impl App {
    pub(super) fn click(&mut self, column: u16, row: u16, now: Instant) {
        if self.asked().is_some() || self.is_writing() {
            return;
        }
        let Some(by) = self.rows.at(Position::new(column, row)) else { return };
        if by == 0 {
            return self.act(Action::Accept, now);
        }
        if self.overlay.is_some() {
            let to = if by < 0 { Move::LineUp } else { Move::LineDown };
            (0..by.unsigned_abs()).for_each(|_| self.overlay_go(to));
            self.ask_for_pane();
        } else if let Some(popup) = &mut self.popup {
            popup.go(by);
        }
        self.touch();
    }
}
