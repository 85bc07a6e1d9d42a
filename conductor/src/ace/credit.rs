//! What an answer says of the bullets that were in its prompt.
//!
//! What must stay true: what contradicts the grade is not counted; what could not be graded counts for nothing and against nothing.

use super::environment::Outcome;
use super::proposal::{Operation, Proposal, Tag};
use crate::domain::{Bullet, BulletId, Playbook};

/// The tags of the reflector, and one for each bullet that a right answer names and the reflector does not speak of.
pub(super) fn credits(book: &Playbook, tags: Proposal, outcome: Outcome, cited: &[BulletId]) -> Proposal {
    let mut tags = gated(tags, outcome);
    if outcome == Outcome::Correct {
        let spoken: Vec<BulletId> = tags
            .operations
            .iter()
            .filter_map(|(_, operation)| match operation {
                Operation::Tag { id, .. } => BulletId::parse(id),
                _ => None,
            })
            .collect();
        let at = tags.operations.last().map_or(0, |(at, _)| at + 1);
        let named = cited.iter().filter(|id| !spoken.contains(id)).filter_map(|id| book.bullets.get(id)).map(Bullet::name);
        tags.operations.extend((at..).zip(named.map(|id| Operation::Tag { id, tag: Tag::Helpful, n: 1 })));
    }
    tags
}

/// Without what the grade speaks against: what stood before a wrong answer is not helpful by it, before a right one not harmful. Small
/// models call nearly all helpful.
pub(super) fn gated(mut proposal: Proposal, outcome: Outcome) -> Proposal {
    for (_, operation) in &mut proposal.operations {
        if let Operation::Tag { tag, .. } = operation {
            *tag = match (*tag, outcome) {
                (Tag::Helpful, Outcome::Correct) => Tag::Helpful,
                (Tag::Harmful, Outcome::Wrong) => Tag::Harmful,
                _ => Tag::Neutral,
            };
        }
    }
    proposal
}
