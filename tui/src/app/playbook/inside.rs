//! What can be open inside of the pane of a playbook.

use super::books::Books;
use super::history::History;
use crate::composer::Composer;
use conductor::domain::{Bullet, BulletId, BulletWhy, Prompt, RequestId};

/// What is open inside of the pane.
#[derive(Debug, Default)]
pub(crate) enum Inside {
    /// The list.
    #[default]
    List,
    /// The list, and below it what is typed to narrow it.
    Filter,
    /// Why a bullet stands where it stands.
    Why(Why),
    /// What changed a bullet.
    History(Box<History>),
    /// The list, and the words of a bullet below it, to be changed.
    Edit(Box<Draft>),
    /// All playbooks, to choose one of.
    Books(Books),
    /// What the keys do, from this row on.
    Keys(usize),
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
    pub(super) fn of(bullet: &Bullet) -> Self {
        let mut words = Composer::default();
        words.load_words(&Prompt::typed(bullet.text.content.clone()));
        Self { id: bullet.id, name: bullet.name(), words, sent: None }
    }
}
