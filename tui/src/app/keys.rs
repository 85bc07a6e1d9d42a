//! Keys, pastes and the wheel.

use super::{App, Overlay, TOAST};
use crate::completion::{Popup, Take};
use crate::keymap::{self, Action, Edit, Key, Mode, Move};
use crate::msg::Effect;
use std::time::Instant;

/// Of quitting while answers come in the background.
const STOPS_OTHERS: &str = "Ctrl+C again quits, and stops the answers in the background";

impl App {
    fn mode(&self) -> Mode {
        match (&self.overlay, &self.popup) {
            (Some(Overlay::Help(_) | Overlay::Why(_)), _) => Mode::Page,
            (Some(_), _) if self.is_writing() => Mode::Compose,
            (Some(_), _) => Mode::List,
            (None, Some(_)) => Mode::Complete,
            (None, None) => Mode::Compose,
        }
    }

    pub(super) fn key(&mut self, key: Key, now: Instant) {
        if self.asked().is_some() {
            return self.consent_key(key, now);
        }
        self.look_again(now);
        let Some(action) = keymap::action(self.mode(), key) else { return };
        self.touch();
        if action != Action::Interrupt {
            self.armed = None;
            self.toast = None;
        }
        match action {
            Action::Interrupt => self.interrupt(now),
            Action::Escape => self.escape(),
            Action::EndOfInput => self.end_of_input(),
            Action::Redraw => self.effect(Effect::Redraw),
            Action::Help | Action::Playbook if self.is_writing() => {}
            Action::Help if matches!(self.overlay, Some(Overlay::Help(_))) => self.overlay = None,
            Action::Help => self.open_help(),
            Action::Playbook if matches!(self.overlay, Some(Overlay::Playbook(_))) => self.overlay = None,
            Action::Playbook => self.open_playbook(None),
            _ if self.overlay.is_some() => self.overlay_key(action),
            Action::Pull => self.pull_missing(now),
            Action::Rate { good } => self.rate_by_key(good, now),
            Action::Accept => self.accept(now),
            Action::Edit(edit) => self.edit(edit),
            Action::Complete => self.complete(now),
            Action::Up => self.up_or_down(-1),
            Action::Down => self.up_or_down(1),
            Action::Scroll(to) => self.go(to),
        }
    }

    fn overlay_key(&mut self, action: Action) {
        if self.is_writing() {
            return self.draft_key(action);
        }
        match action {
            Action::Accept => self.overlay_accept(),
            Action::Edit(edit) => self.overlay_edit(edit),
            Action::Up => self.overlay_go(Move::LineUp),
            Action::Down => self.overlay_go(Move::LineDown),
            Action::Scroll(to) => self.overlay_go(to),
            _ => {}
        }
    }

    /// Stops what goes on; else clears the draft, which Up brings back; else, the second time, quits.
    fn interrupt(&mut self, now: Instant) {
        if self.leave_draft() || self.overlay.take().is_some() {
            return;
        }
        self.popup = None;
        if self.armed.is_some_and(|until| now < until) {
            return self.effect(Effect::Quit);
        }
        if self.cancel_turn() {
            if self.composer.is_empty() {
                self.armed = Some(now + TOAST);
                self.say("stopping; Ctrl+C again quits", now);
            }
            return;
        }
        self.armed = Some(now + TOAST);
        if self.composer.is_empty() {
            self.say(if self.answers_behind() == 0 { "press Ctrl+C again to quit" } else { STOPS_OTHERS }, now);
        } else {
            self.composer.take();
            self.say("cleared, Up brings it back; Ctrl+C again quits", now);
        }
    }

    fn escape(&mut self) {
        if self.close_ledger_row() || self.close_inside() {
            return;
        }
        if self.overlay.take().is_none() && self.popup.take().is_none() && !self.cancel_turn() {
            self.cancel_pull();
        }
    }

    fn end_of_input(&mut self) {
        if self.is_writing() {
            return self.draft_key(Action::EndOfInput);
        }
        if self.overlay.take().is_some() {
            return;
        }
        if self.composer.is_empty() {
            self.effect(Effect::Quit);
        } else {
            self.edit(Edit::Delete);
        }
    }

    fn edit(&mut self, edit: Edit) {
        if edit == Edit::Backspace && self.composer.at_start() && self.stop_reading() {
            return;
        }
        self.composer.edit(edit);
        self.prepare();
        self.reopen_popup();
    }

    pub(super) fn paste(&mut self, text: &str, now: Instant) {
        if self.asked().is_some() {
            return;
        }
        self.look_again(now);
        self.armed = None;
        match &mut self.overlay {
            Some(Overlay::Resume(resume)) => resume.paste(text),
            Some(Overlay::Models(picker)) => picker.paste(text),
            Some(Overlay::Playbook(_)) => self.paste_into_page(text),
            Some(_) => {}
            None => {
                self.paste_into_draft(text, now);
                self.prepare();
                self.reopen_popup();
            }
        }
        self.touch();
    }

    /// Opens, renews or closes the completions for what is typed now.
    pub(super) fn reopen_popup(&mut self) {
        if self.reopen_files() {
            return;
        }
        let draft = self.composer.text();
        let fits = draft.starts_with('/') && self.composer.at_end();
        self.popup = if fits { Popup::of(&draft, &self.names()) } else { None };
    }

    /// Takes the marked row: it becomes the draft, or the file that it names is attached.
    pub(super) fn complete(&mut self, now: Instant) {
        if self.popup.is_none() {
            self.reopen_popup();
        }
        let Some(item) = self.popup.as_ref().and_then(Popup::item).cloned() else { return };
        match item.take {
            Take::Draft { text, .. } => {
                self.composer.load_words(&conductor::domain::Prompt::typed(text));
                self.reopen_popup();
            }
            take => self.take_file(&take, now),
        }
    }

    fn up_or_down(&mut self, by: isize) {
        match &mut self.popup {
            Some(popup) => popup.go(by),
            None if by < 0 => self.composer.up(),
            None => self.composer.down(),
        }
    }

    fn go(&mut self, to: Move) {
        match to {
            Move::PageUp => self.room.scroll.page_up(&mut self.room.transcript),
            Move::PageDown => self.room.scroll.page_down(&mut self.room.transcript),
            Move::LineUp => self.room.scroll.up(&mut self.room.transcript, 1),
            Move::LineDown => self.room.scroll.down(&mut self.room.transcript, 1),
            Move::Top => self.room.scroll.to_top(&mut self.room.transcript),
            Move::Bottom => self.room.scroll.to_bottom(),
        }
    }

    pub(super) fn wheel(&mut self, rows: i16) {
        self.touch();
        if self.asked().is_some() {
            return self.consent_wheel(rows);
        }
        if self.overlay.is_some() {
            return self.overlay_go(if rows < 0 { Move::LineUp } else { Move::LineDown });
        }
        let by = usize::from(rows.unsigned_abs());
        if rows < 0 {
            self.room.scroll.up(&mut self.room.transcript, by);
        } else {
            self.room.scroll.down(&mut self.room.transcript, by);
        }
    }
}
