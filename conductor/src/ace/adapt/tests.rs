//! Training with a simulated student, and the traps that others fell into.

mod student;
mod traps;

use super::*;
use crate::ace::apply::Rules;
use crate::ace::environment::{Auto, Outcome as Grade, Sample};
use crate::ace::replay::fold;
use crate::ace::roles::{Retry, Templates};
use crate::ace::testing::key;
use crate::domain::{Playbook, Stage};
use futures_util::FutureExt;
use std::sync::Mutex;
use student::{KINDS, Student, samples};

/// Remembers all that came.
#[derive(Default)]
pub(super) struct Memory {
    pub(super) outputs: Mutex<Vec<Output>>,
    pub(super) deltas: Mutex<Vec<Delta>>,
    pub(super) checkpoints: Mutex<Vec<Checkpoint>>,
    /// The run ends after so many checkpoints, as by a crash; 0 for never.
    pub(super) dies_after: usize,
}

impl Sink for Memory {
    fn output(&self, output: &Output) -> Result<(), NotWritten> {
        let mut outputs = self.outputs.lock().unwrap();
        // What is written again after a failure takes the place of what was there.
        outputs.truncate(output.n as usize - 1);
        assert_eq!(output.n as usize, outputs.len() + 1, "numbers go up by one");
        outputs.push(output.clone());
        Ok(())
    }

    fn delta(&self, n: u64, delta: &Delta) -> Result<(), NotWritten> {
        let mut deltas = self.deltas.lock().unwrap();
        assert_eq!(n as usize, deltas.len() + 1, "numbers go up by one");
        deltas.push(delta.clone());
        Ok(())
    }

    fn checkpoint(&self, checkpoint: &Checkpoint) -> Result<(), NotWritten> {
        let mut checkpoints = self.checkpoints.lock().unwrap();
        // As a file would hold it.
        let text = serde_json::to_string(checkpoint).unwrap();
        checkpoints.push(serde_json::from_str(&text).unwrap());
        assert_eq!(checkpoints.last(), Some(checkpoint));
        if checkpoints.len() == self.dies_after { Err(NotWritten("the disk is full".to_owned())) } else { Ok(()) }
    }

    fn rewind(&self, outputs: u64, deltas: u64) -> Result<(), NotWritten> {
        self.outputs.lock().unwrap().truncate(outputs as usize);
        self.deltas.lock().unwrap().truncate(deltas as usize);
        Ok(())
    }
}

pub(super) fn setup(settings: Settings) -> Setup {
    let roles = Roles::new(&Templates::built_in().unwrap(), ["v2", "v2", "v2"], Retry::default()).unwrap();
    Setup { settings, rules: Rules::default(), gates: Gates::default(), policy: Policy::default(), roles }
}

pub(super) fn means<'a>(asker: &'a dyn crate::ace::roles::Asker, sink: &'a Memory) -> Means<'a> {
    Means {
        doors: Doors { asker, trace: &() },
        sink,
        environment: &Auto { extract: |_| None },
        forbids: &|_| None,
        embedder: None,
        now_ms: &|| 1_000,
    }
}

/// What never waits is done at once. It could be done on any thread.
pub(super) fn now<T>(future: impl Future<Output = T> + Send) -> T {
    future.now_or_never().unwrap()
}

fn both(seed: u64) -> Samples {
    Samples { train: samples(0..60, seed), validation: samples(1000..1060, seed) }
}

fn short(seed: u64) -> Settings {
    Settings { seed, epochs: 3, ..Settings::default() }
}

fn train(student: &Student, settings: Settings, memory: &Memory) -> Result<Outcome, Stop> {
    let (setup, both) = (setup(settings.clone()), both(settings.seed));
    now(offline(&setup, means(student, memory), &both, Start::New(Playbook::new(key()))))
}

/// The stage of a line, where it is there.
fn stage(book: &Playbook, content: &str) -> Option<Stage> {
    book.bullets.values().find(|bullet| bullet.text.content == content).map(|bullet| bullet.stage)
}

#[test]
fn a_student_learns_offline_up_to_its_ceiling_and_throws_out_what_harms() {
    for seed in [1, 2] {
        let (student, memory) = (Student::new(), Memory::default());
        let outcome = train(&student, short(seed), &memory).unwrap();
        let (bare, kept) = (outcome.bare.accuracy().unwrap().get(), outcome.validation.accuracy().unwrap().get());
        assert_eq!(outcome.kept, Kept::Better);
        assert!(bare < 0.55 && kept > 0.8, "bare {bare}, kept {kept}: {:?}", outcome.epochs);
        let helping = KINDS.iter().filter(|kind| stage(&outcome.playbook, kind.helps).is_some_and(Stage::is_active)).count();
        assert!(helping >= 5, "{helping}: {:#?}", outcome.playbook.bullets);
        let harming: Vec<_> = KINDS.iter().filter_map(|kind| stage(&outcome.playbook, kind.harms)).collect();
        assert!(!harming.is_empty(), "the student proposed none");
        let active = harming.iter().filter(|stage| stage.is_active()).count();
        assert!(active <= 1 && harming.contains(&Stage::Quarantine), "{harming:?}");
        assert!(outcome.tally.citations.share().unwrap().get() > 0.3, "{:?}", outcome.tally);
        assert!(outcome.tally.refined > 5 && outcome.tally.first.graded() >= 120, "{:?}", outcome.tally);
        let broken = student.broken.load(std::sync::atomic::Ordering::Relaxed);
        assert!(broken > 100, "a fifth of all answers is no JSON: {broken}");
        assert_eq!(memory.outputs.lock().unwrap().iter().filter(|output| output.part == Part::Bare).count(), 60);
    }
}

#[test]
fn what_is_kept_is_what_its_deltas_made() {
    for on_worse in [OnWorse::GoOn, OnWorse::GoBack] {
        let memory = Memory::default();
        let outcome = train(&Student::new(), Settings { on_worse, patience: 0, ..short(3) }, &memory).unwrap();
        let mut book = Playbook::new(key());
        let deltas = memory.deltas.lock().unwrap();
        for delta in deltas.iter().take(outcome.deltas as usize) {
            fold(&mut book, delta).unwrap();
        }
        assert_eq!(book.bullets, outcome.playbook.bullets, "{on_worse:?}");
    }
}

#[test]
fn a_student_learns_online_before_the_next_sample() {
    let (student, memory) = (Student::new(), Memory::default());
    let setup = setup(Settings { bare_every: 2, ..short(5) });
    let mut online = Online::new(&setup, means(&student, &memory), Playbook::new(key())).unwrap();
    now(online.run(futures_util::stream::iter(samples(0..160, 5)))).unwrap();
    let comparison = online.comparison();
    assert!(comparison.with.beats(comparison.without) && !comparison.harms, "{comparison:?}");
    assert_eq!(comparison.without.graded(), 80);
    let outputs = memory.outputs.lock().unwrap();
    let first: Vec<_> = outputs.iter().filter(|output| output.part == Part::Train && output.round == 0).collect();
    let right = |of: &[&Output]| {
        of.iter().filter(|output| output.verdict.as_ref().is_some_and(|verdict| verdict.outcome == Grade::Correct)).count()
    };
    let (early, late) = (right(&first[..40]), right(&first[120..]));
    assert!(late >= 32 && late > early, "of 40: {early} at first, {late} at last");
}

#[test]
fn the_same_seed_makes_the_same_playbook_and_another_another() {
    let run = |seed| {
        let memory = Memory::default();
        let outcome = train(&Student::new(), Settings { epochs: 2, ..short(seed) }, &memory).unwrap();
        (outcome, memory.outputs.into_inner().unwrap())
    };
    let first = run(7);
    assert_eq!(first, run(7));
    assert_ne!(first.1, run(8).1);
}

#[test]
fn a_run_that_was_killed_at_any_checkpoint_ends_as_if_it_had_not_been() {
    let settings = Settings { epochs: 2, checkpoint_every: 8, ..short(9) };
    let setup = setup(settings);
    let both = Samples { train: samples(0..20, 9), validation: samples(1000..1012, 9) };
    let train = |memory: &Memory, start| now(offline(&setup, means(&Student::new(), memory), &both, start));
    let new = || Start::New(Playbook::new(key()));
    let whole = Memory::default();
    let outcome = train(&whole, new()).unwrap();
    let all = whole.checkpoints.lock().unwrap().len();
    assert!(all >= 6, "{all}");
    for at in 1..=all {
        let mut memory = Memory { dies_after: at, ..Memory::default() };
        let killed = train(&memory, new());
        assert!(matches!(killed, Err(Stop::NotWritten(_))), "{killed:?}");
        memory.dies_after = 0;
        let last = memory.checkpoints.lock().unwrap().last().unwrap().clone();
        let again = train(&memory, Start::Resume(Box::new(last))).unwrap();
        assert_eq!(again, outcome, "killed at checkpoint {at} of {all}");
        assert_eq!(*memory.outputs.lock().unwrap(), *whole.outputs.lock().unwrap());
        assert_eq!(*memory.deltas.lock().unwrap(), *whole.deltas.lock().unwrap());
    }
}

#[test]
fn a_stream_goes_on_from_where_it_was_broken_off() {
    let setup = setup(Settings { checkpoint_every: 7, ..short(11) });
    let all = samples(0..60, 11);
    let run = |stops: Option<usize>| {
        let (student, memory) = (Student::new(), Memory::default());
        let mut online = Online::new(&setup, means(&student, &memory), Playbook::new(key())).unwrap();
        for sample in &all[..stops.unwrap_or(all.len())] {
            now(online.learn(sample)).unwrap();
        }
        if stops.is_some() {
            let last = memory.checkpoints.lock().unwrap().last().unwrap().clone();
            let from = last.position as usize;
            online = Online::resume(&setup, means(&student, &memory), last).unwrap();
            now(online.run(futures_util::stream::iter(all[from..].to_vec()))).unwrap();
        }
        let (book, tally) = (online.playbook().clone(), online.tally());
        (book, tally, memory.outputs.into_inner().unwrap())
    };
    let whole = run(None);
    for stops in [7, 20, 39] {
        assert_eq!(run(Some(stops)), whole, "broken off after {stops}");
    }
}

/// The student, but one question is never answered.
struct Hangs(Student, usize);

impl crate::ace::roles::Asker for Hangs {
    fn ask(&self, ask: crate::ace::roles::Ask) -> BoxFuture<'static, Result<crate::ace::roles::Reply, AskError>> {
        let at = self.0.asked.load(std::sync::atomic::Ordering::Relaxed);
        let answer = self.0.ask(ask);
        if at == self.1 { futures_util::future::pending().boxed() } else { answer }
    }
}

#[test]
fn a_sample_that_was_broken_off_online_changed_nothing() {
    let setup = setup(Settings { bare_every: 2, review_every: 3, ..short(12) });
    let all = samples(0..12, 12);
    let run = |hangs_at| {
        let (asker, memory) = (Hangs(Student::new(), hangs_at), Memory::default());
        let mut online = Online::new(&setup, means(&asker, &memory), Playbook::new(key())).unwrap();
        let mut hung = 0;
        for sample in &all {
            if online.learn(sample).now_or_never().is_none() {
                hung += 1;
                now(online.learn(sample)).unwrap();
            }
        }
        (online.save().unwrap().clone(), hung)
    };
    let (whole, hung) = run(usize::MAX);
    assert_eq!((hung, whole.position), (0, 12));
    for at in [0, 3, 5, 8, 13, 21, 30, 40] {
        assert_eq!(run(at), (whole.clone(), 1), "question {at} hung");
    }
}

#[test]
fn at_the_end_of_an_epoch_what_says_the_same_becomes_one() {
    let mut first = crate::ace::testing::bullet(1, Stage::Prod, "Check the units before adding.");
    first.counts.helpful = 2;
    let mut second = crate::ace::testing::bullet(2, Stage::Shadow, "Always check units before you add");
    (second.counts.helpful, second.counts.harmful) = (1, 1);
    let (student, memory) = (Student::new(), Memory::default());
    let setup = setup(Settings { epochs: 1, reflect_on_right: false, ..short(1) });
    let both = Samples { train: vec![Sample::new("u", "Exercise on angles, item #1 of series s1.", None)], ..Samples::default() };
    let start = Start::New(crate::ace::testing::book([first, second]));
    let outcome = now(offline(&setup, means(&student, &memory), &both, start)).unwrap();
    let counts: Vec<_> = outcome.playbook.bullets.values().map(|bullet| (bullet.id.0, bullet.counts)).collect();
    assert_eq!(counts, [(1, crate::domain::Counts { helpful: 3, harmful: 1, neutral: 0 })]);
    assert_eq!(memory.deltas.lock().unwrap()[0].cause, crate::domain::Cause::Dedup);
}

#[test]
fn a_checkpoint_of_another_training_is_not_gone_on_from() {
    let memory = Memory::default();
    let student = Student::new();
    let both = Samples { train: samples(0..4, 1), validation: Vec::new() };
    let outcome = now(offline(&setup(short(1)), means(&student, &memory), &both, Start::New(Playbook::new(key())))).unwrap();
    assert_eq!((outcome.kept, outcome.epoch), (Kept::Unmeasured, 3));
    let last = || Start::Resume(Box::new(memory.checkpoints.lock().unwrap().last().unwrap().clone()));
    let more = Samples { train: samples(0..5, 1), validation: Vec::new() };
    for (settings, samples) in [(short(2), &both), (short(1), &more), (Settings { rounds: 1, ..short(1) }, &both)] {
        let again = now(offline(&setup(settings), means(&student, &memory), samples, last()));
        assert_eq!(again, Err(Stop::OtherTraining));
    }
    let asked = student.asked.load(std::sync::atomic::Ordering::Relaxed);
    assert_eq!(now(offline(&setup(short(1)), means(&student, &memory), &both, last())), Ok(outcome));
    assert_eq!(student.asked.load(std::sync::atomic::Ordering::Relaxed), asked, "it was at its end");
}

#[test]
fn samples_are_parted_by_lot_and_none_is_in_both() {
    for (count, percent, aside) in [(10, 30, 3), (2, 10, 1), (1, 50, 0), (0, 50, 0), (5, 0, 0), (4, 100, 3)] {
        let parted = split(samples(0..count, 1), percent, 3);
        assert_eq!((parted.validation.len(), parted.train.len()), (aside, count as usize - aside), "{count} {percent}");
        assert!(parted.validation.iter().all(|sample| !parted.train.contains(sample)));
        assert_eq!(parted, split(samples(0..count, 1), percent, 3));
    }
    let order = |seed| split(samples(0..30, 1), 30, seed).validation;
    assert_ne!(order(1), order(2));
}

#[test]
fn chance_is_the_same_everywhere_and_goes_on_from_what_was_written() {
    // The published first values of SplitMix64 from 1234567.
    let mut rng: Rng = serde_json::from_str("1234567").unwrap();
    assert_eq!([rng.number(), rng.number()], [6_457_827_717_110_365_317, 3_203_168_211_198_807_973]);
    let mut again: Rng = serde_json::from_str(&serde_json::to_string(&rng).unwrap()).unwrap();
    assert_eq!(again.number(), rng.number());
    assert!((0..1000).all(|_| rng.below(7) < 7 && (0.0..1.0).contains(&rng.unit())));
    assert_eq!(rng.below(0), 0);
    assert_ne!(Rng::new(1, 0), Rng::new(1, 1));
}
