//! Models that fail again and again rest, are tried, and come back; and what the user sees of it.

use super::bench::{Bench, CODE, CODER, GENERAL, GIB, TALK, last, ollama, sized};
use conductor::domain::{Condition, Gate as Closed, HealthRow, ModelId, SelectionReason, Target};
use conductor::protocol::{Event, ModelsCommand};
use segno_tests::ollama::{Behaviour, FakeOllama, Script};
use std::path::Path;
use std::time::{Duration, SystemTime};

fn server(names: &[&str]) -> FakeOllama {
    names.iter().fold(FakeOllama::builder().memory(12 * GIB), |server, name| server.model(sized(name, 3))).start()
}

fn broken() -> Behaviour {
    Behaviour::Status(500, r#"{"error":"it broke"}"#.to_owned())
}

async fn row(bench: &Bench, model: &str) -> Option<HealthRow> {
    let target = Target::Model(ollama(), ModelId::new(model));
    bench.snapshot().await.health.into_iter().find(|row| row.target == target)
}

fn chats_of(bench: &Bench, model: &str) -> usize {
    bench.asked().iter().filter(|request| **request == format!("chat {model}")).count()
}

/// With the coder failing three times in a row, in memory with all others.
async fn rested(names: &[&str]) -> Bench {
    let mut bench = Bench::new(server(names));
    for name in names {
        bench.load(name).await;
    }
    bench.fake.set(CODER, broken());
    for _ in 0..3 {
        bench.ask_of(CODER, TALK).await;
    }
    bench
}

#[tokio::test]
async fn what_failed_three_times_is_passed_over_and_then_tried_and_says_when_it_answers_again() {
    let mut bench = rested(&[CODER, GENERAL]).await;
    let events = row(&bench, CODER).await.expect("it is known");
    assert!(events.consecutive_failures >= 3 && events.last_failure.is_some(), "{events:?}");
    // It is well again; that is found out without a question of the user's.
    bench.fake.set(CODER, Script::default());
    let said = bench.notice(&format!("{CODER} answers again, after ")).await;
    assert!(said.ends_with(" s"), "{said}");
    let probes = bench.asked().iter().filter(|request| **request == format!("probe {CODER}")).count();
    assert!(probes >= 1, "{:?}", bench.asked());
    let probe = bench.fake.requests().into_iter().find(|r| r.at("/prompt").is_string()).expect("there was one");
    assert_eq!((probe.at("/options/num_predict"), probe.at("/options/num_ctx")), (&1.into(), &8192.into()));
    assert_eq!(row(&bench, CODER).await.map(|row| row.condition), Some(Condition::Healthy));
    assert_eq!(last(&bench.ask(CODE).await), format!("finished by {CODER}: Hello from {CODER}."));
    assert_eq!((bench.fake.loads(CODER), bench.fake.loads(GENERAL)), (1, 1));
    bench.end().await;
}

#[tokio::test]
async fn who_rests_is_not_asked_where_there_is_another_and_that_outlasts_a_restart() {
    let mut bench = rested(&[CODER, GENERAL]).await;
    bench.restart_on(outlast).await;
    let kept = row(&bench, CODER).await.expect("it is kept");
    assert!(matches!(kept.condition, Condition::Resting { failures: 3.., .. }), "{kept:?}");
    let before = bench.asked().len();
    let id = bench.send(CODE, None).await;
    let reason = |event: &Event| if let Event::Planned { plan, .. } = event { Some(plan.reason.clone()) } else { None };
    let wanted = ModelId::new(CODER);
    assert_eq!(bench.pick(reason).await, SelectionReason::Substitute { wanted, why: Some(Closed::Resting) });
    assert_eq!(last(&bench.ended(id).await), format!("finished by {GENERAL}: Hello from {GENERAL}."));
    assert_eq!(bench.asked()[before..], [format!("chat {GENERAL}")]);
    bench.end().await;
}

/// Makes the rest of the coder the longest that there is, so that nothing here runs against the clock.
fn outlast(database: &Path) {
    rest(database, "m|ollama|deepseek-coder:6.7b");
}

/// The same of whatever rests or fails.
fn rest(database: &Path, of: &str) {
    rests_for(database, of, 30_000);
}

fn expire(database: &Path, of: &str) {
    rests_for(database, of, -1);
}

fn rests_for(database: &Path, of: &str, ms: i64) {
    let database = rusqlite::Connection::open(database).unwrap();
    let text: String = database.query_row("SELECT row FROM health WHERE target = ?1", [of], |row| row.get(0)).unwrap();
    let mut row: HealthRow = serde_json::from_str(&text).unwrap();
    assert_ne!(row.condition, Condition::Healthy, "{row:?}");
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_millis() as i64;
    row.condition = Condition::Resting { until_ms: now + ms, failures: 3 };
    let text = serde_json::to_string(&row).unwrap();
    database.execute("UPDATE health SET row = ?1 WHERE target = ?2", [text.as_str(), of]).unwrap();
}

#[tokio::test]
async fn a_server_that_answers_rests_no_more_although_that_was_found_before_its_rest_was_known() {
    let mut bench = Bench::new(server(&[GENERAL]));
    bench.ask(TALK).await;
    bench.fake.stop();
    bench.ask(TALK).await;
    bench.fake.start_again();
    let mut held = None;
    bench
        .restart_on(|database| {
            rest(database, "b|ollama");
            // Nothing is read of it before that is let go of.
            let lock = rusqlite::Connection::open(database).unwrap();
            lock.execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE").unwrap();
            held = Some(lock);
        })
        .await;
    bench.pick(|event| matches!(event, Event::Models(_)).then_some(())).await;
    drop(held);
    let rows = bench.snapshot().await.health;
    let server = rows.iter().find(|row| row.target == Target::Backend(ollama())).expect("it is kept");
    assert_eq!((server.condition, server.consecutive_failures), (Condition::Healthy, 0));
    bench.end().await;
}

#[tokio::test]
async fn a_model_that_is_no_more_listed_is_forgotten_and_not_while_the_server_is_down() {
    let mut bench = rested(&[CODER, GENERAL]).await;
    bench.restart_on(outlast).await;
    bench.fake.remove(CODER);
    bench.fake.stop();
    bench.look().await;
    assert!(row(&bench, CODER).await.is_some(), "nothing is known of its models");
    bench.fake.start_again();
    bench.look().await;
    assert_eq!(row(&bench, CODER).await, None);
    let mut rows = i64::MAX;
    bench
        .restart_on(|database| {
            let database = rusqlite::Connection::open(database).unwrap();
            let count = "SELECT count(*) FROM health WHERE target = 'm|ollama|deepseek-coder:6.7b'";
            rows = database.query_row(count, [], |row| row.get(0)).unwrap();
            let insert = "INSERT INTO health SELECT 'b|gone', replace(row, '\"ollama\"', '\"gone\"') FROM health WHERE target = 'b|ollama'";
            assert_eq!(database.execute(insert, []).unwrap(), 1);
        })
        .await;
    assert_eq!(rows, 0, "nor is it kept");
    let gone = Target::Backend(conductor::domain::BackendId::new("gone"));
    assert!(bench.snapshot().await.health.iter().all(|row| row.target != gone), "nobody is configured so");
    bench.end().await;
}

#[tokio::test]
async fn a_probe_of_a_model_that_has_no_room_takes_nobodys_place() {
    let builder = FakeOllama::builder().memory(6 * GIB).model(sized(CODER, 4)).model(sized(GENERAL, 4));
    let mut bench = Bench::with(builder.start(), |config| config.gpu.memory_mib = 6 << 10);
    bench.fake.set(CODER, broken());
    for _ in 0..3 {
        bench.ask_of(CODER, TALK).await;
    }
    bench.ask_of(GENERAL, TALK).await;
    let before = bench.asked().len();
    let moved = |bench: &Bench| (bench.fake.unloads(GENERAL), bench.fake.loads(GENERAL));
    let moved_before = moved(&bench);
    // Its rest is over, and it is looked whether it has room.
    bench.restart_on(|database| expire(database, "m|ollama|deepseek-coder:6.7b")).await;
    bench.look().await;
    assert_eq!(bench.asked()[before..], [""; 0]);
    assert_eq!(last(&bench.ask_of(GENERAL, TALK).await), format!("finished by {GENERAL}: Hello from {GENERAL}."));
    assert_eq!(moved(&bench), moved_before);
    bench.end().await;
}

#[tokio::test]
async fn the_only_model_there_is_is_asked_although_it_rests() {
    let mut bench = rested(&[CODER]).await;
    let before = chats_of(&bench, CODER);
    let lines = bench.ask(TALK).await;
    assert!(last(&lines).starts_with("failed Broken: "), "{lines:?}");
    assert_eq!(chats_of(&bench, CODER), before + 1);
    bench.fake.set(CODER, Script::default());
    assert_eq!(last(&bench.ask(TALK).await), format!("finished by {CODER}: Hello from {CODER}."));
    bench.end().await;
}

#[tokio::test]
async fn what_says_nothing_of_a_models_health_is_not_held_against_it() {
    for behaviour in [Behaviour::TooLong, Behaviour::Status(503, "busy".to_owned()), Behaviour::Missing] {
        let mut bench = Bench::new(server(&[CODER, GENERAL]));
        bench.load(CODER).await;
        bench.fake.set(CODER, behaviour.clone());
        let lines = bench.ask_of(CODER, TALK).await;
        assert!(lines.len() > 1, "{lines:?}");
        assert_eq!(row(&bench, CODER).await, None, "{behaviour:?}");
        bench.end().await;
    }
}

#[tokio::test]
async fn a_model_that_goes_on_failing_is_an_alert_until_the_user_saw_it() {
    // Rests of a quarter of a second, the shortest there are.
    let mut bench = Bench::with(server(&[CODER]), |config| config.health.longest_rest = Duration::from_millis(1));
    bench.load(CODER).await;
    bench.fake.set(CODER, broken());
    let is_alert = |event: &Event| match event {
        Event::Models(snapshot) => snapshot.health.iter().any(|row| row.alert).then_some(()),
        _ => None,
    };
    // Each try after a rest fails, and begins the next: three rests are an alert.
    for _ in 0..6 {
        bench.ask(TALK).await;
    }
    if !row(&bench, CODER).await.expect("it is known").alert {
        bench.pick(is_alert).await;
    }
    bench.models(ModelsCommand::Seen).await;
    let over = |event: &Event| match event {
        Event::Models(snapshot) => snapshot.health.iter().all(|row| !row.alert).then_some(()),
        _ => None,
    };
    bench.pick(over).await;
    bench.restart().await;
    assert!(!row(&bench, CODER).await.expect("it is kept").alert, "it was seen");
    bench.end().await;
}

#[tokio::test]
async fn a_server_that_cannot_be_reached_is_not_held_against_its_models() {
    let mut bench = Bench::new(server(&[GENERAL]));
    bench.ask(TALK).await;
    bench.fake.stop();
    bench.ask(TALK).await;
    let rows = bench.snapshot().await.health;
    let of = |target: &Target| rows.iter().find(|row| row.target == *target).map(|row| row.condition);
    assert_eq!(of(&Target::Model(ollama(), ModelId::new(GENERAL))), Some(Condition::Healthy));
    assert_eq!(of(&Target::Backend(ollama())).map(|c| c != Condition::Healthy), Some(true));
    bench.end().await;
}
