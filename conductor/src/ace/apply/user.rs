//! What the user does to a playbook.
//!
//! What must stay true: the user may do what models may not (touch pinned bullets, write what is forbidden to them), and goes by the
//! same lines, limits and budget; what the user just did makes room last.

use super::known::{self, Known};
use super::{Applied, Draft, Rules};
use crate::domain::{Bullet, BulletId, Cause, Playbook, Provenance, RejectReason, Stage, Step, Text, UserChange};
use std::collections::HashSet;

/// Does `change`.
///
/// # Errors
/// The reason where it cannot be done.
pub fn change(book: &Playbook, change: &UserChange, rules: &Rules, now_ms: i64) -> Result<Applied, RejectReason> {
    let mut draft = Draft::new(book, now_ms);
    let touched = match change {
        UserChange::Add { section, content } => {
            let known = Known::of(book);
            let text = known.text(section, content, rules)?;
            known.is_new(&text.content, None)?;
            Some(draft.insert(text, rules, Stage::Staging, Provenance::User)?)
        }
        UserChange::Edit { id, section, content } => Some(edit(&mut draft, *id, section.as_deref(), content, rules)?),
        UserChange::Remove { id } => {
            find(book, *id)?;
            draft.remove(*id);
            None
        }
        UserChange::Accept { id } => Some(decide(&mut draft, *id, Stage::Shadow)?),
        UserChange::Refuse { id } => Some(decide(&mut draft, *id, Stage::Quarantine)?),
        UserChange::Promote { id } => Some(shift(&mut draft, *id, up)?),
        UserChange::Demote { id } => Some(shift(&mut draft, *id, down)?),
        UserChange::Pin { id, pinned } => Some(pin(&mut draft, *id, *pinned)?),
        UserChange::Switch { off } => {
            if book.off == *off {
                return no_change(if *off { "it is off already" } else { "it is on already" });
            }
            draft.step(Step::Switch { off: *off });
            None
        }
    };
    let last: HashSet<BulletId> = touched.into_iter().collect();
    Ok(draft.finish(Cause::User, String::new(), Vec::new(), rules, &last))
}

fn no_change<T>(what: impl Into<String>) -> Result<T, RejectReason> {
    Err(RejectReason::NoChange { what: what.into() })
}

fn find(book: &Playbook, id: BulletId) -> Result<&Bullet, RejectReason> {
    book.bullets.get(&id).ok_or_else(|| RejectReason::NoSuchBullet { id: id.to_string() })
}

fn edit(draft: &mut Draft, id: BulletId, section: Option<&str>, content: &str, rules: &Rules) -> Result<BulletId, RejectReason> {
    let before = find(draft.book(), id)?.text.clone();
    let mut known = Known::of(draft.book());
    known.forget(id, &before);
    let after = match section {
        Some(section) => known.text(section, content, rules)?,
        None => Text { section: before.section.clone(), content: known::content(content, rules)? },
    };
    if after == before {
        return no_change("it says so already");
    }
    known.is_new(&after.content, Some(id))?;
    draft.step(Step::Edit { id, before, after });
    Ok(id)
}

/// The yes or no to a proposal.
fn decide(draft: &mut Draft, id: BulletId, to: Stage) -> Result<BulletId, RejectReason> {
    let stage = find(draft.book(), id)?.stage;
    if stage != Stage::Proposed {
        return no_change(format!("it waits for no answer: it is in {}", stage.word()));
    }
    draft.move_to(id, to);
    Ok(id)
}

fn shift(draft: &mut Draft, id: BulletId, next: fn(&Bullet) -> Result<Stage, RejectReason>) -> Result<BulletId, RejectReason> {
    let to = next(find(draft.book(), id)?)?;
    draft.move_to(id, to);
    Ok(id)
}

fn up(bullet: &Bullet) -> Result<Stage, RejectReason> {
    match bullet.stage {
        Stage::Proposed | Stage::Quarantine | Stage::Archived => Ok(Stage::Shadow),
        Stage::Shadow => Ok(Stage::Staging),
        Stage::Staging => Ok(Stage::Prod),
        Stage::Prod => no_change("it is in prod already"),
    }
}

fn down(bullet: &Bullet) -> Result<Stage, RejectReason> {
    match bullet.stage {
        Stage::Prod => Ok(Stage::Staging),
        Stage::Staging => Ok(Stage::Shadow),
        Stage::Shadow if bullet.pinned => Err(RejectReason::Pinned),
        Stage::Shadow => Ok(Stage::Archived),
        Stage::Proposed | Stage::Quarantine | Stage::Archived => no_change("it is in no prompt already"),
    }
}

fn pin(draft: &mut Draft, id: BulletId, pinned: bool) -> Result<BulletId, RejectReason> {
    let bullet = find(draft.book(), id)?;
    if bullet.pinned == pinned {
        return no_change(if pinned { "it is pinned already" } else { "it is not pinned" });
    }
    if pinned && !bullet.stage.is_active() {
        draft.move_to(id, Stage::Staging);
    }
    draft.step(Step::Pin { id, pinned });
    Ok(id)
}
