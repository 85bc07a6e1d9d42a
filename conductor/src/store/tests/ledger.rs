//! The ledger on disk: one chain, on the disk when it is noted, never changed; and what was refused.

use super::*;
use crate::domain::{Basis, Digest, LedgerEntry, LedgerEvent, LedgerOutcome, LedgerRow, LedgerSeq, Purpose, RequestId, Scope};
use crate::privacy::ledger::{next, verify};
use rusqlite::Connection;

/// Something that is about to leave for `model`.
pub(super) fn sent(model: &str) -> LedgerEvent {
    LedgerEvent::Intent(LedgerEntry {
        id: RequestId(0),
        purpose: Purpose::Chat,
        provider: BackendId::new("openai"),
        model: model.to_owned(),
        target: "POST https://api.openai.com/v1/chat/completions".to_owned(),
        location: Location::External("api.openai.com".to_owned()),
        bytes: 5,
        payload: Digest::of(b"hello"),
        basis: Basis::Consent(Scope::Once),
        secrets: 0,
        redactions: 0,
        conversation: Some(ConversationId(1)),
    })
}

fn answered(intent: i64) -> LedgerEvent {
    LedgerEvent::Outcome { intent: LedgerSeq(intent), outcome: LedgerOutcome::Answered }
}

fn numbers(rows: &[LedgerRow]) -> Vec<i64> {
    rows.iter().map(|row| row.seq.0).collect()
}

/// A ledger of six rows, closed: intents 1, 2, 4, 6; outcomes 3 of 2 and 5 of 4.
async fn filled(path: &Path) {
    let store = Store::open(path.to_owned());
    for (time_ms, event) in (100..).zip([sent("a"), sent("b"), answered(2), sent("c"), answered(4), sent("d")]) {
        store.note(event, time_ms).await.unwrap();
    }
    store.close().await;
}

#[tokio::test]
async fn rows_are_read_as_they_were_noted() {
    let (_folder, path) = place();
    filled(&path).await;
    let store = Store::open(path);
    let all = store.ledger(None, 99).await.unwrap();
    assert_eq!(numbers(&all), [6, 5, 4, 3, 2, 1], "newest first");
    assert_eq!((all[5].time_ms, &all[5].event, all[5].previous), (100, &sent("a"), Digest::ZERO));
    assert_eq!((all[1].time_ms, &all[1].event, all[1].previous), (104, &answered(4), all[2].hash));
    let verdict = store.verify_ledger().await.unwrap();
    assert_eq!((verdict.rows, verdict.head, &verdict.broken), (6, Some(all[0].hash), &None));
    assert_eq!(verify(all.into_iter().rev()), verdict, "an export says the same");
    for (before, limit, want) in
        [(None, 2, &[6, 5][..]), (Some(5), 2, &[4, 3]), (Some(3), 9, &[2, 1]), (Some(1), 9, &[]), (None, 0, &[])]
    {
        assert_eq!(numbers(&store.ledger(before.map(LedgerSeq), limit).await.unwrap()), want, "{before:?} {limit}");
    }
    for (seq, want) in [(1, &[1][..]), (2, &[2, 3]), (3, &[3]), (4, &[4, 5]), (6, &[6]), (7, &[]), (0, &[])] {
        assert_eq!(numbers(&store.ledger_row(LedgerSeq(seq)).await.unwrap()), want, "{seq}");
    }
}

#[tokio::test]
async fn an_outcome_belongs_to_an_intent_that_waits() {
    let (_folder, path) = place();
    filled(&path).await;
    let store = Store::open(path);
    for none in [0, 2, 3, 7, 8, -1] {
        assert_eq!(store.note(answered(none), 1).await, Err(StoreError::NoOpenIntent(LedgerSeq(none))), "{none}");
    }
    assert_eq!(store.note(answered(1), 1).await, Ok(LedgerSeq(7)), "also later, and nothing was noted before");
    assert_eq!(store.note(answered(1), 1).await, Err(StoreError::NoOpenIntent(LedgerSeq(1))));
}

#[tokio::test]
async fn many_that_note_at_once_keep_one_chain() {
    const EACH: usize = 8;
    let (_folder, path) = place();
    let stores: Vec<_> = (0..4).map(|_| Store::open(path.clone())).collect();
    let note_all = async |store: &Store, model: &str| {
        for now_ms in 0..EACH as i64 {
            let intent = store.note(sent(model), now_ms).await.unwrap();
            store.note(answered(intent.0), now_ms).await.unwrap();
        }
    };
    tokio::join!(note_all(&stores[0], "a"), note_all(&stores[1], "b"), note_all(&stores[2], "c"), note_all(&stores[3], "d"));
    let verdict = stores[0].verify_ledger().await.unwrap();
    assert_eq!((verdict.rows as usize, &verdict.broken), (4 * 2 * EACH, &None), "{verdict:?}");
    let rows = stores[1].ledger(None, 999).await.unwrap();
    for model in ["a", "b", "c", "d"] {
        assert_eq!(rows.iter().filter(|row| row.event == sent(model)).count(), EACH, "{model}");
    }
}

/// `synchronous` as it is now: 1 is NORMAL, 2 is FULL.
async fn level(store: &Store) -> i64 {
    store.run(|db| Ok(db.conn.pragma_query_value(None, "synchronous", |row| row.get(0))?)).await.unwrap()
}

/// Has the connection write down what `synchronous` is at the very moment when a row is put into one of the tables.
async fn watch(store: &Store) {
    let watch = |db: &mut Database| {
        let mut sql = "CREATE TEMP TABLE seen (what TEXT, level INTEGER);".to_owned();
        for table in ["ledger", "refusals", "messages"] {
            sql += &format!(
                "CREATE TEMP TRIGGER watch_{table} AFTER INSERT ON main.{table}
                 BEGIN INSERT INTO seen SELECT '{table}', synchronous FROM pragma_synchronous; END;"
            );
        }
        Ok(db.conn.execute_batch(&sql)?)
    };
    store.run(watch).await.unwrap();
}

async fn seen(store: &Store) -> String {
    let seen = "SELECT group_concat(what || ' ' || level, ', ') FROM (SELECT * FROM seen ORDER BY rowid)";
    store.run(move |db| Ok(db.conn.query_row(seen, [], |row| row.get(0))?)).await.unwrap()
}

#[tokio::test]
async fn what_must_not_be_lost_is_on_the_disk() {
    let (_folder, path) = place();
    let store = Store::open(path);
    watch(&store).await;
    store.begin_turn(ask(None, "x", 1)).await.unwrap();
    store.note(sent("a"), 1).await.unwrap();
    store.begin_turn(ask(None, "x", 1)).await.unwrap();
    store.refuse(&BackendId::new("openai"), &Location::External("x".to_owned()), 1).await.unwrap();
    store.note(answered(1), 1).await.unwrap();
    assert_eq!(seen(&store).await, "messages 1, messages 1, ledger 2, messages 1, messages 1, refusals 2, ledger 2");
    assert_eq!(level(&store).await, 1);
    let log: String = store.run(|db| Ok(db.conn.pragma_query_value(None, "journal_mode", |row| row.get(0))?)).await.unwrap();
    assert_eq!(log, "wal", "where FULL syncs the log at each commit");
}

#[tokio::test]
async fn a_row_that_cannot_be_noted_is_said_and_the_rest_goes_on_as_before() {
    let (_folder, path) = place();
    let (store, _thread) = start(&path, Duration::ZERO);
    store.note(sent("a"), 1).await.unwrap();
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_eq!(store.note(sent("b"), 1).await, Err(StoreError::Locked { path: path.clone() }));
    assert_eq!(level(&store).await, 1, "after a lock");
    other.execute_batch("ROLLBACK").unwrap();

    assert!(store.note(answered(7), 1).await.is_err());
    assert_eq!(level(&store).await, 1, "after a mistake");

    let pages = async |most: i64| store.run(move |db| Ok(db.conn.pragma_update(None, "max_page_count", most)?)).await.unwrap();
    pages(1).await;
    assert_eq!(store.note(sent(&"x".repeat(100_000)), 1).await, Err(StoreError::Full { path }));
    assert_eq!(level(&store).await, 1, "after a full disk");
    pages(1_000_000).await;
    assert_eq!(store.note(answered(1), 1).await, Ok(LedgerSeq(2)));
    assert_eq!(store.verify_ledger().await.unwrap().rows, 2);
}

/// Changes the file as somebody would who knows SQLite: without triggers and checks.
fn tamper(path: &Path, sql: &str) {
    let conn = Connection::open(path).unwrap();
    conn.execute_batch(
        "DROP TRIGGER ledger_is_not_changed; DROP TRIGGER ledger_is_not_deleted; DROP TRIGGER ledger_grows_at_its_end;
         PRAGMA ignore_check_constraints = ON;",
    )
    .unwrap();
    conn.execute_batch(sql).unwrap();
}

#[tokio::test]
async fn what_was_done_to_the_file_is_found() {
    const SWAP: &str = "UPDATE ledger SET seq = 99 WHERE seq = 1; UPDATE ledger SET seq = 1 WHERE seq = 2;
        UPDATE ledger SET seq = 2 WHERE seq = 99";
    const COPY: &str = "INSERT INTO ledger SELECT 7, time_ms, event, previous, hash FROM ledger WHERE seq = 6";
    const BELOW: &str = "INSERT INTO ledger SELECT 0, time_ms, event, previous, hash FROM ledger WHERE seq = 1";
    for (name, sql, broken, words) in [
        ("nothing", "", None, ""),
        ("a time", "UPDATE ledger SET time_ms = 1 WHERE seq = 3", Some(3), "changed"),
        ("a model", r#"UPDATE ledger SET event = replace(event, '"b"', '"z"') WHERE seq = 2"#, Some(2), "changed"),
        ("the spaces", "UPDATE ledger SET event = event || ' ' WHERE seq = 4", Some(4), "changed"),
        ("one thing more", "UPDATE ledger SET event = json_set(event, '$.more', 1) WHERE seq = 4", Some(4), "changed"),
        ("no event any more", "UPDATE ledger SET event = '{}' WHERE seq = 4", Some(4), "cannot be read"),
        ("another word", "UPDATE ledger SET event = json_set(event, '$.purpose', 'x') WHERE seq = 1", Some(1), "cannot be read"),
        ("bytes that are no text", "UPDATE ledger SET hash = CAST(x'ff' AS TEXT) WHERE seq = 5", Some(5), "cannot be read"),
        ("a hash", "UPDATE ledger SET hash = replace(hash, 'a', 'b') WHERE seq = 5", Some(5), "changed"),
        ("the case of a hash", "UPDATE ledger SET hash = upper(hash) WHERE seq = 5", Some(5), "changed"),
        ("what was before", "UPDATE ledger SET previous = hash WHERE seq = 5", Some(5), "does not follow"),
        ("one taken out", "DELETE FROM ledger WHERE seq = 1", Some(1), "missing"),
        ("one taken out of the middle", "DELETE FROM ledger WHERE seq = 5", Some(5), "missing"),
        ("the beginning", "DELETE FROM ledger WHERE seq < 6", Some(1), "missing"),
        ("two swapped", SWAP, Some(1), "does not follow"),
        ("one put in", COPY, Some(7), "does not follow"),
        ("one put in before all", BELOW, Some(0), "not in its place"),
        ("the end, which only the head shows", "DELETE FROM ledger WHERE seq > 4", None, ""),
    ] {
        let (_folder, path) = place();
        filled(&path).await;
        tamper(&path, sql);
        let store = Store::open(path);
        let verdict = store.verify_ledger().await.unwrap();
        assert_eq!(verdict.broken.as_ref().map(|(seq, _)| seq.0), broken, "{name}: {verdict:?}");
        assert!(verdict.broken.as_ref().is_none_or(|(_, why)| why.contains(words)), "{name}: {verdict:?}");
        assert!(store.note(sent("on"), 1).await.is_ok(), "{name}: what leaves is noted all the same");
    }
}

/// Notes `count` rows, each intent followed by its outcome, in one go.
async fn fill(store: &Store, count: i64) {
    let fill = move |db: &mut Database| {
        let tx = db.conn.transaction()?;
        let mut last = None;
        for n in 0..count {
            let event = if n % 2 == 0 { sent("a") } else { answered(n) };
            let row = next(last, n, event);
            tx.prepare_cached("INSERT INTO ledger VALUES (?1, ?2, ?3, ?4, ?5)")?.execute(rusqlite::params![
                row.seq.0,
                row.time_ms,
                crate::privacy::ledger::canonical(&row.event),
                row.previous.to_string(),
                row.hash.to_string()
            ])?;
            last = Some((row.seq, row.hash));
        }
        Ok(tx.commit()?)
    };
    store.run(fill).await.unwrap();
}

#[tokio::test]
async fn a_long_ledger_is_looked_through_to_its_end() {
    for (count, change, broken) in [
        (499, 0, None),
        (500, 0, None),
        (501, 0, None),
        (1000, 1000, Some(1000)),
        (1200, 500, Some(500)),
        (1200, 501, Some(501)),
        (1200, 1101, Some(1101)),
    ] {
        let (_folder, path) = place();
        let store = Store::open(path.clone());
        fill(&store, count).await;
        store.close().await;
        tamper(&path, &format!("UPDATE ledger SET time_ms = -1 WHERE seq = {change}"));
        let verdict = Store::open(path).verify_ledger().await.unwrap();
        assert_eq!(verdict.broken.as_ref().map(|(seq, _)| seq.0), broken, "{count} {change}");
        assert_eq!(verdict.rows as i64, broken.unwrap_or(count), "{count} {change}");
    }
}

#[tokio::test]
async fn what_was_refused_is_kept_until_it_is_taken_back() {
    let (_folder, path) = place();
    let store = Store::open(path.clone());
    let (openai, ollama) = (BackendId::new("openai"), BackendId::ollama());
    let (api, lan) = (Location::External("api.openai.com".to_owned()), Location::Network("né \"box\"".to_owned()));
    assert_eq!(store.refusals().await, Ok(vec![]));
    store.refuse(&openai, &api, 20).await.unwrap();
    store.refuse(&ollama, &lan, 10).await.unwrap();
    store.refuse(&ollama, &api, 30).await.unwrap();
    store.refuse(&openai, &api, 40).await.unwrap();
    assert!(store.refuse(&ollama, &Location::Local, 50).await.is_err(), "this machine cannot be refused");
    store.allow_again(&openai, &lan).await.unwrap();
    store.close().await;

    let store = Store::open(path);
    let kept = vec![(ollama.clone(), lan.clone(), 10), (ollama.clone(), api.clone(), 30), (openai.clone(), api.clone(), 40)];
    assert_eq!(store.refusals().await, Ok(kept.clone()));
    store.allow_again(&ollama, &lan).await.unwrap();
    assert_eq!(store.refusals().await, Ok(kept[1..].to_vec()));
}
