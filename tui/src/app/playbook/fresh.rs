//! What changed of the playbook that is shown since the last key.
//!
//! What must stay true: each change is told against what was there before the first of them, so that what was taken back is none.

use super::Page;
use crate::words::changes;
use conductor::domain::{Bullet, BulletId, Playbook};

impl Page {
    /// The next key was pressed: what changed was seen.
    pub(in crate::app) fn seen(&mut self) {
        self.fresh.clear();
        self.said = None;
    }

    /// What changed of a bullet since the last key; empty for nothing.
    pub(crate) fn news(&self, bullet: &Bullet) -> String {
        self.fresh.get(&bullet.id).map_or_else(String::new, |before| changes::news(before.as_ref(), bullet))
    }

    /// How many of the bullets that are there changed since the last key.
    pub(crate) fn changed(&self) -> usize {
        let bullets = self.playbook.iter().flat_map(|playbook| playbook.bullets.values());
        bullets.filter(|bullet| !self.news(bullet).is_empty()).count()
    }

    /// The bullets that went since the last key.
    pub(crate) fn gone(&self) -> Vec<&Bullet> {
        let is_there = |id: &BulletId| self.playbook.as_ref().is_some_and(|playbook| playbook.bullets.contains_key(id));
        self.fresh.iter().filter(|(id, _)| !is_there(id)).filter_map(|(_, before)| before.as_ref()).collect()
    }

    /// Keeps how the bullets were that are other ones in `now`.
    pub(super) fn compare(&mut self, now: &Playbook) {
        let Some(before) = &self.playbook else { return };
        for (id, bullet) in &now.bullets {
            let was = before.bullets.get(id);
            if was != Some(bullet) {
                self.fresh.entry(*id).or_insert_with(|| was.cloned());
            }
        }
        for (id, was) in before.bullets.iter().filter(|(id, _)| !now.bullets.contains_key(id)) {
            self.fresh.entry(*id).or_insert_with(|| Some(was.clone()));
        }
    }
}
