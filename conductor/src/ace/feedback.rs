//! What is learnt from an answer in a conversation, and from what the user said of it.
//!
//! What must stay true:
//! - The reflector is shown what the user typed and the outcome, and nothing else: no answer, no file, nothing pasted. Where the
//!   question held more than typed words, observations are counted and no word is written.
//! - A mere sign (the same asked anew, the question changed) is counted as neither for nor against, and asks no model.
//! - What the user says later takes the place of what was said before: what was counted for it is taken back first.
//! - Nothing is changed here but through [`apply`](super::apply); models are asked before, so that a change can be made anew.

use super::apply::{Applied, Context, Rules, apply, merge};
use super::clean::one_line;
use super::credit::{credits, gated};
use super::dedup::{Near, THRESHOLD, Vectors};
use super::environment::{Outcome, Rated, Sample, TaskEnvironment, holds_answer};
use super::evidence::Evidence;
use super::promote::{self, Gates, Lift};
use super::prompt::{self, Form};
use super::proposal::{Operation, Proposal, Tag};
use super::replay::{undo, undone};
use super::roles::{Curate, Doors, Reflect, Reflection, RoleError, Roles};
use super::stats::Stats;
use crate::domain::{
    Bullet, BulletId, Cause, Delta, DeltaSeq, MessageId, Origin, Playbook, Prompt, Provenance, Rating, Shown, Span, Step,
};
use std::collections::BTreeSet;

/// Tokens of the playbook in the prompts of reflector and curator: they go to small models.
const REVIEW_TOKENS: usize = 2000;

/// The longest part of what the user wrote that roles are shown, in characters.
const LONGEST_SHOWN: usize = 4000;

/// An answer, and what the user said of it.
#[derive(Debug, Clone)]
pub struct Said {
    /// The answer.
    pub message: MessageId,
    /// What the user typed of the question.
    pub typed: String,
    /// The question held nothing else.
    pub only_typed: bool,
    /// What was said; `None` where answers are learnt from without a word.
    pub rating: Option<Rating>,
    /// What the prompt had of the playbook.
    pub shown: BTreeSet<BulletId>,
    /// What of it the answer named.
    pub cited: Vec<BulletId>,
}

impl Said {
    /// Of a question, what was said of its answer, and what its prompt had of the playbook.
    pub fn new(message: MessageId, question: &Prompt, rating: Option<Rating>, shown: Option<&Shown>) -> Self {
        let is_typed = |span: &Span| span.origin == Origin::Typed;
        Self {
            message,
            typed: clipped(question.typed_text().trim()),
            only_typed: question.spans.iter().all(is_typed),
            rating,
            shown: shown.map(|shown| shown.bullets.iter().copied().collect()).unwrap_or_default(),
            cited: shown.map(|shown| shown.cited.clone()).unwrap_or_default(),
        }
    }

    /// Whether the answer was right, as far as that was said.
    pub fn outcome(&self) -> Outcome {
        match &self.rating {
            None => Outcome::Unknown,
            Some(Rating::Good) => Outcome::Correct,
            Some(Rating::Bad { .. } | Rating::Correct { .. } | Rating::Again | Rating::Edited) => Outcome::Wrong,
        }
    }

    fn is_weak(&self) -> bool {
        self.rating.as_ref().is_some_and(Rating::is_weak)
    }

    /// What was said was pasted: it is as good as not said, but for whether the answer was right.
    fn is_pasted(&self) -> bool {
        self.rating.as_ref().is_some_and(Rating::is_pasted)
    }

    /// Whether words may come of it: a good answer tells nothing that the playbook lacks, and what else was in the question may have
    /// been written by anybody.
    fn may_write(&self) -> bool {
        let typed = self.only_typed && !self.is_pasted();
        typed && !self.is_weak() && self.outcome() != Outcome::Correct && !self.typed.is_empty()
    }

    /// Whether a model is to be asked.
    pub fn asks(&self) -> bool {
        !self.is_weak() && (self.may_write() || !self.shown.is_empty() && self.outcome() != Outcome::Unknown)
    }

    /// What the user wrote the answer should have been; nothing of what was pasted.
    fn truth(&self) -> &str {
        match &self.rating {
            Some(Rating::Correct { text, pasted: false }) => text,
            _ => "",
        }
    }

    fn feedback(&self) -> String {
        match &self.rating {
            Some(Rating::Bad { why, pasted: false }) if !why.trim().is_empty() => format!("The user said: {}", clipped(why)),
            Some(Rating::Correct { pasted: false, .. }) => "The user wrote what it should have been.".to_owned(),
            _ => Rated(self.outcome()).grade(&self.sample(), "").feedback,
        }
    }

    fn sample(&self) -> Sample {
        let truth = Some(self.truth()).filter(|truth| !truth.trim().is_empty()).map(Into::into);
        Sample::new(self.message.0.to_string(), self.typed.clone(), truth)
    }
}

/// What models said of an answer.
#[derive(Debug, Clone, Default)]
pub struct Heard {
    /// Of the bullets that were shown.
    tags: Proposal,
    /// What is to be changed.
    curated: Option<Proposal>,
    /// What could not be read.
    pub lost: Option<String>,
}

/// Nobody answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unheard {
    /// It may have to do with what was asked.
    Unanswered(String),
    /// Nobody can be asked now, whatever about.
    Away(String),
}

impl Heard {
    /// What it wants to write, each on one line: embeddings are wanted of it.
    pub fn written(&self) -> Vec<String> {
        let operations = self.curated.iter().flat_map(|proposal| &proposal.operations);
        let contents = operations.filter_map(|(_, operation)| match operation {
            Operation::Add { content, .. } | Operation::Update { content, .. } => Some(one_line(content)),
            Operation::Tag { .. } | Operation::Remove { .. } => None,
        });
        contents.collect()
    }
}

/// Asks reflector and curator about an answer. What they write that cannot be read is lost, and the rest stands.
///
/// # Errors
/// [`Unheard`]: to be tried again later.
pub async fn ask(roles: &Roles, doors: Doors<'_>, book: &Playbook, said: &Said) -> Result<Heard, Unheard> {
    if !said.asks() {
        return Ok(Heard::default());
    }
    let (truth, feedback) = (clipped(said.truth()), said.feedback());
    let ids = said.cited.iter().chain(said.shown.iter().filter(|id| !said.cited.contains(id)));
    let reflect = Reflect {
        question: &said.typed,
        answer: "",
        reasoning: "",
        outcome: said.outcome(),
        feedback: &feedback,
        truth: &truth,
        bullets: &prompt::lines_within(book, ids, Form::Long, REVIEW_TOKENS),
    };
    let reflected = match roles.reflect(doors, reflect).await {
        Ok(reflected) => reflected,
        Err(error) => return lost(error),
    };
    let mut heard = Heard { tags: reflected.tags, ..Heard::default() };
    if said.may_write() {
        match curate(roles, doors, book, said, &reflected.reflection).await {
            Ok(proposal) => heard.curated = Some(proposal),
            Err(error) => heard.lost = lost(error)?.lost,
        }
    }
    Ok(heard)
}

async fn curate(
    roles: &Roles,
    doors: Doors<'_>,
    book: &Playbook,
    said: &Said,
    reflection: &Reflection,
) -> Result<Proposal, RoleError> {
    let active = book.bullets.values().filter(|bullet| bullet.stage.is_active() && !said.shown.contains(&bullet.id));
    let mut others: Vec<&Bullet> = active.collect();
    others.sort_by(|a, b| super::apply::usefulness(b, a));
    let ids = said.shown.iter().chain(others.iter().map(|bullet| &bullet.id));
    let on = Curate {
        stats: &Stats::of(book, Form::Short).to_string(),
        reflection: &reflection.as_text(),
        playbook: &prompt::lines_within(book, ids, Form::Short, REVIEW_TOKENS),
        context: &said.typed,
        progress: "one answer of a conversation",
    };
    roles.curate(doors, on).await.map(|curated| curated.0)
}

fn lost(error: RoleError) -> Result<Heard, Unheard> {
    match error {
        RoleError::Unreadable { .. } => Ok(Heard { lost: Some(error.to_string()), ..Heard::default() }),
        RoleError::Unanswered { .. } => Err(Unheard::Unanswered(error.to_string())),
        RoleError::Away { .. } => Err(Unheard::Away(error.to_string())),
    }
}

/// What the changes of a playbook go by.
#[derive(Clone, Copy)]
pub struct Means<'a> {
    /// The limits of the playbook.
    pub rules: &'a Rules,
    /// What bullets have to show.
    pub gates: &'a Gates,
    /// Embeddings, as far as there are any.
    pub vectors: &'a Vectors,
    /// What a text holds that must not be in a bullet.
    pub forbids: &'a dyn Fn(&str) -> Option<String>,
    /// What was measured of a bullet on trial.
    pub lift: &'a dyn Fn(BulletId) -> Option<Lift>,
    /// Milliseconds since 1970-01-01 UTC.
    pub now_ms: i64,
}

/// What changes `book`, one delta after the other; `deltas` are all that changed it, in their order. Of those that come back the last
/// holds the playbook as it is after. None for nothing.
pub fn changes(book: &Playbook, deltas: &[Delta], said: &Said, heard: &Heard, means: Means<'_>) -> Vec<Applied> {
    let mut all = All { book: book.clone(), known: deltas.to_vec(), done: Vec::new() };
    all.take_back(said.message, means);
    let mut evidence = Evidence::of(&all.known);
    let outcome = said.outcome();
    // What the curator counts is the same observation as the reflector's, and is taken back with it.
    let mut curated = heard.curated.clone().map(|proposal| gated(proposal, outcome)).unwrap_or_default();
    let is_tag = |(_, operation): &mut (u32, Operation)| matches!(operation, Operation::Tag { .. });
    let counted: Vec<_> = curated.operations.extract_if(.., is_tag).collect();
    let mut tags = match said.is_weak() {
        true => Proposal::of(said.cited.iter().filter_map(|id| book.bullets.get(id)).map(neutral).collect()),
        false => credits(book, heard.tags.clone(), outcome, &said.cited),
    };
    tags.operations.extend(counted);
    for proposal in [tags, curated].iter().filter(|proposal| !(proposal.operations.is_empty() && proposal.rejects.is_empty())) {
        all.apply(proposal, said, means, &mut evidence);
    }
    if all.wrote() {
        let pairs = Near::new(&all.book, means.vectors, THRESHOLD).pairs();
        all.keep(merge(&all.book, &pairs, means.rules, means.now_ms));
    }
    if let Some(moved) = promote::pass(&all.book, means.gates, means.rules, means.now_ms, means.lift) {
        all.keep(moved);
    }
    all.done
}

/// What was done so far.
struct All {
    book: Playbook,
    known: Vec<Delta>,
    done: Vec<Applied>,
}

impl All {
    /// Takes back what was counted for an earlier word about the same answer. Words that came of it stay: they are the user's to judge.
    fn take_back(&mut self, message: MessageId, means: Means<'_>) {
        let gone = undone(&self.known);
        let counted = |delta: &Delta| {
            let only_counts = !delta.steps.is_empty() && delta.steps.iter().all(|step| matches!(step, Step::Count { .. }));
            delta.cause == Cause::Chat { message } && only_counts && !gone.contains(&delta.seq)
        };
        let earlier: Vec<usize> = self.known.iter().enumerate().filter(|(_, delta)| counted(delta)).map(|(at, _)| at).collect();
        for at in earlier {
            let (delta, later) = (self.known[at].clone(), self.known[at + 1..].to_vec());
            if let Ok(back) = undo(&self.book, &delta, &later, means.rules, means.now_ms) {
                self.keep(back);
            }
        }
    }

    fn apply(&mut self, proposal: &Proposal, said: &Said, means: Means<'_>, evidence: &mut Evidence) {
        let sample = said.sample();
        let near = Near::new(&self.book, means.vectors, THRESHOLD);
        let context = Context {
            now_ms: means.now_ms,
            cause: &Cause::Chat { message: said.message },
            provenance: &Provenance::Chat { message: said.message },
            shown: &said.shown,
            may_write: said.may_write(),
            holds_answer: &|text| holds_answer(text, &sample),
            forbids: means.forbids,
            similar: &|section, content| near.nearest(section, content),
        };
        let applied = apply(&self.book, proposal, means.rules, context, evidence);
        self.keep(applied);
    }

    /// Takes a delta in, if there is anything in it.
    fn keep(&mut self, applied: Applied) {
        if applied.delta.steps.is_empty() && applied.delta.rejects.is_empty() {
            return;
        }
        self.book = applied.playbook.clone();
        self.known.push(Delta { seq: DeltaSeq(0), ..applied.delta.clone() });
        self.done.push(applied);
    }

    /// Whether there are other words than before.
    fn wrote(&self) -> bool {
        let steps = self.done.iter().flat_map(|applied| &applied.delta.steps);
        steps.into_iter().any(|step| matches!(step, Step::Insert { .. } | Step::Edit { .. }))
    }
}

fn neutral(bullet: &Bullet) -> Operation {
    Operation::Tag { id: bullet.name(), tag: Tag::Neutral, n: 1 }
}

fn clipped(text: &str) -> String {
    text.chars().take(LONGEST_SHOWN).collect()
}

#[cfg(test)]
mod tests;
