//! The playbook that lies in front: its bullets, and what the user does to them.
//!
//! What must stay true: the conductor has the last word: what is shown is what it said; a bullet is touched by its own key alone, and
//! each change can be taken back.

mod books;
pub(super) mod draft;
mod filter;
mod fresh;
mod history;
mod inside;
mod page;

pub(crate) use books::Books;
pub(crate) use history::History;
pub(crate) use inside::{Draft, Inside, Why};
pub use page::Page;
use page::Undo;

use super::App;
use super::overlay::Overlay;
use crate::keymap::{Action, Edit};
use crate::msg::Effect;
use crate::words::playbook::{self as say, Names};
use conductor::domain::{BulletWhy, ChatOrigin, Failure, Playbook, PlaybookKey, RequestId, Stage, Step, UserChange};
use conductor::protocol::{Changed, Command, Notice, PlaybookCommand, PlaybookEvent, Query};
use std::time::Instant;

impl App {
    /// Shows the playbook called `name`; without one that in which something was just proposed, or that of the last answer, or one in
    /// which something waits for a yes.
    pub(super) fn open_playbook(&mut self, name: Option<String>) {
        let shown = self.decided().and_then(|(decision, _)| decision.shown.clone());
        let (answering, by_hand) = (self.answering(), name.is_some());
        let name = name.or_else(|| self.proposed.as_ref().or(answering.as_ref()).map(PlaybookKey::to_string));
        match name {
            Some(name) => {
                self.proposed.take_if(|key| key.to_string() == name);
                let follows = !by_hand && answering.as_ref().is_some_and(|key| key.to_string() == name);
                self.overlay = Some(Overlay::Playbook(Box::new(Page::new(shown, answering, follows))));
                self.effect(Effect::Query(Query::PlaybookNamed(name)));
            }
            None => {
                self.seeking_proposals = true;
                self.effect(Effect::Query(Query::Playbooks));
            }
        }
    }

    /// The playbook of who answered last, whether it has bullets or not.
    pub(super) fn answering(&self) -> Option<PlaybookKey> {
        let (decision, _) = self.decided()?;
        if let Some(shown) = &decision.shown {
            return Some(shown.playbook.clone());
        }
        let model = self.model(self.room.answered.as_ref()?)?;
        let own = self.room.domain.as_ref().map(|domain| domain.key(&model.family));
        own.unwrap_or_else(|| PlaybookKey::new(decision.task.class.word(), &model.family, None)).ok()
    }

    /// Opens the playbook that changed last of those in which something waits for a yes.
    pub(super) fn playbooks_reply(&mut self, playbooks: &[Playbook]) {
        if !std::mem::take(&mut self.seeking_proposals) || self.overlay.is_some() {
            return;
        }
        let waits = |playbook: &&Playbook| playbook.in_stage(Stage::Proposed).next().is_some();
        match playbooks.iter().filter(waits).max_by_key(|playbook| playbook.last) {
            Some(playbook) => self.open_playbook(Some(playbook.key.to_string())),
            None => self.notice(&Notice::info(
                "there is no playbook to show yet",
                "ask something first, or name one: `/playbook math-qwen`; `segno playbook add` writes into one",
            )),
        }
    }

    pub(super) fn playbook_reply(&mut self, playbook: Playbook) {
        match &mut self.overlay {
            // It was asked for before the user chose another.
            Some(Overlay::Playbook(page)) if page.chosen && !page.is(&playbook.key) => {}
            Some(Overlay::Playbook(_)) => self.put_playbook(playbook),
            Some(Overlay::Why(_)) => self.advice = Some(Box::new(playbook)),
            _ => {}
        }
    }

    /// Shows a playbook as it is now. What tells of one of its bullets is read anew where it is another one than was shown.
    fn put_playbook(&mut self, playbook: Playbook) {
        let Some(page) = self.page() else { return };
        let (was, is) = (page.playbook().map(|shown| shown.last), playbook.last);
        let unknown = page.put(playbook);
        if !unknown.is_empty() {
            self.effect(Effect::Query(Query::ChatOrigins(unknown)));
        }
        if was.is_some_and(|was| was < is) {
            self.explain_anew();
        }
        self.touch();
    }

    /// Reads anew why a bullet stands where it stands, or what changed it, where that is open.
    fn explain_anew(&mut self) {
        if let Some((key, id)) = self.page().and_then(|page| Some((page.key()?.clone(), page.explained()?))) {
            self.effect(Effect::Query(Query::BulletWhy { key, id }));
        }
        self.read_history();
    }

    pub(super) fn origins_reply(&mut self, origins: Vec<ChatOrigin>) {
        if let Some(page) = self.page() {
            page.put_origins(origins);
        }
    }

    pub(super) fn bullet_why_reply(&mut self, why: Box<BulletWhy>, now_ms: i64) {
        if let Some(page) = self.page() {
            page.put_why(why, now_ms);
        }
    }

    /// Something that was asked about a playbook could not be told.
    pub(super) fn playbook_failed(&mut self) {
        match self.page() {
            Some(page) if page.playbook().is_none() => self.overlay = None,
            Some(page) if page.explained().is_some() => _ = page.go_back(),
            _ => {}
        }
        self.seeking_proposals = false;
    }

    pub(super) fn playbook_event(&mut self, event: PlaybookEvent, now: Instant) {
        match event {
            PlaybookEvent::Rated { message, rating } => self.rated(message, &rating, now),
            PlaybookEvent::Changed { id, result: Err(failure) } => self.not_changed(id, &failure, now),
            PlaybookEvent::Changed { id, result: Ok(changed) } => self.changed_playbook(id, *changed, now),
            PlaybookEvent::Trained { result: Ok(trained), .. } => {
                if self.page().is_some_and(|page| page.is(&trained.playbook.key)) {
                    self.put_playbook(trained.playbook);
                }
            }
            // The chat begins none.
            PlaybookEvent::Training { .. } | PlaybookEvent::Trained { .. } => {}
            PlaybookEvent::Learning(learning) => self.learning_event(learning, now),
        }
        self.touch();
    }

    fn not_changed(&mut self, id: Option<RequestId>, failure: &Failure, now: Instant) {
        self.say(format!("{failure}"), now);
        if let Some(draft) = self.page().and_then(Page::draft).filter(|draft| draft.sent == id) {
            draft.sent = None;
        }
    }

    fn changed_playbook(&mut self, id: Option<RequestId>, changed: Changed, now: Instant) {
        let Changed { playbook, delta } = changed;
        let key = playbook.key.clone();
        if !self.page().is_some_and(|page| page.is(&key)) {
            let still = |step: &&Step| match step {
                Step::Insert { bullet } => playbook.bullets.get(&bullet.id).is_some_and(|bullet| bullet.stage == Stage::Proposed),
                _ => false,
            };
            let proposed = delta.steps.iter().filter(still).count();
            if id.is_none() && proposed > 0 {
                let shows = self.key_of(Action::Playbook).unwrap_or_else(|| "/playbook".to_owned());
                self.notice(&Notice::info(format!("{} proposed for {key}: {shows} shows it", say::lines(proposed)), ""));
                self.proposed = Some(key);
                return;
            }
        }
        let names = Names::of(&playbook, std::slice::from_ref(&delta));
        if let Some(step) = delta.steps.first() {
            self.say(names.step(step), now);
        }
        let Some(page) = self.page() else { return };
        if matches!(page.inside, Inside::Books(_)) {
            self.read_playbooks();
        }
        let Some(page) = self.page().filter(|page| page.is(&key)) else { return };
        if page.draft().is_some_and(|draft| id.is_some() && draft.sent == id) {
            page.go_back();
        }
        let unknown = page.put(playbook);
        if !unknown.is_empty() {
            self.effect(Effect::Query(Query::ChatOrigins(unknown)));
        }
        self.explain_anew();
    }

    /// What is typed: it finds something, or is a key of the pane.
    pub(super) fn playbook_edit(&mut self, edit: Edit) {
        let Some(page) = self.page() else { return };
        match (&mut page.inside, edit) {
            (Inside::Filter, edit) => page.edit_filter(edit),
            (Inside::Books(books), edit) => books.edit(edit),
            (Inside::Keys(_), _) => {}
            (Inside::List, Edit::Insert('/')) => page.open_filter(),
            (Inside::List, Edit::Insert('s')) => self.open_books(),
            (Inside::List, Edit::Insert('[')) => self.playbook_step(-1),
            (Inside::List, Edit::Insert(']')) => self.playbook_step(1),
            (_, Edit::Insert(key)) => self.playbook_letter(key),
            _ => {}
        }
    }

    /// The keys of the playbook: each does one thing to the marked bullet, or to all of it.
    fn playbook_letter(&mut self, key: char) {
        let Some(page) = self.page() else { return };
        let (condemned, is_inside) = (page.condemned.take(), !page.is_list());
        let undo = page.undo;
        page.undo = if undo == Undo::Asked { Undo::Asks } else { undo };
        let Some(playbook) = page.playbook() else { return };
        let (book, off) = (playbook.key.clone(), playbook.off);
        let marked = page.marked().map(|bullet| (bullet.id, bullet.pinned));
        let change = match (key, marked) {
            ('u', _) if undo == Undo::Asks => {
                page.undo = Undo::Asked;
                page.said = Some("u again takes back the change before that, too".to_owned());
                return;
            }
            ('u', _) => {
                page.undo = Undo::Asks;
                let id = self.fresh_id();
                return self.send(Command::Playbook(PlaybookCommand::Undo { id, key: book, delta: None }));
            }
            ('h', _) if matches!(page.inside, Inside::History(_)) => {
                page.go_back();
                return;
            }
            ('h', _) => return self.open_history(),
            ('w', _) => return self.explain_or_go_back(),
            ('e', _) => return page.open_edit(),
            ('o', _) => UserChange::Switch { off: !off },
            ('a', Some((id, _))) => UserChange::Accept { id },
            ('r', Some((id, _))) => UserChange::Refuse { id },
            ('+', Some((id, _))) => UserChange::Promote { id },
            ('-', Some((id, _))) => UserChange::Demote { id },
            ('p', Some((id, pinned))) => UserChange::Pin { id, pinned: !pinned },
            // What goes is asked about where it can be seen among the others.
            ('d', Some((id, _))) if condemned == Some(id) => UserChange::Remove { id },
            ('d', Some((id, _))) if !is_inside => {
                page.condemned = Some(id);
                return;
            }
            _ => return,
        };
        // What was just done is taken back at once.
        page.undo = Undo::AtOnce;
        let id = self.fresh_id();
        self.send(Command::Playbook(PlaybookCommand::Change { id, key: book, change }));
    }

    /// Opens the explanation of the marked bullet, or goes back from one to the list.
    fn explain_or_go_back(&mut self) {
        if self.page().is_some_and(Page::go_back) {
            return;
        }
        if let Some((key, id)) = self.page().and_then(Page::open_why) {
            self.effect(Effect::Query(Query::BulletWhy { key, id }));
        }
    }

    /// Enter: keeps what is typed, takes the marked row, goes into the explanation of the marked bullet, and back; where there is no
    /// bullet, out of the playbook.
    pub(super) fn playbook_accept(&mut self) {
        let Some(page) = self.page() else { return };
        match &page.inside {
            Inside::Filter => {
                page.moved();
                page.go_back();
            }
            Inside::Books(_) => self.choose_book(),
            Inside::List if page.total() == 0 => self.overlay = None,
            Inside::List if page.marked().is_none() => {}
            _ => self.explain_or_go_back(),
        }
    }

    /// The help: of the pane first, where that is open and nothing is written; false where it is that of all.
    pub(super) fn help_of_playbook(&mut self) -> bool {
        match self.page().map(|page| &mut page.inside) {
            None | Some(Inside::Keys(_) | Inside::Edit(_)) => false,
            Some(inside) => {
                *inside = Inside::Keys(0);
                true
            }
        }
    }
}
