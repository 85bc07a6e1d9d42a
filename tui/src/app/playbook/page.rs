//! A playbook on the screen: its bullets in their order, the one that is marked, and what is open inside of the pane.
//!
//! What must stay true: the marked bullet stays marked though others come and go; what is being written is left only by its own keys.

use crate::composer::Composer;
use crate::words::playbook::Part;
use conductor::domain::{
    Bullet, BulletId, BulletWhy, ChatOrigin, MessageId, Playbook, PlaybookKey, Prompt, Provenance, RequestId, Shown, Stage,
};
use std::collections::HashMap;

/// A playbook on the screen.
#[derive(Debug, Default)]
pub struct Page {
    /// `None` until it comes.
    playbook: Option<Playbook>,
    /// What the last prompt had of it.
    pub(super) shown: Option<Shown>,
    /// The bullet that is marked, of those in their order on the screen.
    pub(crate) selected: usize,
    /// The bullet that goes with the next press of the key.
    pub(crate) condemned: Option<BulletId>,
    /// What bullets came from that wait for a yes; `None` while that is being asked, and for what is gone.
    origins: HashMap<MessageId, Option<ChatOrigin>>,
    /// What is open inside.
    pub(crate) inside: Inside,
}

/// What is open inside of the pane.
#[derive(Debug, Default)]
pub(crate) enum Inside {
    /// The list.
    #[default]
    List,
    /// Why a bullet stands where it stands.
    Why(Why),
    /// The list, and the words of a bullet below it, to be changed.
    Edit(Box<Draft>),
}

/// Why a bullet stands where it stands.
#[derive(Debug)]
pub(crate) struct Why {
    /// Which.
    pub(crate) id: BulletId,
    /// `None` until it comes.
    pub(crate) why: Option<Box<BulletWhy>>,
    /// When it came: milliseconds since 1970-01-01 UTC.
    pub(crate) now_ms: i64,
    /// The first row shown; the drawing keeps it inside of the text.
    pub(crate) top: usize,
}

/// Other words for a bullet.
#[derive(Debug)]
pub(crate) struct Draft {
    /// Which.
    pub(crate) id: BulletId,
    /// Its name.
    pub(crate) name: String,
    /// The words.
    pub(crate) words: Composer,
    /// The request that stores them, while it is under way.
    pub(crate) sent: Option<RequestId>,
}

impl Draft {
    fn of(bullet: &Bullet) -> Self {
        let mut words = Composer::default();
        words.load_words(&Prompt::typed(bullet.text.content.clone()));
        Self { id: bullet.id, name: bullet.name(), words, sent: None }
    }
}

impl Page {
    /// One that is being looked for.
    pub(super) fn new(shown: Option<Shown>) -> Self {
        Self { shown, ..Self::default() }
    }

    /// What it is about, and whether it is not used.
    pub(crate) fn playbook(&self) -> Option<&Playbook> {
        self.playbook.as_ref()
    }

    /// Whether it shows the playbook `key`.
    pub(super) fn is(&self, key: &PlaybookKey) -> bool {
        self.playbook.as_ref().is_some_and(|playbook| playbook.key == *key)
    }

    /// How many bullets wait for a yes.
    pub(crate) fn waiting(&self) -> usize {
        self.playbook.as_ref().map_or(0, |playbook| playbook.in_stage(Stage::Proposed).count())
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

    pub(in crate::app) fn len(&self) -> usize {
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

    /// Shows the playbook as it is now. Gives the answers that bullets which wait for a yes came from and that nobody asked for yet.
    pub(super) fn put(&mut self, playbook: Playbook) -> Vec<MessageId> {
        let marked = self.marked().map(|bullet| (bullet.id, bullet.stage));
        self.shown = self.shown.take().filter(|shown| shown.playbook == playbook.key);
        self.playbook = Some(playbook);
        let now = marked.and_then(|(id, _)| self.bullets().iter().position(|bullet| bullet.id == id));
        let (waiting, last) = (self.waiting(), self.len().saturating_sub(1));
        let was_waiting = marked.is_some_and(|(_, stage)| stage == Stage::Proposed);
        self.selected = match now {
            // It was answered in the list, and the next of those that wait has come into its place.
            Some(at) if was_waiting && at >= waiting && waiting > 0 && self.explained().is_none() => {
                self.selected.min(waiting - 1)
            }
            Some(at) => at,
            None => self.selected.min(last),
        };
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
            Inside::List | Inside::Edit(_) => None,
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
            Inside::List | Inside::Why(_) => None,
        }
    }

    /// Whether keys write.
    pub(super) fn is_writing(&self) -> bool {
        matches!(self.inside, Inside::Edit(_))
    }

    /// Goes back to the list; false where nothing else was open.
    pub(super) fn go_back(&mut self) -> bool {
        !matches!(std::mem::take(&mut self.inside), Inside::List)
    }
}
