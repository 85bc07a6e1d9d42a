//! Who stands in where a model fails, by how it fails; and what is said where nobody is left.

use super::bench::{Bench, CODE, CODER, GENERAL, GIB, SUM, TALK, last, sized};
use segno_tests::ollama::{Behaviour, FakeOllama, ModelSpec, Script};
use std::time::Duration;

const SMALL: &str = "phi3:mini";

fn server(models: impl IntoIterator<Item = ModelSpec>) -> FakeOllama {
    models.into_iter().fold(FakeOllama::builder().memory(12 * GIB), |server, model| server.model(model)).start()
}

fn status(status: u16, body: &str) -> Script {
    Behaviour::Status(status, body.to_owned()).into()
}

/// Has the coder in memory, gives it `script`, asks for code: the general model answers, after a line that says `why`.
async fn check(what: &str, script: Script, why: &str) {
    let coder = sized(CODER, 4).context_length(4096);
    let mut bench = Bench::with(server([coder, sized(GENERAL, 3)]), |config| {
        config.timeouts.first_token_resident = Duration::from_millis(200);
    });
    let loaded = bench.load(CODER).await;
    assert!(last(&loaded).starts_with(&format!("notice {CODER} is in memory (")), "{what}: {loaded:?}");
    bench.fake.set(CODER, script);
    let lines = bench.ask(CODE).await;
    assert_eq!(lines[0], format!("planned code: {CODER}, {GENERAL}"), "{what}");
    let fallbacks: Vec<&String> = lines.iter().filter(|line| line.starts_with("fallback")).collect();
    assert!(fallbacks.len() == 1, "{what}: {lines:#?}");
    assert!(fallbacks[0].starts_with(&format!("fallback {CODER} -> {GENERAL}: {why}")), "{what}: {fallbacks:?}");
    assert_eq!(last(&lines), format!("finished by {GENERAL} after {CODER}: Hello from {GENERAL}."), "{what}");
    assert_eq!(bench.asked().last(), Some(&format!("chat {GENERAL}")), "{what}");
    bench.fake.assert_never_evicted();
    bench.end().await;
}

#[tokio::test]
async fn before_the_first_word_the_next_is_asked_and_that_is_said() {
    check("missing", Behaviour::Missing.into(), "NotFound: ").await;
    check("a crash", status(500, r#"{"error":"llama runner process has terminated"}"#), "Broken: ").await;
    check("the page of a proxy", Behaviour::Html502.into(), "Broken: ").await;
    check("nothing at all", Behaviour::EmptyAnswer.into(), "Empty: deepseek-coder:6.7b answered nothing").await;
    check("no JSON", status(200, "nonsense\n"), "Broken: ").await;
    check("an end before a word", Script::tokens([""]).behaving(Behaviour::NoDone), "Broken: ").await;
    check("silence", Behaviour::Hang.into(), "Stalled: deepseek-coder:6.7b did not answer in 0.2 s").await;
    check("a full queue", status(503, r#"{"error":"server busy"}"#), "Busy: ").await;
    check("a window that is too small", Behaviour::TooLong.into(), "TooLong: ").await;
    let memory = Behaviour::ErrorLineMidStream("CUDA error: out of memory".to_owned());
    check("memory that ran out", Script::tokens([""]).behaving(memory), "OutOfMemory: ").await;
}

#[tokio::test]
async fn what_does_not_fit_into_memory_gives_way_to_something_smaller() {
    // The chain of code has nobody smaller: the smallest that is there is asked.
    let large = |name: &str| sized(name, 5).runs_out_of_memory();
    let mut bench = Bench::new(server([large(CODER), sized(GENERAL, 6), sized(SMALL, 2)]));
    let lines = bench.ask(CODE).await;
    assert_eq!(lines[0], format!("planned code: {CODER}, {GENERAL}"));
    let fallback: Vec<&String> = lines.iter().filter(|line| line.starts_with("fallback")).collect();
    assert_eq!(fallback.len(), 1, "{lines:#?}");
    assert!(fallback[0].starts_with(&format!("fallback {CODER} -> {SMALL}: OutOfMemory: ")), "{fallback:?}");
    assert_eq!(last(&lines), format!("finished by {SMALL} after {CODER}: Hello from {SMALL}."));
    assert_eq!(bench.asked(), [format!("load {CODER}"), format!("load {SMALL}"), format!("chat {SMALL}")]);
    bench.end().await;
}

#[tokio::test]
async fn where_nothing_is_smaller_or_wider_the_failure_is_said() {
    let same = |name: &str| sized(name, 5).runs_out_of_memory();
    let mut bench = Bench::new(server([same(CODER), sized(GENERAL, 5)]));
    let lines = bench.ask(CODE).await;
    assert!(last(&lines).starts_with("failed OutOfMemory: ") && last(&lines).contains(CODER), "{lines:?}");
    assert_eq!(bench.asked(), [format!("load {CODER}")]);
    bench.end().await;

    let mut bench = Bench::new(server([sized(CODER, 3).script(Behaviour::TooLong), sized(GENERAL, 3)]));
    let lines = bench.ask(CODE).await;
    assert!(last(&lines).starts_with("failed TooLong: ") && last(&lines).contains(CODER), "{lines:?}");
    bench.end().await;
}

#[tokio::test]
async fn a_conversation_that_is_too_long_is_sent_once_more_without_its_older_half() {
    let mut bench = Bench::new(server([sized(GENERAL, 3)]));
    for _ in 0..2 {
        bench.ask(TALK).await;
    }
    bench.fake.set(GENERAL, Behaviour::TooLong);
    let lines = bench.ask(TALK).await;
    assert!(last(&lines).starts_with("failed TooLong: "), "{lines:?}");
    assert!(
        lines.iter().any(|line| line.starts_with("notice the 2 oldest messages, up to “") && line.contains("were left out")),
        "{lines:?}"
    );
    let chats = bench.fake.requests_to("/api/chat");
    let told: Vec<usize> = chats[2..].iter().map(|chat| chat.at("/messages").as_array().unwrap().len()).collect();
    assert_eq!(told, [5, 3]);
    bench.end().await;
}

#[tokio::test]
async fn where_all_fail_one_message_names_each_and_why() {
    let failing = |name: &str, words: &str| sized(name, 3).script(status(500, &format!(r#"{{"error":"{words}"}}"#)));
    let silent = sized("mistral:7b", 3).script(Behaviour::EmptyAnswer);
    let fake = server([failing(CODER, "it broke"), failing(GENERAL, "so did I"), silent]);
    let mut bench = Bench::with(fake, |config| {
        config.fallbacks.code = vec!["creative".to_owned(), "general".to_owned()];
    });
    let lines = bench.ask(CODE).await;
    assert_eq!(lines.iter().filter(|line| line.starts_with("failed")).count(), 1, "{lines:#?}");
    assert_eq!(lines.iter().filter(|line| line.starts_with("fallback")).count(), 2, "{lines:#?}");
    let said = last(&lines);
    assert!(said.starts_with("failed Broken: none of the 3 models that were asked answered: "), "{said}");
    for words in [CODER, "it broke", GENERAL, "so did I", "mistral:7b: answered nothing"] {
        assert!(said.contains(words), "{words}: {said}");
    }
    bench.end().await;
}

#[tokio::test]
async fn nobody_is_asked_twice_and_no_more_than_six() {
    let names: Vec<String> = (0..8).map(|n| format!("m{n}:3b")).collect();
    let models = names.iter().map(|name| sized(name, 2).script(status(500, "no")));
    let mut bench = Bench::with(server(models), |config| {
        config.defaults.math = conductor::domain::ModelId::new("m0:3b");
        config.fallbacks.math = names.clone();
    });
    let lines = bench.ask(SUM).await;
    assert!(last(&lines).starts_with("failed Broken: none of the 6 models that were asked"), "{lines:#?}");
    let wanted: Vec<String> = names[..6].iter().map(|name| format!("load {name}")).collect();
    assert_eq!(bench.asked(), wanted);
    bench.end().await;
}
