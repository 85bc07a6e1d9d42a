//! The one place where playbooks change: what a model proposes, what the user does, what is read in.
//!
//! What must stay true: all steps of a delta are done, or none; each operation that is not done has its reason; numbers of bullets
//! are given here and never again; counters change by what was observed alone; after every delta the bullets that may be in a
//! prompt fit the budget, or only pinned ones are left.

mod budget;
mod draft;
mod import;
mod known;
mod merge;
mod user;

pub use budget::{tokens, usefulness};
pub(super) use draft::Draft;
pub use import::{Imported, Keep, import};
pub use merge::merge;
pub use user::change;

use super::clean;
use super::evidence::{Evidence, Observation};
use super::prompt::Form;
use super::proposal::{Operation, Proposal, Tag};
use crate::domain::{BulletId, Cause, Counts, Delta, DeltaSeq, Playbook, Provenance, Reject, RejectReason, Stage, Step, Text};
use known::Known;
use std::collections::{BTreeSet, HashSet};

/// The limits of a playbook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// The most tokens of all bullets that may be in a prompt, by [`tokens`]. The paper does as well with 10,000 as with 100,000.
    pub budget_tokens: usize,
    /// The form in which they are counted.
    pub form: Form,
    /// What models propose goes on trial without the user's yes.
    pub auto_accept: bool,
    /// The most operations of one batch that are looked at.
    pub most_operations: usize,
    /// The most bullets, in whatever stage.
    pub most_bullets: usize,
    /// The most sections.
    pub most_sections: usize,
    /// The longest heading, in characters.
    pub section_chars: usize,
    /// The longest advice, in characters. What is longer is rejected: half a sentence may say the opposite.
    pub content_chars: usize,
    /// Of the active bullets, the most in a hundred that one batch may take away or rewrite. One always may.
    pub removable_percent: u8,
    /// The most that one observation counts.
    pub most_per_tag: u32,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            budget_tokens: 10_000,
            form: Form::Long,
            auto_accept: false,
            most_operations: 50,
            most_bullets: 10_000,
            most_sections: 40,
            section_chars: 40,
            content_chars: 500,
            removable_percent: 20,
            most_per_tag: 1,
        }
    }
}

impl Rules {
    /// Where bullets begin that a model proposed, and those that it gave other words.
    fn entry(&self) -> Stage {
        if self.auto_accept { Stage::Shadow } else { Stage::Proposed }
    }
}

/// Where a proposal comes from, and who is asked about its words.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// Milliseconds since 1970-01-01 UTC.
    pub now_ms: i64,
    /// Why. Says also what was observed: the answer, or the sample and its epoch.
    pub cause: &'a Cause,
    /// What new bullets come from.
    pub provenance: &'a Provenance,
    /// The bullets that were in the prompt. Others get neither credit nor blame.
    pub shown: &'a BTreeSet<BulletId>,
    /// Whether it may add, rewrite and remove; else it may only count. False where the question held more than what the user typed.
    pub may_write: bool,
    /// Whether a text holds the answer to the sample.
    pub holds_answer: &'a dyn Fn(&str) -> bool,
    /// What a text holds that must not be in a bullet: `an address`.
    pub forbids: &'a dyn Fn(&str) -> Option<String>,
    /// The bullet that says nearly the same, by section and content.
    pub similar: &'a dyn Fn(&str, &str) -> Option<BulletId>,
}

/// A delta that was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// The playbook after it.
    pub playbook: Playbook,
    /// The delta. Without steps where nothing was to be done.
    pub delta: Delta,
}

impl Applied {
    /// With the number under which the delta was stored.
    #[must_use]
    pub fn stored(mut self, seq: DeltaSeq) -> Self {
        self.delta.seq = seq;
        self.playbook.last = self.playbook.last.max(seq);
        self
    }
}

/// Does what can be done of `proposal`.
///
/// - TAG comes first, whatever its place in the batch: what was observed was observed of the words that were shown. It counts for
///   bullets that were shown, and once for a bullet and an observation, which `evidence` remembers.
/// - ADD makes a bullet that waits for the user's yes, or goes on trial with `auto_accept`. What is said already is rejected.
/// - UPDATE changes the words of an active bullet. Words that say something else begin anew: in the stage of new bullets, with
///   nothing observed of them.
/// - REMOVE takes an active bullet away. Pinned ones are neither removed nor rewritten.
/// - A batch that would take away or rewrite more than its share is refused; what it counted stands.
pub fn apply(book: &Playbook, proposal: &Proposal, rules: &Rules, context: Context<'_>, evidence: &mut Evidence) -> Applied {
    let mut batch = Batch {
        draft: Draft::new(book, context.now_ms),
        rules,
        context,
        known: None,
        counted: HashSet::new(),
        rejects: proposal.rejects.clone(),
    };
    let most = rules.most_operations;
    let (looked_at, rest) = proposal.operations.split_at(proposal.operations.len().min(most));
    if let Some((at, _)) = rest.first() {
        batch.rejects.push(Reject { at: *at, reason: RejectReason::TooMany { most: most.try_into().unwrap_or(u32::MAX) } });
    }
    for (at, operation) in looked_at {
        if let Operation::Tag { id, tag, n } = operation {
            let done = batch.tag(id, *tag, *n, evidence);
            batch.note(*at, done);
        }
    }
    let too_much = batch.shrinks(looked_at);
    for (at, operation) in looked_at {
        let done = match (operation, &too_much) {
            (Operation::Tag { .. }, _) => continue,
            (_, _) if !context.may_write => Err(RejectReason::MayNotWrite),
            (_, Some(reason)) => Err(reason.clone()),
            (Operation::Add { section, content }, None) => batch.add(section, content),
            (Operation::Update { id, content }, None) => batch.update(id, content),
            (Operation::Remove { id }, None) => batch.remove(id),
        };
        batch.note(*at, done);
    }
    batch.rejects.sort_by_key(|reject| reject.at);
    let applied = batch.draft.finish(context.cause.clone(), proposal.reasoning.clone(), batch.rejects, rules, &HashSet::new());
    evidence.note(&applied.delta);
    applied
}

/// A proposal that is being done.
struct Batch<'a> {
    draft: Draft,
    rules: &'a Rules,
    context: Context<'a>,
    /// Made when the first operation that writes wants it.
    known: Option<Known>,
    /// What this batch counted.
    counted: HashSet<BulletId>,
    rejects: Vec<Reject>,
}

impl Batch<'_> {
    fn note(&mut self, at: u32, done: Result<(), RejectReason>) {
        if let Err(reason) = done {
            self.rejects.push(Reject { at, reason });
        }
    }

    fn tag(&mut self, name: &str, tag: Tag, n: u32, evidence: &Evidence) -> Result<(), RejectReason> {
        let id = self.draft.find(name)?.id;
        if !self.context.shown.contains(&id) {
            return Err(RejectReason::NotShown);
        }
        let Some(observation) = Observation::of(self.context.cause) else {
            return Err(RejectReason::Malformed { what: "nothing was answered, so nothing was observed".to_owned() });
        };
        if evidence.has(id, &observation) || !self.counted.insert(id) {
            return Err(RejectReason::CountedAlready);
        }
        self.draft.step(Step::Count { id, more: tag.counts(n.min(self.rules.most_per_tag)), less: Counts::NONE });
        Ok(())
    }

    /// Why the batch is refused as a whole, where it is.
    fn shrinks(&self, operations: &[(u32, Operation)]) -> Option<RejectReason> {
        let hit = operations.iter().filter_map(|(_, operation)| match operation {
            Operation::Update { id, .. } | Operation::Remove { id } => self.writable(id).ok(),
            Operation::Add { .. } | Operation::Tag { .. } => None,
        });
        let removed = hit.collect::<HashSet<_>>().len();
        let of = self.draft.book().bullets.values().filter(|bullet| bullet.stage.is_active()).count();
        let most = (of * usize::from(self.rules.removable_percent.min(100)) / 100).max(1);
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        (removed > most).then(|| RejectReason::Shrinks { removed: number(removed), of: number(of) })
    }

    /// The bullet called `name`, where a model may take it away or rewrite it.
    fn writable(&self, name: &str) -> Result<BulletId, RejectReason> {
        let bullet = self.draft.find(name)?;
        match bullet {
            bullet if bullet.pinned => Err(RejectReason::Pinned),
            bullet if !bullet.stage.is_active() => Err(RejectReason::NotShown),
            bullet => Ok(bullet.id),
        }
    }

    fn add(&mut self, section: &str, content: &str) -> Result<(), RejectReason> {
        let known = self.known.get_or_insert_with(|| Known::of(self.draft.book()));
        let text = known.text(section, content, self.rules)?;
        known.is_new(&text.content, None)?;
        self.may_say(&text)?;
        if let Some(id) = (self.context.similar)(&text.section, &text.content)
            && self.draft.book().bullets.contains_key(&id)
        {
            return Err(RejectReason::Duplicate { id });
        }
        let id = self.draft.insert(text.clone(), self.rules, self.rules.entry(), self.context.provenance.clone())?;
        if let Some(known) = &mut self.known {
            known.learn(id, &text);
        }
        Ok(())
    }

    fn update(&mut self, name: &str, content: &str) -> Result<(), RejectReason> {
        let id = self.writable(name)?;
        let bullet = self.draft.find(name)?.clone();
        let known = self.known.get_or_insert_with(|| Known::of(self.draft.book()));
        let text = Text { section: bullet.text.section.clone(), content: known::content(content, self.rules)? };
        if text == bullet.text {
            return Err(RejectReason::NoChange { what: "it says so already".to_owned() });
        }
        known.is_new(&text.content, Some(id))?;
        self.may_say(&text)?;
        if let Some(other) = (self.context.similar)(&text.section, &text.content).filter(|other| *other != id)
            && self.draft.book().bullets.contains_key(&other)
        {
            return Err(RejectReason::Duplicate { id: other });
        }
        if clean::same(&text.content) != clean::same(&bullet.text.content) {
            self.draft.count(id, Counts::NONE, bullet.counts);
            self.draft.move_to(id, self.rules.entry());
        }
        self.draft.step(Step::Edit { id, before: bullet.text.clone(), after: text.clone() });
        if let Some(known) = &mut self.known {
            known.forget(id, &bullet.text);
            known.learn(id, &text);
        }
        Ok(())
    }

    fn remove(&mut self, name: &str) -> Result<(), RejectReason> {
        let id = self.writable(name)?;
        if let (Some(bullet), Some(known)) = (self.draft.remove(id), &mut self.known) {
            known.forget(id, &bullet.text);
        }
        Ok(())
    }

    fn may_say(&self, text: &Text) -> Result<(), RejectReason> {
        let whole = format!("{}: {}", text.section, text.content);
        if let Some(what) = (self.context.forbids)(&whole) {
            return Err(RejectReason::Forbidden { what });
        }
        let holds = (self.context.holds_answer)(&text.content) || (self.context.holds_answer)(&text.section);
        if holds { Err(RejectReason::HoldsAnswer) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests;
