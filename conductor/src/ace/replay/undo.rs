//! A delta taken back, the last or an earlier one.
//!
//! What must stay true: a step whose effect is gone by itself needs no taking back, and a later decision stands; words that were
//! changed since are never thrown away.

use crate::ace::apply::{Applied, Draft, Rules};
use crate::ace::clean;
use crate::domain::{Bullet, BulletId, Cause, Counts, Delta, DeltaSeq, Playbook, Step, Text};
use std::collections::HashSet;

/// Why a delta cannot be taken back.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Conflict {
    /// It is taken back already.
    #[error("change {} is taken back already", .seq.0)]
    Already {
        /// Which.
        seq: DeltaSeq,
    },
    /// It wrote words that were changed since.
    #[error("{name} was changed since: it says {now:?}")]
    Edited {
        /// The bullet.
        id: BulletId,
        /// Its name.
        name: String,
        /// Its words.
        now: String,
    },
    /// What would come back is said by another bullet by now.
    #[error("what would come back is said by line {other} by now")]
    Duplicate {
        /// The bullet that would come back.
        id: BulletId,
        /// The one that is there.
        other: BulletId,
    },
    /// Nothing of what it did is left.
    #[error("nothing of change {} is left to be taken back", .seq.0)]
    NothingLeft {
        /// Which.
        seq: DeltaSeq,
    },
}

/// The deltas among `deltas` (those of one playbook, in their order) that are taken back. An undo that was itself taken back
/// leaves what it had taken back in force.
pub fn undone(deltas: &[Delta]) -> HashSet<DeltaSeq> {
    let mut undone = HashSet::new();
    for delta in deltas.iter().rev() {
        if let Cause::Undo { of } = delta.cause
            && !undone.contains(&delta.seq)
        {
            undone.insert(of);
        }
    }
    undone
}

/// Takes back `delta`, with the deltas that came `later`, in their order: by opposite steps, the last one first.
///
/// - Words come back only where they are still those that the delta left; a bullet that it brought goes only where its words are.
/// - Counts are subtracted, and never below 0. Those of a bullet that is gone went with it.
/// - A bullet that it took away comes back as it was, under its number.
/// - A move, a pin or a switch is taken back where it is still in force; a later decision stands.
/// - Where what comes back leaves too little room, the least useful bullets are archived, as with any other change.
///
/// # Errors
/// [`Conflict`]; nothing is changed then.
pub fn undo(book: &Playbook, delta: &Delta, later: &[Delta], rules: &Rules, now_ms: i64) -> Result<Applied, Conflict> {
    if undone(later).contains(&delta.seq) {
        return Err(Conflict::Already { seq: delta.seq });
    }
    let mut draft = Draft::new(book, now_ms);
    for step in delta.steps.iter().rev() {
        if let Some(step) = opposite(draft.book(), step)? {
            draft.step(step);
        }
    }
    if draft.is_empty() {
        return Err(Conflict::NothingLeft { seq: delta.seq });
    }
    Ok(draft.finish(Cause::Undo { of: delta.seq }, String::new(), Vec::new(), rules, &HashSet::new()))
}

/// What takes back `step` from `book`; `None` where nothing of it is left.
fn opposite(book: &Playbook, step: &Step) -> Result<Option<Step>, Conflict> {
    Ok(match step {
        Step::Insert { bullet } => match book.bullets.get(&bullet.id) {
            Some(now) => {
                unchanged(now, &bullet.text)?;
                Some(Step::Delete { bullet: Box::new(now.clone()) })
            }
            None => None,
        },
        Step::Delete { bullet } if book.bullets.contains_key(&bullet.id) => None,
        Step::Delete { bullet } => {
            alone(book, bullet.id, &bullet.text)?;
            Some(Step::Insert { bullet: bullet.clone() })
        }
        Step::Edit { id, before, after } => match book.bullets.get(id) {
            Some(now) => {
                unchanged(now, after)?;
                alone(book, *id, before)?;
                Some(Step::Edit { id: *id, before: after.clone(), after: before.clone() })
            }
            None => None,
        },
        Step::Count { id, more, less } => book.bullets.get(id).and_then(|now| {
            let raised = now.counts.plus(*less);
            let added = raised.minus(now.counts);
            let taken = raised.minus(raised.minus(*more));
            let changes = added != Counts::NONE || taken != Counts::NONE;
            changes.then_some(Step::Count { id: *id, more: added, less: taken })
        }),
        Step::Move { id, from, to } => {
            let in_force = book.bullets.get(id).is_some_and(|now| now.stage == *to);
            in_force.then_some(Step::Move { id: *id, from: *to, to: *from })
        }
        Step::Pin { id, pinned } => {
            let in_force = book.bullets.get(id).is_some_and(|now| now.pinned == *pinned);
            in_force.then_some(Step::Pin { id: *id, pinned: !pinned })
        }
        Step::Switch { off } => (book.off == *off).then_some(Step::Switch { off: !off }),
    })
}

fn unchanged(now: &Bullet, left: &Text) -> Result<(), Conflict> {
    if now.text == *left {
        return Ok(());
    }
    Err(Conflict::Edited { id: now.id, name: now.name(), now: now.text.content.clone() })
}

/// No other bullet than `id` says what is in `text`.
fn alone(book: &Playbook, id: BulletId, text: &Text) -> Result<(), Conflict> {
    let said = clean::same(&text.content);
    let other = book.bullets.values().find(|other| other.id != id && clean::same(&other.text.content) == said);
    other.map_or(Ok(()), |other| Err(Conflict::Duplicate { id, other: other.id }))
}
