//! Keys, pastes and the wheel.

use super::{App, Overlay, Page, TOAST};
use crate::completion::{Popup, Take};
use crate::keymap::{Action, Code, Edit, Key, Meaning, Mode, Move};
use crate::msg::Effect;
use std::time::{Duration, Instant};

/// So long a second Ctrl+C counts where there is no screen.
const READ_OUT: Duration = Duration::from_secs(10);
/// Of an answer that is stopped by Ctrl+C, and of one that has ended since.
const STOPPING: &str = "stopping; Ctrl+C again quits";
const STOPPED: &str = "stopped; Ctrl+C again quits";
/// Of quitting while answers come in the background.
const STOPS_OTHERS: &str = "Ctrl+C again quits, and stops the answers in the background";

impl App {
    pub(super) fn mode(&self) -> Mode {
        match (&self.overlay, &self.popup) {
            (Some(Overlay::Help(_) | Overlay::Why(_) | Overlay::Notices(_) | Overlay::Context(_)), _) => Mode::Page,
            (Some(_), _) if self.is_writing() => Mode::Compose,
            (Some(Overlay::Conversations(_)), _) => Mode::Conversations,
            (Some(Overlay::Compare(_)), _) => Mode::Compare,
            (Some(_), _) => Mode::List,
            (None, _) if self.is_choosing() => Mode::Choosing,
            (None, Some(_)) => Mode::Complete,
            (None, None) => Mode::Compose,
        }
    }

    /// Whether nothing is typed where letters would go, or they go nowhere.
    fn is_blank(&self) -> bool {
        match &self.overlay {
            None => self.composer.is_empty() && self.reading.is_empty() && !self.is_choosing(),
            Some(Overlay::Models(_) | Overlay::Conversations(_) | Overlay::Palette(_) | Overlay::Past(_)) => false,
            Some(Overlay::Playbook(page)) if page.is_finding() => false,
            Some(_) => !self.is_writing(),
        }
    }

    pub(super) fn key(&mut self, key: Key, now: Instant) {
        if self.asked().is_some() {
            self.begun.clear();
            return self.consent_key(key, now);
        }
        self.look_again(now);
        let begun = !self.begun.is_empty();
        if !begun && self.vim_key(key) {
            return;
        }
        if begun {
            self.touch();
            if key.code == Code::Esc {
                return self.begun.clear();
            }
        }
        self.begun.push(key);
        match self.settings.keymap.meaning(self.mode(), self.is_blank(), &self.begun) {
            Meaning::Action(action) => {
                self.begun.clear();
                self.act(action, now);
            }
            Meaning::Begins => self.touch(),
            // A letter that does nothing with what is chosen is the first of what is typed.
            Meaning::Nothing if !begun && self.is_choosing() && key.is_letter() => {
                self.begun.clear();
                self.choose_nothing();
                self.key(key, now);
            }
            Meaning::Nothing => {
                let keys = std::mem::take(&mut self.begun);
                if begun {
                    let keys: Vec<String> = keys.iter().map(Key::to_string).collect();
                    self.say(format!("{} does nothing", keys.join(" ")), now);
                }
            }
        }
    }

    /// Does what a key, or a row of the palette, asks for.
    pub(super) fn act(&mut self, action: Action, now: Instant) {
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
            Action::Suspend if cfg!(unix) => self.effect(Effect::Suspend),
            Action::Suspend => self.say("this system cannot stop a program and bring it back", now),
            Action::Help | Action::Playbook | Action::Palette | Action::Notices | Action::Conversations if self.is_writing() => {}
            Action::Conversations if matches!(self.overlay, Some(Overlay::Conversations(_))) => self.overlay = None,
            Action::Conversations => self.open_conversations(String::new()),
            Action::Palette if matches!(self.overlay, Some(Overlay::Palette(_))) => self.overlay = None,
            Action::Palette => self.open_palette(),
            Action::Notices if matches!(self.overlay, Some(Overlay::Notices(_))) => self.overlay = None,
            Action::Notices => self.open_notices(),
            Action::Close if self.overlay.is_some() => self.escape(),
            Action::Help if matches!(self.overlay, Some(Overlay::Help(_))) => self.overlay = None,
            Action::Help if self.help_of_playbook() => {}
            Action::Help => self.open_help(),
            Action::Playbook if matches!(self.overlay, Some(Overlay::Playbook(_))) => self.overlay = None,
            Action::Playbook => self.open_playbook(None),
            Action::SearchHistory if matches!(self.overlay, Some(Overlay::Past(_))) => self.overlay_go(Move::LineDown),
            Action::SearchHistory if self.overlay.is_none() => self.open_past(),
            _ if self.overlay.is_some() => self.overlay_key(action, now),
            Action::ChooseBefore => self.choose_before(),
            Action::ChooseAfter if self.is_choosing() => self.choose_after(),
            Action::ChooseAfter => {}
            Action::CopyChosen => self.copy_chosen(now),
            Action::CopyCode => self.copy_last(Some(None), now),
            Action::Change => self.change_chosen(now),
            Action::AskAgain => self.ask_chosen_again(now),
            Action::AskAnother => self.ask_another_again(now),
            Action::Compare => self.compare_chosen(now),
            Action::ForkHere => self.fork_chosen(now),
            Action::VersionBefore => self.show_version(-1, now),
            Action::VersionAfter => self.show_version(1, now),
            Action::SearchHistory => {}
            Action::UnfoldPaste if self.composer.unfold() => self.reopen_popup(),
            Action::UnfoldPaste => self.say("nothing is folded here", now),
            Action::Editor => self.open_editor(self.composer.text()),
            Action::Thinking => self.switch_thinking(now),
            Action::Pull => self.pull_missing(now),
            Action::Rate { good } => self.rate_by_key(good, now),
            Action::Accept | Action::Choose => self.accept(now),
            Action::Close => self.choose_nothing(),
            Action::Edit(edit) => self.edit(edit),
            // They mean something in what lies in front.
            Action::Rename | Action::DeleteConversation | Action::Restore | Action::ShowDeleted | Action::Export => {}
            Action::OtherVersion | Action::PlaybookBefore | Action::PlaybookAfter => {}
            Action::Complete => self.complete(now),
            Action::Up => self.up_or_down(-1),
            Action::Down => self.up_or_down(1),
            Action::Scroll(to) => self.go(to),
        }
    }

    pub(super) fn overlay_key(&mut self, action: Action, now: Instant) {
        if self.is_writing() {
            return self.draft_key(action);
        }
        self.pane().into_iter().for_each(|pane| pane.said = None);
        self.page().into_iter().for_each(Page::seen);
        match action {
            Action::PlaybookBefore => self.playbook_step(-1),
            Action::PlaybookAfter => self.playbook_step(1),
            Action::Rename | Action::DeleteConversation | Action::Restore | Action::ShowDeleted | Action::Export => {
                self.pane_key(action);
            }
            Action::OtherVersion | Action::VersionBefore | Action::VersionAfter => self.compare_key(action),
            Action::Accept | Action::Choose => self.overlay_accept(now),
            Action::Edit(edit) => self.overlay_edit(edit),
            Action::Up => self.overlay_go(Move::LineUp),
            Action::Down => self.overlay_go(Move::LineDown),
            Action::Scroll(to) => self.overlay_go(to),
            _ => {}
        }
        self.ask_for_pane();
        self.look_at_playbooks(now);
    }

    /// Stops what goes on; else clears the draft, which Up brings back; else, the second time, quits.
    pub(super) fn interrupt(&mut self, now: Instant) {
        if self.leave_draft() || self.overlay.take().is_some() {
            return;
        }
        self.popup = None;
        if self.armed.is_some_and(|until| now < until) {
            return self.effect(Effect::Quit);
        }
        if self.cancel_turn() || self.cancel_compact() {
            if self.composer.is_empty() {
                self.armed = Some(now + self.patience());
                self.say(STOPPING, now);
            }
            return;
        }
        self.armed = Some(now + self.patience());
        if self.composer.is_empty() {
            self.say(if self.answers_behind() == 0 { "press Ctrl+C again to quit" } else { STOPS_OTHERS }, now);
        } else {
            self.room.changing = None;
            self.composer.take();
            if self.room.reason_for.is_some() {
                self.choose_nothing();
            }
            self.say("cleared, Up brings it back; Ctrl+C again quits", now);
        }
    }

    /// An answer has ended. A second Ctrl+C counts on, and so it is said on.
    pub(super) fn stopped(&mut self) {
        match &mut self.toast {
            Some(toast) if toast.text == STOPPING => STOPPED.clone_into(&mut toast.text),
            Some(_) if self.armed.is_some() => {}
            _ => self.toast = None,
        }
    }

    /// How long a second Ctrl+C counts: where it is read out that it does, that takes its time.
    fn patience(&self) -> Duration {
        if self.settings.plain { READ_OUT } else { TOAST }
    }

    fn escape(&mut self) {
        self.page().into_iter().for_each(Page::seen);
        if self.close_ledger_row() || self.close_inside() {
            return self.follow_answer();
        }
        if self.drop_reason() {
            return;
        }
        if self.has_mark() {
            return self.choose_nothing();
        }
        let closed = self.overlay.take().is_some() || self.popup.take().is_some() || self.stop_changing();
        if !closed && !self.cancel_turn() && !self.cancel_compact() {
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
        self.begun.clear();
        match &mut self.overlay {
            Some(Overlay::Conversations(_)) => self.paste_into_pane(text),
            Some(Overlay::Past(past)) => past.paste(text),
            Some(Overlay::Models(picker)) => picker.paste(text),
            Some(Overlay::Palette(palette)) => palette.paste(text),
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
            self.overlay_go(if rows < 0 { Move::LineUp } else { Move::LineDown });
            return self.ask_for_pane();
        }
        let by = usize::from(rows.unsigned_abs());
        if rows < 0 {
            self.room.scroll.up(&mut self.room.transcript, by);
        } else {
            self.room.scroll.down(&mut self.room.transcript, by);
        }
    }
}
