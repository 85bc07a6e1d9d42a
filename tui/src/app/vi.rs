//! The keys of vi, for the question that is written.
//!
//! What must stay true: they count nowhere else; the cursor's shape says the mode.

use super::App;
use crate::composer::{Handled, VimMode};
use crate::keymap::{Edit, Key, Mode};
use crate::msg::Effect;

impl App {
    /// Has the composer take a key of vi; true where it did.
    pub(super) fn vim_key(&mut self, key: Key) -> bool {
        if !matches!(self.mode(), Mode::Compose | Mode::Complete) || self.overlay.is_some() {
            return false;
        }
        let handled = self.composer.vim_key(key);
        match handled {
            Handled::No => return false,
            Handled::Yes => {
                self.prepare();
                self.popup = None;
            }
            Handled::Commands if self.composer.has_words() => self.open_palette(),
            Handled::Commands => {
                self.composer.edit(Edit::Insert('/'));
                self.reopen_popup();
            }
        }
        (self.armed, self.toast) = (None, None);
        self.touch();
        true
    }

    /// The key that stops what goes on, and that it does: with the keys of vi the first Esc only ends typing.
    pub(crate) fn stops(&self, what: &str) -> String {
        let typing = self.overlay.is_none() && self.composer.vim_mode().is_some_and(|mode| mode != VimMode::Normal);
        format!("{} {what}", if typing { "Esc Esc" } else { "Esc" })
    }

    /// Says which shape the cursor has, where that changed.
    pub(super) fn reshape(&mut self) {
        use VimMode::{Normal, Visual, VisualLine};
        let Some(mode) = self.composer.vim_mode() else { return };
        let block = self.overlay.is_none() && matches!(mode, Normal | Visual | VisualLine);
        if self.block != block {
            self.block = block;
            self.effect(Effect::Block(block));
        }
    }
}
