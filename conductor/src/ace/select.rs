//! Which bullets go into a prompt.
//!
//! What must stay true: the core does not depend on the question, so that prompts begin alike; the same playbook, question and seed
//! make the same selection; everything fits the budget; what is left out is named.

mod index;

pub use index::Index;

use super::apply::usefulness;
use super::prompt::{self, Form, Measure, fenced, frame_tokens};
use crate::domain::{Bullet, BulletId, Milli, Playbook, Stage};
use std::cmp::Ordering;
use std::collections::{BTreeSet, BinaryHeap, HashSet};

/// How near a bullet is to the question by embeddings, from -1 to 1; `None` where it has none.
pub type Similarity<'a> = &'a dyn Fn(&Bullet) -> Option<f32>;

/// How bullets are chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// How they are written, and counted.
    pub form: Form,
    /// Of the budget, in a hundred: the most for the core while others wait for room.
    pub core_percent: u8,
    /// Of the budget, in a hundred: the most for bullets on trial, kept free for them where any was drawn.
    pub trial_percent: u8,
}

impl Default for Policy {
    fn default() -> Self {
        Self { form: Form::Long, core_percent: 75, trial_percent: 10 }
    }
}

/// The trial arm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trial {
    /// The share of prompts in which a bullet on trial is, from 0 to 1. All of them in a training, few in conversations.
    pub share: Milli,
    /// Names the prompt. Each bullet is drawn by it and its own number, independently of the others.
    pub seed: u64,
}

impl Trial {
    /// Whether the bullet is in the prompt, as far as the draw goes.
    pub fn draws(self, id: BulletId) -> bool {
        // The 53 upper bits as a number from 0 to 1.
        let drawn = (self.mixed(id) >> 11) as f64 / (1_u64 << 53) as f64;
        drawn < f64::from(self.share.0) / 1000.0
    }

    /// SplitMix64 (Steele, Lea, Flood 2014): written out, so that a later version draws the same.
    fn mixed(self, id: BulletId) -> u64 {
        let mut z =
            self.seed.wrapping_add(u64::from(id.0).wrapping_mul(0x9e37_79b9_7f4a_7c15)).wrapping_add(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

/// What goes into a prompt.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// Pinned ones and those in `prod`, by number: the same for every question.
    pub core: Vec<BulletId>,
    /// Those in `staging`, and those in `prod` that the core has no room for; what fits the question best comes first.
    pub tail: Vec<BulletId>,
    /// Those on trial that were drawn. Where there is one, the prompt is of the trial arm.
    pub trial: Vec<BulletId>,
    /// Active ones that had no room.
    pub left_out: Vec<BulletId>,
    /// Those on trial that were not drawn: the arm without them.
    pub held_back: Vec<BulletId>,
    /// About how many tokens the block is.
    pub tokens: usize,
}

impl Selection {
    /// All that are in the prompt.
    pub fn shown(&self) -> BTreeSet<BulletId> {
        [&self.core, &self.tail, &self.trial].into_iter().flatten().copied().collect()
    }

    /// Whether nothing is.
    pub fn is_empty(&self) -> bool {
        self.core.is_empty() && self.tail.is_empty() && self.trial.is_empty()
    }

    /// The block for the prompt: the core as one part, so that it begins every prompt alike; then the others. Empty for none.
    pub fn as_prompt(&self, book: &Playbook, form: Form) -> String {
        together(&[(self, book, form)])
    }

    fn lines(&self, book: &Playbook, form: Form) -> String {
        let of = |ids: &[BulletId]| ids.iter().filter_map(|id| book.bullets.get(id)).collect::<Vec<&Bullet>>();
        let mut lines = prompt::lines(&of(&self.core), form);
        lines.push_str(&prompt::lines(&of(&[&self.tail[..], &self.trial[..]].concat()), form));
        lines
    }
}

/// The selections of several playbooks as one block, in their order. Empty for none.
pub fn together(parts: &[(&Selection, &Playbook, Form)]) -> String {
    fenced(&parts.iter().map(|(selection, book, form)| selection.lines(book, *form)).collect::<String>())
}

/// About how many tokens all active bullets of `book` are in a prompt, with the explanation and the fences; 0 for none.
pub fn whole_tokens(book: &Playbook, index: &Index, form: Form) -> usize {
    /// Far more than any playbook has, and no percentage of it is too much for a number.
    const EVERYTHING: usize = usize::MAX / 128;
    let (policy, trial) = (Policy { form, ..Policy::default() }, Trial { share: Milli(1000), seed: 0 });
    select(book, index, "", EVERYTHING, &policy, trial, None).tokens
}

/// How `budget` tokens are shared by a narrower and a wider playbook that have so many in all ([`whole_tokens`]) and stand in one
/// block: each may have half, and what the other leaves of its own. The draw of bullets on trial does not change it, so that prompts
/// begin alike.
pub fn shared(budget: usize, narrower: usize, wider: usize) -> (usize, usize) {
    // Explanation and fences stand there once.
    let frame = frame_tokens();
    let left = budget.saturating_sub(wider.saturating_sub(frame));
    let of_narrower = narrower.min(left.max(budget / 2)).min(budget);
    let once = if of_narrower > frame { frame } else { 0 };
    (of_narrower, (budget - of_narrower + once).min(budget))
}

/// Chooses the bullets of `book` for `query`, in `budget_tokens` tokens with the explanation and the fences. `index` is of the same
/// playbook ([`Index::fits`]); one that is not is passed over, and what is not in it counts as not relevant. `similarity` is
/// added to what the words say.
pub fn select(
    book: &Playbook,
    index: &Index,
    query: &str,
    budget_tokens: usize,
    policy: &Policy,
    trial: Trial,
    similarity: Option<Similarity<'_>>,
) -> Selection {
    let mut selection = Selection::default();
    let space = budget_tokens.saturating_sub(frame_tokens());
    if book.off || space == 0 {
        return selection;
    }
    let mut lots = Lots::of(book, trial);
    selection.held_back = std::mem::take(&mut lots.held_back);
    let part = |percent: u8| space * usize::from(percent.min(100)) / 100;
    let mut room = Room { measure: Measure::new(policy.form), headings: HashSet::new(), used: 0, limit: space };
    // Whether anybody waits depends on the playbook, not on the draw: the core must not change with it.
    let waits = !lots.tail.is_empty() || !lots.drawn.is_empty() || !selection.held_back.is_empty();
    let overflow = room.core(&mut selection, lots.core, if waits { part(policy.core_percent) } else { space });
    lots.tail.extend(overflow);
    lots.tail.sort_unstable_by_key(|bullet| bullet.id);

    room.begin_part(if lots.drawn.is_empty() { space } else { space - part(policy.trial_percent) });
    room.tail(&mut selection, relevant(&lots.tail, index, query, similarity));

    // In the order of the draw, so that none has a better chance for its number.
    lots.drawn.sort_by_key(|bullet| trial.mixed(bullet.id));
    room.limit = space.min(room.used + part(policy.trial_percent));
    for bullet in lots.drawn {
        let into = if room.take(bullet) { &mut selection.trial } else { &mut selection.left_out };
        into.push(bullet.id);
    }
    selection.left_out.sort_unstable();
    selection.tokens = if selection.is_empty() { 0 } else { room.used + frame_tokens() };
    selection
}

/// The active bullets by where they may go, each list by number.
#[derive(Default)]
struct Lots<'a> {
    core: Vec<&'a Bullet>,
    tail: Vec<&'a Bullet>,
    drawn: Vec<&'a Bullet>,
    held_back: Vec<BulletId>,
}

impl<'a> Lots<'a> {
    fn of(book: &'a Playbook, trial: Trial) -> Self {
        let mut lots = Self::default();
        for bullet in book.bullets.values() {
            match bullet.stage {
                Stage::Prod => lots.core.push(bullet),
                Stage::Shadow | Stage::Staging if bullet.pinned => lots.core.push(bullet),
                Stage::Staging => lots.tail.push(bullet),
                Stage::Shadow if trial.draws(bullet.id) => lots.drawn.push(bullet),
                Stage::Shadow => lots.held_back.push(bullet.id),
                Stage::Proposed | Stage::Quarantine | Stage::Archived => {}
            }
        }
        lots
    }
}

/// A bullet with how well it fits the question. The greatest is the most relevant, with the same relevance the most useful.
struct Scored<'a>(f32, &'a Bullet);

impl Ord for Scored<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0).then_with(|| usefulness(self.1, other.1))
    }
}

impl PartialOrd for Scored<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Scored<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Scored<'_> {}

/// A heap, since the budget ends long before the bullets do. `tail` is in ascending order.
fn relevant<'a>(tail: &[&'a Bullet], index: &Index, query: &str, similarity: Option<Similarity<'_>>) -> BinaryHeap<Scored<'a>> {
    let (scores, mut place) = (index.scores(query), index.places());
    let most = scores.iter().copied().fold(f32::MIN_POSITIVE, f32::max);
    let scored = tail.iter().map(|bullet| {
        let by_words = place(bullet.id).and_then(|at| scores.get(at)).map_or(0.0, |score| score / most);
        let by_sense = similarity.and_then(|similarity| similarity(bullet)).filter(|value| value.is_finite());
        Scored(by_words + by_sense.unwrap_or(0.0).clamp(0.0, 1.0), bullet)
    });
    scored.collect()
}

/// The budget while it is being filled.
struct Room<'a> {
    measure: Measure<'a>,
    /// The sections whose heading is paid for, in this part of the block.
    headings: HashSet<&'a str>,
    used: usize,
    limit: usize,
}

/// So many bullets in a row that do not fit, and the room counts as full.
const MOST_MISSES: usize = 64;

impl<'a> Room<'a> {
    /// Whether there was room for `bullet`.
    fn take(&mut self, bullet: &'a Bullet) -> bool {
        // No character is less than a quarter of a token for each of its bytes.
        if self.used + bullet.text.content.len() / 4 >= self.limit {
            return false;
        }
        let section = &bullet.text.section[..];
        let heading = if self.headings.contains(section) { 0 } else { self.measure.heading(section) };
        let tokens = self.measure.line(bullet) + heading;
        let fits = self.used + tokens <= self.limit;
        if fits {
            self.used += tokens;
            self.headings.insert(section);
        }
        fits
    }

    /// Headings are written again in the next part of the block.
    fn begin_part(&mut self, limit: usize) {
        self.headings.clear();
        self.limit = limit;
    }

    /// Fills the core: pinned ones while there is any room, then the most useful up to `limit`; written by number. Gives back those
    /// that it has no room for.
    fn core(&mut self, selection: &mut Selection, mut core: Vec<&'a Bullet>, limit: usize) -> Vec<&'a Bullet> {
        core.sort_by(|a, b| b.pinned.cmp(&a.pinned).then_with(|| usefulness(b, a)));
        let (taken, overflow): (Vec<&Bullet>, Vec<&Bullet>) = core.into_iter().partition(|bullet| {
            if !bullet.pinned {
                self.limit = limit;
            }
            self.take(bullet)
        });
        selection.core = taken.into_iter().map(|bullet| bullet.id).collect();
        selection.core.sort_unstable();
        overflow
    }

    /// Fills the tail, the most relevant first.
    fn tail(&mut self, selection: &mut Selection, mut tail: BinaryHeap<Scored<'a>>) {
        let mut misses = 0;
        while misses < MOST_MISSES
            && let Some(Scored(_, bullet)) = tail.pop()
        {
            let fits = self.take(bullet);
            misses = if fits { 0 } else { misses + 1 };
            let into = if fits { &mut selection.tail } else { &mut selection.left_out };
            into.push(bullet.id);
        }
        selection.left_out.extend(tail.into_iter().map(|Scored(_, bullet)| bullet.id));
    }
}

#[cfg(test)]
mod tests;
