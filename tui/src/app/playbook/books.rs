//! Which playbook is shown: the one before and after it, the list of all, and the one of who answers.
//!
//! What must stay true: what is stored is asked, one question at a time, so that nothing comes out of order; what the user reads or
//! writes inside of the pane is not taken away by an answer that ends.

use super::super::App;
use super::super::overlay::edit_filter;
use super::Page;
use super::inside::Inside;
use crate::fuzzy;
use crate::keymap::Edit;
use conductor::domain::{Failure, FailureKind, Playbook, PlaybookKey};
use conductor::protocol::{Notice, Query, Reply};
use std::time::{Duration, Instant};

/// Said where Left and Right lead nowhere.
const NO_OTHER: &str = "there is no other playbook";

/// All playbooks, to choose one of.
#[derive(Debug, Default)]
pub(crate) struct Books {
    /// What is typed to find one.
    pub(crate) filter: String,
    /// The row that is marked, of those that fit.
    pub(crate) selected: usize,
    /// `None` until they come.
    pub(crate) list: Option<Vec<Playbook>>,
}

impl Books {
    /// Those that fit what is typed, the best first.
    pub(crate) fn fitting(&self) -> Vec<&Playbook> {
        let mut rows: Vec<&Playbook> = self.list.iter().flatten().collect();
        fuzzy::sort(&mut rows, &self.filter, |book| book.key.to_string());
        rows
    }

    /// A letter, or another key that changes what is typed.
    pub(super) fn edit(&mut self, edit: Edit) {
        edit_filter(&mut self.filter, edit);
        self.selected = 0;
    }

    fn marked(&self) -> Option<&Playbook> {
        self.fitting().get(self.selected).copied()
    }

    /// Takes the list in. The mark stays at its playbook; at first it is at the one that is shown.
    fn fill(&mut self, list: Vec<Playbook>, shown: Option<&PlaybookKey>) {
        let marked = self.marked().map(|book| book.key.clone()).or_else(|| shown.cloned());
        self.list = Some(list);
        let rows = self.fitting();
        let at = rows.iter().position(|book| Some(&book.key) == marked.as_ref());
        self.selected = at.unwrap_or(self.selected).min(rows.len().saturating_sub(1));
    }
}

/// A key has the playbooks read anew where that is so long ago: another process may have changed them.
const STALE: Duration = Duration::from_secs(3);

/// What is to be done when the playbooks come, and whether they are on their way.
#[derive(Debug, Default)]
pub(super) struct Reading {
    /// The number of the question.
    open: Option<u64>,
    /// It has to be asked once more: something changed since.
    again: bool,
    /// So many playbooks further.
    steps: isize,
    /// To this one: somebody else answers.
    follow: Option<PlaybookKey>,
    /// When a key had them read last, or was the first.
    at: Option<Instant>,
}

/// The playbook `steps` further in `books` than `from`, which may be none of them; after the last comes the first.
fn further<'a>(books: &'a [Playbook], from: &PlaybookKey, steps: isize) -> Option<&'a Playbook> {
    let count = isize::try_from(books.len()).ok().filter(|count| *count > 0)?;
    let at = match books.iter().position(|book| book.key == *from) {
        Some(at) => at.cast_signed() + steps % count,
        // It would stand before this one.
        None => {
            let next = books.iter().take_while(|book| book.key < *from).count().cast_signed();
            next + steps % count - isize::from(steps > 0)
        }
    };
    books.get(at.rem_euclid(count).cast_unsigned())
}

impl App {
    /// Reads the playbooks anew, where one is shown.
    pub(in crate::app) fn read_playbooks(&mut self) {
        let Some(page) = self.page() else { return };
        if page.reading.open.is_some() {
            page.reading.again = true;
            return;
        }
        let id = self.look(Query::Playbooks);
        self.page().into_iter().for_each(|page| page.reading.open = Some(id));
    }

    /// Left and Right: so many playbooks further.
    pub(in crate::app) fn playbook_step(&mut self, steps: isize) {
        let Some(page) = self.page().filter(|page| page.is_list() && page.playbook().is_some()) else { return };
        page.reading.steps += steps;
        if page.reading.open.is_none() {
            self.read_playbooks();
        }
    }

    pub(super) fn open_books(&mut self) {
        if let Some(page) = self.page().filter(|page| page.is_list()) {
            page.inside = Inside::Books(Books::default());
            self.read_playbooks();
        }
    }

    /// Shows the marked playbook of the list.
    pub(super) fn choose_book(&mut self) {
        let Some(page) = self.page() else { return };
        let Inside::Books(books) = &page.inside else { return };
        let Some(book) = books.marked().cloned() else { return };
        page.go_back();
        (page.follows, page.chosen) = (false, true);
        self.put_playbook(book);
    }

    /// An answer has come: what it had of playbooks is marked, and who shows that of the last answer is shown that of this one.
    pub(in crate::app) fn playbook_answered(&mut self) {
        if self.is_behind {
            return;
        }
        let shown = self.decided().and_then(|(decision, _)| decision.shown.clone());
        let answering = self.answering();
        let Some(page) = self.page() else { return };
        page.shown = shown;
        page.answering = answering;
        page.reading.follow = page.answering.clone().filter(|_| page.follows);
        self.read_playbooks();
    }

    /// Goes where it could not go while something else was open inside.
    pub(in crate::app) fn follow_answer(&mut self) {
        if self.page().is_some_and(|page| page.is_list() && page.reading.follow.is_some() && page.reading.open.is_none()) {
            self.read_playbooks();
        }
    }

    /// A key was pressed in the pane.
    pub(in crate::app) fn look_at_playbooks(&mut self, now: Instant) {
        let Some(page) = self.page() else { return };
        let since = *page.reading.at.get_or_insert(now);
        if now.saturating_duration_since(since) >= STALE {
            page.reading.at = Some(now);
            return self.read_playbooks();
        }
        self.follow_answer();
    }

    /// A reply that has a number; `None` where the pane asked for it.
    pub(in crate::app) fn page_looked(&mut self, id: u64, reply: Reply, now_ms: i64) -> Option<Reply> {
        let reply = self.history_looked(id, reply, now_ms)?;
        let Some(page) = self.page().filter(|page| page.reading.open == Some(id)) else { return Some(reply) };
        page.reading.open = None;
        let again = std::mem::take(&mut page.reading.again);
        match reply {
            Reply::Playbooks(books) => self.books_came(books),
            reply => {
                (page.reading.steps, page.reading.follow) = (0, None);
                let waits = matches!(&page.inside, Inside::Books(books) if books.list.is_none());
                if waits {
                    page.go_back();
                }
                self.notice(&Notice::error(&failure_of(reply)));
            }
        }
        if again {
            self.read_playbooks();
        }
        None
    }

    fn books_came(&mut self, books: Vec<Playbook>) {
        let Some(page) = self.page() else { return };
        let steps = std::mem::take(&mut page.reading.steps);
        let Some(here) = page.key().cloned() else { return page.fill_books(books) };
        let mut to = here.clone();
        if page.is_list()
            && let Some(follow) = page.reading.follow.take()
        {
            to = follow;
        }
        if steps != 0 {
            match further(&books, &here, steps).map(|book| book.key.clone()) {
                Some(key) if key != here => (to, page.follows) = (key, false),
                _ => page.said = Some(NO_OTHER.to_owned()),
            }
        }
        let found = books.iter().find(|book| book.key == to).cloned();
        let by_itself = page.follows && to != here;
        page.chosen |= to != here;
        page.fill_books(books);
        match found {
            Some(book) => self.put_playbook(book),
            // One that is not there yet; what is gone from under the pane stays as it was shown.
            None if to != here => self.put_playbook(Playbook::new(to.clone())),
            None => {}
        }
        if by_itself && let Some(page) = self.page() {
            page.said = Some(format!("{to} is that of the last answer"));
        }
    }
}

impl Page {
    fn fill_books(&mut self, list: Vec<Playbook>) {
        let shown = self.key().cloned();
        if let Inside::Books(books) = &mut self.inside {
            books.fill(list, shown.as_ref());
        }
    }
}

/// Why it could not be told.
pub(super) fn failure_of(reply: Reply) -> Failure {
    match reply {
        Reply::Failed(failure) => failure,
        _ => Failure::new(FailureKind::Broken, "playbooks cannot be read", "try again"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn book(base: &str) -> Playbook {
        Playbook::new(PlaybookKey::new(base, "qwen", None).unwrap())
    }

    #[test]
    fn after_the_last_comes_the_first_whether_one_is_stored_or_not() {
        let books = ["code", "math", "tools"].map(book);
        for (from, steps, want) in [
            ("code", 1, "math"),
            ("code", -1, "tools"),
            ("tools", 1, "code"),
            ("math", 5, "code"),
            ("math", -4, "code"),
            ("math", 3, "math"),
            ("deep", 1, "math"),
            ("deep", -1, "code"),
            ("aaa", -1, "tools"),
            ("zzz", 1, "code"),
        ] {
            let found = further(&books, &book(from).key, steps).unwrap();
            assert_eq!(found.key.base, want, "{from} {steps}");
        }
        assert_eq!(further(&[], &book("code").key, 1), None);
    }

    #[test]
    fn the_mark_stays_at_its_playbook_while_the_list_is_read_anew() {
        let mut books = Books::default();
        books.fill(["code", "math", "tools"].map(book).to_vec(), Some(&book("math").key));
        assert_eq!(books.marked(), Some(&book("math")));
        books.fill(["code", "deep", "math"].map(book).to_vec(), Some(&book("code").key));
        assert_eq!((books.marked(), books.selected), (Some(&book("math")), 2));
        books.fill(vec![book("code")], None);
        assert_eq!(books.marked(), Some(&book("code")));
    }
}
