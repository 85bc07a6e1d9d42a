//! Opening: new, existing, damaged, newer, foreign, locked and impossible files, and a full disk.

use super::*;
use crate::domain::{FailureKind, LedgerSeq};
use rusqlite::Connection;
use std::fs;

/// What each call says when the database is not there.
async fn refusals(store: &Store) -> Vec<StoreError> {
    let (conversation, message) = (ConversationId(1), MessageId(1));
    vec![
        store.opened().await.unwrap_err(),
        store.begin_turn(ask(None, "x", 1)).await.unwrap_err(),
        store.sign(message, &signature("x")).await.unwrap_err(),
        store.append(message, "x".to_owned(), String::new()).await.unwrap_err(),
        store.finish(message, end("x", "", Status::Complete)).await.unwrap_err(),
        store.set_model(conversation, None).await.unwrap_err(),
        store.conversation(conversation).await.unwrap_err(),
        store.latest().await.unwrap_err(),
        store.conversations(1).await.unwrap_err(),
        store.note(ledger::sent("x"), 1).await.unwrap_err(),
        store.ledger(None, 1).await.unwrap_err(),
        store.ledger_row(LedgerSeq(1)).await.unwrap_err(),
        store.verify_ledger().await.unwrap_err(),
        store.refuse(&BackendId::new("x"), &Location::Network("x".to_owned()), 1).await.unwrap_err(),
        store.refusals().await.unwrap_err(),
        store.allow_again(&BackendId::new("x"), &Location::Network("x".to_owned())).await.unwrap_err(),
    ]
}

/// A closed database with one conversation in it.
async fn filled(path: &Path) {
    let store = Store::open(path.to_owned());
    let begun = store.begin_turn(ask(None, "hello", 1)).await.unwrap();
    store.finish(begun.answer, end("world", "", Status::Complete)).await.unwrap();
    store.close().await;
}

/// Every file of a folder with its bytes, without those that hold no bytes of ours.
fn contents(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut all: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.clone(), fs::read(path).unwrap()))
        .filter(|(path, bytes)| !bytes.is_empty() && !path.to_string_lossy().ends_with("-shm"))
        .collect();
    all.sort();
    all
}

#[tokio::test]
async fn a_new_one_is_made_for_the_user_alone() {
    let (folder, _) = place();
    let path = folder.path().join("deep/er/segno.db");
    let store = Store::open(path.clone());
    assert_eq!(store.opened().await, Ok(Opened::Created));
    store.begin_turn(ask(None, "x", 1)).await.unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        for (name, mode) in [
            ("deep", 0o700),
            ("deep/er", 0o700),
            ("deep/er/segno.db", 0o600),
            ("deep/er/segno.db-wal", 0o600),
            ("deep/er/segno.db-shm", 0o600),
        ] {
            let found = fs::metadata(folder.path().join(name)).unwrap().permissions().mode();
            assert_eq!(found & 0o777, mode, "{name}");
        }
    }
    store.close().await;
    assert_eq!(Store::open(path).opened().await, Ok(Opened::Existing));
}

/// A name, and a way to damage a database.
type Damage = (&'static str, fn(&Path));

const DAMAGES: [Damage; 7] = [
    ("garbage", |path| fs::write(path, "this is no database, ".repeat(500)).unwrap()),
    ("a short file", |path| fs::write(path, "SQLite").unwrap()),
    ("cut off", |path| fs::write(path, &fs::read(path).unwrap()[..5000]).unwrap()),
    ("no schema", |path| {
        let mut bytes = fs::read(path).unwrap();
        bytes[100..4096].fill(0xa5);
        fs::write(path, bytes).unwrap();
    }),
    ("a table is gone", |path| {
        let conn = Connection::open(path).unwrap();
        conn.execute_batch("DROP TABLE pieces").unwrap();
    }),
    ("the ledger is gone", |path| Connection::open(path).unwrap().execute_batch("DROP TABLE ledger").unwrap()),
    ("the refusals are gone", |path| Connection::open(path).unwrap().execute_batch("DROP TABLE refusals").unwrap()),
];

#[tokio::test]
async fn a_damaged_one_is_kept_and_replaced() {
    for (name, damage) in DAMAGES {
        let (folder, path) = place();
        filled(&path).await;
        damage(&path);
        fs::write(folder.path().join("segno.db-wal"), "a log").unwrap();
        let before = fs::read(&path).unwrap();
        let store = Store::open(path.clone());
        let Ok(Opened::Replaced { kept, why }) = store.opened().await else { panic!("{name}: {:?}", store.opened().await) };
        assert!(!why.is_empty(), "{name}");
        assert!(kept.to_string_lossy().starts_with(&format!("{}.corrupt-2", path.display())), "{name}: {kept:?}");
        assert!(fs::read(&kept).unwrap() == before, "{name}: the damaged file is as it was");
        assert_eq!(store.latest().await, Ok(None), "{name}");
        let begun = store.begin_turn(ask(None, "anew", 1)).await.unwrap();
        store.close().await;
        let store = Store::open(path);
        assert_eq!(store.opened().await, Ok(Opened::Existing), "{name}");
        assert_eq!(store.latest().await, Ok(Some(begun.conversation.id)), "{name}");
    }
}

#[tokio::test]
async fn many_find_one_damage_and_one_replaces() {
    let (folder, path) = place();
    fs::write(&path, "no database, ".repeat(500)).unwrap();
    let stores: Vec<_> = (0..4).map(|_| Store::open(path.clone())).collect();
    let mut replaced = 0;
    for store in &stores {
        store.begin_turn(ask(None, "anew", 1)).await.unwrap();
        replaced += usize::from(matches!(store.opened().await, Ok(Opened::Replaced { .. })));
    }
    assert_eq!(replaced, 1);
    for store in &stores {
        assert_eq!(store.conversations(9).await.unwrap().len(), 4, "all write one file");
    }
    let kept =
        fs::read_dir(folder.path()).unwrap().filter(|entry| entry.as_ref().unwrap().path().to_string_lossy().contains("corrupt"));
    assert_eq!(kept.count(), 1);
}

#[tokio::test]
async fn damage_found_later_is_said() {
    // Whole pages are gone; and the words on a page, where SQLite itself sees nothing wrong.
    for (name, offset, length) in [("pages", 0, 40), ("words", 3000, 1)] {
        let (_folder, path) = place();
        let store = Store::open(path.clone());
        let id = store.begin_turn(ask(None, "first", 1)).await.unwrap().conversation.id;
        for now_ms in 0..100 {
            store.begin_turn(ask(Some(id), &"long ".repeat(500), now_ms)).await.unwrap();
        }
        store.close().await;
        let mut bytes = fs::read(&path).unwrap();
        let from = bytes.len() / 4096 / 3 * 4096 + offset;
        let to = (from / 4096 + length) * 4096;
        bytes[from..to].fill(0xff);
        fs::write(&path, bytes).unwrap();
        let store = Store::open(path.clone());
        assert_eq!(store.opened().await, Ok(Opened::Existing), "{name}");
        let error = store.conversation(id).await.unwrap_err();
        assert!(matches!(&error, StoreError::Corrupt { path: at, .. } if *at == path), "{name}: {error:?}");
    }
}

#[tokio::test]
async fn a_newer_or_foreign_one_is_not_touched() {
    for (name, pragma, value, newer) in [
        ("newer", "user_version", 99, true),
        ("negative", "user_version", -1, false),
        ("no version, but tables", "user_version", 0, false),
        ("another's", "application_id", 7, false),
    ] {
        for mode in ["DELETE", "WAL"] {
            let (folder, path) = place();
            filled(&path).await;
            let conn = Connection::open(&path).unwrap();
            conn.pragma_update(None, "journal_mode", mode).unwrap();
            conn.set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).unwrap();
            conn.pragma_update(None, pragma, value).unwrap();
            drop(conn);
            let before = contents(folder.path());
            assert_eq!(before.len(), if mode == "WAL" { 2 } else { 1 }, "{name}: the change is in the log");
            let (store, thread) = start(&path, PATIENCE);
            for error in refusals(&store).await {
                let (path, known) = (path.clone(), migrations::STEPS.len() as i64);
                let expected = if newer { StoreError::Newer { found: 99, known, path } } else { StoreError::Foreign { path } };
                assert_eq!(error, expected, "{name} {mode}");
            }
            store.close().await;
            thread.join().unwrap();
            assert!(contents(folder.path()) == before, "{name} {mode}: touched");
        }
    }
}

#[tokio::test]
async fn what_cannot_be_opened_is_said_each_time() {
    let (folder, _) = place();
    fs::write(folder.path().join("file"), "").unwrap();
    fs::create_dir(folder.path().join("folder")).unwrap();
    for name in ["file/segno.db", "file/deeper/segno.db", "folder"] {
        let path = folder.path().join(name);
        let store = Store::open(path.clone());
        for error in refusals(&store).await {
            assert!(matches!(&error, StoreError::Unopenable { path: at, .. } if *at == path), "{name}: {error:?}");
            let failure = error.failure();
            assert_eq!(failure.kind, FailureKind::Storage);
            assert!(failure.what.starts_with("the database ") && !failure.what.ends_with('.'), "{}", failure.what);
            assert!(failure.what.contains(name) && !failure.hint.is_empty());
        }
        store.close().await;
    }
}

#[tokio::test]
async fn a_locked_one_is_said_and_works_when_it_is_free() {
    let (_folder, path) = place();
    let (store, _thread) = start(&path, Duration::ZERO);
    let begun = store.begin_turn(ask(None, "x", 1)).await.unwrap();
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let locked = StoreError::Locked { path };
    assert_eq!(store.append(begun.answer, "a".to_owned(), String::new()).await, Err(locked.clone()));
    assert_eq!(store.finish(begun.answer, end("a", "", Status::Complete)).await, Err(locked));
    let id = begun.conversation.id;
    assert_eq!(store.answers(id).await, [said("", Status::Interrupted)], "reading goes on; nobody writes this one any more");
    other.execute_batch("ROLLBACK").unwrap();
    store.finish(begun.answer, end("a", "", Status::Complete)).await.unwrap();
    assert_eq!(store.answers(id).await, [said("a", Status::Complete)]);
}

#[tokio::test]
async fn opening_waits_for_others_only_so_long() {
    let (_folder, path) = place();
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let (store, _thread) = start(&path, Duration::from_millis(20));
    assert_eq!(store.opened().await, Err(StoreError::Locked { path: path.clone() }));
    let (patient, _thread) = start(&path, PATIENCE);
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(patient.opened().await, Ok(Opened::Created));
}

#[tokio::test]
async fn a_full_disk_is_said_and_takes_nothing_with_it() {
    let (_folder, path) = place();
    let store = Store::open(path.clone());
    let begun = store.begin_turn(ask(None, "x", 1)).await.unwrap();
    store.say(begun.answer, "kept").await;
    let pages = async |most: i64| store.run(move |db| Ok(db.conn.pragma_update(None, "max_page_count", most)?)).await;
    pages(1).await.unwrap();
    let error = StoreError::Full { path };
    assert!(error.failure().kind == FailureKind::Storage && error.hint().contains("free some space"), "{}", error.hint());
    let full = Err(error);
    assert_eq!(store.append(begun.answer, "x".repeat(100_000), String::new()).await, full);
    assert_eq!(store.begin_turn(ask(None, &"x".repeat(100_000), 2)).await.map(|_| ()), full);
    assert_eq!(store.answers(begun.conversation.id).await, [said("kept", Status::Streaming)]);
    pages(1_000_000).await.unwrap();
    store.say(begun.answer, ", and more").await;
    let id = begun.conversation.id;
    assert_eq!(store.answers(id).await, [said("kept, and more", Status::Streaming)]);
    pages(1).await.unwrap();
    let whole = end(&"x".repeat(100_000), "", Status::Complete);
    assert_eq!(store.finish(begun.answer, whole).await.map(|_| ()), full, "an end that does not fit");
    assert_eq!(store.answers(id).await, [said("kept, and more", Status::Interrupted)], "and the pieces stay");
}
