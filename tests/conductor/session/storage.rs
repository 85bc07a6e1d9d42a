//! What of a conversation is there after a restart, and what happens where it cannot be stored.

use super::bench::Bench;
use super::{CODE, broken, say, usual};
use conductor::backend::scripted::Step::{self, Done, Length};
use conductor::domain::{Message, Prompt, Status};
use conductor::protocol::{Command, ConversationCommand};

/// Where a SQLite file keeps the number of its schema, as four bytes, highest first.
const SCHEMA_NUMBER: std::ops::Range<usize> = 60..64;

/// Asks for code, quits, and gives the answer as it is opened again.
async fn stored(plays: &[(&str, Vec<Step>)]) -> Message {
    let mut bench = Bench::new(usual(), plays);
    bench.ask(CODE).await;
    bench.restart().await;
    bench.command(Command::Conversation(ConversationCommand::ResumeLast)).await;
    let answer = bench.opened().await.messages.last().unwrap().clone();
    bench.end().await;
    answer
}

#[tokio::test(start_paused = true)]
async fn how_an_answer_came_about_is_stored_with_it() {
    let (first, second) = ("deepseek-coder:6.7b", "llama3.1:8b");
    for (name, plays, text, cut, attempts) in [
        ("whole", vec![(first, vec![say("fn"), Done])], "fn", false, &[][..]),
        ("cut by length", vec![(first, vec![say("fn"), Length])], "fn", true, &[]),
        (
            "the second answers, and is cut",
            vec![(first, vec![broken("out of memory")]), (second, vec![say("fn"), Length])],
            "fn",
            true,
            &["deepseek-coder:6.7b: out of memory"],
        ),
        (
            "nobody answers",
            vec![(first, vec![broken("out of memory")]), (second, vec![broken("it, too")])],
            "",
            false,
            &["deepseek-coder:6.7b: out of memory"],
        ),
    ] {
        let answer = stored(&plays).await;
        assert_eq!((&*answer.text, answer.cut_by_length), (text, cut), "{name}");
        let asked: Vec<_> = answer.attempts.iter().map(|a| format!("{}: {}", a.model, a.failure)).collect();
        assert_eq!(asked, attempts, "{name}");
        assert_eq!(matches!(answer.status, Status::Failed(_)), text.is_empty(), "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_database_that_fails_does_not_stop_an_answer() {
    let mut bench = Bench::with_database_in_a_file(usual(), &[("llama3.1:8b", vec![say("Hi"), Done])]);
    let id = bench.send(Prompt::typed("hello"), None).await;
    let events = bench.until(id, "finished").await;
    assert_eq!(events.last().map(String::as_str), Some("finished complete by llama3.1:8b (local): Hi"));
    assert_eq!(bench.errors().len(), 1, "said, and said once: {:?}", bench.errors());
    bench.end().await;
}

#[tokio::test]
async fn the_database_of_a_newer_segno_is_left_alone_and_answers_come() {
    let plays = ["one", "two", "three"].map(|text| ("llama3.1:8b", vec![say(text), Done]));
    let mut bench = Bench::new(usual(), &plays);
    bench.ask("hello").await;
    bench
        .restart_on(|database| {
            let mut bytes = std::fs::read(database).unwrap();
            assert_eq!(bytes[SCHEMA_NUMBER], [0, 0, 0, 9], "the newest schema");
            bytes[SCHEMA_NUMBER].copy_from_slice(&[0, 0, 0, 99]);
            std::fs::write(database, bytes).unwrap();
        })
        .await;
    let before = std::fs::read(bench.database()).unwrap();
    for text in ["two", "three"] {
        let id = bench.send_ask("and now?").await;
        let events = bench.until(id, "finished").await;
        assert_eq!(events.last(), Some(&format!("finished complete by llama3.1:8b (local): {text}")));
    }
    let [error] = bench.errors() else { panic!("said, and said once: {:?}", bench.errors()) };
    assert!(error.what.contains("newer segno (schema 99"), "{}", error.what);
    assert_eq!(error.hint, "update segno; the file was not touched (until then answers come, but are not kept)");
    bench.quit().await;
    assert!(std::fs::read(bench.database()).unwrap() == before, "and so it was");
}
