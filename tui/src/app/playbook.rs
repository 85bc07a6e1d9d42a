//! The playbook that lies in front: its bullets, and what the user does to them.
//!
//! What must stay true: the conductor has the last word: what is shown is what it said; a bullet is touched by its own key alone, and
//! each change can be taken back.

use super::App;
use super::overlay::Overlay;
use crate::keymap::Edit;
use crate::msg::Effect;
use crate::words::playbook::{Names, Part};
use conductor::domain::{Bullet, BulletId, Playbook, PlaybookKey, Rating, Shown, Stage, UserChange};
use conductor::protocol::{Command, Notice, PlaybookCommand, PlaybookEvent, Query};
use std::time::Instant;

/// A playbook on the screen.
#[derive(Debug, Default)]
pub struct Page {
    /// `None` until it comes.
    playbook: Option<Playbook>,
    /// What the last prompt had of it.
    shown: Option<Shown>,
    /// The bullet that is marked, of those in their order on the screen.
    pub(crate) selected: usize,
    /// The bullet that goes with the next press of the key.
    pub(crate) condemned: Option<BulletId>,
}

impl Page {
    /// What it is about, and whether it is not used.
    pub(crate) fn playbook(&self) -> Option<&Playbook> {
        self.playbook.as_ref()
    }

    /// The bullets in their order on the screen: those that wait for a yes first, then by section; what is in no prompt last.
    pub(crate) fn bullets(&self) -> Vec<&Bullet> {
        let Some(playbook) = &self.playbook else { return Vec::new() };
        let (mut first, mut last) = (Vec::new(), Vec::new());
        first.extend(playbook.in_stage(Stage::Proposed));
        for (_, bullets) in playbook.sections() {
            for bullet in bullets.into_iter().filter(|bullet| bullet.stage != Stage::Proposed) {
                if bullet.stage.is_active() { first.push(bullet) } else { last.push(bullet) }
            }
        }
        [first, last].concat()
    }

    pub(super) fn len(&self) -> usize {
        self.playbook.as_ref().map_or(0, |playbook| playbook.bullets.len())
    }

    /// How a bullet took part in the last answer.
    pub(crate) fn part(&self, id: BulletId) -> Part {
        match &self.shown {
            Some(shown) if shown.cited.contains(&id) => Part::Cited,
            Some(shown) if shown.bullets.contains(&id) => Part::Shown,
            _ => Part::None,
        }
    }

    fn marked(&self) -> Option<&Bullet> {
        self.bullets().get(self.selected).copied()
    }
}

impl App {
    /// Shows the playbook called `name`; without one that of the last answer.
    pub(super) fn open_playbook(&mut self, name: Option<String>) {
        let shown = self.decided().and_then(|(decision, _)| decision.shown.clone());
        let name = name.or_else(|| shown.as_ref().map(|shown| shown.playbook.to_string())).or_else(|| self.last_playbook());
        let Some(name) = name else {
            return self.notice(&Notice::info(
                "there is no playbook to show yet",
                "ask something first, or name one: `/playbook math-qwen`; `segno playbook add` writes into one",
            ));
        };
        self.overlay = Some(Overlay::Playbook(Box::new(Page { shown, ..Page::default() })));
        self.effect(Effect::Query(Query::PlaybookNamed(name)));
    }

    /// The playbook of who answered last, whether it has bullets or not.
    fn last_playbook(&self) -> Option<String> {
        let (decision, _) = self.decided()?;
        let model = self.model(self.room.answered.as_ref()?)?;
        PlaybookKey::new(decision.task.class.word(), &model.family, None).ok().map(|key| key.to_string())
    }

    pub(super) fn playbook_reply(&mut self, playbook: Playbook) {
        if let Some(Overlay::Playbook(page)) = &mut self.overlay {
            page.selected = page.selected.min(playbook.bullets.len().saturating_sub(1));
            page.shown = page.shown.take().filter(|shown| shown.playbook == playbook.key);
            page.playbook = Some(playbook);
        }
    }

    pub(super) fn playbook_event(&mut self, event: PlaybookEvent, now: Instant) {
        match event {
            PlaybookEvent::Rated { rating, .. } => self.say(rated(&rating), now),
            PlaybookEvent::Changed { result: Err(failure), .. } => self.say(format!("{failure}"), now),
            PlaybookEvent::Changed { result: Ok(changed), .. } => {
                let names = Names::of(&changed.playbook, std::slice::from_ref(&changed.delta));
                if let Some(step) = changed.delta.steps.first() {
                    self.say(names.step(step), now);
                }
                let open = matches!(&self.overlay, Some(Overlay::Playbook(page))
                    if page.playbook.as_ref().is_some_and(|shown| shown.key == changed.playbook.key));
                if open {
                    self.playbook_reply(changed.playbook);
                }
            }
        }
        self.touch();
    }

    /// The keys of the playbook: each does one thing to the marked bullet, or to all of it.
    pub(super) fn playbook_edit(&mut self, edit: Edit) {
        let Edit::Insert(key) = edit else { return };
        let Some(Overlay::Playbook(page)) = &mut self.overlay else { return };
        let condemned = page.condemned.take();
        let Some(playbook) = page.playbook() else { return };
        let (book, off) = (playbook.key.clone(), playbook.off);
        if key == 'u' {
            let id = self.fresh_id();
            return self.send(Command::Playbook(PlaybookCommand::Undo { id, key: book, delta: None }));
        }
        let marked = page.marked().map(|bullet| (bullet.id, bullet.pinned));
        let change = match (key, marked) {
            ('o', _) => UserChange::Switch { off: !off },
            ('a', Some((id, _))) => UserChange::Accept { id },
            ('r', Some((id, _))) => UserChange::Refuse { id },
            ('+', Some((id, _))) => UserChange::Promote { id },
            ('-', Some((id, _))) => UserChange::Demote { id },
            ('p', Some((id, pinned))) => UserChange::Pin { id, pinned: !pinned },
            ('d', Some((id, _))) if condemned == Some(id) => UserChange::Remove { id },
            ('d', Some((id, _))) => {
                page.condemned = Some(id);
                return;
            }
            _ => return,
        };
        let id = self.fresh_id();
        self.send(Command::Playbook(PlaybookCommand::Change { id, key: book, change }));
    }
}

fn rated(rating: &Rating) -> &'static str {
    match rating {
        Rating::Good => "noted: a good answer",
        Rating::Bad { .. } => "noted: not a good answer",
        Rating::Correct { .. } => "noted: what it should have been",
        Rating::Again | Rating::Edited => "noted",
    }
}
