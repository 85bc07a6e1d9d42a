//! Any history at all.

use super::super::policy::millis;
use super::*;
use proptest::prelude::*;

/// What may happen to a book.
#[derive(Debug, Clone)]
enum Step {
    Later(i64),
    Note(usize, Option<FailureKind>, f64),
    Begin(usize),
    Probe(usize),
    Restart,
    Seen,
}

fn targets() -> Vec<Target> {
    let models = ["x", "y"].map(|backend| ["a:1", "b:1"].map(|name| Target::Model(BackendId::new(backend), ModelId::new(name))));
    models.into_iter().flatten().chain(["x", "y"].map(|backend| Target::Backend(BackendId::new(backend)))).collect()
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    use FailureKind::{Broken, Busy, Cancelled, Empty, OutOfMemory, Stalled, Unreachable};
    // Failures of both kinds come often enough to trip.
    let outcome = prop_oneof![
        4 => Just(Some(Stalled)), 4 => Just(Some(Unreachable)), 1 => Just(Some(Broken)), 1 => Just(Some(Empty)),
        1 => Just(Some(Busy)), 1 => Just(Some(OutOfMemory)), 1 => Just(Some(Cancelled)), 2 => Just(None),
    ];
    let step = prop_oneof![
        3 => prop_oneof![0_i64..600, 0_i64..40_000, Just(700_000_i64)].prop_map(Step::Later),
        8 => (0_usize..6, outcome, 0.0..1.0_f64).prop_map(|(target, outcome, jitter)| Step::Note(target, outcome, jitter)),
        2 => (0_usize..4).prop_map(Step::Begin),
        3 => (0_usize..6).prop_map(Step::Probe),
        1 => Just(Step::Restart),
        1 => Just(Step::Seen),
    ];
    proptest::collection::vec(step, 1..120)
}

/// The probes that are under way: since when, and by whose question.
type Open = BTreeMap<Target, (i64, Option<ModelId>)>;

/// Those that were begun for `target`, one for each breaker that was half-open before; and that none was under way.
fn begun(open: &mut Open, before: &HealthBook, target: &Target, now_ms: i64) -> Result<(), TestCaseError> {
    for about in with_backend(target) {
        if before.state(&about, now_ms) == State::HalfOpen {
            let old = open.insert(about.clone(), (now_ms, target.model().cloned()));
            prop_assert!(old.is_none_or(|(since, _)| now_ms - since >= 60_000), "two probes of {about:?}");
        }
    }
    Ok(())
}

fn step(book: &mut HealthBook, open: &mut Open, now: &mut i64, step: Step) -> Result<(), TestCaseError> {
    let (all, before) = (targets(), book.clone());
    match step {
        Step::Later(by) => *now += by,
        Step::Seen => book.seen(),
        Step::Restart => {
            let rows = book.rows(*now);
            *book = HealthBook::default();
            book.restore(rows.clone(), *now);
            prop_assert_eq!(book.rows(*now), rows);
            open.clear();
        }
        Step::Begin(at) => {
            let (backend, model) = (all[at].backend(), all[at].model().unwrap());
            let standing = book.begin(backend, model, *now);
            prop_assert_eq!(standing, before.may_ask(backend, model, *now));
            if standing == Standing::Ask {
                begun(open, &before, &all[at], *now)?;
            }
        }
        Step::Probe(at) => {
            if book.begin_probe(&all[at], *now) {
                begun(open, &before, &all[at], *now)?;
            }
        }
        Step::Note(at, outcome, jitter) => {
            let answered = outcome.is_none();
            for change in book.note(&all[at], outcome.map_or(Outcome::Answered, failed), *now, jitter) {
                if let Change::Rests { until_ms, .. } = change {
                    prop_assert!((250..=30_000).contains(&(until_ms - *now)), "{} at {}", until_ms, now);
                }
            }
            for about in with_backend(&all[at]) {
                if answered || open.get(&about).is_some_and(|(_, by)| by.as_ref() == all[at].model()) {
                    open.remove(&about);
                }
            }
        }
    }
    Ok(())
}

/// Whatever happened: what is due can be probed then, and once each probe has answered all may be asked.
fn has_a_way_back(mut book: HealthBook, mut now: i64) -> Result<(), TestCaseError> {
    for _ in 0..targets().len() {
        let Some((at, target)) = book.due_among(now, |_| true) else { break };
        prop_assert!(at >= now && at - now <= millis(book.policy.probe_limit), "{at} at {now}");
        now = at;
        prop_assert!(book.begin_probe(&target, now), "{target:?} at {now}");
        prop_assert!(!book.begin_probe(&target, now));
        book.note(&target, Outcome::Answered, now, 0.5);
    }
    prop_assert_eq!(book.due(now), None);
    for target in targets().iter().filter(|target| target.model().is_some()) {
        prop_assert_eq!(may_ask(&book, target, now), None);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn no_history_leaves_anyone_without_a_way_back(steps in steps()) {
        let (mut book, mut open, mut now) = (HealthBook::default(), Open::new(), 1_700_000_000_000);
        for next in steps {
            step(&mut book, &mut open, &mut now, next)?;
            has_a_way_back(book.clone(), now)?;
        }
    }
}
