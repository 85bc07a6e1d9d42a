//! A playbook that is being changed, and the steps that change it.
//!
//! What must stay true: the playbook is always what its steps made of it; a step that does not fit is in neither.

use super::{Applied, Rules, budget};
use crate::ace::replay::fold_step;
use crate::domain::{
    Bullet, BulletId, Cause, Counts, Delta, DeltaSeq, Playbook, Provenance, Reject, RejectReason, Stage, Step, Text,
};
use std::collections::HashSet;

/// See the module.
pub(in crate::ace) struct Draft {
    book: Playbook,
    steps: Vec<Step>,
    now_ms: i64,
}

impl Draft {
    /// Of `book`, which stays as it is, at `now_ms`.
    pub(in crate::ace) fn new(book: &Playbook, now_ms: i64) -> Self {
        Self { book: book.clone(), steps: Vec::new(), now_ms }
    }

    /// The playbook as it is by now.
    pub(in crate::ace) fn book(&self) -> &Playbook {
        &self.book
    }

    /// Whether nothing was done.
    pub(in crate::ace) fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// Does `step`. Those made here fit always; one that would not is dropped rather than written down.
    pub(in crate::ace) fn step(&mut self, step: Step) {
        let done = fold_step(&mut self.book, &step, self.now_ms);
        debug_assert_eq!(done, Ok(()), "{step:?}");
        if done.is_ok() {
            self.steps.push(step);
        }
    }

    /// The bullet that a model or a person calls `name`.
    pub(super) fn find(&self, name: &str) -> Result<&Bullet, RejectReason> {
        let bullet = BulletId::parse(name).and_then(|id| self.book.bullets.get(&id)).filter(|bullet| bullet.is_called(name));
        bullet.ok_or_else(|| RejectReason::NoSuchBullet { id: name.chars().take(40).collect() })
    }

    /// A new bullet, under the next number.
    pub(super) fn insert(
        &mut self,
        text: Text,
        rules: &Rules,
        stage: Stage,
        provenance: Provenance,
    ) -> Result<BulletId, RejectReason> {
        let (id, now) = (self.next(rules)?, self.now_ms);
        let bullet =
            Bullet { id, text, counts: Counts::NONE, stage, pinned: false, provenance, created_ms: now, updated_ms: now };
        self.step(Step::Insert { bullet: Box::new(bullet) });
        Ok(id)
    }

    /// The next number.
    pub(super) fn next(&self, rules: &Rules) -> Result<BulletId, RejectReason> {
        if self.book.bullets.len() >= rules.most_bullets || self.book.next == u32::MAX {
            return Err(RejectReason::Malformed { what: "the playbook is full".to_owned() });
        }
        Ok(BulletId(self.book.next))
    }

    /// Takes a bullet away.
    pub(super) fn remove(&mut self, id: BulletId) -> Option<Bullet> {
        let bullet = self.book.bullets.get(&id)?.clone();
        self.step(Step::Delete { bullet: Box::new(bullet.clone()) });
        Some(bullet)
    }

    /// Counts; nothing where there is nothing to count, and never past the most that can be counted.
    pub(super) fn count(&mut self, id: BulletId, more: Counts, less: Counts) {
        let Some(bullet) = self.book.bullets.get(&id) else { return };
        let raised = bullet.counts.plus(more);
        let (more, less) = (raised.minus(bullet.counts), raised.minus(raised.minus(less)));
        if more != Counts::NONE || less != Counts::NONE {
            self.step(Step::Count { id, more, less });
        }
    }

    /// Into another stage; nothing where it is in it.
    pub(in crate::ace) fn move_to(&mut self, id: BulletId, to: Stage) {
        if let Some(from) = self.book.bullets.get(&id).map(|bullet| bullet.stage).filter(|from| *from != to) {
            self.step(Step::Move { id, from, to });
        }
    }

    /// Makes room where there is too little (those in `last` go last), and ends.
    pub(in crate::ace) fn finish(
        mut self,
        cause: Cause,
        reasoning: String,
        rejects: Vec<Reject>,
        rules: &Rules,
        last: &HashSet<BulletId>,
    ) -> Applied {
        for id in budget::to_archive(&self.book, rules, last) {
            self.move_to(id, Stage::Archived);
        }
        let delta = Delta { seq: DeltaSeq(0), at_ms: self.now_ms, cause, reasoning, steps: self.steps, rejects };
        Applied { playbook: self.book, delta }
    }
}
