//! A playbook from its deltas, and deltas taken back.
//!
//! What must stay true: a playbook is what its deltas made of it; a step that does not fit what is there is an error and changes
//! nothing; taking back the last delta gives the playbook before it, but for the number of the next bullet, which never falls, and
//! the times of the last change.

mod undo;

pub use undo::{Conflict, undo, undone};

use crate::domain::{Bullet, BulletId, Delta, DeltaSeq, Playbook, PlaybookKey, Step};
use std::collections::btree_map::Entry;

/// A delta does not fit the playbook: rows are missing, or something else wrote them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("change {seq} does not fit: {what}", seq = .seq.0)]
pub struct Broken {
    /// Which delta.
    pub seq: DeltaSeq,
    /// What does not fit.
    pub what: String,
}

/// The playbook that `deltas` made, all of them in their order.
///
/// # Errors
/// [`Broken`] for the first that does not fit.
pub fn replay(key: PlaybookKey, deltas: &[Delta]) -> Result<Playbook, Broken> {
    let mut book = Playbook::new(key);
    for delta in deltas {
        fold(&mut book, delta)?;
    }
    Ok(book)
}

/// Does `delta` to `book`.
///
/// # Errors
/// [`Broken`], with the steps before the one that does not fit done: a caller who goes on folds into a copy.
pub fn fold(book: &mut Playbook, delta: &Delta) -> Result<(), Broken> {
    for step in &delta.steps {
        fold_step(book, step, delta.at_ms).map_err(|what| Broken { seq: delta.seq, what })?;
    }
    book.last = book.last.max(delta.seq);
    Ok(())
}

/// One step, at `at_ms`. Strict: what it says of before must be so.
pub(super) fn fold_step(book: &mut Playbook, step: &Step, at_ms: i64) -> Result<(), String> {
    match step {
        Step::Insert { bullet } => insert(book, bullet),
        Step::Delete { bullet } => match book.bullets.entry(bullet.id) {
            Entry::Occupied(entry) if entry.get() == &**bullet => {
                entry.remove();
                Ok(())
            }
            Entry::Occupied(_) => Err(format!("line {} is another by now", bullet.id)),
            Entry::Vacant(_) => Err(format!("there is no line {}", bullet.id)),
        },
        Step::Edit { id, before, after } => {
            let bullet = find(book, *id)?;
            (bullet.text == *before).then_some(()).ok_or_else(|| format!("line {id} has other words"))?;
            bullet.text.clone_from(after);
            bullet.updated_ms = at_ms;
            Ok(())
        }
        Step::Count { id, more, less } => {
            let bullet = find(book, *id)?;
            let counts = bullet.counts.plus(*more).minus(*less);
            // Exact, or it could not be taken back.
            let exact =
                counts.plus(*less) == bullet.counts.plus(*more) && bullet.counts.plus(*more).minus(*more) == bullet.counts;
            exact.then_some(()).ok_or_else(|| format!("line {id} has other counts"))?;
            bullet.counts = counts;
            bullet.updated_ms = at_ms;
            Ok(())
        }
        Step::Move { id, from, to } => {
            let bullet = find(book, *id)?;
            (bullet.stage == *from).then_some(()).ok_or_else(|| format!("line {id} is in {}", bullet.stage.word()))?;
            bullet.stage = *to;
            bullet.updated_ms = at_ms;
            Ok(())
        }
        Step::Pin { id, pinned } => {
            let bullet = find(book, *id)?;
            (bullet.pinned != *pinned).then_some(()).ok_or_else(|| format!("the pin of line {id} is so already"))?;
            bullet.pinned = *pinned;
            bullet.updated_ms = at_ms;
            Ok(())
        }
        Step::Switch { off } => {
            (book.off != *off).then_some(()).ok_or_else(|| "the switch is so already".to_owned())?;
            book.off = *off;
            Ok(())
        }
    }
}

fn insert(book: &mut Playbook, bullet: &Bullet) -> Result<(), String> {
    let after = bullet.id.0.checked_add(1).filter(|next| *next > 1).ok_or("no line has this number")?;
    match book.bullets.entry(bullet.id) {
        Entry::Occupied(_) => Err(format!("line {} is there already", bullet.id)),
        Entry::Vacant(entry) => {
            entry.insert(bullet.clone());
            book.next = book.next.max(after);
            Ok(())
        }
    }
}

fn find(book: &mut Playbook, id: BulletId) -> Result<&mut Bullet, String> {
    book.bullets.get_mut(&id).ok_or_else(|| format!("there is no line {id}"))
}

#[cfg(test)]
mod tests;
