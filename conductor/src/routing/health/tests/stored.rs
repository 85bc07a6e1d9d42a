//! What is stored, loaded and forgotten.

use super::*;
use crate::domain::{HealthMemory, Try};

#[test]
fn a_restart_goes_on_where_it_was() {
    let mut book = HealthBook::default();
    note(&mut book, &of_server("b:1"), failed(FailureKind::Stalled), 0);
    trip(&mut book, &model(), 0);
    note(&mut book, &model(), failed(FailureKind::Stalled), 1_000);
    let json = serde_json::to_string(&book.rows(1_500)).unwrap();
    let mut restarted = HealthBook::default();
    restarted.restore(serde_json::from_str::<Vec<HealthRow>>(&json).unwrap(), 2_000);
    assert_eq!(restarted.rows(2_000), book.rows(2_000));
    assert_eq!((may_ask(&restarted, &model(), 2_000), restarted.due(2_000)), (Some(3_000), Some(3_000)));
    // The step of the backoff, and what counts for the other.
    assert_eq!(note(&mut restarted, &model(), failed(FailureKind::Stalled), 3_000)[0], "a:1 rests until 7000");
    note(&mut restarted, &of_server("b:1"), failed(FailureKind::Stalled), 3_000);
    assert_eq!(note(&mut restarted, &of_server("b:1"), failed(FailureKind::Stalled), 3_000), ["b:1 rests until 4000"]);
    // Much later the rest is over, but nothing is forgotten.
    let mut late = HealthBook::default();
    late.restore(book.rows(2_000), 9_000_000);
    assert_eq!((may_ask(&late, &model(), 9_000_000), late.due(9_000_000)), (None, Some(9_000_000)));
    assert_eq!(note(&mut late, &model(), failed(FailureKind::Stalled), 9_000_000)[0], "a:1 rests until 9004000");
    // A probe that was under way is lost with the program.
    let mut tried = late.clone();
    assert!(tried.begin_probe(&model(), 9_004_000));
    let mut again = HealthBook::default();
    again.restore(tried.rows(9_004_100), 9_004_200);
    assert!(again.begin_probe(&model(), 9_004_200));
}

#[test]
fn a_stored_row_that_makes_no_sense_does_no_harm() {
    let memory =
        HealthMemory { window: vec![Try(i64::MAX, false); 99], rests: u32::MAX, failing_since_ms: Some(i64::MIN), alerted: true };
    let row = HealthRow {
        target: model(),
        condition: Condition::Resting { until_ms: i64::MAX, failures: 0 },
        success_percent: None,
        tries: u32::MAX,
        consecutive_failures: u32::MAX,
        last_success_ms: Some(i64::MIN),
        last_failure: None,
        last_failure_ms: Some(i64::MAX),
        alert: false,
        memory,
    };
    let mut book = HealthBook::default();
    book.restore([row], 0);
    // A rest without end is none.
    assert_eq!((may_ask(&book, &model(), 0), words(&book, &model(), 0).as_str()), (None, "rested; the next try decides"));
    assert_eq!(note(&mut book, &model(), failed(FailureKind::Stalled), 0), ["a:1 rests until 30000"]);
    assert_eq!(note(&mut book, &model(), Outcome::Answered, 0).len(), 1);
    assert_eq!(words(&book, &model(), 0), "answers");
}

#[test]
fn what_changed_is_told_once() {
    let mut book = HealthBook::default();
    let names = |rows: Vec<HealthRow>| rows.iter().map(|row| row.target.to_string()).collect::<Vec<_>>();
    assert_eq!(names(book.take_dirty(0)), [""; 0]);
    note(&mut book, &model(), Outcome::Answered, 0);
    assert_eq!(names(book.take_dirty(0)), ["ollama", "a:1"]);
    assert_eq!(names(book.take_dirty(0)), [""; 0]);
    note(&mut book, &model(), failed(FailureKind::NotFound), 0);
    assert_eq!(names(book.take_dirty(0)), [""; 0]);
    trip(&mut book, &model(), 0);
    let rows = book.take_dirty(0);
    assert_eq!(rows[0].condition, Condition::Resting { until_ms: 1000, failures: 3 });
    assert_eq!((rows[0].success_percent, rows[0].tries, rows[0].consecutive_failures), (Some(25), 4, 3));
    note(&mut book, &model(), failed(FailureKind::Empty), 1000);
    note(&mut book, &model(), failed(FailureKind::Empty), 3000);
    assert!(book.take_dirty(3000)[0].alert);
    // That it was seen is to be stored, too.
    book.seen();
    assert_eq!(names(book.take_dirty(3000)), ["a:1"]);
    book.seen();
    assert_eq!(names(book.take_dirty(3000)), [""; 0]);
    // What was loaded is stored already.
    let mut restarted = HealthBook::default();
    restarted.restore(book.rows(3000), 3000);
    assert_eq!(names(restarted.take_dirty(3000)), [""; 0]);
}

#[test]
fn who_is_gone_is_forgotten() {
    let mut book = HealthBook::default();
    for name in ["a:1", "b:1"] {
        trip(&mut book, &of_server(name), 0);
    }
    assert_eq!(book.forget(|_| false), []);
    assert_eq!(book.forget(|target| *target == model()), [model()]);
    assert_eq!((may_ask(&book, &model(), 0), may_ask(&book, &of_server("b:1"), 0)), (None, Some(1000)));
    assert_eq!(book.rows(0).len(), 1);
}

#[test]
fn a_snapshot_stays_as_it_was() {
    let mut book = HealthBook::default();
    let before = book.clone();
    trip(&mut book, &model(), 0);
    assert_eq!((may_ask(&before, &model(), 0), may_ask(&book, &model(), 0)), (None, Some(1000)));
}
