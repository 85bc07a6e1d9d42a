//! What the chain finds, and the two things it cannot find.

use super::*;
use crate::domain::{
    BackendId, Basis, ConversationId, FailureKind, LedgerEntry, LedgerOutcome, Location, Purpose, RequestId, Scope,
};
use serde_json::{Value, json};

fn intent(purpose: Purpose, location: Location, basis: Basis) -> LedgerEvent {
    LedgerEvent::Intent(LedgerEntry {
        id: RequestId(0),
        purpose,
        provider: BackendId::new("openai"),
        model: "gpt \"né\"\n\u{7}\u{7f}".to_owned(),
        target: "POST https://api.openai.com/v1/chat/completions".to_owned(),
        location,
        bytes: 512,
        payload: Digest::of(b"hello"),
        basis,
        secrets: 1,
        redactions: 2,
        conversation: (purpose == Purpose::Chat).then_some(ConversationId(7)),
    })
}

fn outcome(intent: i64, outcome: LedgerOutcome) -> LedgerEvent {
    LedgerEvent::Outcome { intent: LedgerSeq(intent), outcome }
}

/// A ledger with every kind of row; the last intent has no outcome.
fn ledger() -> Vec<LedgerRow> {
    let external = || Location::External("api.openai.com".to_owned());
    let network = Location::Network("box".to_owned());
    let events = [
        intent(Purpose::Chat, external(), Basis::Consent(Scope::Once)),
        intent(Purpose::Chat, network, Basis::TrustedHost),
        outcome(2, LedgerOutcome::Answered),
        outcome(1, LedgerOutcome::Failed(FailureKind::Stalled)),
        intent(Purpose::Pull, external(), Basis::Command),
        outcome(5, LedgerOutcome::Cancelled),
        intent(Purpose::KeyCheck, external(), Basis::Consent(Scope::Conversation)),
    ];
    let mut rows: Vec<LedgerRow> = Vec::new();
    for (time_ms, event) in (1000..).zip(events) {
        rows.push(next(rows.last().map(|row| (row.seq, row.hash)), time_ms, event));
    }
    rows
}

/// The number of the first row that is wrong.
fn found(rows: Vec<LedgerRow>) -> Option<i64> {
    verify(rows).broken.map(|(seq, _)| seq.0)
}

#[test]
fn a_ledger_as_it_was_written_is_good() {
    let rows = ledger();
    let good = LedgerVerdict { rows: 7, head: Some(rows[6].hash), broken: None };
    assert_eq!(verify(rows.clone()), good);
    assert_eq!(verify([]), LedgerVerdict { rows: 0, head: None, broken: None });
    let read = rows.iter().map(|row| serde_json::from_str(&serde_json::to_string(row).unwrap()).unwrap());
    assert_eq!(verify(read), good, "also after it went through JSON");
}

#[test]
fn the_form_never_changes() {
    // The hashes were computed by the program in docs/guide/privacy.md, not by this one.
    let rows = ledger();
    for (row, hash) in [
        (0, "d0cd32adf35385f6090f5b5fbecb087a8ffd920b617cf41d0e2f2eb40377a0f9"),
        (3, "1b3773efca4e5abb2e72d1ccbe35ef773d642290546ccc31b920a3dcf6c20e51"),
        (6, "26f69787476b895d879f3b03f0e426ca0e314b24c520f143050bf1786156070e"),
    ] {
        assert_eq!(rows[row].hash.to_string(), hash, "{}", serde_json::to_string(&rows[row]).unwrap());
    }
    assert_eq!(canonical(&rows[3].event), r#"{"intent":1,"outcome":{"how":"failed","kind":"stalled"},"row":"outcome"}"#);
}

/// Every value in `value`, each replaced by others in turn.
fn changes(value: &Value) -> Vec<Value> {
    let words = [
        "chat",
        "pull",
        "key_check",
        "embed",
        "network",
        "external",
        "trusted_host",
        "command",
        "once",
        "never",
        "answered",
        "broken",
    ];
    match value {
        Value::Object(fields) => {
            let changed = |(key, field): (&String, &Value)| -> Vec<Value> {
                let with = |other: Value| {
                    let mut fields = fields.clone();
                    fields.insert(key.clone(), other);
                    Value::Object(fields)
                };
                changes(field).into_iter().map(with).collect()
            };
            fields.iter().flat_map(changed).collect()
        }
        Value::Number(number) => vec![json!(number.as_i64().unwrap() + 1), json!(number.as_i64().unwrap() - 1)],
        Value::String(text) => {
            let mut others = vec![format!("{text}x"), text.to_uppercase(), text[1..].to_owned() + &text[..1]];
            others.extend(words.map(str::to_owned));
            others.into_iter().filter(|other| other != text).map(Value::from).collect()
        }
        other => vec![json!(1), json!("x"), json!(other.is_null())],
    }
}

#[test]
fn every_change_of_every_value_is_found() {
    let rows = ledger();
    let mut tried = 0;
    for (at, row) in rows.iter().enumerate() {
        for changed in changes(&serde_json::to_value(row).unwrap()) {
            // What is no row any more, the store finds when it reads it.
            let Ok(changed) = serde_json::from_value::<LedgerRow>(changed) else { continue };
            if changed == *row {
                continue;
            }
            let mut rows = rows.clone();
            rows[at] = changed.clone();
            let broken = found(rows).unwrap_or_else(|| panic!("not found: {changed:?}"));
            assert!(broken <= row.seq.0 + 1, "{broken}: {changed:?}");
            tried += 1;
        }
    }
    assert!(tried > 100, "{tried}");
}

#[test]
fn rows_taken_out_put_in_or_moved_are_found() {
    type Change = fn(&mut Vec<LedgerRow>);
    for (name, change, broken) in [
        ("taken out", (|rows| drop(rows.remove(3))) as Change, Some(4)),
        ("the first taken out", |rows| drop(rows.remove(0)), Some(1)),
        ("the beginning cut off", |rows| drop(rows.drain(..4)), Some(1)),
        ("two swapped", |rows| rows.swap(2, 3), Some(3)),
        ("two swapped, with their numbers", |rows| swap_numbers(rows, 2, 3), Some(3)),
        ("the first two swapped, with their numbers", |rows| swap_numbers(rows, 0, 1), Some(1)),
        ("one twice", |rows| rows.insert(3, rows[2].clone()), Some(3)),
        ("one put in", |rows| rows.insert(2, next(Some((rows[1].seq, rows[1].hash)), 1, rows[0].event.clone())), Some(3)),
        ("one put in, and the numbers moved up", put_in, Some(4)),
        ("one put in before the first", |rows| rows.insert(0, LedgerRow { seq: LedgerSeq(0), ..rows[0].clone() }), Some(0)),
        ("another number, and its own hash anew", |rows| hash_anew(rows, 2, |row| row.time_ms = 1), Some(4)),
        // These two cannot be found: only the head shows them.
        ("the end cut off", |rows| rows.truncate(4), None),
        ("written anew from a row on", |rows| *rows = rewritten(rows, 2), None),
    ] {
        let mut rows = ledger();
        let head = verify(rows.clone()).head;
        change(&mut rows);
        let verdict = verify(rows);
        assert_eq!(verdict.broken.as_ref().map(|(seq, _)| seq.0), broken, "{name}: {verdict:?}");
        assert_ne!(verdict.head, head, "{name}");
    }
}

fn swap_numbers(rows: &mut [LedgerRow], a: usize, b: usize) {
    rows.swap(a, b);
    let seq = rows[a].seq;
    rows[a].seq = rows[b].seq;
    rows[b].seq = seq;
}

fn put_in(rows: &mut Vec<LedgerRow>) {
    rows.insert(2, next(Some((rows[1].seq, rows[1].hash)), 1, rows[0].event.clone()));
    for row in &mut rows[3..] {
        row.seq.0 += 1;
    }
}

fn hash_anew(rows: &mut [LedgerRow], at: usize, change: fn(&mut LedgerRow)) {
    change(&mut rows[at]);
    rows[at].hash = hash(rows[at].seq, rows[at].time_ms, &rows[at].event, &rows[at].previous);
}

/// The same ledger, each row with another time and all hashes right.
fn rewritten(rows: &[LedgerRow], from: usize) -> Vec<LedgerRow> {
    let mut anew = rows[..from].to_vec();
    for row in &rows[from..] {
        anew.push(next(anew.last().map(|last| (last.seq, last.hash)), row.time_ms + 1, row.event.clone()));
    }
    anew
}

#[test]
fn an_outcome_names_an_earlier_intent_once() {
    let sent = || intent(Purpose::Chat, Location::Network("box".to_owned()), Basis::TrustedHost);
    let ends = |intent| outcome(intent, LedgerOutcome::Answered);
    for (name, events, broken) in [
        ("of the one before", vec![sent(), ends(1)], None),
        ("of two, in another order", vec![sent(), sent(), ends(2), ends(1)], None),
        ("of none", vec![ends(1)], Some(1)),
        ("of a later one", vec![sent(), ends(3), sent()], Some(2)),
        ("of an outcome", vec![sent(), ends(1), ends(2)], Some(3)),
        ("twice", vec![sent(), ends(1), sent(), ends(1)], Some(4)),
        ("of itself", vec![sent(), ends(2)], Some(2)),
    ] {
        let mut rows: Vec<LedgerRow> = Vec::new();
        for event in events {
            rows.push(next(rows.last().map(|row| (row.seq, row.hash)), 1, event));
        }
        assert_eq!(found(rows), broken, "{name}");
    }
}

#[test]
fn nothing_is_looked_at_after_the_first_wrong_row() {
    let rows = ledger();
    let mut chain = Chain::default();
    assert!(chain.read(&rows[0]));
    chain.unreadable(LedgerSeq(2), "it cannot be read".to_owned());
    assert!(!chain.read(&rows[1]));
    let broken = Some((LedgerSeq(2), "it cannot be read".to_owned()));
    assert_eq!(chain.verdict(), LedgerVerdict { rows: 2, head: Some(rows[0].hash), broken });
}
