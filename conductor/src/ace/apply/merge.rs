//! Bullets that say the same become one.

use super::{Applied, Draft, Rules};
use crate::domain::{Bullet, BulletId, Cause, Counts, Playbook, Stage};
use std::collections::HashSet;

/// Makes one bullet of each of `pairs`, and adds up what was observed of both. The older stays, but one that is pinned stays before
/// one that is not, and one that may be in prompts before one that may not. Nothing becomes of a pair that holds a bullet that is
/// gone (by an earlier pair), two pinned ones, or one in quarantine: what did harm is not counted for another.
pub fn merge(book: &Playbook, pairs: &[(BulletId, BulletId)], rules: &Rules, now_ms: i64) -> Applied {
    let mut draft = Draft::new(book, now_ms);
    for (a, b) in pairs.iter().filter(|(a, b)| a != b) {
        let bullets = &draft.book().bullets;
        let (Some(a), Some(b)) = (bullets.get(a), bullets.get(b)) else { continue };
        if a.pinned && b.pinned || [a, b].iter().any(|bullet| bullet.stage == Stage::Quarantine) {
            continue;
        }
        let first = |bullet: &Bullet| (!bullet.pinned, !bullet.stage.is_active(), bullet.created_ms, bullet.id);
        let (keep, gone) = if first(a) <= first(b) { (a.id, b) } else { (b.id, a) };
        let (gone, counts) = (gone.id, gone.counts);
        draft.count(keep, counts, Counts::NONE);
        draft.remove(gone);
    }
    draft.finish(Cause::Dedup, String::new(), Vec::new(), rules, &HashSet::new())
}
