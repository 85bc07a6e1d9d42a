//! The keys and pastes for the words of a bullet that are being changed.
//!
//! What must stay true: the words are there until they are stored or the user leaves them; they are one line.

use super::super::{App, Doing, Overlay};
use super::{Inside, Page};
use crate::keymap::{Action, Edit};
use crate::sanitise::clean_line;
use conductor::domain::UserChange;
use conductor::protocol::{Command, PlaybookCommand};

impl App {
    pub(in crate::app) fn page(&mut self) -> Option<&mut Page> {
        match &mut self.overlay {
            Some(Overlay::Playbook(page)) => Some(page),
            _ => None,
        }
    }

    /// Whether keys write the words of a bullet, or a title.
    pub(in crate::app) fn is_writing(&self) -> bool {
        match &self.overlay {
            Some(Overlay::Playbook(page)) => page.is_writing(),
            Some(Overlay::Conversations(pane)) => matches!(pane.doing, Doing::Name(_)),
            _ => false,
        }
    }

    /// Leaves them as they were; false where nothing is being written.
    pub(in crate::app) fn leave_draft(&mut self) -> bool {
        self.is_writing() && self.close_inside()
    }

    /// Goes back to the list of bullets, or of conversations; false where nothing lies before it.
    pub(in crate::app) fn close_inside(&mut self) -> bool {
        if let Some(pane) = self.pane() {
            return pane.go_back();
        }
        self.page().is_some_and(Page::escape)
    }

    /// A key while they do.
    pub(in crate::app) fn draft_key(&mut self, action: Action) {
        if self.pane().is_some() {
            return self.naming_key(action);
        }
        if action == Action::Accept {
            return self.store_draft();
        }
        let Some(draft) = self.page().and_then(Page::draft) else { return };
        match action {
            Action::Edit(Edit::Newline) => {}
            Action::Edit(edit) => draft.words.edit(edit),
            Action::EndOfInput => draft.words.edit(Edit::Delete),
            Action::Up => draft.words.up(),
            Action::Down => draft.words.down(),
            _ => {}
        }
    }

    /// Has them stored. They stay on the screen until they are.
    fn store_draft(&mut self) {
        let id = self.fresh_id();
        let Some(page) = self.page() else { return };
        let Some(playbook) = page.playbook().cloned() else { return };
        let Some(draft) = page.draft().filter(|draft| draft.sent.is_none()) else { return };
        let (bullet, content) = (draft.id, draft.words.text().trim().to_owned());
        if playbook.bullets.get(&bullet).is_some_and(|bullet| bullet.text.content == content) {
            page.go_back();
            return;
        }
        draft.sent = Some(id);
        let change = UserChange::Edit { id: bullet, section: None, content };
        self.send(Command::Playbook(PlaybookCommand::Change { id, key: playbook.key, change }));
    }

    /// What is pasted while nothing is written or looked for goes nowhere: it is no key.
    pub(in crate::app) fn paste_into_page(&mut self, text: &str) {
        let Some(page) = self.page() else { return };
        page.seen();
        match &mut page.inside {
            Inside::Edit(draft) => _ = draft.words.paste(&one_line(text)),
            Inside::Filter => {
                page.filter.push_str(&clean_line(&one_line(text)));
                page.refit();
            }
            Inside::Books(books) => {
                books.filter.push_str(&clean_line(&one_line(text)));
                books.selected = 0;
            }
            _ => {}
        }
    }
}

/// `text` with a blank in the place of each line break and of the blanks around it; those at its ends may be wanted.
pub(in crate::app) fn one_line(text: &str) -> String {
    let mut out = String::new();
    for (at, line) in text.trim_matches(['\r', '\n']).lines().enumerate() {
        if at > 0 {
            out.truncate(out.trim_end().len());
            out.push(' ');
        }
        out.push_str(if at > 0 { line.trim_start() } else { line });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_pasted_becomes_one_line() {
        for (text, want) in [(" a ", " a "), ("a\n", "a"), ("a \r\n  b\n\nc ", "a b c "), ("\n", ""), ("a\n\n", "a")] {
            assert_eq!(one_line(text), want, "{text:?}");
        }
    }
}
