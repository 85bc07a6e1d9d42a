//! What is to be learnt from one sample: all that is asked of models for it. Nothing is changed here.
//!
//! What must stay true: the first answer alone is evidence, since the others were given hints; an answer that cannot be graded ends
//! the lesson; no hint tells the generator the answer to the sample.

use super::{Checkpoint, Means, NotWritten, Output, Part, Setup, Stop};
use crate::ace::environment::{Outcome, Sample, Verdict, holds_answer};
use crate::ace::prompt::{self, Form};
use crate::ace::proposal::Proposal;
use crate::ace::roles::{Curate, Generate, Generated, Reflect, Reflected, Reflection, RoleError};
use crate::ace::select::{Index, Selection, Trial, select};
use crate::ace::stats::Stats;
use crate::domain::{Bullet, BulletId, Milli, Playbook};
use std::collections::BTreeSet;

/// No model can be reached.
#[derive(Debug)]
pub(super) struct Away(pub(super) String);

/// Why a lesson was given up.
#[derive(Debug)]
pub(super) enum Broken {
    /// To be tried again.
    Away(Away),
    /// The end.
    Stop(Stop),
}

impl From<Away> for Broken {
    fn from(away: Away) -> Self {
        Self::Away(away)
    }
}

impl From<NotWritten> for Broken {
    fn from(error: NotWritten) -> Self {
        Self::Stop(error.into())
    }
}

/// An answer that is missing.
#[derive(Debug)]
pub(super) enum Lost {
    /// What came could not be read.
    Unreadable(String),
    /// None came.
    Failed(String),
}

/// An answer to a sample.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) generated: Generated,
    pub(super) verdict: Verdict,
    pub(super) cited: Vec<BulletId>,
}

/// What came of a sample.
#[derive(Debug)]
pub(super) struct Lesson {
    pub(super) selection: Selection,
    pub(super) shown: BTreeSet<BulletId>,
    /// The first answer.
    pub(super) first: Result<Answer, Lost>,
    /// It was right after reflection.
    pub(super) refined: bool,
    /// What the reflector said of the bullets on the first answer.
    pub(super) tags: Proposal,
    /// The last reflection.
    pub(super) reflection: Option<Reflection>,
    pub(super) curated: Option<Proposal>,
    /// Questions to reflector and curator that were lost.
    pub(super) lost: u32,
    /// Outputs that were handed out.
    pub(super) outputs: u64,
}

/// What a lesson is about.
pub(super) struct Task<'a> {
    pub(super) setup: &'a Setup,
    pub(super) means: Means<'a>,
    pub(super) sample: &'a Sample,
    /// With what can be chosen from.
    pub(super) question: String,
    pub(super) part: Part,
    pub(super) epoch: u32,
    /// The number of the last output.
    pub(super) outputs: u64,
}

impl<'a> Task<'a> {
    pub(super) fn new(setup: &'a Setup, means: Means<'a>, sample: &'a Sample, part: Part, (epoch, outputs): (u32, u64)) -> Self {
        let choices = ('A'..='Z').zip(&sample.choices).map(|(letter, choice)| format!("\n{letter}) {choice}"));
        let question = sample.question.clone() + &choices.collect::<String>();
        Self { setup, means, sample, question, part, epoch, outputs }
    }

    /// The bullets for this sample.
    pub(super) fn select(&self, book: &Playbook, trial: Trial) -> Selection {
        let Setup { settings, policy, .. } = self.setup;
        select(book, &Index::new(book), &self.question, settings.prompt_tokens, policy, trial, None)
    }

    /// Asks the generator, grades what it answers, and hands it out.
    pub(super) async fn answer(
        &mut self,
        book: &Playbook,
        selection: &Selection,
        hints: &[Reflection],
        round: u32,
    ) -> Result<Result<Answer, Lost>, Broken> {
        let shown = selection.shown();
        let playbook = selection.as_prompt(book, self.setup.form());
        let context = self.sample.context.as_deref().unwrap_or_default();
        let on = Generate { question: &self.question, context, playbook: &playbook, reflections: hints };
        let answer = lost(self.setup.roles.generate(self.means.doors, on).await)?.map(|generated| {
            let verdict = self.means.environment.grade(self.sample, &generated.final_answer);
            let cited = generated.cited(book, &shown);
            Answer { generated, verdict, cited }
        });
        self.outputs += 1;
        let (of, why) = match &answer {
            Ok(answer) => (Some(answer), None),
            Err(Lost::Unreadable(why) | Lost::Failed(why)) => (None, Some(why.clone())),
        };
        self.means.sink.output(&Output {
            n: self.outputs,
            part: self.part,
            epoch: self.epoch,
            round,
            sample: self.sample.id.clone(),
            trace: of.map(|answer| answer.generated.reasoning.clone()).unwrap_or_default(),
            confidence: of.and_then(|answer| answer.generated.confidence),
            answer: of.map(|answer| answer.generated.final_answer.clone()),
            lost: why,
            verdict: of.map(|answer| answer.verdict.clone()),
            shown: shown.into_iter().collect(),
            cited: of.map(|answer| answer.cited.clone()).unwrap_or_default(),
        })?;
        Ok(answer)
    }

    async fn reflect(&self, book: &Playbook, shown: &BTreeSet<BulletId>, on: &Answer) -> Result<Result<Reflected, Lost>, Away> {
        // Those that were named first: they matter most where not all have room.
        let others = shown.iter().filter(|id| !on.cited.contains(id));
        let bullets = prompt::lines_within(book, on.cited.iter().chain(others), Form::Long, self.setup.settings.review_tokens);
        let truth = self.sample.truths().join(" or ");
        let reflect = Reflect {
            question: &self.question,
            answer: &on.generated.final_answer,
            reasoning: &on.generated.reasoning,
            outcome: on.verdict.outcome,
            feedback: &on.verdict.feedback,
            truth: &truth,
            bullets: &bullets,
        };
        lost(self.setup.roles.reflect(self.means.doors, reflect).await)
    }

    async fn curate(
        &self,
        book: &Playbook,
        shown: &BTreeSet<BulletId>,
        reflection: &Reflection,
        progress: &str,
    ) -> Result<Result<Proposal, Lost>, Away> {
        let active = book.bullets.values().filter(|bullet| bullet.stage.is_active());
        let mut others: Vec<&Bullet> = active.filter(|bullet| !shown.contains(&bullet.id)).collect();
        others.sort_by(|a, b| crate::ace::apply::usefulness(b, a));
        let ids = shown.iter().chain(others.iter().map(|bullet| &bullet.id));
        let playbook = prompt::lines_within(book, ids, Form::Short, self.setup.settings.review_tokens);
        let context = match &self.sample.context {
            Some(context) => format!("{}\n{context}", self.question),
            None => self.question.clone(),
        };
        let on = Curate {
            stats: &Stats::of(book, Form::Short).to_string(),
            reflection: &reflection.as_text(),
            playbook: &playbook,
            context: &context,
            progress,
        };
        Ok(lost(self.setup.roles.curate(self.means.doors, on).await)?.map(|curated| curated.0))
    }

    /// All of it: answer, reflect, answer again until it is right, curate. `draw` is chance for the trial arm.
    pub(super) async fn learn(&mut self, state: &Checkpoint, draw: u64, progress: &str) -> Result<Lesson, Broken> {
        let (book, settings) = (&state.playbook, &self.setup.settings);
        let (rounds, on_right) = (settings.rounds, settings.reflect_on_right);
        let selection = self.select(book, Trial { share: settings.trial_share, seed: draw });
        let (shown, before) = (selection.shown(), self.outputs);
        let first = self.answer(book, &selection, &state.reflections, 0).await?;
        let mut lesson = Lesson {
            selection,
            shown,
            first,
            refined: false,
            tags: Proposal::default(),
            reflection: None,
            curated: None,
            lost: 0,
            outputs: 0,
        };
        let outcome = lesson.first.as_ref().map_or(Outcome::Unknown, |answer| answer.verdict.outcome);
        let rounds = match outcome {
            Outcome::Unknown => None,
            Outcome::Correct => on_right.then_some(0),
            Outcome::Wrong => Some(rounds),
        };
        if let Some(rounds) = rounds {
            self.refine(state, &mut lesson, rounds).await?;
        }
        if let Some(reflection) = &lesson.reflection {
            match self.curate(book, &lesson.shown, reflection, progress).await? {
                Ok(proposal) => lesson.curated = Some(proposal),
                Err(_) => lesson.lost += 1,
            }
        }
        lesson.outputs = self.outputs - before;
        Ok(lesson)
    }

    /// Reflects on the first answer; then answers again and checks, until it is right or `rounds` are over.
    async fn refine(&mut self, state: &Checkpoint, lesson: &mut Lesson, rounds: u32) -> Result<(), Broken> {
        let (book, sample) = (&state.playbook, self.sample);
        let mut again: Option<Answer> = None;
        for round in 1..=rounds.max(1) {
            let Some(current) = again.as_ref().or(lesson.first.as_ref().ok()) else { return Ok(()) };
            let reflected = match self.reflect(book, &lesson.shown, current).await? {
                Ok(reflected) => reflected,
                Err(_) => {
                    lesson.lost += 1;
                    return Ok(());
                }
            };
            if round == 1 {
                lesson.tags = reflected.tags;
            }
            // The reflector knows the answer; the generator is not to be told.
            let hint = reflected.reflection.without(|text| holds_answer(text, sample));
            lesson.reflection = Some(reflected.reflection);
            if rounds == 0 {
                return Ok(());
            }
            let mut hints = state.reflections.clone();
            hints.push(hint);
            let Ok(answer) = self.answer(book, &lesson.selection, &hints, round).await? else { return Ok(()) };
            lesson.refined = answer.verdict.outcome == Outcome::Correct;
            if answer.verdict.outcome != Outcome::Wrong {
                return Ok(());
            }
            again = Some(answer);
        }
        Ok(())
    }

    /// Asks once, only to measure: with all active bullets of `book`, or without any.
    pub(super) async fn measure(&mut self, book: Option<&Playbook>) -> Result<Result<Verdict, Lost>, Broken> {
        let selection = book.map(|book| self.select(book, Trial { share: Milli(1000), seed: 0 })).unwrap_or_default();
        let none = Playbook::new(crate::domain::PlaybookKey { base: String::new(), family: String::new(), sub: None });
        let answer = self.answer(book.unwrap_or(&none), &selection, &[], 0).await?;
        Ok(answer.map(|answer| answer.verdict))
    }
}

/// One question that is lost is no reason to end; a model that cannot be reached may be.
fn lost<T>(result: Result<T, RoleError>) -> Result<Result<T, Lost>, Away> {
    match result {
        Ok(value) => Ok(Ok(value)),
        Err(RoleError::Away { what }) => Err(Away(what)),
        Err(error @ RoleError::Unreadable { .. }) => Ok(Err(Lost::Unreadable(error.to_string()))),
        Err(error @ RoleError::Unanswered { .. }) => Ok(Err(Lost::Failed(error.to_string()))),
    }
}
