//! The schema: every older one is brought up to date with what it holds, and a step is done whole or not at all.

use super::*;
use crate::domain::LedgerSeq;
use migrations::{STEPS, migrate, version};
use rusqlite::Connection;

/// What a database of each schema may hold, oldest first.
const FIXTURES: &[&str] = &[
    include_str!("../migrations/0001_fixture.sql"),
    include_str!("../migrations/0002_fixture.sql"),
    include_str!("../migrations/0003_fixture.sql"),
    include_str!("../migrations/0004_fixture.sql"),
    include_str!("../migrations/0005_fixture.sql"),
    include_str!("../migrations/0006_fixture.sql"),
    include_str!("../migrations/0007_fixture.sql"),
    include_str!("../migrations/0008_fixture.sql"),
    include_str!("../migrations/0009_fixture.sql"),
];

#[tokio::test]
async fn every_older_database_is_brought_up_to_date() {
    assert_eq!(FIXTURES.len(), STEPS.len(), "each step has its fixture");
    for (number, fixture) in (1..).zip(FIXTURES) {
        let (_folder, path) = place();
        let mut conn = Connection::open(&path).unwrap();
        migrate(&mut conn, &STEPS[..number]).unwrap();
        conn.execute_batch(fixture).unwrap();
        drop(conn);

        let store = Store::open(path);
        assert_eq!(store.opened().await, Ok(Opened::Existing));
        let now = store.run(|db| Ok(version(&db.conn)?)).await.unwrap();
        assert_eq!(now, STEPS.len() as i64);
        let titles: Vec<_> = store.conversations(9).await.unwrap().into_iter().map(|summary| summary.title).collect();
        assert_eq!(titles, ["prove it", "what is a segno?"], "from schema {number}");
        let messages = store.messages(ConversationId(1)).await;
        assert_eq!(messages[0].prompt, Prompt::typed("what is a segno?"));
        assert_eq!((&*messages[1].text, &*messages[1].thinking), ("A sign.", "Music, then."));
        assert_eq!(messages[1].signature, Some(signature("llama3.1:8b")));
        assert!(messages[1].cut_by_length && messages[1].attempts[0].model == ModelId::new("phi3:mini"), "from schema {number}");
        assert!(matches!(&messages[1].status, Status::Partial(failure) if failure.hint == "ask again"));
        assert_eq!(store.answers(ConversationId(2)).await, [said("By Peano", Status::Interrupted)]);
        store.begin_turn(ask(Some(ConversationId(2)), "go on", 3000)).await.unwrap();

        let has_ledger = number >= 2;
        assert_eq!(messages[1].cost, has_ledger.then_some(Cost(42)), "from schema {number}");
        assert_eq!(messages[1].labels.len(), usize::from(has_ledger), "from schema {number}");
        assert_eq!(store.refusals().await.unwrap().len(), usize::from(has_ledger), "from schema {number}");
        let has_routing = number >= 3;
        assert_eq!(messages[1].decision.is_some(), has_routing, "from schema {number}");
        assert_eq!(store.measurements().await.unwrap().len(), usize::from(has_routing), "from schema {number}");
        let has_dispatch = number >= 4;
        let remembered = store.remembered(Day(20_000)).await.unwrap();
        let found = [remembered.health.len(), remembered.spent.len(), remembered.sizes.len()];
        assert_eq!(found, [usize::from(has_dispatch); 3], "from schema {number}");
        let late = store.measurements().await.unwrap().values().map(|measured| (measured.timed, measured.late)).next();
        assert_eq!(late, has_routing.then_some(if has_dispatch { (9, 2) } else { (0, 0) }), "from schema {number}");
        let playbooks = store.playbooks().await.unwrap();
        let words: Vec<_> = playbooks.iter().flat_map(|book| book.bullets.values()).map(|b| b.text.content.as_str()).collect();
        assert_eq!(words, if number >= 5 { vec!["Answer in one sentence."] } else { vec![] }, "from schema {number}");
        let has_domains = number >= 6;
        assert_eq!(store.switch("learn").await, Ok(has_domains.then(|| "off".to_owned())), "from schema {number}");
        let domain = store.conversation(ConversationId(2)).await.unwrap().unwrap().summary.domain;
        assert_eq!(domain, has_domains.then(|| Domain::parse("math/fractions").unwrap()), "from schema {number}");
        if let Some(book) = playbooks.first() {
            let facts = store.facts(book.key.clone()).await.unwrap();
            let told = (facts.model.is_some(), facts.problems);
            assert_eq!(told, (has_domains, if has_domains { 40 } else { 0 }), "from schema {number}");
        }
        let summaries = store.conversation(ConversationId(1)).await.unwrap().unwrap().summaries;
        let words: Vec<_> = summaries.iter().map(|summary| summary.text.as_str()).collect();
        assert_eq!(words, if number >= 8 { vec!["The user asked for a sign."] } else { vec![] }, "from schema {number}");
        let fixed = store.conversations(9).await.unwrap().into_iter().find(|c| c.id == ConversationId(2)).unwrap().model_override;
        assert_eq!(fixed.map(|fixed| fixed.locked), Some(has_routing), "from schema {number}");
        let rows = if has_ledger { 3 } else { 0 };
        assert_eq!(store.note(ledger::sent("gpt-4o"), 5).await, Ok(LedgerSeq(rows + 1)), "from schema {number}");
        let verdict = store.verify_ledger().await.unwrap();
        assert_eq!((verdict.rows as i64, &verdict.broken), (rows + 1, &None), "from schema {number}: {verdict:?}");
    }
}

#[test]
fn a_step_is_whole_or_not_done() {
    const ONE: &str = "CREATE TABLE a (id INTEGER PRIMARY KEY) STRICT; INSERT INTO a VALUES (1);";
    const TWO: &str = "CREATE TABLE b (a INTEGER REFERENCES a (id)) STRICT; INSERT INTO b VALUES (1);";
    // A step may rebuild a table that others point at.
    const REBUILD: &str = "CREATE TABLE c (id INTEGER PRIMARY KEY, x TEXT) STRICT; INSERT INTO c (id) SELECT id FROM a;
        DROP TABLE a; ALTER TABLE c RENAME TO a;";
    const BROKEN: &str = "CREATE TABLE half (x) STRICT; NONSENSE;";
    const DANGLING: &str = "CREATE TABLE half (x TEXT) STRICT; INSERT INTO b VALUES (7);";
    for (name, steps, reached, tables) in [
        ("nothing to do", &[ONE, TWO][..], 2, "a b"),
        ("one more", &[ONE, TWO, REBUILD], 3, "a b"),
        ("a mistake", &[ONE, TWO, BROKEN, REBUILD], 2, "a b"),
        ("a row that points nowhere", &[ONE, TWO, DANGLING], 2, "a b"),
    ] {
        let mut conn = Connection::open_in_memory().unwrap();
        conn.pragma_update(None, "foreign_keys", false).unwrap();
        assert_eq!(migrate(&mut conn, &[ONE, TWO]).unwrap(), 0);
        let result = migrate(&mut conn, steps);
        assert_eq!(result.is_ok(), reached == steps.len() as i64, "{name}: {result:?}");
        assert_eq!(version(&conn).unwrap(), reached, "{name}");
        let mut statement =
            conn.prepare("SELECT group_concat(name, ' ') FROM (SELECT name FROM sqlite_schema ORDER BY name)").unwrap();
        assert_eq!(statement.query_row([], |row| row.get::<_, String>(0)).unwrap(), tables, "{name}");
    }
}

#[test]
fn the_schema_refuses_what_makes_no_sense() {
    const SIGNED: &str = "model, family, backend, location, class, reason";
    let mut conn = Connection::open_in_memory().unwrap();
    migrate(&mut conn, STEPS).unwrap();
    conn.execute_batch("INSERT INTO conversations (id, title, created_ms, updated_ms) VALUES (1, 'x', 1, 1)").unwrap();
    for (name, columns, values, good) in [
        ("a question", "role, status, spans", "'user', 'complete', '[]'", true),
        ("an answer", "role, status, text", "'assistant', 'complete', 'x'", true),
        ("a role", "role, status", "'system', 'complete'", false),
        ("a status", "role, status", "'assistant', 'done'", false),
        ("a question that streams", "role, status", "'user', 'streaming'", false),
        ("a question with an answer", "role, status, text", "'user', 'complete', 'x'", false),
        ("spans of an answer", "role, status, spans", "'assistant', 'complete', '[{}]'", false),
        ("spans that are none", "role, status, spans", "'user', 'complete', '{}'", false),
        ("a failure without one", "role, status", "'assistant', 'failed'", false),
        ("a failure that is none", "role, status, failure", "'assistant', 'complete', '{}'", false),
        ("a failure", "role, status, failure", "'assistant', 'partial', '{}'", true),
        ("half a signature", "role, status, model", "'assistant', 'complete', 'x'", false),
        ("text that streams", "role, status, text", "'assistant', 'streaming', 'x'", false),
        ("an answer cut off", "role, status, cut_by_length", "'assistant', 'complete', 1", true),
        ("cut off by two", "role, status, cut_by_length", "'assistant', 'complete', 2", false),
        ("a question cut off", "role, status, cut_by_length", "'user', 'complete', 1", false),
        ("attempts that are none", "role, status, attempts", "'assistant', 'complete', '{}'", false),
        ("attempts of a question", "role, status, attempts", "'user', 'complete', '[{}]'", false),
        ("less than no time", "role, status, total_ms", "'assistant', 'complete', -1", false),
        ("a cost", "role, status, cost", "'assistant', 'complete', 0", true),
        ("less than no cost", "role, status, cost", "'assistant', 'complete', -1", false),
        ("the cost of a question", "role, status, cost", "'user', 'complete', 1", false),
        ("the cost of what streams", "role, status, cost", "'assistant', 'streaming', 1", false),
        ("labels of what came", "role, status, labels", "'assistant', 'cancelled', '[{}]'", true),
        ("labels that are none", "role, status, labels", "'assistant', 'complete', '{}'", false),
        ("labels of a question", "role, status, labels", "'user', 'complete', '[{}]'", false),
        ("labels of what streams", "role, status, labels", "'assistant', 'streaming', '[{}]'", false),
        ("a decision", "role, status, decision", "'assistant', 'complete', '{}'", true),
        ("a decision that is none", "role, status, decision", "'assistant', 'complete', '[]'", false),
        ("the decision of a question", "role, status, decision", "'user', 'complete', '{}'", false),
        ("words for a number", "role, status, total_ms", "'assistant', 'complete', 'x'", false),
    ] {
        let sql = format!("INSERT INTO messages (conversation_id, seq, created_ms, {columns}) VALUES (1, 0, 0, {values})");
        assert_eq!(conn.execute_batch(&format!("SAVEPOINT s; {sql}")).is_ok(), good, "{name}");
        conn.execute_batch("ROLLBACK TO s; RELEASE s").unwrap();
    }
    let all = format!(
        "INSERT INTO messages (conversation_id, seq, created_ms, role, status, {SIGNED})
        VALUES (1, 0, 0, 'assistant', 'streaming', 'm', 'f', 'b', '{{}}', 'c', '{{}}')"
    );
    conn.execute_batch(&all).unwrap();
}

#[test]
fn measures_and_locks_make_sense() {
    let mut conn = Connection::open_in_memory().unwrap();
    migrate(&mut conn, STEPS).unwrap();
    for (sql, good) in [
        (
            "INSERT INTO conversations (title, model_override, model_locked, created_ms, updated_ms) VALUES ('x', 'm', 1, 1, 1)",
            true,
        ),
        ("INSERT INTO conversations (title, model_locked, created_ms, updated_ms) VALUES ('x', 1, 1, 1)", false),
        (
            "INSERT INTO conversations (title, model_override, model_locked, created_ms, updated_ms) VALUES ('x', 'm', 2, 1, 1)",
            false,
        ),
        ("INSERT INTO measured_models (model) VALUES ('m')", true),
        ("INSERT INTO measured_models (model) VALUES ('')", false),
        ("INSERT INTO measured_models (model, first_token_ms) VALUES ('n', -1)", false),
        ("INSERT INTO measured_models (model, late) VALUES ('n', -1)", false),
        ("INSERT INTO health VALUES ('b|x', '{}')", true),
        ("INSERT INTO health VALUES ('b|x', '[]')", false),
        ("INSERT INTO spent VALUES ('openai', 1, -1, 0)", false),
        ("INSERT INTO memory_sizes VALUES ('m', 0, 1)", false),
        ("INSERT INTO measured_classes (model, class, evaluated, solved) VALUES ('m', 'code', 3, 3)", true),
        ("INSERT INTO measured_classes (model, class, evaluated, solved) VALUES ('m', 'math', 3, 4)", false),
        ("INSERT INTO measured_classes (model, class, good) VALUES ('m', '', 1)", false),
    ] {
        assert_eq!(conn.execute_batch(sql).is_ok(), good, "{sql}");
    }
}

#[test]
fn the_ledger_takes_rows_at_its_end_alone() {
    let hash = |digit: &str| digit.repeat(64);
    let (zeros, a, b) = (hash("0"), hash("a"), hash("b"));
    let intent = r#"{"row":"intent"}"#;
    let outcome = |of: i64| format!(r#"{{"intent":{of},"row":"outcome"}}"#);
    let mut conn = Connection::open_in_memory().unwrap();
    migrate(&mut conn, STEPS).unwrap();
    let insert = "INSERT INTO ledger (seq, time_ms, event, previous, hash)";
    conn.execute_batch(&format!("{insert} VALUES (1, 0, '{intent}', '{zeros}', '{a}'), (2, 0, '{}', '{a}', '{b}')", outcome(1)))
        .unwrap();
    for (name, seq, event, previous, hash, good) in [
        ("an intent", 3, intent, &b, &a, true),
        ("a gap", 4, intent, &b, &a, false),
        ("a number that is there", 2, intent, &a, &a, false),
        ("no number at all", 0, intent, &b, &a, false),
        ("of another chain", 3, intent, &a, &a, false),
        ("a hash that is none", 3, intent, &b, &hash("A"), false),
        ("a short hash", 3, intent, &b, &"a".repeat(63), false),
        ("no event", 3, "{}", &b, &a, false),
        ("no JSON", 3, "", &b, &a, false),
        ("another event", 3, r#"{"row":"note"}"#, &b, &a, false),
        ("an intent with an intent", 3, r#"{"intent":1,"row":"intent"}"#, &b, &a, false),
        ("an outcome of nothing", 3, r#"{"row":"outcome"}"#, &b, &a, false),
        ("an outcome of itself", 3, &outcome(3), &b, &a, false),
        ("a second outcome", 3, &outcome(1), &b, &a, false),
    ] {
        for or in ["", "OR REPLACE "] {
            let sql = format!("INSERT {or}INTO ledger VALUES ({seq}, 0, '{event}', '{previous}', '{hash}')");
            assert_eq!(conn.execute_batch(&format!("SAVEPOINT s; {sql}")).is_ok(), good, "{name}");
            conn.execute_batch("ROLLBACK TO s; RELEASE s").unwrap();
        }
    }
    for sql in [
        "UPDATE ledger SET time_ms = 1 WHERE seq = 1",
        "UPDATE ledger SET seq = 3 WHERE seq = 2",
        "DELETE FROM ledger WHERE seq = 2",
        "DELETE FROM ledger",
    ] {
        let error = conn.execute_batch(sql).unwrap_err().to_string();
        assert!(error.contains("a row of the ledger is not"), "{sql}: {error}");
    }
    let refuse = |provider: &str, location: &str| {
        conn.execute_batch(&format!("INSERT INTO refusals VALUES ('{provider}', '{location}', 1)")).is_ok()
    };
    for (provider, location, good) in [
        ("openai", r#"{"kind":"external","host":"x"}"#, true),
        ("openai", r#"{"kind":"external","host":"x"}"#, false),
        ("openai", r#"{"kind":"network","host":"x"}"#, true),
        ("ollama", r#"{"kind":"local"}"#, false),
        ("", r#"{"kind":"network","host":"x"}"#, false),
        ("ollama", "{}", false),
        ("ollama", "box", false),
    ] {
        assert_eq!(refuse(provider, location), good, "{provider} {location}");
    }
}
