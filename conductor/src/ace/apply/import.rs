//! Bullets of a file or of another playbook come in.
//!
//! What must stay true: their numbers are never trusted; their words pass the same limits as a model's; a caller learns what became of
//! each.

use super::known::Known;
use super::{Applied, Draft, Rules};
use crate::domain::{Bullet, BulletId, Cause, Counts, Playbook, Provenance, Reject, RejectReason, Stage, Step, Text};
use std::collections::{BTreeMap, HashSet};

/// How much of what comes in is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// The words. They go on trial, with nothing observed of them: what others observed was of other models and questions.
    Words,
    /// All: stage, counts, pin, origin and times. For a playbook of the user's own.
    All,
}

/// Bullets that came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// The playbook and its delta.
    pub applied: Applied,
    /// The numbers here by the numbers there, of those that are here now: new ones, and those whose words were here already.
    pub map: BTreeMap<BulletId, BulletId>,
}

/// Takes `bullets` in, in their order. What is here already gets the counts added with [`Keep::All`], and is left with
/// [`Keep::Words`]. `forbids` says what a text holds that must not be in a bullet. The place of a [`Reject`] is that in `bullets`.
pub fn import(
    book: &Playbook,
    bullets: &[Bullet],
    keep: Keep,
    rules: &Rules,
    now_ms: i64,
    source: &str,
    forbids: &dyn Fn(&str) -> Option<String>,
) -> Imported {
    let mut draft = Draft::new(book, now_ms);
    let mut known = Known::of(book);
    let (mut rejects, mut map) = (Vec::new(), BTreeMap::new());
    for (at, bullet) in (0..).zip(bullets) {
        match words(&known, bullet, rules, forbids) {
            Err(reason) => rejects.push(Reject { at, reason }),
            Ok((text, Some(id))) => {
                if keep == Keep::All {
                    draft.count(id, bullet.counts, Counts::NONE);
                }
                known.learn(id, &text);
                map.insert(bullet.id, id);
            }
            Ok((text, None)) => match draft.next(rules) {
                Err(reason) => rejects.push(Reject { at, reason }),
                Ok(id) => {
                    known.learn(id, &text);
                    draft.step(Step::Insert { bullet: Box::new(arriving(bullet, id, text, keep, now_ms, source)) });
                    map.insert(bullet.id, id);
                }
            },
        }
    }
    let cause = Cause::Import { source: source.to_owned() };
    Imported { applied: draft.finish(cause, String::new(), rejects, rules, &HashSet::new()), map }
}

/// The words of `bullet`, and the bullet that says them already.
fn words(
    known: &Known,
    bullet: &Bullet,
    rules: &Rules,
    forbids: &dyn Fn(&str) -> Option<String>,
) -> Result<(Text, Option<BulletId>), RejectReason> {
    let text = known.text(&bullet.text.section, &bullet.text.content, rules)?;
    if let Some(what) = forbids(&format!("{}: {}", text.section, text.content)) {
        return Err(RejectReason::Forbidden { what });
    }
    let there = known.says(&text.content);
    Ok((text, there))
}

fn arriving(bullet: &Bullet, id: BulletId, text: Text, keep: Keep, now_ms: i64, source: &str) -> Bullet {
    match keep {
        Keep::All => Bullet { id, text, ..bullet.clone() },
        Keep::Words => Bullet {
            id,
            text,
            counts: Counts::NONE,
            stage: Stage::Shadow,
            pinned: false,
            provenance: Provenance::Import { source: source.to_owned() },
            created_ms: now_ms,
            updated_ms: now_ms,
        },
    }
}
