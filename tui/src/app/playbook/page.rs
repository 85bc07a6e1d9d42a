//! A playbook on the screen: its bullets in their order, those that fit what is typed, the one that is marked, and what changed of
//! them since the last key.
//!
//! What must stay true: the marked bullet stays marked though others come and go; what is being written is left only by its own keys;
//! what comes late takes nothing back.

use super::books::Reading;
use super::filter::Filter;
use super::inside::{Draft, Inside, Why};
use crate::words::playbook::Part;
use conductor::domain::{Bullet, BulletId, BulletWhy, ChatOrigin, MessageId, Playbook, PlaybookKey, Provenance, Shown, Stage};
use std::collections::{BTreeMap, HashMap};

/// A playbook on the screen.
#[derive(Debug, Default)]
pub struct Page {
    /// `None` until it comes.
    pub(super) playbook: Option<Playbook>,
    /// What the last prompt had of playbooks.
    pub(super) shown: Option<Shown>,
    /// The playbook of who answered last; `None` where nobody did.
    pub(crate) answering: Option<PlaybookKey>,
    /// It shows that one, and goes on to do so.
    pub(super) follows: bool,
    /// The user, or an answer, went on to another than was asked for first.
    pub(super) chosen: bool,
    /// What is typed to narrow the bullets.
    pub(crate) filter: String,
    /// The bullet that is marked, of those that fit, in their order on the screen.
    pub(crate) selected: usize,
    /// The bullet that was marked before the filter was typed.
    pub(super) anchor: Option<BulletId>,
    /// The bullet that goes with the next press of the key.
    pub(crate) condemned: Option<BulletId>,
    pub(super) undo: Undo,
    /// What changed since the last key, as it was before; `None` for what is new.
    pub(super) fresh: BTreeMap<BulletId, Option<Bullet>>,
    /// What is said above the list until the next key.
    pub(crate) said: Option<String>,
    /// What bullets came from that wait for a yes; `None` while that is being asked, and for what is gone.
    origins: HashMap<MessageId, Option<ChatOrigin>>,
    /// Questions about all playbooks.
    pub(super) reading: Reading,
    /// What is open inside.
    pub(crate) inside: Inside,
}

/// What the key does that takes a change back. A key that is held must not take back all of them.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) enum Undo {
    /// It takes the last change back.
    #[default]
    AtOnce,
    /// One was taken back: it asks.
    Asks,
    /// It asked: it takes one more back.
    Asked,
}

impl Page {
    /// One that is being looked for.
    pub(super) fn new(shown: Option<Shown>, answering: Option<PlaybookKey>, follows: bool) -> Self {
        Self { shown, answering, follows, ..Self::default() }
    }

    /// What it is about, and whether it is not used.
    pub(crate) fn playbook(&self) -> Option<&Playbook> {
        self.playbook.as_ref()
    }

    /// Which it is.
    pub(super) fn key(&self) -> Option<&PlaybookKey> {
        self.playbook.as_ref().map(|playbook| &playbook.key)
    }

    /// Whether it shows the playbook `key`.
    pub(super) fn is(&self, key: &PlaybookKey) -> bool {
        self.key() == Some(key)
    }

    /// Whether nothing is open inside but the list.
    pub(super) fn is_list(&self) -> bool {
        matches!(self.inside, Inside::List)
    }

    /// How many bullets wait for a yes.
    pub(crate) fn waiting(&self) -> usize {
        self.playbook.as_ref().map_or(0, |playbook| playbook.in_stage(Stage::Proposed).count())
    }

    /// The bullets that fit what is typed, in their order on the screen: those that wait for a yes first, then by section; what is in
    /// no prompt last.
    pub(crate) fn bullets(&self) -> Vec<&Bullet> {
        let Some(playbook) = &self.playbook else { return Vec::new() };
        let (mut first, mut last) = (Vec::new(), Vec::new());
        first.extend(playbook.in_stage(Stage::Proposed));
        for (_, bullets) in playbook.sections() {
            for bullet in bullets.into_iter().filter(|bullet| bullet.stage != Stage::Proposed) {
                if bullet.stage.is_active() { first.push(bullet) } else { last.push(bullet) }
            }
        }
        first.append(&mut last);
        let filter = Filter::of(&self.filter);
        first.retain(|bullet| filter.fits(bullet));
        first
    }

    /// How many fit.
    pub(in crate::app) fn len(&self) -> usize {
        self.bullets().len()
    }

    /// How many bullets there are, whether they fit or not.
    pub(crate) fn total(&self) -> usize {
        self.playbook.as_ref().map_or(0, |playbook| playbook.bullets.len())
    }

    /// Whether something is typed that narrows the bullets.
    pub(crate) fn is_narrowed(&self) -> bool {
        !self.filter.trim().is_empty()
    }

    /// What Up and Down move, and how many rows it has; `None` where they move something else.
    pub(in crate::app) fn cursor(&mut self) -> Option<(&mut usize, usize)> {
        let count = match &self.inside {
            Inside::List | Inside::Filter => self.len(),
            Inside::Books(books) => books.fitting().len(),
            _ => usize::MAX,
        };
        let at = match &mut self.inside {
            Inside::List | Inside::Filter => &mut self.selected,
            Inside::Books(books) => &mut books.selected,
            Inside::Why(why) => &mut why.top,
            Inside::History(history) => &mut history.top,
            Inside::Keys(top) => top,
            Inside::Edit(_) => return None,
        };
        Some((at, count))
    }

    /// The mark was moved, and not by what is typed.
    pub(in crate::app) fn moved(&mut self) {
        self.anchor = self.marked().map(|bullet| bullet.id).or(self.anchor);
    }

    /// How a bullet took part in the last answer.
    pub(crate) fn part(&self, id: BulletId) -> Part {
        let shown = self.shown.iter().flat_map(Shown::each).find(|shown| self.is(&shown.playbook));
        match shown {
            Some(shown) if shown.cited.contains(&id) => Part::Cited,
            Some(shown) if shown.bullets.contains(&id) => Part::Shown,
            _ => Part::None,
        }
    }

    pub(super) fn marked(&self) -> Option<&Bullet> {
        self.bullets().get(self.selected).copied()
    }

    /// What a bullet came from, where that is an answer and known.
    pub(crate) fn origin(&self, bullet: &Bullet) -> Option<&ChatOrigin> {
        match &bullet.provenance {
            Provenance::Chat { message } => self.origins.get(message)?.as_ref(),
            Provenance::Sample { .. } | Provenance::User | Provenance::Import { .. } => None,
        }
    }

    /// Takes in the playbook as it is now, or another; false where that comes late, and what is shown is newer.
    fn replace(&mut self, playbook: Playbook) -> bool {
        match &self.playbook {
            Some(shown) if shown.key == playbook.key => {
                if playbook.last < shown.last {
                    return false;
                }
                self.compare(&playbook);
            }
            Some(_) => {
                (self.selected, self.anchor, self.condemned) = (0, None, None);
                self.seen();
                if !matches!(self.inside, Inside::Books(_) | Inside::Filter | Inside::Keys(_)) {
                    self.inside = Inside::List;
                }
            }
            None => {}
        }
        self.playbook = Some(playbook);
        true
    }

    /// Shows the playbook as it is now. Gives the answers that bullets which wait for a yes came from and that nobody asked for yet.
    pub(super) fn put(&mut self, playbook: Playbook) -> Vec<MessageId> {
        let marked = self.marked().filter(|_| self.is(&playbook.key)).map(|bullet| (bullet.id, bullet.stage));
        if !self.replace(playbook) {
            return Vec::new();
        }
        let bullets = self.bullets();
        let now = marked.and_then(|(id, _)| bullets.iter().position(|bullet| bullet.id == id));
        let last = bullets.len().saturating_sub(1);
        let waiting = bullets.iter().filter(|bullet| bullet.stage == Stage::Proposed).count();
        let was_waiting = marked.is_some_and(|(_, stage)| stage == Stage::Proposed);
        self.selected = match now {
            // It was answered in the list, and the next of those that wait has come into its place.
            Some(at) if was_waiting && at >= waiting && waiting > 0 && self.explained().is_none() => {
                self.selected.min(waiting - 1)
            }
            Some(at) => at,
            None => self.selected.min(last),
        };
        self.leave_what_is_gone();
        self.unknown_origins()
    }

    /// Goes back from what tells of a bullet that is gone.
    fn leave_what_is_gone(&mut self) {
        let of = match &mut self.inside {
            Inside::Why(why) => Some(why.id),
            Inside::History(history) => {
                let now = self.playbook.as_ref().and_then(|playbook| playbook.bullets.get(&history.id()));
                now.into_iter().for_each(|bullet| history.renew(bullet));
                Some(history.id())
            }
            _ => None,
        };
        if of.is_some_and(|id| self.playbook.as_ref().is_some_and(|playbook| !playbook.bullets.contains_key(&id))) {
            self.inside = Inside::List;
        }
    }

    fn unknown_origins(&mut self) -> Vec<MessageId> {
        let mut unknown = Vec::new();
        for bullet in self.playbook.iter().flat_map(|playbook| playbook.in_stage(Stage::Proposed)) {
            if let Provenance::Chat { message } = bullet.provenance
                && !self.origins.contains_key(&message)
                && !unknown.contains(&message)
            {
                unknown.push(message);
            }
        }
        self.origins.extend(unknown.iter().map(|message| (*message, None)));
        unknown
    }

    pub(super) fn put_origins(&mut self, origins: Vec<ChatOrigin>) {
        self.origins.extend(origins.into_iter().map(|origin| (origin.message, Some(origin))));
    }

    /// Opens the explanation of the marked bullet; gives which it is.
    pub(super) fn open_why(&mut self) -> Option<(PlaybookKey, BulletId)> {
        let (key, id) = (self.playbook()?.key.clone(), self.marked()?.id);
        self.inside = Inside::Why(Why { id, why: None, now_ms: 0, top: 0 });
        Some((key, id))
    }

    /// The bullet whose explanation is open.
    pub(super) fn explained(&self) -> Option<BulletId> {
        match &self.inside {
            Inside::Why(why) => Some(why.id),
            _ => None,
        }
    }

    pub(super) fn put_why(&mut self, found: Box<BulletWhy>, now_ms: i64) {
        if let Inside::Why(why) = &mut self.inside
            && why.id == found.bullet.id
            && self.playbook.as_ref().is_some_and(|playbook| playbook.key == found.key)
        {
            (why.why, why.now_ms) = (Some(found), now_ms);
        }
    }

    /// Has the words of the marked bullet changed.
    pub(super) fn open_edit(&mut self) {
        if let Some(draft) = self.marked().map(Draft::of) {
            self.inside = Inside::Edit(Box::new(draft));
        }
    }

    pub(super) fn draft(&mut self) -> Option<&mut Draft> {
        match &mut self.inside {
            Inside::Edit(draft) => Some(draft),
            _ => None,
        }
    }

    /// Whether keys write.
    pub(super) fn is_writing(&self) -> bool {
        matches!(self.inside, Inside::Edit(_))
    }

    /// Goes back to the list; false where nothing else was open.
    pub(in crate::app) fn go_back(&mut self) -> bool {
        !matches!(std::mem::take(&mut self.inside), Inside::List)
    }
}
