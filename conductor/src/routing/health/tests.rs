//! Breakers, as data: what was noted and when, and who rests, is tried, and is back.

use super::*;
use crate::domain::{Condition, FailureKind};

mod history;
mod stored;

fn server() -> Target {
    Target::Backend(BackendId::ollama())
}

fn of_server(name: &str) -> Target {
    Target::Model(BackendId::ollama(), ModelId::new(name))
}

/// The model that most of these tests are about.
fn model() -> Target {
    of_server("a:1")
}

fn failed(kind: FailureKind) -> Outcome {
    Outcome::Failed(Failure::new(kind, "it failed", ""))
}

/// The longest pauses: 1 s, 2 s, 4 s, ...
fn note(book: &mut HealthBook, target: &Target, outcome: Outcome, now_ms: i64) -> Vec<String> {
    book.note(target, outcome, now_ms, 1.0).iter().map(short).collect()
}

fn short(change: &Change) -> String {
    match change {
        Change::Rests { target, until_ms } => format!("{target} rests until {until_ms}"),
        Change::Recovered { target, after } => format!("{target} is back after {}", after.as_millis()),
        Change::Alert { target } => format!("alert: {target}"),
    }
}

fn may_ask(book: &HealthBook, target: &Target, now_ms: i64) -> Option<i64> {
    match book.may_ask(target.backend(), target.model().unwrap(), now_ms) {
        Standing::Ask => None,
        Standing::Rests { until_ms } => Some(until_ms),
    }
}

fn row(book: &HealthBook, target: &Target, now_ms: i64) -> Option<HealthRow> {
    book.rows(now_ms).into_iter().find(|row| row.target == *target)
}

fn words(book: &HealthBook, target: &Target, now_ms: i64) -> String {
    row(book, target, now_ms).map_or_else(|| "-".to_owned(), |row| row.words(now_ms))
}

/// Fails `target` until it rests, at `now_ms`.
fn trip(book: &mut HealthBook, target: &Target, now_ms: i64) {
    let kind = if target.model().is_some() { FailureKind::Stalled } else { FailureKind::Unreachable };
    for _ in 0..3 {
        note(book, target, failed(kind), now_ms);
    }
}

#[test]
fn a_failure_hurts_who_failed() {
    use FailureKind as Kind;
    for (kind, of_model, of_server, alone) in [
        (Kind::Unreachable, 0, 1, 1),
        (Kind::Stalled, 1, 0, 1),
        (Kind::Broken, 1, 0, 1),
        (Kind::Empty, 1, 0, 1),
        (Kind::NotFound, 0, 0, 0),
        (Kind::Busy, 0, 0, 0),
        (Kind::OutOfMemory, 0, 0, 0),
        (Kind::TooLong, 0, 0, 0),
        (Kind::Refused, 0, 0, 0),
        (Kind::NotSealed, 0, 0, 0),
        (Kind::Denied, 0, 0, 0),
        (Kind::NoCandidate, 0, 0, 0),
        (Kind::Cancelled, 0, 0, 0),
        (Kind::Storage, 0, 0, 0),
    ] {
        let failures = |book: &HealthBook, target: &Target| row(book, target, 0).map_or(0, |row| row.consecutive_failures);
        let mut book = HealthBook::default();
        assert_eq!(book.note(&model(), failed(kind), 0, 0.5), []);
        assert_eq!((failures(&book, &model()), failures(&book, &server())), (of_model, of_server), "{kind:?}");
        // What hurts nobody leaves no trace.
        assert_eq!(book.rows(0).len() as u32, of_model + of_server, "{kind:?}");
        let mut book = HealthBook::default();
        assert_eq!(book.note(&server(), failed(kind), 0, 0.5), []);
        assert_eq!(failures(&book, &server()), alone, "{kind:?} of a probe of the server");
    }
}

#[test]
fn a_breaker_trips_on_a_run_or_on_a_rate_and_never_on_one_failure() {
    for (history, seconds_apart, want) in [
        (".", 1, "answers"),
        ("x", 1, "the last one failed"),
        ("xx", 1, "the last 2 failed"),
        ("xxx", 1, "resting for 1 s after 3 failures"),
        ("xx.xx", 1, "resting for 1 s after 4 failures"),
        ("xx.x", 1, "3 of the last 4 failed"),
        ("x.x.", 1, "2 of the last 4 failed"),
        ("x.x.x", 1, "resting for 1 s after 3 failures"),
        ("x....x", 1, "2 of the last 6 failed"),
        ("....xx", 1, "2 of the last 6 failed"),
        ("....xxx", 1, "resting for 1 s after 3 failures"),
        // An answer never trips it, whatever the rate is.
        ("x.x..", 1, "2 of the last 5 failed"),
        // What is older than ten minutes does not count, and failures so far apart are no run.
        ("xxx", 300, "resting for 1 s after 3 failures"),
        ("xxx", 601, "the last one failed"),
        ("xxx........", 601, "answers"),
        ("x.x.x", 200, "2 of the last 4 failed"),
        // Of a long history the last twenty tries count: 6 of these 26 failed, 4 of the last 20.
        ("x....x....x....x....x....x", 1, "4 of the last 20 failed"),
    ] {
        let mut book = HealthBook::default();
        let mut now = 1_000_000;
        for outcome in history.chars() {
            now += seconds_apart * 1000;
            let outcome = if outcome == '.' { Outcome::Answered } else { failed(FailureKind::Stalled) };
            note(&mut book, &model(), outcome, now);
        }
        assert_eq!(words(&book, &model(), now), want, "{history:?}, {seconds_apart} s apart");
    }
}

#[test]
fn no_policy_trips_on_one_failure() {
    let hasty = Policy { consecutive: 0, minimum: 0, worst_rate: 0, window: 0, ..Policy::default() };
    let mut book = HealthBook::new(hasty);
    assert_eq!(note(&mut book, &model(), failed(FailureKind::Empty), 0), [""; 0]);
    assert_eq!(note(&mut book, &model(), failed(FailureKind::Empty), 0), ["a:1 rests until 1000"]);
}

#[test]
fn a_pause_is_drawn_below_a_bound_that_doubles() {
    let policy = Policy::default();
    let odd = Policy { longest_pause: Duration::from_millis(100), ..policy };
    let vast = Policy { first_pause: Duration::MAX, longest_pause: Duration::MAX, ..policy };
    for (policy, before, jitter, want) in [
        (policy, 0, 1.0, 1_000),
        (policy, 0, 0.5, 500),
        (policy, 0, 0.1, 250),
        (policy, 0, 0.0, 250),
        (policy, 1, 1.0, 2_000),
        (policy, 3, 0.5, 4_000),
        (policy, 4, 1.0, 16_000),
        (policy, 5, 1.0, 30_000),
        (policy, 5, 0.999, 29_970),
        (policy, u32::MAX, 1.0, 30_000),
        (policy, u32::MAX, 0.0, 250),
        // What is no chance.
        (policy, 2, f64::NAN, 250),
        (policy, 2, -1.0, 250),
        (policy, 2, f64::INFINITY, 4_000),
        (odd, 0, 1.0, 100),
        (odd, 9, 0.0, 100),
        (vast, 9, 1.0, i64::MAX),
    ] {
        assert_eq!(policy.pause_ms(before, jitter), want, "after {before}, {jitter}");
    }
}

#[test]
fn many_failures_at_once_are_one_step() {
    let mut book = HealthBook::default();
    trip(&mut book, &model(), 0);
    for now in [0, 1, 500, 999] {
        assert_eq!(note(&mut book, &model(), failed(FailureKind::Stalled), now), [""; 0]);
        assert_eq!(may_ask(&book, &model(), now), Some(1000));
    }
    assert_eq!(words(&book, &model(), 999), "resting for 1 s after 7 failures");
    // The rest is over, and whoever asks decides, probe or not.
    assert_eq!(note(&mut book, &model(), failed(FailureKind::Stalled), 1000), ["a:1 rests until 3000"]);
}

#[test]
fn after_a_rest_one_question_decides() {
    let mut book = HealthBook::default();
    trip(&mut book, &model(), 0);
    let (backend, id) = (BackendId::ollama(), ModelId::new("a:1"));
    assert_eq!(book.begin(&backend, &id, 999), Standing::Rests { until_ms: 1000 });
    assert!(!book.begin_probe(&model(), 999));
    assert_eq!((may_ask(&book, &model(), 1000), words(&book, &model(), 1000).as_str()), (None, "rested; the next try decides"));
    assert_eq!(book.begin(&backend, &id, 1000), Standing::Ask);
    // It is under way: nobody else is let through.
    assert_eq!(book.begin(&backend, &id, 1500), Standing::Rests { until_ms: 61_000 });
    assert!(!book.begin_probe(&model(), 1500));
    assert_eq!(may_ask(&book, &model(), 1500), Some(61_000));
    assert_eq!(row(&book, &model(), 1500).unwrap().condition, Condition::Trying);
    // Others of the same server are not concerned.
    assert_eq!(may_ask(&book, &of_server("b:1"), 1500), None);
    // It fails: a longer rest. Then another probe answers.
    assert_eq!(note(&mut book, &model(), failed(FailureKind::Broken), 2000), ["a:1 rests until 4000"]);
    assert!(book.begin_probe(&model(), 4000));
    assert_eq!(note(&mut book, &model(), Outcome::Answered, 4500), ["a:1 is back after 4500"]);
    assert_eq!((may_ask(&book, &model(), 4500), words(&book, &model(), 4500).as_str()), (None, "answers"));
    // All begins anew: one failure is one failure, and the next rest is the first again.
    assert_eq!(note(&mut book, &model(), failed(FailureKind::Broken), 5000), [""; 0]);
    assert!(!book.begin_probe(&model(), 5000));
    note(&mut book, &model(), failed(FailureKind::Broken), 5000);
    assert_eq!(note(&mut book, &model(), failed(FailureKind::Broken), 5000), ["a:1 rests until 6000"]);
}

#[test]
fn a_probe_that_does_not_come_back_is_given_up() {
    let mut book = HealthBook::default();
    trip(&mut book, &model(), 0);
    assert!(book.begin_probe(&model(), 1000));
    assert_eq!(book.due(1001), Some(61_000));
    assert!(!book.begin_probe(&model(), 60_999));
    assert_eq!((may_ask(&book, &model(), 61_000), book.due(61_000)), (None, Some(61_000)));
    assert!(book.begin_probe(&model(), 61_000));
    // The first one's answer counts all the same.
    assert_eq!(note(&mut book, &model(), Outcome::Answered, 62_000), ["a:1 is back after 62000"]);
}

#[test]
fn a_probe_that_decides_nothing_is_given_back() {
    for kind in [FailureKind::Cancelled, FailureKind::TooLong, FailureKind::Busy, FailureKind::OutOfMemory, FailureKind::NotFound]
    {
        let mut book = HealthBook::default();
        trip(&mut book, &model(), 0);
        assert!(book.begin_probe(&model(), 1000));
        assert_eq!(note(&mut book, &model(), failed(kind), 1100), [""; 0]);
        assert!(book.begin_probe(&model(), 1100), "{kind:?}");
        assert_eq!(note(&mut book, &model(), failed(FailureKind::Stalled), 1200), ["a:1 rests until 3200"]);
        // While it rests such an outcome ends no rest.
        note(&mut book, &model(), failed(kind), 1300);
        assert_eq!(may_ask(&book, &model(), 1300), Some(3200), "{kind:?}");
    }
}

#[test]
fn a_server_that_is_not_reached_rests_with_all_of_its_models() {
    let mut book = HealthBook::default();
    let (a, b) = (model(), of_server("b:1"));
    for target in [&a, &b] {
        assert_eq!(note(&mut book, target, failed(FailureKind::Unreachable), 0), [""; 0]);
    }
    assert_eq!(note(&mut book, &a, failed(FailureKind::Unreachable), 0), ["ollama rests until 1000"]);
    assert_eq!((may_ask(&book, &a, 0), may_ask(&book, &b, 0)), (Some(1000), Some(1000)));
    assert_eq!(may_ask(&book, &Target::Model(BackendId::new("openai"), ModelId::new("c")), 0), None);
    // A question to one model is the server's probe, and holds back the others.
    assert_eq!(book.begin(&BackendId::ollama(), &ModelId::new("a:1"), 1000), Standing::Ask);
    assert_eq!(may_ask(&book, &b, 1000), Some(61_000));
    assert!(!book.begin_probe(&server(), 1000));
    // A question that began before the rest fails now: it decides nothing.
    assert_eq!(note(&mut book, &b, failed(FailureKind::Unreachable), 1100), [""; 0]);
    assert_eq!(may_ask(&book, &b, 1100), Some(61_000));
    // Nor does it give the probe back.
    note(&mut book, &b, failed(FailureKind::Cancelled), 1150);
    assert_eq!(may_ask(&book, &b, 1150), Some(61_000));
    assert_eq!(note(&mut book, &a, failed(FailureKind::Unreachable), 1200), ["ollama rests until 3200"]);
    // A probe of the server alone, without a model.
    assert!(book.begin_probe(&server(), 3200));
    assert_eq!(note(&mut book, &server(), Outcome::Answered, 3300), ["ollama is back after 3300"]);
    assert_eq!((may_ask(&book, &a, 3300), may_ask(&book, &b, 3300)), (None, None));
}

#[test]
fn an_answer_of_any_model_heals_its_server() {
    let mut book = HealthBook::default();
    trip(&mut book, &server(), 0);
    trip(&mut book, &model(), 0);
    assert_eq!(note(&mut book, &of_server("b:1"), Outcome::Answered, 500), ["ollama is back after 500"]);
    // The model itself goes on resting.
    assert_eq!((may_ask(&book, &model(), 500), may_ask(&book, &of_server("b:1"), 500)), (Some(1000), None));
    assert_eq!(note(&mut book, &model(), Outcome::Answered, 700), ["a:1 is back after 700"]);
}

#[test]
fn a_probe_is_due_when_the_first_rest_ends_and_none_where_nothing_rests() {
    let mut book = HealthBook::default();
    assert_eq!(book.due(0), None);
    note(&mut book, &model(), Outcome::Answered, 0);
    note(&mut book, &of_server("b:1"), failed(FailureKind::Stalled), 0);
    assert_eq!(book.due(0), None);
    trip(&mut book, &model(), 100);
    assert_eq!((book.due(100), book.due(900), book.due(1100), book.due(7000)), (Some(1100), Some(1100), Some(1100), Some(7000)));
    trip(&mut book, &server(), 500);
    // The model's probe is one of its server, and waits for that.
    let all = |book: &HealthBook, now| book.due_among(now, |_| true).unwrap();
    assert_eq!(all(&book, 500), (1500, server()));
    assert_eq!(book.due_among(500, |target| target.model().is_some()), Some((1500, model())));
    assert_eq!(book.due_among(500, |target| *target.backend() != BackendId::ollama()), None);
    assert!(!book.begin_probe(&model(), 1200));
    assert!(book.begin_probe(&server(), 1500));
    assert_eq!(book.due_among(1500, |target| target.model().is_some()), Some((61_500, model())));
    note(&mut book, &server(), Outcome::Answered, 1600);
    assert_eq!(all(&book, 1600), (1600, model()));
    note(&mut book, &model(), Outcome::Answered, 1700);
    assert_eq!(book.due(1700), None);
}

#[test]
fn who_goes_on_failing_is_told_once_until_it_recovers() {
    let mut book = HealthBook::default();
    let stall = |book: &mut HealthBook, now| note(book, &model(), failed(FailureKind::Stalled), now);
    trip(&mut book, &model(), 0);
    assert_eq!(stall(&mut book, 1_000), ["a:1 rests until 3000"]);
    assert_eq!(stall(&mut book, 3_000), ["a:1 rests until 7000", "alert: a:1"]);
    let alert = |book: &HealthBook, now| row(book, &model(), now).unwrap().alert;
    assert!(alert(&book, 3_000));
    assert_eq!(stall(&mut book, 7_000), ["a:1 rests until 15000"]);
    book.seen();
    assert!(!alert(&book, 7_000));
    // Not again for the same run, not even after a restart.
    let mut restarted = HealthBook::default();
    restarted.restore(book.rows(8_000), 8_000);
    for book in [&mut book, &mut restarted] {
        assert_eq!(stall(book, 15_000), ["a:1 rests until 31000"]);
        assert!(!alert(book, 15_000));
    }
    note(&mut book, &model(), Outcome::Answered, 31_000);
    trip(&mut book, &model(), 32_000);
    stall(&mut book, 33_000);
    assert_eq!(stall(&mut book, 35_000), ["a:1 rests until 39000", "alert: a:1"]);
    // What was not seen stays, though it answers again.
    note(&mut book, &model(), Outcome::Answered, 39_000);
    assert!(alert(&book, 39_000));
}

#[test]
fn who_fails_for_five_minutes_is_told_at_the_next_rest() {
    let mut book = HealthBook::default();
    for (now, changes) in [
        (0, vec![]),
        (150_000, vec![]),
        (299_999, vec!["a:1 rests until 300999"]),
        (301_000, vec!["a:1 rests until 303000", "alert: a:1"]),
    ] {
        assert_eq!(note(&mut book, &model(), failed(FailureKind::Empty), now), changes, "at {now}");
    }
}

#[test]
fn a_clock_that_is_set_back_ends_a_rest() {
    let day = 86_400_000;
    let mut book = HealthBook::default();
    trip(&mut book, &model(), day);
    // A little changes little.
    assert_eq!(may_ask(&book, &model(), day - 500), Some(day + 1000));
    assert_eq!((may_ask(&book, &model(), 0), book.due(0)), (None, Some(0)));
    assert!(book.begin_probe(&model(), day + 1000));
    assert_eq!(may_ask(&book, &model(), day + 990), Some(day + 61_000));
    assert_eq!(may_ask(&book, &model(), 0), None);
    assert!(book.begin_probe(&model(), 0));
    assert_eq!(note(&mut book, &model(), Outcome::Answered, 100), ["a:1 is back after 0"]);
}
